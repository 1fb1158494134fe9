// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of page tables of processes: what they show, what they hold, what is
 * refused. Many calls at random are in mm_torture_kunit.c; what the MMU makes
 * of the tables, in pgtable_mmu_kunit.c.
 */
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "lib/testmm.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "reclaim/folio.h"

/* Of 16 MB, the first half of which is lowmem; frame 0 is reserved. */
static const struct annex_testpool half_high = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 2048,
	.reserved_pages = 1, .contents = true,
};

#define ADDR	0x08048000U

static struct annex *open(struct kunit *test)
{
	return testmm_open(test, &half_high, TESTMM_OFFSET);
}

static void mm_exit(struct kunit *test)
{
	testmm_close(test->priv);
}

static u64 prot_at(struct annex_mm *mm, u32 addr)
{
	struct annex_translation t;

	return annex_pgtable_walk(&mm->pt, addr, &t) == ANNEX_PGT_PTE ?
		       t.prot : 0;
}

static u64 phys_at(struct annex_mm *mm, u32 addr)
{
	struct annex_translation t;

	return annex_pgtable_walk(&mm->pt, addr, &t) ? t.phys : 0;
}

static void mm_maps_frames_and_holds_them(struct kunit *test)
{
	struct annex *annex = open(test);
	unsigned long free = annex_test_free_pages(annex);
	struct annex_page *page = testmm_frame(test, annex);
	struct annex_mm *mm = testmm_new(test, annex);

	/* The first level; below it come a PMD and a PTE table. */
	KUNIT_EXPECT_EQ(test, testmm_tables(annex), 1UL);
	KUNIT_EXPECT_EQ(test,
			__annex_mm_map_page(&annex->mms, mm, ADDR, page, 0), 0);
	KUNIT_EXPECT_EQ(test, testmm_tables(annex), 3UL);
	KUNIT_EXPECT_EQ(test, phys_at(mm, ADDR + 0x123),
			testmm_phys(annex, page) + 0x123);
	KUNIT_EXPECT_EQ(test, phys_at(mm, ADDR - 1), 0ULL);
	KUNIT_EXPECT_EQ(test, phys_at(mm, ADDR + PAGE_SIZE), 0ULL);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(page), 2U);
	KUNIT_EXPECT_EQ(test, testmm_mapcount(annex, page), 1);
	KUNIT_EXPECT_EQ(test, annex_test_node(annex, ANNEX_NR_MAPPED), 1UL);
	KUNIT_EXPECT_EQ(test, mm->nr_pages, 1UL);
	annex_test_validate(test, annex);

	KUNIT_EXPECT_EQ(test, __annex_mm_unmap_page(&annex->mms, mm, ADDR), 0);
	KUNIT_EXPECT_EQ(test, phys_at(mm, ADDR), 0ULL);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(page), 1U);
	KUNIT_EXPECT_EQ(test, testmm_mapcount(annex, page), 0);
	KUNIT_EXPECT_EQ(test, annex_test_node(annex, ANNEX_NR_MAPPED), 0UL);
	KUNIT_EXPECT_EQ(test, mm->nr_pages, 0UL);
	KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&annex->mms, mm), 0);
	KUNIT_EXPECT_EQ(test, testmm_tables(annex), 0UL);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0), 0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

static const u64 bits_of[] = {
	[0] = ANNEX_PTE_NX,
	[ANNEX_MM_WRITE] = ANNEX_PTE_RW | ANNEX_PTE_NX,
	[ANNEX_MM_EXEC] = 0,
	[ANNEX_MM_WRITE | ANNEX_MM_EXEC] = ANNEX_PTE_RW,
};

/* Each protection, and each change. No CPU has been there: not accessed. */
static void mm_entries_say_what_may_be_done(struct kunit *test)
{
	const u64 always = ANNEX_PTE_PRESENT | ANNEX_PTE_USER;
	struct annex *annex = open(test);
	struct annex_page *page = testmm_frame(test, annex);
	struct annex_mm *mm = testmm_new(test, annex);
	unsigned int from, to;

	for (from = 0; from < 4; from++)
		for (to = 0; to < 4; to++) {
			KUNIT_EXPECT_EQ(test,
					__annex_mm_map_page(&annex->mms, mm,
							    ADDR, page, from),
					0);
			KUNIT_EXPECT_EQ(test, prot_at(mm, ADDR),
					always | bits_of[from]);
			KUNIT_EXPECT_EQ(test,
					__annex_mm_protect(&annex->mms, mm,
							   ADDR, PAGE_SIZE, to),
					0);
			KUNIT_EXPECT_EQ(test, prot_at(mm, ADDR),
					always | bits_of[to]);
			KUNIT_EXPECT_EQ(test, phys_at(mm, ADDR),
					testmm_phys(annex, page));
			KUNIT_EXPECT_EQ(test,
					__annex_mm_unmap_page(&annex->mms, mm,
							      ADDR),
					0);
		}
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0), 0);
}

/* Of four pages, those from @from on may be written; @i is the call. */
static void expect_writable(struct kunit *test, struct annex_mm *mm, u32 base,
			    u32 from, u32 pages, unsigned int i)
{
	unsigned int j;

	for (j = 0; j < 4; j++)
		KUNIT_EXPECT_EQ_MSG(test, j >= from && j < from + pages,
				    !!(prot_at(mm, base + j * PAGE_SIZE) &
				       ANNEX_PTE_RW),
				    "call %u, page %u", i, j);
}

/*
 *    2 MB
 *     |  x  x  -  x      protect: of three, two and the hole, the hole; each
 *                        call that meets the hole changes nothing
 */
static void mm_protect_stops_at_holes(struct kunit *test)
{
	static const struct {
		u32 from, pages;
		int err;
	} calls[] = {
		{ 0, 0, 0 }, { 0, 1, 0 }, { 0, 2, 0 }, { 3, 1, 0 },
		{ 0, 3, -ENOMEM }, { 0, 4, -ENOMEM }, { 2, 1, -ENOMEM },
		{ 1, 3, -ENOMEM }, { 2, 2, -ENOMEM }, { 3, 2, -ENOMEM },
		{ 4, 1, -ENOMEM },
	};
	const u32 base = SZ_2M - PAGE_SIZE;
	struct annex *annex = open(test);
	struct annex_page *page = testmm_frame(test, annex);
	struct annex_mm *mm = testmm_new(test, annex);
	unsigned int i, j;

	for (j = 0; j < 4; j++)
		if (j != 2)
			__annex_mm_map_page(&annex->mms, mm,
					    base + j * PAGE_SIZE, page, 0);
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		u32 at = base + calls[i].from * PAGE_SIZE;
		u32 size = calls[i].pages * PAGE_SIZE;

		KUNIT_EXPECT_EQ_MSG(test,
				    __annex_mm_protect(&annex->mms, mm, at,
						       size, ANNEX_MM_WRITE),
				    calls[i].err, "call %u", i);
		expect_writable(test, mm, base, calls[i].from,
				calls[i].err ? 0 : calls[i].pages, i);
		if (!calls[i].err)
			__annex_mm_protect(&annex->mms, mm, at, size, 0);
	}
	KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&annex->mms, mm), 0);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0), 0);
}

/* In two processes, and twice in one of them. */
static void mm_frames_can_be_shown_often(struct kunit *test)
{
	struct annex *annex = open(test);
	struct annex_page *page = testmm_frame(test, annex);
	struct annex_mm *a = testmm_new(test, annex);
	struct annex_mm *b = testmm_new(test, annex);

	KUNIT_EXPECT_EQ(test,
			__annex_mm_map_page(&annex->mms, a, ADDR, page, 0), 0);
	KUNIT_EXPECT_EQ(test,
			__annex_mm_map_page(&annex->mms, b, ADDR, page, 0), 0);
	KUNIT_EXPECT_EQ(test, __annex_mm_map_page(&annex->mms, b, 0, page, 0),
			0);
	KUNIT_EXPECT_EQ(test, testmm_mapcount(annex, page), 3);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(page), 4U);
	KUNIT_EXPECT_EQ(test, annex_test_node(annex, ANNEX_NR_MAPPED), 1UL);
	annex_test_validate(test, annex);
	KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&annex->mms, b), 0);
	KUNIT_EXPECT_EQ(test, testmm_mapcount(annex, page), 1);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(page), 2U);
	KUNIT_EXPECT_EQ(test, phys_at(a, ADDR), testmm_phys(annex, page));
	KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&annex->mms, a), 0);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(page), 1U);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0), 0);
	annex_test_validate(test, annex);
}

static void mm_freed_frame_stays_until_it_is_unmapped(struct kunit *test)
{
	struct annex *annex = open(test);
	unsigned long free = annex_test_free_pages(annex);
	struct annex_page *page = testmm_frame(test, annex);
	struct annex_mm *mm = testmm_new(test, annex);

	KUNIT_EXPECT_EQ(test,
			__annex_mm_map_page(&annex->mms, mm, ADDR, page, 0), 0);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0), 0);
	KUNIT_EXPECT_EQ(test, annex_page_state(page), ANNEX_PAGE_USED);
	/* A second free does not drop the mapping's reference. */
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, phys_at(mm, ADDR), testmm_phys(annex, page));
	KUNIT_EXPECT_EQ(test, __annex_mm_unmap_page(&annex->mms, mm, ADDR), 0);
	KUNIT_EXPECT_NE(test, annex_page_state(page), ANNEX_PAGE_USED);
	KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&annex->mms, mm), 0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

/* Of a compound block any frame can be shown; its head counts. */
static void mm_tails_count_at_their_head(struct kunit *test)
{
	struct annex *annex = open(test);
	struct annex_page *head =
		annex_test_must_alloc(test, annex, GFP_HIGHUSER | __GFP_COMP, 3);
	struct annex_mm *mm = testmm_new(test, annex);
	unsigned int i;

	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ(test,
				__annex_mm_map_page(&annex->mms, mm,
						    ADDR + i * PAGE_SIZE,
						    head + 7 - i, 0),
				0);
	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ(test, phys_at(mm, ADDR + i * PAGE_SIZE),
				testmm_phys(annex, head + 7 - i));
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(head), 9U);
	KUNIT_EXPECT_EQ(test, testmm_mapcount(annex, head + 5), 8);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, head, 3), 0);
	KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&annex->mms, mm), 0);
	KUNIT_EXPECT_EQ(test, annex_test_node(annex, ANNEX_NR_MAPPED), 0UL);
	annex_test_validate(test, annex);
}

/* A folio that the owner attached is the one that counts. */
static void mm_uses_the_folio_that_is_there(struct kunit *test)
{
	struct annex *annex = open(test);
	struct annex_mapping mapping = {};
	struct annex_folio *folio;
	struct annex_page *page;
	struct annex_mm *mm = testmm_new(test, annex);

	KUNIT_ASSERT_EQ(test,
			__annex_folio_alloc(&annex->frames, GFP_HIGHUSER, 0,
					    &folio),
			0);
	page = annex_folio_head(folio);
	KUNIT_EXPECT_EQ(test,
			__annex_mm_map_page(&annex->mms, mm, ADDR, page, 0), 0);
	KUNIT_EXPECT_EQ(test, annex_folio_mapcount(folio), 1);
	KUNIT_EXPECT_EQ(test, __annex_folio_detach(&annex->frames, folio),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, __annex_mm_unmap_page(&annex->mms, mm, ADDR), 0);
	KUNIT_EXPECT_PTR_EQ(test, __annex_page_folio(&annex->frames, page),
			    folio);

	/* Its owner gives it up, and forgets the mapping. */
	KUNIT_EXPECT_EQ(test,
			__annex_mm_map_page(&annex->mms, mm, ADDR, page, 0), 0);
	folio->mapping = &mapping;
	KUNIT_EXPECT_EQ(test, __annex_put_page(&annex->frames, page), 0);
	KUNIT_EXPECT_EQ(test, __annex_mm_unmap_page(&annex->mms, mm, ADDR),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, phys_at(mm, ADDR), 0ULL);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(page), 1U);
	folio->mapping = NULL;
	KUNIT_EXPECT_EQ(test, __annex_put_page(&annex->frames, page), 0);
	annex_test_validate(test, annex);
}

/* A page that was mapped before the tables were made, and one mapped since. */
static void expect_in_each(struct kunit *test, struct annex_mm **mm, u64 first,
			   u64 at, u64 prot)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, phys_at(mm[i], first + 5),
				(u64)SZ_2M + 5);
		KUNIT_EXPECT_EQ(test, phys_at(mm[i], at + 7), (u64)SZ_1M + 7);
		KUNIT_EXPECT_EQ(test, prot_at(mm[i], at), prot);
	}
}

/* What the master shows, all show: what it has now, and what it gets. */
static void mm_master_is_seen_in_all(struct kunit *test)
{
	static const u64 offsets[] = { 0x40000000, 0x80000000, 0xc0000000 };
	const u64 prot = ANNEX_PTE_PRESENT | ANNEX_PTE_RW | ANNEX_PTE_GLOBAL;
	struct annex *annex;
	struct annex_mm *mm[3];
	unsigned int i, j;

	for (j = 0; j < ARRAY_SIZE(offsets); j++) {
		/* The last GB has no table of pages yet when they are made. */
		u64 at = 0xffc00000, first = offsets[j];

		annex = testmm_open(test, &half_high, first);
		KUNIT_EXPECT_EQ(test, annex_pgtable_map(&annex->tables.master, first,
							SZ_2M, SZ_2M, prot,
							true), 0);
		for (i = 0; i < 3; i++)
			mm[i] = testmm_new(test, annex);
		KUNIT_EXPECT_EQ(test, annex_pgtable_map(&annex->tables.master, at,
							SZ_1M, PAGE_SIZE, prot,
							false), 0);
		expect_in_each(test, mm, first, at, prot);
		annex_pgtable_protect(&annex->tables.master, at, PAGE_SIZE,
				      ANNEX_PTE_NX, ANNEX_PTE_RW);
		for (i = 0; i < 3; i++)
			KUNIT_EXPECT_EQ(test, prot_at(mm[i], at),
					(prot & ~ANNEX_PTE_RW) | ANNEX_PTE_NX);
		annex_pgtable_unmap(&annex->tables.master, at, PAGE_SIZE);
		for (i = 0; i < 3; i++) {
			KUNIT_EXPECT_EQ(test, phys_at(mm[i], at), 0ULL);
			KUNIT_EXPECT_EQ(test,
					__annex_mm_destroy(&annex->mms, mm[i]),
					0);
		}
		annex_pgtable_unmap(&annex->tables.master, first, SZ_2M);
		testmm_close(annex);
		annex_test_validate(test, annex);
	}
	test->priv = NULL;
}

/* What each kind of mistake is told; nothing changes. */
struct bad {
	struct annex *annex;
	struct annex_mm *mm;
	struct annex_page *page;
};

static int map_at(struct bad *b, u32 addr, struct annex_page *page,
		  unsigned int prot)
{
	return __annex_mm_map_page(&b->annex->mms, b->mm, addr, page, prot);
}

static int unaligned(struct bad *b)
{
	return map_at(b, ADDR + 1, b->page, 0);
}

static int kernels(struct bad *b)
{
	return map_at(b, TESTMM_OFFSET, b->page, 0);
}

static int strange_prot(struct bad *b)
{
	return map_at(b, ADDR + PAGE_SIZE, b->page, 4);
}

static int again(struct bad *b)
{
	return map_at(b, ADDR, b->page, 0);
}

static int no_frame(struct bad *b)
{
	return map_at(b, ADDR + PAGE_SIZE, NULL, 0);
}

static int foreign_frame(struct bad *b)
{
	return map_at(b, ADDR + PAGE_SIZE,
		      b->annex->frames.mem_map + b->annex->frames.nr_pages, 0);
}

static int reserved_frame(struct bad *b)
{
	return map_at(b, ADDR + PAGE_SIZE, b->annex->frames.mem_map, 0);
}

static int free_frame(struct bad *b)
{
	struct annex_page *page = annex_test_alloc(b->annex, GFP_HIGHUSER, 0);

	annex_block_free(&b->annex->frames, page, 0);
	return map_at(b, ADDR + PAGE_SIZE, page, 0);
}

static int inner_frame(struct bad *b)
{
	struct annex_page *page = annex_test_alloc(b->annex, GFP_HIGHUSER, 1);
	int err = map_at(b, ADDR + PAGE_SIZE, page + 1, 0);

	annex_block_free(&b->annex->frames, page, 1);
	return err;
}

static int table_frame(struct bad *b)
{
	u64 pfn = (b->mm->pt.root >> PAGE_SHIFT) - b->annex->frames.base_pfn;

	return map_at(b, ADDR + PAGE_SIZE, b->annex->frames.mem_map + pfn, 0);
}

static int private_frame(struct bad *b)
{
	struct annex_page *page = annex_test_alloc(b->annex, GFP_HIGHUSER, 0);
	int err;

	annex_page_set_bit(page, ANNEX_PG_PRIVATE);
	err = map_at(b, ADDR + PAGE_SIZE, page, 0);
	annex_page_clear_bit(page, ANNEX_PG_PRIVATE);
	annex_block_free(&b->annex->frames, page, 0);
	return err;
}

static int unmap_nothing(struct bad *b)
{
	return __annex_mm_unmap_page(&b->annex->mms, b->mm, ADDR + PAGE_SIZE);
}

static int unmap_unaligned(struct bad *b)
{
	return __annex_mm_unmap_page(&b->annex->mms, b->mm, ADDR + 1);
}

static int unmap_kernels(struct bad *b)
{
	return __annex_mm_unmap_page(&b->annex->mms, b->mm, TESTMM_OFFSET);
}

static int protect_hole(struct bad *b)
{
	return __annex_mm_protect(&b->annex->mms, b->mm, ADDR, SZ_8K, 0);
}

static int protect_kernels(struct bad *b)
{
	return __annex_mm_protect(&b->annex->mms, b->mm, ADDR,
				  TESTMM_OFFSET - ADDR + PAGE_SIZE, 0);
}

static int protect_around(struct bad *b)
{
	return __annex_mm_protect(&b->annex->mms, b->mm, ADDR, -(u32)PAGE_SIZE,
				  0);
}

static int protect_unaligned(struct bad *b)
{
	return __annex_mm_protect(&b->annex->mms, b->mm, ADDR, 1, 0);
}

static int protect_strangely(struct bad *b)
{
	return __annex_mm_protect(&b->annex->mms, b->mm, ADDR, PAGE_SIZE, ~0U);
}

static int destroy_none(struct bad *b)
{
	return __annex_mm_destroy(&b->annex->mms, NULL);
}

static int destroy_other(struct bad *b)
{
	return __annex_mm_destroy(&b->annex->mms, (struct annex_mm *)b->page);
}

static int destroy_twice(struct bad *b)
{
	struct annex_mm *mm = __annex_mm_create(&b->annex->mms);

	return __annex_mm_destroy(&b->annex->mms, mm) ?:
		       __annex_mm_destroy(&b->annex->mms, mm);
}

static int map_in_dead(struct bad *b)
{
	struct annex_mm *mm = __annex_mm_create(&b->annex->mms);

	__annex_mm_destroy(&b->annex->mms, mm);
	return __annex_mm_map_page(&b->annex->mms, mm, ADDR, b->page, 0);
}

static int unmap_in_dead(struct bad *b)
{
	struct annex_mm *mm = __annex_mm_create(&b->annex->mms);

	__annex_mm_destroy(&b->annex->mms, mm);
	return __annex_mm_unmap_page(&b->annex->mms, mm, ADDR);
}

static int protect_in_dead(struct bad *b)
{
	struct annex_mm *mm = __annex_mm_create(&b->annex->mms);

	__annex_mm_destroy(&b->annex->mms, mm);
	return __annex_mm_protect(&b->annex->mms, mm, ADDR, PAGE_SIZE, 0);
}

static int map_in_atomic(struct bad *b)
{
	int err;

	local_irq_disable();
	err = map_at(b, ADDR + PAGE_SIZE, b->page, 0);
	local_irq_enable();
	return err;
}

static int create_in_atomic(struct bad *b)
{
	struct annex_mm *mm;

	local_irq_disable();
	mm = __annex_mm_create(&b->annex->mms);
	local_irq_enable();
	return mm ? 0 : -EINVAL;
}

static const struct {
	const char *name;
	int (*call)(struct bad *b);
	int err;
} bad_calls[] = {
	{ "map at an odd address", unaligned, -EINVAL },
	{ "map in the kernel's part", kernels, -EINVAL },
	{ "map as nobody can", strange_prot, -EINVAL },
	{ "map where a frame is", again, -EEXIST },
	{ "map NULL", no_frame, -EFAULT },
	{ "map a foreign frame", foreign_frame, -EFAULT },
	{ "map a reserved frame", reserved_frame, -EPERM },
	{ "map a free frame", free_frame, -EALREADY },
	{ "map the middle of a block", inner_frame, -EINVAL },
	{ "map a table", table_frame, -EBUSY },
	{ "map a frame with a private value", private_frame, -EBUSY },
	{ "unmap nothing", unmap_nothing, -ENOENT },
	{ "unmap at an odd address", unmap_unaligned, -EINVAL },
	{ "unmap in the kernel's part", unmap_kernels, -EINVAL },
	{ "protect a hole", protect_hole, -ENOMEM },
	{ "protect the kernel's part", protect_kernels, -EINVAL },
	{ "protect all around", protect_around, -EINVAL },
	{ "protect a byte", protect_unaligned, -EINVAL },
	{ "protect as nobody can", protect_strangely, -EINVAL },
	{ "destroy NULL", destroy_none, -EFAULT },
	{ "destroy something else", destroy_other, -EFAULT },
	{ "destroy twice", destroy_twice, -EFAULT },
	{ "map in a dead process", map_in_dead, -EFAULT },
	{ "unmap in a dead process", unmap_in_dead, -EFAULT },
	{ "protect in a dead process", protect_in_dead, -EFAULT },
	{ "map where nobody may sleep", map_in_atomic, -EINVAL },
	{ "create where nobody may sleep", create_in_atomic, -EINVAL },
};

static void mm_refuses_and_changes_nothing(struct kunit *test)
{
	struct annex *annex = open(test);
	struct bad b = {
		.annex = annex,
		.mm = testmm_new(test, annex),
		.page = testmm_frame(test, annex),
	};
	unsigned long free, bad;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, map_at(&b, ADDR, b.page, ANNEX_MM_WRITE), 0);
	for (i = 0; i < ARRAY_SIZE(bad_calls); i++) {
		free = annex_test_free_pages(annex);
		bad = annex_test_event(annex, ANNEX_BAD_MAP);
		KUNIT_EXPECT_EQ_MSG(test, bad_calls[i].call(&b),
				    bad_calls[i].err, "%s", bad_calls[i].name);
		KUNIT_EXPECT_EQ_MSG(test, annex_test_event(annex, ANNEX_BAD_MAP),
				    bad + 1, "%s", bad_calls[i].name);
		KUNIT_EXPECT_EQ_MSG(test, annex_test_free_pages(annex), free,
				    "%s", bad_calls[i].name);
		KUNIT_EXPECT_EQ(test, prot_at(b.mm, ADDR), ANNEX_PTE_PRESENT |
				ANNEX_PTE_USER | ANNEX_PTE_RW | ANNEX_PTE_NX);
		KUNIT_EXPECT_EQ(test, annex_page_ref_count(b.page), 2U);
		KUNIT_EXPECT_EQ(test, testmm_mapcount(annex, b.page), 1);
		KUNIT_EXPECT_EQ(test, testmm_tables(annex), 3UL);
	}
	annex_test_validate(test, annex);
	KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&annex->mms, b.mm), 0);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, b.page, 0), 0);
}

static struct kunit_case mm_cases[] = {
	KUNIT_CASE(mm_maps_frames_and_holds_them),
	KUNIT_CASE(mm_entries_say_what_may_be_done),
	KUNIT_CASE(mm_protect_stops_at_holes),
	KUNIT_CASE(mm_frames_can_be_shown_often),
	KUNIT_CASE(mm_freed_frame_stays_until_it_is_unmapped),
	KUNIT_CASE(mm_tails_count_at_their_head),
	KUNIT_CASE(mm_uses_the_folio_that_is_there),
	KUNIT_CASE(mm_master_is_seen_in_all),
	KUNIT_CASE(mm_refuses_and_changes_nothing),
	{}
};

static struct kunit_suite annex_mm_suite = {
	.name = "annex_mm",
	.exit = mm_exit,
	.test_cases = mm_cases,
};

kunit_test_suite(annex_mm_suite);
