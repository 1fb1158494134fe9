// SPDX-License-Identifier: GPL-2.0-only
/*
 * What trees of page tables share: PMDs that one keeps and others borrow, and PTE
 * tables of anybody's that a tree is linked to. See pgtable.c.
 *
 * Locking: the caller's; one writer a tree.
 * Failing: an errno, with everything as it was.
 */
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/sizes.h>

#include "boot/pgtable.h"
#include "boot/pgtable_entry.h"

/* Entries that lead to tables of others. */
#define LINK_BITS	(ANNEX_PTE_PRESENT | ANNEX_PTE_RW | ANNEX_PTE_FOREIGN)

/* First-level entries from one on, as bits. */
static u8 roots_from(unsigned int first)
{
	return GENMASK(ANNEX_PGT_ROOTS - 1, first);
}

/**
 * annex_pgtable_keep() - have PMDs that never go
 * @pt: the tree
 * @first: the first-level entry from which on; up to the last
 *
 * They are made now and stay until annex_pgtable_free(), so that other trees may
 * borrow them, and no first-level entry changes there, of which MMUs have copies.
 *
 * Context: what its ops take; the caller is the tree's only writer.
 * Return: 0; -EINVAL if there is no such entry; -EPERM if one is borrowed; or what
 * its alloc returned, with nothing kept that was not before.
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

/**
 * annex_pgtable_borrow() - show what another tree shows, now and later
 * @pt: the tree
 * @from: the other one, which keeps its tables there, and lives longer
 * @first: the first-level entry from which on; up to the last
 *
 * Context: what its ops take; the caller is the tree's only writer.
 * Return: 0; -EINVAL if there is no such entry, or the other tree may lose the
 * tables; -EEXIST if the tree has tables there.
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

/**
 * annex_pgtable_link() - let 2 MB show what a PTE table of another's does
 * @pt: the tree
 * @linear: the first address, a multiple of 2 MB
 * @pte_table: host physical address of the table, which outlives the link
 *
 * Whatever becomes of the table shows at once. It is never changed nor freed, and
 * it is not counted. annex_pgtable_unmap() of the 2 MB ends it.
 *
 * Context: what its ops take; the caller is the tree's only writer.
 * Return: 0; -EINVAL, -ERANGE, -EPERM and -EEXIST as annex_pgtable_map(); or what
 * its alloc returned.
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
