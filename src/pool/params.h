/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_PARAMS_H
#define ANNEX_POOL_PARAMS_H

#include <linux/types.h>

#include "boot/memory_map.h"

/**
 * struct annex_params - the parameters of a pool
 * @pool: the physical range
 * @lowmem: bytes of lowmem, 0 for the default
 * @movable: bytes of the Movable zone
 * @reserve: list of ranges to reserve, or NULL
 * @min_free_kbytes: kB that the watermarks keep free, 0 for the default
 * @watermark_scale: least distance of the watermarks, in 10,000ths of a zone
 * @memtest: how many patterns to test all of it with
 * @dma32: whether to have a DMA32 zone
 * @poison: poison free frames and check the poison
 * @page_owner: record the owner of each block
 * @vmalloc: bytes of the vmalloc window, 0 for the default
 * @pkmap: slots of pkmap, 0 for the default
 * @kmap_force: let kmap_local map lowmem, too
 * @slab_debug: check the heap's objects
 * @page_offset: where the direct map in the page tables begins, 0 for the
 *	default
 * @provisional: bytes that the provisional tables map, 0 for the default
 * @ungrouped: do not group frames by mobility
 */
struct annex_params {
	struct annex_range pool;
	u64 lowmem;
	u64 movable;
	const char *reserve;
	unsigned long min_free_kbytes;
	unsigned int watermark_scale;
	unsigned int memtest;
	bool dma32;
	bool poison;
	bool page_owner;
	u64 vmalloc;
	unsigned int pkmap;
	bool kmap_force;
	bool slab_debug;
	u64 page_offset;
	u64 provisional;
	bool ungrouped;
};

#endif /* ANNEX_POOL_PARAMS_H */
