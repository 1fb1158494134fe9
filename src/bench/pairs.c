// SPDX-License-Identifier: GPL-2.0-only
/*
 * Getting and giving back, in turn.
 *
 * In a guest whose time stamp counter counts instructions (QEMU's -icount) a
 * measurement is exact but for the interrupts that fall into it. So each is
 * taken many times, in short rounds, and the least counts: the round into
 * which no interrupt fell. What the loop and the counter cost themselves is
 * measured the same way and taken off. What is left is the functions and what
 * a caller spends on calling them: 7 instructions a pair for annex, 10 for the
 * host, whose functions have more arguments.
 */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/timex.h>

#include "bench.h"

/* Pairs a round, short beside the tick of 4 ms, and rounds to choose from. */
#define PAIRS	64
#define ROUNDS	200

struct op {
	const char *name;
	gfp_t gfp;
	unsigned int order;
};

static const struct op ops[] = {
	{ "alloc_order0", GFP_KERNEL, 0 },
	{ "alloc_order0_high", GFP_HIGHUSER, 0 },
	{ "alloc_order3", GFP_KERNEL, 3 },
	{ "alloc_order4", GFP_KERNEL, 4 },
	{ "alloc_order9", GFP_KERNEL, 9 },
	{ "alloc_zeroed", GFP_KERNEL | __GFP_ZERO, 0 },
};

typedef void (*round_fn)(const struct op *op);

static noinline void nothing_round(const struct op *op)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++)
		barrier();
}

static __always_inline void pairs(enum bench_side side, const struct op *op)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++) {
		void *block = bench_take(side, op->gfp, op->order);

		if (likely(block))
			bench_give(side, block, op->order);
	}
}

static noinline void annex_round(const struct op *op)
{
	pairs(BENCH_ANNEX, op);
}

static noinline void host_round(const struct op *op)
{
	pairs(BENCH_HOST, op);
}

static u64 least(round_fn fn, const struct op *op)
{
	u64 best = U64_MAX;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		u64 start;

		cond_resched();
		start = get_cycles();
		fn(op);
		best = min_t(u64, best, get_cycles() - start);
	}
	return best;
}

static void run(const struct op *op, u64 nothing)
{
	u64 annex = least(annex_round, op) - nothing;
	u64 host = least(host_round, op) - nothing;

	bench_result(op->name, div_u64(annex, PAIRS), div_u64(host, PAIRS));
}

/**
 * bench_pairs() - measure the ops of one block at a time
 *
 * Context: process, may sleep.
 */
void bench_pairs(void)
{
	u64 nothing = least(nothing_round, &ops[0]);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		run(&ops[i], nothing);
}
