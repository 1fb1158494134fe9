// SPDX-License-Identifier: GPL-2.0-only
/*
 * A heap under traffic: a thread on each CPU, a hard interrupt, a softirq, and
 * a thread that shrinks and recounts the heap. In the end every frame is free
 * again. Once without and once with slab_debug.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>

#include "heap/cache.h"
#include "heap/heap.h"
#include "heap/kmalloc.h"
#include "heap/kmalloc_fast.h"
#include "host/compat_timer.h"
#include "lib/heaptraffic.h"
#include "lib/testpool.h"

#define THREADS		2
#define CALLS		50000	/* of each thread */

static const u32 cache_sizes[HEAPTRAFFIC_CACHES] = { 24, 200, 1000, 3000 };

static const slab_flags_t cache_flags[HEAPTRAFFIC_CACHES] = {
	0, SLAB_HWCACHE_ALIGN, SLAB_RECLAIM_ACCOUNT, SLAB_RED_ZONE,
};

struct scene {
	struct annex *annex;
	struct annex_kmem_cache *cache[HEAPTRAFFIC_CACHES];
	struct heaptraffic_ops ops;
	void **entry;
	void **irq_entry;
};

static void *do_kmalloc(void *pool, size_t size, gfp_t gfp)
{
	return __annex_kmalloc(&(((struct scene *)pool)->annex)->heap, size,
			       gfp);
}

static void *do_krealloc(void *pool, void *object, size_t size, gfp_t gfp)
{
	return __annex_krealloc(&(((struct scene *)pool)->annex)->heap, object,
				size, gfp);
}

static int do_kfree(void *pool, void *object)
{
	return __annex_kfree(&(((struct scene *)pool)->annex)->heap, object);
}

static void *do_cache_alloc(void *pool, unsigned int cache, gfp_t gfp)
{
	struct scene *s = pool;

	return annex_cache_alloc(&s->annex->heap, s->cache[cache], gfp);
}

static int do_cache_free(void *pool, unsigned int cache, void *object)
{
	struct scene *s = pool;

	return annex_cache_free(&s->annex->heap, s->cache[cache], object);
}

static struct scene *set_up(struct kunit *test, bool slab_debug)
{
	const struct annex_testpool opts = {
		.start = 5ULL << 30, .nr_pages = 6144, .lowmem_pages = 6000,
		.contents = true, .heap = true, .slab_debug = slab_debug,
	};
	struct scene *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->annex = annex_testpool(test, &opts);
	s->ops = (struct heaptraffic_ops){
		.alloc = do_kmalloc, .realloc = do_krealloc,
		.free = do_kfree, .cache_alloc = do_cache_alloc,
		.cache_free = do_cache_free, .pool = s,
	};
	for (i = 0; i < HEAPTRAFFIC_CACHES; i++) {
		char name[16];

		snprintf(name, sizeof(name), "traffic-%u", cache_sizes[i]);
		s->ops.cache_size[i] = cache_sizes[i];
		s->cache[i] = annex_cache_create(&s->annex->heap, name,
						 cache_sizes[i], 0,
						 cache_flags[i], NULL);
		KUNIT_ASSERT_FALSE(test, IS_ERR(s->cache[i]));
	}
	s->entry = kunit_kcalloc(test, HEAPTRAFFIC_ENTRIES, sizeof(void *),
				 GFP_KERNEL);
	s->irq_entry = kunit_kcalloc(test, HEAPTRAFFIC_ENTRIES, sizeof(void *),
				     GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s->entry);
	KUNIT_ASSERT_NOT_NULL(test, s->irq_entry);
	return s;
}

struct worker {
	struct heaptraffic traffic;
	struct task_struct *task;
	struct completion done;
};

static int work(void *arg)
{
	struct worker *w = arg;

	heaptraffic_run(&w->traffic, CALLS);
	complete(&w->done);
	return 0;
}

static void begin(struct kunit *test, struct worker *w, struct scene *s,
		  struct rnd_state *rnd, unsigned int i)
{
	w->traffic = (struct heaptraffic){
		.ops = &s->ops, .entry = s->entry, .gfp = GFP_KERNEL,
	};
	prandom_seed_state(&w->traffic.rnd, prandom_u32_state(rnd));
	init_completion(&w->done);
	w->task = kthread_create(work, w, "annex-heap-%u", i);
	KUNIT_ASSERT_FALSE(test, IS_ERR(w->task));
	kthread_bind(w->task, i % num_online_cpus());
	wake_up_process(w->task);
}

/* Two timers, one of which fires in a hard interrupt and one in a softirq. */
struct intruder {
	struct heaptraffic traffic;
	struct hrtimer timer;
	bool came;
};

static enum hrtimer_restart intrude(struct hrtimer *timer)
{
	struct intruder *in = container_of(timer, struct intruder, timer);

	heaptraffic_step(&in->traffic);
	WRITE_ONCE(in->came, true);
	hrtimer_forward_now(timer, ns_to_ktime((211 + in->traffic.calls % 17) *
					       NSEC_PER_USEC));
	return HRTIMER_RESTART;
}

static void begin_intruder(struct intruder *in, struct scene *s,
			   struct rnd_state *rnd, enum hrtimer_mode mode)
{
	in->traffic = (struct heaptraffic){
		.ops = &s->ops, .entry = s->irq_entry, .gfp = GFP_ATOMIC,
	};
	prandom_seed_state(&in->traffic.rnd, prandom_u32_state(rnd));
	hrtimer_setup(&in->timer, intrude, CLOCK_MONOTONIC, mode);
	hrtimer_start(&in->timer, ns_to_ktime(200 * NSEC_PER_USEC), mode);
}

static void expect_right(struct kunit *test, const struct heaptraffic *t)
{
	kunit_info(test, "%lu calls, %lu times nothing\n", t->calls,
		   t->denied);
	KUNIT_EXPECT_EQ(test, t->errors, 0UL);
	KUNIT_EXPECT_GT(test, t->calls, 0UL);
	KUNIT_EXPECT_LT(test, t->denied, t->calls / 2 + 1);
}

static void run(struct kunit *test, struct scene *s)
{
	struct worker *w = kunit_kcalloc(test, THREADS, sizeof(*w),
					 GFP_KERNEL);
	struct intruder *in = kunit_kcalloc(test, 2, sizeof(*in), GFP_KERNEL);
	struct rnd_state rnd;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, w);
	KUNIT_ASSERT_NOT_NULL(test, in);
	annex_test_seed(test, &rnd);
	begin_intruder(&in[0], s, &rnd, HRTIMER_MODE_REL);
	begin_intruder(&in[1], s, &rnd, HRTIMER_MODE_REL_SOFT);
	/* Threads may be done before a clock that ticks slowly has ticked. */
	for (i = 0; i < 2; i++)
		while (!READ_ONCE(in[i].came))
			msleep(20);
	for (i = 0; i < THREADS; i++)
		begin(test, &w[i], s, &rnd, i);
	for (i = 0; i < THREADS; i++)
		while (!wait_for_completion_timeout(&w[i].done, HZ / 10)) {
			annex_test_validate(test, s->annex);
			annex_heap_shrink(&s->annex->heap);
		}
	for (i = 0; i < 2; i++)
		hrtimer_cancel(&in[i].timer);
	heaptraffic_finish(&w[0].traffic);
	heaptraffic_finish(&in[0].traffic);
	for (i = 0; i < THREADS; i++)
		expect_right(test, &w[i].traffic);
	for (i = 0; i < 2; i++)
		expect_right(test, &in[i].traffic);
}

static void torture(struct kunit *test, bool slab_debug)
{
	struct scene *s = set_up(test, slab_debug);
	unsigned int i;

	run(test, s);
	annex_test_validate(test, s->annex);
	for (i = 0; i < HEAPTRAFFIC_CACHES; i++)
		KUNIT_EXPECT_EQ(test,
				annex_cache_destroy(&s->annex->heap,
						    s->cache[i]),
				0);
	annex_heap_shrink(&s->annex->heap);
	KUNIT_EXPECT_EQ(test, s->annex->heap.nr_slabs, 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(s->annex, ANNEX_BAD_HEAP), 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(s->annex, ANNEX_SLAB_CORRUPT),
			0UL);
	annex_test_free_pages(s->annex);
	KUNIT_EXPECT_EQ(test, annex_zones_used(&s->annex->frames), 0UL);
	annex_test_validate(test, s->annex);
}

static void heap_torture(struct kunit *test)
{
	torture(test, false);
}

static void heap_torture_watched(struct kunit *test)
{
	torture(test, true);
}

/*
 * Two threads free the same object at the same moment, over and over: one is
 * thanked, the other is told, each time.
 */
struct racer {
	struct annex *annex;
	void **object;
	atomic_t *ready;
	atomic_t *thanked;
	atomic_t *told;
	struct completion done;
	unsigned int rounds;
};

#define RACERS		2

/* All wait for all, before and after each round, and see what the others did. */
static void meet(struct racer *r, int n)
{
	atomic_inc_return_release(r->ready);
	while (atomic_read_acquire(r->ready) < n)
		cond_resched();
}

static int race(void *arg)
{
	struct racer *r = arg;
	unsigned int i;

	for (i = 0; i < r->rounds; i++) {
		int err;

		meet(r, (RACERS + 1) * (2 * i + 1));
		err = __annex_kfree(&r->annex->heap, *r->object);
		atomic_inc(err ? r->told : r->thanked);
		meet(r, (RACERS + 1) * (2 * i + 2));
	}
	complete(&r->done);
	return 0;
}

/* Each racer has a copy of @all, and a completion of its own. */
static void start_racers(struct kunit *test, struct racer *r,
			 const struct racer *all)
{
	struct task_struct *task;
	unsigned int i;

	for (i = 0; i < RACERS; i++) {
		r[i] = *all;
		init_completion(&r[i].done);
		task = kthread_create(race, &r[i], "annex-racer-%u", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(task));
		kthread_bind(task, i % num_online_cpus());
		wake_up_process(task);
	}
}

/* An object for each round, which all racers free. */
static void run_rounds(struct racer *r)
{
	static const size_t sizes[] = { 8, 64, 1024, 8192, 20000 };
	unsigned int i;

	for (i = 0; i < r->rounds; i++) {
		*r->object = __annex_kmalloc(&r->annex->heap,
					     sizes[i % ARRAY_SIZE(sizes)],
					     GFP_KERNEL | __GFP_NOFAIL);
		meet(r, (RACERS + 1) * (2 * i + 1));
		meet(r, (RACERS + 1) * (2 * i + 2));
	}
}

static void heap_of_two_who_free_one_is_told(struct kunit *test)
{
	struct scene *s = set_up(test, false);
	struct racer *r = kunit_kcalloc(test, RACERS, sizeof(*r), GFP_KERNEL);
	atomic_t ready = ATOMIC_INIT(0), thanked = ATOMIC_INIT(0);
	atomic_t told = ATOMIC_INIT(0);
	/* With one processor a meeting takes as long as a time slice. */
	const unsigned int rounds = num_online_cpus() > 1 ? 500 : 10;
	void *object = NULL;
	const struct racer all = {
		.annex = s->annex, .object = &object, .ready = &ready,
		.thanked = &thanked, .told = &told, .rounds = rounds,
	};
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, r);
	start_racers(test, r, &all);
	run_rounds(&r[0]);
	for (i = 0; i < RACERS; i++)
		wait_for_completion(&r[i].done);
	KUNIT_EXPECT_EQ(test, atomic_read(&thanked), (int)rounds);
	KUNIT_EXPECT_EQ(test, atomic_read(&told), (int)rounds);
	for (i = 0; i < HEAPTRAFFIC_CACHES; i++)
		KUNIT_EXPECT_EQ(test,
				annex_cache_destroy(&s->annex->heap,
						    s->cache[i]),
				0);
	annex_heap_shrink(&s->annex->heap);
	annex_test_free_pages(s->annex);
	KUNIT_EXPECT_EQ(test, annex_zones_used(&s->annex->frames), 0UL);
	annex_test_validate(test, s->annex);
}

static struct kunit_case heap_torture_cases[] = {
	KUNIT_CASE(heap_torture),
	KUNIT_CASE(heap_torture_watched),
	KUNIT_CASE(heap_of_two_who_free_one_is_told),
	{}
};

static struct kunit_suite annex_heap_torture_suite = {
	.name = "annex_heap_torture",
	.test_cases = heap_torture_cases,
};

kunit_test_suite(annex_heap_torture_suite);
