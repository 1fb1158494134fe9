/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_STORE_LEAF_H
#define ANNEX_STORE_LEAF_H

/* Leaves of a frame table: look-up, and changes of entries. See leaf.c. */
#include <linux/types.h>

#include "host/frame.h"
#include "host/frame_fast.h"
#include "page/frames.h"
#include "page/page.h"
#include "store/entry.h"
#include "store/types.h"

/**
 * struct annex_span - bytes of a page that are written
 * @from: the new bytes; NULL: none
 * @offset: first byte of the page
 * @len: how many, not beyond the end of the page
 */
struct annex_span {
	const void *from;
	unsigned int offset;
	unsigned int len;
};

/**
 * struct annex_fresh - frames for an entry, allocated before its lock is taken
 * @data: the frame of the entry, with its contents; or NULL
 * @leaf: a leaf, all holes; or NULL
 */
struct annex_fresh {
	struct annex_page *data;
	struct annex_page *leaf;
};

/* The root's entry for the leaf of an index. */
static __always_inline u32 *annex_root_slot(const struct annex_frame_table *t,
					    u32 index)
{
	u32 leaf = index >> ANNEX_LEAF_SHIFT;

	/* Pairs with annex_frame_table_grow(): the entries are seen. */
	return READ_ONCE(t->root[leaf >> ANNEX_ROOT_SHIFT]) +
	       (leaf & (ANNEX_ROOT_ENTRIES - 1));
}

/* The host pfn of the frame of an entry, or of a leaf. */
static __always_inline unsigned long
annex_entry_host_pfn(const struct annex_frame_table *t, u32 entry)
{
	return t->base_pfn + annex_entry_pfn(entry);
}

/**
 * annex_leaf_entry() - the entry of an index
 * @t: the table
 * @index: less than its number of entries
 *
 * Context: any but NMI. Interrupts are off, so that the caller is an RCU reader:
 * the frame of the entry stays until they are on.
 * Return: the entry, 0 for a hole.
 */
static __always_inline u32 annex_leaf_entry(const struct annex_frame_table *t,
					    u32 index)
{
	/* Pairs with install_locked(): the entries of the leaf are seen. */
	u32 leaf = smp_load_acquire(annex_root_slot(t, index));
	const u32 *entry;

	if (unlikely(!leaf))
		return 0;
	entry = annex_frame_show_at(t->host, ANNEX_SCRATCH_LEAF,
				    annex_entry_host_pfn(t, leaf));
	/* Pairs with publish(): the contents of its frame are seen. */
	return smp_load_acquire(&entry[index % ANNEX_LEAF_ENTRIES]);
}

/* The number of indices. With it, the root of these is seen. */
static __always_inline u32 annex_table_entries(const struct annex_frame_table *t)
{
	/* Pairs with annex_frame_table_grow(). */
	return smp_load_acquire(&t->nr_entries);
}

/* Frames of a table are removed, or do not come into use. */
static __always_inline void annex_table_uncharge(struct annex_frame_table *t,
						 int nr)
{
	atomic_sub(nr, &t->charged);
	if (unlikely(t->budget))
		atomic_sub(nr, &t->budget->used);
}

/* The locks and counts of the leaf of an index. */
static inline struct annex_table_part *annex_part_of(struct annex_frame_table *t,
						     u32 index)
{
	return &t->part[(index >> ANNEX_LEAF_SHIFT) % ANNEX_TABLE_PARTS];
}

/* The number of entries in use that a leaf's descriptor counts. */
static inline unsigned int annex_leaf_count(const struct annex_page *leaf)
{
	u32 value = annex_page_own(leaf) & ANNEX_STORE_VALUE_MASK;

	return (value >> ANNEX_LEAF_NR_BITS) + 1;
}

/**
 * enum annex_find - what annex_leaf_next() searches for
 * @ANNEX_FIND_HOLE: an entry without a frame
 * @ANNEX_FIND_FRAME: one with a frame
 * @ANNEX_FIND_ZEROS: a hole, or a frame that was never written
 * @ANNEX_FIND_DATA: a frame with contents
 */
enum annex_find {
	ANNEX_FIND_HOLE,
	ANNEX_FIND_FRAME,
	ANNEX_FIND_ZEROS,
	ANNEX_FIND_DATA
};

u32 annex_leaf_lookup(const struct annex_frame_table *t, u32 index);
int annex_leaf_fill(struct annex_frame_table *t, u32 index,
		    const struct annex_span *span, u32 flags,
		    struct annex_fresh *fresh);
bool annex_leaf_install(struct annex_frame_table *t, u32 index,
			struct annex_fresh *fresh);
u32 annex_leaf_remove(struct annex_frame_table *t, u32 index);
u32 annex_leaf_change(struct annex_frame_table *t, u32 first, u32 end,
		      annex_entry_fn decide);
u32 annex_leaf_next(const struct annex_frame_table *t, u32 index, u32 end,
		    enum annex_find find);
unsigned int annex_leaf_frames(const struct annex_frame_table *t, u32 first,
			       u32 end, unsigned long *host_pfn);

#endif /* ANNEX_STORE_LEAF_H */
