/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_BOOT_TABLES_H
#define ANNEX_BOOT_TABLES_H

/*
 * The tables of a pool: provisional, then final, which is the master of those of
 * processes. See tables.c.
 */
#include <linux/sizes.h>
#include <linux/types.h>

#include "boot/pgtable.h"
#include "boot/physmap.h"

struct annex_reason;
struct annex_window;

/* What a kernel's own first tables map of it by default, and PAE takes 12 for. */
#define ANNEX_PROVISIONAL_DEFAULT	(24 * SZ_1M)

/**
 * enum annex_direct - which part of a pool its direct map has
 * @ANNEX_DIRECT_ALL: all of it
 * @ANNEX_DIRECT_HIGHMEM: what lowmem's limit allows; the pool has up to 4 GB
 * @ANNEX_DIRECT_PAE: what lowmem's limit allows; the pool has more than 4 GB, and
 *	without PAE nothing could name the rest
 * @ANNEX_NR_DIRECT: how many cases there are
 */
enum annex_direct {
	ANNEX_DIRECT_ALL,
	ANNEX_DIRECT_HIGHMEM,
	ANNEX_DIRECT_PAE,
	ANNEX_NR_DIRECT,
};

/**
 * struct annex_tables_wish - what tables are made from
 * @pool: the range
 * @lowmem: bytes of it that have an address for ever
 * @page_offset: where the direct map begins, 0 for the default
 * @provisional: bytes of the provisional mapping, 0 for the default
 * @top: where the direct map ends at the latest, a multiple of 2 MB
 * @nx: the CPU knows pages that are not for execution
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
 * @kind: what the direct map has of it
 * @page_offset: where the direct map begins
 * @base: physical address that @page_offset stands for: the pool's start, or up to
 *	2 MB before it
 * @start: linear address of the pool's first byte
 * @end: linear address behind the direct map
 * @early: linear address behind the provisional identity mapping
 * @prot: what may be done in either
 * @phys: where the tables lie
 * @bytes: how long they are, whole frames; 0 if there are none
 * @next: tables lie at this physical address and above
 * @lowmem: address of the pool's first byte
 * @lowmem_phys: its physical address
 * @lowmem_bytes: how much has an address for ever
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

/* The physical address that a linear one of the direct map stands for. */
static inline u64 annex_tables_phys(const struct annex_tables *t, u64 linear)
{
	return linear - t->page_offset + t->base;
}

#endif /* ANNEX_BOOT_TABLES_H */
