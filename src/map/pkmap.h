/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_MAP_PKMAP_H
#define ANNEX_MAP_PKMAP_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/spinlock_types.h>
#include <linux/types.h>
#include <annex/types.h>

struct annex;
struct annex_page;
struct annex_window;

/*
 * Slots by default: 512, which one PTE page maps under PAE, as the kernel has.
 * Fewer than 64 and a few threads that copy from page to page wait for each
 * other; more than 4096, 16 MB of addresses, and scanning them all with
 * interrupts off takes long.
 */
#define ANNEX_PKMAP_DEFAULT	512
#define ANNEX_PKMAP_MIN		64
#define ANNEX_PKMAP_MAX		4096

/*
 * The count's word. Below, pkmap_count as the kernel has it:
 *
 *	0	free: shows nothing, and no TLB has anything of it
 *	1	unused: still shows its frame, for whoever wants it next
 *	n + 1	n users
 *
 * Above, a generation that changes whenever the slot is given to a frame: an
 * exchange that was begun for the frame before fails. It has 12 bits: whoever is
 * held up between two instructions while the slot goes to 4096 frames, or a
 * multiple, and has as many users again, would not notice.
 */
#define ANNEX_PKMAP_COUNT_BITS	20
#define ANNEX_PKMAP_COUNT_MASK	(ANNEX_PKMAP_GENERATION - 1)
#define ANNEX_PKMAP_GENERATION	((u32)BIT(ANNEX_PKMAP_COUNT_BITS))

/* As many users as a slot may have: more than a machine of 32 bits has threads. */
#define ANNEX_PKMAP_USERS_MAX	(ANNEX_PKMAP_COUNT_MASK - 1)

/**
 * struct annex_pkmap_slot - a page of the window
 * @word: generation and pkmap_count
 * @page: descriptor of the frame that it shows, NULL if none
 * @next: the slot after it in its bucket, or among those that are free
 * @pprev: what leads to it in its bucket
 * @addr: the page's address
 * @pte: its entry
 */
struct annex_pkmap_slot {
	atomic_t word;
	const struct annex_page *page;
	struct annex_pkmap_slot *next;
	struct annex_pkmap_slot **pprev;
	void *addr;
	pte_t *pte;
};

/**
 * struct annex_pkmap - the table of permanent mappings of a pool
 * @slot: the slots, NULL if the pool has none
 * @bucket: first slot of each bucket of the page_address hash
 * @nr_slots: how many slots there are, a power of two
 * @hash_shift: turns a product into the number of a bucket
 * @direct: frames from the pool's start that need no slot
 * @window: the addresses
 * @keep_tlb: tests only: invalidate nothing, to see that somebody notices
 * @lock: protects what follows, the chains, and which slot shows what
 * @free: first of the free slots
 * @nr_free: how many there are
 * @line: who waits for a slot, first come first
 * @nr_waiting: how many do; read without the lock
 */
struct annex_pkmap {
	struct annex_pkmap_slot *slot;
	struct annex_pkmap_slot **bucket;
	unsigned int nr_slots;
	unsigned int hash_shift;
	annex_pfn_t direct;
	struct annex_window *window;
	bool keep_tlb;

	spinlock_t lock;	/* of all below, and see above */
	struct annex_pkmap_slot *free;
	unsigned int nr_free;
	struct list_head line;
	unsigned int nr_waiting;
};

/* A pool without slots: nothing is in its table, and nobody ever locks it. */
#define ANNEX_PKMAP_NO_BUCKETS	2
extern struct annex_pkmap_slot *annex_pkmap_no_bucket[ANNEX_PKMAP_NO_BUCKETS];
#define ANNEX_PKMAP_NONE						\
	{ .bucket = annex_pkmap_no_bucket, .hash_shift = 31 }

/* Users of a slot, plus one if it shows something. */
static inline unsigned int annex_pkmap_count(const struct annex_pkmap_slot *slot)
{
	return (u32)atomic_read(&slot->word) & ANNEX_PKMAP_COUNT_MASK;
}

/* The bucket of a frame: descriptors are as far apart as frames are. */
static inline struct annex_pkmap_slot **
annex_pkmap_bucket(const struct annex_pkmap *pk, const struct annex_page *page)
{
	return pk->bucket + ((u32)(unsigned long)page * GOLDEN_RATIO_32 >>
			     pk->hash_shift);
}

/* How many buckets there are: as many as the hash has values. */
static inline unsigned int annex_pkmap_nr_buckets(const struct annex_pkmap *pk)
{
	return 1U << (32 - pk->hash_shift);
}

size_t annex_pkmap_bytes(unsigned int nr_slots);
void annex_pkmap_init(struct annex *annex, struct annex_window *window,
		      void *metadata);
unsigned int annex_pkmap_exit(struct annex *annex);

void *annex_pool_kmap(struct annex *annex, const struct annex_page *page);
int annex_pool_kunmap(struct annex *annex, const struct annex_page *page);
void *annex_pool_kmap_high_get(struct annex *annex,
			       const struct annex_page *page);
void *annex_pool_page_address(struct annex *annex,
			      const struct annex_page *page);
int annex_pool_kmap_flush_unused(struct annex *annex);
unsigned int annex_flush_all_zero_pkmaps(struct annex *annex);
const struct annex_page *annex_pkmap_addr_page(const struct annex *annex,
					       const void *addr);

struct annex_pkmap_slot *annex_pkmap_map(struct annex *annex,
					 const struct annex_page *page);
void annex_pkmap_hand_over(struct annex *annex, struct annex_pkmap_slot *slot);

/* What the short way leaves. */
void *annex_kmap_slowly(struct annex *annex, const struct annex_page *page);
int annex_kunmap_slowly(struct annex *annex, const struct annex_page *page);

#endif /* ANNEX_MAP_PKMAP_H */
