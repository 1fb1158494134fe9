// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of both kinds of mappings on real frames: a read at an address returns
 * the frame's contents, on every CPU, whatever was mapped there before.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sizes.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "base/fail.h"
#include "base/refuse.h"
#include "host/compat_timer.h"
#include "host/frame.h"
#include "host/tlb.h"
#include "kmap/kmap_fast.h"
#include "kmap/kmap_local.h"
#include "kmap/pkmap.h"
#include "lib/testmap.h"
#include "lib/testpool.h"
#include "lib/testrange.h"
#include "page/page_alloc.h"
#include "pool/create.h"

#define SLOTS	ANNEX_PKMAP_MIN
#define FRAMES	256

static const struct annex_params small = {
	.pkmap = SLOTS,
	.pool = { TEST_RANGE_START, TEST_RANGE_START + SZ_64M },
};

/* High frames, each filled with its own number. */
struct scene {
	struct annex annex;
	struct annex_page *page[FRAMES];
};

static u32 stamp(const struct scene *s, unsigned int i)
{
	return 0xc0de0000 +
	       annex_page_host_pfn(&s->annex.frames, s->page[i]) % 65536;
}

static struct scene *scene_make(struct kunit *test)
{
	struct scene *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	struct annex_reason why = {};
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_ASSERT_EQ_MSG(test, annex_create(&s->annex, &small, &why), 0,
			    "%s", why.text);
	KUNIT_EXPECT_EQ(test, s->annex.pkmap.nr_slots, SLOTS);
	for (i = 0; i < FRAMES; i++) {
		KUNIT_ASSERT_EQ(test,
				annex_block_alloc(&s->annex.frames,
						  GFP_HIGHUSER, 0, &s->page[i]),
				0);
		annex_frame_fill(&s->annex.host,
				 annex_page_host_pfn(&s->annex.frames,
						     s->page[i]),
				 stamp(s, i));
	}
	return s;
}

/* All is as it was: frames, slots, books. */
static void scene_end(struct kunit *test, struct scene *s)
{
	unsigned int i;
	u32 found;

	KUNIT_EXPECT_GE(test, __annex_kmap_flush_unused(&s->annex.pkmap), 0);
	annex_test_expect_slots(test, &s->annex, 0, 0);
	KUNIT_EXPECT_EQ(test, annex_test_event(&s->annex, ANNEX_BAD_MAP), 0UL);
	annex_test_validate(test, &s->annex);
	for (i = 0; i < FRAMES; i++) {
		unsigned long pfn =
			annex_page_host_pfn(&s->annex.frames, s->page[i]);

		KUNIT_EXPECT_EQ(test,
				annex_frame_mismatch(&s->annex.host, pfn,
						     stamp(s, i), &found), -1);
		annex_block_free(&s->annex.frames, s->page[i], 0);
	}
	KUNIT_EXPECT_EQ(test, annex_destroy(&s->annex), 0UL);
}

static u32 word_at(const void *addr, unsigned int n)
{
	return READ_ONCE(((const u32 *)addr)[n % (PAGE_SIZE / sizeof(u32))]);
}

/* A thread of a test's, which it waits for. */
struct worker {
	struct scene *scene;
	struct rnd_state rnd;
	unsigned int rounds;
	unsigned long end;
	unsigned long wrong;
	unsigned long errors;
	unsigned long mapped;
	s64 longest;
	struct task_struct *task;
	struct completion done;
};

static struct worker *workers_start(struct kunit *test, struct scene *s,
				    unsigned int nr, int (*fn)(void *),
				    unsigned int rounds, bool bind)
{
	struct worker *w = kunit_kcalloc(test, nr, sizeof(*w), GFP_KERNEL);
	struct rnd_state rnd;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, w);
	annex_test_seed(test, &rnd);
	for (i = 0; i < nr; i++) {
		w[i].scene = s;
		w[i].rounds = rounds;
		w[i].end = jiffies + 4 * HZ;
		prandom_seed_state(&w[i].rnd, prandom_u32_state(&rnd));
		init_completion(&w[i].done);
		w[i].task = kthread_create(fn, &w[i], "annex-map-%u", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(w[i].task));
		if (bind)
			kthread_bind(w[i].task, i % num_online_cpus());
	}
	for (i = 0; i < nr; i++)
		wake_up_process(w[i].task);
	return w;
}

/* The sums of all are left in the first. */
static void workers_end(struct kunit *test, struct worker *w, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_TRUE(test,
				  wait_for_completion_timeout(&w[i].done,
							      120 * HZ));
	for (i = 1; i < nr; i++) {
		w->mapped += w[i].mapped;
		w->wrong += w[i].wrong;
		w->errors += w[i].errors;
		w->longest = max(w->longest, w[i].longest);
	}
	KUNIT_EXPECT_EQ(test, w->errors, 0UL);
}

/* Map, read, unmap. Nothing is written, so a stale mapping does no harm. */
static int look_around(void *arg)
{
	struct worker *w = arg;
	struct scene *s = w->scene;

	while (w->mapped < w->rounds) {
		unsigned int i = annex_test_below(&w->rnd, FRAMES);
		void *addr = annex_kmap_fast(&s->annex.pkmap, s->page[i]);

		if (!addr) {
			w->errors++;
			break;
		}
		w->mapped++;
		w->wrong += word_at(addr, prandom_u32_state(&w->rnd)) !=
			    stamp(s, i);
		w->errors +=
			annex_kunmap_fast(&s->annex.pkmap, s->page[i]) != 0;
		if (w->mapped % 64 == 0)
			cond_resched();
	}
	complete(&w->done);
	return 0;
}

#define REMAPS	200000

/* Four times as many frames as slots, through the TLBs of two CPUs. */
static void kmap_tlbs_show_the_frame_that_is_mapped(struct kunit *test)
{
	struct scene *s = scene_make(test);
	struct worker *w = workers_start(test, s, 2, look_around, REMAPS, true);

	workers_end(test, w, 2);
	kunit_info(test, "%lu mappings, %lu flushes, %lu waits\n", w->mapped,
		   annex_test_event(&s->annex, ANNEX_PKMAP_FLUSHES),
		   annex_test_event(&s->annex, ANNEX_PKMAP_WAITS));
	KUNIT_EXPECT_GE(test, w->mapped, 2UL * REMAPS);
	KUNIT_EXPECT_EQ(test, w->wrong, 0UL);
	KUNIT_EXPECT_GT(test, annex_test_event(&s->annex, ANNEX_PKMAP_FLUSHES),
			(unsigned long)REMAPS / SLOTS / 2);
	scene_end(test, s);
}

/* The test above fails if TLBs are left alone, as it should. */
static void kmap_tlbs_left_alone_show_other_frames(struct kunit *test)
{
	struct scene *s = scene_make(test);
	struct worker *w;

	annex_fail_arm(ANNEX_FAIL_TLB, 0, -1);
	w = workers_start(test, s, 2, look_around, REMAPS / 10, true);
	workers_end(test, w, 2);
	annex_fail_disarm();
	annex_tlb_flush_range(s->annex.host.pkmap.addr, SLOTS);
	kunit_info(test, "%lu of %lu looked at another frame\n", w->wrong,
		   w->mapped);
	KUNIT_EXPECT_GT(test, w->wrong, 0UL);
	scene_end(test, s);
}

/* With what waits are full of: one thread's slot is the next one's. */
static int hold_one_at_a_time(void *arg)
{
	struct worker *w = arg;
	struct scene *s = w->scene;

	while (w->mapped < w->rounds) {
		unsigned int i = annex_test_below(&w->rnd, FRAMES);
		ktime_t start = ktime_get();
		void *addr = annex_kmap_fast(&s->annex.pkmap, s->page[i]);
		s64 us = ktime_us_delta(ktime_get(), start);

		if (!addr) {
			w->errors++;
			break;
		}
		w->longest = max(w->longest, us);
		w->mapped++;
		w->wrong += word_at(addr, i) != stamp(s, i);
		if (annex_test_below(&w->rnd, 4))
			usleep_range(50, 50 + annex_test_below(&w->rnd, 2000));
		w->wrong += word_at(addr, i + 512) != stamp(s, i);
		w->errors +=
			annex_kunmap_fast(&s->annex.pkmap, s->page[i]) != 0;
	}
	complete(&w->done);
	return 0;
}

#define CROWD	(4 * SLOTS + 1)

static void kmap_four_times_as_many_threads_as_slots(struct kunit *test)
{
	struct scene *s = scene_make(test);
	ktime_t start = ktime_get();
	struct worker *w = workers_start(test, s, CROWD, hold_one_at_a_time,
					 20, false);

	while (!wait_for_completion_timeout(&w->done, HZ / 4))
		annex_test_validate(test, &s->annex);
	complete(&w->done);
	workers_end(test, w, CROWD);
	kunit_info(test, "%lu mappings in %lld ms, %lu waits, the longest %lld us\n",
		   w->mapped, ktime_ms_delta(ktime_get(), start),
		   annex_test_event(&s->annex, ANNEX_PKMAP_WAITS), w->longest);
	KUNIT_EXPECT_EQ(test, w->mapped, 20UL * CROWD);
	KUNIT_EXPECT_EQ(test, w->wrong, 0UL);
	KUNIT_EXPECT_GT(test, annex_test_event(&s->annex, ANNEX_PKMAP_WAITS),
			100UL);
	KUNIT_EXPECT_LT(test, w->longest, 10LL * USEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, s->annex.pkmap.nr_waiting, 0U);
	scene_end(test, s);
}

/* Mappings of this CPU's, and which frames they are of. */
struct stack {
	unsigned int nr;
	unsigned int frame[ANNEX_KM_MAX];
	void *addr[ANNEX_KM_MAX];
};

static unsigned long look_at_all(struct scene *s, const struct stack *st)
{
	unsigned long wrong = 0;
	unsigned int i;

	for (i = 0; i < st->nr; i++)
		wrong += word_at(st->addr[i], st->frame[i] * 5) !=
			 stamp(s, st->frame[i]);
	return wrong;
}

static bool push(struct scene *s, struct stack *st, unsigned int frame)
{
	void *addr =
		annex_kmap_local_fast(&s->annex.kmap_local, s->page[frame]);

	if (!addr)
		return false;
	st->frame[st->nr] = frame;
	st->addr[st->nr++] = addr;
	return true;
}

static bool pop(struct scene *s, struct stack *st)
{
	return !annex_kunmap_local_fast(&s->annex.kmap_local,
					st->addr[--st->nr]);
}

/* An interrupt of one CPU's that has mappings for a moment. */
struct intruder {
	struct hrtimer timer;
	struct scene *scene;
	struct rnd_state rnd;
	unsigned long rounds;
	unsigned long errors;
};

static enum hrtimer_restart intrude(struct hrtimer *timer)
{
	struct intruder *in = container_of(timer, struct intruder, timer);
	unsigned int n = 1 + annex_test_below(&in->rnd, 3);
	struct stack st = {};

	while (n--)
		in->errors += !push(in->scene, &st,
				    annex_test_below(&in->rnd, FRAMES));
	in->errors += look_at_all(in->scene, &st);
	while (st.nr)
		in->errors += !pop(in->scene, &st);
	in->rounds++;
	hrtimer_forward_now(timer, ns_to_ktime((203 + in->rounds % 31) *
					       NSEC_PER_USEC));
	return HRTIMER_RESTART;
}

static void intruder_begin(void *arg)
{
	struct intruder *in = arg;

	hrtimer_setup(&in->timer, intrude, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED);
	hrtimer_start(&in->timer, ns_to_ktime(100 * NSEC_PER_USEC),
		      HRTIMER_MODE_REL_PINNED);
}

static struct intruder *intruders_begin(struct kunit *test, struct scene *s)
{
	struct intruder *in = kunit_kcalloc(test, nr_cpu_ids, sizeof(*in),
					    GFP_KERNEL);
	unsigned int cpu;

	KUNIT_ASSERT_NOT_NULL(test, in);
	for_each_online_cpu(cpu) {
		in[cpu].scene = s;
		prandom_seed_state(&in[cpu].rnd, cpu);
		smp_call_function_single(cpu, intruder_begin, &in[cpu], 1);
	}
	return in;
}

static void intruders_end(struct kunit *test, struct intruder *in)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		hrtimer_cancel(&in[cpu].timer);
		kunit_info(test, "%lu interrupts\n", in[cpu].rounds);
		KUNIT_EXPECT_GT(test, in[cpu].rounds, 100UL);
		KUNIT_EXPECT_EQ(test, in[cpu].errors, 0UL);
	}
}

/* Nest, sleep, be preempted; three places are for the interrupt. */
static int nest_and_sleep(void *arg)
{
	struct worker *w = arg;
	struct scene *s = w->scene;
	struct stack st = {};

	while (time_before(jiffies, w->end)) {
		unsigned int dice = annex_test_below(&w->rnd, 1000);

		w->wrong += look_at_all(s, &st);
		if (st.nr && (st.nr == ANNEX_KM_MAX - 3 || dice % 2))
			w->errors += !pop(s, &st);
		else if (push(s, &st, annex_test_below(&w->rnd, FRAMES)))
			w->mapped++;
		else
			w->errors++;
		if (dice < 10)
			usleep_range(100, 1000);
		else if (dice < 100)
			schedule();
		while (dice > 980 && st.nr)
			w->errors += !pop(s, &st);
	}
	w->wrong += look_at_all(s, &st);
	while (st.nr)
		w->errors += !pop(s, &st);
	complete(&w->done);
	return 0;
}

#define NESTERS	64

static void kmap_local_contents_survive_sleep_and_interrupts(struct kunit *test)
{
	struct scene *s = scene_make(test);
	struct intruder *in = intruders_begin(test, s);
	struct worker *w = workers_start(test, s, NESTERS, nest_and_sleep, 0,
					 false);

	while (!wait_for_completion_timeout(&w->done, HZ / 4))
		annex_test_validate(test, &s->annex);
	complete(&w->done);
	workers_end(test, w, NESTERS);
	intruders_end(test, in);
	kunit_info(test, "%lu mappings\n", w->mapped);
	KUNIT_EXPECT_EQ(test, w->wrong, 0UL);
	KUNIT_EXPECT_GT(test, w->mapped, 1000UL);
	scene_end(test, s);
}

/* A slot that shows one frame after the other, and sleeps in between. */
static void kmap_local_slots_show_one_frame_after_the_other(struct kunit *test)
{
	struct scene *s = scene_make(test);
	struct stack st = {};
	unsigned int i, k;

	for (i = 0; i + ANNEX_KM_MAX <= FRAMES; i++) {
		for (k = 0; k < ANNEX_KM_MAX; k++)
			KUNIT_EXPECT_TRUE(test, push(s, &st, i + k));
		KUNIT_EXPECT_EQ(test, look_at_all(s, &st), 0UL);
		if (i % 16 == 0)
			usleep_range(2000, 3000);
		KUNIT_EXPECT_EQ(test, look_at_all(s, &st), 0UL);
		while (st.nr)
			KUNIT_EXPECT_TRUE(test, pop(s, &st));
	}
	scene_end(test, s);
}

static bool faults(const void *addr)
{
	u32 word;

	return copy_from_kernel_nofault(&word, addr, sizeof(word)) != 0;
}

static void kmap_addresses_fault_when_they_are_no_more(struct kunit *test)
{
	struct scene *s = scene_make(test);
	void *addr[ANNEX_KM_MAX], *start = s->annex.host.pkmap.addr;
	unsigned int i;

	for (i = 0; i < SLOTS; i++)
		KUNIT_EXPECT_TRUE(test, faults(start + i * PAGE_SIZE));
	addr[0] = annex_kmap_fast(&s->annex.pkmap, s->page[0]);
	KUNIT_EXPECT_FALSE(test, faults(addr[0]));
	KUNIT_EXPECT_EQ(test, annex_kunmap_fast(&s->annex.pkmap, s->page[0]),
			0);
	KUNIT_EXPECT_FALSE(test, faults(addr[0]));
	KUNIT_EXPECT_EQ(test, __annex_kmap_flush_unused(&s->annex.pkmap), 1);
	KUNIT_EXPECT_TRUE(test, faults(addr[0]));

	for (i = 0; i < ANNEX_KM_MAX; i++) {
		addr[i] =
			annex_kmap_local_fast(&s->annex.kmap_local, s->page[i]);
		KUNIT_ASSERT_NOT_NULL(test, addr[i]);
		KUNIT_EXPECT_FALSE(test, faults(addr[i]));
		/* A page too far is a hole, or nothing yet. */
		KUNIT_EXPECT_TRUE(test, faults(addr[i] + PAGE_SIZE));
		if (ANNEX_KM_GUARD)
			KUNIT_EXPECT_TRUE(test, faults(addr[i] - 4));
	}
	while (i--) {
		KUNIT_EXPECT_EQ(test,
				annex_kunmap_local_fast(&s->annex.kmap_local,
							addr[i]),
				0);
		KUNIT_EXPECT_TRUE(test, faults(addr[i]));
	}
	scene_end(test, s);
}

struct peek {
	const void *addr;
	u32 word;
};

static void peek_here(void *arg)
{
	struct peek *p = arg;

	p->word = word_at(p->addr, 9);
}

/* What is written at one address is read at the others, on each CPU. */
static void kmap_all_addresses_are_the_same_memory(struct kunit *test)
{
	struct scene *s = scene_make(test);
	struct annex_page *page = s->page[3];
	unsigned long pfn = annex_page_host_pfn(&s->annex.frames, page);
	void *all = annex_kmap_fast(&s->annex.pkmap, page);
	void *mine = annex_kmap_local_fast(&s->annex.kmap_local, page);
	struct peek p = { .addr = all };
	unsigned int cpu;
	u32 found;

	KUNIT_ASSERT_TRUE(test, all && mine);
	memset32(all, 0x12345678, PAGE_SIZE / sizeof(u32));
	KUNIT_EXPECT_EQ(test, word_at(mine, 1023), 0x12345678U);
	KUNIT_EXPECT_EQ(test, annex_frame_mismatch(&s->annex.host, pfn,
						   0x12345678, &found), -1);
	memset32(mine, 0x87654321, PAGE_SIZE / sizeof(u32));
	for_each_online_cpu(cpu) {
		smp_call_function_single(cpu, peek_here, &p, 1);
		KUNIT_EXPECT_EQ(test, p.word, 0x87654321U);
	}
	annex_frame_fill(&s->annex.host, pfn, stamp(s, 3));
	KUNIT_EXPECT_EQ(test, word_at(mine, 0), stamp(s, 3));
	KUNIT_EXPECT_EQ(test, word_at(all, 0), stamp(s, 3));
	KUNIT_EXPECT_EQ(test,
			annex_kunmap_local_fast(&s->annex.kmap_local, mine), 0);
	KUNIT_EXPECT_EQ(test, annex_kunmap_fast(&s->annex.pkmap, page), 0);
	scene_end(test, s);
}

/* No thread is left pinned to the CPU, so it can go offline. */
static void kmap_cpus_may_go_when_nothing_is_mapped(struct kunit *test)
{
	struct scene *s;
	struct worker *w;

	if (!IS_ENABLED(CONFIG_HOTPLUG_CPU) || num_online_cpus() < 2)
		kunit_skip(test, "it takes a processor that can go");
	s = scene_make(test);
	w = workers_start(test, s, 8, nest_and_sleep, 0, false);
	workers_end(test, w, 8);
	KUNIT_EXPECT_EQ(test, remove_cpu(1), 0);
	annex_test_validate(test, &s->annex);
	KUNIT_EXPECT_EQ(test, add_cpu(1), 0);
	w = workers_start(test, s, 8, nest_and_sleep, 0, false);
	workers_end(test, w, 8);
	scene_end(test, s);
}

static struct kunit_case kmap_real_cases[] = {
	KUNIT_CASE(kmap_tlbs_show_the_frame_that_is_mapped),
	KUNIT_CASE(kmap_tlbs_left_alone_show_other_frames),
	KUNIT_CASE(kmap_four_times_as_many_threads_as_slots),
	KUNIT_CASE(kmap_local_contents_survive_sleep_and_interrupts),
	KUNIT_CASE(kmap_local_slots_show_one_frame_after_the_other),
	KUNIT_CASE(kmap_addresses_fault_when_they_are_no_more),
	KUNIT_CASE(kmap_all_addresses_are_the_same_memory),
	KUNIT_CASE(kmap_cpus_may_go_when_nothing_is_mapped),
	{}
};

static struct kunit_suite annex_kmap_real_suite = {
	.name = "annex_kmap_real",
	.test_cases = kmap_real_cases,
};

kunit_test_suite(annex_kmap_real_suite);
