/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PGTABLE_PGTABLE_TYPES_H
#define ANNEX_PGTABLE_PGTABLE_TYPES_H

/* A tree of tables, and the bits of their entries; pgtable.h has functions. */
#include <linux/bits.h>
#include <linux/sizes.h>
#include <linux/types.h>

#define ANNEX_PTE_PRESENT	BIT_ULL(0)
#define ANNEX_PTE_RW		BIT_ULL(1)
#define ANNEX_PTE_USER		BIT_ULL(2)
#define ANNEX_PTE_PWT		BIT_ULL(3)
#define ANNEX_PTE_PCD		BIT_ULL(4)
#define ANNEX_PTE_ACCESSED	BIT_ULL(5)
#define ANNEX_PTE_DIRTY		BIT_ULL(6)
#define ANNEX_PTE_PSE		BIT_ULL(7)	/* in a PMD: a page of 2 MB */
#define ANNEX_PTE_GLOBAL	BIT_ULL(8)
#define ANNEX_PTE_FOREIGN	BIT_ULL(9)	/* ours: a foreign table */
#define ANNEX_PTE_NX		BIT_ULL(63)
#define ANNEX_PTE_PHYS_MASK	GENMASK_ULL(51, 12)

/* Bits of a page that the caller may set and change. */
#define ANNEX_PTE_CHANGEABLE	(ANNEX_PTE_RW | ANNEX_PTE_USER | ANNEX_PTE_PWT | \
				 ANNEX_PTE_PCD | ANNEX_PTE_ACCESSED | \
				 ANNEX_PTE_DIRTY | ANNEX_PTE_GLOBAL | \
				 ANNEX_PTE_NX)

/* Bits in which the pages of a run agree: not those that the MMU sets. */
#define ANNEX_PTE_PROT		(ANNEX_PTE_PRESENT | ANNEX_PTE_PSE | \
				 (ANNEX_PTE_CHANGEABLE & \
				  ~(ANNEX_PTE_ACCESSED | ANNEX_PTE_DIRTY)))

#define ANNEX_PGT_ENTRIES	512	/* of a PMD or PTE table */
#define ANNEX_PGT_ROOTS		4	/* entries of the first level */
#define ANNEX_PGT_LINEAR_END	BIT_ULL(32)

/**
 * enum annex_pgt_level - level of a table, or at which a translation ends
 * @ANNEX_PGT_NONE: none: the address is not mapped
 * @ANNEX_PGT_PTE: 4 kB
 * @ANNEX_PGT_PMD: 2 MB
 * @ANNEX_PGT_PDPT: 1 GB, a size that PAE has no pages of
 * @ANNEX_NR_PGT_LEVELS: number of levels, with none
 */
enum annex_pgt_level {
	ANNEX_PGT_NONE,
	ANNEX_PGT_PTE,
	ANNEX_PGT_PMD,
	ANNEX_PGT_PDPT,
	ANNEX_NR_PGT_LEVELS,
};

/**
 * struct annex_pgtable_ops - allocator of tables
 * @alloc: allocate a zeroed frame, by its host physical address; 0 or -ENOMEM
 * @free: free one
 * @virt: the address of a table, foreign ones included
 * @flush: entries of [start, end) have changed or gone, tables among them: when
 *	this returns, no MMU may use cached entries, including cached
 *	first-level entries; may be NULL if no MMU uses the tables
 */
struct annex_pgtable_ops {
	int (*alloc)(void *arg, u64 *phys);
	void (*free)(void *arg, u64 phys);
	void *(*virt)(void *arg, u64 phys);
	void (*flush)(void *arg, u64 start, u64 end);
};

/**
 * struct annex_pgtable - one tree of tables
 * @ops: allocator of its tables
 * @arg: for @ops
 * @root: host physical address of the first level, a frame of its own
 * @nr_tables: its own tables, by level
 * @kept: bit mask of first-level entries whose tables stay even if they are
 *	empty, so that other trees may borrow them
 * @borrowed: bit mask of first-level entries whose tables are another tree's
 */
struct annex_pgtable {
	const struct annex_pgtable_ops *ops;
	void *arg;
	u64 root;
	unsigned long nr_tables[ANNEX_NR_PGT_LEVELS];
	u8 kept;
	u8 borrowed;
};

#endif /* ANNEX_PGTABLE_PGTABLE_TYPES_H */
