// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of windows, scratch slots and TLB invalidation, on frames of the
 * second half of the reserved range, which has no other user.
 */
#include <linux/io.h>
#include <linux/sizes.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "base/refuse.h"
#include "host/area.h"
#include "host/frame.h"
#include "host/host.h"
#include "host/memtest.h"
#include "host/scratch.h"
#include "host/tlb.h"
#include "lib/testpool.h"
#include "lib/testrange.h"

#define BASE_PFN	((unsigned long)(TEST_RANGE_START >> PAGE_SHIFT))

struct fixture {
	struct annex_host host;
	struct annex_window win;
};

/* 700 pages: at least two PTE pages, whatever its start. */
#define WINDOW_PAGES	700

static int window_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	struct annex_reason why;

	if (!f)
		return -ENOMEM;
	test->priv = f;
	return annex_scratch_get(&f->host, &why) ?:
	       annex_window_get(&f->win, "test", WINDOW_PAGES, &why);
}

static void window_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	if (!f)
		return;
	annex_window_put(&f->win);
	annex_scratch_put(&f->host);
}

static void window_starts_with_nothing_of_ours(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long i;

	KUNIT_EXPECT_EQ(test, f->win.nr_pages, (unsigned long)WINDOW_PAGES);
	for (i = 0; i < WINDOW_PAGES; i++) {
		u32 *word = annex_window_addr(&f->win, i);

		KUNIT_EXPECT_EQ(test, annex_window_pfn(&f->win, i),
				ANNEX_WINDOW_NONE);
		KUNIT_EXPECT_EQ(test, *word, 0U);
	}
}

static void window_shows_the_frames_it_is_given(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long i;

	annex_window_map(&f->win, 0, BASE_PFN, WINDOW_PAGES);
	annex_tlb_flush_range(f->win.addr, WINDOW_PAGES);
	for (i = 0; i < WINDOW_PAGES; i++) {
		KUNIT_EXPECT_EQ(test, annex_window_pfn(&f->win, i),
				BASE_PFN + i);
		*(u32 *)annex_window_addr(&f->win, i) = 0xfeed0000 + i;
	}
	/* Through another mapping, and backwards by the window. */
	for (i = 0; i < WINDOW_PAGES; i++) {
		u32 word;

		annex_frame_read(&f->host, BASE_PFN + i, 0, &word,
				 sizeof(word));
		KUNIT_EXPECT_EQ(test, word, 0xfeed0000U + (u32)i);
		annex_window_map(&f->win, WINDOW_PAGES - 1 - i, BASE_PFN + i,
				 1);
	}
	annex_tlb_flush_range(f->win.addr, WINDOW_PAGES);
	for (i = 0; i < WINDOW_PAGES; i++)
		KUNIT_EXPECT_EQ(test, *(u32 *)annex_window_addr(&f->win, i),
				0xfeed0000U + WINDOW_PAGES - 1 - (u32)i);
}

static void window_forgets_what_is_unmapped(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 *word = annex_window_addr(&f->win, 5);

	annex_window_map(&f->win, 5, BASE_PFN, 1);
	annex_tlb_flush_range(word, 1);
	*word = 1;
	annex_window_unmap(&f->win, 5, 1);
	annex_tlb_flush_range(word, 1);
	KUNIT_EXPECT_EQ(test, annex_window_pfn(&f->win, 5),
			ANNEX_WINDOW_NONE);
	KUNIT_EXPECT_EQ(test, *word, 0U);
}

static bool shows_nothing(const void *addr)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)addr, &level);

	return !pte || (level == PG_LEVEL_4K && pte_none(*pte));
}

/*
 * Of each area, the pages beside the window:
 *
 *   | even? | window ... | guard | label |
 *
 * The label is there, or in a hole below that is too small for the area.
 */
static void expect_guards(struct kunit *test, const struct annex_window *win)
{
	void *end = annex_window_addr(win, win->nr_pages);
	void *area_end = win->area + (win->area_pages << PAGE_SHIFT);
	void *addr;

	KUNIT_EXPECT_GE(test, (unsigned long)win->addr,
			(unsigned long)win->area);
	KUNIT_EXPECT_LT(test, (unsigned long)end, (unsigned long)area_end);
	for (addr = win->area; addr < win->addr; addr += PAGE_SIZE)
		KUNIT_EXPECT_TRUE(test, shows_nothing(addr));
	for (addr = end; addr < area_end; addr += PAGE_SIZE)
		KUNIT_EXPECT_TRUE(test, shows_nothing(addr));
	if (win->label > win->area)
		KUNIT_EXPECT_PTR_EQ(test, win->label, annex_area_end(win));
	KUNIT_EXPECT_TRUE(test, shows_nothing(win->label));
}

/* As many pages as the host would take from a block of several areas, too. */
static void window_stands_between_guards_in_an_area_of_its_own(struct kunit *test)
{
	static const unsigned int sizes[] = { 1, 2, BITS_PER_LONG - 1,
					      BITS_PER_LONG,
					      BITS_PER_LONG + 1, 1000 };
	struct fixture *f = test->priv;
	struct annex_reason why;
	struct annex_window win;
	unsigned int i;

	expect_guards(test, &f->win);
	expect_guards(test, &f->host.scratch);
	for (i = 0; i < 2 * ARRAY_SIZE(sizes); i++) {
		KUNIT_ASSERT_EQ(test, annex_window_get_even(&win, "even",
							    sizes[i / 2], i % 2,
							    &why), 0);
		expect_guards(test, &win);
		KUNIT_EXPECT_GT(test, win.area_pages, (unsigned long)BITS_PER_LONG);
		KUNIT_EXPECT_EQ(test, i % 2,
				(unsigned int)((unsigned long)win.addr >>
					       PAGE_SHIFT & 1));
		annex_window_put(&win);
	}
}

/*
 * Holes below the window in which a label has room and a window has none, and
 * the host gives out the lowest addresses first:
 *
 *   |x.|  |x.|  |x.|  ...  | window | guard | label |
 */
static void window_has_its_label_behind_it_whatever_is_free_below(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct annex_reason why;
	struct annex_window win;
	void *holes[128] = {};
	unsigned int i;

	/* First of all make free what the host unmaps lazily, or the rest is above. */
	vm_unmap_aliases();
	for (i = 0; i < ARRAY_SIZE(holes); i++)
		holes[i] = vmap(&f->win.dummy, 1, VM_MAP, PAGE_KERNEL);
	for (i = 0; i < ARRAY_SIZE(holes); i += 2)
		vunmap(holes[i]);
	vm_unmap_aliases();
	KUNIT_EXPECT_EQ(test, annex_window_get(&win, "test", 100, &why), 0);
	expect_guards(test, &win);
	KUNIT_EXPECT_PTR_EQ(test, win.label, annex_area_end(&win));
	annex_window_put(&win);
	for (i = 1; i < ARRAY_SIZE(holes); i += 2)
		vunmap(holes[i]);
}

static void window_that_cannot_be_had_leaves_nothing(struct kunit *test)
{
	struct annex_window win = {};
	struct annex_reason why = {};

	/* More than the vmalloc space has. */
	KUNIT_EXPECT_EQ(test, annex_window_get(&win, "huge", SZ_512M
					       >> PAGE_SHIFT, &why), -ENOMEM);
	KUNIT_EXPECT_NULL(test, win.addr);
	KUNIT_EXPECT_NULL(test, win.dummy);
	KUNIT_EXPECT_NULL(test, win.tables);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(why.text, "boot with vmalloc="),
			      "%s", why.text);
	annex_window_put(&win);
}

static void window_space_is_plausible(struct kunit *test)
{
	struct annex_space before, after;
	struct annex_window win;
	struct annex_reason why;

	annex_window_space(&before);
	KUNIT_EXPECT_GT(test, before.total, before.largest);
	KUNIT_EXPECT_GT(test, before.largest, (unsigned long)SZ_16M);
	KUNIT_ASSERT_EQ(test, annex_window_get(&win, "half", before.largest
					       / 2 >> PAGE_SHIFT, &why), 0);
	annex_window_space(&after);
	KUNIT_EXPECT_LE(test, after.largest, before.largest / 2 + SZ_1M);
	annex_window_put(&win);
}

static void window_advice_covers_what_is_missing(struct kunit *test)
{
	const struct annex_space space = {
		.total = SZ_128M, .largest = SZ_64M, .both = SZ_1G - SZ_16M,
	};
	struct annex_advice advice;

	KUNIT_EXPECT_STREQ(test, annex_window_advise(&space, SZ_32M, &advice),
			   "boot with vmalloc=128M");
	KUNIT_EXPECT_STREQ(test, annex_window_advise(&space, SZ_64M, &advice),
			   "boot with vmalloc=144M");
	KUNIT_EXPECT_STREQ(test, annex_window_advise(&space, SZ_128M, &advice),
			   "boot with vmalloc=208M");
	/* 64 MB are there; with 752 MB in all, 256 MB are left to the kernel. */
	KUNIT_EXPECT_STREQ(test, annex_window_advise(&space,
						     SZ_512M + SZ_128M + SZ_16M,
						     &advice),
			   "boot with vmalloc=736M");
	KUNIT_EXPECT_STREQ(test, annex_window_advise(&space, SZ_1G, &advice),
			   "no vmalloc= leaves the kernel enough; ask for less");
	KUNIT_EXPECT_STREQ(test, annex_window_advise(&space, 1ULL << 40,
						     &advice),
			   "no vmalloc= leaves the kernel enough; ask for less");
}

/* The host maps 16 MB of a device by 2 MB each, with no table of 4 KB entries. */
static void window_space_sees_large_mappings(struct kunit *test)
{
	void __iomem *big[16] = {};
	struct annex_space space;
	unsigned int i, n;

	/* As many as the host can place; it says so in its log. */
	for (n = 0; n < ARRAY_SIZE(big); n++) {
		big[n] = ioremap(0xfd000000, SZ_16M);
		if (!big[n])
			break;
	}
	annex_window_space(&space);
	KUNIT_EXPECT_GT(test, n, 1U);
	KUNIT_EXPECT_LT(test, n, (unsigned int)ARRAY_SIZE(big));
	/* 16 MB, aligned to 4 MB, and a guard page did not fit. */
	KUNIT_EXPECT_LT(test, space.largest, (unsigned long)SZ_16M + SZ_8M);
	for (i = 0; i < n; i++)
		iounmap(big[i]);
}

/* The proof of one page, whatever the pages around it map. */
static void expect_page_is_proved(struct kunit *test, struct fixture *f)
{
	struct annex_reason why = {};

	KUNIT_EXPECT_EQ(test, annex_window_prove_page(&f->host, &f->win, 7,
						      BASE_PFN + 7, &why), 0);
	KUNIT_EXPECT_EQ(test, annex_window_prove_page(&f->host, &f->win, 7,
						      BASE_PFN + 8, &why),
			-EFAULT);
}

static void window_proof_holds_and_can_fail(struct kunit *test)
{
	struct annex_host *other = kunit_kzalloc(test, sizeof(*other),
						 GFP_KERNEL);
	struct fixture *f = test->priv;
	struct annex_reason why = {};
	u32 *word = annex_window_addr(&f->win, 0);

	KUNIT_ASSERT_NOT_NULL(test, other);
	annex_window_map(&f->win, 0, BASE_PFN, WINDOW_PAGES);
	annex_tlb_flush_range(f->win.addr, WINDOW_PAGES);
	*word = 0x600dda7a;
	KUNIT_EXPECT_EQ_MSG(test, annex_window_prove(&f->host, &f->win,
						     BASE_PFN, &why), 0, "%s",
			    why.text);
	KUNIT_EXPECT_EQ(test, *word, 0x600dda7aU);

	/* The entries are right, but other memory answers at the frames. */
	other->plain = vzalloc(WINDOW_PAGES << PAGE_SHIFT);
	other->plain_base_pfn = BASE_PFN;
	KUNIT_ASSERT_NOT_NULL(test, other->plain);
	KUNIT_EXPECT_EQ(test, annex_window_prove(other, &f->win, BASE_PFN,
						 &why), -EFAULT);
	KUNIT_EXPECT_EQ(test, *word, 0x600dda7aU);
	vfree(other->plain);

	expect_page_is_proved(test, f);

	/* One entry is wrong: nothing is written through it. */
	annex_window_map(&f->win, WINDOW_PAGES - 1, BASE_PFN + 1, 1);
	annex_tlb_flush_range(f->win.addr, WINDOW_PAGES);
	KUNIT_EXPECT_EQ(test, annex_window_prove(&f->host, &f->win, BASE_PFN,
						 &why), -EFAULT);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(why.text, "page 699 of window test"),
			      "%s", why.text);
}

static void window_scratch_names_the_frame_it_is_asked_for(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct annex_reason why = {};

	KUNIT_EXPECT_EQ(test, annex_scratch_check(&f->host, BASE_PFN, &why), 0);
	KUNIT_EXPECT_EQ(test, annex_scratch_check(&f->host, 0xfffffUL, &why),
			0);
	/* A host that has no slots but answers all the same. */
	f->host.plain = f->win.addr;
	f->host.plain_base_pfn = BASE_PFN;
	KUNIT_EXPECT_EQ(test, annex_scratch_check(&f->host, BASE_PFN, &why),
			-EFAULT);
	f->host.plain = NULL;
}

static int probe(struct annex_host *host, unsigned long pfn, unsigned long nr,
		 struct annex_reason *why)
{
	annex_memtest_write(host, pfn, nr, 0);
	annex_frame_sync();
	return annex_memtest_check(host, pfn, nr, 0, why);
}

static void window_probe_tells_memory_from_none(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct annex_reason why = {};

	KUNIT_EXPECT_EQ(test, probe(&f->host, BASE_PFN, 131072, &why), 0);
	KUNIT_EXPECT_EQ(test, annex_memtest(&f->host, BASE_PFN, 64, 12, &why),
			0);
	/* 200 GB: no such memory in any test machine. */
	KUNIT_EXPECT_EQ(test, probe(&f->host, 200UL << 18, 1024, &why), -EIO);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(why.text, "0x3200000000"), "%s",
			      why.text);
}

struct look {
	u32 *word;
	u32 seen;
};

static void look_at_word(void *arg)
{
	struct look *look = arg;

	look->seen = READ_ONCE(*look->word);
}

/*
 * One page is moved from frame to frame, and after each move every CPU reads
 * the frame's number through it. @flush can be left out to see the test fail.
 */
static unsigned long stale_reads(struct fixture *f, unsigned int moves,
				 bool flush)
{
	struct look look = { .word = annex_window_addr(&f->win, 9) };
	unsigned long stale = 0;
	unsigned int i;
	int cpu;

	for (i = 0; i < 16; i++)
		annex_frame_fill(&f->host, BASE_PFN + i, i);
	for (i = 0; i < moves; i++) {
		annex_window_map(&f->win, 9, BASE_PFN + i % 16, 1);
		if (flush)
			annex_tlb_flush_range(look.word, 1);
		for_each_online_cpu(cpu) {
			smp_call_function_single(cpu, look_at_word, &look, 1);
			stale += look.seen != i % 16;
		}
	}
	return stale;
}

static void tlb_flush_reaches_every_cpu(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, stale_reads(test->priv, 2000, true), 0UL);
}

/* A TLB that holds nothing would pass the test above whatever is flushed. */
static void tlb_without_a_flush_is_stale(struct kunit *test)
{
	KUNIT_EXPECT_GT(test, stale_reads(test->priv, 200, false), 0UL);
}

static void tlb_flush_of_many_pages_is_complete(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int round, i;

	for (i = 0; i < 128; i++)
		annex_frame_fill(&f->host, BASE_PFN + i, i);
	for (round = 0; round < 4; round++) {
		annex_window_map(&f->win, 0, BASE_PFN + round * 32, 32);
		annex_window_map(&f->win, 32, BASE_PFN + round * 32, 32);
		annex_tlb_flush_range(f->win.addr, 64);
		for (i = 0; i < 64; i++)
			KUNIT_EXPECT_EQ(test,
					*(u32 *)annex_window_addr(&f->win, i),
					round * 32 + i % 32);
	}
}

static struct kunit_case window_cases[] = {
	KUNIT_CASE(window_starts_with_nothing_of_ours),
	KUNIT_CASE(window_shows_the_frames_it_is_given),
	KUNIT_CASE(window_forgets_what_is_unmapped),
	KUNIT_CASE(window_stands_between_guards_in_an_area_of_its_own),
	KUNIT_CASE(window_has_its_label_behind_it_whatever_is_free_below),
	KUNIT_CASE(window_that_cannot_be_had_leaves_nothing),
	KUNIT_CASE(window_space_is_plausible),
	KUNIT_CASE(window_advice_covers_what_is_missing),
	KUNIT_CASE(window_space_sees_large_mappings),
	KUNIT_CASE(window_proof_holds_and_can_fail),
	KUNIT_CASE(window_scratch_names_the_frame_it_is_asked_for),
	KUNIT_CASE(window_probe_tells_memory_from_none),
	KUNIT_CASE(tlb_flush_reaches_every_cpu),
	KUNIT_CASE(tlb_without_a_flush_is_stale),
	KUNIT_CASE(tlb_flush_of_many_pages_is_complete),
	{}
};

static struct kunit_suite annex_window_suite = {
	.name = "annex_window",
	.init = window_init,
	.exit = window_exit,
	.test_cases = window_cases,
};

kunit_test_suite(annex_window_suite);
