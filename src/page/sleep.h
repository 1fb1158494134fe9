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

	/* Of the list and, with it, whether the per-CPU lists are open. */
	spinlock_t lock;
	struct list_head list;
};

/**
 * struct annex_sleeper - one who waits
 * @list: its place among them
 * @task: the thread
 * @order: what it waits for
 * @rights: ANNEX_ALLOC_*: how deep it may dig
 * @highest: the highest zone that can serve it
 * @woken: there may be something for it
 */
struct annex_sleeper {
	struct list_head list;
	struct task_struct *task;
	unsigned int order;
	unsigned int rights;
	int highest;
	bool woken;
};

void annex_sleepers_init(struct annex *annex);
void annex_sleep_begin(struct annex *annex, struct annex_sleeper *sleeper,
		       int highest, unsigned int order, unsigned int rights);
void annex_sleep_end(struct annex *annex, struct annex_sleeper *sleeper);
void annex_sleep_pass_on(struct annex *annex, struct annex_sleeper *sleeper);
bool annex_sleep_is_first(struct annex *annex,
			  struct annex_sleeper *sleeper);
bool annex_sleepers_before(struct annex *annex, int highest,
			   unsigned int order, unsigned int rights);
long annex_sleep(struct annex_sleeper *sleeper, unsigned int state,
		 long timeout);
void annex_sleepers_wake_first(struct annex *annex, int zone);

#endif /* ANNEX_PAGE_SLEEP_H */
