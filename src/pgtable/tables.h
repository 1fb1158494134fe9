/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PGTABLE_TABLES_H
#define ANNEX_PGTABLE_TABLES_H

/*
 * The page tables of a pool: first the provisional ones, then the final ones,
 * which are the master of the tables of processes. See tables.c.
 */
#include <linux/sizes.h>
#include <linux/types.h>

#include "boot/memory_map.h"
#include "pgtable/pgtable.h"

struct annex_reason;
struct annex_window;

/* A kernel's first tables map this by default, with 12 PTE tables under PAE. */
#define ANNEX_PROVISIONAL_DEFAULT	(24 * SZ_1M)

/**
 * enum annex_direct - the part of a pool that the direct map covers
 * @ANNEX_DIRECT_ALL: all of it
 * @ANNEX_DIRECT_HIGHMEM: up to the limit of lowmem; the pool has up to 4 GB
 * @ANNEX_DIRECT_PAE: up to the limit of lowmem; the pool has more than 4 GB,
 *	and the rest could not be addressed without PAE
 * @ANNEX_NR_DIRECT: number of cases
 */
enum annex_direct {
	ANNEX_DIRECT_ALL,
	ANNEX_DIRECT_HIGHMEM,
	ANNEX_DIRECT_PAE,
	ANNEX_NR_DIRECT,
};

/**
 * struct annex_tables_wish - parameters of the tables
 * @pool: the range
 * @lowmem: bytes of it that are mapped permanently
 * @page_offset: where the direct map begins, 0 for the default
 * @provisional: bytes of the provisional mapping, 0 for the default
 * @top: upper bound of the direct map, a multiple of 2 MB
 * @nx: the CPU supports the NX bit
 */
struct annex_tables_wish {
	struct annex_range pool;
	u64 lowmem;
	u64 page_offset;
	u64 provisional;
	u64 top;
	bool nx;
};

/**
 * struct annex_tables - the tables of one pool
 * @kind: the part of the pool that the direct map covers
 * @page_offset: where the direct map begins
 * @base: physical address that corresponds to @page_offset: the pool's start,
 *	or up to 2 MB before it
 * @start: linear address of the pool's first byte
 * @end: linear address behind the direct map
 * @early: linear address behind the provisional identity mapping
 * @prot: protection of both
 * @phys: physical address of the tables
 * @bytes: their size, whole frames; 0 if there are none
 * @next: the tables made so far occupy this physical address and above
 * @lowmem: address of the pool's first byte
 * @lowmem_phys: its physical address
 * @lowmem_bytes: bytes that are mapped permanently
 * @provisional: the first tables
 * @master: the final ones
 */
struct annex_tables {
	enum annex_direct kind;
	u64 page_offset;
	u64 base;
	u64 start;
	u64 end;
	u64 early;
	u64 prot;
	u64 phys;
	unsigned long bytes;
	u64 next;
	void *lowmem;
	u64 lowmem_phys;
	u64 lowmem_bytes;
	struct annex_pgtable provisional;
	struct annex_pgtable master;
};

extern const char *const annex_direct_names[ANNEX_NR_DIRECT];

int annex_tables_plan(struct annex_tables *t,
		      const struct annex_tables_wish *wish,
		      struct annex_reason *why);
unsigned long annex_tables_need(const struct annex_tables *t);
int annex_tables_build(struct annex_tables *t, u64 phys, unsigned long bytes,
		       void *lowmem, u64 lowmem_bytes);
int annex_tables_link(struct annex_tables *t, const struct annex_window *win);
void annex_tables_free(struct annex_tables *t);
void *annex_tables_virt(const struct annex_tables *t, u64 phys);

#endif /* ANNEX_PGTABLE_TABLES_H */
