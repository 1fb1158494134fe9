// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of page locks and of waiting: mutual exclusion, the order of waiters,
 * and that no wake-up is lost.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched/task.h>

#include "lib/testpool.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "reclaim/folio.h"
#include "reclaim/lock.h"

static const struct annex_testpool pool = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 2048,
	.contents = true,
};

#define WAITERS	5

struct scene {
	struct kunit *test;
	struct annex *annex;
	struct annex_folio *folio;
	struct annex_page *page;	/* of order 2 */
	atomic_t nr_done;
};

/* A thread that waits for something of the scene. */
struct waiter {
	struct scene *scene;
	int (*wait)(struct scene *s);
	bool keeps_lock;
	bool begun;
	int err;
	int place;			/* in the order of their return */
	struct task_struct *task;
	struct completion done;
};

static void scene_init(struct scene *s, struct kunit *test)
{
	s->test = test;
	s->annex = annex_testpool(test, &pool);
	KUNIT_ASSERT_EQ(test,
			__annex_folio_alloc(&s->annex->frames, GFP_KERNEL, 2,
					    &s->folio),
			0);
	s->page = annex_folio_head(s->folio);
	atomic_set(&s->nr_done, 0);
}

static void scene_end(struct scene *s)
{
	KUNIT_EXPECT_FALSE(s->test, annex_page_test_flag(s->page,
							 ANNEX_PG_LOCKED));
	KUNIT_EXPECT_EQ(s->test, __annex_folio_put(&s->annex->frames, s->folio),
			0);
	annex_test_validate(s->test, s->annex);
}

static int lock_head(struct scene *s)
{
	return __annex_lock_page(&s->annex->frames, s->page);
}

static int lock_tail(struct scene *s)
{
	return __annex_lock_page(&s->annex->frames, s->page + 3);
}

static int wait_unlocked(struct scene *s)
{
	return __annex_wait_on_page_locked(&s->annex->frames, s->page + 1);
}

static int wait_written(struct scene *s)
{
	return __annex_folio_wait_writeback(&s->annex->frames, s->folio);
}

static int waiter_run(void *arg)
{
	struct waiter *w = arg;

	WRITE_ONCE(w->begun, true);
	w->err = w->wait(w->scene);
	w->place = atomic_inc_return(&w->scene->nr_done);
	if (!w->err && !w->keeps_lock &&
	    (w->wait == lock_head || w->wait == lock_tail))
		w->err = __annex_unlock_page(&w->scene->annex->frames,
					     w->scene->page);
	complete(&w->done);
	return 0;
}

/* Start a thread and return when it sleeps in the queue. */
static void waiter_start(struct waiter *w, struct scene *s,
			 int (*wait)(struct scene *s))
{
	w->scene = s;
	w->wait = wait;
	init_completion(&w->done);
	w->task = kthread_create(waiter_run, w, "annex-waiter");
	KUNIT_ASSERT_FALSE(s->test, IS_ERR(w->task));
	get_task_struct(w->task);
	wake_up_process(w->task);
	/* A new thread's state is this as well, before it has begun. */
	while (!READ_ONCE(w->begun) ||
	       READ_ONCE(w->task->__state) != TASK_UNINTERRUPTIBLE)
		schedule_timeout_uninterruptible(1);
}

static void waiter_join(struct waiter *w)
{
	wait_for_completion(&w->done);
	put_task_struct(w->task);
	KUNIT_EXPECT_EQ(w->scene->test, w->err, 0);
}

/* A thread that must not wait any more is given a while to show that it does. */
static bool still_waits(struct waiter *w)
{
	msleep(20);
	return !completion_done(&w->done);
}

static void lock_is_one_for_the_whole_block(struct kunit *test)
{
	struct scene s;

	scene_init(&s, test);
	KUNIT_EXPECT_EQ(test, __annex_lock_page(&s.annex->frames, s.page), 0);
	KUNIT_EXPECT_TRUE(test, annex_page_test_flag(s.page, ANNEX_PG_LOCKED));
	KUNIT_EXPECT_FALSE(test,
			   __annex_trylock_page(&s.annex->frames, s.page));
	KUNIT_EXPECT_FALSE(test,
			   __annex_trylock_page(&s.annex->frames, s.page + 3));
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(s.page), 1U);
	KUNIT_EXPECT_EQ(test, __annex_unlock_page(&s.annex->frames, s.page + 2),
			0);
	KUNIT_EXPECT_TRUE(test,
			  __annex_trylock_page(&s.annex->frames, s.page + 1));
	KUNIT_EXPECT_EQ(test, __annex_unlock_page(&s.annex->frames, s.page), 0);
	KUNIT_EXPECT_FALSE(test, annex_page_test_flag(s.page,
						      ANNEX_PG_WAITERS));
	scene_end(&s);
}

static void lock_refuses_what_cannot_be_locked(struct kunit *test)
{
	struct scene s;
	struct annex_page *plain, *wrong[3];
	struct annex_frames *frames;
	unsigned int i;

	scene_init(&s, test);
	frames = &s.annex->frames;
	KUNIT_ASSERT_EQ(test, annex_block_alloc(frames, GFP_KERNEL, 1, &plain),
			0);
	wrong[0] = plain + 1;			/* of no compound block */
	wrong[1] = frames->mem_map + 2048; /* free */
	wrong[2] = frames->mem_map + 4095; /* reserved */
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct annex_page *page = wrong[i];

		KUNIT_EXPECT_EQ(test, __annex_lock_page(frames, page),
				-EINVAL);
		KUNIT_EXPECT_FALSE(test, __annex_trylock_page(frames, page));
		KUNIT_EXPECT_EQ(test, __annex_unlock_page(frames, page), -EINVAL);
		KUNIT_EXPECT_EQ(test, __annex_wait_on_page_locked(frames, page),
				-EINVAL);
	}
	KUNIT_EXPECT_EQ(test, __annex_lock_page(frames, NULL), -EFAULT);
	KUNIT_EXPECT_FALSE(test, __annex_trylock_page(frames, NULL));
	KUNIT_EXPECT_EQ(test, __annex_unlock_page(frames, NULL), -EFAULT);
	KUNIT_EXPECT_EQ(test, __annex_wait_on_page_locked(frames, NULL),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, annex_test_event(s.annex, ANNEX_BAD_FLAG), 16UL);
	annex_block_free(frames, plain, 1);
	scene_end(&s);
}

/* A locked one stays, and what annex has it gives back when it likes. */
static void lock_refuses_what_annex_has(struct kunit *test)
{
	static const enum annex_pageflags flag[] = {
		ANNEX_PG_SLAB, ANNEX_PG_TABLE,
	};
	struct annex_page *page;
	struct scene s;
	unsigned int i;

	scene_init(&s, test);
	page = annex_test_must_alloc(test, s.annex, GFP_KERNEL, 0);
	for (i = 0; i < ARRAY_SIZE(flag); i++) {
		annex_page_set_bit(page, flag[i]);
		KUNIT_EXPECT_EQ(test, __annex_lock_page(&s.annex->frames, page),
				-EPERM);
		KUNIT_EXPECT_FALSE(test, __annex_trylock_page(&s.annex->frames,
							      page));
		KUNIT_EXPECT_EQ(test,
				__annex_set_page_private(&s.annex->frames, page,
							 7),
				-EBUSY);
		KUNIT_EXPECT_FALSE(test, annex_page_test_flag(page,
							      ANNEX_PG_LOCKED));
		annex_page_clear_bit(page, flag[i]);
	}
	KUNIT_EXPECT_EQ(test, annex_test_event(s.annex, ANNEX_BAD_FLAG), 6UL);
	KUNIT_EXPECT_EQ(test, annex_block_free(&s.annex->frames, page, 0), 0);
	scene_end(&s);
}

/*
 * A free block keeps its order where a used one has its lock. A caller that
 * comes after the block was freed neither waits nor changes the word.
 */
static void lock_is_no_bit_of_a_free_block(struct kunit *test)
{
	const u32 mask = ANNEX_PAGE_STATE_MASK | 1U << ANNEX_PG_LOCKED;
	const u32 locked = ANNEX_PAGE_USED | 1U << ANNEX_PG_LOCKED;
	struct scene s;
	unsigned int order;

	scene_init(&s, test);
	for (order = 0; order < ANNEX_MAX_ORDER; order++) {
		int was = ANNEX_FREE_MARK(order);
		struct annex_page page = { .state = ATOMIC_INIT(was) };

		annex_wait_while(&s.annex->reclaim.waits, &page.state, mask,
				 locked, 1U << ANNEX_PG_WAITERS);
		KUNIT_EXPECT_EQ(test,
				annex_page_unlock(&s.annex->frames, &page),
				-EINVAL);
		KUNIT_EXPECT_EQ(test, atomic_read(&page.state), was);
	}
	scene_end(&s);
}

static void lock_unlocked_twice_is_refused(struct kunit *test)
{
	struct scene s;

	scene_init(&s, test);
	KUNIT_EXPECT_EQ(test, __annex_unlock_page(&s.annex->frames, s.page),
			-EINVAL);
	KUNIT_EXPECT_TRUE(test, __annex_trylock_page(&s.annex->frames, s.page));
	KUNIT_EXPECT_EQ(test, __annex_unlock_page(&s.annex->frames, s.page), 0);
	KUNIT_EXPECT_EQ(test, __annex_unlock_page(&s.annex->frames, s.page),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, annex_test_event(s.annex, ANNEX_BAD_FLAG), 2UL);
	/* Also if the flag that waiters leave behind stands. */
	annex_page_set_bit(s.page, ANNEX_PG_WAITERS);
	KUNIT_EXPECT_EQ(test, __annex_unlock_page(&s.annex->frames, s.page),
			-EINVAL);
	scene_end(&s);
}

/* The holder of the lock need not be the holder of the last reference. */
static void lock_keeps_the_page_from_being_freed(struct kunit *test)
{
	struct scene s;
	struct waiter w = { .keeps_lock = true };

	scene_init(&s, test);
	KUNIT_EXPECT_TRUE(test, __annex_trylock_page(&s.annex->frames, s.page));
	waiter_start(&w, &s, lock_head);
	KUNIT_EXPECT_EQ(test, __annex_put_page(&s.annex->frames, s.page),
			-EBUSY);
	__annex_unlock_page(&s.annex->frames, s.page);
	waiter_join(&w);
	KUNIT_EXPECT_EQ(test, __annex_put_page(&s.annex->frames, s.page),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, annex_block_free(&s.annex->frames, s.page, 2),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, __annex_unlock_page(&s.annex->frames, s.page), 0);
	scene_end(&s);
}

/* The lock is handed over: between two holders no other thread can take it. */
static void lock_is_handed_to_the_first_in_line(struct kunit *test)
{
	struct scene s;
	struct waiter w[WAITERS] = {};
	unsigned int i;

	scene_init(&s, test);
	__annex_lock_page(&s.annex->frames, s.page);
	for (i = 0; i < WAITERS; i++) {
		w[i].keeps_lock = true;
		waiter_start(&w[i], &s, i % 2 ? lock_head : lock_tail);
	}
	for (i = 0; i < WAITERS; i++) {
		KUNIT_EXPECT_EQ(test, atomic_read(&s.nr_done), (int)i);
		KUNIT_EXPECT_EQ(test,
				__annex_unlock_page(&s.annex->frames, s.page),
				0);
		KUNIT_EXPECT_FALSE(test, __annex_trylock_page(&s.annex->frames,
							      s.page));
		while (atomic_read(&s.nr_done) == i)
			schedule_timeout_uninterruptible(1);
	}
	KUNIT_EXPECT_EQ(test, __annex_unlock_page(&s.annex->frames, s.page), 0);
	for (i = 0; i < WAITERS; i++) {
		waiter_join(&w[i]);
		KUNIT_EXPECT_EQ(test, w[i].place, (int)i + 1);
	}
	/* No thread waits, and WAITERS is clear. */
	KUNIT_EXPECT_FALSE(test, annex_page_test_flag(s.page,
						      ANNEX_PG_WAITERS));
	scene_end(&s);
}

/* All threads that only wait go on at once, even those behind a locker. */
static void lock_waiters_go_on_when_it_is_unlocked(struct kunit *test)
{
	struct scene s;
	struct waiter w[WAITERS] = {}, locker = { .keeps_lock = true };
	unsigned int i;

	scene_init(&s, test);
	KUNIT_EXPECT_EQ(test, wait_unlocked(&s), 0);
	__annex_lock_page(&s.annex->frames, s.page);
	for (i = 0; i < WAITERS; i++) {
		if (i == 2)
			waiter_start(&locker, &s, lock_head);
		waiter_start(&w[i], &s, wait_unlocked);
	}
	KUNIT_EXPECT_TRUE(test, still_waits(&w[0]));
	__annex_unlock_page(&s.annex->frames, s.page);
	for (i = 0; i < WAITERS; i++)
		waiter_join(&w[i]);
	waiter_join(&locker);
	__annex_unlock_page(&s.annex->frames, s.page);
	scene_end(&s);
}

/* Unlock so many pages that, with their queues, all of the scene's are hit. */
static void unlock_others(struct scene *s)
{
	unsigned int nr = 8 * ANNEX_WAIT_QUEUES, i;
	struct annex_page **page = kunit_kcalloc(s->test, nr, sizeof(*page),
						 GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(s->test, page);
	for (i = 0; i < nr; i++) {
		KUNIT_ASSERT_EQ(s->test,
				annex_block_alloc(&s->annex->frames, GFP_KERNEL,
						  0, &page[i]),
				0);
		annex_page_set_bit(page[i], ANNEX_PG_LOCKED);
		/* As if somebody slept: unlock has to look. */
		annex_page_set_bit(page[i], ANNEX_PG_WAITERS);
		KUNIT_EXPECT_EQ(s->test,
				__annex_unlock_page(&s->annex->frames, page[i]),
				0);
		KUNIT_EXPECT_FALSE(s->test,
				   annex_page_test_flag(page[i],
							ANNEX_PG_LOCKED));
	}
	for (i = 0; i < nr; i++)
		annex_block_free(&s->annex->frames, page[i], 0);
}

/* Waiting for one page, and for a write, is not waiting for another. */
static void lock_wakes_nobody_elses_waiters(struct kunit *test)
{
	struct scene s;
	struct waiter lock = { .keeps_lock = true }, unlocked = {};
	struct waiter written = {};

	scene_init(&s, test);
	__annex_lock_page(&s.annex->frames, s.page);
	__annex_folio_start_writeback(&s.annex->frames, s.folio);
	waiter_start(&lock, &s, lock_head);
	waiter_start(&unlocked, &s, wait_unlocked);
	waiter_start(&written, &s, wait_written);
	unlock_others(&s);
	KUNIT_EXPECT_TRUE(test, still_waits(&lock));
	KUNIT_EXPECT_TRUE(test, still_waits(&unlocked));
	KUNIT_EXPECT_TRUE(test, still_waits(&written));
	__annex_unlock_page(&s.annex->frames, s.page);
	waiter_join(&lock);
	waiter_join(&unlocked);
	KUNIT_EXPECT_TRUE(test, still_waits(&written));
	__annex_folio_end_writeback(&s.annex->frames, s.folio);
	waiter_join(&written);
	__annex_unlock_page(&s.annex->frames, s.page);
	scene_end(&s);
}

static void lock_writeback_wakes_all_who_wait_for_it(struct kunit *test)
{
	struct scene s;
	struct waiter w[WAITERS] = {};
	unsigned int i;

	scene_init(&s, test);
	KUNIT_EXPECT_EQ(test, wait_written(&s), 0);
	__annex_folio_start_writeback(&s.annex->frames, s.folio);
	for (i = 0; i < WAITERS; i++)
		waiter_start(&w[i], &s, wait_written);
	KUNIT_EXPECT_TRUE(test, still_waits(&w[0]));
	KUNIT_EXPECT_EQ(test,
			__annex_folio_end_writeback(&s.annex->frames, s.folio),
			0);
	for (i = 0; i < WAITERS; i++)
		waiter_join(&w[i]);
	KUNIT_EXPECT_EQ(test, atomic_read(&s.folio->flags), 0);
	scene_end(&s);
}

#define CROWD	4
#define TURNS	2000

struct crowd {
	struct scene *scene;
	unsigned long inside;		/* changed under the page's lock only */
	unsigned long turns;
	atomic_t running;
	struct completion done;
};

static int take_turns(void *arg)
{
	struct crowd *c = arg;
	struct scene *s = c->scene;
	unsigned int i;

	for (i = 0; i < TURNS; i++) {
		if (i % 16 == 3)
			__annex_wait_on_page_locked(&s->annex->frames, s->page);
		if (i % 4 || !__annex_trylock_page(&s->annex->frames, s->page))
			__annex_lock_page(&s->annex->frames, s->page);
		if (c->inside++)
			KUNIT_FAIL(s->test, "two have the lock");
		if (i % 8 == 0)
			cond_resched();
		if (i % 64 == 0)
			schedule_timeout_uninterruptible(1);
		c->turns++;
		c->inside--;
		__annex_unlock_page(&s->annex->frames, s->page);
	}
	if (atomic_dec_and_test(&c->running))
		complete(&c->done);
	return 0;
}

/* The test ends, so no wake-up is lost; the sums are right, so none overlap. */
static void lock_excludes(struct kunit *test)
{
	struct scene s;
	struct crowd c = { .scene = &s, .running = ATOMIC_INIT(CROWD) };
	unsigned int i;

	scene_init(&s, test);
	init_completion(&c.done);
	for (i = 0; i < CROWD; i++)
		kthread_run(take_turns, &c, "annex-crowd-%u", i);
	wait_for_completion(&c.done);
	KUNIT_EXPECT_EQ(test, c.turns, (unsigned long)CROWD * TURNS);
	KUNIT_EXPECT_EQ(test, c.inside, 0UL);
	scene_end(&s);
}

struct writer {
	struct scene *scene;
	atomic_t running;
	struct completion done;
};

static int wait_for_writes(void *arg)
{
	struct writer *w = arg;

	while (atomic_read(&w->running) > 1)
		__annex_folio_wait_writeback(&w->scene->annex->frames,
					     w->scene->folio);
	if (atomic_dec_and_test(&w->running))
		complete(&w->done);
	return 0;
}

/* Writes begin and end without a pause while somebody waits for each. */
static void lock_no_end_of_a_write_is_missed(struct kunit *test)
{
	struct scene s;
	struct writer w = { .scene = &s, .running = ATOMIC_INIT(2) };
	unsigned int i;

	scene_init(&s, test);
	init_completion(&w.done);
	kthread_run(wait_for_writes, &w, "annex-writer");
	for (i = 0; i < 5000; i++) {
		__annex_folio_start_writeback(&s.annex->frames, s.folio);
		if (i % 4 == 0)
			cond_resched();
		if (i % 256 == 0)
			schedule_timeout_uninterruptible(1);
		__annex_folio_end_writeback(&s.annex->frames, s.folio);
	}
	if (!atomic_dec_and_test(&w.running))
		wait_for_completion(&w.done);
	KUNIT_EXPECT_EQ(test,
			annex_node_count(&s.annex->frames.counters,
					 ANNEX_NR_WRITEBACK),
			0UL);
	scene_end(&s);
}

static struct kunit_case lock_cases[] = {
	KUNIT_CASE(lock_is_one_for_the_whole_block),
	KUNIT_CASE(lock_refuses_what_cannot_be_locked),
	KUNIT_CASE(lock_refuses_what_annex_has),
	KUNIT_CASE(lock_is_no_bit_of_a_free_block),
	KUNIT_CASE(lock_unlocked_twice_is_refused),
	KUNIT_CASE(lock_keeps_the_page_from_being_freed),
	KUNIT_CASE(lock_is_handed_to_the_first_in_line),
	KUNIT_CASE(lock_waiters_go_on_when_it_is_unlocked),
	KUNIT_CASE(lock_wakes_nobody_elses_waiters),
	KUNIT_CASE(lock_writeback_wakes_all_who_wait_for_it),
	KUNIT_CASE(lock_excludes),
	KUNIT_CASE(lock_no_end_of_a_write_is_missed),
	{}
};

static struct kunit_suite annex_lock_suite = {
	.name = "annex_lock",
	.test_cases = lock_cases,
};

kunit_test_suite(annex_lock_suite);
