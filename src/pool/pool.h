/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_POOL_H
#define ANNEX_POOL_POOL_H

#include <linux/types.h>

#include "base/clients.h"
#include "boot/memblock.h"
#include "boot/memory_map.h"
#include "heap/slab.h"
#include "host/host.h"
#include "kmap/kmap_local.h"
#include "kmap/pkmap.h"
#include "mm/mm.h"
#include "page/frames.h"
#include "pgtable/tables.h"
#include "reclaim/reclaim.h"
#include "store/types.h"
#include "vmalloc/vm.h"

struct dentry;

/**
 * struct annex - one pool: the state of each room, from the lowest up
 * @host: resources of the host kernel
 * @memory_map: which frames may be used
 * @memblock: the regions that early allocation took
 * @tables: page tables, provisional and final
 * @frames: descriptors, zones, buddy, per-CPU lists
 * @reclaim: folios, kswapd, shrinkers
 * @pkmap: frames mapped for all CPUs
 * @kmap_local: frames mapped for one CPU
 * @vmalloc: virtually contiguous mappings of any frames
 * @mms: page tables of processes
 * @heap: small objects
 * @store: frame tables
 * @clients: other modules' lines in vmstat
 * @mem_map_phys: host physical address of the descriptors
 * @mem_map_bytes: their size and that of the pageblocks behind them, in whole
 *	frames
 * @owner_phys: host physical address of the owner records
 * @owner_bytes: their size, whole frames; 0 if there are none
 * @pkmap_slots: slots of @pkmap
 * @pkmap_phys: host physical address of its tables, 0 if it has none
 * @pkmap_bytes: their size, whole frames
 * @vmalloc_pages: pages of the vmalloc window
 * @vmalloc_phys: host physical address of its tables, 0 if it has none
 * @vmalloc_bytes: their size, whole frames
 * @cpu_dead: node of the CPU hotplug callback
 * @debugfs: the directory, or NULL
 * @init_cycles: duration of loading, by the time stamp counter
 */
struct annex {
	struct annex_host host;
	struct annex_memory_map memory_map;
	struct annex_memblock memblock;
	struct annex_tables tables;
	struct annex_frames frames;
	struct annex_reclaim reclaim;
	struct annex_pkmap pkmap;
	struct annex_kmap_local kmap_local;
	struct annex_vmalloc vmalloc;
	struct annex_mms mms;
	struct annex_heap heap;
	struct annex_store store;
	struct annex_clients clients;

	/* Where the plan has put the tables of the rooms. */
	u64 mem_map_phys;
	unsigned long mem_map_bytes;
	u64 owner_phys;
	unsigned long owner_bytes;
	unsigned int pkmap_slots;
	u64 pkmap_phys;
	unsigned long pkmap_bytes;
	unsigned long vmalloc_pages;
	u64 vmalloc_phys;
	unsigned long vmalloc_bytes;

	struct hlist_node cpu_dead;
	struct dentry *debugfs;
	u64 init_cycles;
};

void annex_none(struct annex *annex);

#endif /* ANNEX_POOL_POOL_H */
