// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counters behind vmstat and zoneinfo.
 *
 * Events are counted on the CPU where they happen, without a lock and with
 * interrupts on, and summed when they are read. A sum is therefore not a
 * snapshot: a reader may see one of two events of an operation and miss the
 * other. The pool's counters are per-CPU deltas, too, and one CPU's may be
 * negative. A zone's counters are atomic.
 *
 * Making the counters can fail for lack of per-CPU memory; nothing else can.
 */
#include <linux/build_bug.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>

#include "base/counters.h"
#include "base/fail.h"
#include "base/for_kunit.h"

static const char * const names[] = {
	[ANNEX_NR_FREE_PAGES] = "nr_free_pages",
	[ANNEX_NR_ZONE_INACTIVE_ANON] = "nr_zone_inactive_anon",
	[ANNEX_NR_ZONE_ACTIVE_ANON] = "nr_zone_active_anon",
	[ANNEX_NR_ZONE_INACTIVE_FILE] = "nr_zone_inactive_file",
	[ANNEX_NR_ZONE_ACTIVE_FILE] = "nr_zone_active_file",
	[ANNEX_NR_ZONE_UNEVICTABLE] = "nr_zone_unevictable",
	[ANNEX_NR_ZONE_WRITE_PENDING] = "nr_zone_write_pending",
	[ANNEX_NR_MLOCK] = "nr_mlock",
	[ANNEX_NR_BOUNCE] = "nr_bounce",
	[ANNEX_NR_ZSPAGES] = "nr_zspages",
	[ANNEX_NR_FREE_CMA] = "nr_free_cma",
	[ANNEX_NR_INACTIVE_ANON] = "nr_inactive_anon",
	[ANNEX_NR_ACTIVE_ANON] = "nr_active_anon",
	[ANNEX_NR_INACTIVE_FILE] = "nr_inactive_file",
	[ANNEX_NR_ACTIVE_FILE] = "nr_active_file",
	[ANNEX_NR_UNEVICTABLE] = "nr_unevictable",
	[ANNEX_NR_SLAB_RECLAIMABLE] = "nr_slab_reclaimable",
	[ANNEX_NR_SLAB_UNRECLAIMABLE] = "nr_slab_unreclaimable",
	[ANNEX_NR_ISOLATED_ANON] = "nr_isolated_anon",
	[ANNEX_NR_ISOLATED_FILE] = "nr_isolated_file",
	[ANNEX_WORKINGSET_NODES] = "workingset_nodes",
	[ANNEX_WORKINGSET_REFAULT_ANON] = "workingset_refault_anon",
	[ANNEX_WORKINGSET_REFAULT_FILE] = "workingset_refault_file",
	[ANNEX_WORKINGSET_ACTIVATE_ANON] = "workingset_activate_anon",
	[ANNEX_WORKINGSET_ACTIVATE_FILE] = "workingset_activate_file",
	[ANNEX_WORKINGSET_RESTORE_ANON] = "workingset_restore_anon",
	[ANNEX_WORKINGSET_RESTORE_FILE] = "workingset_restore_file",
	[ANNEX_WORKINGSET_NODERECLAIM] = "workingset_nodereclaim",
	[ANNEX_NR_ANON_PAGES] = "nr_anon_pages",
	[ANNEX_NR_MAPPED] = "nr_mapped",
	[ANNEX_NR_FILE_PAGES] = "nr_file_pages",
	[ANNEX_NR_DIRTY] = "nr_dirty",
	[ANNEX_NR_WRITEBACK] = "nr_writeback",
	[ANNEX_NR_WRITEBACK_TEMP] = "nr_writeback_temp",
	[ANNEX_NR_SHMEM] = "nr_shmem",
	[ANNEX_NR_SHMEM_HUGEPAGES] = "nr_shmem_hugepages",
	[ANNEX_NR_SHMEM_PMDMAPPED] = "nr_shmem_pmdmapped",
	[ANNEX_NR_FILE_HUGEPAGES] = "nr_file_hugepages",
	[ANNEX_NR_FILE_PMDMAPPED] = "nr_file_pmdmapped",
	[ANNEX_NR_ANON_TRANSPARENT_HUGEPAGES] = "nr_anon_transparent_hugepages",
	[ANNEX_NR_VMSCAN_WRITE] = "nr_vmscan_write",
	[ANNEX_NR_VMSCAN_IMMEDIATE_RECLAIM] = "nr_vmscan_immediate_reclaim",
	[ANNEX_NR_DIRTIED] = "nr_dirtied",
	[ANNEX_NR_WRITTEN] = "nr_written",
	[ANNEX_NR_THROTTLED_WRITTEN] = "nr_throttled_written",
	[ANNEX_NR_KERNEL_MISC_RECLAIMABLE] = "nr_kernel_misc_reclaimable",
	[ANNEX_NR_FOLL_PIN_ACQUIRED] = "nr_foll_pin_acquired",
	[ANNEX_NR_FOLL_PIN_RELEASED] = "nr_foll_pin_released",
	[ANNEX_NR_KERNEL_STACK] = "nr_kernel_stack",
	[ANNEX_NR_PAGE_TABLE_PAGES] = "nr_page_table_pages",
	[ANNEX_NR_SEC_PAGE_TABLE_PAGES] = "nr_sec_page_table_pages",
	[ANNEX_NR_SWAPCACHED] = "nr_swapcached",
	[ANNEX_NR_DIRTY_THRESHOLD] = "nr_dirty_threshold",
	[ANNEX_NR_DIRTY_BACKGROUND_THRESHOLD] = "nr_dirty_background_threshold",
	[ANNEX_PGPGIN] = "pgpgin",
	[ANNEX_PGPGOUT] = "pgpgout",
	[ANNEX_PSWPIN] = "pswpin",
	[ANNEX_PSWPOUT] = "pswpout",
	[ANNEX_PGALLOC_DMA] = "pgalloc_dma",
	[ANNEX_PGALLOC_DMA32] = "pgalloc_dma32",
	[ANNEX_PGALLOC_NORMAL] = "pgalloc_normal",
	[ANNEX_PGALLOC_HIGH] = "pgalloc_high",
	[ANNEX_PGALLOC_MOVABLE] = "pgalloc_movable",
	[ANNEX_ALLOCSTALL_DMA] = "allocstall_dma",
	[ANNEX_ALLOCSTALL_DMA32] = "allocstall_dma32",
	[ANNEX_ALLOCSTALL_NORMAL] = "allocstall_normal",
	[ANNEX_ALLOCSTALL_HIGH] = "allocstall_high",
	[ANNEX_ALLOCSTALL_MOVABLE] = "allocstall_movable",
	[ANNEX_PGSKIP_DMA] = "pgskip_dma",
	[ANNEX_PGSKIP_DMA32] = "pgskip_dma32",
	[ANNEX_PGSKIP_NORMAL] = "pgskip_normal",
	[ANNEX_PGSKIP_HIGH] = "pgskip_high",
	[ANNEX_PGSKIP_MOVABLE] = "pgskip_movable",
	[ANNEX_PGFREE] = "pgfree",
	[ANNEX_PGACTIVATE] = "pgactivate",
	[ANNEX_PGDEACTIVATE] = "pgdeactivate",
	[ANNEX_PGLAZYFREE] = "pglazyfree",
	[ANNEX_PGFAULT] = "pgfault",
	[ANNEX_PGMAJFAULT] = "pgmajfault",
	[ANNEX_PGLAZYFREED] = "pglazyfreed",
	[ANNEX_PGREFILL] = "pgrefill",
	[ANNEX_PGREUSE] = "pgreuse",
	[ANNEX_PGSTEAL_KSWAPD] = "pgsteal_kswapd",
	[ANNEX_PGSTEAL_DIRECT] = "pgsteal_direct",
	[ANNEX_PGDEMOTE_KSWAPD] = "pgdemote_kswapd",
	[ANNEX_PGDEMOTE_DIRECT] = "pgdemote_direct",
	[ANNEX_PGSCAN_KSWAPD] = "pgscan_kswapd",
	[ANNEX_PGSCAN_DIRECT] = "pgscan_direct",
	[ANNEX_PGSCAN_DIRECT_THROTTLE] = "pgscan_direct_throttle",
	[ANNEX_PGSCAN_ANON] = "pgscan_anon",
	[ANNEX_PGSCAN_FILE] = "pgscan_file",
	[ANNEX_PGSTEAL_ANON] = "pgsteal_anon",
	[ANNEX_PGSTEAL_FILE] = "pgsteal_file",
	[ANNEX_PGINODESTEAL] = "pginodesteal",
	[ANNEX_SLABS_SCANNED] = "slabs_scanned",
	[ANNEX_KSWAPD_INODESTEAL] = "kswapd_inodesteal",
	[ANNEX_KSWAPD_LOW_WMARK_HIT_QUICKLY] = "kswapd_low_wmark_hit_quickly",
	[ANNEX_KSWAPD_HIGH_WMARK_HIT_QUICKLY] = "kswapd_high_wmark_hit_quickly",
	[ANNEX_PAGEOUTRUN] = "pageoutrun",
	[ANNEX_PGROTATED] = "pgrotated",
	[ANNEX_DROP_PAGECACHE] = "drop_pagecache",
	[ANNEX_DROP_SLAB] = "drop_slab",
	[ANNEX_OOM_KILL] = "oom_kill",
	[ANNEX_PGMIGRATE_SUCCESS] = "pgmigrate_success",
	[ANNEX_PGMIGRATE_FAIL] = "pgmigrate_fail",
	[ANNEX_THP_MIGRATION_SUCCESS] = "thp_migration_success",
	[ANNEX_THP_MIGRATION_FAIL] = "thp_migration_fail",
	[ANNEX_THP_MIGRATION_SPLIT] = "thp_migration_split",
	[ANNEX_COMPACT_MIGRATE_SCANNED] = "compact_migrate_scanned",
	[ANNEX_COMPACT_FREE_SCANNED] = "compact_free_scanned",
	[ANNEX_COMPACT_ISOLATED] = "compact_isolated",
	[ANNEX_COMPACT_STALL] = "compact_stall",
	[ANNEX_COMPACT_FAIL] = "compact_fail",
	[ANNEX_COMPACT_SUCCESS] = "compact_success",
	[ANNEX_COMPACT_DAEMON_WAKE] = "compact_daemon_wake",
	[ANNEX_COMPACT_DAEMON_MIGRATE_SCANNED] = "compact_daemon_migrate_scanned",
	[ANNEX_COMPACT_DAEMON_FREE_SCANNED] = "compact_daemon_free_scanned",
	[ANNEX_HTLB_BUDDY_ALLOC_SUCCESS] = "htlb_buddy_alloc_success",
	[ANNEX_HTLB_BUDDY_ALLOC_FAIL] = "htlb_buddy_alloc_fail",
	[ANNEX_UNEVICTABLE_PGS_CULLED] = "unevictable_pgs_culled",
	[ANNEX_UNEVICTABLE_PGS_SCANNED] = "unevictable_pgs_scanned",
	[ANNEX_UNEVICTABLE_PGS_RESCUED] = "unevictable_pgs_rescued",
	[ANNEX_UNEVICTABLE_PGS_MLOCKED] = "unevictable_pgs_mlocked",
	[ANNEX_UNEVICTABLE_PGS_MUNLOCKED] = "unevictable_pgs_munlocked",
	[ANNEX_UNEVICTABLE_PGS_CLEARED] = "unevictable_pgs_cleared",
	[ANNEX_UNEVICTABLE_PGS_STRANDED] = "unevictable_pgs_stranded",
	[ANNEX_THP_FAULT_ALLOC] = "thp_fault_alloc",
	[ANNEX_THP_FAULT_FALLBACK] = "thp_fault_fallback",
	[ANNEX_THP_FAULT_FALLBACK_CHARGE] = "thp_fault_fallback_charge",
	[ANNEX_THP_COLLAPSE_ALLOC] = "thp_collapse_alloc",
	[ANNEX_THP_COLLAPSE_ALLOC_FAILED] = "thp_collapse_alloc_failed",
	[ANNEX_THP_FILE_ALLOC] = "thp_file_alloc",
	[ANNEX_THP_FILE_FALLBACK] = "thp_file_fallback",
	[ANNEX_THP_FILE_FALLBACK_CHARGE] = "thp_file_fallback_charge",
	[ANNEX_THP_FILE_MAPPED] = "thp_file_mapped",
	[ANNEX_THP_SPLIT_PAGE] = "thp_split_page",
	[ANNEX_THP_SPLIT_PAGE_FAILED] = "thp_split_page_failed",
	[ANNEX_THP_DEFERRED_SPLIT_PAGE] = "thp_deferred_split_page",
	[ANNEX_THP_SPLIT_PMD] = "thp_split_pmd",
	[ANNEX_THP_SCAN_EXCEED_NONE_PTE] = "thp_scan_exceed_none_pte",
	[ANNEX_THP_SCAN_EXCEED_SWAP_PTE] = "thp_scan_exceed_swap_pte",
	[ANNEX_THP_SCAN_EXCEED_SHARE_PTE] = "thp_scan_exceed_share_pte",
	[ANNEX_THP_ZERO_PAGE_ALLOC] = "thp_zero_page_alloc",
	[ANNEX_THP_ZERO_PAGE_ALLOC_FAILED] = "thp_zero_page_alloc_failed",
	[ANNEX_THP_SWPOUT] = "thp_swpout",
	[ANNEX_THP_SWPOUT_FALLBACK] = "thp_swpout_fallback",
	[ANNEX_BALLOON_INFLATE] = "balloon_inflate",
	[ANNEX_BALLOON_DEFLATE] = "balloon_deflate",
	[ANNEX_BALLOON_MIGRATE] = "balloon_migrate",
	[ANNEX_SWAP_RA] = "swap_ra",
	[ANNEX_SWAP_RA_HIT] = "swap_ra_hit",
	[ANNEX_KSM_SWPIN_COPY] = "ksm_swpin_copy",
	[ANNEX_COW_KSM] = "cow_ksm",
	[ANNEX_ZSWPIN] = "zswpin",
	[ANNEX_ZSWPOUT] = "zswpout",
	[ANNEX_DIRECT_MAP_LEVEL2_SPLITS] = "direct_map_level2_splits",
	[ANNEX_DIRECT_MAP_LEVEL3_SPLITS] = "direct_map_level3_splits",
	[ANNEX_PKMAP_FLUSHES] = "pkmap_flushes",
	[ANNEX_PKMAP_WAITS] = "pkmap_waits",
	[ANNEX_TLB_SHOOTDOWNS] = "tlb_shootdowns",
	[ANNEX_DRAIN_IPIS] = "annex_drain_ipis",
	[ANNEX_BAD_ALLOC] = "annex_bad_alloc",
	[ANNEX_BAD_FREE] = "annex_bad_free",
	[ANNEX_BAD_REF] = "annex_bad_ref",
	[ANNEX_BAD_FLAG] = "annex_bad_flag",
	[ANNEX_BAD_MAP] = "annex_bad_map",
	[ANNEX_BAD_HEAP] = "annex_bad_heap",
	[ANNEX_ALLOC_FAIL] = "annex_alloc_fail",
	[ANNEX_VMALLOC_FAIL] = "annex_vmalloc_fail",
	[ANNEX_POISON_CORRUPT] = "annex_poison_corrupt",
	[ANNEX_SLAB_CORRUPT] = "annex_slab_corrupt",
	[ANNEX_BAD_TABLE] = "annex_bad_table",
	[ANNEX_TABLE_FRAMES] = "annextable_frames",
	[ANNEX_TABLE_LEAVES] = "annextable_leaves",
	[ANNEX_TABLE_WAITING] = "annextable_waiting",
	[ANNEX_NR_UNSTABLE] = "nr_unstable",
};

static_assert(ARRAY_SIZE(names) == ANNEX_NR_COUNTERS);

/**
 * annex_counters_init() - make the counters of a pool, all zero
 * @c: the counters
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int annex_counters_init(struct annex_counters *c)
{
	c->events = annex_should_fail(ANNEX_FAIL_PERCPU) ?
			    NULL : alloc_percpu(struct annex_events);
	return c->events ? 0 : -ENOMEM;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_counters_init);

/**
 * annex_counters_destroy() - undo annex_counters_init()
 * @c: the counters; nothing is counted any more
 */
void annex_counters_destroy(struct annex_counters *c)
{
	free_percpu(c->events);
	c->events = NULL;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_counters_destroy);

/**
 * annex_counter_name() - a counter's name in /proc/vmstat
 * @item: the counter
 *
 * Context: any.
 */
const char *annex_counter_name(enum annex_counter item)
{
	return names[item];
}
EXPORT_SYMBOL_FOR_KUNIT(annex_counter_name);

/**
 * annex_event_sum() - the count of an event over all CPUs
 * @c: the pool's counters
 * @item: an event
 *
 * Context: any. The counts of CPUs that went offline are included.
 */
unsigned long annex_event_sum(const struct annex_counters *c,
			      enum annex_counter item)
{
	unsigned int i = item - ANNEX_NODE_COUNTERS_END;
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(c->events, cpu)->count[i]);
	return sum;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_event_sum);

/**
 * annex_node_count() - the value of one of the pool's counters
 * @c: the pool's counters
 * @item: a counter of the pool
 *
 * Context: any. Exact if a lock excludes changes. Otherwise the sum may include
 * some of several concurrent changes and miss others.
 */
unsigned long annex_node_count(const struct annex_counters *c,
			       enum annex_counter item)
{
	unsigned int i = item - ANNEX_NR_ZONE_COUNTERS;
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(c->events, cpu)->node[i]);
	return max(sum, 0L);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_node_count);
