/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HEAP_SLAB_TYPES_H
#define ANNEX_HEAP_SLAB_TYPES_H

#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <annex/page.h>
#include <annex/reclaim.h>
#include <annex/slab.h>
#include <annex/types.h>

#include "page/object_page.h"

struct annex_frames;
struct annex_heap;
struct annex_kmem_cache;
struct annex_vmalloc;

/*
 * The descriptor holds the bits of up to this many objects; a slab with more
 * has them at its end. Only objects of 8 and 16 bytes are more than that in a
 * frame.
 */
#define ANNEX_SLAB_INLINE_BITS	128

/* The list of its cache that a slab is in. */
enum annex_slab_list {
	ANNEX_SLAB_NOWHERE,	/* in no list: being created or freed */
	ANNEX_SLAB_EMPTY,	/* no object is out */
	ANNEX_SLAB_PARTIAL,
	ANNEX_SLAB_FULL,	/* all objects are out */
	ANNEX_NR_SLAB_LISTS
};

/**
 * struct annex_slab - a block of frames that holds objects of one cache
 * @list: link in one of the cache's lists
 * @cache: the cache
 * @base: the first object
 * @busy: a busy bit for each object, set while a user has it; after these, in
 *	words of their own, an out bit for each, set while it is out of the
 *	slab, that is, with a user or cached per CPU
 * @objects: how many it holds
 * @nr_out: how many are out
 * @where: enum annex_slab_list
 * @order: order of the block
 * @pfn: its first frame
 * @bits: room for the bits
 *
 * The cache's lock protects @list, @nr_out, @where and the out bits. A bit of
 * @busy changes by one locked instruction.
 */
struct annex_slab {
	struct list_head list;
	struct annex_kmem_cache *cache;
	void *base;
	unsigned long *busy;
	u16 objects;
	u16 nr_out;
	u8 where;
	u8 order;
	annex_pfn_t pfn;
	unsigned long bits[2 * BITS_TO_LONGS(ANNEX_SLAB_INLINE_BITS)];
};

/*
 * Descriptors are aligned to 64 bytes (128 on 64-bit kernels). So a number of
 * 24 bits, counted from the start of lowmem, covers 1 GB, which is all that a
 * 32-bit kernel can map.
 */
#define ANNEX_SLAB_SHIFT	(BITS_PER_LONG == 32 ? 6 : 7)
static_assert(sizeof(struct annex_slab) <= 1 << ANNEX_SLAB_SHIFT);

/* Descriptors in a frame, whose first place is that of the header. */
#define ANNEX_DESCS_PER_PAGE ((PAGE_SIZE >> ANNEX_SLAB_SHIFT) - 1)
static_assert(sizeof(struct annex_object_page) <= 1 << ANNEX_SLAB_SHIFT);
static_assert(ANNEX_DESCS_PER_PAGE <= ANNEX_OBJECTS_MAX);

/* The kinds of blocks of the heap, by their flags. */
#define ANNEX_HEAP_MASK							\
	(ANNEX_PAGE_STATE_MASK | 1U << ANNEX_PG_SLAB |			\
	 1U << ANNEX_PG_OWNER_PRIV_1)
#define ANNEX_HEAP_SLAB		(ANNEX_PAGE_USED | 1U << ANNEX_PG_SLAB)
#define ANNEX_HEAP_OTHER	(ANNEX_HEAP_SLAB | 1U << ANNEX_PG_OWNER_PRIV_1)
#define ANNEX_HEAP_OTHER_FLAGS	(ANNEX_HEAP_OTHER & ANNEX_PG_MASK)

/*
 * The highest bits of the value tell a large object from all other frames of
 * annex's own: from slabs, whose value is a number of 24 bits, from tables and
 * from frames of descriptors.
 *
 *	LARGE --kfree()----------------------------> GONE
 *	  `-----kfree_rcu()--> WAITS --callback-------^
 *
 * Each step is one compare-and-exchange of the link word, so one of several
 * concurrent frees succeeds. From GONE on, the block is its caller's alone.
 */
#define ANNEX_HEAP_KIND		(3U << ANNEX_PFN_BITS)
#define ANNEX_HEAP_LARGE	((u32)BIT(ANNEX_PFN_BITS))	/* one object, in use */
#define ANNEX_HEAP_WAITS	(2U << ANNEX_PFN_BITS)	/* it waits for RCU */
#define ANNEX_HEAP_GONE		(3U << ANNEX_PFN_BITS)	/* it is being freed */
static_assert(ANNEX_HEAP_KIND <= ANNEX_LINK_VALUE_MASK);

/* The value of a frame of descriptors. */
#define ANNEX_HEAP_DESC		0U

/* The other bits of a large object are the requested size, less one. */
static_assert((PAGE_SIZE << (ANNEX_MAX_ORDER - 1)) - 1 <= ANNEX_PFN_MASK);

/**
 * struct annex_object - an object and its place
 * @addr: the object
 * @slab: its slab
 * @idx: its index there
 */
struct annex_object {
	void *addr;
	struct annex_slab *slab;
	u32 idx;
};

/**
 * struct annex_cache_cpu - the objects of a cache that are cached on a CPU
 * @count: number of objects
 * @high: the most it may hold; 0 for a watched cache, or without a cache
 * @batch: how many move from or to the slabs at a time
 * @entry: the objects, the most recently freed last
 */
struct annex_cache_cpu {
	u32 count;
	u32 high;
	u32 batch;
	struct annex_object entry[];
};

/* Size of a cache name; /proc/slabinfo prints it in 17 columns. */
#define ANNEX_CACHE_NAME_LEN	32

/* The magic number of a cache that may be used. */
#define ANNEX_CACHE_LIVE	0xcac4e11eU

/**
 * struct annex_kmem_cache - objects of one kind
 * @cpu: the objects cached per CPU
 * @recip: 2^32 / @stride, rounded up
 * @stride: bytes from one object to the next
 * @start: bytes from the start of a slab to the first object
 * @size: bytes of an object that the user may use
 * @magic: %ANNEX_CACHE_LIVE
 * @heap: the heap of the pool
 * @flags: SLAB_*
 * @gfp: flags added to the allocation of each slab
 * @ctor: constructor, called once for each new object; or NULL
 * @align: alignment of the objects
 * @objects: objects in a slab of @order
 * @order: preferred order of the slabs
 * @min_order: the lowest order that holds one object
 * @keep: empty slabs that it keeps
 * @track: bytes from an object to its owner records, 0 if it has none
 * @name: for slabinfo
 * @list: link in the pool's list of caches
 * @lock: protects the members below and the slabs
 * @slabs: the slabs, by enum annex_slab_list
 * @nr: number of slabs in each list
 * @nr_objects: objects in all slabs
 * @nr_out: objects that are out
 */
struct annex_kmem_cache {
	/* Set once. */
	struct annex_cache_cpu __percpu *cpu;
	u32 recip;
	u32 stride;
	u32 start;
	u32 size;
	u32 magic;
	struct annex_heap *heap;
	slab_flags_t flags;
	gfp_t gfp;
	void (*ctor)(void *object);
	u32 align;
	u16 objects;
	u8 order;
	u8 min_order;
	u8 keep;
	u32 track;
	char name[ANNEX_CACHE_NAME_LEN];

	struct list_head list; /* heap->mutex */

	spinlock_t lock; /* all below, and the slabs */
	struct list_head slabs[ANNEX_NR_SLAB_LISTS];
	unsigned long nr[ANNEX_NR_SLAB_LISTS];
	unsigned long nr_objects;
	unsigned long nr_out;
};

/* As in Linux: powers of two from 8 to 8192, and 96 and 192; of three types. */
#define ANNEX_KMALLOC_CLASSES	13
#define ANNEX_KMALLOC_MIN	8U
#define ANNEX_KMALLOC_MAX_SLAB	8192U

enum annex_kmalloc_type {
	ANNEX_KMALLOC_NORMAL,
	ANNEX_KMALLOC_RECLAIM,
	ANNEX_KMALLOC_DMA,
	ANNEX_NR_KMALLOC_TYPES
};

/**
 * struct annex_heap - the heap of a pool
 * @frames: the frames of the pool
 * @vmalloc: where large requests go
 * @lowmem: address of the first frame: that of @frames once there is a heap
 * @lowmem_pages: frames of lowmem; 0 until there is a heap
 * @mem_map: descriptor of the first frame
 * @ready: there is a heap
 * @debug: all caches are watched
 * @rcu_used: an object was freed by RCU
 * @nr_numbers: slab numbers are below this
 * @lock: protects the slab descriptors, and the tie between each and its block
 * @desc_partial: frames of descriptors with a free one
 * @nr_desc_pages: frames of descriptors
 * @nr_slabs: slabs
 * @generation: changes when a slab is created or freed
 * @mutex: protects the list of caches
 * @caches: the caches, in the order of their creation
 * @boot: the cache of struct annex_kmem_cache
 * @kmalloc: the caches of annex_kmalloc()
 * @shrinker: frees empty slabs
 */
struct annex_heap {
	struct annex_frames *frames;
	struct annex_vmalloc *vmalloc;

	/* Copies, so that the fast paths need no pointer to them. */
	void *lowmem;
	annex_pfn_t lowmem_pages;
	struct annex_page *mem_map;

	bool ready;
	bool debug;
	bool rcu_used;
	u32 nr_numbers;

	spinlock_t lock; /* the next four, and descriptors */
	struct list_head desc_partial;
	unsigned long nr_desc_pages;
	unsigned long nr_slabs;
	unsigned long generation;

	struct mutex mutex; /* @caches */
	struct list_head caches;

	struct annex_kmem_cache boot;
	struct annex_kmem_cache kmalloc[ANNEX_NR_KMALLOC_TYPES]
				       [ANNEX_KMALLOC_CLASSES];
	struct annex_shrinker shrinker;
};

/* The CPU list of a missing cache: it has no objects and no room. */
DECLARE_PER_CPU(struct annex_cache_cpu, annex_heap_no_cpu);

#define ANNEX_HEAP_NONE(of, vm)						\
	{								\
		.frames = (of), .vmalloc = (vm),			\
		.kmalloc[0 ... ANNEX_NR_KMALLOC_TYPES - 1]		\
			[0 ... ANNEX_KMALLOC_CLASSES - 1]		\
				.cpu = &annex_heap_no_cpu,		\
	}

/* The out bits of a slab. */
static inline unsigned long *annex_slab_out(const struct annex_slab *slab)
{
	return slab->busy + BITS_TO_LONGS(slab->objects);
}

static inline void *annex_slab_object(const struct annex_slab *slab, u32 idx)
{
	return slab->base + (size_t)idx * slab->cache->stride;
}

/* Is a cache watched? Its objects are not cached per CPU. */
static inline bool annex_cache_watched(const struct annex_kmem_cache *cache)
{
	return cache->flags & (SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER);
}

#endif /* ANNEX_HEAP_SLAB_TYPES_H */
