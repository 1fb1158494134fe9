/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_BOOT_MEMBLOCK_H
#define ANNEX_BOOT_MEMBLOCK_H

#include <annex/types.h>
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/types.h>

struct annex_memory_map;

/*
 * Regions that a list holds before it needs an array from the host. `memory` is
 * one region unless frames were removed. `reserved` gets one for the first
 * megabyte and, because neighbours merge, about one for each user of early
 * memory: the descriptor array and the tables and metadata of pkmap,
 * kmap_local, vmalloc and the folios. That is under ten, which leaves some
 * twenty for reserve= before a load costs host memory. Twice 32 regions of 16
 * bytes are 1 KB of struct annex.
 */
#define ANNEX_MEMBLOCK_INLINE	32

/**
 * struct annex_memblock_region - one range of host physical addresses
 * @base: first byte
 * @size: bytes, never 0
 */
struct annex_memblock_region {
	u64 base;
	u64 size;
};

/**
 * struct annex_memblock_type - a list of regions
 * @name: "memory" or "reserved"
 * @cnt: regions in use
 * @max: capacity of @regions
 * @limit: most regions to which @regions grows; the tests lower it
 * @total_size: bytes in all regions
 * @regions: sorted, disjoint, not adjacent; @first until it is outgrown
 * @first: the initial array
 */
struct annex_memblock_type {
	const char *name;
	unsigned int cnt;
	unsigned int max;
	unsigned int limit;
	u64 total_size;
	struct annex_memblock_region *regions;
	struct annex_memblock_region first[ANNEX_MEMBLOCK_INLINE];
};

/**
 * struct annex_memblock - the early allocator of one pool
 * @memory: the frames that exist
 * @reserved: the bytes that are taken
 * @handed_over: the free frames belong to the buddy, and both lists are frozen
 *
 * The lists point into the structure, which therefore must not be copied or
 * moved.
 */
struct annex_memblock {
	struct annex_memblock_type memory;
	struct annex_memblock_type reserved;
	bool handed_over;
};

/**
 * typedef annex_memblock_block_fn - called for each block at hand-over
 * @arg: as given to annex_memblock_walk_blocks()
 * @pfn: first frame of the block
 * @order: the block has 1 << @order frames
 */
typedef void (*annex_memblock_block_fn)(void *arg, annex_pfn_t pfn,
					unsigned int order);

void annex_memblock_init(struct annex_memblock *mb);
void annex_memblock_destroy(struct annex_memblock *mb);
int annex_memblock_from_memory_map(struct annex_memblock *mb,
				   const struct annex_memory_map *map);

int annex_memblock_add(struct annex_memblock *mb, u64 base, u64 size);
int annex_memblock_reserve(struct annex_memblock *mb, u64 base, u64 size);
int annex_memblock_free(struct annex_memblock *mb, u64 base, u64 size);
int annex_memblock_alloc_range(struct annex_memblock *mb, u64 size, u64 align,
			       u64 min, u64 max, bool top_down, u64 *base);

bool annex_memblock_next_free(const struct annex_memblock *mb, u64 *cursor,
			      u64 *start, u64 *end);
bool annex_memblock_is_reserved(const struct annex_memblock *mb, u64 base,
				u64 size);
bool annex_memblock_valid(const struct annex_memblock *mb);

u32 annex_memblock_walk_blocks(const struct annex_memblock *mb, u64 pool_start,
			       annex_pfn_t pfn, annex_pfn_t end_pfn,
			       annex_memblock_block_fn fn, void *arg);
int annex_memblock_set_handed_over(struct annex_memblock *mb);

/**
 * annex_block_order() - order of the largest block that may start at a frame
 * @host_pfn: the frame's host pfn
 * @end_host_pfn: end of the free frames from @host_pfn on, greater than it
 *
 * The block is naturally aligned by host pfn and ends at or before
 * @end_host_pfn; no larger block does both.
 *
 * Return: the order, 0 to ANNEX_MAX_ORDER - 1.
 */
static inline unsigned int annex_block_order(u64 host_pfn, u64 end_host_pfn)
{
	u32 room = min_t(u64, end_host_pfn - host_pfn, ANNEX_MAX_ORDER_PAGES);
	u32 align = (host_pfn & (ANNEX_MAX_ORDER_PAGES - 1)) |
		    ANNEX_MAX_ORDER_PAGES;

	return min_t(unsigned int, __ffs(align), __fls(room));
}

#endif /* ANNEX_BOOT_MEMBLOCK_H */
