// SPDX-License-Identifier: GPL-2.0-only
/*
 * The claim to the pool's range, and the range's entries in /proc/iomem: steps
 * of create.c.
 */
#include <linux/minmax.h>
#include <linux/mm.h>

#include "base/refuse.h"
#include "pool/iomem.h"
#include "pool/params.h"
#include "pool/pool.h"

/**
 * annex_iomem_init() - claim the pool's range
 * @annex: the pool; its range is known
 * @params: unused
 * @why: filled if it is refused
 *
 * Context: process, may sleep.
 * Return: as annex_claim_get().
 */
int annex_iomem_init(struct annex *annex, const struct annex_params *params,
		     struct annex_reason *why)
{
	return annex_claim_get(&annex->host.claim, annex->frames.range.start,
			       annex->frames.range.end, why);
}

/**
 * annex_iomem_exit() - release the range
 * @annex: the pool
 *
 * Context: process, may sleep.
 */
void annex_iomem_exit(struct annex *annex)
{
	annex_claim_put(&annex->host.claim);
}

/**
 * annex_iomem_abandon() - keep the range for ever: users hold parts of it
 * @annex: the pool
 *
 * Context: process, may sleep.
 */
void annex_iomem_abandon(struct annex *annex)
{
	annex_claim_abandon(&annex->host.claim);
}

/* Add the part of a zone that annex uses itself. */
static int add_used_part(struct annex *annex, const struct annex_range *zone,
			 const char *name, u64 phys, unsigned long bytes)
{
	u64 lo = max(zone->start, phys);
	u64 hi = min(zone->end, phys + bytes);

	return lo < hi ?
		       annex_claim_add_part(&annex->host.claim, name, lo, hi) :
		       0;
}

/* Add a zone to /proc/iomem, and below it the parts that annex uses itself. */
static int add_zone_parts(struct annex *annex, const struct annex_zone *zone)
{
	u64 start = annex->frames.range.start +
		    ((u64)zone->zone_start_pfn << PAGE_SHIFT);
	u64 end = start + ((u64)zone->spanned_pages << PAGE_SHIFT);
	const struct annex_range range = { start, end };
	int err;

	err = annex_claim_add_part(&annex->host.claim,
				   annex_zone_claim_name(zone->idx), start,
				   end);
	if (!err)
		err = add_used_part(annex, &range, "annex descriptors",
				    annex->mem_map_phys, annex->mem_map_bytes);
	if (!err)
		err = add_used_part(annex, &range, "annex page_owner",
				    annex->owner_phys, annex->owner_bytes);
	if (!err)
		err = add_used_part(annex, &range, "annex pkmap",
				    annex->pkmap_phys, annex->pkmap_bytes);
	if (!err)
		err = add_used_part(annex, &range, "annex vmalloc",
				    annex->vmalloc_phys, annex->vmalloc_bytes);
	if (!err)
		err = add_used_part(annex, &range, "annex page tables",
				    annex->tables.phys, annex->tables.bytes);
	return err;
}

/**
 * annex_iomem_add_parts() - add the parts of the range to /proc/iomem
 * @annex: the pool, whose range is claimed, with zones
 * @params: unused
 * @why: filled if that fails
 *
 * Context: process, may sleep.
 * Return: 0 or an errno; annex_iomem_exit() removes what was added.
 */
int annex_iomem_add_parts(struct annex *annex,
			  const struct annex_params *params,
			  struct annex_reason *why)
{
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		int err = add_zone_parts(annex, &annex->frames.zones[i]);

		if (err)
			return annex_refuse(why, err,
					    "no entry for zone %s in /proc/iomem",
					    annex->frames.zones[i].name);
	}
	return 0;
}
