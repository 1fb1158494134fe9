// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sharing of page tables between trees: PMDs that one tree keeps and others
 * borrow, and foreign PTE tables that a tree is linked to. See pgtable.c.
 *
 * Locking: the caller's; one writer per tree.
 * Failing: an errno, with nothing changed.
 */
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/sizes.h>

#include "base/for_kunit.h"
#include "pgtable/pgtable.h"
#include "pgtable/pgtable_entry.h"

/* Bits of entries that lead to foreign tables. */
#define LINK_BITS	(ANNEX_PTE_PRESENT | ANNEX_PTE_RW | ANNEX_PTE_FOREIGN)

/* First-level entries from @first on, as a bit mask. */
static u8 roots_from(unsigned int first)
{
	return GENMASK(ANNEX_PGT_ROOTS - 1, first);
}

/**
 * annex_pgtable_keep() - allocate PMDs that are never freed
 * @pt: the tree
 * @first: first of the first-level entries; the range reaches to the last
 *
 * The PMDs are allocated now and stay until annex_pgtable_free(), so that other
 * trees may borrow them. The first-level entries, which MMUs cache, never
 * change.
 *
 * Context: any that its ops allow; the caller is the tree's only writer.
 * Return: 0; -EINVAL if there is no such entry; -EPERM if one is borrowed; or
 * the error of its alloc, with the set of kept PMDs unchanged.
 */
int annex_pgtable_keep(struct annex_pgtable *pt, unsigned int first)
{
	u64 start = (u64)first << 30, at, *pmd;
	int err = first < ANNEX_PGT_ROOTS ?
		  annex_pgtable_check_range(pt, start, ANNEX_PGT_LINEAR_END - start) : -EINVAL;

	if (err)
		return err;
	for (at = start; !err && at < ANNEX_PGT_LINEAR_END; at += SZ_1G)
		err = annex_pgtable_make_pmd(pt, at, &pmd);
	if (!err) {
		pt->kept |= roots_from(first);
		return 0;
	}
	annex_pgtable_drop_empty(pt, start);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pgtable_keep);

/**
 * annex_pgtable_borrow() - share another tree's mappings, now and later
 * @pt: the tree
 * @from: the other tree, which keeps its tables there and lives longer
 * @first: first of the first-level entries; the range reaches to the last
 *
 * Context: any that its ops allow; the caller is the tree's only writer.
 * Return: 0; -EINVAL if there is no such entry, or if the other tree does not
 * keep its tables there; -EEXIST if the tree has tables there.
 */
int annex_pgtable_borrow(struct annex_pgtable *pt,
			 const struct annex_pgtable *from, unsigned int first)
{
	const u64 *theirs = annex_pgtable_at(from, from->root);
	u64 *root = annex_pgtable_at(pt, pt->root);
	unsigned int i;
	u8 bits;

	if (first >= ANNEX_PGT_ROOTS)
		return -EINVAL;
	bits = roots_from(first);
	if (bits & ~(from->kept | from->borrowed))
		return -EINVAL;
	for (i = first; i < ANNEX_PGT_ROOTS; i++)
		if (annex_entry_present(root[i]))
			return -EEXIST;
	for (i = first; i < ANNEX_PGT_ROOTS; i++)
		annex_entry_set(&root[i], annex_entry_read(&theirs[i]));
	pt->borrowed |= bits;
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pgtable_borrow);

/**
 * annex_pgtable_link() - map 2 MB by a foreign PTE table
 * @pt: the tree
 * @linear: the first address, a multiple of 2 MB
 * @pte_table: host physical address of the table, which outlives the link
 *
 * Changes of the table are visible at once. The tree never changes, frees or
 * counts it. annex_pgtable_unmap() of the 2 MB removes the link.
 *
 * Context: any that its ops allow; the caller is the tree's only writer.
 * Return: 0; -EINVAL, -ERANGE, -EPERM and -EEXIST as annex_pgtable_map(); or
 * the error of its alloc.
 */
int annex_pgtable_link(struct annex_pgtable *pt, u64 linear, u64 pte_table)
{
	int err = annex_pgtable_check_range(pt, linear, SZ_2M);
	u64 *pmd;

	if (err)
		return err;
	if (!IS_ALIGNED(linear, SZ_2M) || !pte_table ||
	    pte_table & ~ANNEX_PTE_PHYS_MASK)
		return -EINVAL;
	err = annex_pgtable_check_vacant(pt, linear, linear + SZ_2M) ?:
	      annex_pgtable_make_pmd(pt, linear, &pmd);
	if (!err)
		annex_entry_set(pmd, pte_table | LINK_BITS);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pgtable_link);
