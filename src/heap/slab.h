/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HEAP_SLAB_H
#define ANNEX_HEAP_SLAB_H

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

struct annex;
struct annex_kmem_cache;

/*
 * A slab of so many objects has their bits in its descriptor; of more, at its
 * own end. All but those of 8 and 16 bytes have so few in a frame.
 */
#define ANNEX_SLAB_INLINE_BITS	128

/* Where a slab stands among those of its cache. */
enum annex_slab_list {
	ANNEX_SLAB_NOWHERE,	/* about to come or to go */
	ANNEX_SLAB_EMPTY,	/* all objects are in it */
	ANNEX_SLAB_PARTIAL,
	ANNEX_SLAB_FULL,	/* none is */
	ANNEX_NR_SLAB_LISTS
};

/**
 * struct annex_slab - a block of frames that holds objects of one cache
 * @list: place in one of the cache's lists
 * @cache: the cache
 * @base: the first object
 * @busy: a bit for each object that a user has, and behind it, from a word of
 *	its own on, a bit for each that is out: with a user or at hand of a CPU
 * @objects: how many it holds
 * @nr_out: how many are out
 * @where: enum annex_slab_list
 * @order: of the block
 * @pfn: its first frame
 * @bits: room for the bits
 *
 * @list, @nr_out, @where and the bits of what is out are the cache's lock's. A
 * bit of @busy changes by one locked instruction.
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
 * Descriptors stand at multiples of their room, so that a number of 24 bits,
 * counted from the start of lowmem, names one of 1 GB: all that a 32-bit kernel
 * could map.
 */
#define ANNEX_SLAB_SHIFT	(BITS_PER_LONG == 32 ? 6 : 7)
static_assert(sizeof(struct annex_slab) <= 1 << ANNEX_SLAB_SHIFT);

/* Places for descriptors in a frame; the first is its own header. */
#define ANNEX_DESC_PLACES	(PAGE_SIZE >> ANNEX_SLAB_SHIFT)

/**
 * struct annex_desc_page - the header of a frame of slab descriptors
 * @list: place among those that have room; empty if it is full
 * @used: which places are taken, the header's included
 */
struct annex_desc_page {
	struct list_head list;
	DECLARE_BITMAP(used, ANNEX_DESC_PLACES);
};

static_assert(sizeof(struct annex_desc_page) <= 1 << ANNEX_SLAB_SHIFT);

/* What the heap's blocks are, by their flags and the private value. */
#define ANNEX_HEAP_MASK		(ANNEX_PAGE_STATE_MASK |		\
				 1U << ANNEX_PG_SLAB |			\
				 1U << ANNEX_PG_OWNER_PRIV_1)
#define ANNEX_HEAP_SLAB		(ANNEX_PAGE_USED | 1U << ANNEX_PG_SLAB)
#define ANNEX_HEAP_OTHER	(ANNEX_HEAP_SLAB | 1U << ANNEX_PG_OWNER_PRIV_1)
#define ANNEX_HEAP_OTHER_FLAGS	(ANNEX_HEAP_OTHER & ANNEX_PG_MASK)

/* Of OTHER, the lowest bits say what. */
#define ANNEX_HEAP_KIND		3U
#define ANNEX_HEAP_LARGE	0U	/* one object of kmalloc's */
#define ANNEX_HEAP_DESC		1U	/* a frame of descriptors */
#define ANNEX_HEAP_WAITS	2U	/* a large object that waits for RCU */

/* Above them a large object has what was asked for, less one: it must fit. */
#define ANNEX_HEAP_ASKED_SHIFT	2
static_assert(((PAGE_SIZE << (ANNEX_MAX_ORDER - 1)) - 1) <<
	      ANNEX_HEAP_ASKED_SHIFT <= ANNEX_PFN_MASK);

/**
 * struct annex_object - an object and where it belongs
 * @addr: the object
 * @slab: its slab
 * @idx: its place there
 */
struct annex_object {
	void *addr;
	struct annex_slab *slab;
	u32 idx;
};

/**
 * struct annex_cache_cpu - the objects that a CPU has at hand
 * @count: how many
 * @high: how many it may have; 0 for a cache that is watched, or none
 * @batch: how many come from or go to the slabs at a time
 * @slot: the objects, the youngest last
 */
struct annex_cache_cpu {
	u32 count;
	u32 high;
	u32 batch;
	struct annex_object slot[];
};

/* Names of caches: /proc/slabinfo gives them 17 columns. */
#define ANNEX_CACHE_NAME_LEN	32

/* A cache that may be used says so with this number. */
#define ANNEX_CACHE_LIVE	0xcac4e11eU

/**
 * struct annex_kmem_cache - objects of one kind
 * @cpu: what each CPU has at hand
 * @recip: 2^32 / @stride, rounded up
 * @stride: bytes from one object to the next
 * @start: bytes from the start of a slab to the first
 * @size: bytes of an object that are its user's
 * @magic: %ANNEX_CACHE_LIVE
 * @annex: the pool
 * @flags: SLAB_*
 * @gfp: flags that each of its slabs is asked for with
 * @ctor: makes a new object, or NULL
 * @align: of the objects
 * @objects: in a slab of @order
 * @order: of the slabs, if such blocks are to be had
 * @min_order: the least that holds one object
 * @keep: empty slabs that it keeps
 * @track: bytes from an object to the records of its owners, 0 if it has none
 * @name: for slabinfo
 * @list: place among the pool's caches
 * @lock: protects the members below and the slabs
 * @slabs: the slabs, by enum annex_slab_list
 * @nr: how many there are in each list
 * @nr_objects: objects of all slabs
 * @nr_out: those that are out
 */
struct annex_kmem_cache {
	/* Set once. */
	struct annex_cache_cpu __percpu *cpu;
	u32 recip;
	u32 stride;
	u32 start;
	u32 size;
	u32 magic;
	struct annex *annex;
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

/* As in Linux: 8 to 8192 in powers of two, and 96 and 192; of three kinds. */
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
 * struct annex_heap - small objects of a pool
 * @ready: there is a heap
 * @debug: all caches are watched
 * @nr_numbers: numbers that slabs can have
 * @lock: protects the descriptors of slabs, and which block has which
 * @desc_partial: frames of descriptors with room for more
 * @nr_desc_pages: frames of descriptors
 * @nr_slabs: slabs
 * @generation: changes with each slab that comes or goes
 * @mutex: protects the list of caches
 * @caches: the caches, in the order in which they were made
 * @boot: where caches themselves come from
 * @kmalloc: where annex_kmalloc() has its objects from
 * @shrinker: gives empty slabs back
 */
struct annex_heap {
	bool ready;
	bool debug;
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

/* A CPU of a cache that there is not: nothing at hand, and no room. */
DECLARE_PER_CPU(struct annex_cache_cpu, annex_heap_no_cpu);

#define ANNEX_HEAP_NONE							\
	{								\
		.kmalloc[0 ... ANNEX_NR_KMALLOC_TYPES - 1]		\
			[0 ... ANNEX_KMALLOC_CLASSES - 1].cpu =		\
				&annex_heap_no_cpu,			\
	}

void annex_slabs_init(struct annex *annex);
struct annex_slab *annex_slab_new(struct annex_kmem_cache *cache, gfp_t gfp);
void annex_slab_free(struct annex_slab *slab);
void annex_slabs_free(struct list_head *slabs);
struct annex_slab *annex_slab_around(struct annex *annex, annex_pfn_t pfn);
int annex_slab_layout(struct annex_kmem_cache *cache);

/* The objects of a slab that are out, by their bits. */
static inline unsigned long *annex_slab_out(const struct annex_slab *slab)
{
	return slab->busy + BITS_TO_LONGS(slab->objects);
}

static inline void *annex_slab_object(const struct annex_slab *slab, u32 idx)
{
	return slab->base + (size_t)idx * slab->cache->stride;
}

/* Is a cache watched? Its objects go past the CPUs' lists then. */
static inline bool annex_cache_watched(const struct annex_kmem_cache *cache)
{
	return cache->flags & (SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER);
}

#endif /* ANNEX_HEAP_SLAB_H */
