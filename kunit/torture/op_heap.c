// SPDX-License-Identifier: GPL-2.0-only
/*
 * heap: the traffic of kunit/lib/heaptraffic.h on the loaded pool, from everywhere:
 * annex_kmalloc(), annex_krealloc(), annex_kfree() and four caches.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include <annex/slab.h>

#include "lib/heaptraffic.h"
#include "torture.h"

/* Of a turn: so few that it does not let others run in between. */
#define CALLS	4

static void *entries[HEAPTRAFFIC_ENTRIES];
static struct annex_kmem_cache *caches[HEAPTRAFFIC_CACHES];

static const struct {
	const char *name;
	slab_flags_t flags;
} kinds[HEAPTRAFFIC_CACHES] = {
	{ "torture-plain", 0 },
	{ "torture-line", SLAB_HWCACHE_ALIGN | SLAB_RECLAIM_ACCOUNT },
	{ "torture-dma", SLAB_CACHE_DMA },
	{ "torture-watched", SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER },
};

static void *heap_kmalloc(void *unused, size_t size, gfp_t gfp)
{
	return annex_kmalloc(size, gfp);
}

static void *heap_krealloc(void *unused, void *object, size_t size, gfp_t gfp)
{
	return annex_krealloc(object, size, gfp);
}

static int heap_kfree(void *unused, void *object)
{
	return annex_kfree(object);
}

static void *heap_cache_alloc(void *unused, unsigned int cache, gfp_t gfp)
{
	return annex_kmem_cache_alloc(caches[cache], gfp & ~__GFP_DMA);
}

static int heap_cache_free(void *unused, unsigned int cache, void *object)
{
	return annex_kmem_cache_free(caches[cache], object);
}

static const struct heaptraffic_ops heap = {
	.alloc = heap_kmalloc,
	.realloc = heap_krealloc,
	.free = heap_kfree,
	.cache_alloc = heap_cache_alloc,
	.cache_free = heap_cache_free,
	.cache_size = { 24, 136, 512, 1000 },
};

static void destroy_caches(void)
{
	unsigned int i;

	for (i = 0; i < HEAPTRAFFIC_CACHES; i++) {
		if (caches[i] && annex_kmem_cache_destroy(caches[i]))
			atomic_long_inc(&torture_finds.refused);
		caches[i] = NULL;
	}
}

static int set_up(void)
{
	unsigned int i;

	for (i = 0; i < HEAPTRAFFIC_CACHES; i++) {
		caches[i] = annex_kmem_cache_create(kinds[i].name,
						    heap.cache_size[i], 0,
						    kinds[i].flags, NULL);
		if (!caches[i]) {
			destroy_caches();
			return -ENOMEM;
		}
	}
	return 0;
}

/* The traffic draws from the turn's numbers. */
static void begin(struct torture_turn *t, struct heaptraffic *h)
{
	*h = (struct heaptraffic) {
		.ops = &heap,
		.entry = entries,
		.rnd = t->rnd,
		.gfp = t->context == TORTURE_THREAD ? GFP_KERNEL : GFP_NOWAIT,
	};
}

static void end(struct torture_turn *t, const struct heaptraffic *h)
{
	atomic_long_add(h->denied, &torture_heap.count.denied);
	if (h->errors)
		torture_corrupt(t, "an object is not as it was left, or was refused");
}

static void run(struct torture_turn *t)
{
	struct heaptraffic h;

	begin(t, &h);
	heaptraffic_run(&h, CALLS);
	end(t, &h);
}

static void clear(struct torture_turn *t)
{
	struct heaptraffic h;

	begin(t, &h);
	heaptraffic_finish(&h);
	end(t, &h);
	destroy_caches();
}

struct torture_op torture_heap = {
	.name = "heap",
	.weight = 15,
	.contexts = TORTURE_ANYWHERE,
	.set_up = set_up,
	.run = run,
	.clear = clear,
};
