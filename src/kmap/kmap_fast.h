/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KMAP_KMAP_FAST_H
#define ANNEX_KMAP_KMAP_FAST_H

/*
 * Fast paths: kmap of a frame that is already mapped, and kmap_local in the
 * next entry of this CPU's stack. They are inline so that the compiler sees the
 * pool where it is constant. All other cases and all error reports are in
 * pkmap.c and kmap_local.c.
 */
#include <linux/preempt.h>
#include <linux/uaccess.h>

#include "host/context.h"
#include "host/pte.h"
#include "host/switch.h"
#include "host/tlb.h"
#include "kmap/kmap_local_types.h"
#include "kmap/pkmap_types.h"
#include "page/frames.h"

/**
 * annex_pkmap_find() - the slot that maps a frame
 * @pk: the table
 * @page: anything
 * @word: set to the slot's word, read before the check that it maps the frame
 *
 * If the slot is given to another frame afterwards, an exchange of that word
 * fails because the generation differs.
 *
 * If a slot is given to another frame during the walk, its next pointer may
 * lead into that frame's bucket. Without the lock, a NULL result is therefore
 * not reliable.
 *
 * Context: any.
 * Return: a slot that mapped the frame at the time of the check, or NULL.
 */
static __always_inline struct annex_pkmap_slot *
annex_pkmap_find(const struct annex_pkmap *pk, const struct annex_page *page,
		 int *word)
{
	struct hlist_node *node = READ_ONCE(annex_pkmap_bucket(pk, page)->first);
	struct annex_pkmap_slot *slot;

	for (; node; node = READ_ONCE(node->next)) {
		slot = hlist_entry(node, struct annex_pkmap_slot, node);
		*word = atomic_read_acquire(&slot->word);
		if (likely(READ_ONCE(slot->page) == page))
			return slot;
	}
	return NULL;
}

/**
 * annex_pkmap_take() - add a user to a slot
 * @slot: the slot
 * @page: the frame that it has to map
 * @word: from annex_pkmap_find()
 *
 * Context: any.
 * Return: false, with nothing changed, if it does not map the frame, or has
 * %ANNEX_PKMAP_USERS_MAX users.
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
 * annex_pkmap_drop() - remove a user from a slot
 * @slot: the slot
 * @page: the frame that it maps
 * @word: from annex_pkmap_find()
 *
 * Context: any. A full barrier if it succeeds.
 * Return: number of users left; -1, with nothing changed, if there was none, or
 * the slot does not map the frame.
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
 * annex_kmap() in a pool. The table holds only high frames of the pool, so a
 * frame that is found there needs no other check.
 */
static __always_inline void *annex_kmap_fast(struct annex_pkmap *pk,
					     const struct annex_page *page)
{
	struct annex_pkmap_slot *slot;
	int word;

	if (likely(annex_may_sleep())) {
		slot = annex_pkmap_find(pk, page, &word);
		if (likely(slot && annex_pkmap_take(slot, page, word)))
			return slot->addr;
	}
	return annex_kmap_slow(pk, page);
}

/* annex_kunmap() in a pool. */
static __always_inline int annex_kunmap_fast(struct annex_pkmap *pk,
					     const struct annex_page *page)
{
	struct annex_pkmap_slot *slot;
	int users, word;

	if (unlikely(in_nmi()))
		return annex_kunmap_slow(pk, page);
	slot = annex_pkmap_find(pk, page, &word);
	if (unlikely(!slot))
		return annex_kunmap_slow(pk, page);
	users = annex_pkmap_drop(slot, page, word);
	if (unlikely(users < 0))
		return annex_kunmap_slow(pk, page);
	/* The cmpxchg orders this read after it; see join_locked(). */
	if (unlikely(READ_ONCE(pk->nr_waiting)) && !users)
		annex_pkmap_hand_over(pk, slot);
	return 0;
}

/**
 * annex_kmap_local_push() - add a mapping on this CPU
 * @kl: state of the pool
 * @k: state of the CPU
 * @idx: the CPU's depth, less than its room
 * @nr: the frame, counted from @kl->first
 * @owner: owner of the mapping
 *
 * The depth is written first: a later interrupt uses the next entry, and an
 * earlier one has already come and gone in this entry.
 *
 * Context: any, preemption disabled.
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
	/* The first mapping is recorded where the thread is hooked. */
	if (idx && unlikely(idx >= READ_ONCE(k->most)))
		annex_kmap_note_most(k, idx + 1);
	return (void *)(k->addr + (page << PAGE_SHIFT));
}

/* Is the address in the page mapped last, @idx, and does @owner own that? */
static __always_inline bool annex_kmap_local_is_top(const struct annex_kmap_cpu *k,
						    unsigned int idx,
						    const void *addr, u32 owner)
{
	unsigned long page = ((unsigned long)addr - k->addr) >> PAGE_SHIFT;

	/* Without a mapping, idx is -1 and no page number equals it. */
	return page == idx * ANNEX_KM_STRIDE + ANNEX_KM_GUARD &&
	       k->entry[idx].owner == owner;
}

/**
 * annex_kmap_local_pop() - remove a mapping on this CPU
 * @k: state of the CPU
 * @idx: the last mapping, its depth less 1
 * @addr: in the page that was mapped last
 * @owner: owner of the mapping
 *
 * Context: any, preemption disabled.
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
 * annex_kmap_local_page() in a pool. The slow path takes the first mapping
 * since a thread was scheduled, mappings in interrupts, and frames that have a
 * fixed address.
 */
static __always_inline void *
annex_kmap_local_fast(struct annex_kmap_local *kl,
		      const struct annex_page *page)
{
	unsigned long nr = annex_page_nr_from(kl->first, page);
	struct annex_kmap_cpu *k;
	unsigned int idx;
	void *addr;

	if (unlikely(nr >= kl->nr_mapped || annex_kmap_context()))
		return annex_kmap_page_slow(kl, page, 0);
	preempt_disable();
	k = this_cpu_ptr(kl->cpus);
	idx = annex_kmap_depth(k);
	if (unlikely(idx >= k->room || (!idx && !annex_pin()))) {
		preempt_enable();
		return annex_kmap_page_slow(kl, page, 0);
	}
	addr = annex_kmap_local_push(kl, k, idx, nr, 0);
	preempt_enable();
	return addr;
}

/* annex_kunmap_local() in a pool. */
static __always_inline int annex_kunmap_local_fast(struct annex_kmap_local *kl,
						   const void *addr)
{
	struct annex_kmap_cpu *k;
	unsigned int idx;

	if (unlikely(annex_kmap_context()))
		return annex_kunmap_local_slow(kl, addr, 0);
	preempt_disable();
	k = this_cpu_ptr(kl->cpus);
	idx = annex_kmap_depth(k) - 1;
	if (unlikely(!annex_kmap_local_is_top(k, idx, addr, 0) ||
		     (!idx && !annex_unpin()))) {
		preempt_enable();
		return annex_kunmap_local_slow(kl, addr, 0);
	}
	annex_kmap_local_pop(k, idx, addr, 0);
	preempt_enable();
	return 0;
}

/* Disable preemption and page faults until annex_atomic_end(). */
static __always_inline void annex_atomic_begin(void)
{
	preempt_disable();
	/* The kernel's counter is a plain variable; interrupts restore it. */
	data_race((pagefault_disable(), 0));
}

static __always_inline void annex_atomic_end(void)
{
	/* As above. */
	data_race((pagefault_enable(), 0));
	preempt_enable();
}

/* annex_kmap_atomic() in a pool. Disabling preemption prevents migration. */
static __always_inline void *
annex_kmap_atomic_fast(struct annex_kmap_local *kl,
		       const struct annex_page *page)
{
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
	addr = annex_kmap_page_slow(kl, page, ANNEX_KM_ATOMIC);
	if (!addr)
		annex_atomic_end();
	return addr;
}

/* annex_kunmap_atomic() in a pool. */
static __always_inline int annex_kunmap_atomic_fast(struct annex_kmap_local *kl,
						    const void *addr)
{
	struct annex_kmap_cpu *k;
	unsigned int idx;
	int err;

	preempt_disable();
	k = this_cpu_ptr(kl->cpus);
	idx = annex_kmap_depth(k) - 1;
	if (likely(!annex_kmap_context() &&
		   annex_kmap_local_is_top(k, idx, addr, ANNEX_KM_ATOMIC))) {
		annex_kmap_local_pop(k, idx, addr, ANNEX_KM_ATOMIC);
		err = 0;
	} else {
		err = annex_kunmap_local_slow(kl, addr, ANNEX_KM_ATOMIC);
	}
	preempt_enable();
	if (likely(!err))
		annex_atomic_end();
	return err;
}

#endif /* ANNEX_KMAP_KMAP_FAST_H */
