// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making a pool, step by step, and taking it apart in the reverse order.
 *
 *   claim the range -> plan the address space -> memory map -> see that memory
 *   answers -> early allocator -> descriptors -> windows of mappings -> lowmem
 *   -> tables of mappings -> page tables -> zones -> buddy
 *
 * Frames that the memory map reserves are neither tested nor written.
 *
 * A step that fails has undone its own work; the exit functions undo the steps
 * before it. Each step fills in the reason of its refusal.
 *
 * Locking: none. The pool is not published before all steps are done, and has
 * no user when it is taken apart.
 */
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/timex.h>
#include <linux/topology.h>

#include "base/for_kunit.h"
#include "base/refuse.h"
#include "heap/heap.h"
#include "heap/rcu.h"
#include "host/frame.h"
#include "host/memtest.h"
#include "host/pm.h"
#include "host/scratch.h"
#include "host/space.h"
#include "host/stacks.h"
#include "host/tlb.h"
#include "page/debug.h"
#include "page/owner.h"
#include "page/page_alloc.h"
#include "page/pcp.h"
#include "pool/cacheable.h"
#include "pool/create.h"
#include "pool/frame_tables.h"
#include "pool/hotplug.h"
#include "pool/iomem.h"
#include "pool/page_tables.h"
#include "pool/plan.h"
#include "pool/pool.h"
#include "pool/windows.h"

/* Firmware and its users own the first megabyte of a PC. */
#define FIRST_RESERVED		SZ_1M

static int counters_init(struct annex *annex, const struct annex_params *params,
			 struct annex_reason *why)
{
	annex_clients_init(&annex->clients);
	if (!annex_counters_init(&annex->frames.counters))
		return 0;
	return annex_refuse(why, -ENOMEM, "no per-CPU memory for counters");
}

static void counters_exit(struct annex *annex)
{
	annex_counters_destroy(&annex->frames.counters);
}

static int space_init(struct annex *annex, const struct annex_params *params,
		      struct annex_reason *why)
{
	annex_space_prepare();
	return 0;
}

static void space_exit(struct annex *annex)
{
	annex_space_tidy();
}

static void scratch_exit(struct annex *annex)
{
	annex_scratch_put(&annex->host);
}

static int scratch_init(struct annex *annex, const struct annex_params *params,
			struct annex_reason *why)
{
	int err = annex_scratch_get(&annex->host, why);

	if (err)
		return err;
	err = annex_scratch_check(&annex->host,
				  annex->frames.base_pfn +
				  annex->frames.nr_pages - 1, why);
	if (err)
		scratch_exit(annex);
	return err;
}

static int memory_map_init(struct annex *annex,
			   const struct annex_params *params,
			   struct annex_reason *why)
{
	u64 start = annex->frames.range.start;
	const char *what;
	int err;

	annex_memory_map_init(&annex->memory_map, start,
			      annex->frames.range.end);
	err = annex_memory_map_reserve(&annex->memory_map, start,
				       start + FIRST_RESERVED);
	if (err)
		return annex_refuse(why, err, "the memory map has no room");
	if (!params->reserve)
		return 0;
	err = annex_memory_map_parse_reserve(&annex->memory_map,
					     params->reserve, &what);
	if (err)
		return annex_refuse(why, err, "reserve=%s %s", params->reserve,
				    what);
	return 0;
}

static bool next_usable(const struct annex *annex, unsigned int *i,
			unsigned long *pfn, unsigned long *nr)
{
	const struct annex_memory_map *map = &annex->memory_map;

	for (; *i < map->nr; (*i)++) {
		const struct annex_memory_map_entry *e = &map->entry[*i];

		if (e->type != ANNEX_MEMORY_MAP_USABLE)
			continue;
		*pfn = e->start >> PAGE_SHIFT;
		*nr = (e->end - e->start) >> PAGE_SHIFT;
		(*i)++;
		return true;
	}
	return false;
}

static int probe(struct annex *annex, u32 invert, struct annex_reason *why)
{
	unsigned long pfn, nr;
	unsigned int i = 0;
	int err = 0;

	while (next_usable(annex, &i, &pfn, &nr))
		annex_memtest_write(&annex->host, pfn, nr, invert);
	annex_frame_sync();
	for (i = 0; !err && next_usable(annex, &i, &pfn, &nr);)
		err = annex_memtest_check(&annex->host, pfn, nr, invert, why);
	return err;
}

static int probe_init(struct annex *annex, const struct annex_params *params,
		      struct annex_reason *why)
{
	int err = probe(annex, 0, why);

	return err ?: probe(annex, ~0U, why);
}

/* memtest= takes as long as the user wants it to: not part of the load time. */
static int memtest_init(struct annex *annex, const struct annex_params *params,
			struct annex_reason *why)
{
	u64 start = get_cycles();
	unsigned long pfn, nr;
	unsigned int i = 0;
	int err = 0;

	while (!err && next_usable(annex, &i, &pfn, &nr))
		err = annex_memtest(&annex->host, pfn, nr, params->memtest,
				    why);
	annex->init_cycles -= get_cycles() - start;
	return err;
}

static int take_top(struct annex *annex, const char *what, unsigned long bytes,
		    u64 *phys, struct annex_reason *why)
{
	int err;

	err = annex_memblock_alloc_range(&annex->memblock, bytes, PAGE_SIZE,
					 annex->frames.range.start,
					 annex->frames.range.end, true, phys);
	if (!err)
		return 0;
	return annex_refuse(why, err,
			    "no %lu kB in one piece for the %s; reserve less",
			    bytes >> 10, what);
}

/* Descriptors and records take the top of the pool, the least scarce frames. */
static int memblock_init(struct annex *annex, const struct annex_params *params,
			 struct annex_reason *why)
{
	struct annex_memblock *mb = &annex->memblock;
	int err;

	annex_memblock_init(mb);
	err = annex_memblock_from_memory_map(mb, &annex->memory_map);
	if (err) {
		annex_memblock_destroy(mb);
		return annex_refuse(why, err, "no memory for memblock's lists");
	}
	err = take_top(annex, "descriptors", annex->mem_map_bytes,
		       &annex->mem_map_phys, why);
	if (!err && annex->owner_bytes)
		err = take_top(annex, "page_owner records", annex->owner_bytes,
			       &annex->owner_phys, why);
	if (err)
		annex_memblock_destroy(mb);
	return err;
}

static void memblock_exit(struct annex *annex)
{
	annex_memblock_destroy(&annex->memblock);
}

/* A window that maps consecutive frames for as long as the pool lives. */
static int open_window(struct annex_window *win, const char *name,
		       unsigned long host_pfn, unsigned long nr_pages,
		       struct annex_reason *why)
{
	int err = annex_window_get_even(win, name, nr_pages, host_pfn, why);

	if (err)
		return err;
	annex_window_map(win, 0, host_pfn, nr_pages);
	annex_tlb_flush_range(win->addr, nr_pages);
	return 0;
}

static int lowmem_init(struct annex *annex, const struct annex_params *params,
		       struct annex_reason *why)
{
	struct annex_window *win = &annex->host.lowmem;
	int err = open_window(win, "lowmem", annex->frames.base_pfn,
			      annex->frames.lowmem_pages, why);

	/* The plan was an estimate: halve a default that does not fit. */
	while (err == -ENOMEM && !params->lowmem &&
	       annex->frames.lowmem_pages / 2 >= ANNEX_LOWMEM_MIN >>
		       PAGE_SHIFT) {
		annex->frames.lowmem_pages /= 2;
		err = open_window(win, "lowmem", annex->frames.base_pfn,
				  annex->frames.lowmem_pages, why);
	}
	annex->frames.lowmem = win->addr;
	return err;
}

static void lowmem_exit(struct annex *annex)
{
	annex->frames.lowmem = NULL;
	annex_window_put(&annex->host.lowmem);
}

/* If no frame of lowmem is in use, no user has an address in the window. */
static void lowmem_abandon(struct annex *annex)
{
	if (annex_zones_used_below(&annex->frames, annex->frames.lowmem_pages))
		annex_window_abandon(&annex->host.lowmem);
	lowmem_exit(annex);
}

static int mem_map_init(struct annex *annex, const struct annex_params *params,
			struct annex_reason *why)
{
	int err = open_window(&annex->host.mem_map, "mem_map",
			      annex->mem_map_phys >> PAGE_SHIFT,
			      annex->mem_map_bytes >> PAGE_SHIFT, why);

	if (err)
		return err;
	annex_map_set(&annex->frames, annex->host.mem_map.addr);
	annex->frames.map_phys = annex->mem_map_phys +
		annex->frames.bias * sizeof(struct annex_page);
	return 0;
}

static void mem_map_exit(struct annex *annex)
{
	annex->frames.mem_map = NULL;
	annex->frames.pageblock = NULL;
	annex_window_put(&annex->host.mem_map);
}

static void mem_map_abandon(struct annex *annex)
{
	annex_window_abandon(&annex->host.mem_map);
	mem_map_exit(annex);
}

static void owner_exit(struct annex *annex)
{
	annex->frames.owner = NULL;
	annex_window_put(&annex->host.owner);
}

static int owner_init(struct annex *annex, const struct annex_params *params,
		      struct annex_reason *why)
{
	unsigned long host_pfn = annex->owner_phys >> PAGE_SHIFT;
	struct annex_window *win = &annex->host.owner;
	int err;

	if (!params->page_owner)
		return 0;
	err = annex_stacks_init();
	if (err)
		return annex_refuse(why, err, "no memory to keep stacks in");
	err = open_window(win, "page_owner", host_pfn,
			  annex->owner_bytes >> PAGE_SHIFT, why);
	if (!err)
		err = annex_window_prove(&annex->host, win, host_pfn, why);
	if (err) {
		annex_window_put(win);
		return err;
	}
	annex->frames.owner = win->addr;
	memset32(win->addr, 0, annex->owner_bytes / sizeof(u32));
	return 0;
}

static int prove_lowmem_page(struct annex *annex, unsigned long pfn,
			     struct annex_reason *why)
{
	return annex_window_prove_page(&annex->host, &annex->host.lowmem,
				       pfn - annex->frames.base_pfn, pfn, why);
}

/* Prove the first and the last page of lowmem that may be written. */
static int prove_lowmem(struct annex *annex, struct annex_reason *why)
{
	unsigned long end = annex->frames.base_pfn + annex->frames.lowmem_pages;
	unsigned long pfn, nr, last = 0;
	unsigned int i = 0;
	int err = 0;

	while (!err && next_usable(annex, &i, &pfn, &nr) && pfn < end) {
		if (!last)
			err = prove_lowmem_page(annex, pfn, why);
		last = min(pfn + nr, end) - 1;
	}
	if (!err && last)
		err = prove_lowmem_page(annex, last, why);
	return err;
}

static int prove_init(struct annex *annex, const struct annex_params *params,
		      struct annex_reason *why)
{
	int err = prove_lowmem(annex, why);

	return err   ?:
		       annex_window_prove(&annex->host, &annex->host.mem_map,
					  annex->mem_map_phys >> PAGE_SHIFT,
					  why);
}

static int zones_init(struct annex *annex, const struct annex_params *params,
		      struct annex_reason *why)
{
	const struct annex_zone_limits lim = {
		.base_pfn = annex->frames.base_pfn,
		.nr_pages = annex->frames.nr_pages,
		.lowmem_pages = annex->frames.lowmem_pages,
		.movable_pages = params->movable >> PAGE_SHIFT,
		.dma32 = params->dma32,
	};

	/*
	 * A descriptor starts as zeroes: a frame in no block yet. Clear
	 * words: this kernel's memset() stores bytes, most of the load time.
	 */
	memset32(annex->host.mem_map.addr, 0,
		 annex->mem_map_bytes / sizeof(u32));
	annex_zones_init(&annex->frames, &lim);
	annex_reclaim_init(&annex->frames);
	annex_pages_hand_over(&annex->frames, &annex->memblock);
	return annex_zones_set_watermarks(&annex->frames,
					  params->min_free_kbytes,
					  params->watermark_scale, why);
}

static void pcp_exit(struct annex *annex)
{
	annex_hotplug_unwatch(annex);
	annex_pcp_exit(&annex->frames);
}

static int pcp_init(struct annex *annex, const struct annex_params *params,
		    struct annex_reason *why)
{
	int err = annex_pcp_init(&annex->frames);

	if (err)
		return annex_refuse(why, err,
				    "no per-CPU memory for page lists");
	err = annex_hotplug_watch(annex);
	if (!err)
		return 0;
	annex_pcp_exit(&annex->frames);
	return annex_refuse(why, err, "cannot watch for CPUs that go away");
}

/* Filling the pool with poison, like memtest=, does not count as load time. */
static int debug_init(struct annex *annex, const struct annex_params *params,
		      struct annex_reason *why)
{
	u64 start = get_cycles();

	annex_debug_init(&annex->frames, params->poison);
	annex->init_cycles -= get_cycles() - start;
	return 0;
}

static void debug_exit(struct annex *annex)
{
	annex_debug_exit(&annex->frames);
}

static int pm_init(struct annex *annex, const struct annex_params *params,
		   struct annex_reason *why)
{
	int err = annex_pm_init(&annex->host.pm);

	return err ? annex_refuse(why, err, "cannot watch for hibernation") : 0;
}

static void pm_exit(struct annex *annex)
{
	annex_pm_exit(&annex->host.pm);
}

static int heap_init(struct annex *annex, const struct annex_params *params,
		     struct annex_reason *why)
{
	int err = annex_heap_init(&annex->heap, params->slab_debug);

	return err ? annex_refuse(why, err, "no per-CPU memory for the heap") :
		     0;
}

static void heap_exit(struct annex *annex)
{
	annex_heap_exit(&annex->heap);
}

static void heap_abandon(struct annex *annex)
{
	annex_heap_abandon(&annex->heap);
}

static int kswapd_init(struct annex *annex, const struct annex_params *params,
		       struct annex_reason *why)
{
	int err = annex_kswapd_run(&annex->frames);

	return err ? annex_refuse(why, err, "cannot start kswapd") : 0;
}

static void kswapd_exit(struct annex *annex)
{
	annex_kswapd_stop(&annex->frames);
}

static const struct step {
	int (*init)(struct annex *annex, const struct annex_params *params,
		    struct annex_reason *why);
	void (*exit)(struct annex *annex);
	void (*leave)(struct annex *annex); /* instead of exit, if users leak */
} steps[] = {
	{ space_init, space_exit },
	{ counters_init, counters_exit },
	{ annex_iomem_init, annex_iomem_exit, annex_iomem_abandon },
	{ annex_plan },
	{ annex_page_tables_plan },
	{ memory_map_init },
	{ scratch_init, scratch_exit },
	{ probe_init },
	{ annex_cacheable_look },
	{ memtest_init },
	{ memblock_init, memblock_exit },
	{ mem_map_init, mem_map_exit, mem_map_abandon },
	{ owner_init, owner_exit },
	{ annex_windows_open, annex_windows_close, annex_windows_abandon },
	{ lowmem_init, lowmem_exit, lowmem_abandon },
	{ prove_init },
	{ annex_windows_init, annex_windows_exit },
	{ annex_page_tables_init, annex_page_tables_exit },
	{ zones_init },
	{ pcp_init, pcp_exit },
	{ annex_iomem_add_parts },
	{ pm_init, pm_exit },
	{ debug_init, debug_exit },
	{ heap_init, heap_exit, heap_abandon },
	{ kswapd_init, kswapd_exit },
	{ annex_windows_init_vmalloc, annex_windows_exit_vmalloc,
	  annex_windows_abandon_vmalloc },
	{ annex_frame_tables_init, annex_frame_tables_exit,
	  annex_frame_tables_abandon },
};

static void undo(struct annex *annex, unsigned int done)
{
	while (done--)
		if (steps[done].exit)
			steps[done].exit(annex);
}

/**
 * annex_create() - make a pool
 * @annex: zeroed, or as annex_none() leaves it
 * @params: its parameters; the range is page aligned and does not wrap
 * @why: filled if it is refused
 *
 * Context: process, may sleep.
 * Return: 0, or an errno with everything undone: @annex is as annex_none()
 * makes it.
 */
int annex_create(struct annex *annex, const struct annex_params *params,
		 struct annex_reason *why)
{
	u64 start = get_cycles();
	unsigned int i;
	int err;

	/* The pool of the module is like that from the start, and may be in use. */
	if (!annex->frames.host)
		annex_none(annex);
	annex->frames.range = params->pool;
	annex->frames.base_pfn = params->pool.start >> PAGE_SHIFT;
	annex->frames.nr_pages =
		(params->pool.end - params->pool.start) >> PAGE_SHIFT;
	annex->frames.bias =
		annex->frames.base_pfn & (ANNEX_MAX_ORDER_PAGES - 1);
	annex->frames.ungrouped = params->ungrouped;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		err = steps[i].init(annex, params, why);
		if (err) {
			undo(annex, i);
			annex_none(annex);
			return err;
		}
	}
	annex->init_cycles += get_cycles() - start;
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_create);

/**
 * annex_destroy() - take a pool apart
 * @annex: made by annex_create(), with no user and no reader; then as after
 *	annex_none()
 *
 * Context: process, may sleep.
 * Return: how many frames were leaked.
 */
unsigned long annex_destroy(struct annex *annex)
{
	unsigned long lost;

	annex_rcu_wait(&annex->heap);
	/* Release what annex itself holds before frames are counted. */
	annex_frame_tables_exit(annex);
	annex_windows_exit_mms(annex);
	annex_windows_exit_vmalloc(annex);
	annex_kswapd_stop(&annex->frames);
	annex_heap_exit(&annex->heap);
	annex_pcp_drain_every(&annex->frames);
	lost = annex_zones_used(&annex->frames);
	undo(annex, ARRAY_SIZE(steps));
	annex_none(annex);
	return lost;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_destroy);

/**
 * annex_abandon() - abandon a pool that users still hold parts of
 * @annex: made by annex_create(), with no reader; annex_leaks_find() has
 *	counted what users hold; then as after annex_none()
 *
 * Everything that users may still reach stays as it is, for ever: every frame,
 * the range in /proc/iomem, the descriptors, windows that map something, and
 * lowmem if some of its frames are held. All other resources of the host are
 * released.
 *
 * Context: process, may sleep.
 */
void annex_abandon(struct annex *annex)
{
	unsigned int i = ARRAY_SIZE(steps);

	annex_rcu_wait(&annex->heap);
	annex_windows_abandon_mms(annex);
	while (i--) {
		if (steps[i].leave)
			steps[i].leave(annex);
		else if (steps[i].exit)
			steps[i].exit(annex);
	}
	annex_none(annex);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_abandon);
