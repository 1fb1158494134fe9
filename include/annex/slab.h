/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_SLAB_H
#define ANNEX_SLAB_H

#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/stdarg.h>
#include <linux/types.h>

/**
 * DOC: small objects
 *
 * The heap of the pool allocates objects in lowmem. Names and semantics are
 * those of Linux. Functions that free return an errno: a refused object stays
 * unchanged, the refusal is reported and counted, and nothing leaks.
 *
 * All functions may be called from process, softirq and hardirq context, with
 * any lock held that is not annex's own, but not from NMI. Caches are created,
 * shrunk and destroyed in process context only, where the caller may sleep.
 *
 * Objects of 2^n bytes, up to 8192, are aligned to their size.
 *
 * An object above 32 kB needs a block of an order above 3. With __GFP_NOFAIL, a
 * request for it is refused, as for such a block, and returns NULL: use
 * annex_kvmalloc().
 *
 * The addresses have no struct page: do not pass them to kfree(),
 * virt_to_page(), sg_set_buf() or dma_map_single(), see "memory without struct
 * page" in annex/page.h.
 */

struct annex_kmem_cache;

struct annex_kmem_cache *
annex_kmem_cache_create(const char *name, unsigned int size,
			unsigned int align, slab_flags_t flags,
			void (*ctor)(void *object));
int annex_kmem_cache_destroy(struct annex_kmem_cache *cache);
int annex_kmem_cache_shrink(struct annex_kmem_cache *cache);
void annex_drop_slab(void);
unsigned int annex_kmem_cache_size(const struct annex_kmem_cache *cache);
void *annex_kmem_cache_alloc(struct annex_kmem_cache *cache, gfp_t gfp)
	__malloc;
int annex_kmem_cache_free(struct annex_kmem_cache *cache, void *object);
int annex_kmem_cache_alloc_bulk(struct annex_kmem_cache *cache, gfp_t gfp,
				size_t nr, void **objects);
int annex_kmem_cache_free_bulk(struct annex_kmem_cache *cache, size_t nr,
			       void **objects);

void *annex_kmalloc(size_t size, gfp_t gfp) __malloc;
void *annex_krealloc(const void *object, size_t size, gfp_t gfp);
int annex_kfree(const void *object);
size_t annex_ksize(const void *object);

void *annex_kvmalloc(size_t size, gfp_t gfp) __malloc;
int annex_kvfree(const void *addr);
void *annex_kvrealloc(const void *addr, size_t old, size_t size, gfp_t gfp);
int annex_kvfree_call_rcu(struct rcu_head *head, const void *addr);
int annex_kvfree_rcu_mightsleep(const void *addr);

void *annex_kmemdup(const void *from, size_t len, gfp_t gfp);
char *annex_kmemdup_nul(const char *from, size_t len, gfp_t gfp);
char *annex_kstrdup(const char *text, gfp_t gfp);
char *annex_kstrndup(const char *text, size_t max, gfp_t gfp);
__printf(2, 0)
char *annex_kvasprintf(gfp_t gfp, const char *fmt, va_list args);
__printf(2, 3)
char *annex_kasprintf(gfp_t gfp, const char *fmt, ...);

/**
 * annex_kmem_cache_zalloc() - allocate an object, zeroed
 * @cache: a cache without constructor
 * @gfp: as for annex_kmem_cache_alloc()
 *
 * Return: as annex_kmem_cache_alloc().
 */
static inline void *annex_kmem_cache_zalloc(struct annex_kmem_cache *cache,
					    gfp_t gfp)
{
	return annex_kmem_cache_alloc(cache, gfp | __GFP_ZERO);
}

/**
 * annex_kzalloc() - allocate memory, zeroed
 * @size: bytes
 * @gfp: as for annex_kmalloc()
 *
 * Return: as annex_kmalloc().
 */
static inline void *annex_kzalloc(size_t size, gfp_t gfp)
{
	return annex_kmalloc(size, gfp | __GFP_ZERO);
}

/**
 * annex_kmalloc_array() - allocate an array
 * @n: elements
 * @size: bytes of one
 * @gfp: as for annex_kmalloc()
 *
 * Return: as annex_kmalloc(); NULL if @n * @size overflows a size_t.
 */
static inline void *annex_kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return annex_kmalloc(bytes, gfp);
}

/**
 * annex_kcalloc() - allocate an array, zeroed
 * @n: elements
 * @size: bytes of one
 * @gfp: as for annex_kmalloc()
 *
 * Return: as annex_kmalloc_array().
 */
static inline void *annex_kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return annex_kmalloc_array(n, size, gfp | __GFP_ZERO);
}

/**
 * annex_krealloc_array() - resize an array
 * @object: the array, or NULL
 * @n: elements
 * @size: bytes of one
 * @gfp: as for annex_kmalloc()
 *
 * Return: as annex_krealloc(); NULL if @n * @size overflows a size_t.
 */
static inline void *annex_krealloc_array(const void *object, size_t n,
					 size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return annex_krealloc(object, bytes, gfp);
}

/**
 * annex_kvzalloc() - allocate memory from the heap or vmalloc, zeroed
 * @size: bytes
 * @gfp: as for annex_kvmalloc()
 *
 * Return: as annex_kvmalloc().
 */
static __always_inline void *annex_kvzalloc(size_t size, gfp_t gfp)
{
	return annex_kvmalloc(size, gfp | __GFP_ZERO);
}

/**
 * annex_kvmalloc_array() - allocate an array from the heap or vmalloc
 * @n: elements
 * @size: bytes of one
 * @gfp: as for annex_kvmalloc()
 *
 * Return: as annex_kvmalloc(); NULL if @n * @size overflows a size_t.
 */
static __always_inline void *annex_kvmalloc_array(size_t n, size_t size,
						  gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return annex_kvmalloc(bytes, gfp);
}

/**
 * annex_kvcalloc() - allocate an array from the heap or vmalloc, zeroed
 * @n: elements
 * @size: bytes of one
 * @gfp: as for annex_kvmalloc()
 *
 * Return: as annex_kvmalloc_array().
 */
static __always_inline void *annex_kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	return annex_kvmalloc_array(n, size, gfp | __GFP_ZERO);
}

/**
 * annex_kfree_bulk() - free many objects, of kmalloc or of any cache
 * @nr: number of objects
 * @objects: the objects
 *
 * Return: as annex_kmem_cache_free_bulk().
 */
static inline int annex_kfree_bulk(size_t nr, void **objects)
{
	return annex_kmem_cache_free_bulk(NULL, nr, objects);
}

/**
 * annex_kvfree_rcu() - free memory after an RCU grace period
 * @...: the object, and the name of its struct rcu_head member, which annex
 *	then uses; or the object alone
 *
 * Does the work of annex_kvfree() after a grace period. With a member, the call
 * returns at once and is allowed in any context but NMI. Without one, the call
 * waits for the grace period, as annex_kvfree_rcu_mightsleep().
 *
 * Return: as annex_kvfree_call_rcu() or annex_kvfree_rcu_mightsleep().
 */
#define annex_kvfree_rcu(...)						\
	CONCATENATE(ANNEX_KVFREE_RCU_, COUNT_ARGS(__VA_ARGS__))(__VA_ARGS__)

/**
 * annex_kfree_rcu() - annex_kvfree_rcu() by Linux's name for kmalloc memory
 * @...: as for annex_kvfree_rcu()
 *
 * Return: as annex_kvfree_rcu().
 */
#define annex_kfree_rcu(...)		annex_kvfree_rcu(__VA_ARGS__)

/**
 * annex_kfree_rcu_mightsleep() - as annex_kvfree_rcu_mightsleep()
 * @addr: from annex_kmalloc() or a function based on it, or NULL
 *
 * Return: as annex_kvfree_rcu_mightsleep().
 */
#define annex_kfree_rcu_mightsleep(addr) annex_kvfree_rcu_mightsleep(addr)

#define ANNEX_KVFREE_RCU_1(addr)	annex_kvfree_rcu_mightsleep(addr)
#define ANNEX_KVFREE_RCU_2(object, member)				\
({									\
	typeof(object) __object = (object);				\
									\
	__object ? annex_kvfree_call_rcu((void *)__object +		\
			offsetof(typeof(*__object), member), __object) : 0; \
})

#endif /* ANNEX_SLAB_H */
