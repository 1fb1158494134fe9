/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_SLEEP_H
#define ANNEX_PAGE_SLEEP_H

#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "page/zone.h"

struct annex_frames;

/**
 * struct annex_sleepers - the waiters for frames of a pool
 * @nr: number of waiters
 * @waiting: number of waiters for each zone
 * @tell_after: jiffies after which a wait is logged
 * @lock: protects @list, @waiting, and whether the per-CPU lists are open
 * @list: the waiters in the order of arrival
 */
struct annex_sleepers {
	unsigned int nr;
	unsigned long tell_after;

	/* Protects the list, and whether the per-CPU lists are open. */
	spinlock_t lock;
	struct list_head list;
	unsigned int waiting[ANNEX_MAX_NR_ZONES];
};

/**
 * struct annex_sleeper - a waiter
 * @list: entry in the list of waiters
 * @task: the thread
 * @order: the order of the request
 * @rights: ANNEX_ALLOC_*: its access to reserves
 * @reclaim: __GFP_DIRECT_RECLAIM, __GFP_IO and __GFP_FS: how it may reclaim; 0
 *	if it may not
 * @highest: the highest zone that can serve it
 * @zones: the zones that could serve it if enough frames were free, as bits
 * @woken: it was woken, because frames were freed
 * @busy_since: jiffies at the begin of its reclaim, the lowest bit set; 0 while
 *	it does not reclaim
 */
struct annex_sleeper {
	struct list_head list;
	struct task_struct *task;
	unsigned int order;
	unsigned int rights;
	gfp_t reclaim;
	int highest;
	unsigned int zones;
	bool woken;
	unsigned long busy_since;
};

/* What a waiter may do now. */
enum annex_sleep_turn {
	ANNEX_TURN_WAIT,	/* nothing: waiters before it may do the same */
	ANNEX_TURN_RECLAIM,	/* reclaim for the waiters before it */
	ANNEX_TURN_TAKE,	/* reclaim and take */
};

void annex_sleepers_init(struct annex_frames *frames);
void annex_sleep_begin(struct annex_frames *frames,
		       struct annex_sleeper *sleeper);
void annex_sleep_end(struct annex_frames *frames,
		     struct annex_sleeper *sleeper);
void annex_sleep_pass_on(struct annex_frames *frames,
			 struct annex_sleeper *sleeper);
enum annex_sleep_turn annex_sleep_turn(struct annex_frames *frames,
				       struct annex_sleeper *sleeper);
bool annex_sleepers_before(struct annex_frames *frames, int highest,
			   unsigned int order, unsigned int rights);
void annex_sleep_busy(struct annex_sleeper *sleeper, bool busy);
bool annex_sleep(struct annex_sleeper *sleeper, unsigned int state,
		 long timeout);
void annex_sleepers_wake_first(struct annex_frames *frames, int zone);

#endif /* ANNEX_PAGE_SLEEP_H */
