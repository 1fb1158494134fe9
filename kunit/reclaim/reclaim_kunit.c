// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of reclaim: what it frees, what it leaves, in what order, and that it
 * keeps what is in a frame until that is stored.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/sched/mm.h>

#include "host/frame.h"
#include "lib/testfolio.h"
#include "lib/testlog.h"
#include "lib/testowner.h"
#include "lib/testpool.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/pcp.h"
#include "reclaim/folio.h"
#include "reclaim/lock.h"
#include "reclaim/lru.h"
#include "reclaim/reclaim.h"

/* Look at all of the Normal zone's inactive list once. */
static unsigned long scan(struct testowner *owner, gfp_t gfp)
{
	struct annex_scan_control sc = {
		.frames = &owner->annex->frames,
		.gfp = gfp,
		.highest = ANNEX_ZONE_NORMAL,
		.nr_to_reclaim = ULONG_MAX,
	};
	unsigned int saved = memalloc_noreclaim_save();

	annex_shrink_zone(&sc, testowner_normal(owner));
	memalloc_noreclaim_restore(saved);
	return sc.nr_reclaimed;
}

static unsigned long direct(struct testowner *owner, gfp_t gfp)
{
	return annex_reclaim_direct(&owner->annex->frames, gfp, 0,
				    ANNEX_ZONE_NORMAL);
}

static void reclaim_inactive_is_low_follows_the_kernels_rule(struct kunit *test)
{
	unsigned long gb = 1UL << (30 - PAGE_SHIFT);

	KUNIT_EXPECT_FALSE(test, annex_inactive_is_low(0, 0));
	KUNIT_EXPECT_TRUE(test, annex_inactive_is_low(0, 1));
	KUNIT_EXPECT_FALSE(test, annex_inactive_is_low(100, 100));
	KUNIT_EXPECT_TRUE(test, annex_inactive_is_low(100, 101));
	/* sqrt(10) = 3 at 1 GB, sqrt(100) = 10 at 10 GB. */
	KUNIT_EXPECT_FALSE(test, annex_inactive_is_low(gb / 4, gb / 4 * 3));
	KUNIT_EXPECT_TRUE(test, annex_inactive_is_low(gb / 4 - 1,
						      gb / 4 * 3 + 1));
	KUNIT_EXPECT_FALSE(test, annex_inactive_is_low(gb, 10 * gb - gb / 2));
	KUNIT_EXPECT_TRUE(test, annex_inactive_is_low(gb - 1, 10 * gb + 1));
}

static void reclaim_priority_halves_the_share(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, annex_scan_target(40960, ANNEX_DEF_PRIORITY),
			10UL);
	KUNIT_EXPECT_EQ(test, annex_scan_target(4095, ANNEX_DEF_PRIORITY), 0UL);
	KUNIT_EXPECT_EQ(test, annex_scan_target(4095, 11), 1UL);
	KUNIT_EXPECT_EQ(test, annex_scan_target(4095, 0), 4095UL);
}

static void reclaim_frees_the_oldest_first(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	unsigned long freed;
	unsigned int i;

	testowner_add_some(owner, GFP_KERNEL, 200);
	freed = direct(owner, GFP_KERNEL);
	KUNIT_EXPECT_GE(test, freed, 32UL);
	KUNIT_EXPECT_LT(test, freed, 200UL);
	KUNIT_EXPECT_EQ(test, freed, (unsigned long)owner->nr_gone);
	for (i = 0; i < owner->nr_gone; i++)
		KUNIT_EXPECT_EQ(test, owner->order_gone[i], i);
	testowner_drop_all(owner);
}

static void reclaim_returns_what_it_freed(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	unsigned long free, freed;

	/* An order 2 block counts as four. */
	testowner_add_some(owner, GFP_KERNEL, 10);
	testowner_add(owner, GFP_KERNEL, 2);
	free = annex_test_free_pages(owner->annex);
	freed = direct(owner, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, freed, 14UL);
	KUNIT_EXPECT_EQ(test, owner->nr_gone, 11U);
	/* And the frame in which the folios were. */
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(owner->annex),
			free + freed + 1);
	KUNIT_EXPECT_EQ(test, direct(owner, GFP_KERNEL), 0UL);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_PGSTEAL_DIRECT),
			14UL);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_PGSTEAL_FILE), 14UL);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_PGSTEAL_KSWAPD),
			0UL);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_PGSCAN_DIRECT),
			14UL);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_PGSCAN_FILE), 14UL);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_ALLOCSTALL_NORMAL),
			2UL);
	testowner_drop_all(owner);
}

static void reclaim_leaves_zones_above_the_request(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);

	testowner_add_some(owner, GFP_HIGHUSER, 40);
	KUNIT_EXPECT_EQ(test, direct(owner, GFP_KERNEL), 0UL);
	KUNIT_EXPECT_EQ(test,
			annex_reclaim_direct(&owner->annex->frames,
					     GFP_HIGHUSER, 0,
					     ANNEX_ZONE_HIGHMEM),
			40UL);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_ALLOCSTALL_HIGH),
			1UL);
	testowner_drop_all(owner);
}

/* In one scan, a used page survives all its neighbours; in the next, not. */
static void reclaim_gives_a_used_page_a_second_chance(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);

	testowner_add_some(owner, GFP_KERNEL, 30);
	annex_lru_accessed(owner->folio[7]);
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_KERNEL), 29UL);
	KUNIT_EXPECT_TRUE(test, testowner_has(owner, 7));
	KUNIT_EXPECT_FALSE(test, testfolio_has(owner->folio[7],
					       ANNEX_FOLIO_REFERENCED));
	KUNIT_EXPECT_FALSE(test,
			   testfolio_has(owner->folio[7], ANNEX_FOLIO_ACTIVE));
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_KERNEL), 1UL);
	testowner_drop_all(owner);
}

/*
 * Active pages are looked at only where they are more than the inactive ones;
 * one that was used stays, the others are deactivated, and freed after all.
 */
static void reclaim_gives_an_active_page_a_second_chance(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	unsigned int i;

	testowner_add_some(owner, GFP_KERNEL, 20);
	for (i = 0; i < 20; i++) {
		annex_lru_accessed(owner->folio[i]);
		annex_lru_accessed(owner->folio[i]);
	}
	annex_lru_accessed(owner->folio[0]);
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_KERNEL), 19UL);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_PGREFILL), 20UL);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_PGDEACTIVATE), 19UL);
	KUNIT_EXPECT_TRUE(test, testowner_has(owner, 0));
	KUNIT_EXPECT_TRUE(test,
			  testfolio_has(owner->folio[0], ANNEX_FOLIO_ACTIVE));
	KUNIT_EXPECT_FALSE(test, testfolio_has(owner->folio[0],
					       ANNEX_FOLIO_REFERENCED));
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_KERNEL), 1UL);
	testowner_drop_all(owner);
}

static void reclaim_leaves_the_active_where_they_are_fewer(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	unsigned int i;

	testowner_add_some(owner, GFP_KERNEL, 20);
	for (i = 0; i < 10; i++) {
		annex_lru_accessed(owner->folio[i]);
		annex_lru_accessed(owner->folio[i]);
	}
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_KERNEL), 10UL);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_PGREFILL), 0UL);
	testowner_drop_all(owner);
}

static void make_dirty(struct testowner *owner, unsigned int i, u32 value)
{
	struct annex_folio *folio = owner->folio[i];

	annex_frame_fill(&owner->annex->host,
			 owner->annex->frames.base_pfn + folio->pfn, value);
	__annex_folio_mark_dirty(&owner->annex->frames, folio);
}

static void reclaim_writes_before_it_frees(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);

	testowner_add_some(owner, GFP_KERNEL, 8);
	make_dirty(owner, 3, 0xd1237);
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_KERNEL), 8UL);
	KUNIT_EXPECT_EQ(test, owner->nr_written, 1U);
	KUNIT_EXPECT_EQ(test, owner->stored[3], 0xd1237U);
	KUNIT_EXPECT_EQ(test, testowner_node(owner, ANNEX_NR_VMSCAN_WRITE),
			1UL);
	KUNIT_EXPECT_EQ(test, testowner_node(owner, ANNEX_NR_DIRTY), 0UL);
	testowner_drop_all(owner);
}

static void reclaim_frees_what_is_being_written_when_it_is(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	struct annex_folio *folio;
	unsigned int i;

	owner->write = WRITE_LATER;
	testowner_add_some(owner, GFP_KERNEL, 4);
	make_dirty(owner, 2, 0xd1237);
	folio = owner->folio[2];
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_KERNEL), 3UL);
	KUNIT_EXPECT_TRUE(test, testfolio_has(folio, ANNEX_FOLIO_WRITEBACK));
	KUNIT_EXPECT_TRUE(test, testfolio_has(folio, ANNEX_FOLIO_RECLAIM));
	/* Met again, it is not written again, and out of the way. */
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, scan(owner, GFP_KERNEL), 0UL);
	KUNIT_EXPECT_EQ(test, owner->nr_written, 1U);
	testowner_add_some(owner, GFP_KERNEL, 3);
	testowner_written(owner, 2);
	/* Younger ones would be next, but for PG_reclaim. */
	KUNIT_EXPECT_FALSE(test, testfolio_has(folio, ANNEX_FOLIO_RECLAIM));
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_KERNEL), 4UL);
	KUNIT_EXPECT_EQ(test, owner->order_gone[3], 2U);
	KUNIT_EXPECT_EQ(test, owner->stored[2], 0xd1237U);
	testowner_drop_all(owner);
}

static int end_write(void *arg)
{
	struct testowner *owner = arg;

	while (!READ_ONCE(owner->nr_written))
		schedule_timeout_uninterruptible(1);
	schedule_timeout_uninterruptible(1);
	testowner_written(owner, 0);
	return 0;
}

/*
 * Nothing else is there: it is waited for, and freed. A round waits for 100 ms,
 * and a machine may be busier than that.
 */
static void reclaim_waits_for_what_it_writes(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	unsigned long freed = 0;
	unsigned int round;

	owner->write = WRITE_LATER;
	testowner_add_some(owner, GFP_KERNEL, 1);
	make_dirty(owner, 0, 0xd1237);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(end_write, owner,
						    "annex-write")));
	for (round = 0; round < 100 && !freed; round++)
		freed = direct(owner, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, freed, 1UL);
	KUNIT_EXPECT_EQ(test, owner->nr_written, 1U);
	KUNIT_EXPECT_EQ(test, owner->stored[0], 0xd1237U);
	testowner_drop_all(owner);
}

static void reclaim_write_error_keeps_the_page(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	struct annex_folio *folio;

	owner->write = WRITE_FAILS;
	testowner_add_some(owner, GFP_KERNEL, 4);
	make_dirty(owner, 1, 0xd1237);
	folio = owner->folio[1];
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_KERNEL), 3UL);
	KUNIT_EXPECT_EQ(test, owner->nr_written, 1U);
	KUNIT_EXPECT_TRUE(test, testowner_has(owner, 1));
	KUNIT_EXPECT_TRUE(test, testfolio_has(folio, ANNEX_FOLIO_DIRTY));
	KUNIT_EXPECT_TRUE(test, testfolio_has(folio, ANNEX_FOLIO_ACTIVE));
	KUNIT_EXPECT_FALSE(test, testfolio_has(folio, ANNEX_FOLIO_WRITEBACK));
	KUNIT_EXPECT_FALSE(test, testfolio_has(folio, ANNEX_FOLIO_RECLAIM));
	KUNIT_EXPECT_EQ(test, testowner_content(owner, 1), 0xd1237U);
	testowner_drop_all(owner);
}

/* A number that is no errno, and not 0, is a failure too, and said once. */
static void reclaim_write_that_answers_nonsense_keeps_the_page(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	struct testlog *log = testlog(test);

	owner->write = WRITE_ANSWERS_NONSENSE;
	testowner_add_some(owner, GFP_KERNEL, 2);
	make_dirty(owner, 0, 1);
	make_dirty(owner, 1, 2);
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_KERNEL), 0UL);
	KUNIT_EXPECT_EQ(test, owner->nr_written, 2U);
	KUNIT_EXPECT_TRUE(test,
			  testfolio_has(owner->folio[1], ANNEX_FOLIO_DIRTY));
	KUNIT_EXPECT_FALSE(test, testfolio_has(owner->folio[1],
					       ANNEX_FOLIO_WRITEBACK));
	KUNIT_EXPECT_EQ(test, testlog_count(log, "returned 524288, which"),
			1U);
	testowner_drop_all(owner);
}

static void reclaim_writes_only_if_it_may(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	struct annex_mapping_ops ops = {};

	testowner_add_some(owner, GFP_KERNEL, 3);
	make_dirty(owner, 0, 1);
	make_dirty(owner, 1, 2);
	make_dirty(owner, 2, 3);
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_NOFS), 0UL);
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_NOIO), 0UL);
	ops.release = owner->mapping.ops->release;
	owner->mapping.ops = &ops;
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_KERNEL), 0UL);
	KUNIT_EXPECT_EQ(test, owner->nr_written, 0U);
	KUNIT_EXPECT_TRUE(test,
			  testfolio_has(owner->folio[0], ANNEX_FOLIO_RECLAIM));
	/* Its owner writes it by himself: it is next. */
	__annex_folio_clear_dirty(&owner->annex->frames, owner->folio[1]);
	__annex_folio_start_writeback(&owner->annex->frames, owner->folio[1]);
	testowner_written(owner, 1);
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_NOFS), 1UL);
	KUNIT_EXPECT_EQ(test, owner->order_gone[0], 1U);
	testowner_drop_all(owner);
}

static void reclaim_leaves_what_is_in_use(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	struct annex *annex = owner->annex;
	unsigned int i;

	testowner_add_some(owner, GFP_KERNEL, 6);
	__annex_lock_page(&annex->frames, annex_folio_head(owner->folio[0]));
	__annex_folio_inc_mapcount(&annex->frames, owner->folio[1]);
	__annex_folio_get(&annex->frames, owner->folio[2]);
	annex_lru_remove(owner->folio[3]);
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_KERNEL), 2UL);
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_KERNEL), 0UL);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_TRUE(test, testowner_has(owner, i));
	__annex_unlock_page(&annex->frames, annex_folio_head(owner->folio[0]));
	__annex_folio_dec_mapcount(&annex->frames, owner->folio[1]);
	__annex_folio_put(&annex->frames, owner->folio[2]);
	annex_lru_insert(owner->folio[3]);
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_KERNEL) +
			      scan(owner, GFP_KERNEL), 4UL);
	testowner_drop_all(owner);
}

static void reclaim_leaves_what_its_owner_will_not_give(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);

	testowner_add_some(owner, GFP_KERNEL, 40);
	owner->refuse = true;
	KUNIT_EXPECT_EQ(test, direct(owner, GFP_KERNEL), 0UL);
	owner->refuse = false;
	KUNIT_EXPECT_GE(test, direct(owner, GFP_KERNEL), 32UL);
	testowner_drop_all(owner);
}

static void get_again(struct testowner *owner, struct annex_folio *folio)
{
	__annex_folio_get(&owner->annex->frames, folio);
}

/* The owner's release returns with a new reference: the folio stays. */
static void reclaim_survives_an_owner_who_is_wrong(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	struct annex *annex = owner->annex;
	struct annex_folio *folio;

	testowner_add_some(owner, GFP_KERNEL, 1);
	folio = owner->folio[0];
	owner->on_release = get_again;
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_KERNEL), 0UL);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_BAD_REF), 1UL);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(annex_folio_head(folio)),
			1U);
	KUNIT_EXPECT_FALSE(test, testfolio_has(folio, ANNEX_FOLIO_LRU));
	KUNIT_EXPECT_EQ(test, __annex_folio_put(&annex->frames, folio), 0);
	testowner_drop_all(owner);
}

static void put_already(struct testowner *owner, struct annex_folio *folio)
{
	folio->mapping = NULL;
	__annex_folio_put(&owner->annex->frames, folio);
}

/* He has put his reference himself: it is not put again. */
static void reclaim_survives_an_owner_who_puts(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	unsigned long free = annex_test_free_pages(owner->annex);

	testowner_add_some(owner, GFP_KERNEL, 1);
	owner->on_release = put_already;
	KUNIT_EXPECT_EQ(test, scan(owner, GFP_KERNEL), 1UL);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_BAD_REF), 1UL);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(owner->annex), free);
	testowner_drop_all(owner);
}

static void reclaim_again(struct testowner *owner, struct annex_folio *folio)
{
	if (annex_reclaim_direct(&owner->annex->frames, GFP_KERNEL, 0,
				 ANNEX_ZONE_NORMAL))
		KUNIT_FAIL(owner->test, "a reclaimer reclaimed");
}

static void reclaim_never_recurses(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	unsigned int saved;

	testowner_add_some(owner, GFP_KERNEL, 100);
	owner->on_release = reclaim_again;
	KUNIT_EXPECT_GE(test, direct(owner, GFP_KERNEL), 32UL);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_ALLOCSTALL_NORMAL),
			1UL);
	saved = memalloc_noreclaim_save();
	KUNIT_EXPECT_EQ(test, direct(owner, GFP_KERNEL), 0UL);
	memalloc_noreclaim_restore(saved);
	KUNIT_EXPECT_EQ(test, (unsigned int)(current->flags & PF_MEMALLOC), 0U);
	testowner_drop_all(owner);
}

/* What two threads do to the folios of one owner each, while both reclaim. */
struct worker {
	struct testowner *owner;
	struct rnd_state rnd;
	unsigned int rounds;
	u32 truth[64];
	unsigned int errors;
	struct completion done;
};

/* Folio @i of an owner with a reference, if reclaim has it not. */
static struct annex_folio *hold(struct testowner *owner, unsigned int i)
{
	struct annex_folio *folio;

	spin_lock_irq(&owner->lock);
	folio = owner->folio[i];
	if (folio)
		__annex_folio_get(&owner->annex->frames, folio);
	spin_unlock_irq(&owner->lock);
	return folio;
}

/* Use what is there, and change it now and then. */
static void use(struct worker *w, unsigned int i)
{
	struct testowner *owner = w->owner;
	struct annex_folio *folio = hold(owner, i);
	struct annex *annex = owner->annex;

	if (!folio) {
		/* Reclaim has it: it was stored before. */
		w->errors += owner->stored[i] != w->truth[i];
		return;
	}
	__annex_lock_page(&annex->frames, annex_folio_head(folio));
	w->errors += testowner_content(owner, i) != w->truth[i];
	if (annex_test_below(&w->rnd, 3)) {
		w->truth[i] = prandom_u32_state(&w->rnd);
		make_dirty(owner, i, w->truth[i]);
	}
	__annex_unlock_page(&annex->frames, annex_folio_head(folio));
	annex_lru_accessed(folio);
	if (!annex_test_below(&w->rnd, 4) && !annex_lru_remove(folio))
		annex_lru_insert(folio);
	__annex_folio_put(&annex->frames, folio);
}

/* A folio that reclaim has taken comes back with what was stored of it. */
static void refill(struct worker *w, unsigned int i)
{
	struct testowner *owner = w->owner;
	struct annex *annex = owner->annex;
	struct annex_folio *folio = hold(owner, i);

	if (folio) {
		__annex_folio_put(&annex->frames, folio);
		return;
	}
	if (__annex_folio_alloc(&annex->frames, GFP_KERNEL, 0, &folio))
		return;
	annex_frame_fill(&annex->host, annex->frames.base_pfn + folio->pfn,
			 owner->stored[i]);
	folio->mapping = &owner->mapping;
	folio->index = i;
	spin_lock_irq(&owner->lock);
	owner->nr_gone = 0;
	/* From here on reclaim may take it. */
	owner->folio[i] = folio;
	spin_unlock_irq(&owner->lock);
	annex_lru_insert(folio);
}

static int work(void *arg)
{
	struct worker *w = arg;
	struct testowner *owner = w->owner;
	unsigned int i;

	for (i = 0; i < w->rounds; i++) {
		unsigned int nr = annex_test_below(&w->rnd, owner->nr);

		if (!annex_test_below(&w->rnd, 200))
			direct(owner, GFP_KERNEL);
		refill(w, nr);
		use(w, nr);
		cond_resched();
	}
	complete(&w->done);
	return 0;
}

static void reclaim_two_threads_lose_nothing(struct kunit *test)
{
	struct testowner *first = testowner_with_pool(test);
	struct worker *w = kunit_kcalloc(test, 2, sizeof(*w), GFP_KERNEL);
	unsigned int i, j;

	KUNIT_ASSERT_NOT_NULL(test, w);
	w[0].owner = first;
	w[1].owner = testowner(test, first->annex);
	for (i = 0; i < 2; i++) {
		annex_test_seed(test, &w[i].rnd);
		testowner_add_some(w[i].owner, GFP_KERNEL, 64);
		for (j = 0; j < 64; j++)
			w[i].truth[j] = j;
		w[i].rounds = 40000;
		init_completion(&w[i].done);
	}
	for (i = 0; i < 2; i++)
		KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(work, &w[i],
							    "annex-work")));
	/* The books are looked at meanwhile. */
	while (!try_wait_for_completion(&w[0].done)) {
		annex_test_validate(test, first->annex);
		schedule_timeout_uninterruptible(1);
	}
	wait_for_completion(&w[1].done);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, w[i].errors, 0U);
	kunit_info(test, "%lu frames were freed",
		   testowner_event(first, ANNEX_PGSTEAL_DIRECT));
	for (i = 0; i < 64; i++)
		if (w[1].owner->folio[i])
			testowner_drop(w[1].owner, i);
	testowner_drop_all(first);
}

static struct kunit_case reclaim_cases[] = {
	KUNIT_CASE(reclaim_inactive_is_low_follows_the_kernels_rule),
	KUNIT_CASE(reclaim_priority_halves_the_share),
	KUNIT_CASE(reclaim_frees_the_oldest_first),
	KUNIT_CASE(reclaim_returns_what_it_freed),
	KUNIT_CASE(reclaim_leaves_zones_above_the_request),
	KUNIT_CASE(reclaim_gives_a_used_page_a_second_chance),
	KUNIT_CASE(reclaim_gives_an_active_page_a_second_chance),
	KUNIT_CASE(reclaim_leaves_the_active_where_they_are_fewer),
	KUNIT_CASE(reclaim_writes_before_it_frees),
	KUNIT_CASE(reclaim_frees_what_is_being_written_when_it_is),
	KUNIT_CASE(reclaim_waits_for_what_it_writes),
	KUNIT_CASE(reclaim_write_error_keeps_the_page),
	KUNIT_CASE(reclaim_write_that_answers_nonsense_keeps_the_page),
	KUNIT_CASE(reclaim_writes_only_if_it_may),
	KUNIT_CASE(reclaim_leaves_what_is_in_use),
	KUNIT_CASE(reclaim_leaves_what_its_owner_will_not_give),
	KUNIT_CASE(reclaim_survives_an_owner_who_is_wrong),
	KUNIT_CASE(reclaim_survives_an_owner_who_puts),
	KUNIT_CASE(reclaim_never_recurses),
	KUNIT_CASE(reclaim_two_threads_lose_nothing),
	{}
};

static struct kunit_suite annex_reclaim_suite = {
	.name = "annex_reclaim",
	.test_cases = reclaim_cases,
};

kunit_test_suite(annex_reclaim_suite);
