// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of kmap_local mappings with several users of one CPU: threads that take
 * turns, sleep and end with mappings, and interrupts on top of them.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/sched/task.h>

#include "host/compat_timer.h"
#include "kmap/kmap_fast.h"
#include "kmap/kmap_local.h"
#include "lib/testmap.h"
#include "lib/testpool.h"

static const struct annex_testpool pool = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 1024,
	.kmap_local = true,
};

/* Mappings of a context, on top of those of the context it interrupts. */
struct stack {
	struct annex *annex;
	struct rnd_state rnd;
	unsigned int most;
	unsigned int nr;
	void *addr[ANNEX_KM_MAX];
	annex_pfn_t pfn[ANNEX_KM_MAX];
	bool atomic[ANNEX_KM_MAX];
	unsigned int cpu;
	unsigned long pushes;
	unsigned long errors;
};

static void complain(struct stack *s, const char *what)
{
	if (!s->errors++)
		pr_err("annex-kunit: %s of %u\n", what, s->nr);
}

/* Is everything where it was? */
static void look(struct stack *s)
{
	unsigned int i;

	for (i = 0; i < s->nr; i++)
		if (annex_test_local_shown(s->annex, s->addr[i]) != s->pfn[i])
			complain(s, "another frame is shown");
	if (s->nr && raw_smp_processor_id() != s->cpu)
		complain(s, "another CPU has the mappings");
}

static void push_as(struct stack *s, bool atomic)
{
	unsigned int i = s->nr;

	s->pfn[i] =
		s->annex->frames.lowmem_pages + annex_test_below(&s->rnd, 2000);
	s->atomic[i] = atomic;
	s->addr[i] = atomic ? annex_kmap_atomic_fast(&s->annex->kmap_local,
						     s->annex->frames.mem_map +
							     s->pfn[i]) :
			      __annex_kmap_local_pfn(&s->annex->kmap_local,
						     s->pfn[i]);
	if (!s->addr[i]) {
		complain(s, "no mapping");
		return;
	}
	if (!i)
		s->cpu = raw_smp_processor_id();
	else if (s->addr[i] != s->addr[i - 1] + ANNEX_KM_STRIDE * PAGE_SIZE)
		complain(s, "the address does not follow");
	s->nr++;
	WRITE_ONCE(s->pushes, s->pushes + 1);
}

static void push(struct stack *s)
{
	push_as(s, false);
}

static void pop(struct stack *s)
{
	void *addr = s->addr[s->nr - 1];
	int err =
		s->atomic[s->nr - 1] ?
			annex_kunmap_atomic_fast(&s->annex->kmap_local, addr) :
			annex_kunmap_local_fast(&s->annex->kmap_local, addr);

	if (err)
		complain(s, "refused");
	s->nr--;
	if (!s->nr && !in_hardirq() && !in_serving_softirq())
		return;
	if (annex_test_local_shown(s->annex, addr) != ANNEX_WINDOW_NONE)
		complain(s, "still there");
}

/* Sometimes one more for a moment, which may as well be the first. */
static void push_or_pop(struct stack *s)
{
	look(s);
	if (s->nr < s->most && !annex_test_below(&s->rnd, 4)) {
		push_as(s, true);
		look(s);
		pop(s);
	}
	if (s->nr && (s->nr == s->most || annex_test_below(&s->rnd, 100) < 49))
		pop(s);
	else
		push(s);
}

static void pop_all(struct stack *s)
{
	while (s->nr) {
		look(s);
		pop(s);
	}
}

static void expect_nothing_left(struct kunit *test, struct annex *annex)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct annex_kmap_cpu *kc = annex_test_local(annex, cpu);

		KUNIT_EXPECT_EQ(test, kc->depth, 0U);
		KUNIT_EXPECT_EQ(test, kc->nr_parked, 0U);
		KUNIT_EXPECT_EQ(test, annex_test_local_present(annex, cpu), 0U);
	}
	annex_test_validate(test, annex);
}

/* A thread of a test's, which it waits for. */
struct worker {
	struct stack stack;
	struct stack other;		/* of another pool */
	struct worker *peer;
	unsigned int rounds;
	unsigned long end;
	struct completion go;
	struct completion done;
	struct task_struct *task;
};

static struct worker *workers(struct kunit *test, unsigned int nr)
{
	struct worker *w = kunit_kcalloc(test, nr, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	return w;
}

static void worker_start(struct kunit *test, struct worker *w,
			 struct annex *annex, int (*fn)(void *), int cpu)
{
	w->stack.annex = annex;
	init_completion(&w->go);
	init_completion(&w->done);
	w->task = kthread_create(fn, w, "annex-local");
	KUNIT_ASSERT_FALSE(test, IS_ERR(w->task));
	get_task_struct(w->task);
	if (cpu >= 0)
		kthread_bind(w->task, cpu % num_online_cpus());
	wake_up_process(w->task);
}

#ifdef CONFIG_SMP
static bool runs(const struct task_struct *task)
{
	/* It is cleared behind the last notifier; what that did is seen. */
	return smp_load_acquire(&task->on_cpu);
}
#else
static bool runs(const struct task_struct *task)
{
	return task == current;
}
#endif

static void worker_end(struct kunit *test, struct worker *w)
{
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&w->done,
							    60 * HZ));
	/* The thread has ended: its mappings have no owner any more. */
	while (READ_ONCE(w->task->__state) != TASK_DEAD || runs(w->task))
		usleep_range(500, 600);
	put_task_struct(w->task);
	KUNIT_EXPECT_EQ(test, w->stack.errors, 0UL);
	KUNIT_EXPECT_EQ(test, w->other.errors, 0UL);
}

static int hold_and_sleep(void *arg)
{
	struct worker *w = arg;

	while (w->stack.nr < w->stack.most)
		push(&w->stack);
	complete(&w->done);
	wait_for_completion(&w->go);
	pop_all(&w->stack);
	complete(&w->done);
	return 0;
}

static void wait_until_parked(struct kunit *test, struct annex *annex,
			      unsigned int cpu, unsigned int nr)
{
	struct annex_kmap_cpu *kc = annex_test_local(annex, cpu);
	unsigned long end = jiffies + 5 * HZ;

	while (READ_ONCE(kc->nr_parked) != nr && time_before(jiffies, end))
		usleep_range(500, 600);
	KUNIT_EXPECT_EQ(test, kc->nr_parked, nr);
}

/* A thread that sleeps leaves all of the CPU's stack to others. */
static void kmap_local_sleepers_take_theirs_along(struct kunit *test)
{
	static const u8 depth[] = { 3, 16, 1, 7 };
	struct annex *annex = annex_testpool(test, &pool);
	unsigned int i, cpu = num_online_cpus() - 1;
	struct worker *w = workers(test, ARRAY_SIZE(depth));

	for (i = 0; i < ARRAY_SIZE(depth); i++) {
		w[i].stack.most = depth[i];
		worker_start(test, &w[i], annex, hold_and_sleep, cpu);
		wait_for_completion(&w[i].done);
		wait_until_parked(test, annex, cpu, i + 1);
		KUNIT_EXPECT_EQ(test, annex_test_local(annex, cpu)->depth, 0U);
		KUNIT_EXPECT_EQ(test, annex_test_local_present(annex, cpu), 0U);
		annex_test_validate(test, annex);
	}
	/* Not in the order in which they came. */
	for (i = 0; i < ARRAY_SIZE(depth); i++) {
		struct worker *next = &w[(i * 3 + 1) % ARRAY_SIZE(depth)];

		complete(&next->go);
		worker_end(test, next);
		KUNIT_EXPECT_EQ(test, annex_test_local(annex, cpu)->nr_parked,
				(unsigned int)ARRAY_SIZE(depth) - 1 - i);
		annex_test_validate(test, annex);
	}
	expect_nothing_left(test, annex);
	KUNIT_EXPECT_EQ(test, annex_test_local(annex, cpu)->lost, 0U);
}

static int take_turns(void *arg)
{
	struct worker *w = arg;
	unsigned int i;

	for (i = 0; i < w->rounds; i++) {
		wait_for_completion(&w->go);
		push_or_pop(&w->stack);
		if (w->other.annex)
			push_or_pop(&w->other);
		complete(&w->peer->go);
	}
	wait_for_completion(&w->go);
	pop_all(&w->stack);
	pop_all(&w->other);
	complete(&w->peer->go);
	complete(&w->done);
	return 0;
}

static void alternate(struct kunit *test, struct annex *annex,
		      struct annex *other)
{
	struct worker *w = workers(test, 2);
	struct rnd_state rnd;
	unsigned int i;

	annex_test_seed(test, &rnd);
	for (i = 0; i < 2; i++) {
		prandom_seed_state(&w[i].stack.rnd, prandom_u32_state(&rnd));
		prandom_seed_state(&w[i].other.rnd, prandom_u32_state(&rnd));
		w[i].stack.most = ANNEX_KM_MAX;
		w[i].other.most = ANNEX_KM_MAX;
		w[i].other.annex = other;
		w[i].rounds = 5000;
		w[i].peer = &w[!i];
		worker_start(test, &w[i], annex, take_turns, 0);
	}
	complete(&w[0].go);
	for (i = 0; i < 2; i++)
		worker_end(test, &w[i]);
	expect_nothing_left(test, annex);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), 0UL);
}

static void kmap_local_two_threads_take_turns(struct kunit *test)
{
	alternate(test, annex_testpool(test, &pool), NULL);
}

/* Each pool keeps what is its own of the same threads. */
static void kmap_local_two_pools_take_turns(struct kunit *test)
{
	struct annex *other = annex_testpool(test, &pool);

	alternate(test, annex_testpool(test, &pool), other);
	expect_nothing_left(test, other);
}

static int hold_and_end(void *arg)
{
	struct worker *w = arg;

	while (w->stack.nr < w->stack.most)
		push(&w->stack);
	if (w->rounds)
		msleep(20);
	look(&w->stack);
	complete(&w->done);
	return 0;
}

/* Threads that end with mappings leave no trace but in the books. */
static void kmap_local_threads_may_end_with_mappings(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	unsigned int i, cpu = num_online_cpus() - 1, lost = 0;
	struct annex_kmap_cpu *kc = annex_test_local(annex, cpu);
	unsigned int records = kc->nr_records;

	for (i = 0; i < 12; i++) {
		struct worker *w = workers(test, 1);

		w->rounds = i & 1;
		w->stack.most = 1 + i;
		worker_start(test, w, annex, hold_and_end, cpu);
		worker_end(test, w);
		lost += 1 + i;
		KUNIT_EXPECT_EQ(test, kc->lost, lost);
		expect_nothing_left(test, annex);
	}
	/* Their records are used again. */
	KUNIT_EXPECT_EQ(test, kc->nr_records, records);
}

static void kmap_local_exit_tells_of_mappings(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	struct worker *w = workers(test, 3);
	unsigned int i;

	/* On a CPU that stays: the scheduler keeps them in mind. */
	for (i = 0; i < 3; i++) {
		w[i].stack.most = 2 + i;
		worker_start(test, &w[i], annex, hold_and_sleep, 0);
		wait_for_completion(&w[i].done);
	}
	msleep(20);
	KUNIT_EXPECT_EQ(test, annex_kmap_local_exit(&annex->kmap_local),
			2U + 3 + 4);
	/* They sleep, wake and end, and have no pool any more. */
	for (i = 0; i < 3; i++) {
		w[i].stack.nr = 0;
		complete(&w[i].go);
		worker_end(test, &w[i]);
	}
}

/* An interrupting context: a timer that acts itself, or has a tasklet act. */
struct intruder {
	struct stack stack;
	struct hrtimer timer;
	struct tasklet_struct tasklet;
	bool by_tasklet;
	void *hands_off;		/* the thread's, which is not theirs */
	unsigned long refused;
};

/* Some deep, and gone when it returns. */
static void act(struct intruder *in)
{
	unsigned int n = 1 + annex_test_below(&in->stack.rnd, 3);
	void *addr = READ_ONCE(in->hands_off);

	if (addr) {
		if (!annex_kunmap_local_fast(&in->stack.annex->kmap_local,
					     addr))
			complain(&in->stack, "took a thread's mapping");
		WRITE_ONCE(in->refused, in->refused + 1);
		return;
	}
	while (n--)
		push_as(&in->stack, annex_test_below(&in->stack.rnd, 2));
	pop_all(&in->stack);
}

static enum hrtimer_restart intrude(struct hrtimer *timer)
{
	struct intruder *in = container_of(timer, struct intruder, timer);

	if (in->by_tasklet)
		tasklet_schedule(&in->tasklet);
	else
		act(in);
	/* Odd enough to hit the thread and each other everywhere. */
	hrtimer_forward_now(timer, ns_to_ktime((61 + in->stack.pushes % 17) *
					       NSEC_PER_USEC));
	return HRTIMER_RESTART;
}

static void intrude_late(struct tasklet_struct *tasklet)
{
	act(container_of(tasklet, struct intruder, tasklet));
}

static void intruder_begin(struct intruder *in, struct annex *annex,
			   enum hrtimer_mode mode, bool by_tasklet, u32 seed)
{
	in->stack.annex = annex;
	in->stack.most = 3;
	prandom_seed_state(&in->stack.rnd, seed);
	in->by_tasklet = by_tasklet;
	tasklet_setup(&in->tasklet, intrude_late);
	hrtimer_setup(&in->timer, intrude, CLOCK_MONOTONIC, mode);
	hrtimer_start(&in->timer, ns_to_ktime(60 * NSEC_PER_USEC), mode);
}

static void intruder_end(struct kunit *test, struct intruder *in)
{
	hrtimer_cancel(&in->timer);
	tasklet_kill(&in->tasklet);
	kunit_info(test, "%lu mappings, %lu times refused\n",
		   in->stack.pushes, in->refused);
	KUNIT_EXPECT_EQ(test, in->stack.errors, 0UL);
}

#define INTRUDERS	3

static struct intruder *intruders_begin(struct kunit *test,
					struct annex *annex,
					struct rnd_state *rnd)
{
	struct intruder *in = kunit_kcalloc(test, INTRUDERS, sizeof(*in),
					    GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, in);
	intruder_begin(&in[0], annex, HRTIMER_MODE_REL_PINNED, false,
		       prandom_u32_state(rnd));
	intruder_begin(&in[1], annex, HRTIMER_MODE_REL_PINNED_SOFT, false,
		       prandom_u32_state(rnd));
	intruder_begin(&in[2], annex, HRTIMER_MODE_REL_PINNED, true,
		       prandom_u32_state(rnd));
	return in;
}

static unsigned long fewest_pushes(const struct intruder *in)
{
	unsigned long fewest = ULONG_MAX;
	unsigned int i;

	for (i = 0; i < INTRUDERS; i++)
		fewest = min(fewest, READ_ONCE(in[i].stack.pushes));
	return fewest;
}

/* The thread has seven at most, so that the three fit on top. */
static void kmap_local_interrupts_are_on_top(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	struct stack s = { .annex = annex, .most = 7 };
	struct rnd_state rnd;
	struct intruder *in;
	unsigned int i;

	annex_test_seed(test, &rnd);
	prandom_seed_state(&s.rnd, prandom_u32_state(&rnd));
	migrate_disable();
	in = intruders_begin(test, annex, &rnd);
	for (i = 0; i < 20000 || fewest_pushes(in) < 600; i++) {
		push_or_pop(&s);
		if (i % 16 == 0)
			cond_resched();
		if (i % 1000 == 0)
			usleep_range(100, 200);
	}
	for (i = 0; i < INTRUDERS; i++)
		intruder_end(test, &in[i]);
	pop_all(&s);
	migrate_enable();
	KUNIT_EXPECT_EQ(test, s.errors, 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), 0UL);
	expect_nothing_left(test, annex);
}

/* An interrupt may unmap its own mappings, not those of the thread. */
static void kmap_local_interrupts_keep_their_hands_off(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	struct stack s = { .annex = annex, .most = 2 };
	unsigned long end = jiffies + 10 * HZ, refused = 0;
	struct rnd_state rnd;
	struct intruder *in;
	unsigned int i;

	annex_test_seed(test, &rnd);
	migrate_disable();
	push(&s);
	push(&s);
	in = intruders_begin(test, annex, &rnd);
	for (i = 0; i < INTRUDERS; i++) {
		WRITE_ONCE(in[i].hands_off, s.addr[1]);
		while (READ_ONCE(in[i].refused) < 3 && time_before(jiffies, end))
			cond_resched();
		WRITE_ONCE(in[i].hands_off, NULL);
		look(&s);
	}
	for (i = 0; i < INTRUDERS; i++) {
		intruder_end(test, &in[i]);
		KUNIT_EXPECT_GE(test, in[i].refused, 3UL);
		refused += in[i].refused;
	}
	pop_all(&s);
	migrate_enable();
	KUNIT_EXPECT_EQ(test, s.errors, 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), refused);
	expect_nothing_left(test, annex);
}

#define THREADS	40

static int nest_at_random(void *arg)
{
	struct worker *w = arg;
	struct stack *s = &w->stack;

	while (time_before(jiffies, w->end)) {
		unsigned int dice = annex_test_below(&s->rnd, 1000);

		push_or_pop(s);
		if (dice < 3)
			schedule_timeout_uninterruptible(1);
		else if (dice < 200)
			schedule();
		else
			cond_resched();
		/* With nothing mapped, the thread may migrate. */
		if (dice > 990)
			pop_all(s);
	}
	pop_all(s);
	complete(&w->done);
	return 0;
}

static void kmap_local_many_threads_nest_at_random(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	struct worker *w = workers(test, THREADS);
	unsigned int i, cpu, records = 0;
	unsigned long pushes = 0;
	struct rnd_state rnd;

	annex_test_seed(test, &rnd);
	for (i = 0; i < THREADS; i++) {
		prandom_seed_state(&w[i].stack.rnd, prandom_u32_state(&rnd));
		w[i].stack.most = 1 + i % ANNEX_KM_MAX;
		w[i].end = jiffies + 4 * HZ;
		worker_start(test, &w[i], annex, nest_at_random, -1);
	}
	while (time_before(jiffies, w[0].end)) {
		annex_test_validate(test, annex);
		msleep(100);
	}
	for (i = 0; i < THREADS; i++) {
		worker_end(test, &w[i]);
		pushes += w[i].stack.pushes;
	}
	for_each_possible_cpu(cpu)
		records += annex_test_local(annex, cpu)->nr_records;
	kunit_info(test, "%lu mappings, %u records\n", pushes, records);
	KUNIT_EXPECT_GT(test, pushes, 10000UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), 0UL);
	expect_nothing_left(test, annex);
}

static struct kunit_case kmap_local_thread_cases[] = {
	KUNIT_CASE(kmap_local_sleepers_take_theirs_along),
	KUNIT_CASE(kmap_local_two_threads_take_turns),
	KUNIT_CASE(kmap_local_two_pools_take_turns),
	KUNIT_CASE(kmap_local_threads_may_end_with_mappings),
	KUNIT_CASE(kmap_local_exit_tells_of_mappings),
	KUNIT_CASE(kmap_local_interrupts_are_on_top),
	KUNIT_CASE(kmap_local_interrupts_keep_their_hands_off),
	KUNIT_CASE(kmap_local_many_threads_nest_at_random),
	{}
};

static struct kunit_suite annex_kmap_local_thread_suite = {
	.name = "annex_kmap_local_thread",
	.test_cases = kmap_local_thread_cases,
};

kunit_test_suite(annex_kmap_local_thread_suite);
