// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of calls in a context that does not allow them: a call that sleeps, in atomic
 * context, and a call that takes a lock, from NMI. report.h decides for all of them.
 * Each is refused, counted, and changes nothing.
 */
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>

#include "heap/cache.h"
#include "heap/heap.h"
#include "lib/testpool.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "reclaim/folio.h"
#include "reclaim/lock.h"

static const struct annex_testpool with_heap = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 3072,
	.contents = true, .heap = true,
};

struct scene {
	struct annex *annex;
	struct annex_folio *folio;	/* being written */
	struct annex_page *page;	/* its own, locked */
	struct annex_page *plain;	/* without a folio */
	struct annex_kmem_cache *cache;
};

static void scene_init(struct kunit *test, struct scene *s)
{
	s->annex = annex_testpool(test, &with_heap);
	KUNIT_ASSERT_EQ(test,
			__annex_folio_alloc(&s->annex->frames, GFP_KERNEL, 0,
					    &s->folio),
			0);
	s->page = annex_folio_head(s->folio);
	s->plain = annex_test_must_alloc(test, s->annex, GFP_KERNEL, 0);
	KUNIT_ASSERT_FALSE(test,
			   __annex_folio_start_writeback(&s->annex->frames,
							 s->folio));
	s->cache =
		annex_cache_create(&s->annex->heap, "context", 64, 0, 0, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(s->cache));
	KUNIT_ASSERT_EQ(test, __annex_lock_page(&s->annex->frames, s->page), 0);
}

/* All is as it was: each of these works once. */
static void scene_end(struct kunit *test, struct scene *s)
{
	struct annex_folio *folio =
		__annex_page_folio(&s->annex->frames, s->plain);

	KUNIT_EXPECT_NULL(test, folio);
	KUNIT_EXPECT_TRUE(test,
			  __annex_trylock_page(&s->annex->frames, s->plain));
	KUNIT_EXPECT_EQ(test, __annex_unlock_page(&s->annex->frames, s->plain),
			0);
	KUNIT_EXPECT_EQ(test, annex_block_free(&s->annex->frames, s->plain, 0),
			0);
	KUNIT_EXPECT_EQ(test, __annex_unlock_page(&s->annex->frames, s->page),
			0);
	KUNIT_EXPECT_EQ(test,
			__annex_folio_end_writeback(&s->annex->frames,
						    s->folio),
			0);
	KUNIT_EXPECT_EQ(test, __annex_folio_put(&s->annex->frames, s->folio),
			0);
	KUNIT_EXPECT_EQ(test, annex_cache_shrink(&s->annex->heap, s->cache), 0);
	KUNIT_EXPECT_EQ(test, annex_cache_destroy(&s->annex->heap, s->cache),
			0);
	annex_test_validate(test, s->annex);
}

static int lock(struct scene *s)
{
	return __annex_lock_page(&s->annex->frames, s->plain);
}

/* It would not have to wait this time, and is refused nevertheless. */
static int wait_locked(struct scene *s)
{
	return __annex_wait_on_page_locked(&s->annex->frames, s->plain);
}

static int wait_written(struct scene *s)
{
	return __annex_folio_wait_writeback(&s->annex->frames, s->folio);
}

static int create(struct scene *s)
{
	return PTR_ERR_OR_ZERO(annex_cache_create(&s->annex->heap, "atomic", 64,
						  0, 0, NULL));
}

static int shrink(struct scene *s)
{
	return annex_cache_shrink(&s->annex->heap, s->cache);
}

static int destroy(struct scene *s)
{
	return annex_cache_destroy(&s->annex->heap, s->cache);
}

static int unlock(struct scene *s)
{
	return __annex_unlock_page(&s->annex->frames, s->page);
}

static int attach(struct scene *s)
{
	struct annex_folio *folio;

	return __annex_folio_attach(&s->annex->frames, s->plain, GFP_ATOMIC,
				    &folio);
}

static int detach(struct scene *s)
{
	return __annex_folio_detach(&s->annex->frames, s->folio);
}

static int end_writeback(struct scene *s)
{
	return __annex_folio_end_writeback(&s->annex->frames, s->folio);
}

struct wrong_place {
	const char *name;
	int (*call)(struct scene *s);
	enum annex_counter counter;
};

static const struct wrong_place waiters[] = {
	{ "lock_page", lock, ANNEX_BAD_FLAG },
	{ "wait_on_page_locked", wait_locked, ANNEX_BAD_FLAG },
	{ "wait_writeback", wait_written, ANNEX_BAD_FLAG },
	{ "kmem_cache_create", create, ANNEX_BAD_HEAP },
	{ "kmem_cache_shrink", shrink, ANNEX_BAD_HEAP },
	{ "kmem_cache_destroy", destroy, ANNEX_BAD_HEAP },
};

static const struct wrong_place lockers[] = {
	{ "unlock_page", unlock, ANNEX_BAD_FLAG },
	{ "folio_attach", attach, ANNEX_BAD_ALLOC },
	{ "folio_detach", detach, ANNEX_BAD_FREE },
	{ "end_writeback", end_writeback, ANNEX_BAD_FLAG },
};

static void place_name(const struct wrong_place *p, char *desc)
{
	strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(waiter, waiters, place_name);
KUNIT_ARRAY_PARAM(locker, lockers, place_name);

static int call_irqs_off(const struct wrong_place *p, struct scene *s)
{
	unsigned long flags;
	int err;

	local_irq_save(flags);
	err = p->call(s);
	/* Whatever it does, they stay off. */
	if (!irqs_disabled())
		err = -EPROTO;
	local_irq_restore(flags);
	return err;
}

static int call_preempt_off(const struct wrong_place *p, struct scene *s)
{
	int err;

	if (!IS_ENABLED(CONFIG_PREEMPT_COUNT))
		return call_irqs_off(p, s);
	preempt_disable();
	err = p->call(s);
	preempt_enable();
	return err;
}

/* As far as the kernel's count goes, this is one. */
static int call_from_nmi(const struct wrong_place *p, struct scene *s)
{
	unsigned long flags;
	int err;

	local_irq_save(flags);
	__preempt_count_add(NMI_OFFSET);
	err = p->call(s);
	__preempt_count_sub(NMI_OFFSET);
	local_irq_restore(flags);
	return err;
}

static void context_atomic_is_not_for_sleepers(struct kunit *test)
{
	const struct wrong_place *p = test->param_value;
	struct scene s;

	scene_init(test, &s);
	/* What was not refused may be locked: not to wait for that once more. */
	KUNIT_ASSERT_EQ(test, call_irqs_off(p, &s), -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_test_event(s.annex, p->counter), 1UL);
	KUNIT_EXPECT_EQ(test, call_preempt_off(p, &s), -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_test_event(s.annex, p->counter), 2UL);
	scene_end(test, &s);
}

static void context_nmi_is_not_for_lockers(struct kunit *test)
{
	const struct wrong_place *p = test->param_value;
	struct scene s;

	scene_init(test, &s);
	KUNIT_EXPECT_EQ(test, call_from_nmi(p, &s), -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_test_event(s.annex, p->counter), 1UL);
	scene_end(test, &s);
}

static struct kunit_case report_context_cases[] = {
	KUNIT_CASE_PARAM(context_atomic_is_not_for_sleepers, waiter_gen_params),
	KUNIT_CASE_PARAM(context_nmi_is_not_for_lockers, locker_gen_params),
	{}
};

static struct kunit_suite annex_report_context_suite = {
	.name = "annex_report_context",
	.test_cases = report_context_cases,
};

kunit_test_suite(annex_report_context_suite);
