// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmalloc: memory of any size.
 *
 * Up to 8192 bytes it is an object of one of 13 caches, whose sizes are those
 * of Linux: powers of two from 8 on, and 96 and 192. There are three of each,
 * for memory as such, for what can be reclaimed, and from the DMA zone. More is
 * a block of frames, the heap's by its flags. What an address is, and of which
 * size, is found from its frame.
 *
 * Sizes of 2^n bytes are aligned to their size up to 8192; blocks are by their
 * physical address, and by their linear one to 8192.
 *
 * Locking: none. A large object is freed by who clears the flag of its block.
 *
 * Failing: NULL; more than the largest block, 4 MB, is refused.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "annex.h"
#include "heap/cache.h"
#include "heap/desc.h"
#include "heap/fast.h"
#include "heap/kmalloc.h"
#include "heap/misuse.h"
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

/* By eights: 8, 16, 24 to 32, 40 to 64, 72 to 96, 104 to 128, 136 to 192. */
const u8 annex_kmalloc_fine[ANNEX_KMALLOC_FINE / 8] = {
	0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5,
	6, 6, 6, 6, 6, 6, 6, 6,
};

static const struct {
	const char *name;
	slab_flags_t flags;
} types[ANNEX_NR_KMALLOC_TYPES] = {
	[ANNEX_KMALLOC_NORMAL] = { "kmalloc-", 0 },
	[ANNEX_KMALLOC_RECLAIM] = { "kmalloc-rcl-", SLAB_RECLAIM_ACCOUNT },
	[ANNEX_KMALLOC_DMA] = { "dma-kmalloc-", SLAB_CACHE_DMA },
};

/**
 * annex_kmalloc_class_size() - bytes of the objects of a class
 * @class: as annex_kmalloc_class() has it
 *
 * Context: any.
 */
unsigned int annex_kmalloc_class_size(unsigned int class)
{
	return classes[class].size;
}

static int init_cache(struct annex *annex, unsigned int type,
		      unsigned int class)
{
	struct annex_kmem_cache *cache = &annex->heap.kmalloc[type][class];
	unsigned int size = classes[class].size;
	char name[ANNEX_CACHE_NAME_LEN];
	int err;

	snprintf(name, sizeof(name), "%s%s", types[type].name,
		 classes[class].name);
	err = annex_cache_set_up(annex, cache, name, size,
				 is_power_of_2(size) ? size : 0,
				 types[type].flags, NULL);
	if (!err)
		list_add_tail(&cache->list, &annex->heap.caches);
	return err;
}

/**
 * annex_kmalloc_init() - make the caches of kmalloc
 * @annex: the pool, its heap otherwise complete
 *
 * Context: process, may sleep; nobody uses the heap yet.
 * Return: 0 or -ENOMEM; annex_kmalloc_exit() then takes back what there is.
 */
int annex_kmalloc_init(struct annex *annex)
{
	unsigned int type, class;
	int err = 0;

	for (type = 0; type < ANNEX_NR_KMALLOC_TYPES; type++)
		for (class = 0; class < ANNEX_KMALLOC_CLASSES; class++)
			err = err ?: init_cache(annex, type, class);
	return err;
}

static void *alloc_large(struct annex *annex, size_t size, gfp_t gfp)
{
	unsigned int order = get_order(size);
	struct annex_page *page;

	gfp &= ANNEX_GFP_OWN_MASK | __GFP_ZERO | __GFP_DMA | __GFP_RECLAIMABLE;
	if (annex_pool_alloc(annex, gfp | __GFP_COMP, order, &page))
		return NULL;
	if (annex_page_make_own(page, ANNEX_HEAP_LARGE,
				ANNEX_HEAP_OTHER_FLAGS)) {
		annex_pool_disown(annex, page);
		return NULL;
	}
	annex_mod_node_count(&annex->counters, ANNEX_NR_SLAB_UNRECLAIMABLE,
			     1L << order);
	return annex_heap_addr(annex, page - annex->mem_map);
}

/**
 * annex_kmalloc_other() - allocate what is no object of a cache
 * @annex: the pool
 * @size: 0, or more than ANNEX_KMALLOC_MAX_SLAB
 * @gfp: the request's flags
 *
 * Context: as @gfp, not NMI.
 * Return: ZERO_SIZE_PTR for a size of 0; a block of frames; or NULL.
 */
void *annex_kmalloc_other(struct annex *annex, size_t size, gfp_t gfp)
{
	if (!size)
		return ZERO_SIZE_PTR;
	if (unlikely(!annex->heap.ready || in_nmi())) {
		annex_heap_refuse_alloc(annex, NULL);
		return NULL;
	}
	if (likely(size <= PAGE_SIZE << (ANNEX_MAX_ORDER - 1)))
		return alloc_large(annex, size, gfp);
	if (!(gfp & __GFP_NOWARN))
		annex_refuse_call(annex, ANNEX_BAD_HEAP, -E2BIG, "kmalloc",
				  "the largest block has 4 MB");
	return NULL;
}

/* The block that an address is the first byte of, if it is a large object. */
static struct annex_page *large_page(struct annex *annex, const void *addr)
{
	unsigned long off = (unsigned long)addr - (unsigned long)annex->lowmem;
	struct annex_page *page;

	if (off >> PAGE_SHIFT >= annex->lowmem_pages || offset_in_page(off))
		return NULL;
	page = annex->mem_map + (off >> PAGE_SHIFT);
	return annex_heap_is(page, ANNEX_HEAP_OTHER) &&
	       annex_heap_value(page) == ANNEX_HEAP_LARGE ? page : NULL;
}

/* Of two who free it at once, one clears the flag. */
static bool free_large(struct annex *annex, struct annex_page *page)
{
	unsigned int order = annex_page_order(page);

	if (!annex_page_unmake_own(page, ANNEX_HEAP_OTHER_FLAGS))
		return false;
	annex_mod_node_count(&annex->counters, ANNEX_NR_SLAB_UNRECLAIMABLE,
			     -(1L << order));
	annex_pool_free(annex, page, order);
	return true;
}

/**
 * annex_kfree_slowly() - take back what could not be the short way
 * @annex: the pool
 * @addr: as for annex_pool_kfree()
 *
 * Context: as annex_pool_kfree().
 * Return: as annex_pool_kfree().
 */
int annex_kfree_slowly(struct annex *annex, const void *addr)
{
	struct annex_page *page;

	if (ZERO_OR_NULL_PTR(addr))
		return 0;
	page = in_nmi() ? NULL : large_page(annex, addr);
	if (page && free_large(annex, page))
		return 0;
	return annex_heap_refuse(annex, "kfree", true, NULL, addr);
}

/* Bytes behind an address; 0 if it is no object in use. */
static size_t size_of(struct annex *annex, const void *addr)
{
	struct annex_slab *slab = annex_heap_slab(annex, addr);
	struct annex_page *page;
	u32 idx;

	if (slab) {
		idx = annex_slab_index(slab, addr);
		return idx < slab->objects && test_bit(idx, slab->busy) ?
			       slab->cache->size : 0;
	}
	page = large_page(annex, addr);
	return page ? PAGE_SIZE << annex_page_order(page) : 0;
}

/**
 * annex_pool_ksize() - how many bytes there are behind an address
 * @annex: the pool
 * @addr: from annex_pool_kmalloc(); NULL; ZERO_SIZE_PTR
 *
 * Context: any.
 * Return: bytes; 0, with a line in the log, for what is no object in use.
 */
size_t annex_pool_ksize(struct annex *annex, const void *addr)
{
	size_t size;

	if (ZERO_OR_NULL_PTR(addr))
		return 0;
	size = size_of(annex, addr);
	if (!size)
		annex_heap_refuse(annex, "ksize", true, NULL, addr);
	return size;
}

/**
 * annex_pool_krealloc() - let memory have another size
 * @annex: the pool
 * @addr: from annex_pool_kmalloc(); NULL; ZERO_SIZE_PTR
 * @size: bytes
 * @gfp: as for annex_pool_kmalloc()
 *
 * Context: as annex_pool_kmalloc().
 * Return: as annex_krealloc().
 */
void *annex_pool_krealloc(struct annex *annex, const void *addr, size_t size,
			  gfp_t gfp)
{
	size_t had = annex_pool_ksize(annex, addr);
	void *new;

	if (!had && !ZERO_OR_NULL_PTR(addr))
		return NULL;
	if (!size) {
		annex_pool_kfree(annex, addr);
		return ZERO_SIZE_PTR;
	}
	if (had >= size)
		return (void *)addr;
	new = annex_pool_kmalloc(annex, size, gfp);
	if (new && had) {
		memcpy(new, addr, had);
		annex_pool_kfree(annex, addr);
	}
	return new;
}
