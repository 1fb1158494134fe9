// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames for new entries of a frame table.
 *
 * A frame is charged to the table's limit, allocated, filled and marked before
 * the lock of its leaf is taken. Under the lock it may turn out that it is not
 * needed, since another caller was faster, or that a leaf is needed as well,
 * since another caller has removed it. So the two alternate until the entry is
 * filled:
 *
 *   prepare() -> annex_leaf_fill() -> done, the rest is freed
 *       ^              | -EAGAIN
 *       `--------------'
 *
 * Locking: none; see leaf.c and store.c.
 *
 * Failing: -ENOSPC, if the limit is reached or the pool has no frame.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "host/frame.h"
#include "page/frames.h"
#include "store/fresh.h"
#include "store/store.h"

static void note_most(struct annex_frame_table *t, int charged)
{
	int most = atomic_read(&t->most);

	while (most < charged &&
	       !atomic_try_cmpxchg(&t->most, &most, charged))
		;
}

/**
 * annex_fresh_reset_most() - make the present number of frames the maximum
 * @t: the table
 *
 * A frame that is charged after the first step raises the maximum itself, one
 * that is charged before is counted by the second.
 *
 * Context: any.
 */
void annex_fresh_reset_most(struct annex_frame_table *t)
{
	/* A full barrier, unlike atomic_set(). */
	atomic_xchg(&t->most, 0);
	note_most(t, atomic_read(&t->charged));
}

/* Count a frame if the limit allows it. Returns the number before, or -1. */
static int count_one(atomic_t *used, unsigned long limit)
{
	int old = atomic_read(used);

	do {
		if (limit && old >= limit)
			return -1;
	} while (!atomic_try_cmpxchg(used, &old, old + 1));
	return old;
}

/* The same, if the budget allows it, too. */
static bool charge(struct annex_frame_table *t)
{
	struct annex_frame_budget *budget = t->budget;
	int old;

	if (unlikely(budget) &&
	    count_one(&budget->used, READ_ONCE(budget->limit)) < 0)
		return false;
	old = count_one(&t->charged, READ_ONCE(t->limit));
	if (likely(old >= 0))
		note_most(t, old + 1);
	else if (budget)
		atomic_dec(&budget->used);
	return old >= 0;
}

static unsigned long host_pfn(const struct annex_frame_table *t,
			      const struct annex_page *page)
{
	return annex_page_host_pfn(t->store->frames, page);
}

static void set_contents(struct annex_frame_table *t,
			 const struct annex_page *page,
			 const struct annex_span *span)
{
	struct annex_host *host = t->host;
	unsigned long pfn = host_pfn(t, page);

	if (!span->from)
		return;
	if (span->len < PAGE_SIZE)
		annex_frame_clear(host, pfn);
	annex_frame_write(host, pfn, span->offset, span->from, span->len);
}

/**
 * annex_fresh_prepare() - allocate the frame of a new entry
 * @t: the table
 * @index: which entry
 * @gfp: allocation flags
 * @fresh: gets the frame, whose contents are undefined
 *
 * Context: as @gfp, any but NMI.
 * Return: 0; -ENOSPC if the limit is reached or the pool has no frame.
 */
int annex_fresh_prepare(struct annex_frame_table *t, u32 index, gfp_t gfp,
			struct annex_fresh *fresh)
{
	if (!charge(t))
		return -ENOSPC;
	fresh->data = annex_store_alloc(t->store, gfp, ANNEX_STORE_DATA | index);
	if (fresh->data)
		return 0;
	annex_table_uncharge(t, 1);
	return -ENOSPC;
}

static int prepare_data(struct annex_frame_table *t, u32 index,
			const struct annex_span *span, gfp_t gfp,
			struct annex_fresh *fresh)
{
	int err = annex_fresh_prepare(t, index, gfp, fresh);

	if (!err)
		set_contents(t, fresh->data, span);
	return err;
}

static int prepare_leaf(struct annex_frame_table *t, u32 index, gfp_t gfp,
			struct annex_fresh *fresh)
{
	u32 value = ANNEX_STORE_LEAF | index >> ANNEX_LEAF_SHIFT;

	atomic_inc(&t->new_leaves);
	fresh->leaf = annex_store_alloc(t->store, gfp, value);
	if (!fresh->leaf) {
		atomic_dec(&t->new_leaves);
		return -ENOSPC;
	}
	annex_frame_clear(t->host, host_pfn(t, fresh->leaf));
	return 0;
}

/* Bring what is missing, as it seems without the lock. */
static int prepare(struct annex_frame_table *t, u32 index,
		   const struct annex_span *span, gfp_t gfp,
		   struct annex_fresh *fresh)
{
	int err = 0;

	if (!fresh->data)
		err = prepare_data(t, index, span, gfp, fresh);
	if (!err && !fresh->leaf && !READ_ONCE(*annex_root_slot(t, index)))
		err = prepare_leaf(t, index, gfp, fresh);
	return err;
}

/* The two alternate: see above. */
static int fill(struct annex_frame_table *t, u32 index,
		const struct annex_span *span, u32 flags, gfp_t gfp,
		struct annex_fresh *fresh)
{
	int err = annex_leaf_fill(t, index, span, flags, fresh);

	while (err == -EAGAIN) {
		err = prepare(t, index, span, gfp, fresh);
		if (!err)
			err = annex_leaf_fill(t, index, span, flags, fresh);
	}
	return err;
}

/**
 * annex_fresh_drop() - free what was not needed
 * @t: the table
 * @fresh: frames that were not installed, or NULL
 *
 * Context: any but NMI.
 */
void annex_fresh_drop(struct annex_frame_table *t, struct annex_fresh *fresh)
{
	if (fresh->data || fresh->leaf)
		atomic_inc(&t->dropped);
	if (fresh->data) {
		annex_store_free(t->store, fresh->data);
		annex_table_uncharge(t, 1);
	}
	if (fresh->leaf) {
		annex_store_free(t->store, fresh->leaf);
		atomic_dec(&t->new_leaves);
	}
}

/**
 * annex_fresh_fill() - write an entry that has no contents yet
 * @t: the table
 * @index: which
 * @span: what to write
 * @flags: flags that the entry gets
 * @gfp: allocation flags
 *
 * It is right for any entry, but takes a lock.
 *
 * Context: as @gfp, any but NMI.
 * Return: 0; -ENOSPC, with nothing changed, if the limit is reached or the pool
 * has no frame.
 */
int annex_fresh_fill(struct annex_frame_table *t, u32 index,
		     const struct annex_span *span, u32 flags, gfp_t gfp)
{
	struct annex_fresh fresh = {};
	int err = fill(t, index, span, flags, gfp, &fresh);

	annex_fresh_drop(t, &fresh);
	return err;
}

/**
 * annex_fresh_install() - fill a hole with a frame that has its contents
 * @t: the table
 * @index: which
 * @gfp: allocation flags
 * @fresh: the frame, and perhaps a leaf; what is installed becomes NULL, the
 *	rest is the caller's to drop
 *
 * Context: as @gfp, any but NMI.
 * Return: 0, also if it was no hole any more, and with nothing changed then;
 * -ENOSPC if the pool has no frame for a leaf.
 */
int annex_fresh_install(struct annex_frame_table *t, u32 index, gfp_t gfp,
			struct annex_fresh *fresh)
{
	static const struct annex_span nothing;

	return fill(t, index, &nothing, 0, gfp, fresh);
}
