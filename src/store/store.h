/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_STORE_STORE_H
#define ANNEX_STORE_STORE_H

/*
 * The frames of all tables of a pool: their kind, and how they are allocated and
 * freed. See store.c.
 */
#include <linux/bits.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <annex/frame_table.h>
#include <annex/page.h>
#include <annex/types.h>

struct annex_frames;

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

void annex_store_init(struct annex_store *store);
unsigned int annex_store_exit(struct annex_store *store);
unsigned int annex_store_abandon(struct annex_store *store);
unsigned int annex_store_leaks(struct annex_store *store,
			       struct annex_table_holder *first);

struct annex_page *annex_store_alloc(struct annex_store *store, gfp_t gfp,
				     u32 value);
void annex_store_free(struct annex_store *store, struct annex_page *page);
void annex_store_remove(struct annex_store *store, annex_pfn_t pfn,
			struct annex_chain *chain);
void annex_store_free_later(struct annex_store *store,
			    const struct annex_chain *chain);
void annex_store_reap(struct annex_store *store);

#endif /* ANNEX_STORE_STORE_H */
