/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace events of a pool, under events/annex in tracefs.
 *
 * Names, fields and texts are those of Linux 6.1's kmem and vmscan events, so
 * that tools and experience with these apply here. The differences follow from
 * what a pool is:
 *  - pfn is an annex pfn; page=, a bare address, is left out;
 *  - there is one node: nid is 0; zid and classzone are enum annex_zone_type;
 *  - all folios in LRU lists hold parts of a mapping, as the kernel's file
 *    pages do: lru and flags say "file", and nr_activate_anon, nr_congested and
 *    nr_unmap_fail are 0;
 *  - a shrinker has its name where the kernel prints addresses.
 *
 * Events take plain values, so this file includes no other private header. If
 * annex is built in, the kernel's own tracepoints have the same symbols, and
 * Kbuild turns these events off, as without CONFIG_TRACEPOINTS.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM annex

#if !defined(ANNEX_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define ANNEX_TRACE_H

#include <linux/gfp.h>
#include <linux/tracepoint.h>
#include <linux/types.h>
#include <annex/types.h>
#include <trace/events/mmflags.h>

#include "host/compat_trace.h"

/*
 * The pfn of mm_page_alloc for a failed request. It is 32 bits wide and not
 * ~0UL, because tools read a recording with 64-bit integers and would not match
 * ~0UL.
 */
#define ANNEX_TRACE_NO_PFN	0xffffffffUL

/* 2 MB: the kernel's pageblock_order under PAE. */
#define ANNEX_TRACE_PAGEBLOCK_ORDER	9

/* LRU lists by the kernel's numbers; there are no anonymous folios. */
#define ANNEX_TRACE_LRU_INACTIVE	2
#define ANNEX_TRACE_LRU_ACTIVE		3

TRACE_EVENT(mm_page_alloc,

	TP_PROTO(unsigned long pfn, unsigned int order, gfp_t gfp_flags,
		 int migratetype),

	TP_ARGS(pfn, order, gfp_flags, migratetype),

	TP_STRUCT__entry(
		__field(unsigned long, pfn)
		__field(unsigned int, order)
		__field(unsigned long, gfp_flags)
		__field(int, migratetype)
	),

	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->order = order;
		__entry->gfp_flags = (__force unsigned long)gfp_flags;
		__entry->migratetype = migratetype;
	),

	TP_printk("pfn=0x%lx order=%d migratetype=%d gfp_flags=%s",
		  __entry->pfn != ANNEX_TRACE_NO_PFN ? __entry->pfn : 0,
		  __entry->order, __entry->migratetype,
		  show_gfp_flags(__entry->gfp_flags))
);

TRACE_EVENT(mm_page_free,

	TP_PROTO(unsigned long pfn, unsigned int order),

	TP_ARGS(pfn, order),

	TP_STRUCT__entry(
		__field(unsigned long, pfn)
		__field(unsigned int, order)
	),

	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->order = order;
	),

	TP_printk("pfn=0x%lx order=%d", __entry->pfn, __entry->order)
);

TRACE_EVENT(mm_page_alloc_extfrag,

	TP_PROTO(unsigned long pfn, int alloc_order, int fallback_order,
		 int alloc_migratetype, int fallback_migratetype,
		 int change_ownership),

	TP_ARGS(pfn, alloc_order, fallback_order, alloc_migratetype,
		fallback_migratetype, change_ownership),

	TP_STRUCT__entry(
		__field(unsigned long, pfn)
		__field(int, alloc_order)
		__field(int, fallback_order)
		__field(int, alloc_migratetype)
		__field(int, fallback_migratetype)
		__field(int, change_ownership)
	),

	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->alloc_order = alloc_order;
		__entry->fallback_order = fallback_order;
		__entry->alloc_migratetype = alloc_migratetype;
		__entry->fallback_migratetype = fallback_migratetype;
		__entry->change_ownership = change_ownership;
	),

	TP_printk("pfn=0x%lx alloc_order=%d fallback_order=%d pageblock_order=%d alloc_migratetype=%d fallback_migratetype=%d fragmenting=%d change_ownership=%d",
		  __entry->pfn, __entry->alloc_order, __entry->fallback_order,
		  ANNEX_TRACE_PAGEBLOCK_ORDER, __entry->alloc_migratetype,
		  __entry->fallback_migratetype,
		  __entry->fallback_order < ANNEX_TRACE_PAGEBLOCK_ORDER,
		  __entry->change_ownership)
);

TRACE_EVENT(mm_vmscan_kswapd_sleep,

	TP_PROTO(int nid),

	TP_ARGS(nid),

	TP_STRUCT__entry(
		__field(int, nid)
	),

	TP_fast_assign(
		__entry->nid = nid;
	),

	TP_printk("nid=%d", __entry->nid)
);

TRACE_EVENT(mm_vmscan_kswapd_wake,

	TP_PROTO(int nid, int zid, int order),

	TP_ARGS(nid, zid, order),

	TP_STRUCT__entry(
		__field(int, nid)
		__field(int, zid)
		__field(int, order)
	),

	TP_fast_assign(
		__entry->nid = nid;
		__entry->zid = zid;
		__entry->order = order;
	),

	TP_printk("nid=%d order=%d", __entry->nid, __entry->order)
);

TRACE_EVENT(mm_vmscan_wakeup_kswapd,

	TP_PROTO(int nid, int zid, int order, gfp_t gfp_flags),

	TP_ARGS(nid, zid, order, gfp_flags),

	TP_STRUCT__entry(
		__field(int, nid)
		__field(int, zid)
		__field(int, order)
		__field(unsigned long, gfp_flags)
	),

	TP_fast_assign(
		__entry->nid = nid;
		__entry->zid = zid;
		__entry->order = order;
		__entry->gfp_flags = (__force unsigned long)gfp_flags;
	),

	TP_printk("nid=%d order=%d gfp_flags=%s", __entry->nid, __entry->order,
		  show_gfp_flags(__entry->gfp_flags))
);

TRACE_EVENT(mm_vmscan_direct_reclaim_begin,

	TP_PROTO(int order, gfp_t gfp_flags),

	TP_ARGS(order, gfp_flags),

	TP_STRUCT__entry(
		__field(int, order)
		__field(unsigned long, gfp_flags)
	),

	TP_fast_assign(
		__entry->order = order;
		__entry->gfp_flags = (__force unsigned long)gfp_flags;
	),

	TP_printk("order=%d gfp_flags=%s", __entry->order,
		  show_gfp_flags(__entry->gfp_flags))
);

TRACE_EVENT(mm_vmscan_direct_reclaim_end,

	TP_PROTO(unsigned long nr_reclaimed),

	TP_ARGS(nr_reclaimed),

	TP_STRUCT__entry(
		__field(unsigned long, nr_reclaimed)
	),

	TP_fast_assign(
		__entry->nr_reclaimed = nr_reclaimed;
	),

	TP_printk("nr_reclaimed=%lu", __entry->nr_reclaimed)
);

TRACE_EVENT(mm_vmscan_lru_isolate,

	TP_PROTO(int highest_zoneidx, int order, unsigned long nr_requested,
		 unsigned long nr_scanned, unsigned long nr_skipped,
		 unsigned long nr_taken, unsigned int isolate_mode, int lru),

	TP_ARGS(highest_zoneidx, order, nr_requested, nr_scanned, nr_skipped,
		nr_taken, isolate_mode, lru),

	TP_STRUCT__entry(
		__field(int, highest_zoneidx)
		__field(int, order)
		__field(unsigned long, nr_requested)
		__field(unsigned long, nr_scanned)
		__field(unsigned long, nr_skipped)
		__field(unsigned long, nr_taken)
		__field(unsigned int, isolate_mode)
		__field(int, lru)
	),

	TP_fast_assign(
		__entry->highest_zoneidx = highest_zoneidx;
		__entry->order = order;
		__entry->nr_requested = nr_requested;
		__entry->nr_scanned = nr_scanned;
		__entry->nr_skipped = nr_skipped;
		__entry->nr_taken = nr_taken;
		__entry->isolate_mode = isolate_mode;
		__entry->lru = lru;
	),

	TP_printk("isolate_mode=%d classzone=%d order=%d nr_requested=%lu nr_scanned=%lu nr_skipped=%lu nr_taken=%lu lru=%s",
		  __entry->isolate_mode, __entry->highest_zoneidx,
		  __entry->order, __entry->nr_requested, __entry->nr_scanned,
		  __entry->nr_skipped, __entry->nr_taken,
		  __print_symbolic(__entry->lru,
				   { ANNEX_TRACE_LRU_INACTIVE, "inactive_file" },
				   { ANNEX_TRACE_LRU_ACTIVE, "active_file" }))
);

TRACE_EVENT(mm_vmscan_lru_shrink_inactive,

	TP_PROTO(int nid, unsigned long nr_scanned, unsigned long nr_reclaimed,
		 unsigned long nr_dirty, unsigned long nr_writeback,
		 unsigned long nr_immediate, unsigned int nr_activate,
		 unsigned long nr_ref_keep, int priority),

	TP_ARGS(nid, nr_scanned, nr_reclaimed, nr_dirty, nr_writeback,
		nr_immediate, nr_activate, nr_ref_keep, priority),

	TP_STRUCT__entry(
		__field(int, nid)
		__field(unsigned long, nr_scanned)
		__field(unsigned long, nr_reclaimed)
		__field(unsigned long, nr_dirty)
		__field(unsigned long, nr_writeback)
		__field(unsigned long, nr_immediate)
		__field(unsigned int, nr_activate1)
		__field(unsigned long, nr_ref_keep)
		__field(int, priority)
	),

	TP_fast_assign(
		__entry->nid = nid;
		__entry->nr_scanned = nr_scanned;
		__entry->nr_reclaimed = nr_reclaimed;
		__entry->nr_dirty = nr_dirty;
		__entry->nr_writeback = nr_writeback;
		__entry->nr_immediate = nr_immediate;
		__entry->nr_activate1 = nr_activate;
		__entry->nr_ref_keep = nr_ref_keep;
		__entry->priority = priority;
	),

	TP_printk("nid=%d nr_scanned=%ld nr_reclaimed=%ld nr_dirty=%ld nr_writeback=%ld nr_congested=0 nr_immediate=%ld nr_activate_anon=0 nr_activate_file=%d nr_ref_keep=%ld nr_unmap_fail=0 priority=%d flags=RECLAIM_WB_FILE|RECLAIM_WB_ASYNC",
		  __entry->nid, __entry->nr_scanned, __entry->nr_reclaimed,
		  __entry->nr_dirty, __entry->nr_writeback,
		  __entry->nr_immediate, __entry->nr_activate1,
		  __entry->nr_ref_keep, __entry->priority)
);

TRACE_EVENT(mm_vmscan_lru_shrink_active,

	TP_PROTO(int nid, unsigned long nr_taken, unsigned long nr_active,
		 unsigned long nr_deactivated, unsigned long nr_referenced,
		 int priority),

	TP_ARGS(nid, nr_taken, nr_active, nr_deactivated, nr_referenced,
		priority),

	TP_STRUCT__entry(
		__field(int, nid)
		__field(unsigned long, nr_taken)
		__field(unsigned long, nr_active)
		__field(unsigned long, nr_deactivated)
		__field(unsigned long, nr_referenced)
		__field(int, priority)
	),

	TP_fast_assign(
		__entry->nid = nid;
		__entry->nr_taken = nr_taken;
		__entry->nr_active = nr_active;
		__entry->nr_deactivated = nr_deactivated;
		__entry->nr_referenced = nr_referenced;
		__entry->priority = priority;
	),

	TP_printk("nid=%d nr_taken=%ld nr_active=%ld nr_deactivated=%ld nr_referenced=%ld priority=%d flags=RECLAIM_WB_FILE|RECLAIM_WB_ASYNC",
		  __entry->nid, __entry->nr_taken, __entry->nr_active,
		  __entry->nr_deactivated, __entry->nr_referenced,
		  __entry->priority)
);

TRACE_EVENT(mm_vmscan_write_folio,

	TP_PROTO(unsigned long pfn),

	TP_ARGS(pfn),

	TP_STRUCT__entry(
		__field(unsigned long, pfn)
	),

	TP_fast_assign(
		__entry->pfn = pfn;
	),

	TP_printk("pfn=0x%lx flags=RECLAIM_WB_FILE|RECLAIM_WB_ASYNC",
		  __entry->pfn)
);

TRACE_EVENT(mm_shrink_slab_start,

	TP_PROTO(const char *name, int nid, long nr_objects_to_shrink,
		 gfp_t gfp_flags, unsigned long cache_items,
		 unsigned long long delta, unsigned long total_scan,
		 int priority),

	TP_ARGS(name, nid, nr_objects_to_shrink, gfp_flags, cache_items, delta,
		total_scan, priority),

	TP_STRUCT__entry(
		__string(name, name)
		__field(int, nid)
		__field(long, nr_objects_to_shrink)
		__field(unsigned long, gfp_flags)
		__field(unsigned long, cache_items)
		__field(unsigned long long, delta)
		__field(unsigned long, total_scan)
		__field(int, priority)
	),

	TP_fast_assign(
		annex_assign_str(name, name);
		__entry->nid = nid;
		__entry->nr_objects_to_shrink = nr_objects_to_shrink;
		__entry->gfp_flags = (__force unsigned long)gfp_flags;
		__entry->cache_items = cache_items;
		__entry->delta = delta;
		__entry->total_scan = total_scan;
		__entry->priority = priority;
	),

	TP_printk("%s: nid: %d objects to shrink %ld gfp_flags %s cache items %ld delta %lld total_scan %ld priority %d",
		  __get_str(name), __entry->nid, __entry->nr_objects_to_shrink,
		  show_gfp_flags(__entry->gfp_flags), __entry->cache_items,
		  __entry->delta, __entry->total_scan, __entry->priority)
);

TRACE_EVENT(mm_shrink_slab_end,

	TP_PROTO(const char *name, int nid, int shrinker_retval,
		 long unused_scan_cnt, long new_scan_cnt, long total_scan),

	TP_ARGS(name, nid, shrinker_retval, unused_scan_cnt, new_scan_cnt,
		total_scan),

	TP_STRUCT__entry(
		__string(name, name)
		__field(int, nid)
		__field(long, unused_scan)
		__field(long, new_scan)
		__field(int, retval)
		__field(long, total_scan)
	),

	TP_fast_assign(
		annex_assign_str(name, name);
		__entry->nid = nid;
		__entry->unused_scan = unused_scan_cnt;
		__entry->new_scan = new_scan_cnt;
		__entry->retval = shrinker_retval;
		__entry->total_scan = total_scan;
	),

	TP_printk("%s: nid: %d unused scan count %ld new scan count %ld total_scan %ld last shrinker return val %d",
		  __get_str(name), __entry->nid, __entry->unused_scan,
		  __entry->new_scan, __entry->total_scan, __entry->retval)
);

#endif /* ANNEX_TRACE_H */

/* Relative to the directory that Kbuild passes with -I. */
#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH base
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
