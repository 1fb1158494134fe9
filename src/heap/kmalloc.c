// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmalloc: memory of any size.
 *
 * Up to 8192 bytes, the memory is an object of one of 13 caches, with the sizes
 * of Linux: powers of two from 8 on, and 96 and 192. Each size has three
 * caches: for normal memory, for reclaimable memory, and for the DMA zone. A
 * larger object is a block of frames, which flags mark as the heap's. The frame
 * of an address tells the kind and the size of the object.
 *
 * An object may be larger than the requested size. With __GFP_ZERO, krealloc()
 * must return zeroes beyond the old requested size, even if the object stays in
 * place, but the requested size of an object of a cache is not stored. So the
 * rest of the object is cleared whenever the requested size changes: it is zero
 * unless the user has written to it. For a block, the rest can be up to 2 MB,
 * so the descriptor stores the requested size instead.
 *
 * Objects of 2^n bytes, up to 8192, are aligned to their size. A block is
 * aligned to its size in physical addresses, and to 8192 in virtual ones.
 *
 * Locking: none. The link word decides which free of a large object succeeds:
 * see ANNEX_HEAP_LARGE.
 *
 * Failing: NULL; a size beyond the largest block, 4 MB, is refused.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "heap/cache.h"
#include "heap/desc.h"
#include "heap/kmalloc.h"
#include "heap/kmalloc_fast.h"
#include "heap/misuse.h"
#include "page/frames.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/report.h"

static const struct {
	const char *name;
	unsigned int size;
} classes[ANNEX_KMALLOC_CLASSES] = {
	{ "8", 8 }, { "16", 16 }, { "32", 32 }, { "64", 64 }, { "96", 96 },
	{ "128", 128 }, { "192", 192 }, { "256", 256 }, { "512", 512 },
	{ "1k", 1024 }, { "2k", 2048 }, { "4k", 4096 }, { "8k", 8192 },
};

/* In steps of 8: 8, 16, 24-32, 40-64, 72-96, 104-128, 136-192. */
const u8 annex_kmalloc_fine[ANNEX_KMALLOC_FINE / 8] = {
	0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5,
	6, 6, 6, 6, 6, 6, 6, 6,
};
EXPORT_SYMBOL_FOR_KUNIT(annex_kmalloc_fine);

static const struct {
	const char *name;
	slab_flags_t flags;
} types[ANNEX_NR_KMALLOC_TYPES] = {
	[ANNEX_KMALLOC_NORMAL] = { "kmalloc-", 0 },
	[ANNEX_KMALLOC_RECLAIM] = { "kmalloc-rcl-", SLAB_RECLAIM_ACCOUNT },
	[ANNEX_KMALLOC_DMA] = { "dma-kmalloc-", SLAB_CACHE_DMA },
};

static int init_cache(struct annex_heap *heap, unsigned int type,
		      unsigned int class)
{
	struct annex_kmem_cache *cache = &heap->kmalloc[type][class];
	unsigned int size = classes[class].size;
	char name[ANNEX_CACHE_NAME_LEN];
	int err;

	snprintf(name, sizeof(name), "%s%s", types[type].name,
		 classes[class].name);
	err = annex_cache_set_up(heap, cache, name, size,
				 is_power_of_2(size) ? size : 0,
				 types[type].flags, NULL);
	if (!err)
		list_add_tail(&cache->list, &heap->caches);
	return err;
}

/**
 * annex_kmalloc_init() - create the caches of kmalloc
 * @heap: the heap, otherwise complete
 *
 * Context: process, may sleep; the heap is not in use yet.
 * Return: 0 or -ENOMEM; then the caller tears down the caches in the list.
 */
int annex_kmalloc_init(struct annex_heap *heap)
{
	unsigned int type, class;
	int err = 0;

	for (type = 0; type < ANNEX_NR_KMALLOC_TYPES; type++)
		for (class = 0; class < ANNEX_KMALLOC_CLASSES; class++)
			err = err ?: init_cache(heap, type, class);
	return err;
}

/* The requested size of a large object. */
static size_t asked(const struct annex_page *page)
{
	return annex_heap_value(page) + 1;
}

static u32 large_value(size_t size)
{
	return (u32)(size - 1) | ANNEX_HEAP_LARGE;
}

static size_t room_of(u32 link)
{
	return PAGE_SIZE << (link >> ANNEX_LINK_ORDER_SHIFT);
}

/*
 * The caller may hold a pointer to an object that another CPU frees, or has
 * passed to kfree_rcu(). Then nothing is written.
 */
static void set_asked(struct annex_page *page, size_t size)
{
	u32 link = READ_ONCE(page->link);

	do {
		if (!annex_link_is_large(link, ANNEX_HEAP_LARGE) ||
		    size > room_of(link))
			return;
	} while (!try_cmpxchg(&page->link, &link,
			      annex_link_with(link, ANNEX_LINK_OWN,
					      large_value(size))));
}

static void *alloc_large(struct annex_heap *heap, size_t size, gfp_t gfp)
{
	unsigned int order = get_order(size);
	struct annex_page *page;

	gfp &= ANNEX_GFP_OWN_MASK | __GFP_ZERO | __GFP_DMA | __GFP_RECLAIMABLE;
	if (annex_block_alloc(heap->frames, gfp | __GFP_COMP, order, &page))
		return NULL;
	if (annex_page_make_own(page, large_value(size),
				ANNEX_HEAP_OTHER_FLAGS)) {
		annex_disown(heap->frames, page);
		return NULL;
	}
	annex_mod_node_count(&heap->frames->counters,
			     ANNEX_NR_SLAB_UNRECLAIMABLE, 1L << order);
	return annex_heap_addr(heap, page - heap->mem_map);
}

/* Zero the bytes beyond the requested size. Returns @addr, perhaps NULL. */
static void *clear_rest(void *addr, size_t size, size_t room)
{
	if (likely(addr))
		memset(addr + size, 0, room - size);
	return addr;
}

/* Allocate an object that may be larger than the requested size. */
static void *alloc_part(struct annex_heap *heap, size_t size, gfp_t gfp)
{
	struct annex_kmem_cache *cache = annex_kmalloc_cache(heap, size, gfp);

	return clear_rest(annex_cache_alloc(heap, cache, gfp), size,
			  cache->size);
}

/**
 * annex_kmalloc_slow() - allocate a size that may not fill an object
 * @heap: the heap of the pool
 * @size: any size
 * @gfp: the request's flags
 *
 * Context: as @gfp, not NMI.
 * Return: ZERO_SIZE_PTR for a size of 0; an object; a block of frames; or NULL.
 */
void *annex_kmalloc_slow(struct annex_heap *heap, size_t size, gfp_t gfp)
{
	if (likely(size - 1 < ANNEX_KMALLOC_MAX_SLAB))
		return alloc_part(heap, size, gfp);
	if (!size)
		return ZERO_SIZE_PTR;
	if (unlikely(!heap->ready || in_nmi())) {
		annex_heap_refuse_alloc(heap, NULL);
		return NULL;
	}
	if (likely(size <= PAGE_SIZE << (ANNEX_MAX_ORDER - 1)))
		return alloc_large(heap, size, gfp);
	if (!(gfp & __GFP_NOWARN))
		annex_refuse_call(heap->frames, ANNEX_BAD_HEAP, -E2BIG,
				  "kmalloc", "the largest block has 4 MB");
	return NULL;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_kmalloc_slow);

/**
 * annex_large_page() - the block of a large object
 * @heap: the heap of the pool
 * @addr: anything
 *
 * Context: any.
 * Return: the block; NULL if no large object that is in use begins at @addr.
 */
struct annex_page *annex_large_page(struct annex_heap *heap, const void *addr)
{
	unsigned long off = (unsigned long)addr - (unsigned long)heap->lowmem;
	struct annex_page *page;

	if (off >> PAGE_SHIFT >= heap->lowmem_pages || offset_in_page(off))
		return NULL;
	page = heap->mem_map + (off >> PAGE_SHIFT);
	return annex_heap_is_large(page) ? page : NULL;
}

/**
 * annex_large_mark() - change the kind of a large object
 * @page: its block
 * @from: the expected kind
 * @to: the new kind
 *
 * Context: any.
 * Return: false, with nothing changed, if it was not of kind @from.
 */
bool annex_large_mark(struct annex_page *page, u32 from, u32 to)
{
	u32 link = READ_ONCE(page->link);

	do {
		if (!annex_link_is_large(link, from))
			return false;
	} while (!try_cmpxchg(&page->link, &link, link - from + to));
	return true;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_large_mark);

/**
 * annex_large_free() - free a large object
 * @heap: the heap of the pool
 * @page: its block
 * @from: the kind that it should be of
 *
 * Context: any but NMI.
 * Return: false if it was of another, and nothing is changed.
 */
bool annex_large_free(struct annex_heap *heap, struct annex_page *page,
		      u32 from)
{
	unsigned int order;

	if (!annex_large_mark(page, from, ANNEX_HEAP_GONE))
		return false;
	order = annex_page_order(page);
	annex_page_unmake_own(page, ANNEX_HEAP_OTHER_FLAGS);
	annex_mod_node_count(&heap->frames->counters,
			     ANNEX_NR_SLAB_UNRECLAIMABLE, -(1L << order));
	annex_block_free(heap->frames, page, order);
	return true;
}

/**
 * annex_kfree_slow() - the slow path of annex_kfree()
 * @heap: the heap of the pool
 * @addr: as for annex_kfree()
 *
 * Context: as annex_kfree().
 * Return: as annex_kfree().
 */
int annex_kfree_slow(struct annex_heap *heap, const void *addr)
{
	struct annex_page *page;

	if (ZERO_OR_NULL_PTR(addr))
		return 0;
	page = in_nmi() ? NULL : annex_large_page(heap, addr);
	if (page && annex_large_free(heap, page, ANNEX_HEAP_LARGE))
		return 0;
	return annex_heap_refuse(heap, "kfree", true, NULL, addr);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_kfree_slow);

/*
 * The size of an object; 0 if it is no object in use. @block is set to the
 * block of a large object, and to NULL for any other.
 */
static size_t size_of(struct annex_heap *heap, const void *addr,
		      struct annex_page **block)
{
	struct annex_slab *slab = annex_heap_slab(heap, addr);
	u32 idx;

	*block = slab ? NULL : annex_large_page(heap, addr);
	if (*block)
		return room_of(READ_ONCE((*block)->link));
	if (!slab)
		return 0;
	idx = annex_slab_index(slab, addr);
	return idx < slab->objects && test_bit(idx, slab->busy) ?
		       slab->cache->size : 0;
}

/**
 * annex_heap_size() - the size of an object
 * @heap: the heap of the pool
 * @addr: anything
 *
 * Context: any.
 * Return: bytes; 0, without a line in the log, if it is no object in use.
 */
size_t annex_heap_size(struct annex_heap *heap, const void *addr)
{
	struct annex_page *block;

	return size_of(heap, addr, &block);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_heap_size);

/* size_of(), with a report if it is 0. */
static size_t must_size(struct annex_heap *heap, const void *addr,
			struct annex_page **block)
{
	size_t size = size_of(heap, addr, block);

	if (!size)
		annex_heap_refuse(heap, "ksize", true, NULL, addr);
	return size;
}

/*
 * annex_ksize() in a pool. From now on, the user may use all of the object, as
 * if it had requested that size.
 */
size_t __annex_ksize(struct annex_heap *heap, const void *addr)
{
	struct annex_page *block;
	size_t size;

	if (ZERO_OR_NULL_PTR(addr))
		return 0;
	size = must_size(heap, addr, &block);
	if (size && block)
		set_asked(block, size);
	return size;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_ksize);

/* Give an object that stays in place a new requested size. */
static void *resize(void *addr, struct annex_page *block, size_t had,
		    size_t size, gfp_t gfp)
{
	if (!block)
		return clear_rest(addr, size, had);
	if (gfp & __GFP_ZERO && size > asked(block))
		memset(addr + asked(block), 0, size - asked(block));
	set_asked(block, size);
	return addr;
}

static void *move(struct annex_heap *heap, const void *addr, size_t keep,
		  size_t size, gfp_t gfp)
{
	void *new = __annex_kmalloc(heap, size, gfp);

	if (new) {
		memcpy(new, addr, keep);
		__annex_kfree(heap, addr);
	}
	return new;
}

/* annex_krealloc() in a pool. */
void *__annex_krealloc(struct annex_heap *heap, const void *addr, size_t size,
		       gfp_t gfp)
{
	struct annex_page *block;
	size_t had;

	if (ZERO_OR_NULL_PTR(addr))
		return __annex_kmalloc(heap, size, gfp);
	had = must_size(heap, addr, &block);
	if (!had)
		return NULL;
	if (!size) {
		__annex_kfree(heap, addr);
		return ZERO_SIZE_PTR;
	}
	if (had >= size)
		return resize((void *)addr, block, had, size, gfp);
	return move(heap, addr, block ? asked(block) : had, size, gfp);
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_krealloc);
