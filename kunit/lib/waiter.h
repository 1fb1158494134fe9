/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_WAITER_H
#define ANNEX_KUNIT_LIB_WAITER_H

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/gfp.h>
#include <linux/ktime.h>

struct annex;
struct annex_page;

/**
 * struct annex_waiter - a thread that asks once, and has to wait
 * @annex: of which pool
 * @gfp: what it asks with
 * @order: and for
 * @turns: counts the waiters that were served, or NULL
 * @task: the thread
 * @page: what it got
 * @when: it got it, or was told that there is none
 * @turn: how many had been served then, this one included
 * @done: it was
 */
struct annex_waiter {
	struct annex *annex;
	gfp_t gfp;
	unsigned int order;
	atomic_t *turns;
	struct task_struct *task;
	struct annex_page *page;
	ktime_t when;
	int turn;
	struct completion done;
};

void annex_waiter_run(struct kunit *test, struct annex_waiter *w,
		      unsigned int cpu);
void annex_waiter_start(struct kunit *test, struct annex_waiter *w,
			unsigned int cpu);
bool annex_waiter_is_done(struct annex_waiter *w, unsigned int msecs);
void annex_waiter_end(struct kunit *test, struct annex_waiter *w);
void annex_waiter_give_back(struct kunit *test, struct annex_waiter *w);

#endif /* ANNEX_KUNIT_LIB_WAITER_H */
