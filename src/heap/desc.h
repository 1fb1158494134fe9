/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HEAP_DESC_H
#define ANNEX_HEAP_DESC_H

#include "heap/slab_types.h"
#include "page/frames.h"

struct annex_slab *annex_desc_take_locked(struct annex_heap *heap,
					  struct annex_page **fresh);
struct annex_page *annex_desc_give_locked(struct annex_heap *heap,
					  struct annex_slab *slab);
struct annex_slab *annex_slab_around(struct annex_heap *heap, annex_pfn_t pfn);
bool annex_desc_in_use(const struct annex_heap *heap, u32 nr);

/* The address of a frame of lowmem. */
static inline void *annex_heap_addr(const struct annex_heap *heap,
				    annex_pfn_t pfn)
{
	return heap->lowmem + ((size_t)pfn << PAGE_SHIFT);
}

/* Is it an address of lowmem, as all addresses of the heap are? */
static inline bool annex_heap_has_addr(const struct annex_heap *heap,
				       const void *addr)
{
	unsigned long off = (unsigned long)addr - (unsigned long)heap->lowmem;

	return off >> PAGE_SHIFT < heap->lowmem_pages;
}

/* The slab with a number, and the number of a slab. */
static inline struct annex_slab *annex_slab_at(const struct annex_heap *heap,
					       u32 nr)
{
	return heap->lowmem + ((size_t)nr << ANNEX_SLAB_SHIFT);
}

static inline u32 annex_slab_nr(const struct annex_heap *heap,
				const struct annex_slab *slab)
{
	return ((void *)slab - heap->lowmem) >> ANNEX_SLAB_SHIFT;
}

/* The private value of a block of the heap. */
static inline u32 annex_heap_value(const struct annex_page *page)
{
	return READ_ONCE(page->link) & ANNEX_PFN_MASK;
}

/* Is a block of this kind, ANNEX_HEAP_SLAB or ANNEX_HEAP_OTHER? */
static inline bool annex_heap_is(const struct annex_page *page, u32 kind)
{
	return (atomic_read(&page->state) & ANNEX_HEAP_MASK) == kind;
}

/* Does a link word say LARGE, WAITS or GONE? */
static inline bool annex_link_is_large(u32 link, u32 kind)
{
	return (link & (ANNEX_LINK_KIND_MASK | ANNEX_HEAP_KIND)) ==
	       (ANNEX_LINK_OWN | kind);
}

/* Is it a large object in use? */
static inline bool annex_heap_is_large(const struct annex_page *page)
{
	return annex_heap_is(page, ANNEX_HEAP_OTHER) &&
	       annex_link_is_large(READ_ONCE(page->link), ANNEX_HEAP_LARGE);
}

/**
 * annex_heap_slab() - the slab that contains an address
 * @heap: the heap of the pool
 * @addr: anything
 *
 * Context: any. Stable while the caller has an object of it.
 * Return: the slab, or NULL.
 */
static __always_inline struct annex_slab *
annex_heap_slab(struct annex_heap *heap, const void *addr)
{
	unsigned long off = (unsigned long)addr - (unsigned long)heap->lowmem;
	unsigned long pfn = off >> PAGE_SHIFT;
	const struct annex_page *page;
	u32 nr;

	if (unlikely(pfn >= heap->lowmem_pages))
		return NULL;
	page = heap->mem_map + pfn;
	if (unlikely(!annex_heap_is(page, ANNEX_HEAP_SLAB)))
		return annex_slab_around(heap, pfn);
	nr = annex_heap_value(page);
	return likely(nr < heap->nr_numbers) ? annex_slab_at(heap, nr) : NULL;
}

/**
 * annex_slab_index() - the index of the object that begins at an address
 * @slab: the slab
 * @addr: an address in it
 *
 * Context: any.
 * Return: its index; if no object begins at @addr, one that is not below
 * slab->objects.
 */
static __always_inline u32 annex_slab_index(const struct annex_slab *slab,
					    const void *addr)
{
	u32 off = (unsigned long)addr - (unsigned long)slab->base;
	u32 idx = (u64)off * slab->cache->recip >> 32;

	return likely(idx * slab->cache->stride == off) ? idx : ~0U;
}

#endif /* ANNEX_HEAP_DESC_H */
