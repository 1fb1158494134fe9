// SPDX-License-Identifier: GPL-2.0-only
/*
 * The public functions of the heap: see include/annex/slab.h. What they refuse,
 * they report; nothing they are given is fatal.
 */
#include <linux/err.h>
#include <linux/export.h>

#include <annex/slab.h>

#include "annex.h"
#include "heap/bulk.h"
#include "heap/cache.h"
#include "heap/fast.h"
#include "heap/heap.h"
#include "heap/kmalloc.h"
#include "heap/kvmalloc.h"
#include "heap/rcu.h"
#include "heap/slab_debug.h"
#include "page/report.h"
#include "pool.h"

#define CALLER	__builtin_return_address(0)

/**
 * annex_kmem_cache_create() - make a cache of objects of one size
 * @name: what slabinfo calls it, copied: up to 31 characters of printable ASCII
 *	without blanks and colons, of which the first is no #; and no other cache's
 * @size: bytes of an object, up to 4 MB
 * @align: what objects are aligned to, up to a page; what is no power of two is
 *	raised to the next one; or 0
 * @flags: SLAB_HWCACHE_ALIGN, SLAB_RECLAIM_ACCOUNT, SLAB_CACHE_DMA,
 *	SLAB_RED_ZONE, SLAB_POISON, SLAB_STORE_USER; SLAB_ACCOUNT,
 *	SLAB_MEM_SPREAD, SLAB_CONSISTENCY_CHECKS and SLAB_NOLEAKTRACE change nothing
 * @ctor: called for each object when its slab is made, and never again, or NULL
 *
 * Context: process, may sleep.
 * Return: the cache. NULL, with a line in the log, without memory, in atomic
 * context and for what makes no sense, which SLAB_PANIC and SLAB_TYPESAFE_BY_RCU
 * do not here.
 */
struct annex_kmem_cache *
annex_kmem_cache_create(const char *name, unsigned int size,
			unsigned int align, slab_flags_t flags,
			void (*ctor)(void *object))
{
	struct annex_kmem_cache *cache = annex_cache_create(&annex_pool, name,
							    size, align, flags,
							    ctor);

	return IS_ERR(cache) ? NULL : cache;
}
EXPORT_SYMBOL_GPL(annex_kmem_cache_create);

/**
 * annex_kmem_cache_destroy() - unmake a cache
 * @cache: the cache, or NULL; nobody allocates from it any more
 *
 * Context: process, may sleep; not where CPUs are brought up or down.
 * Return: 0. With a line in the log and nothing changed: -EBUSY if objects of it
 * are in use; -EINVAL if it is no cache, or in atomic context.
 */
int annex_kmem_cache_destroy(struct annex_kmem_cache *cache)
{
	return annex_cache_destroy(&annex_pool, cache);
}
EXPORT_SYMBOL_GPL(annex_kmem_cache_destroy);

/**
 * annex_kmem_cache_shrink() - give what a cache does not use back to the pool
 * @cache: the cache
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL, with a line in the log, if it is no cache, or in atomic
 * context.
 */
int annex_kmem_cache_shrink(struct annex_kmem_cache *cache)
{
	return annex_cache_shrink(&annex_pool, cache);
}
EXPORT_SYMBOL_GPL(annex_kmem_cache_shrink);

/**
 * annex_drop_slab() - give what the heap does not use back to the pool
 *
 * As annex_kmem_cache_shrink() of each cache, those of annex_kmalloc() included.
 *
 * Context: process, may sleep. In atomic context it does nothing but leave a line
 * in the log.
 */
void annex_drop_slab(void)
{
	if (annex_refused_atomic(&annex_pool, ANNEX_BAD_HEAP, "drop_slab"))
		return;
	annex_heap_shrink(&annex_pool);
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
 * @gfp: how urgent it is; with __GFP_ZERO, zeroed. Where the object lies is the
 *	cache's
 *
 * Context: process, softirq, hardirq; not NMI. It may sleep if @gfp has
 * __GFP_DIRECT_RECLAIM.
 * Return: the object; NULL if there is no memory; NULL, with a line in the log,
 * if @cache is none, or has a constructor and the object was to be zeroed.
 */
void *annex_kmem_cache_alloc(struct annex_kmem_cache *cache, gfp_t gfp)
{
	return annex_cache_alloc(&annex_pool, cache, gfp);
}
EXPORT_SYMBOL_GPL(annex_kmem_cache_alloc);

/**
 * annex_kmem_cache_free() - give an object back
 * @cache: the cache it is of
 * @object: the object
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0, or as annex_kfree(); -EXDEV, with a line in the log and nothing
 * changed, if it is an object of another cache.
 */
int annex_kmem_cache_free(struct annex_kmem_cache *cache, void *object)
{
	return annex_cache_free(&annex_pool, cache, object);
}
EXPORT_SYMBOL_GPL(annex_kmem_cache_free);

/**
 * annex_kmem_cache_alloc_bulk() - allocate many objects
 * @cache: the cache
 * @gfp: as for annex_kmem_cache_alloc()
 * @nr: how many
 * @objects: set to them
 *
 * Context: as annex_kmem_cache_alloc().
 * Return: @nr; 0 if there is no memory for all, and none is the caller's; 0, with
 * a line in the log, as annex_kmem_cache_alloc().
 */
int annex_kmem_cache_alloc_bulk(struct annex_kmem_cache *cache, gfp_t gfp,
				size_t nr, void **objects)
{
	return annex_cache_alloc_bulk(&annex_pool, cache, gfp, nr, objects);
}
EXPORT_SYMBOL_GPL(annex_kmem_cache_alloc_bulk);

/**
 * annex_kmem_cache_free_bulk() - give many objects back
 * @cache: the cache they are of; NULL: each of any cache, or of annex_kmalloc()
 * @nr: how many
 * @objects: the objects
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0; as annex_kmem_cache_free() for the first that was refused, and the
 * others are given back.
 */
int annex_kmem_cache_free_bulk(struct annex_kmem_cache *cache, size_t nr,
			       void **objects)
{
	return annex_cache_free_bulk(&annex_pool, cache, nr, objects);
}
EXPORT_SYMBOL_GPL(annex_kmem_cache_free_bulk);

/**
 * annex_kmalloc() - allocate memory
 * @size: bytes, up to 4 MB
 * @gfp: how urgent it is; with __GFP_ZERO, zeroed; __GFP_DMA and
 *	__GFP_RECLAIMABLE as in Linux
 *
 * Context: process, softirq, hardirq; not NMI. It may sleep if @gfp has
 * __GFP_DIRECT_RECLAIM.
 * Return: its address; ZERO_SIZE_PTR for a size of 0; NULL if there is none.
 */
void *annex_kmalloc(size_t size, gfp_t gfp)
{
	return annex_pool_kmalloc(&annex_pool, size, gfp);
}
EXPORT_SYMBOL_GPL(annex_kmalloc);

/**
 * annex_krealloc() - let memory have another size
 * @object: from annex_kmalloc(); NULL; ZERO_SIZE_PTR
 * @size: bytes; 0 gives it back
 * @gfp: as for annex_kmalloc()
 *
 * With __GFP_ZERO, all bytes beyond the old size are zero, in place as elsewhere.
 *
 * Context: as annex_kmalloc().
 * Return: its address, perhaps another, with what was there up to the lesser of
 * both sizes; ZERO_SIZE_PTR for a size of 0; NULL, and @object is as it was.
 */
void *annex_krealloc(const void *object, size_t size, gfp_t gfp)
{
	return annex_pool_krealloc(&annex_pool, object, size, gfp);
}
EXPORT_SYMBOL_GPL(annex_krealloc);

/**
 * annex_kfree() - give memory back
 * @object: from annex_kmalloc(), or an object of any cache; NULL; ZERO_SIZE_PTR
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0. With a line in the log and nothing changed: -EFAULT if it is no
 * address of lowmem; -EPERM if the frame there is not the heap's; -EALREADY if
 * the object, or its frame, is free; -EINVAL if it lies inside an object or
 * between two. From NMI, -EINVAL.
 */
int annex_kfree(const void *object)
{
	return annex_pool_kfree(&annex_pool, object);
}
EXPORT_SYMBOL_GPL(annex_kfree);

/**
 * annex_ksize() - how many bytes there are behind an address
 * @object: as for annex_kfree()
 *
 * Context: any.
 * Return: bytes, all of which may be used; 0 for NULL and ZERO_SIZE_PTR; 0, with
 * a line in the log, for what is no object in use.
 */
size_t annex_ksize(const void *object)
{
	return annex_pool_ksize(&annex_pool, object);
}
EXPORT_SYMBOL_GPL(annex_ksize);

/**
 * annex_kvmalloc() - allocate memory, in consecutive frames if they are to be had
 * @size: bytes
 * @gfp: how urgent it is; with __GFP_ZERO, zeroed
 *
 * What is larger than a page and has no consecutive frames of lowmem is made of
 * single ones, quietly, if @gfp has __GFP_DIRECT_RECLAIM.
 *
 * Context: as annex_kmalloc(). It sleeps only if @gfp has __GFP_DIRECT_RECLAIM.
 * Return: its address, as that of annex_kmalloc() or annex_vmalloc() as may be;
 * ZERO_SIZE_PTR for a size of 0; NULL if there is neither.
 */
void *annex_kvmalloc(size_t size, gfp_t gfp)
{
	return annex_pool_kvmalloc(&annex_pool, size, gfp, CALLER);
}
EXPORT_SYMBOL_GPL(annex_kvmalloc);

/**
 * annex_kvfree() - give memory back that is of either kind
 * @addr: from annex_kvmalloc(), annex_kmalloc(), annex_vmalloc(), or an object of
 *	any cache; NULL; ZERO_SIZE_PTR
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0, or as annex_kfree() or annex_vfree(), by where @addr lies.
 */
int annex_kvfree(const void *addr)
{
	return annex_pool_kvfree(&annex_pool, addr);
}
EXPORT_SYMBOL_GPL(annex_kvfree);

/**
 * annex_kvrealloc() - let memory of either kind grow
 * @addr: as for annex_kvfree()
 * @old: bytes of it to keep
 * @size: bytes it shall have
 * @gfp: as for annex_kvmalloc()
 *
 * Context: as annex_kvmalloc().
 * Return: @addr if @size is not more than @old; otherwise other memory, of which
 * the first @old bytes are as they were, and @addr is given back. NULL, and @addr
 * is as it was, if there is none or, with a line in the log, @addr is not in use
 * or has fewer than @old bytes.
 */
void *annex_kvrealloc(const void *addr, size_t old, size_t size, gfp_t gfp)
{
	return annex_pool_kvrealloc(&annex_pool, addr, old, size, gfp, CALLER);
}
EXPORT_SYMBOL_GPL(annex_kvrealloc);

static void rcu_done(struct rcu_head *head)
{
	annex_rcu_done(&annex_pool, head);
}

/**
 * annex_kvfree_call_rcu() - give memory back when its readers have gone
 * @head: in the memory; annex's from now on
 * @addr: as for annex_kvfree(), but neither NULL nor ZERO_SIZE_PTR
 *
 * For annex_kvfree_rcu() and annex_kfree_rcu(), which find @head by its name.
 *
 * The memory is no user's any more: to give it back again is refused. When the last
 * module that uses annex goes, annex waits for what is under way before it looks for
 * what was not given back; annex_kmem_cache_destroy() waits as well.
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0. With a line in the log and nothing changed: as annex_kvfree() for what
 * is no memory in use; -ERANGE, or -EINVAL in an area of annex_vmalloc(), if @head
 * does not lie in it; -EINVAL if @head is not aligned to a pointer, or from NMI.
 */
int annex_kvfree_call_rcu(struct rcu_head *head, const void *addr)
{
	return annex_pool_kvfree_rcu(&annex_pool, addr, head, rcu_done);
}
EXPORT_SYMBOL_GPL(annex_kvfree_call_rcu);

/**
 * annex_kvfree_rcu_mightsleep() - wait for readers, and give memory back
 * @addr: as for annex_kvfree()
 *
 * Context: process, may sleep: for a grace period of RCU.
 * Return: as annex_kvfree(); -EINVAL, with a line in the log and nothing changed, in
 * atomic context.
 */
int annex_kvfree_rcu_mightsleep(const void *addr)
{
	return annex_pool_kvfree_mightsleep(&annex_pool, addr);
}
EXPORT_SYMBOL_GPL(annex_kvfree_rcu_mightsleep);
