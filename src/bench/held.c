// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ten thousand frames, all held at once and freed in random order.
 *
 * A round is too long to miss the tick, but the ticks in it are few beside
 * 20,000 calls.
 */
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timex.h>

#include "bench.h"

#define HELD	10000
#define ROUNDS	10

/**
 * struct frames - what a round works on
 * @held: frames, as they were got
 * @order: indices of @held, as they are given back
 */
struct frames {
	void **held;
	u32 *order;
};

/* The same permutation for both: what is freed when is part of the task. */
static void shuffle(u32 *order)
{
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < HELD; i++)
		order[i] = i;
	for (i = HELD - 1; i; i--) {
		/* swap() looks at its arguments more than once. */
		u32 other = prandom_u32_state(&rnd) % (i + 1);

		swap(order[i], order[other]);
	}
}

static __always_inline u64 hold(enum bench_side side,
				const struct frames *frames)
{
	u64 start = get_cycles();
	unsigned int i;

	for (i = 0; i < HELD; i++)
		frames->held[i] = bench_take(side, GFP_HIGHUSER, 0);
	for (i = 0; i < HELD; i++)
		if (likely(frames->held[frames->order[i]]))
			bench_give(side, frames->held[frames->order[i]], 0);
	return get_cycles() - start;
}

static noinline u64 annex_round(const struct frames *frames)
{
	return hold(BENCH_ANNEX, frames);
}

static noinline u64 host_round(const struct frames *frames)
{
	return hold(BENCH_HOST, frames);
}

static void run(const struct frames *frames)
{
	u64 annex = U64_MAX, host = U64_MAX;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		annex = min(annex, annex_round(frames));
		host = min(host, host_round(frames));
		cond_resched();
	}
	bench_result("alloc_10k_free_random", div_u64(annex, HELD),
		     div_u64(host, HELD));
}

/**
 * bench_held() - measure what holding many frames at once costs
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
		run(&frames);
		err = 0;
	}
	kvfree(frames.order);
	kvfree(frames.held);
	return err;
}
