/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KMAP_PKMAP_TYPES_H
#define ANNEX_KMAP_PKMAP_TYPES_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/spinlock_types.h>
#include <linux/types.h>
#include <annex/types.h>

struct annex_frames;
struct annex_page;
struct annex_window;

/*
 * The default is 512 slots, as in the kernel: one PTE page maps them under PAE.
 * With fewer than 64, a few threads that copy from page to page wait for each
 * other. More than 4096 (16 MB of addresses) take too long to scan with
 * interrupts off.
 */
#define ANNEX_PKMAP_DEFAULT	512
#define ANNEX_PKMAP_MIN		64
#define ANNEX_PKMAP_MAX		4096

/*
 * Layout of a slot's word. The low bits are pkmap_count, as in the kernel:
 *
 *	0	free: maps nothing, and no TLB holds an entry of it
 *	1	unused: still maps its frame, for the next user
 *	n + 1	n users
 *
 * The high bits are a generation, which changes whenever the slot is given to
 * a frame: a cmpxchg that began with the previous frame fails. The generation
 * has 12 bits. A CPU that is delayed between reading the word and exchanging it
 * misses the change if meanwhile the slot went to a multiple of 4096 frames and
 * has the same number of users again.
 */
#define ANNEX_PKMAP_COUNT_BITS	20
#define ANNEX_PKMAP_COUNT_MASK	(ANNEX_PKMAP_GENERATION - 1)
#define ANNEX_PKMAP_GENERATION	((u32)BIT(ANNEX_PKMAP_COUNT_BITS))

/* Most users of a slot: more than a 32-bit machine has threads. */
#define ANNEX_PKMAP_USERS_MAX	(ANNEX_PKMAP_COUNT_MASK - 1)

/**
 * struct annex_pkmap_slot - a page of the window
 * @node: place in its bucket; its next pointer also chains free slots. It is
 *	first, so that a look-up need not convert it to the slot
 * @word: generation and pkmap_count
 * @page: descriptor of the frame that it maps, NULL if none
 * @addr: the page's address
 * @pte: its page table entry
 */
struct annex_pkmap_slot {
	struct hlist_node node;
	atomic_t word;
	const struct annex_page *page;
	void *addr;
	pte_t *pte;
};

/**
 * struct annex_pkmap - the table of permanent mappings of a pool
 * @frames: the frames of the pool
 * @slot: the slots, NULL if the pool has none
 * @bucket: the buckets of the page_address hash
 * @nr_slots: number of slots, a power of two
 * @hash_shift: reduces the hash product to a bucket number
 * @direct: frames from the pool's start that need no slot
 * @window: the addresses
 * @lock: protects the fields below, the chains, and the slots' frames
 * @free: first of the free slots
 * @nr_free: number of free slots
 * @line: queue of waiters for a slot, first come first served
 * @nr_waiting: number of waiters; read without the lock
 */
struct annex_pkmap {
	struct annex_frames *frames;
	struct annex_pkmap_slot *slot;
	struct hlist_head *bucket;
	unsigned int nr_slots;
	unsigned int hash_shift;
	annex_pfn_t direct;
	struct annex_window *window;

	spinlock_t lock;	/* protects all below; see above */
	struct annex_pkmap_slot *free;
	unsigned int nr_free;
	struct list_head line;
	unsigned int nr_waiting;
};

/* For a pool without slots: the table is empty, and its lock is never taken. */
#define ANNEX_PKMAP_NO_BUCKETS	2
extern struct hlist_head annex_pkmap_no_bucket[ANNEX_PKMAP_NO_BUCKETS];
#define ANNEX_PKMAP_NONE(of)			\
	{								\
		.frames = (of),			\
		.bucket = annex_pkmap_no_bucket,	\
		.hash_shift = 31,		\
	}

/* Users of a slot, plus one if it maps a frame. */
static inline unsigned int annex_pkmap_count(const struct annex_pkmap_slot *slot)
{
	return (u32)atomic_read(&slot->word) & ANNEX_PKMAP_COUNT_MASK;
}

/* The free slot behind a free slot, or NULL. */
static inline struct annex_pkmap_slot *
annex_pkmap_next_free(const struct annex_pkmap_slot *slot)
{
	return hlist_entry_safe(slot->node.next, struct annex_pkmap_slot, node);
}

/* The bucket of a frame. Descriptors are evenly spaced, as frames are. */
static inline struct hlist_head *
annex_pkmap_bucket(const struct annex_pkmap *pk, const struct annex_page *page)
{
	return pk->bucket + ((u32)(unsigned long)page * GOLDEN_RATIO_32 >>
			     pk->hash_shift);
}

/* Number of buckets: as many as the hash has values. */
static inline unsigned int annex_pkmap_nr_buckets(const struct annex_pkmap *pk)
{
	return 1U << (32 - pk->hash_shift);
}

void annex_pkmap_hand_over(struct annex_pkmap *pk,
			   struct annex_pkmap_slot *slot);

/* The slow paths. */
void *annex_kmap_slow(struct annex_pkmap *pk, const struct annex_page *page);
int annex_kunmap_slow(struct annex_pkmap *pk, const struct annex_page *page);

#endif /* ANNEX_KMAP_PKMAP_TYPES_H */
