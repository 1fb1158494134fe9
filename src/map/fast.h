/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_MAP_FAST_H
#define ANNEX_MAP_FAST_H

/*
 * The short ways: a frame that is mapped already, and a slot of this CPU's.
 * Inline, so that where the pool is known the compiler knows it too. Whatever
 * else there is to do, and every complaint, is in pkmap.c and kmap_local.c.
 */
#include <linux/preempt.h>
#include <linux/uaccess.h>

#include "annex.h"
#include "host/context.h"
#include "host/pte.h"
#include "host/switch.h"
#include "host/tlb.h"
#include "map/kmap_local.h"
#include "map/pkmap.h"

/**
 * annex_pkmap_find() - the slot that shows a frame
 * @pk: the table
 * @page: anything
 * @word: set to the slot's word, as it was before it was seen to show the frame
 *
 * If the slot is given to another frame from then on, an exchange of that word
 * fails by its generation.
 *
 * A slot that is given to another frame meanwhile may lead into that one's
 * bucket: without the lock, nothing found may mean nothing.
 *
 * Context: any.
 * Return: a slot that showed it when it was looked at, or NULL.
 */
static __always_inline struct annex_pkmap_slot *
annex_pkmap_find(const struct annex_pkmap *pk, const struct annex_page *page,
		 int *word)
{
	struct annex_pkmap_slot *slot = READ_ONCE(*annex_pkmap_bucket(pk, page));

	for (; slot; slot = READ_ONCE(slot->next)) {
		*word = atomic_read_acquire(&slot->word);
		if (likely(READ_ONCE(slot->page) == page))
			break;
	}
	return slot;
}

/**
 * annex_pkmap_take() - one more user of a slot
 * @slot: the slot
 * @page: the frame that it is to show
 * @word: from annex_pkmap_find()
 *
 * Context: any.
 * Return: false, with nothing changed, if it does not show the frame, or has
 * %ANNEX_PKMAP_USERS_MAX.
 */
static __always_inline bool annex_pkmap_take(struct annex_pkmap_slot *slot,
					     const struct annex_page *page,
					     int word)
{
	for (;;) {
		u32 users = ((u32)word & ANNEX_PKMAP_COUNT_MASK) - 1;

		if (unlikely(users >= ANNEX_PKMAP_USERS_MAX))
			return false;
		if (likely(atomic_try_cmpxchg(&slot->word, &word, word + 1)))
			return true;
		if (unlikely(READ_ONCE(slot->page) != page))
			return false;
	}
}

/**
 * annex_pkmap_drop() - one user fewer
 * @slot: the slot
 * @page: the frame that it shows
 * @word: from annex_pkmap_find()
 *
 * Context: any. A full barrier if it succeeds.
 * Return: users that are left; -1, with nothing changed, if there was none, or
 * the slot does not show the frame.
 */
static __always_inline int annex_pkmap_drop(struct annex_pkmap_slot *slot,
					    const struct annex_page *page,
					    int word)
{
	for (;;) {
		u32 count = (u32)word & ANNEX_PKMAP_COUNT_MASK;

		if (unlikely(count < 2))
			return -1;
		if (likely(atomic_try_cmpxchg(&slot->word, &word, word - 1)))
			return count - 2;
		if (unlikely(READ_ONCE(slot->page) != page))
			return -1;
	}
}

/*
 * annex_pool_kmap(), which see. The table has no frame but those that it may
 * have, so what is found there needs no other check.
 */
static __always_inline void *annex_kmap_fast(struct annex *annex,
					     const struct annex_page *page)
{
	struct annex_pkmap *pk = &annex->pkmap;
	struct annex_pkmap_slot *slot;
	int word;

	if (likely(annex_may_sleep())) {
		slot = annex_pkmap_find(pk, page, &word);
		if (likely(slot && annex_pkmap_take(slot, page, word)))
			return slot->addr;
	}
	return annex_kmap_slowly(annex, page);
}

/* annex_pool_kunmap(), which see. */
static __always_inline int annex_kunmap_fast(struct annex *annex,
					     const struct annex_page *page)
{
	struct annex_pkmap *pk = &annex->pkmap;
	struct annex_pkmap_slot *slot;
	int users, word;

	if (unlikely(in_nmi()))
		return annex_kunmap_slowly(annex, page);
	slot = annex_pkmap_find(pk, page, &word);
	if (unlikely(!slot))
		return annex_kunmap_slowly(annex, page);
	users = annex_pkmap_drop(slot, page, word);
	if (unlikely(users < 0))
		return annex_kunmap_slowly(annex, page);
	/* The exchange orders this after it; see join_locked(). */
	if (unlikely(READ_ONCE(pk->nr_waiting)) && !users)
		annex_pkmap_hand_over(annex, slot);
	return 0;
}

/**
 * annex_kmap_local_push() - one more mapping on this CPU
 * @kl: the pool's
 * @k: the CPU's
 * @idx: its depth, less than its room
 * @nr: the frame, counted from @kl->first
 * @owner: whose the mapping is
 *
 * The depth comes first: an interrupt from then on uses the next slot, and one
 * before it has come and gone in this one.
 *
 * Context: any, without preemption.
 * Return: its address.
 */
static __always_inline void *
annex_kmap_local_push(const struct annex_kmap_local *kl,
		      struct annex_kmap_cpu *k, unsigned int idx, u32 nr,
		      u32 owner)
{
	unsigned int page = idx * ANNEX_KM_STRIDE + ANNEX_KM_GUARD;

	WRITE_ONCE(k->depth, idx + 1);
	barrier();
	k->entry[idx].nr = nr;
	if (owner)
		k->entry[idx].owner = owner;
	annex_pte_set(k->pte + page, kl->first_pfn + nr);
	/* The first of all is seen to where a thread is hooked. */
	if (idx && unlikely(idx >= READ_ONCE(k->most)))
		annex_kmap_note_most(k, idx + 1);
	return (void *)(k->addr + (page << PAGE_SHIFT));
}

/* Is it in the page that was mapped last, @idx, by whom is asking? */
static __always_inline bool annex_kmap_local_is_top(const struct annex_kmap_cpu *k,
						    unsigned int idx,
						    const void *addr, u32 owner)
{
	unsigned long page = ((unsigned long)addr - k->addr) >> PAGE_SHIFT;

	/* With no mapping there is no such page, whatever the address. */
	return page == idx * ANNEX_KM_STRIDE + ANNEX_KM_GUARD &&
	       k->entry[idx].owner == owner;
}

/**
 * annex_kmap_local_pop() - one mapping fewer on this CPU
 * @k: the CPU's
 * @idx: the last, its depth less 1
 * @addr: in the page that was mapped last
 * @owner: whose it is
 *
 * Context: any, without preemption.
 */
static __always_inline void annex_kmap_local_pop(struct annex_kmap_cpu *k,
						 unsigned int idx,
						 const void *addr, u32 owner)
{
	annex_pte_clear(k->pte + idx * ANNEX_KM_STRIDE + ANNEX_KM_GUARD);
	annex_tlb_flush_local((void *)addr);
	if (owner)
		k->entry[idx].owner = 0;
	barrier();
	WRITE_ONCE(k->depth, idx);
}

/*
 * annex_pool_kmap_local_page(), which see. What is left: the first mapping since
 * a thread was scheduled, those of interrupts, and frames that have an address.
 */
static __always_inline void *
annex_kmap_local_fast(struct annex *annex, const struct annex_page *page)
{
	const struct annex_kmap_local *kl = &annex->kmap_local;
	unsigned long nr = annex_page_nr_from(kl->first, page);
	struct annex_kmap_cpu *k;
	unsigned int idx;
	void *addr;

	if (unlikely(nr >= kl->nr_mapped || annex_kmap_context()))
		return annex_kmap_page_slowly(annex, page, 0);
	preempt_disable();
	k = this_cpu_ptr(kl->cpus);
	idx = annex_kmap_depth(k);
	if (unlikely(idx >= k->room || (!idx && !annex_pin()))) {
		preempt_enable();
		return annex_kmap_page_slowly(annex, page, 0);
	}
	addr = annex_kmap_local_push(kl, k, idx, nr, 0);
	preempt_enable();
	return addr;
}

/* annex_pool_kunmap_local(), which see. */
static __always_inline int annex_kunmap_local_fast(struct annex *annex,
						   const void *addr)
{
	struct annex_kmap_cpu *k;
	unsigned int idx;

	if (unlikely(annex_kmap_context()))
		return annex_kunmap_local_slowly(annex, addr, 0);
	preempt_disable();
	k = this_cpu_ptr(annex->kmap_local.cpus);
	idx = annex_kmap_depth(k) - 1;
	if (unlikely(!annex_kmap_local_is_top(k, idx, addr, 0) ||
		     (!idx && !annex_unpin()))) {
		preempt_enable();
		return annex_kunmap_local_slowly(annex, addr, 0);
	}
	annex_kmap_local_pop(k, idx, addr, 0);
	preempt_enable();
	return 0;
}

/* Neither preemption nor page faults until annex_atomic_end(). */
static __always_inline void annex_atomic_begin(void)
{
	preempt_disable();
	/* The kernel's count is plain: interrupts leave it as they found it. */
	data_race((pagefault_disable(), 0));
}

static __always_inline void annex_atomic_end(void)
{
	/* As above. */
	data_race((pagefault_enable(), 0));
	preempt_enable();
}

/*
 * annex_pool_kmap_atomic(), which see. Who is not preempted does not migrate
 * either.
 */
static __always_inline void *
annex_kmap_atomic_fast(struct annex *annex, const struct annex_page *page)
{
	const struct annex_kmap_local *kl = &annex->kmap_local;
	unsigned long nr = annex_page_nr_from(kl->first, page);
	struct annex_kmap_cpu *k;
	unsigned int idx;
	void *addr;

	annex_atomic_begin();
	k = this_cpu_ptr(kl->cpus);
	idx = annex_kmap_depth(k);
	if (likely(nr < kl->nr_mapped && !annex_kmap_context() &&
		   idx < k->room))
		return annex_kmap_local_push(kl, k, idx, nr, ANNEX_KM_ATOMIC);
	addr = annex_kmap_page_slowly(annex, page, ANNEX_KM_ATOMIC);
	if (!addr)
		annex_atomic_end();
	return addr;
}

/* annex_pool_kunmap_atomic(), which see. */
static __always_inline int annex_kunmap_atomic_fast(struct annex *annex,
						    const void *addr)
{
	struct annex_kmap_cpu *k;
	unsigned int idx;
	int err;

	preempt_disable();
	k = this_cpu_ptr(annex->kmap_local.cpus);
	idx = annex_kmap_depth(k) - 1;
	if (likely(!annex_kmap_context() &&
		   annex_kmap_local_is_top(k, idx, addr, ANNEX_KM_ATOMIC))) {
		annex_kmap_local_pop(k, idx, addr, ANNEX_KM_ATOMIC);
		err = 0;
	} else {
		err = annex_kunmap_local_slowly(annex, addr, ANNEX_KM_ATOMIC);
	}
	preempt_enable();
	if (likely(!err))
		annex_atomic_end();
	return err;
}

#endif /* ANNEX_MAP_FAST_H */
