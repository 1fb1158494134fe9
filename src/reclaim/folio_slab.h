/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_RECLAIM_FOLIO_SLAB_H
#define ANNEX_RECLAIM_FOLIO_SLAB_H

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/smp.h>
#include <annex/folio.h>
#include <annex/page.h>
#include <annex/types.h>

#include "page/frames.h"
#include "reclaim/state.h"

#include "page/object_page.h"

/* Folios in a frame: the rest of it after the header. 113 on a 32-bit kernel. */
#define ANNEX_FOLIOS_PER_SLAB						\
	((PAGE_SIZE - sizeof(struct annex_object_page)) / \
	 sizeof(struct annex_folio))

/**
 * struct annex_folio_slab - a frame of lowmem that holds folios
 * @head: the header; @head.home is the number of its list
 * @folio: the folios
 */
struct annex_folio_slab {
	struct annex_object_page head;
	struct annex_folio folio[ANNEX_FOLIOS_PER_SLAB];
};

static_assert(sizeof(struct annex_folio_slab) <= PAGE_SIZE);
static_assert(ANNEX_FOLIOS_PER_SLAB <= ANNEX_OBJECTS_MAX);

/*
 * The number of a folio: the annex pfn of its frame, and its index in the frame
 * in the lowest 7 bits. The link word has 26 bits for the number, which covers
 * 2 GB of lowmem; a 32-bit kernel cannot map more than 1 GB.
 */
#define ANNEX_FOLIO_SLAB_BITS		7
static_assert(ANNEX_FOLIOS_PER_SLAB <= 1U << ANNEX_FOLIO_SLAB_BITS);
static_assert(ANNEX_LINK_KIND_SHIFT - ANNEX_FOLIO_SLAB_BITS + PAGE_SHIFT >= 30);

void annex_folio_slabs_init(struct annex_folio_slabs *folio_slabs);
unsigned long
annex_folio_slabs_used(const struct annex_folio_slabs *folio_slabs);
struct annex_folio_slab_list *
annex_folio_slab_home(struct annex_frames *frames,
		      const struct annex_folio *folio);
struct annex_page *annex_folio_slab_try(struct annex_frames *frames, gfp_t gfp);
struct annex_folio *
annex_folio_slab_take_locked(struct annex_frames *frames,
			     struct annex_folio_slab_list *list,
			     struct annex_page **fresh);
struct annex_page *annex_folio_slab_give_locked(struct annex_frames *frames,
						struct annex_folio *folio);
u32 annex_folio_slab_nr(const struct annex_frames *frames,
			const struct annex_folio *folio);
struct annex_folio *annex_folio_slab_folio(const struct annex_frames *frames,
					   u32 nr);
struct annex_folio_slab *annex_folio_slab(const struct annex_frames *frames,
					  annex_pfn_t pfn);
/**
 * annex_folio_slab_list_here() - the list that new folios of this CPU come from
 * @frames: the frames of the pool
 *
 * Context: any. Only a hint if the caller can migrate to another CPU.
 */
#define annex_folio_slab_list_here(frames) \
	(&(frames)->reclaim->folio_slabs   \
		  .list[raw_smp_processor_id() % ANNEX_FOLIO_SLAB_LISTS])

bool annex_folio_slab_in_use(const struct annex_frames *frames,
			     const struct annex_folio *folio);

#endif /* ANNEX_RECLAIM_FOLIO_SLAB_H */
