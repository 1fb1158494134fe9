// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of pagetypeinfo: the grammar of /proc/pagetypeinfo, and the blocks and
 * pageblocks of each type.
 */
#include "base/show.h"
#include "lib/testpool.h"
#include "lib/testseq.h"
#include "page/pageblock.h"

/* DMA 16 MB less 1 MB, Normal 16 MB, HighMem 32 MB less 128 kB. */
static const struct annex_testpool opts = {
	.start = 5ULL << 30, .nr_pages = 16384, .lowmem_pages = 8192,
	.reserved_pages = 256,
};

#define NO_BLOCKS	"     0      0      0      0      0      0      0      0      0      0      0\x20\n"

static const char mixed_pagetypeinfo[] =
	"Page block order: 9\n"
	"Pages per block:  512\n"
	"\n"
	"Free pages count per migrate type at order       0      1      2      3      4      5      6      7      8      9     10\x20\n"
	"Node    0, zone      DMA, type    Unmovable " NO_BLOCKS
	"Node    0, zone      DMA, type      Movable      0      0      0      0      0      0      0      0      0      1      3\x20\n"
	"Node    0, zone      DMA, type  Reclaimable " NO_BLOCKS
	"Node    0, zone      DMA, type   HighAtomic      1      1      1      1      1      1      1      1      0      0      0\x20\n"
	"Node    0, zone      DMA, type      Isolate " NO_BLOCKS
	"Node    0, zone   Normal, type    Unmovable " NO_BLOCKS
	"Node    0, zone   Normal, type      Movable      0      0      0      0      0      0      0      0      0      0      3\x20\n"
	"Node    0, zone   Normal, type  Reclaimable " NO_BLOCKS
	"Node    0, zone   Normal, type   HighAtomic " NO_BLOCKS
	"Node    0, zone   Normal, type      Isolate      0      0      0      0      0      0      0      0      0      1      0\x20\n"
	"Node    0, zone  HighMem, type    Unmovable      0      0      0      1      1      1      1      1      1      0      0\x20\n"
	"Node    0, zone  HighMem, type      Movable      1      1      1      1      1      0      1      1      1      0      7\x20\n"
	"Node    0, zone  HighMem, type  Reclaimable " NO_BLOCKS
	"Node    0, zone  HighMem, type   HighAtomic " NO_BLOCKS
	"Node    0, zone  HighMem, type      Isolate " NO_BLOCKS
	"\n"
	"Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic"
	"      Isolate\x20\n"
	"Node 0, zone      DMA"
	"            0            7            0            1            0\x20\n"
	"Node 0, zone   Normal"
	"            0            6            1            0            1\x20\n"
	"Node 0, zone  HighMem"
	"            1           15            0            0            0\x20\n";

/*
 * One pageblock of each type: kept for atomic requests at the start of DMA,
 * isolated and reclaimable in Normal, unmovable in HighMem.
 */
static void pagetypeinfo_is_exact(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct annex_zone *dma = &annex->frames.zones[ANNEX_ZONE_DMA];
	struct annex_zone *normal = &annex->frames.zones[ANNEX_ZONE_NORMAL];
	struct seq_file *m = open_seq(test);
	annex_pfn_t pfn = annex_test_take(dma, 0, ANNEX_MIGRATE_MOVABLE);

	annex_pageblock_reserve(dma, annex->frames.mem_map + pfn);
	KUNIT_ASSERT_EQ(test, annex_pageblock_isolate(&annex->frames, 4096), 0);
	annex_test_take(normal, 9, ANNEX_MIGRATE_RECLAIMABLE);
	annex_test_take(&annex->frames.zones[ANNEX_ZONE_HIGHMEM], 3,
			ANNEX_MIGRATE_UNMOVABLE);
	annex_show_pagetypeinfo(m, annex);
	KUNIT_EXPECT_STREQ(test, seq_text(test, m), mixed_pagetypeinfo);
}

static const char odd_blocks[] =
	"Node 0, zone      DMA"
	"            0            1            0            0            1\x20\n"
	"Node 0, zone  HighMem"
	"            0            6            0            0            0\x20\n";

/* A pool that begins in the middle of 4 MB begins with its second pageblock. */
static void pagetypeinfo_counts_from_the_pools_start(struct kunit *test)
{
	const struct annex_testpool odd = {
		.start = (5ULL << 30) + (2 << 20), .nr_pages = 4096,
		.lowmem_pages = 1024,
	};
	struct annex *annex = annex_testpool(test, &odd);
	struct seq_file *m = open_seq(test);

	KUNIT_ASSERT_EQ(test, annex_pageblock_isolate(&annex->frames, 512), 0);
	annex_show_pagetypeinfo(m, annex);
	KUNIT_EXPECT_NOT_NULL(test, strstr(seq_text(test, m), odd_blocks));
}

static struct kunit_case pagetypeinfo_cases[] = {
	KUNIT_CASE(pagetypeinfo_is_exact),
	KUNIT_CASE(pagetypeinfo_counts_from_the_pools_start),
	{}
};

static struct kunit_suite annex_pagetypeinfo_suite = {
	.name = "annex_pagetypeinfo",
	.test_cases = pagetypeinfo_cases,
};

kunit_test_suite(annex_pagetypeinfo_suite);
