// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what callers get wrong: each mistake gets its errno, is counted,
 * and leaves the pool as it was. The log shows a line for each; they are
 * meant to be there.
 */
#include "lib/testpool.h"
#include "page/page.h"
#include "page/page_alloc.h"

static const struct annex_testpool pool = {
	.start = 5ULL << 30, .nr_pages = 16384, .lowmem_pages = 8192,
	.reserved_pages = 256,
};

struct scene {
	struct kunit *test;
	struct annex *annex;
	struct annex_page *page;	/* a block of order 3 */
};

typedef int (*mistake_fn)(struct scene *s);

static int free_null(struct scene *s)
{
	return annex_block_free(&s->annex->frames, NULL, 0);
}

static int free_before_the_first(struct scene *s)
{
	return annex_block_free(&s->annex->frames, s->annex->frames.mem_map - 1,
				0);
}

static int free_after_the_last(struct scene *s)
{
	return annex_block_free(&s->annex->frames,
				s->annex->frames.mem_map +
					s->annex->frames.nr_pages,
				0);
}

static int free_between_descriptors(struct scene *s)
{
	return annex_block_free(&s->annex->frames, (void *)s->page + 4, 3);
}

static int free_twice(struct scene *s)
{
	int err = __annex_get_page(&s->annex->frames, s->page)		  ?:
			  annex_block_free(&s->annex->frames, s->page, 3) ?:
			  annex_block_free(&s->annex->frames, s->page, 3);

	if (!err)
		err = annex_block_free(&s->annex->frames, s->page, 3);
	s->page = NULL;
	return err;
}

static int put_once_too_often(struct scene *s)
{
	int err = __annex_put_page(&s->annex->frames, s->page);

	if (!err)
		err = __annex_put_page(&s->annex->frames, s->page);
	s->page = NULL;
	return err;
}

static int get_of_a_free_block(struct scene *s)
{
	int err = annex_block_free(&s->annex->frames, s->page, 3);

	if (!err)
		err = __annex_get_page(&s->annex->frames, s->page);
	s->page = NULL;
	return err;
}

static int free_of_a_reserved_frame(struct scene *s)
{
	return annex_block_free(&s->annex->frames, s->annex->frames.mem_map, 0);
}

static int free_of_a_descriptor_frame(struct scene *s)
{
	return annex_block_free(&s->annex->frames,
				s->annex->frames.mem_map +
					s->annex->frames.nr_pages - 1,
				0);
}

static int get_of_a_reserved_frame(struct scene *s)
{
	return __annex_get_page(&s->annex->frames, s->annex->frames.mem_map);
}

static int free_of_a_tail(struct scene *s)
{
	return annex_block_free(&s->annex->frames, s->page + 1, 0);
}

static int free_of_an_odd_half(struct scene *s)
{
	return annex_block_free(&s->annex->frames, s->page + 1, 1);
}

static int free_of_a_middle(struct scene *s)
{
	return annex_block_free(&s->annex->frames, s->page + 4, 2);
}

static int free_of_a_smaller_order(struct scene *s)
{
	return annex_block_free(&s->annex->frames, s->page, 2);
}

static int free_of_a_larger_order(struct scene *s)
{
	return annex_block_free(&s->annex->frames, s->page, 4);
}

static int free_of_order_11(struct scene *s)
{
	return annex_block_free(&s->annex->frames, s->page, 11);
}

static int put_of_a_tail_that_is_not_compound(struct scene *s)
{
	return __annex_put_page(&s->annex->frames, s->page + 1);
}

static int get_of_a_tail_that_is_not_compound(struct scene *s)
{
	return __annex_get_page(&s->annex->frames, s->page + 7);
}

static int free_with_flag(struct scene *s, enum annex_pageflags flag)
{
	int err;

	KUNIT_EXPECT_FALSE(s->test, annex_page_set_bit(s->page, flag));
	err = annex_block_free(&s->annex->frames, s->page, 3);
	KUNIT_EXPECT_TRUE(s->test, annex_page_clear_bit(s->page, flag));
	return err;
}

static int free_of_a_locked_block(struct scene *s)
{
	return free_with_flag(s, ANNEX_PG_LOCKED);
}

static int free_of_the_heaps_block(struct scene *s)
{
	return free_with_flag(s, ANNEX_PG_SLAB);
}

static int free_of_a_page_table(struct scene *s)
{
	return free_with_flag(s, ANNEX_PG_TABLE);
}

static int alloc_bad(struct scene *s, gfp_t gfp, unsigned int order)
{
	struct annex_page *page = s->page;
	int err = annex_block_alloc(&s->annex->frames, gfp, order, &page);

	KUNIT_EXPECT_NULL(s->test, page);
	return err;
}

static int alloc_of_order_11(struct scene *s)
{
	return alloc_bad(s, GFP_KERNEL, 11);
}

static int alloc_of_order_minus_1(struct scene *s)
{
	return alloc_bad(s, GFP_KERNEL, -1);
}

static int alloc_that_must_not_fail(struct scene *s)
{
	return alloc_bad(s, GFP_NOWAIT | __GFP_NOFAIL, 0);
}

static int alloc_of_order_4_that_must_not_fail(struct scene *s)
{
	return alloc_bad(s, GFP_KERNEL | __GFP_NOFAIL, 4);
}

static int alloc_of_order_9_that_must_not_fail(struct scene *s)
{
	return alloc_bad(s, GFP_KERNEL | __GFP_NOFAIL, 9);
}

static int alloc_from_two_zones(struct scene *s)
{
	return alloc_bad(s, GFP_DMA | __GFP_HIGHMEM, 0);
}

struct mistake {
	const char *name;
	mistake_fn make;
	int err;
	enum annex_counter counter;
};

static const struct mistake mistakes[] = {
	{ "free of NULL", free_null, -EFAULT, ANNEX_BAD_FREE },
	{ "free before the first descriptor", free_before_the_first, -EFAULT,
	  ANNEX_BAD_FREE },
	{ "free after the last descriptor", free_after_the_last, -EFAULT,
	  ANNEX_BAD_FREE },
	{ "free between two descriptors", free_between_descriptors, -EFAULT,
	  ANNEX_BAD_FREE },
	{ "double free", free_twice, -EALREADY, ANNEX_BAD_FREE },
	{ "put once too often", put_once_too_often, -EALREADY,
	  ANNEX_BAD_REF },
	{ "get of a free block", get_of_a_free_block, -EALREADY,
	  ANNEX_BAD_REF },
	{ "free of a reserved frame", free_of_a_reserved_frame, -EPERM,
	  ANNEX_BAD_FREE },
	{ "free of a frame of descriptors", free_of_a_descriptor_frame, -EPERM,
	  ANNEX_BAD_FREE },
	{ "get of a reserved frame", get_of_a_reserved_frame, -EPERM,
	  ANNEX_BAD_REF },
	{ "free of a tail", free_of_a_tail, -EINVAL, ANNEX_BAD_FREE },
	{ "free of an odd half", free_of_an_odd_half, -EINVAL,
	  ANNEX_BAD_FREE },
	{ "free of an aligned middle", free_of_a_middle, -EINVAL,
	  ANNEX_BAD_FREE },
	{ "free of a smaller order", free_of_a_smaller_order, -ERANGE,
	  ANNEX_BAD_FREE },
	{ "free of a larger order", free_of_a_larger_order, -ERANGE,
	  ANNEX_BAD_FREE },
	{ "free of order 11", free_of_order_11, -ERANGE, ANNEX_BAD_FREE },
	{ "put of a plain tail", put_of_a_tail_that_is_not_compound, -EINVAL,
	  ANNEX_BAD_REF },
	{ "get of a plain tail", get_of_a_tail_that_is_not_compound, -EINVAL,
	  ANNEX_BAD_REF },
	{ "free of a locked block", free_of_a_locked_block, -EBUSY,
	  ANNEX_BAD_FREE },
	{ "free of a slab", free_of_the_heaps_block, -EBUSY, ANNEX_BAD_FREE },
	{ "free of a page table", free_of_a_page_table, -EBUSY,
	  ANNEX_BAD_FREE },
	{ "alloc of order 11", alloc_of_order_11, -EINVAL, ANNEX_BAD_ALLOC },
	{ "alloc of order -1", alloc_of_order_minus_1, -EINVAL,
	  ANNEX_BAD_ALLOC },
	{ "alloc that must not fail", alloc_that_must_not_fail, -EINVAL,
	  ANNEX_BAD_ALLOC },
	{ "alloc of order 4 that must not fail",
	  alloc_of_order_4_that_must_not_fail, -EINVAL, ANNEX_BAD_ALLOC },
	{ "alloc of order 9 that must not fail",
	  alloc_of_order_9_that_must_not_fail, -EINVAL, ANNEX_BAD_ALLOC },
	{ "alloc from two zones", alloc_from_two_zones, -EINVAL,
	  ANNEX_BAD_ALLOC },
};

static void mistake_name(const struct mistake *m, char *desc)
{
	strscpy(desc, m->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(mistake, mistakes, mistake_name);

static void misuse_is_refused_counted_and_harmless(struct kunit *test)
{
	const struct mistake *m = test->param_value;
	struct scene s = { .test = test, .annex = annex_testpool(test, &pool) };
	unsigned long free = annex_test_free_pages(s.annex);

	KUNIT_ASSERT_EQ(test,
			annex_block_alloc(&s.annex->frames, GFP_KERNEL, 3,
					  &s.page),
			0);
	KUNIT_EXPECT_EQ(test, m->make(&s), m->err);
	KUNIT_EXPECT_EQ(test, annex_test_event(s.annex, m->counter), 1UL);
	annex_test_validate(test, s.annex);

	/* What the mistake was made with is usable still. */
	if (s.page) {
		KUNIT_EXPECT_EQ(test, annex_page_ref_count(s.page), 1U);
		KUNIT_EXPECT_EQ(test,
				annex_block_free(&s.annex->frames, s.page, 3),
				0);
	}
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(s.annex), free);
	annex_test_validate(test, s.annex);
}

/* A mistake in a loop must not fill the log; nor may it stop being counted. */
static void misuse_in_a_loop_is_counted_in_full(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	unsigned int i;

	for (i = 0; i < 1000; i++)
		KUNIT_EXPECT_EQ(test,
				annex_block_free(&annex->frames,
						 annex->frames.mem_map, 0),
				-EPERM);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_FREE), 1000UL);
	annex_test_validate(test, annex);
}

static struct kunit_case page_alloc_misuse_cases[] = {
	KUNIT_CASE_PARAM(misuse_is_refused_counted_and_harmless,
			 mistake_gen_params),
	KUNIT_CASE(misuse_in_a_loop_is_counted_in_full),
	{}
};

static struct kunit_suite annex_page_alloc_misuse_suite = {
	.name = "annex_page_alloc_misuse",
	.test_cases = page_alloc_misuse_cases,
};

kunit_test_suite(annex_page_alloc_misuse_suite);
