/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_ALLOC_WAIT_H
#define ANNEX_PAGE_ALLOC_WAIT_H

#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "page/frames.h"

/**
 * struct annex_alloc_waiter - a waiter
 * @list: entry in the list of waiters
 * @task: the thread
 * @order: the order of the request
 * @alloc_flags: ANNEX_ALLOC_*: its access to reserves
 * @reclaim: __GFP_DIRECT_RECLAIM, __GFP_IO and __GFP_FS: how it may reclaim; 0
 *	if it may not
 * @highest: the highest zone that can serve it
 * @zones: the zones that could serve it if enough frames were free, as bits
 * @woken: it was woken, because frames were freed
 * @busy_since: jiffies at the begin of its reclaim, the lowest bit set; 0 while
 *	it does not reclaim
 */
struct annex_alloc_waiter {
	struct list_head list;
	struct task_struct *task;
	unsigned int order;
	unsigned int alloc_flags;
	gfp_t reclaim;
	int highest;
	unsigned int zones;
	bool woken;
	unsigned long busy_since;
};

/* What a waiter may do now. */
enum annex_alloc_wait_turn {
	ANNEX_TURN_WAIT,	/* nothing: waiters before it may do the same */
	ANNEX_TURN_RECLAIM,	/* reclaim for the waiters before it */
	ANNEX_TURN_TAKE,	/* reclaim and take */
};

void annex_alloc_waiters_init(struct annex_frames *frames);
void annex_alloc_wait_begin(struct annex_frames *frames,
			    struct annex_alloc_waiter *waiter);
void annex_alloc_wait_end(struct annex_frames *frames,
			  struct annex_alloc_waiter *waiter);
void annex_alloc_wait_pass_on(struct annex_frames *frames,
			      struct annex_alloc_waiter *waiter);
enum annex_alloc_wait_turn
annex_alloc_wait_turn(struct annex_frames *frames,
		      struct annex_alloc_waiter *waiter);
bool annex_alloc_waiters_before(struct annex_frames *frames, int highest,
				unsigned int order, unsigned int alloc_flags);
void annex_alloc_wait_busy(struct annex_alloc_waiter *waiter, bool busy);
bool annex_alloc_wait(struct annex_alloc_waiter *waiter, unsigned int state,
		      long timeout);

#endif /* ANNEX_PAGE_ALLOC_WAIT_H */
