// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of mappings that everybody sees, as far as one thread can tell: what a
 * slot counts, when it is given to another frame, and what that costs. The
 * window is a table that no machine walks; addresses are numbers.
 */
#include <linux/irqflags.h>

#include "kmap/kmap_fast.h"
#include "kmap/pkmap.h"
#include "lib/testmap.h"
#include "lib/testpool.h"

#define SLOTS	ANNEX_PKMAP_MIN

static const struct annex_testpool pool = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 1024,
	.contents = true, .pkmap = SLOTS,
};

static unsigned long shown(const struct annex *annex, const void *addr)
{
	return annex_test_shown(annex, &annex->host.pkmap, addr);
}

static unsigned long flushes(struct annex *annex)
{
	return annex_test_event(annex, ANNEX_PKMAP_FLUSHES);
}

static unsigned long shootdowns(struct annex *annex)
{
	return annex_test_event(annex, ANNEX_TLB_SHOOTDOWNS);
}

/* 0 -> 2 -> 3 -> 2 -> 1 -> 2 -> 1 -> 0 */
static void pkmap_counts_as_the_kernel_does(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	struct annex_page *page = annex_test_high(annex, 7);
	annex_pfn_t pfn = page - annex->frames.mem_map;
	void *addr;

	KUNIT_EXPECT_EQ(test, annex_test_slot_count(annex, page), 0U);
	KUNIT_EXPECT_NULL(test, __annex_page_address(&annex->pkmap, page));
	addr = annex_kmap_fast(&annex->pkmap, page);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_EQ(test, annex_test_slot_count(annex, page), 2U);
	KUNIT_EXPECT_EQ(test, shown(annex, addr), (unsigned long)pfn);
	KUNIT_EXPECT_PTR_EQ(test, annex_kmap_fast(&annex->pkmap, page), addr);
	KUNIT_EXPECT_EQ(test, annex_test_slot_count(annex, page), 3U);
	KUNIT_EXPECT_EQ(test, annex_kunmap_fast(&annex->pkmap, page), 0);
	KUNIT_EXPECT_EQ(test, annex_test_slot_count(annex, page), 2U);
	KUNIT_EXPECT_EQ(test, annex_kunmap_fast(&annex->pkmap, page), 0);
	/* It has no user now, and stays mapped for the next one. */
	KUNIT_EXPECT_EQ(test, annex_test_slot_count(annex, page), 1U);
	KUNIT_EXPECT_EQ(test, shown(annex, addr), (unsigned long)pfn);
	KUNIT_EXPECT_PTR_EQ(test, __annex_page_address(&annex->pkmap, page),
			    addr);
	KUNIT_EXPECT_PTR_EQ(test, annex_kmap_fast(&annex->pkmap, page), addr);
	KUNIT_EXPECT_EQ(test, annex_test_slot_count(annex, page), 2U);
	KUNIT_EXPECT_EQ(test, annex_kunmap_fast(&annex->pkmap, page), 0);
	annex_test_validate(test, annex);
	KUNIT_EXPECT_EQ(test, __annex_kmap_flush_unused(&annex->pkmap), 1);
	KUNIT_EXPECT_EQ(test, annex_test_slot_count(annex, page), 0U);
	KUNIT_EXPECT_EQ(test, shown(annex, addr), ANNEX_WINDOW_NONE);
	KUNIT_EXPECT_NULL(test, __annex_page_address(&annex->pkmap, page));
	KUNIT_EXPECT_NULL(test, __annex_kmap_high_get(&annex->pkmap, page));
	annex_test_expect_slots(test, annex, 0, 0);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), 0UL);
	annex_test_validate(test, annex);
}

static void pkmap_gives_each_frame_its_address(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	void *start = annex->host.pkmap.addr, *addr[SLOTS];
	unsigned int i, k;

	for (i = 0; i < SLOTS; i++) {
		struct annex_page *page = annex_test_high(annex, 31 * i);
		annex_pfn_t pfn = page - annex->frames.mem_map;

		addr[i] = annex_kmap_fast(&annex->pkmap, page);
		KUNIT_ASSERT_NOT_NULL(test, addr[i]);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)addr[i],
						   PAGE_SIZE));
		KUNIT_EXPECT_TRUE(test, addr[i] >= start &&
				  addr[i] < start + SLOTS * PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, shown(annex, addr[i]),
				(unsigned long)pfn);
		KUNIT_EXPECT_PTR_EQ(test,
				    annex_pkmap_addr_page(&annex->pkmap,
							  addr[i]),
				    page);
		KUNIT_EXPECT_PTR_EQ(test,
				    annex_pkmap_addr_page(&annex->pkmap,
							  addr[i] + PAGE_SIZE -
								  1),
				    page);
		for (k = 0; k < i; k++)
			KUNIT_EXPECT_PTR_NE(test, addr[k], addr[i]);
	}
	for (i = 0; i < SLOTS; i++) {
		struct annex_page *page = annex_test_high(annex, 31 * i);

		KUNIT_EXPECT_PTR_EQ(test,
				    __annex_page_address(&annex->pkmap, page),
				    addr[i]);
	}
	annex_test_expect_slots(test, annex, SLOTS, 0);
	annex_test_validate(test, annex);
}

static void pkmap_knows_addresses_that_are_none(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	void *start = annex->host.pkmap.addr;
	const void *none[] = {
		NULL,
		start - 1,
		start - PAGE_SIZE,
		start + SLOTS * PAGE_SIZE,
		(void *)-1UL,
		annex,
		annex->frames.lowmem,
		annex->frames.mem_map,
	};
	unsigned int i;

	annex_test_kmap(test, annex, 0, SLOTS);
	for (i = 0; i < ARRAY_SIZE(none); i++)
		KUNIT_EXPECT_NULL(test, annex_pkmap_addr_page(&annex->pkmap,
							      none[i]));
	annex_test_kunmap(test, annex, 0, SLOTS);
	KUNIT_EXPECT_EQ(test, __annex_kmap_flush_unused(&annex->pkmap), SLOTS);
	for (i = 0; i < SLOTS; i++)
		KUNIT_EXPECT_NULL(test,
				  annex_pkmap_addr_page(&annex->pkmap,
							start + i * PAGE_SIZE));
	annex_test_validate(test, annex);
}

static void pkmap_high_get_maps_nothing_itself(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	struct annex_page *page = annex_test_high(annex, 0);
	unsigned long flags;
	void *addr;

	KUNIT_EXPECT_NULL(test, __annex_kmap_high_get(&annex->pkmap, page));
	annex_test_expect_slots(test, annex, 0, 0);
	addr = annex_kmap_fast(&annex->pkmap, page);
	KUNIT_EXPECT_PTR_EQ(test, __annex_kmap_high_get(&annex->pkmap, page),
			    addr);
	KUNIT_EXPECT_EQ(test, annex_test_slot_count(annex, page), 3U);
	annex_test_kunmap(test, annex, 0, 1);
	annex_test_kunmap(test, annex, 0, 1);
	/* An unused slot gets users again, even from atomic context. */
	local_irq_save(flags);
	KUNIT_EXPECT_PTR_EQ(test, __annex_kmap_high_get(&annex->pkmap, page),
			    addr);
	KUNIT_EXPECT_EQ(test, annex_test_slot_count(annex, page), 2U);
	KUNIT_EXPECT_EQ(test, annex_kunmap_fast(&annex->pkmap, page), 0);
	local_irq_restore(flags);
	annex_test_expect_slots(test, annex, 0, 1);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), 0UL);
	annex_test_validate(test, annex);
}

static void pkmap_lowmem_needs_no_slot(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	annex_pfn_t pfn;

	/* Not even if there is none left. */
	annex_test_kmap(test, annex, 0, SLOTS);
	for (pfn = 0; pfn < annex->frames.lowmem_pages; pfn++) {
		struct annex_page *page = annex->frames.mem_map + pfn;
		void *addr = annex->frames.lowmem + ((size_t)pfn << PAGE_SHIFT);

		KUNIT_EXPECT_PTR_EQ(test,
				    __annex_page_address(&annex->pkmap, page),
				    addr);
		KUNIT_EXPECT_PTR_EQ(test, annex_kmap_fast(&annex->pkmap, page),
				    addr);
		KUNIT_EXPECT_PTR_EQ(test,
				    __annex_kmap_high_get(&annex->pkmap, page),
				    addr);
		KUNIT_EXPECT_EQ(test, annex_kunmap_fast(&annex->pkmap, page),
				0);
		KUNIT_EXPECT_EQ(test, annex_kunmap_fast(&annex->pkmap, page),
				0);
	}
	/* The first frame beyond has none. */
	annex_test_kunmap(test, annex, 0, 1);
	KUNIT_EXPECT_EQ(test, __annex_kmap_flush_unused(&annex->pkmap), 1);
	KUNIT_EXPECT_NULL(test,
			  __annex_page_address(&annex->pkmap,
					       annex->frames.mem_map + pfn));
	annex_test_expect_slots(test, annex, SLOTS - 1, 0);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_PKMAP_WAITS), 0UL);
	annex_test_validate(test, annex);
}

/* However many frames: one invalidation for each round through the slots. */
static void pkmap_costs_one_flush_a_wrap(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	unsigned int round;

	for (round = 0; round < 20; round++) {
		annex_test_kmap_use(test, annex, round * SLOTS, 1);
		KUNIT_EXPECT_EQ(test, flushes(annex), (unsigned long)round);
		annex_test_kmap_use(test, annex, round * SLOTS + 1, SLOTS - 1);
		KUNIT_EXPECT_EQ(test, flushes(annex), (unsigned long)round);
		KUNIT_EXPECT_EQ(test, shootdowns(annex), (unsigned long)round);
		annex_test_expect_slots(test, annex, 0, SLOTS);
		annex_test_validate(test, annex);
	}
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_PKMAP_WAITS), 0UL);
}

/* Those in use stay where they are, whatever comes and goes around them. */
static void pkmap_flushes_only_what_nobody_uses(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	void *addr[SLOTS / 2];
	unsigned int i, k;

	for (i = 0; i < SLOTS; i++) {
		struct annex_page *page = annex_test_high(annex, i);

		annex_test_kmap(test, annex, i, 1);
		if (i & 1)
			annex_test_kunmap(test, annex, i, 1);
		else
			addr[i / 2] = __annex_page_address(&annex->pkmap, page);
	}
	annex_test_expect_slots(test, annex, SLOTS / 2, SLOTS / 2);
	for (i = 0; i < 10; i++) {
		annex_test_kmap_use(test, annex, 100 + i * SLOTS / 2, SLOTS / 2);
		KUNIT_EXPECT_EQ(test, flushes(annex), 1UL + i);
	}
	for (i = 0; i < SLOTS; i += 2) {
		struct annex_page *page = annex_test_high(annex, i);

		KUNIT_EXPECT_EQ(test, annex_test_slot_count(annex, page), 2U);
		KUNIT_EXPECT_PTR_EQ(test,
				    __annex_page_address(&annex->pkmap, page),
				    addr[i / 2]);
		KUNIT_EXPECT_EQ(test, shown(annex, addr[i / 2]),
				(unsigned long)(page - annex->frames.mem_map));
		for (k = 0; k < i / 2; k++)
			KUNIT_EXPECT_PTR_NE(test, addr[k], addr[i / 2]);
	}
	annex_test_validate(test, annex);
	KUNIT_EXPECT_EQ(test, __annex_kmap_flush_unused(&annex->pkmap),
			SLOTS / 2);
	KUNIT_EXPECT_EQ(test, shootdowns(annex), 11UL);
	annex_test_expect_slots(test, annex, SLOTS / 2, 0);
	annex_test_validate(test, annex);
}

/* What is free no TLB knows: there is nothing to invalidate. */
static void pkmap_flush_of_nothing_is_none(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);

	KUNIT_EXPECT_EQ(test, __annex_kmap_flush_unused(&annex->pkmap), 0);
	KUNIT_EXPECT_EQ(test, shootdowns(annex), 0UL);
	annex_test_kmap(test, annex, 0, SLOTS);
	KUNIT_EXPECT_EQ(test, __annex_kmap_flush_unused(&annex->pkmap), 0);
	KUNIT_EXPECT_EQ(test, shootdowns(annex), 0UL);
	annex_test_kunmap(test, annex, 0, SLOTS);
	KUNIT_EXPECT_EQ(test, __annex_kmap_flush_unused(&annex->pkmap), SLOTS);
	KUNIT_EXPECT_EQ(test, shootdowns(annex), 1UL);
	/* All slots are free again: a round of them needs no flush. */
	annex_test_kmap_use(test, annex, SLOTS, SLOTS);
	KUNIT_EXPECT_EQ(test, shootdowns(annex), 1UL);
	annex_test_validate(test, annex);
}

/* A frame's address is not the one it had if the slot was another's since. */
static void pkmap_marks_each_new_frame_of_a_slot(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);
	u32 generation[SLOTS];
	unsigned int i, round;

	for (round = 0; round < 3; round++) {
		annex_test_kmap(test, annex, round * SLOTS, SLOTS);
		for (i = 0; i < SLOTS; i++) {
			u32 word = atomic_read(&annex->pkmap.slot[i].word);

			if (round)
				KUNIT_EXPECT_NE(test, generation[i],
						word & ~ANNEX_PKMAP_COUNT_MASK);
			generation[i] = word & ~ANNEX_PKMAP_COUNT_MASK;
		}
		annex_test_kunmap(test, annex, round * SLOTS, SLOTS);
	}
	annex_test_validate(test, annex);
}

/* Whatever the size of the table, all of it is used, and found again. */
static void pkmap_uses_all_slots_of_any_table(struct kunit *test)
{
	struct annex_testpool opts = pool;
	unsigned int n, i;

	for (n = ANNEX_PKMAP_MIN; n <= ANNEX_PKMAP_MAX; n *= 2) {
		struct annex *annex;

		opts.nr_pages = opts.lowmem_pages + ANNEX_PKMAP_MAX + 1024;
		opts.contents = false;
		opts.pkmap = n;
		annex = annex_testpool(test, &opts);
		KUNIT_EXPECT_EQ(test, annex->pkmap.nr_slots, n);
		annex_test_kmap(test, annex, 0, n);
		annex_test_expect_slots(test, annex, n, 0);
		for (i = 0; i < n; i++) {
			struct annex_page *page = annex_test_high(annex, i);
			void *addr = __annex_page_address(&annex->pkmap, page);

			KUNIT_EXPECT_PTR_EQ(test,
					    annex_pkmap_addr_page(&annex->pkmap,
								  addr),
					    page);
		}
		annex_test_validate(test, annex);
		annex_test_kunmap(test, annex, 0, n);
		KUNIT_EXPECT_EQ(test, __annex_kmap_flush_unused(&annex->pkmap),
				(int)n);
		KUNIT_EXPECT_EQ(test, annex_pkmap_exit(&annex->pkmap), 0U);
	}
}

static void pkmap_exit_tells_of_users(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &pool);

	annex_test_kmap(test, annex, 0, 5);
	annex_test_kmap(test, annex, 0, 2);
	annex_test_kmap_use(test, annex, 5, 7);
	KUNIT_EXPECT_EQ(test, annex_pkmap_exit(&annex->pkmap), 5U);
}

static struct kunit_case pkmap_cases[] = {
	KUNIT_CASE(pkmap_counts_as_the_kernel_does),
	KUNIT_CASE(pkmap_gives_each_frame_its_address),
	KUNIT_CASE(pkmap_knows_addresses_that_are_none),
	KUNIT_CASE(pkmap_high_get_maps_nothing_itself),
	KUNIT_CASE(pkmap_lowmem_needs_no_slot),
	KUNIT_CASE(pkmap_costs_one_flush_a_wrap),
	KUNIT_CASE(pkmap_flushes_only_what_nobody_uses),
	KUNIT_CASE(pkmap_flush_of_nothing_is_none),
	KUNIT_CASE(pkmap_marks_each_new_frame_of_a_slot),
	KUNIT_CASE(pkmap_uses_all_slots_of_any_table),
	KUNIT_CASE(pkmap_exit_tells_of_users),
	{}
};

static struct kunit_suite annex_pkmap_suite = {
	.name = "annex_pkmap",
	.test_cases = pkmap_cases,
};

kunit_test_suite(annex_pkmap_suite);
