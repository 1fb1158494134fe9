// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports of refused calls and of failed allocations.
 *
 * A misuse returns an error to its caller and logs one line: the call, the
 * frame with its descriptor, and the callers. It is counted in vmstat, without
 * a rate limit. A failed allocation is no misuse. It is reported as in the
 * kernel, with the state of each zone, unless __GFP_NOWARN is set.
 *
 * With owner records, the line is followed by the frame's owners.
 *
 * Locking: none; the zones are read without their locks. Any context.
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>

#include "base/for_kunit.h"
#include "base/text.h"
#include "page/frames.h"
#include "page/owner.h"
#include "page/page.h"
#include "page/report.h"

/*
 * A faulty caller is often a loop. After 50 reports in five seconds, more of
 * them say nothing new.
 */
static DEFINE_RATELIMIT_STATE(misuse_limit, 5 * HZ, 50);

/* One in ten seconds, the kernel's own limit for these: they are long. */
DEFINE_RATELIMIT_STATE(annex_failure_limit, 10 * HZ, 1);
EXPORT_DATA_FOR_KUNIT(annex_failure_limit);

/*
 * The line names this many functions of the call chain, from the first one
 * outside of annex. Few functions of annex come before it; how many depends on
 * the compiler's inlining.
 */
#define NAMED_FRAMES	3
#define SAVED_FRAMES	(NAMED_FRAMES + 5)

/* A pool that failed to load has no counters, but calls may still reach it. */
static void count(struct annex_frames *frames, enum annex_counter counter)
{
	if (frames->counters.events)
		annex_count_events(&frames->counters, counter, 1);
}

static bool may_report(struct annex_frames *frames, enum annex_counter counter)
{
	count(frames, counter);
	return __ratelimit(&misuse_limit);
}

/* Built into a kernel, annex is no module: no function is skipped. */
static bool is_own(const struct module *self, unsigned long ip)
{
	return self && within_module(ip, self);
}

/* One line: the call, what is wrong with it, and its callers. */
static void print_refusal(const char *call, int err, const char *what)
{
	unsigned long saved[SAVED_FRAMES + NAMED_FRAMES] = {};
	unsigned long *ip = saved;

	stack_trace_save(saved, SAVED_FRAMES, 2);
	while (ip < saved + SAVED_FRAMES && is_own(THIS_MODULE, *ip))
		ip++;
	pr_err("annex: %s refused (%pe): %s; called by %ps, %ps, %ps\n", call,
	       ERR_PTR(err), what, (void *)ip[0], (void *)ip[1],
	       (void *)ip[2]);
}

/**
 * annex_refuse_call() - report an invalid call
 * @frames: the frames of the pool
 * @counter: the counter of such refusals
 * @err: the errno for the caller
 * @call: the refused call, in a few words
 * @why: what is wrong with it and what would work
 *
 * Context: any.
 * Return: @err.
 */
int annex_refuse_call(struct annex_frames *frames, enum annex_counter counter,
		      int err, const char *call, const char *why)
{
	if (may_report(frames, counter))
		print_refusal(call, err, why);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_refuse_call);

/* Zones and per-CPU lists are protected by disabling interrupts, not NMIs. */
const char annex_in_nmi_text[] =
	"a non-maskable interrupt may have hit the holder of a zone's lock; do it elsewhere";

const char annex_in_atomic_text[] =
	"in atomic context nobody may sleep for it; do it elsewhere";
EXPORT_DATA_FOR_KUNIT(annex_in_atomic_text);

/* Describe what is wrong with a descriptor, by an errno and its state. */
static const char *complaint(int err, enum annex_page_state state)
{
	switch (err) {
	case -EALREADY:
		return "is free already";
	case -EPERM:
		return "is reserved or annex's own, and never handed out";
	case -EBUSY:
		return "is relied on still, as its flags or its folio say";
	case -EEXIST:
		return "has a folio already";
	case -ERANGE:
		return "is a block of another order";
	default:
		return state == ANNEX_PAGE_INNER ?
			"lies inside a block, whose head is to be given" :
			"is in no state for this";
	}
}

static void describe_foreign(const struct annex_frames *frames,
			     const struct annex_page *page, char *buf,
			     size_t len)
{
	long off = (long)page - (long)frames->mem_map;

	if (!page)
		snprintf(buf, len, "NULL is no descriptor");
	else
		snprintf(buf, len,
			 "%+ld bytes from the first of the pool's %u descriptors is none",
			 off, frames->nr_pages);
}

static void describe_page(struct annex_frames *frames,
			  const struct annex_page *page, int err, char *buf,
			  size_t len)
{
	annex_pfn_t pfn = page - frames->mem_map;
	u32 state = atomic_read(&page->state);
	enum annex_page_state name = state & ANNEX_PAGE_STATE_MASK;
	annex_pfn_t head = annex_block_head(frames, pfn);

	snprintf(buf, len,
		 "frame %#x (%s) %s: %s, order %u, count %u, flags %#lx, link %08x, state %08x, block %#x",
		 pfn, annex_pfn_zone(frames, pfn)->name, complaint(err, name),
		 annex_page_state_name(name), annex_page_order(page),
		 annex_page_ref_count(page),
		 name == ANNEX_PAGE_USED ?
			(unsigned long)(state & ANNEX_PG_MASK) : 0UL,
		 READ_ONCE(page->link), state, head);
}

/**
 * annex_refuse_page() - report a call with an invalid frame
 * @frames: the frames of the pool
 * @counter: the counter of such refusals
 * @err: the errno for the caller
 * @call: the refused call, in a few words
 * @page: its argument, perhaps no descriptor of the pool
 *
 * Context: any.
 * Return: @err.
 */
int annex_refuse_page(struct annex_frames *frames, enum annex_counter counter,
		      int err, const char *call, const struct annex_page *page)
{
	unsigned long pfn = annex_page_nr(frames, page);
	char what[224];

	if (!may_report(frames, counter))
		return err;
	if (pfn < frames->nr_pages)
		describe_page(frames, page, err, what, sizeof(what));
	else
		describe_foreign(frames, page, what, sizeof(what));
	print_refusal(call, err, what);
	if (pfn < frames->nr_pages)
		annex_owner_report(frames, pfn);
	return err;
}

static void report_zone(const struct annex_zone *zone, int highest)
{
	char blocks[ANNEX_MAX_ORDER * 12];
	unsigned int order, len = 0;

	for (order = 0; order < ANNEX_MAX_ORDER; order++)
		len += scnprintf(blocks + len, sizeof(blocks) - len, " %lu",
				 annex_zone_nr_free(zone, order));
	pr_warn("annex: %s free:%lu min:%lu low:%lu high:%lu reserve:%lu managed:%lu blocks by order:%s\n",
		zone->name, annex_zone_free_pages(zone),
		annex_zone_watermark(zone, ANNEX_WMARK_MIN),
		annex_zone_watermark(zone, ANNEX_WMARK_LOW),
		annex_zone_watermark(zone, ANNEX_WMARK_HIGH),
		zone->lowmem_reserve[highest], zone->managed_pages, blocks);
}

static void report_zones(const struct annex_frames *frames, int highest)
{
	int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		if (frames->zones[i].managed_pages)
			report_zone(&frames->zones[i], highest);
}

/**
 * annex_report_alloc_failure() - count and report a failed request
 * @frames: the frames of the pool
 * @gfp: the request's flags
 * @order: its order
 * @highest: the highest zone it could be served from
 *
 * "reserve" is the zone's lowmem_reserve for this request, on top of min. The
 * report includes zones that cannot serve it, as in the kernel.
 *
 * Context: any.
 */
void annex_report_alloc_failure(struct annex_frames *frames, gfp_t gfp,
				unsigned int order, int highest)
{
	count(frames, ANNEX_ALLOC_FAIL);
	annex_print_alloc_failure(frames, gfp, order, highest);
}

/**
 * annex_print_alloc_failure() - report a failed request without counting it
 * @frames: the frames of the pool
 * @gfp: the request's flags
 * @order: its order
 * @highest: the highest zone it could be served from
 *
 * Context: any.
 */
void annex_print_alloc_failure(struct annex_frames *frames, gfp_t gfp,
			       unsigned int order, int highest)
{
	struct annex_comm comm;

	if (gfp & __GFP_NOWARN || !__ratelimit(&annex_failure_limit))
		return;
	pr_warn("annex: %s: page allocation failure: order:%u, mode:%#x(%pGg)\n",
		annex_comm_text(&comm, current->comm), order, (__force unsigned int)gfp,
		&gfp);
	report_zones(frames, highest);
}

/**
 * annex_report_long_wait() - report a request that may wait for ever
 * @frames: the frames of the pool
 * @gfp: the request's flags; __GFP_NOWARN is ignored: this is no failure
 * @order: its order
 * @highest: the highest zone it could be served from
 * @waited: for how long, in jiffies
 *
 * Context: process.
 * Return: whether it was logged; false if the rate limit suppressed it.
 */
bool annex_report_long_wait(struct annex_frames *frames, gfp_t gfp,
			    unsigned int order, int highest,
			    unsigned long waited)
{
	struct annex_comm comm;

	if (!__ratelimit(&annex_failure_limit))
		return false;
	pr_warn("annex: %s[%d] has waited %u ms for a block of order:%u, mode:%#x(%pGg), and waits until somebody frees one\n",
		annex_comm_text(&comm, current->comm), task_pid_nr(current),
		jiffies_to_msecs(waited), order, (__force unsigned int)gfp,
		&gfp);
	report_zones(frames, highest);
	return true;
}
