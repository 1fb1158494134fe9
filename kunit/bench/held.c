// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ten thousand frames, all held at once and freed in random order.
 *
 * The cost of a frame depends on what the round before has left on the per-CPU
 * lists. The kernel's list for a large zone has room for most of the frames
 * (its high is 11,263 in the guest of scripts/test/bench): a second round is
 * served from it, and no block is split or merged. A round therefore begins
 * with empty lists on both sides, as a sudden demand for much memory finds
 * them. annex_drain_all_pages() drains annex's. A module cannot drain the
 * kernel's: the frames on its list are allocated and put aside, and freed after
 * the last round.
 *
 * The kernel leaves most of the freed frames on its list, and merges them later
 * at another caller's cost. This advantage of the kernel's is left in.
 *
 * A round is too long to miss the tick, but the ticks in it are few beside
 * 20,000 calls. The loops are not subtracted, some 15 instructions a pair on
 * either side: walking over frames and order is part of the task.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/mmzone.h>
#include <linux/percpu.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timex.h>

#include "bench.h"

#define HELD	10000

/* Each round puts 40 MB of the kernel's lowmem aside. */
#define ROUNDS	5

/**
 * struct frames - the data of a round
 * @held: frames, in the order of allocation
 * @order: indices of @held, in the order of freeing
 */
struct frames {
	void **held;
	u32 *order;
};

/* The same permutation for both sides: the order of freeing matters. */
static void shuffle(u32 *order)
{
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < HELD; i++)
		order[i] = i;
	for (i = HELD - 1; i; i--) {
		/* swap() evaluates its arguments more than once. */
		u32 other = prandom_u32_state(&rnd) % (i + 1);

		swap(order[i], order[other]);
	}
}

/* Frames in this CPU's list of the zone of @page. */
static int nr_cached(const struct page *page)
{
	return READ_ONCE(raw_cpu_ptr(page_zone(page)->per_cpu_pageset)->count);
}

/*
 * Put aside the frames on the kernel's list. It gets shorter with each frame,
 * until it is empty and is refilled with a batch.
 */
static int empty_host_list(struct list_head *aside)
{
	int before, after = INT_MAX;

	do {
		struct page *page = bench_take(BENCH_HOST, GFP_KERNEL, 0);

		if (!page)
			return -ENOMEM;
		list_add(&page->lru, aside);
		before = after;
		after = nr_cached(page);
	} while (after < before);
	return 0;
}

static void free_list(struct list_head *aside)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, aside, lru)
		bench_give(BENCH_HOST, page, 0);
}

/**
 * struct cost - the cost of a round
 * @get: all allocations
 * @give: all frees
 */
struct cost {
	u64 get;
	u64 give;
};

static __always_inline struct cost hold(enum bench_side side,
					const struct frames *frames)
{
	u64 start = get_cycles(), middle;
	unsigned int i;

	for (i = 0; i < HELD; i++)
		frames->held[i] = bench_take(side, GFP_KERNEL, 0);
	middle = get_cycles();
	for (i = 0; i < HELD; i++)
		if (likely(frames->held[frames->order[i]]))
			bench_give(side, frames->held[frames->order[i]], 0);
	return (struct cost){ middle - start, get_cycles() - middle };
}

static noinline struct cost annex_round(const struct frames *frames)
{
	return hold(BENCH_ANNEX, frames);
}

static noinline struct cost host_round(const struct frames *frames)
{
	return hold(BENCH_HOST, frames);
}

static void keep_least(struct cost *least, struct cost cost)
{
	if (cost.get + cost.give < least->get + least->give)
		*least = cost;
}

static u64 per_frame(u64 cost)
{
	return div_u64(cost, HELD);
}

static void print(struct cost annex, struct cost host)
{
	bench_result("alloc_10k_free_random",
		     per_frame(annex.get + annex.give),
		     per_frame(host.get + host.give));
	pr_info("annex_bench: note: alloc_10k_free_random: getting %llu and %llu, giving back %llu and %llu\n",
		per_frame(annex.get), per_frame(host.get),
		per_frame(annex.give), per_frame(host.give));
}

static int run(const struct frames *frames)
{
	struct cost annex = { U64_MAX / 2, 0 }, host = { U64_MAX / 2, 0 };
	LIST_HEAD(aside);
	unsigned int i;
	int err = 0;

	for (i = 0; i < ROUNDS && !err; i++) {
		annex_drain_all_pages();
		keep_least(&annex, annex_round(frames));
		cond_resched();
		err = empty_host_list(&aside);
		if (!err)
			keep_least(&host, host_round(frames));
		cond_resched();
	}
	free_list(&aside);
	if (!err)
		print(annex, host);
	return err;
}

/**
 * bench_held() - measure the cost of holding many frames at once
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int bench_held(void)
{
	struct frames frames = {
		.held = kvmalloc_array(HELD, sizeof(*frames.held), GFP_KERNEL),
		.order = kvmalloc_array(HELD, sizeof(*frames.order),
					GFP_KERNEL),
	};
	int err = -ENOMEM;

	if (frames.held && frames.order) {
		shuffle(frames.order);
		err = run(&frames);
	}
	kvfree(frames.order);
	kvfree(frames.held);
	return err;
}
