// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads and a timer that use two frame tables of one pool at the same time.
 *
 * Each word of a page that somebody writes says which table and which index it
 * is for, so a reader can tell whether it was shown a frame of another:
 *
 *   31    24 23                     0
 *   | table | index                 |     0: nothing was written
 *
 * Frames that are free are poisoned, and another thread takes frames of the pool
 * and fills them with a pattern. A frame that was freed too early, or is in two
 * places, has other words.
 *
 * With one CPU, the threads take turns, and only the timer comes in between.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/timer.h>

#include "host/frame.h"
#include "lib/testpool.h"
#include "page/page_alloc.h"
#include "store/frame_table.h"
#include "store/leaf.h"
#include "store/store.h"
#include "store/tables.h"
#include "validate/validate.h"

static const struct annex_testpool opts = {
	.start = 5ULL << 30, .nr_pages = 1024, .lowmem_pages = 256,
	.contents = true, .poison = true,
};

#define TABLES		2
#define THREADS		4

/* Few pages, so that calls meet; on the border of two leaves. */
#define FIRST		1000U
#define PAGES		48U
#define WORDS		(PAGE_SIZE / sizeof(u32))

#define TIME		(3 * HZ)
#define FOREIGN		0xf0f0f0f0U

/**
 * struct thread - a thread, or the timer
 * @race: what it takes part in
 * @rnd: its random sequence
 * @buf: room for a page
 * @done: it has ended
 */
struct thread {
	struct race *race;
	struct rnd_state rnd;
	u32 buf[WORDS];
	struct completion done;
};

struct race {
	struct annex *annex;
	struct annex_frame_table *t[TABLES];
	struct thread thread[THREADS];
	struct thread in_timer;
	struct timer_list timer;
	struct completion foreign_done;
	unsigned long end;
	atomic_t wrong;
	atomic_t violations;
	atomic_t failed;
	atomic_t reads;
	atomic_t punched;
	atomic_t ticks;
};

static u32 word_of(unsigned int table, u32 index)
{
	return (table + 1) << 24 | index;
}

/* Clearing may be byte by byte, so a word can be half a zero for a moment. */
static bool is_partly(u32 word, u32 whole)
{
	u32 mask = 0xff;

	for (; mask; mask <<= 8)
		if (word & mask && (word & mask) != (whole & mask))
			return false;
	return true;
}

static void check_words(struct race *r, const struct thread *t, u32 word)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		if (t->buf[i] != word && !is_partly(t->buf[i], word))
			atomic_inc(&r->wrong);
	atomic_inc(&r->reads);
}

static void do_read(struct race *r, struct thread *t, unsigned int table,
		    u32 index)
{
	if (__annex_frame_table_read(r->t[table], index, 0, t->buf, PAGE_SIZE))
		atomic_inc(&r->failed);
	check_words(r, t, word_of(table, index));
}

/* Some words, at least one: -ENOSPC is no mistake in a small pool. */
static void do_write(struct race *r, struct thread *t, unsigned int table,
		     u32 index, gfp_t gfp)
{
	u32 first = annex_test_below(&t->rnd, WORDS);
	u32 nr = 1 + annex_test_below(&t->rnd, WORDS - first);
	int err;

	memset32(t->buf, word_of(table, index), nr);
	err = __annex_frame_table_write(r->t[table], index, first * sizeof(u32),
					t->buf, nr * sizeof(u32), gfp, 0);
	if (err && err != -ENOSPC)
		atomic_inc(&r->failed);
}

static void do_punch(struct race *r, struct thread *t, unsigned int table,
		     u32 index)
{
	u32 nr = 1 + annex_test_below(&t->rnd, FIRST + PAGES - index);

	atomic_add(__annex_frame_table_punch(r->t[table], index, min(nr, 4U)),
		   &r->punched);
}

static void do_zeros(struct race *r, struct thread *t, unsigned int table,
		     u32 index)
{
	memset(t->buf, 0, PAGE_SIZE);
	if (__annex_frame_table_write(r->t[table], index, 0, t->buf, PAGE_SIZE,
				      GFP_NOWAIT, ANNEX_TABLE_SKIP_ZEROS))
		atomic_inc(&r->failed);
}

/* What may be done in any context. */
static void do_something(struct race *r, struct thread *t, gfp_t gfp)
{
	unsigned int table = annex_test_below(&t->rnd, TABLES);
	u32 index = FIRST + annex_test_below(&t->rnd, PAGES);

	switch (annex_test_below(&t->rnd, 8)) {
	case 0:
		do_punch(r, t, table, index);
		break;
	case 1:
		do_zeros(r, t, table, index);
		break;
	case 2:
		__annex_frame_table_next(r->t[table], index, true);
		break;
	case 3:
	case 4:
		do_read(r, t, table, index);
		break;
	default:
		do_write(r, t, table, index, gfp);
	}
}

static void note_violation(void *race, struct va_format *vaf)
{
	struct race *r = race;

	pr_err("annex_race: %pV\n", vaf);
	atomic_inc(&r->violations);
}

/* What only a thread may do, now and then. */
static void do_seldom(struct race *r, struct thread *t)
{
	struct annex_frame_table *table =
		r->t[annex_test_below(&t->rnd, TABLES)];
	int err = __annex_frame_table_hold(table, FIRST + 10, 8, GFP_KERNEL);

	if (err && err != -ENOSPC)
		atomic_inc(&r->failed);
	annex_validate(r->annex, note_violation, r);
}

static int thread_fn(void *arg)
{
	struct thread *t = arg;
	struct race *r = t->race;
	unsigned int i;

	for (i = 1; time_before(jiffies, r->end); i++) {
		do_something(r, t, i % 2 ? GFP_KERNEL : GFP_ATOMIC);
		if (i % 512 == 0)
			do_seldom(r, t);
		cond_resched();
	}
	complete(&t->done);
	return 0;
}

/* Others fill frames of the pool and give them back. */
static int foreign_fn(void *arg)
{
	struct race *r = arg;

	while (time_before(jiffies, r->end)) {
		struct annex_page *page = annex_test_alloc(r->annex,
							   GFP_HIGHUSER |
							   __GFP_NORETRY, 0);

		if (page) {
			annex_frame_fill(&r->annex->host,
					 annex_page_host_pfn(&r->annex->frames,
							     page), FOREIGN);
			annex_block_free(&r->annex->frames, page, 0);
		}
		cond_resched();
	}
	complete(&r->foreign_done);
	return 0;
}

static void timer_fn(struct timer_list *timer)
{
	struct race *r = container_of(timer, struct race, timer);
	unsigned int i;

	for (i = 0; i < 20; i++)
		do_something(r, &r->in_timer, GFP_ATOMIC);
	atomic_inc(&r->ticks);
	if (time_before(jiffies, r->end))
		mod_timer(timer, jiffies + 1);
}

static void start(struct kunit *test, struct thread *t, unsigned int nth)
{
	struct task_struct *task = kthread_create(thread_fn, t, "annex_race/%u",
						  nth);

	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	kthread_bind(task, nth % 2 ? cpumask_last(cpu_online_mask) :
				     cpumask_first(cpu_online_mask));
	wake_up_process(task);
}

static void make_thread(struct kunit *test, struct race *r, struct thread *t)
{
	t->race = r;
	annex_test_seed(test, &t->rnd);
	init_completion(&t->done);
}

static struct race *open(struct kunit *test)
{
	struct race *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, r);
	r->annex = annex_testpool(test, &opts);
	for (i = 0; i < TABLES; i++) {
		r->t[i] = __annex_frame_table_create(&r->annex->store, "race",
						     FIRST + PAGES);
		KUNIT_ASSERT_FALSE(test, IS_ERR(r->t[i]));
	}
	/* Sometimes there is no frame. */
	__annex_frame_table_set_limit(r->t[1], PAGES / 2);
	init_completion(&r->foreign_done);
	make_thread(test, r, &r->in_timer);
	for (i = 0; i < THREADS; i++)
		make_thread(test, r, &r->thread[i]);
	r->end = jiffies + TIME;
	return r;
}

static void run_all(struct kunit *test, struct race *r)
{
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		start(test, &r->thread[i], i);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(foreign_fn, r,
						    "annex_foreign")));
	timer_setup(&r->timer, timer_fn, 0);
	mod_timer(&r->timer, jiffies + 1);
	for (i = 0; i < THREADS; i++)
		wait_for_completion(&r->thread[i].done);
	wait_for_completion(&r->foreign_done);
	timer_delete_sync(&r->timer);
}

static void frame_table_readers_see_no_other_frame(struct kunit *test)
{
	struct race *r = open(test);
	unsigned long free = annex_test_free_pages(r->annex);
	unsigned int i;
	u32 index;

	run_all(test, r);
	for (i = 0; i < TABLES; i++)
		for (index = FIRST; index < FIRST + PAGES; index++)
			do_read(r, &r->in_timer, i, index);
	kunit_info(test, "%d reads, %d punched, %d ticks",
		   atomic_read(&r->reads), atomic_read(&r->punched),
		   atomic_read(&r->ticks));
	KUNIT_EXPECT_EQ(test, atomic_read(&r->wrong), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&r->violations), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&r->failed), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&r->punched), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&r->ticks), 0);
	annex_test_validate(test, r->annex);
	for (i = 0; i < TABLES; i++)
		KUNIT_EXPECT_EQ(test,
				__annex_frame_table_destroy(&r->annex->store,
							    r->t[i]), 0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(r->annex), free);
	annex_test_validate(test, r->annex);
}

/* Neither the work item nor a grace period is needed in between. */
static void frame_table_punched_frames_come_back(struct kunit *test)
{
	struct race *r = open(test);
	struct annex_page **pages = annex_test_array(test, r->annex);
	struct thread *t = &r->in_timer;
	unsigned int i, round;
	unsigned long flags, nr;

	__annex_frame_table_set_limit(r->t[1], 0);
	for (i = 0; i < PAGES; i++)
		do_write(r, t, 1, FIRST + i, GFP_KERNEL);
	nr = annex_test_exhaust(r->annex, GFP_HIGHUSER, pages);
	for (round = 0; round < 20; round++) {
		local_irq_save(flags);
		KUNIT_EXPECT_EQ(test, __annex_frame_table_punch(r->t[1], FIRST,
								PAGES), PAGES);
		local_irq_restore(flags);
		for (i = 0; i < PAGES; i++) {
			memset32(t->buf, 1, WORDS);
			KUNIT_EXPECT_EQ(test,
					__annex_frame_table_write(r->t[1],
								  FIRST + i, 0,
								  t->buf,
								  PAGE_SIZE,
								  GFP_KERNEL, 0),
					0);
		}
	}
	for (i = 0; i < nr; i++)
		annex_block_free(&r->annex->frames, pages[i], 0);
	for (i = 0; i < TABLES; i++)
		__annex_frame_table_destroy(&r->annex->store, r->t[i]);
	annex_test_validate(test, r->annex);
}

static int reap_fn(void *arg)
{
	struct race *r = arg;

	annex_store_reap(&r->annex->store);
	complete(&r->foreign_done);
	return 0;
}

/* A removed frame stays while a reader that was there before is. */
static void frame_table_frames_wait_for_readers(struct kunit *test)
{
	struct race *r = open(test);
	struct annex_frame_table_usage u;
	struct task_struct *task = kthread_create(reap_fn, r, "annex_reap");
	unsigned int cpu, i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	do_write(r, &r->in_timer, 0, FIRST, GFP_KERNEL);
	/* On another CPU, if there is one. */
	cpu = cpumask_any_but(cpu_online_mask, get_cpu());
	if (cpu < nr_cpu_ids)
		kthread_bind(task, cpu);
	rcu_read_lock();
	__annex_frame_table_punch(r->t[0], FIRST, 1);
	wake_up_process(task);
	mdelay(100);
	__annex_frame_table_usage(r->t[0], &u);
	rcu_read_unlock();
	put_cpu();
	/* The frame and its leaf. */
	KUNIT_EXPECT_EQ(test, u.waiting, 2UL);
	wait_for_completion(&r->foreign_done);
	__annex_frame_table_usage(r->t[0], &u);
	KUNIT_EXPECT_EQ(test, u.waiting, 0UL);
	for (i = 0; i < TABLES; i++)
		__annex_frame_table_destroy(&r->annex->store, r->t[i]);
	annex_test_validate(test, r->annex);
}

static struct kunit_case race_cases[] = {
	KUNIT_CASE(frame_table_frames_wait_for_readers),
	KUNIT_CASE(frame_table_punched_frames_come_back),
	KUNIT_CASE(frame_table_readers_see_no_other_frame),
	{}
};

static struct kunit_suite annex_frame_table_race_suite = {
	.name = "annex_frame_table_race",
	.test_cases = race_cases,
};

kunit_test_suite(annex_frame_table_race_suite);
