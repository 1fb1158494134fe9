// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulk allocation and freeing: interrupts are turned off once for each round of
 * objects, and not for each object.
 *
 * Objects come from this CPU's list and return to it. When it is empty or full,
 * one object takes the slow path, which fills or empties half of the list.
 *
 * Locking: a CPU accesses its own list with interrupts off; they are on between
 * two rounds.
 *
 * Failing: all objects or none.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "heap/bulk.h"
#include "heap/kmalloc_fast.h"
#include "page/frames.h"

/* Objects in a round: a microsecond or two with interrupts off. */
#define ROUND	64

/* Take up to @nr objects from this CPU's list. */
static size_t pop_round(struct annex_kmem_cache *cache, size_t nr,
			void **objects)
{
	struct annex_cache_cpu *cpu;
	unsigned long flags;
	size_t i;

	if (in_nmi() || static_branch_unlikely(&annex_fail_key))
		return 0;
	local_irq_save(flags);
	cpu = this_cpu_ptr(cache->cpu);
	nr = min_t(size_t, nr, cpu->count);
	for (i = 0; i < nr; i++) {
		const struct annex_object *object = &cpu->entry[--cpu->count];

		objects[i] = object->addr;
		set_bit(object->idx, object->slab->busy);
	}
	local_irq_restore(flags);
	return nr;
}

/* Allocate at least one and up to @nr objects; 0 if there is none. */
static size_t take_some(struct annex_heap *heap, struct annex_kmem_cache *cache,
			gfp_t gfp, size_t nr, void **objects)
{
	size_t i, got = 0;

	/* annex_cache_alloc() refuses to zero constructed objects. */
	if (annex_cache_live(cache) && !(gfp & __GFP_ZERO && cache->ctor))
		got = pop_round(cache, min_t(size_t, nr, ROUND), objects);
	for (i = 0; gfp & __GFP_ZERO && i < got; i++)
		memset(objects[i], 0, cache->size);
	if (got)
		return got;
	objects[0] = annex_cache_alloc(heap, cache, gfp);
	return !!objects[0];
}

/* annex_kmem_cache_alloc_bulk() in a pool. */
size_t annex_cache_alloc_bulk(struct annex_heap *heap,
			      struct annex_kmem_cache *cache, gfp_t gfp,
			      size_t nr, void **objects)
{
	size_t done = 0, got;

	annex_might_wait(gfp);
	while (done < nr) {
		got = take_some(heap, cache, gfp, nr - done, objects + done);
		if (!got) {
			annex_cache_free_bulk(heap, cache, done, objects);
			return 0;
		}
		done += got;
	}
	return nr;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_cache_alloc_bulk);

/*
 * Free objects into this CPU's list, and the first one for which it has no
 * room. Returns how many were freed: all before the first that the fast path
 * refuses.
 */
static size_t push_round(struct annex_heap *heap,
			 struct annex_kmem_cache *cache, size_t nr,
			 void **objects)
{
	struct annex_slab *slab, *full = NULL;
	unsigned long flags;
	size_t i;
	u32 idx;

	if (in_nmi())
		return 0;
	local_irq_save(flags);
	for (i = 0; i < nr && !full; i++) {
		slab = annex_heap_take_back(heap, !cache, cache, objects[i],
					    &idx);
		if (!slab)
			break;
		if (!annex_cache_push_irqs_off(slab, objects[i], idx))
			full = slab;
	}
	local_irq_restore(flags);
	if (full)
		annex_cache_put_slow(full, idx);
	return i;
}

/* annex_kmem_cache_free_bulk() in a pool. */
int annex_cache_free_bulk(struct annex_heap *heap,
			  struct annex_kmem_cache *cache, size_t nr,
			  void **objects)
{
	size_t at = 0;
	int ret = 0;

	while (at < nr) {
		int err;

		at += push_round(heap, cache, min_t(size_t, nr - at, ROUND),
				 objects + at);
		if (at == nr)
			break;
		/* NULL, a large object, or an error: free it singly. */
		err = cache ? annex_cache_free(heap, cache, objects[at]) :
			      __annex_kfree(heap, objects[at]);
		ret = ret ?: err;
		at++;
	}
	return ret;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_cache_free_bulk);
