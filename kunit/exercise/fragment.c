// SPDX-License-Identifier: GPL-2.0-only
/*
 * What keeping frames apart by type is worth on the loaded pool: the traffic of
 * kunit/lib/traffic.h over its highmem, and how much of what is free is in large
 * blocks then.
 */
#include <linux/errno.h>
#include <linux/mm.h>

#include "exercise.h"
#include "lib/traffic.h"

static struct annex_page *alloc(void *unused, gfp_t gfp, unsigned int order)
{
	return annex_alloc_pages(gfp, order);
}

static void give(void *unused, struct annex_page *page, unsigned int order)
{
	annex_free_pages(page, order);
}

/* Frames without an address: from the first of them to the pool's end. */
static void find_highmem(struct traffic *t, u32 pages)
{
	annex_pfn_t pfn = 0;

	while (pfn < pages && exercise_is_lowmem(annex_pfn_to_page(pfn)))
		pfn++;
	t->frames = pages - pfn;
	t->map = annex_pfn_to_page(0) + pfn;
}

static int run(struct traffic *t)
{
	bool served = traffic_run(t);
	u32 full, drained;

	annex_drain_all_pages();
	full = traffic_share(t);
	traffic_drop(t, 0);
	annex_drain_all_pages();
	drained = traffic_share(t);
	exercise_say("%u frames stay in %u blocks\n", t->stay, t->nr_stay);
	exercise_say("free memory in blocks of order 9 and 10: drained %u.%u %%, full %u.%u %%\n",
		     drained / 10, drained % 10, full / 10, full % 10);
	traffic_drop_staying(t, 0);
	return served ? 0 : -ENOMEM;
}

/**
 * exercise_fragment() - run the traffic and say what it left
 * @args: pages: frames of the pool; seed
 *
 * Context: process.
 * Return: 0; -ENOMEM if a request could not be served; -EINVAL.
 */
int exercise_fragment(const struct exercise_args *args)
{
	struct traffic t = { .alloc = alloc, .free = give };
	int err;

	if (!args->pages || !annex_pfn_to_page(args->pages - 1))
		return -EINVAL;
	find_highmem(&t, args->pages);
	prandom_seed_state(&t.rnd, args->seed);
	exercise_say("fragment pages=%u seed=%u\n", args->pages, args->seed);
	t.room = t.frames / 2;
	t.block = kvmalloc_array(t.room, sizeof(*t.block), GFP_KERNEL);
	if (!t.block)
		return -ENOMEM;
	err = run(&t);
	kvfree(t.block);
	return err;
}
