// SPDX-License-Identifier: GPL-2.0-only
/*
 * annex_bench.ko: annex and the host kernel, doing the same thing in turn.
 *
 * In a guest whose time stamp counter counts instructions (QEMU's -icount) a
 * measurement is exact but for the interrupts that fall into it. So each is
 * taken many times, in short rounds, and the least counts: the round into
 * which no interrupt fell. What the loop and the counter cost themselves is
 * measured the same way and taken off.
 *
 * Both sides get the same gfp flags and orders. The host is only a fair match
 * with init_on_alloc=0: Debian's kernels zero each page by default.
 *
 * The results are lines of the kernel log, "annex_bench: OP ANNEX HOST", in
 * instructions a pair of getting and giving back; scripts/bench makes a table
 * of them. Loading ends with -EAGAIN, on purpose: there is nothing to stay for.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timex.h>
#include <linux/vmalloc.h>

#include <annex/page_alloc.h>

/* Pairs a round, short beside the tick of 4 ms, and rounds to choose from. */
#define PAIRS	64
#define ROUNDS	200

/* Blocks held at once by the op that frees in random order. */
#define HELD	10000

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

static unsigned long failures;

static noinline void nothing_round(const struct op *op)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++)
		barrier();
}

static noinline void annex_round(const struct op *op)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++) {
		struct annex_page *page = annex_alloc_pages(op->gfp, op->order);

		if (unlikely(!page))
			failures++;
		else
			annex_free_pages(page, op->order);
	}
}

static noinline void host_round(const struct op *op)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++) {
		struct page *page = alloc_pages(op->gfp, op->order);

		if (unlikely(!page))
			failures++;
		else
			__free_pages(page, op->order);
	}
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

static void print_result(const char *name, u64 annex, u64 host)
{
	pr_info("annex_bench: %s %llu %llu\n", name, annex, host);
}

static void run_op(const struct op *op, u64 nothing)
{
	u64 annex = least(annex_round, op) - nothing;
	u64 host = least(host_round, op) - nothing;

	print_result(op->name, div_u64(annex, PAIRS), div_u64(host, PAIRS));
}

/* The same permutation for both: what is freed when is part of the task. */
static void shuffle(u32 *order, unsigned int n)
{
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < n; i++)
		order[i] = i;
	for (i = n - 1; i; i--) {
		/* swap() looks at its arguments more than once. */
		u32 other = prandom_u32_state(&rnd) % (i + 1);

		swap(order[i], order[other]);
	}
}

static u64 annex_held(void **held, const u32 *order)
{
	u64 start = get_cycles();
	unsigned int i;

	for (i = 0; i < HELD; i++)
		held[i] = annex_alloc_pages(GFP_HIGHUSER, 0);
	for (i = 0; i < HELD; i++)
		if (held[order[i]])
			annex_free_pages(held[order[i]], 0);
		else
			failures++;
	return get_cycles() - start;
}

static u64 host_held(void **held, const u32 *order)
{
	u64 start = get_cycles();
	unsigned int i;

	for (i = 0; i < HELD; i++)
		held[i] = alloc_pages(GFP_HIGHUSER, 0);
	for (i = 0; i < HELD; i++)
		if (held[order[i]])
			__free_pages(held[order[i]], 0);
		else
			failures++;
	return get_cycles() - start;
}

/* Too long to miss the tick: the ticks in it are few beside 20,000 calls. */
static int run_held(void)
{
	void **held = kvmalloc_array(HELD, sizeof(*held), GFP_KERNEL);
	u32 *order = kvmalloc_array(HELD, sizeof(*order), GFP_KERNEL);
	u64 annex = U64_MAX, host = U64_MAX;
	unsigned int i;

	if (held && order) {
		shuffle(order, HELD);
		for (i = 0; i < 10; i++) {
			annex = min(annex, annex_held(held, order));
			host = min(host, host_held(held, order));
			cond_resched();
		}
		print_result("alloc_10k_free_random", div_u64(annex, HELD),
			     div_u64(host, HELD));
	}
	kvfree(order);
	kvfree(held);
	return held && order ? 0 : -ENOMEM;
}

static int __init bench_init(void)
{
	u64 nothing = least(nothing_round, &ops[0]);
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		run_op(&ops[i], nothing);
	err = run_held();
	if (err)
		return err;
	if (failures) {
		pr_err("annex_bench: %lu allocations failed; the pool is too small\n",
		       failures);
		return -ENOMEM;
	}
	pr_info("annex_bench: done\n");
	return -EAGAIN;
}

module_init(bench_init);

MODULE_DESCRIPTION("annex and the host kernel side by side");
MODULE_AUTHOR("The annex developers");
MODULE_LICENSE("GPL");
