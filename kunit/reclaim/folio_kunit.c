// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of folios from their beginning to their end, and of the slabs they live
 * in. Refusals are made on purpose; the log shows a line for each.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "lib/testfolio.h"
#include "lib/testpool.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/pcp.h"
#include "reclaim/folio.h"
#include "reclaim/folio_slab.h"
#include "reclaim/lru.h"

/* A pool without contents has no lowmem either. */
static const struct annex_testpool no_lowmem = {
	.start = 5ULL << 30, .nr_pages = 2048, .lowmem_pages = 1024,
};

static void folio_has_at_most_48_bytes(struct kunit *test)
{
	size_t most = BITS_PER_LONG == 32 ? 48 : 64;

	KUNIT_EXPECT_LE(test, sizeof(struct annex_folio), most);
	/* What is lost at the end of a folio slab is less than a folio. */
	KUNIT_EXPECT_GT(test,
			sizeof(struct annex_folio_slab) +
				sizeof(struct annex_folio),
			PAGE_SIZE);
}

static void folio_new_one_is_blank(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	struct annex_folio *folio = testfolio_new(test, annex, GFP_KERNEL, 0);
	int i;

	/* Twice: the second has the memory of the first, which is not blank. */
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_TRUE(test, list_empty(&folio->lru));
		KUNIT_EXPECT_NULL(test, folio->mapping);
		KUNIT_EXPECT_EQ(test, folio->index, 0UL);
		KUNIT_EXPECT_EQ(test, folio->private, 0UL);
		KUNIT_EXPECT_EQ(test, atomic_read(&folio->_mapcount), -1);
		KUNIT_EXPECT_EQ(test, atomic_read(&folio->flags), 0);
		KUNIT_EXPECT_PTR_EQ(test, folio->zone,
				    annex_pfn_zone(&annex->frames, folio->pfn));
		folio->index = 5;
		folio->private = 6;
		annex_folio_set_bit(folio, ANNEX_FOLIO_REFERENCED);
		testfolio_put(test, annex, folio);
		folio = testfolio_new(test, annex, GFP_KERNEL, 0);
	}
	testfolio_put(test, annex, folio);
	annex_test_validate(test, annex);
}

/* Number and address follow from each other for all that 28 bits can name. */
static void folio_number_and_address_agree(struct kunit *test)
{
	struct annex *annex = kunit_kzalloc(test, sizeof(*annex), GFP_KERNEL);
	/* Nothing is read there: 1 GB of lowmem, or what is left of one. */
	unsigned long base = 3UL << 30;
	annex_pfn_t pfn;

	KUNIT_ASSERT_NOT_NULL(test, annex);
	annex->frames.lowmem = (void *)base;
	for (pfn = 0; pfn < 1U << 18; pfn += pfn / 16 + 1) {
		u32 first = pfn << ANNEX_FOLIO_SLAB_BITS;
		u32 last = first + ANNEX_FOLIOS_PER_SLAB - 1;
		unsigned long at = base + ((unsigned long)pfn << PAGE_SHIFT);
		struct annex_folio *f =
			annex_folio_slab_folio(&annex->frames, first);
		struct annex_folio *l =
			annex_folio_slab_folio(&annex->frames, last);

		KUNIT_EXPECT_GE(test, (unsigned long)f, at);
		KUNIT_EXPECT_LE(test, (unsigned long)(l + 1) - at, PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, annex_folio_slab_nr(&annex->frames, f),
				first);
		KUNIT_EXPECT_EQ(test, annex_folio_slab_nr(&annex->frames, l),
				last);
		KUNIT_EXPECT_LE(test, last, ANNEX_LINK_VALUE_MASK);
	}
}

/* One more than fits needs a second page; the last to go takes it along. */
static void folio_slabs_are_reused_and_given_back(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	unsigned long free = annex_test_free_pages(annex);
	struct annex_folio *folio[ANNEX_FOLIOS_PER_SLAB + 1], *again;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(folio); i++) {
		KUNIT_EXPECT_EQ(test,
				annex_folio_slabs_used(&annex->reclaim
								.folio_slabs),
				(unsigned long)i);
		folio[i] = testfolio_new(test, annex, GFP_HIGHUSER, 0);
		KUNIT_EXPECT_EQ(test, testfolio_slabs(annex),
				(unsigned long)i / ANNEX_FOLIOS_PER_SLAB + 1);
	}
	annex_test_validate(test, annex);
	testfolio_put(test, annex, folio[5]);
	again = testfolio_new(test, annex, GFP_HIGHUSER, 0);
	KUNIT_EXPECT_PTR_EQ(test, again, folio[5]);

	testfolio_put(test, annex, folio[i - 1]);
	KUNIT_EXPECT_EQ(test, testfolio_slabs(annex), 1UL);
	while (--i)
		testfolio_put(test, annex, folio[i - 1]);
	KUNIT_EXPECT_EQ(test, testfolio_slabs(annex), 0UL);
	KUNIT_EXPECT_EQ(test,
			annex_folio_slabs_used(&annex->reclaim.folio_slabs),
			0UL);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

/* Wherever the block lies and whatever it is, the folio is in lowmem. */
static void folio_of_a_high_block_is_in_lowmem(struct kunit *test)
{
	const gfp_t gfp = GFP_HIGHUSER_MOVABLE | __GFP_ZERO;
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	struct annex_folio *folio = testfolio_new(test, annex, gfp, 3);
	unsigned long pfn =
		((void *)folio - annex->frames.lowmem) >> PAGE_SHIFT;
	struct annex_page *slab = annex->frames.mem_map + pfn;

	KUNIT_EXPECT_GE(test, folio->pfn, annex->frames.lowmem_pages);
	KUNIT_ASSERT_LT(test, pfn, (unsigned long)annex->frames.lowmem_pages);
	KUNIT_EXPECT_EQ(test, annex_page_order(slab), 0U);
	testfolio_put(test, annex, folio);
	annex_test_validate(test, annex);
}

static void folio_slab_is_nobody_elses(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	struct annex_folio *folio = testfolio_new(test, annex, GFP_KERNEL, 0);
	unsigned long pfn =
		((void *)folio - annex->frames.lowmem) >> PAGE_SHIFT;
	struct annex_page *page = annex->frames.mem_map + pfn;
	struct annex_folio *none;

	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0),
			-EPERM);
	KUNIT_EXPECT_EQ(test, __annex_put_page(&annex->frames, page), -EPERM);
	KUNIT_EXPECT_EQ(test, __annex_get_page(&annex->frames, page), -EPERM);
	KUNIT_EXPECT_TRUE(test, annex_page_set_bit(page, ANNEX_PG_ERROR));
	KUNIT_EXPECT_EQ(test, __annex_set_page_private(&annex->frames, page, 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test,
			__annex_folio_attach(&annex->frames, page, GFP_KERNEL,
					     &none),
			-EINVAL);
	annex_test_validate(test, annex);
	testfolio_put(test, annex, folio);
	annex_test_validate(test, annex);
}

/* Take all of lowmem, a frame at a time; each holds the one before. */
static annex_pfn_t drain(struct annex *annex)
{
	annex_pfn_t first = ANNEX_PFN_NIL;
	struct annex_page *page;

	while (!annex_block_alloc(&annex->frames, GFP_ATOMIC | __GFP_NOWARN, 0,
				  &page)) {
		annex_page_store_private(page, first);
		first = page - annex->frames.mem_map;
	}
	return first;
}

static annex_pfn_t give_one(struct annex *annex, annex_pfn_t first)
{
	struct annex_page *page = annex->frames.mem_map + first;
	annex_pfn_t next = annex_page_load_private(page);

	annex_block_free(&annex->frames, page, 0);
	return next;
}

/*
 * Each CPU has folios of its own. With no frame of lowmem left for one more folio slab,
 * a CPU that has none takes one of another's, and gives it back there.
 */
static void folio_of_another_cpu(struct kunit *test, gfp_t gfp)
{
	int here = cpumask_first(cpu_online_mask);
	int there = cpumask_last(cpu_online_mask);
	struct annex *annex = annex_testpool(test, &testfolio_small_lowmem);
	struct annex_frames *frames = &annex->frames;
	unsigned long free = annex_test_free_pages(annex);
	struct annex_folio *folio, *other;
	struct annex_page *page;
	unsigned long failed, stalled, used;
	annex_pfn_t held;

	page = annex_test_must_alloc(test, annex, GFP_HIGHUSER, 0);
	set_cpus_allowed_ptr(current, cpumask_of(here));
	folio = testfolio_new(test, annex, GFP_HIGHUSER, 0);
	held = drain(annex);
	failed = annex_test_event(annex, ANNEX_ALLOC_FAIL);
	stalled = annex_test_event(annex, ANNEX_ALLOCSTALL_DMA);
	set_cpus_allowed_ptr(current, cpumask_of(there));
	KUNIT_ASSERT_EQ(test, __annex_folio_attach(frames, page, gfp, &other),
			0);
	KUNIT_EXPECT_PTR_EQ(test, annex_folio_slab_home(frames, other),
			    annex_folio_slab_home(frames, folio));
	used = annex_folio_slabs_used(&annex->reclaim.folio_slabs);
	KUNIT_EXPECT_EQ(test, used, 2UL);
	failed -= annex_test_event(annex, ANNEX_ALLOC_FAIL);
	stalled -= annex_test_event(annex, ANNEX_ALLOCSTALL_DMA);
	KUNIT_EXPECT_EQ(test, failed | stalled, 0UL);
	annex_test_validate(test, annex);
	testfolio_put(test, annex, folio);
	KUNIT_EXPECT_EQ(test, __annex_folio_detach(frames, other), 0);
	KUNIT_EXPECT_EQ(test, testfolio_slabs(annex), 0UL);
	while (held != ANNEX_PFN_NIL)
		held = give_one(annex, held);
	KUNIT_EXPECT_EQ(test, annex_block_free(frames, page, 0), 0);
	annex_pcp_drain_all(frames);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
	set_cpus_allowed_ptr(current, cpu_possible_mask);
}

/* Without a frame for folios, a free folio of another CPU does: nobody waits. */
static void folio_may_be_another_cpus(struct kunit *test)
{
	if (num_online_cpus() < 2)
		kunit_skip(test, "it takes two CPUs");
	folio_of_another_cpu(test, GFP_ATOMIC | __GFP_NOWARN);
	folio_of_another_cpu(test, GFP_KERNEL | __GFP_NOWARN);
}

static void folio_without_memory_costs_nothing(struct kunit *test)
{
	const gfp_t gfp = GFP_ATOMIC | __GFP_HIGHMEM | __GFP_NOWARN;
	struct annex *annex = annex_testpool(test, &testfolio_small_lowmem);
	unsigned long free = annex_test_free_pages(annex), drained;
	struct annex_page *page =
		annex_test_must_alloc(test, annex, GFP_HIGHUSER, 2);
	annex_pfn_t held = drain(annex);
	struct annex_folio *folio = ERR_PTR(-1);

	drained = annex_test_free_pages(annex);
	KUNIT_EXPECT_EQ(test,
			__annex_folio_alloc(&annex->frames, gfp, 3, &folio),
			-ENOMEM);
	KUNIT_EXPECT_NULL(test, folio);
	folio = ERR_PTR(-1);
	KUNIT_EXPECT_EQ(test,
			__annex_folio_attach(&annex->frames, page, gfp, &folio),
			-ENOMEM);
	KUNIT_EXPECT_NULL(test, folio);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(page), 1U);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), drained);
	annex_test_validate(test, annex);

	/* Want of lowmem is no mistake of the caller. */
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_ALLOC), 0UL);
	while (held != ANNEX_PFN_NIL)
		held = give_one(annex, held);
	annex_pcp_drain_all(&annex->frames);
	KUNIT_EXPECT_EQ(test,
			__annex_folio_attach(&annex->frames, page, gfp, &folio),
			0);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 2), 0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

static void folio_needs_lowmem(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &no_lowmem);
	unsigned long free = annex_test_free_pages(annex);
	struct annex_folio *folio;

	KUNIT_EXPECT_EQ(test,
			__annex_folio_alloc(&annex->frames, GFP_KERNEL, 0,
					    &folio),
			-ENOMEM);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
}

static int attach_err(struct annex *annex, struct annex_page *page)
{
	struct annex_folio *folio = ERR_PTR(-1);
	int err =
		__annex_folio_attach(&annex->frames, page, GFP_KERNEL, &folio);

	return folio ? 1 : err;
}

static void folio_attach_refuses_what_cannot_have_one(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	struct annex_page *page =
		annex_test_must_alloc(test, annex, GFP_KERNEL, 2);
	struct annex_folio *folio;

	KUNIT_EXPECT_EQ(test, attach_err(annex, NULL), -EFAULT);
	KUNIT_EXPECT_EQ(test, attach_err(annex, annex->frames.mem_map - 1),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, attach_err(annex, (void *)page + 4), -EFAULT);
	KUNIT_EXPECT_EQ(test, attach_err(annex, annex->frames.mem_map),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, attach_err(annex, page + 1), -EINVAL);
	annex_page_set_bit(page, ANNEX_PG_PRIVATE);
	KUNIT_EXPECT_EQ(test, attach_err(annex, page), -EBUSY);
	annex_page_clear_bit(page, ANNEX_PG_PRIVATE);
	annex_page_set_bit(page, ANNEX_PG_SLAB);
	KUNIT_EXPECT_EQ(test, attach_err(annex, page), -EBUSY);
	annex_page_clear_bit(page, ANNEX_PG_SLAB);
	KUNIT_EXPECT_EQ(test,
			__annex_folio_attach(&annex->frames, page, GFP_KERNEL,
					     &folio),
			0);
	KUNIT_EXPECT_EQ(test, attach_err(annex, page), -EEXIST);
	KUNIT_EXPECT_PTR_EQ(test, __annex_page_folio(&annex->frames, page),
			    folio);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_ALLOC), 8UL);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(page), 1U);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 2), 0);
	KUNIT_EXPECT_EQ(test, attach_err(annex, page), -EINVAL);
	annex_test_validate(test, annex);
}

static void folio_attach_refused_takes_no_slab(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	unsigned long free = annex_test_free_pages(annex);
	struct annex_page *page =
		annex_test_must_alloc(test, annex, GFP_KERNEL, 0);

	annex_page_set_bit(page, ANNEX_PG_TABLE);
	KUNIT_EXPECT_EQ(test, attach_err(annex, page), -EBUSY);
	annex_page_clear_bit(page, ANNEX_PG_TABLE);
	KUNIT_EXPECT_EQ(test, testfolio_slabs(annex), 0UL);
	annex_block_free(&annex->frames, page, 0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
}

static void folio_detached_leaves_the_block_as_it_was(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	struct annex_page *page =
		annex_test_must_alloc(test, annex, GFP_KERNEL | __GFP_COMP, 3);
	struct annex_folio *folio;
	struct annex_page was = *page;

	KUNIT_ASSERT_EQ(test,
			__annex_folio_attach(&annex->frames, page, GFP_KERNEL,
					     &folio),
			0);
	folio->private = ~0UL;
	KUNIT_EXPECT_EQ(test, __annex_folio_detach(&annex->frames, folio), 0);
	KUNIT_EXPECT_EQ(test, page->link, was.link);
	KUNIT_EXPECT_EQ(test, atomic_read(&page->state),
			atomic_read(&was.state));
	KUNIT_EXPECT_EQ(test, testfolio_slabs(annex), 0UL);
	/* It can have another, and once detached the first is none. */
	KUNIT_EXPECT_EQ(test, __annex_folio_detach(&annex->frames, folio),
			-EFAULT);
	KUNIT_ASSERT_EQ(test,
			__annex_folio_attach(&annex->frames, page, GFP_KERNEL,
					     &folio),
			0);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 3), 0);
	annex_test_validate(test, annex);
}

/* By each of the three ways, from head and from tail. */
static void folio_ends_with_the_last_reference(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	unsigned long free = annex_test_free_pages(annex);
	unsigned int way;

	for (way = 0; way < 4; way++) {
		struct annex_folio *folio =
			testfolio_new(test, annex, GFP_KERNEL, 2);
		struct annex_page *page = annex_folio_head(folio);
		int err;

		KUNIT_EXPECT_EQ(test,
				__annex_get_page(&annex->frames, page + way),
				0);
		KUNIT_EXPECT_EQ(test, __annex_folio_put(&annex->frames, folio),
				0);
		KUNIT_EXPECT_PTR_EQ(test,
				    __annex_page_folio(&annex->frames, page),
				    folio);
		err = way == 0 ? __annex_folio_put(&annex->frames, folio) :
		      way == 1 ? annex_block_free(&annex->frames, page, 2) :
		      way == 2 ? __annex_put_page(&annex->frames, page) :
				 __annex_put_page(&annex->frames, page + 3);
		KUNIT_EXPECT_EQ(test, err, 0);
		KUNIT_EXPECT_NULL(test,
				  __annex_page_folio(&annex->frames, page));
		KUNIT_EXPECT_EQ(test,
				annex_folio_slabs_used(&annex->reclaim
								.folio_slabs),
				0UL);
		KUNIT_EXPECT_EQ(test, __annex_folio_put(&annex->frames, folio),
				-EFAULT);
	}
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

static bool never(struct annex_folio *folio)
{
	return false;
}

static void folio_is_taken_out_of_its_list_at_the_end(struct kunit *test)
{
	static const struct annex_mapping_ops ops = { .release = never };
	struct annex_mapping mapping = { .ops = &ops };
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	struct annex_folio *folio = testfolio_new(test, annex, GFP_KERNEL, 0);
	struct annex_lruvec *lruvec = &folio->zone->lruvec;

	folio->mapping = &mapping;
	KUNIT_EXPECT_EQ(test, annex_lru_insert(folio), 0);
	folio->mapping = NULL;
	KUNIT_EXPECT_EQ(test, annex_lru_size(lruvec, ANNEX_LRU_INACTIVE), 1UL);
	KUNIT_EXPECT_EQ(test, __annex_folio_detach(&annex->frames, folio),
			-EBUSY);
	testfolio_put(test, annex, folio);
	KUNIT_EXPECT_EQ(test, annex_lru_size(lruvec, ANNEX_LRU_INACTIVE), 0UL);
	annex_test_validate(test, annex);
}

#define TORTURE_FRAMES	4096
#define TORTURE_ROUNDS	40000

static void torture_step(struct kunit *test, struct annex *annex,
			 struct rnd_state *rnd, struct annex_page **slot)
{
	struct annex_page *page = *slot;
	struct annex_folio *folio;
	unsigned int order = annex_test_below(rnd, 2);
	gfp_t gfp = annex_test_below(rnd, 4) ? GFP_HIGHUSER : GFP_KERNEL;

	if (!page) {
		if (annex_block_alloc(&annex->frames,
				      gfp | __GFP_COMP | __GFP_NORETRY |
					      __GFP_NOWARN,
				      order, slot))
			*slot = NULL;
		return;
	}
	folio = __annex_page_folio(&annex->frames, page);
	if (folio)
		KUNIT_EXPECT_EQ(test, folio->private,
				(unsigned long)(page - annex->frames.mem_map));
	if (!annex_test_below(rnd, 3)) {
		KUNIT_EXPECT_EQ(test, __annex_put_page(&annex->frames, page),
				0);
		*slot = NULL;
	} else if (folio) {
		KUNIT_EXPECT_EQ(test,
				__annex_folio_detach(&annex->frames, folio), 0);
	} else if (!__annex_folio_attach(&annex->frames, page,
					 GFP_KERNEL | __GFP_NORETRY |
						 __GFP_NOWARN,
					 &folio)) {
		folio->private = page - annex->frames.mem_map;
	}
}

/* One mind's worth of random calls, on frames of its own. */
static void torture(struct kunit *test, struct annex *annex,
		    struct rnd_state *rnd, struct annex_page **frame)
{
	unsigned int i;

	for (i = 0; i < TORTURE_ROUNDS; i++) {
		torture_step(test, annex, rnd,
			     &frame[annex_test_below(rnd, TORTURE_FRAMES)]);
		if (i % 1024 == 0)
			cond_resched();
	}
	for (i = 0; i < TORTURE_FRAMES; i++)
		if (frame[i])
			KUNIT_EXPECT_EQ(test,
					__annex_put_page(&annex->frames,
							 frame[i]),
					0);
}

struct tormentor {
	struct kunit *test;
	struct annex *annex;
	struct rnd_state rnd;
	struct annex_page **frame;
	struct completion done;
};

static int torment(void *arg)
{
	struct tormentor *t = arg;

	torture(t->test, t->annex, &t->rnd, t->frame);
	complete(&t->done);
	return 0;
}

/* Two at a time, and the books are read meanwhile: they never lie. */
static void folio_random_attach_detach_put(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &testfolio_pool);
	unsigned long free = annex_test_free_pages(annex);
	struct tormentor *t = kunit_kcalloc(test, 2, sizeof(*t), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, t);
	for (i = 0; i < 2; i++) {
		t[i].test = test;
		t[i].annex = annex;
		annex_test_seed(test, &t[i].rnd);
		t[i].frame = kunit_kcalloc(test, TORTURE_FRAMES,
					   sizeof(*t[i].frame), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, t[i].frame);
		init_completion(&t[i].done);
	}
	for (i = 0; i < 2; i++)
		kthread_run(torment, &t[i], "annex-folio-%u", i);
	do {
		annex_test_validate(test, annex);
	} while (!try_wait_for_completion(&t[0].done));
	wait_for_completion(&t[1].done);
	KUNIT_EXPECT_EQ(test, testfolio_slabs(annex), 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

static struct kunit_case folio_cases[] = {
	KUNIT_CASE(folio_has_at_most_48_bytes),
	KUNIT_CASE(folio_new_one_is_blank),
	KUNIT_CASE(folio_number_and_address_agree),
	KUNIT_CASE(folio_slabs_are_reused_and_given_back),
	KUNIT_CASE(folio_of_a_high_block_is_in_lowmem),
	KUNIT_CASE(folio_slab_is_nobody_elses),
	KUNIT_CASE(folio_may_be_another_cpus),
	KUNIT_CASE(folio_without_memory_costs_nothing),
	KUNIT_CASE(folio_needs_lowmem),
	KUNIT_CASE(folio_attach_refuses_what_cannot_have_one),
	KUNIT_CASE(folio_attach_refused_takes_no_slab),
	KUNIT_CASE(folio_detached_leaves_the_block_as_it_was),
	KUNIT_CASE(folio_ends_with_the_last_reference),
	KUNIT_CASE(folio_is_taken_out_of_its_list_at_the_end),
	KUNIT_CASE(folio_random_attach_detach_put),
	{}
};

static struct kunit_suite annex_folio_suite = {
	.name = "annex_folio",
	.test_cases = folio_cases,
};

kunit_test_suite(annex_folio_suite);
