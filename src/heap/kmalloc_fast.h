/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HEAP_KMALLOC_FAST_H
#define ANNEX_HEAP_KMALLOC_FAST_H

/*
 * The fast path of the heap: allocate an object that is cached on this CPU, and
 * free an object into that cache. The functions are inline, so that a constant
 * pool is a constant in them. cache.c and kmalloc.c handle all other cases: an
 * empty or full list, a watched cache, an address that is no object in use.
 */
#include <linux/bitops.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/sched/mm.h>

#include "base/fail.h"
#include "heap/cache.h"
#include "heap/desc.h"
#include "heap/kmalloc.h"
#include "heap/misuse.h"
#include "heap/slab.h"
#include "page/page_alloc.h"
#include "pool/annex.h"

/**
 * annex_cache_pop() - allocate an object that is cached on this CPU
 * @cache: the cache
 * @slowly: called from the slow path, which has done the fault injection
 *
 * Context: any; from NMI it does nothing.
 * Return: the object, now in use, or NULL: take the slow path.
 */
static __always_inline void *annex_cache_pop(struct annex_kmem_cache *cache,
					     bool slowly)
{
	struct annex_cache_cpu *cpu;
	void *addr = NULL;
	unsigned long flags;

	if (unlikely(in_nmi()))
		return NULL;
	local_irq_save(flags);
	cpu = this_cpu_ptr(cache->cpu);
	if (likely(cpu->count) &&
	    (slowly || !static_branch_unlikely(&annex_fail_key))) {
		const struct annex_object *object = &cpu->slot[--cpu->count];

		addr = object->addr;
		set_bit(object->idx, object->slab->busy);
	}
	local_irq_restore(flags);
	return addr;
}

/* annex_kmem_cache_alloc() in a pool. */
static __always_inline void *annex_cache_alloc(struct annex *annex,
					       struct annex_kmem_cache *cache,
					       gfp_t gfp)
{
	void *addr = NULL;

	annex_might_wait(gfp);
	if (likely(annex_cache_live(cache)))
		addr = annex_cache_pop(cache, false);
	if (unlikely(!addr || gfp & __GFP_ZERO))
		return annex_cache_alloc_rest(annex, cache, gfp, addr);
	return addr;
}

/**
 * annex_heap_slab() - the slab that contains an address
 * @annex: the pool
 * @addr: anything
 *
 * Context: any. Stable while the caller has an object of it.
 * Return: the slab, or NULL.
 */
static __always_inline struct annex_slab *
annex_heap_slab(struct annex *annex, const void *addr)
{
	unsigned long off = (unsigned long)addr - (unsigned long)annex->lowmem;
	unsigned long pfn = off >> PAGE_SHIFT;
	const struct annex_page *page;
	u32 nr;

	if (unlikely(pfn >= annex->lowmem_pages))
		return NULL;
	page = annex->mem_map + pfn;
	if (unlikely(!annex_heap_is(page, ANNEX_HEAP_SLAB)))
		return annex_slab_around(annex, pfn);
	nr = annex_heap_value(page);
	return likely(nr < annex->heap.nr_numbers) ? annex_slab_at(annex, nr) :
						     NULL;
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

/* annex_cache_push() with interrupts off. */
static __always_inline bool annex_cache_push_irqs_off(struct annex_slab *slab,
						      void *addr, u32 idx)
{
	struct annex_cache_cpu *cpu = this_cpu_ptr(slab->cache->cpu);
	struct annex_object *object;

	if (unlikely(cpu->count >= cpu->high))
		return false;
	object = &cpu->slot[cpu->count++];
	object->addr = addr;
	object->slab = slab;
	object->idx = idx;
	return true;
}

/**
 * annex_cache_push() - put an object into this CPU's cache
 * @slab: its slab
 * @addr: the object, which is not in use
 * @idx: its index in the slab
 *
 * Context: any but NMI.
 * Return: false if there is no room: take the slow path.
 */
static __always_inline bool annex_cache_push(struct annex_slab *slab,
					     void *addr, u32 idx)
{
	unsigned long flags;
	bool room;

	local_irq_save(flags);
	room = annex_cache_push_irqs_off(slab, addr, idx);
	local_irq_restore(flags);
	return room;
}

/**
 * annex_heap_take_back() - clear the busy bit of an object that is freed
 * @annex: the pool
 * @any: the object may be of any cache
 * @cache: if not @any, the cache that it must be of
 * @addr: anything
 * @idx: set to its index in the slab
 *
 * Context: any but NMI.
 * Return: its slab, of which it is still out; NULL, with nothing changed, if
 * @addr is no object in use.
 */
static __always_inline struct annex_slab *
annex_heap_take_back(struct annex *annex, bool any,
		     const struct annex_kmem_cache *cache, const void *addr,
		     u32 *idx)
{
	struct annex_slab *slab = annex_heap_slab(annex, addr);

	if (unlikely(!slab || (!any && slab->cache != cache)))
		return NULL;
	*idx = annex_slab_index(slab, addr);
	if (unlikely(*idx >= READ_ONCE(slab->objects) ||
		     !test_and_clear_bit(*idx, slab->busy)))
		return NULL;
	return slab;
}

/**
 * annex_heap_free_small() - free an object on the fast path
 * @annex: the pool
 * @any: the object may be of any cache
 * @cache: if not @any, the cache that it must be of
 * @addr: anything
 *
 * Context: any; from NMI it does nothing.
 * Return: true if the object was freed; false if nothing was changed.
 */
static __always_inline bool
annex_heap_free_small(struct annex *annex, bool any,
		      const struct annex_kmem_cache *cache, const void *addr)
{
	struct annex_slab *slab;
	u32 idx;

	if (unlikely(in_nmi()))
		return false;
	slab = annex_heap_take_back(annex, any, cache, addr, &idx);
	if (unlikely(!slab))
		return false;
	if (unlikely(!annex_cache_push(slab, (void *)addr, idx)))
		annex_cache_put_slowly(slab, idx);
	return true;
}

/**
 * annex_kmalloc_cache() - the cache that serves a size
 * @annex: the pool
 * @size: bytes, from 1 to ANNEX_KMALLOC_MAX_SLAB
 * @gfp: the request's flags
 */
static __always_inline struct annex_kmem_cache *
annex_kmalloc_cache(struct annex *annex, size_t size, gfp_t gfp)
{
	enum annex_kmalloc_type type = ANNEX_KMALLOC_NORMAL;

	if (unlikely(gfp & (__GFP_DMA | __GFP_RECLAIMABLE)))
		type = gfp & __GFP_DMA ? ANNEX_KMALLOC_DMA :
					 ANNEX_KMALLOC_RECLAIM;
	return &annex->heap.kmalloc[type][annex_kmalloc_class(size)];
}

/* annex_kmalloc() in a pool. */
static __always_inline void *annex_pool_kmalloc(struct annex *annex,
						size_t size, gfp_t gfp)
{
	/* Only powers of two fill an object. A size of 0 wraps and fails. */
	if (unlikely(size - ANNEX_KMALLOC_MIN >
			     ANNEX_KMALLOC_MAX_SLAB - ANNEX_KMALLOC_MIN ||
		     size & (size - 1)))
		return annex_kmalloc_other(annex, size, gfp);
	return annex_cache_alloc(annex, annex_kmalloc_cache(annex, size, gfp),
				 gfp);
}

/* annex_kfree() in a pool. */
static __always_inline int annex_pool_kfree(struct annex *annex,
					    const void *addr)
{
	if (likely(annex_heap_free_small(annex, true, NULL, addr)))
		return 0;
	return annex_kfree_slowly(annex, addr);
}

/* annex_kmem_cache_free() in a pool. */
static __always_inline int annex_cache_free(struct annex *annex,
					    struct annex_kmem_cache *cache,
					    void *addr)
{
	if (likely(annex_heap_free_small(annex, false, cache, addr)))
		return 0;
	return annex_heap_refuse(annex, "kmem_cache_free", false, cache, addr);
}

#endif /* ANNEX_HEAP_KMALLOC_FAST_H */
