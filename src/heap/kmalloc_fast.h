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
#include "heap/desc.h"
#include "heap/misuse.h"
#include "heap/slab.h"
#include "page/frames.h"
#include "page/page_alloc.h"

/* The slow paths, in cache.c and kmalloc.c. */
void *annex_cache_alloc_slow(struct annex_heap *heap,
			     struct annex_kmem_cache *cache, gfp_t gfp,
			     void *addr);
void annex_cache_put_slow(struct annex_slab *slab, u32 idx);
void *annex_kmalloc_slow(struct annex_heap *heap, size_t size, gfp_t gfp);
int annex_kfree_slow(struct annex_heap *heap, const void *addr);

/* The classes of sizes up to 192, in steps of 8: see annex_kmalloc_class(). */
#define ANNEX_KMALLOC_FINE	192U
extern const u8 annex_kmalloc_fine[ANNEX_KMALLOC_FINE / 8];

/* The class of 256 bytes; from there on, the sizes double. */
#define ANNEX_KMALLOC_CLASS_256	7

/**
 * annex_kmalloc_class() - which cache serves a size
 * @size: from 1 to ANNEX_KMALLOC_MAX_SLAB
 *
 * Context: any; a function of its argument.
 * Return: an index in the order of the sizes.
 */
static __always_inline unsigned int annex_kmalloc_class(size_t size)
{
	if (size <= ANNEX_KMALLOC_FINE)
		return annex_kmalloc_fine[(size - 1) / 8];
	/* For 193 to 256, the highest bit of size - 1 is bit 7. */
	return ANNEX_KMALLOC_CLASS_256 + __fls(size - 1) - 7;
}

/* Is this a cache that may be used, and not a destroyed one? */
static inline bool annex_cache_live(const struct annex_kmem_cache *cache)
{
	return cache && READ_ONCE(cache->magic) == ANNEX_CACHE_LIVE;
}

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
		const struct annex_object *object = &cpu->entry[--cpu->count];

		addr = object->addr;
		set_bit(object->idx, object->slab->busy);
	}
	local_irq_restore(flags);
	return addr;
}

/* annex_kmem_cache_alloc() in a pool. */
static __always_inline void *annex_cache_alloc(struct annex_heap *heap,
					       struct annex_kmem_cache *cache,
					       gfp_t gfp)
{
	void *addr = NULL;

	annex_might_wait(gfp);
	if (likely(annex_cache_live(cache)))
		addr = annex_cache_pop(cache, false);
	if (unlikely(!addr || gfp & __GFP_ZERO))
		return annex_cache_alloc_slow(heap, cache, gfp, addr);
	return addr;
}

/* annex_cache_push() with interrupts off. */
static __always_inline bool annex_cache_push_irqs_off(struct annex_slab *slab,
						      void *addr, u32 idx)
{
	struct annex_cache_cpu *cpu = this_cpu_ptr(slab->cache->cpu);
	struct annex_object *object;

	if (unlikely(cpu->count >= cpu->high))
		return false;
	object = &cpu->entry[cpu->count++];
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
 * @heap: the heap of the pool
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
annex_heap_take_back(struct annex_heap *heap, bool any,
		     const struct annex_kmem_cache *cache, const void *addr,
		     u32 *idx)
{
	struct annex_slab *slab = annex_heap_slab(heap, addr);

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
 * @heap: the heap of the pool
 * @any: the object may be of any cache
 * @cache: if not @any, the cache that it must be of
 * @addr: anything
 *
 * Context: any; from NMI it does nothing.
 * Return: true if the object was freed; false if nothing was changed.
 */
static __always_inline bool
annex_heap_free_small(struct annex_heap *heap, bool any,
		      const struct annex_kmem_cache *cache, const void *addr)
{
	struct annex_slab *slab;
	u32 idx;

	if (unlikely(in_nmi()))
		return false;
	slab = annex_heap_take_back(heap, any, cache, addr, &idx);
	if (unlikely(!slab))
		return false;
	if (unlikely(!annex_cache_push(slab, (void *)addr, idx)))
		annex_cache_put_slow(slab, idx);
	return true;
}

/**
 * annex_kmalloc_cache() - the cache that serves a size
 * @heap: the heap of the pool
 * @size: bytes, from 1 to ANNEX_KMALLOC_MAX_SLAB
 * @gfp: the request's flags
 */
static __always_inline struct annex_kmem_cache *
annex_kmalloc_cache(struct annex_heap *heap, size_t size, gfp_t gfp)
{
	enum annex_kmalloc_type type = ANNEX_KMALLOC_NORMAL;

	if (unlikely(gfp & (__GFP_DMA | __GFP_RECLAIMABLE)))
		type = gfp & __GFP_DMA ? ANNEX_KMALLOC_DMA :
					 ANNEX_KMALLOC_RECLAIM;
	return &heap->kmalloc[type][annex_kmalloc_class(size)];
}

/* annex_kmalloc() in a pool. */
static __always_inline void *__annex_kmalloc(struct annex_heap *heap,
					     size_t size, gfp_t gfp)
{
	/* Only powers of two fill an object. A size of 0 wraps and fails. */
	if (unlikely(size - ANNEX_KMALLOC_MIN >
			     ANNEX_KMALLOC_MAX_SLAB - ANNEX_KMALLOC_MIN ||
		     size & (size - 1)))
		return annex_kmalloc_slow(heap, size, gfp);
	return annex_cache_alloc(heap, annex_kmalloc_cache(heap, size, gfp),
				 gfp);
}

/* annex_kfree() in a pool. */
static __always_inline int __annex_kfree(struct annex_heap *heap,
					 const void *addr)
{
	if (likely(annex_heap_free_small(heap, true, NULL, addr)))
		return 0;
	return annex_kfree_slow(heap, addr);
}

/* annex_kmem_cache_free() in a pool. */
static __always_inline int annex_cache_free(struct annex_heap *heap,
					    struct annex_kmem_cache *cache,
					    void *addr)
{
	if (likely(annex_heap_free_small(heap, false, cache, addr)))
		return 0;
	return annex_heap_refuse(heap, "kmem_cache_free", false, cache, addr);
}

#endif /* ANNEX_HEAP_KMALLOC_FAST_H */
