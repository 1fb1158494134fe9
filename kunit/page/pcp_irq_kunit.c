// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of allocation in interrupts: a hard interrupt, a softirq and a tasklet
 * do to one CPU's lists what a thread is doing there, one block or many at a
 * time, and all of them find in their frames what they have put there.
 */
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/preempt.h>

#include "host/compat_timer.h"
#include "host/frame.h"
#include "lib/testpool.h"
#include "page/page_alloc.h"
#include "page/pcp.h"

static const struct annex_testpool with_contents = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 2048,
	.contents = true,
};

#define BULK	12

/*
 * What one of them does in turn: takes a block of order 0, 1, 2, 3, 4 or some
 * single frames, and gives it back the next time.
 */
struct actor {
	struct annex *annex;
	gfp_t gfp;
	u32 stamp;
	unsigned int order;	/* beyond 4: single frames */
	bool holds;
	struct annex_page *pages[BULK];
	unsigned long rounds;
	unsigned long denied;
	unsigned long errors;
};

static bool is_bulk(const struct actor *a)
{
	return a->order >= ANNEX_PCP_ORDERS;
}

static void stamp_block(struct actor *a, struct annex_page *page,
			unsigned int order)
{
	unsigned long pfn = annex_page_host_pfn(&a->annex->frames, page), i;

	for (i = 0; i < 1UL << order; i++)
		annex_frame_fill(&a->annex->host, pfn + i, a->stamp + pfn + i);
}

static void check_block(struct actor *a, struct annex_page *page,
			unsigned int order)
{
	unsigned long pfn = annex_page_host_pfn(&a->annex->frames, page), i;
	u32 found;

	for (i = 0; i < 1UL << order; i++)
		if (annex_frame_mismatch(&a->annex->host, pfn + i,
					 a->stamp + pfn + i, &found) >= 0)
			a->errors++;
}

static void get(struct actor *a)
{
	unsigned int i;

	if (!is_bulk(a)) {
		a->holds = !annex_block_alloc(&a->annex->frames, a->gfp,
					      a->order, &a->pages[0]);
		if (a->holds)
			stamp_block(a, a->pages[0], a->order);
		else
			a->denied++;
		return;
	}
	__annex_alloc_pages_bulk(&a->annex->frames, a->gfp, BULK, a->pages);
	a->holds = true;
	for (i = 0; i < BULK; i++) {
		if (a->pages[i])
			stamp_block(a, a->pages[i], 0);
		else
			a->denied++;
	}
}

static void put(struct actor *a)
{
	unsigned int i;

	if (!is_bulk(a)) {
		check_block(a, a->pages[0], a->order);
		a->errors += annex_block_free(&a->annex->frames, a->pages[0],
					      a->order) != 0;
		a->pages[0] = NULL;
	} else {
		for (i = 0; i < BULK; i++)
			if (a->pages[i])
				check_block(a, a->pages[i], 0);
		a->errors += __annex_free_pages_bulk(&a->annex->frames,
						     a->pages, BULK) != 0;
	}
	a->holds = false;
	a->order = (a->order + 1) % (ANNEX_PCP_ORDERS + 1);
	WRITE_ONCE(a->rounds, a->rounds + 1);
}

static void act(struct actor *a)
{
	if (a->holds)
		put(a);
	else
		get(a);
}

/* An interrupting context: a timer that acts itself, or has a tasklet act. */
struct intruder {
	struct actor actor;
	struct hrtimer timer;
	struct tasklet_struct tasklet;
	bool by_tasklet;
};

static enum hrtimer_restart intrude(struct hrtimer *timer)
{
	struct intruder *in = container_of(timer, struct intruder, timer);

	if (in->by_tasklet)
		tasklet_schedule(&in->tasklet);
	else
		act(&in->actor);
	/* Odd enough to hit the thread and each other everywhere. */
	hrtimer_forward_now(timer, ns_to_ktime((61 + in->actor.rounds % 17) *
					       NSEC_PER_USEC));
	return HRTIMER_RESTART;
}

static void intrude_late(struct tasklet_struct *tasklet)
{
	struct intruder *in = container_of(tasklet, struct intruder, tasklet);

	act(&in->actor);
}

static void begin(struct intruder *in, struct annex *annex,
		  enum hrtimer_mode mode, bool by_tasklet, u32 stamp)
{
	in->actor = (struct actor){
		.annex = annex, .stamp = stamp,
		.gfp = GFP_ATOMIC | __GFP_NOWARN,
	};
	in->by_tasklet = by_tasklet;
	tasklet_setup(&in->tasklet, intrude_late);
	hrtimer_setup(&in->timer, intrude, CLOCK_MONOTONIC, mode);
	hrtimer_start(&in->timer, ns_to_ktime(60 * NSEC_PER_USEC), mode);
}

static void end(struct kunit *test, struct intruder *in)
{
	hrtimer_cancel(&in->timer);
	tasklet_kill(&in->tasklet);
	if (in->actor.holds)
		put(&in->actor);
	kunit_info(test, "%lu rounds, %lu times nothing\n", in->actor.rounds,
		   in->actor.denied);
	KUNIT_EXPECT_EQ(test, in->actor.errors, 0UL);
	KUNIT_EXPECT_GE(test, in->actor.rounds, 50UL);
}

#define INTRUDERS	3

static unsigned long fewest_rounds(const struct intruder *in)
{
	unsigned long fewest = ULONG_MAX;
	unsigned int i;

	for (i = 0; i < INTRUDERS; i++)
		fewest = min(fewest, READ_ONCE(in[i].actor.rounds));
	return fewest;
}

static void pcp_irq_and_thread_get_along(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &with_contents);
	struct actor low = { .annex = annex, .gfp = GFP_KERNEL, .stamp = 1 };
	struct actor high = { .annex = annex, .gfp = GFP_HIGHUSER, .stamp = 2 };
	unsigned long free = annex_test_free_pages(annex);
	struct intruder *in;
	unsigned int i;

	in = kunit_kcalloc(test, INTRUDERS, sizeof(*in), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, in);
	migrate_disable();
	begin(&in[0], annex, HRTIMER_MODE_REL_PINNED, false, 0x10000000);
	begin(&in[1], annex, HRTIMER_MODE_REL_PINNED_SOFT, false, 0x20000000);
	begin(&in[2], annex, HRTIMER_MODE_REL_PINNED, true, 0x30000000);
	for (i = 0; i < 3000 || fewest_rounds(in) < 100; i++) {
		act(&low);
		act(&high);
		if (i % 64 == 0)
			annex_pcp_drain_all(&annex->frames);
		cond_resched();
	}
	for (i = 0; i < INTRUDERS; i++)
		end(test, &in[i]);
	migrate_enable();
	if (low.holds)
		put(&low);
	if (high.holds)
		put(&high);
	KUNIT_EXPECT_EQ(test, low.errors + high.errors, 0UL);
	KUNIT_EXPECT_EQ(test, low.denied + high.denied, 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

static struct kunit_case pcp_irq_cases[] = {
	KUNIT_CASE(pcp_irq_and_thread_get_along),
	{}
};

static struct kunit_suite annex_pcp_irq_suite = {
	.name = "annex_pcp_irq",
	.test_cases = pcp_irq_cases,
};

kunit_test_suite(annex_pcp_irq_suite);
