// SPDX-License-Identifier: GPL-2.0-only
/*
 * Validation of the page tables of processes.
 *
 * It checks that
 *  - each table is a used frame of lowmem with ANNEX_PG_TABLE, and their number
 *    is the recorded one;
 *  - each mapped page is a frame of the pool whose folio has a _mapcount, and
 *    their number is the recorded one;
 *  - the kernel's part is the master's.
 *
 * Locking: mms_lock (annex_mms.lock), and inside it each process's lock;
 * processes may be in use.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "mm/mm.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "pool/pool.h"
#include "reclaim/folio.h"
#include "validate/validate.h"

/**
 * struct mm_census - the state of a check
 * @mm: the process
 * @to: where violations are reported
 * @tables: its tables, by level
 * @pages: the pages that it maps
 */
struct mm_census {
	struct annex_mm *mm;
	struct annex_violations to;
	unsigned long tables[ANNEX_NR_PGT_LEVELS];
	unsigned long pages;
};

static int check_table(void *census, enum annex_pgt_level level, u64 phys)
{
	struct mm_census *c = census;
	struct annex_frames *frames = c->mm->mms->frames;
	u64 nr = (phys - frames->range.start) >> PAGE_SHIFT;

	c->tables[level]++;
	if (nr >= frames->lowmem_pages ||
	    !annex_page_test_flag(frames->mem_map + (annex_pfn_t)nr,
				  ANNEX_PG_TABLE))
		annex_violation(&c->to,
				"process %d: a table of level %u at %#llx is none",
				c->mm->pid, level, phys);
	return 0;
}

static void check_page(struct mm_census *c, u64 addr)
{
	struct annex_frames *frames = c->mm->mms->frames;
	struct annex_translation t;
	struct annex_page *page;
	u64 nr;

	c->pages++;
	annex_pgtable_walk(&c->mm->pt, addr, &t);
	nr = (t.phys - frames->range.start) >> PAGE_SHIFT;
	if (t.level != ANNEX_PGT_PTE || nr >= frames->nr_pages) {
		annex_violation(&c->to,
				"process %d: %#llx maps %#llx, which is no frame",
				c->mm->pid, addr, t.phys);
		return;
	}
	page = frames->mem_map + (annex_pfn_t)nr;
	if (!__annex_page_folio(frames, page) ||
	    !annex_folio_mapcount(__annex_page_folio(frames, page)))
		annex_violation(&c->to,
				"process %d: %#llx maps frame %#llx, which does not count it",
				c->mm->pid, addr, nr);
}

static void check_pages(struct mm_census *c)
{
	u64 end = c->mm->mms->tables->page_offset;
	struct annex_pgtable_run run = {};

	while (annex_pgtable_run(&c->mm->pt, run.end, end, &run))
		for (; run.start < run.end; run.start += PAGE_SIZE) {
			check_page(c, run.start);
			cond_resched();
		}
	if (c->pages != c->mm->nr_pages)
		annex_violation(&c->to, "process %d: %lu pages, counted %lu",
				c->mm->pid, c->mm->nr_pages, c->pages);
}

static void check_tables(struct mm_census *c)
{
	const struct annex_tables *t = c->mm->mms->tables;
	const u64 *root = c->mm->pt.ops->virt(c->mm->pt.arg, c->mm->pt.root);
	const u64 *theirs = t->master.ops->virt(t->master.arg, t->master.root);
	unsigned int i;

	annex_pgtable_for_each(&c->mm->pt, check_table, c);
	for (i = ANNEX_PGT_PTE; i < ANNEX_NR_PGT_LEVELS; i++)
		if (c->tables[i] != c->mm->pt.nr_tables[i])
			annex_violation(&c->to,
					"process %d: %lu tables of level %u, counted %lu",
					c->mm->pid, c->mm->pt.nr_tables[i], i,
					c->tables[i]);
	for (i = t->page_offset >> 30; i < ANNEX_PGT_ROOTS; i++)
		if (root[i] != theirs[i])
			annex_violation(&c->to,
					"process %d: entry %u of its first level is not the master's",
					c->mm->pid, i);
}

/**
 * annex_validate_mms() - check the page tables of processes
 * @annex: the pool; it may be in use
 * @report: called with a line for each violation
 * @arg: for @report
 *
 * Context: process, may sleep.
 */
void annex_validate_mms(struct annex *annex, annex_violation_fn report,
			void *arg)
{
	struct annex_mm *mm;

	if (!annex->tables.page_offset)
		return;
	mutex_lock(&annex->mms.lock);
	list_for_each_entry(mm, &annex->mms.list, list) {
		struct mm_census c = { .mm = mm, .to = { report, arg } };

		mutex_lock(&mm->lock);
		check_tables(&c);
		check_pages(&c);
		mutex_unlock(&mm->lock);
	}
	mutex_unlock(&annex->mms.lock);
}
