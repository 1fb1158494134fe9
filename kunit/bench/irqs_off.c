// SPDX-License-Identifier: GPL-2.0-only
/*
 * The longest time that a call keeps interrupts off.
 *
 * A timer is set to expire at some instruction of the call. If interrupts are
 * off there, it is late by the rest of the time for which they are. The call is
 * repeated with the timer STEP instructions later each time:
 *
 *      call |----|======= off =======|-----|==|-----|
 *   timer    ^    ^    ^    ^    ^    ^    ^    ^         one each call
 *   is late            ->   by 3, 2, 1 steps
 *
 * In a span longer than STEP, a timer expires within the first STEP
 * instructions, so the figure is at most STEP too small. The usual latency of
 * the timer is measured in a loop and subtracted. Another interrupt may delay
 * it as well: each point is measured twice, and the smaller value counts.
 *
 * The calls are those with the most work at once: they allocate and free many
 * frames in a zone that movable ones fill with holes, find their CPU's lists
 * empty or full, and make a pageblock change its type. Each call needs a zone
 * in a state that the call changes, so each call starts from the state that the
 * one before has left.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timex.h>

#include "fill.h"
#include "host/compat_timer.h"

#define STEP	1000

/* Cycles from setting the timer to the call: twice the cost of setting it. */
#define LEAD	20000

/* The step is longer in a call of more instructions than this. */
#define POINTS	150

/* Frames of a call. */
#define MANY	256

/* Frames that calls allocate and keep; at this number, all are freed. */
#define KEPT	BIT(14)

/**
 * struct bed - the state that calls work on
 * @cache: fills a zone of the side that is measured
 * @next: the next frame of it to free
 * @kept: frames that calls have allocated
 * @nr: how many
 * @part: frames to free
 * @large: all blocks of order 10, so that no other request gets one
 * @nr_large: how many
 */
struct bed {
	struct bench_cache cache;
	unsigned int next;
	void **kept;
	unsigned int nr;
	void *part[MANY];
	void *large[MANY];
	unsigned int nr_large;
};

/**
 * struct call - a call that turns interrupts off
 * @name: its name
 * @percent: how full the zone is
 * @prepare: prepares the state for a call; not measured
 * @make: the call
 */
struct call {
	const char *name;
	unsigned int percent;
	void (*prepare)(struct bed *bed);
	void (*make)(struct bed *bed);
};

/**
 * struct probe - a timer and its latency
 * @timer: the timer
 * @due: when it should expire, by the time stamp counter
 * @late: how much later it expired
 */
struct probe {
	struct hrtimer timer;
	u64 due;
	u64 late;
};

static enum hrtimer_restart go_off(struct hrtimer *timer)
{
	struct probe *probe = container_of(timer, struct probe, timer);

	probe->late = get_cycles() - probe->due;
	return HRTIMER_NORESTART;
}

/* The latency of a timer that is due at the @at-th instruction of a call. */
static u64 late_at(struct probe *probe, const struct call *call,
		   struct bed *bed, u64 at)
{
	u64 start;

	if (call->prepare)
		call->prepare(bed);
	cond_resched();
	start = get_cycles();
	probe->due = start + LEAD + at;
	hrtimer_start(&probe->timer, ktime_add_ns(ktime_get(), LEAD + at),
		      HRTIMER_MODE_ABS_PINNED_HARD);
	while (get_cycles() < start + LEAD)
		cpu_relax();
	call->make(bed);
	while (hrtimer_active(&probe->timer))
		cpu_relax();
	return probe->late;
}

static u64 length_of(const struct call *call, struct bed *bed)
{
	u64 start;

	if (call->prepare)
		call->prepare(bed);
	start = get_cycles();
	call->make(bed);
	return get_cycles() - start;
}

/* The longest span of a call with interrupts off. */
static u64 span(const struct call *call, struct bed *bed, u64 usual)
{
	u64 length = length_of(call, bed), longest = 0, at;
	u64 step = max_t(u64, STEP, div_u64(length, POINTS));
	struct probe probe;

	hrtimer_setup_on_stack(&probe.timer, go_off, CLOCK_MONOTONIC,
			       HRTIMER_MODE_ABS_PINNED_HARD);
	for (at = 0; at < length; at += step) {
		u64 late = late_at(&probe, call, bed, at);

		late = min(late, late_at(&probe, call, bed, at));
		longest = max(longest, late);
	}
	destroy_hrtimer_on_stack(&probe.timer);
	return longest > usual ? longest - usual : 0;
}

static void spin(struct bed *bed)
{
	u64 start = get_cycles();

	while (get_cycles() - start < 20 * STEP)
		cpu_relax();
}

static const struct call spinning = { .make = spin };

/* The last frame that was kept, or NULL. */
static void *pop_kept(struct bed *bed)
{
	void *page = NULL;

	while (bed->nr && !page) {
		bed->nr--;
		swap(page, bed->kept[bed->nr]);
	}
	return page;
}

static void give_kept(struct bed *bed)
{
	void *page;

	while ((page = pop_kept(bed))) {
		if (bed->cache.side == BENCH_ANNEX)
			bench_give(BENCH_ANNEX, page, 0);
		else
			bench_give(BENCH_HOST, page, 0);
	}
}

/* Make room to keep the frames that a call allocates. */
static void have_room(struct bed *bed)
{
	if (bed->nr + MANY > KEPT)
		give_kept(bed);
}

/* Allocate unmovable frames with one call, and keep them. */
static void get_many(struct bed *bed)
{
	if (annex_alloc_pages_bulk(GFP_HIGHUSER, MANY,
				   (struct annex_page **)bed->kept +
				   bed->nr) != MANY)
		bench_denied[BENCH_ANNEX]++;
	bed->nr += MANY;
}

static void get_singly(struct bed *bed)
{
	unsigned int i;

	for (i = 0; i < MANY; i++)
		bed->kept[bed->nr++] = bench_take(BENCH_ANNEX, GFP_HIGHUSER, 0);
}

/* Free frames of the cache from all over the zone, and some unmovable ones. */
static void find_part(struct bed *bed)
{
	unsigned int i;

	for (i = 0; i < MANY; i++) {
		struct bench_cache *c = &bed->cache;

		bed->part[i] = i % 4 ? NULL : pop_kept(bed);
		if (bed->part[i])
			continue;
		while (bed->next < c->nr && !c->page[bed->next])
			bed->next++;
		if (bed->next < c->nr) {
			swap(bed->part[i], c->page[bed->next]);
			c->holes++;
		}
	}
}

static void give_many(struct bed *bed)
{
	bench_refused |= annex_free_pages_bulk((struct annex_page **)bed->part,
					       MANY);
}

static void give_singly(struct bed *bed)
{
	unsigned int i;

	for (i = 0; i < MANY; i++)
		if (bed->part[i])
			bench_give(BENCH_ANNEX, bed->part[i], 0);
}

/* Fill all of this CPU's lists. */
static void fill_lists(struct bed *bed)
{
	static const gfp_t gfp[] = { GFP_HIGHUSER, GFP_HIGHUSER_MOVABLE,
				     GFP_HIGHUSER | __GFP_RECLAIMABLE,
				     GFP_KERNEL };
	unsigned int type, order, i;

	for (type = 0; type < ARRAY_SIZE(gfp); type++) {
		for (order = 0; order < 5; order++) {
			for (i = 0; i < MANY >> order; i++)
				bed->part[i] = annex_alloc_pages(gfp[type] |
								 __GFP_NOWARN,
								 order);
			for (i = 0; i < MANY >> order; i++)
				if (bed->part[i])
					bench_give(BENCH_ANNEX, bed->part[i],
						   order);
		}
	}
}

static void *take_large(void)
{
	return annex_alloc_pages(__GFP_HIGHMEM | __GFP_NOWARN, 10);
}

static void take_all_large(struct bed *bed)
{
	void *page;

	while (bed->nr_large < MANY && (page = take_large()))
		bed->large[bed->nr_large++] = page;
}

static void give_all_large(struct bed *bed)
{
	while (bed->nr_large)
		bench_give(BENCH_ANNEX, bed->large[--bed->nr_large], 10);
}

/* The request finds no block and may not wait: it tries all lists and fails. */
static void fail(struct bed *bed)
{
	void *page = take_large();

	if (page)
		bench_give(BENCH_ANNEX, page, 10);
}

static void drain(struct bed *bed)
{
	annex_drain_all_pages();
}

static const struct call calls[] = {
	{ "get 256 at once", 80, have_room, get_many },
	{ "get 256 singly", 80, have_room, get_singly },
	{ "fail", 80, fill_lists, fail },
	{ "drain", 80, fill_lists, drain },
	{ "give 256 at once", 80, find_part, give_many },
	{ "give 256 singly", 65, find_part, give_singly },
	{ "get 256 at half", 50, have_room, get_many },
};

/* Free every other frame: then a pageblock has the most blocks to move. */
static void punch_evenly(struct bench_cache *c)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		if (c->page[i] &&
		    annex_page_to_pfn(c->page[i]) & 1)
			bench_cache_drop(c, i);
}

static u64 measure(const struct call *call, struct bed *bed, u64 usual)
{
	u64 longest;

	longest = span(call, bed, usual);
	pr_info("annex_bench: note: irqs_off: %s: %llu\n", call->name, longest);
	return longest;
}

static u64 in_random_holes(struct bed *bed, u64 usual)
{
	u64 longest = 0;
	unsigned int i;

	take_all_large(bed);
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		bench_cache_punch(&bed->cache, calls[i].percent);
		longest = max(longest, measure(&calls[i], bed, usual));
	}
	give_kept(bed);
	give_all_large(bed);
	return longest;
}

static u64 in_even_holes(struct bed *bed, u64 usual)
{
	static const struct call call = { "get 256 of even holes", 0,
					  have_room, get_many };

	punch_evenly(&bed->cache);
	return measure(&call, bed, usual);
}

static int run_annex(struct bed *bed, u64 usual, u64 *longest)
{
	int err = bench_cache_get(&bed->cache, BENCH_ANNEX, true);

	if (err)
		return err;
	*longest = in_random_holes(bed, usual);
	bench_cache_put(&bed->cache);
	err = bench_cache_get(&bed->cache, BENCH_ANNEX, true);
	if (err)
		return err;
	*longest = max(*longest, in_even_holes(bed, usual));
	give_kept(bed);
	bench_cache_put(&bed->cache);
	return 0;
}

static void host_get_singly(struct bed *bed)
{
	unsigned int i;

	for (i = 0; i < MANY; i++)
		bed->kept[bed->nr++] = bench_take(BENCH_HOST, GFP_HIGHUSER, 0);
}

static int run_host(struct bed *bed, u64 usual, u64 *longest)
{
	static const struct call call = {
		.prepare = have_room, .make = host_get_singly,
	};
	int err = bench_cache_get(&bed->cache, BENCH_HOST, true);

	if (err)
		return err;
	bench_cache_punch(&bed->cache, 80);
	*longest = span(&call, bed, usual);
	give_kept(bed);
	bench_cache_put(&bed->cache);
	return 0;
}

/**
 * bench_irqs_off() - measure the longest time with interrupts off
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int bench_irqs_off(void)
{
	struct bed *bed = kzalloc(sizeof(*bed), GFP_KERNEL);
	u64 usual, annex, host;
	int err = -ENOMEM;

	if (!bed)
		return err;
	bed->kept = kvcalloc(KEPT, sizeof(*bed->kept), GFP_KERNEL);
	if (bed->kept) {
		usual = span(&spinning, bed, 0);
		err = run_annex(bed, usual, &annex) ?:
		      run_host(bed, usual, &host);
	}
	if (!err)
		bench_result("irqs_off_longest", annex, host);
	kvfree(bed->kept);
	kfree(bed);
	return err;
}
