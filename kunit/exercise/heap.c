// SPDX-License-Identifier: GPL-2.0-only
/*
 * The heap of the loaded pool under the traffic of kunit/lib/heaptraffic.h, and
 * objects that are held for somebody to look at.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/timex.h>

#include <annex/slab.h>
#include <annex/vmalloc.h>

#include "exercise.h"
#include "lib/heaptraffic.h"

#define THREADS_MAX	8

static struct annex_kmem_cache *caches[HEAPTRAFFIC_CACHES];

static void *do_kmalloc(void *unused, size_t size, gfp_t gfp)
{
	return annex_kmalloc(size, gfp);
}

static void *do_krealloc(void *unused, void *object, size_t size, gfp_t gfp)
{
	return annex_krealloc(object, size, gfp);
}

static int do_kfree(void *unused, void *object)
{
	return annex_kfree(object);
}

static void *do_cache_alloc(void *unused, unsigned int cache, gfp_t gfp)
{
	return annex_kmem_cache_alloc(caches[cache], gfp);
}

static int do_cache_free(void *unused, unsigned int cache, void *object)
{
	return annex_kmem_cache_free(caches[cache], object);
}

static const struct heaptraffic_ops ops = {
	.alloc = do_kmalloc,
	.realloc = do_krealloc,
	.free = do_kfree,
	.cache_alloc = do_cache_alloc,
	.cache_free = do_cache_free,
	.cache_size = { 24, 200, 1000, 3000 },
};

struct worker {
	struct heaptraffic traffic;
	u32 ops;
};

static int work(void *data)
{
	struct worker *w = data;

	heaptraffic_run(&w->traffic, w->ops);
	return 0;
}

static int run(struct worker *workers, const struct exercise_args *args,
	       u32 seed, void **entry)
{
	unsigned long calls = 0, denied = 0, errors = 0;
	unsigned int i;
	int err;

	for (i = 0; i < args->threads; i++) {
		workers[i].ops = args->ops;
		workers[i].traffic = (struct heaptraffic){
			.ops = &ops, .entry = entry, .gfp = GFP_KERNEL,
		};
		prandom_seed_state(&workers[i].traffic.rnd, seed + i);
	}
	err = exercise_run_threads(args->threads, args->threads, work, workers,
				   sizeof(*workers));
	heaptraffic_finish(&workers[0].traffic);
	for (i = 0; i < args->threads; i++) {
		calls += workers[i].traffic.calls;
		denied += workers[i].traffic.denied;
		errors += workers[i].traffic.errors;
	}
	exercise_say("%lu calls, %lu without memory, %lu wrong\n", calls,
		     denied, errors);
	if (errors)
		return -EPROTO;
	return err ?: denied > calls / 2 ? -ENOMEM : 0;
}

static int make_caches(void)
{
	static const slab_flags_t flags[HEAPTRAFFIC_CACHES] = {
		0, SLAB_HWCACHE_ALIGN, SLAB_RECLAIM_ACCOUNT, SLAB_RED_ZONE,
	};
	unsigned int i;
	char name[24];

	for (i = 0; i < HEAPTRAFFIC_CACHES; i++) {
		snprintf(name, sizeof(name), "exercise-%u", ops.cache_size[i]);
		caches[i] = annex_kmem_cache_create(name, ops.cache_size[i], 0,
						    flags[i], NULL);
		if (!caches[i])
			return -ENOMEM;
	}
	return 0;
}

static int unmake_caches(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < HEAPTRAFFIC_CACHES; i++) {
		err = annex_kmem_cache_destroy(caches[i]) ?: err;
		caches[i] = NULL;
	}
	return err;
}

/**
 * exercise_heap() - run the traffic
 * @args: ops for each thread, threads, seed
 *
 * Context: process.
 * Return: 0; -EPROTO if annex did what it should not or contents were lost;
 * -EBUSY if a cache misses objects afterwards; -ENOMEM if most requests found no
 * memory; -EINVAL.
 */
int exercise_heap(const struct exercise_args *args)
{
	u32 seed = args->seed ?: (u32)get_cycles() | 1;
	struct worker *workers;
	void **entry;
	int err;

	if (!args->ops || !args->threads || args->threads > THREADS_MAX)
		return -EINVAL;
	exercise_say("heap ops=%u seed=%u threads=%u\n", args->ops, seed,
		     args->threads);
	workers = kcalloc(args->threads, sizeof(*workers), GFP_KERNEL);
	entry = kcalloc(HEAPTRAFFIC_ENTRIES, sizeof(*entry), GFP_KERNEL);
	err = workers && entry ? make_caches() : -ENOMEM;
	if (!err)
		err = run(workers, args, seed, entry);
	err = unmake_caches() ?: err;
	kfree(entry);
	kfree(workers);
	return err;
}

/* Objects that are held, each with the address of the next one in it. */
static void **held;

/**
 * exercise_drop_objects() - give back what exercise_objects() holds
 */
void exercise_drop_objects(void)
{
	while (held) {
		void **object = held;

		held = *object;
		annex_kfree(object);
	}
}

/**
 * exercise_objects() - hold some objects of all sizes, instead of those held
 * @args: blocks: how many; seed
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int exercise_objects(const struct exercise_args *args)
{
	struct rnd_state rnd;
	u32 i;

	exercise_drop_objects();
	prandom_seed_state(&rnd, args->seed);
	for (i = 0; i < args->blocks; i++) {
		u32 bits = 4 + prandom_u32_state(&rnd) % 10;
		void **object = annex_kmalloc(prandom_u32_state(&rnd) %
					      (1U << bits) + sizeof(void *),
					      GFP_KERNEL);

		if (!object)
			return -ENOMEM;
		*object = held;
		held = object;
	}
	return 0;
}

/* The same of memory of either kind that is given back by RCU. */
struct rcu_held {
	struct rcu_held *next;
	struct rcu_head rcu;
};

static struct rcu_held *rcu_held;

/**
 * exercise_drop_rcu() - free what exercise_rcu() holds, without waiting
 *
 * Return: 0, or why something was refused.
 */
int exercise_drop_rcu(void)
{
	int err = 0;

	while (rcu_held) {
		struct rcu_held *object = rcu_held;

		rcu_held = object->next;
		err = annex_kvfree_rcu(object, rcu) ?: err;
	}
	return err;
}

/**
 * exercise_rcu() - hold some memory that goes by RCU, instead of what is held
 * @args: blocks: how much; seed
 *
 * Context: process.
 * Return: 0; -ENOMEM; or why something was refused.
 */
int exercise_rcu(const struct exercise_args *args)
{
	int err = exercise_drop_rcu();
	struct rnd_state rnd;
	u32 i;

	prandom_seed_state(&rnd, args->seed);
	for (i = 0; i < args->blocks && !err; i++) {
		size_t size = sizeof(struct rcu_held) +
			      prandom_u32_state(&rnd) % 12000;
		struct rcu_held *object = i % 16 ?
			annex_kvmalloc(size, GFP_KERNEL) : annex_vmalloc(size);

		if (!object)
			return -ENOMEM;
		object->next = rcu_held;
		rcu_held = object;
	}
	return err;
}
