// SPDX-License-Identifier: GPL-2.0-only
/*
 * The public functions for page tables of processes, for the one pool that the
 * module was loaded with. As in api.c, what they refuse they report, and nothing
 * they are given is fatal: a process is known by its address.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/mm.h>

#include <annex/mm.h>

#include "annex.h"
#include "boot/pgtable.h"
#include "host/frame.h"
#include "map/mm.h"
#include "pool.h"

/**
 * annex_mm_create() - page tables for a process
 *
 * From PAGE_OFFSET on they show what the pool's master table shows, now and
 * later; below they show nothing.
 *
 * Context: process, may sleep.
 * Return: the tables, for annex_mm_destroy(); NULL if there is no frame for
 * them or, with a line in the log, if the call makes no sense.
 */
struct annex_mm *annex_mm_create(void)
{
	return annex_pool_mm_create(&annex_pool);
}
EXPORT_SYMBOL_GPL(annex_mm_create);

/**
 * annex_mm_destroy() - give back a process's tables and all that they show
 * @mm: from annex_mm_create()
 *
 * Each frame that it shows loses a reference, and its block a count of its
 * _mapcount; blocks of which this was the last reference are freed.
 *
 * Context: process, may sleep. Nobody may use @mm any more.
 * Return: 0; -EFAULT, with a line in the log, if @mm is none, or was destroyed
 * before. -EBUSY, with a line in the log for each: it is destroyed, but blocks that
 * had no other reference cannot be freed: their folios have a mapping, or are dirty.
 */
int annex_mm_destroy(struct annex_mm *mm)
{
	return annex_pool_mm_destroy(&annex_pool, mm);
}
EXPORT_SYMBOL_GPL(annex_mm_destroy);

/**
 * annex_mm_map_page() - show a frame to a process
 * @mm: from annex_mm_create()
 * @addr: where; page aligned, below PAGE_OFFSET
 * @page: a frame that the caller has a reference to; of a compound block, any
 * @prot: ANNEX_MM_WRITE, ANNEX_MM_EXEC, both, or 0 for reading alone
 *
 * The mapping takes a reference to the frame's block and counts in its
 * _mapcount: annex_page_mapcount(). For that, the block is given a folio if it
 * has none, which stays with it until it is freed; nobody may detach it meanwhile.
 * A block that its owner frees meanwhile stays until it is unmapped.
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM if there is no frame for tables or for the folio. With a
 * line in the log and nothing changed: -EINVAL for an address or for @prot that
 * makes no sense, or a frame inside a block that is not compound; -EEXIST if a
 * frame is shown there already; -EFAULT if @mm or @page is none; -EALREADY for
 * a free frame; -EPERM for one that is reserved or annex's own; -EBUSY if its
 * private value means something, or if it is the heap's or a table.
 */
int annex_mm_map_page(struct annex_mm *mm, u32 addr, struct annex_page *page,
		      unsigned int prot)
{
	return annex_pool_mm_map_page(&annex_pool, mm, addr, page, prot);
}
EXPORT_SYMBOL_GPL(annex_mm_map_page);

/**
 * annex_mm_unmap_page() - show a frame no more
 * @mm: from annex_mm_create()
 * @addr: where annex_mm_map_page() was told to show it
 *
 * Context: process, may sleep.
 * Return: 0. With a line in the log and nothing changed: -EINVAL for an address
 * that makes no sense; -ENOENT if no frame is shown there; -EFAULT if @mm is
 * none. -EBUSY, with a line in the log: it is unmapped, but its block, which had
 * no other reference, cannot be freed: its folio has a mapping, or is dirty; or
 * somebody has dropped a reference, or a count of the folio, that was not his.
 */
int annex_mm_unmap_page(struct annex_mm *mm, u32 addr)
{
	return annex_pool_mm_unmap_page(&annex_pool, mm, addr);
}
EXPORT_SYMBOL_GPL(annex_mm_unmap_page);

/**
 * annex_mm_protect() - change what a process may do at some addresses
 * @mm: from annex_mm_create()
 * @addr: the first; page aligned
 * @size: bytes; likewise
 * @prot: as for annex_mm_map_page()
 *
 * Context: process, may sleep.
 * Return: 0. With a line in the log and nothing changed: -EINVAL for a range or
 * @prot that makes no sense; -ENOMEM, as mprotect() has it, if a frame is missing
 * somewhere in the range; -EFAULT if @mm is none.
 */
int annex_mm_protect(struct annex_mm *mm, u32 addr, u32 size,
		     unsigned int prot)
{
	return annex_pool_mm_protect(&annex_pool, mm, addr, size, prot);
}
EXPORT_SYMBOL_GPL(annex_mm_protect);

/* The tests that ask the MMU are in another module: see pool.h. */
#define FOR_TESTS(symbol)	EXPORT_SYMBOL_NS_GPL(symbol, ANNEX_INTERNAL)

FOR_TESTS(annex_pgtable_walk);
FOR_TESTS(annex_pgtable_run);

const struct annex_tables *annex_peek_tables(struct annex_range *pool)
{
	*pool = annex_pool.pool;
	return &annex_pool.tables;
}
EXPORT_SYMBOL_NS_GPL(annex_peek_tables, ANNEX_INTERNAL);

int annex_peek_phys(void *unused, u64 phys, u32 *word)
{
	if (phys < annex_pool.pool.start || phys >= annex_pool.pool.end)
		return -EFAULT;
	annex_frame_read(&annex_pool.host, phys >> PAGE_SHIFT,
			 phys & (PAGE_SIZE - sizeof(*word)), word,
			 sizeof(*word));
	return 0;
}
EXPORT_SYMBOL_NS_GPL(annex_peek_phys, ANNEX_INTERNAL);
