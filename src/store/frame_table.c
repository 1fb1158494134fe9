// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frame tables: sparse arrays of frames, for data that is found by a number.
 *
 * The tree of a table, its entries and how they change is in leaf.c, the frames
 * for new entries are in fresh.c, those that are removed in store.c, the list of
 * tables in tables.c. Here is what a caller sees:
 *
 *   read      a hole and an UNWRITTEN entry read as zeros
 *   write     in place, without a lock, if the entry has contents; else under
 *             the lock of its leaf, with a new frame for a hole
 *   zero      in place, nothing for a hole
 *   punch     a range becomes holes; its frames are freed after a grace period
 *   next      the next frame or hole
 *
 * A write to a frame that another CPU punches at the same moment changes a frame
 * that no look-up finds again: the write came first.
 *
 * Locking: that of leaf.c and store.c.
 *
 * Failing: -ENOSPC if there is no frame. Invalid arguments are refused with a
 * line in the log.
 */
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "page/frames.h"
#include "page/report.h"
#include "store/fresh.h"
#include "store/frame_table.h"
#include "store/range.h"
#include "store/store.h"

/* Entries that change with interrupts off: some microseconds. */
#define CHUNK	256U
static_assert(ANNEX_LEAF_ENTRIES % CHUNK == 0);

static __always_inline bool is_bad(const struct annex_frame_table *t, u32 index,
				   unsigned int offset, unsigned int len)
{
	return unlikely(index >= annex_table_entries(t) || offset > PAGE_SIZE ||
			len > PAGE_SIZE - offset || in_nmi());
}

static noinline int refuse_access(const struct annex_frame_table *t, u32 index,
				  const char *call)
{
	if (annex_refused_nmi(t->store->frames, ANNEX_BAD_TABLE, call))
		return -EINVAL;
	return annex_store_refuse(t->store, -ERANGE, call,
				  index >= annex_table_entries(t) ?
					  "the table has no such index" :
					  "the bytes go beyond the end of the page");
}

/* The contents of the frame of an entry, while interrupts are off. */
static __always_inline void *contents(const struct annex_frame_table *t,
				      u32 entry)
{
	return annex_frame_show(t->host, annex_entry_host_pfn(t, entry));
}

/**
 * annex_table_check_range() - check a range of indices
 * @t: the table
 * @first: the first
 * @nr: how many
 * @call: the call, for the log
 *
 * Context: any.
 * Return: 0; -ERANGE or -EINVAL, with a line in the log.
 */
int annex_table_check_range(struct annex_frame_table *t, u32 first, u32 nr,
			    const char *call)
{
	u32 entries = annex_table_entries(t);

	if (annex_refused_nmi(t->store->frames, ANNEX_BAD_TABLE, call))
		return -EINVAL;
	if (first <= entries && nr <= entries - first)
		return 0;
	return annex_store_refuse(t->store, -ERANGE, call,
				  "the range goes beyond the end of the table");
}

/* annex_frame_table_read() of a table. */
int __annex_frame_table_read(struct annex_frame_table *t, u32 index,
			     unsigned int offset, void *to, unsigned int len)
{
	unsigned long flags;
	u32 entry;

	if (is_bad(t, index, offset, len))
		return refuse_access(t, index, "frame_table_read");
	local_irq_save(flags);
	entry = annex_leaf_entry(t, index);
	if (likely(annex_entry_has_data(entry)))
		memcpy(to, contents(t, entry) + offset, len);
	local_irq_restore(flags);
	if (unlikely(!annex_entry_has_data(entry)))
		memset(to, 0, len);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_read);

/* Write in place; false if the entry has no contents. */
static __always_inline bool overwrite(struct annex_frame_table *t, u32 index,
				      const struct annex_span *span)
{
	unsigned long flags;
	bool has_data;
	u32 entry;

	local_irq_save(flags);
	entry = annex_leaf_entry(t, index);
	has_data = annex_entry_has_data(entry);
	if (likely(has_data))
		memcpy(contents(t, entry) + span->offset, span->from,
		       span->len);
	local_irq_restore(flags);
	return has_data;
}

static bool is_all_zeros(const struct annex_span *span)
{
	return span->len == PAGE_SIZE &&
	       !memchr_inv(span->from, 0, PAGE_SIZE);
}

/* A page of zeros: a hole, or zeros in a frame that is held. */
static int skip_zeros(struct annex_frame_table *t, u32 index)
{
	if (annex_leaf_change(t, index, index + 1, annex_entry_remove_unheld))
		return 0;
	return __annex_frame_table_zero(t, index, 0, PAGE_SIZE);
}

/* annex_frame_table_write() of a table. */
int __annex_frame_table_write(struct annex_frame_table *t, u32 index,
			      unsigned int offset, const void *from,
			      unsigned int len, gfp_t gfp, unsigned int flags)
{
	const struct annex_span span = { from, offset, len };

	if (is_bad(t, index, offset, len))
		return refuse_access(t, index, "frame_table_write");
	if (unlikely(flags & ~ANNEX_TABLE_SKIP_ZEROS))
		return annex_store_refuse(t->store, -EINVAL,
					  "frame_table_write",
					  "it knows no flag but ANNEX_TABLE_SKIP_ZEROS");
	if (flags & ANNEX_TABLE_SKIP_ZEROS && is_all_zeros(&span))
		return skip_zeros(t, index);
	if (likely(overwrite(t, index, &span)))
		return 0;
	return len ? annex_fresh_fill(t, index, &span, 0, gfp) : 0;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_write);

/* annex_frame_table_zero() of a table. */
int __annex_frame_table_zero(struct annex_frame_table *t, u32 index,
			     unsigned int offset, unsigned int len)
{
	unsigned long flags;
	u32 entry;

	if (is_bad(t, index, offset, len))
		return refuse_access(t, index, "frame_table_zero");
	local_irq_save(flags);
	entry = annex_leaf_entry(t, index);
	if (annex_entry_has_data(entry))
		memset(contents(t, entry) + offset, 0, len);
	local_irq_restore(flags);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_zero);

/* One past the last index of the leaf that has @index, and at most @end. */
static u32 leaf_end(u32 index, u32 end)
{
	return min(end, (index | (ANNEX_LEAF_ENTRIES - 1)) + 1);
}

/**
 * annex_table_change() - change or remove the entries of a range
 * @t: the table
 * @first: the first
 * @end: one past the last
 * @decide: called for each entry that is no hole
 * @may_sleep: the caller may
 *
 * Context: any but NMI.
 * Return: how many entries became holes.
 */
u32 annex_table_change(struct annex_frame_table *t, u32 first, u32 end,
		       annex_entry_fn decide, bool may_sleep)
{
	u32 next, removed = 0;

	for (; first < end; first = next) {
		next = min(leaf_end(first, end), (first | (CHUNK - 1)) + 1);
		if (!READ_ONCE(*annex_root_slot(t, first)))
			next = leaf_end(first, end);
		else
			removed += annex_leaf_change(t, first, next, decide);
		if (may_sleep)
			cond_resched();
	}
	return removed;
}

/* annex_frame_table_punch() of a table. */
u32 __annex_frame_table_punch(struct annex_frame_table *t, u32 first, u32 nr)
{
	if (likely(nr == 1 && first < annex_table_entries(t) && !in_nmi()))
		return annex_leaf_remove(t, first);
	if (annex_table_check_range(t, first, nr, "frame_table_punch"))
		return 0;
	return annex_table_change(t, first, first + nr, annex_entry_remove,
				  false);
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_punch);

static u32 find_next(struct annex_frame_table *t, u32 index,
		     enum annex_find find, const char *call)
{
	u32 entries = annex_table_entries(t);

	if (annex_refused_nmi(t->store->frames, ANNEX_BAD_TABLE, call))
		return entries;
	while (index < entries) {
		u32 end = leaf_end(index, entries);

		index = annex_leaf_next(t, index, end, find);
		if (index < end)
			return index;
	}
	return entries;
}

/* annex_frame_table_next() of a table. */
u32 __annex_frame_table_next(struct annex_frame_table *t, u32 index,
			     bool present)
{
	return find_next(t, index,
			 present ? ANNEX_FIND_FRAME : ANNEX_FIND_HOLE,
			 "frame_table_next");
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_next);

/* annex_frame_table_next_data() of a table. */
u32 __annex_frame_table_next_data(struct annex_frame_table *t, u32 index,
				  bool data)
{
	return find_next(t, index, data ? ANNEX_FIND_DATA : ANNEX_FIND_ZEROS,
			 "frame_table_next_data");
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_next_data);

/* annex_frame_table_set_limit() of a table. */
void __annex_frame_table_set_limit(struct annex_frame_table *t,
				   unsigned long frames)
{
	WRITE_ONCE(t->limit, frames);
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_set_limit);

/* annex_frame_table_reset_most() of a table. */
void __annex_frame_table_reset_most(struct annex_frame_table *t)
{
	annex_fresh_reset_most(t);
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_reset_most);

/* annex_frame_table_usage() of a table. */
void __annex_frame_table_usage(struct annex_frame_table *t,
			       struct annex_frame_table_usage *usage)
{
	unsigned int i;

	*usage = (struct annex_frame_table_usage){
		.most = atomic_read(&t->most),
		.limit = READ_ONCE(t->limit),
		.waiting = READ_ONCE(t->store->nr_waiting),
	};
	for (i = 0; i < ANNEX_TABLE_PARTS; i++) {
		usage->frames += READ_ONCE(t->part[i].frames);
		usage->leaves += READ_ONCE(t->part[i].leaves);
	}
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_usage);
