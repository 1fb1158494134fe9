// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table behind annex_kmap(): addresses for high frames, valid on every CPU
 * until they are unmapped.
 *
 * The pkmap window has a slot for each page. A frame has at most one slot, and
 * the page_address hash finds it:
 *
 *   bucket[]  | -|-|---|-|    hash of the frame -> slot -> slot -> nil
 *                |   |
 *   slot[]    |0 |1 |2 |...   word (generation, pkmap_count), frame, address
 *   window    |0 |1 |2 |...   a page each
 *
 * The states of a slot, by its count:
 *
 *            map it                last unmap
 *     0 free -------> n + 1 users <-------------> 1 unused
 *       ^                                           | retire: PTE cleared
 *       |      TLBs invalidated                     v
 *       +--------------------------------------- 0 stale
 *
 * Mapping a frame that has a slot, used or not, costs a look-up and a cmpxchg
 * of the slot's word, without a lock. Mapping any other frame takes a free slot
 * under the lock. If there is none, all unused slots are retired together, and
 * one invalidation on all CPUs serves them all: at best one invalidation for as
 * many mappings as there are slots.
 *
 * If no slot is unused either, the caller queues itself as a waiter. While
 * there are waiters, a slot that loses its last user is retired at once and
 * given to the first waiter, before the same frame can get another user:
 * otherwise a slot with short gaps between its users would never become free.
 * A waiter that gets a stale slot invalidates that page itself, because the
 * unmapper's context may not allow it.
 *
 * No wake-up is lost: a waiter queues itself before it scans for unused slots;
 * an unmapper drops its use before it checks the queue. The full barriers on
 * both sides guarantee that at least one of them sees the other.
 *
 * Locking: pk->lock, with interrupts off, protects the slots' frames, the
 * chains, the free list and the queue. TLBs are invalidated without it. Users
 * are added and removed by cmpxchg. It is a leaf lock, except for the locks
 * that waking a thread takes.
 */
#include <linux/completion.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "base/fail.h"
#include "base/for_kunit.h"
#include "host/pte.h"
#include "host/tlb.h"
#include "host/window.h"
#include "kmap/kmap_fast.h"
#include "kmap/pkmap.h"
#include "page/frames.h"

/*
 * Buckets per slot: with a full table, four mapped frames out of five are first
 * in their bucket.
 */
#define BUCKETS_PER_SLOT	2

/**
 * struct waiter - a request in the queue
 * @list: its place in the queue
 * @done: completed when it has been given a slot
 * @slot: that slot
 * @stale: TLBs may still hold the slot's previous mapping
 */
struct waiter {
	struct list_head list;
	struct completion done;
	struct annex_pkmap_slot *slot;
	bool stale;
};

/**
 * struct batch - slots that were retired together, chained like free ones
 * @first: the first, and the lowest
 * @last: the last, and the highest
 * @nr: how many
 */
struct batch {
	struct annex_pkmap_slot *first;
	struct annex_pkmap_slot *last;
	unsigned int nr;
};

/* The only buckets of a pool without slots; they are always empty. */
struct hlist_head annex_pkmap_no_bucket[ANNEX_PKMAP_NO_BUCKETS];
EXPORT_SYMBOL_FOR_KUNIT(annex_pkmap_no_bucket);

/**
 * annex_pkmap_bytes() - size of the tables
 * @nr_slots: a power of two
 *
 * Return: bytes, whole frames.
 */
size_t annex_pkmap_bytes(unsigned int nr_slots)
{
	return PAGE_ALIGN(nr_slots * (sizeof(struct annex_pkmap_slot) +
				      BUCKETS_PER_SLOT *
				      sizeof(struct hlist_head)));
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pkmap_bytes);

static void init_slots(struct annex_pkmap *pk)
{
	unsigned int i;

	for (i = 0; i < pk->nr_slots; i++) {
		struct annex_pkmap_slot *slot = &pk->slot[i];

		atomic_set(&slot->word, 0);
		slot->page = NULL;
		slot->node.next = i + 1 < pk->nr_slots ? &slot[1].node : NULL;
		slot->addr = annex_window_addr(pk->window, i);
		slot->pte = annex_window_pte(pk->window, i);
	}
	pk->free = pk->slot;
	pk->nr_free = pk->nr_slots;
}

/**
 * annex_pkmap_init() - an empty table
 * @pk: the table of the pool, its frames set up with their lowmem
 * @nr_slots: number of slots, a power of two
 * @window: a page for each slot, not mapped
 * @metadata: annex_pkmap_bytes() of memory for the tables, in use until
 *	annex_pkmap_exit()
 */
void annex_pkmap_init(struct annex_pkmap *pk, unsigned int nr_slots,
		      struct annex_window *window, void *metadata)
{
	pk->window = window;
	pk->slot = metadata;
	pk->bucket = (struct hlist_head *)(pk->slot + nr_slots);
	pk->nr_slots = nr_slots;
	pk->hash_shift = 32 - ilog2(nr_slots * BUCKETS_PER_SLOT);
	pk->direct = pk->frames->lowmem_pages;
	spin_lock_init(&pk->lock);
	INIT_LIST_HEAD(&pk->line);
	pk->nr_waiting = 0;
	memset_p((void **)pk->bucket, NULL, nr_slots * BUCKETS_PER_SLOT);
	init_slots(pk);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pkmap_init);

/**
 * annex_pkmap_exit() - undo annex_pkmap_init()
 * @pk: the table of the pool; no caller uses the table any more
 *
 * Return: slots that still had users.
 */
unsigned int annex_pkmap_exit(struct annex_pkmap *pk)
{
	unsigned int i, used = 0;

	for (i = 0; i < pk->nr_slots; i++)
		used += annex_pkmap_count(&pk->slot[i]) > 1;
	*pk = (struct annex_pkmap)ANNEX_PKMAP_NONE(pk->frames);
	return used;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pkmap_exit);

/*
 * Unmap an unused slot. False if it is free or has a user. The slot becomes
 * stale: it must not map another frame before TLBs are invalidated. Its next
 * pointer, which __hlist_del() keeps, stays valid for lockless readers that are
 * at this slot.
 */
static bool retire_locked(struct annex_pkmap *pk, struct annex_pkmap_slot *slot)
{
	int word = atomic_read(&slot->word);

	lockdep_assert_held(&pk->lock);
	if (((u32)word & ANNEX_PKMAP_COUNT_MASK) != 1 ||
	    !atomic_try_cmpxchg(&slot->word, &word, word - 1))
		return false;
	__hlist_del(&slot->node);
	annex_pte_clear(slot->pte);
	WRITE_ONCE(slot->page, NULL);
	return true;
}

/* Map a frame in a free slot, with one user. */
static void install_locked(struct annex_pkmap *pk,
			   struct annex_pkmap_slot *slot,
			   const struct annex_page *page)
{
	u32 word = atomic_read(&slot->word);

	lockdep_assert_held(&pk->lock);
	annex_pte_set(slot->pte, annex_page_host_pfn(pk->frames, page));
	WRITE_ONCE(slot->page, page);
	/* page is written before word; annex_pkmap_find() reads in reverse. */
	atomic_set_release(&slot->word, word + ANNEX_PKMAP_GENERATION + 2);
	/*
	 * The slot is complete before it is linked; see annex_pkmap_find(). x86
	 * keeps the order in which hlist_add_head() stores.
	 */
	smp_wmb();
	hlist_add_head(&slot->node, annex_pkmap_bucket(pk, page));
}

static struct annex_pkmap_slot *take_free_locked(struct annex_pkmap *pk)
{
	struct annex_pkmap_slot *slot = pk->free;

	lockdep_assert_held(&pk->lock);
	pk->free = annex_pkmap_next_free(slot);
	pk->nr_free--;
	return slot;
}

/* Give a slot to the first waiter. False if there is none. */
static bool serve_locked(struct annex_pkmap *pk, struct annex_pkmap_slot *slot,
			 bool stale)
{
	struct waiter *w = list_first_entry_or_null(&pk->line, struct waiter,
						    list);

	lockdep_assert_held(&pk->lock);
	if (!w)
		return false;
	list_del(&w->list);
	WRITE_ONCE(pk->nr_waiting, pk->nr_waiting - 1);
	w->slot = slot;
	w->stale = stale;
	complete(&w->done);
	return true;
}

static void free_locked(struct annex_pkmap *pk, struct annex_pkmap_slot *first,
			struct annex_pkmap_slot *last, unsigned int nr)
{
	lockdep_assert_held(&pk->lock);
	WRITE_ONCE(last->node.next, pk->free ? &pk->free->node : NULL);
	pk->free = first;
	pk->nr_free += nr;
}

/* Invalidate the TLBs of all CPUs from one slot to another. */
static void invalidate(struct annex_pkmap *pk, struct annex_pkmap_slot *first,
		       struct annex_pkmap_slot *last)
{
	annex_count_events(&pk->frames->counters, ANNEX_TLB_SHOOTDOWNS, 1);
	if (likely(!annex_should_fail(ANNEX_FAIL_TLB)))
		annex_tlb_flush_range(first->addr, last - first + 1);
}

/* Retire all unused slots. */
static void collect_locked(struct annex_pkmap *pk, struct batch *batch)
{
	struct annex_pkmap_slot *slot, *end = pk->slot + pk->nr_slots;

	*batch = (struct batch){};
	for (slot = pk->slot; slot < end; slot++) {
		if (!retire_locked(pk, slot))
			continue;
		if (batch->nr++)
			WRITE_ONCE(batch->last->node.next, &slot->node);
		else
			batch->first = slot;
		batch->last = slot;
	}
}

/* Invalidate once, then give the slots to waiters or to the free list. */
static void release_batch(struct annex_pkmap *pk, const struct batch *batch)
{
	struct annex_pkmap_slot *slot = batch->first;
	unsigned int nr = batch->nr;
	unsigned long flags;

	if (!nr)
		return;
	annex_count_events(&pk->frames->counters, ANNEX_PKMAP_FLUSHES, 1);
	invalidate(pk, batch->first, batch->last);
	spin_lock_irqsave(&pk->lock, flags);
	while (nr) {
		struct annex_pkmap_slot *next = annex_pkmap_next_free(slot);

		if (!serve_locked(pk, slot, false))
			break;
		slot = next;
		nr--;
	}
	if (nr)
		free_locked(pk, slot, batch->last, nr);
	spin_unlock_irqrestore(&pk->lock, flags);
}

/**
 * annex_flush_all_zero_pkmaps() - free all unused slots
 * @pk: the table of the pool
 *
 * It invalidates once on all CPUs, and not at all if no slot is unused.
 *
 * Context: process, interrupts on: it waits for the other CPUs.
 * Return: number of slots freed.
 */
unsigned int annex_flush_all_zero_pkmaps(struct annex_pkmap *pk)
{
	struct batch batch;
	unsigned long flags;

	spin_lock_irqsave(&pk->lock, flags);
	collect_locked(pk, &batch);
	spin_unlock_irqrestore(&pk->lock, flags);
	release_batch(pk, &batch);
	return batch.nr;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_flush_all_zero_pkmaps);

/* Queue a waiter. The first waiter also has to look for unused slots. */
static void join_locked(struct annex_pkmap *pk, struct waiter *w,
			struct batch *batch)
{
	lockdep_assert_held(&pk->lock);
	init_completion(&w->done);
	list_add_tail(&w->list, &pk->line);
	WRITE_ONCE(pk->nr_waiting, pk->nr_waiting + 1);
	batch->nr = 0;
	if (pk->nr_waiting > 1)
		return;
	smp_mb(); /* queue before the scan; see annex_kunmap_fast() */
	collect_locked(pk, batch);
}

/* Wait for a slot, and map the frame in it unless another caller has. */
static struct annex_pkmap_slot *wait_in_line(struct annex_pkmap *pk,
					     struct waiter *w,
					     const struct annex_page *page)
{
	struct annex_pkmap_slot *slot;
	unsigned long flags;
	int word;

	if (!completion_done(&w->done)) {
		annex_count_events(&pk->frames->counters, ANNEX_PKMAP_WAITS, 1);
		wait_for_completion(&w->done);
	}
	if (w->stale)
		invalidate(pk, w->slot, w->slot);
	spin_lock_irqsave(&pk->lock, flags);
	slot = annex_pkmap_find(pk, page, &word);
	if (!slot) {
		slot = w->slot;
		install_locked(pk, slot, page);
	} else {
		/* Another caller has mapped the same frame meanwhile. */
		if (!annex_pkmap_take(slot, page, word))
			slot = NULL;
		if (!serve_locked(pk, w->slot, false))
			free_locked(pk, w->slot, w->slot, 1);
	}
	spin_unlock_irqrestore(&pk->lock, flags);
	return slot;
}

/**
 * annex_pkmap_map() - add a user to a frame's slot, mapping the frame if needed
 * @pk: the table of the pool
 * @page: a high frame
 *
 * Context: process, may sleep.
 * Return: the slot; NULL if it has too many users.
 */
struct annex_pkmap_slot *annex_pkmap_map(struct annex_pkmap *pk,
					 const struct annex_page *page)
{
	struct annex_pkmap_slot *slot;
	struct batch batch;
	unsigned long flags;
	struct waiter w;
	int word;

	spin_lock_irqsave(&pk->lock, flags);
	slot = annex_pkmap_find(pk, page, &word);
	if (slot) {
		if (!annex_pkmap_take(slot, page, word))
			slot = NULL;
	} else if (pk->free) {
		slot = take_free_locked(pk);
		install_locked(pk, slot, page);
	} else {
		join_locked(pk, &w, &batch);
		spin_unlock_irqrestore(&pk->lock, flags);
		release_batch(pk, &batch);
		return wait_in_line(pk, &w, page);
	}
	spin_unlock_irqrestore(&pk->lock, flags);
	return slot;
}

/**
 * annex_pkmap_hand_over() - give a slot without users to a waiter
 * @pk: the table of the pool
 * @slot: the slot
 *
 * Context: any but NMI.
 */
void annex_pkmap_hand_over(struct annex_pkmap *pk,
			   struct annex_pkmap_slot *slot)
{
	unsigned long flags;

	spin_lock_irqsave(&pk->lock, flags);
	if (pk->nr_waiting && retire_locked(pk, slot))
		serve_locked(pk, slot, true);
	spin_unlock_irqrestore(&pk->lock, flags);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pkmap_hand_over);
