// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the pool's memory cached? A step of create.c.
 *
 * MTRRs cover a few ranges of megabytes and more, so it is enough to sample
 * frames. Reserved frames are not read. Uncached memory works, a hundred times
 * slower, so it is reported and not refused.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "host/speed.h"
#include "pool/cacheable.h"
#include "pool/pool.h"

/* One frame in 256 MB: some 250 of the largest pool. */
#define STEP	(256UL << (20 - PAGE_SHIFT))

/* The first uncached frame from @pfn on, in steps of STEP; @end if none is. */
static unsigned long find_uncached(struct annex *annex, unsigned long pfn,
				   unsigned long end, u64 own, u64 *took)
{
	while (pfn < end) {
		*took = annex_speed_frame(&annex->host, pfn);
		if (annex_speed_uncached(own, *took))
			return pfn;
		cond_resched();
		if (pfn == end - 1)
			break;
		pfn = min(pfn + STEP, end - 1);
	}
	return end;
}

/**
 * annex_cacheable_look() - warn of uncached memory
 * @annex: the pool, with its memory map and scratch slots
 * @params: unused
 * @why: unused
 *
 * Context: process, may sleep.
 * Return: 0.
 */
int annex_cacheable_look(struct annex *annex, const struct annex_params *params,
			 struct annex_reason *why)
{
	const struct annex_memory_map *map = &annex->memory_map;
	u64 own = annex_speed_own(), took = 0;
	unsigned int i;

	for (i = 0; i < map->nr; i++) {
		unsigned long end = map->entry[i].end >> PAGE_SHIFT;
		unsigned long pfn = map->entry[i].start >> PAGE_SHIFT;

		if (map->entry[i].type != ANNEX_MEMORY_MAP_USABLE)
			continue;
		pfn = find_uncached(annex, pfn, end, own, &took);
		if (pfn == end)
			continue;
		pr_warn("memory at %#llx is read %llu times slower than the kernel's: no MTRR makes it cached, see /proc/mtrr; choose a range that is cached\n",
			(u64)pfn << PAGE_SHIFT, div64_u64(took, own));
		break;
	}
	return 0;
}
