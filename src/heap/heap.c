// SPDX-License-Identifier: GPL-2.0-only
/*
 * The heap of a pool: its caches, and its shrinker.
 *
 * Caches are objects of a cache themselves, the first one of the list. The
 * caches of kmalloc exist from the beginning and are embedded in struct
 * annex_heap, so an unused heap takes no frame.
 *
 * Under memory pressure, the shrinker drains the per-CPU caches and frees empty
 * slabs.
 *
 * Locking: heap->mutex protects the list of caches. The shrinker takes it, so
 * nothing is allocated while it is held. shrinker_rwsem is outside of it, the
 * locks of the caches are inside.
 *
 * Failing: the creation of an invalid cache, and the destruction of a cache
 * with objects in use, are refused, with a line in the log.
 */
#include <linux/cpu.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "base/text.h"
#include "heap/cache.h"
#include "heap/heap.h"
#include "heap/kmalloc.h"
#include "heap/kmalloc_fast.h"
#include "heap/rcu.h"
#include "heap/slab_debug.h"
#include "host/compat_mm.h"
#include "host/stacks.h"
#include "page/frames.h"
#include "page/report.h"
#include "reclaim/reclaim.h"

/*
 * The flags that a cache may have. SLAB_PANIC and SLAB_TYPESAFE_BY_RCU are not
 * among them, because annex cannot honour them.
 */
#define KNOWN_FLAGS							\
	(SLAB_HWCACHE_ALIGN | SLAB_RECLAIM_ACCOUNT | SLAB_CACHE_DMA |	\
	 SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER |		\
	 ANNEX_SLAB_IGNORED)

/* Frames that the shrinker frees at a time. */
#define SHRINK_BATCH	32

static int refuse(struct annex_heap *heap, int err, const char *call,
		  const char *why)
{
	return annex_refuse_call(heap->frames, ANNEX_BAD_HEAP, err, call, why);
}

/*
 * slabinfo separates columns by blanks and groups of columns by a colon; a line
 * that begins with # is a heading.
 */
static const char *name_complaint(const char *name)
{
	if (!name || !*name)
		return "a cache needs a name";
	if (strlen(name) >= ANNEX_CACHE_NAME_LEN)
		return "the name has more than 31 characters";
	if (*name == '#')
		return "the name begins with #, as headings of slabinfo do";
	if (strchr(name, ':'))
		return "the name has a colon, which separates groups of columns in slabinfo";
	return annex_is_word(name) ? NULL : annex_not_a_word_text;
}

static const char *complaint(const char *name, unsigned int size,
			     unsigned int align, slab_flags_t flags)
{
	const char *what = name_complaint(name);

	if (what)
		return what;
	if (!size || size > PAGE_SIZE << (ANNEX_MAX_ORDER - 1))
		return "objects have from 1 byte to 4 MB";
	if (align > PAGE_SIZE)
		return "the alignment is more than a page";
	if (flags & ~KNOWN_FLAGS)
		return "it has flags that annex does not know or cannot honour";
	return NULL;
}

static struct annex_kmem_cache *find_locked(struct annex_heap *heap,
					    const char *name)
{
	struct annex_kmem_cache *cache;

	lockdep_assert_held(&heap->mutex);
	list_for_each_entry(cache, &heap->caches, list)
		if (!strcmp(cache->name, name))
			return cache;
	return NULL;
}

/* Add a cache to the list; false if the name is taken. */
static bool enlist(struct annex_heap *heap, struct annex_kmem_cache *cache)
{
	bool is_new;

	mutex_lock(&heap->mutex);
	is_new = !find_locked(heap, cache->name);
	if (is_new)
		list_add_tail(&cache->list, &heap->caches);
	mutex_unlock(&heap->mutex);
	return is_new;
}

static int no_memory(struct annex_heap *heap)
{
	return refuse(heap, -ENOMEM, "kmem_cache_create",
		      "there is no memory for it");
}

static int create(struct annex_heap *heap, struct annex_kmem_cache *cache,
		  const char *name, unsigned int size, unsigned int align,
		  slab_flags_t flags, void (*ctor)(void *object))
{
	int err =
		annex_cache_set_up(heap, cache, name, size, align, flags, ctor);

	if (err == -EINVAL)
		return refuse(heap, err, "kmem_cache_create",
			      "no block is large enough for its objects");
	if (err)
		return no_memory(heap);
	if (enlist(heap, cache))
		return 0;
	annex_cache_tear_down(cache);
	return refuse(heap, -EEXIST, "kmem_cache_create",
		      "there is a cache of that name");
}

/*
 * annex_kmem_cache_create() in a pool. Returns an ERR_PTR() on failure:
 * -EINVAL, also in atomic context, -EEXIST or -ENOMEM.
 */
struct annex_kmem_cache *annex_cache_create(struct annex_heap *heap,
					    const char *name, unsigned int size,
					    unsigned int align,
					    slab_flags_t flags,
					    void (*ctor)(void *object))
{
	const char *what = complaint(name, size, align, flags);
	struct annex_kmem_cache *cache;
	int err;

	if (annex_refused_atomic(heap->frames, ANNEX_BAD_HEAP,
				 "kmem_cache_create"))
		return ERR_PTR(-EINVAL);
	might_sleep();
	if (!heap->ready)
		what = "the pool has no heap";
	if (what)
		return ERR_PTR(refuse(heap, -EINVAL, "kmem_cache_create",
				      what));
	if (flags & SLAB_STORE_USER && annex_stacks_init())
		return ERR_PTR(no_memory(heap));
	cache = annex_cache_alloc(heap, &heap->boot,
				  GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (!cache)
		return ERR_PTR(no_memory(heap));
	err = create(heap, cache, name, size, align, flags, ctor);
	if (!err)
		return cache;
	annex_cache_free(heap, &heap->boot, cache);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_cache_create);

/* Is it a cache of this heap, and not one that is embedded in the heap? */
static bool is_destroyable(struct annex_heap *heap,
			   struct annex_kmem_cache *cache)
{
	struct annex_kmem_cache *c;

	lockdep_assert_held(&heap->mutex);
	if ((void *)cache >= (void *)heap && (void *)cache < (void *)(heap + 1))
		return false;
	list_for_each_entry(c, &heap->caches, list)
		if (c == cache)
			return true;
	return false;
}

/*
 * Take a cache out of the list if no object is in use. CPU hotplug is held off,
 * because the objects cached on a CPU that is going offline cannot be drained.
 */
static int delist(struct annex_heap *heap, struct annex_kmem_cache *cache)
{
	struct annex_cache_info info;

	if (!is_destroyable(heap, cache))
		return refuse(heap, -EINVAL, "kmem_cache_destroy",
			      "the argument is no cache that a caller has made");
	annex_cache_drain(cache);
	annex_cache_info(cache, &info);
	if (info.active_slabs) {
		char what[96];

		snprintf(what, sizeof(what), "cache %s still has %lu objects",
			 cache->name, info.active_objs);
		refuse(heap, -EBUSY, "kmem_cache_destroy", what);
		annex_slab_debug_list(cache);
		return -EBUSY;
	}
	list_del_init(&cache->list);
	return 0;
}

/* annex_kmem_cache_destroy() in a pool. */
int annex_cache_destroy(struct annex_heap *heap, struct annex_kmem_cache *cache)
{
	int err;

	if (annex_refused_atomic(heap->frames, ANNEX_BAD_HEAP,
				 "kmem_cache_destroy"))
		return -EINVAL;
	might_sleep();
	if (!cache)
		return 0;
	if (!heap->ready)
		return refuse(heap, -EINVAL, "kmem_cache_destroy",
			      "the pool has no heap");
	/* Objects that wait for a grace period are not in use any more. */
	annex_rcu_wait(heap);
	cpus_read_lock();
	mutex_lock(&heap->mutex);
	err = delist(heap, cache);
	if (!err)
		annex_cache_tear_down(cache);
	mutex_unlock(&heap->mutex);
	cpus_read_unlock();
	if (err)
		return err;
	return annex_cache_free(heap, &heap->boot, cache);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_cache_destroy);

/* annex_kmem_cache_shrink() in a pool. */
int annex_cache_shrink(struct annex_heap *heap, struct annex_kmem_cache *cache)
{
	if (annex_refused_atomic(heap->frames, ANNEX_BAD_HEAP,
				 "kmem_cache_shrink"))
		return -EINVAL;
	might_sleep();
	if (!heap->ready || !annex_cache_live(cache))
		return refuse(heap, -EINVAL, "kmem_cache_shrink",
			      "the argument is no cache");
	annex_cache_drain(cache);
	annex_cache_reap(cache, ULONG_MAX);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_cache_shrink);

/* annex_drop_slab() of a pool. Process context, may sleep. */
void annex_heap_shrink(struct annex_heap *heap)
{
	struct annex_kmem_cache *cache;

	if (!heap->ready)
		return;
	mutex_lock(&heap->mutex);
	list_for_each_entry(cache, &heap->caches, list)
		annex_cache_shrink(heap, cache);
	mutex_unlock(&heap->mutex);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_heap_shrink);

/**
 * annex_heap_leaks() - count the caches and objects that users hold
 * @heap: the heap of the pool
 * @caches: set to the number of caches that users have created
 * @objects: set to the number of objects in use, of these and of kmalloc
 * @name: set to the name of a cache with objects in use, or else of one that a
 *	user has created; unchanged if there is neither
 *
 * Context: process, may sleep.
 */
void annex_heap_leaks(struct annex_heap *heap, unsigned int *caches,
		      unsigned long *objects, char name[ANNEX_CACHE_NAME_LEN])
{
	struct annex_kmem_cache *cache;

	*caches = 0;
	*objects = 0;
	if (!heap->ready)
		return;
	mutex_lock(&heap->mutex);
	list_for_each_entry(cache, &heap->caches, list) {
		struct annex_cache_info info;

		if (cache == &heap->boot)
			continue;
		annex_cache_info(cache, &info);
		if (info.active_objs ? !*objects :
				       !*caches && !*objects && is_destroyable(heap, cache))
			strscpy(name, cache->name, ANNEX_CACHE_NAME_LEN);
		*caches += is_destroyable(heap, cache);
		*objects += info.active_objs;
	}
	mutex_unlock(&heap->mutex);
}

static struct annex_heap *heap_of(struct annex_shrinker *shrinker)
{
	return container_of(shrinker, struct annex_heap, shrinker);
}

/*
 * Frames of slabs that are empty, or may be empty once the per-CPU caches are
 * drained. This shrinker counts frames, because it frees frames.
 */
static unsigned long freeable(const struct annex_kmem_cache *cache)
{
	unsigned long slabs = READ_ONCE(cache->nr[ANNEX_SLAB_EMPTY]) +
			      annex_cache_nr_cached(cache) / cache->objects;

	return slabs << cache->order;
}

static unsigned long count_frames(struct annex_shrinker *shrinker,
				  struct annex_shrink_control *sc)
{
	struct annex_heap *heap = heap_of(shrinker);
	struct annex_kmem_cache *cache;
	unsigned long sum = 0;

	/*
	 * The holder may keep the mutex for long, for example to drain each
	 * cache on all CPUs. To wait for that, in line with all other
	 * reclaimers, and to repeat it then, would free nothing.
	 */
	if (!mutex_trylock(&heap->mutex))
		return 0;
	list_for_each_entry(cache, &heap->caches, list)
		sum += freeable(cache);
	mutex_unlock(&heap->mutex);
	return sum ?: ANNEX_SHRINK_EMPTY;
}

/*
 * Free up to @nr frames of empty slabs. With @ask, drain the per-CPU caches
 * first. Returns how many were freed.
 */
static unsigned long reap_frames(struct annex_heap *heap, unsigned long nr,
				 bool ask)
{
	struct annex_kmem_cache *cache;
	unsigned long freed = 0;

	lockdep_assert_held(&heap->mutex);
	list_for_each_entry(cache, &heap->caches, list) {
		if (freed >= nr)
			break;
		if (ask && annex_cache_nr_cached(cache))
			annex_cache_drain_some(cache);
		freed += annex_cache_reap(cache,
					  DIV_ROUND_UP(nr - freed,
						       1UL << cache->order));
	}
	return freed;
}

/* Empty slabs come first, because a drain interrupts other CPUs. */
static unsigned long scan_frames(struct annex_shrinker *shrinker,
				 struct annex_shrink_control *sc)
{
	struct annex_heap *heap = heap_of(shrinker);
	unsigned long freed;

	if (!mutex_trylock(&heap->mutex))
		return ANNEX_SHRINK_STOP;
	freed = reap_frames(heap, sc->nr_to_scan, false);
	if (freed < sc->nr_to_scan)
		freed += reap_frames(heap, sc->nr_to_scan - freed, true);
	mutex_unlock(&heap->mutex);
	return freed ?: ANNEX_SHRINK_STOP;
}

/**
 * annex_heap_drain_dead() - drain the caches of a dead CPU
 * @heap: the heap of the pool; nothing happens if it is not ready
 * @cpu: the CPU
 *
 * Context: process, may sleep; the CPU stays offline meanwhile.
 */
void annex_heap_drain_dead(struct annex_heap *heap, int cpu)
{
	struct annex_kmem_cache *cache;

	if (!READ_ONCE(heap->ready))
		return;
	mutex_lock(&heap->mutex);
	list_for_each_entry(cache, &heap->caches, list)
		annex_cache_drain_dead(cache, cpu);
	mutex_unlock(&heap->mutex);
}

static int init_shrinker(struct annex_heap *heap)
{
	struct annex_shrinker *shrinker = &heap->shrinker;

	*shrinker = (struct annex_shrinker){
		.count_objects = count_frames,
		.scan_objects = scan_frames,
		.batch = SHRINK_BATCH,
		.name = "annex-slab",
	};
	INIT_LIST_HEAD(&shrinker->list);
	return annex_shrinker_add(heap->frames, shrinker);
}

static int init_caches(struct annex_heap *heap)
{
	int err = annex_cache_set_up(heap, &heap->boot, "kmem_cache",
				     sizeof(struct annex_kmem_cache), 0,
				     SLAB_HWCACHE_ALIGN, NULL);

	if (err)
		return err;
	list_add_tail(&heap->boot.list, &heap->caches);
	return annex_kmalloc_init(heap);
}

/* Tear down all caches; log the objects that were not freed. */
static void exit_caches(struct annex_heap *heap)
{
	struct annex_kmem_cache *cache, *prev;
	unsigned long lost;

	/* The first one last: the others are its objects. */
	list_for_each_entry_safe_reverse(cache, prev, &heap->caches, list) {
		bool made = is_destroyable(heap, cache);

		list_del(&cache->list);
		lost = annex_cache_tear_down(cache);
		if (lost)
			pr_warn("annex: %lu objects of cache %s were never given back\n",
				lost, cache->name);
		if (made)
			annex_cache_free(heap, &heap->boot, cache);
	}
}

/**
 * annex_heap_none() - make all allocations from a heap fail
 * @heap: the heap, zeroed
 * @frames: the frames of its pool
 * @v: the vmalloc space of its pool
 */
void annex_heap_none(struct annex_heap *heap, struct annex_frames *frames,
		     struct annex_vmalloc *v)
{
	unsigned int type, class;

	heap->frames = frames;
	heap->vmalloc = v;
	for (type = 0; type < ANNEX_NR_KMALLOC_TYPES; type++)
		for (class = 0; class < ANNEX_KMALLOC_CLASSES; class++)
			heap->kmalloc[type][class].cpu = &annex_heap_no_cpu;
}

static void find_lowmem(struct annex_heap *heap)
{
	heap->lowmem = heap->frames->lowmem;
	heap->lowmem_pages = heap->frames->lowmem_pages;
	heap->mem_map = heap->frames->mem_map;
}

/* No address is one of the heap any more. */
static void forget_lowmem(struct annex_heap *heap)
{
	heap->lowmem = NULL;
	heap->lowmem_pages = 0;
	heap->mem_map = NULL;
}

/**
 * annex_heap_init() - initialise the heap of a pool
 * @heap: the heap of a pool that is complete except for the heap and kswapd
 * @debug: watch all caches
 *
 * Context: process, may sleep.
 * Return: 0, also for a pool without lowmem, which has no heap; -ENOMEM.
 */
int annex_heap_init(struct annex_heap *heap, bool debug)
{
	int err = 0;

	if (!heap->frames->lowmem)
		return 0;
	if (debug)
		err = annex_stacks_init();
	if (err)
		return err;
	find_lowmem(heap);
	mutex_init(&heap->mutex);
	INIT_LIST_HEAD(&heap->caches);
	heap->debug = debug;
	annex_slabs_init(heap);
	err = init_caches(heap);
	if (!err)
		err = init_shrinker(heap);
	if (err) {
		mutex_lock(&heap->mutex);
		exit_caches(heap);
		mutex_unlock(&heap->mutex);
		forget_lowmem(heap);
		return err;
	}
	WRITE_ONCE(heap->ready, true);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_heap_init);

/* Detach the heap from reclaim; CPU hotplug skips a heap that is not ready. */
static bool close_heap(struct annex_heap *heap)
{
	if (!heap->ready)
		return false;
	annex_rcu_wait(heap);
	WRITE_ONCE(heap->ready, false);
	annex_shrinker_del(heap->frames, &heap->shrinker);
	return true;
}

/**
 * annex_heap_exit() - free the heap of a pool
 * @heap: the heap of the pool; not used any more, and perhaps not ready
 *
 * Context: process, may sleep.
 */
void annex_heap_exit(struct annex_heap *heap)
{
	if (!close_heap(heap))
		return;
	mutex_lock(&heap->mutex);
	exit_caches(heap);
	mutex_unlock(&heap->mutex);
	forget_lowmem(heap);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_heap_exit);

/**
 * annex_heap_abandon() - abandon the heap: frames and objects stay as they are
 * @heap: the heap of a pool from which no frame is allocated any more; perhaps
 *	not ready
 *
 * Context: process, may sleep.
 */
void annex_heap_abandon(struct annex_heap *heap)
{
	struct annex_kmem_cache *cache;

	if (!close_heap(heap))
		return;
	mutex_lock(&heap->mutex);
	list_for_each_entry(cache, &heap->caches, list)
		annex_cache_abandon(cache);
	mutex_unlock(&heap->mutex);
	forget_lowmem(heap);
}
