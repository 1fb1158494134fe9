// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pressure: a thread that takes frames until there are none, or nearly, holds
 * them for a while and gives some or all of them back, again and again.
 *
 *   frames   all  |    ,--.                ,---.
 *   it has        |   /    \     ,---.    /     \
 *                 |  /      \___/     \  /       \    ...
 *             0   |_/                  \/         \__
 *                   seldom and often all, lowmem or highmem first
 *
 * While it holds all, every request for a frame has to wait for reclaim, which
 * has a page cache (op_lru.c), the heap, lazy areas and a shrinker
 * (op_misc.c) to take from. What each round is to be depends on the seed and
 * the number of the round.
 *
 * Its blocks are stamped, and checked when they go.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <annex/page_alloc.h>

#include "api/tests.h"
#include "torture.h"

/* The stream of its rounds. */
#define STREAM	0xf0

/* As many blocks as a pool of 1 GB would have if half of it were single frames. */
#define BLOCKS	(128 << 10)

struct held {
	struct annex_page *page;
	u32 key;
	u8 order;
};

static struct held *held;
static u32 nr_held;
static u32 frames;
static unsigned long peaks;
static struct torture_thread thread;
static struct torture_op pressure_op = { .name = "pressure" };

static void give(struct torture_turn *t, u32 i)
{
	struct held h = held[i];

	held[i] = held[--nr_held];
	frames -= 1U << h.order;
	torture_check(t, h.page, h.order, h.key);
	torture_refused(t, "free_pages", annex_free_pages(h.page, h.order));
	torture_gets_on(&thread);
	cond_resched();
}

static void give_until(struct torture_turn *t, u32 left)
{
	while (nr_held && frames > left)
		give(t, torture_below(t, nr_held));
}

/* Larger blocks as long as there are any, then what is left. */
static bool take(struct torture_turn *t, gfp_t gfp, unsigned int *order)
{
	struct held h = {};

	if (nr_held == BLOCKS)
		return false;
	while (!h.page) {
		h.page = annex_alloc_pages(gfp, *order);
		if (h.page)
			break;
		if (!*order)
			return false;
		--*order;
	}
	h.order = *order;
	h.key = torture_key(t);
	torture_stamp(t, h.page, h.order, h.key);
	held[nr_held++] = h;
	frames += 1U << h.order;
	torture_gets_on(&thread);
	cond_resched();
	return true;
}

/* True if there was nothing more to be had. */
static bool take_until(struct torture_turn *t, u32 goal, bool low)
{
	gfp_t gfp = (low ? GFP_KERNEL : GFP_HIGHUSER_MOVABLE) | __GFP_NOWARN |
		    __GFP_NORETRY;
	unsigned int order = torture_below(t, ANNEX_MAX_ORDER);

	while (frames < goal && !torture_is_to_end(&thread))
		if (!take(t, gfp, &order))
			return true;
	return false;
}

/* To two fifths, three fifths or all, and back to something. */
static void one_round(u32 nr)
{
	struct torture_turn t = { .op = &pressure_op,
				  .context = TORTURE_THREAD };
	u32 all = annex_nr_frames(), goal, left, ms;
	bool low;

	torture_turn_init(&t, STREAM, nr);
	goal = torture_one_in(&t, 2) ? all : all / 5 * (2 + torture_below(&t, 2));
	low = torture_one_in(&t, 3);
	ms = 50 + torture_below(&t, goal == all ? 400 : 1000);
	left = torture_one_in(&t, 3) ? 0 : torture_below(&t, goal / 2);
	if (take_until(&t, goal, low))
		peaks++;
	schedule_timeout_interruptible(msecs_to_jiffies(ms));
	give_until(&t, left);
	schedule_timeout_interruptible(msecs_to_jiffies(200));
}

static void press(struct torture_thread *self)
{
	u32 nr = 0;

	while (!torture_is_to_end(self)) {
		one_round(nr++);
		torture_gets_on(self);
	}
}

/**
 * torture_pressure_start() - begin with the first round
 *
 * Context: process.
 * Return: 0; -ENOMEM or another errno.
 */
int torture_pressure_start(void)
{
	int err;

	peaks = 0;
	held = kvcalloc(BLOCKS, sizeof(*held), GFP_KERNEL);
	if (!held)
		return -ENOMEM;
	err = torture_thread_start(&thread, press, "torture/press", NULL);
	if (!err)
		return 0;
	kvfree(held);
	held = NULL;
	return err;
}

/**
 * torture_pressure_watch() - see that it gets on
 *
 * Context: process; called about once a second.
 */
void torture_pressure_watch(void)
{
	torture_thread_watch(&thread);
}

/**
 * torture_pressure_end() - give everything back
 *
 * Context: process.
 * Return: false if the thread does not get on; nothing is given back then.
 */
bool torture_pressure_end(void)
{
	struct torture_turn t = { .op = &pressure_op,
				  .context = TORTURE_THREAD };

	if (!thread.task)
		return true;
	torture_thread_tell(&thread);
	if (!torture_thread_ended(&thread))
		return false;
	torture_thread_reap(&thread);
	torture_turn_init(&t, STREAM, ~0U);
	give_until(&t, 0);
	kvfree(held);
	held = NULL;
	return true;
}

/**
 * torture_pressure_peaks() - how often there was nothing more to be had
 *
 * Return: how often.
 */
unsigned long torture_pressure_peaks(void)
{
	return peaks;
}
