// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what gfp flags mean for what a request gets: where from, how deep it
 * digs, what the block is like. slowpath_wait_kunit.c tests how long it waits.
 */
#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/sched/mm.h>

#include "host/compat_timer.h"
#include "host/frame.h"
#include "lib/testpool.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/pcp.h"

/* DMA 16 MB, Normal 16 MB, HighMem 32 MB. */
static const struct annex_testpool three_zones = {
	.start = 5ULL << 30, .nr_pages = 16384, .lowmem_pages = 8192,
	.reserved_pages = 256,
};

#define DMA	ANNEX_ZONE_DMA
#define NORMAL	ANNEX_ZONE_NORMAL
#define HIGHMEM	ANNEX_ZONE_HIGHMEM
#define MOVABLE	ANNEX_ZONE_MOVABLE

struct place {
	gfp_t gfp;
	unsigned int zone;	/* of a pool without Movable */
	unsigned int with;	/* of one with it */
	unsigned int type;
};

static const struct place places[] = {
	{ GFP_KERNEL, NORMAL, NORMAL, ANNEX_MIGRATE_UNMOVABLE },
	{ GFP_ATOMIC, NORMAL, NORMAL, ANNEX_MIGRATE_UNMOVABLE },
	{ GFP_NOWAIT, NORMAL, NORMAL, ANNEX_MIGRATE_UNMOVABLE },
	{ GFP_DMA, DMA, DMA, ANNEX_MIGRATE_UNMOVABLE },
	{ GFP_KERNEL | GFP_DMA, DMA, DMA, ANNEX_MIGRATE_UNMOVABLE },
	{ GFP_HIGHUSER, HIGHMEM, HIGHMEM, ANNEX_MIGRATE_UNMOVABLE },
	{ GFP_HIGHUSER_MOVABLE, HIGHMEM, MOVABLE, ANNEX_MIGRATE_MOVABLE },
	{ GFP_KERNEL | __GFP_MOVABLE, NORMAL, NORMAL, ANNEX_MIGRATE_MOVABLE },
	{ GFP_KERNEL | __GFP_RECLAIMABLE, NORMAL, NORMAL,
	  ANNEX_MIGRATE_RECLAIMABLE },
};

static void expect_place(struct kunit *test, struct annex *annex,
			 const struct place *p, bool with, unsigned int order)
{
	struct annex_page *page = annex_test_alloc(annex, p->gfp, order);
	annex_pfn_t pfn = page - annex->frames.mem_map;

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test,
			(unsigned int)annex_pfn_zone(&annex->frames, pfn)->idx,
			with ? p->with : p->zone);
	KUNIT_EXPECT_EQ(test,
			(unsigned int)annex_pageblock(&annex->frames, pfn)
				->type,
			p->type);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, order), 0);
}

/* The zone and the pageblock, from the zone itself and from per-CPU lists. */
static void gfp_says_where_from(struct kunit *test)
{
	const struct annex_testpool with_movable = {
		.start = 5ULL << 30, .nr_pages = 16384, .lowmem_pages = 8192,
		.movable_pages = 4096,
	};
	struct annex *without = annex_testpool(test, &three_zones);
	struct annex *with = annex_testpool(test, &with_movable);
	unsigned int i, order;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		for (order = 0; order < 10; order++) {
			expect_place(test, without, &places[i], false, order);
			expect_place(test, without, &places[i], false, order);
			expect_place(test, with, &places[i], true, order);
		}
	}
	annex_test_validate(test, without);
	annex_test_validate(test, with);
}

enum depth { TO_MIN, TO_HALF, TO_ATOMIC, TO_NOTHING };

struct dig {
	const char *name;
	gfp_t gfp;
	enum depth depth;
	bool memalloc;		/* the thread has PF_MEMALLOC */
};

static const struct dig digs[] = {
	{ "GFP_KERNEL", GFP_KERNEL, TO_MIN },
	{ "GFP_DMA", GFP_DMA, TO_MIN },
	{ "GFP_HIGHUSER", GFP_HIGHUSER, TO_MIN },
	{ "GFP_HIGHUSER_MOVABLE", GFP_HIGHUSER_MOVABLE, TO_MIN },
	{ "GFP_NOWAIT", GFP_NOWAIT, TO_MIN },
	{ "no reclaim at all", 0, TO_MIN },
	{ "GFP_ATOMIC", GFP_ATOMIC, TO_ATOMIC },
	{ "GFP_KERNEL, __GFP_HIGH", GFP_KERNEL | __GFP_HIGH, TO_HALF },
	{ "GFP_NOWAIT, __GFP_HIGH", GFP_NOWAIT | __GFP_HIGH, TO_ATOMIC },
	{ "GFP_ATOMIC, __GFP_NOMEMALLOC", GFP_ATOMIC | __GFP_NOMEMALLOC,
	  TO_HALF },
	{ "__GFP_MEMALLOC", GFP_KERNEL | __GFP_MEMALLOC, TO_NOTHING },
	{ "__GFP_MEMALLOC, no reclaim", __GFP_MEMALLOC, TO_NOTHING },
	{ "__GFP_NOMEMALLOC wins",
	  GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOMEMALLOC, TO_MIN },
	{ "PF_MEMALLOC", GFP_KERNEL, TO_NOTHING, true },
	{ "PF_MEMALLOC, GFP_NOWAIT", GFP_NOWAIT, TO_NOTHING, true },
	{ "PF_MEMALLOC, __GFP_NOMEMALLOC", GFP_KERNEL | __GFP_NOMEMALLOC,
	  TO_MIN, true },
};

static void dig_name(const struct dig *d, char *desc)
{
	strscpy(desc, d->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(dig, digs, dig_name);

/* The kernel's fractions of the reserve, in its words. */
static unsigned long floor_of(const struct annex_zone *zone, enum depth depth)
{
	unsigned long min = annex_test_min(zone);

	if (depth == TO_NOTHING)
		return 0;
	if (depth >= TO_HALF)
		min -= min / 2;
	if (depth == TO_ATOMIC)
		min -= min / 4;
	return min;
}

static void gfp_says_how_deep(struct kunit *test)
{
	const struct dig *d = test->param_value;
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_zone *zone = &annex->frames.zones[DMA];
	struct annex_page **pages = annex_test_array(test, annex);
	unsigned int flags = 0, nr;

	if (d->memalloc)
		flags = memalloc_noreclaim_save();
	nr = annex_test_exhaust(annex, d->gfp, pages);
	if (d->memalloc)
		memalloc_noreclaim_restore(flags);
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone),
			floor_of(zone, d->depth));
	KUNIT_EXPECT_EQ(test, (unsigned long)nr,
			zone->managed_pages - floor_of(zone, d->depth));
	annex_test_validate(test, annex);

	/* What comes back is had again, and no more. */
	KUNIT_EXPECT_EQ(test,
			__annex_free_pages_bulk(&annex->frames, pages, 10), 0);
	if (d->memalloc)
		flags = memalloc_noreclaim_save();
	KUNIT_EXPECT_EQ(test, annex_test_exhaust(annex, d->gfp, pages), 10U);
	if (d->memalloc)
		memalloc_noreclaim_restore(flags);
	annex_test_validate(test, annex);
}

/* All frames of a block but one count as gone when the mark is looked at. */
static void gfp_depth_holds_for_larger_blocks(struct kunit *test)
{
	unsigned int order, i;

	for (order = 1; order < 6; order++) {
		for (i = 0; i < ARRAY_SIZE(digs); i++) {
			struct annex *annex =
				annex_testpool(test, &annex_testpool_small);
			struct annex_zone *zone = &annex->frames.zones[DMA];
			unsigned long free = zone->managed_pages, mark;
			gfp_t gfp = digs[i].gfp | __GFP_NORETRY;

			if (digs[i].depth == TO_NOTHING || digs[i].memalloc)
				continue;
			mark = floor_of(zone, digs[i].depth) +
			       (1UL << order) - 1;
			while (annex_test_alloc(annex, gfp, order))
				;
			while (free > mark)
				free -= 1UL << order;
			KUNIT_EXPECT_EQ_MSG(test, annex_zone_free_pages(zone),
					    free, "%s, order %u", digs[i].name,
					    order);
			annex_test_validate(test, annex);
		}
	}
}

/* Nothing that an atomic request got is left where others would find it. */
static void gfp_reserve_is_for_those_it_is_kept_for(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_zone *zone = &annex->frames.zones[DMA];
	struct annex_page **pages = annex_test_array(test, annex);
	struct annex_page *held[8];
	unsigned int i;

	annex_test_exhaust(annex, GFP_KERNEL, pages);
	for (i = 0; i < ARRAY_SIZE(held); i++) {
		held[i] = annex_test_alloc(annex, GFP_ATOMIC, 0);
		KUNIT_ASSERT_NOT_NULL(test, held[i]);
		KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone),
				annex_test_min(zone) - i - 1);
		KUNIT_EXPECT_NULL(test, annex_test_alloc(annex, GFP_NOWAIT, 0));
		KUNIT_EXPECT_NULL(test, annex_test_alloc(annex, GFP_KERNEL |
							 __GFP_NORETRY, 0));
	}
	/* Free, but cached: zone and list together are still below min. */
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test,
				annex_block_free(&annex->frames, held[i], 0),
				0);
		KUNIT_EXPECT_NULL(test, annex_test_alloc(annex, GFP_NOWAIT, 0));
		KUNIT_EXPECT_NULL(test, annex_test_alloc(annex, GFP_KERNEL |
							 __GFP_NORETRY, 0));
	}
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex),
			annex_test_min(zone) - 4);
	annex_test_validate(test, annex);
}

/* The same with half of it under min, so that there is room for pageblocks. */
static const struct annex_testpool large_reserve = {
	.start = 5ULL << 30, .nr_pages = 2048, .lowmem_pages = 2048,
	.min_free_kbytes = 3072,
};

/* A pool at min, with a pageblock kept for atomic blocks. */
static struct annex *with_highatomic(struct kunit *test,
				     struct annex_page **pages,
				     unsigned int *nr)
{
	struct annex *annex = annex_testpool(test, &large_reserve);

	*nr = annex_test_exhaust(annex, GFP_NOWAIT, pages);
	KUNIT_EXPECT_NOT_NULL(test, annex_test_alloc(annex, GFP_ATOMIC, 1));
	KUNIT_EXPECT_GE(test, annex->frames.zones[DMA].free_highatomic, 200UL);
	return annex;
}

/* Free frames of such pageblocks are not what others may go down to min by. */
static void gfp_highatomic_opens_no_way_below_min(struct kunit *test)
{
	static const gfp_t others[] = { GFP_NOWAIT, GFP_KERNEL, GFP_HIGHUSER };
	struct annex_page **pages;
	unsigned int i, nr;

	pages = annex_test_array(test, annex_testpool(test, &large_reserve));
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		struct annex *annex = with_highatomic(test, pages, &nr);
		struct annex_zone *zone = &annex->frames.zones[DMA];
		unsigned long low = ULONG_MAX;

		KUNIT_EXPECT_EQ(test,
				__annex_free_pages_bulk(&annex->frames, pages,
							100),
				0);
		annex_pcp_drain_all(&annex->frames);
		while (annex_test_alloc(annex, others[i] | __GFP_NORETRY, 0))
			low = min(low, annex_zone_free_pages(zone));
		KUNIT_EXPECT_EQ(test, low, annex_test_min(zone));
		annex_test_validate(test, annex);
	}
}

/* While it is reserved, a block serves only requests that cannot wait. */
static void gfp_highatomic_is_for_atomic_blocks(struct kunit *test)
{
	struct annex_page **pages;
	unsigned int order, nr, i;
	struct annex_zone *zone;
	struct annex *annex;

	pages = annex_test_array(test, annex_testpool(test, &large_reserve));
	annex = with_highatomic(test, pages, &nr);
	zone = &annex->frames.zones[DMA];
	/* Every second frame comes back: many of them, and nothing to merge. */
	for (i = 0; i < nr; i += 2)
		annex_block_free(&annex->frames, pages[i], 0);
	annex_pcp_drain_all(&annex->frames);
	for (order = 1; order < 6; order++) {
		unsigned long free = zone->free_highatomic;
		unsigned long reserved = zone->nr_reserved_highatomic;

		/* There may be others, but not of these. */
		for (i = 0; i < 1024; i++)
			if (!annex_test_alloc(annex, GFP_NOWAIT, order))
				break;
		KUNIT_EXPECT_LT(test, i, 1024U);
		KUNIT_EXPECT_EQ(test, zone->free_highatomic, free);
		KUNIT_EXPECT_EQ(test, zone->nr_reserved_highatomic, reserved);
		KUNIT_EXPECT_NOT_NULL(test, annex_test_alloc(annex, GFP_ATOMIC,
							     order));
		KUNIT_EXPECT_LT(test, zone->free_highatomic, free);
		annex_test_validate(test, annex);
	}
}

/* Interrupts that hit a thread that frees memory have not its rights. */
struct dig_in_interrupt {
	struct hrtimer timer;
	struct annex *annex;
	struct annex_page **pages;
	unsigned int nr;
	struct completion done;
};

static enum hrtimer_restart dig(struct hrtimer *timer)
{
	struct dig_in_interrupt *in = container_of(timer, struct dig_in_interrupt,
						   timer);

	in->nr = annex_test_exhaust(in->annex, GFP_ATOMIC, in->pages);
	complete(&in->done);
	return HRTIMER_NORESTART;
}

static void gfp_interrupts_do_not_inherit_rights(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_zone *zone = &annex->frames.zones[DMA];
	struct dig_in_interrupt in = {
		.annex = annex, .pages = annex_test_array(test, annex),
	};
	unsigned int flags;

	annex_test_exhaust(annex, GFP_KERNEL, in.pages);
	init_completion(&in.done);
	hrtimer_setup_on_stack(&in.timer, dig, CLOCK_MONOTONIC,
			       HRTIMER_MODE_REL_PINNED);
	flags = memalloc_noreclaim_save();
	hrtimer_start(&in.timer, ns_to_ktime(NSEC_PER_MSEC),
		      HRTIMER_MODE_REL_PINNED);
	while (!completion_done(&in.done))
		cpu_relax();
	memalloc_noreclaim_restore(flags);
	hrtimer_cancel(&in.timer);
	destroy_hrtimer_on_stack(&in.timer);
	KUNIT_EXPECT_EQ(test, (unsigned long)in.nr,
			annex_test_min(zone) - floor_of(zone, TO_ATOMIC));
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone),
			floor_of(zone, TO_ATOMIC));
	annex_test_validate(test, annex);
}

/* What a softirq that frees memory gets, over a thread that may not. */
struct dig_in_softirq {
	struct tasklet_struct tasklet;
	struct annex *annex;
	struct annex_page **pages;
	bool frees_memory;
	unsigned int nr;
};

static void dig_late(struct tasklet_struct *tasklet)
{
	struct dig_in_softirq *d = container_of(tasklet, struct dig_in_softirq,
						tasklet);
	unsigned int flags = 0;

	if (d->frees_memory)
		flags = memalloc_noreclaim_save();
	d->nr = annex_test_exhaust(d->annex, GFP_ATOMIC, d->pages);
	if (d->frees_memory)
		memalloc_noreclaim_restore(flags);
}

static void dig_soon(struct dig_in_softirq *d)
{
	tasklet_setup(&d->tasklet, dig_late);
	tasklet_schedule(&d->tasklet);
	tasklet_unlock_wait(&d->tasklet);
	tasklet_kill(&d->tasklet);
}

static void gfp_softirq_has_rights_of_its_own(struct kunit *test)
{
	const struct annex_testpool small = {
		.start = 5ULL << 30, .nr_pages = 2048, .lowmem_pages = 2048,
	};
	struct annex *annex = annex_testpool(test, &small);
	struct annex_zone *zone = &annex->frames.zones[ANNEX_ZONE_DMA];
	unsigned long mark = annex_test_min(zone);
	struct dig_in_softirq d = {
		.annex = annex, .pages = annex_test_array(test, annex),
	};

	mark -= mark / 2;
	mark -= mark / 4;
	dig_soon(&d);
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), mark);
	d.frees_memory = true;
	dig_soon(&d);
	KUNIT_EXPECT_EQ(test, (unsigned long)d.nr, mark);
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), 0UL);
	annex_test_validate(test, annex);
}

#define DIRT	0xa5a5a5a5

static const struct annex_testpool with_contents = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 2048,
	.contents = true,
};

static void expect_contents(struct kunit *test, struct annex *annex,
			    const struct annex_page *page, unsigned int order,
			    u32 value)
{
	unsigned long pfn = annex_page_host_pfn(&annex->frames, page), i;
	u32 found;

	for (i = 0; i < 1U << order; i++)
		KUNIT_EXPECT_EQ(test, annex_frame_mismatch(&annex->host,
							   pfn + i, value,
							   &found), -1);
	for (i = 0; i < 1U << order; i++)
		annex_frame_fill(&annex->host, pfn + i, DIRT);
}

/* For each order, from the zone and from per-CPU lists; and only if asked. */
static void gfp_zero_is_for_who_asks(struct kunit *test)
{
	static const gfp_t gfps[] = { GFP_KERNEL, GFP_ATOMIC, GFP_HIGHUSER };
	struct annex *annex = annex_testpool(test, &with_contents);
	unsigned int order, i;

	memset(annex->host.plain, 0xa5,
	       (size_t)annex->frames.nr_pages << PAGE_SHIFT);
	for (i = 0; i < 6 * ARRAY_SIZE(gfps); i++) {
		gfp_t gfp = gfps[i % ARRAY_SIZE(gfps)] |
			    (i & 1 ? __GFP_ZERO : 0);

		for (order = 0; order < 9; order++) {
			struct annex_page *page =
				annex_test_alloc(annex, gfp, order);

			KUNIT_ASSERT_NOT_NULL(test, page);
			expect_contents(test, annex, page, order,
					i & 1 ? 0 : DIRT);
			KUNIT_EXPECT_EQ(test,
					annex_block_free(&annex->frames, page,
							 order),
					0);
		}
	}
	annex_test_validate(test, annex);
}

static void expect_compound(struct kunit *test, struct annex *annex,
			    struct annex_page *head, unsigned int order)
{
	struct annex_page *last = head + (1U << order) - 1;

	KUNIT_EXPECT_TRUE(test, annex_page_test_flag(head, ANNEX_PG_HEAD));
	KUNIT_EXPECT_PTR_EQ(test, annex_head_of(&annex->frames, last), head);
	KUNIT_EXPECT_EQ(test, __annex_get_page(&annex->frames, last), 0);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(head), 2U);
	KUNIT_EXPECT_EQ(test, __annex_put_page(&annex->frames, head + 1), 0);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(head), 1U);
	/* The last reference, by a tail, gives all of it back. */
	KUNIT_EXPECT_EQ(test, __annex_put_page(&annex->frames, last), 0);
	KUNIT_EXPECT_NE(test, (int)annex_page_state(head),
			(int)ANNEX_PAGE_USED);
}

static void expect_plain(struct kunit *test, struct annex *annex,
			 struct annex_page *head, unsigned int order)
{
	struct annex_page *last = head + (1U << order) - 1;

	KUNIT_EXPECT_FALSE(test, annex_page_test_flag(head, ANNEX_PG_HEAD));
	KUNIT_EXPECT_PTR_EQ(test, annex_head_of(&annex->frames, last), last);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, head, order), 0);
}

/* The same block in turn: compound is a request, not a block. */
static void gfp_comp_ties_tails_to_the_head(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &three_zones);
	unsigned long free = annex_test_free_pages(annex);
	unsigned int order, i;

	for (order = 1; order < ANNEX_MAX_ORDER; order++) {
		for (i = 0; i < 6; i++) {
			gfp_t gfp = GFP_HIGHUSER | (i & 1 ? __GFP_COMP : 0);
			struct annex_page *head =
				annex_test_alloc(annex, gfp, order);

			KUNIT_ASSERT_NOT_NULL(test, head);
			if (i & 1)
				expect_compound(test, annex, head, order);
			else
				expect_plain(test, annex, head, order);
		}
	}
	/* A single frame has no tails. */
	expect_plain(test, annex,
		     annex_test_alloc(annex, GFP_KERNEL | __GFP_COMP, 0), 0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

static struct kunit_case page_alloc_gfp_cases[] = {
	KUNIT_CASE(gfp_says_where_from),
	KUNIT_CASE_PARAM(gfp_says_how_deep, dig_gen_params),
	KUNIT_CASE(gfp_depth_holds_for_larger_blocks),
	KUNIT_CASE(gfp_reserve_is_for_those_it_is_kept_for),
	KUNIT_CASE(gfp_highatomic_opens_no_way_below_min),
	KUNIT_CASE(gfp_highatomic_is_for_atomic_blocks),
	KUNIT_CASE(gfp_interrupts_do_not_inherit_rights),
	KUNIT_CASE(gfp_softirq_has_rights_of_its_own),
	KUNIT_CASE(gfp_zero_is_for_who_asks),
	KUNIT_CASE(gfp_comp_ties_tails_to_the_head),
	{}
};

static struct kunit_suite annex_page_alloc_gfp_suite = {
	.name = "annex_page_alloc_gfp",
	.test_cases = page_alloc_gfp_cases,
};

kunit_test_suite(annex_page_alloc_gfp_suite);
