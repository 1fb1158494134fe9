/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_BOOT_PGTABLE_H
#define ANNEX_BOOT_PGTABLE_H

/*
 * Three-level page tables in the format of the MMU with PAE: four entries of 1
 * GB, each with a table (PMD) of 512 entries of 2 MB, each a page of 2 MB or a
 * table (PTE) of 512 pages of 4 kB. Nothing here depends on the host kernel's
 * own page tables, so the suites run anywhere.
 */
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
#define ANNEX_PTE_FOREIGN	BIT_ULL(9)	/* ours: the table is another's */
#define ANNEX_PTE_NX		BIT_ULL(63)
#define ANNEX_PTE_PHYS_MASK	GENMASK_ULL(51, 12)

/* What the caller may say of a page, and may change of it. */
#define ANNEX_PTE_CHANGEABLE	(ANNEX_PTE_RW | ANNEX_PTE_USER | ANNEX_PTE_PWT | \
				 ANNEX_PTE_PCD | ANNEX_PTE_ACCESSED | \
				 ANNEX_PTE_DIRTY | ANNEX_PTE_GLOBAL | \
				 ANNEX_PTE_NX)

/* What tells runs of pages apart: not what the MMU notes by itself. */
#define ANNEX_PTE_PROT		(ANNEX_PTE_PRESENT | ANNEX_PTE_PSE | \
				 (ANNEX_PTE_CHANGEABLE & \
				  ~(ANNEX_PTE_ACCESSED | ANNEX_PTE_DIRTY)))

#define ANNEX_PGT_ENTRIES	512	/* of a PMD or PTE table */
#define ANNEX_PGT_ROOTS		4	/* entries of the first level */
#define ANNEX_PGT_LINEAR_END	BIT_ULL(32)

/**
 * enum annex_pgt_level - where a translation ends, or what a table is
 * @ANNEX_PGT_NONE: nowhere: the address shows nothing
 * @ANNEX_PGT_PTE: 4 kB
 * @ANNEX_PGT_PMD: 2 MB
 * @ANNEX_PGT_PDPT: 1 GB, which PAE has no pages of
 * @ANNEX_NR_PGT_LEVELS: how many levels there are, with none
 */
enum annex_pgt_level {
	ANNEX_PGT_NONE,
	ANNEX_PGT_PTE,
	ANNEX_PGT_PMD,
	ANNEX_PGT_PDPT,
	ANNEX_NR_PGT_LEVELS,
};

/**
 * struct annex_pgtable_ops - where tables come from
 * @alloc: give a frame, zeroed, by its host physical address; 0 or -ENOMEM
 * @free: take one back
 * @virt: the address of a table; tables of others, too
 * @flush: entries of [start, end) have changed or gone, tables among them: no
 *	MMU may use what it has of them when this returns, its copy of the first
 *	level included; may be NULL where none uses the tables
 */
struct annex_pgtable_ops {
	int (*alloc)(void *arg, u64 *phys);
	void (*free)(void *arg, u64 phys);
	void *(*virt)(void *arg, u64 phys);
	void (*flush)(void *arg, u64 start, u64 end);
};

/**
 * struct annex_pgtable - one tree of tables
 * @ops: where its tables come from
 * @arg: for @ops
 * @root: host physical address of the first level, a frame of its own
 * @nr_tables: tables that are its own, by level
 * @kept: first-level entries, as bits, whose tables stay even if they are empty,
 *	so that other trees may borrow them
 * @borrowed: first-level entries, as bits, whose tables are another tree's
 */
struct annex_pgtable {
	const struct annex_pgtable_ops *ops;
	void *arg;
	u64 root;
	unsigned long nr_tables[ANNEX_NR_PGT_LEVELS];
	u8 kept;
	u8 borrowed;
};

/**
 * struct annex_translation - what an address shows
 * @level: where the translation ends
 * @phys: host physical address of the very byte
 * @prot: present, accessed, dirty, global, pwt, pcd (and pse) of the last entry;
 *	rw and user only if all levels have them, nx if one has it: what the MMU
 *	makes of them
 */
struct annex_translation {
	enum annex_pgt_level level;
	u64 phys;
	u64 prot;
};

/**
 * struct annex_pgtable_run - addresses that show pages of one kind
 * @start: the first
 * @end: behind the last
 * @level: where their translations end
 * @prot: as struct annex_translation has it, without accessed and dirty
 */
struct annex_pgtable_run {
	u64 start;
	u64 end;
	enum annex_pgt_level level;
	u64 prot;
};

/**
 * struct annex_pgtable_count - tables that a tree has for a range
 * @tables: its own, by level
 * @foreign: PTE tables that are linked
 * @borrowed: PMD tables of another tree
 */
struct annex_pgtable_count {
	unsigned long tables[ANNEX_NR_PGT_LEVELS];
	unsigned long foreign;
	unsigned long borrowed;
};

/**
 * typedef annex_pgtable_table_fn - looks at a table
 * @arg: as given to annex_pgtable_for_each()
 * @level: what it is
 * @phys: where it lies
 *
 * Anything but 0 ends the walk.
 */
typedef int (*annex_pgtable_table_fn)(void *arg, enum annex_pgt_level level,
				      u64 phys);

int annex_pgtable_create(struct annex_pgtable *pt,
			 const struct annex_pgtable_ops *ops, void *arg);
void annex_pgtable_free(struct annex_pgtable *pt);
int annex_pgtable_map(struct annex_pgtable *pt, u64 linear, u64 phys, u64 size,
		      u64 prot, bool huge);
int annex_pgtable_unmap(struct annex_pgtable *pt, u64 linear, u64 size);
int annex_pgtable_protect(struct annex_pgtable *pt, u64 linear, u64 size,
			  u64 set, u64 clear);
int annex_pgtable_keep(struct annex_pgtable *pt, unsigned int first);
int annex_pgtable_borrow(struct annex_pgtable *pt,
			 const struct annex_pgtable *from, unsigned int first);
int annex_pgtable_link(struct annex_pgtable *pt, u64 linear, u64 pte_table);

u64 annex_pgtable_table(const struct annex_pgtable *pt, u64 linear);
enum annex_pgt_level annex_pgtable_walk(const struct annex_pgtable *pt,
					u64 linear,
					struct annex_translation *t);
bool annex_pgtable_run(const struct annex_pgtable *pt, u64 from, u64 to,
		       struct annex_pgtable_run *run);
void annex_pgtable_count(const struct annex_pgtable *pt, u64 start, u64 end,
			 struct annex_pgtable_count *count);
int annex_pgtable_for_each(const struct annex_pgtable *pt,
			   annex_pgtable_table_fn fn, void *arg);

#endif /* ANNEX_BOOT_PGTABLE_H */
