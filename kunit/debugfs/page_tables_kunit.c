// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of debugfs page_tables/, to the letter, and of the recount of a pool's
 * page tables, which must find each kind of damage.
 */
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "base/show.h"
#include "lib/testpgt.h"
#include "lib/testpool.h"
#include "mm/mm.h"

#define PO	0xc0000000ULL

/* 16 MB and a page, so that both sizes of page are there. */
static struct annex *make_pool(struct kunit *test)
{
	static const struct annex_testpool opts = {
		.start = 5ULL * SZ_1G, .nr_pages = 4097, .lowmem_pages = 1024,
		.contents = true, .tables = true,
	};

	return annex_testpool(test, &opts);
}

static const char *shown(struct kunit *test, struct annex *annex,
			 void (*show)(struct seq_file *m, struct annex *annex))
{
	struct seq_file m = { .size = SZ_16K };

	m.buf = kunit_kzalloc(test, m.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	show(&m, annex);
	return m.buf;
}

static void page_tables_provisional(struct kunit *test)
{
	struct annex *annex = make_pool(test);

	KUNIT_EXPECT_STREQ(test, shown(test, annex, annex_show_provisional),
			   "provisional: 18432 kB from 0x00000000 and from 0xc0000000, for 0x0140000000 on\n"
			   "---[ identity 0x00000000-0x01200000: 9 PTE tables, 0 linked ]---\n"
			   "0x00000000-0x01001000   16388K  PTE RW NX\n"
			   "---[ direct map 0xc0000000-0xc1200000: 0 PTE tables, 9 linked ]---\n"
			   "0xc0000000-0xc1001000   16388K  PTE RW NX\n"
			   "pages: 8194 of 4 kB, 0 of 2 MB, 0 kB of them W+X\n"
			   "tables: 1 PDPT, 2 PMD, 9 PTE, 0 PMD borrowed, 9 PTE linked\n");
}

static void page_tables_final(struct kunit *test)
{
	struct annex *annex = make_pool(test);

	KUNIT_EXPECT_STREQ(test, shown(test, annex, annex_show_final),
			   "final: 16388 of 16388 kB from 0xc0000000, for 0x0140000000 on, case 1 of 3: all is mapped\n"
			   "---[ direct map 0xc0000000-0xc1001000: 1 PTE tables, 0 linked ]---\n"
			   "0xc0000000-0xc1000000      16M  PMD RW PSE GLB NX\n"
			   "0xc1000000-0xc1001000       4K  PTE RW GLB NX\n"
			   "pages: 1 of 4 kB, 8 of 2 MB, 0 kB of them W+X\n"
			   "tables: 1 PDPT, 1 PMD, 1 PTE, 0 PMD borrowed, 0 PTE linked\n");
}

/* Runs of each kind, flags and all; what is where nothing should be as well. */
static void page_tables_tell_runs_apart(struct kunit *test)
{
	struct annex *annex = make_pool(test);
	struct annex_pgtable *pt = &annex->tables.master;
	const u64 odd = ANNEX_PTE_USER | ANNEX_PTE_PWT | ANNEX_PTE_PCD;

	KUNIT_ASSERT_EQ(test,
			annex_pgtable_protect(pt, PO + SZ_2M, SZ_4M, 0,
					      ANNEX_PTE_NX), 0);
	KUNIT_ASSERT_EQ(test,
			annex_pgtable_protect(pt, PO + SZ_8M, SZ_2M, 0,
					      ANNEX_PTE_NX | ANNEX_PTE_RW), 0);
	KUNIT_ASSERT_EQ(test,
			annex_pgtable_protect(pt, PO + SZ_16M, SZ_4K, odd,
					      ANNEX_PTE_GLOBAL), 0);
	KUNIT_ASSERT_EQ(test,
			annex_pgtable_link(pt, 0xe0000000,
					   annex_pgtable_table(pt, PO + SZ_16M)),
			0);
	KUNIT_EXPECT_STREQ(test, shown(test, annex, annex_show_final),
			   "final: 16388 of 16388 kB from 0xc0000000, for 0x0140000000 on, case 1 of 3: all is mapped\n"
			   "---[ direct map 0xc0000000-0xc1001000: 1 PTE tables, 0 linked ]---\n"
			   "0xc0000000-0xc0200000       2M  PMD RW PSE GLB NX\n"
			   "0xc0200000-0xc0600000       4M  PMD RW PSE GLB x W+X\n"
			   "0xc0600000-0xc0800000       2M  PMD RW PSE GLB NX\n"
			   "0xc0800000-0xc0a00000       2M  PMD ro PSE GLB x\n"
			   "0xc0a00000-0xc1000000       6M  PMD RW PSE GLB NX\n"
			   "0xc1000000-0xc1001000       4K  PTE RW USR PWT PCD NX\n"
			   "---[ other 0xc1001000-0x100000000: 1 PTE tables, 1 linked ]---\n"
			   "0xe0000000-0xe0001000       4K  PTE RW PWT PCD NX\n"
			   "pages: 2 of 4 kB, 8 of 2 MB, 4096 kB of them W+X\n"
			   "tables: 1 PDPT, 1 PMD, 1 PTE, 0 PMD borrowed, 1 PTE linked\n");
	/* A CPU without NX tells nothing apart. */
	annex->tables.prot &= ~ANNEX_PTE_NX;
	KUNIT_EXPECT_NULL(test, strstr(shown(test, annex, annex_show_final),
				       "x W+X"));
	annex->tables.prot |= ANNEX_PTE_NX;
}

static void page_tables_process(struct kunit *test)
{
	struct annex *annex = make_pool(test);
	struct annex_mm mm = {
		.mms = &annex->mms,
		.pid = 42,
		.comm = "tes\nter",
		.nr_pages = 2,
	};
	struct testpgt *t = testpgt(test);

	KUNIT_EXPECT_STREQ(test, shown(test, annex, annex_show_process), "");
	KUNIT_ASSERT_EQ(test,
			annex_pgtable_borrow(&t->pt, &annex->tables.master, 3),
			0);
	KUNIT_ASSERT_EQ(test,
			annex_pgtable_map(&t->pt, SZ_1G - SZ_4K, SZ_1M, SZ_8K,
					  ANNEX_PTE_USER | ANNEX_PTE_RW |
					  ANNEX_PTE_NX, false), 0);
	mm.pt = t->pt;
	mutex_init(&mm.lock);
	list_add(&mm.list, &annex->mms.list);
	KUNIT_EXPECT_STREQ(test, shown(test, annex, annex_show_process),
			   "process: 42 (tes\\nter), 2 pages\n"
			   "---[ user 0x00000000-0xc0000000: 2 PTE tables, 0 linked ]---\n"
			   "0x3ffff000-0x40001000       8K  PTE RW USR NX\n"
			   "pages: 2 of 4 kB, 0 of 2 MB, 0 kB of them W+X\n"
			   "tables: 1 PDPT, 2 PMD, 2 PTE, 1 PMD borrowed, 0 PTE linked\n");
	list_del(&mm.list);
	testpgt_end(test, t);
}

static void expect_found(struct kunit *test, struct annex *annex,
			 const char *words)
{
	const char *text = shown(test, annex, annex_show_validate);

	KUNIT_EXPECT_TRUE_MSG(test, strstr(text, words), "%s, not: %s", words,
			      text);
}

/* One damage after the other, each undone, and then all is well. */
static void page_tables_validate_finds_damage(struct kunit *test)
{
	struct annex *annex = make_pool(test);
	struct annex_tables *t = &annex->tables;
	u64 *root = annex_tables_virt(t, t->master.root);

	annex_test_validate(test, annex);
	annex_pgtable_protect(&t->master, PO + SZ_4M, SZ_2M, 0, ANNEX_PTE_RW);
	expect_found(test, annex, "final: 0xc0400000 maps 0x140400000");
	annex_pgtable_protect(&t->master, PO + SZ_4M, SZ_2M, ANNEX_PTE_RW, 0);

	annex_pgtable_protect(&t->provisional, SZ_8K, SZ_4K, ANNEX_PTE_PCD, 0);
	expect_found(test, annex, "provisional: 0x2000 maps");
	expect_found(test, annex, "provisional: 0xc0002000 maps");
	annex_pgtable_protect(&t->provisional, SZ_8K, SZ_4K, 0, ANNEX_PTE_PCD);

	root[0] = root[3];
	expect_found(test, annex, "final: 0x0-0x1000000 is mapped");
	expect_found(test, annex, "1 tables of level 2, counted 2");
	root[0] = 0;

	t->provisional.nr_tables[ANNEX_PGT_PTE]++;
	expect_found(test, annex, "provisional: 10 tables of level 1, counted 9");
	t->provisional.nr_tables[ANNEX_PGT_PTE]--;

	t->bytes -= SZ_4K;
	expect_found(test, annex, "outside of what is kept for tables");
	expect_found(test, annex, "14 frames are kept for tables, counted 15");
	t->bytes += SZ_4K;

	t->start += SZ_4K;
	expect_found(test, annex, "final: 0xc0001000 maps 0x140001000");
	t->start -= SZ_4K;
	annex_test_validate(test, annex);
}

static struct kunit_case page_tables_cases[] = {
	KUNIT_CASE(page_tables_provisional),
	KUNIT_CASE(page_tables_final),
	KUNIT_CASE(page_tables_tell_runs_apart),
	KUNIT_CASE(page_tables_process),
	KUNIT_CASE(page_tables_validate_finds_damage),
	{}
};

static struct kunit_suite annex_page_tables_suite = {
	.name = "annex_page_tables",
	.test_cases = page_tables_cases,
};

kunit_test_suite(annex_page_tables_suite);
