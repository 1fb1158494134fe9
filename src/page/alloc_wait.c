// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queue of requests that wait for frames.
 *
 * A request that may sleep, and for which reclaim has found nothing, waits
 * until frames are freed. Waiters are served in the order of arrival: a later
 * request of the same kind does not try before an earlier one has its frames,
 * and each freed block wakes the first waiter that could use it and was not
 * woken yet. A request that cannot wait overtakes the waiters, and so does one
 * with access to more of the reserves; that is what the reserves are for.
 *
 * A waiter that is not first may still reclaim, if no waiter before it may
 * reclaim as much. The frames that it frees go to the waiters before it.
 * Without this rule, a first waiter without __GFP_FS would stop all waiters
 * that could write dirty folios, where all folios are dirty.
 *
 * A waiter whose reclaim takes longer than a round, and sleeps because it
 * writes, does not hold up the waiters behind it: they may take the frames that
 * it has freed.
 *
 *   free ----> | waiter | waiter | waiter | <---- alloc finds no frames
 *              first: tries            last
 *
 * So that frames freed on any CPU reach the waiters, the per-CPU lists of the
 * zones that could serve a waiter are closed while it waits: the first waiter
 * for a zone closes its lists and drains the CPUs that cache frames of it. This
 * misses a CPU that is pushing a block on an empty list at that moment; the
 * waiter's next round drains it. Other zones are not affected.
 *
 * Locking: the lock of the waiters, a leaf but for the scheduler's.
 */
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "page/alloc_wait.h"
#include "page/frames.h"
#include "page/pcp.h"
#include "page/upcalls.h"

/*
 * When a wait is logged: after the 10 s after which older kernels warned of a
 * stalled allocation. Only a request with __GFP_NOFAIL waits for as long
 * without progress.
 */
#define TELL_AFTER	(10 * HZ)

/* How long a reclaiming waiter holds up those behind it: one short round. */
#define BUSY_AFTER	(HZ / 50)

/**
 * annex_alloc_waiters_init() - initialise the empty queue
 * @frames: the frames of the pool
 */
void annex_alloc_waiters_init(struct annex_frames *frames)
{
	struct annex_alloc_waiters *s = &frames->waiters;

	s->nr = 0;
	s->tell_after = TELL_AFTER;
	spin_lock_init(&s->lock);
	INIT_LIST_HEAD(&s->list);
	memset(s->waiting, 0, sizeof(s->waiting));
}

/* Add a waiter for these zones. Returns those that had none before. */
static unsigned int close_lists_locked(struct annex_frames *frames,
				       unsigned int zones)
{
	struct annex_alloc_waiters *s = &frames->waiters;
	unsigned int i, closed = 0;

	lockdep_assert_held(&s->lock);
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		if (!(zones & BIT(i)))
			continue;
		WRITE_ONCE(s->waiting[i], s->waiting[i] + 1);
		if (s->waiting[i] > 1)
			continue;
		annex_pcp_open(&frames->zones[i], false);
		closed |= BIT(i);
	}
	return closed;
}

static void open_lists_locked(struct annex_frames *frames, unsigned int zones)
{
	struct annex_alloc_waiters *s = &frames->waiters;
	unsigned int i;

	lockdep_assert_held(&s->lock);
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		if (!(zones & BIT(i)))
			continue;
		WRITE_ONCE(s->waiting[i], s->waiting[i] - 1);
		if (!s->waiting[i])
			annex_pcp_open(&frames->zones[i], true);
	}
}

/**
 * annex_alloc_wait_begin() - add a waiter to the queue
 * @frames: the frames of the pool
 * @waiter: for this thread; order, alloc_flags, reclaim, highest and zones are
 *	set
 *
 * Context: process, may sleep.
 */
void annex_alloc_wait_begin(struct annex_frames *frames,
			    struct annex_alloc_waiter *waiter)
{
	struct annex_alloc_waiters *s = &frames->waiters;
	unsigned int closed;
	unsigned long flags;

	waiter->task = current;
	waiter->woken = false;
	waiter->busy_since = 0;
	spin_lock_irqsave(&s->lock, flags);
	WRITE_ONCE(s->nr, s->nr + 1);
	list_add_tail(&waiter->list, &s->list);
	closed = close_lists_locked(frames, waiter->zones);
	spin_unlock_irqrestore(&s->lock, flags);
	if (closed)
		annex_pcp_drain_zones(frames, closed);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_alloc_wait_begin);

static void wake(struct annex_alloc_waiter *waiter)
{
	WRITE_ONCE(waiter->woken, true);
	wake_up_process(waiter->task);
}

/* Wake the first waiter that could use frames of one of these zones. */
static void wake_first(struct annex_frames *frames, unsigned int zones)
{
	struct annex_alloc_waiters *s = &frames->waiters;
	struct annex_alloc_waiter *waiter;
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	list_for_each_entry(waiter, &s->list, list) {
		if (!(waiter->zones & zones) || READ_ONCE(waiter->woken))
			continue;
		wake(waiter);
		break;
	}
	spin_unlock_irqrestore(&s->lock, flags);
}

/**
 * annex_alloc_wait_end() - remove a waiter from the queue
 * @frames: the frames of the pool
 * @waiter: the waiter
 *
 * Wakes the next waiter, which may use frames that this one has left.
 *
 * Context: any but NMI.
 */
void annex_alloc_wait_end(struct annex_frames *frames,
			  struct annex_alloc_waiter *waiter)
{
	struct annex_alloc_waiters *s = &frames->waiters;
	unsigned long flags;
	bool last;

	spin_lock_irqsave(&s->lock, flags);
	list_del(&waiter->list);
	WRITE_ONCE(s->nr, s->nr - 1);
	last = !s->nr;
	open_lists_locked(frames, waiter->zones);
	spin_unlock_irqrestore(&s->lock, flags);
	if (!last)
		wake_first(frames, ANNEX_ALL_ZONES);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_alloc_wait_end);

/* Does @early come before a later request with these properties? */
static bool goes_before(const struct annex_alloc_waiter *early, int highest,
			unsigned int order, unsigned int alloc_flags)
{
	return early->highest == highest && early->order <= order &&
	       !(alloc_flags & ~early->alloc_flags);
}

/**
 * annex_alloc_wait_busy() - note the begin or the end of a waiter's reclaim
 * @waiter: the waiter, of this thread
 * @busy: true at the begin
 *
 * Context: process, may sleep.
 */
void annex_alloc_wait_busy(struct annex_alloc_waiter *waiter, bool busy)
{
	WRITE_ONCE(waiter->busy_since, busy ? jiffies | 1 : 0);
}

/* Does its reclaim sleep? One that waits for a CPU only keeps its place. */
static bool is_busy(const struct annex_alloc_waiter *waiter)
{
	unsigned long since = READ_ONCE(waiter->busy_since);

	return since && time_after(jiffies, since + BUSY_AFTER) &&
	       !task_is_running(waiter->task);
}

/**
 * annex_alloc_wait_turn() - what a waiter may do now
 * @frames: the frames of the pool
 * @waiter: the waiter
 *
 * It may take frames, unless an earlier waiter wants the same kind of frames,
 * no more of them, and has access to the same reserves. It may reclaim, unless
 * one of these earlier waiters may reclaim as much. An earlier waiter whose
 * reclaim has taken longer than a round and sleeps does not count.
 *
 * Context: any but NMI.
 */
enum annex_alloc_wait_turn
annex_alloc_wait_turn(struct annex_frames *frames,
		      struct annex_alloc_waiter *waiter)
{
	enum annex_alloc_wait_turn turn = ANNEX_TURN_TAKE;
	struct annex_alloc_waiters *s = &frames->waiters;
	struct annex_alloc_waiter *early;
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	list_for_each_entry(early, &s->list, list) {
		if (early == waiter)
			break;
		if (is_busy(early) ||
		    !goes_before(early, waiter->highest, waiter->order,
				 waiter->alloc_flags))
			continue;
		turn = ANNEX_TURN_RECLAIM;
		if (!(waiter->reclaim & ~early->reclaim)) {
			turn = ANNEX_TURN_WAIT;
			break;
		}
	}
	spin_unlock_irqrestore(&s->lock, flags);
	return turn;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_alloc_wait_turn);

/**
 * annex_alloc_waiters_before() - must a new request queue behind a waiter?
 * @frames: the frames of the pool
 * @highest: the highest zone that can serve it
 * @order: its order
 * @alloc_flags: ANNEX_ALLOC_*: its access to reserves
 *
 * Context: any but NMI.
 */
bool annex_alloc_waiters_before(struct annex_frames *frames, int highest,
				unsigned int order, unsigned int alloc_flags)
{
	struct annex_alloc_waiters *s = &frames->waiters;
	struct annex_alloc_waiter *early;
	unsigned long flags;
	bool before = false;

	if (!READ_ONCE(s->nr))
		return false;
	spin_lock_irqsave(&s->lock, flags);
	list_for_each_entry(early, &s->list, list)
		before |= goes_before(early, highest, order, alloc_flags);
	spin_unlock_irqrestore(&s->lock, flags);
	return before;
}

/**
 * annex_alloc_wait() - wait until frames may be free
 * @waiter: the waiter
 * @state: TASK_KILLABLE or TASK_UNINTERRUPTIBLE
 * @timeout: in jiffies
 *
 * Clears @waiter->woken.
 *
 * Context: process, may sleep.
 * Return: whether the waiter was woken since annex_alloc_wait_begin() or the
 * last return from here, also before it slept or at the end of @timeout. The
 * caller must then use the freed frames, or call annex_alloc_wait_pass_on().
 */
bool annex_alloc_wait(struct annex_alloc_waiter *waiter, unsigned int state,
		      long timeout)
{
	set_current_state(state);
	if (!READ_ONCE(waiter->woken) && !signal_pending_state(state, current))
		schedule_timeout(timeout);
	__set_current_state(TASK_RUNNING);
	return xchg(&waiter->woken, false);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_alloc_wait);

/**
 * annex_alloc_waiters_wake_first() - slow path of annex_alloc_waiters_wake()
 * @frames: the frames of the pool
 * @zone: the zone of the frames
 *
 * Context: any but NMI, without the zone's lock.
 */
void annex_alloc_waiters_wake_first(struct annex_frames *frames, int zone)
{
	wake_first(frames, BIT(zone));
}
EXPORT_SYMBOL_FOR_KUNIT(annex_alloc_waiters_wake_first);

/**
 * annex_alloc_wait_pass_on() - wake another waiter for the freed frames
 * @frames: the frames of the pool
 * @waiter: the waiter that was woken and cannot use them
 *
 * Wakes the next waiter behind it that may be served before it.
 *
 * Context: any but NMI.
 */
void annex_alloc_wait_pass_on(struct annex_frames *frames,
			      struct annex_alloc_waiter *waiter)
{
	struct annex_alloc_waiters *s = &frames->waiters;
	struct annex_alloc_waiter *next = waiter;
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	list_for_each_entry_continue(next, &s->list, list) {
		if (READ_ONCE(next->woken) ||
		    goes_before(waiter, next->highest, next->order,
				next->alloc_flags))
			continue;
		wake(next);
		break;
	}
	spin_unlock_irqrestore(&s->lock, flags);
}
