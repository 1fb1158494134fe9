// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what users hold: that each kind is counted, and that it outlives the
 * pool and nothing else does.
 */
#include <linux/delay.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "base/refuse.h"
#include "heap/heap.h"
#include "heap/kmalloc_fast.h"
#include "host/compat_vmalloc.h"
#include "host/tlb.h"
#include "kmap/kmap_fast.h"
#include "lib/testpool.h"
#include "lib/testrange.h"
#include "mm/mm.h"
#include "page/page_alloc.h"
#include "pool/create.h"
#include "pool/leaks.h"
#include "store/frame_table.h"
#include "store/tables.h"

/* With owner records, so that the report names owners. */
static const struct annex_params params = {
	.pool = { TEST_RANGE_START, TEST_RANGE_START + SZ_64M },
	.page_owner = true,
};

static int held_init(struct kunit *test)
{
	struct annex *annex = kunit_kzalloc(test, sizeof(*annex), GFP_KERNEL);
	struct annex_reason why = {};
	int err;

	if (!annex)
		return -ENOMEM;
	test->priv = annex;
	err = annex_create(annex, &params, &why);
	if (err)
		kunit_err(test, "%s", why.text);
	return err;
}

static unsigned long taken(struct annex *annex)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		sum += annex->frames.zones[i].managed_pages;
	return sum - annex_test_free_pages(annex);
}

/* What annex_abandon() has left is the test's to give back. */
static void take_left(struct annex_window *win)
{
	unsigned long i;
	unsigned int level;

	/* The host wants to know what it finds; see annex_window_put(). */
	for (i = 0; i < win->nr_pages; i++)
		set_pte(lookup_address((unsigned long)win->addr + i * PAGE_SIZE,
				       &level), __pte(0));
	annex_tlb_flush_range(win->addr, win->nr_pages);
	annex_unmap_area(win->area, win->area_pages);
	__free_page(win->dummy);
}

static void release_left(struct annex_claim *claim)
{
	kfree(claim->res->name);
	release_mem_region(claim->res->start, resource_size(claim->res));
}

#define NAME_LEFT	"annex_test_left"

/* What has an address in three windows: a frame, an area, an object. */
struct left {
	u32 *word[3];
};

static void fill_left(struct kunit *test, struct left *left)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(left->word); i++) {
		KUNIT_ASSERT_NOT_NULL(test, left->word[i]);
		*left->word[i] = 0x5afe0000 + i;
	}
}

static void expect_left(struct kunit *test, const struct left *left)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(left->word); i++)
		KUNIT_EXPECT_EQ(test, *left->word[i], 0x5afe0000 + i);
}

/* Take one of each kind, the frame in a process as well. */
static void hold_one_of_each(struct kunit *test, struct annex *annex,
			     struct left *left)
{
	struct annex_kmem_cache *cache;
	struct annex_page *page;
	struct annex_mm *mm;

	cache = annex_cache_create(&annex->heap, NAME_LEFT, 64, 0, 0, NULL);
	KUNIT_ASSERT_EQ(test,
			annex_block_alloc(&annex->frames, GFP_HIGHUSER, 0,
					  &page),
			0);
	left->word[0] = annex_kmap_fast(&annex->pkmap, page);
	left->word[1] = annex_vmalloc_area(&annex->vmalloc, 2 * PAGE_SIZE,
					   GFP_KERNEL, NULL);
	left->word[2] = annex_cache_alloc(&annex->heap, cache, GFP_KERNEL);
	mm = __annex_mm_create(&annex->mms);
	KUNIT_ASSERT_EQ(test,
			__annex_mm_map_page(&annex->mms, mm, 0x8048000, page,
					    0),
			0);
	fill_left(test, left);
}

static void expect_one_of_each(struct kunit *test, struct annex *annex)
{
	struct annex_leaks held;

	KUNIT_ASSERT_TRUE(test, annex_leaks_find(annex, &held));
	annex_leaks_report(annex, &held);
	/* Three tables and a slot, and two slabs: the object's, the cache's. */
	KUNIT_EXPECT_GE(test, held.frames, 1UL + 2 + 3 + 1 + 2);
	KUNIT_EXPECT_EQ(test, held.frames, taken(annex));
	KUNIT_EXPECT_EQ(test, held.areas, 1U);
	KUNIT_EXPECT_EQ(test, held.kmaps, 1U);
	KUNIT_EXPECT_EQ(test, held.local, 0U);
	KUNIT_EXPECT_EQ(test, held.mms, 1U);
	KUNIT_EXPECT_EQ(test, held.caches, 1U);
	KUNIT_EXPECT_EQ(test, held.objects, 1UL);
	KUNIT_EXPECT_STREQ(test, held.cache, NAME_LEFT);
}

/*
 * Of each kind one, in a pool that goes: what has an address is as it was, the
 * range is claimed, and windows that show nothing are gone.
 */
static void held_things_stay_when_a_pool_goes(struct kunit *test)
{
	struct annex *annex = test->priv;
	struct annex_leaks held;
	static struct annex_host host; /* too large for the stack */
	struct left left;

	KUNIT_EXPECT_FALSE(test, annex_leaks_find(annex, &held));
	hold_one_of_each(test, annex, &left);
	expect_one_of_each(test, annex);

	host = annex->host;
	annex_abandon(annex);
	KUNIT_EXPECT_EQ(test, annex->frames.nr_pages, 0U);
	expect_left(test, &left);
	KUNIT_EXPECT_STREQ(test, host.claim.res->name, ANNEX_CLAIM_LEFT);
	KUNIT_EXPECT_NULL(test, host.claim.res->child);

	take_left(&host.vmalloc);
	take_left(&host.pkmap);
	take_left(&host.lowmem);
	take_left(&host.mem_map);
	release_left(&host.claim);
}

/* Nothing but a high frame: lowmem and the windows are the host's again. */
static void held_nothing_else_stays(struct kunit *test)
{
	struct annex *annex = test->priv;
	struct annex_page *page;
	struct annex_leaks held;
	static struct annex_host host; /* too large for the stack */
	unsigned long host_pfn;
	void *addr;

	KUNIT_ASSERT_EQ(test,
			annex_block_alloc(&annex->frames, GFP_HIGHUSER, 3,
					  &page),
			0);
	addr = annex_vmalloc_area(&annex->vmalloc, PAGE_SIZE, GFP_KERNEL, NULL);
	KUNIT_EXPECT_EQ(test,
			annex_vm_give_up(&annex->vmalloc, addr, VM_ALLOC, 0,
					 "vfree"),
			0);
	KUNIT_ASSERT_TRUE(test, annex_leaks_find(annex, &held));
	KUNIT_EXPECT_EQ(test, held.frames, 8UL);
	KUNIT_EXPECT_EQ(test, held.areas, 0U);
	host = annex->host;
	host_pfn = annex->mem_map_phys >> PAGE_SHIFT;
	annex_abandon(annex);
	KUNIT_EXPECT_EQ(test, annex_window_pfn(&host.lowmem, 0),
			ANNEX_WINDOW_NONE);
	KUNIT_EXPECT_EQ(test, annex_window_pfn(&host.vmalloc, 0),
			ANNEX_WINDOW_NONE);
	KUNIT_EXPECT_EQ(test, annex_window_pfn(&host.mem_map, 0),
			host_pfn);
	take_left(&host.mem_map);
	release_left(&host.claim);
}

/* One of each kind alone is enough, and goes with what is given back. */
static void held_is_what_was_not_given_back(struct kunit *test)
{
	struct annex *annex = test->priv;
	struct annex_kmap_local *kl = &annex->kmap_local;
	struct annex_kmem_cache *cache;
	struct annex_page *page;
	struct annex_leaks held;
	struct annex_mm *mm;
	void *addr;

	KUNIT_EXPECT_FALSE(test, annex_leaks_find(annex, &held));

	mm = __annex_mm_create(&annex->mms);
	KUNIT_EXPECT_TRUE(test, annex_leaks_find(annex, &held));
	KUNIT_EXPECT_EQ(test, held.mms, 1U);
	KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&annex->mms, mm), 0);
	KUNIT_EXPECT_FALSE(test, annex_leaks_find(annex, &held));

	cache = annex_cache_create(&annex->heap, "annex_test_held", 64, 0, 0,
				   NULL);
	KUNIT_EXPECT_TRUE(test, annex_leaks_find(annex, &held));
	KUNIT_EXPECT_EQ(test, held.caches, 1U);
	KUNIT_EXPECT_EQ(test, held.objects, 0UL);
	KUNIT_EXPECT_EQ(test, annex_cache_destroy(&annex->heap, cache), 0);
	KUNIT_EXPECT_FALSE(test, annex_leaks_find(annex, &held));

	/* Lowmem has its address for ever, highmem for a while. */
	page = annex_test_must_alloc(test, annex, GFP_HIGHUSER, 0);
	addr = __annex_kmap_local_pfn(kl, page - annex->frames.mem_map);
	KUNIT_EXPECT_TRUE(test, annex_leaks_find(annex, &held));
	KUNIT_EXPECT_EQ(test, held.local, 1U);
	KUNIT_EXPECT_EQ(test, annex_kunmap_local_fast(kl, addr), 0);
	KUNIT_EXPECT_TRUE(test, annex_leaks_find(annex, &held));
	KUNIT_EXPECT_EQ(test, held.local, 0U);
	KUNIT_EXPECT_EQ(test, held.frames, 1UL);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0), 0);
	KUNIT_EXPECT_FALSE(test, annex_leaks_find(annex, &held));
	KUNIT_EXPECT_EQ(test, annex_destroy(annex), 0UL);
	KUNIT_EXPECT_FALSE(test, annex_leaks_find(annex, &held));
}

/* A frame table is one, with frames or without. */
static void held_frame_tables_are_found(struct kunit *test)
{
	struct annex *annex = test->priv;
	struct annex_frame_table *table;
	struct annex_leaks held;

	table = __annex_frame_table_create(&annex->store, "held", 1);
	KUNIT_EXPECT_TRUE(test, annex_leaks_find(annex, &held));
	KUNIT_EXPECT_EQ(test, held.tables, 1U);
	KUNIT_EXPECT_EQ(test, held.frames, 0UL);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_hold(table, 0, 1, GFP_KERNEL),
			0);
	KUNIT_EXPECT_TRUE(test, annex_leaks_find(annex, &held));
	KUNIT_EXPECT_EQ(test, held.frames, 2UL);
	annex_leaks_report(annex, &held);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_destroy(&annex->store, table),
			0);
	KUNIT_EXPECT_FALSE(test, annex_leaks_find(annex, &held));
	/* What is left then goes with the pool. */
	table = __annex_frame_table_create(&annex->store, "left", 1);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_hold(table, 0, 1, GFP_KERNEL),
			0);
	KUNIT_EXPECT_EQ(test, annex_destroy(annex), 0UL);
}

/*
 * A thread's mapping by kmap_local is lost, because it is not restored when the
 * thread runs again. But its address is not reused, because the thread may
 * still use it. If it were reused, take_left() would find nothing to take.
 */
static void held_addresses_of_threads_are_nobodys(struct kunit *test)
{
	struct annex *annex = test->priv;
	struct annex_page *page;
	struct annex_leaks held;
	static struct annex_host host; /* too large for the stack */
	void *addr;

	KUNIT_ASSERT_EQ(test,
			annex_block_alloc(&annex->frames, GFP_HIGHUSER, 0,
					  &page),
			0);
	addr = annex_kmap_local_fast(&annex->kmap_local, page);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	/* So that it counts as one that must not migrate. */
	msleep(20);
	KUNIT_ASSERT_TRUE(test, annex_leaks_find(annex, &held));
	KUNIT_EXPECT_EQ(test, held.local, 1U);
	host = annex->host;
	annex_abandon(annex);
	KUNIT_EXPECT_FALSE(test, copy_from_kernel_nofault(&held, addr, 4) == 0);
	take_left(&host.kmap_local);
	take_left(&host.mem_map);
	release_left(&host.claim);
	migrate_enable();
}

static struct kunit_case held_cases[] = {
	KUNIT_CASE(held_is_what_was_not_given_back),
	KUNIT_CASE(held_frame_tables_are_found),
	KUNIT_CASE(held_things_stay_when_a_pool_goes),
	KUNIT_CASE(held_nothing_else_stays),
	KUNIT_CASE(held_addresses_of_threads_are_nobodys),
	{}
};

static struct kunit_suite annex_leaks_suite = {
	.name = "annex_leaks",
	.init = held_init,
	.test_cases = held_cases,
};

kunit_test_suite(annex_leaks_suite);
