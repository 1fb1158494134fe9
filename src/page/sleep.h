/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_SLEEP_H
#define ANNEX_PAGE_SLEEP_H

#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct annex;

/**
 * struct annex_sleepers - who waits for frames of a pool
 * @nr: how many
 * @lock: protects the list and, with it, whether the per-CPU lists are open
 * @list: the sleepers, the one who came first in front
 */
struct annex_sleepers {
	unsigned int nr;

	spinlock_t lock;
	struct list_head list;
};

/**
 * struct annex_sleeper - one who waits
 * @list: its place among them
 * @task: the thread
 * @order: what it waits for
 * @highest: the highest zone that can serve it
 * @woken: there may be something for it
 */
struct annex_sleeper {
	struct list_head list;
	struct task_struct *task;
	unsigned int order;
	int highest;
	bool woken;
};

void annex_sleepers_init(struct annex *annex);
void annex_sleep_begin(struct annex *annex, struct annex_sleeper *sleeper,
		       int highest, unsigned int order);
void annex_sleep_end(struct annex *annex, struct annex_sleeper *sleeper);
bool annex_sleep_is_first(struct annex *annex,
			  struct annex_sleeper *sleeper);
bool annex_sleepers_before(struct annex *annex, int highest,
			   unsigned int order);
long annex_sleep(struct annex_sleeper *sleeper, unsigned int state,
		 long timeout);
void __annex_sleepers_wake(struct annex *annex, int zone);

/**
 * annex_sleepers_wake_if() - frames have come
 * @annex: the pool
 * @sleepers: its sleepers
 * @zone: where
 *
 * Context: any but NMI, without the zone's lock.
 */
static __always_inline void
annex_sleepers_wake_if(struct annex *annex,
		       const struct annex_sleepers *sleepers, int zone)
{
	if (unlikely(READ_ONCE(sleepers->nr)))
		__annex_sleepers_wake(annex, zone);
}

#define annex_sleepers_wake(annex, zone)				\
	annex_sleepers_wake_if(annex, &(annex)->sleepers, zone)

#endif /* ANNEX_PAGE_SLEEP_H */
