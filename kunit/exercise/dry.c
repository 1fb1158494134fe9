// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pool driven dry, by requests that take from all zones, then by those that
 * need an address, then by those that cannot wait. How many frames of which
 * zone each of them gets is what the watermarks and protections of zoneinfo
 * say, and the script works that out.
 *
 * All CPUs have put frames by before: they count as well.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/smp.h>

#include "exercise.h"

/* As many as a CPU puts by of each kind, or some fewer. */
#define PUT_BY		48

/* DMA is the first 16 MB of a pool, and what has an address and is not, Normal. */
#define DMA_FRAMES	((16U << 20) >> PAGE_SHIFT)

enum { DMA, NORMAL, HIGHMEM, NR_ZONES };

static const struct run {
	const char *name;
	gfp_t gfp;
} runs[] = {
	{ "GFP_HIGHUSER", GFP_HIGHUSER },
	{ "GFP_KERNEL", GFP_KERNEL },
	{ "GFP_ATOMIC", GFP_ATOMIC },
};

static void put_by(gfp_t gfp)
{
	struct annex_page *pages[PUT_BY] = {};

	annex_alloc_pages_bulk(gfp | __GFP_NOWARN, PUT_BY, pages);
	annex_free_pages_bulk(pages, PUT_BY);
}

/* In an interrupt of each CPU. */
static void put_all_by(void *unused)
{
	put_by(GFP_ATOMIC);
	put_by(GFP_ATOMIC | __GFP_DMA);
	put_by(GFP_ATOMIC | __GFP_HIGHMEM);
	put_by(GFP_ATOMIC | __GFP_HIGHMEM | __GFP_MOVABLE);
}

static unsigned int zone_of(struct annex_page *page)
{
	if (annex_page_to_pfn(page) < DMA_FRAMES)
		return DMA;
	return exercise_is_lowmem(page) ? NORMAL : HIGHMEM;
}

static int run_dry(const struct run *run)
{
	unsigned long nr[NR_ZONES] = {};
	struct annex_page *page;
	int err;

	for (;;) {
		err = exercise_hold_one(run->gfp | __GFP_NOWARN, 0, &page);
		if (err)
			break;
		nr[zone_of(page)]++;
		cond_resched();
	}
	exercise_say("%s DMA %lu Normal %lu HighMem %lu\n", run->name, nr[DMA],
		     nr[NORMAL], nr[HIGHMEM]);
	return err == -ENOMEM ? 0 : err;
}

/**
 * exercise_dry() - take all single frames that there are, in three ways
 * @args: not used
 *
 * What it gets is held: see exercise_drop().
 *
 * Context: process.
 * Return: 0, or an error that is not -ENOMEM.
 */
int exercise_dry(const struct exercise_args *args)
{
	unsigned int i;
	int err = 0;

	on_each_cpu(put_all_by, NULL, 1);
	for (i = 0; i < ARRAY_SIZE(runs) && !err; i++)
		err = run_dry(&runs[i]);
	return err;
}
