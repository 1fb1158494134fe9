// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocating and freeing, a block or 64 frames at a time.
 *
 * In a guest whose time stamp counter counts instructions (QEMU's -icount) a
 * measurement is exact except for the interrupts that fall into it. So each one
 * is repeated in many short rounds, and the least counts: a round without an
 * interrupt. The cost of the loop and of reading the counter is measured the
 * same way and subtracted. The rest is the functions and the caller's own
 * instructions: 8 a pair for annex, whose result is checked, 10 for the host,
 * whose functions have more arguments.
 */
#include <linux/kernel.h>
#include <linux/math64.h>

#include "bench.h"
#include "host/compat_mm.h"

/* Pairs of a round, short beside the tick of 4 ms, and the number of rounds. */
#define PAIRS	64
#define ROUNDS	200

/**
 * struct way - how a round allocates and frees
 * @nothing: the cost of the loop itself in @annex and @host
 * @annex: PAIRS pairs with annex
 * @host: PAIRS pairs with the host kernel
 */
struct way {
	bench_round_fn nothing;
	bench_round_fn annex;
	bench_round_fn host;
};

struct op {
	const char *name;
	const struct way *way;
	gfp_t gfp;
	unsigned int order;
};

static noinline void nothing_round(const void *data)
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

static noinline void annex_round(const void *data)
{
	pairs(BENCH_ANNEX, data);
}

static noinline void host_round(const void *data)
{
	pairs(BENCH_HOST, data);
}

static const struct way singly = { nothing_round, annex_round, host_round };

static noinline void nothing_bulk(const void *data)
{
	barrier();
}

static noinline void annex_bulk(const void *data)
{
	static struct annex_page *pages[PAIRS];
	const struct op *op = data;

	if (unlikely(annex_alloc_pages_bulk(op->gfp, PAIRS, pages) != PAIRS))
		bench_denied[BENCH_ANNEX]++;
	bench_refused |= annex_free_pages_bulk(pages, PAIRS);
}

/*
 * No function for modules frees many pages: release_pages() is for those of the
 * page cache, and costs 86 instructions a page more than this loop. The array
 * must be empty before it is filled again, as annex leaves it.
 */
static noinline void host_bulk(const void *data)
{
	static struct page *pages[PAIRS];
	const struct op *op = data;
	unsigned int i, got;

	got = alloc_pages_bulk(op->gfp, PAIRS, pages);
	if (unlikely(got != PAIRS))
		bench_denied[BENCH_HOST]++;
	for (i = 0; i < got; i++) {
		__free_page(pages[i]);
		pages[i] = NULL;
	}
}

/* The loop is not subtracted here: any caller with an array has to write it. */
static const struct way in_bulk = { nothing_bulk, annex_bulk, host_bulk };

static const struct op ops[] = {
	{ "alloc_order0", &singly, GFP_KERNEL, 0 },
	{ "alloc_order0_high", &singly, GFP_HIGHUSER, 0 },
	{ "alloc_order3", &singly, GFP_KERNEL, 3 },
	{ "alloc_order4", &singly, GFP_KERNEL, 4 },
	{ "alloc_order9", &singly, GFP_KERNEL, 9 },
	{ "alloc_bulk64", &in_bulk, GFP_KERNEL, 0 },
	{ "alloc_zeroed", &singly, GFP_KERNEL | __GFP_ZERO, 0 },
};

static void run(const struct op *op)
{
	u64 nothing = bench_least(op->way->nothing, op, ROUNDS);
	u64 annex = bench_least(op->way->annex, op, ROUNDS) - nothing;
	u64 host = bench_least(op->way->host, op, ROUNDS) - nothing;

	bench_result(op->name, div_u64(annex, PAIRS), div_u64(host, PAIRS));
}

/**
 * bench_pair() - measure allocating and freeing a block
 * @name: name of the op
 * @gfp: flags of the request
 * @order: its order
 *
 * Context: process, may sleep.
 */
void bench_pair(const char *name, gfp_t gfp, unsigned int order)
{
	const struct op op = { name, &singly, gfp, order };

	run(&op);
}

/**
 * bench_pairs() - measure the ops that allocate and free in turn
 *
 * Context: process, may sleep.
 */
void bench_pairs(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		run(&ops[i]);
}
