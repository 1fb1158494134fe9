// SPDX-License-Identifier: GPL-2.0-only
/*
 * The holders of leaked frames: the owner records of all blocks in use, summed
 * up by task and by the function that called annex.
 *
 * That function is the first one on the recorded stack that is not annex's own.
 * In the module notifier the kernel can still resolve the names of a module
 * that is being unloaded; later it cannot.
 *
 * Slabs are left out: a slab's record names the task that needed the slab, not
 * the holders of its objects.
 *
 * Locking: none. The result is a snapshot, which is exact if the pool is not in
 * use.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "base/text.h"
#include "host/stacks.h"
#include "page/owner.h"
#include "page/page.h"
#include "pool/leak_owners.h"
#include "pool/pool.h"

/* Lines of the log. A leak comes from few call sites, often from one. */
#define HOLDERS_MAX	8

/**
 * struct holder - frames that one task allocated at one call site
 * @pid: the task
 * @comm: its name
 * @caller: the call site, or 0
 * @first: the first of its blocks
 * @frames: of all its blocks
 * @blocks: how many
 */
struct holder {
	pid_t pid;
	char comm[TASK_COMM_LEN];
	unsigned long caller;
	annex_pfn_t first;
	unsigned long frames;
	unsigned long blocks;
};

/**
 * struct holders - what has been summed up so far
 * @nr: entries in use
 * @left: frames of holders that found no free entry
 * @holder: in the order of their first blocks
 */
struct holders {
	unsigned int nr;
	unsigned long left;
	struct holder holder[HOLDERS_MAX];
};

static bool is_own(unsigned long addr)
{
	const struct module *own = THIS_MODULE;

	return own && within_module(addr, own);
}

static unsigned long caller_of(const struct annex_owner *rec)
{
	unsigned long *entries;
	unsigned int i, nr = annex_stack_fetch(rec->handle, &entries);

	for (i = 0; i < nr; i++)
		if (!is_own(entries[i]))
			return entries[i];
	return 0;
}

static struct holder *
find_holder(struct holders *h, const struct annex_owner *rec, annex_pfn_t pfn)
{
	unsigned long caller = caller_of(rec);
	struct holder *holder = h->holder;
	unsigned int i;

	for (i = 0; i < h->nr; i++, holder++)
		if (holder->caller == caller && holder->pid == rec->pid)
			return holder;
	if (h->nr == HOLDERS_MAX)
		return NULL;
	h->nr++;
	*holder = (struct holder){
		.pid = rec->pid,
		.caller = caller,
		.first = pfn,
	};
	strscpy(holder->comm, rec->comm, sizeof(holder->comm));
	return holder;
}

static void add_block(struct annex *annex, struct holders *h, annex_pfn_t pfn,
		      unsigned long frames)
{
	struct annex_owner rec;
	struct holder *holder = NULL;

	if (annex_owner_read(&annex->frames, pfn, &rec))
		holder = find_holder(h, &rec, pfn);
	if (!holder) {
		h->left += frames;
		return;
	}
	holder->frames += frames;
	holder->blocks++;
}

static void say(const struct holders *h)
{
	unsigned int i;

	for (i = 0; i < h->nr; i++) {
		const struct holder *one = &h->holder[i];
		struct annex_comm comm;

		pr_warn("annex: %lu of them, in %lu blocks from %#x on, were allocated by %s with pid %d in %pS\n",
			one->frames, one->blocks, one->first,
			annex_comm_text(&comm, one->comm), one->pid,
			(void *)one->caller);
	}
	if (h->left)
		pr_warn("annex: %lu of them by others\n", h->left);
}

/* Frames of the block at @page; @used if it is in use and not a slab. */
static unsigned long used_frames(const struct annex_page *page, bool *used)
{
	unsigned int order = annex_page_order(page);

	*used = annex_page_state(page) == ANNEX_PAGE_USED;
	if (!*used || order >= ANNEX_MAX_ORDER)
		return 1;
	*used = !annex_page_test_flag(page, ANNEX_PG_SLAB);
	return 1UL << order;
}

/**
 * annex_leak_owners_report() - log the holders of frames
 * @annex: the pool, perhaps without owner records
 * @frames: how many are held
 *
 * One line, and with owner records one for each holder, up to HOLDERS_MAX.
 *
 * Context: process, may sleep.
 */
void annex_leak_owners_report(struct annex *annex, unsigned long frames)
{
	struct holders h = {};
	unsigned long nr;
	annex_pfn_t pfn;
	bool used;

	pr_warn("annex: %lu frames are held%s\n", frames,
		annex->frames.owner ?
			"" :
			"; load annex with page_owner=1 to see whose they are");
	if (!annex->frames.owner)
		return;
	for (pfn = 0; pfn < annex->frames.nr_pages; pfn += nr) {
		if (!(pfn % ANNEX_MAX_ORDER_PAGES))
			cond_resched();
		nr = used_frames(annex->frames.mem_map + pfn, &used);
		if (used)
			add_block(annex, &h, pfn, nr);
	}
	say(&h);
}
