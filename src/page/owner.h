/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_OWNER_H
#define ANNEX_PAGE_OWNER_H

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <annex/types.h>

#include "host/stacks.h"

struct annex_frames;

/**
 * enum annex_owner_state - state of the last block that began at a frame
 * @ANNEX_OWNER_NONE: there was no such block
 * @ANNEX_OWNER_ALLOCATED: it is allocated
 * @ANNEX_OWNER_FREED: it was freed
 */
enum annex_owner_state {
	ANNEX_OWNER_NONE,
	ANNEX_OWNER_ALLOCATED,
	ANNEX_OWNER_FREED,
};

/**
 * struct annex_owner - the last block that began at a frame
 * @ts_nsec: time of its allocation, by the clock of the kernel's log
 * @free_ts_nsec: time of the last free of a block that began here
 * @gfp_mask: gfp flags of its allocation
 * @handle: stack of its allocation in the host's stack depot; 0 if that was
 *	full
 * @free_handle: stack of the last free
 * @pid: of the task that allocated it
 * @tgid: of that task
 * @comm: the task's name
 * @order: of the block
 * @state: enum annex_owner_state
 */
struct annex_owner {
	u64 ts_nsec;
	u64 free_ts_nsec;
	gfp_t gfp_mask;
	depot_stack_handle_t handle;
	depot_stack_handle_t free_handle;
	pid_t pid;
	pid_t tgid;
	char comm[TASK_COMM_LEN];
	u8 order;
	u8 state;
};

/* 1.4 % of the pool. */
static_assert(sizeof(struct annex_owner) == 56);

void annex_owner_set(struct annex_frames *frames, annex_pfn_t pfn,
		     unsigned int order, gfp_t gfp);
void annex_owner_split(struct annex_frames *frames, annex_pfn_t pfn,
		       unsigned int order);
void annex_owner_reset(struct annex_frames *frames, annex_pfn_t pfn);
bool annex_owner_read(const struct annex_frames *frames, annex_pfn_t pfn,
		      struct annex_owner *copy);
annex_pfn_t annex_owner_find(const struct annex_frames *frames,
			     annex_pfn_t pfn);
__cold void annex_owner_report(const struct annex_frames *frames,
			       annex_pfn_t pfn);

/* Bytes of the records of a pool, in whole frames. */
static inline unsigned long annex_owner_array_bytes(annex_pfn_t nr_pages)
{
	return PAGE_ALIGN(nr_pages * sizeof(struct annex_owner));
}

#endif /* ANNEX_PAGE_OWNER_H */
