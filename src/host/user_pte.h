/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_USER_PTE_H
#define ANNEX_HOST_USER_PTE_H

/* Frames of the pool in the page tables of processes. See user_pte.c. */
#include <linux/mm_types.h>
#include <linux/types.h>

/**
 * struct annex_user_frames - frames to map at consecutive pages
 * @vma: where; of kind VM_MIXEDMAP
 * @start: the first page; all are in the VMA
 * @nr: how many pages
 * @host_pfn: the frame of each, 0 for none
 * @fault: the page that is accessed now
 * @write: it is written
 * @set: gets the number of entries that were set
 */
struct annex_user_frames {
	struct vm_area_struct *vma;
	unsigned long start;
	unsigned int nr;
	const unsigned long *host_pfn;
	unsigned long fault;
	bool write;
	unsigned int set;
};

int annex_user_map(struct annex_user_frames *frames);

#endif /* ANNEX_HOST_USER_PTE_H */
