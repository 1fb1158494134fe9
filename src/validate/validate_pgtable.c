// SPDX-License-Identifier: GPL-2.0-only
/*
 * Validation of the page tables of a pool.
 *
 * It checks that
 *  - each table lies in the range that the early allocator gave for them, all
 *    of which is reserved, and their number is the recorded one;
 *  - the provisional tables map the first part of the pool twice, page by page;
 *  - the final ones map nothing below PAGE_OFFSET, and in the direct map the
 *    right frame at each page, with the right protection;
 *  - the final tables map each page of a window as the host's tables do.
 *
 * Windows may be in use: a page that seems wrong is checked again before it is
 * reported.
 *
 * Locking: none; these tables are not written any more.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "base/for_kunit.h"
#include "pool/pool.h"
#include "validate/validate.h"

/* Checks of a page of a window before a violation is reported. */
#define PATIENCE	5

/**
 * struct paging_census - the state of a check
 * @annex: the pool
 * @to: where violations are reported
 * @tree: name of the tables that are checked
 * @nr: its tables, by level
 * @all: tables of all trees
 */
struct paging_census {
	struct annex *annex;
	struct annex_violations to;
	const char *tree;
	unsigned long nr[ANNEX_NR_PGT_LEVELS];
	unsigned long all;
};

static int count_table(void *census, enum annex_pgt_level level, u64 phys)
{
	struct paging_census *c = census;
	const struct annex_tables *t = &c->annex->tables;

	c->nr[level]++;
	c->all++;
	if (phys - t->phys >= t->bytes ||
	    !annex_memblock_is_reserved(&c->annex->memblock, phys, PAGE_SIZE))
		annex_violation(&c->to,
				"%s: a table of level %u lies at %#llx, outside of what is kept for tables",
				c->tree, level, phys);
	return 0;
}

static void check_tables(struct paging_census *c, const char *name,
			 const struct annex_pgtable *pt)
{
	enum annex_pgt_level level;

	c->tree = name;
	memset(c->nr, 0, sizeof(c->nr));
	annex_pgtable_for_each(pt, count_table, c);
	for (level = ANNEX_PGT_PTE; level < ANNEX_NR_PGT_LEVELS; level++)
		if (c->nr[level] != pt->nr_tables[level])
			annex_violation(&c->to,
					"%s: %lu tables of level %u, counted %lu",
					name, pt->nr_tables[level], level,
					c->nr[level]);
}

/* Does a range map consecutive frames, all with the same protection? */
static void check_maps(struct paging_census *c, const char *name,
		       const struct annex_pgtable *pt, u64 at, u64 end,
		       u64 phys, u64 prot)
{
	struct annex_translation t;
	u64 size;

	for (; at < end; at += size, phys += size) {
		annex_pgtable_walk(pt, at, &t);
		size = t.level == ANNEX_PGT_PMD ? SZ_2M : SZ_4K;
		if (t.phys != phys || t.level == ANNEX_PGT_NONE ||
		    (t.prot & ANNEX_PTE_PROT & ~ANNEX_PTE_PSE) !=
		    (prot | ANNEX_PTE_PRESENT))
			annex_violation(&c->to,
					"%s: %#llx maps %#llx (%#llx), not %#llx (%#llx)",
					name, at, t.phys, t.prot, phys, prot);
	}
}

static void check_provisional(struct paging_census *c)
{
	const struct annex_tables *t = &c->annex->tables;
	u64 off = t->start - t->page_offset;
	u64 end = min(t->early, t->end - t->page_offset);

	check_tables(c, "provisional", &t->provisional);
	check_maps(c, "provisional", &t->provisional, off, end, t->base + off,
		   t->prot);
	check_maps(c, "provisional", &t->provisional, t->page_offset + off,
		   t->page_offset + end, t->base + off, t->prot);
}

static void check_master(struct paging_census *c)
{
	const struct annex_tables *t = &c->annex->tables;
	struct annex_pgtable_run run;

	check_tables(c, "final", &t->master);
	if (annex_pgtable_run(&t->master, 0, t->page_offset, &run))
		annex_violation(&c->to, "final: %#llx-%#llx is mapped, and should not be",
				run.start, run.end);
	check_maps(c, "final", &t->master, t->start, t->end,
		   c->annex->frames.range.start, t->prot | ANNEX_PTE_GLOBAL);
}

/* Do the host's tables and the master map a page alike? */
static bool agree(const struct annex *annex, const struct annex_window *win,
		  unsigned long idx)
{
	u64 addr = (unsigned long)annex_window_addr(win, idx);
	unsigned long pfn = annex_window_pfn(win, idx), mapped;
	struct annex_translation t;

	if (annex_pgtable_walk(&annex->tables.master, addr, &t) ==
	    ANNEX_PGT_NONE)
		return pfn == ANNEX_WINDOW_NONE;
	mapped = t.phys >> PAGE_SHIFT;
	return mapped == pfn || (pfn == ANNEX_WINDOW_NONE &&
				 mapped == page_to_pfn(win->dummy));
}

static void check_window(struct paging_census *c, const struct annex_window *win)
{
	unsigned long idx;
	unsigned int i;

	for (idx = 0; idx < win->nr_pages; idx++) {
		for (i = 0; i < PATIENCE && !agree(c->annex, win, idx); i++)
			cond_resched();
		if (i == PATIENCE)
			annex_violation(&c->to,
					"final: page %lu of window %s differs from the host's tables",
					idx, win->name);
	}
}

/**
 * annex_validate_pgtable() - check the provisional and the final tables
 * @annex: the pool; it may be in use
 * @report: called with a line for each violation
 * @arg: for @report
 *
 * Context: process.
 */
void annex_validate_pgtable(struct annex *annex, annex_violation_fn report,
			    void *arg)
{
	struct paging_census c = { annex, { report, arg } };
	const struct annex_window *wins[ANNEX_HOST_WINDOWS];
	const struct annex_tables *t = &annex->tables;
	unsigned int i;

	if (!t->bytes)
		return;
	check_provisional(&c);
	check_master(&c);
	if (c.all != t->bytes >> PAGE_SHIFT)
		annex_violation(&c.to, "%lu frames are kept for tables, counted %lu",
				t->bytes >> PAGE_SHIFT, c.all);
	annex_host_windows(&annex->host, wins);
	for (i = 0; i < ARRAY_SIZE(wins); i++)
		if (wins[i]->addr && wins[i]->dummy)
			check_window(&c, wins[i]);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_validate_pgtable);
