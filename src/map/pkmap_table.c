// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table behind annex_kmap(): addresses for high frames that everybody can
 * use until they are given up.
 *
 * The pkmap window has a slot a page. A frame has one slot at most, and the
 * page_address hash finds it:
 *
 *   bucket[]  | -|-|---|-|    hash of the frame -> slot -> slot -> nil
 *                |   |
 *   slot[]    |0 |1 |2 |...   word (generation, pkmap_count), frame, address
 *   window    |0 |1 |2 |...   a page each
 *
 * What becomes of a slot, by its count:
 *
 *            take it               last user gone
 *     0 free -------> n + 1 users <-------------> 1 unused
 *       ^                                           | retire: shows nothing
 *       |      TLBs have nothing of it any more     v
 *       +--------------------------------------- 0 stale
 *
 * A frame that is mapped, used or not, costs a look-up and an exchange of its
 * slot's word, no lock. A frame that is not needs a free slot, under the lock.
 * When there is none, all unused ones are retired together and one
 * invalidation on all CPUs serves them all: as many mappings cost one as there
 * are slots.
 *
 * When none is unused either, who wants one waits in line. While somebody does,
 * a slot that loses its last user is retired at once and handed to the first
 * in line, before another user of the same frame can come: else a slot that is
 * busy with short breaks would never fall free. Who is handed a stale slot
 * invalidates that page itself; the one who gave it up may not be able to.
 *
 * No wake-up is lost: who gets in line first says so, and then looks for unused
 * slots; who drops the last use does that, and then looks for a line. At least
 * one of them sees the other.
 *
 * Locking: pk->lock, with interrupts off, for which frame a slot shows, the
 * chains, the free slots and the line. TLBs are invalidated without it. Users
 * come and go by exchange. A leaf, but for what waking a thread takes.
 */
#include <linux/completion.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "annex.h"
#include "host/pte.h"
#include "host/tlb.h"
#include "host/window.h"
#include "map/fast.h"
#include "map/pkmap.h"

/*
 * Buckets for each slot: with a full table a frame that is mapped is the first
 * of its bucket four times out of five.
 */
#define BUCKETS_PER_SLOT	2

/**
 * struct waiter - somebody in line
 * @list: the place in line
 * @done: it has been given a slot
 * @slot: that slot
 * @stale: TLBs may still have what the slot showed
 */
struct waiter {
	struct list_head list;
	struct completion done;
	struct annex_pkmap_slot *slot;
	bool stale;
};

/**
 * struct batch - slots that were retired together, chained by next
 * @first: the first, and the lowest
 * @last: the last, and the highest
 * @nr: how many
 */
struct batch {
	struct annex_pkmap_slot *first;
	struct annex_pkmap_slot *last;
	unsigned int nr;
};

/* The only buckets of a pool without slots: there is never anything in them. */
struct annex_pkmap_slot *annex_pkmap_no_bucket[ANNEX_PKMAP_NO_BUCKETS];

/**
 * annex_pkmap_bytes() - what the tables take
 * @nr_slots: a power of two
 *
 * Return: bytes, whole frames.
 */
size_t annex_pkmap_bytes(unsigned int nr_slots)
{
	return PAGE_ALIGN(nr_slots * (sizeof(struct annex_pkmap_slot) +
				      BUCKETS_PER_SLOT *
				      sizeof(struct annex_pkmap_slot *)));
}

static void init_slots(struct annex_pkmap *pk)
{
	unsigned int i;

	for (i = 0; i < pk->nr_slots; i++) {
		struct annex_pkmap_slot *slot = &pk->slot[i];

		atomic_set(&slot->word, 0);
		slot->page = NULL;
		slot->next = i + 1 < pk->nr_slots ? slot + 1 : NULL;
		slot->addr = annex_window_addr(pk->window, i);
		slot->pte = annex_window_pte(pk->window, i);
	}
	pk->free = pk->slot;
	pk->nr_free = pk->nr_slots;
}

/**
 * annex_pkmap_init() - an empty table
 * @annex: the pool, its frames and its lowmem known
 * @window: a page for each of annex->pkmap_slots; they show nothing
 * @metadata: annex_pkmap_bytes() for the tables; they lie there until
 *	annex_pkmap_exit()
 */
void annex_pkmap_init(struct annex *annex, struct annex_window *window,
		      void *metadata)
{
	struct annex_pkmap *pk = &annex->pkmap;
	unsigned int nr = annex->pkmap_slots;

	pk->window = window;
	pk->slot = metadata;
	pk->bucket = (struct annex_pkmap_slot **)(pk->slot + nr);
	pk->nr_slots = nr;
	pk->hash_shift = 32 - ilog2(nr * BUCKETS_PER_SLOT);
	pk->direct = annex->lowmem_pages;
	spin_lock_init(&pk->lock);
	INIT_LIST_HEAD(&pk->line);
	pk->nr_waiting = 0;
	memset_p((void **)pk->bucket, NULL, nr * BUCKETS_PER_SLOT);
	init_slots(pk);
}

/**
 * annex_pkmap_exit() - undo annex_pkmap_init()
 * @annex: the pool; nobody maps any more
 *
 * Return: slots that somebody still used.
 */
unsigned int annex_pkmap_exit(struct annex *annex)
{
	struct annex_pkmap *pk = &annex->pkmap;
	unsigned int i, used = 0;

	for (i = 0; i < pk->nr_slots; i++)
		used += annex_pkmap_count(&pk->slot[i]) > 1;
	*pk = (struct annex_pkmap)ANNEX_PKMAP_NONE;
	return used;
}

/*
 * Let an unused slot show nothing. False if it is free or has a user. It is
 * stale: not to show another frame before TLBs are invalidated. Its next stays
 * as it is for those who stand there without the lock.
 */
static bool retire_locked(struct annex_pkmap *pk, struct annex_pkmap_slot *slot)
{
	int word = atomic_read(&slot->word);

	lockdep_assert_held(&pk->lock);
	if (((u32)word & ANNEX_PKMAP_COUNT_MASK) != 1 ||
	    !atomic_try_cmpxchg(&slot->word, &word, word - 1))
		return false;
	WRITE_ONCE(*slot->pprev, slot->next);
	if (slot->next)
		slot->next->pprev = slot->pprev;
	annex_pte_clear(slot->pte);
	WRITE_ONCE(slot->page, NULL);
	return true;
}

/* Give a free slot to a frame and the frame to its first user. */
static void install_locked(struct annex *annex, struct annex_pkmap_slot *slot,
			   const struct annex_page *page)
{
	struct annex_pkmap *pk = &annex->pkmap;
	struct annex_pkmap_slot **bucket = annex_pkmap_bucket(pk, page);
	struct annex_pkmap_slot *next = *bucket;
	u32 word = atomic_read(&slot->word);

	lockdep_assert_held(&pk->lock);
	annex_pte_set(slot->pte, annex_page_host_pfn(annex, page));
	WRITE_ONCE(slot->page, page);
	/* The frame before the word; annex_pkmap_find() looks in turn. */
	atomic_set_release(&slot->word, word + ANNEX_PKMAP_GENERATION + 2);
	WRITE_ONCE(slot->next, next);
	slot->pprev = bucket;
	if (next)
		next->pprev = &slot->next;
	/* The slot before what leads to it; see annex_pkmap_find(). */
	smp_store_release(bucket, slot);
}

static struct annex_pkmap_slot *take_free_locked(struct annex_pkmap *pk)
{
	struct annex_pkmap_slot *slot = pk->free;

	lockdep_assert_held(&pk->lock);
	pk->free = slot->next;
	pk->nr_free--;
	return slot;
}

/* A slot is for the first in line. False if nobody is there. */
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
	WRITE_ONCE(last->next, pk->free);
	pk->free = first;
	pk->nr_free += nr;
}

/* On all CPUs, from one slot to another. */
static void invalidate(struct annex *annex, struct annex_pkmap_slot *first,
		       struct annex_pkmap_slot *last)
{
	annex_count_events(&annex->counters, ANNEX_TLB_SHOOTDOWNS, 1);
	if (likely(!annex->pkmap.keep_tlb))
		annex_tlb_flush_range(first->addr, last - first + 1);
}

/* Retire all slots that nobody uses. */
static void collect_locked(struct annex_pkmap *pk, struct batch *batch)
{
	struct annex_pkmap_slot *slot, *end = pk->slot + pk->nr_slots;

	*batch = (struct batch){};
	for (slot = pk->slot; slot < end; slot++) {
		if (!retire_locked(pk, slot))
			continue;
		if (batch->nr++)
			WRITE_ONCE(batch->last->next, slot);
		else
			batch->first = slot;
		batch->last = slot;
	}
}

/* One invalidation, and what was retired can be used again. */
static void release_batch(struct annex *annex, const struct batch *batch)
{
	struct annex_pkmap *pk = &annex->pkmap;
	struct annex_pkmap_slot *slot = batch->first;
	unsigned int nr = batch->nr;
	unsigned long flags;

	if (!nr)
		return;
	annex_count_events(&annex->counters, ANNEX_PKMAP_FLUSHES, 1);
	invalidate(annex, batch->first, batch->last);
	spin_lock_irqsave(&pk->lock, flags);
	while (nr) {
		struct annex_pkmap_slot *next = slot->next;

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
 * annex_flush_all_zero_pkmaps() - let all slots go that nobody uses
 * @annex: the pool
 *
 * One invalidation on all CPUs, and none if there is no such slot.
 *
 * Context: process, interrupts on: it waits for the other CPUs.
 * Return: how many slots.
 */
unsigned int annex_flush_all_zero_pkmaps(struct annex *annex)
{
	struct annex_pkmap *pk = &annex->pkmap;
	struct batch batch;
	unsigned long flags;

	spin_lock_irqsave(&pk->lock, flags);
	collect_locked(pk, &batch);
	spin_unlock_irqrestore(&pk->lock, flags);
	release_batch(annex, &batch);
	return batch.nr;
}

/* The line's end. Who opens the line has to look whether there is reason. */
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
	smp_mb(); /* in line, then look for slots; see annex_kunmap_fast() */
	collect_locked(pk, batch);
}

/* Wait in line, and give the slot to the frame if it is still wanted. */
static struct annex_pkmap_slot *wait_in_line(struct annex *annex,
					     struct waiter *w,
					     const struct annex_page *page)
{
	struct annex_pkmap *pk = &annex->pkmap;
	struct annex_pkmap_slot *slot;
	unsigned long flags;
	int word;

	if (!completion_done(&w->done)) {
		annex_count_events(&annex->counters, ANNEX_PKMAP_WAITS, 1);
		wait_for_completion(&w->done);
	}
	if (w->stale)
		invalidate(annex, w->slot, w->slot);
	spin_lock_irqsave(&pk->lock, flags);
	slot = annex_pkmap_find(pk, page, &word);
	if (!slot) {
		slot = w->slot;
		install_locked(annex, slot, page);
	} else {
		/* Somebody else was faster, with the same frame. */
		if (!annex_pkmap_take(slot, page, word))
			slot = NULL;
		if (!serve_locked(pk, w->slot, false))
			free_locked(pk, w->slot, w->slot, 1);
	}
	spin_unlock_irqrestore(&pk->lock, flags);
	return slot;
}

/**
 * annex_pkmap_map() - one more user of a frame's slot, whether it has one or not
 * @annex: the pool
 * @page: a high frame
 *
 * Context: process, may sleep.
 * Return: the slot; NULL if it has too many users.
 */
struct annex_pkmap_slot *annex_pkmap_map(struct annex *annex,
					 const struct annex_page *page)
{
	struct annex_pkmap *pk = &annex->pkmap;
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
		install_locked(annex, slot, page);
	} else {
		join_locked(pk, &w, &batch);
		spin_unlock_irqrestore(&pk->lock, flags);
		release_batch(annex, &batch);
		return wait_in_line(annex, &w, page);
	}
	spin_unlock_irqrestore(&pk->lock, flags);
	return slot;
}

/**
 * annex_pkmap_hand_over() - a slot has lost its last user, and somebody waits
 * @annex: the pool
 * @slot: the slot
 *
 * Context: any but NMI.
 */
void annex_pkmap_hand_over(struct annex *annex, struct annex_pkmap_slot *slot)
{
	struct annex_pkmap *pk = &annex->pkmap;
	unsigned long flags;

	spin_lock_irqsave(&pk->lock, flags);
	if (pk->nr_waiting && retire_locked(pk, slot))
		serve_locked(pk, slot, true);
	spin_unlock_irqrestore(&pk->lock, flags);
}
