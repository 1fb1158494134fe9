// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the memory test: memory that works passes, and each way in which it
 * may not is found. Broken memory is made of memory that works: a frame that
 * is not there is one which is shared with another.
 */
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "base/refuse.h"
#include "host/frame.h"
#include "host/host.h"
#include "host/memtest.h"
#include "lib/testpool.h"

#define BASE_PFN	0x140000UL
#define NR_PAGES	1024UL

static int memtest_init(struct kunit *test)
{
	struct annex_host *host = kunit_kzalloc(test, sizeof(*host),
						GFP_KERNEL);

	if (!host)
		return -ENOMEM;
	host->plain = vmalloc(NR_PAGES << PAGE_SHIFT);
	host->plain_base_pfn = BASE_PFN;
	test->priv = host;
	return host->plain ? 0 : -ENOMEM;
}

static void memtest_exit(struct kunit *test)
{
	struct annex_host *host = test->priv;

	if (host)
		vfree(host->plain);
}

/* A round of the probe, as a load makes two. */
static int probe(struct annex_host *host, unsigned long nr, u32 invert,
		 struct annex_reason *why)
{
	annex_memtest_write(host, BASE_PFN, nr, invert);
	annex_frame_sync();
	return annex_memtest_check(host, BASE_PFN, nr, invert, why);
}

static void memtest_working_memory_passes(struct kunit *test)
{
	struct annex_reason why;
	unsigned long nr;

	for (nr = 1; nr <= NR_PAGES; nr *= 2) {
		KUNIT_EXPECT_EQ(test, probe(test->priv, nr, 0, &why), 0);
		KUNIT_EXPECT_EQ(test, probe(test->priv, nr, ~0U, &why), 0);
	}
	KUNIT_EXPECT_EQ(test, probe(test->priv, 1023, 0, &why), 0);
	KUNIT_EXPECT_EQ(test, annex_memtest(test->priv, BASE_PFN, NR_PAGES, 13,
					    &why), 0);
}

static void memtest_no_rounds_touch_nothing(struct kunit *test)
{
	struct annex_host *host = test->priv;
	struct annex_reason why;
	u32 found;

	annex_frame_fill(host, BASE_PFN, 0xdecade);
	KUNIT_EXPECT_EQ(test, annex_memtest(host, BASE_PFN, NR_PAGES, 0, &why),
			0);
	KUNIT_EXPECT_EQ(test, annex_frame_mismatch(host, BASE_PFN, 0xdecade,
						   &found), -1);
}

static void memtest_frame_helpers_find_the_word(struct kunit *test)
{
	struct annex_host *host = test->priv;
	u32 word = 0xbad, found = 0;

	annex_frame_fill(host, BASE_PFN + 1, 7);
	annex_frame_write(host, BASE_PFN + 1, 400, &word, sizeof(word));
	KUNIT_EXPECT_EQ(test, annex_frame_mismatch(host, BASE_PFN + 1, 7,
						   &found), 100);
	KUNIT_EXPECT_EQ(test, found, 0xbadU);
	word = 0;
	annex_frame_read(host, BASE_PFN + 1, 400, &word, sizeof(word));
	KUNIT_EXPECT_EQ(test, word, 0xbadU);
	annex_frame_clear(host, BASE_PFN + 1);
	KUNIT_EXPECT_EQ(test, annex_frame_mismatch(host, BASE_PFN + 1, 0,
						   &found), -1);
}

/* Frames that show each other's pages, as a broken address line has it. */
static struct annex_host *broken_host(struct kunit *test, struct page **pages)
{
	struct annex_host *host = kunit_kzalloc(test, sizeof(*host),
						GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, host);
	host->plain = vmap(pages, NR_PAGES, VM_MAP, PAGE_KERNEL);
	host->plain_base_pfn = BASE_PFN;
	KUNIT_ASSERT_NOT_NULL(test, host->plain);
	return host;
}

static struct page **all_pages(struct kunit *test)
{
	struct annex_host *host = test->priv;
	struct page **pages = kunit_kmalloc_array(test, NR_PAGES,
						  sizeof(*pages), GFP_KERNEL);
	unsigned long i;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	for (i = 0; i < NR_PAGES; i++)
		pages[i] = vmalloc_to_page(host->plain + (i << PAGE_SHIFT));
	return pages;
}

static void memtest_probe_finds_each_dead_address_line(struct kunit *test)
{
	struct page **pages = all_pages(test);
	unsigned int line;

	for (line = 0; line < 10; line++) {
		struct page **dead = kunit_kmalloc_array(test, NR_PAGES,
							 sizeof(*dead),
							 GFP_KERNEL);
		struct annex_reason why = {};
		struct annex_host *host;
		unsigned long i;

		KUNIT_ASSERT_NOT_NULL(test, dead);
		for (i = 0; i < NR_PAGES; i++)
			dead[i] = pages[i & ~(1UL << line)];
		host = broken_host(test, dead);
		KUNIT_EXPECT_EQ_MSG(test, probe(host, NR_PAGES, 0, &why), -EIO,
				    "line %u", line);
		KUNIT_EXPECT_NOT_NULL(test, strstr(why.text,
						   "no working memory at 0x14"));
		vunmap(host->plain);
	}
}

/* Frames 101 and 103 are not among those that the probe looks at. */
static void memtest_of_all_words_finds_what_the_probe_does_not(struct kunit *test)
{
	struct page **pages = all_pages(test);
	struct annex_reason why = {};
	struct annex_host *host;

	pages[103] = pages[101];
	host = broken_host(test, pages);
	KUNIT_EXPECT_EQ(test, probe(host, NR_PAGES, 0, &why), 0);
	KUNIT_EXPECT_EQ(test, annex_memtest(host, BASE_PFN, NR_PAGES, 1, &why),
			-EIO);
	KUNIT_EXPECT_NOT_NULL(test, strstr(why.text, "at 0x140065000:"));
	vunmap(host->plain);
}

static struct kunit_case memtest_cases[] = {
	KUNIT_CASE(memtest_working_memory_passes),
	KUNIT_CASE(memtest_no_rounds_touch_nothing),
	KUNIT_CASE(memtest_frame_helpers_find_the_word),
	KUNIT_CASE(memtest_probe_finds_each_dead_address_line),
	KUNIT_CASE(memtest_of_all_words_finds_what_the_probe_does_not),
	{}
};

static struct kunit_suite annex_memtest_suite = {
	.name = "annex_memtest",
	.init = memtest_init,
	.exit = memtest_exit,
	.test_cases = memtest_cases,
};

kunit_test_suite(annex_memtest_suite);
