// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs annex/page_tables/{provisional,final,process}: the mappings of the
 * page tables, run by run.
 *
 * A run is a range of addresses without a gap whose pages have the same size
 * and protection. Runs end where sections do: the direct map, each window, and
 * "host", which is the rest of the PTE pages that windows lie in. A section is
 * named whether it maps something or not. The grammar is in
 * Documentation/design.rst.
 *
 * Windows may change while they are printed. The sums are those of the rows
 * above them.
 */
#include <linux/align.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "base/for_kunit.h"
#include "base/show.h"
#include "base/text.h"
#include "mm/mm.h"
#include "pool/pool.h"

/**
 * struct dump - a tree that is being printed
 * @m: where to
 * @annex: the pool
 * @pt: the tree
 * @windows: whether to print the sections of windows
 * @low: name of the section from 0 on, or NULL
 * @low_end: where that ends
 * @direct_start: where the direct map begins
 * @direct_end: where it ends
 * @pages: pages that were printed, by level
 * @exposed: pages of 4 kB that are both writable and executable
 */
struct dump {
	struct seq_file *m;
	struct annex *annex;
	const struct annex_pgtable *pt;
	bool windows;
	const char *low;
	u64 low_end;
	u64 direct_start;
	u64 direct_end;
	unsigned long pages[ANNEX_NR_PGT_LEVELS];
	unsigned long exposed;
};

static const char host_section[] = "host";

static const char *const level_names[ANNEX_NR_PGT_LEVELS] = {
	[ANNEX_PGT_NONE] = "none",
	[ANNEX_PGT_PTE] = "PTE",
	[ANNEX_PGT_PMD] = "PMD",
	[ANNEX_PGT_PDPT] = "PDPT",
};

/* Set the name if @at lies in the span; lower @stop to the next border. */
static void consider(u64 at, u64 start, u64 end, const char *as,
		     const char **name, u64 *stop)
{
	if (at >= start && at < end && !*name)
		*name = as;
	if (at < start)
		*stop = min(*stop, start);
	else if (at < end)
		*stop = min(*stop, end);
}

/* The section that an address is in, or NULL, and where the next one begins. */
static const char *section_at(const struct dump *d, u64 at, u64 *stop)
{
	const struct annex_window *wins[ANNEX_HOST_WINDOWS];
	const char *name = NULL;
	unsigned int i, granules;

	*stop = ANNEX_PGT_LINEAR_END;
	if (d->low)
		consider(at, 0, d->low_end, d->low, &name, stop);
	consider(at, d->direct_start, d->direct_end, "direct map", &name, stop);
	annex_host_windows(&d->annex->host, wins);
	/* First the windows as they are, then all that their tables hold. */
	for (granules = 0; d->windows && granules < 2; granules++)
		for (i = 0; i < ARRAY_SIZE(wins); i++) {
			u64 start = (unsigned long)wins[i]->addr;
			u64 end = start + ((u64)wins[i]->nr_pages << PAGE_SHIFT);

			if (!start || !wins[i]->dummy)
				continue;
			if (granules)
				consider(at, ALIGN_DOWN(start, SZ_2M),
					 ALIGN(end, SZ_2M), host_section, &name,
					 stop);
			else
				consider(at, start, end, wins[i]->name, &name,
					 stop);
		}
	return name;
}

/* Merge spans of the same section. */
static const char *next_section(const struct dump *d, u64 at, u64 *stop)
{
	const char *name = section_at(d, at, stop);
	u64 next;

	while (name && *stop < ANNEX_PGT_LINEAR_END &&
	       section_at(d, *stop, &next) == name)
		*stop = next;
	return name;
}

static bool is_exposed(const struct dump *d, u64 prot)
{
	return d->annex->tables.prot & ANNEX_PTE_NX && prot & ANNEX_PTE_RW &&
	       !(prot & ANNEX_PTE_NX);
}

static void show_run(struct dump *d, const struct annex_pgtable_run *run)
{
	u64 size = (run->end - run->start) >> 10;
	const char *unit = "KMG";

	d->pages[run->level] += (run->end - run->start) >>
				(run->level == ANNEX_PGT_PMD ? 21 : 12);
	if (is_exposed(d, run->prot))
		d->exposed += (run->end - run->start) >> 12;
	for (; !(size & 1023) && unit[1]; unit++)
		size >>= 10;
	seq_printf(d->m, "0x%08llx-0x%08llx %7llu%c  %s %s%s%s%s%s%s %s%s\n",
		   run->start, run->end, size, *unit, level_names[run->level],
		   run->prot & ANNEX_PTE_RW ? "RW" : "ro",
		   run->prot & ANNEX_PTE_USER ? " USR" : "",
		   run->prot & ANNEX_PTE_PWT ? " PWT" : "",
		   run->prot & ANNEX_PTE_PCD ? " PCD" : "",
		   run->prot & ANNEX_PTE_PSE ? " PSE" : "",
		   run->prot & ANNEX_PTE_GLOBAL ? " GLB" : "",
		   run->prot & ANNEX_PTE_NX ? "NX" : "x",
		   is_exposed(d, run->prot) ? " W+X" : "");
}

static void show_marker(struct dump *d, const char *name, u64 start, u64 end)
{
	struct annex_pgtable_count count;

	annex_pgtable_count(d->pt, start, end, &count);
	seq_printf(d->m,
		   "---[ %s 0x%08llx-0x%08llx: %lu PTE tables, %lu linked ]---\n",
		   name, start, end, count.tables[ANNEX_PGT_PTE], count.foreign);
}

/* Nothing should be mapped outside of all sections; if it is, print it. */
static void show_section(struct dump *d, const char *name, u64 start, u64 end)
{
	struct annex_pgtable_run run;

	if (name)
		show_marker(d, name, start, end);
	while (annex_pgtable_run(d->pt, start, end, &run)) {
		if (!name)
			show_marker(d, "other", start, end);
		name = name ?: "other";
		show_run(d, &run);
		start = run.end;
		cond_resched();
	}
}

static void show_sums(struct dump *d)
{
	struct annex_pgtable_count count;

	annex_pgtable_count(d->pt, 0, ANNEX_PGT_LINEAR_END, &count);
	seq_printf(d->m,
		   "pages: %lu of 4 kB, %lu of 2 MB, %lu kB of them W+X\n",
		   d->pages[ANNEX_PGT_PTE], d->pages[ANNEX_PGT_PMD],
		   d->exposed << 2);
	seq_printf(d->m,
		   "tables: %lu PDPT, %lu PMD, %lu PTE, %lu PMD borrowed, %lu PTE linked\n",
		   count.tables[ANNEX_PGT_PDPT], count.tables[ANNEX_PGT_PMD],
		   count.tables[ANNEX_PGT_PTE], count.borrowed, count.foreign);
}

static void show_tree(struct dump *d, u64 end)
{
	const char *name;
	u64 at, stop;

	for (at = 0; at < end; at = stop) {
		name = next_section(d, at, &stop);
		show_section(d, name, at, stop);
	}
	show_sums(d);
}

/**
 * annex_show_provisional() - print page_tables/provisional
 * @m: where to
 * @annex: the pool
 *
 * Context: process.
 */
void annex_show_provisional(struct seq_file *m, struct annex *annex)
{
	const struct annex_tables *t = &annex->tables;
	struct dump d = {
		.m = m, .annex = annex, .pt = &t->provisional,
		.low = "identity", .low_end = t->early,
		.direct_start = t->page_offset,
		.direct_end = t->page_offset + t->early,
	};

	seq_printf(m,
		   "provisional: %llu kB from 0x%08llx and from 0x%08llx, for 0x%010llx on\n",
		   t->early >> 10, 0ULL, t->page_offset, t->base);
	show_tree(&d, ANNEX_PGT_LINEAR_END);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_show_provisional);

/**
 * annex_show_final() - print page_tables/final
 * @m: where to
 * @annex: the pool
 *
 * Context: process.
 */
void annex_show_final(struct seq_file *m, struct annex *annex)
{
	const struct annex_frames *frames = &annex->frames;
	const struct annex_tables *t = &annex->tables;
	struct dump d = {
		.m = m, .annex = annex, .pt = &t->master, .windows = true,
		.direct_start = t->start, .direct_end = t->end,
	};

	seq_printf(m,
		   "final: %llu of %llu kB from 0x%08llx, for 0x%010llx on, case %u of 3: %s\n",
		   (t->end - t->start) >> 10,
		   (frames->range.end - frames->range.start) >> 10,
		   t->page_offset, t->base, t->kind + 1,
		   annex_direct_names[t->kind]);
	show_tree(&d, ANNEX_PGT_LINEAR_END);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_show_final);

static void show_mm(struct seq_file *m, struct annex *annex,
		    struct annex_mm *mm)
{
	struct dump d = {
		.m = m, .annex = annex, .pt = &mm->pt,
		.low = "user", .low_end = annex->tables.page_offset,
	};

	mutex_lock(&mm->lock);
	seq_printf(m, "process: %d (", mm->pid);
	annex_show_comm(m, mm->comm);
	seq_printf(m, "), %lu pages\n", mm->nr_pages);
	show_tree(&d, annex->tables.page_offset);
	mutex_unlock(&mm->lock);
}

/**
 * annex_show_process() - print page_tables/process
 * @m: where to
 * @annex: the pool
 *
 * All processes share the kernel's part, which page_tables/final prints.
 *
 * Context: process, may sleep.
 */
void annex_show_process(struct seq_file *m, struct annex *annex)
{
	struct annex_mm *mm;

	mutex_lock(&annex->mms.lock);
	list_for_each_entry(mm, &annex->mms.list, list)
		show_mm(m, annex, mm);
	mutex_unlock(&annex->mms.lock);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_show_process);
