// SPDX-License-Identifier: GPL-2.0-only
/*
 * Real pools whose tables the MMU is asked about.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "base/refuse.h"
#include "host/frame.h"
#include "page/page_alloc.h"
#include "testmmu.h"

static int peek(void *arg, u64 phys, u32 *word)
{
	struct annex *annex = arg;

	if (phys < annex->frames.range.start || phys >= annex->frames.range.end)
		return -EFAULT;
	annex_frame_read(&annex->host, phys >> PAGE_SHIFT,
			 offset_in_page((unsigned long)phys), word,
			 sizeof(*word));
	return 0;
}

static void stamp(struct testmmu *s, struct annex_page *page)
{
	annex_pfn_t pfn = page - s->annex.frames.mem_map;

	annex_frame_fill(&s->annex.host, s->annex.frames.base_pfn + pfn,
			 mmu_stamp(pfn));
	__set_bit(pfn, s->stamped);
}

/* Where the process shows them: at borders of 2 MB and 1 GB, too. */
static const u32 groups[] = {
	0, SZ_2M - 6 * SZ_4K, SZ_1G - 12 * SZ_4K, 0x12345000,
};

#define PER_GROUP	(TESTMMU_SHOWN / ARRAY_SIZE(groups))

u32 testmmu_shown_addr(unsigned int nr)
{
	return groups[nr / PER_GROUP] + nr % PER_GROUP * SZ_4K;
}

struct annex_page *testmmu_shown_at(const struct testmmu *s, u32 addr)
{
	unsigned int i;

	for (i = 0; i < TESTMMU_SHOWN; i++)
		if (testmmu_shown_addr(i) == addr)
			return s->pages[i];
	return NULL;
}

/* Frames that the process shows in all four ways, some of lowmem, some not. */
static void show_frames(struct kunit *test, struct testmmu *s)
{
	for (; s->nr < TESTMMU_SHOWN; s->nr++) {
		unsigned int i = s->nr;

		s->pages[i] = annex_test_must_alloc(test, &s->annex,
						    i & 4 ? GFP_KERNEL :
							    GFP_HIGHUSER, 0);
		KUNIT_ASSERT_EQ(test,
				__annex_mm_map_page(&s->annex.mms, s->mm,
						    testmmu_shown_addr(i),
						    s->pages[i], i % 4),
				0);
	}
}

/* All that there is, but a few frames of lowmem. */
static void take_frames(struct kunit *test, struct testmmu *s)
{
	unsigned int i;

	show_frames(test, s);
	for (i = 0; i < TESTMMU_TABLES; i++)
		s->table[i] = annex_test_must_alloc(test, &s->annex,
						    GFP_KERNEL | __GFP_ZERO, 0);
	s->nr_tables = TESTMMU_TABLES;
	s->nr += annex_test_exhaust(&s->annex, GFP_HIGHUSER | __GFP_MEMALLOC,
				    s->pages + s->nr);
	for (i = 0; i < s->nr; i++)
		stamp(s, s->pages[i]);
}

/**
 * testmmu_open() - make a pool whose tables the MMU can be asked about
 * @test: the test; it ends here if there is no memory
 * @params: what from
 *
 * Return: the pool, all frames of which that can be had are the test's.
 */
struct testmmu *testmmu_open(struct kunit *test,
			     const struct annex_params *params)
{
	struct testmmu *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	struct annex_reason why = {};

	KUNIT_ASSERT_NOT_NULL(test, s);
	test->priv = s;
	s->room = mmu_room_make();
	KUNIT_ASSERT_NOT_NULL(test, s->room);
	KUNIT_ASSERT_EQ_MSG(test, annex_create(&s->annex, params, &why), 0,
			    "%s", why.text);
	s->pages = annex_test_array(test, &s->annex);
	s->stamped =
		kunit_kcalloc(test, BITS_TO_LONGS(s->annex.frames.nr_pages),
			      sizeof(long), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s->stamped);
	s->mm = testmm_new(test, &s->annex);
	take_frames(test, s);
	return s;
}

/**
 * testmmu_view() - look at other tables
 * @test: the test; it ends here if their first level cannot be read
 * @s: the pool
 * @pt: the tables
 */
void testmmu_view(struct kunit *test, struct testmmu *s,
		  const struct annex_pgtable *pt)
{
	s->view = (struct mmu_view){
		.pt = pt,
		.start = s->annex.frames.range.start,
		.end = s->annex.frames.range.end,
		.stamped = s->stamped,
		.peek = peek,
		.arg = &s->annex,
	};
	KUNIT_ASSERT_EQ(test, mmu_view_init(&s->view), 0);
}

/**
 * testmmu_close() - every frame has its stamp still, and goes back
 * @test: the test
 * @s: the pool
 */
void testmmu_close(struct kunit *test, struct testmmu *s)
{
	unsigned int i;
	u32 found;

	KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&s->annex.mms, s->mm), 0);
	for (i = 0; i < s->nr; i++) {
		annex_pfn_t pfn = s->pages[i] - s->annex.frames.mem_map;

		KUNIT_EXPECT_EQ(test,
				annex_frame_mismatch(&s->annex.host,
						     s->annex.frames.base_pfn +
							     pfn,
						     mmu_stamp(pfn), &found),
				-1);
		annex_block_free(&s->annex.frames, s->pages[i], 0);
	}
	for (i = 0; i < s->nr_tables; i++)
		annex_block_free(&s->annex.frames, s->table[i], 0);
	s->nr = 0;
	s->nr_tables = 0;
	annex_test_validate(test, &s->annex);
	KUNIT_EXPECT_EQ(test, annex_destroy(&s->annex), 0UL);
}

/**
 * testmmu_expect_right() - expect that MMU and walker agreed
 * @test: the test
 * @what: what they were asked about
 * @t: what came of it
 */
void testmmu_expect_right(struct kunit *test, const char *what,
			  const struct mmu_tally *t)
{
	kunit_info(test,
		   "%s: %lu asked, %lu read, %lu written, %lu called, %lu faults caught, the last at %#x with error %#x\n",
		   what, t->asked, t->reads, t->writes, t->execs, t->faults,
		   t->cr2, t->error);
	KUNIT_EXPECT_EQ_MSG(test, t->wrong, 0UL, "%s: %s", what, t->first);
	KUNIT_EXPECT_GT(test, t->asked, 0UL);
}

/* For a suite's exit: what a test has not closed. */
void testmmu_exit(struct kunit *test)
{
	struct testmmu *s = test->priv;

	if (!s)
		return;
	mmu_room_free(s->room);
	if (s->annex.frames.nr_pages)
		annex_destroy(&s->annex);
}
