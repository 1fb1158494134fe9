// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of requests that wait for frames: what wakes them, in what order, and
 * what ends a wait without a frame.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/sched/signal.h>
#include <linux/smp.h>
#include <linux/sort.h>

#include "host/compat_lockdep.h"
#include "host/compat_timer.h"
#include "lib/testowner.h"
#include "lib/testpool.h"
#include "lib/waiter.h"
#include "page/alloc_wait.h"
#include "page/page_alloc.h"
#include "page/pcp.h"
#include "reclaim/folio.h"

/* DMA 16 MB, Normal 16 MB, HighMem 16 MB. */
static const struct annex_testpool three_zones = {
	.start = 5ULL << 30, .nr_pages = 12288, .lowmem_pages = 8192,
};

#define PATIENT	(GFP_KERNEL | __GFP_RETRY_MAYFAIL)

/*
 * A waiter that is woken returns in this time, in the median of several. One
 * that waits for the end of its round does not, with 100 ms a round.
 */
#define SOON_US		25000
#define ROUNDS		15

static int compare(const void *a, const void *b)
{
	return *(const s64 *)a < *(const s64 *)b ? -1 : 1;
}

static void expect_soon(struct kunit *test, s64 *us, const char *what)
{
	sort(us, ROUNDS, sizeof(*us), compare, NULL);
	kunit_info(test, "%s: %lld us in the median, %lld at most\n", what,
		   us[ROUNDS / 2], us[ROUNDS - 1]);
	KUNIT_EXPECT_LT(test, us[ROUNDS / 2], (s64)SOON_US);
	KUNIT_EXPECT_LT(test, us[ROUNDS - 1], (s64)USEC_PER_SEC);
}

static enum annex_zone_type zone_of(struct annex *annex,
				    const struct annex_page *page)
{
	return annex_pfn_zone(&annex->frames, page - annex->frames.mem_map)
		->idx;
}

/* Free a frame that the waiter can use, and see how long that takes. */
static s64 serve(struct kunit *test, struct annex_waiter *w,
		 struct annex_page *page)
{
	ktime_t start = ktime_get();

	KUNIT_EXPECT_EQ(test, annex_block_free(&w->annex->frames, page, 0), 0);
	annex_waiter_end(test, w);
	KUNIT_ASSERT_NOT_NULL(test, w->page);
	KUNIT_EXPECT_EQ(test, zone_of(w->annex, w->page),
			zone_of(w->annex, page));
	return ktime_us_delta(w->when, start);
}

static void sleep_ends_soon_after_a_free_elsewhere(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_page **pages = annex_test_array(test, annex);
	struct annex_waiter w = { .annex = annex, .gfp = PATIENT };
	unsigned int i, cpu;
	s64 us[ROUNDS];

	annex_test_exhaust(annex, GFP_KERNEL, pages);
	migrate_disable();
	cpu = cpumask_any_but(cpu_online_mask, smp_processor_id());
	for (i = 0; i < ROUNDS; i++) {
		annex_waiter_start(test, &w, cpu);
		/* At various points of its round of 100 ms. */
		usleep_range(1000 + i * 5000, 2000 + i * 5000);
		us[i] = serve(test, &w, pages[0]);
		pages[0] = w.page;
	}
	migrate_enable();
	expect_soon(test, us, "a frame from another CPU");
	annex_test_validate(test, annex);
}

#define LINE	50

/* __GFP_HIGH may use half of min: each frame above that serves one waiter. */
static struct annex_waiter *form_line(struct kunit *test, struct annex *annex,
				      struct annex_page **pages,
				      unsigned int nr, atomic_t *turns)
{
	struct annex_waiter *w = kunit_kcalloc(test, nr, sizeof(*w),
					       GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, w);
	annex_test_exhaust(annex, GFP_KERNEL | __GFP_HIGH, pages);
	for (i = 0; i < nr; i++) {
		w[i].annex = annex;
		w[i].gfp = GFP_KERNEL | __GFP_HIGH | __GFP_NOFAIL;
		w[i].turns = turns;
		annex_waiter_start(test, &w[i], i % num_online_cpus());
	}
	KUNIT_EXPECT_EQ(test, annex->frames.waiters.nr, nr);
	return w;
}

static void expect_line_is_served(struct kunit *test, struct annex_waiter *w,
				  unsigned int nr)
{
	struct annex *annex = w->annex;
	ktime_t start = ktime_get();
	unsigned int i;

	for (i = 0; i < nr; i++)
		annex_waiter_end(test, &w[i]);
	kunit_info(test, "all are served after %lld us\n",
		   ktime_us_delta(ktime_get(), start));
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_NOT_NULL(test, w[i].page);
	KUNIT_EXPECT_EQ(test, annex->frames.waiters.nr, 0U);
	annex_test_validate(test, annex);
}

static void sleep_first_come_first_served(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_page **pages = annex_test_array(test, annex);
	atomic_t turns = ATOMIC_INIT(0);
	struct annex_waiter *w = form_line(test, annex, pages, LINE, &turns);
	unsigned int i;

	for (i = 0; i < LINE; i++) {
		KUNIT_EXPECT_EQ(test,
				annex_block_free(&annex->frames, pages[i], 0),
				0);
		pages[i] = NULL;
		if (!annex_waiter_is_done(&w[i], 5000))
			break;
		KUNIT_EXPECT_EQ(test, w[i].turn, (int)i + 1);
		KUNIT_EXPECT_EQ(test, atomic_read(&turns), (int)i + 1);
	}
	KUNIT_EXPECT_EQ(test, i, (unsigned int)LINE);
	/* If somebody was left out, none is left behind. */
	if (i < LINE)
		__annex_free_pages_bulk(&annex->frames, pages, 200);
	expect_line_is_served(test, w, LINE);
}

static void sleep_bulk_free_serves_all(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_page **pages = annex_test_array(test, annex);
	struct annex_waiter *w = form_line(test, annex, pages, 20, NULL);

	KUNIT_EXPECT_EQ(test,
			__annex_free_pages_bulk(&annex->frames, pages, 20), 0);
	expect_line_is_served(test, w, 20);
}

/* One event, and 32 frames of it. Returns when the last has his, in us. */
static s64 serve_line_at_once(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_page **pages = annex_test_array(test, annex), *block;
	struct annex_waiter *w;
	unsigned int i;
	ktime_t start;
	s64 us = 0;

	annex_block_alloc(&annex->frames, GFP_KERNEL, 5, &block);
	KUNIT_ASSERT_NOT_NULL(test, block);
	w = form_line(test, annex, pages, 20, NULL);
	start = ktime_get();
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, block, 5), 0);
	expect_line_is_served(test, w, 20);
	for (i = 0; i < 20; i++)
		us = max(us, ktime_us_delta(w[i].when, start));
	return us;
}

/*
 * Each tells the next that there is more. Otherwise each would find out at the end
 * of his round, and no machine is as slow as that each time.
 */
static void sleep_free_of_a_large_block_serves_all(struct kunit *test)
{
	s64 best = S64_MAX;
	unsigned int i;

	for (i = 0; i < 5 && best >= SOON_US; i++)
		best = min(best, serve_line_at_once(test));
	KUNIT_EXPECT_LT(test, best, 2LL * SOON_US);
}

struct freer {
	struct hrtimer timer;
	struct annex *annex;
	struct annex_page **pages;
	unsigned int left;
};

static enum hrtimer_restart free_one(struct hrtimer *timer)
{
	struct freer *f = container_of(timer, struct freer, timer);

	annex_block_free(&f->annex->frames, f->pages[--f->left], 0);
	if (!f->left)
		return HRTIMER_NORESTART;
	hrtimer_forward_now(timer, ns_to_ktime(100 * NSEC_PER_USEC));
	return HRTIMER_RESTART;
}

static void sleep_free_from_interrupts_serves_all(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct freer f = { .annex = annex, .left = 20 };
	struct annex_waiter *w;

	f.pages = annex_test_array(test, annex);
	w = form_line(test, annex, f.pages, 20, NULL);
	hrtimer_setup_on_stack(&f.timer, free_one, CLOCK_MONOTONIC,
			       HRTIMER_MODE_REL);
	hrtimer_start(&f.timer, ns_to_ktime(NSEC_PER_MSEC),
		      HRTIMER_MODE_REL);
	expect_line_is_served(test, w, 20);
	hrtimer_cancel(&f.timer);
	destroy_hrtimer_on_stack(&f.timer);
}

/* A signal that kills ends a wait, another does not. */
static void sleep_signals_that_kill_end_it(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_page **pages = annex_test_array(test, annex);
	struct annex_waiter w = { .annex = annex, .gfp = PATIENT };
	ktime_t start;
	s64 us;

	annex_test_exhaust(annex, GFP_KERNEL, pages);
	annex_waiter_start(test, &w, 1);
	send_sig(SIGUSR1, w.task, 1);
	KUNIT_EXPECT_FALSE(test, annex_waiter_is_done(&w, 600));
	start = ktime_get();
	send_sig(SIGKILL, w.task, 1);
	annex_waiter_end(test, &w);
	us = ktime_us_delta(w.when, start);
	kunit_info(test, "ends after %lld us\n", us);
	KUNIT_EXPECT_NULL(test, w.page);
	KUNIT_EXPECT_LT(test, us, 500 * (s64)USEC_PER_MSEC);
	annex_test_validate(test, annex);
}

static void sleep_signals_do_not_end_nofail(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_page **pages = annex_test_array(test, annex);
	struct annex_waiter w = {
		.annex = annex, .gfp = GFP_KERNEL | __GFP_NOFAIL,
	};

	annex_test_exhaust(annex, GFP_ATOMIC, pages);
	annex_waiter_start(test, &w, 1);
	send_sig(SIGKILL, w.task, 1);
	KUNIT_EXPECT_FALSE(test, annex_waiter_is_done(&w, 600));
	KUNIT_EXPECT_EQ(test,
			__annex_free_pages_bulk(&annex->frames, pages, 200), 0);
	annex_waiter_give_back(test, &w);
	annex_test_validate(test, annex);
}

/* A fatal signal before: what is there is had, but there is no waiting. */
static void sleep_is_not_begun_by_who_is_to_die(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_page **pages = annex_test_array(test, annex), *page;
	ktime_t start;

	annex_test_exhaust(annex, GFP_KERNEL, pages);
	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
	start = ktime_get();
	KUNIT_EXPECT_EQ(test,
			annex_block_alloc(&annex->frames,
					  PATIENT | __GFP_NOWARN, 0, &page),
			-ENOMEM);
	KUNIT_EXPECT_LT(test, ktime_ms_delta(ktime_get(), start), 200LL);
	annex_block_free(&annex->frames, pages[0], 0);
	KUNIT_EXPECT_EQ(test,
			annex_block_alloc(&annex->frames, PATIENT, 0, &page),
			0);
	flush_signals(current);
	disallow_signal(SIGKILL);
	annex_test_validate(test, annex);
}

static unsigned int sum_of_highs(const struct annex_zone *zone)
{
	unsigned int type, order, sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		for (type = 0; type < ANNEX_MIGRATE_PCPTYPES; type++)
			for (order = 0; order < ANNEX_PCP_ORDERS; order++)
				sum += per_cpu_ptr(annex_pcp_list(zone, type,
								  order),
						   cpu)->high << order;
	return sum;
}

struct parcel {
	struct annex *annex;
	struct annex_page **pages;
};

static ANNEX_IPI_MAP(three_map);

static void free_three(void *arg)
{
	struct parcel *p = arg;

	annex_ipi_begin(&three_map);
	__annex_free_pages_bulk(&p->annex->frames, p->pages, 2);
	annex_block_free(&p->annex->frames, p->pages[2], 0);
	p->pages += 3;
	annex_ipi_end(&three_map);
}

static unsigned int nr_cached(const struct annex_zone *zone)
{
	unsigned int sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += annex_pcp_count(zone, cpu);
	return sum;
}

/*
 * What a CPU put by before somebody slept is found; what it frees meanwhile
 * goes to the zone; and then all is as it was.
 */
static void sleep_closes_the_lists_for_as_long(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_zone *zone = &annex->frames.zones[ANNEX_ZONE_DMA];
	struct annex_page **pages = annex_test_array(test, annex);
	struct parcel parcel = { .annex = annex, .pages = pages };
	struct annex_waiter w = { .annex = annex, .gfp = PATIENT, .order = 5 };
	unsigned int high = sum_of_highs(zone), cpus = num_online_cpus();
	unsigned long free;
	int cpu;

	annex_test_exhaust(annex, GFP_KERNEL, pages);
	free = annex_zone_free_pages(zone);
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, free_three, &parcel, 1);
	KUNIT_EXPECT_EQ(test, nr_cached(zone), 3 * cpus);
	annex_waiter_start(test, &w, 1);
	KUNIT_EXPECT_EQ(test, nr_cached(zone), 0U);
	KUNIT_EXPECT_EQ(test, sum_of_highs(zone), 0U);
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, free_three, &parcel, 1);
	KUNIT_EXPECT_EQ(test, nr_cached(zone), 0U);
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), free + 6 * cpus);
	send_sig(SIGKILL, w.task, 1);
	annex_waiter_end(test, &w);
	KUNIT_EXPECT_EQ(test, sum_of_highs(zone), high);
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, free_three, &parcel, 1);
	KUNIT_EXPECT_EQ(test, nr_cached(zone), 3 * cpus);
	annex_test_validate(test, annex);
}

/*
 * Somebody waits for DMA, and later somebody for Normal: what a CPU has of other
 * zones stays there, and their lists take more.
 */
static void sleep_closes_only_what_could_serve(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &three_zones);
	struct annex_zone *normal = &annex->frames.zones[ANNEX_ZONE_NORMAL];
	struct annex_zone *dma = &annex->frames.zones[ANNEX_ZONE_DMA];
	struct annex_waiter w = { .annex = annex, .gfp = PATIENT | __GFP_DMA };
	struct annex_waiter v = { .annex = annex, .gfp = PATIENT, .order = 5 };
	struct annex_page **pages = annex_test_array(test, annex);
	unsigned int high = sum_of_highs(normal), low = sum_of_highs(dma), nr;

	nr = annex_test_exhaust(annex, GFP_KERNEL, pages);
	annex_test_exhaust(annex, GFP_KERNEL | GFP_DMA, pages + nr);
	KUNIT_EXPECT_EQ(test, __annex_free_pages_bulk(&annex->frames, pages, 3),
			0);
	KUNIT_EXPECT_EQ(test, nr_cached(normal), 3U);
	annex_waiter_start(test, &w, 1);
	KUNIT_EXPECT_EQ(test, sum_of_highs(dma), 0U);
	KUNIT_EXPECT_EQ(test, sum_of_highs(normal), high);
	KUNIT_EXPECT_EQ(test, nr_cached(normal), 3U);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, pages[3], 0), 0);
	KUNIT_EXPECT_EQ(test, nr_cached(normal), 4U);
	annex_waiter_start(test, &v, 1);
	KUNIT_EXPECT_EQ(test, sum_of_highs(normal), 0U);
	KUNIT_EXPECT_EQ(test, nr_cached(normal), 0U);
	send_sig(SIGKILL, v.task, 1);
	annex_waiter_end(test, &v);
	KUNIT_EXPECT_EQ(test, sum_of_highs(normal), high);
	KUNIT_EXPECT_EQ(test, sum_of_highs(dma), 0U);
	send_sig(SIGKILL, w.task, 1);
	annex_waiter_end(test, &w);
	KUNIT_EXPECT_EQ(test, sum_of_highs(dma), low);
	annex_test_validate(test, annex);
}

/* Only another CPU has the frame cached: no request has to wait for it. */
static void sleep_is_not_needed_while_a_cpu_has_something(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_page **pages = annex_test_array(test, annex), *page;
	struct parcel parcel = { .annex = annex, .pages = pages };
	unsigned int cpu, i;

	annex_test_exhaust(annex, GFP_KERNEL, pages);
	migrate_disable();
	cpu = cpumask_any_but(cpu_online_mask, smp_processor_id());
	if (cpu >= nr_cpu_ids)
		cpu = smp_processor_id();
	smp_call_function_single(cpu, free_three, &parcel, 1);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test,
				annex_block_alloc(&annex->frames,
						  GFP_KERNEL | __GFP_NORETRY, 0,
						  &page),
				0);
	migrate_enable();
	annex_test_validate(test, annex);
}

static struct annex_page *take_of_zone(struct annex *annex,
				       struct annex_page **pages,
				       enum annex_zone_type idx)
{
	struct annex_page *page;

	while (!*pages || zone_of(annex, *pages) != idx)
		pages++;
	page = *pages;
	*pages = NULL;
	return page;
}

/*
 * Three waiters, which can use DMA alone, Normal too, HighMem too. The two
 * lower zones have reserves for requests that cannot use a higher one. Each
 * waiter is served by a frame of its own zone only, whatever the order.
 */
static void sleep_zones_are_waited_for_apart(struct kunit *test)
{
	static const gfp_t gfps[] = { PATIENT | __GFP_DMA, PATIENT,
				      PATIENT | __GFP_HIGHMEM };
	static const enum annex_zone_type zones[] = {
		ANNEX_ZONE_DMA, ANNEX_ZONE_NORMAL, ANNEX_ZONE_HIGHMEM };
	struct annex *annex = annex_testpool(test, &three_zones);
	struct annex_page **pages = annex_test_array(test, annex);
	struct annex_waiter w[3];
	unsigned int i, k, nr;
	s64 us[ROUNDS];

	nr = annex_test_exhaust(annex, GFP_HIGHUSER, pages);
	nr += annex_test_exhaust(annex, GFP_KERNEL, pages + nr);
	annex_test_exhaust(annex, GFP_KERNEL | GFP_DMA, pages + nr);
	for (i = 0; i < ROUNDS; i++) {
		for (k = 0; k < 3; k++) {
			w[k] = (struct annex_waiter){ .annex = annex,
				.gfp = gfps[i & 1 ? k : 2 - k] };
			annex_waiter_start(test, &w[k], k & 1);
		}
		/* The last in line, with all others before it. */
		us[i] = serve(test, &w[2],
			      take_of_zone(annex, pages, zones[i & 1 ? 2 : 0]));
		KUNIT_EXPECT_FALSE(test, completion_done(&w[0].done));
		KUNIT_EXPECT_FALSE(test, completion_done(&w[1].done));
		serve(test, &w[1], take_of_zone(annex, pages, zones[1]));
		serve(test, &w[0],
		      take_of_zone(annex, pages, zones[i & 1 ? 0 : 2]));
	}
	expect_soon(test, us, "the last of three");
	annex_test_validate(test, annex);
}

/* A frame for the second, while the first needs eight in a row. */
static void sleep_large_blocks_do_not_block_frames(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_page **pages = annex_test_array(test, annex), *block;
	struct annex_waiter large = {
		.annex = annex, .gfp = PATIENT, .order = 3,
	};
	struct annex_waiter w = { .annex = annex, .gfp = PATIENT };
	unsigned int i;
	s64 us[ROUNDS];

	for (i = 0; i < ROUNDS; i++) {
		annex_block_alloc(&annex->frames, GFP_KERNEL, 4, &block);
		KUNIT_ASSERT_NOT_NULL(test, block);
		annex_test_exhaust(annex, GFP_KERNEL, pages);
		annex_waiter_start(test, &large, 0);
		annex_waiter_start(test, &w, 1);
		us[i] = serve(test, &w, pages[0]);
		pages[0] = w.page;
		KUNIT_EXPECT_FALSE(test, completion_done(&large.done));
		annex_block_free(&annex->frames, block, 4);
		annex_waiter_give_back(test, &large);
		__annex_free_pages_bulk(&annex->frames, pages,
					annex->frames.nr_pages);
	}
	expect_soon(test, us, "one frame behind a block");
	annex_test_validate(test, annex);
}

/* A thousand frames that are of no use to it do not wear a waiter down. */
static void sleep_is_not_cut_short_by_what_is_of_no_use(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_page **pages = annex_test_array(test, annex), *block;
	struct annex_waiter w = { .annex = annex, .gfp = PATIENT, .order = 3 };
	unsigned long end;

	annex_block_alloc(&annex->frames, GFP_KERNEL, 4, &block);
	KUNIT_ASSERT_NOT_NULL(test, block);
	annex_test_exhaust(annex, GFP_KERNEL, pages);
	annex_waiter_start(test, &w, 1);
	end = jiffies + HZ;
	while (time_before(jiffies, end)) {
		annex_block_free(&annex->frames, pages[0], 0);
		usleep_range(500, 600);
		KUNIT_EXPECT_EQ(test,
				annex_block_alloc(&annex->frames, GFP_ATOMIC, 0,
						  &pages[0]),
				0);
	}
	KUNIT_EXPECT_FALSE(test, completion_done(&w.done));
	annex_block_free(&annex->frames, block, 4);
	annex_waiter_give_back(test, &w);
	annex_test_validate(test, annex);
}

/* One zone of 8 MB, with contents to write. */
static const struct annex_testpool with_contents = {
	.start = 5ULL << 30, .nr_pages = 2048, .lowmem_pages = 2048,
	.contents = true,
};

/*
 * All that could be freed has to be written, and the first in line may not
 * write. The one behind it may: it frees frames for both.
 */
static void sleep_a_weaker_first_leaves_reclaim_to_others(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &with_contents);
	struct testowner *owner = testowner(test, annex);
	struct annex_page **pages = annex_test_array(test, annex), *page;
	struct annex_waiter w = {
		.annex = annex,
		.gfp = (GFP_KERNEL & ~(__GFP_IO | __GFP_FS)) | __GFP_NOFAIL,
	};
	unsigned int i, nr = 0;

	testowner_add_some(owner, GFP_KERNEL, 400);
	for (i = 0; i < 400; i++)
		__annex_folio_mark_dirty(&annex->frames, owner->folio[i]);
	for (i = 0; i < 5; i++) {
		nr += annex_test_exhaust(annex, GFP_NOWAIT, pages + nr);
		annex_waiter_start(test, &w, 1);
		KUNIT_EXPECT_EQ(test, owner->nr_written, owner->nr_gone);
		KUNIT_EXPECT_EQ(test,
				annex_block_alloc(&annex->frames, GFP_KERNEL, 0,
						  &page),
				0);
		annex_waiter_end(test, &w);
		KUNIT_ASSERT_NOT_NULL(test, w.page);
		pages[nr++] = w.page;
		pages[nr++] = page;
	}
	KUNIT_EXPECT_GE(test, owner->nr_written, 5 * 32U);
	__annex_free_pages_bulk(&annex->frames, pages, nr);
	testowner_drop_all(owner);
}

#define CROWD	10

/*
 * The first in line may not write. Those behind it may, and each write takes as
 * long as on a slow disk: while one of them reclaims, frames that it has freed are
 * there for the others. None fails.
 */
static void sleep_a_slow_reclaim_stops_nobody(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &with_contents);
	struct testowner *owner = testowner(test, annex);
	struct annex_page **pages = annex_test_array(test, annex);
	struct annex_waiter first = {
		.annex = annex,
		.gfp = (GFP_KERNEL & ~(__GFP_IO | __GFP_FS)) | __GFP_NOFAIL,
	};
	struct annex_waiter w[CROWD] = {};
	unsigned int i, nr, served = 0;

	testowner_add_some(owner, GFP_KERNEL, 400);
	for (i = 0; i < 400; i++)
		__annex_folio_mark_dirty(&annex->frames, owner->folio[i]);
	owner->write_msecs = 15;
	nr = annex_test_exhaust(annex, GFP_NOWAIT, pages);
	annex_waiter_start(test, &first, 1);
	for (i = 0; i < CROWD; i++) {
		w[i].annex = annex;
		w[i].gfp = GFP_KERNEL | __GFP_NOWARN;
		annex_waiter_run(test, &w[i], i % num_online_cpus());
	}
	annex_waiter_give_back(test, &first);
	for (i = 0; i < CROWD; i++) {
		annex_waiter_end(test, &w[i]);
		served += !!w[i].page;
		if (w[i].page)
			pages[nr++] = w[i].page;
	}
	KUNIT_EXPECT_EQ(test, served, (unsigned int)CROWD);
	owner->write_msecs = 0;
	__annex_free_pages_bulk(&annex->frames, pages, nr);
	testowner_drop_all(owner);
}

static struct kunit_case sleep_cases[] = {
	KUNIT_CASE(sleep_ends_soon_after_a_free_elsewhere),
	KUNIT_CASE(sleep_first_come_first_served),
	KUNIT_CASE(sleep_bulk_free_serves_all),
	KUNIT_CASE(sleep_free_of_a_large_block_serves_all),
	KUNIT_CASE(sleep_free_from_interrupts_serves_all),
	KUNIT_CASE(sleep_signals_that_kill_end_it),
	KUNIT_CASE(sleep_signals_do_not_end_nofail),
	KUNIT_CASE(sleep_is_not_begun_by_who_is_to_die),
	KUNIT_CASE(sleep_closes_the_lists_for_as_long),
	KUNIT_CASE(sleep_closes_only_what_could_serve),
	KUNIT_CASE(sleep_is_not_needed_while_a_cpu_has_something),
	KUNIT_CASE(sleep_zones_are_waited_for_apart),
	KUNIT_CASE(sleep_large_blocks_do_not_block_frames),
	KUNIT_CASE(sleep_is_not_cut_short_by_what_is_of_no_use),
	KUNIT_CASE(sleep_a_weaker_first_leaves_reclaim_to_others),
	KUNIT_CASE(sleep_a_slow_reclaim_stops_nobody),
	{}
};

static struct kunit_suite annex_alloc_wait_suite = {
	.name = "annex_alloc_wait",
	.test_cases = sleep_cases,
};

kunit_test_suite(annex_alloc_wait_suite);
