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

struct annex;

/**
 * struct annex_sleepers - who waits for frames of a pool
 * @nr: how many
 * @waiting: and for frames of each zone
 * @tell_after: jiffies after which the log says that a request waits
 * @lock: protects the list and, with it, whether the per-CPU lists are open
 * @list: the sleepers, the one who came first in front
 */
struct annex_sleepers {
	unsigned int nr;
	unsigned long tell_after;

	/* Of the list and, with it, whether the per-CPU lists are open. */
	spinlock_t lock;
	struct list_head list;
	unsigned int waiting[ANNEX_MAX_NR_ZONES];
};

/**
 * struct annex_sleeper - one who waits
 * @list: its place among them
 * @task: the thread
 * @order: what it waits for
 * @rights: ANNEX_ALLOC_*: how deep it may dig
 * @reclaim: __GFP_DIRECT_RECLAIM, __GFP_IO and __GFP_FS: what it may do to get
 *	frames; 0 if it may not reclaim
 * @highest: the highest zone that can serve it
 * @zones: those that could, if enough of them were free, as bits
 * @woken: there may be something for it
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
};

/* What a sleeper may do now. */
enum annex_sleep_turn {
	ANNEX_TURN_WAIT,	/* those before it do all that it could do */
	ANNEX_TURN_RECLAIM,	/* free frames, which go to those before it */
	ANNEX_TURN_TAKE,	/* reclaim and take */
};

void annex_sleepers_init(struct annex *annex);
void annex_sleep_begin(struct annex *annex, struct annex_sleeper *sleeper);
void annex_sleep_end(struct annex *annex, struct annex_sleeper *sleeper);
void annex_sleep_pass_on(struct annex *annex, struct annex_sleeper *sleeper);
enum annex_sleep_turn annex_sleep_turn(struct annex *annex,
				       struct annex_sleeper *sleeper);
bool annex_sleepers_before(struct annex *annex, int highest,
			   unsigned int order, unsigned int rights);
bool annex_sleep(struct annex_sleeper *sleeper, unsigned int state,
		 long timeout);
void annex_sleepers_wake_first(struct annex *annex, int zone);

#endif /* ANNEX_PAGE_SLEEP_H */
