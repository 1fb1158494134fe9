/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PGTABLE_PGTABLE_H
#define ANNEX_PGTABLE_PGTABLE_H

/*
 * Three-level page tables in the format of the MMU with PAE. Each of four
 * first-level entries covers 1 GB by a table (PMD) of 512 entries of 2 MB. Each
 * of these is a page of 2 MB or a table (PTE) of 512 pages of 4 kB. Nothing
 * here depends on the host kernel's own page tables, so the suites run
 * anywhere.
 */
#include <linux/types.h>

#include "pgtable/pgtable_types.h"

/**
 * struct annex_translation - result of translating an address
 * @level: level at which the translation ends
 * @phys: host physical address of the byte
 * @prot: present, accessed, dirty, global, pwt, pcd (and pse) of the last
 *	entry; rw and user if all levels have them; nx if one level has it, as
 *	for the MMU
 */
struct annex_translation {
	enum annex_pgt_level level;
	u64 phys;
	u64 prot;
};

/**
 * struct annex_pgtable_run - consecutive addresses with pages of one kind
 * @start: the first
 * @end: behind the last
 * @level: level at which their translations end
 * @prot: as in struct annex_translation, without accessed and dirty
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
 * @foreign: linked PTE tables
 * @borrowed: PMD tables of another tree
 */
struct annex_pgtable_count {
	unsigned long tables[ANNEX_NR_PGT_LEVELS];
	unsigned long foreign;
	unsigned long borrowed;
};

/**
 * typedef annex_pgtable_table_fn - called for a table
 * @arg: as given to annex_pgtable_for_each()
 * @level: its level
 * @phys: its host physical address
 *
 * A result other than 0 ends the walk.
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

#endif /* ANNEX_PGTABLE_PGTABLE_H */
