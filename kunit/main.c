// SPDX-License-Identifier: GPL-2.0-only
/*
 * The suites that need nothing of the machine; those that need PAE are in
 * pae.c. As a module, they run when it is loaded.
 */
#include <kunit/test.h>
#include <linux/module.h>

#include "suites.h"

kunit_test_suites(&annex_physmap_suite,
		  &annex_memblock_suite,
		  &annex_memblock_handover_suite,
		  &annex_page_suite,
		  &annex_page_race_suite,
		  &annex_zone_suite,
		  &annex_buddy_suite,
		  &annex_pageblock_suite,
		  &annex_pageblock_kept_suite,
		  &annex_pageblock_torture_suite,
		  &annex_fragment_suite,
		  &annex_page_alloc_suite,
		  &annex_pcp_suite,
		  &annex_gfp_suite,
		  &annex_gfp_wait_suite,
		  &annex_report_suite,
		  &annex_sleep_suite,
		  &annex_sleep_torture_suite,
		  &annex_bulk_suite,
		  &annex_irq_suite,
		  &annex_misuse_suite,
		  &annex_memtest_suite,
		  &annex_torture_watch_suite,
		  &annex_gaps_suite,
		  &annex_stat_suite,
		  &annex_pool_map_suite,
		  &annex_validate_suite,
		  &annex_debug_suite,
		  &annex_folio_suite,
		  &annex_folio_use_suite,
		  &annex_lock_suite,
		  &annex_context_suite,
		  &annex_lru_suite,
		  &annex_lru_end_suite,
		  &annex_reclaim_suite,
		  &annex_kswapd_suite,
		  &annex_shrinker_suite,
		  &annex_pagecache_suite,
		  &annex_pkmap_suite,
		  &annex_pkmap_misuse_suite,
		  &annex_pkmap_wait_suite,
		  &annex_pkmap_torture_suite,
		  &annex_kmap_local_suite,
		  &annex_kmap_local_thread_suite,
		  &annex_kmap_local_pin_suite, &annex_kmap_local_left_suite,
		  &annex_validate_map_suite,
		  &annex_slab_suite,
		  &annex_kmalloc_suite,
		  &annex_kvmalloc_suite,
		  &annex_rcu_suite,
		  &annex_exact_suite,
		  &annex_text_suite,
		  &annex_fail_suite,
		  &annex_vm_misuse_suite,
		  &annex_slab_debug_suite,
		  &annex_validate_slab_suite,
		  &annex_heap_torture_suite,
		  &annex_vmap_area_suite,
		  &annex_vmap_area_find_suite,
		  &annex_vmap_area_torture_suite,
		  &annex_vm_suite,
		  &annex_vm_torture_suite,
		  &annex_pgtable_suite,
		  &annex_pgtable_torture_suite,
		  &annex_tables_suite,
		  &annex_page_tables_suite,
		  &annex_mm_suite,
		  &annex_mm_end_suite,
		  &annex_mm_torture_suite);

MODULE_DESCRIPTION("KUnit tests of annex");
MODULE_AUTHOR("The annex developers");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(ANNEX_INTERNAL);
