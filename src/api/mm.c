// SPDX-License-Identifier: GPL-2.0-only
/*
 * The public functions for page tables of processes. They act on the pool that
 * the module was loaded with. As in page_alloc.c, invalid arguments are refused
 * and reported, and none is fatal. A process is identified by the address of
 * its struct annex_mm.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/mm.h>

#include <annex/mm.h>

#include "api/tests.h"
#include "host/compat_export.h"
#include "host/frame.h"
#include "mm/mm.h"
#include "pgtable/pgtable.h"
#include "pool/pool.h"

/**
 * annex_mm_create() - make page tables for a process
 *
 * From PAGE_OFFSET on, the tables are shared with the pool's master table, so
 * later changes of it appear in them. Below PAGE_OFFSET they are empty.
 *
 * Context: process, may sleep.
 * Return: the tables, for annex_mm_destroy(); NULL if there is no frame for
 * them or, with a line in the log, if the call is invalid.
 */
struct annex_mm *annex_mm_create(void)
{
	return __annex_mm_create(&annex_pool.mms);
}
EXPORT_SYMBOL_GPL(annex_mm_create);

/**
 * annex_mm_destroy() - unmap all frames of a process and free its tables
 * @mm: from annex_mm_create()
 *
 * Each mapping drops its reference and its count in the block's _mapcount. A
 * block that loses its last reference is freed.
 *
 * Context: process, may sleep. @mm has no other user.
 * Return: 0; -EFAULT, with a line in the log, if @mm is no struct annex_mm, or
 * was destroyed before. -EBUSY, with a line in the log for each block: @mm is
 * destroyed, but blocks without another reference cannot be freed, because
 * their folios have a mapping or are dirty.
 */
int annex_mm_destroy(struct annex_mm *mm)
{
	return __annex_mm_destroy(&annex_pool.mms, mm);
}
EXPORT_SYMBOL_GPL(annex_mm_destroy);

/**
 * annex_mm_map_page() - map a frame into a process
 * @mm: from annex_mm_create()
 * @addr: the address; page aligned, below PAGE_OFFSET
 * @page: a head, or any frame of a compound block; the caller has a reference
 * @prot: ANNEX_MM_WRITE, ANNEX_MM_EXEC, both, or 0 for reading only
 *
 * The mapping takes a reference to the frame's block and increments its
 * _mapcount, see annex_page_mapcount(). A block without a folio gets one to
 * hold the count. The folio stays until the block is freed, and must not be
 * detached before. If the owner drops its reference meanwhile, the block stays
 * allocated until it is unmapped.
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM if there is no frame for tables or for the folio. With a
 * line in the log and nothing changed: -EINVAL for an invalid address or @prot,
 * or for a frame inside a block that is not compound; -EEXIST if a frame is
 * mapped there already; -EFAULT if @mm is no struct annex_mm or @page is no
 * descriptor of the pool; -EALREADY for a free frame; -EPERM for one that is
 * reserved or annex's own; -EBUSY if its private value is in use, or if it is
 * the heap's or a page table.
 */
int annex_mm_map_page(struct annex_mm *mm, u32 addr, struct annex_page *page,
		      unsigned int prot)
{
	return __annex_mm_map_page(&annex_pool.mms, mm, addr, page, prot);
}
EXPORT_SYMBOL_GPL(annex_mm_map_page);

/**
 * annex_mm_unmap_page() - unmap a frame from a process
 * @mm: from annex_mm_create()
 * @addr: the address at which annex_mm_map_page() has mapped it
 *
 * Context: process, may sleep.
 * Return: 0. With a line in the log and nothing changed: -EINVAL for an invalid
 * address; -ENOENT if no frame is mapped there; -EFAULT if @mm is no struct
 * annex_mm. -EBUSY, with a line in the log: the frame is unmapped, but its
 * block, which had no other reference, cannot be freed, because its folio has a
 * mapping or is dirty; or a reference or a count of the folio was dropped by a
 * caller that did not own it.
 */
int annex_mm_unmap_page(struct annex_mm *mm, u32 addr)
{
	return __annex_mm_unmap_page(&annex_pool.mms, mm, addr);
}
EXPORT_SYMBOL_GPL(annex_mm_unmap_page);

/**
 * annex_mm_protect() - change the protection of a range of a process
 * @mm: from annex_mm_create()
 * @addr: the first address; page aligned
 * @size: bytes, a multiple of the page size; 0 changes nothing
 * @prot: as for annex_mm_map_page()
 *
 * Context: process, may sleep.
 * Return: 0. With a line in the log and nothing changed: -EINVAL for an invalid
 * range or @prot; -ENOMEM, as for mprotect(), if a page of the range is not
 * mapped; -EFAULT if @mm is no struct annex_mm.
 */
int annex_mm_protect(struct annex_mm *mm, u32 addr, u32 size,
		     unsigned int prot)
{
	return __annex_mm_protect(&annex_pool.mms, mm, addr, size, prot);
}
EXPORT_SYMBOL_GPL(annex_mm_protect);

const struct annex_tables *annex_peek_tables(struct annex_range *pool)
{
	*pool = annex_pool.frames.range;
	return &annex_pool.tables;
}
EXPORT_SYMBOL_FOR_TESTS(annex_peek_tables);

int annex_peek_phys(void *unused, u64 phys, u32 *word)
{
	if (phys < annex_pool.frames.range.start ||
	    phys >= annex_pool.frames.range.end)
		return -EFAULT;
	annex_frame_read(&annex_pool.host, phys >> PAGE_SHIFT,
			 phys & (PAGE_SIZE - sizeof(*word)), word,
			 sizeof(*word));
	return 0;
}
EXPORT_SYMBOL_FOR_TESTS(annex_peek_phys);
