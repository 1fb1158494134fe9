// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of interrupts that end with kmap_local mappings: the thread that runs
 * there next has its own mappings, all of them and no others.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/uaccess.h>

#include "host/compat_timer.h"
#include "kmap/kmap_fast.h"
#include "kmap/kmap_local.h"
#include "lib/testmap.h"
#include "lib/testpool.h"

static const struct annex_testpool pool = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 1024,
	.kmap_local = true,
};

/* The frame that an interrupt leaves, among those that the tests map. */
#define LEFT	100

/**
 * struct careless - an interrupt that maps and does not unmap
 * @annex: the pool
 * @timer: it
 * @nr: so many
 * @failed: of them
 * @done: it is over
 */
struct careless {
	struct annex *annex;
	struct hrtimer timer;
	unsigned int nr;
	unsigned int failed;
	bool done;
};

static enum hrtimer_restart leave(struct hrtimer *timer)
{
	struct careless *c = container_of(timer, struct careless, timer);
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		if (!annex_kmap_local_fast(&c->annex->kmap_local,
					   annex_test_high(c->annex, LEFT + i)))
			c->failed++;
	smp_store_release(&c->done, true); /* after what it left */
	return HRTIMER_NORESTART;
}

/* An interrupt on this CPU, which the caller does not leave, maps @nr. */
static void interrupt(struct kunit *test, struct annex *annex, unsigned int nr,
		      enum hrtimer_mode mode)
{
	struct careless *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	unsigned long end = jiffies + 10 * HZ;

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->annex = annex;
	c->nr = nr;
	hrtimer_setup(&c->timer, leave, CLOCK_MONOTONIC, mode);
	hrtimer_start(&c->timer, ns_to_ktime(50 * NSEC_PER_USEC), mode);
	/* Not by sleeping: what it interrupts is this thread. */
	while (!smp_load_acquire(&c->done) && time_before(jiffies, end))
		cpu_relax();
	KUNIT_EXPECT_TRUE(test, c->done);
	KUNIT_EXPECT_EQ(test, c->failed, 0U);
	hrtimer_cancel(&c->timer);
}

static struct annex_kmap_cpu *here(struct annex *annex)
{
	return annex_test_local(annex, raw_smp_processor_id());
}

/* Mapped, at the CPU's page @idx. */
static void *map_at(struct kunit *test, struct annex *annex, unsigned int i,
		    unsigned int idx)
{
	struct annex_page *page = annex_test_high(annex, i);
	void *addr = annex_kmap_local_fast(&annex->kmap_local, page);

	KUNIT_EXPECT_PTR_EQ(test, addr, annex_kmap_addr(here(annex), idx));
	KUNIT_EXPECT_PTR_EQ(test,
			    annex_kmap_local_addr_page(&annex->kmap_local,
						       addr),
			    (const struct annex_page *)page);
	return addr;
}

static void expect_nothing(struct kunit *test, struct annex *annex,
			   unsigned int lost)
{
	KUNIT_EXPECT_EQ(test, here(annex)->depth, 0U);
	KUNIT_EXPECT_EQ(test, annex_test_local_present(annex, raw_smp_processor_id()),
			0U);
	KUNIT_EXPECT_EQ(test, here(annex)->lost, lost);
	annex_test_validate(test, annex);
}

static const enum hrtimer_mode modes[] = {
	HRTIMER_MODE_REL_PINNED, HRTIMER_MODE_REL_PINNED_SOFT,
};

/* A thread's first mapping is the first, and keeps it where it is. */
static void kmap_local_left_to_who_maps(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	unsigned int i, nr;
	void *addr;

	migrate_disable();
	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		nr = 3 * i + 1;
		interrupt(test, annex, nr, modes[i]);
		addr = map_at(test, annex, 1, 0);
		KUNIT_EXPECT_EQ(test, here(annex)->depth, 1U);
		KUNIT_EXPECT_EQ(test,
				annex_kunmap_local_fast(&annex->kmap_local,
							addr),
				0);
	}
	expect_nothing(test, annex, 1 + 4);
	migrate_enable();
}

/* So is an atomic one, and one on top of what the thread has. */
static void kmap_local_left_on_top(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	void *first, *second;
	unsigned int i;

	migrate_disable();
	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		first = map_at(test, annex, 1, 0);
		interrupt(test, annex, 2, modes[i]);
		second = map_at(test, annex, 2, 1);
		KUNIT_EXPECT_EQ(test,
				annex_kunmap_local_fast(&annex->kmap_local,
							second),
				0);
		interrupt(test, annex, 1, modes[i]);
		second = annex_kmap_atomic_fast(&annex->kmap_local,
						annex_test_high(annex, 3));
		KUNIT_EXPECT_PTR_EQ(test, second, annex_kmap_addr(here(annex), 1));
		KUNIT_EXPECT_EQ(test,
				annex_kunmap_atomic_fast(&annex->kmap_local,
							 second),
				0);
		/* A thread that unmaps finds its own mapping on top. */
		interrupt(test, annex, 3, modes[i]);
		KUNIT_EXPECT_EQ(test,
				annex_kunmap_local_fast(&annex->kmap_local,
							first),
				0);
	}
	expect_nothing(test, annex, 2 * (2 + 1 + 3));
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), 0UL);
	migrate_enable();
}

/* Sixteen leave no room, but are not there for long. */
static void kmap_local_left_in_all_slots(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	void *addr;

	migrate_disable();
	interrupt(test, annex, ANNEX_KM_MAX, HRTIMER_MODE_REL_PINNED);
	KUNIT_EXPECT_EQ(test, here(annex)->depth, (unsigned int)ANNEX_KM_MAX);
	addr = map_at(test, annex, 1, 0);
	KUNIT_EXPECT_EQ(test, annex_kunmap_local_fast(&annex->kmap_local, addr),
			0);
	expect_nothing(test, annex, ANNEX_KM_MAX);
	migrate_enable();
}

/**
 * struct sleeper - a thread that sleeps with a mapping
 * @annex: the pool
 * @go: wakes it
 * @is_mapped: when it is about to sleep
 * @done: when it is over
 * @task: it
 * @seen: the frame that its address shows when it has slept
 * @said: when it unmapped it
 * @cpus: on which it was before and afterwards
 */
struct sleeper {
	struct annex *annex;
	struct completion go;
	struct completion is_mapped;
	struct completion done;
	struct task_struct *task;
	const struct annex_page *seen;
	int said;
	int cpus[2];
};

static int sleeps(void *arg)
{
	struct sleeper *s = arg;
	void *addr = annex_kmap_local_fast(&s->annex->kmap_local,
					   annex_test_high(s->annex, 7));

	s->cpus[0] = raw_smp_processor_id();
	complete(&s->is_mapped);
	wait_for_completion(&s->go);
	s->cpus[1] = raw_smp_processor_id();
	s->seen = annex_kmap_local_addr_page(&s->annex->kmap_local, addr);
	s->said = annex_kunmap_local_fast(&s->annex->kmap_local, addr);
	complete(&s->done);
	return 0;
}

/* A thread that slept with a mapping finds it at the same address. */
static void kmap_local_left_where_others_slept(struct kunit *test)
{
	struct sleeper *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	struct annex *annex = annex_testpool(test, &pool);
	unsigned long end = jiffies + 10 * HZ;

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->annex = annex;
	init_completion(&s->go);
	init_completion(&s->is_mapped);
	init_completion(&s->done);
	migrate_disable();
	s->task = kthread_create(sleeps, s, "annex-sleeper");
	KUNIT_ASSERT_FALSE(test, IS_ERR(s->task));
	kthread_bind(s->task, raw_smp_processor_id());
	wake_up_process(s->task);
	wait_for_completion(&s->is_mapped);
	while (READ_ONCE(here(annex)->nr_parked) != 1 && time_before(jiffies, end))
		usleep_range(500, 600);
	interrupt(test, annex, 2, HRTIMER_MODE_REL_PINNED);
	complete(&s->go);
	wait_for_completion(&s->done);
	KUNIT_EXPECT_PTR_EQ(test, s->seen,
			    (const struct annex_page *)annex_test_high(annex, 7));
	KUNIT_EXPECT_EQ(test, s->said, 0);
	KUNIT_EXPECT_EQ(test, s->cpus[0], s->cpus[1]);
	expect_nothing(test, annex, 2);
	migrate_enable();
}

/* An address that was never mapped is not undone, lowmem's included. */
static void kmap_local_left_page_faults_alone(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	unsigned int count = preempt_count();
	void *addr = __annex_kmap_local_pfn(&annex->kmap_local, 3);

	KUNIT_EXPECT_EQ(test,
			annex_kunmap_atomic_fast(&annex->kmap_local, addr),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, preempt_count(), (int)count);
	KUNIT_EXPECT_FALSE(test, pagefault_disabled());
	addr = __annex_kmap_atomic_pfn(&annex->kmap_local, 3);
	KUNIT_EXPECT_EQ(test,
			annex_kunmap_atomic_fast(&annex->kmap_local, addr), 0);
	KUNIT_EXPECT_EQ(test,
			annex_kunmap_atomic_fast(&annex->kmap_local, addr),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, preempt_count(), (int)count);
	KUNIT_EXPECT_FALSE(test, pagefault_disabled());
	annex_test_validate(test, annex);
}

static struct kunit_case kmap_local_left_cases[] = {
	KUNIT_CASE(kmap_local_left_to_who_maps),
	KUNIT_CASE(kmap_local_left_on_top),
	KUNIT_CASE(kmap_local_left_in_all_slots),
	KUNIT_CASE(kmap_local_left_where_others_slept),
	KUNIT_CASE(kmap_local_left_page_faults_alone),
	{}
};

static struct kunit_suite annex_kmap_local_left_suite = {
	.name = "annex_kmap_local_left",
	.test_cases = kmap_local_left_cases,
};

kunit_test_suite(annex_kmap_local_left_suite);
