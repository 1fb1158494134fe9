// SPDX-License-Identifier: GPL-2.0-only
/*
 * annex_bench.ko: annex and the host kernel, doing the same thing in turn.
 *
 * This file is the framework: it runs the ops, prints their costs, and
 * withholds the results if something went wrong.
 *
 *   pairs.c	allocating and freeing, in instructions
 *   heap.c	small objects, likewise
 *   leaks.c	10,000 frames held at once, in instructions
 *   fill.c	unmovable frames in a zone that is nearly full, in instructions
 *   irqs_off.c	the longest time with interrupts off in a call, likewise
 *   map.c	mapping high pages, in instructions; with high.c
 *   vm.c		vmalloc and vmap, in instructions
 *   smp.c	allocating and freeing on two CPUs at once, in nanoseconds
 *   smp_map.c	mapping high pages, as smp.c; with high.c
 *   race.c	the framework of these two
 *   beside.c	allocating and freeing beside a waiter, in instructions
 *   stream.c	a page cache that fills the pool, on all CPUs
 *
 * smp=1 runs the ops for two CPUs, areas=1 the ops of vm.c with many areas,
 * stream=1 those of stream.c. Without these parameters the other ops run.
 *
 * Both sides get the same gfp flags and orders. The comparison with the host is
 * only fair with init_on_alloc=0: Debian's kernels zero each page by default.
 *
 * The results are lines of the kernel log, "annex_bench: OP ANNEX HOST", for a
 * pair of allocating and freeing, or of mapping and unmapping; "annex_bench:
 * note: ..." comments on one. "annex_bench: done" is the last line;
 * scripts/test/bench makes a table of them. Everything is measured while the
 * module is loaded; it does nothing after that.
 *
 * Failing: an op that does not get a block or an address, or whose free annex
 * refuses, notes that and goes on. The figures are worthless then: there is no
 * "done", and loading fails.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/timex.h>

#include "bench.h"

static bool smp;
module_param(smp, bool, 0);
MODULE_PARM_DESC(smp, "measure two CPUs at once, in nanoseconds");

static bool areas;
module_param(areas, bool, 0);
MODULE_PARM_DESC(areas, "measure vmalloc among few and many areas; wants vmalloc=192M");

static bool stream;
module_param(stream, bool, 0);
MODULE_PARM_DESC(stream, "stream folios through a small pool, on all CPUs");

/* Requests that a side could not serve. */
unsigned long bench_denied[BENCH_SIDES];

/* Bits of the errnos that annex returned from free and unmap functions. */
int bench_refused;

static bool failed(void)
{
	return bench_denied[BENCH_ANNEX] || bench_denied[BENCH_HOST] ||
	       bench_refused;
}

/**
 * bench_least() - the cost of a round without disturbance
 * @fn: the round
 * @data: for @fn
 * @rounds: how many rounds to run
 *
 * Context: process, may sleep.
 * Return: the fewest cycles that a round took.
 */
u64 bench_least(bench_round_fn fn, const void *data, unsigned int rounds)
{
	u64 best = U64_MAX;
	unsigned int i;

	/* Warn of failures in one round only. */
	for (i = 0; i < rounds && !failed(); i++) {
		u64 start;

		cond_resched();
		start = get_cycles();
		fn(data);
		best = min_t(u64, best, get_cycles() - start);
	}
	return best;
}

/**
 * bench_result() - print the cost of an op
 * @op: its name
 * @annex: cost with annex
 * @host: cost with the host kernel
 */
void bench_result(const char *op, u64 annex, u64 host)
{
	pr_info("annex_bench: %s %llu %llu\n", op, annex, host);
}

static int verdict(int err)
{
	if (bench_denied[BENCH_ANNEX] || bench_denied[BENCH_HOST]) {
		pr_err("annex_bench: failed: not served: %lu requests to annex, %lu to the host; give more memory\n",
		       bench_denied[BENCH_ANNEX], bench_denied[BENCH_HOST]);
		return -ENOMEM;
	}
	if (bench_refused) {
		pr_err("annex_bench: failed: annex refused what it had given\n");
		return -EINVAL;
	}
	if (err) {
		pr_err("annex_bench: failed: errno %d\n", err);
		return err;
	}
	pr_info("annex_bench: done\n");
	return 0;
}

static int __init bench_init(void)
{
	int err;

	if (smp)
		return verdict(bench_smp());
	if (areas)
		return verdict(bench_areas());
	if (stream)
		return verdict(bench_stream());
	bench_pairs();
	err = bench_heap();
	err = err ?: bench_beside() ?: bench_held() ?: bench_fill();
	err = err ?: bench_irqs_off() ?: bench_maps() ?: bench_vm();
	return verdict(err ?: bench_tables());
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("annex and the host kernel side by side");
MODULE_AUTHOR("The annex developers");
MODULE_LICENSE("GPL");
