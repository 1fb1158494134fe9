// SPDX-License-Identifier: GPL-2.0-only
/*
 * The symbols that annex_kunit.ko needs beyond the public functions, in a
 * namespace of its own. Built only for kernels with KUnit; on others the
 * namespace has only the symbols of pool.h, for the guest tests.
 */
#include <linux/export.h>

#include "annex.h"
#include "boot/pgtable.h"
#include "boot/tables.h"
#include "heap/bulk.h"
#include "heap/cache.h"
#include "heap/fast.h"
#include "heap/heap.h"
#include "heap/kmalloc.h"
#include "heap/kvmalloc.h"
#include "heap/misuse.h"
#include "heap/rcu.h"
#include "held.h"
#include "host/cmdline.h"
#include "host/fail.h"
#include "host/firmware.h"
#include "host/flatmem.h"
#include "host/frame.h"
#include "host/gaps.h"
#include "host/memtest.h"
#include "host/refuse.h"
#include "host/scratch.h"
#include "host/text.h"
#include "host/speed.h"
#include "host/tlb.h"
#include "instance.h"
#include "host/pte.h"
#include "map/mm.h"
#include "map/vm.h"
#include "map/vmap_area.h"
#include "page/buddy.h"
#include "page/debug.h"
#include "page/exact.h"
#include "page/folio.h"
#include "page/lock.h"
#include "page/lru.h"
#include "page/owner.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/pcp.h"
#include "page/report.h"
#include "page/reclaim.h"
#include "page/slot.h"
#include "paging.h"
#include "stat/debugfs.h"
#include "stat/show.h"
#include "stat/validate.h"

/* A list, and not a line below each function: see above. */
#define FOR_TESTS(symbol)	EXPORT_SYMBOL_NS_GPL(symbol, ANNEX_INTERNAL)

FOR_TESTS(annex_block_head);
FOR_TESTS(annex_cache_alloc_rest);
FOR_TESTS(annex_cache_at_hand);
FOR_TESTS(annex_cache_create);
FOR_TESTS(annex_cache_destroy);
FOR_TESTS(annex_cache_drain);
FOR_TESTS(annex_cache_info);
FOR_TESTS(annex_cache_put_slowly);
FOR_TESTS(annex_cache_shrink);
FOR_TESTS(annex_heap_exit);
FOR_TESTS(annex_heap_init);
FOR_TESTS(annex_heap_refuse);
FOR_TESTS(annex_heap_shrink);
FOR_TESTS(annex_comm_text);
FOR_TESTS(annex_is_word);
FOR_TESTS(annex_show_comm);
FOR_TESTS(annex_kfree_slowly);
FOR_TESTS(annex_large_mark);
FOR_TESTS(annex_fail_key);
FOR_TESTS(annex_fail_listen);
FOR_TESTS(annex_fail_now);
FOR_TESTS(annex_fail_parse);
FOR_TESTS(annex_fail_set_probability);
FOR_TESTS(annex_fail_switch);
FOR_TESTS(annex_pool_kvmalloc);
FOR_TESTS(annex_pool_kvfree);
FOR_TESTS(annex_pool_kvrealloc);
FOR_TESTS(annex_kmalloc_class_size);
FOR_TESTS(annex_kmalloc_fine);
FOR_TESTS(annex_kmalloc_other);
FOR_TESTS(annex_pool_krealloc);
FOR_TESTS(annex_pool_ksize);
FOR_TESTS(annex_heap_size);
FOR_TESTS(annex_cache_alloc_bulk);
FOR_TESTS(annex_cache_free_bulk);
FOR_TESTS(annex_pool_alloc_exact);
FOR_TESTS(annex_pool_free_at);
FOR_TESTS(annex_pool_free_exact);
FOR_TESTS(annex_pool_kvfree_mightsleep);
FOR_TESTS(annex_pool_kvfree_rcu);
FOR_TESTS(annex_pool_split);
FOR_TESTS(annex_rcu_done);
FOR_TESTS(annex_vm_give_up_later);
FOR_TESTS(annex_vm_give_up_now);
FOR_TESTS(annex_rcu_wait);
FOR_TESTS(annex_slab_around);
FOR_TESTS(annex_buddy_first);
FOR_TESTS(annex_buddy_free_locked);
FOR_TESTS(annex_alloc_slowly);
FOR_TESTS(annex_buddy_free_many_locked);
FOR_TESTS(annex_buddy_next);
FOR_TESTS(annex_buddy_retype_locked);
FOR_TESTS(annex_buddy_take_locked);
FOR_TESTS(annex_buddy_take_type_locked);
FOR_TESTS(annex_migratetype_name);
FOR_TESTS(annex_pageblock_isolate);
FOR_TESTS(annex_pageblock_reserve);
FOR_TESTS(annex_pageblock_set_type);
FOR_TESTS(annex_pageblock_unisolate);
FOR_TESTS(annex_pageblock_unreserve);
FOR_TESTS(annex_pageblock_worth_claiming);
FOR_TESTS(annex_pcp_give);
FOR_TESTS(annex_pool_alloc_bulk);
FOR_TESTS(annex_pool_alloc_page);
FOR_TESTS(annex_pool_alloc_rest);
FOR_TESTS(annex_pool_free_bulk);
FOR_TESTS(annex_pool_free_slowly);
FOR_TESTS(annex_zone_balanced);
FOR_TESTS(annex_claim_add_part);
FOR_TESTS(annex_claim_get);
FOR_TESTS(annex_claim_put);
FOR_TESTS(annex_counter_name);
FOR_TESTS(annex_counters_destroy);
FOR_TESTS(annex_counters_init);
FOR_TESTS(annex_create);
FOR_TESTS(annex_destroy);
FOR_TESTS(annex_leave);
FOR_TESTS(annex_held_find);
FOR_TESTS(annex_held_report);
FOR_TESTS(annex_debug_exit);
FOR_TESTS(annex_debug_init);
FOR_TESTS(annex_debugfs_fail);
FOR_TESTS(annex_debug_key);
FOR_TESTS(annex_event_sum);
FOR_TESTS(annex_failure_limit);
FOR_TESTS(annex_cmdline_find_lost);
FOR_TESTS(annex_firmware_check);
FOR_TESTS(annex_firmware_last_ram);
FOR_TESTS(annex_flatmem_better);
FOR_TESTS(annex_flatmem_pays);
FOR_TESTS(annex_frame_clear);
FOR_TESTS(annex_frame_fill);
FOR_TESTS(annex_frame_mismatch);
FOR_TESTS(annex_frame_read);
FOR_TESTS(annex_frame_sync);
FOR_TESTS(annex_frame_write);
FOR_TESTS(annex_gaps_add);
FOR_TESTS(annex_gaps_hold);
FOR_TESTS(annex_head_folio);
FOR_TESTS(annex_kswapd_run);
FOR_TESTS(annex_kswapd_stop);
FOR_TESTS(annex_flush_all_zero_pkmaps);
FOR_TESTS(annex_kmap_local_addr_page);
FOR_TESTS(annex_kmap_no_cpu);
FOR_TESTS(annex_pkmap_no_bucket);
FOR_TESTS(annex_pool_kmap_atomic);
FOR_TESTS(annex_pool_kmap_atomic_pfn);
FOR_TESTS(annex_pool_kunmap_atomic);
FOR_TESTS(annex_kmap_local_exit);
FOR_TESTS(annex_kmap_local_init);
FOR_TESTS(annex_kmap_local_window_pages);
FOR_TESTS(annex_pkmap_addr_page);
FOR_TESTS(annex_pkmap_bytes);
FOR_TESTS(annex_pkmap_exit);
FOR_TESTS(annex_pkmap_init);
FOR_TESTS(annex_pool_kmap);
FOR_TESTS(annex_pool_kmap_flush_unused);
FOR_TESTS(annex_pool_kmap_high_get);
FOR_TESTS(annex_pool_kmap_local);
FOR_TESTS(annex_pool_kmap_local_page);
FOR_TESTS(annex_pool_kunmap);
FOR_TESTS(annex_pool_kunmap_local);
FOR_TESTS(annex_pool_page_address);
FOR_TESTS(annex_show_kmap_local);
FOR_TESTS(annex_show_pkmap);
FOR_TESTS(annex_validate_kmap_local);
FOR_TESTS(annex_validate_pkmap);
FOR_TESTS(annex_window_clear);
FOR_TESTS(annex_lru_accessed);
FOR_TESTS(annex_lru_insert);
FOR_TESTS(annex_lru_isolate);
FOR_TESTS(annex_lru_putback);
FOR_TESTS(annex_lru_remove);
FOR_TESTS(annex_memblock_add);
FOR_TESTS(annex_memblock_alloc_range);
FOR_TESTS(annex_memblock_destroy);
FOR_TESTS(annex_memblock_free);
FOR_TESTS(annex_memblock_from_physmap);
FOR_TESTS(annex_memblock_init);
FOR_TESTS(annex_memblock_is_memory);
FOR_TESTS(annex_memblock_is_reserved);
FOR_TESTS(annex_memblock_next_free);
FOR_TESTS(annex_memblock_remove);
FOR_TESTS(annex_memblock_reserve);
FOR_TESTS(annex_memblock_set_handed_over);
FOR_TESTS(annex_memblock_valid);
FOR_TESTS(annex_memblock_walk_blocks);
FOR_TESTS(annex_memtest);
FOR_TESTS(annex_memtest_check);
FOR_TESTS(annex_memtest_write);
FOR_TESTS(annex_min_free_kbytes);
FOR_TESTS(annex_mms_exit);
FOR_TESTS(annex_shrinkers_forget);
FOR_TESTS(annex_folios_forget);
FOR_TESTS(annex_pool_mm_create);
FOR_TESTS(annex_pool_mm_destroy);
FOR_TESTS(annex_pool_mm_map_page);
FOR_TESTS(annex_pool_mm_protect);
FOR_TESTS(annex_pool_mm_unmap_page);
FOR_TESTS(annex_node_count);
FOR_TESTS(annex_owner_find);
FOR_TESTS(annex_owner_prepare);
FOR_TESTS(annex_owner_read);
FOR_TESTS(annex_page_clear_bit);
FOR_TESTS(annex_page_drop_ref_unless);
FOR_TESTS(annex_page_owner_sops);
FOR_TESTS(annex_page_set_bit);
FOR_TESTS(annex_page_state_name);
FOR_TESTS(annex_page_unlock);
FOR_TESTS(annex_page_store_private);
FOR_TESTS(annex_page_take_ref);
FOR_TESTS(annex_page_tie_slot);
FOR_TESTS(annex_page_untie_slot);
FOR_TESTS(annex_page_make_own);
FOR_TESTS(annex_page_unmake_own);
FOR_TESTS(annex_pages_hand_over);
FOR_TESTS(annex_parse_range);
FOR_TESTS(annex_parse_size);
FOR_TESTS(annex_pcp_batch);
FOR_TESTS(annex_pcp_bound);
FOR_TESTS(annex_pcp_count);
FOR_TESTS(annex_pcp_drain_all);
FOR_TESTS(annex_pcp_drain_local);
FOR_TESTS(annex_pcp_drain_zones);
FOR_TESTS(annex_pcp_exit);
FOR_TESTS(annex_pcp_high);
FOR_TESTS(annex_pcp_init);
FOR_TESTS(annex_pcp_list_batch);
FOR_TESTS(annex_pcp_list_high);
FOR_TESTS(annex_pcp_take);
FOR_TESTS(annex_pcp_unwatch);
FOR_TESTS(annex_pcp_watch);
FOR_TESTS(annex_physmap_bytes);
FOR_TESTS(annex_physmap_init);
FOR_TESTS(annex_physmap_parse_reserve);
FOR_TESTS(annex_physmap_reserve);
FOR_TESTS(annex_physmap_type_name);
FOR_TESTS(annex_physmap_valid);
FOR_TESTS(annex_pool_alloc);
FOR_TESTS(annex_pool_folio);
FOR_TESTS(annex_pool_folio_alloc);
FOR_TESTS(annex_pool_folio_attach);
FOR_TESTS(annex_pool_folio_clear_dirty);
FOR_TESTS(annex_pool_folio_dec_mapcount);
FOR_TESTS(annex_pool_folio_detach);
FOR_TESTS(annex_pool_folio_end_writeback);
FOR_TESTS(annex_pool_folio_get);
FOR_TESTS(annex_pool_folio_inc_mapcount);
FOR_TESTS(annex_pool_folio_mark_dirty);
FOR_TESTS(annex_pool_folio_put);
FOR_TESTS(annex_pool_folio_start_writeback);
FOR_TESTS(annex_pool_folio_test_clear_flag);
FOR_TESTS(annex_pool_folio_test_set_flag);
FOR_TESTS(annex_pool_folio_wait_writeback);
FOR_TESTS(annex_pool_free);
FOR_TESTS(annex_pool_get);
FOR_TESTS(annex_pool_head);
FOR_TESTS(annex_pool_lock_page);
FOR_TESTS(annex_pool_page_index);
FOR_TESTS(annex_pool_page_private);
FOR_TESTS(annex_pool_put);
FOR_TESTS(annex_pool_set_page_private);
FOR_TESTS(annex_pool_trylock_page);
FOR_TESTS(annex_pool_unlock_page);
FOR_TESTS(annex_pool_wait_on_page_locked);
FOR_TESTS(annex_reclaim_direct);
FOR_TESTS(annex_show_buddyinfo);
FOR_TESTS(annex_show_memblock);
FOR_TESTS(annex_show_pagetypeinfo);
FOR_TESTS(annex_show_pool_map);
FOR_TESTS(annex_show_validate);
FOR_TESTS(annex_show_slabinfo);
FOR_TESTS(annex_show_vmstat);
FOR_TESTS(annex_show_zoneinfo);
FOR_TESTS(annex_scratch_check);
FOR_TESTS(annex_shrink_zone);
FOR_TESTS(annex_shrinker_add);
FOR_TESTS(annex_shrinker_del);
FOR_TESTS(annex_shrinkers_run);
FOR_TESTS(annex_sleep);
FOR_TESTS(annex_sleep_begin);
FOR_TESTS(annex_sleep_end);
FOR_TESTS(annex_sleep_turn);
FOR_TESTS(annex_sleepers_wake_first);
FOR_TESTS(annex_size_text);
FOR_TESTS(annex_check_size);
FOR_TESTS(annex_speed_frame);
FOR_TESTS(annex_speed_own);
FOR_TESTS(annex_speed_uncached);
FOR_TESTS(annex_slot_folio);
FOR_TESTS(annex_slot_home);
FOR_TESTS(annex_slot_in_use);
FOR_TESTS(annex_slot_nr);
FOR_TESTS(annex_slot_page);
FOR_TESTS(annex_slot_pages);
FOR_TESTS(annex_slots_used);
FOR_TESTS(annex_tlb_flush_range);
FOR_TESTS(annex_validate);
FOR_TESTS(annex_validate_lru);
FOR_TESTS(annex_pool_find_vm_area);
FOR_TESTS(annex_pool_ioremap);
FOR_TESTS(annex_pool_is_vmalloc_addr);
FOR_TESTS(annex_pool_vm_unmap_ram);
FOR_TESTS(annex_pool_vmalloc);
FOR_TESTS(annex_pool_vmalloc_to_pfn);
FOR_TESTS(annex_pool_vmalloc_node);
FOR_TESTS(annex_pool_vmap);
FOR_TESTS(annex_pte_bits);
FOR_TESTS(annex_validate_vm);
FOR_TESTS(annex_vm_give_up);
FOR_TESTS(annex_vm_purge);
FOR_TESTS(annex_vm_purge_all);
FOR_TESTS(annex_vmalloc_bytes);
FOR_TESTS(annex_vmalloc_exit);
FOR_TESTS(annex_vmalloc_init);
FOR_TESTS(annex_vmap_area_alloc_locked);
FOR_TESTS(annex_vmap_area_bytes);
FOR_TESTS(annex_vmap_area_check_locked);
FOR_TESTS(annex_vmap_area_exit);
FOR_TESTS(annex_vmap_area_find_locked);
FOR_TESTS(annex_vmap_area_free_locked);
FOR_TESTS(annex_vmap_area_from_locked);
FOR_TESTS(annex_vmap_area_init);
FOR_TESTS(annex_vmap_area_largest_locked);
FOR_TESTS(annex_vmstat);
FOR_TESTS(annex_wakeup_kswapd);
FOR_TESTS(annex_wait_while);
FOR_TESTS(annex_window_get);
FOR_TESTS(annex_window_get_even);
FOR_TESTS(annex_window_map);
FOR_TESTS(annex_window_pfn);
FOR_TESTS(annex_window_prove);
FOR_TESTS(annex_window_prove_page);
FOR_TESTS(annex_window_put);
FOR_TESTS(annex_window_space);
FOR_TESTS(annex_window_unmap);
FOR_TESTS(annex_window_advise);
FOR_TESTS(annex_zone_ends);
FOR_TESTS(annex_zone_min);
FOR_TESTS(annex_zone_name);
FOR_TESTS(annex_zone_step);
FOR_TESTS(annex_zones_init);
FOR_TESTS(annex_zones_set_watermarks);
FOR_TESTS(annex_zones_used);
FOR_TESTS(annex_paging_exit);
FOR_TESTS(annex_paging_init);
FOR_TESTS(annex_paging_plan);
FOR_TESTS(annex_pgtable_borrow);
FOR_TESTS(annex_pgtable_count);
FOR_TESTS(annex_pgtable_create);
FOR_TESTS(annex_pgtable_for_each);
FOR_TESTS(annex_pgtable_free);
FOR_TESTS(annex_pgtable_keep);
FOR_TESTS(annex_pgtable_link);
FOR_TESTS(annex_pgtable_map);
FOR_TESTS(annex_pgtable_protect);
FOR_TESTS(annex_pgtable_table);
FOR_TESTS(annex_pgtable_unmap);
FOR_TESTS(annex_show_final);
FOR_TESTS(annex_show_process);
FOR_TESTS(annex_show_provisional);
FOR_TESTS(annex_tables_build);
FOR_TESTS(annex_tables_free);
FOR_TESTS(annex_tables_need);
FOR_TESTS(annex_tables_plan);
FOR_TESTS(annex_tables_virt);
FOR_TESTS(annex_validate_pgtable);
