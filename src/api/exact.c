// SPDX-License-Identifier: GPL-2.0-only
/*
 * The public functions that split blocks or take them by address: see
 * include/annex/page_alloc.h.
 */
#include <linux/export.h>

#include <annex/page_alloc.h>

#include "api/tests.h"
#include "page/exact.h"
#include "page/page_alloc.h"
#include "pool/pool.h"

/**
 * annex_split_page() - split a block into single frames
 * @page: the head of a block that is not compound, and to which the caller has
 *	the only reference
 * @order: the order it was allocated with
 *
 * Afterwards each of the 2^@order frames has one reference and is freed by
 * itself. The head keeps its private value; those of the others are 0.
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0. With a line in the log and nothing changed: -EFAULT if @page is no
 * descriptor of the pool; -ERANGE if the block has another order; -EBUSY if it
 * has other references, a flag or a folio, or is compound; -EALREADY if it is
 * free; -EPERM if it is reserved or annex's own; -EINVAL if @page lies inside a
 * block. From NMI, -EINVAL.
 */
int annex_split_page(struct annex_page *page, unsigned int order)
{
	return __annex_split_page(&annex_pool.frames, page, order);
}
EXPORT_SYMBOL_GPL(annex_split_page);

/**
 * annex_get_free_pages() - allocate a block of lowmem and return its address
 * @gfp: as for annex_alloc_block(); __GFP_HIGHMEM is ignored
 * @order: 2^@order frames, 0..10
 *
 * Context: as annex_alloc_block().
 * Return: its first address, in lowmem; 0 if no block is free.
 */
unsigned long annex_get_free_pages(gfp_t gfp, unsigned int order)
{
	struct annex_page *page;

	if (annex_block_alloc(&annex_pool.frames, gfp & ~__GFP_HIGHMEM, order,
			      &page))
		return 0;
	return (unsigned long)annex_pool.frames.lowmem +
	       ((unsigned long)(page - annex_pool.frames.mem_map)
		<< PAGE_SHIFT);
}
EXPORT_SYMBOL_GPL(annex_get_free_pages);

/**
 * annex_free_pages_addr() - free a block by its address
 * @addr: from annex_get_free_pages(), or 0
 * @order: the order it was allocated with
 *
 * This is the kernel's free_pages(). annex_free_pages() takes a descriptor
 * instead, as the kernel's __free_pages().
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0, or as annex_free_pages(). With a line in the log and nothing
 * changed: -EFAULT if @addr is not in lowmem; -EINVAL if no frame starts there.
 */
int annex_free_pages_addr(unsigned long addr, unsigned int order)
{
	return addr ? annex_block_free_at(&annex_pool.frames, (void *)addr,
					  order) :
		      0;
}
EXPORT_SYMBOL_GPL(annex_free_pages_addr);

/**
 * annex_alloc_pages_exact() - allocate contiguous frames for a size in bytes
 * @size: bytes, from 1 to 4 MB
 * @gfp: as for annex_alloc_block(); __GFP_COMP and __GFP_HIGHMEM are ignored
 *
 * The frames are cut from a larger block, whose rest stays free. They are freed
 * by annex_free_pages_exact(), or one by one. __GFP_NOFAIL with more than 32 kB
 * is refused: see annex_alloc_block().
 *
 * Context: as annex_alloc_block().
 * Return: the first address, in lowmem; NULL if there are no such frames, or,
 * with a line in the log, for an invalid size.
 */
void *annex_alloc_pages_exact(size_t size, gfp_t gfp)
{
	return __annex_alloc_pages_exact(&annex_pool.frames, size, gfp);
}
EXPORT_SYMBOL_GPL(annex_alloc_pages_exact);

/**
 * annex_free_pages_exact() - free the frames of annex_alloc_pages_exact()
 * @addr: the first address, or NULL
 * @size: the size with which they were allocated
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0. With a line in the log and nothing changed: -EFAULT if @addr is
 * not in lowmem; -EINVAL if no frame starts there, or if no allocation can have
 * that size. As annex_free_pages() for the first frame that is refused; the
 * others are freed.
 */
int annex_free_pages_exact(void *addr, size_t size)
{
	return addr ? __annex_free_pages_exact(&annex_pool.frames, addr, size) :
		      0;
}
EXPORT_SYMBOL_GPL(annex_free_pages_exact);
