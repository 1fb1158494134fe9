// SPDX-License-Identifier: GPL-2.0-only
/*
 * kswapd: frames before anybody has to wait for them.
 *
 * One thread a pool. A request that finds its zones at low wakes it, and it
 * frees frames in each zone that the request may use until that is above high:
 *
 *            free                 woken    asleep
 *     high  ------------------------------^------
 *     low   -------------.               /
 *                         `-----v-------'
 *     min   ------------------------------------- below, requests reclaim
 *                                                 for themselves
 *
 * A zone is balanced if it is above high and has a block of the order that was
 * asked for. Frames that lie apart make no block, however many are freed: once
 * twice the block was freed, or everything was looked at, high alone counts.
 *
 * A zone of which sixteen runs freed nothing is left alone until somebody's
 * reclaim or a shrinker frees something in it, a folio comes to its lists, a
 * shrinker is registered, or a request finds it above high. After a run that
 * freed nothing anywhere kswapd naps a tenth of a second, whatever it is asked
 * for.
 *
 * Locking: none of its own. What it is asked for is one word that others raise
 * and it takes.
 *
 * Failing: annex_kswapd_run() alone, without a thread. The pool works without,
 * and requests wait for themselves.
 */
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

#include "annex.h"
#include "host/fail.h"
#include "page/lru.h"
#include "page/page_alloc.h"
#include "page/reclaim.h"
#include "trace.h"

/*
 * How long zones must stay above high before kswapd sleeps soundly, and how
 * long it keeps off what will not be freed: the kernel's 100 ms.
 */
#define NAP	(HZ / 10)

/* What kswapd is at. */
struct errand {
	struct annex *annex;
	unsigned int order;
	int highest;		/* zone, -1: nothing was asked for yet */
	bool fruitless;		/* the last run freed nothing */
};

/**
 * annex_zone_balanced() - is a zone above high?
 * @zone: the zone
 * @order: of what blocks it should have one
 *
 * Without lowmem_reserve: high is to hold in each zone, not for each request.
 * And without what is kept for atomic requests: the others, which wake kswapd,
 * do not get it.
 *
 * Context: any. A snapshot.
 */
bool annex_zone_balanced(const struct annex_zone *zone, unsigned int order)
{
	return annex_watermark_headroom(annex_zone_usable_pages(zone), order,
					annex_zone_watermark(zone,
							     ANNEX_WMARK_HIGH),
					0, 0) &&
	       (!order || annex_zone_has_block(zone, order));
}

/**
 * annex_zone_forgive_if_high() - see annex_zone_notice()
 * @zone: the zone
 *
 * Context: any.
 */
void annex_zone_forgive_if_high(struct annex_zone *zone)
{
	if (annex_zone_balanced(zone, 0))
		annex_zone_forgive(zone);
}

/* Has a zone frames, and enough for a block of this order above high? */
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

static bool any_short(struct annex *annex, unsigned int order, int highest)
{
	int i;

	for (i = 0; i <= highest; i++)
		if (is_short(&annex->zones[i], order))
			return true;
	return false;
}

/*
 * Look at each zone that is short. Returns whether as much was looked at as
 * would have done, had it all been freed: then the priority is high enough.
 */
static bool shrink_short_zones(struct annex_scan_control *sc)
{
	unsigned long wanted = 0;
	int i;

	for (i = sc->highest; i >= 0; i--) {
		struct annex_zone *zone = &sc->annex->zones[i];

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

/* A run is over, and some zones are still short: those that gave nothing? */
static void note_failures(const struct annex_scan_control *sc)
{
	int i;

	for (i = 0; i <= sc->highest; i++) {
		struct annex_zone *zone = &sc->annex->zones[i];
		unsigned int failures = READ_ONCE(zone->lruvec.kswapd_failures);

		if (!sc->freed[i] && is_short(zone, 0))
			WRITE_ONCE(zone->lruvec.kswapd_failures, failures + 1);
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
 * Free frames until no zone is short or all was looked at; then what is asked
 * of the zones is no longer blocks.
 */
static void balance(struct errand *errand)
{
	struct annex_scan_control sc = {
		.annex = errand->annex,
		.gfp = GFP_KERNEL,
		.order = errand->order,
		.highest = errand->highest,
		.kswapd = true,
		.priority = ANNEX_DEF_PRIORITY,
	};

	errand->fruitless = false;
	annex_count_events(&sc.annex->counters, ANNEX_PAGEOUTRUN, 1);
	while (any_short(sc.annex, sc.order, sc.highest)) {
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

/* Add what was asked for meanwhile. */
static void take_wish(struct errand *errand)
{
	int wish = atomic_xchg(&errand->annex->reclaim.kswapd_wish, 0);

	wish = annex_kswapd_wish(wish, errand->order, errand->highest);
	errand->order = wish >> 8;
	errand->highest = (wish & 0xff) - 1;
}

static bool may_sleep(struct errand *errand)
{
	take_wish(errand);
	return !any_short(errand->annex, errand->order, errand->highest);
}

/*
 * Sleep for up to @left jiffies, unless a zone is short. Returns whether that
 * was so; @left is what was left when somebody woke us.
 */
static bool doze(struct errand *errand, long *left)
{
	wait_queue_head_t *wq = &errand->annex->reclaim.kswapd_wait;
	DEFINE_WAIT(wait);
	bool sleep;

	prepare_to_wait(wq, &wait, TASK_INTERRUPTIBLE | TASK_FREEZABLE);
	sleep = !kthread_should_stop() && may_sleep(errand);
	if (sleep)
		*left = schedule_timeout(*left);
	finish_wait(wq, &wait);
	return sleep;
}

/* Whoever calls, there is nothing to be had just now. */
static void keep_off(void)
{
	set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
	if (!kthread_should_stop())
		schedule_timeout(NAP);
	__set_current_state(TASK_RUNNING);
}

/* A nap, and if zones stayed above high in it, sleep until somebody calls. */
static void sleep_until_needed(struct errand *errand)
{
	struct annex_counters *c = &errand->annex->counters;
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

static int kswapd(void *annex)
{
	struct errand errand = { .annex = annex, .highest = -1 };
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
 * @annex: the pool
 *
 * Context: process, may sleep.
 * Return: 0 or an errno.
 */
int annex_kswapd_run(struct annex *annex)
{
	struct task_struct *task;

	task = annex_should_fail(ANNEX_FAIL_THREAD) ?
		       ERR_PTR(-ENOMEM) :
		       kthread_run(kswapd, annex, "annex/kswapd");
	if (IS_ERR(task))
		return PTR_ERR(task);
	WRITE_ONCE(annex->reclaim.kswapd, task);
	return 0;
}

/**
 * annex_kswapd_stop() - stop it, whatever it is doing
 * @annex: the pool, of which nobody allocates any more
 *
 * Context: process, may sleep, until what an owner does for kswapd is done.
 */
void annex_kswapd_stop(struct annex *annex)
{
	struct task_struct *task = annex->reclaim.kswapd;

	if (!task)
		return;
	WRITE_ONCE(annex->reclaim.kswapd, NULL);
	kthread_stop(task);
}

/* Tell kswapd what is wanted, should it look. */
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
 * annex_wakeup_kswapd() - a request found zones at low
 * @annex: the pool
 * @gfp: the request's flags; without __GFP_KSWAPD_RECLAIM nothing happens
 * @order: its order
 * @highest: the highest zone that may serve it
 *
 * Context: any but NMI, without a zone's lock.
 */
void annex_wakeup_kswapd(struct annex *annex, gfp_t gfp, unsigned int order,
			 int highest)
{
	struct annex_reclaim *r = &annex->reclaim;

	if (!(gfp & __GFP_KSWAPD_RECLAIM) || !READ_ONCE(r->kswapd))
		return;
	wish_for(r, order, highest);
	if (!wq_has_sleeper(&r->kswapd_wait) ||
	    !any_short(annex, order, highest))
		return;
	trace_mm_vmscan_wakeup_kswapd(0, highest, order, gfp);
	wake_up_interruptible(&r->kswapd_wait);
}
