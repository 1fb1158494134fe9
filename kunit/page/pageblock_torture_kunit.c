// SPDX-License-Identifier: GPL-2.0-only
/*
 * All that pageblocks can go through, at random, on two threads: they change
 * sides, are kept for atomic requests and given up, are isolated, and merge.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "lib/testpool.h"
#include "page/page_alloc.h"
#include "page/pageblock.h"
#include "page/pcp.h"

/* 30 MB of HighMem and nothing else that could serve a request. */
static const struct annex_testpool small = {
	.start = 5ULL << 30, .nr_pages = 8192, .lowmem_pages = 512,
	.reserved_pages = 512,
};

/* None of them waits, so that a pool that is full costs no time. */
#define PLAIN	(__GFP_HIGHMEM | __GFP_NOMEMALLOC | __GFP_NOWARN)
#define ATOMIC	(GFP_ATOMIC | __GFP_HIGHMEM | __GFP_NOWARN)

static struct annex_zone *high_zone(struct kunit *test)
{
	return &annex_testpool(test, &small)->frames.zones[ANNEX_ZONE_HIGHMEM];
}

#define STEPS		20000
#define HELD		400
#define PAGEBLOCKS	16	/* of the small pool */

/*
 * What the threads know of each other: when a pageblock was isolated, by a
 * clock that ticks then, or 0.
 */
struct torture {
	struct annex_zone *zone;
	atomic_t clock;
	int since[PAGEBLOCKS];
};

/**
 * struct worker - a thread of it
 * @t: what they share
 * @id: 0 or 1; it isolates every second pageblock
 * @rnd: what is random
 * @page: blocks that it holds
 * @nr: how many
 * @wrong: what should not have happened
 * @allocs: how often it got a block
 * @isolations: how often it isolated a pageblock
 * @done: it ends
 */
struct worker {
	struct torture *t;
	unsigned int id;
	struct rnd_state rnd;
	struct annex_page *page[HELD];
	unsigned int nr;
	unsigned int wrong;
	unsigned int allocs;
	unsigned int isolations;
	struct completion done;
};

/* Is any of a new block in a pageblock that was isolated at @time already? */
static bool is_isolated(struct torture *t, const struct annex_page *page,
			unsigned int order, int time)
{
	annex_pfn_t pfn = page - t->zone->frames->mem_map;
	unsigned int i = pfn >> ANNEX_PAGEBLOCK_ORDER;
	unsigned int end = (pfn + (1U << order) - 1) >> ANNEX_PAGEBLOCK_ORDER;

	for (; i <= end; i++) {
		int since = READ_ONCE(t->since[i]);

		if (since && since <= time)
			return true;
	}
	return false;
}

static void take_one(struct worker *w)
{
	static const gfp_t gfp[] = {
		PLAIN, PLAIN | __GFP_MOVABLE, PLAIN | __GFP_RECLAIMABLE, ATOMIC,
	};
	unsigned int order;
	struct annex_page *page;
	int time = atomic_read(&w->t->clock);

	if (w->nr == HELD)
		return;
	order = annex_test_below(&w->rnd,
				 1 + annex_test_below(&w->rnd, ANNEX_MAX_ORDER));
	/* The clock is read before the block is chosen, ... */
	smp_mb();
	annex_block_alloc(w->t->zone->frames, gfp[annex_test_below(&w->rnd, 4)],
			  order, &page);
	/* ... and after that, what was isolated by then. */
	smp_mb();
	if (!page)
		return;
	w->wrong += is_isolated(w->t, page, order, time);
	w->page[w->nr++] = page;
	w->allocs++;
}

static void give_one(struct worker *w)
{
	struct annex_page *page;
	unsigned int i;

	if (!w->nr)
		return;
	i = annex_test_below(&w->rnd, w->nr);
	page = w->page[i];
	w->page[i] = w->page[--w->nr];
	w->wrong += !!annex_block_free(w->t->zone->frames, page,
				       annex_page_order(page));
}

static void unisolate(struct worker *w, unsigned int i)
{
	WRITE_ONCE(w->t->since[i], 0);
	/* A thread that allocates a block of it after this sees the store. */
	smp_mb();
	w->wrong += !!annex_pageblock_unisolate(w->t->zone->frames,
						i << ANNEX_PAGEBLOCK_ORDER);
}

static void isolate_or_undo(struct worker *w)
{
	unsigned int i = 2 * annex_test_below(&w->rnd, PAGEBLOCKS / 2) + w->id;
	int err;

	if (w->t->since[i]) {
		unisolate(w, i);
		return;
	}
	err = annex_pageblock_isolate(w->t->zone->frames,
				      i << ANNEX_PAGEBLOCK_ORDER);
	w->wrong += err && err != -EBUSY;
	if (err)
		return;
	w->isolations++;
	WRITE_ONCE(w->t->since[i], atomic_inc_return(&w->t->clock));
}

static void step(struct worker *w)
{
	struct annex_zone *zone = w->t->zone;
	struct annex_page *page;
	unsigned int type;

	switch (annex_test_below(&w->rnd, 64)) {
	case 0:
	case 1:
		isolate_or_undo(w);
		break;
	case 2:
		page = w->nr ? w->page[w->nr - 1] : NULL;
		if (page)
			annex_pageblock_reserve(zone, page);
		break;
	case 3:
		type = annex_test_below(&w->rnd, ANNEX_MIGRATE_PCPTYPES);
		annex_pageblock_unreserve(zone->frames, ANNEX_ZONE_HIGHMEM, type);
		break;
	case 4 ... 33:
		give_one(w);
		break;
	default:
		take_one(w);
	}
}

static int work(void *arg)
{
	struct worker *w = arg;
	unsigned int i;

	for (i = 0; i < STEPS; i++) {
		step(w);
		cond_resched();
	}
	while (w->nr)
		give_one(w);
	for (i = w->id; i < PAGEBLOCKS; i += 2)
		if (w->t->since[i])
			unisolate(w, i);
	complete(&w->done);
	return 0;
}

/* Two threads do all that can be done to pageblocks, and the books balance. */
static void pageblock_random_torture(struct kunit *test)
{
	struct torture t = { .zone = high_zone(test) };
	struct annex *annex = annex_of(t.zone->frames, frames);
	unsigned long fresh[ANNEX_MAX_ORDER];
	struct worker *w = kunit_kcalloc(test, 2, sizeof(*w), GFP_KERNEL);
	bool kept = true;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, w);
	annex_test_count_areas(t.zone, fresh);
	for (i = 0; i < 2; i++) {
		w[i].t = &t;
		w[i].id = i;
		annex_test_seed(test, &w[i].rnd);
		init_completion(&w[i].done);
	}
	for (i = 0; i < 2; i++)
		kthread_run(work, &w[i], "annex-block-%u", i);
	do {
		annex_test_validate(test, annex);
		cond_resched();
	} while (!try_wait_for_completion(&w[0].done));
	wait_for_completion(&w[1].done);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, w[i].wrong, 0U);
		KUNIT_EXPECT_GT(test, w[i].allocs, STEPS / 8U);
		KUNIT_EXPECT_GT(test, w[i].isolations, STEPS / 200U);
	}
	while (kept)
		kept = annex_pageblock_unreserve(&annex->frames,
						 ANNEX_ZONE_HIGHMEM,
						 ANNEX_MIGRATE_MOVABLE);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex),
			t.zone->managed_pages);
	annex_test_expect_areas(test, t.zone, fresh);
	annex_test_validate(test, annex);
}

static struct kunit_case torture_cases[] = {
	KUNIT_CASE(pageblock_random_torture),
	{}
};

static struct kunit_suite annex_pageblock_torture_suite = {
	.name = "annex_pageblock_torture",
	.test_cases = torture_cases,
};

kunit_test_suite(annex_pageblock_torture_suite);
