// SPDX-License-Identifier: GPL-2.0-only
/*
 * Three-level page tables in the MMU's format under PAE: creating and changing
 * them. pgtable_share.c shares tables between trees, pgtable_walk.c reads them.
 *
 *   root, a frame of which 4 entries count: 1 GB each, and nothing but present,
 *    |                                      pwt and pcd may be set in them
 *    +-> PMD, 512 entries of 2 MB: a page, or
 *         +-> PTE table, 512 pages of 4 kB
 *
 * A tree owns its tables, with two exceptions. The PMD of a first-level entry
 * can be borrowed from another tree, so that both have its mappings there. And
 * a PMD entry can be linked to a foreign PTE table: the host's, another tree's,
 * or that of another entry of the same tree. A tree neither frees nor changes a
 * table that is not its own.
 *
 * Only the last entry restricts access to a page; the levels above allow all
 * access, so a page is changed in one place. A link does not allow user access.
 *
 * Invariants between two calls:
 *  1. An entry that is not present is zero. (Hidden entries exist only during a
 *     call: see pgtable_entry.h.)
 *  2. An own PTE table has an entry that is present, and so has an own PMD,
 *     unless it is kept: annex_pgtable_keep().
 *  3. nr_tables equals what annex_pgtable_count() counts.
 *
 * Locking: the caller's; one writer per tree. A concurrent walker, MMUs
 * included, finds each entry old or new, but pages that are being changed are
 * not present for a moment, and so are all pages of a 2 MB page being split.
 *
 * Failing: an errno, with nothing changed. Frames for splitting are allocated
 * before any change; a mapping that runs out of frames is unmapped again.
 */
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "pgtable/pgtable.h"
#include "pgtable/pgtable_entry.h"

/* Bits of entries that lead to the tree's own tables. */
#define TABLE_BITS	(ANNEX_PTE_PRESENT | ANNEX_PTE_RW | ANNEX_PTE_USER)

/**
 * struct mapping - progress of annex_pgtable_map()
 * @at: the first address that is not mapped yet
 * @end: behind the last
 * @phys: physical address for @at
 * @prot: bits of all entries
 * @huge: use 2 MB pages where possible
 */
struct mapping {
	u64 at;
	u64 end;
	u64 phys;
	u64 prot;
	bool huge;
};

static bool is_empty(const u64 *table)
{
	return !annex_entries_present(table, ANNEX_PGT_ENTRIES);
}

/* First-level entries that a range touches, as a bit mask. */
static u8 roots_of(u64 start, u64 end)
{
	return GENMASK((end - 1) >> 30, start >> 30);
}

/**
 * annex_pgtable_check_range() - check that a range is valid and not borrowed
 * @pt: the tree
 * @linear: the first address
 * @size: bytes
 *
 * Context: any.
 * Return: 0, -EINVAL, -ERANGE or -EPERM as annex_pgtable_map().
 */
int annex_pgtable_check_range(const struct annex_pgtable *pt, u64 linear, u64 size)
{
	if (!size || (linear | size) & (SZ_4K - 1))
		return -EINVAL;
	if (linear >= ANNEX_PGT_LINEAR_END ||
	    size > ANNEX_PGT_LINEAR_END - linear)
		return -ERANGE;
	return pt->borrowed & roots_of(linear, linear + size) ? -EPERM : 0;
}

static int check_mapping(u64 phys, u64 size, u64 prot)
{
	if (phys & (SZ_4K - 1) ||
	    prot & ~(ANNEX_PTE_CHANGEABLE | ANNEX_PTE_PRESENT))
		return -EINVAL;
	return phys > ANNEX_PTE_PHYS_MASK ||
	       size > ANNEX_PTE_PHYS_MASK + SZ_4K - phys ? -ERANGE : 0;
}

/**
 * annex_pgtable_create() - create a tree without mappings
 * @pt: filled
 * @ops: allocator of its tables
 * @arg: for @ops
 *
 * Context: any that @ops allows.
 * Return: 0 or the error of @ops->alloc.
 */
int annex_pgtable_create(struct annex_pgtable *pt,
			 const struct annex_pgtable_ops *ops, void *arg)
{
	*pt = (struct annex_pgtable){ .ops = ops, .arg = arg };
	return alloc_table(pt, ANNEX_PGT_PDPT, &pt->root);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pgtable_create);

static void free_pmd(struct annex_pgtable *pt, u64 phys)
{
	u64 *pmd = annex_pgtable_at(pt, phys);
	unsigned int i;

	for (i = 0; i < ANNEX_PGT_ENTRIES; i++)
		if (annex_entry_is_own_table(pmd[i]))
			free_table(pt, ANNEX_PGT_PTE,
				   pmd[i] & ANNEX_PTE_PHYS_MASK);
	free_table(pt, ANNEX_PGT_PMD, phys);
}

/**
 * annex_pgtable_free() - free all of a tree's own tables
 * @pt: the tree, or one that was never created; no MMU uses it, and no tree
 *	borrows from it
 *
 * Context: any that its ops allow.
 */
void annex_pgtable_free(struct annex_pgtable *pt)
{
	unsigned int i;
	u64 *root;

	if (!pt->root)
		return;
	root = annex_pgtable_at(pt, pt->root);
	for (i = 0; i < ANNEX_PGT_ROOTS; i++)
		if (annex_entry_present(root[i]) && !(pt->borrowed & BIT(i)))
			free_pmd(pt, root[i] & ANNEX_PTE_PHYS_MASK);
	free_table(pt, ANNEX_PGT_PDPT, pt->root);
	*pt = (struct annex_pgtable){};
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pgtable_free);

/**
 * annex_pgtable_make_pmd() - find or create the PMD entry of an address
 * @pt: the tree
 * @linear: the entry's address
 * @pmd: set to the entry
 *
 * Context: any that its ops allow; the caller is the tree's only writer.
 * Return: 0 or the error of its alloc.
 */
int annex_pgtable_make_pmd(struct annex_pgtable *pt, u64 linear, u64 **pmd)
{
	u64 phys;
	int err;

	*pmd = annex_pgtable_pmd(pt, linear);
	if (*pmd)
		return 0;
	err = alloc_table(pt, ANNEX_PGT_PMD, &phys);
	if (err)
		return err;
	annex_entry_set(annex_pgtable_root(pt, linear),
			phys | ANNEX_PTE_PRESENT);
	*pmd = annex_pgtable_pmd(pt, linear);
	return 0;
}

/* Number of PMD entries that a range inside 1 GB touches. */
static unsigned int nr_pmds(u64 at, u64 end)
{
	return ((u32)(end - 1) >> 21) - ((u32)at >> 21) + 1;
}

/* Is anything present in a range of one PMD? */
static bool pmds_present(const struct annex_pgtable *pt, const u64 *pmd, u64 at,
			 u64 end)
{
	u64 stop;

	if (!pmd || !annex_entries_present(pmd, nr_pmds(at, end)))
		return false;
	for (; at < end; at = stop, pmd++) {
		u64 entry = annex_entry_read(pmd);

		stop = annex_pgtable_behind(at, end, SZ_2M);
		if (!annex_entry_present(entry))
			continue;
		if (!annex_entry_is_own_table(entry) ||
		    annex_entries_present(annex_pgtable_pte(pt, entry, at),
					  (stop - at) >> 12))
			return true;
	}
	return false;
}

/**
 * annex_pgtable_check_vacant() - check that a range has no pages and no links
 * @pt: the tree
 * @at: its first address
 * @end: behind the last
 *
 * Context: the caller is the tree's only writer.
 * Return: 0 or -EEXIST.
 */
int annex_pgtable_check_vacant(const struct annex_pgtable *pt, u64 at, u64 end)
{
	u64 stop;

	for (; at < end; at = stop) {
		stop = annex_pgtable_behind(at, end, SZ_1G);
		if (pmds_present(pt, annex_pgtable_pmd(pt, at), at, stop))
			return -EEXIST;
	}
	return 0;
}

/* Map with pages of 4 kB, up to an address in the same 2 MB. */
static int map_ptes(struct annex_pgtable *pt, u64 *pmd, struct mapping *m,
		    u64 stop)
{
	unsigned int nr = (stop - m->at) >> 12;
	u64 entry = annex_entry_read(pmd), table = entry;
	int err;

	if (!annex_entry_present(entry)) {
		err = alloc_table(pt, ANNEX_PGT_PTE, &table);
		if (err)
			return err;
	}
	annex_entry_fill(annex_pgtable_pte(pt, table, m->at), nr,
			 m->phys | m->prot, SZ_4K);
	/* The table is filled before it becomes visible. */
	if (!annex_entry_present(entry))
		annex_entry_set(pmd, table | TABLE_BITS);
	return 0;
}

/* Number of 2 MB pages that fit from here to an address in the same 1 GB. */
static unsigned int nr_huge(const struct mapping *m, u64 end)
{
	return m->huge && IS_ALIGNED(m->at | m->phys, SZ_2M) ?
	       (end - m->at) >> 21 : 0;
}

/* Map up to an address in the same 1 GB. */
static int map_pmds(struct annex_pgtable *pt, u64 *pmd, struct mapping *m,
		    u64 end)
{
	while (m->at < end) {
		u64 stop = annex_pgtable_behind(m->at, end, SZ_2M);
		unsigned int nr = nr_huge(m, end);
		int err = 0;

		if (nr) {
			stop = m->at + (u64)nr * SZ_2M;
			annex_entry_fill(pmd, nr,
					 m->phys | m->prot | ANNEX_PTE_PSE,
					 SZ_2M);
		} else {
			nr = 1;
			err = map_ptes(pt, pmd, m, stop);
		}
		if (err)
			return err;
		pmd += nr;
		m->phys += stop - m->at;
		m->at = stop;
	}
	return 0;
}

/* Hide a PMD that is empty and not kept. */
static void hide_empty_pmd(struct annex_pgtable *pt, u64 linear)
{
	u64 *root = annex_pgtable_root(pt, linear), entry = *root;

	if (annex_entry_present(entry) &&
	    !(pt->kept & roots_of(linear, linear + 1)) &&
	    is_empty(annex_pgtable_at(pt, entry & ANNEX_PTE_PHYS_MASK)))
		annex_entry_hide(root);
}

/* Clear entries of a PTE table; hide the table if it becomes empty. */
static void clear_ptes(struct annex_pgtable *pt, u64 *pmd, u64 at, u64 end)
{
	u64 *table = annex_pgtable_at(pt, *pmd & ANNEX_PTE_PHYS_MASK);
	u64 *pte = table + ((u32)at >> 12) % ANNEX_PGT_ENTRIES;

	for (; at < end; at += SZ_4K, pte++)
		if (annex_entry_present_at(pte))
			annex_entry_clear(pte);
	if (is_empty(table))
		annex_entry_hide(pmd);
}

/*
 * Unmap, except for what has to wait for the flush: empty tables are hidden,
 * not freed. A page of 2 MB or a link in the range lies in it completely.
 */
static void clear_range(struct annex_pgtable *pt, u64 at, u64 end)
{
	u64 stop;

	for (; at < end; at = stop) {
		u64 *pmd = annex_pgtable_pmd(pt, at);

		stop = annex_pgtable_behind(at, end, SZ_1G);
		for (; pmd && at < stop;
		     at = annex_pgtable_behind(at, stop, SZ_2M), pmd++) {
			u64 entry = annex_entry_read(pmd);

			if (annex_entry_is_own_table(entry))
				clear_ptes(pt, pmd, at,
					   annex_pgtable_behind(at, stop,
								SZ_2M));
			else if (annex_entry_present(entry))
				annex_entry_clear(pmd);
		}
		hide_empty_pmd(pt, stop - 1);
	}
}

/* Free the tables that clear_range() has hidden. */
static void free_hidden(struct annex_pgtable *pt, u64 at, u64 end)
{
	u64 stop;

	for (; at < end; at = stop) {
		u64 *root = annex_pgtable_root(pt, at);
		u64 phys = *root & ANNEX_PTE_PHYS_MASK, *pmd;

		stop = annex_pgtable_behind(at, end, SZ_1G);
		if (!phys)
			continue;
		pmd = annex_pgtable_at(pt, phys) +
		      ((u32)at >> 21) % ANNEX_PGT_ENTRIES;
		for (; at < stop; at = annex_pgtable_behind(at, stop, SZ_2M),
		     pmd++)
			if (*pmd && !annex_entry_present(*pmd))
				free_table(pt, ANNEX_PGT_PTE,
					   annex_entry_clear(pmd) &
					   ANNEX_PTE_PHYS_MASK);
		if (!annex_entry_present(*root)) {
			annex_entry_clear(root);
			free_table(pt, ANNEX_PGT_PMD, phys);
		}
	}
}

/**
 * annex_pgtable_drop_empty() - free PMDs that are empty and not kept
 * @pt: the tree
 * @start: lowest address of the PMDs, a multiple of 1 GB
 *
 * Context: any that its ops allow; the caller is the tree's only writer.
 */
void annex_pgtable_drop_empty(struct annex_pgtable *pt, u64 start)
{
	u64 at;

	for (at = start; at < ANNEX_PGT_LINEAR_END; at += SZ_1G)
		hide_empty_pmd(pt, at);
	flush(pt, start, ANNEX_PGT_LINEAR_END);
	free_hidden(pt, start, ANNEX_PGT_LINEAR_END);
}

static void unmap_range(struct annex_pgtable *pt, u64 start, u64 end)
{
	clear_range(pt, start, end);
	flush(pt, start, end);
	free_hidden(pt, start, end);
}

/**
 * annex_pgtable_map() - map contiguous frames
 * @pt: the tree
 * @linear: the first address
 * @phys: the first frame
 * @size: bytes; all three are multiples of 4 kB
 * @prot: bits of %ANNEX_PTE_CHANGEABLE; present is implied
 * @huge: use pages of 2 MB where both addresses and the rest of @size allow it
 *
 * The range must be vacant, and not borrowed.
 *
 * Context: any that its ops allow; the caller is the tree's only writer.
 * Return: 0; -EINVAL for a wrong alignment, or bits that a page does not have;
 * -ERANGE beyond 4 GB, or beyond 52 bits of physical address; -EPERM if the
 * range is borrowed; -EEXIST if a part of it is mapped; or the error of its
 * alloc. On error nothing is mapped.
 */
int annex_pgtable_map(struct annex_pgtable *pt, u64 linear, u64 phys, u64 size,
		      u64 prot, bool huge)
{
	struct mapping m = {
		linear, linear + size, phys, prot | ANNEX_PTE_PRESENT, huge
	};
	int err = annex_pgtable_check_range(pt, linear, size) ?:
		  check_mapping(phys, size, prot) ?:
		  annex_pgtable_check_vacant(pt, linear, m.end);
	u64 *pmd;

	while (!err && m.at < m.end) {
		err = annex_pgtable_make_pmd(pt, m.at, &pmd);
		if (!err)
			err = map_pmds(pt, pmd, &m,
				       annex_pgtable_behind(m.at, m.end,
							    SZ_1G));
		if (err)
			/* Include the PMD for the page that failed. */
			unmap_range(pt, linear,
				    annex_pgtable_behind(m.at, m.end, SZ_2M));
	}
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pgtable_map);

/* The entry of a 2 MB page that contains @linear but does not begin there. */
static u64 *page_inside(const struct annex_pgtable *pt, u64 linear)
{
	u64 *pmd, entry;

	if (IS_ALIGNED(linear, SZ_2M))
		return NULL;
	pmd = annex_pgtable_pmd(pt, linear);
	entry = pmd ? annex_entry_read(pmd) : 0;
	return annex_entry_present(entry) && entry & ANNEX_PTE_PSE ? pmd : NULL;
}

/* Replace a page of 2 MB by 512 pages with the same bits. */
static void split_page(struct annex_pgtable *pt, u64 *pmd, u64 table)
{
	u64 page = annex_entry_clear(pmd);

	annex_entry_fill(annex_pgtable_at(pt, table), ANNEX_PGT_ENTRIES,
			 page & ~ANNEX_PTE_PSE, SZ_4K);
	annex_entry_set(pmd, table | TABLE_BITS);
}

/* Split any page of 2 MB that crosses either end of a range. */
static int split_ends(struct annex_pgtable *pt, u64 start, u64 end)
{
	u64 *first = page_inside(pt, start), *last = page_inside(pt, end);
	u64 table[2];
	int err = 0;

	if (first == last)
		last = NULL;
	if (first)
		err = alloc_table(pt, ANNEX_PGT_PTE, &table[0]);
	if (!err && last) {
		err = alloc_table(pt, ANNEX_PGT_PTE, &table[1]);
		if (err && first)
			free_table(pt, ANNEX_PGT_PTE, table[0]);
	}
	if (err)
		return err;
	if (first)
		split_page(pt, first, table[0]);
	if (last)
		split_page(pt, last, table[1]);
	return 0;
}

/* Does a range contain a link, or with @part, only a part of a link's 2 MB? */
static bool has_link(const struct annex_pgtable *pt, u64 at, u64 end, bool part)
{
	u64 stop;

	for (; at < end; at = stop) {
		u64 *pmd = annex_pgtable_pmd(pt, at), entry;

		if (!pmd) {
			stop = annex_pgtable_behind(at, end, SZ_1G);
			continue;
		}
		stop = annex_pgtable_behind(at, end, SZ_2M);
		entry = annex_entry_read(pmd);
		if (annex_entry_present(entry) && entry & ANNEX_PTE_FOREIGN &&
		    !(part && stop - at == SZ_2M))
			return true;
	}
	return false;
}

/**
 * annex_pgtable_unmap() - unmap a range
 * @pt: the tree
 * @linear: the first address
 * @size: bytes; both are multiples of 4 kB
 *
 * Addresses that are not mapped are skipped. A page of 2 MB that is unmapped in
 * part is split. Tables that become empty are freed. A link is removed only
 * with all of its 2 MB; its table does not change.
 *
 * Context: any that its ops allow; the caller is the tree's only writer.
 * Return: 0; -EINVAL and -ERANGE as annex_pgtable_map(); -EPERM if a part of
 * the range is borrowed, or if it cuts a link; or the error of its alloc. On
 * error nothing has changed.
 */
int annex_pgtable_unmap(struct annex_pgtable *pt, u64 linear, u64 size)
{
	int err = annex_pgtable_check_range(pt, linear, size);

	if (!err && has_link(pt, linear, linear + size, true))
		err = -EPERM;
	if (!err)
		err = split_ends(pt, linear, linear + size);
	if (!err)
		unmap_range(pt, linear, linear + size);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pgtable_unmap);

static bool change_entry(u64 *entry, u64 set, u64 clear)
{
	u64 old = annex_entry_read(entry);

	if (!annex_entry_present(old) || ((old | set) & ~clear) == old)
		return false;
	/* Include the bits that the MMU has set until now. */
	old = annex_entry_clear(entry);
	annex_entry_set(entry, (old | set) & ~clear);
	return true;
}

static bool change_ptes(struct annex_pgtable *pt, u64 pmd, u64 at, u64 end,
			u64 set, u64 clear)
{
	u64 *pte = annex_pgtable_pte(pt, pmd, at);
	bool changed = false;

	for (; at < end; at += SZ_4K)
		changed |= change_entry(pte++, set, clear);
	return changed;
}

static bool change_pmds(struct annex_pgtable *pt, u64 *pmd, u64 at, u64 end,
			u64 set, u64 clear)
{
	bool changed = false;
	u64 stop;

	for (; pmd && at < end; at = stop, pmd++) {
		u64 entry = annex_entry_read(pmd);

		stop = annex_pgtable_behind(at, end, SZ_2M);
		if (annex_entry_is_own_table(entry))
			changed |= change_ptes(pt, entry, at, stop, set, clear);
		else
			changed |= change_entry(pmd, set, clear);
	}
	return changed;
}

/**
 * annex_pgtable_protect() - change the protection of a range
 * @pt: the tree
 * @linear: the first address
 * @size: bytes; both are multiples of 4 kB
 * @set: bits to set, of %ANNEX_PTE_CHANGEABLE
 * @clear: bits to clear, likewise; none of @set
 *
 * Addresses that are not mapped are skipped. A page of 2 MB that changes in
 * part is split.
 *
 * Context: any that its ops allow; the caller is the tree's only writer.
 * Return: 0; -EINVAL and -ERANGE as annex_pgtable_map(); -EPERM if a part of
 * the range is borrowed or a link; or the error of its alloc. On error nothing
 * has changed.
 */
int annex_pgtable_protect(struct annex_pgtable *pt, u64 linear, u64 size,
			  u64 set, u64 clear)
{
	u64 at = linear, end = linear + size, stop;
	int err = annex_pgtable_check_range(pt, linear, size);
	bool changed = false;

	if (!err && (set & clear || (set | clear) & ~ANNEX_PTE_CHANGEABLE))
		err = -EINVAL;
	if (!err && has_link(pt, linear, end, false))
		err = -EPERM;
	if (!err)
		err = split_ends(pt, linear, end);
	if (err)
		return err;
	for (; at < end; at = stop) {
		stop = annex_pgtable_behind(at, end, SZ_1G);
		changed |= change_pmds(pt, annex_pgtable_pmd(pt, at), at, stop,
				       set, clear);
	}
	if (changed)
		flush(pt, linear, end);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pgtable_protect);
