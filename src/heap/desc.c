// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of slab descriptors.
 *
 * Descriptors are not in their slabs, so that a frame holds 64 objects of 64
 * bytes, each aligned to its size. They are not objects of the heap, because
 * those need a slab. They are objects of object pages: see page/object_page.c.
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
 * Locking: heap->lock, with interrupts off; never held while frames are
 * allocated or freed.
 *
 * Failing: -ENOMEM if lowmem has no frame.
 */
#include <linux/lockdep.h>
#include <linux/mm.h>

#include "base/for_kunit.h"
#include "heap/desc.h"
#include "page/frames.h"
#include "page/object_page.h"
#include "page/page.h"

static struct annex_object_page *page_of(const struct annex_heap *heap,
					 const struct annex_slab *slab)
{
	size_t off = (void *)slab - heap->lowmem;

	return heap->lowmem + (off & PAGE_MASK);
}

static struct annex_page *frame_of(const struct annex_heap *heap,
				   const struct annex_object_page *op)
{
	return heap->mem_map + (((void *)op - heap->lowmem) >> PAGE_SHIFT);
}

/* The index of a descriptor, too large for the place of the header. */
static unsigned int index_of(const struct annex_slab *slab,
			     const struct annex_object_page *op)
{
	return (((void *)slab - (void *)op) >> ANNEX_SLAB_SHIFT) - 1;
}

/* Add a frame; false if a thread without a reference has changed it. */
static bool add_locked(struct annex_heap *heap, struct annex_page *page)
{
	struct annex_object_page *op =
		annex_heap_addr(heap, page - heap->mem_map);

	bitmap_zero(op->used, ANNEX_DESCS_PER_PAGE);
	if (annex_page_make_own(page, ANNEX_HEAP_DESC, ANNEX_HEAP_OTHER_FLAGS))
		return false;
	list_add(&op->partial, &heap->desc_partial);
	heap->nr_desc_pages++;
	return true;
}

/**
 * annex_desc_take_locked() - take a descriptor
 * @heap: the heap of the pool
 * @fresh: points to a frame from annex_object_page_alloc(), which is used if
 *	there is no free descriptor, and is then set to NULL; or to NULL
 *
 * Context: any, with heap->lock held.
 * Return: the descriptor, not initialised; NULL if there is none. If @fresh
 * still points to a frame after NULL, that frame was tampered with: see
 * annex_disown().
 */
struct annex_slab *annex_desc_take_locked(struct annex_heap *heap,
					  struct annex_page **fresh)
{
	struct annex_object_page *op;
	unsigned int i;

	lockdep_assert_held(&heap->lock);
	if (list_empty(&heap->desc_partial) && *fresh &&
	    add_locked(heap, *fresh))
		*fresh = NULL;
	op = list_first_entry_or_null(&heap->desc_partial,
				      struct annex_object_page, partial);
	if (!op)
		return NULL;
	i = annex_object_take(op, ANNEX_DESCS_PER_PAGE);
	return (void *)op + ((i + 1) << ANNEX_SLAB_SHIFT);
}

/**
 * annex_desc_give_locked() - give a descriptor back
 * @heap: the heap of the pool
 * @slab: the descriptor, which no frame names any more
 *
 * Context: any, with heap->lock held.
 * Return: its frame, for annex_object_page_free(), if it is empty now; or NULL.
 */
struct annex_page *annex_desc_give_locked(struct annex_heap *heap,
					  struct annex_slab *slab)
{
	struct annex_object_page *op = page_of(heap, slab);
	struct annex_page *page;

	lockdep_assert_held(&heap->lock);
	/* A lookup through a stale pointer finds a slab without objects. */
	slab->objects = 0;
	if (!annex_object_give(op, index_of(slab, op), ANNEX_DESCS_PER_PAGE,
			       &heap->desc_partial))
		return NULL;
	heap->nr_desc_pages--;
	page = frame_of(heap, op);
	annex_page_unmake_own(page, ANNEX_HEAP_OTHER_FLAGS);
	return page;
}

/**
 * annex_desc_in_use() - is this the number of a slab?
 * @heap: the heap of the pool
 * @nr: any number
 *
 * Context: any; stable with heap->lock held.
 */
bool annex_desc_in_use(const struct annex_heap *heap, u32 nr)
{
	const struct annex_slab *slab = annex_slab_at(heap, nr);
	const struct annex_object_page *op;
	const struct annex_page *page;
	unsigned int i;

	if (nr >= heap->nr_numbers)
		return false;
	op = page_of(heap, slab);
	i = index_of(slab, op);
	page = frame_of(heap, op);
	return annex_heap_is(page, ANNEX_HEAP_OTHER) &&
	       !(READ_ONCE(page->link) & ANNEX_HEAP_KIND) &&
	       i < ANNEX_DESCS_PER_PAGE && test_bit(i, op->used);
}

/**
 * annex_slab_around() - the slab of a frame that may be a tail
 * @heap: the heap of the pool
 * @pfn: a frame of lowmem
 *
 * Context: any.
 * Return: the slab, or NULL if the frame's block is not a slab.
 */
struct annex_slab *annex_slab_around(struct annex_heap *heap, annex_pfn_t pfn)
{
	annex_pfn_t head = annex_block_head(heap->frames, pfn);
	const struct annex_page *page = heap->mem_map + head;
	u32 nr;

	if (head == ANNEX_PFN_NIL || !annex_heap_is(page, ANNEX_HEAP_SLAB))
		return NULL;
	nr = annex_heap_value(page);
	return nr < heap->nr_numbers ? annex_slab_at(heap, nr) : NULL;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_slab_around);
