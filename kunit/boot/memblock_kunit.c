// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the early allocator, but for those of the hand-over and the random
 * ones, which are in memblock_handover_kunit.c.
 */

#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "boot/memblock.h"
#include "boot/memory_map.h"

static int memblock_test_init(struct kunit *test)
{
	struct annex_memblock *mb = kunit_kzalloc(test, sizeof(*mb),
						  GFP_KERNEL);

	if (!mb)
		return -ENOMEM;
	annex_memblock_init(mb);
	test->priv = mb;
	return 0;
}

/* Whatever a test did must have left lists that keep their invariants. */
static void memblock_test_exit(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;

	if (!mb)
		return;
	KUNIT_EXPECT_TRUE(test, annex_memblock_valid(mb));
	annex_memblock_destroy(mb);
}

static void expect_region(struct kunit *test,
			  const struct annex_memblock_type *type,
			  unsigned int i, u64 base, u64 size)
{
	KUNIT_ASSERT_LT(test, i, type->cnt);
	KUNIT_EXPECT_EQ(test, type->regions[i].base, base);
	KUNIT_EXPECT_EQ(test, type->regions[i].size, size);
}

static void expect_alloc(struct kunit *test, u64 size, u64 align,
			 bool top_down, u64 expected)
{
	u64 base = 0;

	KUNIT_EXPECT_EQ(test, annex_memblock_alloc_range(test->priv, size,
							 align, 0, U64_MAX,
							 top_down, &base), 0);
	KUNIT_EXPECT_EQ(test, base, expected);
}

static void expect_no_alloc(struct kunit *test, u64 size, u64 align, u64 min,
			    u64 max, int err)
{
	struct annex_memblock *mb = test->priv;
	u64 base = 42;

	KUNIT_EXPECT_EQ(test, annex_memblock_alloc_range(mb, size, align, min,
							 max, false, &base),
			err);
	KUNIT_EXPECT_EQ(test, annex_memblock_alloc_range(mb, size, align, min,
							 max, true, &base),
			err);
	KUNIT_EXPECT_EQ(test, base, 42ULL);
}

/* Lists */

static void list_begins_empty(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;
	u64 cursor = 0, start, end;

	KUNIT_EXPECT_TRUE(test, annex_memblock_valid(mb));
	KUNIT_EXPECT_EQ(test, mb->memory.cnt, 0U);
	KUNIT_EXPECT_EQ(test, mb->reserved.cnt, 0U);
	KUNIT_EXPECT_STREQ(test, mb->memory.name, "memory");
	KUNIT_EXPECT_STREQ(test, mb->reserved.name, "reserved");
	KUNIT_EXPECT_FALSE(test, annex_memblock_next_free(mb, &cursor, &start,
							  &end));
	expect_no_alloc(test, 1, 1, 0, U64_MAX, -ENOMEM);
}

/*
 *	|##|..|##|..|##|   with 1..4 of 5 added   ->   |#########|
 */
static void add_merges_what_overlaps_and_touches(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;

	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, 40, 10), 0);
	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, 0, 10), 0);
	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, 20, 10), 0);
	KUNIT_EXPECT_EQ(test, mb->memory.cnt, 3U);
	expect_region(test, &mb->memory, 0, 0, 10);
	expect_region(test, &mb->memory, 1, 20, 10);
	expect_region(test, &mb->memory, 2, 40, 10);

	/* A byte between them keeps regions apart. */
	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, 31, 8), 0);
	KUNIT_EXPECT_EQ(test, mb->memory.cnt, 4U);
	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, 10, 30), 0);
	KUNIT_EXPECT_EQ(test, mb->memory.cnt, 1U);
	expect_region(test, &mb->memory, 0, 0, 50);
	KUNIT_EXPECT_EQ(test, mb->memory.total_size, 50ULL);
}

/*
 *	|#########|   less the middle   ->   |##|.....|##|
 */
static void free_cuts_and_splits(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;

	KUNIT_EXPECT_EQ(test, annex_memblock_reserve(mb, 100, 100), 0);
	KUNIT_EXPECT_EQ(test, annex_memblock_free(mb, 140, 20), 0);
	expect_region(test, &mb->reserved, 0, 100, 40);
	expect_region(test, &mb->reserved, 1, 160, 40);
	KUNIT_EXPECT_EQ(test, annex_memblock_free(mb, 130, 40), 0);
	expect_region(test, &mb->reserved, 0, 100, 30);
	expect_region(test, &mb->reserved, 1, 170, 30);
	KUNIT_EXPECT_EQ(test, annex_memblock_free(mb, 0, 110), 0);
	expect_region(test, &mb->reserved, 0, 110, 20);
	KUNIT_EXPECT_EQ(test, annex_memblock_free(mb, 190, 1000), 0);
	expect_region(test, &mb->reserved, 1, 170, 20);
	KUNIT_EXPECT_EQ(test, mb->reserved.total_size, 40ULL);
	/* What is not there may be freed. */
	KUNIT_EXPECT_EQ(test, annex_memblock_free(mb, 130, 40), 0);
	KUNIT_EXPECT_EQ(test, mb->reserved.cnt, 2U);
	KUNIT_EXPECT_EQ(test, annex_memblock_free(mb, 0, U64_MAX), 0);
	KUNIT_EXPECT_EQ(test, mb->reserved.cnt, 0U);
	KUNIT_EXPECT_EQ(test, mb->reserved.total_size, 0ULL);
}

static void lists_do_not_touch_each_other(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;

	KUNIT_EXPECT_EQ(test, annex_memblock_reserve(mb, 50, 100), 0);
	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, 0, 100), 0);
	KUNIT_EXPECT_EQ(test, annex_memblock_free(mb, 0, 60), 0);
	KUNIT_EXPECT_EQ(test, mb->memory.cnt, 1U);
	expect_region(test, &mb->memory, 0, 0, 100);
	KUNIT_EXPECT_EQ(test, mb->reserved.cnt, 1U);
	expect_region(test, &mb->reserved, 0, 60, 90);
}

static void zero_bytes_change_nothing(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;

	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, 10, 10), 0);
	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, 50, 0), 0);
	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, U64_MAX, 0), 0);
	KUNIT_EXPECT_EQ(test, annex_memblock_reserve(mb, 15, 0), 0);
	KUNIT_EXPECT_EQ(test, annex_memblock_free(mb, 15, 0), 0);
	KUNIT_EXPECT_EQ(test, mb->memory.cnt, 1U);
	KUNIT_EXPECT_EQ(test, mb->reserved.cnt, 0U);
	KUNIT_EXPECT_FALSE(test, annex_memblock_is_reserved(mb, 12, 0));
}

static void wrapping_range_is_refused(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;

	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, U64_MAX, 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, 1, U64_MAX), -ERANGE);
	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, 1ULL << 63, 1ULL << 63),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, annex_memblock_reserve(mb, U64_MAX - 4095, 4096),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, annex_memblock_free(mb, U64_MAX, U64_MAX),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, mb->memory.cnt, 0U);
	KUNIT_EXPECT_EQ(test, mb->reserved.cnt, 0U);
}

static void region_may_end_at_the_last_byte(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;
	u64 cursor = 0, start, end;

	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, U64_MAX - 4096, 4096), 0);
	/* Aligning upwards wraps to 0, which is not there. */
	expect_no_alloc(test, 1, 1ULL << 63, 0, U64_MAX, -ENOMEM);
	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, 0, 4096), 0);
	expect_alloc(test, 1, 1, true, U64_MAX - 1);
	expect_alloc(test, 1, 4096, true, U64_MAX - 4095);
	expect_region(test, &mb->memory, 1, U64_MAX - 4096, 4096);
	KUNIT_EXPECT_FALSE(test, annex_memblock_is_reserved(mb, U64_MAX - 1, 2));
	while (annex_memblock_next_free(mb, &cursor, &start, &end))
		;
	KUNIT_EXPECT_EQ(test, cursor, U64_MAX - 1);
	KUNIT_EXPECT_EQ(test, start, U64_MAX - 4094);
	KUNIT_EXPECT_EQ(test, end, U64_MAX - 1);
	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, 0, U64_MAX), 0);
	expect_region(test, &mb->memory, 0, 0, U64_MAX);
	KUNIT_EXPECT_EQ(test, mb->memory.total_size, U64_MAX);
}

static void queries_know_the_edges(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;

	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, SZ_4G - 10, 20), 0);
	expect_region(test, &mb->memory, 0, SZ_4G - 10, 20);
	KUNIT_EXPECT_EQ(test, annex_memblock_reserve(mb, SZ_4G - 10, 20), 0);
	KUNIT_EXPECT_TRUE(test, annex_memblock_is_reserved(mb, SZ_4G - 11, 2));
	KUNIT_EXPECT_TRUE(test, annex_memblock_is_reserved(mb, SZ_4G + 9, 1));
	KUNIT_EXPECT_TRUE(test, annex_memblock_is_reserved(mb, 0, U64_MAX));
	KUNIT_EXPECT_FALSE(test, annex_memblock_is_reserved(mb, SZ_4G - 11, 1));
	KUNIT_EXPECT_FALSE(test, annex_memblock_is_reserved(mb, SZ_4G + 10, 9));
}

/* Growth */

/* Fills a list with single bytes, two apart, from 0. */
static void fill_list(struct kunit *test, struct annex_memblock_type *type,
		      unsigned int nr)
{
	struct annex_memblock *mb = test->priv;
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (type == &mb->memory)
			KUNIT_ASSERT_EQ(test, annex_memblock_add(mb, 2 * i, 1),
					0);
		else
			KUNIT_ASSERT_EQ(test,
					annex_memblock_reserve(mb, 2 * i, 1),
					0);
}

static void list_doubles_beyond_its_first_array(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;
	unsigned int i;

	fill_list(test, &mb->reserved, ANNEX_MEMBLOCK_INLINE);
	KUNIT_EXPECT_PTR_EQ(test, mb->reserved.regions,
			    &mb->reserved.first[0]);
	fill_list(test, &mb->reserved, 1000);
	KUNIT_EXPECT_EQ(test, mb->reserved.cnt, 1000U);
	KUNIT_EXPECT_EQ(test, mb->reserved.max, 1024U);
	KUNIT_EXPECT_TRUE(test, annex_memblock_valid(mb));
	for (i = 0; i < 1000; i++)
		expect_region(test, &mb->reserved, i, 2 * i, 1);
	KUNIT_EXPECT_EQ(test, annex_memblock_free(mb, 0, 2000), 0);
	KUNIT_EXPECT_EQ(test, mb->reserved.cnt, 0U);
	KUNIT_EXPECT_EQ(test, mb->reserved.max, 1024U);
}

static void list_that_cannot_grow_stays_as_it_is(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;
	const unsigned int nr = ANNEX_MEMBLOCK_INLINE;
	unsigned int i;

	mb->reserved.limit = nr;
	fill_list(test, &mb->reserved, nr - 1);
	KUNIT_EXPECT_EQ(test, annex_memblock_reserve(mb, 100, 10), 0);
	KUNIT_EXPECT_EQ(test, annex_memblock_reserve(mb, 200, 10), -ENOMEM);
	KUNIT_EXPECT_EQ(test, annex_memblock_free(mb, 105, 1), -ENOMEM);
	KUNIT_EXPECT_TRUE(test, annex_memblock_valid(mb));
	KUNIT_EXPECT_EQ(test, mb->reserved.cnt, nr);
	KUNIT_EXPECT_EQ(test, mb->reserved.total_size, nr - 1ULL + 10);
	for (i = 0; i < nr - 1; i++)
		expect_region(test, &mb->reserved, i, 2 * i, 1);
	expect_region(test, &mb->reserved, nr - 1, 100, 10);

	/* What takes no region more still goes. */
	KUNIT_EXPECT_EQ(test, annex_memblock_reserve(mb, 110, 10), 0);
	KUNIT_EXPECT_EQ(test, annex_memblock_free(mb, 100, 5), 0);
	KUNIT_EXPECT_EQ(test, annex_memblock_reserve(mb, 1, 1), 0);
	KUNIT_EXPECT_EQ(test, annex_memblock_reserve(mb, 200, 10), 0);
}

static void alloc_that_cannot_be_recorded_takes_nothing(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;

	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, 1000, 1000), 0);
	mb->reserved.limit = ANNEX_MEMBLOCK_INLINE;
	fill_list(test, &mb->reserved, ANNEX_MEMBLOCK_INLINE);
	expect_no_alloc(test, 10, 1, 0, U64_MAX, -ENOMEM);
	KUNIT_EXPECT_EQ(test, mb->reserved.cnt,
			(unsigned int)ANNEX_MEMBLOCK_INLINE);
	mb->reserved.limit = UINT_MAX;
	expect_alloc(test, 10, 1, false, 1000);
}

static void destroy_makes_it_new(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;

	fill_list(test, &mb->memory, 100);
	fill_list(test, &mb->reserved, 100);
	KUNIT_EXPECT_EQ(test, annex_memblock_set_handed_over(mb), 0);
	annex_memblock_destroy(mb);
	list_begins_empty(test);
	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, 0, 1), 0);
	annex_memblock_destroy(mb);
}

/* Allocation */

/*
 *	100      200      300      400      500
 *	|--------|########|--------|........|--------|
 */
static void prepare_holes(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;

	KUNIT_ASSERT_EQ(test, annex_memblock_add(mb, 100, 300), 0);
	KUNIT_ASSERT_EQ(test, annex_memblock_add(mb, 500, 100), 0);
	KUNIT_ASSERT_EQ(test, annex_memblock_reserve(mb, 200, 100), 0);
}

static void free_ranges_are_memory_less_reserved(struct kunit *test)
{
	static const u64 starts[] = { 100, 300, 500 };
	struct annex_memblock *mb = test->priv;
	u64 cursor = 0, start, end;
	unsigned int i;

	prepare_holes(test);
	for (i = 0; annex_memblock_next_free(mb, &cursor, &start, &end); i++) {
		KUNIT_ASSERT_LT(test, i, 3U);
		KUNIT_EXPECT_EQ(test, start, starts[i]);
		KUNIT_EXPECT_EQ(test, end, starts[i] + 100);
		KUNIT_EXPECT_EQ(test, cursor, end);
	}
	KUNIT_EXPECT_EQ(test, i, 3U);

	/* From within a range, its rest. */
	cursor = 350;
	KUNIT_EXPECT_TRUE(test, annex_memblock_next_free(mb, &cursor, &start,
							 &end));
	KUNIT_EXPECT_EQ(test, start, 350ULL);
	KUNIT_EXPECT_EQ(test, end, 400ULL);
	cursor = 600;
	KUNIT_EXPECT_FALSE(test, annex_memblock_next_free(mb, &cursor, &start,
							  &end));
	KUNIT_EXPECT_EQ(test, cursor, 600ULL);
	KUNIT_EXPECT_EQ(test, start, 350ULL);
}

static void alloc_takes_the_first_fit_from_either_side(struct kunit *test)
{
	prepare_holes(test);
	expect_alloc(test, 60, 1, false, 100);
	expect_alloc(test, 60, 1, false, 300);
	expect_alloc(test, 60, 1, true, 540);
	expect_alloc(test, 40, 1, true, 500);
	expect_alloc(test, 40, 1, true, 360);
	expect_alloc(test, 40, 1, true, 160);
	expect_no_alloc(test, 1, 1, 0, U64_MAX, -ENOMEM);
}

static void alloc_aligns_the_address(struct kunit *test)
{
	prepare_holes(test);
	expect_alloc(test, 50, 64, false, 128);
	expect_alloc(test, 50, 64, true, 512);
	expect_alloc(test, 50, 64, true, 320);
	expect_no_alloc(test, 50, 64, 0, U64_MAX, -ENOMEM);
	expect_no_alloc(test, 1, 1ULL << 63, 0, U64_MAX, -ENOMEM);
}

static void alloc_stays_within_its_bounds(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;
	u64 base;

	prepare_holes(test);
	expect_no_alloc(test, 50, 1, 120, 169, -ENOMEM);
	expect_no_alloc(test, 50, 1, 170, 349, -ENOMEM);
	expect_no_alloc(test, 50, 1, 551, U64_MAX, -ENOMEM);
	expect_no_alloc(test, 50, 1, 0, 149, -ENOMEM);
	expect_no_alloc(test, 50, 1, 350, 300, -ENOMEM);
	expect_no_alloc(test, 50, 1, 0, 0, -ENOMEM);
	KUNIT_EXPECT_EQ(test, annex_memblock_alloc_range(mb, 50, 1, 120, 190,
							 false, &base), 0);
	KUNIT_EXPECT_EQ(test, base, 120ULL);
	KUNIT_EXPECT_EQ(test, annex_memblock_alloc_range(mb, 50, 1, 120, 390,
							 true, &base), 0);
	KUNIT_EXPECT_EQ(test, base, 340ULL);
}

static void alloc_refuses_bad_size_and_alignment(struct kunit *test)
{
	prepare_holes(test);
	expect_no_alloc(test, 0, 1, 0, U64_MAX, -EINVAL);
	expect_no_alloc(test, 1, 0, 0, U64_MAX, -EINVAL);
	expect_no_alloc(test, 1, 3, 0, U64_MAX, -EINVAL);
	expect_no_alloc(test, 1, (1ULL << 40) + 1, 0, U64_MAX, -EINVAL);
	expect_no_alloc(test, 1, (1ULL << 40) + SZ_4K, 0, U64_MAX, -EINVAL);
	expect_no_alloc(test, U64_MAX, 1, 0, U64_MAX, -ENOMEM);
}

static void alloc_works_across_4_gb(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;

	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, SZ_2G, 60ULL << 30), 0);
	KUNIT_EXPECT_EQ(test, mb->memory.total_size, 60ULL << 30);
	expect_alloc(test, SZ_4G, SZ_4G, false, SZ_4G);
	expect_alloc(test, SZ_2G, SZ_4K, false, SZ_2G);
	expect_alloc(test, SZ_4K, SZ_4K, false, 2 * SZ_4G);
	expect_alloc(test, 114ULL << 20, SZ_4K, true,
		     (62ULL << 30) - (114ULL << 20));
}

/* Life */

static void lists_freeze_at_hand_over(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;
	u64 cursor = 0, start, end;

	prepare_holes(test);
	KUNIT_EXPECT_EQ(test, annex_memblock_set_handed_over(mb), 0);
	KUNIT_EXPECT_EQ(test, annex_memblock_set_handed_over(mb), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, 1000, 10), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_memblock_reserve(mb, 100, 10), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_memblock_free(mb, 200, 10), -EBUSY);
	expect_no_alloc(test, 10, 1, 0, U64_MAX, -EBUSY);
	expect_region(test, &mb->memory, 0, 100, 300);
	expect_region(test, &mb->reserved, 0, 200, 100);
	KUNIT_EXPECT_TRUE(test, annex_memblock_is_reserved(mb, 200, 10));
	KUNIT_EXPECT_TRUE(test, annex_memblock_next_free(mb, &cursor, &start,
							 &end));
}

static void memory_map_fills_both_lists(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;
	struct annex_memory_map *map =
		kunit_kzalloc(test, sizeof(*map), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, map);
	annex_memory_map_init(map, 5ULL << 30, 6ULL << 30);
	KUNIT_ASSERT_EQ(test,
			annex_memory_map_reserve(map, 5ULL << 30,
						 (5ULL << 30) + SZ_1M),
			0);
	KUNIT_ASSERT_EQ(test,
			annex_memory_map_reserve(map, (5ULL << 30) + SZ_16M,
						 (5ULL << 30) + SZ_32M),
			0);
	KUNIT_EXPECT_EQ(test, annex_memblock_from_memory_map(mb, map), 0);
	KUNIT_EXPECT_EQ(test, mb->memory.cnt, 1U);
	expect_region(test, &mb->memory, 0, 5ULL << 30, SZ_1G);
	KUNIT_EXPECT_EQ(test, mb->reserved.cnt, 2U);
	expect_region(test, &mb->reserved, 0, 5ULL << 30, SZ_1M);
	expect_region(test, &mb->reserved, 1, (5ULL << 30) + SZ_16M, SZ_16M);

	KUNIT_EXPECT_EQ(test, annex_memblock_set_handed_over(mb), 0);
	KUNIT_EXPECT_EQ(test, annex_memblock_from_memory_map(mb, map), -EBUSY);
}

struct broken_list {
	const char *name;
	unsigned int cnt;
	unsigned int max;
	u64 total_size;
	struct annex_memblock_region first[2];
};

static const struct broken_list broken_lists[] = {
	{ "overlap", 2, 32, 20, { { 0, 10 }, { 9, 10 } } },
	{ "adjacent", 2, 32, 20, { { 0, 10 }, { 10, 10 } } },
	{ "order", 2, 32, 20, { { 20, 10 }, { 0, 10 } } },
	{ "empty", 2, 32, 10, { { 0, 10 }, { 20, 0 } } },
	{ "wraps", 2, 32, 10, { { 0, 10 }, { U64_MAX, 1 } } },
	{ "sum too large", 2, 32, 21, { { 0, 10 }, { 20, 10 } } },
	{ "sum too small", 2, 32, 19, { { 0, 10 }, { 20, 10 } } },
	{ "cnt over max", 2, 1, 20, { { 0, 10 }, { 20, 10 } } },
	{ "max over the array", 2, 64, 20, { { 0, 10 }, { 20, 10 } } },
};

static void expect_damage_found(struct kunit *test,
				struct annex_memblock_type *type)
{
	struct annex_memblock *mb = test->priv;
	const struct broken_list *p = broken_lists;

	for (; p < broken_lists + ARRAY_SIZE(broken_lists); p++) {
		type->cnt = p->cnt;
		type->max = p->max;
		type->total_size = p->total_size;
		memcpy(type->first, p->first, sizeof(p->first));
		KUNIT_EXPECT_FALSE_MSG(test, annex_memblock_valid(mb), "%s",
				       p->name);
		annex_memblock_init(mb);
	}
}

static void valid_finds_each_damage(struct kunit *test)
{
	struct annex_memblock *mb = test->priv;

	expect_damage_found(test, &mb->memory);
	expect_damage_found(test, &mb->reserved);
}

static struct kunit_case memblock_cases[] = {
	KUNIT_CASE(list_begins_empty),
	KUNIT_CASE(add_merges_what_overlaps_and_touches),
	KUNIT_CASE(free_cuts_and_splits),
	KUNIT_CASE(lists_do_not_touch_each_other),
	KUNIT_CASE(zero_bytes_change_nothing),
	KUNIT_CASE(wrapping_range_is_refused),
	KUNIT_CASE(region_may_end_at_the_last_byte),
	KUNIT_CASE(queries_know_the_edges),
	KUNIT_CASE(list_doubles_beyond_its_first_array),
	KUNIT_CASE(list_that_cannot_grow_stays_as_it_is),
	KUNIT_CASE(alloc_that_cannot_be_recorded_takes_nothing),
	KUNIT_CASE(destroy_makes_it_new),
	KUNIT_CASE(free_ranges_are_memory_less_reserved),
	KUNIT_CASE(alloc_takes_the_first_fit_from_either_side),
	KUNIT_CASE(alloc_aligns_the_address),
	KUNIT_CASE(alloc_stays_within_its_bounds),
	KUNIT_CASE(alloc_refuses_bad_size_and_alignment),
	KUNIT_CASE(alloc_works_across_4_gb),
	KUNIT_CASE(lists_freeze_at_hand_over),
	KUNIT_CASE(memory_map_fills_both_lists),
	KUNIT_CASE(valid_finds_each_damage),
	{ }
};

static struct kunit_suite annex_memblock_suite = {
	.name = "annex_memblock",
	.init = memblock_test_init,
	.exit = memblock_test_exit,
	.test_cases = memblock_cases,
};

kunit_test_suite(annex_memblock_suite);
