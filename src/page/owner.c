// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owner records: the stacks that allocated and freed each block, like the
 * kernel's page_owner.
 *
 * Each frame has a record of 56 bytes. Allocating or freeing a block writes
 * only the record of its head. The record of another frame still describes the
 * last block that began there. So up to eleven records, one for each order, may
 * cover a frame inside a block that was freed, merged and split; the latest of
 * them is the right one.
 *
 *   frame     8     9     10    11    12         frame 11 was last a part of
 *   record   o3    o0    o1    -     o2          whichever is the latest of
 *            t=5   t=7   t=6                     order 3 at 8 and 1 at 10
 *
 * Stacks are stored in the host's stack depot (host/stacks.c). Without memory,
 * the record has no stack.
 *
 * Locking: none. The owner of a block writes its record. A concurrent reader,
 * such as debugfs or a report of misuse, may see a mix of old and new.
 */
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/sched/clock.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "base/text.h"
#include "host/stacks.h"
#include "page/buddy.h"
#include "page/frames.h"
#include "page/owner.h"

/**
 * annex_owner_set() - record the current task as the owner of a block
 * @frames: the frames of the pool, with records
 * @pfn: the block's first frame
 * @order: its order
 * @gfp: gfp flags of the allocation
 *
 * Context: any but NMI; the caller owns the block.
 */
noinline void annex_owner_set(struct annex_frames *frames, annex_pfn_t pfn,
			      unsigned int order, gfp_t gfp)
{
	struct annex_owner *rec = frames->owner + pfn;

	rec->order = order;
	rec->gfp_mask = gfp;
	rec->pid = current->pid;
	rec->tgid = current->tgid;
	strscpy(rec->comm, current->comm, sizeof(rec->comm));
	rec->ts_nsec = local_clock();
	rec->handle = annex_stack_save(0, gfp);
	/* Pairs with annex_owner_read(), which sees a complete record. */
	smp_store_release(&rec->state, ANNEX_OWNER_ALLOCATED);
}

/**
 * annex_owner_split() - copy a block's record to the frames it was split into
 * @frames: the frames of the pool, with records
 * @pfn: the block's first frame
 * @order: its order
 *
 * Context: any but NMI; the caller owns the block.
 */
noinline void annex_owner_split(struct annex_frames *frames, annex_pfn_t pfn,
				unsigned int order)
{
	struct annex_owner *head = frames->owner + pfn;
	unsigned int i;

	head->order = 0;
	for (i = 1; i < 1U << order; i++)
		head[i] = *head;
}

/**
 * annex_owner_reset() - record that a block was freed
 * @frames: the frames of the pool, with records
 * @pfn: the block's first frame
 *
 * Context: any but NMI; the caller owns the block.
 */
noinline void annex_owner_reset(struct annex_frames *frames, annex_pfn_t pfn)
{
	struct annex_owner *rec = frames->owner + pfn;

	WRITE_ONCE(rec->state, ANNEX_OWNER_FREED);
	rec->free_ts_nsec = local_clock();
	rec->free_handle = annex_stack_save(0, 0);
}

/**
 * annex_owner_read() - copy a record
 * @frames: the frames of the pool, with records
 * @pfn: a frame of it
 * @copy: filled
 *
 * Context: any.
 * Return: false if no block was ever allocated that begins at @pfn.
 */
bool annex_owner_read(const struct annex_frames *frames, annex_pfn_t pfn,
		      struct annex_owner *copy)
{
	const struct annex_owner *rec = frames->owner + pfn;

	/* Pairs with annex_owner_set(). */
	if (smp_load_acquire(&rec->state) == ANNEX_OWNER_NONE)
		return false;
	/* The next owner may be writing it; the copy is only printed. */
	*copy = data_race(*rec);
	copy->comm[sizeof(copy->comm) - 1] = '\0';
	return true;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_owner_read);

/**
 * annex_owner_find() - find the record that covers a frame
 * @frames: the frames of the pool, with records
 * @pfn: any frame of it
 *
 * Context: any.
 * Return: the first frame of the last block that contained @pfn, or
 * %ANNEX_PFN_NIL if there was none.
 */
annex_pfn_t annex_owner_find(const struct annex_frames *frames, annex_pfn_t pfn)
{
	annex_pfn_t best = ANNEX_PFN_NIL;
	struct annex_owner rec;
	unsigned int order;
	u64 latest = 0;

	for (order = 0; order < ANNEX_MAX_ORDER; order++) {
		annex_pfn_t head = annex_block_pfn(pfn, order, frames->bias);

		if (head > pfn)
			break;
		if (head == best || !annex_owner_read(frames, head, &rec) ||
		    rec.order < order || rec.ts_nsec < latest)
			continue;
		latest = rec.ts_nsec;
		best = head;
	}
	return best;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_owner_find);

static void print_stack(const char *what, depot_stack_handle_t handle)
{
	unsigned long *entries;
	unsigned int nr = annex_stack_fetch(handle, &entries);

	if (!nr) {
		pr_err("annex: page last %s stack trace missing\n", what);
		return;
	}
	pr_err("annex: page last %s stack trace:\n", what);
	stack_trace_print(entries, nr, 0);
}

/**
 * annex_owner_report() - print what is known of a frame's owners
 * @frames: the frames of the pool, perhaps without records
 * @pfn: any frame of it
 *
 * Nothing is printed for a frame that was never allocated.
 *
 * Context: any.
 */
void annex_owner_report(const struct annex_frames *frames, annex_pfn_t pfn)
{
	struct annex_owner rec;
	struct annex_comm comm;
	annex_pfn_t head;

	if (!frames->owner)
		return;
	head = annex_owner_find(frames, pfn);
	if (head == ANNEX_PFN_NIL || !annex_owner_read(frames, head, &rec))
		return;
	pr_err("annex: page_owner tracks the page as %s, in the block %#x\n",
	       rec.state == ANNEX_OWNER_ALLOCATED ? "allocated" : "freed",
	       head);
	pr_err("annex: page last allocated via order %u, gfp_mask %#x(%pGg), pid %d, tgid %d (%s), ts %llu, free_ts %llu\n",
	       rec.order, (__force unsigned int)rec.gfp_mask, &rec.gfp_mask,
	       rec.pid, rec.tgid, annex_comm_text(&comm, rec.comm), rec.ts_nsec,
	       rec.free_ts_nsec);
	print_stack("allocated", rec.handle);
	if (rec.free_ts_nsec)
		print_stack("free", rec.free_handle);
}
