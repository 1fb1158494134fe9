// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the files of memblock/: the regions, as in the kernel's.
 */
#include "base/show.h"
#include "lib/testpool.h"
#include "lib/testseq.h"

/* DMA 16 MB less 1 MB, Normal 16 MB, HighMem 32 MB less 128 kB. */
static const struct annex_testpool opts = {
	.start = 5ULL << 30, .nr_pages = 16384, .lowmem_pages = 8192,
	.reserved_pages = 256,
};

static void memblock_show_prints_regions(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct seq_file *m = open_seq(test), *n = open_seq(test);

	annex_show_memblock(m, &annex->memblock.memory);
	KUNIT_EXPECT_STREQ(test, seq_text(test, m),
			   "   0: 0x0000000140000000..0x0000000143ffffff\n");
	annex_show_memblock(n, &annex->memblock.reserved);
	KUNIT_EXPECT_STREQ(test, seq_text(test, n),
			   "   0: 0x0000000140000000..0x00000001400fffff\n"
			   "   1: 0x0000000143fdf000..0x0000000143ffffff\n");
}

static struct kunit_case memblock_show_cases[] = {
	KUNIT_CASE(memblock_show_prints_regions),
	{}
};

static struct kunit_suite annex_memblock_show_suite = {
	.name = "annex_memblock_show",
	.test_cases = memblock_show_cases,
};

kunit_test_suite(annex_memblock_show_suite);
