// SPDX-License-Identifier: GPL-2.0-only
/*
 * The public functions, on the pool that annex has: whether each does to that
 * pool what the function behind it, which has suites of its own, does to
 * private ones.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <annex/client_counters.h>
#include <annex/folio.h>
#include <annex/highmem.h>
#include <annex/mm.h>
#include <annex/page_alloc.h>
#include <annex/reclaim.h>
#include <annex/slab.h>
#include <annex/vmalloc.h>

#include "lib/testtable.h"

static void api_folio_comes_and_goes(struct kunit *test)
{
	struct annex_folio *folio = NULL, *other;
	struct annex_mapping mapping = {};
	struct annex_page *page;

	KUNIT_ASSERT_EQ(test, annex_folio_alloc(GFP_KERNEL, 2, &folio), 0);
	page = annex_folio_page(folio);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_PTR_EQ(test, annex_page_folio(page), folio);
	KUNIT_EXPECT_EQ(test, annex_folio_order(folio), 2U);
	KUNIT_EXPECT_EQ(test, annex_folio_count(folio), 1U);
	KUNIT_EXPECT_EQ(test, annex_folio_get(folio), 0);
	KUNIT_EXPECT_EQ(test, annex_folio_count(folio), 2U);
	KUNIT_EXPECT_EQ(test, annex_folio_put(folio), 0);
	KUNIT_EXPECT_EQ(test, annex_folio_attach(page, GFP_KERNEL, &other),
			-EEXIST);
	folio->mapping = &mapping;
	folio->index = 77;
	KUNIT_EXPECT_PTR_EQ(test, annex_page_mapping(page), &mapping);
	KUNIT_EXPECT_EQ(test, annex_page_index(page), 77UL);
	folio->mapping = NULL;
	KUNIT_EXPECT_EQ(test, annex_folio_detach(folio), 0);
	KUNIT_EXPECT_NULL(test, annex_page_folio(page));
	KUNIT_EXPECT_NULL(test, annex_page_mapping(page));
	KUNIT_EXPECT_EQ(test, annex_folio_attach(page, GFP_KERNEL, &folio), 0);
	KUNIT_EXPECT_PTR_EQ(test, annex_page_folio(page), folio);
	KUNIT_EXPECT_EQ(test, annex_folio_put(folio), 0);
}

static void api_folio_has_flags_and_users(struct kunit *test)
{
	const enum annex_folioflags flag = ANNEX_FOLIO_UPTODATE;
	struct annex_folio *folio = NULL;
	struct annex_page *page;

	KUNIT_ASSERT_EQ(test, annex_folio_alloc(GFP_HIGHUSER, 0, &folio), 0);
	page = annex_folio_page(folio);
	KUNIT_EXPECT_FALSE(test, annex_folio_test_set_flag(folio, flag));
	KUNIT_EXPECT_TRUE(test, annex_folio_test_clear_flag(folio, flag));
	KUNIT_EXPECT_FALSE(test, annex_folio_test_clear_flag(folio, flag));
	KUNIT_EXPECT_EQ(test, annex_folio_inc_mapcount(folio), 0);
	KUNIT_EXPECT_EQ(test, annex_page_mapcount(page), 1);
	KUNIT_EXPECT_EQ(test, annex_folio_put(folio), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_folio_dec_mapcount(folio), 0);
	KUNIT_EXPECT_EQ(test, annex_page_mapcount(page), 0);
	KUNIT_EXPECT_EQ(test, annex_folio_put(folio), 0);
}

static void api_page_lock_is_held_once(struct kunit *test)
{
	struct annex_page *page = annex_alloc_page(GFP_HIGHUSER);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, annex_lock_page(page), 0);
	KUNIT_EXPECT_FALSE(test, annex_trylock_page(page));
	KUNIT_EXPECT_EQ(test, annex_unlock_page(page), 0);
	KUNIT_EXPECT_EQ(test, annex_wait_on_page_locked(page), 0);
	KUNIT_EXPECT_TRUE(test, annex_trylock_page(page));
	KUNIT_EXPECT_EQ(test, annex_unlock_page(page), 0);
	KUNIT_EXPECT_NE(test, annex_unlock_page(page), 0);
	KUNIT_EXPECT_EQ(test, annex_free_page(page), 0);
}

static void api_folio_is_dirty_and_written(struct kunit *test)
{
	struct annex_folio *folio = NULL;

	KUNIT_ASSERT_EQ(test, annex_folio_alloc(GFP_HIGHUSER, 0, &folio), 0);
	KUNIT_EXPECT_TRUE(test, annex_folio_mark_dirty(folio));
	KUNIT_EXPECT_FALSE(test, annex_folio_mark_dirty(folio));
	KUNIT_EXPECT_TRUE(test, annex_folio_clear_dirty(folio));
	KUNIT_EXPECT_FALSE(test, annex_folio_start_writeback(folio));
	KUNIT_EXPECT_TRUE(test, annex_folio_start_writeback(folio));
	KUNIT_EXPECT_EQ(test, annex_folio_end_writeback(folio), 0);
	KUNIT_EXPECT_EQ(test, annex_folio_wait_writeback(folio), 0);
	KUNIT_EXPECT_EQ(test, annex_folio_put(folio), 0);
}

static bool keep(struct annex_folio *folio)
{
	return false;
}

static void api_lru_takes_what_can_be_released(struct kunit *test)
{
	static const struct annex_mapping_ops ops = { .release = keep };
	const enum annex_folioflags used = ANNEX_FOLIO_REFERENCED;
	struct annex_mapping mapping = { .ops = &ops };
	struct annex_folio *folio = NULL, stray = {};
	struct annex_page *page;

	KUNIT_ASSERT_EQ(test, annex_folio_alloc(GFP_HIGHUSER, 0, &folio), 0);
	page = annex_folio_page(folio);
	KUNIT_EXPECT_EQ(test, annex_lru_add(folio), -EINVAL);
	folio->mapping = &mapping;
	KUNIT_EXPECT_EQ(test, annex_lru_add(folio), 0);
	KUNIT_EXPECT_EQ(test, annex_lru_add(folio), -EEXIST);
	KUNIT_EXPECT_EQ(test, annex_mark_page_accessed(page), 0);
	KUNIT_EXPECT_TRUE(test, annex_folio_test_flag(folio, used));
	KUNIT_EXPECT_EQ(test, annex_lru_del(folio), 0);
	KUNIT_EXPECT_EQ(test, annex_lru_del(folio), -ENOENT);
	KUNIT_EXPECT_EQ(test, annex_lru_add(&stray), -EFAULT);
	KUNIT_EXPECT_EQ(test, annex_lru_del(&stray), -EFAULT);
	folio->mapping = NULL;
	KUNIT_EXPECT_EQ(test, annex_folio_detach(folio), 0);
	KUNIT_EXPECT_EQ(test, annex_mark_page_accessed(page), -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_free_page(page), 0);
}

static unsigned long nothing(struct annex_shrinker *shrinker,
			     struct annex_shrink_control *sc)
{
	return ANNEX_SHRINK_EMPTY;
}

static void api_shrinker_is_registered_once(struct kunit *test)
{
	struct annex_shrinker shrinker = {
		.count_objects = nothing, .scan_objects = nothing,
		.seeks = ANNEX_DEFAULT_SEEKS, .name = "api_kunit",
	};
	struct annex_shrinker half = { .count_objects = nothing };

	KUNIT_EXPECT_EQ(test, annex_register_shrinker(&half), -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_register_shrinker(&shrinker), 0);
	KUNIT_EXPECT_EQ(test, annex_register_shrinker(&shrinker), -EEXIST);
	annex_unregister_shrinker(&shrinker);
	KUNIT_EXPECT_EQ(test, annex_register_shrinker(&shrinker), 0);
	annex_unregister_shrinker(&shrinker);
	/* A line in the log, and no more. */
	annex_unregister_shrinker(&shrinker);
}

/* NULL is refused, and so are calls that may sleep in atomic context. */
static void api_shrinker_is_one(struct kunit *test)
{
	struct annex_shrinker shrinker = {
		.count_objects = nothing, .scan_objects = nothing,
		.seeks = ANNEX_DEFAULT_SEEKS, .name = "api_kunit",
	};
	unsigned long flags;
	int err;

	KUNIT_EXPECT_EQ(test, annex_register_shrinker(NULL), -EFAULT);
	annex_unregister_shrinker(NULL);
	local_irq_save(flags);
	err = annex_register_shrinker(&shrinker);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_register_shrinker(&shrinker), 0);
	local_irq_save(flags);
	annex_unregister_shrinker(&shrinker);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, annex_register_shrinker(&shrinker), -EEXIST);
	annex_unregister_shrinker(&shrinker);
}

static const char * const counter_names[] = { "api_kunit" };
static DEFINE_PER_CPU(unsigned long, counter);

/* Otherwise as clients_kunit.c has it. */
static void api_counters_are_registered_once(struct kunit *test)
{
	struct annex_client_counters c = {
		.names = counter_names, .nr = 1, .counts = &counter,
	};
	struct annex_client_counters none = { .names = counter_names };
	unsigned long flags;
	int err;

	KUNIT_EXPECT_EQ(test, annex_register_counters(NULL), -EFAULT);
	annex_unregister_counters(NULL);
	KUNIT_EXPECT_EQ(test, annex_register_counters(&none), -EINVAL);
	local_irq_save(flags);
	err = annex_register_counters(&c);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_register_counters(&c), 0);
	KUNIT_EXPECT_EQ(test, annex_register_counters(&c), -EEXIST);
	annex_unregister_counters(&c);
	/* A line in the log, and no more. */
	annex_unregister_counters(&c);
}

/* None of them turns interrupts on that its caller has turned off. */
static void api_nothing_waits_in_atomic_context(struct kunit *test)
{
	struct annex_page *page = annex_alloc_page(GFP_HIGHUSER);
	unsigned long flags;
	int err[2];
	bool off;

	KUNIT_ASSERT_NOT_NULL(test, page);
	local_irq_save(flags);
	annex_drain_all_pages();
	annex_vm_unmap_aliases();
	annex_drop_slab();
	err[0] = annex_isolate_pageblock(annex_page_to_pfn(page));
	err[1] = annex_lock_page(page);
	off = irqs_disabled();
	local_irq_restore(flags);
	KUNIT_EXPECT_TRUE(test, off);
	KUNIT_EXPECT_EQ(test, err[0], -EINVAL);
	KUNIT_EXPECT_EQ(test, err[1], -EINVAL);
	KUNIT_EXPECT_TRUE(test, annex_trylock_page(page));
	KUNIT_EXPECT_EQ(test, annex_unlock_page(page), 0);
	KUNIT_EXPECT_EQ(test, annex_free_page(page), 0);
}

static void api_page_table_is_annexs(struct kunit *test)
{
	struct annex_mm *mm = annex_mm_create();
	struct annex_page *table;

	KUNIT_ASSERT_NOT_NULL(test, mm);
	table = annex_test_find_table();
	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_EXPECT_FALSE(test, annex_page_test_clear_flag(table,
							    ANNEX_PG_TABLE));
	KUNIT_EXPECT_EQ(test, annex_free_page(table), -EBUSY);
	KUNIT_EXPECT_TRUE(test, annex_page_test_set_flag(table,
							 ANNEX_PG_LOCKED));
	KUNIT_EXPECT_FALSE(test, annex_page_test_flag(table, ANNEX_PG_LOCKED));
	KUNIT_EXPECT_EQ(test, annex_mm_destroy(mm), 0);
	KUNIT_EXPECT_EQ(test, annex_page_count(table), 0U);
}

/* The next allocation mostly gets these frames. */
static void leave_frames_dirty(struct kunit *test)
{
	u8 *addr = annex_vmalloc(64 * PAGE_SIZE);

	KUNIT_ASSERT_NOT_NULL(test, addr);
	memset(addr, 0xee, 64 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, annex_vfree(addr), 0);
	annex_vm_unmap_aliases();
}

static void api_area_is_what_it_is_asked_for(struct kunit *test)
{
	u8 *areas[2];
	unsigned int i;

	leave_frames_dirty(test);
	areas[0] = annex_vzalloc(3 * PAGE_SIZE);
	areas[1] = annex_vmalloc_user(3 * PAGE_SIZE);
	for (i = 0; i < ARRAY_SIZE(areas); i++) {
		u8 *addr = areas[i];

		KUNIT_ASSERT_NOT_NULL(test, addr);
		KUNIT_EXPECT_TRUE(test, !memchr_inv(addr, 0, 3 * PAGE_SIZE));
		KUNIT_EXPECT_TRUE(test, annex_is_vmalloc_addr(addr));
		KUNIT_EXPECT_PTR_EQ(test, annex_find_vm_area(addr + PAGE_SIZE),
				    annex_find_vm_area(addr));
		KUNIT_EXPECT_PTR_EQ(test, (u8 *)annex_find_vm_area(addr)->addr,
				    addr);
		KUNIT_EXPECT_NOT_NULL(test, annex_vmalloc_to_page(addr));
		KUNIT_EXPECT_NE(test, annex_vmalloc_to_pfn(addr), ~0UL);
		KUNIT_EXPECT_EQ(test, annex_vfree(addr), 0);
		KUNIT_EXPECT_NULL(test, annex_find_vm_area(addr));
	}
	KUNIT_EXPECT_FALSE(test, annex_is_vmalloc_addr(&i));
	KUNIT_EXPECT_NULL(test, annex_vmalloc_to_page(&i));
}

/* Frames of others, shown as one is told; what makes no sense is refused. */
static void api_map_has_the_protection_asked_for(struct kunit *test)
{
	struct annex_page *page = annex_alloc_page(GFP_HIGHUSER | __GFP_ZERO);
	struct annex_page *bad[2];
	const u8 *addr;

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_NULL(test, annex_vmap(NULL, 1, VM_MAP, PAGE_KERNEL));
	KUNIT_EXPECT_NULL(test, annex_vm_map_ram(NULL, 1));
	KUNIT_EXPECT_NULL(test, annex_vmap(&page, 1, VM_MAP | VM_ALLOC,
					   PAGE_KERNEL));
	KUNIT_EXPECT_NULL(test, annex_vmap(&page, 1, VM_MAP, __pgprot(0)));
	addr = annex_vmap(&page, 1, VM_MAP, PAGE_KERNEL_RO);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(addr, 0, PAGE_SIZE));
	KUNIT_EXPECT_PTR_EQ(test, annex_vmalloc_to_page(addr), page);
	KUNIT_EXPECT_EQ(test, annex_vunmap(addr), 0);
	bad[0] = page;
	bad[1] = (void *)page + 1;
	KUNIT_EXPECT_NULL(test, annex_vmap(bad, 2, VM_MAP, PAGE_KERNEL_RO));
	KUNIT_EXPECT_EQ(test, annex_free_page(page), 0);
}

/* No memory is behind the address, and the test does not access it. */
static void api_device_memory_gets_an_address(struct kunit *test)
{
	const phys_addr_t beyond = 48ULL << 30;
	void __iomem *addr = annex_ioremap_wc(beyond, PAGE_SIZE);

	KUNIT_ASSERT_NOT_NULL(test, (__force void *)addr);
	KUNIT_EXPECT_EQ(test, annex_vmalloc_to_pfn((__force void *)addr),
			(unsigned long)(beyond >> PAGE_SHIFT));
	KUNIT_EXPECT_EQ(test, annex_iounmap(addr), 0);
	/* There are not so many addresses. */
	addr = annex_ioremap_wc(beyond, SZ_1G);
	KUNIT_EXPECT_NULL(test, (__force void *)addr);
}

static void api_cache_knows_its_size(struct kunit *test)
{
	struct annex_kmem_cache *cache =
		annex_kmem_cache_create("api_kunit", 100, 0, 0, NULL);
	void *object;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, annex_kmem_cache_size(cache), 100U);
	object = annex_kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_EXPECT_EQ(test, annex_kmem_cache_free(cache, object), 0);
	KUNIT_EXPECT_EQ(test, annex_kmem_cache_shrink(cache), 0);
	KUNIT_EXPECT_EQ(test, annex_kmem_cache_destroy(cache), 0);
	KUNIT_EXPECT_NE(test, annex_kmem_cache_shrink(cache), 0);
}

/* Beyond the largest block it is an area, and stays one while it grows. */
static void api_kvrealloc_keeps_an_areas_contents(struct kunit *test)
{
	u8 *addr = annex_kvmalloc(SZ_4M + SZ_64K, GFP_KERNEL), *grown;

	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_TRUE(test, annex_is_vmalloc_addr(addr));
	memset(addr, 0x5c, SZ_4M + SZ_64K);
	grown = annex_kvrealloc(addr, SZ_4M + SZ_64K, SZ_4M + SZ_256K,
				GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, grown);
	KUNIT_EXPECT_PTR_NE(test, grown, addr);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(grown, 0x5c, SZ_4M + SZ_64K));
	KUNIT_EXPECT_EQ(test, annex_kvfree(grown), 0);
	KUNIT_EXPECT_EQ(test, annex_kvfree(addr), -EINVAL);
}

static void api_frames_are_written_to(struct kunit *test)
{
	struct annex_page *page = annex_alloc_page(GFP_HIGHUSER);
	struct annex_page *stray = (void *)page + 1;
	bool same;
	u8 *addr;
	int err;

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, annex_memset_page(page, 0, 0x21, PAGE_SIZE), 0);
	addr = annex_kmap_atomic_pfn(annex_page_to_pfn(page));
	same = addr && !memchr_inv(addr, 0x21, PAGE_SIZE);
	err = annex_kunmap_atomic(addr);
	KUNIT_EXPECT_TRUE(test, same);
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, annex_memset_page(page, 1, 0, PAGE_SIZE),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, annex_memset_page(stray, 0, 0, 1), -EFAULT);
	KUNIT_EXPECT_EQ(test, annex_free_page(page), 0);
}

static struct kunit_case api_cases[] = {
	KUNIT_CASE(api_folio_comes_and_goes),
	KUNIT_CASE(api_folio_has_flags_and_users),
	KUNIT_CASE(api_page_lock_is_held_once),
	KUNIT_CASE(api_folio_is_dirty_and_written),
	KUNIT_CASE(api_lru_takes_what_can_be_released),
	KUNIT_CASE(api_shrinker_is_registered_once),
	KUNIT_CASE(api_shrinker_is_one),
	KUNIT_CASE(api_counters_are_registered_once),
	KUNIT_CASE(api_nothing_waits_in_atomic_context),
	KUNIT_CASE(api_page_table_is_annexs),
	KUNIT_CASE(api_area_is_what_it_is_asked_for),
	KUNIT_CASE(api_map_has_the_protection_asked_for),
	KUNIT_CASE(api_device_memory_gets_an_address),
	KUNIT_CASE(api_cache_knows_its_size),
	KUNIT_CASE(api_kvrealloc_keeps_an_areas_contents),
	KUNIT_CASE(api_frames_are_written_to),
	{}
};

static struct kunit_suite annex_api_suite = {
	.name = "annex_api",
	.test_cases = api_cases,
};

kunit_test_suite(annex_api_suite);
