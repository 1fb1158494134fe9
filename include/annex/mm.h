/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ANNEX_MM_H
#define _ANNEX_MM_H

#include <linux/types.h>
#include <annex/page.h>

struct annex_mm;

/**
 * DOC: page tables of processes
 *
 * A struct annex_mm is the tables of a process: the kernel's part is that of
 * the pool's master table, of which changes show in all, and the part below
 * PAGE_OFFSET (``page_offset=``) is its own. Mapping a frame there takes a
 * reference to its block and counts in its _mapcount; unmapping gives both back.
 * No CPU ever runs on these tables; they are for those who want to see, count
 * and prove what a kernel's would do.
 */

/*
 * What may be done at an address besides reading; anything else is refused. On a
 * CPU without NX, everything can be executed.
 */
#define ANNEX_MM_WRITE	1U	/* _PAGE_RW */
#define ANNEX_MM_EXEC	2U	/* without it _PAGE_NX */

struct annex_mm *annex_mm_create(void);
int annex_mm_destroy(struct annex_mm *mm);
int annex_mm_map_page(struct annex_mm *mm, u32 addr, struct annex_page *page,
		      unsigned int prot);
int annex_mm_unmap_page(struct annex_mm *mm, u32 addr);
int annex_mm_protect(struct annex_mm *mm, u32 addr, u32 size,
		     unsigned int prot);

#endif /* _ANNEX_MM_H */
