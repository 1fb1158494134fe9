// SPDX-License-Identifier: GPL-2.0-only
/*
 * The early allocator: it serves all allocations before there are page
 * descriptors, and then hands the free frames to the buddy.
 *
 * It keeps two lists of regions, which are ranges of host physical addresses to
 * the byte. `memory` is what exists, `reserved` what is taken, and free memory
 * is the difference: it has no list of its own, so there is nothing to keep in
 * step. The lists are otherwise independent: a range may be reserved that is
 * not memory, or not yet, as firmware does.
 *
 * Every change of a list is one of two set operations, union with a range and
 * subtraction of a range. Either finds the regions that the range touches,
 * computes the regions that result, at most two, and replaces the former with
 * the latter. A list thus grows by at most one region at a time. When its array
 * is full, the host provides one of twice the size.
 *
 * Invariants of each list, which annex_memblock_valid() recounts:
 *  1. The regions are sorted, and at least a byte lies between neighbours:
 *     overlapping and adjacent regions are merged.
 *  2. No region is empty, and none reaches beyond byte 2^64 - 2, so the end
 *     of a region fits 64 bits.
 *  3. total_size is the sum of the sizes.
 *  4. cnt <= max, and max is the capacity of the array.
 *
 * Life: init -> add, reserve, free, alloc -> handed over -> destroy.
 * The buddy owns the free frames once annex_memblock_walk_blocks() has passed
 * them on. annex_memblock_set_handed_over() then freezes the lists, which stay
 * readable as the record of the early allocations.
 *
 * Cost: a look-up is a binary search. Callers take a few dozen ranges, not
 * millions, so a search for free memory walks the whole list. The hand-over
 * makes one call for each block, of which 57 GB have some 14,600.
 *
 * Locking: none. Until the hand-over only the thread that loads the module uses
 * it; afterwards nothing changes it. Growing may sleep.
 *
 * Failure: an errno, and the lists are as they were: memory for a larger array
 * is allocated before a region is moved.
 */

#include "base/for_kunit.h"
#include "boot/memblock.h"

#include <asm/page.h>
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/fail.h"
#include "boot/memory_map.h"

/* The arguments of annex_memblock_alloc_range(). */
struct fit {
	u64 size;
	u64 align;
	u64 min;
	u64 max;
	bool top_down;
};

static u64 region_end(const struct annex_memblock_region *r)
{
	return r->base + r->size;
}

static void init_type(struct annex_memblock_type *type, const char *name)
{
	type->name = name;
	type->cnt = 0;
	type->max = ANNEX_MEMBLOCK_INLINE;
	type->limit = UINT_MAX;
	type->total_size = 0;
	type->regions = type->first;
}

static void release_array(struct annex_memblock_type *type)
{
	if (type->regions != type->first)
		kvfree(type->regions);
}

/**
 * annex_memblock_init() - set up an allocator without memory
 * @mb: the allocator
 */
void annex_memblock_init(struct annex_memblock *mb)
{
	init_type(&mb->memory, "memory");
	init_type(&mb->reserved, "reserved");
	mb->handed_over = false;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memblock_init);

/**
 * annex_memblock_destroy() - free the memory that the lists took from the host
 * @mb: the allocator; afterwards as after annex_memblock_init()
 */
void annex_memblock_destroy(struct annex_memblock *mb)
{
	release_array(&mb->memory);
	release_array(&mb->reserved);
	annex_memblock_init(mb);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memblock_destroy);

/* Index of the first region that ends above @addr, cnt if there is none. */
static unsigned int first_ending_above(const struct annex_memblock_type *type,
				       u64 addr)
{
	unsigned int low = 0, high = type->cnt;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (region_end(&type->regions[mid]) > addr)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static int make_room(struct annex_memblock_type *type, unsigned int cnt)
{
	unsigned int max = min(2 * type->max, type->limit);
	struct annex_memblock_region *regions;

	if (cnt <= type->max)
		return 0;
	if (cnt > max)
		return -ENOMEM;
	regions = annex_should_fail(ANNEX_FAIL_MEMORY) ?
			  NULL :
			  kvmalloc_array(max, sizeof(*regions), GFP_KERNEL);
	if (!regions)
		return -ENOMEM;
	memcpy(regions, type->regions, type->cnt * sizeof(*regions));
	release_array(type);
	type->regions = regions;
	type->max = max;
	return 0;
}

static u64 sum_sizes(const struct annex_memblock_region *r, unsigned int nr)
{
	u64 sum = 0;

	while (nr--)
		sum += (r++)->size;
	return sum;
}

/* Replace the regions [@first, @behind) with the @nr regions at @with. */
static int replace_regions(struct annex_memblock_type *type,
			   unsigned int first, unsigned int behind,
			   const struct annex_memblock_region *with,
			   unsigned int nr)
{
	unsigned int rest = type->cnt - behind;
	struct annex_memblock_region *r;
	int err;

	err = make_room(type, first + nr + rest);
	if (err)
		return err;
	r = &type->regions[first];
	type->total_size -= sum_sizes(r, behind - first);
	type->total_size += sum_sizes(with, nr);
	memmove(r + nr, r + behind - first, rest * sizeof(*r));
	memcpy(r, with, nr * sizeof(*r));
	type->cnt = first + nr + rest;
	return 0;
}

/* Adjacent regions are merged too, so the search starts at @base - 1. */
static int unite(struct annex_memblock_type *type, u64 base, u64 end)
{
	unsigned int first = first_ending_above(type, base ? base - 1 : 0);
	unsigned int behind = first;
	struct annex_memblock_region with;

	while (behind < type->cnt && type->regions[behind].base <= end)
		behind++;
	if (first < behind) {
		base = min(base, type->regions[first].base);
		end = max(end, region_end(&type->regions[behind - 1]));
	}
	with.base = base;
	with.size = end - base;
	return replace_regions(type, first, behind, &with, 1);
}

static int subtract(struct annex_memblock_type *type, u64 base, u64 end)
{
	unsigned int first = first_ending_above(type, base);
	unsigned int behind = first, nr = 0;
	struct annex_memblock_region with[2];
	u64 left, right;

	while (behind < type->cnt && type->regions[behind].base < end)
		behind++;
	if (first == behind)
		return 0;
	left = type->regions[first].base;
	right = region_end(&type->regions[behind - 1]);
	if (left < base)
		with[nr++] = (struct annex_memblock_region) {
			left, base - left
		};
	if (right > end)
		with[nr++] = (struct annex_memblock_region) {
			end, right - end
		};
	return replace_regions(type, first, behind, with, nr);
}

static int check_change(const struct annex_memblock *mb, u64 base, u64 size)
{
	if (mb->handed_over)
		return -EBUSY;
	if (base + size < base)
		return -ERANGE;
	return 0;
}

/**
 * annex_memblock_add() - add a range to memory
 * @mb: the allocator
 * @base: first byte
 * @size: bytes; 0 changes nothing
 *
 * The range may overlap existing memory. May sleep.
 *
 * Return: 0; -EBUSY after the hand-over; -ERANGE if @base + @size wraps;
 * -ENOMEM if the list could not grow. On error the list is unchanged.
 */
int annex_memblock_add(struct annex_memblock *mb, u64 base, u64 size)
{
	int err = check_change(mb, base, size);

	if (err || !size)
		return err;
	return unite(&mb->memory, base, base + size);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memblock_add);

/**
 * annex_memblock_reserve() - reserve a range
 * @mb: the allocator
 * @base: first byte
 * @size: bytes; 0 changes nothing
 *
 * The range need not be memory, and may overlap reserved ranges.
 * May sleep.
 *
 * Return: as annex_memblock_add().
 */
int annex_memblock_reserve(struct annex_memblock *mb, u64 base, u64 size)
{
	int err = check_change(mb, base, size);

	if (err || !size)
		return err;
	return unite(&mb->reserved, base, base + size);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memblock_reserve);

/**
 * annex_memblock_free() - free a reserved range
 * @mb: the allocator
 * @base: first byte
 * @size: bytes; 0 changes nothing
 *
 * Parts of the range may be free already. May sleep.
 *
 * Return: as annex_memblock_add().
 */
int annex_memblock_free(struct annex_memblock *mb, u64 base, u64 size)
{
	int err = check_change(mb, base, size);

	if (err || !size)
		return err;
	return subtract(&mb->reserved, base, base + size);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memblock_free);

/**
 * annex_memblock_from_memory_map() - fill an allocator from a memory map
 * @mb: the allocator
 * @map: the map; all its entries become memory, and reserved ones are reserved
 *
 * May sleep.
 *
 * Return: as annex_memblock_add(), but on error a part of the map may have been
 * added; the caller then destroys @mb.
 */
int annex_memblock_from_memory_map(struct annex_memblock *mb,
				   const struct annex_memory_map *map)
{
	const struct annex_memory_map_entry *e = map->entry;
	int err;

	for (; e < map->entry + map->nr; e++) {
		err = annex_memblock_add(mb, e->start, e->end - e->start);
		if (!err && e->type == ANNEX_MEMORY_MAP_RESERVED)
			err = annex_memblock_reserve(mb, e->start,
						     e->end - e->start);
		if (err)
			return err;
	}
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memblock_from_memory_map);

/**
 * annex_memblock_next_free() - walk the free ranges
 * @mb: the allocator
 * @cursor: where the search starts; moved to the end of the range found
 * @start: set to the first free byte at or above @cursor
 * @end: set to the end of the free range from there on
 *
 * A walk over everything begins with a cursor of 0. The lists must not change
 * during it.
 *
 * Return: false if nothing is free at or above @cursor; @cursor, @start and
 * @end are unchanged then.
 */
bool annex_memblock_next_free(const struct annex_memblock *mb, u64 *cursor,
			      u64 *start, u64 *end)
{
	const struct annex_memblock_type *mem = &mb->memory;
	const struct annex_memblock_type *res = &mb->reserved;
	unsigned int m, r;
	u64 at = *cursor;

	for (;;) {
		m = first_ending_above(mem, at);
		if (m == mem->cnt)
			return false;
		at = max(at, mem->regions[m].base);
		r = first_ending_above(res, at);
		if (r == res->cnt || res->regions[r].base > at)
			break;
		at = region_end(&res->regions[r]);
	}
	*start = at;
	*end = region_end(&mem->regions[m]);
	if (r < res->cnt)
		*end = min(*end, res->regions[r].base);
	*cursor = *end;
	return true;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memblock_next_free);

/* ALIGN() yields 0 if it wraps, and any @start that makes it wrap is above. */
static bool fit_low(const struct fit *fit, u64 start, u64 end, u64 *base)
{
	u64 at = ALIGN(start, fit->align);

	if (at < start || at > end || end - at < fit->size)
		return false;
	*base = at;
	return true;
}

static bool fit_high(const struct fit *fit, u64 start, u64 end, u64 *base)
{
	u64 at;

	if (end - start < fit->size)
		return false;
	at = ALIGN_DOWN(end - fit->size, fit->align);
	if (at < start)
		return false;
	*base = at;
	return true;
}

/* Ranges come in ascending order: the first fit is lowest, the last highest. */
static bool find_free(const struct annex_memblock *mb, const struct fit *fit,
		      u64 *base)
{
	u64 cursor = fit->min, start, end;
	bool found = false;

	while (annex_memblock_next_free(mb, &cursor, &start, &end)) {
		if (start >= fit->max)
			break;
		end = min(end, fit->max);
		if (fit->top_down)
			found |= fit_high(fit, start, end, base);
		else if (fit_low(fit, start, end, base))
			return true;
	}
	return found;
}

/**
 * annex_memblock_alloc_range() - find free memory and reserve it
 * @mb: the allocator
 * @size: bytes
 * @align: alignment of the address, a power of two
 * @min: lowest address to take
 * @max: upper bound of the end of the range
 * @top_down: take the highest fit rather than the lowest
 * @base: set to the address of the first byte
 *
 * May sleep.
 *
 * Return: 0; -EINVAL if @size is 0 or @align is not a power of two; -EBUSY
 * after the hand-over; -ENOMEM if no free range fits, or the list could not
 * grow. On error nothing is reserved, and @base is unchanged.
 */
int annex_memblock_alloc_range(struct annex_memblock *mb, u64 size, u64 align,
			       u64 min, u64 max, bool top_down, u64 *base)
{
	const struct fit fit = { size, align, min, max, top_down };
	u64 found;
	int err;

	if (!size || !align || (align & (align - 1)))
		return -EINVAL;
	if (mb->handed_over)
		return -EBUSY;
	if (annex_should_fail(ANNEX_FAIL_MEMBLOCK) ||
	    !find_free(mb, &fit, &found))
		return -ENOMEM;
	err = annex_memblock_reserve(mb, found, size);
	if (err)
		return err;
	*base = found;
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memblock_alloc_range);

/**
 * annex_memblock_is_reserved() - whether a part of a range is reserved
 * @mb: the allocator
 * @base: first byte
 * @size: bytes
 *
 * Return: true if at least a byte is reserved; false if not, if @size is 0, or
 * if @base + @size wraps.
 */
bool annex_memblock_is_reserved(const struct annex_memblock *mb, u64 base,
				u64 size)
{
	const struct annex_memblock_type *type = &mb->reserved;
	unsigned int i = first_ending_above(type, base);

	if (!size || base + size < base || i == type->cnt)
		return false;
	return type->regions[i].base < base + size;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memblock_is_reserved);

static bool type_valid(const struct annex_memblock_type *type)
{
	const struct annex_memblock_region *r = type->regions;
	unsigned int i;

	if (type->cnt > type->max)
		return false;
	if (r == type->first && type->max != ANNEX_MEMBLOCK_INLINE)
		return false;
	if (r != type->first && type->max <= ANNEX_MEMBLOCK_INLINE)
		return false;
	for (i = 0; i < type->cnt; i++) {
		if (region_end(&r[i]) <= r[i].base)
			return false;
		if (i && r[i].base <= region_end(&r[i - 1]))
			return false;
	}
	return type->total_size == sum_sizes(r, type->cnt);
}

/**
 * annex_memblock_valid() - check the invariants listed in the file head
 * @mb: the allocator
 *
 * Return: true if all of them hold.
 */
bool annex_memblock_valid(const struct annex_memblock *mb)
{
	return type_valid(&mb->memory) && type_valid(&mb->reserved);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memblock_valid);

/* The first frame that begins at or above @addr, without wrapping. */
static u64 frame_at_or_above(u64 addr)
{
	return (addr >> PAGE_SHIFT) + !IS_ALIGNED(addr, PAGE_SIZE);
}

/**
 * annex_memblock_walk_blocks() - the hand-over: pass every free block to @fn
 * @mb: the allocator
 * @pool_start: address of annex pfn 0, page aligned
 * @pfn: first frame of the walk
 * @end_pfn: one past its last frame
 * @fn: called once for each block, in ascending order
 * @arg: for @fn
 *
 * The free frames are cut into the largest blocks that are aligned by host pfn
 * and lie between the two bounds, so no two blocks of one walk are buddies that
 * would merge. A zone need not begin or end at the boundary of a largest block:
 * one walk per zone keeps blocks from crossing into the next. A frame with a
 * byte that is reserved or missing is not free.
 *
 * Return: the number of frames in all blocks.
 */
u32 annex_memblock_walk_blocks(const struct annex_memblock *mb, u64 pool_start,
			       annex_pfn_t pfn, annex_pfn_t end_pfn,
			       annex_memblock_block_fn fn, void *arg)
{
	const u64 base = pool_start >> PAGE_SHIFT;
	const u64 limit = base + end_pfn;
	u64 cursor = (base + pfn) << PAGE_SHIFT, start, end;
	u32 frames = 0;

	while (annex_memblock_next_free(mb, &cursor, &start, &end)) {
		u64 at = frame_at_or_above(start);
		u64 stop = min(end >> PAGE_SHIFT, limit);

		while (at < stop) {
			unsigned int order = annex_block_order(at, stop);

			fn(arg, at - base, order);
			at += 1U << order;
			frames += 1U << order;
		}
	}
	return frames;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memblock_walk_blocks);

/**
 * annex_memblock_set_handed_over() - freeze the lists
 * @mb: the allocator
 *
 * From now on the buddy owns the free frames, and any change of a list is
 * refused with -EBUSY.
 *
 * Return: 0; -EBUSY if the lists were frozen already.
 */
int annex_memblock_set_handed_over(struct annex_memblock *mb)
{
	if (mb->handed_over)
		return -EBUSY;
	mb->handed_over = true;
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memblock_set_handed_over);
