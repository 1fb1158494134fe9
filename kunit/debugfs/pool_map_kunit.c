// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of pool_map: each frame is drawn as what it is used for, and counted.
 */
#include <linux/slab.h>

#include "base/show.h"
#include "heap/heap.h"
#include "heap/kmalloc_fast.h"
#include "lib/testfolio.h"
#include "lib/testowner.h"
#include "lib/testpool.h"
#include "lib/testseq.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/pcp.h"
#include "reclaim/folio.h"
#include "reclaim/lru.h"

/* 8192 frames, a character each: DMA 16 MB, Normal 4 MB, HighMem 12 MB. */
static const struct annex_testpool single = {
	.start = 5ULL << 30, .nr_pages = 8192, .lowmem_pages = 5120,
	.reserved_pages = 16, .contents = true, .heap = true,
};

/* Twice that, so two frames a character. */
static const struct annex_testpool pairs = {
	.start = 5ULL << 30, .nr_pages = 16384, .lowmem_pages = 8192,
	.reserved_pages = 17,
};

/* The map as it is now. */
static const char *map_of(struct kunit *test, struct annex *annex)
{
	struct seq_file *m = open_seq(test);

	annex_show_pool_map(m, annex);
	return seq_text(test, m);
}

/* The character of a unit: behind a first line, and 11 at each line's start. */
static char unit_at(const char *map, unsigned int unit)
{
	const char *line = strchr(map, '\n') + 1 + unit / 64 * (11 + 64 + 1);

	return line[11 + unit % 64];
}

static char drawn(struct kunit *test, struct annex *annex,
		  const struct annex_page *page)
{
	return unit_at(map_of(test, annex), page - annex->frames.mem_map);
}

/* What the legend has as the number of a use. */
static unsigned long counted(struct kunit *test, const char *map,
			     const char *use)
{
	char name[20];
	unsigned long n = 0;
	const char *at;

	snprintf(name, sizeof(name), " %s ", use);
	at = strstr(map, name);
	KUNIT_ASSERT_NOT_NULL(test, at);
	if (sscanf(at + strlen(name), "%lu", &n) != 1)
		KUNIT_FAIL(test, "%s has no number", use);
	return n;
}

static const char fresh_lines[] =
	"8192 frames, 1 a character, 64 characters a line\n"
	"0x00000000 RRRRRRRRRRRRRRRR................................................\n"
	"0x00000040 ................................................................\n";

/* Descriptors, heads of the free lists, and pageblocks: 17 frames. */
static const char fresh_end[] =
	"0x00001fc0 ...............................................OOOOOOOOOOOOOOOOO\n"
	". , free 8159\n"
	"C c cached 0\n"
	"U u used 0\n"
	"H h heap 0\n"
	"T t table 0\n"
	"D d store 0\n"
	"F f folio 0\n"
	"I i inactive 0\n"
	"A a active 0\n"
	"S s slots 0\n"
	"O o own 17\n"
	"R r reserved 16\n";

static void pool_map_of_a_fresh_pool_is_exact(struct kunit *test)
{
	const char *map = map_of(test, annex_testpool(test, &single));

	KUNIT_EXPECT_PTR_EQ(test, (const char *)strstr(map, fresh_lines), map);
	KUNIT_EXPECT_STREQ(test, strstr(map, "0x00001fc0"), fresh_end);
}

static void pool_map_draws_what_frames_are_used_for(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &single);
	struct annex_page *page = annex_test_must_alloc(test, annex,
							GFP_KERNEL, 1);
	struct annex_page *head;
	void *obj;

	KUNIT_EXPECT_EQ(test, drawn(test, annex, page), 'U');
	KUNIT_EXPECT_EQ(test, drawn(test, annex, page + 1), 'U');
	annex_page_set_bit(page, ANNEX_PG_TABLE);
	KUNIT_EXPECT_EQ(test, drawn(test, annex, page + 1), 'T');
	annex_page_clear_bit(page, ANNEX_PG_TABLE);
	annex_page_set_bit(page, ANNEX_PG_STORE);
	KUNIT_EXPECT_EQ(test, drawn(test, annex, page + 1), 'D');
	annex_page_clear_bit(page, ANNEX_PG_STORE);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 1), 0);
	KUNIT_EXPECT_EQ(test, drawn(test, annex, page), 'C');
	annex_pcp_drain_all(&annex->frames);
	KUNIT_EXPECT_EQ(test, drawn(test, annex, page), '.');

	obj = __annex_kmalloc(&annex->heap, 100, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	head = annex->frames.mem_map +
	       ((obj - annex->frames.lowmem) >> PAGE_SHIFT);
	KUNIT_EXPECT_EQ(test, drawn(test, annex, head), 'H');
	KUNIT_EXPECT_EQ(test, __annex_kfree(&annex->heap, obj), 0);
	annex_test_validate(test, annex);
}

static void pool_map_tells_folios_apart(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &single);
	struct testowner *owner = testowner(test, annex);
	struct annex_folio *folio = testfolio_new(test, annex, GFP_HIGHUSER, 0);
	struct annex_folio *listed = testowner_add(owner, GFP_HIGHUSER, 1);
	struct annex_page *head = annex_folio_head(listed);

	KUNIT_EXPECT_EQ(test, drawn(test, annex, annex_folio_head(folio)), 'F');
	KUNIT_EXPECT_EQ(test, drawn(test, annex, head), 'I');
	KUNIT_EXPECT_EQ(test, drawn(test, annex, head + 1), 'I');
	annex_lru_accessed(listed);
	annex_lru_accessed(listed);
	KUNIT_EXPECT_EQ(test, drawn(test, annex, head), 'A');
	KUNIT_EXPECT_EQ(test, counted(test, map_of(test, annex), "slots"),
			testfolio_slabs(annex));
	testowner_drop_all(owner);
	testfolio_put(test, annex, folio);
	annex_test_validate(test, annex);
}

/*
 * 17 reserved frames: eight pairs, and one of the ninth, of which the other is
 * free.
 */
static void pool_map_says_where_units_are_mixed(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pairs);
	const char *map = map_of(test, annex);

	KUNIT_EXPECT_NOT_NULL(test, strstr(map, "16384 frames, 2 a character"));
	KUNIT_EXPECT_EQ(test, unit_at(map, 7), 'R');
	KUNIT_EXPECT_EQ(test, unit_at(map, 8), 'r');
	KUNIT_EXPECT_EQ(test, unit_at(map, 9), '.');
	KUNIT_EXPECT_EQ(test, counted(test, map, "reserved"), 17UL);
	KUNIT_EXPECT_NOT_NULL(test, strstr(map, "\n0x00003f80 "));
}

static void pool_map_counts_every_frame(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &single);
	struct annex_page **pages = annex_test_array(test, annex);
	unsigned int nr = annex_test_exhaust(annex, GFP_KERNEL, pages);
	const char *map = map_of(test, annex);

	KUNIT_EXPECT_EQ(test, counted(test, map, "used"), (unsigned long)nr);
	KUNIT_EXPECT_EQ(test, counted(test, map, "free") +
			counted(test, map, "cached") + nr, 8159UL);
	while (nr)
		KUNIT_EXPECT_EQ(test,
				annex_block_free(&annex->frames, pages[--nr],
						 0),
				0);
}

static struct kunit_case pool_map_cases[] = {
	KUNIT_CASE(pool_map_of_a_fresh_pool_is_exact),
	KUNIT_CASE(pool_map_draws_what_frames_are_used_for),
	KUNIT_CASE(pool_map_tells_folios_apart),
	KUNIT_CASE(pool_map_says_where_units_are_mixed),
	KUNIT_CASE(pool_map_counts_every_frame),
	{}
};

static struct kunit_suite annex_pool_map_suite = {
	.name = "annex_pool_map",
	.test_cases = pool_map_cases,
};

kunit_test_suite(annex_pool_map_suite);
