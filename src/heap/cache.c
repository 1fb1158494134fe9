// SPDX-License-Identifier: GPL-2.0-only
/*
 * Caches: objects of one kind, and the CPUs that have some of them at hand.
 *
 *      user
 *      |  ^       fast.h
 *      v  |
 *   |##|##|##|  |  |  |      a CPU's list, the youngest last
 *     |      ^
 *     v      | a batch, with one hold of the cache's lock
 *   slabs:  full <-> partial <-> empty  --> frames, beyond some that are kept
 *
 * An object of a slab with others in use is handed out before one of an empty
 * slab, and the slab whose object came back last is the first of its list: so
 * slabs run full, and others run empty. A cache keeps a few empty slabs; they
 * are given back when frames run short (heap.c), or when somebody asks.
 *
 * A cache that is watched (slab_debug.c) has no lists: each object comes from
 * its slab and goes back to it.
 *
 * What a user gets wrong is refused (misuse.c). A cache is destroyed when it has
 * all its objects, and not before.
 *
 * Locking: cache->lock, with interrupts off, for the slabs; a CPU's list is its
 * own, with interrupts off. No frame is allocated or freed with the lock held.
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

#include "annex.h"
#include "heap/cache.h"
#include "heap/fast.h"
#include "heap/misuse.h"
#include "heap/slab.h"
#include "heap/slab_debug.h"
#include "host/fail.h"
#include "page/report.h"

DEFINE_PER_CPU(struct annex_cache_cpu, annex_heap_no_cpu);

/*
 * Objects that a CPU may have at hand: as many as fill some frames, and 64 of
 * the small ones, for which a batch of 32 makes the slabs' part of each a few
 * instructions. Few want the DMA zone: a quarter.
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

/* Empty slabs that a cache keeps: some eight frames of them, and always one. */
static u8 empty_slabs(unsigned int order)
{
	return max(8U >> order, 1U);
}

/* A slab stands in the list that says how much of it is out. */
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

/* Take an empty slab out, for annex_slab_free(). */
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

/* Put one back into its slab. */
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

/* One for the caller, and some for his CPU. */
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
	       take_locked(cache, &cpu->slot[cpu->count]))
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

static void *alloc_slowly(struct annex *annex, struct annex_kmem_cache *cache,
			  gfp_t gfp)
{
	struct annex_object one;
	void *addr;

	if (unlikely(!annex_cache_live(cache) || in_nmi())) {
		annex_heap_refuse_alloc(annex, cache);
		return NULL;
	}
	if (!(gfp & __GFP_NOFAIL) && annex_should_fail(ANNEX_FAIL_OBJECT))
		return NULL;
	/* Nobody has tried that yet where there may be failures on purpose. */
	addr = annex_cache_pop(cache, true);
	if (addr)
		return addr;
	while (!refill(cache, &one))
		if (!grow(cache, gfp))
			return NULL;
	if (annex_cache_watched(cache))
		annex_slab_debug_alloc(one.slab, one.idx);
	set_bit(one.idx, one.slab->busy);
	return one.addr;
}

/**
 * annex_cache_alloc_rest() - what the short way has left of an allocation
 * @annex: the pool
 * @cache: the cache, perhaps none
 * @gfp: the request's flags
 * @addr: the object, to be zeroed, or NULL
 *
 * Context: as @gfp, not NMI.
 * Return: the object or NULL.
 */
void *annex_cache_alloc_rest(struct annex *annex,
			     struct annex_kmem_cache *cache, gfp_t gfp,
			     void *addr)
{
	if (!addr)
		addr = alloc_slowly(annex, cache, gfp);
	if (!addr || !(gfp & __GFP_ZERO))
		return addr;
	if (unlikely(cache->ctor)) {
		annex_cache_free(annex, cache, addr);
		annex_refuse_call(annex, ANNEX_BAD_HEAP, -EINVAL,
				  "kmem_cache_alloc",
				  "an object cannot be both constructed and zeroed");
		return NULL;
	}
	return memset(addr, 0, cache->size);
}

/* Put an object into the CPU's list, whose oldest make room for it. */
static void push_locked(struct annex_cache_cpu *cpu, struct annex_slab *slab,
			u32 idx, struct list_head *doomed)
{
	struct annex_object *object;
	u32 i;

	if (cpu->count == cpu->high) {
		for (i = 0; i < cpu->batch; i++)
			give_locked(cpu->slot[i].slab, cpu->slot[i].idx,
				    doomed);
		cpu->count -= cpu->batch;
		memmove(cpu->slot, cpu->slot + cpu->batch,
			cpu->count * sizeof(cpu->slot[0]));
	}
	object = &cpu->slot[cpu->count++];
	object->addr = annex_slab_object(slab, idx);
	object->slab = slab;
	object->idx = idx;
}

/**
 * annex_cache_put_slowly() - put back an object for which a CPU has no room
 * @slab: its slab
 * @idx: its place there; it is no user's any more
 *
 * Context: any but NMI.
 */
void annex_cache_put_slowly(struct annex_slab *slab, u32 idx)
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

/* All that a CPU has at hand. Interrupts are off, or the CPU is dead. */
static void empty_cpu(struct annex_kmem_cache *cache,
		      struct annex_cache_cpu *cpu)
{
	LIST_HEAD(doomed);

	spin_lock(&cache->lock);
	for (; cpu->count; cpu->count--)
		give_locked(cpu->slot[cpu->count - 1].slab,
			    cpu->slot[cpu->count - 1].idx, &doomed);
	spin_unlock(&cache->lock);
	annex_slabs_free(&doomed);
}

static void empty_this_cpu(void *cache)
{
	empty_cpu(cache, this_cpu_ptr(((struct annex_kmem_cache *)cache)->cpu));
}

/**
 * annex_cache_drain() - let all CPUs put back what they have at hand
 * @cache: the cache
 *
 * But for a CPU on its way out, which does so when it is dead, unless the caller
 * keeps CPUs from that (cpus_read_lock()). It is not taken here: the request may
 * come from a shrinker, and so from whoever takes a CPU away.
 *
 * Context: process, may sleep.
 */
void annex_cache_drain(struct annex_kmem_cache *cache)
{
	on_each_cpu(empty_this_cpu, cache, 1);
}

static unsigned int count_of(const struct annex_kmem_cache *cache, int cpu)
{
	/* data_race(): a CPU counts what is its own with plain accesses. */
	return data_race(per_cpu_ptr(cache->cpu, cpu)->count);
}

static bool has_some(int cpu, void *cache)
{
	return count_of(cache, cpu);
}

/**
 * annex_cache_drain_some() - let CPUs put back what they seem to have at hand
 * @cache: the cache
 *
 * One that is just putting an object on its empty list may be missed; nobody
 * else is interrupted for nothing.
 *
 * Context: process, may sleep.
 */
void annex_cache_drain_some(struct annex_kmem_cache *cache)
{
	on_each_cpu_cond_mask(has_some, empty_this_cpu, cache, true,
			      cpu_online_mask);
}

/**
 * annex_cache_drain_dead() - put back what a CPU had at hand
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
 * annex_cache_reap() - give empty slabs back
 * @cache: the cache
 * @nr: at most so many
 *
 * Context: any but NMI.
 * Return: frames that they had.
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
 * annex_cache_at_hand() - objects that CPUs have at hand
 * @cache: the cache
 *
 * Context: any. A snapshot.
 */
unsigned long annex_cache_at_hand(const struct annex_kmem_cache *cache)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += count_of(cache, cpu);
	return sum;
}

/**
 * annex_cache_info() - how much of a cache is in use
 * @cache: the cache
 * @info: filled; exact if nobody uses it just now
 *
 * Context: any but NMI.
 */
void annex_cache_info(struct annex_kmem_cache *cache,
		      struct annex_cache_info *info)
{
	unsigned long flags, at_hand, out;

	spin_lock_irqsave(&cache->lock, flags);
	at_hand = annex_cache_at_hand(cache);
	out = cache->nr_out;
	info->num_objs = cache->nr_objects;
	info->active_slabs = cache->nr[ANNEX_SLAB_PARTIAL] +
			     cache->nr[ANNEX_SLAB_FULL];
	info->num_slabs = info->active_slabs + cache->nr[ANNEX_SLAB_EMPTY];
	spin_unlock_irqrestore(&cache->lock, flags);
	info->active_objs = out > at_hand ? out - at_hand : 0;
}

/*
 * As in Linux: cache lines, but for objects of which several fit into one. What
 * is no power of two is served by the next one.
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
 * annex_cache_set_up() - make a cache in place
 * @annex: the pool
 * @cache: where
 * @name: its name
 * @size: bytes of an object
 * @align: up to a page, or 0
 * @flags: SLAB_*
 * @ctor: makes a new object, or NULL
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL if objects are too large; -ENOMEM.
 */
int annex_cache_set_up(struct annex *annex, struct annex_kmem_cache *cache,
		       const char *name, unsigned int size, unsigned int align,
		       slab_flags_t flags, void (*ctor)(void *object))
{
	unsigned int i;
	int err;

	memset(cache, 0, sizeof(*cache));
	strscpy(cache->name, name, sizeof(cache->name));
	if (annex->heap.debug)
		flags |= SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER;
	cache->annex = annex;
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
 * annex_cache_tear_down() - take a cache apart
 * @cache: a cache, or one that could not be set up; nobody uses it
 *
 * Context: process, may sleep.
 * Return: how many objects were never given back. Their frames are the pool's
 * again all the same.
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
	/* Whoever comes now goes the slow way, and is refused there. */
	cache->cpu = &annex_heap_no_cpu;
	lost = cache->nr_out;
	drop_all(cache, &doomed);
	annex_slabs_free(&doomed);
	free_percpu(lists);
	return lost;
}

/**
 * annex_cache_leave() - a cache is used no more, but its slabs stay as they are
 * @cache: a cache of a pool of which nobody gets a frame any more
 *
 * Context: process, may sleep.
 */
void annex_cache_leave(struct annex_kmem_cache *cache)
{
	struct annex_cache_cpu __percpu *lists = cache->cpu;

	if (!annex_cache_live(cache))
		return;
	WRITE_ONCE(cache->magic, 0);
	cache->cpu = &annex_heap_no_cpu;
	free_percpu(lists);
}
