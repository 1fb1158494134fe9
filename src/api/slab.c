// SPDX-License-Identifier: GPL-2.0-only
/*
 * The public functions of the heap: see include/annex/slab.h. Invalid arguments
 * are refused and reported; none is fatal.
 */
#include <linux/err.h>
#include <linux/export.h>

#include <annex/slab.h>

#include "api/tests.h"
#include "heap/bulk.h"
#include "heap/cache.h"
#include "heap/heap.h"
#include "heap/kmalloc.h"
#include "heap/kmalloc_fast.h"
#include "heap/kvmalloc.h"
#include "heap/rcu.h"
#include "heap/slab_debug.h"
#include "page/report.h"
#include "pool/pool.h"

#define CALLER	__builtin_return_address(0)

/**
 * annex_kmem_cache_create() - make a cache of objects of one size
 * @name: its name in slabinfo, copied: up to 31 characters of printable ASCII
 *	without blanks and colons, not starting with #; no other cache has it
 * @size: bytes of an object, up to 4 MB
 * @align: alignment of the objects, up to a page; rounded up to a power of two;
 *	or 0
 * @flags: SLAB_HWCACHE_ALIGN, SLAB_RECLAIM_ACCOUNT, SLAB_CACHE_DMA,
 *	SLAB_RED_ZONE, SLAB_POISON, SLAB_STORE_USER. SLAB_ACCOUNT,
 *	SLAB_CONSISTENCY_CHECKS, SLAB_NOLEAKTRACE and any flag that spreads
 *	slabs over NUMA nodes are ignored
 * @ctor: called once for each object, when its slab is made; or NULL
 *
 * Context: process, may sleep.
 * Return: the cache. NULL, with a line in the log, if there is no memory, in
 * atomic context, and for invalid arguments, which include SLAB_PANIC and
 * SLAB_TYPESAFE_BY_RCU.
 */
struct annex_kmem_cache *
annex_kmem_cache_create(const char *name, unsigned int size,
			unsigned int align, slab_flags_t flags,
			void (*ctor)(void *object))
{
	struct annex_kmem_cache *cache;

	cache = annex_cache_create(&annex_pool.heap, name, size, align, flags,
				   ctor);
	return IS_ERR(cache) ? NULL : cache;
}
EXPORT_SYMBOL_GPL(annex_kmem_cache_create);

/**
 * annex_kmem_cache_destroy() - destroy a cache
 * @cache: the cache, or NULL; it is not used for allocation any more
 *
 * Context: process, may sleep; not in a CPU hotplug callback.
 * Return: 0. With a line in the log and nothing changed: -EBUSY if objects of
 * it are in use; -EINVAL if it is no cache, or in atomic context.
 */
int annex_kmem_cache_destroy(struct annex_kmem_cache *cache)
{
	return annex_cache_destroy(&annex_pool.heap, cache);
}
EXPORT_SYMBOL_GPL(annex_kmem_cache_destroy);

/**
 * annex_kmem_cache_shrink() - return a cache's unused slabs to the pool
 * @cache: the cache
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL, with a line in the log, if it is no cache, or in atomic
 * context.
 */
int annex_kmem_cache_shrink(struct annex_kmem_cache *cache)
{
	return annex_cache_shrink(&annex_pool.heap, cache);
}
EXPORT_SYMBOL_GPL(annex_kmem_cache_shrink);

/**
 * annex_drop_slab() - return the heap's unused slabs to the pool
 *
 * As annex_kmem_cache_shrink() of each cache, those of annex_kmalloc()
 * included.
 *
 * Context: process, may sleep. In atomic context the call only logs a line.
 */
void annex_drop_slab(void)
{
	if (annex_refused_atomic(&annex_pool.frames, ANNEX_BAD_HEAP,
				 "drop_slab"))
		return;
	annex_heap_shrink(&annex_pool.heap);
}
EXPORT_SYMBOL_GPL(annex_drop_slab);

/**
 * annex_kmem_cache_size() - bytes of a cache's objects
 * @cache: the cache
 *
 * Context: any.
 */
unsigned int annex_kmem_cache_size(const struct annex_kmem_cache *cache)
{
	return annex_cache_live(cache) ? cache->size : 0;
}
EXPORT_SYMBOL_GPL(annex_kmem_cache_size);

/**
 * annex_kmem_cache_alloc() - allocate an object
 * @cache: the cache
 * @gfp: urgency; with __GFP_ZERO, the object is zeroed. Zone flags are ignored:
 *	the flags of the cache select the zone
 *
 * Context: process, softirq, hardirq; not NMI. It may sleep if @gfp has
 * __GFP_DIRECT_RECLAIM.
 * Return: the object; NULL if there is no memory; NULL, with a line in the log,
 * if @cache is no cache, or if it has a constructor and @gfp has __GFP_ZERO.
 */
void *annex_kmem_cache_alloc(struct annex_kmem_cache *cache, gfp_t gfp)
{
	return annex_cache_alloc(&annex_pool.heap, cache, gfp);
}
EXPORT_SYMBOL_GPL(annex_kmem_cache_alloc);

/**
 * annex_kmem_cache_free() - free an object
 * @cache: the cache that it belongs to
 * @object: the object
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0, or as annex_kfree(); -EXDEV, with a line in the log and nothing
 * changed, if it is an object of another cache.
 */
int annex_kmem_cache_free(struct annex_kmem_cache *cache, void *object)
{
	return annex_cache_free(&annex_pool.heap, cache, object);
}
EXPORT_SYMBOL_GPL(annex_kmem_cache_free);

/**
 * annex_kmem_cache_alloc_bulk() - allocate many objects
 * @cache: the cache
 * @gfp: as for annex_kmem_cache_alloc()
 * @nr: number of objects
 * @objects: set to the new objects
 *
 * Context: as annex_kmem_cache_alloc().
 * Return: @nr; or 0, and no object is allocated: if there is no memory for all
 * of them, or, with a line in the log, if the call is invalid, as for
 * annex_kmem_cache_alloc().
 */
int annex_kmem_cache_alloc_bulk(struct annex_kmem_cache *cache, gfp_t gfp,
				size_t nr, void **objects)
{
	return annex_cache_alloc_bulk(&annex_pool.heap, cache, gfp, nr,
				      objects);
}
EXPORT_SYMBOL_GPL(annex_kmem_cache_alloc_bulk);

/**
 * annex_kmem_cache_free_bulk() - free many objects
 * @cache: the cache that they belong to; or NULL, if each may be of any cache
 *	or of annex_kmalloc()
 * @nr: number of objects
 * @objects: the objects
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0; as annex_kmem_cache_free() for the first object that is refused.
 * The others are freed.
 */
int annex_kmem_cache_free_bulk(struct annex_kmem_cache *cache, size_t nr,
			       void **objects)
{
	return annex_cache_free_bulk(&annex_pool.heap, cache, nr, objects);
}
EXPORT_SYMBOL_GPL(annex_kmem_cache_free_bulk);

/**
 * annex_kmalloc() - allocate memory
 * @size: bytes, up to 4 MB
 * @gfp: urgency; with __GFP_ZERO, the memory is zeroed; __GFP_DMA and
 *	__GFP_RECLAIMABLE as in Linux
 *
 * __GFP_NOFAIL with more than 32 kB is refused: see annex_alloc_block().
 *
 * Context: process, softirq, hardirq; not NMI. It may sleep if @gfp has
 * __GFP_DIRECT_RECLAIM.
 * Return: its address; ZERO_SIZE_PTR for a size of 0; NULL if there is no
 * memory.
 */
void *annex_kmalloc(size_t size, gfp_t gfp)
{
	return __annex_kmalloc(&annex_pool.heap, size, gfp);
}
EXPORT_SYMBOL_GPL(annex_kmalloc);

/**
 * annex_krealloc() - change the size of an object
 * @object: from annex_kmalloc(); or NULL or ZERO_SIZE_PTR
 * @size: bytes; 0 frees it
 * @gfp: as for annex_kmalloc()
 *
 * With __GFP_ZERO, all bytes beyond the old size are zeroed, whether the object
 * moves or not.
 *
 * Context: as annex_kmalloc().
 * Return: the address, old or new, with the old contents up to the smaller
 * size; ZERO_SIZE_PTR for a size of 0; NULL, with @object unchanged, if there
 * is no memory or, with a line in the log, if the call is invalid.
 */
void *annex_krealloc(const void *object, size_t size, gfp_t gfp)
{
	return __annex_krealloc(&annex_pool.heap, object, size, gfp);
}
EXPORT_SYMBOL_GPL(annex_krealloc);

/**
 * annex_kfree() - free memory
 * @object: from annex_kmalloc(), or an object of any cache; or NULL or
 *	ZERO_SIZE_PTR
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0. With a line in the log and nothing changed: -EFAULT if it is not
 * an address in lowmem; -EPERM if the frame there is not the heap's; -EALREADY
 * if the object, or its frame, is free; -EINVAL if it lies inside an object or
 * between two. From NMI, -EINVAL.
 */
int annex_kfree(const void *object)
{
	return __annex_kfree(&annex_pool.heap, object);
}
EXPORT_SYMBOL_GPL(annex_kfree);

/**
 * annex_ksize() - usable bytes of an object
 * @object: as for annex_kfree()
 *
 * Context: any.
 * Return: number of bytes that may be used; 0 for NULL and ZERO_SIZE_PTR; 0,
 * with a line in the log, if there is no object in use.
 */
size_t annex_ksize(const void *object)
{
	return __annex_ksize(&annex_pool.heap, object);
}
EXPORT_SYMBOL_GPL(annex_ksize);

/**
 * annex_kvmalloc() - allocate memory, contiguous in physical memory if possible
 * @size: bytes
 * @gfp: urgency; with __GFP_ZERO, the memory is zeroed
 *
 * A request for more than a page falls back to single frames, without a
 * warning, if lowmem has no contiguous ones and @gfp has __GFP_DIRECT_RECLAIM.
 *
 * Context: as annex_kmalloc(). It sleeps only if @gfp has __GFP_DIRECT_RECLAIM.
 * Return: its address, of annex_kmalloc()'s or annex_vmalloc()'s kind;
 * ZERO_SIZE_PTR for a size of 0; NULL if there is no memory of either kind.
 */
void *annex_kvmalloc(size_t size, gfp_t gfp)
{
	return __annex_kvmalloc(&annex_pool.heap, size, gfp, CALLER);
}
EXPORT_SYMBOL_GPL(annex_kvmalloc);

/**
 * annex_kvfree() - free memory of either kind
 * @addr: from annex_kvmalloc(), annex_kmalloc(), annex_vmalloc(), or an object
 *	of any cache; or NULL or ZERO_SIZE_PTR
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0, or as annex_kfree() or annex_vfree(), depending on @addr.
 */
int annex_kvfree(const void *addr)
{
	return __annex_kvfree(&annex_pool.heap, addr);
}
EXPORT_SYMBOL_GPL(annex_kvfree);

/**
 * annex_kvrealloc() - enlarge memory of either kind
 * @addr: as for annex_kvfree()
 * @old: bytes of it to keep
 * @size: new size in bytes
 * @gfp: as for annex_kvmalloc()
 *
 * Context: as annex_kvmalloc().
 * Return: @addr if @size is not more than @old. Otherwise new memory with a
 * copy of the first @old bytes, and @addr is freed. NULL, with @addr unchanged,
 * if there is no memory or, with a line in the log, if @addr is not in use or
 * has fewer than @old bytes.
 */
void *annex_kvrealloc(const void *addr, size_t old, size_t size, gfp_t gfp)
{
	return __annex_kvrealloc(&annex_pool.heap, addr, old, size, gfp,
				 CALLER);
}
EXPORT_SYMBOL_GPL(annex_kvrealloc);

static void rcu_done(struct rcu_head *head)
{
	annex_rcu_done(&annex_pool.heap, head);
}

/**
 * annex_kvfree_call_rcu() - free memory after a grace period
 * @head: lies in the memory; annex uses it from now on
 * @addr: as for annex_kvfree(), but neither NULL nor ZERO_SIZE_PTR
 *
 * Use annex_kvfree_rcu() or annex_kfree_rcu() instead: they compute @head from
 * the name of the member.
 *
 * The caller does not own the memory any more: freeing it again is refused.
 * When the last module that uses annex is unloaded, annex waits for pending
 * frees before it looks for leaks; annex_kmem_cache_destroy() waits as well.
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0. With a line in the log and nothing changed: as annex_kvfree() if
 * the memory is not in use; -ERANGE, or -EINVAL in an area of annex_vmalloc(),
 * if @head does not lie in it; -EINVAL if @head is not aligned to a pointer, or
 * from NMI.
 */
int annex_kvfree_call_rcu(struct rcu_head *head, const void *addr)
{
	return __annex_kvfree_rcu(&annex_pool.heap, addr, head, rcu_done);
}
EXPORT_SYMBOL_GPL(annex_kvfree_call_rcu);

/**
 * annex_kvfree_rcu_mightsleep() - wait for a grace period, then free memory
 * @addr: as for annex_kvfree()
 *
 * Context: process, may sleep: for a grace period of RCU.
 * Return: as annex_kvfree(); -EINVAL, with a line in the log and nothing
 * changed, in atomic context.
 */
int annex_kvfree_rcu_mightsleep(const void *addr)
{
	return annex_kvfree_mightsleep(&annex_pool.heap, addr);
}
EXPORT_SYMBOL_GPL(annex_kvfree_rcu_mightsleep);
