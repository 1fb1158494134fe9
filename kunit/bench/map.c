// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping and unmapping high pages, in instructions.
 *
 *	kmap_hit		a page that is mapped already
 *	kmap_distinct		4,096 pages in turn, more than a table holds
 *	kmap_nested4		four pages, unmapped in reverse order; the cost
 *				of all four
 *	kmap_local		for the caller only
 *	kmap_local_nested4	four of those, as above; the cost of all four
 *	kmap_atomic		for the caller, with preemption disabled
 *	copy_highpage		a page copied to another, both mapped for it
 *
 * Measured as in pairs.c, the least of many rounds. The pages are high on both
 * sides. The host's table has 512 slots, and so has annex's by default: 4,096
 * pages wrap it eight times a round, each time with an invalidation. No page is
 * accessed through its address, since a TLB miss is not an instruction.
 *
 * The loop that is subtracted reads a page from the array. The figures still
 * include the caller's own instructions, as in pairs.c.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/slab.h>

#include "high.h"

/* Pages. The first of them stay mapped in some of the ops. */
#define PAGES		4096
#define HELD		4

/* Pairs of a short round, and rounds to choose from, as in pairs.c. */
#define SHORT		64
#define SHORT_ROUNDS	200

/*
 * A round over all pages is shorter than a tick, 4 ms, but not by much: some
 * are hit by one, which is a few instructions a pair, and some are not.
 */
#define LONG_ROUNDS	20

struct op;

/**
 * struct round - the data of a round
 * @op: the op
 * @pages: the pages of its side
 */
struct round {
	const struct op *op;
	void **pages;
};

/**
 * struct op - an op to measure
 * @name: its name
 * @nr: how often a round does it
 * @pages: number of different pages, a power of two
 * @rounds: how many rounds to run
 * @held: the first %HELD pages stay mapped
 * @fn: a round, of either side
 */
struct op {
	const char *name;
	unsigned int nr;
	unsigned int pages;
	unsigned int rounds;
	bool held;
	bench_round_fn fn[BENCH_SIDES];
};

static __always_inline void *turn(const struct round *round, unsigned int i)
{
	return round->pages[i & (round->op->pages - 1)];
}

static noinline void nothing(const void *data)
{
	const struct round *round = data;
	unsigned int i;

	for (i = 0; i < round->op->nr; i++) {
		void *page = turn(round, i);

		/* The barrier makes the compiler read it. */
		asm volatile("" : : "r" (page) : "memory");
	}
}

static __always_inline void pairs(enum bench_side side, enum bench_mapping how,
				  const struct round *round)
{
	unsigned int i;

	for (i = 0; i < round->op->nr; i++) {
		void *page = turn(round, i);
		void *addr = bench_map(side, how, page);

		bench_unmap(side, how, page, addr);
	}
}

/* It uses the first pages, which stay mapped in some of the ops. */
static __always_inline void nested(enum bench_side side, enum bench_mapping how,
				   const struct round *round)
{
	void *b = round->pages[1], *c = round->pages[2], *d = round->pages[3];
	unsigned int i;

	for (i = 0; i < round->op->nr; i++) {
		void *a = turn(round, i);
		void *at_a = bench_map(side, how, a);
		void *at_b = bench_map(side, how, b);
		void *at_c = bench_map(side, how, c);
		void *at_d = bench_map(side, how, d);

		bench_unmap(side, how, d, at_d);
		bench_unmap(side, how, c, at_c);
		bench_unmap(side, how, b, at_b);
		bench_unmap(side, how, a, at_a);
	}
}

static __always_inline void copy(enum bench_side side,
				 const struct round *round)
{
	void *to = round->pages[1];
	unsigned int i;

	for (i = 0; i < round->op->nr; i++) {
		void *from = turn(round, i);

		if (side == BENCH_ANNEX)
			bench_refused |= annex_copy_highpage(to, from);
		else
			copy_highpage(to, from);
	}
}

/* One source, compiled once for each side: see bench.h. */
#define ROUND(name, do_it, ...)						\
static noinline void name(const void *round)				\
{									\
	do_it(__VA_ARGS__, round);					\
}

ROUND(annex_kmap_round, pairs, BENCH_ANNEX, BENCH_KMAP)
ROUND(host_kmap_round, pairs, BENCH_HOST, BENCH_KMAP)
ROUND(annex_kmap_nested, nested, BENCH_ANNEX, BENCH_KMAP)
ROUND(host_kmap_nested, nested, BENCH_HOST, BENCH_KMAP)
ROUND(annex_local_round, pairs, BENCH_ANNEX, BENCH_KMAP_LOCAL)
ROUND(host_local_round, pairs, BENCH_HOST, BENCH_KMAP_LOCAL)
ROUND(annex_local_nested, nested, BENCH_ANNEX, BENCH_KMAP_LOCAL)
ROUND(host_local_nested, nested, BENCH_HOST, BENCH_KMAP_LOCAL)
ROUND(annex_atomic_round, pairs, BENCH_ANNEX, BENCH_KMAP_ATOMIC)
ROUND(host_atomic_round, pairs, BENCH_HOST, BENCH_KMAP_ATOMIC)
ROUND(annex_copy_round, copy, BENCH_ANNEX)
ROUND(host_copy_round, copy, BENCH_HOST)

static const struct op ops[] = {
	{ "kmap_hit", SHORT, 1, SHORT_ROUNDS, true,
	  { annex_kmap_round, host_kmap_round } },
	{ "kmap_distinct", PAGES, PAGES, LONG_ROUNDS, false,
	  { annex_kmap_round, host_kmap_round } },
	{ "kmap_nested4", SHORT, 1, SHORT_ROUNDS, true,
	  { annex_kmap_nested, host_kmap_nested } },
	{ "kmap_local", SHORT, 1, SHORT_ROUNDS, false,
	  { annex_local_round, host_local_round } },
	{ "kmap_local_nested4", SHORT, 1, SHORT_ROUNDS, false,
	  { annex_local_nested, host_local_nested } },
	{ "kmap_atomic", SHORT, 1, SHORT_ROUNDS, false,
	  { annex_atomic_round, host_atomic_round } },
	{ "copy_highpage", SHORT, 1, SHORT_ROUNDS, false,
	  { annex_copy_round, host_copy_round } },
};

static u64 measure(const struct op *op, enum bench_side side, void **pages)
{
	const struct round round = { op, pages };
	u64 cost;

	if (op->held)
		bench_high_map(side, pages, HELD);
	cost = bench_least(op->fn[side], &round, op->rounds) -
	       bench_least(nothing, &round, op->rounds);
	if (op->held)
		bench_high_unmap(side, pages, HELD);
	return div_u64(cost, op->nr);
}

static int run(void **pages[BENCH_SIDES])
{
	unsigned int i, side;
	int err = 0;

	for (side = 0; side < BENCH_SIDES && !err; side++)
		err = bench_high_get(side, pages[side], PAGES);
	for (i = 0; i < ARRAY_SIZE(ops) && !err; i++)
		bench_result(ops[i].name,
			     measure(&ops[i], BENCH_ANNEX, pages[BENCH_ANNEX]),
			     measure(&ops[i], BENCH_HOST, pages[BENCH_HOST]));
	for (side = 0; side < BENCH_SIDES; side++)
		bench_high_put(side, pages[side], PAGES);
	return err;
}

/**
 * bench_maps() - measure the mapping of high pages
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM, or -ENXIO if the pages are not high.
 */
int bench_maps(void)
{
	void **pages[BENCH_SIDES];
	unsigned int side;
	int err = 0;

	for (side = 0; side < BENCH_SIDES; side++) {
		pages[side] = kvcalloc(PAGES, sizeof(**pages), GFP_KERNEL);
		if (!pages[side])
			err = -ENOMEM;
	}
	if (!err)
		err = run(pages);
	for (side = 0; side < BENCH_SIDES; side++)
		kvfree(pages[side]);
	return err;
}
