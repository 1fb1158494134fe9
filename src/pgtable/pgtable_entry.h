/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PGTABLE_PGTABLE_ENTRY_H
#define ANNEX_PGTABLE_PGTABLE_ENTRY_H

/*
 * Single entries of tables that an MMU may be walking, for pgtable.c,
 * pgtable_share.c and pgtable_walk.c.
 *
 * An entry goes from not present to present and back, never from one present
 * value to another. If it is two words, the word with the present bit is set
 * last and cleared first, so that no reader sees halves of two values together
 * with the present bit.
 *
 * Life of an entry that leads to one of the tree's own tables:
 *
 *   0 -> table, present -> hidden: the same without the present bit -> 0
 *
 * An empty table is first hidden, then translations are invalidated, and only
 * then is it freed: an MMU may be walking it.
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include "pgtable/pgtable_types.h"

#if BITS_PER_LONG == 64

static inline u64 annex_entry_read(const u64 *entry)
{
	return READ_ONCE(*entry);
}

static inline void annex_entry_set(u64 *entry, u64 value)
{
	WRITE_ONCE(*entry, value);
}

static inline u64 annex_entry_clear(u64 *entry)
{
	return xchg(entry, 0);
}

static inline void annex_entry_hide(u64 *entry)
{
	WRITE_ONCE(*entry, *entry & ~ANNEX_PTE_PRESENT);
}

static inline void annex_entry_fill(u64 *entry, unsigned int nr, u64 value,
				    u32 size)
{
	for (; nr--; value += size)
		WRITE_ONCE(*entry++, value);
}

static inline bool annex_entry_present_at(const u64 *entry)
{
	return READ_ONCE(*entry) & ANNEX_PTE_PRESENT;
}

#else

/**
 * annex_entry_read() - read an entry
 * @entry: the entry; another CPU may be writing it
 *
 * Context: any.
 * Return: a value that it had.
 */
static inline u64 annex_entry_read(const u64 *entry)
{
	const u32 *half = (const u32 *)entry;
	u32 low, high;

	do {
		low = READ_ONCE(half[0]);
		smp_rmb(); /* high word second; see annex_entry_set() */
		high = READ_ONCE(half[1]);
		smp_rmb(); /* then check that the low word is still the same */
	} while (unlikely(READ_ONCE(half[0]) != low));
	return (u64)high << 32 | low;
}

/**
 * annex_entry_set() - set an entry that is not present
 * @entry: the entry; the caller is its only writer
 * @value: its new value
 *
 * Context: any.
 */
static inline void annex_entry_set(u64 *entry, u64 value)
{
	u32 *half = (u32 *)entry;

	WRITE_ONCE(half[1], value >> 32);
	smp_wmb(); /* the present bit comes last */
	WRITE_ONCE(half[0], value);
}

/**
 * annex_entry_clear() - clear an entry
 * @entry: the entry
 *
 * The exchange is atomic: no accessed or dirty bit of an MMU is lost or set
 * later.
 *
 * Context: any.
 * Return: its old value.
 */
static inline u64 annex_entry_clear(u64 *entry)
{
	u32 *half = (u32 *)entry;
	u32 low = xchg(&half[0], 0);
	u32 high = half[1];

	WRITE_ONCE(half[1], 0);
	return (u64)high << 32 | low;
}

/**
 * annex_entry_hide() - clear the present bit of an entry that leads to a table
 * @entry: the entry, which keeps the table's address
 *
 * Context: any.
 */
static inline void annex_entry_hide(u64 *entry)
{
	u32 *half = (u32 *)entry;

	WRITE_ONCE(half[0], half[0] & ~(u32)ANNEX_PTE_PRESENT);
}

static inline bool annex_entry_present_at(const u64 *entry)
{
	return READ_ONCE(*(const u32 *)entry) & ANNEX_PTE_PRESENT;
}

/* Fill entries of contiguous pages whose addresses have the same upper half. */
static __always_inline void annex_entry_fill_half(u32 *half, unsigned int nr,
						  u32 low, u32 high, u32 size)
{
	for (; nr >= 4; nr -= 4, half += 8, low += 4 * size) {
		WRITE_ONCE(half[1], high);
		WRITE_ONCE(half[0], low);
		WRITE_ONCE(half[3], high);
		WRITE_ONCE(half[2], low + size);
		WRITE_ONCE(half[5], high);
		WRITE_ONCE(half[4], low + 2 * size);
		WRITE_ONCE(half[7], high);
		WRITE_ONCE(half[6], low + 3 * size);
	}
	for (; nr; nr--, half += 2, low += size) {
		WRITE_ONCE(half[1], high);
		WRITE_ONCE(half[0], low);
	}
}

/**
 * annex_entry_fill() - fill entries with contiguous pages
 * @entry: the first; none of them is present
 * @nr: number of entries
 * @value: address of the first page, and the bits of all entries
 * @size: size of a page, a constant
 *
 * x86 keeps the order of stores, so no barriers are needed.
 *
 * Context: any.
 */
static __always_inline void annex_entry_fill(u64 *entry, unsigned int nr,
					     u64 value, u32 size)
{
	while (nr) {
		/* To the next multiple of 4 GB; none at a multiple itself. */
		u32 room = -((u32)value & ~(size - 1)) / size;
		unsigned int n = room && room < nr ? room : nr;

		annex_entry_fill_half((u32 *)entry, n, value, value >> 32, size);
		entry += n;
		nr -= n;
		value += (u64)n * size;
	}
}

#endif

static inline bool annex_entry_present(u64 entry)
{
	return entry & ANNEX_PTE_PRESENT;
}

/* Is one of some entries present? */
static inline bool annex_entries_present(const u64 *entry, unsigned int nr)
{
	for (; nr--; entry++)
		if (annex_entry_present_at(entry))
			return true;
	return false;
}

/* Does a PMD entry lead to a table that the tree may change? */
static inline bool annex_entry_is_own_table(u64 entry)
{
	return (entry & (ANNEX_PTE_PRESENT | ANNEX_PTE_PSE |
			 ANNEX_PTE_FOREIGN)) == ANNEX_PTE_PRESENT;
}

static inline u64 *annex_pgtable_at(const struct annex_pgtable *pt, u64 phys)
{
	return pt->ops->virt(pt->arg, phys);
}

/* The first-level entry of an address. */
static inline u64 *annex_pgtable_root(const struct annex_pgtable *pt,
				      u64 linear)
{
	return annex_pgtable_at(pt, pt->root) + ((u32)linear >> 30);
}

/* The PMD entry of an address; NULL if there is no PMD. */
static inline u64 *annex_pgtable_pmd(const struct annex_pgtable *pt, u64 linear)
{
	u64 root = annex_entry_read(annex_pgtable_root(pt, linear));

	if (!annex_entry_present(root))
		return NULL;
	return annex_pgtable_at(pt, root & ANNEX_PTE_PHYS_MASK) +
	       ((u32)linear >> 21) % ANNEX_PGT_ENTRIES;
}

/* The PTE of an address, in the table that a PMD entry leads to. */
static inline u64 *annex_pgtable_pte(const struct annex_pgtable *pt, u64 pmd,
				     u64 linear)
{
	return annex_pgtable_at(pt, pmd & ANNEX_PTE_PHYS_MASK) +
	       ((u32)linear >> 12) % ANNEX_PGT_ENTRIES;
}

/* End of the range that an entry of the first level or of a PMD covers. */
static inline u64 annex_pgtable_behind(u64 at, u64 end, u64 size)
{
	return min(end, (at & ~(size - 1)) + size);
}

/* Allocate and free a tree's frames, counted by level. */
static inline int alloc_table(struct annex_pgtable *pt,
			      enum annex_pgt_level level, u64 *phys)
{
	int err = pt->ops->alloc(pt->arg, phys);

	if (!err)
		pt->nr_tables[level]++;
	return err;
}

static inline void free_table(struct annex_pgtable *pt,
			      enum annex_pgt_level level, u64 phys)
{
	pt->nr_tables[level]--;
	pt->ops->free(pt->arg, phys);
}

static inline void flush(struct annex_pgtable *pt, u64 start, u64 end)
{
	if (pt->ops->flush)
		pt->ops->flush(pt->arg, start, end);
}

/* Helpers in pgtable.c that pgtable_share.c uses. */
int annex_pgtable_check_range(const struct annex_pgtable *pt, u64 linear,
			      u64 size);
int annex_pgtable_check_vacant(const struct annex_pgtable *pt, u64 at, u64 end);
int annex_pgtable_make_pmd(struct annex_pgtable *pt, u64 linear, u64 **pmd);
void annex_pgtable_drop_empty(struct annex_pgtable *pt, u64 start);

#endif /* ANNEX_PGTABLE_PGTABLE_ENTRY_H */
