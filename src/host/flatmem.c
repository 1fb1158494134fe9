// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lowmem that the kernel pays for a range that memmap= reserves.
 *
 * With FLATMEM the kernel's memory map is one array, from page 0 to the last
 * page of its RAM, holes included. A range that memmap= reserves is such a
 * hole: at the end of RAM it costs the kernel no lowmem; with RAM above it, it
 * costs as much as if it were not reserved.
 *
 *	0          4G    5G    6G    7G
 *	|  RAM  |  | RAM |range| RAM |		descriptors for 7 GB
 *	|  RAM  |  | RAM | RAM |range|		descriptors for 6 GB
 *
 * Locking: none.
 */
#include <linux/minmax.h>
#include <linux/mm.h>

#include <annex/types.h>

#include "base/for_kunit.h"
#include "host/firmware.h"
#include "host/flatmem.h"

#ifdef CONFIG_FLATMEM

/**
 * annex_flatmem_get() - get the extent of the kernel's memory map
 * @flat: filled
 *
 * Context: any.
 */
void annex_flatmem_get(struct annex_flatmem *flat)
{
	flat->end = (u64)max_mapnr << PAGE_SHIFT;
	flat->page_bytes = sizeof(struct page);
}

#else

void annex_flatmem_get(struct annex_flatmem *flat)
{
	*flat = (struct annex_flatmem){};
}

#endif

/**
 * annex_flatmem_pays() - lowmem that the kernel spends on a range
 * @flat: its memory map
 * @start: the first byte, page aligned
 * @end: the byte behind the range, page aligned
 *
 * Context: any.
 * Return: bytes of descriptors, 0 if the range lies beyond the map.
 */
u64 annex_flatmem_pays(const struct annex_flatmem *flat, u64 start, u64 end)
{
	end = min(end, flat->end);
	if (end <= start)
		return 0;
	return ((end - start) >> PAGE_SHIFT) * flat->page_bytes;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_flatmem_pays);

/**
 * annex_flatmem_better() - find a range that costs the kernel nothing
 * @fw: firmware's map
 * @start: the first byte of the present range; set to that of the better one
 * @end: the byte behind it; likewise
 *
 * The better range lies at the end of RAM. It is as long as the present one, or
 * shorter if that RAM is. If the last RAM is smaller than a pool can be,
 * there is no better range.
 *
 * Context: any.
 * Return: whether there is one; nothing is changed if there is not.
 */
bool annex_flatmem_better(const struct annex_firmware *fw, u64 *start,
			  u64 *end)
{
	u64 size = *end - *start;
	u64 first, last;

	if (!annex_firmware_last_ram(fw, &first, &last))
		return false;
	first = round_up(first, PAGE_SIZE);
	last = round_down(last, PAGE_SIZE);
	if (last < first + ANNEX_POOL_MIN || last == *end)
		return false;
	*end = last;
	*start = last - min(size, last - first);
	return true;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_flatmem_better);
