// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool's page tables: steps of create.c.
 *
 * Their layout is decided when the pool is planned, before anything is
 * allocated. They are built after all windows are open, since the master table
 * maps these, and before zones own the frames, since the tables come from the
 * early allocator.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include "base/for_kunit.h"
#include "base/refuse.h"
#include "host/window.h"
#include "pool/page_tables.h"
#include "pool/params.h"
#include "pool/pool.h"

/**
 * annex_page_tables_plan() - decide what the tables map
 * @annex: the pool, planned
 * @params: the parameters of the pool
 * @why: filled if that is refused
 *
 * Context: process.
 * Return: 0 or -EINVAL.
 */
int annex_page_tables_plan(struct annex *annex,
			   const struct annex_params *params,
			   struct annex_reason *why)
{
	const struct annex_tables_wish wish = {
		.pool = annex->frames.range,
		.lowmem = (u64)annex->frames.lowmem_pages << PAGE_SHIFT,
		.page_offset = params->page_offset,
		.provisional = params->provisional,
		.top = annex_window_floor(),
		.nx = annex_cpu_has_nx(),
	};

	return annex_tables_plan(&annex->tables, &wish, why);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_page_tables_plan);

static int link_windows(struct annex *annex, struct annex_reason *why)
{
	const struct annex_host *host = &annex->host;
	const struct annex_window *wins[ANNEX_HOST_WINDOWS];
	unsigned int i;
	int err = 0;

	annex_host_windows(host, wins);
	for (i = 0; i < ARRAY_SIZE(wins); i++) {
		err = annex_tables_link(&annex->tables, wins[i]);
		if (err)
			return annex_refuse(why, err,
					    "window %s at %#lx is where the direct map is; this host is not supported",
					    wins[i]->name,
					    (unsigned long)wins[i]->addr);
	}
	return 0;
}

static int build(struct annex *annex, struct annex_reason *why)
{
	u64 start = annex->frames.range.start, phys;
	u64 lowmem = (u64)annex->frames.lowmem_pages << PAGE_SHIFT;
	unsigned long bytes = annex_tables_need(&annex->tables) << PAGE_SHIFT;
	int err;

	err = annex_memblock_alloc_range(&annex->memblock, bytes, PAGE_SIZE,
					 start, start + lowmem, true, &phys);
	if (err)
		return annex_refuse(why, err,
				    "no %lu kB of lowmem in one piece for page tables; reserve less, or load with a smaller provisional=",
				    bytes >> 10);
	err = annex_tables_build(&annex->tables, phys, bytes,
				 annex->frames.lowmem, lowmem);
	if (!err)
		err = annex_memblock_free(&annex->memblock, phys,
					  annex->tables.phys - phys);
	return err ? annex_refuse(why, err, "page tables do not fit") : 0;
}

/**
 * annex_page_tables_exit() - undo annex_page_tables_init()
 * @annex: the pool; no tables of processes are left
 *
 * Context: process.
 */
void annex_page_tables_exit(struct annex *annex)
{
	annex_tables_free(&annex->tables);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_page_tables_exit);

/**
 * annex_page_tables_init() - make the provisional and the final tables
 * @annex: the pool, with lowmem, windows and the early allocator
 * @params: unused
 * @why: filled if there is no room
 *
 * Context: process, may sleep.
 * Return: 0 or an errno with nothing held except early memory.
 */
int annex_page_tables_init(struct annex *annex,
			   const struct annex_params *params,
			   struct annex_reason *why)
{
	int err = build(annex, why);

	if (!err)
		err = link_windows(annex, why);
	if (err)
		annex_page_tables_exit(annex);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_page_tables_init);
