// SPDX-License-Identifier: GPL-2.0-only
/*
 * Per-CPU lists: small free blocks cached per CPU.
 *
 * Small blocks are allocated and freed often. Doing that in the zone costs its
 * lock and, all too often, ten levels of splitting and merging. Each CPU
 * therefore caches a stack of blocks for each zone, each order from 0 to 4 and
 * each migrate type. Blocks are popped from and pushed on the top, where they
 * are cache hot. An empty stack gets a batch from the zone, and a full one
 * gives its oldest batch back, each time with the zone's lock taken once.
 *
 *        freed, taken
 *            | ^
 *            v |             high
 *   |  |  |  |##|##|##|##|##|          batch
 *    oldest ----------> youngest   ----------->  the zone's free lists
 *
 * The blocks are ANNEX_PAGE_CACHED and not counted as free, as in the kernel.
 * Watermarks are nevertheless exact to the frame: near a request's watermark a
 * refill is a single block, and a request that finds no frame drains the stacks
 * and tries again. While a request waits for frames, the stacks of the zones
 * that could serve it are closed: they take nothing, and freed blocks reach the
 * zone at once.
 *
 * page_fast.h pops and pushes, pcp_drain.c drains. This file refills an empty
 * stack, makes space on a full one, and sets the stacks up.
 *
 * Locking: a stack is accessed only by its own CPU, with interrupts off.
 * Another CPU sends an interrupt to have it drained. The stacks of a dead CPU
 * belong to the hotplug callback.
 *
 * Failing: annex_pcp_init() only, without memory.
 */
#include <linux/cpu.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "base/fail.h"
#include "base/for_kunit.h"
#include "page/buddy.h"
#include "page/frames.h"
#include "page/gfp.h"
#include "page/pcp.h"
#include "page/upcalls.h"

/**
 * annex_pcp_give_back() - give the oldest blocks of a stack back to its zone
 * @zone: the zone
 * @list: this CPU's stack, or that of a dead CPU
 * @order: of its blocks
 * @nr: how many, at most all
 *
 * Context: interrupts are off.
 */
void annex_pcp_give_back(struct annex_zone *zone, struct annex_pcp_list *list,
			 unsigned int order, u32 nr)
{
	spin_lock(&zone->lock);
	annex_buddy_free_many_locked(zone, list->pages, nr, order);
	spin_unlock(&zone->lock);
	list->count -= nr;
	memmove(list->pages, list->pages + nr,
		list->count * sizeof(list->pages[0]));
}

/*
 * How many blocks to fetch. Near the watermark a single one: cached blocks do
 * not count as free, and a request on another CPU could not use them.
 */
static u32 fetch_size(const struct annex_pcp_list *list, unsigned int order,
		      unsigned long headroom)
{
	if (!READ_ONCE(list->high) || headroom >> order < 2 * list->batch)
		return !!headroom;
	return list->batch;
}

/*
 * Fill an empty stack. Free frames are counted and taken under one hold of the
 * lock, so the floor holds for any number of CPUs. Interrupts are off.
 */
static void fetch(struct annex_zone *zone, struct annex_pcp_list *list,
		  unsigned int order, unsigned int type, unsigned long floor,
		  bool all)
{
	u32 nr;

	spin_lock(&zone->lock);
	nr = fetch_size(list, order, annex_zone_above(zone, floor, all));
	/* Frames of the reserve are for this request only: take no batch. */
	list->count = annex_buddy_take_locked(zone, order, type,
					      all ? min(nr, 1U) : nr,
					      list->pages);
	spin_unlock(&zone->lock);
}

/**
 * annex_pcp_take() - take a block from this CPU's stack, filling it if empty
 * @zone: the zone
 * @order: below ANNEX_PCP_ORDERS
 * @type: a type that requests can name
 * @floor: more frames than this must be free if it has to be filled
 * @all: frames kept for atomic requests count as free
 *
 * Context: any but NMI.
 * Return: the head of a block, %ANNEX_PAGE_CACHED, or NULL if the zone has
 * none to give.
 */
struct annex_page *annex_pcp_take(struct annex_zone *zone, unsigned int order,
				  unsigned int type, unsigned long floor,
				  bool all)
{
	struct annex_page *page = NULL;
	struct annex_pcp_list *list;
	unsigned long flags;

	local_irq_save(flags);
	list = this_cpu_ptr(annex_pcp_list(zone, type, order));
	if (!list->count)
		fetch(zone, list, order, type, floor, all);
	if (list->count) {
		page = list->pages[--list->count];
		list->allocs++;
	}
	local_irq_restore(flags);
	return page;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pcp_take);

/* Make space on a full stack; false if it is closed. Interrupts are off. */
static bool make_room(struct annex_zone *zone, struct annex_pcp_list *list,
		      unsigned int order)
{
	if (!READ_ONCE(list->high))
		return false;
	annex_pcp_give_back(zone, list, order, min(list->batch, list->count));
	return true;
}

/**
 * annex_pcp_give() - free a block to this CPU's stack, or else to its zone
 * @frames: the frames of the pool
 * @page: its head, %ANNEX_PAGE_CACHED
 * @order: below ANNEX_PCP_ORDERS
 *
 * Context: any but NMI. It need not be the CPU that took it.
 */
void annex_pcp_give(struct annex_frames *frames, struct annex_page *page,
		    unsigned int order)
{
	annex_pfn_t pfn = page - frames->mem_map;
	struct annex_zone *zone = annex_pfn_zone(frames, pfn);
	struct annex_pcp_list __percpu *home;
	struct annex_pcp_list *list;
	unsigned long flags;

	local_irq_save(flags);
	home = READ_ONCE(annex_pageblock(frames, pfn)->home);
	list = this_cpu_ptr(annex_pcp_of_order(home, order));
	list->frees++;
	if (list->count < READ_ONCE(list->high) ||
	    make_room(zone, list, order)) {
		list->pages[list->count++] = page;
	} else {
		spin_lock(&zone->lock);
		annex_buddy_free_locked(zone, page, order);
		spin_unlock(&zone->lock);
	}
	local_irq_restore(flags);
	annex_alloc_waiters_wake(frames, zone->idx);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pcp_give);

static void set_high(struct annex_zone *zone, unsigned int order, u32 high)
{
	unsigned int type;
	int cpu;

	for (type = 0; type < ANNEX_MIGRATE_PCPTYPES; type++)
		for_each_possible_cpu(cpu)
			WRITE_ONCE(annex_pcp_list_of(zone, cpu, type, order)->high,
				   high);
}

/**
 * annex_pcp_open() - open or close the stacks of a zone
 * @zone: the zone
 * @open: whether they take blocks
 *
 * Closing does not drain them: see annex_pcp_drain_zones().
 *
 * Context: any; one caller at a time.
 */
void annex_pcp_open(struct annex_zone *zone, bool open)
{
	unsigned int order;

	for (order = 0; order < ANNEX_PCP_ORDERS; order++)
		set_high(zone, order,
			 open ? annex_pcp_list_high(zone->pcp_high, order) : 0);
}

static void lay_out(struct annex_zone *zone, int cpu)
{
	unsigned int type, order;

	for (type = 0; type < ANNEX_MIGRATE_PCPTYPES; type++) {
		for (order = 0; order < ANNEX_PCP_ORDERS; order++) {
			struct annex_pcp_list *list = annex_pcp_list_of(zone, cpu, type,
							      order);

			list->high = annex_pcp_list_high(zone->pcp_high, order);
			list->batch = clamp(zone->pcp_batch >> order, 1U,
					    max(list->high, 1U));
		}
	}
}

static int zone_init(struct annex_zone *zone)
{
	int cpu;

	zone->pcp_high = annex_pcp_high(zone->_watermark[ANNEX_WMARK_LOW],
					zone->managed_pages,
					num_possible_cpus());
	zone->pcp_batch = annex_pcp_list_batch(zone->pcp_high,
					       zone->managed_pages);
	zone->pcp = annex_should_fail(ANNEX_FAIL_PERCPU) ?
			    NULL :
			    __alloc_percpu(ANNEX_PCP_BYTES, SMP_CACHE_BYTES);
	if (!zone->pcp)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		lay_out(zone, cpu);
	return 0;
}

/* Set up the fast path of requests with these flags, if they have one. */
static void choose(struct annex_frames *frames, unsigned int order,
		   unsigned int gfp)
{
	struct annex_fast_route *route = &frames->route[order][gfp];
	unsigned int type = annex_request_type(frames, (__force gfp_t)gfp);
	int highest = frames->gfp_zone[gfp & ANNEX_GFP_ZONE_MASK], i = highest;
	struct annex_zone *zone;

	/* A mark that no zone is above: the request takes the slow path. */
	route->free_at = offsetof(struct annex_frames, zones[0].usable_pages);
	route->list = frames->pcp_closed;
	route->low = ULONG_MAX;
	if (type >= ANNEX_MIGRATE_PCPTYPES)
		return;
	while (i >= 0 && !frames->zones[i].pcp)
		i--;
	if (i < 0)
		return;
	zone = &frames->zones[i];
	route->free_at = (char *)&zone->usable_pages - (char *)frames;
	route->list = annex_pcp_list(zone, type, order);
	route->low = zone->low_reserve[highest] + (1UL << order) - 1;
}

static void choose_all(struct annex_frames *frames)
{
	unsigned int order, gfp;

	for (order = 0; order < ANNEX_PCP_ORDERS; order++)
		for (gfp = 0; gfp < ANNEX_NR_FAST_ROUTES; gfp++)
			choose(frames, order, gfp);
}

/**
 * annex_pcp_init() - give each CPU its empty stacks
 * @frames: the frames of the pool; the watermarks are set
 *
 * Context: process, may sleep; no allocations yet.
 * Return: 0; -ENOMEM, with nothing left behind.
 */
int annex_pcp_init(struct annex_frames *frames)
{
	unsigned int i;

	if (!annex_should_fail(ANNEX_FAIL_PERCPU))
		frames->pcp_closed =
			__alloc_percpu(ANNEX_PCP_TYPE_BYTES, SMP_CACHE_BYTES);
	if (!frames->pcp_closed)
		return -ENOMEM;
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		struct annex_zone *zone = &frames->zones[i];

		if (zone->managed_pages && zone_init(zone)) {
			annex_pcp_exit(frames);
			return -ENOMEM;
		}
	}
	choose_all(frames);
	annex_pageblocks_set_home(frames);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pcp_init);

/**
 * annex_pcp_exit() - free the stacks
 * @frames: the frames of the pool, no longer in use
 *
 * Context: process, may sleep.
 */
void annex_pcp_exit(struct annex_frames *frames)
{
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		free_percpu(frames->zones[i].pcp);
		frames->zones[i].pcp = NULL;
	}
	free_percpu(frames->pcp_closed);
	frames->pcp_closed = NULL;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pcp_exit);
