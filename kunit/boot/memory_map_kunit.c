// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the memory map and of the range strings.
 *
 * The maps under test lie across 4 GB, so that an address cut to 32 bits
 * shows. The random test keeps a bitmap of reserved pages beside the map and
 * compares the two; its seed is in the log.
 *
 * Descriptions of cases keep clear of '#', which ends a line of KTAP, where
 * the strings themselves do not.
 */

#include <asm/page.h>
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "boot/memory_map.h"
#include "lib/memory_map_strings.h"
#include "lib/testpool.h"

/*
 * Pages of the map under test. Single pages reserved at random leave the most
 * entries when half of them are taken, about one for every two pages: 512
 * overfill the 128 entries of a map.
 */
#define PAGES	512

/* The middle of the map is at 4 GB. */
#define BASE	(SZ_4G - PAGES / 2 * PAGE_SIZE)
#define END	(SZ_4G + PAGES / 2 * PAGE_SIZE)

struct fixture {
	struct annex_memory_map map;
	struct annex_memory_map before;
	DECLARE_BITMAP(taken, PAGES);
	DECLARE_BITMAP(wanted, PAGES);
};

static int memory_map_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	annex_memory_map_init(&f->map, BASE, END);
	f->before = f->map;
	test->priv = f;
	return 0;
}

static u64 page_at(unsigned int page)
{
	return BASE + (u64)page * PAGE_SIZE;
}

static int reserve_pages(struct annex_memory_map *map, unsigned int from,
			 unsigned int to)
{
	return annex_memory_map_reserve(map, page_at(from), page_at(to));
}

static void expect_entry(struct kunit *test, unsigned int i, unsigned int from,
			 unsigned int to, enum annex_memory_map_type type)
{
	const struct fixture *f = test->priv;
	const struct annex_memory_map_entry *e = &f->map.entry[i];

	KUNIT_ASSERT_LT(test, i, f->map.nr);
	KUNIT_EXPECT_EQ(test, e->start, page_at(from));
	KUNIT_EXPECT_EQ(test, e->end, page_at(to));
	KUNIT_EXPECT_EQ(test, e->type, type);
}

/* By member: the padding of an entry is undefined. */
static void expect_unchanged(struct kunit *test)
{
	const struct fixture *f = test->priv;
	const struct annex_memory_map_entry *e = f->before.entry;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, f->map.start, f->before.start);
	KUNIT_EXPECT_EQ(test, f->map.end, f->before.end);
	KUNIT_ASSERT_EQ(test, f->map.nr, f->before.nr);
	for (i = 0; i < f->before.nr; i++) {
		KUNIT_EXPECT_EQ(test, f->map.entry[i].start, e[i].start);
		KUNIT_EXPECT_EQ(test, f->map.entry[i].end, e[i].end);
		KUNIT_EXPECT_EQ(test, f->map.entry[i].type, e[i].type);
	}
}

/* Strings */

static void size_is_read_up_to_the_rest(struct kunit *test)
{
	const struct good_size *p = test->param_value;
	const char *end = NULL;
	u64 val = 0;

	KUNIT_ASSERT_EQ(test, annex_parse_size(p->s, &end, &val), 0);
	KUNIT_EXPECT_EQ(test, val, p->val);
	KUNIT_EXPECT_STREQ(test, end, p->rest);
}

static void size_refuses_and_leaves_results_alone(struct kunit *test)
{
	const struct bad_string *p = test->param_value;
	const char *end = NULL;
	u64 val = 42;

	KUNIT_EXPECT_EQ(test, annex_parse_size(p->s, &end, &val), p->err);
	KUNIT_EXPECT_EQ(test, val, 42ULL);
	KUNIT_EXPECT_NULL(test, end);
}

static void size_agrees_with_memparse(struct kunit *test)
{
	static const char * const formats[] = { "%llu%c?", "0x%llx%c", "0%llo%c" };
	struct rnd_state rnd;
	unsigned int i;

	annex_test_seed(test, &rnd);
	for (i = 0; i < 3000; i++) {
		/* 4 bits for the largest number, so that no suffix overflows. */
		unsigned int bits = annex_test_below(&rnd, 4) + 1;
		u64 n = prandom_u32_state(&rnd) >> (32 - bits);
		char c = "KMGTPEkmgtpe.\0"[annex_test_below(&rnd, 14)];
		char s[40], *theirs;
		const char *ours;
		u64 val;

		snprintf(s, sizeof(s), formats[i % 3], n, c);
		KUNIT_ASSERT_EQ_MSG(test, annex_parse_size(s, &ours, &val), 0,
				    "\"%s\"", s);
		KUNIT_ASSERT_EQ_MSG(test, val, memparse(s, &theirs),
				    "\"%s\"", s);
		KUNIT_ASSERT_PTR_EQ(test, ours, (const char *)theirs);
	}
}

static void range_is_read(struct kunit *test)
{
	const struct good_range *p = test->param_value;
	struct annex_range r = { };
	const char *why = NULL;

	KUNIT_ASSERT_EQ(test, annex_parse_range(p->s, p->sep, &r, &why), 0);
	KUNIT_EXPECT_EQ(test, r.start, p->start);
	KUNIT_EXPECT_EQ(test, r.end, p->end);
	KUNIT_EXPECT_NULL(test, why);
}

static void range_refuses_and_says_why(struct kunit *test)
{
	const struct bad_string *p = test->param_value;
	struct annex_range r = { 1, 2 };
	const char *why = "nothing";

	KUNIT_EXPECT_EQ(test, annex_parse_range(p->s, p->sep, &r, &why),
			p->err);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(why, p->says), "says \"%s\"", why);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(why, "wants"), "says \"%s\"", why);
	KUNIT_EXPECT_EQ(test, r.start, 1ULL);
	KUNIT_EXPECT_EQ(test, r.end, 2ULL);
}

/* Maps */

static void map_begins_as_one_usable_entry(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, f->map.nr, 1U);
	expect_entry(test, 0, 0, PAGES, ANNEX_MEMORY_MAP_USABLE);
	KUNIT_EXPECT_TRUE(test, annex_memory_map_valid(&f->map));
}

static void map_without_extent_has_no_entry(struct kunit *test)
{
	struct fixture *f = test->priv;

	annex_memory_map_init(&f->map, END, BASE);
	KUNIT_EXPECT_EQ(test, f->map.nr, 0U);
	KUNIT_EXPECT_TRUE(test, annex_memory_map_valid(&f->map));
	KUNIT_EXPECT_EQ(test, annex_memory_map_reserve(&f->map, END, END + 1),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, annex_memory_map_reserve(&f->map, BASE, END),
			-ERANGE);
}

static void map_may_end_at_the_last_byte(struct kunit *test)
{
	struct fixture *f = test->priv;

	annex_memory_map_init(&f->map, 0, U64_MAX);
	KUNIT_EXPECT_EQ(test,
			annex_memory_map_reserve(&f->map, U64_MAX - 1, U64_MAX),
			0);
	KUNIT_EXPECT_EQ(test, annex_memory_map_reserve(&f->map, 0, 1), 0);
	KUNIT_EXPECT_EQ(test, f->map.nr, 3U);
	KUNIT_EXPECT_TRUE(test, annex_memory_map_valid(&f->map));
}

/*
 *	|........|  ->  |##|......|  ->  |##|....|##|  ->  |##|.|#|.|##|
 */
static void reserve_cuts_start_end_and_middle(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 0, 2), 0);
	KUNIT_EXPECT_EQ(test, f->map.nr, 2U);
	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 500, PAGES), 0);
	KUNIT_EXPECT_EQ(test, f->map.nr, 3U);
	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 255, 257), 0);
	KUNIT_EXPECT_EQ(test, f->map.nr, 5U);
	expect_entry(test, 0, 0, 2, ANNEX_MEMORY_MAP_RESERVED);
	expect_entry(test, 1, 2, 255, ANNEX_MEMORY_MAP_USABLE);
	expect_entry(test, 2, 255, 257, ANNEX_MEMORY_MAP_RESERVED);
	expect_entry(test, 3, 257, 500, ANNEX_MEMORY_MAP_USABLE);
	expect_entry(test, 4, 500, PAGES, ANNEX_MEMORY_MAP_RESERVED);
	KUNIT_EXPECT_TRUE(test, annex_memory_map_valid(&f->map));
}

static void reserve_takes_the_whole_pool(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 7, 9), 0);
	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 0, PAGES), 0);
	KUNIT_EXPECT_EQ(test, f->map.nr, 1U);
	expect_entry(test, 0, 0, PAGES, ANNEX_MEMORY_MAP_RESERVED);
	KUNIT_EXPECT_TRUE(test, annex_memory_map_valid(&f->map));
}

/*
 *	|..|##|......|##|..|   and 4..8 between them   ->   |..|######|..|
 */
static void reserve_merges_with_what_it_touches(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 2, 4), 0);
	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 8, 10), 0);
	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 4, 8), 0);
	KUNIT_EXPECT_EQ(test, f->map.nr, 3U);
	expect_entry(test, 1, 2, 10, ANNEX_MEMORY_MAP_RESERVED);
	KUNIT_EXPECT_TRUE(test, annex_memory_map_valid(&f->map));
}

/*
 *	|..|##|..|##|..|##|..|   and 3..13 across them   ->   |..|#######|..|
 */
static void reserve_straddles_entries(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 2, 4), 0);
	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 6, 8), 0);
	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 12, 14), 0);
	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 3, 13), 0);
	KUNIT_EXPECT_EQ(test, f->map.nr, 3U);
	expect_entry(test, 0, 0, 2, ANNEX_MEMORY_MAP_USABLE);
	expect_entry(test, 1, 2, 14, ANNEX_MEMORY_MAP_RESERVED);
	expect_entry(test, 2, 14, PAGES, ANNEX_MEMORY_MAP_USABLE);
	KUNIT_EXPECT_TRUE(test, annex_memory_map_valid(&f->map));
}

static void reserve_again_changes_nothing(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 2, 9), 0);
	f->before = f->map;
	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 2, 9), 0);
	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 2, 3), 0);
	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 5, 6), 0);
	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 8, 9), 0);
	expect_unchanged(test);
}

static void reserve_outside_is_refused(struct kunit *test)
{
	struct annex_memory_map *map = &((struct fixture *)test->priv)->map;

	KUNIT_EXPECT_EQ(test, annex_memory_map_reserve(map, BASE - 1, BASE + 1),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, annex_memory_map_reserve(map, END - 1, END + 1),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, annex_memory_map_reserve(map, 0, U64_MAX),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, annex_memory_map_reserve(map, END, END + 1),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, annex_memory_map_reserve(map, BASE + 1, BASE + 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, annex_memory_map_reserve(map, BASE + 2, BASE + 1),
			-EINVAL);
	/* The low halves of these lie in the pool. */
	KUNIT_EXPECT_EQ(test,
			annex_memory_map_reserve(map, BASE + SZ_4G,
						 BASE + SZ_4G + 1),
			-ERANGE);
	expect_unchanged(test);
}

/* 63 single pages make 127 entries; one more would make 129. */
static void fill_table(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; f->map.nr + 2 <= ANNEX_MEMORY_MAP_MAX; i++)
		KUNIT_ASSERT_EQ(test, reserve_pages(&f->map, 2 * i + 1,
						    2 * i + 2), 0);
	KUNIT_ASSERT_EQ(test, f->map.nr, ANNEX_MEMORY_MAP_MAX - 1U);
	f->before = f->map;
}

static void full_table_refuses_a_split(struct kunit *test)
{
	struct fixture *f = test->priv;

	fill_table(test);
	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 400, 401), -ENOSPC);
	expect_unchanged(test);
	KUNIT_EXPECT_TRUE(test, annex_memory_map_valid(&f->map));
}

static void full_table_takes_what_needs_no_entry(struct kunit *test)
{
	struct fixture *f = test->priv;

	fill_table(test);
	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 511, PAGES), 0);
	KUNIT_EXPECT_EQ(test, f->map.nr, (unsigned int)ANNEX_MEMORY_MAP_MAX);
	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 400, 401), -ENOSPC);
	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 500, 511), 0);
	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 2, 3), 0);
	KUNIT_EXPECT_EQ(test, f->map.nr, ANNEX_MEMORY_MAP_MAX - 2U);
	KUNIT_EXPECT_EQ(test, reserve_pages(&f->map, 400, 401), 0);
	KUNIT_EXPECT_TRUE(test, annex_memory_map_valid(&f->map));
}

/* Lists */

static void list_reserves_by_offset(struct kunit *test)
{
	struct fixture *f = test->priv;
	const char *why = NULL;

	KUNIT_ASSERT_EQ(test,
			annex_memory_map_parse_reserve(&f->map,
						       "8K@0,0x1000@1M,4K@01760000\n",
						       &why),
			0);
	KUNIT_EXPECT_NULL(test, why);
	KUNIT_EXPECT_EQ(test, f->map.nr, 6U);
	expect_entry(test, 0, 0, 2, ANNEX_MEMORY_MAP_RESERVED);
	expect_entry(test, 2, 126, 127, ANNEX_MEMORY_MAP_RESERVED);
	expect_entry(test, 3, 127, 256, ANNEX_MEMORY_MAP_USABLE);
	KUNIT_EXPECT_TRUE(test, annex_memory_map_valid(&f->map));
}

static void list_may_overlap(struct kunit *test)
{
	struct fixture *f = test->priv;
	const char *why = NULL;

	KUNIT_ASSERT_EQ(test,
			annex_memory_map_parse_reserve(&f->map,
						       "1M@4K,8K@4K,1M@512K,1M@4K",
						       &why),
			0);
	KUNIT_EXPECT_EQ(test, f->map.nr, 3U);
	expect_entry(test, 1, 1, 384, ANNEX_MEMORY_MAP_RESERVED);
	KUNIT_EXPECT_EQ(test,
			annex_memory_map_parse_reserve(&f->map, "2M@0,4K@0",
						       &why),
			0);
	KUNIT_EXPECT_EQ(test, f->map.nr, 1U);
}

static void list_of_nothing_reserves_nothing(struct kunit *test)
{
	struct fixture *f = test->priv;
	const char *why = NULL;

	KUNIT_EXPECT_FALSE(test,
			   annex_memory_map_parse_reserve(&f->map, NULL, &why));
	KUNIT_EXPECT_FALSE(test,
			   annex_memory_map_parse_reserve(&f->map, "", &why));
	KUNIT_EXPECT_FALSE(test,
			   annex_memory_map_parse_reserve(&f->map, "\n", &why));
	KUNIT_EXPECT_NULL(test, why);
	expect_unchanged(test);
}

static void bad_list_reserves_nothing_and_says_why(struct kunit *test)
{
	const struct bad_string *p = test->param_value;
	struct fixture *f = test->priv;
	const char *why = "nothing";

	KUNIT_EXPECT_EQ(test,
			annex_memory_map_parse_reserve(&f->map, p->s, &why),
			p->err);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(why, p->says), "says \"%s\"", why);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(why, "wants"), "says \"%s\"", why);
	expect_unchanged(test);
}

static void list_too_long_reserves_nothing(struct kunit *test)
{
	struct fixture *f = test->priv;
	const char *why = "nothing";
	unsigned int i, len = 0;
	char *list = kunit_kzalloc(test, SZ_4K, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, list);
	for (i = 0; i < 64; i++)
		len += scnprintf(list + len, SZ_4K - len, "%s4K@%uK",
				 i ? "," : "", 8 * i + 4);
	KUNIT_EXPECT_EQ(test,
			annex_memory_map_parse_reserve(&f->map, list, &why),
			-ENOSPC);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(why, "128 entries"), "says \"%s\"",
			      why);
	expect_unchanged(test);

	/* Without the last one it is as long as a list can be. */
	*strrchr(list, ',') = '\0';
	KUNIT_EXPECT_EQ(test,
			annex_memory_map_parse_reserve(&f->map, list, &why), 0);
	KUNIT_EXPECT_TRUE(test, annex_memory_map_valid(&f->map));
}

/* Checks */

#define U	ANNEX_MEMORY_MAP_USABLE
#define R	ANNEX_MEMORY_MAP_RESERVED

struct broken_map {
	const char *name;
	u64 start;
	u64 end;
	unsigned int nr;
	struct annex_memory_map_entry entry[3];
};

static const struct broken_map broken_maps[] = {
	{ "gap", 0, 9, 3, { { 0, 3, U }, { 4, 6, R }, { 6, 9, U } } },
	{ "overlap", 0, 9, 3, { { 0, 3, U }, { 2, 6, R }, { 6, 9, U } } },
	{ "empty", 0, 9, 3, { { 0, 3, U }, { 3, 3, R }, { 3, 9, U } } },
	{ "backwards", 0, 9, 3, { { 0, 3, U }, { 3, 2, R }, { 2, 9, U } } },
	{ "order", 0, 9, 3, { { 3, 6, U }, { 0, 3, R }, { 6, 9, U } } },
	{ "equal types", 0, 9, 3, { { 0, 3, R }, { 3, 6, R }, { 6, 9, U } } },
	{ "no type", 0, 9, 3, { { 0, 3, U }, { 3, 6, 2 }, { 6, 9, U } } },
	{ "begins late", 0, 9, 2, { { 1, 3, U }, { 3, 9, R } } },
	{ "begins early", 1, 9, 2, { { 0, 3, U }, { 3, 9, R } } },
	{ "ends early", 0, 9, 2, { { 0, 3, U }, { 3, 8, R } } },
	{ "ends late", 0, 9, 2, { { 0, 3, U }, { 3, 10, R } } },
	{ "no entries", 0, 9, 0 },
	{ "too many", 0, 9, ANNEX_MEMORY_MAP_MAX + 1, { { 0, 9, U } } },
};

#undef U
#undef R

static void valid_finds_each_damage(struct kunit *test)
{
	struct fixture *f = test->priv;
	const struct broken_map *p;

	for (p = broken_maps; p < broken_maps + ARRAY_SIZE(broken_maps); p++) {
		f->map.start = p->start;
		f->map.end = p->end;
		f->map.nr = p->nr;
		memcpy(f->map.entry, p->entry, sizeof(p->entry));
		KUNIT_EXPECT_FALSE_MSG(test, annex_memory_map_valid(&f->map),
				       "%s", p->name);
	}
}

/* Random */

/* The entries that a map with these pages reserved must have. */
static unsigned int count_runs(const unsigned long *bits)
{
	unsigned int i, runs = 1;

	for (i = 1; i < PAGES; i++)
		runs += test_bit(i, bits) != test_bit(i - 1, bits);
	return runs;
}

static bool map_matches(const struct annex_memory_map *map,
			const unsigned long *bits)
{
	const struct annex_memory_map_entry *e = map->entry;
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		bool taken = test_bit(i, bits);

		if (page_at(i) == e->end)
			e++;
		if (e->type != (taken ? ANNEX_MEMORY_MAP_RESERVED :
					ANNEX_MEMORY_MAP_USABLE))
			return false;
	}
	return true;
}

/* Mostly single pages, sometimes long ranges. */
static void reserve_at_random(struct kunit *test, struct rnd_state *rnd)
{
	struct fixture *f = test->priv;
	unsigned int most = annex_test_below(rnd, 32) ? 2 : 40;
	unsigned int from = annex_test_below(rnd, PAGES);
	unsigned int len = 1 + annex_test_below(rnd, most);
	int err;

	len = min(len, PAGES - from);
	bitmap_copy(f->wanted, f->taken, PAGES);
	bitmap_set(f->wanted, from, len);
	err = reserve_pages(&f->map, from, from + len);
	if (count_runs(f->wanted) > ANNEX_MEMORY_MAP_MAX) {
		KUNIT_ASSERT_EQ(test, err, -ENOSPC);
	} else {
		KUNIT_ASSERT_EQ(test, err, 0);
		bitmap_copy(f->taken, f->wanted, PAGES);
	}
}

static void random_reservations_match_a_bitmap(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int round, step;
	struct rnd_state rnd;

	annex_test_seed(test, &rnd);
	for (round = 0; round < 20; round++) {
		annex_memory_map_init(&f->map, BASE, END);
		bitmap_zero(f->taken, PAGES);
		for (step = 0; step < 400; step++) {
			reserve_at_random(test, &rnd);
			KUNIT_ASSERT_TRUE_MSG(test,
					      annex_memory_map_valid(&f->map) &&
						      map_matches(&f->map,
								  f->taken),
					      "round %u step %u", round, step);
		}
	}
}

static struct kunit_case memory_map_cases[] = {
	KUNIT_CASE_PARAM(size_is_read_up_to_the_rest, good_size_gen_params),
	KUNIT_CASE_PARAM(size_refuses_and_leaves_results_alone,
			 bad_size_gen_params),
	KUNIT_CASE(size_agrees_with_memparse),
	KUNIT_CASE_PARAM(range_is_read, good_range_gen_params),
	KUNIT_CASE_PARAM(range_refuses_and_says_why, bad_range_gen_params),
	KUNIT_CASE(map_begins_as_one_usable_entry),
	KUNIT_CASE(map_without_extent_has_no_entry),
	KUNIT_CASE(map_may_end_at_the_last_byte),
	KUNIT_CASE(reserve_cuts_start_end_and_middle),
	KUNIT_CASE(reserve_takes_the_whole_pool),
	KUNIT_CASE(reserve_merges_with_what_it_touches),
	KUNIT_CASE(reserve_straddles_entries),
	KUNIT_CASE(reserve_again_changes_nothing),
	KUNIT_CASE(reserve_outside_is_refused),
	KUNIT_CASE(full_table_refuses_a_split),
	KUNIT_CASE(full_table_takes_what_needs_no_entry),
	KUNIT_CASE(list_reserves_by_offset),
	KUNIT_CASE(list_may_overlap),
	KUNIT_CASE(list_of_nothing_reserves_nothing),
	KUNIT_CASE_PARAM(bad_list_reserves_nothing_and_says_why,
			 bad_list_gen_params),
	KUNIT_CASE(list_too_long_reserves_nothing),
	KUNIT_CASE(valid_finds_each_damage),
	KUNIT_CASE(random_reservations_match_a_bitmap),
	{ }
};

static struct kunit_suite annex_memory_map_suite = {
	.name = "annex_memory_map",
	.init = memory_map_test_init,
	.test_cases = memory_map_cases,
};

kunit_test_suite(annex_memory_map_suite);
