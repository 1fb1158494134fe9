/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ANNEX_MM_H
#define _ANNEX_MM_H

#include <linux/types.h>
#include <annex/page.h>

struct annex_mm;

/**
 * DOC: page tables of processes
 *
 * A struct annex_mm is the page tables of a process. It shares the kernel part
 * of the pool's master table, so a change there appears in every process. The
 * part below PAGE_OFFSET (``page_offset=``) is its own. Mapping a frame there
 * takes a reference to its block and increments its _mapcount; unmapping undoes
 * both. No CPU ever runs on these tables: they serve to observe and check the
 * contents that a kernel's tables would have.
 */

/*
 * Access rights besides reading; any other bit is refused. On a CPU without NX,
 * every address can be executed.
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
