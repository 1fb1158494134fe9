// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the per-CPU lists: how much a CPU keeps, in what order, and that
 * all of it comes back.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

#include "host/compat_lockdep.h"
#include "lib/testpool.h"
#include "page/page_alloc.h"
#include "page/pcp.h"

/* Normal of 240 MB: batches of 64 frames. */
static const struct annex_testpool opts = {
	.start = 5ULL << 30, .nr_pages = 65536, .lowmem_pages = 65536,
};

static void pcp_batch_is_a_block_of_a_128th(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, annex_pcp_batch(1), 1U);
	KUNIT_EXPECT_EQ(test, annex_pcp_batch(255), 1U);
	KUNIT_EXPECT_EQ(test, annex_pcp_batch(256), 2U);
	KUNIT_EXPECT_EQ(test, annex_pcp_batch(3840), 16U);
	KUNIT_EXPECT_EQ(test, annex_pcp_batch(8191), 32U);
	KUNIT_EXPECT_EQ(test, annex_pcp_batch(8192), 64U);
	KUNIT_EXPECT_EQ(test, annex_pcp_batch(15000000), 64U);
}

static void pcp_high_follows_the_kernels_rule(struct kunit *test)
{
	/* The kernel's own zoneinfo, two CPUs: Normal of 6 GB. */
	KUNIT_EXPECT_EQ(test, annex_pcp_high(11303, 1000000, 2), 5651U);
	/* Four batches, where low is less. */
	KUNIT_EXPECT_EQ(test, annex_pcp_high(100, 1000000, 2), 256U);
	KUNIT_EXPECT_EQ(test, annex_pcp_high(100, 7824, 1), 128U);
	/* And where four batches are more than an eighth of the zone. */
	KUNIT_EXPECT_EQ(test, annex_pcp_high(100, 7824, 8), 7824U / 8 / 8 / 3);
	KUNIT_EXPECT_EQ(test, annex_pcp_high(100, 7824, 64), 5U);
	KUNIT_EXPECT_EQ(test, annex_pcp_high(100, 100, 64), 0U);
}

/* However many CPUs there may be, their lists have an eighth of a zone. */
static void pcp_lists_have_an_eighth_of_a_zone(struct kunit *test)
{
	struct rnd_state rnd;
	unsigned int i;

	annex_test_seed(test, &rnd);
	for (i = 0; i < 20000; i++) {
		unsigned long managed = 1 + (prandom_u32_state(&rnd) >>
					     (8 + annex_test_below(&rnd, 24)));
		unsigned long low = annex_test_below(&rnd, managed + 1);
		unsigned int cpus = 1 + annex_test_below(&rnd, 64);
		unsigned int high = annex_pcp_high(low, managed, cpus);
		u32 batch = annex_pcp_list_batch(high, managed);

		if ((u64)annex_pcp_bound(high) * cpus > managed / 8)
			KUNIT_FAIL(test, "%u frames a CPU, of %lu and %u CPUs",
				   annex_pcp_bound(high), managed, cpus);
		if (batch < 1 || batch > max(annex_pcp_list_high(high, 0), 1U))
			KUNIT_FAIL(test, "a batch of %u for high %u", batch,
				   high);
	}
}

/* What zoneinfo calls high is what the lists of a CPU take, to the frame. */
static void pcp_bound_is_what_lists_take(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_zone *zone = &annex->frames.zones[ANNEX_ZONE_DMA];
	unsigned int type, order, nr = 0;

	for (type = 0; type < ANNEX_MIGRATE_PCPTYPES; type++)
		for (order = 0; order < ANNEX_PCP_ORDERS; order++)
			nr += annex_pcp_list_of(zone, 0, type, order)->high
			      << order;
	KUNIT_EXPECT_EQ(test, nr, annex_pcp_bound(zone->pcp_high));
	KUNIT_EXPECT_LE(test, nr * num_possible_cpus(),
			zone->managed_pages / 8);
	KUNIT_EXPECT_GT(test, nr, 0U);
}

/* The test stays on one CPU, and so on one CPU's stacks, between these. */
static void stay(void)
{
	migrate_disable();
}

/* The CPU's stack of what GFP_KERNEL wants. */
static struct annex_pcp_list *stack(struct annex_zone *zone, unsigned int order)
{
	return this_cpu_ptr(annex_pcp_list(zone, ANNEX_MIGRATE_UNMOVABLE,
					   order));
}

static struct annex_zone *normal_zone(struct kunit *test)
{
	return &annex_testpool(test, &opts)->frames.zones[ANNEX_ZONE_NORMAL];
}

static struct annex_page *alloc(struct annex_zone *zone, unsigned int order)
{
	struct annex_page *page;

	annex_block_alloc(zone->frames, GFP_KERNEL | __GFP_NOWARN, order,
			  &page);
	return page;
}

static void pcp_gives_what_was_freed_last(struct kunit *test)
{
	struct annex_zone *zone = normal_zone(test);
	struct annex_page *page[3];
	unsigned int order, i;

	stay();
	for (order = 0; order < ANNEX_PCP_ORDERS; order++) {
		for (i = 0; i < 3; i++)
			page[i] = alloc(zone, order);
		for (i = 0; i < 3; i++)
			annex_block_free(zone->frames, page[i], order);
		for (i = 3; i--;)
			KUNIT_EXPECT_PTR_EQ(test, alloc(zone, order), page[i]);
		for (i = 0; i < 3; i++)
			annex_block_free(zone->frames, page[i], order);
	}
	migrate_enable();
	annex_test_validate(test, annex_of(zone->frames, frames));
}

static void pcp_fetches_a_batch_at_a_time(struct kunit *test)
{
	struct annex_zone *zone = normal_zone(test);
	unsigned long free = annex_zone_free_pages(zone);
	u32 batch, i;

	stay();
	batch = stack(zone, 0)->batch;
	KUNIT_EXPECT_EQ(test, batch, annex_pcp_batch(zone->managed_pages));
	for (i = 0; i < batch; i++) {
		KUNIT_EXPECT_NOT_NULL(test, alloc(zone, 0));
		KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone),
				free - batch);
		KUNIT_EXPECT_EQ(test, stack(zone, 0)->count, batch - 1 - i);
	}
	KUNIT_EXPECT_NOT_NULL(test, alloc(zone, 0));
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), free - 2 * batch);
	migrate_enable();
	annex_test_validate(test, annex_of(zone->frames, frames));
}

static void pcp_keeps_no_more_than_high(struct kunit *test)
{
	struct annex_zone *zone = normal_zone(test);
	struct annex_page **held;
	unsigned int order, i;

	held = kunit_kmalloc_array(test, 1000, sizeof(*held), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, held);
	stay();
	for (order = 0; order < ANNEX_PCP_ORDERS; order++) {
		const struct annex_pcp_list *list = stack(zone, order);

		for (i = 0; i < 1000; i++)
			held[i] = alloc(zone, order);
		for (i = 0; i < 1000; i++) {
			KUNIT_EXPECT_EQ(test,
					annex_block_free(zone->frames, held[i],
							 order),
					0);
			if (list->count > list->high)
				KUNIT_FAIL(test, "%u above %u", list->count,
					   list->high);
		}
		KUNIT_EXPECT_GT(test, list->count, 0U);
		KUNIT_EXPECT_LE(test, list->high << order,
				annex_pcp_bound(zone->pcp_high));
	}
	migrate_enable();
	annex_test_validate(test, annex_of(zone->frames, frames));
}

static void pcp_drained_frames_merge(struct kunit *test)
{
	struct annex_zone *zone = normal_zone(test);
	unsigned long fresh[ANNEX_MAX_ORDER];
	struct annex_page *held[100];
	unsigned int order, i;

	for (i = 0; i < ANNEX_MAX_ORDER; i++)
		fresh[i] = annex_zone_nr_free(zone, i);
	for (order = 0; order < ANNEX_PCP_ORDERS; order++) {
		for (i = 0; i < 100; i++)
			held[i] = alloc(zone, order);
		for (i = 0; i < 100; i++)
			annex_block_free(zone->frames, held[i], order);
	}
	KUNIT_EXPECT_LT(test, annex_zone_free_pages(zone), zone->managed_pages);
	annex_pcp_drain_all(zone->frames);
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), zone->managed_pages);
	for (i = 0; i < ANNEX_MAX_ORDER; i++)
		KUNIT_EXPECT_EQ(test, annex_zone_nr_free(zone, i), fresh[i]);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

/**
 * struct watch - what an interrupt in the middle of a drain finds
 * @work: sends it, on another CPU
 * @csd: the interrupt
 * @zone: of this zone
 * @cpu: to this CPU
 * @held: done when @work has the zone's lock
 * @free: the zone's free frames then
 */
struct watch {
	struct work_struct work;
	call_single_data_t csd;
	struct annex_zone *zone;
	int cpu;
	struct completion held;
	unsigned long free;
};

static void look(void *info)
{
	struct watch *watch = info;

	watch->free = annex_zone_free_pages(watch->zone);
}

/* Interrupts a CPU that waits for the lock, thus has its interrupts off. */
static void send_interrupt(struct work_struct *work)
{
	struct watch *watch = container_of(work, struct watch, work);
	unsigned long flags, rounds = 100000000;

	spin_lock_irqsave(&watch->zone->lock, flags);
	complete(&watch->held);
	while (!spin_is_contended(&watch->zone->lock) && --rounds)
		cpu_relax();
	smp_call_function_single_async(watch->cpu, &watch->csd);
	spin_unlock_irqrestore(&watch->zone->lock, flags);
}

/* One list of this CPU, as long as it may be, of a zone that has no other. */
static void fill_list(struct kunit *test, struct annex_zone *zone,
		      struct annex_page **held)
{
	u32 i, nr = stack(zone, 0)->high;

	annex_pcp_drain_local(zone->frames);
	for (i = 0; i < nr; i++)
		held[i] = alloc(zone, 0);
	for (i = 0; i < nr; i++)
		annex_block_free(zone->frames, held[i], 0);
	KUNIT_EXPECT_GE(test, annex_pcp_count(zone, smp_processor_id()), nr / 2);
}

/* A zone whose list of order 0 has more than a portion of a drain. */
static const struct annex_testpool large = {
	.start = 5ULL << 30, .nr_pages = 49152, .lowmem_pages = 40960,
};

/*
 * However much there is on a list, interrupts need not wait for all of it: one
 * that comes during the first portion is served before the last.
 */
static void pcp_drain_lets_interrupts_in(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &large);
	struct watch watch = {
		.zone = &annex->frames.zones[ANNEX_ZONE_NORMAL]
	};
	struct annex_page **held = annex_test_array(test, annex);
	unsigned long before;

	if (num_online_cpus() < 2)
		kunit_skip(test, "it takes two processors");
	INIT_WORK_ONSTACK(&watch.work, send_interrupt);
	INIT_CSD(&watch.csd, look, &watch);
	init_completion(&watch.held);
	stay();
	watch.cpu = smp_processor_id();
	fill_list(test, watch.zone, held);
	before = annex_zone_free_pages(watch.zone);
	schedule_work_on(cpumask_any_but(cpu_online_mask, watch.cpu),
			 &watch.work);
	wait_for_completion(&watch.held);
	annex_pcp_drain_local(&annex->frames);
	flush_work(&watch.work);
	migrate_enable();
	destroy_work_on_stack(&watch.work);
	KUNIT_EXPECT_GT(test, watch.free, before);
	KUNIT_EXPECT_LT(test, watch.free, annex_zone_free_pages(watch.zone));
	annex_test_validate(test, annex);
}

static void pcp_frame_is_free_to_its_last_owner(struct kunit *test)
{
	struct annex_zone *zone = normal_zone(test);
	struct annex_page *page = alloc(zone, 2);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, annex_block_free(zone->frames, page, 2), 0);
	KUNIT_EXPECT_EQ(test, annex_block_free(zone->frames, page, 2),
			-EALREADY);
	KUNIT_EXPECT_EQ(test, __annex_get_page(zone->frames, page), -EALREADY);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

struct parcel {
	struct annex *annex;
	struct annex_page *page;
};

static ANNEX_IPI_MAP(parcel_map);

static void free_parcel(void *arg)
{
	struct parcel *parcel = arg;

	annex_ipi_begin(&parcel_map);
	annex_block_free(&parcel->annex->frames, parcel->page, 0);
	annex_ipi_end(&parcel_map);
}

/* In the interrupt of another CPU, which keeps it. */
static void pcp_free_from_another_cpu_stays_there(struct kunit *test)
{
	struct annex_zone *zone = normal_zone(test);
	struct parcel parcel = { .annex = annex_of(zone->frames, frames) };
	unsigned int other, before;

	if (num_online_cpus() < 2)
		kunit_skip(test, "it takes two processors");
	stay();
	other = cpumask_any_but(cpu_online_mask, smp_processor_id());
	parcel.page = alloc(zone, 0);
	before = annex_pcp_count(zone, other);
	smp_call_function_single(other, free_parcel, &parcel, 1);
	KUNIT_EXPECT_EQ(test, annex_pcp_count(zone, other), before + 1);
	migrate_enable();
	KUNIT_EXPECT_EQ(test,
			annex_test_free_pages(annex_of(zone->frames, frames)),
			zone->managed_pages +
				zone->frames->zones[ANNEX_ZONE_DMA]
					.managed_pages);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

/*
 * All of DMA is used, and this CPU has frames of Normal cached. A request for
 * DMA fails whether they are drained or not: they stay.
 */
static void pcp_keeps_what_a_failing_request_cannot_use(struct kunit *test)
{
	static const gfp_t gfps[] = {
		GFP_ATOMIC | __GFP_DMA, GFP_NOWAIT | __GFP_DMA,
		GFP_KERNEL | __GFP_DMA | __GFP_NORETRY,
	};
	struct annex_zone *zone = normal_zone(test);
	struct annex *annex = annex_of(zone->frames, frames);
	struct annex_page **pages = annex_test_array(test, annex);
	unsigned int i, count;

	annex_test_exhaust(annex, GFP_ATOMIC | __GFP_DMA, pages);
	stay();
	annex_block_free(&annex->frames, alloc(zone, 0), 0);
	count = annex_pcp_count(zone, smp_processor_id());
	KUNIT_EXPECT_GT(test, count, 0U);
	for (i = 0; i < ARRAY_SIZE(gfps); i++) {
		KUNIT_EXPECT_NULL(test, annex_test_alloc(annex, gfps[i], 0));
		KUNIT_EXPECT_EQ(test, annex_pcp_count(zone, smp_processor_id()),
				count);
	}
	migrate_enable();
	annex_test_validate(test, annex);
}

/*
 * Normal and DMA are used up, and this CPU has many frames that it freed, of
 * another type than what is asked for. A portion of them will do.
 */
static void pcp_gives_back_no_more_than_is_needed(struct kunit *test)
{
	struct annex_zone *zone = normal_zone(test);
	struct annex *annex = annex_of(zone->frames, frames);
	struct annex_page **pages = annex_test_array(test, annex), *page;
	unsigned int nr, i, count;

	stay();
	nr = annex_test_exhaust(annex, GFP_ATOMIC, pages);
	for (i = 0; i < 80; i++)
		KUNIT_EXPECT_EQ(test,
				annex_block_free(&annex->frames,
						 pages[nr / 2 + i], 0),
				0);
	count = annex_pcp_count(zone, smp_processor_id());
	KUNIT_EXPECT_GE(test, count, 80U);
	page = annex_test_alloc(annex, GFP_ATOMIC | __GFP_RECLAIMABLE, 0);
	KUNIT_EXPECT_NOT_NULL(test, page);
	KUNIT_EXPECT_GE(test, annex_pcp_count(zone, smp_processor_id()),
			count - 32);
	migrate_enable();
	annex_test_validate(test, annex);
}

/* And if all of them are needed, all are given back. */
static void pcp_gives_back_all_that_is_needed(struct kunit *test)
{
	struct annex_zone *zone = normal_zone(test);
	struct annex *annex = annex_of(zone->frames, frames);
	struct annex_page **pages = annex_test_array(test, annex), *block;
	unsigned int i;

	stay();
	block = alloc(zone, 5);
	annex_test_exhaust(annex, GFP_ATOMIC, pages);
	KUNIT_ASSERT_NOT_NULL(test, block);
	/* 32 single frames, which only together are the block again. */
	annex_block_free(&annex->frames, block, 5);
	for (i = 0; i < 32; i++)
		pages[i] = annex_test_must_alloc(test, annex, GFP_ATOMIC, 0);
	KUNIT_EXPECT_NULL(test, annex_test_alloc(annex, GFP_ATOMIC, 0));
	__annex_free_pages_bulk(&annex->frames, pages, 32);
	KUNIT_EXPECT_GE(test, annex_pcp_count(zone, smp_processor_id()), 32U);
	KUNIT_EXPECT_NOT_NULL(test, annex_test_alloc(annex, GFP_ATOMIC, 5));
	migrate_enable();
	annex_test_validate(test, annex);
}

static void pcp_asks_cpus_that_have_something(struct kunit *test)
{
	struct annex_zone *zone = normal_zone(test);
	struct parcel parcel = { .annex = annex_of(zone->frames, frames) };
	unsigned int other;
	unsigned long asked;

	if (num_online_cpus() < 2)
		kunit_skip(test, "it takes two processors");
	stay();
	other = cpumask_any_but(cpu_online_mask, smp_processor_id());
	annex_pcp_drain_all(zone->frames);
	asked = annex_test_event(annex_of(zone->frames, frames),
				 ANNEX_DRAIN_IPIS);
	/* No CPU has cached frames. */
	annex_pcp_drain_zones(zone->frames, ANNEX_ALL_ZONES);
	KUNIT_EXPECT_EQ(test,
			annex_test_event(annex_of(zone->frames, frames),
					 ANNEX_DRAIN_IPIS),
			asked);
	parcel.page = alloc(zone, 0);
	smp_call_function_single(other, free_parcel, &parcel, 1);
	/* What it has is of another zone. */
	annex_pcp_drain_zones(zone->frames, BIT(ANNEX_ZONE_DMA));
	KUNIT_EXPECT_EQ(test, annex_pcp_count(zone, other), 1U);
	KUNIT_EXPECT_EQ(test,
			annex_test_event(annex_of(zone->frames, frames),
					 ANNEX_DRAIN_IPIS),
			asked);
	annex_pcp_drain_zones(zone->frames, BIT(ANNEX_ZONE_NORMAL));
	KUNIT_EXPECT_EQ(test, annex_pcp_count(zone, other), 0U);
	KUNIT_EXPECT_EQ(test,
			annex_test_event(annex_of(zone->frames, frames),
					 ANNEX_DRAIN_IPIS),
			asked + 1);
	migrate_enable();
	annex_test_validate(test, annex_of(zone->frames, frames));
}

static struct kunit_case pcp_cases[] = {
	KUNIT_CASE(pcp_batch_is_a_block_of_a_128th),
	KUNIT_CASE(pcp_high_follows_the_kernels_rule),
	KUNIT_CASE(pcp_lists_have_an_eighth_of_a_zone),
	KUNIT_CASE(pcp_bound_is_what_lists_take),
	KUNIT_CASE(pcp_gives_what_was_freed_last),
	KUNIT_CASE(pcp_fetches_a_batch_at_a_time),
	KUNIT_CASE(pcp_keeps_no_more_than_high),
	KUNIT_CASE(pcp_drained_frames_merge),
	KUNIT_CASE(pcp_drain_lets_interrupts_in),
	KUNIT_CASE(pcp_frame_is_free_to_its_last_owner),
	KUNIT_CASE(pcp_free_from_another_cpu_stays_there),
	KUNIT_CASE(pcp_keeps_what_a_failing_request_cannot_use),
	KUNIT_CASE(pcp_gives_back_no_more_than_is_needed),
	KUNIT_CASE(pcp_gives_back_all_that_is_needed),
	KUNIT_CASE(pcp_asks_cpus_that_have_something),
	{}
};

static struct kunit_suite annex_pcp_suite = {
	.name = "annex_pcp",
	.test_cases = pcp_cases,
};

kunit_test_suite(annex_pcp_suite);
