/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_FRAME_H
#define ANNEX_HOST_FRAME_H

#include <linux/mm_types.h>
#include <linux/pgtable.h>
#include <linux/types.h>

struct annex_host;

/**
 * struct annex_scratch_cpu - the scratch addresses of a CPU
 * @addr: the first
 * @pte: its entry; those of the others follow
 */
struct annex_scratch_cpu {
	unsigned long addr;
	pte_t *pte;
};

/**
 * enum annex_scratch - the scratch addresses of a CPU
 * @ANNEX_SCRATCH_FRAME: for the frame of annex_frame_enter()
 * @ANNEX_SCRATCH_LEAF: for a leaf of a frame table
 * @ANNEX_SCRATCH_HOST: for a page of the host's
 * @ANNEX_SCRATCH_PAGES: how many a CPU has, a power of two
 */
enum annex_scratch {
	ANNEX_SCRATCH_FRAME,
	ANNEX_SCRATCH_LEAF,
	ANNEX_SCRATCH_HOST,
	ANNEX_SCRATCH_PAGES = 4
};

/* Pages of the window, the first of which may lie before the aligned ones. */
#define ANNEX_SCRATCH_WINDOW						\
	((nr_cpu_ids + 1) * ANNEX_SCRATCH_PAGES - 1)

/* Implemented by scratch.c with PAE, and by plain.c without. */
void *annex_frame_enter(struct annex_host *host, unsigned long host_pfn,
			unsigned long *irqflags);
void annex_frame_leave(unsigned long irqflags);
void annex_frame_sync(void);

void annex_frame_clear(struct annex_host *host, unsigned long host_pfn);
void annex_frame_read(struct annex_host *host, unsigned long host_pfn,
		      unsigned int offset, void *buf, unsigned int len);
void annex_frame_write(struct annex_host *host, unsigned long host_pfn,
		       unsigned int offset, const void *buf, unsigned int len);
void annex_frame_fill(struct annex_host *host, unsigned long host_pfn,
		      u32 value);
int annex_frame_mismatch(struct annex_host *host, unsigned long host_pfn,
			 u32 value, u32 *found);

#endif /* ANNEX_HOST_FRAME_H */
