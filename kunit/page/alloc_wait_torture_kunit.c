// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several threads that together want more than the pool has, with requests of
 * all kinds: they wait, fail, free and go on, and no wake-up is lost.
 *
 * A thread that is refused gives back half of what it has. The one that uses
 * __GFP_NOFAIL waits while it holds a good part of the pool, as it should not;
 * the others never do, so that there is always a thread that frees.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>

#include "lib/testpool.h"
#include "page/alloc_wait.h"
#include "page/page_alloc.h"
#include "page/pcp.h"
#include "page/upcalls.h"

static const struct annex_testpool small = {
	.start = 5ULL << 30, .nr_pages = 3072, .lowmem_pages = 2048,
};

#define THREADS		4
#define HELD		400
#define SECONDS		4

/*
 * Each has to get so many, in so many seconds. Some do in the first: a large block
 * that may be waited for, and never comes, takes 1.6 s.
 */
#define ENOUGH		100UL
#define SECONDS_MOST	40

struct held {
	struct annex_page *page;
	unsigned int order;
};

struct thief {
	struct annex *annex;
	struct thief *all;
	struct task_struct *task;
	struct completion done;
	struct rnd_state rnd;
	unsigned long end;
	bool nofail;
	unsigned int nr;
	unsigned long got;
	unsigned long refused;
	unsigned long errors;
	struct held held[HELD];
};

static const gfp_t gfps[] = {
	GFP_KERNEL, GFP_KERNEL | __GFP_NORETRY, GFP_KERNEL | __GFP_HIGH,
	GFP_KERNEL | __GFP_RETRY_MAYFAIL, GFP_ATOMIC, GFP_NOWAIT,
	GFP_HIGHUSER, GFP_HIGHUSER_MOVABLE, GFP_KERNEL | __GFP_RECLAIMABLE,
	GFP_KERNEL | __GFP_COMP,
};

static void put_one(struct thief *t)
{
	struct held *h = &t->held[annex_test_below(&t->rnd, t->nr)];

	t->errors +=
		annex_block_free(&t->annex->frames, h->page, h->order) != 0;
	*h = t->held[--t->nr];
}

static void get_one(struct thief *t)
{
	struct held *h = &t->held[t->nr];
	gfp_t gfp = gfps[annex_test_below(&t->rnd, ARRAY_SIZE(gfps))];

	h->order = annex_test_below(&t->rnd, 1 + annex_test_below(&t->rnd, 6));
	if (t->nofail && !annex_test_below(&t->rnd, 4)) {
		gfp = GFP_KERNEL | __GFP_NOFAIL;
		h->order = 0;
	}
	if (!annex_block_alloc(&t->annex->frames, gfp | __GFP_NOWARN, h->order,
			       &h->page)) {
		t->nr++;
		WRITE_ONCE(t->got, t->got + 1);
		return;
	}
	t->errors += !!(gfp & __GFP_NOFAIL);
	t->refused++;
	if (t->nr)
		for (h = &t->held[t->nr / 2]; &t->held[t->nr] > h;)
			put_one(t);
}

/* Many at once, and back again. */
static void take_and_give_many(struct thief *t)
{
	struct annex_page *pages[48] = {};

	__annex_alloc_pages_bulk(&t->annex->frames, GFP_NOWAIT | __GFP_NOWARN,
				 ARRAY_SIZE(pages), pages);
	cond_resched();
	t->errors += __annex_free_pages_bulk(&t->annex->frames, pages,
					     ARRAY_SIZE(pages)) != 0;
}

static bool is_left_behind(const struct thief *all)
{
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		if (READ_ONCE(all[i].got) <= ENOUGH)
			return true;
	return false;
}

/* All go on while one has too few. */
static bool goes_on(const struct thief *t)
{
	if (time_before(jiffies, t->end))
		return true;
	return is_left_behind(t->all) &&
	       time_before(jiffies, t->end + (SECONDS_MOST - SECONDS) * HZ);
}

static int steal(void *arg)
{
	struct thief *t = arg;

	while (goes_on(t)) {
		unsigned int dice = annex_test_below(&t->rnd, 100);

		if (dice < 2)
			take_and_give_many(t);
		else if (t->nr && (t->nr == HELD || dice < 35))
			put_one(t);
		else
			get_one(t);
		cond_resched();
	}
	while (t->nr)
		put_one(t);
	complete(&t->done);
	return 0;
}

static void start(struct kunit *test, struct thief *t, struct annex *annex,
		  unsigned int i)
{
	t->annex = annex;
	t->end = jiffies + SECONDS * HZ;
	t->nofail = !i;
	init_completion(&t->done);
	t->task = kthread_create(steal, t, "annex-thief-%u", i);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->task));
	kthread_bind(t->task, i % num_online_cpus());
	wake_up_process(t->task);
}

static void sleep_nobody_is_left_behind(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &small);
	unsigned long free = annex_test_free_pages(annex);
	struct thief *t = kunit_kcalloc(test, THREADS, sizeof(*t), GFP_KERNEL);
	struct rnd_state rnd;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, t);
	annex_test_seed(test, &rnd);
	for (i = 0; i < THREADS; i++) {
		prandom_seed_state(&t[i].rnd, prandom_u32_state(&rnd));
		t[i].all = t;
		start(test, &t[i], annex, i);
	}
	/* Frames and books are in order while it goes on. */
	while (!wait_for_completion_timeout(&t[0].done, HZ / 4))
		annex_test_validate(test, annex);
	for (i = 1; i < THREADS; i++)
		wait_for_completion(&t[i].done);
	for (i = 0; i < THREADS; i++) {
		kunit_info(test, "%lu blocks, %lu times refused\n", t[i].got,
			   t[i].refused);
		KUNIT_EXPECT_EQ(test, t[i].errors, 0UL);
		KUNIT_EXPECT_GT(test, t[i].got, ENOUGH);
	}
	KUNIT_EXPECT_EQ(test, annex->frames.waiters.nr, 0U);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

/*
 * A wake-up is not lost whenever it comes: at the very end of a wait, and
 * between two waits. A woken waiter uses the frames or passes them on.
 */
static void sleep_wake_is_heard_at_the_timeout(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_alloc_waiter s = {
		.highest = ANNEX_ZONE_NORMAL,
		.zones = BIT(ANNEX_ZONE_DMA),	/* there is no other */
	};

	annex_alloc_wait_begin(&annex->frames, &s);
	KUNIT_EXPECT_FALSE(test, annex_alloc_wait(&s, TASK_UNINTERRUPTIBLE, 1));
	/* Nothing is left of its time when it comes. */
	annex_alloc_waiters_wake_first(&annex->frames, ANNEX_ZONE_DMA);
	KUNIT_EXPECT_TRUE(test, annex_alloc_wait(&s, TASK_UNINTERRUPTIBLE, 0));
	KUNIT_EXPECT_FALSE(test, annex_alloc_wait(&s, TASK_UNINTERRUPTIBLE, 0));
	/* It has waited, and has not looked yet what there is. */
	annex_alloc_waiters_wake_first(&annex->frames, ANNEX_ZONE_DMA);
	KUNIT_EXPECT_EQ(test, (int)annex_alloc_wait_turn(&annex->frames, &s),
			(int)ANNEX_TURN_TAKE);
	KUNIT_EXPECT_TRUE(test, annex_alloc_wait(&s, TASK_UNINTERRUPTIBLE, 1));
	annex_alloc_wait_end(&annex->frames, &s);
	annex_test_validate(test, annex);
}

static struct kunit_case sleep_torture_cases[] = {
	KUNIT_CASE(sleep_wake_is_heard_at_the_timeout),
	KUNIT_CASE(sleep_nobody_is_left_behind),
	{}
};

static struct kunit_suite annex_alloc_wait_torture_suite = {
	.name = "annex_alloc_wait_torture",
	.test_cases = sleep_torture_cases,
};

kunit_test_suite(annex_alloc_wait_torture_suite);
