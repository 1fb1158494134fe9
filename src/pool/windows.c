// SPDX-License-Identifier: GPL-2.0-only
/*
 * The windows that frames without a fixed address are mapped in: steps of
 * create.c.
 *
 * The windows are opened before lowmem, which takes the address space that is
 * left. Their tables are made after lowmem, since pkmap's lie in lowmem and
 * come from the early allocator. A pool without highmem has no pkmap window.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/printk.h>

#include "base/refuse.h"
#include "kmap/kmap_local.h"
#include "kmap/pkmap.h"
#include "mm/mm.h"
#include "pool/params.h"
#include "pool/pool.h"
#include "pool/windows.h"
#include "vmalloc/vm.h"

/**
 * annex_windows_pages() - pages of address space that the windows need
 * @annex: the pool, as far as it is planned
 *
 * Return: how many.
 */
unsigned long annex_windows_pages(const struct annex *annex)
{
	return annex->pkmap_slots + annex->vmalloc_pages +
	       annex_kmap_local_window_pages();
}

/* The plan was an estimate: halve a default that does not fit. */
static int open_window(struct annex_window *win, const char *name,
		       unsigned long *nr_pages, unsigned long least,
		       struct annex_reason *why)
{
	int err = annex_window_get(win, name, *nr_pages, why);

	while (err == -ENOMEM && *nr_pages / 2 >= least) {
		*nr_pages /= 2;
		err = annex_window_get(win, name, *nr_pages, why);
	}
	if (!err)
		annex_window_clear(win);
	return err;
}

static int open_pkmap(struct annex *annex, const struct annex_params *params,
		      struct annex_reason *why)
{
	unsigned long nr = annex->pkmap_slots;
	int err = 0;

	if (nr)
		err = open_window(&annex->host.pkmap, "pkmap", &nr,
				  params->pkmap ? nr : ANNEX_PKMAP_MIN, why);
	annex->pkmap_slots = nr;
	return err;
}

/**
 * annex_windows_close() - undo annex_windows_open()
 * @annex: the pool
 *
 * Context: process, may sleep.
 */
void annex_windows_close(struct annex *annex)
{
	annex_window_put(&annex->host.vmalloc);
	annex_window_put(&annex->host.pkmap);
	annex_window_put(&annex->host.kmap_local);
}

/**
 * annex_windows_abandon() - release windows that map nothing, abandon the rest
 * @annex: the pool
 *
 * Context: process, may sleep.
 */
void annex_windows_abandon(struct annex *annex)
{
	annex_window_abandon(&annex->host.vmalloc);
	annex_window_abandon(&annex->host.pkmap);
	annex_window_abandon(&annex->host.kmap_local);
}

/**
 * annex_windows_open() - open the windows, with nothing mapped
 * @annex: the pool, planned
 * @params: the parameters of the pool
 * @why: filled if there is no room
 *
 * Context: process, may sleep.
 * Return: 0, or as annex_window_get() with nothing held.
 */
int annex_windows_open(struct annex *annex, const struct annex_params *params,
		       struct annex_reason *why)
{
	unsigned long nr = annex_kmap_local_window_pages();
	unsigned long least = params->vmalloc ? annex->vmalloc_pages :
			      ANNEX_VMALLOC_MIN >> PAGE_SHIFT;
	int err;

	err = open_window(&annex->host.kmap_local, "kmap_local", &nr, nr, why);
	if (!err)
		err = open_pkmap(annex, params, why);
	if (!err)
		err = open_window(&annex->host.vmalloc, "annex vm",
				  &annex->vmalloc_pages, least, why);
	if (err)
		annex_windows_close(annex);
	return err;
}

/* Allocate permanent tables from lowmem. */
static int take_lowmem(struct annex *annex, const char *what, size_t bytes,
		       u64 *phys, void **addr, struct annex_reason *why)
{
	u64 start = annex->frames.range.start;
	u64 end = start + ((u64)annex->frames.lowmem_pages << PAGE_SHIFT);
	int err = annex_memblock_alloc_range(&annex->memblock, bytes, PAGE_SIZE,
					     start, end, true, phys);

	if (err)
		return annex_refuse(why, err,
				    "no %zu kB of lowmem in one piece for %s's tables; reserve less",
				    bytes >> 10, what);
	*addr = annex->frames.lowmem + (size_t)(*phys - start);
	return 0;
}

static int init_pkmap(struct annex *annex, struct annex_reason *why)
{
	size_t bytes = annex_pkmap_bytes(annex->pkmap_slots);
	void *tables;
	int err;

	if (!annex->pkmap_slots) {
		/* All frames are lowmem and have an address. */
		annex->pkmap.direct = annex->frames.nr_pages;
		return 0;
	}
	err = take_lowmem(annex, "pkmap", bytes, &annex->pkmap_phys, &tables,
			  why);
	if (err)
		return err;
	annex->pkmap_bytes = bytes;
	annex_pkmap_init(&annex->pkmap, annex->pkmap_slots, &annex->host.pkmap,
			 tables);
	return 0;
}

static int init_kmap_local(struct annex *annex,
			   const struct annex_params *params,
			   struct annex_reason *why)
{
	int err = annex_kmap_local_init(&annex->kmap_local,
					&annex->host.kmap_local,
					params->kmap_force);

	return err ? annex_refuse(why, err,
				  "no per-CPU memory for kmap_local") :
		     0;
}

/* Only the tables: vmalloc starts when there are zones. */
static int take_vmalloc(struct annex *annex, struct annex_reason *why)
{
	size_t bytes = annex_vmalloc_bytes(&annex->host.vmalloc);
	void *tables;
	int err;

	err = take_lowmem(annex, "vmalloc", bytes, &annex->vmalloc_phys,
			  &tables, why);
	if (!err)
		annex->vmalloc_bytes = bytes;
	return err;
}

/**
 * annex_windows_exit() - undo annex_windows_init()
 * @annex: the pool; no caller maps or unmaps any more
 *
 * Mappings that were never undone are logged.
 *
 * Context: process, may sleep.
 */
void annex_windows_exit(struct annex *annex)
{
	unsigned int local = annex_kmap_local_exit(&annex->kmap_local);
	unsigned int kept = annex_pkmap_exit(&annex->pkmap);

	annex->host.kmap_local.keep = local;
	if (local)
		pr_warn("annex: %u kmap_local mappings were never undone\n",
			local);
	if (kept)
		pr_warn("annex: %u frames were never given to annex_kunmap()\n",
			kept);
}

/**
 * annex_windows_init() - make the tables of the windows
 * @annex: the pool, with lowmem and the early allocator
 * @params: the parameters of the pool
 * @why: filled if there is no memory
 *
 * Context: process, may sleep.
 * Return: 0 or an errno with nothing held except early memory.
 */
int annex_windows_init(struct annex *annex, const struct annex_params *params,
		       struct annex_reason *why)
{
	int err = init_pkmap(annex, why);

	if (!err)
		err = init_kmap_local(annex, params, why);
	if (!err)
		err = take_vmalloc(annex, why);
	if (err)
		annex_windows_exit(annex);
	return err;
}

/**
 * annex_windows_init_vmalloc() - start to allocate in the vmalloc window
 * @annex: the pool, with zones and shrinkers
 * @params: unused
 * @why: filled if that fails
 *
 * Context: process, may sleep.
 * Return: 0 or an errno with nothing held.
 */
int annex_windows_init_vmalloc(struct annex *annex,
			       const struct annex_params *params,
			       struct annex_reason *why)
{
	void *tables =
		annex->frames.lowmem +
		(size_t)(annex->vmalloc_phys - annex->frames.range.start);
	int err = annex_vmalloc_init(&annex->vmalloc, &annex->host.vmalloc,
				     tables);

	return err ? annex_refuse(why, err, "no vmalloc window") : 0;
}

static void say_areas(unsigned int areas)
{
	if (areas)
		pr_warn("annex: %u areas of vmalloc, vmap or ioremap were never given back\n",
			areas);
}

/**
 * annex_windows_exit_vmalloc() - undo annex_windows_init_vmalloc()
 * @annex: the pool; no caller uses the window any more
 *
 * Leaked areas are logged and freed. It may be called again.
 *
 * Context: process, may sleep.
 */
void annex_windows_exit_vmalloc(struct annex *annex)
{
	say_areas(annex_vmalloc_exit(&annex->vmalloc));
}

/**
 * annex_windows_abandon_vmalloc() - the same, but leaked areas stay mapped
 * @annex: the pool; no area is allocated or freed any more
 *
 * Context: process, may sleep.
 */
void annex_windows_abandon_vmalloc(struct annex *annex)
{
	say_areas(annex_vmalloc_abandon(&annex->vmalloc));
}

static void say_mms(unsigned int mms)
{
	if (mms)
		pr_warn("annex: page tables of %u processes were never destroyed\n",
			mms);
}

/**
 * annex_windows_exit_mms() - destroy the page tables of all processes
 * @annex: the pool; no caller uses them any more
 *
 * Leaked tables are logged and destroyed. It may be called again.
 *
 * Context: process, may sleep.
 */
void annex_windows_exit_mms(struct annex *annex)
{
	say_mms(annex_mms_exit(&annex->mms));
}

/**
 * annex_windows_abandon_mms() - the same, but leaked tables stay as they are
 * @annex: the pool; the functions for processes are not called any more
 *
 * Context: process.
 */
void annex_windows_abandon_mms(struct annex *annex)
{
	say_mms(annex_mms_abandon(&annex->mms));
}
