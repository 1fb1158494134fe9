// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that are found by a number, in instructions.
 *
 *	table_read_4k		a page of a frame table is read
 *	table_write_4k		such a page is overwritten
 *	table_read_512		a sector is read
 *	table_fill_punch	a page is written to a hole, and removed
 *
 * The host has its pages in an xarray, as its RAM disk has, and copies them with
 * memcpy_from_page() and memcpy_to_page(). They are high on both sides. Measured
 * as in pairs.c, the least of many rounds.
 */
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include <annex/frame_table.h>

#include "bench.h"

/* Pages, each of which a round uses once, and rounds to choose from. */
#define PAGES	64
#define ROUNDS	200

#define SECTOR	512

static struct annex_frame_table *table;
static DEFINE_XARRAY(pages);
static u8 *buf;

static noinline void nothing(const void *data)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		barrier();
}

static __always_inline void annex_reads(unsigned int len)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		bench_refused |= annex_frame_table_read(table, i, 0, buf, len);
}

static __always_inline void host_reads(unsigned int len)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		memcpy_from_page(buf, xa_load(&pages, i), 0, len);
}

static noinline void annex_read_4k(const void *data)
{
	annex_reads(PAGE_SIZE);
}

static noinline void host_read_4k(const void *data)
{
	host_reads(PAGE_SIZE);
}

static noinline void annex_read_512(const void *data)
{
	annex_reads(SECTOR);
}

static noinline void host_read_512(const void *data)
{
	host_reads(SECTOR);
}

static noinline void annex_write_4k(const void *data)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		bench_refused |= annex_frame_table_write(table, i, 0, buf,
							 PAGE_SIZE, GFP_NOIO,
							 0);
}

static noinline void host_write_4k(const void *data)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		memcpy_to_page(xa_load(&pages, i), 0, buf, PAGE_SIZE);
}

static noinline void annex_fill_punch(const void *data)
{
	annex_write_4k(data);
	if (annex_frame_table_punch(table, 0, PAGES) != PAGES)
		bench_denied[BENCH_ANNEX]++;
}

/* False if there is no page. */
static bool add_page(unsigned int i)
{
	struct page *page = alloc_page(GFP_HIGHUSER);

	if (page && !xa_err(xa_store(&pages, i, page, GFP_KERNEL)))
		return true;
	bench_denied[BENCH_HOST]++;
	if (page)
		__free_page(page);
	return false;
}

static void remove_page(unsigned int i)
{
	struct page *page = xa_erase(&pages, i);

	if (page)
		__free_page(page);
}

static noinline void host_fill_punch(const void *data)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		if (add_page(i))
			memcpy_to_page(xa_load(&pages, i), 0, buf, PAGE_SIZE);
	for (i = 0; i < PAGES; i++)
		remove_page(i);
}

static const struct {
	const char *name;
	bench_round_fn fn[BENCH_SIDES];
} ops[] = {
	{ "table_fill_punch", { annex_fill_punch, host_fill_punch } },
	{ "table_read_4k", { annex_read_4k, host_read_4k } },
	{ "table_read_512", { annex_read_512, host_read_512 } },
	{ "table_write_4k", { annex_write_4k, host_write_4k } },
};

static u64 cost(bench_round_fn fn)
{
	return div_u64(bench_least(fn, NULL, ROUNDS) -
		       bench_least(nothing, NULL, ROUNDS), PAGES);
}

static void run_all(void)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		bench_result(ops[i].name, cost(ops[i].fn[BENCH_ANNEX]),
			     cost(ops[i].fn[BENCH_HOST]));
		/* The rows after the first read what is there. */
		annex_write_4k(NULL);
		for (j = 0; j < PAGES; j++)
			if (!xa_load(&pages, j) && !add_page(j))
				return;
	}
}

/**
 * bench_tables() - measure pages that are found by a number
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int bench_tables(void)
{
	unsigned int i;

	buf = kzalloc(PAGE_SIZE, GFP_KERNEL);
	table = annex_frame_table_create("annex_bench", PAGES);
	if (buf && !IS_ERR(table))
		run_all();
	for (i = 0; i < PAGES; i++)
		remove_page(i);
	xa_destroy(&pages);
	if (!IS_ERR(table))
		bench_refused |= annex_frame_table_destroy(table);
	kfree(buf);
	return IS_ERR(table) || !buf ? -ENOMEM : 0;
}
