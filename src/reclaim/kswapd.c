// SPDX-License-Identifier: GPL-2.0-only
/*
 * kswapd: free frames in the background, before requests have to wait for them.
 *
 * Each pool has one thread. A request that finds its zones at low wakes it. It
 * frees frames in each zone that the request may use until the zone is above
 * high:
 *
 *            free                 woken    asleep
 *     high  ------------------------------^------
 *     low   -------------.               /
 *                         `-----v-------'
 *     min   ------------------------------------- below, requests enter
 *                                                 direct reclaim
 *
 * A zone is balanced if it is above high and has a free block of the requested
 * order. Scattered frames do not merge into a block, however many are freed. So
 * once twice the size of the block is freed, or everything is scanned, only
 * high counts.
 *
 * After sixteen runs that freed nothing in a zone, kswapd skips the zone until
 * reclaim or a shrinker frees a frame in it, a folio enters its lists, a
 * shrinker is registered, or a request finds it above high. After a run that
 * freed nothing in any zone, kswapd sleeps for 100 ms, whatever requests
 * arrive.
 *
 * Locking: none of its own. The pending requests are merged in one atomic word,
 * which requests raise and kswapd takes.
 *
 * Failing: only annex_kswapd_run(), if no thread can be created. The pool works
 * without kswapd, and requests use direct reclaim.
 */
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

#include "base/fail.h"
#include "base/for_kunit.h"
#include "base/trace.h"
#include "page/frames.h"
#include "page/page_alloc.h"
#include "reclaim/lru.h"
#include "reclaim/reclaim.h"

/*
 * How long zones must stay above high before kswapd sleeps without a timeout,
 * and how long it pauses after a run that freed nothing: the kernel's 100 ms.
 */
#define NAP	(HZ / 10)

/* The requests that kswapd is working on. */
struct errand {
	struct annex_frames *frames;
	unsigned int order;
	int highest;		/* zone, -1: no request yet */
	bool fruitless;		/* the last run freed nothing */
};

/* Is a zone large enough for a block of this order above high? */
static bool could_balance(const struct annex_zone *zone, unsigned int order)
{
	return annex_watermark_headroom(zone->managed_pages, order,
					annex_zone_watermark(zone,
							     ANNEX_WMARK_HIGH),
					0, 0);
}

static bool is_short(struct annex_zone *zone, unsigned int order)
{
	if (!could_balance(zone, order))
		return false;
	if (!annex_zone_balanced(zone, order))
		return READ_ONCE(zone->lruvec.kswapd_failures) <
		       ANNEX_KSWAPD_RETRIES;
	annex_zone_forgive(zone);
	return false;
}

static bool any_short(struct annex_frames *frames, unsigned int order,
		      int highest)
{
	int i;

	for (i = 0; i <= highest; i++)
		if (is_short(&frames->zones[i], order))
			return true;
	return false;
}

/*
 * Scan each zone that is short. Returns whether at least as many frames were
 * scanned as are wanted: then the scan need not be widened.
 */
static bool shrink_short_zones(struct annex_scan_control *sc)
{
	unsigned long wanted = 0;
	int i;

	for (i = sc->highest; i >= 0; i--) {
		struct annex_zone *zone = &sc->frames->zones[i];

		if (!is_short(zone, sc->order))
			continue;
		sc->nr_to_reclaim =
			annex_kswapd_shortage(annex_zone_usable_pages(zone),
					      annex_zone_watermark(zone,
								   ANNEX_WMARK_HIGH),
					      sc->order);
		wanted += sc->nr_to_reclaim;
		annex_shrink_zone(sc, zone);
	}
	return sc->nr_scanned >= wanted;
}

/* After a run, count a failure for each short zone where nothing was freed. */
static void note_failures(const struct annex_scan_control *sc)
{
	int i;

	for (i = 0; i <= sc->highest; i++) {
		struct annex_zone *zone = &sc->frames->zones[i];
		unsigned int failures = READ_ONCE(zone->lruvec.kswapd_failures);

		/* Unless a direct reclaimer had progress meanwhile. */
		if (!sc->freed[i] && is_short(zone, 0))
			cmpxchg(&zone->lruvec.kswapd_failures, failures,
				failures + 1);
	}
}

static bool one_round(struct annex_scan_control *sc)
{
	unsigned long before = sc->nr_reclaimed;
	bool enough;

	sc->nr_scanned = 0;
	enough = shrink_short_zones(sc);
	annex_shrink_slabs(sc);
	if (sc->order && sc->nr_reclaimed >= 2UL << sc->order)
		sc->order = 0;
	return enough && sc->nr_reclaimed > before;
}

/*
 * Free frames until no zone is short or everything was scanned; in the second
 * case the order of the request is dropped.
 */
static void balance(struct errand *errand)
{
	struct annex_scan_control sc = {
		.frames = errand->frames,
		.gfp = GFP_KERNEL,
		.order = errand->order,
		.highest = errand->highest,
		.kswapd = true,
		.priority = ANNEX_DEF_PRIORITY,
	};

	errand->fruitless = false;
	annex_count_events(&sc.frames->counters, ANNEX_PAGEOUTRUN, 1);
	while (any_short(sc.frames, sc.order, sc.highest)) {
		bool go_on = one_round(&sc);

		if (try_to_freeze() || kthread_should_stop())
			return;
		if (!go_on && !sc.priority) {
			errand->fruitless = !sc.nr_reclaimed;
			errand->order = 0;
			note_failures(&sc);
			return;
		}
		sc.priority -= !go_on;
	}
	errand->order = sc.order;
}

/* Take the pending requests. */
static void take_wish(struct errand *errand)
{
	int wish = atomic_xchg(&errand->frames->reclaim->kswapd_wish, 0);

	wish = annex_kswapd_wish(wish, errand->order, errand->highest);
	errand->order = wish >> 8;
	errand->highest = (wish & 0xff) - 1;
}

static bool may_sleep(struct errand *errand)
{
	take_wish(errand);
	return !any_short(errand->frames, errand->order, errand->highest);
}

/*
 * Sleep for up to @left jiffies, unless a zone is short. Returns whether kswapd
 * slept; @left is set to the remaining time, 0 if nothing woke it.
 */
static bool doze(struct errand *errand, long *left)
{
	wait_queue_head_t *wq = &errand->frames->reclaim->kswapd_wait;
	DEFINE_WAIT(wait);
	bool sleep;

	prepare_to_wait(wq, &wait, TASK_INTERRUPTIBLE | TASK_FREEZABLE);
	sleep = !kthread_should_stop() && may_sleep(errand);
	if (sleep)
		*left = schedule_timeout(*left);
	finish_wait(wq, &wait);
	return sleep;
}

/* Pause after a run that freed nothing. Requests do not end the pause. */
static void keep_off(void)
{
	set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
	if (!kthread_should_stop())
		schedule_timeout(NAP);
	__set_current_state(TASK_RUNNING);
}

/* Sleep briefly; if zones stay above high meanwhile, sleep until a request. */
static void sleep_until_needed(struct errand *errand)
{
	struct annex_counters *c = &errand->frames->counters;
	long left = NAP;

	if (errand->fruitless)
		keep_off();
	if (!doze(errand, &left)) {
		annex_count_events(c, ANNEX_KSWAPD_HIGH_WMARK_HIT_QUICKLY, 1);
		return;
	}
	if (left) {
		annex_count_events(c, ANNEX_KSWAPD_LOW_WMARK_HIT_QUICKLY, 1);
		return;
	}
	trace_mm_vmscan_kswapd_sleep(0);
	errand->order = 0;
	errand->highest = -1;
	left = MAX_SCHEDULE_TIMEOUT;
	doze(errand, &left);
}

static int kswapd(void *frames)
{
	struct errand errand = { .frames = frames, .highest = -1 };
	unsigned int saved = memalloc_noreclaim_save();

	set_freezable();
	while (!kthread_should_stop()) {
		sleep_until_needed(&errand);
		take_wish(&errand);
		if (try_to_freeze() || kthread_should_stop() ||
		    errand.highest < 0)
			continue;
		trace_mm_vmscan_kswapd_wake(0, errand.highest, errand.order);
		balance(&errand);
	}
	memalloc_noreclaim_restore(saved);
	return 0;
}

/**
 * annex_kswapd_run() - start a pool's kswapd
 * @frames: the frames of the pool
 *
 * Context: process, may sleep.
 * Return: 0 or an errno.
 */
int annex_kswapd_run(struct annex_frames *frames)
{
	struct task_struct *task;

	task = annex_should_fail(ANNEX_FAIL_THREAD) ?
		       ERR_PTR(-ENOMEM) :
		       kthread_run(kswapd, frames, "annex/kswapd");
	if (IS_ERR(task))
		return PTR_ERR(task);
	WRITE_ONCE(frames->reclaim->kswapd, task);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_kswapd_run);

/**
 * annex_kswapd_stop() - stop a pool's kswapd
 * @frames: the frames of the pool; nothing is allocated from it any more
 *
 * Context: process, may sleep, until a running call to an owner returns.
 */
void annex_kswapd_stop(struct annex_frames *frames)
{
	struct task_struct *task = frames->reclaim->kswapd;

	if (!task)
		return;
	WRITE_ONCE(frames->reclaim->kswapd, NULL);
	kthread_stop(task);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_kswapd_stop);

/* Add a request to the pending ones, without a wake-up. */
static void wish_for(struct annex_reclaim *r, unsigned int order, int highest)
{
	int old = atomic_read(&r->kswapd_wish);
	int new;

	do {
		new = annex_kswapd_wish(old, order, highest);
		if (new == old)
			return;
	} while (!atomic_try_cmpxchg(&r->kswapd_wish, &old, new));
}

/**
 * annex_wakeup_kswapd() - wake kswapd for a request that found zones at low
 * @frames: the frames of the pool
 * @gfp: the request's flags; without __GFP_KSWAPD_RECLAIM nothing happens
 * @order: its order
 * @highest: the highest zone that may serve it
 *
 * Context: any but NMI, without a zone's lock.
 */
void annex_wakeup_kswapd(struct annex_frames *frames, gfp_t gfp,
			 unsigned int order, int highest)
{
	struct annex_reclaim *r = frames->reclaim;

	if (!(gfp & __GFP_KSWAPD_RECLAIM) || !READ_ONCE(r->kswapd))
		return;
	wish_for(r, order, highest);
	if (!wq_has_sleeper(&r->kswapd_wait) ||
	    !any_short(frames, order, highest))
		return;
	trace_mm_vmscan_wakeup_kswapd(0, highest, order, gfp);
	wake_up_interruptible(&r->kswapd_wait);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_wakeup_kswapd);
