/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_BENCH_BENCH_H
#define ANNEX_KUNIT_BENCH_BENCH_H

#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/types.h>

#include <annex/page_alloc.h>

enum bench_side {
	BENCH_ANNEX,
	BENCH_HOST,
	BENCH_SIDES
};

/* Failures that make the figures worthless; see bench.c. */
extern unsigned long bench_denied[BENCH_SIDES];
extern int bench_refused;

typedef void (*bench_round_fn)(const void *data);

u64 bench_least(bench_round_fn fn, const void *data, unsigned int rounds);
void bench_result(const char *op, u64 annex, u64 host);

void bench_pair(const char *name, gfp_t gfp, unsigned int order);

void bench_pairs(void);
int bench_beside(void);
int bench_stream(void);
int bench_heap(void);
int bench_held(void);
int bench_fill(void);
int bench_irqs_off(void);
int bench_maps(void);
int bench_vm(void);
int bench_tables(void);
int bench_areas(void);
int bench_smp(void);
int bench_smp_maps(void);

/*
 * One source for both sides, compiled twice: @side is a constant, so the
 * compiler leaves a direct call, as a user of either would write it.
 */

/**
 * bench_take() - allocate a block from a side
 * @side: annex or the host kernel; a constant
 * @gfp: the same for both
 * @order: 2^@order frames
 *
 * Return: a struct annex_page or a struct page; NULL, which is noted.
 */
static __always_inline void *bench_take(enum bench_side side, gfp_t gfp,
					unsigned int order)
{
	void *block;

	if (side == BENCH_ANNEX)
		block = annex_alloc_pages(gfp, order);
	else
		block = alloc_pages(gfp, order);
	if (unlikely(!block))
		bench_denied[side]++;
	return block;
}

/**
 * bench_give() - free a block of a side
 * @side: annex or the host kernel; a constant
 * @block: the block
 * @order: its order
 *
 * annex returns a result, and checking it is an instruction in annex's figures.
 */
static __always_inline void bench_give(enum bench_side side, void *block,
				       unsigned int order)
{
	if (side == BENCH_ANNEX)
		bench_refused |= annex_free_pages(block, order);
	else
		__free_pages(block, order);
}

#endif /* ANNEX_KUNIT_BENCH_BENCH_H */
