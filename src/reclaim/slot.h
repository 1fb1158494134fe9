/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_RECLAIM_SLOT_H
#define ANNEX_RECLAIM_SLOT_H

#include <linux/cache.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <annex/folio.h>
#include <annex/page.h>
#include <annex/types.h>

#include "page/object_page.h"

struct annex;

/* Slots in a frame: the rest of it after the header. 113 on a 32-bit kernel. */
#define ANNEX_SLOTS_PER_PAGE						\
	((PAGE_SIZE - sizeof(struct annex_object_page)) /		\
	 sizeof(struct annex_folio))

/**
 * struct annex_slot_page - a frame of lowmem that holds folios
 * @head: the header; @head.home is the number of its list
 * @slot: the slots
 */
struct annex_slot_page {
	struct annex_object_page head;
	struct annex_folio slot[ANNEX_SLOTS_PER_PAGE];
};

static_assert(sizeof(struct annex_slot_page) <= PAGE_SIZE);
static_assert(ANNEX_SLOTS_PER_PAGE <= ANNEX_OBJECTS_MAX);

/*
 * The number of a slot: the annex pfn of its frame, and its index in the frame
 * in the lowest 7 bits. The link word has 26 bits for the number, which covers
 * 2 GB of lowmem; a 32-bit kernel cannot map more than 1 GB.
 */
#define ANNEX_SLOT_BITS		7
static_assert(ANNEX_SLOTS_PER_PAGE <= 1U << ANNEX_SLOT_BITS);
static_assert(ANNEX_LINK_KIND_SHIFT - ANNEX_SLOT_BITS + PAGE_SHIFT >= 30);

/**
 * struct annex_slot_list - the slot pages that a CPU has allocated
 * @lock: protects the members below, the slot pages of the list, and the tie
 *	between each of their slots and its block
 * @partial: slot pages that have a free slot
 * @nr_pages: slot pages
 * @nr_used: slots in use
 * @generation: changes with each slot that is taken or given back
 */
struct annex_slot_list {
	spinlock_t lock ____cacheline_aligned_in_smp; /* see above for the rest */
	struct list_head partial;
	unsigned long nr_pages;
	unsigned long nr_used;
	unsigned long generation;
};

/*
 * Lists of a pool: one for each CPU that Debian's 32-bit kernel supports. With
 * more CPUs, some share a list. The lists are embedded in the pool, at 64 bytes
 * each, so that they need no allocation that could fail.
 */
#define ANNEX_SLOT_LISTS	32

/**
 * struct annex_slots - the slots of a pool
 * @list: by CPU
 */
struct annex_slots {
	struct annex_slot_list list[ANNEX_SLOT_LISTS];
};

void annex_slots_init(struct annex_slots *slots);
unsigned long annex_slots_used(const struct annex_slots *slots);
struct annex_slot_list *annex_slot_home(struct annex *annex,
					const struct annex_folio *folio);
struct annex_page *annex_slot_page_try(struct annex *annex, gfp_t gfp);
struct annex_folio *annex_slot_take_locked(struct annex *annex,
					   struct annex_slot_list *list,
					   struct annex_page **fresh);
struct annex_page *annex_slot_give_locked(struct annex *annex,
					  struct annex_folio *folio);
u32 annex_slot_nr(const struct annex *annex, const struct annex_folio *folio);
struct annex_folio *annex_slot_folio(const struct annex *annex, u32 nr);
struct annex_slot_page *annex_slot_page(const struct annex *annex,
					annex_pfn_t pfn);
/**
 * annex_slot_list_here() - the list that new folios of this CPU come from
 * @annex: the pool
 *
 * Context: any. Only a hint if the caller can migrate to another CPU.
 */
#define annex_slot_list_here(annex)					\
	(&(annex)->slots.list[raw_smp_processor_id() % ANNEX_SLOT_LISTS])

bool annex_slot_in_use(const struct annex *annex,
		       const struct annex_folio *folio);

#endif /* ANNEX_RECLAIM_SLOT_H */
