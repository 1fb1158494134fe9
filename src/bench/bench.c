// SPDX-License-Identifier: GPL-2.0-only
/*
 * annex_bench.ko: annex and the host kernel, doing the same thing in turn.
 *
 * This file is the frame: it runs the ops, prints what they cost and sees to
 * it that nothing is reported where something went wrong.
 *
 *   pairs.c	getting and giving back, in instructions
 *   held.c	10,000 frames held at once, in instructions
 *   smp.c	two CPUs at once, in nanoseconds; instead of the others, with
 *		the parameter smp=1
 *
 * Both sides get the same gfp flags and orders. The host is only a fair match
 * with init_on_alloc=0: Debian's kernels zero each page by default.
 *
 * The results are lines of the kernel log, "annex_bench: OP ANNEX HOST", a pair
 * of getting and giving back; "annex_bench: note: ..." says more about one.
 * "annex_bench: done" is the last; scripts/bench makes a table of them. All is
 * measured while the module is loaded; it has nothing to do after that.
 *
 * Failing: an op goes on without a block that it did not get, or that annex
 * would not take back, and notes it. The figures are worth nothing then: there
 * is no "done", and loading fails.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "bench.h"

static bool smp;
module_param(smp, bool, 0);
MODULE_PARM_DESC(smp, "measure two CPUs at once, in nanoseconds");

/* Requests that a side could not serve. */
unsigned long bench_denied[BENCH_SIDES];

/* Bits of the errnos that annex_free_pages() answered. */
int bench_refused;

/**
 * bench_result() - print what an op costs
 * @op: its name
 * @annex: what it costs with annex
 * @host: and with the host kernel
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
		pr_err("annex_bench: failed: annex refused a block of its own\n");
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
	if (smp)
		return verdict(bench_smp());
	bench_pairs();
	return verdict(bench_held());
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("annex and the host kernel side by side");
MODULE_AUTHOR("The annex developers");
MODULE_LICENSE("GPL");
