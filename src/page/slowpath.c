// SPDX-License-Identifier: GPL-2.0-only
/*
 * The slow path of an allocation.
 *
 * The gfp flags of a request name the highest zone it can use. That zone is
 * tried first, then those below, each against a watermark and its
 * lowmem_reserve:
 *
 *   1. down to low;                            all requests
 *   2. down to min, or below it;               all, by their alloc_flags
 *   3. the same, after this CPU's lists        requests that may not sleep
 *      were drained
 *   4. reclaim, and 2. again; then after       requests that may sleep
 *      the lists of all CPUs were drained
 *   5. wait for free frames, and 4. again      requests that may sleep, without
 *                                              __GFP_NORETRY; for the time of
 *                                              16 rounds, or for ever with
 *                                              __GFP_NOFAIL
 *
 * If 1. fails, kswapd is woken. Without progress a request ends as in the
 * kernel, but by an error and without an OOM kill. A request for a large block
 * (order 4 or more) waits only with __GFP_RETRY_MAYFAIL. __GFP_NOFAIL with such
 * an order is refused (the kernel warns): nothing makes a large block out of
 * frames that are in use. A fatal signal ends every wait but that of
 * __GFP_NOFAIL. A request that has waited for ten seconds is logged once.
 *
 * Only lists of zones that could then serve the request are drained, and only
 * on CPUs that cache frames of them. This comes after reclaim, because a
 * reclaimed frame costs less than an interrupt on another CPU.
 *
 * A thread with PF_MEMALLOC, which reclaims for annex or for the host kernel,
 * does not reclaim again, and waits only with __GFP_NOFAIL. It may use all free
 * frames, unless __GFP_NOMEMALLOC forbids it. So reclaim can always proceed.
 *
 * Locking: none of its own.
 */
#include <linux/jiffies.h>
#include <linux/preempt.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "base/fail.h"
#include "base/for_kunit.h"
#include "base/trace.h"
#include "host/compat_sched.h"
#include "host/context.h"
#include "page/alloc_wait.h"
#include "page/buddy.h"
#include "page/frames.h"
#include "page/page_alloc.h"
#include "page/page_fast.h"
#include "page/pageblock.h"
#include "page/pcp.h"
#include "page/reclaim_calls.h"
#include "page/report.h"
#include "page/zone.h"

/* The kernel's bound on rounds of reclaim that find nothing. */
#define MAX_RECLAIM_RETRIES	16

/*
 * How long one round waits for frames to be freed. With 16 rounds, a request
 * that finds nothing fails after a third of a second, with __GFP_RETRY_MAYFAIL
 * after 1.6 seconds.
 */
#define WAIT			(HZ / 50)
#define WAIT_MAYFAIL		(HZ / 10)

/* Orders above this one are the kernel's costly orders. */
#define COSTLY_ORDER		3

/**
 * struct request - an allocation request and its progress
 * @frames: the frames of the pool
 * @gfp: its flags
 * @order: its order
 * @highest: the highest zone that can serve it
 * @type: the type of pageblock that it wants
 * @flags: its access to reserves, ANNEX_ALLOC_*
 * @loops: rounds of reclaim without progress
 * @since: when these rounds began, in jiffies
 * @asked: when the request was made, in jiffies
 * @told: its wait has been logged
 */
struct request {
	struct annex_frames *frames;
	gfp_t gfp;
	unsigned int order;
	int highest;
	unsigned int type;
	unsigned int flags;
	unsigned int loops;
	unsigned long since;
	unsigned long asked;
	bool told;
};

/* Take a block out of a zone's free lists. */
static struct annex_page *zone_take(struct annex_zone *zone,
				    const struct request *rq,
				    unsigned int alloc_flags,
				    unsigned long floor)
{
	struct annex_page *page = NULL;
	unsigned int n = 0;
	unsigned long flags;
	bool may;

	spin_lock_irqsave(&zone->lock, flags);
	may = annex_zone_above(zone, floor, alloc_flags);
	if (may && alloc_flags & ANNEX_ALLOC_HIGHATOMIC)
		n = annex_buddy_take_type_locked(zone, rq->order,
						 ANNEX_MIGRATE_HIGHATOMIC, 1,
						 &page);
	if (may && !n)
		n = annex_buddy_take_locked(zone, rq->order, rq->type, 1,
					    &page);
	spin_unlock_irqrestore(&zone->lock, flags);
	if (!n)
		return NULL;
	annex_count_events(&zone->frames->counters,
			   ANNEX_PGALLOC_DMA + zone->idx, 1UL << rq->order);
	return page;
}

static struct annex_page *take_from_zone(struct annex_zone *zone,
					 const struct request *rq,
					 unsigned int alloc_flags,
					 unsigned long floor)
{
	struct annex_page *page;

	if (rq->order < ANNEX_PCP_ORDERS &&
	    !(alloc_flags & ANNEX_ALLOC_HIGHATOMIC)) {
		page = annex_pcp_take(zone, rq->order, rq->type, floor,
				      alloc_flags);
		/* As a last resort, a frame kept for larger atomic requests. */
		if (page || rq->order || !(alloc_flags & ANNEX_ALLOC_NON_BLOCK))
			return page;
		alloc_flags |= ANNEX_ALLOC_HIGHATOMIC;
	}
	page = zone_take(zone, rq, alloc_flags, floor);
	if (page && rq->order && alloc_flags & ANNEX_ALLOC_HIGHATOMIC)
		annex_pageblock_reserve(zone, page);
	return page;
}

/* More frames than this must be free in a zone for it to serve a request. */
static unsigned long zone_floor(const struct annex_zone *zone,
				const struct request *rq,
				enum annex_zone_watermark mark,
				unsigned int alloc_flags)
{
	return annex_watermark_floor(rq->order,
				     annex_zone_watermark(zone, mark),
				     zone->lowmem_reserve[rq->highest],
				     alloc_flags);
}

/* One round over the zonelist, from the highest zone down. */
static struct annex_page *take_from_zones(const struct request *rq,
					  enum annex_zone_watermark mark,
					  unsigned int alloc_flags)
{
	int i;

	for (i = rq->highest; i >= 0; i--) {
		struct annex_zone *zone = &rq->frames->zones[i];
		struct annex_page *page;
		unsigned long floor;

		if (!zone->pcp)
			continue;
		annex_zone_notice(zone);
		floor = zone_floor(zone, rq, mark, alloc_flags);
		if (!annex_zone_above(zone, floor, alloc_flags))
			continue;
		page = take_from_zone(zone, rq, alloc_flags, floor);
		if (page)
			return page;
	}
	return NULL;
}

/* Down to min, or below it as far as the request may. */
static struct annex_page *take_to_min(const struct request *rq)
{
	return take_from_zones(rq, ANNEX_WMARK_MIN, rq->flags);
}

/* Is the caller a thread of a real-time policy? */
static bool is_rt(void)
{
	return in_task() && rt_or_dl_task(current);
}

/* Does the caller free memory, so that it may use all free frames? */
static bool frees_memory(gfp_t gfp)
{
	if (gfp & __GFP_NOMEMALLOC)
		return false;
	if (gfp & __GFP_MEMALLOC)
		return true;
	/* In a softirq the flag is the softirq's: the thread's is saved. */
	return (!in_interrupt() || (in_serving_softirq() && !in_hardirq())) &&
	       current->flags & PF_MEMALLOC;
}

/* Why a request is invalid, or NULL. */
static const char *bad_request(const struct request *rq)
{
	if (rq->order >= ANNEX_MAX_ORDER)
		return "the order is beyond 10, the largest";
	if (rq->highest < 0)
		return "the gfp flags name more than one of DMA, DMA32 and HIGHMEM";
	if (rq->type >= ANNEX_MIGRATE_PCPTYPES)
		return "the gfp flags say MOVABLE and RECLAIMABLE at once";
	if (rq->gfp & __GFP_NOFAIL && !(rq->gfp & __GFP_DIRECT_RECLAIM))
		return "__GFP_NOFAIL must wait, and without __GFP_DIRECT_RECLAIM it cannot";
	if (annex_nofail_is_too_large(rq->gfp, rq->order))
		return "__GFP_NOFAIL is for orders up to 3; annex_kvmalloc() needs no block";
	if (in_nmi())
		return annex_in_nmi_text;
	return NULL;
}

/* May this request sleep? A thread that reclaims may with __GFP_NOFAIL only. */
static bool may_wait(const struct request *rq)
{
	if (!(rq->gfp & __GFP_DIRECT_RECLAIM))
		return false;
	might_sleep();
	/* A caller whose flags allow sleep in atomic context must not hang. */
	return annex_may_sleep() &&
	       (!(current->flags & PF_MEMALLOC) || rq->gfp & __GFP_NOFAIL);
}

/* Fault injection; like the kernel's fail_page_alloc, not for __GFP_NOFAIL. */
static bool fails_on_purpose(gfp_t gfp)
{
	return !(gfp & __GFP_NOFAIL) && annex_should_fail(ANNEX_FAIL_PAGE);
}

/* All that a request can get without waiting. */
static struct annex_page *take_without_waiting(const struct request *rq)
{
	struct annex_page *page = take_to_min(rq);

	if (!page && frees_memory(rq->gfp))
		page = take_from_zones(rq, ANNEX_WMARK_MIN,
				       ANNEX_ALLOC_NO_MARKS);
	return page;
}

/* Its access to reserves, for the comparison with other waiters. */
static unsigned int get_alloc_flags(const struct request *rq)
{
	return rq->flags | (frees_memory(rq->gfp) ? ANNEX_ALLOC_NO_MARKS : 0);
}

/* Count a round. Progress restarts the count, except for a costly order. */
static void count_round(struct request *rq, unsigned long progress)
{
	rq->loops++;
	if (progress && rq->order <= COSTLY_ORDER) {
		rq->loops = 0;
		rq->since = jiffies;
	}
}

/* Would a zone with @more free frames be above the request's floor? */
static bool would_do(const struct annex_zone *zone, const struct request *rq,
		     unsigned long more)
{
	unsigned int alloc_flags = get_alloc_flags(rq);

	return annex_zone_above(zone, 0, alloc_flags) + more >
	       zone_floor(zone, rq, ANNEX_WMARK_MIN, alloc_flags);
}

/* Drain this CPU's lists of zones that could then serve the request. */
static struct annex_page *take_what_cpu_has(const struct request *rq)
{
	struct annex_page *page;
	int i;

	for (i = rq->highest; i >= 0; i--) {
		struct annex_zone *zone = &rq->frames->zones[i];

		if (!zone->pcp ||
		    !would_do(zone, rq, annex_pcp_count(zone, raw_smp_processor_id())))
			continue;
		while (annex_pcp_drain_some(zone)) {
			page = take_without_waiting(rq);
			if (page)
				return page;
		}
	}
	return NULL;
}

/* The same for the lists of all CPUs. */
static struct annex_page *take_what_cpus_have(const struct request *rq)
{
	unsigned int zones = 0;
	int i;

	for (i = rq->highest; i >= 0; i--) {
		const struct annex_zone *zone = &rq->frames->zones[i];
		unsigned long nr = zone->pcp ? annex_pcp_count_all(zone) : 0;

		if (nr && would_do(zone, rq, nr))
			zones |= BIT(i);
	}
	if (!zones)
		return NULL;
	annex_pcp_drain_zones(rq->frames, zones);
	return take_without_waiting(rq);
}

static struct annex_page *reclaim_and_take(struct request *rq)
{
	unsigned long progress;
	struct annex_page *page;

	page = take_without_waiting(rq);
	if (page)
		return page;
	progress = annex_reclaim_direct(rq->frames, rq->gfp, rq->order,
					rq->highest);
	page = take_without_waiting(rq);
	if (!page)
		page = take_what_cpus_have(rq);
	if (!page &&
	    annex_pageblock_unreserve(rq->frames, rq->highest, rq->type))
		page = take_without_waiting(rq);
	count_round(rq, progress);
	return page;
}

/* Are there free frames that the waiters before this one can take? */
static bool is_served(const struct request *rq)
{
	int i;

	for (i = rq->highest; i >= 0; i--) {
		const struct annex_zone *zone = &rq->frames->zones[i];

		if (zone->pcp && annex_zone_has_block(zone, rq->order) &&
		    would_do(zone, rq, 0))
			return true;
	}
	return false;
}

/*
 * Reclaim for the waiters before this one, which may not reclaim as much, and
 * take no frames. Not while there are frames that they have yet to take.
 */
static void reclaim_for_others(struct request *rq)
{
	unsigned long progress = 0;

	if (!is_served(rq))
		progress = annex_reclaim_direct(rq->frames, rq->gfp, rq->order,
						rq->highest);
	count_round(rq, progress);
}

/* How it may reclaim, for the comparison with other waiters. */
static gfp_t ways_to_reclaim(gfp_t gfp)
{
	if (current->flags & PF_MEMALLOC)
		return 0;
	return current_gfp_context(gfp) &
	       (__GFP_DIRECT_RECLAIM | __GFP_IO | __GFP_FS);
}

static unsigned long patience(gfp_t gfp)
{
	return gfp & (__GFP_RETRY_MAYFAIL | __GFP_NOFAIL) ? WAIT_MAYFAIL : WAIT;
}

/*
 * May the request go another round? The bound is a time as well as a number of
 * rounds: a round that a useless freed frame cut short does not end it earlier.
 */
static bool may_retry(const struct request *rq)
{
	if (rq->gfp & __GFP_NOFAIL)
		return true;
	if (rq->gfp & __GFP_NORETRY || fatal_signal_pending(current))
		return false;
	if (rq->order > COSTLY_ORDER && !(rq->gfp & __GFP_RETRY_MAYFAIL))
		return false;
	return rq->loops <= MAX_RECLAIM_RETRIES ||
	       time_before(jiffies, rq->since + MAX_RECLAIM_RETRIES *
						patience(rq->gfp));
}

/* Must the request queue behind a waiter? Not if it would not wait. */
static bool is_to_get_in_line(const struct request *rq)
{
	return may_retry(rq) &&
	       annex_alloc_waiters_before(rq->frames, rq->highest, rq->order,
					  get_alloc_flags(rq));
}

/* Log a request that has waited for long, since it may wait for ever. */
static void tell_of_wait(struct request *rq)
{
	unsigned long bound = READ_ONCE(rq->frames->waiters.tell_after);

	if (!rq->told && time_after(jiffies, rq->asked + bound))
		rq->told = annex_report_long_wait(rq->frames, rq->gfp,
						  rq->order, rq->highest,
						  jiffies - rq->asked);
}

/* Returns whether it was woken. */
static bool wait_in_line(const struct request *rq,
			 struct annex_alloc_waiter *waiter)
{
	return annex_alloc_wait(waiter,
				rq->gfp & __GFP_NOFAIL ? TASK_UNINTERRUPTIBLE :
							 TASK_KILLABLE,
				patience(rq->gfp));
}

/*
 * The zones that could serve the request if all their frames were free, as
 * bits. __GFP_NOFAIL counts with the part of the reserve that it may use later.
 */
static unsigned int zones_to_wait_for(const struct request *rq)
{
	unsigned int alloc_flags = get_alloc_flags(rq), zones = 0;
	int i;

	if (rq->gfp & __GFP_NOFAIL)
		alloc_flags |= ANNEX_ALLOC_MIN_RESERVE;
	for (i = rq->highest; i >= 0; i--) {
		const struct annex_zone *zone = &rq->frames->zones[i];

		if (zone->pcp &&
		    zone->managed_pages > zone_floor(zone, rq, ANNEX_WMARK_MIN,
						     alloc_flags))
			zones |= BIT(i);
	}
	return zones;
}

/* One round of a waiter, as far as its turn allows. */
static struct annex_page *take_turn(struct request *rq,
				    struct annex_alloc_waiter *waiter)
{
	enum annex_alloc_wait_turn turn =
		annex_alloc_wait_turn(rq->frames, waiter);
	struct annex_page *page = NULL;

	if (turn == ANNEX_TURN_WAIT) {
		count_round(rq, 0);
		return NULL;
	}
	annex_alloc_wait_busy(waiter, true);
	if (turn == ANNEX_TURN_TAKE)
		page = reclaim_and_take(rq);
	else
		reclaim_for_others(rq);
	annex_alloc_wait_busy(waiter, false);
	return page;
}

/*
 * Queue up until the request is served or may not go another round. A waiter
 * that was woken but cannot use the freed frames wakes the next one.
 */
static struct annex_page *take_in_line(struct request *rq)
{
	struct annex_alloc_waiter waiter = {
		.highest = rq->highest,
		.order = rq->order,
		.alloc_flags = get_alloc_flags(rq),
		.reclaim = ways_to_reclaim(rq->gfp),
		.zones = zones_to_wait_for(rq),
	};
	struct annex_page *page;
	bool woken = false;

	annex_alloc_wait_begin(rq->frames, &waiter);
	for (;;) {
		page = take_turn(rq, &waiter);
		if (page || !may_retry(rq))
			break;
		/* __GFP_NOFAIL may now use half of the reserve. */
		if (rq->gfp & __GFP_NOFAIL &&
		    rq->loops > MAX_RECLAIM_RETRIES)
			rq->flags |= ANNEX_ALLOC_MIN_RESERVE;
		annex_wakeup_kswapd(rq->frames, rq->gfp, rq->order,
				    rq->highest);
		if (woken)
			annex_alloc_wait_pass_on(rq->frames, &waiter);
		tell_of_wait(rq);
		woken = wait_in_line(rq, &waiter);
	}
	annex_alloc_wait_end(rq->frames, &waiter);
	return page;
}

/*
 * Reclaim without queueing, as long as that makes progress and no waiter comes
 * first. If other requests take the reclaimed frames, go on: that is no reason
 * to close the per-CPU lists and sleep.
 */
static struct annex_page *take_by_reclaim(struct request *rq)
{
	struct annex_page *page = NULL;
	unsigned int rounds;

	for (rounds = 0; rounds < MAX_RECLAIM_RETRIES; rounds++) {
		if (is_to_get_in_line(rq))
			break;
		page = reclaim_and_take(rq);
		if (page || rq->loops || !may_retry(rq))
			break;
	}
	return page;
}

static struct annex_page *take_slow(struct request *rq)
{
	struct annex_page *page = take_from_zones(rq, ANNEX_WMARK_LOW, 0);
	bool wait;

	if (page)
		return page;
	annex_wakeup_kswapd(rq->frames, rq->gfp, rq->order, rq->highest);
	wait = may_wait(rq);
	if (!wait || !is_to_get_in_line(rq))
		page = take_without_waiting(rq);
	if (page)
		return page;
	if (!wait)
		return take_what_cpu_has(rq);
	page = take_by_reclaim(rq);
	if (page || !may_retry(rq))
		return page;
	return take_in_line(rq);
}

/* Report a failure: @why the request is invalid, or NULL. Returns the errno. */
static int refuse(const struct request *rq, const char *why)
{
	if (why)
		return annex_refuse_call(rq->frames, ANNEX_BAD_ALLOC, -EINVAL,
					 "alloc", why);
	trace_mm_page_alloc(ANNEX_TRACE_NO_PFN, rq->order, rq->gfp, rq->type);
	annex_report_alloc_failure(rq->frames, rq->gfp, rq->order, rq->highest);
	return -ENOMEM;
}

/**
 * annex_alloc_slow() - the slow path of an allocation
 * @frames: the frames of the pool
 * @gfp: the request's flags
 * @order: its order
 * @err: set if there is none, as for annex_alloc_block(); NULL for a valid
 *	request whose failure is neither counted nor reported
 *
 * Context: as annex_alloc_block().
 * Return: the head of the block; NULL, with the failure reported.
 */
struct annex_page *annex_alloc_slow(struct annex_frames *frames, gfp_t gfp,
				    unsigned int order, int *err)
{
	struct request rq = {
		.frames = frames,
		.gfp = gfp,
		.order = order,
		.highest = frames->gfp_zone[(__force u32)gfp &
					    ANNEX_GFP_ZONE_MASK],
		.type = annex_request_type(frames, gfp),
		.flags = annex_gfp_alloc_flags(gfp, order, is_rt()),
		.since = jiffies,
		.asked = jiffies,
	};
	const char *why = bad_request(&rq);
	struct annex_page *page = NULL;

	annex_might_wait(gfp);
	/* A pool that failed to load has no frames and no queue of waiters. */
	if (!why && frames->nr_pages && !fails_on_purpose(gfp))
		page = take_slow(&rq);
	if (page)
		annex_hand_out(frames, page, gfp, order);
	else if (err)
		*err = refuse(&rq, why);
	return page;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_alloc_slow);
