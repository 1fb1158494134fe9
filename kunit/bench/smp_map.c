// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping high pages on two CPUs at once; see race.c.
 *
 *	kmap_hit_2cpu	each lane maps and unmaps the same eight pages in turn,
 *			which are mapped already
 *
 * And a count, for annex only: a kmap_local mapping belongs to its CPU, so no
 * other CPU has to invalidate it. Two lanes map and unmap ten million times,
 * and write to the page each time, so that TLBs cache a translation. A note
 * gives the number of interrupts that could have invalidated TLBs. TLB
 * shootdowns are the kernel's own for user space, and none are due; annex
 * invalidates by function call interrupts. Some of those have other reasons,
 * such as waking a thread of another CPU, so a few are allowed.
 */
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/hardirq.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/sched.h>

#include "high.h"
#include "host/compat_cpu.h"
#include "race.h"

/* Few enough for every CPU's cache, more than one to be fair to locks. */
#define PAGES		8

/* Both lanes together make ten million. */
#define QUIET_PAIRS	5000000

/* Pairs between two calls of cond_resched(): about 1 ms. */
#define STRETCH		1000

/*
 * Function call interrupts for other reasons in some ten seconds. One for each
 * full round of 16 slots, the least that a lazy invalidation needs, would be
 * 600,000.
 */
#define CALLS_MAX	1000

static __always_inline void hits(enum bench_side side, unsigned int nr,
				 void *const *pages)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		void *page = pages[i % PAGES];
		void *addr = bench_map(side, BENCH_KMAP, page);

		bench_unmap(side, BENCH_KMAP, page, addr);
	}
}

static void annex_hits(unsigned int nr, void *pages)
{
	hits(BENCH_ANNEX, nr, pages);
}

static void host_hits(unsigned int nr, void *pages)
{
	hits(BENCH_HOST, nr, pages);
}

static const struct bench_race hit = {
	"kmap_hit_2cpu", 1 << 19, {
		[BENCH_ANNEX] = { annex_hits, annex_hits },
		[BENCH_HOST] = { host_hits, host_hits } }
};

static void annex_writes(unsigned int nr, void *shared)
{
	void *const *pages = shared;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		void *page = pages[i % PAGES];
		u32 *addr = bench_map(BENCH_ANNEX, BENCH_KMAP_LOCAL, page);

		if (unlikely(!addr))
			return;
		WRITE_ONCE(*addr, i);
		bench_unmap(BENCH_ANNEX, BENCH_KMAP_LOCAL, page, addr);
		if (i % STRETCH == 0)
			cond_resched();
	}
}

static const struct bench_race quiet = {
	"kmap_local", QUIET_PAIRS, {
		[BENCH_ANNEX] = { annex_writes, annex_writes } }
};

/**
 * struct interrupts - interrupts from other CPUs
 * @tlb: TLB shootdowns
 * @call: function calls
 */
struct interrupts {
	unsigned int tlb;
	unsigned int call;
};

/* TLB and CAL of /proc/interrupts, summed over all CPUs. */
static struct interrupts interrupts(void)
{
	struct interrupts sum = {};
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		sum.tlb += annex_irqs_tlb(cpu);
		sum.call += annex_irqs_call(cpu);
	}
	return sum;
}

static int run_quiet(void **pages)
{
	struct interrupts before = interrupts(), after;
	u64 time;
	int err;

	err = bench_race_once(&quiet, BENCH_ANNEX, pages, &time);
	if (err)
		return err;
	after = interrupts();
	after.tlb -= before.tlb;
	after.call -= before.call;
	pr_info("annex_bench: note: kmap_local: %u pairs caused %u TLB shootdowns and %u function calls\n",
		BENCH_LANES * QUIET_PAIRS, after.tlb, after.call);
	if (!after.tlb && after.call <= CALLS_MAX)
		return 0;
	pr_err("annex_bench: failed: kmap_local interrupts other CPUs\n");
	return -EBUSY;
}

static int run(void **pages[BENCH_SIDES])
{
	unsigned int side;
	int err = 0;

	for (side = 0; side < BENCH_SIDES && !err; side++)
		err = bench_high_get(side, pages[side], PAGES);
	if (!err) {
		for (side = 0; side < BENCH_SIDES; side++)
			bench_high_map(side, pages[side], PAGES);
		err = bench_race_run(&hit, (void *const *)pages);
		for (side = 0; side < BENCH_SIDES; side++)
			bench_high_unmap(side, pages[side], PAGES);
	}
	if (!err)
		err = run_quiet(pages[BENCH_ANNEX]);
	for (side = 0; side < BENCH_SIDES; side++)
		bench_high_put(side, pages[side], PAGES);
	return err;
}

/**
 * bench_smp_maps() - measure mapping on two CPUs at once
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM, -ENXIO if the pages are not high, -EBUSY if there were
 * more interrupts than allowed, or why a thread could not be created.
 */
int bench_smp_maps(void)
{
	void *annex[PAGES] = {}, *host[PAGES] = {};
	void **pages[BENCH_SIDES] = { annex, host };

	return run(pages);
}
