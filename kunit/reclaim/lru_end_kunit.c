// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what ends while reclaim has to do with it: the last reference to a folio
 * that reclaim has in hand, and a write that reclaim waits for.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>

#include "lib/testowner.h"
#include "lib/testpool.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "reclaim/folio.h"
#include "reclaim/lru.h"

/*
 * Reclaim's temporary reference does not count. If an owner drops its last
 * reference while reclaim has isolated the folio, the owner is refused as it is
 * at other times, and no misuse is reported for reclaim, which drops later.
 */
static void lru_last_put_is_judged_while_reclaim_has_it(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	struct annex *annex = owner->annex;
	unsigned long free = annex_test_free_pages(annex);
	struct annex_lru_batch batch;
	struct annex_folio *folio;
	struct annex_page *page;

	folio = testowner_add(owner, GFP_KERNEL, 0);
	page = annex_folio_head(folio);
	annex_lru_isolate(testowner_normal(owner), ANNEX_LRU_INACTIVE, 1,
			  &batch);
	KUNIT_ASSERT_EQ(test, batch.nr, 1U);
	/* Its mapping leads to it, and then a private value. */
	KUNIT_EXPECT_EQ(test, __annex_put_page(&annex->frames, page), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0),
			-EBUSY);
	folio->mapping = NULL;
	annex_page_set_bit(page, ANNEX_PG_PRIVATE);
	KUNIT_EXPECT_EQ(test, __annex_put_page(&annex->frames, page), -EBUSY);
	annex_page_clear_bit(page, ANNEX_PG_PRIVATE);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(page), 2U);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_BAD_REF), 2UL);
	/* Others may come and go. */
	KUNIT_EXPECT_EQ(test, __annex_get_page(&annex->frames, page), 0);
	KUNIT_EXPECT_EQ(test, __annex_put_page(&annex->frames, page), 0);
	annex_lru_putback(&batch);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(page), 1U);
	KUNIT_EXPECT_EQ(test, __annex_put_page(&annex->frames, page), 0);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_BAD_REF), 2UL);
	owner->folio[0] = NULL;
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

/* With nothing that leads to it, it ends when reclaim puts it back. */
static void lru_last_put_is_reclaims_if_nothing_is_left(struct kunit *test)
{
	struct testowner *owner = testowner_with_pool(test);
	struct annex *annex = owner->annex;
	unsigned long free = annex_test_free_pages(annex);
	struct annex_lru_batch batch;
	struct annex_folio *folio = testowner_add(owner, GFP_KERNEL, 0);
	bool taken_out = true;

	do {
		annex_lru_isolate(testowner_normal(owner), ANNEX_LRU_INACTIVE,
				  1, &batch);
		KUNIT_ASSERT_EQ(test, batch.nr, 1U);
		taken_out = !taken_out;
		if (taken_out)
			KUNIT_EXPECT_EQ(test, annex_lru_remove(folio), 0);
		folio->mapping = NULL;
		KUNIT_EXPECT_EQ(test, __annex_folio_put(&annex->frames, folio),
				0);
		annex_lru_putback(&batch);
		owner->folio[taken_out] = NULL;
		KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
		if (!taken_out)
			folio = testowner_add(owner, GFP_KERNEL, 0);
	} while (!taken_out);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_BAD_REF), 0UL);
	annex_test_validate(test, annex);
}

struct writer {
	struct testowner *owner;
	struct annex_folio *folio;
	struct completion done;
	int err;
};

static int end_the_write(void *arg)
{
	struct writer *w = arg;

	w->err =
		__annex_folio_end_writeback(&w->owner->annex->frames, w->folio);
	complete(&w->done);
	return 0;
}

/*
 * The lists' lock is held when a write ends that reclaim waits for: until the
 * folio moves, it is under writeback, and reclaim waits for it. At no time is
 * the folio under writeback without the flag that makes its end move the folio.
 */
static void lru_write_ends_in_one_step(struct kunit *test)
{
	const int both = BIT(ANNEX_FOLIO_WRITEBACK) | BIT(ANNEX_FOLIO_RECLAIM);
	struct testowner *owner = testowner_with_pool(test);
	spinlock_t *lock = &testowner_normal(owner)->lruvec.lock;
	struct writer w = { .owner = owner };
	struct task_struct *task;
	unsigned long flags;
	unsigned int i, odd = 0;

	if (num_online_cpus() < 2)
		kunit_skip(test, "it takes two CPUs");
	testowner_add_some(owner, GFP_KERNEL, 3);
	w.folio = owner->folio[2];
	init_completion(&w.done);
	__annex_folio_start_writeback(&owner->annex->frames, w.folio);
	annex_folio_set_bit(w.folio, ANNEX_FOLIO_RECLAIM);
	task = kthread_create(end_the_write, &w, "annex-writer");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	migrate_disable();
	kthread_bind(task, cpumask_any_but(cpu_online_mask,
					   smp_processor_id()));
	spin_lock_irqsave(lock, flags);
	wake_up_process(task);
	for (i = 0; i < 100; i++) {
		odd += (atomic_read(&w.folio->flags) & both) != both;
		mdelay(1);
	}
	spin_unlock_irqrestore(lock, flags);
	migrate_enable();
	wait_for_completion(&w.done);
	KUNIT_EXPECT_EQ(test, odd, 0U);
	KUNIT_EXPECT_EQ(test, w.err, 0);
	KUNIT_EXPECT_FALSE(test, atomic_read(&w.folio->flags) & both);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_PGROTATED), 1UL);
	testowner_drop_all(owner);
}

static struct kunit_case lru_end_cases[] = {
	KUNIT_CASE(lru_last_put_is_judged_while_reclaim_has_it),
	KUNIT_CASE(lru_last_put_is_reclaims_if_nothing_is_left),
	KUNIT_CASE(lru_write_ends_in_one_step),
	{}
};

static struct kunit_suite annex_lru_end_suite = {
	.name = "annex_lru_end",
	.test_cases = lru_end_cases,
};

kunit_test_suite(annex_lru_end_suite);
