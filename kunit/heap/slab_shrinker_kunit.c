// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what the heap's shrinker takes from its caches, and of caches from
 * which it takes nothing.
 */
#include <linux/completion.h>
#include <linux/kthread.h>

#include "lib/testslab.h"
#include "reclaim/reclaim.h"

/* Under pressure, empty slabs and per-CPU cached objects become frames. */
static void slab_shrinker_gives_back(struct kunit *test)
{
	struct annex_kmem_cache *cache = make(test, "shrunk", 256, 0, 0, NULL);
	struct annex *annex = annex_of(cache->heap, heap);
	void *object[64];
	unsigned int i;

	for (i = 0; i < 64; i++)
		object[i] = get(test, cache);
	for (i = 0; i < 64; i++)
		put(test, cache, object[i]);
	KUNIT_EXPECT_GT(test, cache->nr_objects, 0UL);
	for (i = 0; i < 20; i++)
		annex_shrinkers_run(&annex->frames, GFP_KERNEL, 0);
	KUNIT_EXPECT_EQ(test, cache->nr_objects, 0UL);
	unmake(test, cache);
}

/* As long as there are empty slabs, no CPU is asked for what it has. */
static void slab_shrinker_takes_empty_slabs_first(struct kunit *test)
{
	struct annex_kmem_cache *cache = make(test, "empty", 2048, 0, 0, NULL);
	struct annex_shrinker *shrinker = &cache->heap->shrinker;
	struct annex_shrink_control sc = { .nr_to_scan = 1 };
	unsigned int i, nr = 64;
	void *object[64];

	for (i = 0; i < nr; i++)
		object[i] = get(test, cache);
	/* The first keeps a slab in use, whose other objects are taken next. */
	for (i = 1; i < nr; i++)
		put(test, cache, object[i]);
	annex_cache_drain(cache);
	migrate_disable();
	put(test, cache, get(test, cache));
	KUNIT_EXPECT_GE(test, cache->nr[ANNEX_SLAB_EMPTY], 1UL);
	KUNIT_EXPECT_GE(test, shrinker->scan_objects(shrinker, &sc), 1UL);
	KUNIT_EXPECT_GT(test, annex_cache_nr_cached(cache), 0UL);
	migrate_enable();
	put(test, cache, object[0]);
	unmake(test, cache);
}

struct reclaimer {
	struct annex *annex;
	struct completion done;
};

static int reclaim(void *data)
{
	struct reclaimer *r = data;

	annex_shrinkers_run(&r->annex->frames, GFP_KERNEL, 0);
	complete(&r->done);
	return 0;
}

/* Reclaim skips the caches while another thread holds the heap's mutex. */
static void slab_shrinker_does_not_queue(struct kunit *test)
{
	struct annex_kmem_cache *cache = make(test, "held", 256, 0, 0, NULL);
	struct reclaimer r = { .annex = annex_of(cache->heap, heap) };
	struct task_struct *task;

	put(test, cache, get(test, cache));
	init_completion(&r.done);
	task = kthread_create(reclaim, &r, "annex-reclaimer");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	mutex_lock(&r.annex->heap.mutex);
	wake_up_process(task);
	KUNIT_EXPECT_GT(test, wait_for_completion_timeout(&r.done, HZ), 0UL);
	KUNIT_EXPECT_GT(test, cache->nr_objects, 0UL);
	mutex_unlock(&r.annex->heap.mutex);
	/* It gets on now, if it had not. */
	wait_for_completion_timeout(&r.done, HZ);
	unmake(test, cache);
}

static struct kunit_case slab_shrinker_cases[] = {
	KUNIT_CASE(slab_shrinker_gives_back),
	KUNIT_CASE(slab_shrinker_takes_empty_slabs_first),
	KUNIT_CASE(slab_shrinker_does_not_queue),
	{}
};

static struct kunit_suite annex_slab_shrinker_suite = {
	.name = "annex_slab_shrinker",
	.init = slab_test_init,
	.test_cases = slab_shrinker_cases,
};

kunit_test_suite(annex_slab_shrinker_suite);
