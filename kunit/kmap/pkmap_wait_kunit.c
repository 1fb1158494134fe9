// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of threads that map a frame when all slots are in use: which waiter
 * gets the next slot, how soon, and that no wake-up is lost.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/smp.h>

#include "host/compat_lockdep.h"
#include "kmap/kmap_fast.h"
#include "kmap/pkmap.h"
#include "lib/testmap.h"
#include "lib/testpool.h"

#define SLOTS	ANNEX_PKMAP_MIN

static const struct annex_testpool pool = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 1024,
	.pkmap = SLOTS,
};

/* Frames that waiters want lie beyond those that fill the slots. */
#define WANTED	100

/* A thread that maps once, and stays. */
struct mapper {
	struct annex *annex;
	struct annex_page *page;
	struct task_struct *task;
	struct completion done;
	void *addr;
	ktime_t when;
};

static int map_and_stay(void *arg)
{
	struct mapper *m = arg;

	m->addr = annex_kmap_fast(&m->annex->pkmap, m->page);
	m->when = ktime_get();
	complete(&m->done);
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/* When this returns, the thread is in line. */
static void mapper_start(struct kunit *test, struct mapper *m,
			 struct annex *annex, unsigned int wanted,
			 unsigned int cpu)
{
	unsigned int *nr = &annex->pkmap.nr_waiting, before = READ_ONCE(*nr);
	unsigned long end = jiffies + 5 * HZ;

	m->annex = annex;
	m->page = annex_test_high(annex, wanted);
	init_completion(&m->done);
	m->task = kthread_create(map_and_stay, m, "annex-mapper");
	KUNIT_ASSERT_FALSE(test, IS_ERR(m->task));
	kthread_bind(m->task, cpu % num_online_cpus());
	wake_up_process(m->task);
	while (READ_ONCE(*nr) == before && time_before(jiffies, end))
		usleep_range(500, 600);
	KUNIT_EXPECT_EQ(test, READ_ONCE(*nr), before + 1);
}

static void expect_in_line(struct kunit *test, struct mapper *m)
{
	msleep(20);
	KUNIT_EXPECT_FALSE(test, completion_done(&m->done));
}

/* Is it served? If not in five seconds it never will be: let it go. */
static void expect_served(struct kunit *test, struct mapper *m)
{
	bool done = wait_for_completion_timeout(&m->done, 5 * HZ);

	KUNIT_EXPECT_TRUE_MSG(test, done, "a waiter is left behind");
	if (done)
		complete(&m->done);
	KUNIT_ASSERT_TRUE(test, done);
	KUNIT_EXPECT_NOT_NULL(test, m->addr);
	KUNIT_EXPECT_PTR_EQ(test,
			    annex_pkmap_addr_page(&m->annex->pkmap, m->addr),
			    m->page);
	KUNIT_EXPECT_PTR_EQ(test,
			    __annex_page_address(&m->annex->pkmap, m->page),
			    m->addr);
}

static void mapper_end(struct kunit *test, struct mapper *m)
{
	kthread_stop(m->task);
	KUNIT_EXPECT_EQ(test, annex_kunmap_fast(&m->annex->pkmap, m->page), 0);
}

static struct annex *full_pool(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);

	annex_test_kmap(test, annex, 0, SLOTS);
	return annex;
}

static void *address_of(struct annex *annex, unsigned int i)
{
	return __annex_page_address(&annex->pkmap, annex_test_high(annex, i));
}

#define ROUNDS	15

static void pkmap_kunmap_serves_who_waits(struct kunit *test)
{
	struct annex *annex = full_pool(test);
	struct mapper m;
	s64 us, most = 0;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		void *addr = address_of(annex, i);
		ktime_t start;

		mapper_start(test, &m, annex, WANTED + i, i);
		expect_in_line(test, &m);
		start = ktime_get();
		annex_test_kunmap(test, annex, i, 1);
		expect_served(test, &m);
		us = ktime_us_delta(m.when, start);
		most = max(most, us);
		/* It has that very slot, and that frame has none. */
		KUNIT_EXPECT_PTR_EQ(test, m.addr, addr);
		KUNIT_EXPECT_NULL(test, address_of(annex, i));
		KUNIT_EXPECT_EQ(test, annex_test_slot_count(annex, m.page),
				2U);
		KUNIT_EXPECT_EQ(test, annex_test_event(annex,
						       ANNEX_PKMAP_WAITS),
				1UL + i);
		KUNIT_EXPECT_EQ(test, annex_test_event(annex,
						       ANNEX_TLB_SHOOTDOWNS),
				1UL + i);
		annex_test_expect_slots(test, annex, SLOTS, 0);
		annex_test_validate(test, annex);
		kthread_stop(m.task);
	}
	kunit_info(test, "served after %lld us at most\n", most);
	KUNIT_EXPECT_LT(test, most, (s64)USEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_PKMAP_FLUSHES),
			0UL);
	KUNIT_EXPECT_EQ(test, annex->pkmap.nr_waiting, 0U);
}

static void pkmap_only_the_last_user_leaves_a_slot(struct kunit *test)
{
	struct annex *annex = full_pool(test);
	struct mapper m;

	annex_test_kmap(test, annex, 3, 1);
	mapper_start(test, &m, annex, WANTED, 1);
	annex_test_kunmap(test, annex, 3, 1);
	expect_in_line(test, &m);
	/* Hits go on while somebody waits, and give the slot up last of all. */
	annex_test_kmap(test, annex, 3, 1);
	annex_test_kunmap(test, annex, 3, 1);
	expect_in_line(test, &m);
	annex_test_validate(test, annex);
	annex_test_kunmap(test, annex, 3, 1);
	expect_served(test, &m);
	mapper_end(test, &m);
	annex_test_validate(test, annex);
}

#define LINE	20

/* The first free slot goes to the first waiter, whichever runs first. */
static void pkmap_first_come_first_served(struct kunit *test)
{
	struct annex *annex = full_pool(test);
	void *addr[LINE];
	struct mapper *m;
	unsigned int i;

	m = kunit_kcalloc(test, LINE, sizeof(*m), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	for (i = 0; i < LINE; i++) {
		addr[i] = address_of(annex, i);
		mapper_start(test, &m[i], annex, WANTED + i, i);
	}
	KUNIT_EXPECT_EQ(test, annex->pkmap.nr_waiting, LINE);
	annex_test_validate(test, annex);
	/* One by one, then the rest at once. */
	for (i = 0; i < LINE / 2; i++) {
		annex_test_kunmap(test, annex, i, 1);
		expect_served(test, &m[i]);
		KUNIT_EXPECT_FALSE(test, completion_done(&m[i + 1].done));
	}
	annex_test_kunmap(test, annex, LINE / 2, LINE / 2);
	for (i = 0; i < LINE; i++) {
		expect_served(test, &m[i]);
		KUNIT_EXPECT_PTR_EQ(test, m[i].addr, addr[i]);
		mapper_end(test, &m[i]);
	}
	KUNIT_EXPECT_EQ(test, annex->pkmap.nr_waiting, 0U);
	annex_test_expect_slots(test, annex, SLOTS - LINE, LINE);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_PKMAP_WAITS),
			(unsigned long)LINE);
	annex_test_validate(test, annex);
}

/*
 * Three slots came for the two frames of the waiters. If the last one comes when
 * all are served already, it stays mapped and unused; else a waiter that finds
 * its frame mapped frees it.
 */
static void expect_one_to_spare(struct kunit *test, struct annex *annex)
{
	struct annex_test_slots n = annex_test_slots(annex);

	KUNIT_EXPECT_EQ(test, n.used, SLOTS - 1U);
	KUNIT_EXPECT_EQ(test, n.unused + n.free, 1U);
	KUNIT_EXPECT_EQ(test, annex->pkmap.nr_free, n.free);
}

static void unmap_three(struct kunit *test, struct annex *annex, bool apart)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		annex_test_kunmap(test, annex, i, 1);
		if (apart)
			msleep(20);
	}
}

static void share(struct kunit *test, struct annex *annex, const u8 *wants,
		  unsigned int first, bool apart)
{
	struct annex_page *page = annex_test_high(annex, first);
	struct mapper m[4];
	unsigned int k;

	for (k = 0; k < 4; k++)
		mapper_start(test, &m[k], annex, first + wants[k], k);
	unmap_three(test, annex, apart);
	for (k = 0; k < 4; k++)
		expect_served(test, &m[k]);
	KUNIT_EXPECT_EQ(test, annex_test_slot_count(annex, page), 4U);
	KUNIT_EXPECT_EQ(test, annex_test_slot_count(annex, page + 1), 2U);
	expect_one_to_spare(test, annex);
	annex_test_validate(test, annex);
	for (k = 0; k < 4; k++)
		mapper_end(test, &m[k]);
	annex_test_kmap(test, annex, 0, 3);
}

/*
 * Some waiters want one frame, others another: as many slots as frames, and one
 * to wake the waiters whose frame was mapped meanwhile, whatever the order of
 * the queue; and no frame is in two slots. The slots come all at once, and one
 * by one.
 */
static void pkmap_who_wants_the_same_shares_it(struct kunit *test)
{
	static const u8 wants[][4] = {
		{ 0, 0, 0, 1 }, { 0, 1, 0, 0 }, { 1, 0, 0, 0 }, { 0, 0, 1, 0 },
	};
	struct annex *annex = full_pool(test);
	unsigned int i;

	for (i = 0; i < 2 * ARRAY_SIZE(wants); i++)
		share(test, annex, wants[i / 2], WANTED + 2 * i, i % 2);
	KUNIT_EXPECT_EQ(test, annex->pkmap.nr_waiting, 0U);
	annex_test_validate(test, annex);
}

static ANNEX_IPI_MAP(unmap_map);

/* What interrupts unmap others get as well. */
static void unmap_here(void *arg)
{
	struct annex *annex = arg;

	annex_ipi_begin(&unmap_map);
	WARN_ON(annex_kunmap_fast(&annex->pkmap, annex_test_high(annex, 9)));
	annex_ipi_end(&unmap_map);
}

static void pkmap_kunmap_in_an_interrupt_serves(struct kunit *test)
{
	struct annex *annex = full_pool(test);
	unsigned int cpu, round;
	struct mapper m;

	for (round = 0; round < 4; round++) {
		mapper_start(test, &m, annex, WANTED + round, round);
		cpu = cpumask_any_but(cpu_online_mask, round / 2);
		if (cpu >= nr_cpu_ids)
			cpu = 0;
		KUNIT_EXPECT_EQ(test, smp_call_function_single(cpu, unmap_here,
							       annex, 1), 0);
		expect_served(test, &m);
		mapper_end(test, &m);
		annex_test_kmap(test, annex, 9, 1);
		annex_test_validate(test, annex);
	}
}

/* A thread that has its frame mapped nearly all the time. */
struct glutton {
	struct annex *annex;
	struct annex_page *page;
	struct task_struct *task;
	unsigned long rounds;
	unsigned long errors;
};

static int gorge(void *arg)
{
	struct glutton *g = arg;

	while (!kthread_should_stop()) {
		if (!annex_kmap_fast(&g->annex->pkmap, g->page) ||
		    annex_kunmap_fast(&g->annex->pkmap, g->page))
			g->errors++;
		WRITE_ONCE(g->rounds, g->rounds + 1);
		cond_resched();
	}
	return 0;
}

static bool moves(struct glutton *g)
{
	unsigned long was = READ_ONCE(g->rounds), end = jiffies + 2 * HZ;

	while (READ_ONCE(g->rounds) == was && time_before(jiffies, end))
		usleep_range(500, 600);
	return READ_ONCE(g->rounds) != was;
}

/* A thread that uses a slot all the time has to leave it to a waiter. */
static void pkmap_hot_slots_are_handed_over(struct kunit *test)
{
	struct annex *annex = full_pool(test);
	struct glutton g = { .annex = annex,
			     .page = annex_test_high(annex, 0) };
	unsigned int i;
	s64 most = 0;

	g.task = kthread_create(gorge, &g, "annex-glutton");
	KUNIT_ASSERT_FALSE(test, IS_ERR(g.task));
	wake_up_process(g.task);
	annex_test_kunmap(test, annex, 0, 1);
	for (i = 0; i < ROUNDS; i++) {
		struct mapper m = {
			.annex = annex,
			.page = annex_test_high(annex, WANTED + i),
		};
		ktime_t start = ktime_get();

		KUNIT_EXPECT_TRUE(test, moves(&g));
		init_completion(&m.done);
		m.task = kthread_run(map_and_stay, &m, "annex-mapper");
		KUNIT_ASSERT_FALSE(test, IS_ERR(m.task));
		expect_served(test, &m);
		most = max(most, ktime_us_delta(m.when, start));
		mapper_end(test, &m);
	}
	KUNIT_EXPECT_TRUE(test, moves(&g));
	kthread_stop(g.task);
	kunit_info(test, "%lu rounds, others served after %lld us at most\n",
		   g.rounds, most);
	KUNIT_EXPECT_EQ(test, g.errors, 0UL);
	KUNIT_EXPECT_EQ(test, annex->pkmap.nr_waiting, 0U);
	annex_test_validate(test, annex);
}

static struct kunit_case pkmap_wait_cases[] = {
	KUNIT_CASE(pkmap_kunmap_serves_who_waits),
	KUNIT_CASE(pkmap_only_the_last_user_leaves_a_slot),
	KUNIT_CASE(pkmap_first_come_first_served),
	KUNIT_CASE(pkmap_who_wants_the_same_shares_it),
	KUNIT_CASE(pkmap_kunmap_in_an_interrupt_serves),
	KUNIT_CASE(pkmap_hot_slots_are_handed_over),
	{}
};

static struct kunit_suite annex_pkmap_wait_suite = {
	.name = "annex_pkmap_wait",
	.test_cases = pkmap_wait_cases,
};

kunit_test_suite(annex_pkmap_wait_suite);
