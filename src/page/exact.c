// SPDX-License-Identifier: GPL-2.0-only
/*
 * Splitting blocks, and allocating and freeing blocks by address.
 *
 *   |          a block of order 2           |   __annex_split_page()
 *   | order 0 | order 0 | order 0 | order 0 |   each with its own reference
 *   |<--------- 2.5 frames --------->|free  |   __annex_alloc_pages_exact()
 *
 * The only owner of a block may split it. The exchange that would free the
 * block makes it CACHED for a moment, so that of concurrent calls that split or
 * free the same block exactly one succeeds. Its head changes last: until then,
 * annex_block_head() of a frame that has not changed finds the whole block.
 *
 * Locking: none.
 *
 * Failing: an errno, with a line in the log; NULL if there are no frames.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include "base/for_kunit.h"
#include "page/exact.h"
#include "page/frames.h"
#include "page/owner.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/page_fast.h"
#include "page/report.h"

static int refuse(struct annex_frames *frames, const struct annex_page *page,
		  int err, const char *call)
{
	return annex_refuse_page(frames, ANNEX_BAD_FREE, err, call, page);
}

/* The errno for a block that could not be split. */
static int split_errno(struct annex_frames *frames,
		       const struct annex_page *page, unsigned int order)
{
	switch (annex_page_state(page)) {
	case ANNEX_PAGE_USED:
		return annex_page_order(page) == order ? -EBUSY : -ERANGE;
	case ANNEX_PAGE_FREE:
	case ANNEX_PAGE_CACHED:
		return -EALREADY;
	case ANNEX_PAGE_INNER:
		return annex_inner_errno(frames, page, -EINVAL);
	default:
		return -EPERM;
	}
}

/* Split a block in state CACHED. */
static void split(struct annex_frames *frames, struct annex_page *page,
		  unsigned int order)
{
	u32 value = READ_ONCE(page->link) & ANNEX_PFN_MASK;
	unsigned int i = 1U << order;

	if (frames->owner)
		annex_owner_split(frames, page - frames->mem_map, order);
	while (i--)
		annex_page_make_used(page + i, 0, 0);
	annex_page_store_private(page, value);
}

/* annex_split_page() in a pool. */
int __annex_split_page(struct annex_frames *frames, struct annex_page *page,
		       unsigned int order)
{
	static const char call[] = "split_page";

	if (annex_refused_nmi(frames, ANNEX_BAD_FREE, call))
		return -EINVAL;
	if (annex_page_nr(frames, page) >= frames->nr_pages)
		return refuse(frames, page, -EFAULT, call);
	if (!annex_page_drop_only_ref(page, order))
		return refuse(frames, page, split_errno(frames, page, order),
			      call);
	split(frames, page, order);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_split_page);

static void *addr_of(const struct annex_frames *frames,
		     const struct annex_page *page)
{
	return frames->lowmem +
	       ((size_t)(page - frames->mem_map) << PAGE_SHIFT);
}

/* annex_alloc_pages_exact() from a pool. */
void *__annex_alloc_pages_exact(struct annex_frames *frames, size_t size,
				gfp_t gfp)
{
	unsigned int nr = DIV_ROUND_UP(size, PAGE_SIZE), order, i;
	struct annex_page *page;

	if (!size || size > PAGE_SIZE << (ANNEX_MAX_ORDER - 1)) {
		annex_refuse_call(frames, ANNEX_BAD_ALLOC, -EINVAL,
				  "alloc_pages_exact",
				  "from 1 byte to 4 MB can be had in one piece");
		return NULL;
	}
	order = get_order(size);
	if (annex_block_alloc(frames, gfp & ~(__GFP_COMP | __GFP_HIGHMEM),
			      order, &page))
		return NULL;
	if (__annex_split_page(frames, page, order)) {
		annex_disown(frames, page);
		return NULL;
	}
	for (i = nr; i < 1U << order; i++)
		annex_block_free(frames, page + i, 0);
	return addr_of(frames, page);
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_alloc_pages_exact);

/**
 * annex_page_at() - the frame that begins at an address of lowmem
 * @frames: the frames of the pool
 * @addr: any address
 * @call: name of the call, for the log
 * @err: 0, or -EFAULT if @addr is no address of lowmem, -EINVAL if no frame
 *	begins there
 *
 * Context: any.
 * Return: the frame; NULL, with a line in the log.
 */
struct annex_page *annex_page_at(struct annex_frames *frames, const void *addr,
				 const char *call, int *err)
{
	unsigned long off = (unsigned long)addr - (unsigned long)frames->lowmem;

	*err = 0;
	if (off >> PAGE_SHIFT >= frames->lowmem_pages)
		*err = annex_refuse_call(frames, ANNEX_BAD_FREE, -EFAULT, call,
					 "it is no address of the pool's lowmem");
	else if (offset_in_page(off))
		*err = annex_refuse_call(frames, ANNEX_BAD_FREE, -EINVAL, call,
					 "no frame begins at that address");
	return *err ? NULL : frames->mem_map + (off >> PAGE_SHIFT);
}

/* annex_free_pages_addr() to a pool, for an address other than 0. */
int annex_block_free_at(struct annex_frames *frames, const void *addr,
			unsigned int order)
{
	struct annex_page *page;
	int err;

	page = annex_page_at(frames, addr, "free_pages", &err);
	return page ? annex_block_free(frames, page, order) : err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_block_free_at);

/* annex_free_pages_exact() to a pool, for an address other than NULL. */
int __annex_free_pages_exact(struct annex_frames *frames, const void *addr,
			     size_t size)
{
	size_t most = PAGE_SIZE << (ANNEX_MAX_ORDER - 1), left;
	unsigned int nr = DIV_ROUND_UP(size, PAGE_SIZE), i;
	struct annex_page *page;
	int err, ret = 0;

	page = annex_page_at(frames, addr, "free_pages_exact", &err);
	if (!page)
		return err;
	left = (size_t)(frames->lowmem_pages - (page - frames->mem_map))
	       << PAGE_SHIFT;
	if (!size || size > min(most, left))
		return annex_refuse_call(frames, ANNEX_BAD_FREE, -EINVAL,
					 "free_pages_exact",
					 "nobody was given so many bytes there");
	for (i = 0; i < nr; i++) {
		err = annex_block_free(frames, page + i, 0);
		ret = ret ?: err;
	}
	return ret;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_free_pages_exact);
