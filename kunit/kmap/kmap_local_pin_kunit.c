// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of threads that must not migrate while they have kmap_local mappings:
 * they do not migrate, migrate_disable() nests with that, and a thread that
 * waits for the migration is woken later.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "kmap/kmap_fast.h"
#include "kmap/kmap_local.h"
#include "lib/testmap.h"
#include "lib/testpool.h"

static const struct annex_testpool pool = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 1024,
	.contents = true, .kmap_local = true,
};

static void *map(struct annex *annex, unsigned int i)
{
	return annex_kmap_local_fast(&annex->kmap_local,
				     annex_test_high(annex, i));
}

static int unmap(struct annex *annex, const void *addr)
{
	return annex_kunmap_local_fast(&annex->kmap_local, addr);
}

#ifdef CONFIG_SMP
static unsigned int pins(void)
{
	return current->migration_disabled;
}
#else
static unsigned int pins(void)
{
	return 0;
}
#endif

static void expect_pinned(struct kunit *test, unsigned int minimum)
{
	if (IS_ENABLED(CONFIG_SMP))
		KUNIT_EXPECT_GE(test, pins(), minimum);
}

static void kmap_local_keeps_a_thread_where_it_is(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	void *addr[3];
	unsigned int i;

	KUNIT_EXPECT_EQ(test, pins(), 0U);
	for (i = 0; i < 3; i++) {
		addr[i] = map(annex, i);
		expect_pinned(test, 1);
	}
	KUNIT_EXPECT_EQ(test, unmap(annex, addr[0]), -EINVAL);
	while (i--) {
		expect_pinned(test, 1);
		KUNIT_EXPECT_EQ(test, unmap(annex, addr[i]), 0);
	}
	KUNIT_EXPECT_EQ(test, pins(), 0U);
	/* Refused calls and lowmem change none of this. */
	KUNIT_EXPECT_NULL(test,
			  annex_kmap_local_fast(&annex->kmap_local, NULL));
	KUNIT_EXPECT_EQ(test, unmap(annex, addr[0]), -EINVAL);
	KUNIT_EXPECT_NOT_NULL(test,
			      __annex_kmap_local_pfn(&annex->kmap_local, 0));
	KUNIT_EXPECT_EQ(test, pins(), 0U);
	annex_test_validate(test, annex);
}

/* When a thread sleeps, and is kept where it is by others, too. */
enum {
	KEPT_BEFORE = 1,
	SLEEPS_FIRST = 2,
	KEPT_AMID = 4,
	SLEEPS_AMID = 8,
	LET_GO_LAST = 16,
	ATOMIC_TOO = 32,
	SLEEPS_LAST = 64,
	NR_WAYS = 128,
};

static void do_sleep(bool really)
{
	if (really)
		usleep_range(50, 100);
}

static void go_way(struct kunit *test, struct annex *annex, unsigned int way)
{
	unsigned int was;
	void *a, *b;

	if (way & KEPT_BEFORE)
		migrate_disable();
	was = pins();
	a = map(annex, 0);
	do_sleep(way & SLEEPS_FIRST);
	if (way & KEPT_AMID)
		migrate_disable();
	expect_pinned(test, was + 1);
	b = map(annex, 1);
	do_sleep(way & SLEEPS_AMID);
	KUNIT_EXPECT_EQ(test, unmap(annex, b), 0);
	if (way & ATOMIC_TOO) {
		b = annex_kmap_atomic_fast(&annex->kmap_local,
					   annex_test_high(annex, 2));
		KUNIT_EXPECT_EQ(test,
				annex_kunmap_atomic_fast(&annex->kmap_local, b),
				0);
	}
	if (way & KEPT_AMID && !(way & LET_GO_LAST))
		migrate_enable();
	expect_pinned(test, was + 1);
	do_sleep(way & SLEEPS_LAST);
	KUNIT_EXPECT_EQ(test, unmap(annex, a), 0);
	if (way & KEPT_AMID && way & LET_GO_LAST)
		migrate_enable();
	KUNIT_EXPECT_EQ_MSG(test, pins(), was, "way %#x", way);
	if (way & KEPT_BEFORE)
		migrate_enable();
}

static void kmap_local_goes_with_migrate_disable(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	unsigned int way, cpu;

	for (way = 0; way < NR_WAYS; way++)
		go_way(test, annex, way);
	KUNIT_EXPECT_EQ(test, pins(), 0U);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), 0UL);
	/* And goes wherever it is told to. */
	for_each_online_cpu(cpu) {
		KUNIT_EXPECT_EQ(test, set_cpus_allowed_ptr(current,
							   cpumask_of(cpu)), 0);
		KUNIT_EXPECT_EQ(test, raw_smp_processor_id(), cpu);
		go_way(test, annex, cpu);
	}
	set_cpus_allowed_ptr(current, cpu_possible_mask);
	annex_test_validate(test, annex);
}

/* A thread that holds a mapping until it is told to let go. */
struct holder {
	struct annex *annex;
	struct task_struct *task;
	struct completion ready;
	struct completion done;
	bool sleeps;
	bool let_go;
	int cpu_held;
	int cpu_after;
	int err;
};

static int hold(void *arg)
{
	struct holder *h = arg;
	void *addr = map(h->annex, 0);

	h->cpu_held = raw_smp_processor_id();
	complete(&h->ready);
	while (!READ_ONCE(h->let_go)) {
		if (h->sleeps)
			usleep_range(500, 600);
		else
			cpu_relax();
		if (raw_smp_processor_id() != h->cpu_held)
			h->err = -EXDEV;
	}
	h->err = h->err ?: unmap(h->annex, addr);
	while (!kthread_should_stop())
		usleep_range(500, 600);
	h->cpu_after = raw_smp_processor_id();
	return 0;
}

static int let_go_soon(void *arg)
{
	struct holder *h = arg;

	msleep(30);
	WRITE_ONCE(h->let_go, true);
	complete(&h->done);
	return 0;
}

/* A caller that moves a thread waits until the thread has unmapped. */
static void kmap_local_is_waited_for_by_who_moves_it(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	unsigned int round;

	if (num_online_cpus() < 2)
		kunit_skip(test, "it takes two processors");
	for (round = 0; round < 8; round++) {
		struct holder h = { .annex = annex, .sleeps = round & 1 };
		int from = round >> 1 & 1;

		init_completion(&h.ready);
		init_completion(&h.done);
		h.task = kthread_create(hold, &h, "annex-holder");
		KUNIT_ASSERT_FALSE(test, IS_ERR(h.task));
		KUNIT_EXPECT_EQ(test, set_cpus_allowed_ptr(h.task,
							   cpumask_of(from)),
				0);
		wake_up_process(h.task);
		wait_for_completion(&h.ready);
		kthread_run(let_go_soon, &h, "annex-helper");
		KUNIT_EXPECT_EQ(test, set_cpus_allowed_ptr(h.task,
							   cpumask_of(!from)),
				0);
		KUNIT_EXPECT_TRUE(test, READ_ONCE(h.let_go));
		wait_for_completion(&h.done);
		kthread_stop(h.task);
		KUNIT_EXPECT_EQ(test, h.err, 0);
		KUNIT_EXPECT_EQ(test, h.cpu_held, from);
		KUNIT_EXPECT_EQ(test, h.cpu_after, !from);
	}
	annex_test_validate(test, annex);
}

/* So does a caller that takes its CPU offline. */
static void kmap_local_is_waited_for_by_a_cpu_that_goes(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	unsigned int round;

	if (!IS_ENABLED(CONFIG_HOTPLUG_CPU) || num_online_cpus() < 2)
		kunit_skip(test, "it takes a processor that can go");
	for (round = 0; round < 4; round++) {
		struct holder h = { .annex = annex, .sleeps = round & 1 };

		init_completion(&h.ready);
		init_completion(&h.done);
		h.task = kthread_create(hold, &h, "annex-holder");
		KUNIT_ASSERT_FALSE(test, IS_ERR(h.task));
		set_cpus_allowed_ptr(h.task, cpumask_of(1));
		wake_up_process(h.task);
		wait_for_completion(&h.ready);
		set_cpus_allowed_ptr(h.task, cpu_possible_mask);
		kthread_run(let_go_soon, &h, "annex-helper");
		KUNIT_EXPECT_EQ(test, remove_cpu(1), 0);
		KUNIT_EXPECT_TRUE(test, READ_ONCE(h.let_go));
		wait_for_completion(&h.done);
		kthread_stop(h.task);
		KUNIT_EXPECT_EQ(test, h.err, 0);
		KUNIT_EXPECT_EQ(test, h.cpu_held, 1);
		KUNIT_EXPECT_EQ(test, h.cpu_after, 0);
		KUNIT_EXPECT_EQ(test, add_cpu(1), 0);
	}
	annex_test_validate(test, annex);
}

static int sleep_in_atomic(void *arg)
{
	struct holder *h = arg;
	void *addr = map(h->annex, 0);

	annex_kmap_atomic_fast(&h->annex->kmap_local,
			       annex_test_high(h->annex, 1));
	/* It does not come back to what it had; what it had first it does. */
	schedule_timeout_uninterruptible(1);
	h->err = annex_test_local_shown(h->annex, addr) ==
				 annex_test_high(h->annex, 0) -
					 h->annex->frames.mem_map ?
			 0 :
			 -EIO;
	complete(&h->done);
	return 0;
}

static int sleep_in_atomic_at_once(void *arg)
{
	struct holder *h = arg;

	annex_kmap_atomic_fast(&h->annex->kmap_local,
			       annex_test_high(h->annex, 1));
	schedule_timeout_uninterruptible(1);
	complete(&h->done);
	return 0;
}

/* Where the kernel notices, it complains before annex can. */
static void kmap_local_atomic_is_lost_by_who_sleeps(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	struct holder h = { .annex = annex };
	struct annex_kmap_cpu *k = annex_test_local(annex, 0);

	if (IS_ENABLED(CONFIG_PREEMPT_COUNT))
		kunit_skip(test, "this kernel lets nobody do it");
	init_completion(&h.done);
	kthread_run(sleep_in_atomic_at_once, &h, "annex-holder");
	wait_for_completion(&h.done);
	msleep(20);
	KUNIT_EXPECT_EQ(test, k->lost, 1U);
	kthread_run(sleep_in_atomic, &h, "annex-holder");
	wait_for_completion(&h.done);
	msleep(20);
	KUNIT_EXPECT_EQ(test, h.err, 0);
	/* Its two when it ended. */
	KUNIT_EXPECT_EQ(test, k->lost, 3U);
	KUNIT_EXPECT_EQ(test, k->depth, 0U);
	KUNIT_EXPECT_EQ(test, annex_test_local_present(annex, 0), 0U);
	annex_test_validate(test, annex);
}

#define AFFINITY_ROUNDS	1000

/*
 * The scheduler narrows the affinity of a pinned thread to its CPU: since 6.19
 * also if no other thread is to run, and no preempt notifier is called.
 */
static void kmap_local_leaves_the_affinity_as_it_was(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	unsigned int i, pinned = 0, narrowed = 0;
	void *addr;

	for (i = 0; i < AFFINITY_ROUNDS; i++) {
		addr = map(annex, 0);
		schedule();
		if (i % 10 == 0)
			do_sleep(true);
		KUNIT_EXPECT_EQ(test, unmap(annex, addr), 0);
		pinned += pins() != 0;
		narrowed += current->cpus_ptr != &current->cpus_mask;
	}
	KUNIT_EXPECT_EQ(test, pinned, 0U);
	KUNIT_EXPECT_EQ(test, narrowed, 0U);
	annex_test_validate(test, annex);
}

static struct kunit_case kmap_local_pin_cases[] = {
	KUNIT_CASE(kmap_local_keeps_a_thread_where_it_is),
	KUNIT_CASE(kmap_local_goes_with_migrate_disable),
	KUNIT_CASE(kmap_local_leaves_the_affinity_as_it_was),
	KUNIT_CASE(kmap_local_is_waited_for_by_who_moves_it),
	KUNIT_CASE(kmap_local_is_waited_for_by_a_cpu_that_goes),
	KUNIT_CASE(kmap_local_atomic_is_lost_by_who_sleeps),
	{}
};

static struct kunit_suite annex_kmap_local_pin_suite = {
	.name = "annex_kmap_local_pin",
	.test_cases = kmap_local_pin_cases,
};

kunit_test_suite(annex_kmap_local_pin_suite);
