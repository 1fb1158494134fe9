// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the zone allocator: from which zone a request is served, down to
 * which watermark, zeroing, compound blocks, and contents under random load.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/kthread.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>

#include "host/compat_lockdep.h"
#include "host/frame.h"
#include "lib/testpool.h"
#include "page/page_alloc.h"
#include "page/pcp.h"

/* DMA 16 MB, Normal 16 MB, HighMem 32 MB less 32 frames of descriptors. */
static const struct annex_testpool three_zones = {
	.start = 5ULL << 30, .nr_pages = 16384, .lowmem_pages = 8192,
	.reserved_pages = 256,
};

static enum annex_zone_type zone_of(struct annex *annex,
				    const struct annex_page *page)
{
	return annex_pfn_zone(&annex->frames, page - annex->frames.mem_map)
		->idx;
}

struct gfp_case {
	gfp_t gfp;
	int with_dma32;
	int without;
};

static const struct gfp_case gfp_cases[] = {
	{ GFP_KERNEL, ANNEX_ZONE_NORMAL, ANNEX_ZONE_NORMAL },
	{ GFP_ATOMIC, ANNEX_ZONE_NORMAL, ANNEX_ZONE_NORMAL },
	{ GFP_USER, ANNEX_ZONE_NORMAL, ANNEX_ZONE_NORMAL },
	{ GFP_KERNEL | __GFP_MOVABLE, ANNEX_ZONE_NORMAL, ANNEX_ZONE_NORMAL },
	{ GFP_KERNEL | GFP_DMA, ANNEX_ZONE_DMA, ANNEX_ZONE_DMA },
	{ GFP_KERNEL | GFP_DMA32, ANNEX_ZONE_DMA32, ANNEX_ZONE_NORMAL },
	{ GFP_HIGHUSER, ANNEX_ZONE_HIGHMEM, ANNEX_ZONE_HIGHMEM },
	{ GFP_HIGHUSER_MOVABLE, ANNEX_ZONE_MOVABLE, ANNEX_ZONE_MOVABLE },
	{ GFP_DMA | __GFP_MOVABLE, ANNEX_ZONE_DMA, ANNEX_ZONE_DMA },
	{ __GFP_DMA | __GFP_HIGHMEM, -EINVAL, -EINVAL },
	{ __GFP_DMA | __GFP_DMA32, -EINVAL, -EINVAL },
	{ __GFP_DMA32 | __GFP_HIGHMEM, -EINVAL, -EINVAL },
	{ __GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM, -EINVAL, -EINVAL },
};

static void alloc_gfp_names_the_highest_zone(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(gfp_cases); i++) {
		const struct gfp_case *t = &gfp_cases[i];

		KUNIT_EXPECT_EQ(test, annex_gfp_zone(t->gfp, true),
				t->with_dma32);
		KUNIT_EXPECT_EQ(test, annex_gfp_zone(t->gfp, false),
				t->without);
	}
}

static bool watermark_ok(unsigned long free, unsigned int order,
			 unsigned long mark, unsigned long reserve,
			 unsigned int flags)
{
	return annex_watermark_headroom(free, order, mark, reserve, flags);
}

/* More than mark and reserve must be free, the block's other frames not. */
static void alloc_watermark_is_exact(struct kunit *test)
{
	const unsigned int reserve = ANNEX_ALLOC_MIN_RESERVE;
	const unsigned int both = reserve | ANNEX_ALLOC_NON_BLOCK;

	KUNIT_EXPECT_TRUE(test, watermark_ok(101, 0, 100, 0, 0));
	KUNIT_EXPECT_FALSE(test, watermark_ok(100, 0, 100, 0, 0));
	KUNIT_EXPECT_TRUE(test, watermark_ok(151, 0, 100, 50, 0));
	KUNIT_EXPECT_FALSE(test, watermark_ok(150, 0, 100, 50, 0));
	KUNIT_EXPECT_TRUE(test, watermark_ok(108, 3, 100, 0, 0));
	KUNIT_EXPECT_FALSE(test, watermark_ok(107, 3, 100, 0, 0));
	KUNIT_EXPECT_TRUE(test, watermark_ok(51, 0, 100, 0, reserve));
	KUNIT_EXPECT_FALSE(test, watermark_ok(50, 0, 100, 0, reserve));
	/* NON_BLOCK without MIN_RESERVE does not lower the mark. */
	KUNIT_EXPECT_FALSE(test, watermark_ok(100, 0, 100, 0,
					      ANNEX_ALLOC_NON_BLOCK));
	/* 100 - 50 = 50, 50 - 12 = 38. */
	KUNIT_EXPECT_TRUE(test, watermark_ok(39, 0, 100, 0, both));
	KUNIT_EXPECT_FALSE(test, watermark_ok(38, 0, 100, 0, both));
	KUNIT_EXPECT_FALSE(test, watermark_ok(0, 0, 0, 0, 0));
	KUNIT_EXPECT_FALSE(test, watermark_ok(500, 10, 0, 0, 0));
}

static const struct depth {
	gfp_t gfp;
	unsigned int order;
	bool rt;
	unsigned int flags;
} depths[] = {
	{ GFP_KERNEL, 0, false, 0 },
	{ GFP_KERNEL, 3, true, ANNEX_ALLOC_MIN_RESERVE },
	{ GFP_KERNEL | __GFP_HIGH, 3, false, ANNEX_ALLOC_MIN_RESERVE },
	{ GFP_NOWAIT, 3, false, ANNEX_ALLOC_NON_BLOCK },
	{ GFP_NOWAIT, 0, true, ANNEX_ALLOC_NON_BLOCK },
	{ GFP_NOWAIT | __GFP_HIGH, 0, false,
	  ANNEX_ALLOC_MIN_RESERVE | ANNEX_ALLOC_NON_BLOCK },
	{ GFP_ATOMIC, 0, false,
	  ANNEX_ALLOC_MIN_RESERVE | ANNEX_ALLOC_NON_BLOCK },
	{ GFP_ATOMIC, 1, false,
	  ANNEX_ALLOC_MIN_RESERVE | ANNEX_ALLOC_NON_BLOCK |
	  ANNEX_ALLOC_HIGHATOMIC },
	{ GFP_ATOMIC | __GFP_NOMEMALLOC, 1, false, ANNEX_ALLOC_MIN_RESERVE },
};

static void alloc_gfp_says_how_deep_to_dig(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(depths); i++) {
		const struct depth *d = &depths[i];

		unsigned int flags = annex_gfp_alloc_flags(d->gfp, d->order,
							   d->rt);

		KUNIT_EXPECT_EQ_MSG(test, flags, d->flags, "row %u", i);
	}
}

static void put_by(struct annex *annex, gfp_t gfp, unsigned int order)
{
	struct annex_page *page[12];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(page); i++)
		annex_block_alloc(&annex->frames, gfp, order, &page[i]);
	for (i = 0; i < ARRAY_SIZE(page); i++)
		annex_block_free(&annex->frames, page[i], order);
}

static ANNEX_IPI_MAP(put_map);

/* In an interrupt of each CPU: blocks of all orders that one keeps. */
static void put_all_by(void *arg)
{
	static const gfp_t gfps[] = { GFP_ATOMIC, GFP_ATOMIC | __GFP_DMA,
				      GFP_ATOMIC | __GFP_HIGHMEM,
				      GFP_ATOMIC | __GFP_RECLAIMABLE };
	unsigned int order, i;

	annex_ipi_begin(&put_map);
	for (order = 0; order < ANNEX_PCP_ORDERS; order++)
		for (i = 0; i < ARRAY_SIZE(gfps); i++)
			put_by(arg, gfps[i], order);
	annex_ipi_end(&put_map);
}

/* Free frames of each zone, without and with those of the per-CPU lists. */
struct stock {
	unsigned long free[ANNEX_MAX_NR_ZONES];
	unsigned long all[ANNEX_MAX_NR_ZONES];
};

static void take_stock(struct annex *annex, struct stock *stock)
{
	unsigned int i;
	int cpu;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		struct annex_zone *zone = &annex->frames.zones[i];

		stock->free[i] = annex_zone_free_pages(zone);
		stock->all[i] = stock->free[i];
		for_each_online_cpu(cpu)
			stock->all[i] += annex_pcp_count(zone, cpu);
	}
}

/*
 * One frame fewer in the zone that it came from, none in another; and no zone
 * is below what it keeps from the request, unless it was before.
 */
static bool is_one_fewer(struct annex *annex, unsigned int from,
			 struct stock *was, const unsigned long *floor)
{
	struct stock is;
	bool good = true;
	unsigned int i;

	take_stock(annex, &is);
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		good &= is.all[i] == was->all[i] - (i == from);
		good &= is.free[i] >= min(was->free[i], floor[i]);
	}
	*was = is;
	return good;
}

/* Frames that can go before a zone has no more than @mark and @reserve free. */
static unsigned long above(unsigned long free, unsigned long mark,
			   unsigned long reserve)
{
	return free > mark + reserve ? free - mark - reserve : 0;
}

/*
 * Each kind of request is repeated until it fails; what it got from each zone
 * is what the formula says, to the frame, and never more on the way.
 */
static void drain(struct kunit *test, struct annex *annex, gfp_t gfp,
		  const unsigned long want[ANNEX_MAX_NR_ZONES],
		  const unsigned long floor[ANNEX_MAX_NR_ZONES])
{
	unsigned long got[ANNEX_MAX_NR_ZONES] = {};
	struct annex_page *page;
	struct stock stock;
	unsigned int i;

	take_stock(annex, &stock);
	while ((page = annex_test_alloc(annex, gfp, 0))) {
		got[zone_of(annex, page)]++;
		if (!is_one_fewer(annex, zone_of(annex, page), &stock, floor))
			KUNIT_FAIL(test, "%#x: frame %ld", gfp,
				   (long)(page - annex->frames.mem_map));
	}
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		KUNIT_EXPECT_EQ_MSG(test, got[i], want[i], "%s",
				    annex->frames.zones[i].name);
}

static void alloc_stops_where_watermarks_and_reserves_say(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &three_zones);
	static const gfp_t gfps[] = { GFP_HIGHUSER, GFP_KERNEL, GFP_ATOMIC };
	static const unsigned int highest[] = {
		ANNEX_ZONE_HIGHMEM, ANNEX_ZONE_NORMAL, ANNEX_ZONE_NORMAL };
	unsigned long want[3][ANNEX_MAX_NR_ZONES] = {};
	unsigned long floor[3][ANNEX_MAX_NR_ZONES] = {};
	unsigned int i, run;

	for (i = 0; i <= ANNEX_ZONE_HIGHMEM; i++) {
		struct annex_zone *zone = &annex->frames.zones[i];
		unsigned long free = zone->managed_pages;
		unsigned long mark = annex_test_min(zone);

		for (run = 0; run < 3; run++) {
			unsigned long keep = zone->lowmem_reserve[highest[run]];

			if (gfps[run] == GFP_ATOMIC) {
				mark -= mark / 2;
				mark -= mark / 4;
			}
			floor[run][i] = mark + keep;
			if (i <= highest[run])
				want[run][i] = above(free, mark, keep);
			free -= want[run][i];
		}
	}
	on_each_cpu(put_all_by, annex, 1);
	for (run = 0; run < 3; run++)
		drain(test, annex, gfps[run], want[run], floor[run]);
	annex_test_validate(test, annex);
}

static void alloc_falls_back_from_the_highest_zone_down(struct kunit *test)
{
	const struct annex_testpool opts = {
		.start = 1ULL << 30, .nr_pages = 24576, .lowmem_pages = 8192,
		.movable_pages = 8192, .dma32 = true,
	};
	struct annex *annex = annex_testpool(test, &opts);
	int last = ANNEX_ZONE_MOVABLE, ups = 0;
	struct annex_page *page;
	bool seen[ANNEX_MAX_NR_ZONES] = {};

	while ((page = annex_test_alloc(annex, GFP_HIGHUSER_MOVABLE, 0))) {
		int zone = zone_of(annex, page);

		if (!seen[zone])
			KUNIT_EXPECT_LE(test, zone, last);
		seen[zone] = true;
		ups += zone > last;
		last = zone;
	}
	/* The round down to min, and frames that CPUs still had cached. */
	KUNIT_EXPECT_LE(test, ups, 2);
	KUNIT_EXPECT_TRUE(test, seen[ANNEX_ZONE_MOVABLE]);
	KUNIT_EXPECT_TRUE(test, seen[ANNEX_ZONE_HIGHMEM]);
	KUNIT_EXPECT_TRUE(test, seen[ANNEX_ZONE_DMA32]);
	KUNIT_EXPECT_TRUE(test, seen[ANNEX_ZONE_DMA]);
	annex_test_validate(test, annex);
}

static void alloc_kernel_requests_always_have_an_address(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &three_zones);
	unsigned long n = 0;
	struct annex_page *page;

	while ((page = annex_test_alloc(annex, n % 2 ? GFP_KERNEL : GFP_ATOMIC,
					0))) {
		KUNIT_EXPECT_LT(test,
				(annex_pfn_t)(page - annex->frames.mem_map),
				annex->frames.lowmem_pages);
		n++;
	}
	KUNIT_EXPECT_GT(test, n, 7000UL);
}

static void alloc_works_with_interrupts_off(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &three_zones);
	unsigned long free = annex_test_free_pages(annex);
	struct annex_page *page;
	unsigned long flags;
	int err;

	local_irq_save(flags);
	page = annex_test_alloc(annex, GFP_ATOMIC, 2);
	err = page ? annex_block_free(&annex->frames, page, 2) : -ENOMEM;
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

static const struct annex_testpool with_contents = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 2048,
	.contents = true,
};

static void alloc_zeroes_every_frame_when_asked(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &with_contents);
	struct annex_frames *frames = &annex->frames;
	gfp_t gfps[] = { GFP_KERNEL, GFP_HIGHUSER };
	unsigned int order, i, j;
	struct annex_host *host = &annex->host;
	u32 found;

	memset(host->plain, 0xa5, (size_t)frames->nr_pages << PAGE_SHIFT);
	for (i = 0; i < ARRAY_SIZE(gfps); i++)
		for (order = 0; order < 4; order++) {
			struct annex_page *page;
			unsigned long pfn;

			page = annex_test_alloc(annex, gfps[i] | __GFP_ZERO,
						order);
			KUNIT_ASSERT_NOT_NULL(test, page);
			pfn = annex_page_host_pfn(frames, page);
			for (j = 0; j < 1U << order; j++)
				KUNIT_EXPECT_EQ(test,
						annex_frame_mismatch(host, pfn + j,
								     0, &found),
						-1);
			/* The neighbours are as they were. */
			KUNIT_EXPECT_EQ(test,
					annex_frame_mismatch(host, pfn + j,
							     0xa5a5a5a5, &found),
					-1);
			for (j = 0; j < 1U << order; j++)
				annex_frame_fill(host, pfn + j, 0xa5a5a5a5);
			KUNIT_EXPECT_EQ(test,
					annex_block_free(frames, page, order),
					0);
		}
	annex_test_validate(test, annex);
}

static void alloc_compound_tails_count_at_the_head(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &three_zones);
	unsigned long free = annex_test_free_pages(annex);
	struct annex_page *head =
		annex_test_alloc(annex, GFP_KERNEL | __GFP_COMP, 3);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, head);
	for (i = 0; i < 8; i++) {
		KUNIT_EXPECT_PTR_EQ(test,
				    annex_head_of(&annex->frames, head + i),
				    head);
		KUNIT_EXPECT_EQ(test,
				__annex_get_page(&annex->frames, head + i), 0);
	}
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(head), 9U);
	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ(test,
				__annex_put_page(&annex->frames, head + i), 0);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(head), 1U);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free - 8);
	KUNIT_EXPECT_EQ(test, __annex_put_page(&annex->frames, head + 7), 0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

static void alloc_free_with_a_second_user_keeps_the_block(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &three_zones);
	unsigned long free = annex_test_free_pages(annex);
	struct annex_page *page = annex_test_alloc(annex, GFP_HIGHUSER, 4);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, __annex_get_page(&annex->frames, page), 0);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 4), 0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free - 16);
	KUNIT_EXPECT_EQ(test, __annex_put_page(&annex->frames, page), 0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

static void alloc_counts_what_it_gives_and_takes(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &three_zones);
	struct annex_page *page = annex_test_alloc(annex, GFP_HIGHUSER, 5);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_PGALLOC_HIGH),
			32UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_PGALLOC_NORMAL),
			0UL);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 5), 0);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_PGFREE), 32UL);
	while (annex_test_alloc(annex, GFP_DMA, 10))
		;
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_ALLOC_FAIL), 1UL);
}

/* Several threads, each with blocks whose words say whose they are. */
#define TORTURE_THREADS	2
#define TORTURE_STEPS	20000
#define TORTURE_HELD	64

struct torture {
	struct annex *annex;
	u32 seed;
	u32 id;
	unsigned long corrupt;
	unsigned long allocated;
	struct completion done;
};

struct held {
	struct annex_page *page;
	unsigned int order;
	u32 stamp;
};

static void put_held(struct torture *t, struct held *h)
{
	unsigned long pfn = annex_page_host_pfn(&t->annex->frames, h->page);
	unsigned int i;
	u32 word;

	for (i = 0; i < 1U << h->order; i++) {
		annex_frame_read(&t->annex->host, pfn + i, i * 4, &word, 4);
		t->corrupt += word != h->stamp + i;
	}
	t->corrupt +=
		annex_block_free(&t->annex->frames, h->page, h->order) != 0;
	h->page = NULL;
}

static void get_held(struct torture *t, struct held *h, struct rnd_state *rnd)
{
	static const gfp_t gfps[] = { GFP_KERNEL, GFP_HIGHUSER, GFP_ATOMIC,
				      GFP_KERNEL | GFP_DMA };
	unsigned long pfn;
	unsigned int i;

	h->order = annex_test_below(rnd, 6);
	h->page = annex_test_alloc(t->annex, gfps[annex_test_below(rnd, 4)],
				   h->order);
	if (!h->page)
		return;
	t->allocated++;
	h->stamp = prandom_u32_state(rnd);
	pfn = annex_page_host_pfn(&t->annex->frames, h->page);
	for (i = 0; i < 1U << h->order; i++) {
		u32 word = h->stamp + i;

		annex_frame_write(&t->annex->host, pfn + i, i * 4, &word, 4);
	}
}

static int torture_thread(void *arg)
{
	struct torture *t = arg;
	struct held held[TORTURE_HELD] = {};
	struct rnd_state rnd;
	unsigned int step;

	prandom_seed_state(&rnd, t->seed);
	for (step = 0; step < TORTURE_STEPS; step++) {
		struct held *h = &held[annex_test_below(&rnd, TORTURE_HELD)];

		if (h->page)
			put_held(t, h);
		else
			get_held(t, h, &rnd);
		cond_resched();
	}
	for (step = 0; step < TORTURE_HELD; step++)
		if (held[step].page)
			put_held(t, &held[step]);
	complete(&t->done);
	return 0;
}

/* One on each CPU, as far as there are so many. */
static void run_on_cpu(struct kunit *test, int (*fn)(void *), void *arg,
		       unsigned int i)
{
	struct task_struct *task = kthread_create(fn, arg, "annex-test-%u", i);

	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	if (cpu_online(i))
		kthread_bind(task, i);
	wake_up_process(task);
}

static void alloc_threads_keep_their_contents_apart(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &with_contents);
	unsigned long free = annex_test_free_pages(annex);
	struct torture t[TORTURE_THREADS];
	struct rnd_state rnd;
	unsigned int i;

	annex_test_seed(test, &rnd);
	for (i = 0; i < TORTURE_THREADS; i++) {
		t[i] = (struct torture){
			.annex = annex, .seed = prandom_u32_state(&rnd), .id = i,
		};
		init_completion(&t[i].done);
		run_on_cpu(test, torture_thread, &t[i], i);
	}
	/* In use, and the books balance all the same. */
	while (!completion_done(&t[0].done) || !completion_done(&t[1].done)) {
		annex_test_validate(test, annex);
		cond_resched();
	}
	for (i = 0; i < TORTURE_THREADS; i++) {
		wait_for_completion(&t[i].done);
		KUNIT_EXPECT_EQ(test, t[i].corrupt, 0UL);
		KUNIT_EXPECT_GT(test, t[i].allocated, TORTURE_STEPS / 4UL);
	}
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

static struct kunit_case page_alloc_cases[] = {
	KUNIT_CASE(alloc_gfp_names_the_highest_zone),
	KUNIT_CASE(alloc_watermark_is_exact),
	KUNIT_CASE(alloc_gfp_says_how_deep_to_dig),
	KUNIT_CASE(alloc_stops_where_watermarks_and_reserves_say),
	KUNIT_CASE(alloc_falls_back_from_the_highest_zone_down),
	KUNIT_CASE(alloc_kernel_requests_always_have_an_address),
	KUNIT_CASE(alloc_works_with_interrupts_off),
	KUNIT_CASE(alloc_zeroes_every_frame_when_asked),
	KUNIT_CASE(alloc_compound_tails_count_at_the_head),
	KUNIT_CASE(alloc_free_with_a_second_user_keeps_the_block),
	KUNIT_CASE(alloc_counts_what_it_gives_and_takes),
	KUNIT_CASE(alloc_threads_keep_their_contents_apart),
	{}
};

static struct kunit_suite annex_page_alloc_suite = {
	.name = "annex_page_alloc",
	.test_cases = page_alloc_cases,
};

kunit_test_suite(annex_page_alloc_suite);
