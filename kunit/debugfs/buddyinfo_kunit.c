// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of buddyinfo: the grammar of /proc/buddyinfo, and the blocks of the
 * pool.
 */
#include <linux/slab.h>

#include "base/show.h"
#include "lib/testpool.h"
#include "lib/testseq.h"
#include "page/page_alloc.h"
#include "page/pcp.h"

/* DMA 16 MB less 1 MB, Normal 16 MB, HighMem 32 MB less 128 kB. */
static const struct annex_testpool opts = {
	.start = 5ULL << 30, .nr_pages = 16384, .lowmem_pages = 8192,
	.reserved_pages = 256,
};

#define NONE_5	"      0      0      0      0      0"
#define ONE_5	"      1      1      1      1      1"
#define NO_5_BUT_4	"      0      1      1      1      1"

/* Each line ends in a blank, as the kernel's do. */
static const char fresh_buddyinfo[] =
	"Node 0, zone      DMA" NONE_5 "      0      0      0      1      1      3\x20\n"
	"Node 0, zone   Normal" NONE_5 NONE_5 "      4\x20\n"
	"Node 0, zone  HighMem" ONE_5 NO_5_BUT_4 "      7\x20\n";

/* A batch of Normal's frames is with the CPU, and came out of one block. */
static const char *used_buddyinfo(struct kunit *test, const struct annex *annex)
{
	const struct annex_zone *zone = &annex->frames.zones[ANNEX_ZONE_NORMAL];
	unsigned int order, batch = annex_pcp_list_batch(zone->pcp_high,
							 zone->managed_pages);
	char *line = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, line);
	strcpy(line,
	       "Node 0, zone      DMA" NONE_5 "      0      0      0      1      1      3\x20\n"
	       "Node 0, zone   Normal");
	for (order = 0; order < ANNEX_MAX_ORDER - 1; order++)
		strcat(line, 1U << order < batch ? "      0" : "      1");
	strcat(line, "      3\x20\nNode 0, zone  HighMem" ONE_5 NO_5_BUT_4 "      7\x20\n");
	return line;
}

static void buddyinfo_is_exact(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct seq_file *m = open_seq(test), *n = open_seq(test);
	struct annex_page *page;

	annex_show_buddyinfo(m, annex);
	KUNIT_EXPECT_STREQ(test, seq_text(test, m), fresh_buddyinfo);
	KUNIT_ASSERT_EQ(test,
			annex_block_alloc(&annex->frames, GFP_KERNEL, 0, &page),
			0);
	annex_show_buddyinfo(n, annex);
	KUNIT_EXPECT_STREQ(test, seq_text(test, n), used_buddyinfo(test, annex));
}

static struct kunit_case buddyinfo_cases[] = {
	KUNIT_CASE(buddyinfo_is_exact),
	{}
};

static struct kunit_suite annex_buddyinfo_suite = {
	.name = "annex_buddyinfo",
	.test_cases = buddyinfo_cases,
};

kunit_test_suite(annex_buddyinfo_suite);
