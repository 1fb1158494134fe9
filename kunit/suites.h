/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_SUITES_H
#define ANNEX_KUNIT_SUITES_H

/* One suite a unit; kunit/main.c hands them to KUnit. */
extern struct kunit_suite annex_physmap_suite;
extern struct kunit_suite annex_memblock_suite;
extern struct kunit_suite annex_memblock_handover_suite;
extern struct kunit_suite annex_page_suite;
extern struct kunit_suite annex_zone_suite;
extern struct kunit_suite annex_buddy_suite;
extern struct kunit_suite annex_pageblock_suite;
extern struct kunit_suite annex_pageblock_kept_suite;
extern struct kunit_suite annex_pageblock_torture_suite;
extern struct kunit_suite annex_fragment_suite;
extern struct kunit_suite annex_page_alloc_suite;
extern struct kunit_suite annex_pcp_suite;
extern struct kunit_suite annex_gfp_suite;
extern struct kunit_suite annex_gfp_wait_suite;
extern struct kunit_suite annex_report_suite;
extern struct kunit_suite annex_sleep_suite;
extern struct kunit_suite annex_sleep_torture_suite;
extern struct kunit_suite annex_bulk_suite;
extern struct kunit_suite annex_irq_suite;
extern struct kunit_suite annex_misuse_suite;
extern struct kunit_suite annex_memtest_suite;
extern struct kunit_suite annex_stat_suite;
extern struct kunit_suite annex_validate_suite;
extern struct kunit_suite annex_debug_suite;
extern struct kunit_suite annex_folio_suite;
extern struct kunit_suite annex_folio_use_suite;
extern struct kunit_suite annex_lock_suite;
extern struct kunit_suite annex_lru_suite;
extern struct kunit_suite annex_reclaim_suite;
extern struct kunit_suite annex_kswapd_suite;
extern struct kunit_suite annex_shrinker_suite;
extern struct kunit_suite annex_pagecache_suite;
extern struct kunit_suite annex_pkmap_suite;
extern struct kunit_suite annex_pkmap_wait_suite;
extern struct kunit_suite annex_pkmap_torture_suite;
extern struct kunit_suite annex_pkmap_misuse_suite;
extern struct kunit_suite annex_kmap_local_suite;
extern struct kunit_suite annex_kmap_local_thread_suite;
extern struct kunit_suite annex_kmap_local_pin_suite;
extern struct kunit_suite annex_validate_map_suite;
extern struct kunit_suite annex_slab_suite;
extern struct kunit_suite annex_kmalloc_suite;
extern struct kunit_suite annex_kvmalloc_suite;
extern struct kunit_suite annex_vm_misuse_suite;
extern struct kunit_suite annex_fail_suite;
extern struct kunit_suite annex_fail_load_suite;
extern struct kunit_suite annex_slab_debug_suite;
extern struct kunit_suite annex_validate_slab_suite;
extern struct kunit_suite annex_heap_torture_suite;
extern struct kunit_suite annex_vmap_area_suite;
extern struct kunit_suite annex_vmap_area_find_suite;
extern struct kunit_suite annex_vmap_area_torture_suite;
extern struct kunit_suite annex_vm_suite;
extern struct kunit_suite annex_vm_torture_suite;
extern struct kunit_suite annex_pgtable_suite;
extern struct kunit_suite annex_pgtable_torture_suite;
extern struct kunit_suite annex_tables_suite;
extern struct kunit_suite annex_page_tables_suite;
extern struct kunit_suite annex_mm_suite;
extern struct kunit_suite annex_mm_torture_suite;

/* These need a 32-bit PAE kernel and a range that memmap= kept from it. */
extern struct kunit_suite annex_claim_suite;
extern struct kunit_suite annex_window_suite;
extern struct kunit_suite annex_instance_suite;
extern struct kunit_suite annex_map_pae_suite;
extern struct kunit_suite annex_vm_real_suite;
extern struct kunit_suite annex_paging_suite;
extern struct kunit_suite annex_pgtable_mmu_suite;
extern struct kunit_suite annex_api_suite;
extern struct kunit_suite annex_slab_hotplug_suite;

#endif /* ANNEX_KUNIT_SUITES_H */
