// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the page tables of whole pools over real frames: wherever the direct
 * map begins and the pool does, and with the windows as they are now.
 */
#include <linux/align.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "base/refuse.h"
#include "base/show.h"
#include "kmap/kmap_fast.h"
#include "kmap/kmap_local.h"
#include "kmap/pkmap.h"
#include "lib/testpool.h"
#include "lib/testrange.h"
#include "page/page_alloc.h"
#include "pool/create.h"
#include "vmalloc/vm.h"

static int init_test(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct annex), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static struct annex *create(struct kunit *test, u64 start, u64 size,
			    u64 page_offset)
{
	const struct annex_params params = {
		.page_offset = page_offset,
		.vmalloc = SZ_4M, .pool = { start, start + size },
	};
	struct annex *annex = test->priv;
	struct annex_reason why = {};

	memset(annex, 0, sizeof(*annex));
	KUNIT_ASSERT_EQ_MSG(test, annex_create(annex, &params, &why), 0, "%s",
			    why.text);
	return annex;
}

/* What the master shows at an address of the host's, as a host pfn. */
static unsigned long shown(struct annex *annex, const void *addr)
{
	struct annex_translation tr;

	if (!annex_pgtable_walk(&annex->tables.master, (unsigned long)addr, &tr))
		return ANNEX_WINDOW_NONE;
	return tr.phys >> PAGE_SHIFT;
}

static unsigned long expected(struct annex *annex, struct annex_page *page)
{
	return annex_page_host_pfn(&annex->frames, page);
}

/* A mapping is in the master as soon as it is made, and gone with it. */
static void paging_shows_windows_live(struct kunit *test)
{
	struct annex *annex = create(test, TEST_RANGE_START, SZ_64M, 0);
	struct annex_page *page;
	unsigned long pfn;
	void *addr, *area;

	page = annex_test_must_alloc(test, annex, GFP_HIGHUSER, 0);
	pfn = expected(annex, page);
	addr = annex_kmap_fast(&annex->pkmap, page);
	KUNIT_EXPECT_EQ(test, shown(annex, addr), pfn);
	annex_kunmap_fast(&annex->pkmap, page);
	__annex_kmap_flush_unused(&annex->pkmap);
	KUNIT_EXPECT_EQ(test, shown(annex, addr), ANNEX_WINDOW_NONE);

	addr = annex_kmap_local_fast(&annex->kmap_local, page);
	KUNIT_EXPECT_EQ(test, shown(annex, addr), pfn);
	annex_kunmap_local_fast(&annex->kmap_local, addr);
	KUNIT_EXPECT_EQ(test, shown(annex, addr), ANNEX_WINDOW_NONE);

	area = annex_vmalloc_area(&annex->vmalloc, SZ_16K, GFP_KERNEL, NULL);
	KUNIT_ASSERT_NOT_NULL(test, area);
	KUNIT_EXPECT_EQ(test, shown(annex, area + SZ_8K),
			__annex_vmalloc_to_pfn(&annex->vmalloc, area + SZ_8K));
	KUNIT_EXPECT_EQ(test, shown(annex, area + SZ_16K), ANNEX_WINDOW_NONE);
	annex_test_validate(test, annex);
	KUNIT_EXPECT_EQ(test,
			annex_vm_give_up(&annex->vmalloc, area, VM_ALLOC, 0,
					 "vfree"),
			0);
	annex_vm_purge(&annex->vmalloc);
	KUNIT_EXPECT_EQ(test, shown(annex, area), ANNEX_WINDOW_NONE);
	/* Frames of lowmem are there twice: in the direct map as well. */
	KUNIT_EXPECT_EQ(test, shown(annex, annex->frames.lowmem),
			annex->frames.base_pfn);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0), 0);
	KUNIT_EXPECT_EQ(test, annex_destroy(annex), 0UL);
}

/* Pools of odd places and sizes, at each PAGE_OFFSET. */
static void paging_at_each_page_offset(struct kunit *test)
{
	static const struct {
		u64 off, size;
	} pools[] = {
		{ 0, SZ_512M }, { SZ_4K, SZ_32M }, { SZ_1M, SZ_4M },
		{ SZ_2M - SZ_4K, SZ_16M + SZ_8K }, { 7 * SZ_1M, SZ_64M - SZ_4K },
	};
	struct annex *annex;
	unsigned int i;
	u64 offset;

	for (i = 0; i < ARRAY_SIZE(pools); i++)
		for (offset = SZ_1G; offset <= 3ULL * SZ_1G; offset += SZ_1G) {
			annex = create(test, TEST_RANGE_START + pools[i].off,
				       pools[i].size, offset);
			KUNIT_EXPECT_EQ(test, annex->tables.page_offset,
					offset);
			KUNIT_EXPECT_EQ(test,
					annex->tables.end - annex->tables.start,
					pools[i].size);
			annex_test_validate(test, annex);
			KUNIT_EXPECT_EQ(test, annex_destroy(annex), 0UL);
			KUNIT_EXPECT_EQ(test, annex->tables.bytes, 0UL);
		}
}

/* A window that is unlinked, or linked to another table, is noticed. */
static void paging_validate_looks_at_links(struct kunit *test)
{
	struct annex *annex = create(test, TEST_RANGE_START, SZ_64M, 0);
	struct annex_pgtable *pt = &annex->tables.master;
	u64 at = ALIGN((unsigned long)annex->frames.lowmem, SZ_2M);
	u64 table = annex_pgtable_table(pt, at), next;
	struct seq_file m = { .size = SZ_16K };

	m.buf = kunit_kzalloc(test, m.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	KUNIT_ASSERT_EQ(test, annex_pgtable_unmap(pt, at, SZ_2M), 0);
	annex_show_validate(&m, annex);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(m.buf, "of window lowmem differs"),
			      "%s", m.buf);

	next = annex_pgtable_table(pt, at + SZ_2M);
	KUNIT_ASSERT_EQ(test, annex_pgtable_link(pt, at, next), 0);
	m.count = 0;
	annex_show_validate(&m, annex);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(m.buf, "of window lowmem differs"),
			      "%s", m.buf);
	KUNIT_ASSERT_EQ(test, annex_pgtable_unmap(pt, at, SZ_2M), 0);
	KUNIT_ASSERT_EQ(test, annex_pgtable_link(pt, at, table), 0);
	annex_test_validate(test, annex);
	KUNIT_EXPECT_EQ(test, annex_destroy(annex), 0UL);
}

static struct kunit_case paging_cases[] = {
	KUNIT_CASE(paging_shows_windows_live),
	KUNIT_CASE(paging_at_each_page_offset),
	KUNIT_CASE(paging_validate_looks_at_links),
	{}
};

static struct kunit_suite annex_page_tables_init_suite = {
	.name = "annex_page_tables_init",
	.init = init_test,
	.test_cases = paging_cases,
};

kunit_test_suite(annex_page_tables_init_suite);
