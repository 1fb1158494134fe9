/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_OWNER_H
#define ANNEX_PAGE_OWNER_H

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/stackdepot.h>
#include <linux/types.h>
#include <annex/types.h>

struct annex;

/**
 * enum annex_owner_state - what a record says of a block
 * @ANNEX_OWNER_NONE: no block was ever allocated that begins here
 * @ANNEX_OWNER_ALLOCATED: one was, and is
 * @ANNEX_OWNER_FREED: the last one was freed
 */
enum annex_owner_state {
	ANNEX_OWNER_NONE,
	ANNEX_OWNER_ALLOCATED,
	ANNEX_OWNER_FREED,
};

/**
 * struct annex_owner - the last block that began at a frame
 * @ts_nsec: when it was allocated, by the clock of the kernel's log
 * @free_ts_nsec: when a block that began here was freed last
 * @gfp_mask: what was asked for
 * @handle: who allocated it, in the host's stack depot; 0 if that had no room
 * @free_handle: who freed it
 * @pid: of the task that allocated it
 * @tgid: of the process
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

int annex_owner_prepare(void);
depot_stack_handle_t annex_owner_save_stack(unsigned int skip);
void annex_owner_set(struct annex *annex, annex_pfn_t pfn, unsigned int order,
		     gfp_t gfp);
void annex_owner_split(struct annex *annex, annex_pfn_t pfn,
		       unsigned int order);
void annex_owner_reset(struct annex *annex, annex_pfn_t pfn);
bool annex_owner_read(const struct annex *annex, annex_pfn_t pfn,
		      struct annex_owner *copy);
annex_pfn_t annex_owner_find(const struct annex *annex, annex_pfn_t pfn);
unsigned int annex_owner_stack(depot_stack_handle_t handle,
			       unsigned long **entries);
__cold void annex_owner_report(const struct annex *annex, annex_pfn_t pfn);

/* Bytes of the records of a pool, in whole frames. */
static inline unsigned long annex_owner_array_bytes(annex_pfn_t nr_pages)
{
	return PAGE_ALIGN(nr_pages * sizeof(struct annex_owner));
}

#endif /* ANNEX_PAGE_OWNER_H */
