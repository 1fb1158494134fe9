// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slabs: blocks of frames divided into objects of one cache.
 *
 *   frame          frame
 *   | object | object | object | object |...|      descriptor: see desc.c
 *   ^ base            <stride>
 *
 * The heap writes nothing into an object, free or in use, unless its cache is
 * watched (slab_debug.c). Two bits per object hold its state. The busy bit says
 * that a user has the object. One locked instruction sets or clears it, so a
 * double free is found at once, on whichever CPU, and so is a free of an
 * address inside an object. The out bit says that the object is out of the
 * slab: a user has it, or it is cached per CPU.
 *
 * The bits of up to 128 objects are in the descriptor. A slab with more
 * objects, of 8 or 16 bytes, has the bits at its end.
 *
 * The slab of an address is computed: the offset in lowmem gives the frame, the
 * frame gives the head of its block, and the private value of the head is the
 * number of the slab. page/page.c finds the head of a block of several frames.
 *
 * Locking: heap->lock while a block becomes a slab or stops being one. A slab
 * that is in no list of its cache belongs to the thread that creates or frees
 * it.
 *
 * Failing: NULL if there are no frames.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mm.h>

#include "base/for_kunit.h"
#include "heap/desc.h"
#include "heap/slab.h"
#include "heap/slab_debug.h"
#include "page/frames.h"
#include "page/object_page.h"
#include "page/page.h"
#include "page/page_alloc.h"

/* Blocks of up to this order are cached per CPU: the kernel's own bound. */
#define SLAB_MAX_ORDER		3

/* Objects that a slab should hold, to spread the cost of its allocation. */
#define SLAB_MIN_OBJECTS	8

/* At most 1/8 of a slab may be unused. */
#define SLAB_WASTE		8

/* Bytes at the end of a slab that hold its bits. */
static size_t tail_bytes(unsigned int objects)
{
	if (objects <= ANNEX_SLAB_INLINE_BITS)
		return 0;
	return 2 * BITS_TO_LONGS(objects) * sizeof(unsigned long);
}

/* How many objects a slab of an order holds. */
static unsigned int objects_of(const struct annex_kmem_cache *cache,
			       unsigned int order)
{
	size_t bytes = PAGE_SIZE << order;
	unsigned int nr;

	if (bytes < cache->start + cache->size)
		return 0;
	nr = (bytes - cache->start) / cache->stride;
	while (cache->start + (size_t)nr * cache->stride + tail_bytes(nr) >
	       bytes)
		nr--;
	return nr;
}

static bool fits_well(const struct annex_kmem_cache *cache, unsigned int order)
{
	size_t bytes = PAGE_SIZE << order;
	unsigned int nr = objects_of(cache, order);

	return nr >= SLAB_MIN_OBJECTS &&
	       bytes - (size_t)nr * cache->stride <= bytes / SLAB_WASTE;
}

/**
 * annex_slab_layout() - choose the size of the slabs of a cache
 * @cache: with size, stride and start set; the function sets the orders,
 *	objects and recip
 *
 * Context: any; a function of its argument.
 * Return: 0; -EINVAL if no block is large enough for an object.
 */
int annex_slab_layout(struct annex_kmem_cache *cache)
{
	unsigned int order = 0;

	while (order < ANNEX_MAX_ORDER && !objects_of(cache, order))
		order++;
	if (order == ANNEX_MAX_ORDER)
		return -EINVAL;
	cache->min_order = order;
	while (order < SLAB_MAX_ORDER && !fits_well(cache, order))
		order++;
	cache->order = order;
	cache->objects = objects_of(cache, order);
	/*
	 * The error of offset times reciprocal is less than the offset. In
	 * slabs of up to 32 kB, the quotient is therefore the exact index of an
	 * object, and an address inside an object fails the check.
	 */
	cache->recip = DIV_ROUND_UP_ULL(1ULL << 32, cache->stride);
	return 0;
}

/**
 * annex_slabs_init() - initialise the slabs of a heap, none yet
 * @heap: the heap of a pool with lowmem; not in use yet
 */
void annex_slabs_init(struct annex_heap *heap)
{
	spin_lock_init(&heap->lock);
	INIT_LIST_HEAD(&heap->desc_partial);
	heap->nr_numbers =
		heap->lowmem_pages * (u32)(PAGE_SIZE >> ANNEX_SLAB_SHIFT);
}

static void count_frames(const struct annex_slab *slab, long sign)
{
	struct annex_kmem_cache *cache = slab->cache;

	annex_mod_node_count(&cache->heap->frames->counters,
			     cache->flags & SLAB_RECLAIM_ACCOUNT ?
				     ANNEX_NR_SLAB_RECLAIMABLE :
				     ANNEX_NR_SLAB_UNRECLAIMABLE,
			     sign * (1L << slab->order));
}

/* A request for more than the minimal order neither reclaims nor warns. */
static gfp_t optimistic(gfp_t gfp)
{
	return (gfp & ~(__GFP_NOFAIL | __GFP_RETRY_MAYFAIL | __GFP_RECLAIM)) |
	       __GFP_NOWARN | __GFP_NORETRY | __GFP_NOMEMALLOC | __GFP_COMP;
}

/* Allocate the preferred order of the cache, or else its minimal order. */
static struct annex_page *take_frames(struct annex_kmem_cache *cache, gfp_t gfp,
				      unsigned int *order)
{
	struct annex_heap *heap = cache->heap;
	struct annex_page *page = NULL;

	gfp = (gfp & ANNEX_GFP_OWN_MASK) | cache->gfp;
	*order = cache->order;
	if (cache->order > cache->min_order)
		annex_block_alloc(heap->frames, optimistic(gfp), cache->order,
				  &page);
	if (!page) {
		*order = cache->min_order;
		annex_block_alloc(heap->frames, *order ? gfp | __GFP_COMP : gfp,
				  *order, &page);
	}
	return page;
}

static struct annex_slab *take_desc(struct annex_heap *heap, gfp_t gfp)
{
	struct annex_page *fresh = NULL;
	struct annex_slab *slab;
	unsigned long flags;

	for (;;) {
		spin_lock_irqsave(&heap->lock, flags);
		slab = annex_desc_take_locked(heap, &fresh);
		spin_unlock_irqrestore(&heap->lock, flags);
		if (slab)
			break;
		if (fresh) {
			annex_disown(heap->frames, fresh);
			return NULL;
		}
		if (annex_object_page_alloc(heap->frames, gfp, &fresh))
			return NULL;
	}
	/* Another thread has added descriptors meanwhile. */
	annex_object_page_free(heap->frames, fresh);
	return slab;
}

static void fill(struct annex_slab *slab)
{
	const struct annex_kmem_cache *cache = slab->cache;
	unsigned int i;

	if (annex_cache_watched(cache))
		for (i = 0; i < slab->objects; i++)
			annex_slab_debug_init(slab, annex_slab_object(slab, i));
	if (cache->ctor)
		for (i = 0; i < slab->objects; i++)
			cache->ctor(annex_slab_object(slab, i));
}

static void lay_out(struct annex_slab *slab, struct annex_kmem_cache *cache,
		    annex_pfn_t pfn, unsigned int order)
{
	void *addr = annex_heap_addr(cache->heap, pfn);
	unsigned int objects = objects_of(cache, order);

	INIT_LIST_HEAD(&slab->list);
	slab->cache = cache;
	slab->base = addr + cache->start;
	slab->nr_out = 0;
	slab->where = ANNEX_SLAB_NOWHERE;
	slab->order = order;
	slab->pfn = pfn;
	slab->busy = tail_bytes(objects) ?
		     addr + (PAGE_SIZE << order) - tail_bytes(objects) :
		     slab->bits;
	memset(slab->busy, 0,
	       2 * BITS_TO_LONGS(objects) * sizeof(unsigned long));
	WRITE_ONCE(slab->objects, objects);
}

/* Tie a frame and its descriptor; false if the frame was tampered with. */
static bool tie(struct annex_heap *heap, struct annex_page *page,
		struct annex_slab *slab)
{
	unsigned long flags;
	int err;

	spin_lock_irqsave(&heap->lock, flags);
	err = annex_page_make_own(page, annex_slab_nr(heap, slab),
				  BIT(ANNEX_PG_SLAB));
	if (!err) {
		heap->nr_slabs++;
		heap->generation++;
	}
	spin_unlock_irqrestore(&heap->lock, flags);
	return !err;
}

static void give_desc(struct annex_heap *heap, struct annex_slab *slab)
{
	struct annex_page *empty;
	unsigned long flags;

	spin_lock_irqsave(&heap->lock, flags);
	empty = annex_desc_give_locked(heap, slab);
	spin_unlock_irqrestore(&heap->lock, flags);
	annex_object_page_free(heap->frames, empty);
}

/**
 * annex_slab_new() - allocate a slab
 * @cache: its cache
 * @gfp: allocation flags
 *
 * Context: as @gfp; no lock of annex's is held.
 * Return: the slab, in no list; NULL if there are no frames.
 */
struct annex_slab *annex_slab_new(struct annex_kmem_cache *cache, gfp_t gfp)
{
	struct annex_heap *heap = cache->heap;
	struct annex_page *page;
	struct annex_slab *slab;
	unsigned long flags;
	unsigned int order;

	page = take_frames(cache, gfp, &order);
	if (!page)
		return NULL;
	slab = take_desc(heap, gfp);
	if (!slab) {
		annex_block_free(heap->frames, page, order);
		return NULL;
	}
	spin_lock_irqsave(&heap->lock, flags);
	lay_out(slab, cache, page - heap->mem_map, order);
	spin_unlock_irqrestore(&heap->lock, flags);
	fill(slab);
	if (!tie(heap, page, slab)) {
		annex_disown(heap->frames, page);
		give_desc(heap, slab);
		return NULL;
	}
	count_frames(slab, 1);
	return slab;
}

/**
 * annex_slab_free() - free a slab and its frames
 * @slab: in no list; no object is out
 *
 * Context: any but NMI; no lock of annex's is held.
 */
void annex_slab_free(struct annex_slab *slab)
{
	struct annex_heap *heap = slab->cache->heap;
	struct annex_page *page = heap->mem_map + slab->pfn;
	unsigned int order = slab->order;
	struct annex_page *empty;
	unsigned long flags;

	count_frames(slab, -1);
	spin_lock_irqsave(&heap->lock, flags);
	annex_page_unmake_own(page, BIT(ANNEX_PG_SLAB));
	heap->nr_slabs--;
	heap->generation++;
	empty = annex_desc_give_locked(heap, slab);
	spin_unlock_irqrestore(&heap->lock, flags);
	annex_block_free(heap->frames, page, order);
	annex_object_page_free(heap->frames, empty);
}

/**
 * annex_slabs_free() - free many slabs and their frames
 * @slabs: a list of slabs, emptied
 *
 * Context: as annex_slab_free().
 */
void annex_slabs_free(struct list_head *slabs)
{
	struct annex_slab *slab, *next;

	list_for_each_entry_safe(slab, next, slabs, list)
		annex_slab_free(slab);
	INIT_LIST_HEAD(slabs);
}
