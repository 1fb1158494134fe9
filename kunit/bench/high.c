// SPDX-License-Identifier: GPL-2.0-only
/*
 * High pages for the ops that map them.
 *
 * Mapping a page that has a permanent address costs nothing. So the pages that
 * either side allocates for GFP_HIGHUSER are checked first.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include "high.h"

/**
 * bench_has_address() - does a page have a permanent address?
 * @side: annex or the host kernel
 * @page: the page
 *
 * Context: any.
 */
bool bench_has_address(enum bench_side side, void *page)
{
	if (side == BENCH_ANNEX)
		return annex_page_address(page);
	return !PageHighMem((struct page *)page);
}

/**
 * bench_high_get() - allocate pages without a permanent address
 * @side: annex or the host kernel
 * @pages: set to the pages, or to NULL
 * @nr: how many
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM, which is noted, or -ENXIO if one has an address: the
 * caller frees all of them.
 */
int bench_high_get(enum bench_side side, void **pages, unsigned int nr)
{
	unsigned int i, low = 0;

	for (i = 0; i < nr; i++) {
		pages[i] = bench_take(side, GFP_HIGHUSER, 0);
		low += pages[i] && bench_has_address(side, pages[i]);
	}
	if (low)
		pr_err("annex_bench: %u of %u pages of %s are lowmem\n", low,
		       nr, side == BENCH_ANNEX ? "annex" : "the host");
	if (bench_denied[side])
		return -ENOMEM;
	return low ? -ENXIO : 0;
}

/**
 * bench_high_put() - free pages
 * @side: annex or the host kernel
 * @pages: the pages, some of them NULL
 * @nr: how many
 */
void bench_high_put(enum bench_side side, void **pages, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (pages[i])
			bench_give(side, pages[i], 0);
}

/**
 * bench_high_map() - hold a permanent mapping of pages
 * @side: annex or the host kernel
 * @pages: the pages
 * @nr: how many
 *
 * Context: process, may sleep. Failures are noted.
 */
void bench_high_map(enum bench_side side, void *const *pages, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		bench_map(side, BENCH_KMAP, pages[i]);
}

/**
 * bench_high_unmap() - undo bench_high_map()
 * @side: annex or the host kernel
 * @pages: the pages
 * @nr: how many
 */
void bench_high_unmap(enum bench_side side, void *const *pages,
		      unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		bench_unmap(side, BENCH_KMAP, pages[i], NULL);
}
