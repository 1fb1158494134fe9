// SPDX-License-Identifier: GPL-2.0-only
/*
 * Caches: objects of one kind, in slabs and in per-CPU lists.
 *
 *      user
 *      |  ^       kmalloc_fast.h
 *      v  |
 *   |##|##|##|  |  |  |      a CPU's list, the most recently freed last
 *     |      ^
 *     v      | a batch, with one hold of the cache's lock
 *   slabs:  full <-> partial <-> empty  --> frames, beyond some that are kept
 *
 * Objects are taken from partial slabs before empty ones, and the slab to which
 * an object returned last is the first of its list. So slabs in use fill up,
 * and the others become empty. A cache keeps a few empty slabs; the shrinker
 * (heap.c) or a call to shrink the cache frees them.
 *
 * A watched cache (slab_debug.c) has no per-CPU lists: each object comes from
 * its slab and returns to it.
 *
 * Invalid calls are refused (misuse.c). A cache can be destroyed only when no
 * object is in use.
 *
 * Locking: cache->lock, with interrupts off, for the slabs. A CPU accesses its
 * own list with interrupts off. No frame is allocated or freed with the lock
 * held.
 *
 * Failing: NULL if there are no frames.
 */
#include <linux/cache.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "base/fail.h"
#include "base/for_kunit.h"
#include "heap/cache.h"
#include "heap/kmalloc_fast.h"
#include "heap/misuse.h"
#include "heap/slab.h"
#include "heap/slab_debug.h"
#include "host/compat_lockdep.h"
#include "page/frames.h"
#include "page/report.h"

DEFINE_PER_CPU(struct annex_cache_cpu, annex_heap_no_cpu);

/*
 * The limit of a CPU's list: as many objects as fill a few frames, and 64 small
 * ones, where a batch of 32 spreads the cost of the slabs to a few instructions
 * per object. A quarter of that for the DMA zone, which has few users.
 */
static u32 cpu_high(const struct annex_kmem_cache *cache)
{
	u32 high = cache->flags & SLAB_CACHE_DMA ? 16 : 64;

	if (annex_cache_watched(cache))
		return 0;
	if (cache->stride <= 256)
		return high;
	if (cache->stride <= 1024)
		return high / 2;
	return cache->stride <= PAGE_SIZE ? high / 4 : 4;
}

/* Empty slabs that a cache keeps: about eight frames of them, at least one. */
static u8 empty_slabs(unsigned int order)
{
	return max(8U >> order, 1U);
}

/* Move a slab to the list that matches the number of its objects out. */
static void relist_locked(struct annex_slab *slab)
{
	struct annex_kmem_cache *cache = slab->cache;
	enum annex_slab_list to = ANNEX_SLAB_PARTIAL;

	lockdep_assert_held(&cache->lock);
	if (!slab->nr_out)
		to = ANNEX_SLAB_EMPTY;
	else if (slab->nr_out == slab->objects)
		to = ANNEX_SLAB_FULL;
	if (slab->where == to)
		return;
	cache->nr[slab->where]--;
	cache->nr[to]++;
	slab->where = to;
	list_move(&slab->list, &cache->slabs[to]);
}

static void add_slab_locked(struct annex_slab *slab)
{
	struct annex_kmem_cache *cache = slab->cache;

	lockdep_assert_held(&cache->lock);
	slab->where = ANNEX_SLAB_EMPTY;
	cache->nr[ANNEX_SLAB_EMPTY]++;
	cache->nr_objects += slab->objects;
	list_add(&slab->list, &cache->slabs[ANNEX_SLAB_EMPTY]);
}

/* Unlink an empty slab, for annex_slab_free(). */
static void drop_slab_locked(struct annex_slab *slab, struct list_head *doomed)
{
	struct annex_kmem_cache *cache = slab->cache;

	lockdep_assert_held(&cache->lock);
	cache->nr[slab->where]--;
	cache->nr_objects -= slab->objects;
	slab->where = ANNEX_SLAB_NOWHERE;
	list_move(&slab->list, doomed);
}

static struct annex_slab *pick_locked(struct annex_kmem_cache *cache)
{
	struct annex_slab *slab;

	slab = list_first_entry_or_null(&cache->slabs[ANNEX_SLAB_PARTIAL],
					struct annex_slab, list);
	if (slab)
		return slab;
	return list_first_entry_or_null(&cache->slabs[ANNEX_SLAB_EMPTY],
					struct annex_slab, list);
}

/* Take an object out of a slab; false if there is none. */
static bool take_locked(struct annex_kmem_cache *cache,
			struct annex_object *object)
{
	struct annex_slab *slab = pick_locked(cache);
	unsigned long *out;

	if (!slab)
		return false;
	out = annex_slab_out(slab);
	object->slab = slab;
	object->idx = find_first_zero_bit(out, slab->objects);
	object->addr = annex_slab_object(slab, object->idx);
	__set_bit(object->idx, out);
	slab->nr_out++;
	cache->nr_out++;
	relist_locked(slab);
	return true;
}

/* Return an object to its slab. */
static void give_locked(struct annex_slab *slab, u32 idx,
			struct list_head *doomed)
{
	struct annex_kmem_cache *cache = slab->cache;

	__clear_bit(idx, annex_slab_out(slab));
	slab->nr_out--;
	cache->nr_out--;
	relist_locked(slab);
	if (!slab->nr_out && cache->nr[ANNEX_SLAB_EMPTY] > cache->keep)
		drop_slab_locked(slab, doomed);
}

/* Take one object for the caller and a batch for this CPU's list. */
static bool refill(struct annex_kmem_cache *cache, struct annex_object *one)
{
	struct annex_cache_cpu *cpu;
	unsigned long flags;
	bool found;

	local_irq_save(flags);
	cpu = this_cpu_ptr(cache->cpu);
	spin_lock(&cache->lock);
	found = take_locked(cache, one);
	while (found && cpu->count < cpu->batch &&
	       take_locked(cache, &cpu->entry[cpu->count]))
		cpu->count++;
	spin_unlock(&cache->lock);
	local_irq_restore(flags);
	return found;
}

static bool grow(struct annex_kmem_cache *cache, gfp_t gfp)
{
	struct annex_slab *slab = annex_slab_new(cache, gfp);
	unsigned long flags;

	if (!slab)
		return false;
	spin_lock_irqsave(&cache->lock, flags);
	add_slab_locked(slab);
	spin_unlock_irqrestore(&cache->lock, flags);
	return true;
}

static void *alloc_slow(struct annex_heap *heap, struct annex_kmem_cache *cache,
			gfp_t gfp)
{
	struct annex_object one;
	void *addr;

	if (unlikely(!annex_cache_live(cache) || in_nmi())) {
		annex_heap_refuse_alloc(heap, cache);
		return NULL;
	}
	if (!(gfp & __GFP_NOFAIL) && annex_should_fail(ANNEX_FAIL_OBJECT))
		return NULL;
	/* With fault injection on, the fast path has not tried the list. */
	addr = annex_cache_pop(cache, true);
	if (addr)
		return addr;
	while (!refill(cache, &one))
		if (!grow(cache, gfp))
			return NULL;
	if (annex_cache_watched(cache))
		annex_slab_debug_alloc(one.slab, one.idx, gfp);
	set_bit(one.idx, one.slab->busy);
	return one.addr;
}

/**
 * annex_cache_alloc_slow() - the slow path of an allocation, and zeroing
 * @heap: the heap of the pool
 * @cache: the cache; perhaps not a valid one
 * @gfp: the request's flags
 * @addr: the object from the fast path, to be zeroed; or NULL
 *
 * Context: as @gfp, not NMI.
 * Return: the object or NULL.
 */
void *annex_cache_alloc_slow(struct annex_heap *heap,
			     struct annex_kmem_cache *cache, gfp_t gfp,
			     void *addr)
{
	if (!addr)
		addr = alloc_slow(heap, cache, gfp);
	if (!addr || !(gfp & __GFP_ZERO))
		return addr;
	if (unlikely(cache->ctor)) {
		annex_cache_free(heap, cache, addr);
		annex_refuse_call(heap->frames, ANNEX_BAD_HEAP, -EINVAL,
				  "kmem_cache_alloc",
				  "an object cannot be both constructed and zeroed");
		return NULL;
	}
	return memset(addr, 0, cache->size);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_cache_alloc_slow);

/* Put an object into the CPU's list; if it is full, return a batch first. */
static void push_locked(struct annex_cache_cpu *cpu, struct annex_slab *slab,
			u32 idx, struct list_head *doomed)
{
	struct annex_object *object;
	u32 i;

	if (cpu->count == cpu->high) {
		for (i = 0; i < cpu->batch; i++)
			give_locked(cpu->entry[i].slab, cpu->entry[i].idx,
				    doomed);
		cpu->count -= cpu->batch;
		memmove(cpu->entry, cpu->entry + cpu->batch,
			cpu->count * sizeof(cpu->entry[0]));
	}
	object = &cpu->entry[cpu->count++];
	object->addr = annex_slab_object(slab, idx);
	object->slab = slab;
	object->idx = idx;
}

/**
 * annex_cache_put_slow() - the slow path of a free: the CPU's list is full
 * @slab: its slab
 * @idx: its index there; it is not in use any more
 *
 * Context: any but NMI.
 */
void annex_cache_put_slow(struct annex_slab *slab, u32 idx)
{
	struct annex_kmem_cache *cache = slab->cache;
	struct annex_cache_cpu *cpu;
	unsigned long flags;
	LIST_HEAD(doomed);

	if (annex_cache_watched(cache))
		annex_slab_debug_free(slab, idx);
	local_irq_save(flags);
	cpu = this_cpu_ptr(cache->cpu);
	spin_lock(&cache->lock);
	if (cpu->high)
		push_locked(cpu, slab, idx, &doomed);
	else
		give_locked(slab, idx, &doomed);
	spin_unlock(&cache->lock);
	local_irq_restore(flags);
	annex_slabs_free(&doomed);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_cache_put_slow);

/* Drain a CPU's list. Interrupts are off; it is this CPU, or an offline one. */
static void empty_cpu(struct annex_kmem_cache *cache,
		      struct annex_cache_cpu *cpu)
{
	LIST_HEAD(doomed);

	spin_lock(&cache->lock);
	for (; cpu->count; cpu->count--)
		give_locked(cpu->entry[cpu->count - 1].slab,
			    cpu->entry[cpu->count - 1].idx, &doomed);
	spin_unlock(&cache->lock);
	annex_slabs_free(&doomed);
}

static ANNEX_IPI_MAP(empty_map);

static void empty_this_cpu(void *cache)
{
	annex_ipi_begin(&empty_map);
	empty_cpu(cache, this_cpu_ptr(((struct annex_kmem_cache *)cache)->cpu));
	annex_ipi_end(&empty_map);
}

/**
 * annex_cache_drain() - drain the lists of all CPUs
 * @cache: the cache
 *
 * The list of a CPU that is going offline is missed, and drained when the CPU
 * is dead, unless the caller holds off hotplug with cpus_read_lock(). This
 * function does not take that lock: the caller may be a shrinker, called by a
 * thread that takes a CPU offline.
 *
 * Context: process, may sleep.
 */
void annex_cache_drain(struct annex_kmem_cache *cache)
{
	on_each_cpu(empty_this_cpu, cache, 1);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_cache_drain);

static unsigned int count_of(const struct annex_kmem_cache *cache, int cpu)
{
	/* data_race(): a CPU changes its own count with plain accesses. */
	return data_race(per_cpu_ptr(cache->cpu, cpu)->count);
}

static bool has_some(int cpu, void *cache)
{
	return count_of(cache, cpu);
}

/**
 * annex_cache_drain_some() - drain the lists that do not look empty
 * @cache: the cache
 *
 * CPUs with an empty list are not interrupted. A CPU that is just adding the
 * first object to its list may be missed.
 *
 * Context: process, may sleep.
 */
void annex_cache_drain_some(struct annex_kmem_cache *cache)
{
	on_each_cpu_cond_mask(has_some, empty_this_cpu, cache, true,
			      cpu_online_mask);
}

/**
 * annex_cache_drain_dead() - drain the list of an offline CPU
 * @cache: the cache
 * @cpu: a CPU that does not run
 *
 * Context: process.
 */
void annex_cache_drain_dead(struct annex_kmem_cache *cache, int cpu)
{
	unsigned long flags;

	local_irq_save(flags);
	empty_cpu(cache, per_cpu_ptr(cache->cpu, cpu));
	local_irq_restore(flags);
}

/**
 * annex_cache_reap() - free empty slabs
 * @cache: the cache
 * @nr: at most so many slabs
 *
 * Context: any but NMI.
 * Return: the number of frames that were freed.
 */
unsigned long annex_cache_reap(struct annex_kmem_cache *cache,
			       unsigned long nr)
{
	unsigned long flags, freed = 0;
	struct annex_slab *slab;
	LIST_HEAD(doomed);

	spin_lock_irqsave(&cache->lock, flags);
	while (nr--) {
		slab = list_first_entry_or_null(&cache->slabs[ANNEX_SLAB_EMPTY],
						struct annex_slab, list);
		if (!slab)
			break;
		freed += 1UL << slab->order;
		drop_slab_locked(slab, &doomed);
	}
	spin_unlock_irqrestore(&cache->lock, flags);
	annex_slabs_free(&doomed);
	return freed;
}

/**
 * annex_cache_nr_cached() - the number of objects cached per CPU
 * @cache: the cache
 *
 * Context: any. A snapshot.
 */
unsigned long annex_cache_nr_cached(const struct annex_kmem_cache *cache)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += count_of(cache, cpu);
	return sum;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_cache_nr_cached);

/**
 * annex_cache_info() - how much of a cache is in use
 * @cache: the cache
 * @info: filled; exact if the cache is idle
 *
 * Context: any but NMI.
 */
void annex_cache_info(struct annex_kmem_cache *cache,
		      struct annex_cache_info *info)
{
	unsigned long flags, nr_cached, out;

	spin_lock_irqsave(&cache->lock, flags);
	nr_cached = annex_cache_nr_cached(cache);
	out = cache->nr_out;
	info->num_objs = cache->nr_objects;
	info->active_slabs = cache->nr[ANNEX_SLAB_PARTIAL] +
			     cache->nr[ANNEX_SLAB_FULL];
	info->num_slabs = info->active_slabs + cache->nr[ANNEX_SLAB_EMPTY];
	spin_unlock_irqrestore(&cache->lock, flags);
	info->active_objs = out > nr_cached ? out - nr_cached : 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_cache_info);

/*
 * As in Linux: align to cache lines, or to a part of one if several objects fit
 * into a line. Other alignments are rounded up to a power of two.
 */
static u32 calculate_align(u32 size, u32 align, slab_flags_t flags)
{
	u32 line = flags & SLAB_HWCACHE_ALIGN ? cache_line_size() : 1;

	while (line > 1 && size <= line / 2)
		line /= 2;
	align = align ? roundup_pow_of_two(align) : 0;
	align = max3(align, line, (u32)__alignof__(unsigned long long));
	return max_t(u32, align, sizeof(void *));
}

static int set_up_cpus(struct annex_kmem_cache *cache)
{
	u32 high = cpu_high(cache);
	struct annex_cache_cpu __percpu *lists;
	int cpu;

	if (annex_should_fail(ANNEX_FAIL_PERCPU))
		return -ENOMEM;
	lists = __alloc_percpu(sizeof(struct annex_cache_cpu) +
			       high * sizeof(struct annex_object),
			       __alignof__(struct annex_cache_cpu));
	if (!lists)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct annex_cache_cpu *list = per_cpu_ptr(lists, cpu);

		list->count = 0;
		list->high = high;
		list->batch = high / 2;
	}
	cache->cpu = lists;
	return 0;
}

/**
 * annex_cache_set_up() - initialise a cache
 * @heap: the heap of the pool
 * @cache: memory for the cache
 * @name: its name
 * @size: bytes of an object
 * @align: up to a page, or 0
 * @flags: SLAB_*
 * @ctor: constructor of new objects, or NULL
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL if objects are too large; -ENOMEM.
 */
int annex_cache_set_up(struct annex_heap *heap, struct annex_kmem_cache *cache,
		       const char *name, unsigned int size, unsigned int align,
		       slab_flags_t flags, void (*ctor)(void *object))
{
	unsigned int i;
	int err;

	memset(cache, 0, sizeof(*cache));
	strscpy(cache->name, name, sizeof(cache->name));
	if (heap->debug)
		flags |= SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER;
	cache->heap = heap;
	cache->size = size;
	cache->align = calculate_align(size, align, flags);
	cache->flags = flags;
	cache->ctor = ctor;
	cache->gfp = (flags & SLAB_CACHE_DMA ? __GFP_DMA : 0) |
		     (flags & SLAB_RECLAIM_ACCOUNT ? __GFP_RECLAIMABLE : 0);
	cache->stride = ALIGN(size, cache->align);
	if (annex_cache_watched(cache))
		annex_slab_debug_layout(cache);
	err = annex_slab_layout(cache);
	if (err)
		return err;
	cache->keep = empty_slabs(cache->order);
	spin_lock_init(&cache->lock);
	for (i = 0; i < ANNEX_NR_SLAB_LISTS; i++)
		INIT_LIST_HEAD(&cache->slabs[i]);
	INIT_LIST_HEAD(&cache->list);
	err = set_up_cpus(cache);
	if (!err)
		WRITE_ONCE(cache->magic, ANNEX_CACHE_LIVE);
	return err;
}

/* All slabs, in use or not. */
static void drop_all(struct annex_kmem_cache *cache, struct list_head *doomed)
{
	unsigned int i;

	for (i = 0; i < ANNEX_NR_SLAB_LISTS; i++) {
		list_splice_tail_init(&cache->slabs[i], doomed);
		cache->nr[i] = 0;
	}
	cache->nr_objects = 0;
	cache->nr_out = 0;
}

/**
 * annex_cache_tear_down() - free the slabs and lists of a cache
 * @cache: a cache, or one that could not be set up; it is not used any more
 *
 * Context: process, may sleep.
 * Return: the number of objects that were still in use. Their frames are freed
 * all the same.
 */
unsigned long annex_cache_tear_down(struct annex_kmem_cache *cache)
{
	struct annex_cache_cpu __percpu *lists = cache->cpu;
	unsigned long lost;
	LIST_HEAD(doomed);
	int cpu;

	if (!annex_cache_live(cache))
		return 0;
	for_each_possible_cpu(cpu)
		annex_cache_drain_dead(cache, cpu);
	WRITE_ONCE(cache->magic, 0);
	/* From now on, a call takes the slow path and is refused there. */
	cache->cpu = &annex_heap_no_cpu;
	lost = cache->nr_out;
	drop_all(cache, &doomed);
	annex_slabs_free(&doomed);
	free_percpu(lists);
	return lost;
}

/**
 * annex_cache_abandon() - abandon a cache: its slabs stay as they are
 * @cache: a cache of a pool from which no frame is allocated any more
 *
 * Context: process, may sleep.
 */
void annex_cache_abandon(struct annex_kmem_cache *cache)
{
	struct annex_cache_cpu __percpu *lists = cache->cpu;

	if (!annex_cache_live(cache))
		return;
	WRITE_ONCE(cache->magic, 0);
	cache->cpu = &annex_heap_no_cpu;
	free_percpu(lists);
}
