// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that wait for frames, for the suites.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>

#include "page/page_alloc.h"
#include "pool/pool.h"
#include "waiter.h"

/* It stays when it has been served, so that the task is there for the test. */
static int ask(void *arg)
{
	struct annex_waiter *w = arg;

	allow_signal(SIGKILL);
	allow_signal(SIGUSR1);
	annex_block_alloc(&w->annex->frames, w->gfp | __GFP_NOWARN, w->order,
			  &w->page);
	w->when = ktime_get();
	if (w->turns)
		w->turn = atomic_inc_return(w->turns);
	complete(&w->done);
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/**
 * annex_waiter_run() - start a waiter, which may be served at once
 * @test: the test
 * @w: pool, gfp, order and turns are set
 * @cpu: where it runs, as far as there are so many
 */
void annex_waiter_run(struct kunit *test, struct annex_waiter *w,
		      unsigned int cpu)
{
	init_completion(&w->done);
	w->task = kthread_create(ask, w, "annex-waiter");
	KUNIT_ASSERT_FALSE(test, IS_ERR(w->task));
	if (cpu < nr_cpu_ids && cpu_online(cpu))
		kthread_bind(w->task, cpu);
	wake_up_process(w->task);
}

/**
 * annex_waiter_start() - start a waiter
 * @test: fails if it does not get in line
 * @w: pool, gfp, order and turns are set
 * @cpu: where it runs, as far as there are so many
 *
 * When this returns, it is in line.
 */
void annex_waiter_start(struct kunit *test, struct annex_waiter *w,
			unsigned int cpu)
{
	unsigned int *nr = &w->annex->frames.waiters.nr,
		     before = READ_ONCE(*nr);
	unsigned long end = jiffies + 5 * HZ;

	annex_waiter_run(test, w, cpu);
	while (READ_ONCE(*nr) == before && time_before(jiffies, end))
		usleep_range(1000, 1100);
	KUNIT_EXPECT_NE(test, READ_ONCE(*nr) - before, 0U);
}

/**
 * annex_waiter_is_done() - is it served, or refused?
 * @w: a waiter that was started
 * @msecs: how long to wait for that
 */
bool annex_waiter_is_done(struct annex_waiter *w, unsigned int msecs)
{
	unsigned long timeout = msecs_to_jiffies(msecs) + 1;

	if (!wait_for_completion_timeout(&w->done, timeout))
		return false;
	complete(&w->done);
	return true;
}

/**
 * annex_waiter_end() - end a waiter
 * @test: fails if it has to be waited for
 * @w: a waiter that was started, and has been served
 */
void annex_waiter_end(struct kunit *test, struct annex_waiter *w)
{
	KUNIT_EXPECT_TRUE(test, annex_waiter_is_done(w, 5000));
	kthread_stop(w->task);
}

/**
 * annex_waiter_give_back() - end a waiter and free what it got
 * @test: fails if it has to be waited for, or has got nothing
 * @w: as for annex_waiter_end()
 */
void annex_waiter_give_back(struct kunit *test, struct annex_waiter *w)
{
	annex_waiter_end(test, w);
	KUNIT_EXPECT_NOT_NULL(test, w->page);
	if (w->page)
		KUNIT_EXPECT_EQ(test,
				annex_block_free(&w->annex->frames, w->page,
						 w->order),
				0);
}
