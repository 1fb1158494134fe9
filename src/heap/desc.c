// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of slab descriptors.
 *
 * Descriptors are not in their slabs, so that a frame holds 64 objects of 64
 * bytes, each aligned to its size. They are not objects of the heap, because
 * those need a slab. They have frames of lowmem of their own:
 *
 *   | header | descriptor | descriptor | ... |     64 places of 64 bytes
 *
 * The frame of a slab holds the number of its descriptor's place, counted from
 * the start of lowmem. A descriptor costs 1.6 % of a slab of one frame, or
 * 0.2 % of a slab of eight. A descriptor inside the slab would also cost the
 * rest that no object fits into.
 *
 * Flags tell the blocks of the heap apart: a slab has ANNEX_PG_SLAB; a frame of
 * descriptors, and a block that is one object of kmalloc, have
 * ANNEX_PG_OWNER_PRIV_1 as well. While a block has these flags, calls that free
 * it, change the flags or store a private value are refused.
 *
 * Frames with a free place are in a list. An empty frame returns to the pool.
 *
 * Locking: heap->lock, with interrupts off; never held while frames are
 * allocated or freed.
 *
 * Failing: -ENOMEM if lowmem has no frame.
 */
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/mm.h>

#include "heap/desc.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "pool/annex.h"

static struct annex_desc_page *page_of(const struct annex *annex,
				       const struct annex_slab *slab)
{
	size_t off = (void *)slab - annex->lowmem;

	return annex->lowmem + (off & PAGE_MASK);
}

static unsigned int place_of(const struct annex_slab *slab,
			     const struct annex_desc_page *dp)
{
	return ((void *)slab - (void *)dp) >> ANNEX_SLAB_SHIFT;
}

/**
 * annex_desc_page_alloc() - allocate a frame for descriptors
 * @annex: the pool
 * @gfp: allocation flags
 * @page: set to the frame, for annex_desc_page_add_locked()
 *
 * Context: as @gfp; heap->lock is not held.
 * Return: as annex_alloc_block().
 */
int annex_desc_page_alloc(struct annex *annex, gfp_t gfp,
			  struct annex_page **page)
{
	return annex_pool_alloc(annex, gfp & ANNEX_GFP_OWN_MASK, 0, page);
}

/**
 * annex_desc_page_add_locked() - add a frame for descriptors
 * @annex: the pool
 * @page: from annex_desc_page_alloc()
 *
 * Context: any, with heap->lock held.
 * Return: false if a thread without a reference has changed the frame: see
 * annex_pool_disown().
 */
bool annex_desc_page_add_locked(struct annex *annex, struct annex_page *page)
{
	struct annex_heap *heap = &annex->heap;
	struct annex_desc_page *dp = annex_heap_addr(annex,
						     page - annex->mem_map);

	lockdep_assert_held(&heap->lock);
	bitmap_zero(dp->used, ANNEX_DESC_PLACES);
	__set_bit(0, dp->used);
	if (annex_page_make_own(page, ANNEX_HEAP_DESC, ANNEX_HEAP_OTHER_FLAGS))
		return false;
	list_add(&dp->list, &heap->desc_partial);
	heap->nr_desc_pages++;
	return true;
}

/**
 * annex_desc_page_free() - free a frame of descriptors
 * @annex: the pool
 * @page: from annex_desc_give_locked(); or an unused one; or NULL
 *
 * Context: any but NMI; heap->lock is not held.
 */
void annex_desc_page_free(struct annex *annex, struct annex_page *page)
{
	if (page)
		annex_pool_free(annex, page, 0);
}

/**
 * annex_desc_take_locked() - take a descriptor
 * @annex: the pool
 *
 * Context: any, with heap->lock held.
 * Return: the descriptor, not initialised, or NULL if there is none.
 */
struct annex_slab *annex_desc_take_locked(struct annex *annex)
{
	struct annex_heap *heap = &annex->heap;
	struct annex_desc_page *dp;
	unsigned int i;

	lockdep_assert_held(&heap->lock);
	dp = list_first_entry_or_null(&heap->desc_partial,
				      struct annex_desc_page, list);
	if (!dp)
		return NULL;
	i = find_first_zero_bit(dp->used, ANNEX_DESC_PLACES);
	__set_bit(i, dp->used);
	if (bitmap_full(dp->used, ANNEX_DESC_PLACES))
		list_del_init(&dp->list);
	return (void *)dp + (i << ANNEX_SLAB_SHIFT);
}

/**
 * annex_desc_give_locked() - give a descriptor back
 * @annex: the pool
 * @slab: the descriptor, which no frame names any more
 *
 * Context: any, with heap->lock held.
 * Return: its frame, for annex_desc_page_free(), if it is empty now; or NULL.
 */
struct annex_page *annex_desc_give_locked(struct annex *annex,
					  struct annex_slab *slab)
{
	struct annex_desc_page *dp = page_of(annex, slab);
	struct annex_heap *heap = &annex->heap;
	struct annex_page *page;

	lockdep_assert_held(&heap->lock);
	/* A lookup through a stale pointer finds a slab without objects. */
	slab->objects = 0;
	if (bitmap_full(dp->used, ANNEX_DESC_PLACES))
		list_add(&dp->list, &heap->desc_partial);
	__clear_bit(place_of(slab, dp), dp->used);
	if (bitmap_weight(dp->used, ANNEX_DESC_PLACES) > 1)
		return NULL;
	list_del(&dp->list);
	heap->nr_desc_pages--;
	page = annex->mem_map + (((void *)dp - annex->lowmem) >> PAGE_SHIFT);
	annex_page_unmake_own(page, ANNEX_HEAP_OTHER_FLAGS);
	return page;
}

/**
 * annex_desc_in_use() - is this the number of a slab?
 * @annex: the pool
 * @nr: any number
 *
 * Context: any; stable with heap->lock held.
 */
bool annex_desc_in_use(const struct annex *annex, u32 nr)
{
	const struct annex_slab *slab = annex_slab_at(annex, nr);
	const struct annex_desc_page *dp;
	const struct annex_page *page;

	if (nr >= annex->heap.nr_numbers)
		return false;
	dp = page_of(annex, slab);
	page = annex->mem_map + (((void *)dp - annex->lowmem) >> PAGE_SHIFT);
	return annex_heap_is(page, ANNEX_HEAP_OTHER) &&
	       !(READ_ONCE(page->link) & ANNEX_HEAP_KIND) &&
	       place_of(slab, dp) && test_bit(place_of(slab, dp), dp->used);
}
