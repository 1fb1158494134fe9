// SPDX-License-Identifier: GPL-2.0-only
/*
 * Small objects: allocated and freed at once, as in pairs.c, in instructions.
 *
 * Sizes are constants, as in most calls: the host's kmalloc() then chooses its
 * cache at compile time. kvmalloc finds contiguous frames, on both sides. The
 * caller's own instructions are in the figures of both sides.
 */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/timex.h>

#include <annex/slab.h>

#include "bench.h"

/* As in pairs.c. */
#define PAIRS	64
#define ROUNDS	200

#define OBJECT	256

static struct annex_kmem_cache *annex_cache;
static struct kmem_cache *host_cache;

static noinline void nothing_round(void)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++)
		barrier();
}

static __always_inline void annex_kmalloc_pairs(size_t size)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++) {
		void *object = annex_kmalloc(size, GFP_KERNEL);

		if (unlikely(!object))
			bench_denied[BENCH_ANNEX]++;
		bench_refused |= annex_kfree(object);
	}
}

static __always_inline void host_kmalloc_pairs(size_t size)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++) {
		void *object = kmalloc(size, GFP_KERNEL);

		if (unlikely(!object))
			bench_denied[BENCH_HOST]++;
		kfree(object);
	}
}

static noinline void annex_kmalloc_64(void)
{
	annex_kmalloc_pairs(64);
}

static noinline void host_kmalloc_64(void)
{
	host_kmalloc_pairs(64);
}

static noinline void annex_kmalloc_1024(void)
{
	annex_kmalloc_pairs(1024);
}

static noinline void host_kmalloc_1024(void)
{
	host_kmalloc_pairs(1024);
}

static noinline void annex_kmalloc_8192(void)
{
	annex_kmalloc_pairs(8192);
}

static noinline void host_kmalloc_8192(void)
{
	host_kmalloc_pairs(8192);
}

static noinline void annex_cache_256(void)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++) {
		void *object = annex_kmem_cache_alloc(annex_cache, GFP_KERNEL);

		if (unlikely(!object))
			bench_denied[BENCH_ANNEX]++;
		else
			bench_refused |= annex_kmem_cache_free(annex_cache,
							       object);
	}
}

static noinline void host_cache_256(void)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++) {
		void *object = kmem_cache_alloc(host_cache, GFP_KERNEL);

		if (unlikely(!object))
			bench_denied[BENCH_HOST]++;
		else
			kmem_cache_free(host_cache, object);
	}
}

static noinline void annex_kvmalloc_1m(void)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++) {
		void *addr = annex_kvmalloc(SZ_1M, GFP_KERNEL);

		if (unlikely(!addr))
			bench_denied[BENCH_ANNEX]++;
		bench_refused |= annex_kvfree(addr);
	}
}

static noinline void host_kvmalloc_1m(void)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++) {
		void *addr = kvmalloc(SZ_1M, GFP_KERNEL);

		if (unlikely(!addr))
			bench_denied[BENCH_HOST]++;
		kvfree(addr);
	}
}

static const struct {
	const char *name;
	void (*annex)(void);
	void (*host)(void);
} ops[] = {
	{ "kmalloc_64", annex_kmalloc_64, host_kmalloc_64 },
	{ "kmalloc_1024", annex_kmalloc_1024, host_kmalloc_1024 },
	{ "kmalloc_8192", annex_kmalloc_8192, host_kmalloc_8192 },
	{ "kmem_cache_256", annex_cache_256, host_cache_256 },
	{ "kvmalloc_1m", annex_kvmalloc_1m, host_kvmalloc_1m },
};

/* The fastest round: no interrupt fell into it. */
static u64 least(void (*round)(void))
{
	u64 best = U64_MAX;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		u64 start;

		cond_resched();
		start = get_cycles();
		round();
		best = min_t(u64, best, get_cycles() - start);
	}
	return best;
}

static void run_all(void)
{
	u64 nothing = least(nothing_round);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		bench_result(ops[i].name,
			     div_u64(least(ops[i].annex) - nothing, PAIRS),
			     div_u64(least(ops[i].host) - nothing, PAIRS));
}

/**
 * bench_heap() - measure small objects
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int bench_heap(void)
{
	int err = -ENOMEM;

	annex_cache = annex_kmem_cache_create("annex_bench", OBJECT, 0, 0,
					      NULL);
	host_cache = kmem_cache_create("annex_bench", OBJECT, 0, 0, NULL);
	if (annex_cache && host_cache) {
		run_all();
		err = 0;
	}
	kmem_cache_destroy(host_cache);
	bench_refused |= annex_kmem_cache_destroy(annex_cache);
	/* Leave the pool as it was for the next op. */
	annex_drop_slab();
	return err;
}
