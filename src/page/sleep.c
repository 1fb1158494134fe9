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
 * A sleeper that is not first may still reclaim, if nobody before it may reclaim
 * as much. Otherwise a first sleeper without __GFP_FS, where all folios are
 * dirty, would stop everybody behind it who could have them written. What it
 * frees goes to those before it.
 *
 *   free ----> | sleeper | sleeper | sleeper | <---- alloc, nothing there
 *              first: tries               last
 *
 * So that a frame freed on any CPU is seen, the per-CPU lists of the zones that
 * could serve a sleeper are closed while it sleeps: the first to sleep for a zone
 * closes its lists and has those CPUs that hold something of it empty theirs. A
 * CPU that was putting a block on an empty list at that moment is missed, and
 * found by the sleeper's next round. Other zones go on as if nobody slept.
 *
 * Locking: the lock of the sleepers, a leaf but for the scheduler's.
 */
#include <linux/lockdep.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "annex.h"
#include "page/pcp.h"
#include "page/sleep.h"

/*
 * After how long the log names a request that waits: the 10 s after which the
 * kernel once warned of a stalled allocation. No request but those with
 * __GFP_NOFAIL waits for as long without progress.
 */
#define TELL_AFTER	(10 * HZ)

/**
 * annex_sleepers_init() - nobody waits
 * @annex: the pool
 */
void annex_sleepers_init(struct annex *annex)
{
	struct annex_sleepers *s = &annex->sleepers;

	s->nr = 0;
	s->tell_after = TELL_AFTER;
	spin_lock_init(&s->lock);
	INIT_LIST_HEAD(&s->list);
	memset(s->waiting, 0, sizeof(s->waiting));
}

/* One more waits for these zones. Returns those that nobody waited for. */
static unsigned int close_lists_locked(struct annex *annex, unsigned int zones)
{
	struct annex_sleepers *s = &annex->sleepers;
	unsigned int i, closed = 0;

	lockdep_assert_held(&s->lock);
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		if (!(zones & BIT(i)) || s->waiting[i]++)
			continue;
		annex_pcp_open(&annex->zones[i], false);
		closed |= BIT(i);
	}
	return closed;
}

static void open_lists_locked(struct annex *annex, unsigned int zones)
{
	struct annex_sleepers *s = &annex->sleepers;
	unsigned int i;

	lockdep_assert_held(&s->lock);
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		if (zones & BIT(i) && !--s->waiting[i])
			annex_pcp_open(&annex->zones[i], true);
}

/**
 * annex_sleep_begin() - get in line
 * @annex: the pool
 * @sleeper: for this thread; order, rights, reclaim, highest and zones are set
 *
 * Context: process, may sleep.
 */
void annex_sleep_begin(struct annex *annex, struct annex_sleeper *sleeper)
{
	struct annex_sleepers *s = &annex->sleepers;
	unsigned int closed;
	unsigned long flags;

	sleeper->task = current;
	sleeper->woken = false;
	spin_lock_irqsave(&s->lock, flags);
	WRITE_ONCE(s->nr, s->nr + 1);
	list_add_tail(&sleeper->list, &s->list);
	closed = close_lists_locked(annex, sleeper->zones);
	spin_unlock_irqrestore(&s->lock, flags);
	if (closed)
		annex_pcp_drain_zones(annex, closed);
}

static void wake(struct annex_sleeper *sleeper)
{
	WRITE_ONCE(sleeper->woken, true);
	wake_up_process(sleeper->task);
}

/* Wake the first who could use frames of one of these zones. */
static void wake_first(struct annex *annex, unsigned int zones)
{
	struct annex_sleepers *s = &annex->sleepers;
	struct annex_sleeper *sleeper;
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	list_for_each_entry(sleeper, &s->list, list) {
		if (!(sleeper->zones & zones) || READ_ONCE(sleeper->woken))
			continue;
		wake(sleeper);
		break;
	}
	spin_unlock_irqrestore(&s->lock, flags);
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
	bool last;

	spin_lock_irqsave(&s->lock, flags);
	list_del(&sleeper->list);
	WRITE_ONCE(s->nr, s->nr - 1);
	last = !s->nr;
	open_lists_locked(annex, sleeper->zones);
	spin_unlock_irqrestore(&s->lock, flags);
	if (!last)
		wake_first(annex, ANNEX_ALL_ZONES);
}

/* Would serving @late first be unfair to @early? */
static bool goes_before(const struct annex_sleeper *early, int highest,
			unsigned int order, unsigned int rights)
{
	return early->highest == highest && early->order <= order &&
	       !(rights & ~early->rights);
}

/**
 * annex_sleep_turn() - may a sleeper try?
 * @annex: the pool
 * @sleeper: who is in line
 *
 * It may take, unless somebody who came earlier wants the same kind of frames,
 * no more of them, and may dig as deep. It may reclaim, unless one of those may
 * reclaim as much.
 *
 * Context: any but NMI.
 */
enum annex_sleep_turn annex_sleep_turn(struct annex *annex,
				       struct annex_sleeper *sleeper)
{
	enum annex_sleep_turn turn = ANNEX_TURN_TAKE;
	struct annex_sleepers *s = &annex->sleepers;
	struct annex_sleeper *early;
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	list_for_each_entry(early, &s->list, list) {
		if (early == sleeper)
			break;
		if (!goes_before(early, sleeper->highest, sleeper->order,
				 sleeper->rights))
			continue;
		turn = ANNEX_TURN_RECLAIM;
		if (!(sleeper->reclaim & ~early->reclaim)) {
			turn = ANNEX_TURN_WAIT;
			break;
		}
	}
	spin_unlock_irqrestore(&s->lock, flags);
	return turn;
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
 * It counts as not woken from here on.
 *
 * Context: process, may sleep.
 * Return: whether it was woken since it began, or since this returned last: at
 * the end of @timeout as well, and before it went to sleep. Then it is for the
 * caller to use what has come or to pass it on.
 */
bool annex_sleep(struct annex_sleeper *sleeper, unsigned int state,
		 long timeout)
{
	set_current_state(state);
	if (!READ_ONCE(sleeper->woken) && !signal_pending_state(state, current))
		schedule_timeout(timeout);
	__set_current_state(TASK_RUNNING);
	return xchg(&sleeper->woken, false);
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
	wake_first(annex, BIT(zone));
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
		if (READ_ONCE(next->woken) ||
		    goes_before(sleeper, next->highest, next->order,
				next->rights))
			continue;
		wake(next);
		break;
	}
	spin_unlock_irqrestore(&s->lock, flags);
}
