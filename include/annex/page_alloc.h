/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_ALLOC_H
#define ANNEX_PAGE_ALLOC_H

#include <linux/gfp.h>
#include <linux/types.h>
#include <annex/page.h>
#include <annex/types.h>

/*
 * Allocate, reference and free frames of the pool of the loaded module.
 *
 * Context: process, softirq and hardirq, with any lock held that is not annex's
 * own; not NMI. annex_drain_all_pages() and annex_isolate_pageblock() need
 * process context, without cpus_read_lock() held and not from a CPU hotplug
 * callback. A module that uses these functions pins annex.ko by its symbols.
 *
 * A frame has a struct annex_page and no struct page, so it cannot be passed to
 * sg lists, bios, the DMA API or the page cache: see "memory without struct
 * page" in annex/page.h.
 */

int annex_alloc_block(gfp_t gfp, unsigned int order, struct annex_page **page);
struct annex_page *annex_alloc_pages(gfp_t gfp, unsigned int order);
int annex_free_pages(struct annex_page *page, unsigned int order);
unsigned int annex_alloc_pages_bulk(gfp_t gfp, unsigned int nr,
				    struct annex_page **pages);
int annex_free_pages_bulk(struct annex_page **pages, unsigned int nr);
void annex_drain_all_pages(void);
int annex_isolate_pageblock(annex_pfn_t pfn);
int annex_unisolate_pageblock(annex_pfn_t pfn);
int annex_get_page(struct annex_page *page);
int annex_put_page(struct annex_page *page);
unsigned int annex_page_count(const struct annex_page *page);
bool annex_page_test_set_flag(struct annex_page *page,
			      enum annex_pageflags flag);
bool annex_page_test_clear_flag(struct annex_page *page,
				enum annex_pageflags flag);
int annex_set_page_private(struct annex_page *page, unsigned long value);
struct annex_page *annex_compound_head(struct annex_page *page);
int annex_split_page(struct annex_page *page, unsigned int order);
unsigned long annex_get_free_pages(gfp_t gfp, unsigned int order);
int annex_free_pages_addr(unsigned long addr, unsigned int order);
void *annex_alloc_pages_exact(size_t size, gfp_t gfp);
int annex_free_pages_exact(void *addr, size_t size);

void *annex_page_address(const struct annex_page *page);
annex_pfn_t annex_page_to_pfn(const struct annex_page *page);
struct annex_page *annex_pfn_to_page(annex_pfn_t pfn);
phys_addr_t annex_page_to_phys(const struct annex_page *page);
void *__annex_va(phys_addr_t phys);
phys_addr_t __annex_pa(const void *addr);

/**
 * annex_alloc_page() - allocate one frame
 * @gfp: as for annex_alloc_pages()
 *
 * Return: the frame with one reference, or NULL.
 */
static inline struct annex_page *annex_alloc_page(gfp_t gfp)
{
	return annex_alloc_pages(gfp, 0);
}

/**
 * annex_free_page() - free one frame
 * @page: a frame of order 0
 *
 * Return: as annex_free_pages().
 */
static inline int annex_free_page(struct annex_page *page)
{
	return annex_free_pages(page, 0);
}

/**
 * annex_get_free_page() - allocate one frame that has an address
 * @gfp: as for annex_get_free_pages()
 *
 * Return: as annex_get_free_pages().
 */
static inline unsigned long annex_get_free_page(gfp_t gfp)
{
	return annex_get_free_pages(gfp, 0);
}

/**
 * annex_get_zeroed_page() - allocate one frame that has an address, zeroed
 * @gfp: as for annex_get_free_pages()
 *
 * Return: as annex_get_free_pages().
 */
static inline unsigned long annex_get_zeroed_page(gfp_t gfp)
{
	return annex_get_free_pages(gfp | __GFP_ZERO, 0);
}

/**
 * annex_free_page_addr() - free one frame by its address
 * @addr: from annex_get_free_page() or annex_get_zeroed_page(); 0 is ignored
 *
 * Return: as annex_free_pages_addr().
 */
static inline int annex_free_page_addr(unsigned long addr)
{
	return annex_free_pages_addr(addr, 0);
}

#endif /* ANNEX_PAGE_ALLOC_H */
