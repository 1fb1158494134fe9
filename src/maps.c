// SPDX-License-Identifier: GPL-2.0-only
/*
 * The windows in which high frames get their addresses: steps of instance.c.
 *
 * The windows are opened before lowmem is, which takes what address space is
 * left; their tables come after it, since those of pkmap lie in lowmem, from
 * the early allocator. A pool without highmem has no pkmap window.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/printk.h>

#include "annex.h"
#include "host/refuse.h"
#include "instance.h"
#include "map/kmap_local.h"
#include "map/pkmap.h"
#include "maps.h"

/**
 * annex_maps_pages() - pages of address space that both windows take
 * @pkmap_slots: slots of pkmap
 *
 * Return: how many.
 */
unsigned long annex_maps_pages(unsigned int pkmap_slots)
{
	return pkmap_slots + annex_kmap_local_window_pages();
}

/**
 * annex_maps_none() - a pool in which nothing can be mapped
 * @annex: the pool, zeroed
 */
void annex_maps_none(struct annex *annex)
{
	annex->pkmap = (struct annex_pkmap)ANNEX_PKMAP_NONE;
	annex->kmap_local = (struct annex_kmap_local)ANNEX_KMAP_LOCAL_NONE;
}

/* What was planned is an estimate. A default gives way to the facts. */
static int open_pkmap(struct annex *annex, bool may_shrink,
		      struct annex_reason *why)
{
	struct annex_window *win = &annex->host.pkmap;
	int err = annex_window_get(win, "pkmap", annex->pkmap_slots, why);

	while (err == -ENOMEM && may_shrink &&
	       annex->pkmap_slots > ANNEX_PKMAP_MIN) {
		annex->pkmap_slots /= 2;
		err = annex_window_get(win, "pkmap", annex->pkmap_slots, why);
	}
	if (!err)
		annex_window_clear(win);
	return err;
}

/**
 * annex_maps_open() - get the windows, with nothing in them
 * @annex: the pool, planned
 * @params: what from
 * @why: filled if there is no room
 *
 * Context: process, may sleep.
 * Return: 0, or as annex_window_get() with nothing held.
 */
int annex_maps_open(struct annex *annex, const struct annex_params *params,
		    struct annex_reason *why)
{
	struct annex_window *local = &annex->host.kmap_local;
	int err = annex_window_get(local, "kmap_local",
				   annex_kmap_local_window_pages(), why);

	if (err)
		return err;
	annex_window_clear(local);
	if (!annex->pkmap_slots)
		return 0;
	err = open_pkmap(annex, !params->pkmap, why);
	if (err)
		annex_window_put(local);
	return err;
}

/**
 * annex_maps_close() - undo annex_maps_open()
 * @annex: the pool
 *
 * Context: process, may sleep.
 */
void annex_maps_close(struct annex *annex)
{
	annex_window_put(&annex->host.pkmap);
	annex_window_put(&annex->host.kmap_local);
}

static int init_pkmap(struct annex *annex, struct annex_reason *why)
{
	size_t bytes = annex_pkmap_bytes(annex->pkmap_slots);
	u64 start = annex->pool.start;
	u64 end = start + ((u64)annex->lowmem_pages << PAGE_SHIFT);
	int err;

	if (!annex->pkmap_slots) {
		/* There are no frames but those that have an address. */
		annex->pkmap.direct = annex->nr_pages;
		return 0;
	}
	err = annex_memblock_alloc_range(&annex->memblock, bytes, PAGE_SIZE,
					 start, end, true, &annex->pkmap_phys);
	if (err)
		return annex_refuse(why, err,
				    "no %zu kB of lowmem in one piece for pkmap's tables; reserve less",
				    bytes >> 10);
	annex->pkmap_bytes = bytes;
	annex_pkmap_init(annex, &annex->host.pkmap,
			 annex->lowmem + (size_t)(annex->pkmap_phys - start));
	return 0;
}

/**
 * annex_maps_init() - make the tables of the windows
 * @annex: the pool, with lowmem and the early allocator
 * @params: what from
 * @why: filled if there is no memory
 *
 * Context: process, may sleep.
 * Return: 0 or an errno with nothing held but what the early allocator gave.
 */
int annex_maps_init(struct annex *annex, const struct annex_params *params,
		    struct annex_reason *why)
{
	int err = init_pkmap(annex, why);

	if (err)
		return err;
	err = annex_kmap_local_init(annex, &annex->host.kmap_local,
				    params->kmap_force);
	if (!err)
		return 0;
	annex_pkmap_exit(annex);
	return annex_refuse(why, err, "no per-CPU memory for kmap_local");
}

/**
 * annex_maps_exit() - undo annex_maps_init()
 * @annex: the pool; nobody maps or unmaps any more
 *
 * What somebody has forgotten is said.
 *
 * Context: process, may sleep.
 */
void annex_maps_exit(struct annex *annex)
{
	unsigned int local = annex_kmap_local_exit(annex);
	unsigned int kept = annex_pkmap_exit(annex);

	if (local)
		pr_warn("annex: %u kmap_local mappings were never undone\n",
			local);
	if (kept)
		pr_warn("annex: %u frames were never given to annex_kunmap()\n",
			kept);
}
