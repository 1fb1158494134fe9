// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page tables that a kernel would have if the pool was its memory.
 *
 * Provisional: the tables of such a kernel before it knows its memory. They map
 * the first 24 MB (provisional=) twice, at linear 0 and at PAGE_OFFSET, with
 * pages of 4 kB. Both mappings use the same PTE tables, one for each 2 MB: the
 * first owns them, the second is linked to them.
 *
 * Final, the master: the direct map of the part of the pool that fits between
 * PAGE_OFFSET and the windows, with pages of 2 MB where they are aligned and of
 * 4 kB at unaligned ends; and the PTE tables of the windows, linked, so that
 * the master has their mappings. Its PMDs from PAGE_OFFSET on are kept: the
 * tables of processes borrow them.
 *
 * A linear address of the direct map translates to
 *
 *   linear - page_offset + base,  base = the pool's start, rounded down to 2 MB
 *
 * so that both addresses have the same offset within 2 MB, wherever the pool
 * begins. The bytes between base and the pool are not mapped. The identity
 * mapping begins with base, too.
 *
 * The switch from provisional to final follows a kernel's: the master has the
 * identity mapping for as long as a CPU would still run on it, and then clears
 * and flushes it.
 *
 * All tables lie in one contiguous part of lowmem; annex_tables_need() computes
 * its size beforehand. They are taken from its end. The PMD of the master's
 * identity mapping is taken last, so that it can be returned.
 *
 * Locking: none; only the thread that creates a pool uses them. They do not
 * change later.
 * Failing: an errno, nothing held.
 */
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "base/refuse.h"
#include "host/tlb.h"
#include "host/window.h"
#include "pgtable/tables.h"

const char *const annex_direct_names[ANNEX_NR_DIRECT] = {
	[ANNEX_DIRECT_ALL] = "all is mapped",
	[ANNEX_DIRECT_HIGHMEM] = "highmem up to 4 GB",
	[ANNEX_DIRECT_PAE] = "highmem beyond 4 GB",
};

static int take_table(void *arg, u64 *phys)
{
	struct annex_tables *t = arg;

	if (t->next == t->phys)
		return -ENOMEM;
	t->next -= SZ_4K;
	*phys = t->next;
	memset32(annex_tables_virt(t, t->next), 0, SZ_4K / sizeof(u32));
	return 0;
}

/* Only the table that was taken last can be reused. */
static void give_table(void *arg, u64 phys)
{
	struct annex_tables *t = arg;

	if (phys == t->next)
		t->next += SZ_4K;
}

static void *table_virt(void *arg, u64 phys)
{
	return annex_tables_virt(arg, phys);
}

/* Only tests run a CPU on these tables; its TLB needs the flush. */
static void flush_tables(void *arg, u64 start, u64 end)
{
	annex_tlb_flush_range((void *)(unsigned long)start,
			      (end - start) >> PAGE_SHIFT);
}

static const struct annex_pgtable_ops tables_ops = {
	.alloc = take_table,
	.free = give_table,
	.virt = table_virt,
	.flush = flush_tables,
};

/**
 * annex_tables_virt() - the address at which a table can be accessed
 * @t: the tables of a pool
 * @phys: host physical address, in lowmem or of the host's own memory
 *
 * Context: any.
 * Return: its address.
 */
void *annex_tables_virt(const struct annex_tables *t, u64 phys)
{
	u64 off = phys - t->lowmem_phys;

	return off < t->lowmem_bytes ? t->lowmem + (unsigned long)off :
				       annex_host_virt(phys);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_tables_virt);

static int plan_direct(struct annex_tables *t,
		       const struct annex_tables_wish *wish,
		       struct annex_reason *why)
{
	u64 size = wish->pool.end - wish->pool.start;
	struct annex_size_text is;

	/* A host with a lower split has its windows lower. */
	t->page_offset = wish->page_offset ?: 3ULL * SZ_1G;
	while (!wish->page_offset && t->page_offset > SZ_1G &&
	       wish->top <= t->page_offset)
		t->page_offset -= SZ_1G;
	if (!IS_ALIGNED(t->page_offset, SZ_1G) ||
	    t->page_offset > 3ULL * SZ_1G)
		return annex_refuse(why, -EINVAL,
				    "page_offset=%s is none of 3G, 2G and 1G",
				    annex_size_text(&is, t->page_offset));
	t->base = ALIGN_DOWN(wish->pool.start, SZ_2M);
	t->start = t->page_offset + (wish->pool.start - t->base);
	t->end = max(t->start, min(t->start + size, wish->top));
	t->kind = t->end - t->start == size ? ANNEX_DIRECT_ALL :
		  size <= ANNEX_PGT_LINEAR_END ? ANNEX_DIRECT_HIGHMEM :
						 ANNEX_DIRECT_PAE;
	if (wish->top > t->start && wish->lowmem <= t->end - t->start)
		return 0;
	return annex_refuse(why, -EINVAL,
			    "lowmem=%s is more than the direct map has room for from page_offset=%lluG to the windows, %llu kB; %s",
			    annex_size_text(&is, wish->lowmem),
			    t->page_offset >> 30, (t->end - t->start) >> 10,
			    t->page_offset > SZ_1G ?
			    "load with a smaller page_offset=" : "ask for less");
}

static int plan_provisional(struct annex_tables *t,
			    const struct annex_tables_wish *wish,
			    struct annex_reason *why)
{
	const struct annex_size_rule rule = {
		.name = "provisional",
		.most = min_t(u64, ALIGN(t->end - t->page_offset, SZ_2M),
			      SZ_1G),
		.unit = SZ_2M,
		.whose = "the direct map's ",
	};

	t->early = wish->provisional ?:
		   min_t(u64, rule.most, ANNEX_PROVISIONAL_DEFAULT);
	return annex_check_size(&rule, t->early, why);
}

/**
 * annex_tables_plan() - decide the layout of a pool's tables
 * @t: zeroed; filled
 * @wish: the parameters
 * @why: filled if they are refused
 *
 * Context: any; a function of its arguments.
 * Return: 0 or -EINVAL.
 */
int annex_tables_plan(struct annex_tables *t,
		      const struct annex_tables_wish *wish,
		      struct annex_reason *why)
{
	t->prot = ANNEX_PTE_RW | (wish->nx ? ANNEX_PTE_NX : 0);
	t->lowmem_phys = wish->pool.start;
	return plan_direct(t, wish, why) ?: plan_provisional(t, wish, why);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_tables_plan);

/* PTE tables of the direct map: one for the 2 MB at each unaligned end. */
static unsigned long nr_ragged(const struct annex_tables *t)
{
	bool head = !IS_ALIGNED(t->start, SZ_2M);
	bool tail = !IS_ALIGNED(t->end, SZ_2M);

	if (head && tail && t->start >> 21 == (t->end - 1) >> 21)
		return 1;
	return head + tail;
}

/**
 * annex_tables_need() - number of frames for the tables
 * @t: the tables, planned
 *
 * The provisional tables are a root, a PMD and a PTE table for each 2 MB, and
 * a second PMD for the second mapping. The final tables are a root, a PMD for
 * each kept first-level entry, one for the temporary identity mapping, and PTE
 * tables for the unaligned ends.
 *
 * Context: any.
 * Return: number of frames.
 */
unsigned long annex_tables_need(const struct annex_tables *t)
{
	unsigned long provisional = 3 + (t->early >> 21);
	unsigned long master = 2 + ANNEX_PGT_ROOTS - (t->page_offset >> 30);

	return provisional + master + nr_ragged(t);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_tables_need);

static int make_provisional(struct annex_tables *t)
{
	struct annex_pgtable *pt = &t->provisional;
	u64 off = t->start - t->page_offset;
	u64 end = min(t->early, t->end - t->page_offset), at;
	int err = annex_pgtable_create(pt, &tables_ops, t);

	if (!err)
		err = annex_pgtable_map(pt, off, t->base + off, end - off,
					t->prot, false);
	for (at = 0; !err && at < t->early; at += SZ_2M)
		err = annex_pgtable_link(pt, t->page_offset + at,
					 annex_pgtable_table(pt, at));
	return err;
}

/* Map the identity that a CPU would switch from, and then unmap it. */
static int leave_identity(struct annex_tables *t)
{
	int err = 0;
	u64 at;

	for (at = 0; !err && at < t->early; at += SZ_2M)
		err = annex_pgtable_link(&t->master, at,
					 annex_pgtable_table(&t->provisional,
							     at));
	return err ?: annex_pgtable_unmap(&t->master, 0, t->early);
}

static int make_master(struct annex_tables *t)
{
	struct annex_pgtable *pt = &t->master;
	int err = annex_pgtable_create(pt, &tables_ops, t);

	if (!err)
		err = annex_pgtable_keep(pt, t->page_offset >> 30);
	if (!err)
		err = annex_pgtable_map(pt, t->start, t->lowmem_phys,
					t->end - t->start,
					t->prot | ANNEX_PTE_GLOBAL, true);
	return err ?: leave_identity(t);
}

/**
 * annex_tables_build() - make the tables
 * @t: the tables, planned
 * @phys: physical address for the tables
 * @bytes: size of the memory there, for annex_tables_need() frames
 * @lowmem: address of the pool's first byte
 * @lowmem_bytes: size of the mapping there, which includes @phys
 *
 * Afterwards the frames below @t->phys are the caller's again.
 *
 * Context: process, interrupts on: it waits for the other CPUs.
 * Return: 0 or -ENOMEM with nothing held.
 */
int annex_tables_build(struct annex_tables *t, u64 phys, unsigned long bytes,
		       void *lowmem, u64 lowmem_bytes)
{
	int err;

	t->phys = phys;
	t->bytes = bytes;
	t->next = phys + bytes;
	t->lowmem = lowmem;
	t->lowmem_bytes = lowmem_bytes;
	err = make_provisional(t) ?: make_master(t);
	if (err) {
		annex_tables_free(t);
		return err;
	}
	t->bytes -= t->next - t->phys;
	t->phys = t->next;
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_tables_build);

/**
 * annex_tables_link() - share the mappings of a window, now and later
 * @t: the tables
 * @win: the window, or one that does not exist
 *
 * The window's PTE pages belong to the host, which never frees them.
 *
 * Context: process.
 * Return: 0, or -EEXIST if something else is mapped there.
 */
int annex_tables_link(struct annex_tables *t, const struct annex_window *win)
{
	u64 at = ALIGN_DOWN((unsigned long)win->addr, SZ_2M);
	unsigned long i, nr;
	int err = 0;

	if (!win->addr || !win->dummy)
		return 0;
	nr = annex_window_nr_tables(win);
	for (i = 0; !err && i < nr; i++, at += SZ_2M) {
		u64 table = annex_window_table(win, i);

		/* Two windows may share a PTE table. */
		if (annex_pgtable_table(&t->master, at) != table)
			err = annex_pgtable_link(&t->master, at, table);
	}
	return err;
}

/**
 * annex_tables_free() - drop the tables
 * @t: the tables, or none; no tree borrows from them
 *
 * Context: process.
 */
void annex_tables_free(struct annex_tables *t)
{
	annex_pgtable_free(&t->master);
	annex_pgtable_free(&t->provisional);
	t->phys = 0;
	t->bytes = 0;
	t->next = 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_tables_free);
