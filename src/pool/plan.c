// SPDX-License-Identifier: GPL-2.0-only
/*
 * Planning a pool: the size of its tables and of lowmem, before anything is
 * allocated.
 *
 * Descriptors, owner records and windows must fit into the gaps of the host's
 * vmalloc space, each contiguous. Lowmem by default takes the rest, up to the
 * amount that most users need. An explicit lowmem=, pkmap= or vmalloc= fits or
 * is refused, with advice on a vmalloc= that suffices.
 *
 * Locking: none. A gap may be taken before its window is opened: then the
 * window is refused, or made smaller.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "base/refuse.h"
#include "kmap/kmap_local.h"
#include "kmap/pkmap.h"
#include "page/owner.h"
#include "pool/params.h"
#include "pool/plan.h"
#include "pool/pool.h"
#include "pool/windows.h"
#include "vmalloc/vm.h"

/*
 * Lowmem by default: a quarter of the pool, at most 32 MB, which gives DMA and
 * Normal 16 MB each and leaves room for the other windows in the default
 * vmalloc space of 120 MB; at least 2 MB, since the first is reserved.
 */
#define LOWMEM_DEFAULT_MAX	SZ_32M

/* Everything but lowmem: descriptors, records, and the windows of mappings. */
static unsigned long fixed_bytes(const struct annex *annex)
{
	return annex->mem_map_bytes + annex->owner_bytes +
	       (annex_windows_pages(annex) << PAGE_SHIFT);
}

/* Do all windows fit into the gaps, with @keep bytes left for the kernel? */
static bool has_room(const struct annex *annex, const struct annex_space *space,
		     u64 lowmem, unsigned long keep)
{
	const u64 windows[] = {
		annex->mem_map_bytes,
		annex->owner_bytes,
		(u64)annex_kmap_local_window_pages() << PAGE_SHIFT,
		(u64)annex->pkmap_slots << PAGE_SHIFT,
		(u64)annex->vmalloc_pages << PAGE_SHIFT,
		lowmem,
	};

	return annex_gaps_hold(&space->gaps, windows, ARRAY_SIZE(windows),
			       keep);
}

/*
 * A default must fit into the space as it is after boot, not as it happens to
 * be now: otherwise one page more or less of the host's would change the
 * default. The space begins with an unused 8 MB (VMALLOC_OFFSET). 8 MB are for
 * the host's own areas at any time, and 8 MB stay free.
 */
#define SPACE_OTHERS	(SZ_16M + ANNEX_SPACE_KEEP)

static bool has_ample_room(const struct annex *annex,
			   const struct annex_space *space, u64 lowmem,
			   unsigned long keep)
{
	return fixed_bytes(annex) + lowmem + SPACE_OTHERS <= space->total &&
	       has_room(annex, space, lowmem, keep);
}

static int no_space(const struct annex *annex, const struct annex_space *space,
		    u64 lowmem, unsigned long keep, struct annex_reason *why)
{
	unsigned long fixed = fixed_bytes(annex);
	struct annex_advice advice;

	return annex_refuse(why, -ENOMEM,
			    "vmalloc space, whose largest gap has %lu kB, has no room for %lu kB of descriptors%s and mappings, %llu kB of lowmem and %lu kB for the kernel; %s",
			    space->largest >> 10, fixed >> 10,
			    annex->owner_bytes ? ", page_owner records" : "",
			    lowmem >> 10, keep >> 10,
			    annex_window_advise(space, fixed + lowmem + keep,
						&advice));
}

/* The default of lowmem where there is room for it. */
static u64 lowmem_wanted(const struct annex_frames *frames)
{
	u64 pool = frames->range.end - frames->range.start;

	return clamp_t(u64, pool / 4, ANNEX_LOWMEM_MIN, LOWMEM_DEFAULT_MAX) &
	       PAGE_MASK;
}

/*
 * Lowmem takes what is left of the space, down to its minimum; 0 if even the
 * minimum does not fit.
 */
static u64 default_lowmem(const struct annex *annex,
			  const struct annex_space *space)
{
	u64 lowmem = lowmem_wanted(&annex->frames);

	if (has_ample_room(annex, space, lowmem, ANNEX_SPACE_KEEP))
		return lowmem;
	lowmem = round_down(lowmem - 1, SZ_1M);
	while (lowmem > ANNEX_LOWMEM_MIN &&
	       !has_ample_room(annex, space, lowmem, ANNEX_SPACE_KEEP))
		lowmem -= SZ_1M;
	if (lowmem > ANNEX_LOWMEM_MIN)
		return lowmem;
	lowmem = ANNEX_LOWMEM_MIN;
	return has_room(annex, space, lowmem, ANNEX_SPACE_KEEP) ? lowmem : 0;
}

/* An explicit lowmem= fits or is refused. */
static int plan_lowmem(struct annex *annex, const struct annex_params *params,
		       const struct annex_space *space,
		       struct annex_reason *why)
{
	const struct annex_size_rule rule = {
		.name = "lowmem",
		.least = ANNEX_LOWMEM_MIN,
		.most = annex->frames.range.end - annex->frames.range.start,
		.unit = PAGE_SIZE,
		.whose = "the pool's ",
	};
	u64 lowmem = params->lowmem;
	int err = lowmem ? annex_check_size(&rule, lowmem, why) : 0;

	if (err)
		return err;
	if (lowmem && !has_room(annex, space, lowmem, 0))
		return no_space(annex, space, lowmem, 0, why);
	if (!lowmem)
		lowmem = default_lowmem(annex, space);
	if (!lowmem)
		return no_space(annex, space, ANNEX_LOWMEM_MIN, ANNEX_SPACE_KEEP, why);
	annex->frames.lowmem_pages = lowmem >> PAGE_SHIFT;
	return 0;
}

static int check_maps(const struct annex_params *params,
		      struct annex_reason *why)
{
	static const struct annex_size_rule vmalloc = {
		"vmalloc", ANNEX_VMALLOC_MIN, SZ_1G, PAGE_SIZE, ""
	};
	int nr = params->pkmap;

	if (nr && (nr < 0 || !is_power_of_2(nr)))
		return annex_refuse(why, -EINVAL,
				    "pkmap=%d is not a power of two, from %u to %u",
				    nr, ANNEX_PKMAP_MIN, ANNEX_PKMAP_MAX);
	if (nr && (nr < ANNEX_PKMAP_MIN || nr > ANNEX_PKMAP_MAX))
		return annex_refuse(why, -EINVAL, "pkmap=%d is %s than %u", nr,
				    nr < ANNEX_PKMAP_MIN ? "less" : "more",
				    nr < ANNEX_PKMAP_MIN ? ANNEX_PKMAP_MIN :
							   ANNEX_PKMAP_MAX);
	return params->vmalloc ?
		       annex_check_size(&vmalloc, params->vmalloc, why) : 0;
}

/* Is there room for lowmem beside the planned windows? */
static bool has_lowmem(const struct annex *annex,
		       const struct annex_space *space,
		       const struct annex_params *params, u64 lowmem)
{
	if (params->lowmem)
		return has_ample_room(annex, space, params->lowmem, 0);
	return has_ample_room(annex, space,
			      max_t(u64, lowmem, ANNEX_LOWMEM_MIN),
			      ANNEX_SPACE_KEEP);
}

/*
 * The defaults are the kernel's number of pkmap slots and
 * ANNEX_VMALLOC_DEFAULT. Where they do not fit, they shrink: vmalloc first,
 * until lowmem has its full default; then pkmap, until lowmem has half of that.
 */
static int plan_maps(struct annex *annex, const struct annex_params *params,
		     const struct annex_space *space, struct annex_reason *why)
{
	u64 lowmem = lowmem_wanted(&annex->frames);
	int err = check_maps(params, why);

	if (err)
		return err;
	annex->pkmap_slots = params->pkmap ?: ANNEX_PKMAP_DEFAULT;
	annex->vmalloc_pages = (params->vmalloc ?: ANNEX_VMALLOC_DEFAULT) >>
			       PAGE_SHIFT;
	while (!params->vmalloc &&
	       annex->vmalloc_pages > ANNEX_VMALLOC_MIN >> PAGE_SHIFT &&
	       !has_lowmem(annex, space, params, lowmem))
		annex->vmalloc_pages /= 2;
	while (!params->pkmap && annex->pkmap_slots > ANNEX_PKMAP_MIN &&
	       !has_lowmem(annex, space, params, lowmem / 2))
		annex->pkmap_slots /= 2;
	return 0;
}

/**
 * annex_plan_defaults() - the sizes of a pool if there were enough room
 * @annex: the pool, its range set
 * @params: its parameters; an explicit size replaces the default
 * @defaults: filled
 *
 * Context: any.
 */
void annex_plan_defaults(const struct annex *annex,
			 const struct annex_params *params,
			 struct annex_defaults *defaults)
{
	u64 pool = annex->frames.range.end - annex->frames.range.start;

	defaults->vmalloc = params->vmalloc ?: ANNEX_VMALLOC_DEFAULT;
	defaults->lowmem = params->lowmem ?: lowmem_wanted(&annex->frames);
	defaults->pkmap = params->pkmap ?: ANNEX_PKMAP_DEFAULT;
	if (defaults->lowmem == pool)
		defaults->pkmap = 0;
}

/**
 * annex_plan() - decide the sizes of a pool's parts
 * @annex: the pool, its range set; given the sizes of its tables and of lowmem
 * @params: the parameters of the pool
 * @why: filled if that is refused
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL for invalid sizes; -ENOMEM if the address space has no
 * room for them.
 */
int annex_plan(struct annex *annex, const struct annex_params *params,
	       struct annex_reason *why)
{
	u64 pool = annex->frames.range.end - annex->frames.range.start;
	struct annex_size_rule rule;
	struct annex_space space;
	u64 high;
	int err;

	annex_window_space(&space);
	annex->mem_map_bytes = annex_map_bytes(&annex->frames);
	if (params->page_owner)
		annex->owner_bytes =
			annex_owner_array_bytes(annex->frames.nr_pages);
	err = plan_maps(annex, params, &space, why);
	if (!err)
		err = plan_lowmem(annex, params, &space, why);
	if (err)
		return err;
	high = pool - ((u64)annex->frames.lowmem_pages << PAGE_SHIFT);
	if (!high)
		annex->pkmap_slots = 0;
	rule = (struct annex_size_rule){
		"movable", 0, high, PAGE_SIZE, "the highmem's "
	};
	return annex_check_size(&rule, params->movable, why);
}
