// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making a pool, step by step, and taking it apart in the reverse order.
 *
 *   claim the range -> plan the address space -> see that memory answers ->
 *   memory map -> early allocator -> descriptors -> windows -> zones -> buddy
 *
 * A step that fails undoes nothing of its own but leaves nothing of its own
 * either; the steps before it are undone by their exit functions. Each step
 * has the words for its refusal.
 *
 * Locking: none. Nobody else knows the pool until all steps are done, and
 * nobody uses it when it is taken apart.
 */
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/timex.h>
#include <linux/topology.h>

#include "annex.h"
#include "host/frame.h"
#include "host/memtest.h"
#include "host/refuse.h"
#include "host/tlb.h"
#include "instance.h"
#include "page/page_alloc.h"
#include "stat/debugfs.h"

/*
 * Lowmem by default: a quarter of the pool, at most 32 MB, which gives DMA and
 * Normal 16 MB each and leaves room for the other windows in the default
 * vmalloc space of 120 MB; at least 2 MB, since the first is reserved.
 */
#define LOWMEM_DEFAULT_MAX	SZ_32M
#define LOWMEM_MIN		SZ_2M

/* What a default leaves of the vmalloc space to the kernel and its modules. */
#define SPACE_KEEP		SZ_8M

/* Firmware and its users own the first megabyte of a PC. */
#define FIRST_RESERVED		SZ_1M

static int counters_init(struct annex *annex, const struct annex_params *params,
			 struct annex_reason *why)
{
	if (!annex_counters_init(&annex->counters))
		return 0;
	return annex_refuse(why, -ENOMEM, "no per-CPU memory for counters");
}

static void counters_exit(struct annex *annex)
{
	annex_counters_destroy(&annex->counters);
}

static int claim_init(struct annex *annex, const struct annex_params *params,
		      struct annex_reason *why)
{
	return annex_claim_get(&annex->host.claim, annex->pool.start,
			       annex->pool.end, why);
}

static void claim_exit(struct annex *annex)
{
	annex_claim_put(&annex->host.claim);
}

static int lowmem_too_large(const struct annex *annex, u64 lowmem,
			    struct annex_reason *why)
{
	return annex_refuse(why, -EINVAL,
			    "lowmem=%lluK is not a multiple of 4 kB from %u kB to the pool's %llu kB",
			    lowmem >> 10, LOWMEM_MIN >> 10,
			    (annex->pool.end - annex->pool.start) >> 10);
}

static int no_space(const struct annex_space *space, unsigned long lowmem,
		    unsigned long mem_map, struct annex_reason *why)
{
	return annex_refuse(why, -ENOMEM,
			    "address space: %lu kB for descriptors and %lu kB for lowmem do not fit the largest gap of %lu kB; boot with vmalloc=%luM",
			    mem_map >> 10, lowmem >> 10, space->largest >> 10,
			    annex_window_vmalloc_for(space, mem_map + lowmem)
				    >> 20);
}

/*
 * Descriptors are not a choice. An explicit lowmem= fits or is refused; the
 * default takes what is left, down to its minimum.
 */
static int plan_lowmem(struct annex *annex, const struct annex_params *params,
		       struct annex_reason *why)
{
	u64 pool = annex->pool.end - annex->pool.start;
	unsigned long mem_map = annex->mem_map_bytes;
	struct annex_space space;
	unsigned long lowmem, left;

	if (params->lowmem &&
	    (params->lowmem > pool || params->lowmem < LOWMEM_MIN ||
	     params->lowmem & ~PAGE_MASK))
		return lowmem_too_large(annex, params->lowmem, why);
	annex_window_space(&space);
	if (params->lowmem) {
		/* More than the vmalloc space could ever have, or fits. */
		lowmem = min_t(u64, params->lowmem, SZ_1G);
		if (params->lowmem > SZ_1G || mem_map + lowmem > space.largest)
			return no_space(&space, lowmem, mem_map, why);
	} else {
		lowmem = clamp_t(u64, pool / 4, LOWMEM_MIN, LOWMEM_DEFAULT_MAX);
		lowmem &= PAGE_MASK;
		left = space.largest -
		       min(space.largest, mem_map + SPACE_KEEP);
		if (lowmem > left)
			lowmem = rounddown(left, SZ_1M);
		if (lowmem < LOWMEM_MIN)
			return no_space(&space, LOWMEM_MIN, mem_map + SPACE_KEEP,
					why);
	}
	annex->lowmem_pages = lowmem >> PAGE_SHIFT;
	return 0;
}

static int plan_init(struct annex *annex, const struct annex_params *params,
		     struct annex_reason *why)
{
	u64 pool = annex->pool.end - annex->pool.start;
	u64 high;
	int err;

	annex->mem_map_bytes = PAGE_ALIGN(annex->nr_pages *
					  sizeof(struct annex_page));
	err = plan_lowmem(annex, params, why);
	if (err)
		return err;
	high = pool - ((u64)annex->lowmem_pages << PAGE_SHIFT);
	if (params->movable > high || params->movable & ~PAGE_MASK)
		return annex_refuse(why, -EINVAL,
				    "movable=%lluK is not a multiple of 4 kB up to the %llu kB of highmem",
				    params->movable >> 10, high >> 10);
	return 0;
}

static int scratch_init(struct annex *annex, const struct annex_params *params,
			struct annex_reason *why)
{
	return annex_window_get(&annex->host.scratch, "scratch", nr_cpu_ids,
				why);
}

static void scratch_exit(struct annex *annex)
{
	annex_window_put(&annex->host.scratch);
}

static int memory_init(struct annex *annex, const struct annex_params *params,
		       struct annex_reason *why)
{
	int err = annex_memtest_probe(&annex->host, annex->base_pfn,
				      annex->nr_pages, why);

	return err ?: annex_memtest(&annex->host, annex->base_pfn,
				    annex->nr_pages, params->memtest, why);
}

static int physmap_init(struct annex *annex, const struct annex_params *params,
			struct annex_reason *why)
{
	u64 start = annex->pool.start;
	const char *what;
	int err;

	annex_physmap_init(&annex->physmap, start, annex->pool.end);
	err = annex_physmap_reserve(&annex->physmap, start,
				    start + FIRST_RESERVED);
	if (err)
		return annex_refuse(why, err, "the memory map has no room");
	if (!params->reserve)
		return 0;
	err = annex_physmap_parse_reserve(&annex->physmap, params->reserve,
					  &what);
	if (err)
		return annex_refuse(why, err, "reserve=%s %s", params->reserve,
				    what);
	return 0;
}

/* The descriptors go to the top of the pool, where no other zone wants. */
static int memblock_init(struct annex *annex, const struct annex_params *params,
			 struct annex_reason *why)
{
	struct annex_memblock *mb = &annex->memblock;
	int err;

	annex_memblock_init(mb);
	err = annex_memblock_from_physmap(mb, &annex->physmap);
	if (err) {
		annex_memblock_destroy(mb);
		return annex_refuse(why, err, "no memory for memblock's lists");
	}
	err = annex_memblock_alloc_range(mb, annex->mem_map_bytes, PAGE_SIZE,
					 annex->pool.start, annex->pool.end,
					 true, &annex->mem_map_phys);
	if (err) {
		annex_memblock_destroy(mb);
		return annex_refuse(why, err,
				    "no %lu kB in one piece for the descriptors; reserve less",
				    annex->mem_map_bytes >> 10);
	}
	return 0;
}

static void memblock_exit(struct annex *annex)
{
	annex_memblock_destroy(&annex->memblock);
}

/* A window that shows consecutive frames for as long as the pool lives. */
static int open_window(struct annex_window *win, const char *name,
		       unsigned long host_pfn, unsigned long nr_pages,
		       struct annex_reason *why)
{
	int err = annex_window_get(win, name, nr_pages, why);

	if (err)
		return err;
	annex_window_map(win, 0, host_pfn, nr_pages);
	annex_tlb_flush_range(win->addr, nr_pages);
	return 0;
}

static int lowmem_init(struct annex *annex, const struct annex_params *params,
		       struct annex_reason *why)
{
	int err = open_window(&annex->host.lowmem, "lowmem", annex->base_pfn,
			      annex->lowmem_pages, why);

	annex->lowmem = annex->host.lowmem.addr;
	return err;
}

static void lowmem_exit(struct annex *annex)
{
	annex->lowmem = NULL;
	annex_window_put(&annex->host.lowmem);
}

static int mem_map_init(struct annex *annex, const struct annex_params *params,
			struct annex_reason *why)
{
	int err = open_window(&annex->host.mem_map, "mem_map",
			      annex->mem_map_phys >> PAGE_SHIFT,
			      annex->mem_map_bytes >> PAGE_SHIFT, why);

	annex->mem_map = annex->host.mem_map.addr;
	return err;
}

static void mem_map_exit(struct annex *annex)
{
	annex->mem_map = NULL;
	annex_window_put(&annex->host.mem_map);
}

static int prove_init(struct annex *annex, const struct annex_params *params,
		      struct annex_reason *why)
{
	int err = annex_window_prove(&annex->host, &annex->host.lowmem,
				     annex->base_pfn, why);

	return err ?: annex_window_prove(&annex->host, &annex->host.mem_map,
					 annex->mem_map_phys >> PAGE_SHIFT,
					 why);
}

static int zones_init(struct annex *annex, const struct annex_params *params,
		      struct annex_reason *why)
{
	const struct annex_zone_limits lim = {
		.base_pfn = annex->base_pfn,
		.nr_pages = annex->nr_pages,
		.lowmem_pages = annex->lowmem_pages,
		.movable_pages = params->movable >> PAGE_SHIFT,
		.dma32 = params->dma32,
	};

	/*
	 * Zeroes are a descriptor's first state: inner, of no block yet. By
	 * words: this kernel's memset() stores single bytes, which would be
	 * most of the load.
	 */
	memset32((u32 *)annex->mem_map, 0, annex->mem_map_bytes / sizeof(u32));
	annex_zones_init(annex, &lim);
	annex_pages_hand_over(annex);
	return annex_zones_set_watermarks(annex, params->min_free_kbytes,
					  params->watermark_scale, why);
}

/* Show a zone in /proc/iomem, and below it the descriptors it holds. */
static int add_zone_parts(struct annex *annex, const struct annex_zone *zone)
{
	u64 start = annex->pool.start + ((u64)zone->zone_start_pfn
					 << PAGE_SHIFT);
	u64 end = start + ((u64)zone->spanned_pages << PAGE_SHIFT);
	u64 lo = max(start, annex->mem_map_phys);
	u64 hi = min(end, annex->mem_map_phys + annex->mem_map_bytes);
	int err;

	err = annex_claim_add_part(&annex->host.claim,
				   annex_zone_claim_name(zone->idx), start,
				   end);
	if (err || lo >= hi)
		return err;
	return annex_claim_add_part(&annex->host.claim, "annex descriptors", lo,
				    hi);
}

static int parts_init(struct annex *annex, const struct annex_params *params,
		      struct annex_reason *why)
{
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		int err = add_zone_parts(annex, &annex->zones[i]);

		if (err)
			return annex_refuse(why, err,
					    "no entry for zone %s in /proc/iomem",
					    annex->zones[i].name);
	}
	return 0;
}

static const struct step {
	int (*init)(struct annex *annex, const struct annex_params *params,
		    struct annex_reason *why);
	void (*exit)(struct annex *annex);
} steps[] = {
	{ counters_init, counters_exit },
	{ claim_init, claim_exit },
	{ plan_init },
	{ scratch_init, scratch_exit },
	{ memory_init },
	{ physmap_init },
	{ memblock_init, memblock_exit },
	{ lowmem_init, lowmem_exit },
	{ mem_map_init, mem_map_exit },
	{ prove_init },
	{ zones_init },
	{ parts_init },
};

static void undo(struct annex *annex, unsigned int done)
{
	while (done--)
		if (steps[done].exit)
			steps[done].exit(annex);
}

/**
 * annex_create() - make a pool
 * @annex: zeroed
 * @params: what from; the range is page aligned and does not wrap
 * @why: filled if it is refused
 *
 * Context: process, may sleep.
 * Return: 0, or an errno with everything undone.
 */
int annex_create(struct annex *annex, const struct annex_params *params,
		 struct annex_reason *why)
{
	u64 start = get_cycles();
	unsigned int i;
	int err;

	annex->pool = params->pool;
	annex->base_pfn = params->pool.start >> PAGE_SHIFT;
	annex->nr_pages = (params->pool.end - params->pool.start) >> PAGE_SHIFT;
	annex->bias = annex->base_pfn & (ANNEX_MAX_ORDER_PAGES - 1);

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		err = steps[i].init(annex, params, why);
		if (err) {
			undo(annex, i);
			return err;
		}
	}
	annex->init_cycles = get_cycles() - start;
	annex_debugfs_init(annex, params->name);
	return 0;
}

/**
 * annex_destroy() - take a pool apart
 * @annex: made by annex_create(); nobody uses it any more
 *
 * Context: process, may sleep.
 * Return: how many frames nobody gave back.
 */
unsigned long annex_destroy(struct annex *annex)
{
	unsigned long lost = 0;
	unsigned int i;

	annex_debugfs_exit(annex);
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		lost += annex->zones[i].managed_pages -
			annex_zone_free_pages(&annex->zones[i]);
	undo(annex, ARRAY_SIZE(steps));
	return lost;
}
