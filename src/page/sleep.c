// SPDX-License-Identifier: GPL-2.0-only
/*
 * Those who wait for frames.
 *
 * A request that may sleep, and for which reclaim has found nothing, waits
 * until frames are freed. Who came first is served first: a later request of
 * the same kind does not try before an earlier one has got its frames, and
 * each block that is freed wakes the first who could use it and was not woken
 * yet. A request that cannot wait overtakes, and so does one that may dig
 * deeper; that is what its reserve is for.
 *
 *   free ----> | sleeper | sleeper | sleeper | <---- alloc, nothing there
 *              first: tries               last
 *
 * So that a frame freed on any CPU is seen, the per-CPU lists are closed while
 * somebody sleeps: who is first to sleep closes them and has all CPUs empty
 * theirs, which by interrupt orders what they do later after the closing.
 *
 * Locking: the lock of the sleepers, a leaf but for the scheduler's.
 */
#include <linux/lockdep.h>
#include <linux/sched/signal.h>

#include "annex.h"
#include "page/pcp.h"
#include "page/sleep.h"

/**
 * annex_sleepers_init() - nobody waits
 * @annex: the pool
 */
void annex_sleepers_init(struct annex *annex)
{
	struct annex_sleepers *s = &annex->sleepers;

	s->nr = 0;
	spin_lock_init(&s->lock);
	INIT_LIST_HEAD(&s->list);
}

/**
 * annex_sleep_begin() - get in line
 * @annex: the pool
 * @sleeper: for this thread
 * @highest: the highest zone that can serve it
 * @order: what it waits for
 * @rights: ANNEX_ALLOC_*: how deep it may dig
 *
 * Context: process, may sleep.
 */
void annex_sleep_begin(struct annex *annex, struct annex_sleeper *sleeper,
		       int highest, unsigned int order, unsigned int rights)
{
	struct annex_sleepers *s = &annex->sleepers;
	unsigned long flags;
	bool first;

	sleeper->task = current;
	sleeper->highest = highest;
	sleeper->order = order;
	sleeper->rights = rights;
	sleeper->woken = false;
	spin_lock_irqsave(&s->lock, flags);
	first = !s->nr;
	WRITE_ONCE(s->nr, s->nr + 1);
	list_add_tail(&sleeper->list, &s->list);
	if (first)
		annex_pcp_open(annex, false);
	spin_unlock_irqrestore(&s->lock, flags);
	if (first)
		annex_pcp_drain_all(annex);
}

/**
 * annex_sleep_end() - leave the line
 * @annex: the pool
 * @sleeper: who is in it
 *
 * If it was woken for nothing, or there is more than it took, the next one is
 * told.
 *
 * Context: any but NMI.
 */
void annex_sleep_end(struct annex *annex, struct annex_sleeper *sleeper)
{
	struct annex_sleepers *s = &annex->sleepers;
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	list_del(&sleeper->list);
	WRITE_ONCE(s->nr, s->nr - 1);
	if (!s->nr)
		annex_pcp_open(annex, true);
	spin_unlock_irqrestore(&s->lock, flags);
	annex_sleepers_wake(annex, 0);
}

/* Would serving @late first be unfair to @early? */
static bool goes_before(const struct annex_sleeper *early, int highest,
			unsigned int order, unsigned int rights)
{
	return early->highest == highest && early->order <= order &&
	       !(rights & ~early->rights);
}

/**
 * annex_sleep_is_first() - may a sleeper try?
 * @annex: the pool
 * @sleeper: who is in line
 *
 * It may, unless somebody who came earlier wants the same kind of frames, no
 * more of them, and may dig as deep. It counts as not woken from here on.
 *
 * Context: any but NMI.
 */
bool annex_sleep_is_first(struct annex *annex, struct annex_sleeper *sleeper)
{
	struct annex_sleepers *s = &annex->sleepers;
	struct annex_sleeper *early;
	unsigned long flags;
	bool first = true;

	spin_lock_irqsave(&s->lock, flags);
	sleeper->woken = false;
	list_for_each_entry(early, &s->list, list) {
		if (early == sleeper)
			break;
		if (goes_before(early, sleeper->highest, sleeper->order,
				sleeper->rights))
			first = false;
	}
	spin_unlock_irqrestore(&s->lock, flags);
	return first;
}

/**
 * annex_sleepers_before() - would a new request have to get in line?
 * @annex: the pool
 * @highest: the highest zone that can serve it
 * @order: its order
 * @rights: ANNEX_ALLOC_*: how deep it may dig
 *
 * Context: any but NMI.
 */
bool annex_sleepers_before(struct annex *annex, int highest,
			   unsigned int order, unsigned int rights)
{
	struct annex_sleepers *s = &annex->sleepers;
	struct annex_sleeper *early;
	unsigned long flags;
	bool before = false;

	if (!READ_ONCE(s->nr))
		return false;
	spin_lock_irqsave(&s->lock, flags);
	list_for_each_entry(early, &s->list, list)
		before |= goes_before(early, highest, order, rights);
	spin_unlock_irqrestore(&s->lock, flags);
	return before;
}

/**
 * annex_sleep() - wait until there may be something
 * @sleeper: who is in line
 * @state: how: TASK_KILLABLE or TASK_UNINTERRUPTIBLE
 * @timeout: in jiffies
 *
 * Context: process, may sleep.
 * Return: what is left of @timeout.
 */
long annex_sleep(struct annex_sleeper *sleeper, unsigned int state,
		 long timeout)
{
	set_current_state(state);
	if (!READ_ONCE(sleeper->woken) && !signal_pending_state(state, current))
		timeout = schedule_timeout(timeout);
	__set_current_state(TASK_RUNNING);
	return timeout;
}

static void wake(struct annex_sleeper *sleeper)
{
	WRITE_ONCE(sleeper->woken, true);
	wake_up_process(sleeper->task);
}

/**
 * annex_sleepers_wake_first() - frames have come: see annex_sleepers_wake()
 * @annex: the pool
 * @zone: where
 *
 * Context: any but NMI, without the zone's lock.
 */
void annex_sleepers_wake_first(struct annex *annex, int zone)
{
	struct annex_sleepers *s = &annex->sleepers;
	struct annex_sleeper *sleeper;
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	list_for_each_entry(sleeper, &s->list, list) {
		if (sleeper->highest < zone || sleeper->woken)
			continue;
		wake(sleeper);
		break;
	}
	spin_unlock_irqrestore(&s->lock, flags);
}

/**
 * annex_sleep_pass_on() - what has come is not for this one
 * @annex: the pool
 * @sleeper: who was woken
 *
 * Wakes the next one behind it who may try all the same.
 *
 * Context: any but NMI.
 */
void annex_sleep_pass_on(struct annex *annex, struct annex_sleeper *sleeper)
{
	struct annex_sleepers *s = &annex->sleepers;
	struct annex_sleeper *next = sleeper;
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	list_for_each_entry_continue(next, &s->list, list) {
		if (next->woken || goes_before(sleeper, next->highest,
					       next->order, next->rights))
			continue;
		wake(next);
		break;
	}
	spin_unlock_irqrestore(&s->lock, flags);
}
