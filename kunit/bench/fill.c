// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unmovable frames, beside a page cache that fills the zone with holes.
 *
 *   |## ##|#### | ####|# ###|  ###|####      a hole is free, by accident
 *
 * Movable frames fill the zone up to the last one that can be allocated without
 * waiting. Then random ones are freed, until the zone is filled to the
 * percentage in a row's name. No pageblock is free, so an unmovable frame must
 * come from a movable pageblock, or a pageblock must change its type. A figure
 * is the average cost of one request. The frames are freed afterwards, which
 * does not count.
 *
 * The fills are measured from the highest down, each with more holes than the
 * one before. The kernel is measured at 80 % only: its zone is four times as
 * large, and filling it takes a while.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timex.h>

#include "fill.h"

/* Requests that are measured, or a quarter of the holes if that is less. */
#define REQUESTS	2000

/* The most that such a frame may cost, on average at any fill. */
#define GOAL		1000

#define GFP_FILL	(__GFP_MOVABLE | __GFP_NOWARN)

static void *take_quietly(const struct bench_cache *c)
{
	gfp_t gfp = GFP_FILL | (c->high ? __GFP_HIGHMEM : 0);

	if (c->side == BENCH_ANNEX)
		return annex_alloc_pages(gfp, 0);
	return alloc_pages(gfp, 0);
}

static void give(enum bench_side side, void *page)
{
	if (side == BENCH_ANNEX)
		bench_give(BENCH_ANNEX, page, 0);
	else
		bench_give(BENCH_HOST, page, 0);
}

/* When the first frame of lowmem is allocated, highmem is full. */
static void fill(struct bench_cache *c)
{
	while (c->nr < c->max) {
		void *page = take_quietly(c);

		if (!page)
			return;
		if (c->high && bench_has_address(c->side, page)) {
			give(c->side, page);
			return;
		}
		c->page[c->nr++] = page;
		if (!(c->nr % 4096))
			cond_resched();
	}
}

/**
 * bench_cache_drop() - free one frame
 * @c: the cache
 * @i: index of the frame
 */
void bench_cache_drop(struct bench_cache *c, unsigned int i)
{
	if (!c->page[i])
		return;
	give(c->side, c->page[i]);
	c->page[i] = NULL;
	if (!(++c->holes % 4096))
		cond_resched();
}

/**
 * bench_cache_punch() - free random frames
 * @c: the cache
 * @percent: how much of the zone stays filled
 *
 * Context: process, may sleep.
 */
void bench_cache_punch(struct bench_cache *c, unsigned int percent)
{
	unsigned int goal = c->nr - (u64)c->nr * percent / 100;

	while (c->holes < goal)
		bench_cache_drop(c, prandom_u32_state(&c->rnd) % c->nr);
}

/**
 * bench_cache_get() - fill a zone
 * @c: filled in
 * @side: whose zone
 * @high: highmem, or else lowmem
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int bench_cache_get(struct bench_cache *c, enum bench_side side, bool high)
{
	*c = (struct bench_cache) {
		.side = side,
		.high = high,
		/* The pool has at most twice as many pages as the kernel. */
		.max = 2 * totalram_pages(),
	};
	prandom_seed_state(&c->rnd, 1);
	c->page = kvmalloc_array(c->max, sizeof(*c->page), GFP_KERNEL);
	if (!c->page)
		return -ENOMEM;
	if (side == BENCH_ANNEX)
		annex_drain_all_pages();
	fill(c);
	return 0;
}

/**
 * bench_cache_put() - free all frames of a cache
 * @c: the cache
 *
 * Context: process, may sleep.
 */
void bench_cache_put(struct bench_cache *c)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		bench_cache_drop(c, i);
	kvfree(c->page);
}

/**
 * struct cost - the cost of requests
 * @mean: average
 * @longest: maximum
 */
struct cost {
	u64 mean;
	u64 longest;
};

static __always_inline struct cost stay(enum bench_side side, gfp_t gfp,
					void **page, unsigned int nr)
{
	struct cost cost = {};
	unsigned int i;
	u64 took;

	for (i = 0; i < nr; i++) {
		took = get_cycles();
		page[i] = bench_take(side, gfp, 0);
		took = get_cycles() - took;
		cost.mean += took;
		cost.longest = max_t(u64, cost.longest, took);
	}
	cost.mean = div_u64(cost.mean, nr);
	return cost;
}

/* Allocate unmovable frames: a quarter of the holes, at most REQUESTS. */
static struct cost measure(const struct bench_cache *c)
{
	static void *page[REQUESTS];
	unsigned int i, nr = clamp(c->holes / 4, 1U, (unsigned int)REQUESTS);
	gfp_t gfp = c->high ? GFP_HIGHUSER : GFP_KERNEL;
	struct cost cost;

	if (c->side == BENCH_ANNEX)
		cost = stay(BENCH_ANNEX, gfp, page, nr);
	else
		cost = stay(BENCH_HOST, gfp, page, nr);
	for (i = 0; i < nr; i++)
		if (page[i])
			give(c->side, page[i]);
	return cost;
}

/* Annex's cost at each fill; @at_80 is set to the figure of the row. */
static int run_annex(bool high, u64 *at_80)
{
	static const unsigned int percent[] = { 95, 80, 50, 20 };
	struct cost cost[ARRAY_SIZE(percent)];
	struct bench_cache c;
	unsigned int i;

	if (bench_cache_get(&c, BENCH_ANNEX, high))
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(percent); i++) {
		bench_cache_punch(&c, percent[i]);
		cost[i] = measure(&c);
	}
	bench_cache_put(&c);
	/* The row has the cost at 80 %; if fills exceed GOAL, the highest. */
	*at_80 = cost[1].mean;
	for (i = 0; i < ARRAY_SIZE(percent); i++)
		if (cost[i].mean > GOAL)
			*at_80 = max(*at_80, cost[i].mean);
	pr_info("annex_bench: note: alloc_unmovable in %s, mean/longest: at 95 %% %llu/%llu, at 80 %% %llu/%llu, at 50 %% %llu/%llu, at 20 %% %llu/%llu\n",
		high ? "highmem" : "lowmem", cost[0].mean, cost[0].longest,
		cost[1].mean, cost[1].longest, cost[2].mean, cost[2].longest,
		cost[3].mean, cost[3].longest);
	return 0;
}

static int run_host(bool high, u64 *at_80)
{
	struct bench_cache c;

	if (bench_cache_get(&c, BENCH_HOST, high))
		return -ENOMEM;
	bench_cache_punch(&c, 80);
	*at_80 = measure(&c).mean;
	bench_cache_put(&c);
	return 0;
}

/**
 * bench_fill() - measure unmovable frames in a zone that is nearly full
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int bench_fill(void)
{
	u64 annex, low, host;
	int err;

	err = run_annex(true, &annex) ?: run_annex(false, &low) ?:
	      run_host(true, &host);
	if (!err)
		bench_result("alloc_unmovable_80",
			     low > GOAL ? max(low, annex) : annex, host);
	return err;
}
