/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_STORE_TYPES_H
#define ANNEX_STORE_TYPES_H

/* The types of frame tables. */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <annex/frame_table.h>
#include <annex/page.h>
#include <annex/types.h>

struct annex_frames;
struct annex_host;

/*
 * The value of the descriptor of a frame, 26 bits: its role, and
 *
 *   DATA     its index in the table
 *   LEAF     the number of the leaf, 14 bits, and above it the number of its
 *            entries in use less one, 10 bits
 *   WAITING  the next frame of a chain, by its annex pfn
 */
#define ANNEX_STORE_ROLE_SHIFT	24
#define ANNEX_STORE_DATA	0U
#define ANNEX_STORE_LEAF	((u32)BIT(ANNEX_STORE_ROLE_SHIFT))
#define ANNEX_STORE_WAITING	(2U << ANNEX_STORE_ROLE_SHIFT)
#define ANNEX_STORE_ROLE_MASK	(3U << ANNEX_STORE_ROLE_SHIFT)
#define ANNEX_STORE_VALUE_MASK	(~0U >> (32 - ANNEX_STORE_ROLE_SHIFT))
static_assert((ANNEX_STORE_ROLE_MASK & ~ANNEX_LINK_VALUE_MASK) == 0);
static_assert(ANNEX_STORE_ROLE_SHIFT >= ANNEX_PFN_BITS);

/**
 * struct annex_chain - removed frames, linked by their descriptors
 * @first: annex pfn of the first, or %ANNEX_PFN_NIL
 * @last: annex pfn of the last, undefined for an empty chain
 * @nr: how many there are
 */
struct annex_chain {
	annex_pfn_t first;
	annex_pfn_t last;
	unsigned long nr;
};

#define ANNEX_CHAIN_EMPTY	{ .first = ANNEX_PFN_NIL }

/**
 * struct annex_table_holder - owner of a table that was not destroyed
 * @owner: its name
 * @frames: frames with an index
 */
struct annex_table_holder {
	char owner[ANNEX_TABLE_OWNER_LEN];
	unsigned long frames;
};

/**
 * struct annex_store - the frame tables of a pool
 * @frames: the frames of the pool
 * @open: tables can be made
 * @lock: protects @tables
 * @tables: all of them
 * @free_lock: held while frames whose grace period is over are freed
 * @work: frees @waiting after a grace period
 * @wait_lock: protects the members below
 * @pending: frames that were removed since the current grace period began
 * @waiting: frames that the current grace period is for
 * @armed: @work is under way
 * @nr_waiting: all removed frames that are not free yet; also read without
 *	@wait_lock
 */
struct annex_store {
	struct annex_frames *frames;
	bool open;

	struct mutex lock; /* protects the list */
	struct list_head tables;

	struct mutex free_lock; /* held while frames are freed */
	struct rcu_work work;

	spinlock_t wait_lock; /* protects all below */
	struct annex_chain pending;
	struct annex_chain waiting;
	bool armed;
	unsigned long nr_waiting;
};

/* Entries of a leaf, and bytes of the pool that one leaf stands for: 4 MB. */
#define ANNEX_LEAF_SHIFT	10
#define ANNEX_LEAF_ENTRIES	((u32)BIT(ANNEX_LEAF_SHIFT))
static_assert(ANNEX_LEAF_ENTRIES * sizeof(u32) == PAGE_SIZE);

/* Leaves that a page of the root leads to, and pages of the largest root. */
#define ANNEX_ROOT_SHIFT	10
#define ANNEX_ROOT_ENTRIES	((u32)BIT(ANNEX_ROOT_SHIFT))
#define ANNEX_ROOT_PAGES						\
	(ANNEX_TABLE_ENTRIES_MAX >> (ANNEX_LEAF_SHIFT + ANNEX_ROOT_SHIFT))

/*
 * Leaves that a table leads to without a page of the root: those of 12 MB. The
 * struct then has 512 bytes, as the kernel's allocator would give in any case.
 */
#define ANNEX_SMALL_LEAVES	3U
static_assert(ANNEX_SMALL_LEAVES << ANNEX_LEAF_SHIFT ==
	      ANNEX_TABLE_ENTRIES_SMALL);
static_assert(1U << (ANNEX_LEAF_SHIFT + ANNEX_ROOT_SHIFT) ==
	      ANNEX_TABLE_ENTRIES_STEP);

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
 * @root_pfn: host pfns of the pages of the root; 0: none
 * @map_phys: host physical address of the descriptor of annex pfn 0
 * @nr_pages: number of frames of the pool
 * @small: the root of a table that has at most so many leaves
 * @store: the tables of the pool
 * @host: the host's resources, for access to the frames
 * @root: the pages of the root, or @small. Each page has 1024 entries: 0, or
 *	annex pfn + 1 of a leaf
 * @list: in the pool's list
 * @dying: it is being destroyed; protected by store->lock
 * @limit: the most frames, 0: any number
 * @budget: shared with other tables; NULL: none
 * @charged: frames with an index, and those of writes in progress
 * @most: the maximum of @charged
 * @new_leaves: leaves of writes in progress
 * @dropped: how often a write did not need its frame or leaf
 * @hold_lock: one annex_frame_table_hold() at a time
 * @part: locks and counts
 *
 * The members up to @small are for readers of a memory image, such as
 * scripts/tools/annex-image, and do not change their place.
 */
struct annex_frame_table {
	char magic[8];
	char owner[ANNEX_TABLE_OWNER_LEN];
	u32 nr_entries;
	u32 base_pfn;
	u32 root_pfn[ANNEX_ROOT_PAGES];
	u64 map_phys;
	u32 nr_pages;
	u32 small[ANNEX_SMALL_LEAVES];

	struct annex_store *store;
	struct annex_host *host;
	u32 *root[ANNEX_ROOT_PAGES];
	struct list_head list;
	bool dying;
	unsigned long limit;
	struct annex_frame_budget *budget;
	atomic_t charged;
	atomic_t most;
	atomic_t new_leaves;
	atomic_t dropped;
	struct mutex hold_lock; /* serializes annex_frame_table_hold() */
	struct annex_table_part part[ANNEX_TABLE_PARTS];
};

static_assert(offsetof(struct annex_frame_table, root_pfn) == 40);
static_assert(offsetof(struct annex_frame_table, map_phys) == 104);
static_assert(offsetof(struct annex_frame_table, nr_pages) == 112);
static_assert(offsetof(struct annex_frame_table, small) == 116);

#endif /* ANNEX_STORE_TYPES_H */
