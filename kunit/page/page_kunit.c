// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of descriptors: states, references, flags, and finding a block's head.
 */
#include <linux/completion.h>
#include <linux/kthread.h>

#include "lib/testpool.h"
#include "page/buddy.h"
#include "page/page.h"

static void make_state(struct annex_page *page, u32 state)
{
	page->link = 0;
	atomic_set(&page->state, state);
}

static void page_zeroed_descriptor_is_inner(struct kunit *test)
{
	struct annex_page page = {};

	KUNIT_EXPECT_EQ(test, (int)annex_page_state(&page),
			(int)ANNEX_PAGE_INNER);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(&page), 0U);
	KUNIT_EXPECT_EQ(test, sizeof(page), 8UL);
}

static void page_state_names_are_distinct_and_bounded(struct kunit *test)
{
	unsigned int i, j;

	for (i = 0; i < ANNEX_NR_PAGE_STATES; i++)
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_STRNEQ(test, annex_page_state_name(i),
					    annex_page_state_name(j));
	KUNIT_EXPECT_STREQ(test, annex_page_state_name(7), "corrupt");
}

static void page_new_block_has_order_and_one_reference(struct kunit *test)
{
	struct annex_page page;
	unsigned int order;

	for (order = 0; order < ANNEX_MAX_ORDER; order++) {
		make_state(&page, ANNEX_PAGE_CACHED);
		annex_page_make_used(&page, order, 0);
		KUNIT_EXPECT_EQ(test, (int)annex_page_state(&page),
				(int)ANNEX_PAGE_USED);
		KUNIT_EXPECT_EQ(test, annex_page_order(&page), order);
		KUNIT_EXPECT_EQ(test, annex_page_ref_count(&page), 1U);
		KUNIT_EXPECT_EQ(test, annex_page_load_private(&page), 0U);
	}
}

static void page_last_reference_makes_it_the_allocators(struct kunit *test)
{
	struct annex_page page;

	annex_page_make_used(&page, 3, 0);
	KUNIT_EXPECT_EQ(test, annex_page_take_ref(&page), 0);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(&page), 2U);
	KUNIT_EXPECT_EQ(test, annex_page_drop_ref(&page), 0);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(&page), 1U);
	KUNIT_EXPECT_EQ(test, annex_page_drop_ref(&page), 1);
	KUNIT_EXPECT_EQ(test, (int)annex_page_state(&page),
			(int)ANNEX_PAGE_CACHED);
	KUNIT_EXPECT_EQ(test, annex_page_order(&page), 3U);
}

struct not_used {
	u32 state;
	int err;
};

static const struct not_used not_used[] = {
	{ ANNEX_PAGE_INNER, -EINVAL },	   { ANNEX_PAGE_FREE, -EALREADY },
	{ ANNEX_PAGE_CACHED, -EALREADY },  { ANNEX_PAGE_RESERVED, -EPERM },
	{ ANNEX_PAGE_FOLIO_SLAB, -EPERM }, { 7, -EINVAL },
};

static void not_used_name(const struct not_used *t, char *desc)
{
	strscpy(desc, annex_page_state_name(t->state), KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(not_used, not_used, not_used_name);

/* The bits above the state are a list link, not flags and a count. */
static void page_that_is_not_used_refuses_everything(struct kunit *test)
{
	const struct not_used *t = test->param_value;
	u32 word = t->state | 0x12345600;
	struct annex_page page;

	make_state(&page, word);
	KUNIT_EXPECT_EQ(test, annex_page_take_ref(&page), t->err);
	KUNIT_EXPECT_EQ(test, annex_page_drop_ref(&page), t->err);
	KUNIT_EXPECT_TRUE(test, annex_page_set_bit(&page, ANNEX_PG_LOCKED));
	KUNIT_EXPECT_FALSE(test, annex_page_clear_bit(&page, ANNEX_PG_SLAB));
	KUNIT_EXPECT_EQ(test, annex_page_load_private(&page), 0U);
	KUNIT_EXPECT_EQ(test, annex_page_store_private(&page, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(&page), 0U);
	KUNIT_EXPECT_EQ(test, (u32)atomic_read(&page.state), word);
	KUNIT_EXPECT_EQ(test, page.link, 0U);
}

/* 19 bits count; the next reference pins the frame, and no put undoes it. */
static void page_count_saturates_and_never_wraps(struct kunit *test)
{
	struct annex_page page;
	unsigned int i;

	make_state(&page, ANNEX_PAGE_USED |
		   (ANNEX_REF_SATURATED - 2) << ANNEX_REF_SHIFT);
	KUNIT_EXPECT_EQ(test, annex_page_take_ref(&page), 0);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(&page),
			ANNEX_REF_SATURATED - 1);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, annex_page_take_ref(&page), 0);
		KUNIT_EXPECT_EQ(test, annex_page_ref_count(&page),
				ANNEX_REF_SATURATED);
	}
	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_EQ(test, annex_page_drop_ref(&page), 0);
		KUNIT_EXPECT_EQ(test, annex_page_ref_count(&page),
				ANNEX_REF_SATURATED);
	}
}

static void page_flags_set_and_clear_without_touching_others(struct kunit *test)
{
	struct annex_page page;
	unsigned int flag, other;

	for (flag = ANNEX_PG_FIRST; flag < ANNEX_PG_END; flag++) {
		annex_page_make_used(&page, 5, 0);
		KUNIT_EXPECT_FALSE(test, annex_page_set_bit(&page, flag));
		KUNIT_EXPECT_TRUE(test, annex_page_set_bit(&page, flag));
		for (other = ANNEX_PG_FIRST; other < ANNEX_PG_END; other++)
			KUNIT_EXPECT_EQ(test,
					annex_page_test_flag(&page, other),
					other == flag);
		KUNIT_EXPECT_EQ(test, annex_page_ref_count(&page), 1U);
		KUNIT_EXPECT_EQ(test, annex_page_order(&page), 5U);
		KUNIT_EXPECT_TRUE(test, annex_page_clear_bit(&page, flag));
		KUNIT_EXPECT_FALSE(test, annex_page_clear_bit(&page, flag));
	}
}

static void page_flag_of_a_user_keeps_the_last_reference(struct kunit *test)
{
	struct annex_page page;
	unsigned int flag;

	for (flag = ANNEX_PG_FIRST; flag < ANNEX_PG_END; flag++) {
		bool kept = ANNEX_PG_CHECK_AT_FREE & 1U << flag;

		annex_page_make_used(&page, 0, 1U << flag);
		annex_page_take_ref(&page);
		KUNIT_EXPECT_EQ(test, annex_page_drop_ref(&page), 0);
		KUNIT_EXPECT_EQ(test, annex_page_drop_ref(&page),
				kept ? -EBUSY : 1);
		KUNIT_EXPECT_EQ(test, annex_page_ref_count(&page),
				kept ? 1U : 0U);
	}
}

static void page_private_keeps_24_bits_and_the_order(struct kunit *test)
{
	struct annex_page page;

	annex_page_make_used(&page, 10, 0);
	KUNIT_EXPECT_EQ(test, annex_page_store_private(&page, 0xffffff), 0);
	KUNIT_EXPECT_EQ(test, annex_page_load_private(&page), 0xffffffU);
	KUNIT_EXPECT_EQ(test, annex_page_order(&page), 10U);
	KUNIT_EXPECT_EQ(test, annex_page_store_private(&page, 0x1000000),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, annex_page_load_private(&page), 0xffffffU);
	KUNIT_EXPECT_EQ(test, annex_page_store_private(&page, 0), 0);
	KUNIT_EXPECT_EQ(test, annex_page_load_private(&page), 0U);
}

/* The number of a folio is neither shown as a value nor overwritten by one. */
static void page_private_keeps_off_the_number_of_a_folio(struct kunit *test)
{
	struct annex_page page;

	unsigned long value = 0;

	annex_page_make_used(&page, 2, 0);
	annex_page_store_private(&page, 6);
	KUNIT_EXPECT_EQ(test, annex_page_tie_folio(&page, 0x1234567, &value),
			0);
	/* The value goes along. */
	KUNIT_EXPECT_EQ(test, value, 6UL);
	KUNIT_EXPECT_TRUE(test, annex_page_test_flag(&page, ANNEX_PG_FOLIO));
	KUNIT_EXPECT_EQ(test, annex_page_load_private(&page), 0U);
	KUNIT_EXPECT_EQ(test, annex_page_store_private(&page, 7), -EBUSY);
	KUNIT_EXPECT_EQ(test, page.link & ANNEX_LINK_VALUE_MASK, 0x1234567U);
	KUNIT_EXPECT_EQ(test, annex_page_order(&page), 2U);
	KUNIT_EXPECT_EQ(test, annex_page_tie_folio(&page, 1, &value), -EEXIST);

	KUNIT_EXPECT_EQ(test, annex_page_untie_folio(&page, 1), -EINVAL);
	annex_page_set_bit(&page, ANNEX_PG_PRIVATE);
	KUNIT_EXPECT_EQ(test, annex_page_untie_folio(&page, 0x1234567), -EBUSY);
	annex_page_clear_bit(&page, ANNEX_PG_PRIVATE);
	KUNIT_EXPECT_EQ(test, annex_page_untie_folio(&page, 0x1234567), 0);
	KUNIT_EXPECT_FALSE(test, annex_page_test_flag(&page, ANNEX_PG_FOLIO));
	KUNIT_EXPECT_EQ(test, annex_page_load_private(&page), 0U);
	KUNIT_EXPECT_EQ(test, annex_page_order(&page), 2U);
}

/* A frame of annex's own has no value of an owner's, and no folio. */
static void page_that_is_annexs_own_is_nobody_elses(struct kunit *test)
{
	const u32 flags = 1U << ANNEX_PG_SLAB | 1U << ANNEX_PG_OWNER_PRIV_1;
	struct annex_page page;
	unsigned long value;

	annex_page_make_used(&page, 1, 0);
	KUNIT_EXPECT_EQ(test, annex_page_make_own(&page, 0xabcdef, flags), 0);
	KUNIT_EXPECT_EQ(test, page.link & ANNEX_LINK_VALUE_MASK, 0xabcdefU);
	KUNIT_EXPECT_EQ(test, (u32)atomic_read(&page.state) & flags, flags);
	KUNIT_EXPECT_EQ(test, annex_page_load_private(&page), 0U);
	KUNIT_EXPECT_EQ(test, annex_page_store_private(&page, 7), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_page_tie_folio(&page, 1, &value), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_page_make_own(&page, 1, flags), -EBUSY);
	KUNIT_EXPECT_EQ(test, page.link & ANNEX_LINK_VALUE_MASK, 0xabcdefU);
	KUNIT_EXPECT_EQ(test, annex_page_order(&page), 1U);

	KUNIT_EXPECT_TRUE(test, annex_page_unmake_own(&page, flags));
	KUNIT_EXPECT_FALSE(test, annex_page_unmake_own(&page, flags));
	KUNIT_EXPECT_EQ(test, annex_page_store_private(&page, 7), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_page_drop_ref(&page), 1);
	annex_page_make_used(&page, 1, 0);
	KUNIT_EXPECT_EQ(test, annex_page_store_private(&page, 7), 0);
	KUNIT_EXPECT_EQ(test, annex_page_load_private(&page), 7U);

	/* What somebody else relies on does not become annex's. */
	KUNIT_EXPECT_EQ(test, annex_page_tie_folio(&page, 1, &value), 0);
	KUNIT_EXPECT_EQ(test, annex_page_make_own(&page, 1, flags), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_page_untie_folio(&page, 1), 0);
	annex_page_set_bit(&page, ANNEX_PG_PRIVATE);
	KUNIT_EXPECT_EQ(test, annex_page_make_own(&page, 1, flags), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_page_store_private(&page, 8), 0);
}

/* Nothing that others have a word of changes when the order is wrong. */
static void page_of_another_order_is_not_touched(struct kunit *test)
{
	struct annex_page page;

	annex_page_make_used(&page, 2, 0);
	annex_page_store_private(&page, 5);
	KUNIT_EXPECT_FALSE(test, annex_page_drop_only_ref(&page, 0));
	KUNIT_EXPECT_FALSE(test, annex_page_drop_only_ref(&page, 3));
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(&page), 1U);
	KUNIT_EXPECT_EQ(test, annex_page_load_private(&page), 5U);
	annex_page_take_ref(&page);
	KUNIT_EXPECT_FALSE(test, annex_page_drop_only_ref(&page, 2));
	KUNIT_EXPECT_EQ(test, annex_page_drop_ref(&page), 0);
	KUNIT_EXPECT_TRUE(test, annex_page_drop_only_ref(&page, 2));
	KUNIT_EXPECT_EQ(test, (int)annex_page_state(&page),
			(int)ANNEX_PAGE_CACHED);
}

static void page_index_knows_its_own_descriptors(struct kunit *test)
{
	struct annex_page *map = kunit_kcalloc(test, 16, sizeof(*map),
					       GFP_KERNEL);
	struct annex *annex = kunit_kzalloc(test, sizeof(*annex), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, map);
	KUNIT_ASSERT_NOT_NULL(test, annex);
	annex->frames.mem_map = map;
	annex->frames.nr_pages = 16;
	for (i = 0; i < 16; i++)
		KUNIT_EXPECT_EQ(test, annex_page_nr(&annex->frames, map + i),
				(unsigned long)i);
	KUNIT_EXPECT_GE(test, annex_page_nr(&annex->frames, map + 16), 16UL);
	KUNIT_EXPECT_GE(test, annex_page_nr(&annex->frames, map - 1), 16UL);
	KUNIT_EXPECT_GE(test, annex_page_nr(&annex->frames, NULL), 16UL);
	for (i = 1; i < sizeof(*map); i++)
		KUNIT_EXPECT_GE(test,
				annex_page_nr(&annex->frames,
					      (void *)map + 8 + i),
				16UL);
}

/* Every frame of every block, with the pool's start at odd places as well. */
static void check_heads(struct kunit *test, u64 start)
{
	const struct annex_testpool opts = {
		.start = start, .nr_pages = 4096, .lowmem_pages = 4096,
	};
	struct annex *annex = annex_testpool(test, &opts);
	annex_pfn_t pfn = 0, i;

	while (pfn < annex->frames.nr_pages) {
		unsigned int order =
			annex_page_order(annex->frames.mem_map + pfn);

		KUNIT_EXPECT_EQ(test,
				(annex->frames.base_pfn + pfn) &
					((1UL << order) - 1),
				0UL);
		for (i = pfn; i < pfn + (1U << order); i++)
			KUNIT_EXPECT_EQ(test,
					annex_block_head(&annex->frames, i),
					pfn);
		pfn += 1U << order;
	}
	KUNIT_EXPECT_EQ(test, pfn, annex->frames.nr_pages);
}

static void page_every_frame_finds_its_head(struct kunit *test)
{
	check_heads(test, 5ULL << 30);
	check_heads(test, (5ULL << 30) + PAGE_SIZE);
	check_heads(test, (5ULL << 30) - 3 * PAGE_SIZE);
}

static void page_without_a_head_is_found_out(struct kunit *test)
{
	const struct annex_testpool opts = {
		.start = 0, .nr_pages = 2048, .lowmem_pages = 2048,
	};
	struct annex *annex = annex_testpool(test, &opts);
	int state = atomic_read(&annex->frames.mem_map[0].state);

	atomic_set(&annex->frames.mem_map[0].state, ANNEX_PAGE_INNER);
	KUNIT_EXPECT_EQ(test, annex_block_head(&annex->frames, 5),
			ANNEX_PFN_NIL);
	atomic_set(&annex->frames.mem_map[0].state, state);
	KUNIT_EXPECT_EQ(test, annex_block_head(&annex->frames, 5), 0U);
	annex_test_validate(test, annex);
}

static void page_partly_reserved_frame_is_reserved(struct kunit *test)
{
	const struct annex_testpool opts = {
		.start = 1ULL << 32, .nr_pages = 2048, .lowmem_pages = 2048,
		.reserved_pages = 256,
	};
	struct annex *annex = annex_testpool(test, &opts);
	annex_pfn_t i;

	for (i = 0; i < annex->frames.nr_pages; i++) {
		bool reserved = i < 256 || i >= 2048 - 5;

		KUNIT_EXPECT_EQ(test,
				annex_page_state(annex->frames.mem_map + i) ==
					ANNEX_PAGE_RESERVED,
				reserved);
	}
	annex_test_validate(test, annex);
}

struct race {
	struct annex_page *page;
	atomic_t wins;
	atomic_t losses;
	atomic_t waiting;
	atomic_t running;
	struct completion done;
};

static int race_to_free(void *arg)
{
	struct race *race = arg;

	/* Both at the line before either runs, if there are two CPUs. */
	atomic_dec(&race->waiting);
	while (atomic_read(&race->waiting))
		cond_resched();
	if (annex_page_drop_ref(race->page) == 1)
		atomic_inc(&race->wins);
	else
		atomic_inc(&race->losses);
	if (atomic_dec_and_test(&race->running))
		complete(&race->done);
	return 0;
}

/* Two owners of one reference: one frees the frame, the other is told. */
static void page_freed_twice_at_once_is_freed_once(struct kunit *test)
{
	struct annex_page page;
	struct race race = {
		.page = &page,
		.wins = ATOMIC_INIT(0),
		.losses = ATOMIC_INIT(0),
	};
	int round;

	init_completion(&race.done);
	for (round = 0; round < 500; round++) {
		annex_page_make_used(&page, 0, 0);
		atomic_set(&race.waiting, 2);
		atomic_set(&race.running, 2);
		reinit_completion(&race.done);
		kthread_run(race_to_free, &race, "annex-race-a");
		kthread_run(race_to_free, &race, "annex-race-b");
		wait_for_completion(&race.done);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&race.wins), 500);
	KUNIT_EXPECT_EQ(test, atomic_read(&race.losses), 500);
}

static struct kunit_case page_cases[] = {
	KUNIT_CASE(page_zeroed_descriptor_is_inner),
	KUNIT_CASE(page_state_names_are_distinct_and_bounded),
	KUNIT_CASE(page_new_block_has_order_and_one_reference),
	KUNIT_CASE(page_last_reference_makes_it_the_allocators),
	KUNIT_CASE_PARAM(page_that_is_not_used_refuses_everything,
			 not_used_gen_params),
	KUNIT_CASE(page_count_saturates_and_never_wraps),
	KUNIT_CASE(page_flags_set_and_clear_without_touching_others),
	KUNIT_CASE(page_flag_of_a_user_keeps_the_last_reference),
	KUNIT_CASE(page_private_keeps_24_bits_and_the_order),
	KUNIT_CASE(page_private_keeps_off_the_number_of_a_folio),
	KUNIT_CASE(page_that_is_annexs_own_is_nobody_elses),
	KUNIT_CASE(page_of_another_order_is_not_touched),
	KUNIT_CASE(page_index_knows_its_own_descriptors),
	KUNIT_CASE(page_every_frame_finds_its_head),
	KUNIT_CASE(page_without_a_head_is_found_out),
	KUNIT_CASE(page_partly_reserved_frame_is_reserved),
	KUNIT_CASE(page_freed_twice_at_once_is_freed_once),
	{}
};

static struct kunit_suite annex_page_suite = {
	.name = "annex_page",
	.test_cases = page_cases,
};

kunit_test_suite(annex_page_suite);
