/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_STORE_FRAME_TABLE_H
#define ANNEX_STORE_FRAME_TABLE_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <annex/frame_table.h>
#include <annex/types.h>

#include "store/store.h"

struct annex_host;

/* Entries of a leaf, and bytes of the pool that one leaf stands for: 4 MB. */
#define ANNEX_LEAF_SHIFT	10
#define ANNEX_LEAF_ENTRIES	((u32)BIT(ANNEX_LEAF_SHIFT))
static_assert(ANNEX_LEAF_ENTRIES * sizeof(u32) == PAGE_SIZE);

/* Leaves that a page of the root leads to, and pages of the largest root. */
#define ANNEX_ROOT_SHIFT	10
#define ANNEX_ROOT_ENTRIES	((u32)BIT(ANNEX_ROOT_SHIFT))
#define ANNEX_ROOT_PAGES						\
	(ANNEX_TABLE_ENTRIES_MAX >> (ANNEX_LEAF_SHIFT + ANNEX_ROOT_SHIFT))

/* Bits of a leaf's number; the rest of its descriptor's value is a count. */
#define ANNEX_LEAF_NR_BITS	14
static_assert(ANNEX_TABLE_ENTRIES_MAX >> ANNEX_LEAF_SHIFT ==
	      1U << ANNEX_LEAF_NR_BITS);
static_assert(ANNEX_LEAF_NR_BITS + ANNEX_LEAF_SHIFT <= ANNEX_STORE_ROLE_SHIFT);

/*
 * Locks of a table. Two CPUs that install frames wait for each other if their
 * leaves share a lock; with 16 and four CPUs, that is one time in three.
 */
#define ANNEX_TABLE_PARTS	16

/**
 * struct annex_table_part - the leaves of a table that share a lock
 * @lock: protects the members below, the entries of these leaves, the root's
 *	entries for them, and the counts in their descriptors
 * @frames: frames that they lead to
 * @leaves: how many leaves there are
 * @changes: how often @frames has changed; read without @lock by
 *	annex_validate()
 */
struct annex_table_part {
	spinlock_t lock; /* protects all below, and see above */
	unsigned int frames;
	unsigned int leaves;
	unsigned int changes;
};

#define ANNEX_TABLE_MAGIC	"ANNEXFT"

/**
 * struct annex_frame_table - a sparse array of frames
 * @magic: %ANNEX_TABLE_MAGIC
 * @owner: name of the owner
 * @nr_entries: number of indices
 * @base_pfn: host pfn of annex pfn 0
 * @root_pfn: host pfns of the pages of the root
 * @store: the tables of the pool
 * @host: the host's resources, for access to the frames
 * @root: the pages of the root. Each has 1024 entries: 0, or annex pfn + 1 of a
 *	leaf
 * @list: in the pool's list
 * @dying: it is being destroyed; protected by store->lock
 * @limit: the most frames, 0: any number
 * @charged: frames with an index, and those of writes in progress
 * @most: the maximum of @charged
 * @new_leaves: leaves of writes in progress
 * @dropped: how often a write did not need its frame or leaf
 * @hold_lock: one annex_frame_table_hold() at a time
 * @part: locks and counts
 *
 * The members up to @root_pfn are for readers of a memory image, and do not
 * change their place.
 */
struct annex_frame_table {
	char magic[8];
	char owner[ANNEX_TABLE_OWNER_LEN];
	u32 nr_entries;
	u32 base_pfn;
	u32 root_pfn[ANNEX_ROOT_PAGES];

	struct annex_store *store;
	struct annex_host *host;
	u32 *root[ANNEX_ROOT_PAGES];
	struct list_head list;
	bool dying;
	unsigned long limit;
	atomic_t charged;
	atomic_t most;
	atomic_t new_leaves;
	atomic_t dropped;
	struct mutex hold_lock; /* serializes annex_frame_table_hold() */
	struct annex_table_part part[ANNEX_TABLE_PARTS];
};

struct annex_frame_table *
__annex_frame_table_create(struct annex_store *store, const char *owner,
			   u32 nr_entries);
int __annex_frame_table_destroy(struct annex_store *store,
				struct annex_frame_table *t);
int __annex_frame_table_read(struct annex_frame_table *t, u32 index,
			     unsigned int offset, void *to, unsigned int len);
int __annex_frame_table_write(struct annex_frame_table *t, u32 index,
			      unsigned int offset, const void *from,
			      unsigned int len, gfp_t gfp, unsigned int flags);
int __annex_frame_table_zero(struct annex_frame_table *t, u32 index,
			     unsigned int offset, unsigned int len);
int __annex_frame_table_hold(struct annex_frame_table *t, u32 first, u32 nr,
			     gfp_t gfp);
u32 __annex_frame_table_punch(struct annex_frame_table *t, u32 first, u32 nr);
u32 __annex_frame_table_next(struct annex_frame_table *t, u32 index,
			     bool present);
void __annex_frame_table_set_limit(struct annex_frame_table *t,
				   unsigned long frames);
void __annex_frame_table_usage(struct annex_frame_table *t,
			       struct annex_frame_table_usage *usage);

void annex_frame_table_empty(struct annex_frame_table *t);
void annex_frame_table_free(struct annex_frame_table *t);

#endif /* ANNEX_STORE_FRAME_TABLE_H */
