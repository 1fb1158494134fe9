// SPDX-License-Identifier: GPL-2.0-only
/*
 * Validation of the heap: do frames, slabs and caches agree?
 *
 * It checks that
 *  - each block that is a slab refers to a descriptor in use, which has the
 *    block's pfn and order and a cache of the pool;
 *  - each object that a user holds is out of its slab, the number of objects
 *    out is the recorded one, and the slab is in the list of its cache that
 *    follows from it;
 *  - free objects of a cache with debug flags are unchanged;
 *  - the lists of a cache have as many slabs, and these as many objects, as the
 *    cache records;
 *  - objects that are cached per CPU are out of their slab and held by no user;
 *  - the number of slabs is the recorded one.
 *
 * Slabs are checked frame by frame, under the lock of the heap, so that none is
 * freed, and that of the cache. So all checks but the last are valid on a pool
 * in use as well. The last one is skipped if slabs were made or freed
 * meanwhile. A CPU's list is checked by that CPU itself.
 *
 * Locking: heap->mutex; heap->lock and inside it cache->lock, with interrupts
 * off, for a frame at a time; cache->lock for a cache's lists.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/smp.h>

#include "heap/cache.h"
#include "heap/desc.h"
#include "heap/slab_debug.h"
#include "page/page.h"
#include "pool/pool.h"
#include "validate/validate.h"

/* Frames between two calls of cond_resched(). */
#define CHUNK		(4 * ANNEX_MAX_ORDER_PAGES)

/* A list longer than this is not counted: a few milliseconds with its lock. */
#define COUNT_MAX	BIT(16)

struct slab_census {
	struct annex *annex;
	struct annex_violations to;
	unsigned long slabs;
};

/* Is this a cache of the pool? The mutex keeps the list of caches as it is. */
static bool is_cache(const struct annex_heap *heap,
		     const struct annex_kmem_cache *cache)
{
	const struct annex_kmem_cache *c;

	list_for_each_entry(c, &heap->caches, list)
		if (c == cache)
			return true;
	return false;
}

static unsigned int list_for(const struct annex_slab *slab)
{
	if (!slab->nr_out)
		return ANNEX_SLAB_EMPTY;
	return slab->nr_out < slab->objects ? ANNEX_SLAB_PARTIAL :
					      ANNEX_SLAB_FULL;
}

static void check_bits(struct slab_census *c, const struct annex_slab *slab)
{
	const unsigned long *out = annex_slab_out(slab);
	unsigned int weight = bitmap_weight(out, slab->objects);
	u32 idx;

	if (weight != slab->nr_out)
		annex_violation(&c->to,
				"slab %#x of %s has %u objects out, counted %u",
				slab->pfn, slab->cache->name, slab->nr_out,
				weight);
	if (!bitmap_subset(slab->busy, out, slab->objects))
		annex_violation(&c->to,
				"slab %#x of %s has objects in use that are free",
				slab->pfn, slab->cache->name);
	for_each_clear_bit(idx, out, slab->objects)
		if (!annex_slab_debug_intact(slab, idx))
			annex_violation(&c->to,
					"free object %u of slab %#x of %s was written to",
					idx, slab->pfn, slab->cache->name);
}

/* Called with the cache's lock held. */
static void check_contents(struct slab_census *c, const struct annex_slab *slab)
{
	check_bits(c, slab);
	/* A slab that is being made or freed is in no list and has none out. */
	if (slab->where == ANNEX_SLAB_NOWHERE) {
		if (slab->nr_out)
			annex_violation(&c->to, "slab %#x of %s is in no list",
					slab->pfn, slab->cache->name);
	} else if (slab->where != list_for(slab)) {
		annex_violation(&c->to,
				"slab %#x of %s with %u of %u objects out is in list %u",
				slab->pfn, slab->cache->name, slab->nr_out,
				slab->objects, slab->where);
	}
}

/* Check a block that is a slab, with the heap's lock held. */
static void check_slab(struct slab_census *c, annex_pfn_t pfn)
{
	const struct annex_page *page = c->annex->frames.mem_map + pfn;
	u32 nr = annex_heap_value(page);
	struct annex_slab *slab;

	c->slabs++;
	if (!annex_desc_in_use(&c->annex->heap, nr)) {
		annex_violation(&c->to,
				"slab %#x names descriptor %#x, which is none in use",
				pfn, nr);
		return;
	}
	slab = annex_slab_at(&c->annex->heap, nr);
	if (slab->pfn != pfn || slab->order != annex_page_order(page)) {
		annex_violation(&c->to,
				"slab %#x of order %u names a descriptor of %#x, order %u",
				pfn, annex_page_order(page), slab->pfn,
				slab->order);
		return;
	}
	if (!is_cache(&c->annex->heap, slab->cache)) {
		annex_violation(&c->to, "slab %#x is of no cache", pfn);
		return;
	}
	spin_lock(&slab->cache->lock);
	if (slab->base !=
	    annex_heap_addr(&c->annex->heap, pfn) + slab->cache->start)
		annex_violation(&c->to,
				"slab %#x of %s has its objects elsewhere", pfn,
				slab->cache->name);
	else
		check_contents(c, slab);
	spin_unlock(&slab->cache->lock);
}

static void check_frames(struct slab_census *c)
{
	struct annex *annex = c->annex;
	unsigned long flags;
	annex_pfn_t pfn;

	for (pfn = 0; pfn < annex->frames.lowmem_pages; pfn++) {
		const struct annex_page *page = annex->frames.mem_map + pfn;

		if (pfn % CHUNK == 0)
			cond_resched();
		if (!annex_heap_is(page, ANNEX_HEAP_SLAB))
			continue;
		spin_lock_irqsave(&annex->heap.lock, flags);
		if (annex_heap_is(page, ANNEX_HEAP_SLAB))
			check_slab(c, pfn);
		spin_unlock_irqrestore(&annex->heap.lock, flags);
	}
}

/* Check the lists of a cache, with its lock held. */
static void check_lists(struct slab_census *c,
			const struct annex_kmem_cache *cache)
{
	unsigned long objects = 0, out = 0, nr;
	const struct annex_slab *slab;
	unsigned int i;

	for (i = ANNEX_SLAB_EMPTY; i < ANNEX_NR_SLAB_LISTS; i++) {
		nr = 0;
		list_for_each_entry(slab, &cache->slabs[i], list) {
			if (slab->cache != cache || slab->where != i)
				annex_violation(&c->to,
						"slab %#x is in list %u of %s and should not be",
						slab->pfn, i, cache->name);
			nr++;
			objects += slab->objects;
			out += slab->nr_out;
		}
		if (nr != cache->nr[i])
			annex_violation(&c->to,
					"%s has %lu slabs in list %u, counted %lu",
					cache->name, cache->nr[i], i, nr);
	}
	if (objects != cache->nr_objects || out != cache->nr_out)
		annex_violation(&c->to,
				"%s has %lu objects, %lu of them out, counted %lu and %lu",
				cache->name, cache->nr_objects, cache->nr_out,
				objects, out);
}

struct cached_check {
	struct annex_kmem_cache *cache;
	atomic_t wrong;
};

/* Runs on the CPU itself, whose list does not change meanwhile. */
static void check_this_cpu(void *arg)
{
	struct cached_check *check = arg;
	struct annex_cache_cpu *cpu = this_cpu_ptr(check->cache->cpu);
	u32 i;

	if (cpu->count > cpu->high)
		atomic_inc(&check->wrong);
	for (i = 0; i < min(cpu->count, cpu->high); i++) {
		const struct annex_object *object = &cpu->entry[i];
		const struct annex_slab *slab = object->slab;

		if (slab->cache != check->cache ||
		    object->idx >= slab->objects ||
		    object->addr != annex_slab_object(slab, object->idx) ||
		    !test_bit(object->idx, annex_slab_out(slab)) ||
		    test_bit(object->idx, slab->busy))
			atomic_inc(&check->wrong);
	}
}

static void check_cache(struct slab_census *c, struct annex_kmem_cache *cache)
{
	struct cached_check check = { .cache = cache, .wrong = ATOMIC_INIT(0) };
	unsigned long flags;

	if (READ_ONCE(cache->nr_objects) / cache->objects < COUNT_MAX) {
		spin_lock_irqsave(&cache->lock, flags);
		check_lists(c, cache);
		spin_unlock_irqrestore(&cache->lock, flags);
	}
	on_each_cpu(check_this_cpu, &check, 1);
	if (atomic_read(&check.wrong))
		annex_violation(&c->to,
				"%s: %d objects in per-CPU lists are not free",
				cache->name, atomic_read(&check.wrong));
}

static unsigned long slabs_now(struct annex_heap *heap, unsigned long *nr)
{
	unsigned long flags, generation;

	spin_lock_irqsave(&heap->lock, flags);
	generation = heap->generation;
	*nr = heap->nr_slabs;
	spin_unlock_irqrestore(&heap->lock, flags);
	return generation;
}

/**
 * annex_validate_slabs() - check the heap
 * @annex: the pool, perhaps in use, perhaps without a heap
 * @report: called with a line for each violation
 * @arg: for @report
 *
 * Context: process.
 */
void annex_validate_slabs(struct annex *annex, annex_violation_fn report,
			  void *arg)
{
	struct slab_census c = { .annex = annex, .to = { report, arg } };
	struct annex_heap *heap = &annex->heap;
	struct annex_kmem_cache *cache;
	unsigned long was, nr;

	if (!heap->ready)
		return;
	mutex_lock(&heap->mutex);
	was = slabs_now(heap, &nr);
	check_frames(&c);
	if (slabs_now(heap, &nr) == was && c.slabs != nr)
		annex_violation(&c.to, "there are %lu slabs, counted %lu", nr,
				c.slabs);
	list_for_each_entry(cache, &heap->caches, list)
		check_cache(&c, cache);
	mutex_unlock(&heap->mutex);
}
