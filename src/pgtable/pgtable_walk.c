// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading page tables as an MMU does: translate addresses, find runs of pages
 * of one kind, and list tables.
 *
 * Linked tables have other owners, which may write them concurrently: each
 * entry is read once and as a whole, so a result was true at some moment.
 *
 * Locking: the caller excludes writers of the tree.
 * Failing: nothing here fails.
 */
#include <linux/minmax.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "host/compat_export.h"
#include "pgtable/pgtable.h"
#include "pgtable/pgtable_entry.h"

/* Bits that all levels must grant, and bits of the last entry alone. */
#define GRANTED		(ANNEX_PTE_RW | ANNEX_PTE_USER)
#define OWN_BITS	(ANNEX_PTE_PRESENT | ANNEX_PTE_PWT | ANNEX_PTE_PCD | \
			 ANNEX_PTE_ACCESSED | ANNEX_PTE_DIRTY | \
			 ANNEX_PTE_GLOBAL)

static void found(struct annex_translation *t, enum annex_pgt_level level,
		  u64 entry, u64 offset, u64 granted, u64 nx)
{
	t->level = level;
	/* In a 2 MB entry, bit 12 is PAT and not part of the address. */
	t->phys = (entry & ANNEX_PTE_PHYS_MASK & ~(u64)(level == ANNEX_PGT_PMD ?
							SZ_2M - 1 : SZ_4K - 1)) |
		  offset;
	t->prot = (entry & OWN_BITS) | (entry & granted) |
		  ((entry | nx) & ANNEX_PTE_NX);
	if (level == ANNEX_PGT_PMD)
		t->prot |= ANNEX_PTE_PSE;
}

/*
 * Translate an address below 4 GB. Returns the number of bytes that the last
 * entry read covers: a page, or the range of an entry that is not present.
 */
static u64 look(const struct annex_pgtable *pt, u64 linear,
		struct annex_translation *t)
{
	const u64 *pmd = annex_pgtable_pmd(pt, linear);
	u64 entry, pte;

	*t = (struct annex_translation){ .level = ANNEX_PGT_NONE };
	if (!pmd)
		return SZ_1G;
	entry = annex_entry_read(pmd);
	if (!annex_entry_present(entry))
		return SZ_2M;
	if (entry & ANNEX_PTE_PSE) {
		found(t, ANNEX_PGT_PMD, entry, linear & (SZ_2M - 1), GRANTED, 0);
		return SZ_2M;
	}
	pte = annex_entry_read(annex_pgtable_pte(pt, entry, linear));
	if (annex_entry_present(pte))
		found(t, ANNEX_PGT_PTE, pte, linear & (SZ_4K - 1),
		      entry & GRANTED, entry);
	return SZ_4K;
}

/**
 * annex_pgtable_walk() - translate an address
 * @pt: the tree
 * @linear: the address
 * @t: filled; zeroes if the address is not mapped
 *
 * Context: any that the tree's ops allow; the tree has no writer meanwhile.
 * Return: @t->level.
 */
enum annex_pgt_level annex_pgtable_walk(const struct annex_pgtable *pt,
					u64 linear,
					struct annex_translation *t)
{
	*t = (struct annex_translation){ .level = ANNEX_PGT_NONE };
	if (pt->root && linear < ANNEX_PGT_LINEAR_END)
		look(pt, linear, t);
	return t->level;
}
EXPORT_SYMBOL_FOR_TESTS(annex_pgtable_walk);

/**
 * annex_pgtable_table() - find the PTE table that translates an address
 * @pt: the tree
 * @linear: the address, below 4 GB
 *
 * Context: as annex_pgtable_walk().
 * Return: its host physical address, own or foreign; 0 if there is none.
 */
u64 annex_pgtable_table(const struct annex_pgtable *pt, u64 linear)
{
	u64 *pmd = annex_pgtable_pmd(pt, linear);
	u64 entry = pmd ? annex_entry_read(pmd) : 0;

	if (!annex_entry_present(entry) || entry & ANNEX_PTE_PSE)
		return 0;
	return entry & ANNEX_PTE_PHYS_MASK;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pgtable_table);

/**
 * annex_pgtable_run() - find a run of pages of one kind
 * @pt: the tree
 * @from: first address of the search
 * @to: end of the search
 * @run: filled: contiguous addresses with pages of one level, all with the same
 *	bits in %ANNEX_PTE_PROT
 *
 * Context: as annex_pgtable_walk().
 * Return: false if no page is mapped there.
 */
bool annex_pgtable_run(const struct annex_pgtable *pt, u64 from, u64 to,
		       struct annex_pgtable_run *run)
{
	struct annex_translation t;
	u64 at = from, size;

	to = min(to, ANNEX_PGT_LINEAR_END);
	*run = (struct annex_pgtable_run){ .level = ANNEX_PGT_NONE };
	for (; pt->root && at < to; at = annex_pgtable_behind(at, to, size)) {
		size = look(pt, at, &t);
		if (run->level && (t.level != run->level ||
				   (t.prot & ANNEX_PTE_PROT) != run->prot))
			break;
		if (!t.level)
			continue;
		if (!run->level) {
			run->start = at;
			run->level = t.level;
			run->prot = t.prot & ANNEX_PTE_PROT;
		}
	}
	run->end = at;
	return run->level;
}
EXPORT_SYMBOL_FOR_TESTS(annex_pgtable_run);

static void count_pmd(const struct annex_pgtable *pt, const u64 *pmd, u64 at,
		      u64 end, struct annex_pgtable_count *count)
{
	for (; at < end; at = annex_pgtable_behind(at, end, SZ_2M)) {
		u64 entry = annex_entry_read(pmd++);

		if (annex_entry_is_own_table(entry))
			count->tables[ANNEX_PGT_PTE]++;
		else if (annex_entry_present(entry) && !(entry & ANNEX_PTE_PSE))
			count->foreign++;
	}
}

/**
 * annex_pgtable_count() - count the tables that cover a range
 * @pt: the tree
 * @start: its first address
 * @end: behind the last
 * @count: filled; PTE tables below borrowed PMDs are not counted
 *
 * Context: as annex_pgtable_walk().
 */
void annex_pgtable_count(const struct annex_pgtable *pt, u64 start, u64 end,
			 struct annex_pgtable_count *count)
{
	u64 at, stop;

	*count = (struct annex_pgtable_count){};
	if (!pt->root)
		return;
	count->tables[ANNEX_PGT_PDPT] = 1;
	end = min(end, ANNEX_PGT_LINEAR_END);
	for (at = start; at < end; at = stop) {
		const u64 *pmd = annex_pgtable_pmd(pt, at);

		stop = annex_pgtable_behind(at, end, SZ_1G);
		if (!pmd)
			continue;
		if (pt->borrowed & BIT((u32)at >> 30)) {
			count->borrowed++;
			continue;
		}
		count->tables[ANNEX_PGT_PMD]++;
		count_pmd(pt, pmd, at, stop, count);
	}
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pgtable_count);

static int each_of_pmd(const struct annex_pgtable *pt, u64 phys,
		       annex_pgtable_table_fn fn, void *arg)
{
	const u64 *pmd = annex_pgtable_at(pt, phys);
	int err = fn(arg, ANNEX_PGT_PMD, phys);
	unsigned int i;

	for (i = 0; !err && i < ANNEX_PGT_ENTRIES; i++)
		if (annex_entry_is_own_table(pmd[i]))
			err = fn(arg, ANNEX_PGT_PTE,
				 pmd[i] & ANNEX_PTE_PHYS_MASK);
	return err;
}

/**
 * annex_pgtable_for_each() - call a function for each of a tree's own tables
 * @pt: the tree
 * @fn: called for each, a table before those that it leads to
 * @arg: for @fn
 *
 * Context: as annex_pgtable_walk(), and any that @fn allows.
 * Return: 0, or the first result of @fn that is not 0.
 */
int annex_pgtable_for_each(const struct annex_pgtable *pt,
			   annex_pgtable_table_fn fn, void *arg)
{
	const u64 *root;
	unsigned int i;
	int err;

	if (!pt->root)
		return 0;
	root = annex_pgtable_at(pt, pt->root);
	err = fn(arg, ANNEX_PGT_PDPT, pt->root);
	for (i = 0; !err && i < ANNEX_PGT_ROOTS; i++)
		if (annex_entry_present(root[i]) && !(pt->borrowed & BIT(i)))
			err = each_of_pmd(pt, root[i] & ANNEX_PTE_PHYS_MASK, fn,
					  arg);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pgtable_for_each);
