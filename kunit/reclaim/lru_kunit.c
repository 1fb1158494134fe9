// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the LRU lists: order, flags, counts, isolation, and what happens if
 * a folio is freed while reclaim has isolated it.
 */
#include <linux/completion.h>
#include <linux/kthread.h>

#include "lib/testfolio.h"
#include "lib/testowner.h"
#include "lib/testpool.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "reclaim/folio.h"
#include "reclaim/lock.h"
#include "reclaim/lru.h"
#include "validate/validate.h"

static void expect_sizes(struct testowner *owner, unsigned long inactive,
			 unsigned long active, unsigned long isolated)
{
	struct annex_zone *zone = testowner_normal(owner);
	struct kunit *test = owner->test;

	KUNIT_EXPECT_EQ(test, annex_lru_size(&zone->lruvec,
					     ANNEX_LRU_INACTIVE), inactive);
	KUNIT_EXPECT_EQ(test, annex_lru_size(&zone->lruvec, ANNEX_LRU_ACTIVE),
			active);
	KUNIT_EXPECT_EQ(test, annex_zone_count(zone,
					       ANNEX_NR_ZONE_INACTIVE_FILE),
			inactive);
	KUNIT_EXPECT_EQ(test, annex_zone_count(zone,
					       ANNEX_NR_ZONE_ACTIVE_FILE),
			active);
	KUNIT_EXPECT_EQ(test, testowner_node(owner, ANNEX_NR_INACTIVE_FILE),
			inactive);
	KUNIT_EXPECT_EQ(test, testowner_node(owner, ANNEX_NR_ACTIVE_FILE),
			active);
	KUNIT_EXPECT_EQ(test, testowner_node(owner, ANNEX_NR_ISOLATED_FILE),
			isolated);
	annex_test_validate(test, owner->annex);
}

/* @nr oldest of a list of the Normal zone; they are put back at once. */
static void expect_oldest(struct testowner *owner, enum annex_lru_list list,
			  const unsigned int *want, unsigned int nr)
{
	struct annex_lru_batch batch;
	unsigned int i;

	annex_lru_isolate(testowner_normal(owner), list, nr, &batch);
	KUNIT_EXPECT_EQ(owner->test, batch.nr, nr);
	for (i = 0; i < min(nr, batch.nr); i++)
		KUNIT_EXPECT_EQ(owner->test, batch.folio[i]->index,
				(unsigned long)want[i]);
	annex_lru_putback(&batch);
}

static void lru_new_folio_is_inactive(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	struct annex_folio *folio = testowner_add(owner, GFP_KERNEL, 0);

	KUNIT_EXPECT_TRUE(test, testfolio_has(folio, ANNEX_FOLIO_LRU));
	KUNIT_EXPECT_FALSE(test, testfolio_has(folio, ANNEX_FOLIO_ACTIVE));
	KUNIT_EXPECT_FALSE(test, testfolio_has(folio, ANNEX_FOLIO_ISOLATED));
	/* The lists hold no reference. */
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(annex_folio_head(folio)),
			1U);
	KUNIT_EXPECT_EQ(test, testowner_node(owner, ANNEX_NR_FILE_PAGES), 1UL);
	expect_sizes(owner, 1, 0, 0);
	testowner_add(owner, GFP_KERNEL, 3);
	KUNIT_EXPECT_EQ(test, testowner_node(owner, ANNEX_NR_FILE_PAGES), 9UL);
	expect_sizes(owner, 9, 0, 0);
	testowner_drop_all(owner);
}

static void lru_takes_what_can_be_released_once(struct kunit *test)
{
	static const struct annex_mapping_ops no_ops;
	struct annex_mapping no_release = { .ops = &no_ops };
	struct annex_mapping nothing = {};
	struct testowner *owner = testowner_with_pool(test);
	struct annex_folio *folio = testowner_add(owner, GFP_KERNEL, 0);

	KUNIT_EXPECT_EQ(test, annex_lru_insert(folio), -EEXIST);
	KUNIT_EXPECT_EQ(test, annex_lru_remove(folio), 0);
	KUNIT_EXPECT_EQ(test, annex_lru_remove(folio), -ENOENT);
	expect_sizes(owner, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, testowner_node(owner, ANNEX_NR_FILE_PAGES), 0UL);
	folio->mapping = NULL;
	KUNIT_EXPECT_EQ(test, annex_lru_insert(folio), -EINVAL);
	folio->mapping = &nothing;
	KUNIT_EXPECT_EQ(test, annex_lru_insert(folio), -EINVAL);
	folio->mapping = &no_release;
	KUNIT_EXPECT_EQ(test, annex_lru_insert(folio), -EINVAL);
	folio->mapping = &owner->mapping;
	KUNIT_EXPECT_EQ(test, annex_lru_insert(folio), 0);
	testowner_drop_all(owner);
}

/*
 *   (none) -> REFERENCED -> ACTIVE -> ACTIVE, REFERENCED -> the same
 */
static void lru_use_walks_through_the_states(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	struct annex_folio *folio = testowner_add(owner, GFP_KERNEL, 0);
	static const struct {
		bool referenced, active;
	} after[] = {
		{ true, false }, { false, true }, { true, true }, { true, true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(after); i++) {
		annex_lru_accessed(folio);
		KUNIT_EXPECT_EQ(test,
				testfolio_has(folio, ANNEX_FOLIO_REFERENCED),
				after[i].referenced);
		KUNIT_EXPECT_EQ(test, testfolio_has(folio, ANNEX_FOLIO_ACTIVE),
				after[i].active);
		expect_sizes(owner, !after[i].active, after[i].active, 0);
	}
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_PGACTIVATE), 1UL);
	testowner_drop_all(owner);
}

static void lru_use_outside_of_the_lists_is_remembered(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	struct annex_folio *folio = testowner_add(owner, GFP_KERNEL, 0);

	KUNIT_EXPECT_EQ(test, annex_lru_remove(folio), 0);
	annex_lru_accessed(folio);
	annex_lru_accessed(folio);
	KUNIT_EXPECT_TRUE(test, testfolio_has(folio, ANNEX_FOLIO_REFERENCED));
	KUNIT_EXPECT_FALSE(test, testfolio_has(folio, ANNEX_FOLIO_ACTIVE));
	KUNIT_EXPECT_EQ(test, annex_lru_insert(folio), 0);
	annex_lru_accessed(folio);
	expect_sizes(owner, 0, 1, 0);
	testowner_drop_all(owner);
}

static void lru_oldest_is_isolated_first(struct kunit *test)
{
	static const unsigned int all[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	static const unsigned int rest[] = { 0, 1, 3, 4, 6, 7 };
	static const unsigned int active[] = { 5, 2 };
	struct testowner *owner = testowner_with_pool(test);
	unsigned int i;

	testowner_add_some(owner, GFP_KERNEL, 8);
	expect_oldest(owner, ANNEX_LRU_INACTIVE, all, 8);
	/* Put back at the head in the order in which they came. */
	expect_oldest(owner, ANNEX_LRU_INACTIVE, all, 8);
	for (i = 0; i < 2; i++) {
		annex_lru_accessed(owner->folio[5]);
		annex_lru_accessed(owner->folio[2]);
	}
	expect_oldest(owner, ANNEX_LRU_INACTIVE, rest, 6);
	expect_oldest(owner, ANNEX_LRU_ACTIVE, active, 2);
	testowner_drop_all(owner);
}

static void lru_isolated_folios_are_counted_as_such(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	struct annex_lru_batch batch;

	testowner_add_some(owner, GFP_KERNEL, 50);
	annex_lru_isolate(testowner_normal(owner), ANNEX_LRU_INACTIVE, 1000,
			  &batch);
	KUNIT_EXPECT_EQ(test, batch.nr, ANNEX_RECLAIM_BATCH);
	KUNIT_EXPECT_EQ(test, batch.scanned, (unsigned long)batch.nr);
	KUNIT_EXPECT_EQ(test, batch.frames, (unsigned long)batch.nr);
	KUNIT_EXPECT_EQ(test,
			annex_page_ref_count(annex_folio_head(batch.folio[0])),
			2U);
	expect_sizes(owner, 18, 0, 32);
	KUNIT_EXPECT_EQ(test, testowner_node(owner, ANNEX_NR_FILE_PAGES), 50UL);
	annex_lru_putback(&batch);
	expect_sizes(owner, 50, 0, 0);
	KUNIT_EXPECT_EQ(test,
			annex_page_ref_count(annex_folio_head(batch.folio[0])),
			1U);
	testowner_drop_all(owner);
}

static void lru_owner_can_take_back_what_is_isolated(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	struct annex_lru_batch batch;

	testowner_add_some(owner, GFP_KERNEL, 3);
	annex_lru_isolate(testowner_normal(owner), ANNEX_LRU_INACTIVE, 3,
			  &batch);
	/* 0 is taken back, 1 is and comes again, 2 is used twice. */
	KUNIT_EXPECT_EQ(test, annex_lru_remove(owner->folio[0]), 0);
	KUNIT_EXPECT_EQ(test, annex_lru_remove(owner->folio[1]), 0);
	KUNIT_EXPECT_EQ(test, annex_lru_insert(owner->folio[1]), 0);
	KUNIT_EXPECT_EQ(test, annex_lru_insert(owner->folio[1]), -EEXIST);
	annex_lru_accessed(owner->folio[2]);
	annex_lru_accessed(owner->folio[2]);
	expect_sizes(owner, 0, 0, 3);
	KUNIT_EXPECT_EQ(test, testowner_node(owner, ANNEX_NR_FILE_PAGES), 2UL);
	annex_lru_putback(&batch);
	expect_sizes(owner, 1, 1, 0);
	KUNIT_EXPECT_FALSE(test,
			   testfolio_has(owner->folio[0], ANNEX_FOLIO_LRU));
	KUNIT_EXPECT_FALSE(test, testfolio_has(owner->folio[0],
					       ANNEX_FOLIO_ISOLATED));
	KUNIT_EXPECT_TRUE(test,
			  testfolio_has(owner->folio[2], ANNEX_FOLIO_ACTIVE));
	testowner_drop_all(owner);
}

static void lru_last_put_takes_a_folio_out(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	unsigned long free = annex_test_free_pages(owner->annex);
	struct annex_lru_batch batch;

	testowner_add_some(owner, GFP_KERNEL, 4);
	testowner_drop(owner, 1);
	expect_sizes(owner, 3, 0, 0);
	/* Its owner's reference goes first, and reclaim's is the last. */
	annex_lru_isolate(testowner_normal(owner), ANNEX_LRU_INACTIVE, 3,
			  &batch);
	testowner_drop(owner, 2);
	expect_sizes(owner, 0, 0, 3);
	annex_lru_putback(&batch);
	expect_sizes(owner, 2, 0, 0);
	testowner_drop_all(owner);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(owner->annex), free);
}

/* CACHED: its last reference has gone, and it waits for the list's lock. */
static void lru_passes_over_what_is_about_to_be_freed(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	struct annex_lru_batch batch;
	struct annex_page *page;
	int state;

	testowner_add_some(owner, GFP_KERNEL, 3);
	page = annex_folio_head(owner->folio[0]);
	state = atomic_xchg(&page->state, ANNEX_PAGE_CACHED);
	annex_lru_isolate(testowner_normal(owner), ANNEX_LRU_INACTIVE, 3,
			  &batch);
	KUNIT_EXPECT_EQ(test, batch.scanned, 3UL);
	KUNIT_EXPECT_EQ(test, batch.nr, 2U);
	KUNIT_EXPECT_EQ(test, batch.folio[0]->index, 1UL);
	KUNIT_EXPECT_EQ(test, (u32)atomic_read(&page->state),
			(u32)ANNEX_PAGE_CACHED);
	atomic_set(&page->state, state);
	annex_lru_putback(&batch);
	expect_sizes(owner, 3, 0, 0);
	testowner_drop_all(owner);
}

/* A write that reclaim wants to hear of, from its beginning to its end. */
static void write_for_reclaim(struct testowner *owner,
			      struct annex_folio *folio)
{
	__annex_folio_start_writeback(&owner->annex->frames, folio);
	annex_folio_set_bit(folio, ANNEX_FOLIO_RECLAIM);
	__annex_folio_end_writeback(&owner->annex->frames, folio);
}

static void lru_written_folio_goes_to_the_tail(struct kunit *test)
{
	static const unsigned int want[] = { 4, 2, 0 };
	struct testowner *owner = testowner_with_pool(test);

	testowner_add_some(owner, GFP_KERNEL, 6);
	annex_lru_accessed(owner->folio[4]);
	annex_lru_accessed(owner->folio[4]);
	write_for_reclaim(owner, owner->folio[2]);
	/* From the active list as well; not what is dirty again. */
	write_for_reclaim(owner, owner->folio[4]);
	__annex_folio_mark_dirty(&owner->annex->frames, owner->folio[5]);
	write_for_reclaim(owner, owner->folio[5]);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_PGROTATED), 2UL);
	expect_oldest(owner, ANNEX_LRU_INACTIVE, want, 3);
	expect_sizes(owner, 6, 0, 0);
	/* And not what is in no list. */
	annex_lru_remove(owner->folio[3]);
	write_for_reclaim(owner, owner->folio[3]);
	expect_sizes(owner, 5, 0, 0);
	testowner_drop_all(owner);
}

static void lru_written_while_isolated_goes_to_the_tail(struct kunit *test)
{
	static const unsigned int want[] = { 1, 3, 0, 2 };
	struct testowner *owner = testowner_with_pool(test);
	struct annex_lru_batch batch;
	struct annex_folio *folio;

	testowner_add_some(owner, GFP_KERNEL, 4);
	annex_lru_isolate(testowner_normal(owner), ANNEX_LRU_INACTIVE, 3,
			  &batch);
	folio = owner->folio[1];
	__annex_folio_start_writeback(&owner->annex->frames, folio);
	annex_folio_set_bit(folio, ANNEX_FOLIO_RECLAIM);
	batch.place[1] = ANNEX_LRU_WRITTEN;
	KUNIT_EXPECT_TRUE(test, annex_lru_awaits_write(folio));
	testowner_written(owner, 1);
	KUNIT_EXPECT_FALSE(test, annex_lru_awaits_write(folio));
	annex_lru_putback(&batch);
	expect_oldest(owner, ANNEX_LRU_INACTIVE, want, 4);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_PGROTATED), 1UL);
	testowner_drop_all(owner);
}

static void count_lines(void *lines, struct va_format *vaf)
{
	(*(unsigned int *)lines)++;
}

static void expect_violations(struct testowner *owner, unsigned int want)
{
	unsigned int lines = 0;

	annex_validate_lru(owner->annex, count_lines, &lines);
	KUNIT_EXPECT_EQ(owner->test, lines, want);
}

static void lru_validate_finds_damage(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	struct annex_zone *zone = testowner_normal(owner);
	struct annex_folio *folio;

	testowner_add_some(owner, GFP_KERNEL, 3);
	folio = owner->folio[1];
	expect_violations(owner, 0);
	annex_folio_clear_bit(folio, ANNEX_FOLIO_LRU);
	expect_violations(owner, 1);
	annex_folio_set_bit(folio, ANNEX_FOLIO_LRU);
	annex_folio_set_bit(folio, ANNEX_FOLIO_ACTIVE);
	expect_violations(owner, 1);
	annex_folio_clear_bit(folio, ANNEX_FOLIO_ACTIVE);
	annex_folio_set_bit(folio, ANNEX_FOLIO_ISOLATED);
	expect_violations(owner, 1);
	annex_folio_clear_bit(folio, ANNEX_FOLIO_ISOLATED);
	folio->zone = &owner->annex->frames.zones[ANNEX_ZONE_DMA];
	expect_violations(owner, 1);
	folio->zone = zone;
	zone->lruvec.nr[ANNEX_LRU_INACTIVE]++;
	/* The list's sum, and the pool's. */
	expect_violations(owner, 2);
	zone->lruvec.nr[ANNEX_LRU_INACTIVE]--;
	annex_mod_node_count(&owner->annex->frames.counters,
			     ANNEX_NR_FILE_PAGES, 1);
	expect_violations(owner, 1);
	annex_mod_node_count(&owner->annex->frames.counters,
			     ANNEX_NR_FILE_PAGES, -1);
	expect_violations(owner, 0);
	testowner_drop_all(owner);
}

/* Some folios of one owner, which reclaim has isolated or not. */
static void random_step(struct testowner *owner, struct rnd_state *rnd,
			struct annex_lru_batch *batch)
{
	struct annex_folio *folio = owner->folio[annex_test_below(rnd,
								  owner->nr)];

	switch (annex_test_below(rnd, 6)) {
	case 0:
		annex_lru_insert(folio);
		break;
	case 1:
		annex_lru_remove(folio);
		break;
	case 2:
		write_for_reclaim(owner, folio);
		break;
	case 3:
		if (batch->nr)
			annex_lru_putback(batch);
		batch->nr = 0;
		break;
	case 4:
		if (!batch->nr)
			annex_lru_isolate(testowner_normal(owner),
					  annex_test_below(rnd, 2),
					  annex_test_below(rnd, 20), batch);
		break;
	default:
		annex_lru_accessed(folio);
	}
}

static void lru_counts_hold_after_each_random_step(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	struct annex_lru_batch batch = {};
	struct rnd_state rnd;
	unsigned int i;

	annex_test_seed(test, &rnd);
	for (i = 0; i < 40; i++)
		testowner_add(owner, GFP_KERNEL, i & 3);
	for (i = 0; i < 20000; i++) {
		random_step(owner, &rnd, &batch);
		expect_violations(owner, 0);
	}
	if (batch.nr)
		annex_lru_putback(&batch);
	testowner_drop_all(owner);
}

/* A thread that inserts folios and drops them, and one that isolates them. */
struct race {
	struct testowner *owner;
	struct completion done;
	unsigned long taken;
	bool stop;
};

static int look(void *arg)
{
	struct race *race = arg;
	struct annex_lru_batch batch;

	while (!READ_ONCE(race->stop)) {
		annex_lru_isolate(testowner_normal(race->owner),
				  ANNEX_LRU_INACTIVE, 4, &batch);
		race->taken += batch.nr;
		annex_lru_putback(&batch);
		cond_resched();
	}
	complete(&race->done);
	return 0;
}

/*
 * Sometimes the last reference is the owner's and sometimes the reclaimer's;
 * sometimes the one finds the folio when the other is half through with it.
 */
static void lru_last_put_and_isolation_get_along(struct kunit *test)
{
	struct race race = { .owner = testowner_with_pool(test) };
	struct testowner *owner = race.owner;
	struct annex *annex = owner->annex;
	unsigned long free = annex_test_free_pages(annex);
	unsigned int i, errors = 0;

	init_completion(&race.done);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(look, &race,
						    "annex-look")));
	for (i = 0; i < 200000; i++) {
		struct annex_folio *folio;

		if (__annex_folio_alloc(&annex->frames, GFP_KERNEL, 0,
					&folio)) {
			errors++;
			continue;
		}
		folio->mapping = &owner->mapping;
		errors += !!annex_lru_insert(folio);
		if (i & 1)
			cond_resched();
		folio->mapping = NULL;
		errors += !!__annex_folio_put(&annex->frames, folio);
	}
	WRITE_ONCE(race.stop, true);
	wait_for_completion(&race.done);
	kunit_info(test, "%lu of %u folios were looked at", race.taken, i);
	KUNIT_EXPECT_EQ(test, errors, 0U);
	testowner_drop_all(owner);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_BAD_REF), 0UL);
}

static bool is_it(const void *code, const void *it)
{
	return code == it;
}

/*
 * The folios of an owner that is unloaded are removed if any of its pointers is
 * found, and those of others stay. A freed mapping may have any contents, or be
 * unmapped.
 */
static void lru_forgets_the_folios_of_an_owner_that_goes(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	struct annex *annex = owner->annex;
	const struct annex_mapping_ops *ops = owner->mapping.ops, none = {};
	struct annex_mapping other = { .ops = &none };
	struct annex_folio *lost;

	testowner_add_some(owner, GFP_KERNEL, 5);
	lost = owner->folio[4];
	/* One that is gone; UML, which would panic, has somebody else's. */
	lost->mapping = IS_ENABLED(CONFIG_UML) ? &other : (void *)8;
	KUNIT_EXPECT_EQ(test, annex_folios_revoke(&annex->frames, is_it, test),
			0UL);
	KUNIT_EXPECT_EQ(test,
			annex_folios_revoke(&annex->frames, is_it,
					    ops->release),
			4UL);
	expect_sizes(owner, 1, 0, 0);
	KUNIT_EXPECT_EQ(test,
			annex_folios_revoke(&annex->frames, is_it,
					    ops->release),
			0UL);
	KUNIT_EXPECT_EQ(test, annex_lru_remove(owner->folio[0]), -ENOENT);

	KUNIT_EXPECT_EQ(test, annex_lru_insert(owner->folio[0]), 0);
	KUNIT_EXPECT_EQ(test, annex_folios_revoke(&annex->frames, is_it, ops),
			1UL);
	KUNIT_EXPECT_EQ(test, annex_lru_insert(owner->folio[0]), 0);
	KUNIT_EXPECT_EQ(test,
			annex_folios_revoke(&annex->frames, is_it,
					    ops->writepage),
			1UL);
	lost->mapping = &owner->mapping;
	testowner_drop_all(owner);
	KUNIT_EXPECT_EQ(test, annex_folios_revoke(&annex->frames, is_it, ops),
			0UL);
}

/* A module that goes, and what is forgotten of it. */
struct leaver {
	struct testowner *owner;
	struct completion done;
	unsigned long nr;
};

static int leave(void *arg)
{
	struct leaver *l = arg;

	l->nr = annex_folios_revoke(&l->owner->annex->frames, is_it,
				    l->owner->mapping.ops);
	complete(&l->done);
	return 0;
}

/* It has to wait for reclaim, which has a batch in hand and puts it back. */
static void expect_wait(struct kunit *test, struct testowner *owner,
			struct annex_lru_batch *batch, unsigned long nr)
{
	struct leaver l = { .owner = owner };

	init_completion(&l.done);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(leave, &l, "annex-leave")));
	KUNIT_EXPECT_EQ(test, wait_for_completion_timeout(&l.done, HZ / 10),
			0UL);
	annex_lru_putback(batch);
	wait_for_completion(&l.done);
	KUNIT_EXPECT_EQ(test, l.nr, nr);
	expect_sizes(owner, 0, 0, 0);
}

/*
 * Reclaim may be in the owner's code with what it has in hand, whether that is in
 * the lists still, or the owner has taken it out, or has unset its mapping.
 */
static void lru_forgetting_waits_for_reclaim(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	struct annex_zone *normal = testowner_normal(owner);
	struct annex_lru_batch batch;

	testowner_add_some(owner, GFP_KERNEL, 3);
	annex_lru_isolate(normal, ANNEX_LRU_INACTIVE, 2, &batch);
	expect_wait(test, owner, &batch, 3);

	KUNIT_EXPECT_EQ(test, annex_lru_insert(owner->folio[0]), 0);
	annex_lru_isolate(normal, ANNEX_LRU_INACTIVE, 1, &batch);
	KUNIT_EXPECT_EQ(test, annex_lru_remove(owner->folio[0]), 0);
	expect_wait(test, owner, &batch, 0);

	KUNIT_EXPECT_EQ(test, annex_lru_insert(owner->folio[0]), 0);
	annex_lru_isolate(normal, ANNEX_LRU_INACTIVE, 1, &batch);
	KUNIT_EXPECT_EQ(test, annex_lru_remove(owner->folio[0]), 0);
	owner->folio[0]->mapping = NULL;
	expect_wait(test, owner, &batch, 0);
	owner->folio[0]->mapping = &owner->mapping;
	testowner_drop_all(owner);
}

static struct kunit_case lru_cases[] = {
	KUNIT_CASE(lru_new_folio_is_inactive),
	KUNIT_CASE(lru_takes_what_can_be_released_once),
	KUNIT_CASE(lru_use_walks_through_the_states),
	KUNIT_CASE(lru_use_outside_of_the_lists_is_remembered),
	KUNIT_CASE(lru_oldest_is_isolated_first),
	KUNIT_CASE(lru_isolated_folios_are_counted_as_such),
	KUNIT_CASE(lru_owner_can_take_back_what_is_isolated),
	KUNIT_CASE(lru_last_put_takes_a_folio_out),
	KUNIT_CASE(lru_passes_over_what_is_about_to_be_freed),
	KUNIT_CASE(lru_written_folio_goes_to_the_tail),
	KUNIT_CASE(lru_written_while_isolated_goes_to_the_tail),
	KUNIT_CASE(lru_validate_finds_damage),
	KUNIT_CASE(lru_counts_hold_after_each_random_step),
	KUNIT_CASE(lru_last_put_and_isolation_get_along),
	KUNIT_CASE(lru_forgets_the_folios_of_an_owner_that_goes),
	KUNIT_CASE(lru_forgetting_waits_for_reclaim),
	{}
};

static struct kunit_suite annex_lru_suite = {
	.name = "annex_lru",
	.test_cases = lru_cases,
};

kunit_test_suite(annex_lru_suite);
