// SPDX-License-Identifier: GPL-2.0-only
/*
 * The public functions of the core. They act on the pool that the module was
 * loaded with. Invalid arguments are refused and reported; none is fatal.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include <annex/folio.h>
#include <annex/page_alloc.h>

#include "api/tests.h"
#include "base/fail.h"
#include "host/compat_export.h"
#include "host/frame.h"
#include "host/tlb.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/page_fast.h"
#include "page/pageblock.h"
#include "page/pcp.h"
#include "page/report.h"
#include "pool/pool.h"
#include "reclaim/folio.h"
#include "reclaim/lock.h"

/**
 * annex_alloc_block() - allocate a block, with an error code
 * @gfp: GFP_KERNEL and its like: zone, urgency, zeroing
 * @order: 2^@order frames, 0..10
 * @page: set to the head of the block, or to NULL
 *
 * The block is aligned to its size by physical address and has one reference.
 * With __GFP_COMP the block is compound: a reference to any of its frames is a
 * reference to the whole block.
 *
 * Context: process, softirq, hardirq; not NMI. It may sleep if @gfp has
 * __GFP_DIRECT_RECLAIM.
 * Return: 0; -EINVAL for an invalid request, such as __GFP_NOFAIL without
 * __GFP_DIRECT_RECLAIM or for an order above 3; -ENOMEM.
 */
int annex_alloc_block(gfp_t gfp, unsigned int order, struct annex_page **page)
{
	return annex_block_alloc(&annex_pool.frames, gfp, order, page);
}
EXPORT_SYMBOL_GPL(annex_alloc_block);

/**
 * annex_alloc_pages() - allocate a block
 * @gfp: as for annex_alloc_block()
 * @order: 2^@order frames, 0..10
 *
 * Context: as annex_alloc_block().
 * Return: the head of the block, or NULL.
 */
struct annex_page *annex_alloc_pages(gfp_t gfp, unsigned int order)
{
	struct annex_page *page;

	/* A constant order per branch lets the compiler specialise each one. */
	if (likely(!order))
		page = annex_alloc_fast(&annex_pool.frames, gfp, 0);
	else if (order < ANNEX_PCP_ORDERS)
		page = annex_alloc_fast(&annex_pool.frames, gfp, order);
	else
		page = NULL;
	if (likely(page))
		return page;
	return annex_alloc_slow_noerr(&annex_pool.frames, gfp, order);
}
EXPORT_SYMBOL_GPL(annex_alloc_pages);

/**
 * annex_alloc_pages_bulk() - allocate many frames
 * @gfp: as for annex_alloc_block()
 * @nr: length of @pages
 * @pages: entries that are NULL are set to frames, with one reference each
 *
 * One hold of the zone's lock serves many frames, as long as the zone has more
 * free frames than its low watermark.
 *
 * Context: as annex_alloc_block().
 * Return: number of entries that are set, including those set before the call.
 */
unsigned int annex_alloc_pages_bulk(gfp_t gfp, unsigned int nr,
				    struct annex_page **pages)
{
	return __annex_alloc_pages_bulk(&annex_pool.frames, gfp, nr, pages);
}
EXPORT_SYMBOL_GPL(annex_alloc_pages_bulk);

/**
 * annex_free_pages() - free a block
 * @page: its head
 * @order: the order it was allocated with
 *
 * As in the kernel, the call drops one reference. The block is free when the
 * last reference is dropped.
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0. With nothing changed: -EFAULT if @page is no descriptor of the
 * pool; -EINVAL if it lies inside a block; -EALREADY if the block is free;
 * -EPERM if the frame is reserved; -ERANGE if the block has another order;
 * -EBUSY if a flag shows that the block is still in use. From NMI, -EINVAL.
 */
int annex_free_pages(struct annex_page *page, unsigned int order)
{
	if (likely(!order)) {
		if (likely(annex_free_fast(&annex_pool.frames, page, 0)))
			return 0;
	} else if (order < ANNEX_PCP_ORDERS) {
		if (likely(annex_free_fast(&annex_pool.frames, page, order)))
			return 0;
	}
	return annex_free_slow(&annex_pool.frames, page, order);
}
EXPORT_SYMBOL_GPL(annex_free_pages);

/**
 * annex_free_pages_bulk() - free many frames
 * @pages: frames of order 0, or NULL; entries of freed frames become NULL
 * @nr: length of @pages
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0; or as annex_free_pages() for the first frame that is refused. A
 * refused frame keeps its entry; all others are freed.
 */
int annex_free_pages_bulk(struct annex_page **pages, unsigned int nr)
{
	return __annex_free_pages_bulk(&annex_pool.frames, pages, nr);
}
EXPORT_SYMBOL_GPL(annex_free_pages_bulk);

/**
 * annex_drain_all_pages() - drain the per-CPU page lists into the zones
 *
 * Afterwards zoneinfo counts every unused frame as free, and free buddies are
 * merged.
 *
 * Context: process, may sleep; not in a CPU hotplug callback, nor with
 * cpus_read_lock() held. In atomic context the call only logs a line.
 */
void annex_drain_all_pages(void)
{
	if (annex_refused_atomic(&annex_pool.frames, ANNEX_BAD_REF,
				 "drain_all_pages"))
		return;
	annex_pcp_drain_every(&annex_pool.frames);
}
EXPORT_SYMBOL_GPL(annex_drain_all_pages);

/**
 * annex_isolate_pageblock() - stop allocation from a pageblock
 * @pfn: annex pfn of any of its frames
 *
 * A pageblock is 512 frames, aligned by physical address. Frames in use stay in
 * use. Frames that are free, now or later, are not allocated any more and do
 * not count as free. Once all of its frames are free, nothing uses the
 * pageblock. The call drains the per-CPU page lists.
 *
 * Context: process, may sleep; not in a CPU hotplug callback, nor with
 * cpus_read_lock() held.
 * Return: 0; -EBUSY for a pageblock that does not lie in one zone as a whole,
 * or is kept for atomic requests. With a line in the log and nothing changed:
 * -ERANGE if the pool has no such frame; -EALREADY if the pageblock is
 * isolated; -EINVAL in atomic context.
 */
int annex_isolate_pageblock(annex_pfn_t pfn)
{
	if (annex_refused_atomic(&annex_pool.frames, ANNEX_BAD_REF, "isolate"))
		return -EINVAL;
	might_sleep();
	return annex_pageblock_isolate(&annex_pool.frames, pfn);
}
EXPORT_SYMBOL_GPL(annex_isolate_pageblock);

/**
 * annex_unisolate_pageblock() - undo annex_isolate_pageblock()
 * @pfn: annex pfn of any of its frames
 *
 * The pageblock becomes movable, the type that all pageblocks start with.
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0; -EBUSY as for annex_isolate_pageblock(). With a line in the log
 * and nothing changed: -ERANGE if the pool has no such frame; -EALREADY if the
 * pageblock is not isolated; -EINVAL from NMI.
 */
int annex_unisolate_pageblock(annex_pfn_t pfn)
{
	return annex_pageblock_unisolate(&annex_pool.frames, pfn);
}
EXPORT_SYMBOL_GPL(annex_unisolate_pageblock);

/**
 * annex_get_page() - take a reference
 * @page: a head, or any frame of a compound block; the caller has a reference
 *
 * Context: any.
 * Return: 0, or as annex_free_pages().
 */
int annex_get_page(struct annex_page *page)
{
	return __annex_get_page(&annex_pool.frames, page);
}
EXPORT_SYMBOL_GPL(annex_get_page);

/**
 * annex_put_page() - drop a reference, and free the block with the last
 * @page: a block's head, or any frame of a compound block
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0, or as annex_free_pages().
 */
int annex_put_page(struct annex_page *page)
{
	return __annex_put_page(&annex_pool.frames, page);
}
EXPORT_SYMBOL_GPL(annex_put_page);

static bool is_ours(const struct annex_page *page)
{
	return annex_page_nr(&annex_pool.frames, page) <
	       annex_pool.frames.nr_pages;
}

static bool is_annexs(const struct annex_page *page)
{
	u32 state = atomic_read(&page->state);

	return (state & ANNEX_PAGE_STATE_MASK) == ANNEX_PAGE_USED &&
	       state & ANNEX_PG_ANNEX_HAS;
}

static bool may_change_flag(const struct annex_page *page,
			    enum annex_pageflags flag)
{
	if (unlikely(!is_ours(page))) {
		annex_refuse_page(&annex_pool.frames, ANNEX_BAD_FLAG, -EFAULT,
				  "flag", page);
		return false;
	}
	/* annex recognises its own frames by their flags: keep them as is. */
	if (unlikely(is_annexs(page))) {
		annex_refuse_call(&annex_pool.frames, ANNEX_BAD_FLAG, -EPERM,
				  "flag",
				  annex_page_test_flag(page, ANNEX_PG_TABLE) ?
					  "the frame is a page table" :
					  "the frame is the heap's");
		return false;
	}
	if (likely(flag >= ANNEX_PG_FIRST && flag < ANNEX_PG_END &&
		   !(ANNEX_PG_ANNEX_OWN & 1U << flag)))
		return true;
	annex_refuse_call(&annex_pool.frames, ANNEX_BAD_FLAG, -EINVAL, "flag",
			  "it is none, or one that annex keeps for itself");
	return false;
}

/**
 * annex_page_test_set_flag() - set a flag and return its old value
 * @page: a head that the caller owns
 * @flag: the flag, none of %ANNEX_PG_ANNEX_OWN
 *
 * Context: any. A full barrier if the flag was clear.
 * Return: true if the flag was set before. Also true if @page is not in use or
 * the call is refused with a line in the log: the caller did not get the flag.
 */
bool annex_page_test_set_flag(struct annex_page *page,
			      enum annex_pageflags flag)
{
	return !may_change_flag(page, flag) || annex_page_set_bit(page, flag);
}
EXPORT_SYMBOL_GPL(annex_page_test_set_flag);

/**
 * annex_page_test_clear_flag() - clear a flag and return its old value
 * @page: a head that the caller owns
 * @flag: the flag, none of %ANNEX_PG_ANNEX_OWN
 *
 * Context: any; for %ANNEX_PG_LOCKED, any but NMI. A full barrier if the flag
 * was set.
 * Return: true if it was set; false if it was not, if @page is not in use, or
 * if the call is refused with a line in the log.
 */
bool annex_page_test_clear_flag(struct annex_page *page,
				enum annex_pageflags flag)
{
	if (!may_change_flag(page, flag))
		return false;
	/* The page lock may have waiters. */
	if (flag == ANNEX_PG_LOCKED)
		return !annex_refused_nmi(&annex_pool.frames, ANNEX_BAD_FLAG,
					  "flag") &&
		       !annex_page_unlock(&annex_pool.frames, page);
	return annex_page_clear_bit(page, flag);
}
EXPORT_SYMBOL_GPL(annex_page_test_clear_flag);

/**
 * annex_set_page_private() - store the owner's value
 * @page: a used head that the caller owns
 * @value: the value; for a block without a folio, at most 24 bits
 *
 * Context: any. If two callers race, the last store wins.
 * Return: 0. With a line in the log and nothing changed: -EFAULT if @page is
 * no descriptor of the pool; -EINVAL if it is not used; -ERANGE if @value is
 * too wide; -EBUSY if the block is the heap's or a page table.
 */
int annex_set_page_private(struct annex_page *page, unsigned long value)
{
	return __annex_set_page_private(&annex_pool.frames, page, value);
}
EXPORT_SYMBOL_GPL(annex_set_page_private);

/**
 * annex_page_private() - the owner's value
 * @page: a used head, or any frame of a compound block
 *
 * Context: any, for the owner.
 * Return: the value that annex_set_page_private() stored last; 0 for a new
 * frame, a frame that is not in use, and a frame outside of the pool.
 */
unsigned long annex_page_private(struct annex_page *page)
{
	return __annex_page_private(&annex_pool.frames, page);
}
EXPORT_SYMBOL_GPL(annex_page_private);

/**
 * annex_compound_head() - the frame that holds a frame's reference count
 * @page: a descriptor of the pool
 *
 * Context: any. Stable while the caller holds a reference.
 * Return: the head of the compound block around @page, or @page.
 */
struct annex_page *annex_compound_head(struct annex_page *page)
{
	return is_ours(page) ? annex_head_of(&annex_pool.frames, page) : page;
}
EXPORT_SYMBOL_GPL(annex_compound_head);

/**
 * annex_page_count() - how many references a frame has
 * @page: a descriptor of the pool
 *
 * Context: any. A snapshot.
 * Return: the count of its head if it is part of a compound block; 0 if it is
 * not in use; %ANNEX_REF_SATURATED if it is pinned for ever.
 */
unsigned int annex_page_count(const struct annex_page *page)
{
	if (!is_ours(page))
		return 0;
	return annex_page_ref_count(annex_head_of(&annex_pool.frames, page));
}
EXPORT_SYMBOL_GPL(annex_page_count);

/**
 * annex_page_to_pfn() - the number of a frame
 * @page: a descriptor of the pool
 *
 * Context: any.
 * Return: its annex pfn; %ANNEX_PFN_NIL, with a line in the log, if @page is
 * no descriptor of the pool.
 */
annex_pfn_t annex_page_to_pfn(const struct annex_page *page)
{
	if (likely(is_ours(page)))
		return page - annex_pool.frames.mem_map;
	annex_refuse_page(&annex_pool.frames, ANNEX_BAD_REF, -EFAULT,
			  "page_to_pfn", page);
	return ANNEX_PFN_NIL;
}
EXPORT_SYMBOL_GPL(annex_page_to_pfn);

/**
 * annex_pfn_to_page() - the descriptor of a frame
 * @pfn: an annex pfn
 *
 * Context: any.
 * Return: the descriptor; NULL, with a line in the log, for a pfn beyond the
 * pool.
 */
struct annex_page *annex_pfn_to_page(annex_pfn_t pfn)
{
	if (likely(pfn < annex_pool.frames.nr_pages))
		return annex_pool.frames.mem_map + pfn;
	annex_refuse_call(&annex_pool.frames, ANNEX_BAD_REF, -ERANGE,
			  "pfn_to_page",
			  "the pool has no such frame; annex pfns count from its start");
	return NULL;
}
EXPORT_SYMBOL_GPL(annex_pfn_to_page);

/**
 * annex_page_to_phys() - the host physical address of a frame
 * @page: a descriptor of the pool
 *
 * Context: any.
 * Return: the address, which may need more than 32 bits; all ones, with a line
 * in the log, if @page is no descriptor of the pool.
 */
phys_addr_t annex_page_to_phys(const struct annex_page *page)
{
	annex_pfn_t pfn = annex_page_to_pfn(page);

	if (unlikely(pfn == ANNEX_PFN_NIL))
		return ~(phys_addr_t)0;
	return annex_pool.frames.range.start + ((phys_addr_t)pfn << PAGE_SHIFT);
}
EXPORT_SYMBOL_GPL(annex_page_to_phys);

/**
 * __annex_va() - the direct map address of a physical address of lowmem
 * @phys: a host physical address
 *
 * Context: any.
 * Return: the address; NULL, with a line in the log, outside of lowmem.
 */
void *__annex_va(phys_addr_t phys)
{
	u64 off = phys - annex_pool.frames.range.start;

	if (likely(off < (u64)annex_pool.frames.lowmem_pages << PAGE_SHIFT))
		return annex_pool.frames.lowmem + (size_t)off;
	annex_refuse_call(&annex_pool.frames, ANNEX_BAD_REF, -ERANGE, "va",
			  "the physical address is not one of lowmem; high frames are to be mapped");
	return NULL;
}
EXPORT_SYMBOL_GPL(__annex_va);

/**
 * __annex_pa() - the physical address of a direct map address
 * @addr: an address in the pool's direct map
 *
 * Context: any.
 * Return: the host physical address; all ones, with a line in the log, for an
 * address outside of the direct map.
 */
phys_addr_t __annex_pa(const void *addr)
{
	unsigned long off =
		(unsigned long)addr - (unsigned long)annex_pool.frames.lowmem;

	if (likely(off >> PAGE_SHIFT < annex_pool.frames.lowmem_pages))
		return annex_pool.frames.range.start + off;
	annex_refuse_call(&annex_pool.frames, ANNEX_BAD_REF, -ERANGE, "pa",
			  "the address is not in the pool's direct map");
	return ~(phys_addr_t)0;
}
EXPORT_SYMBOL_GPL(__annex_pa);

static int check_peek(const struct annex_page *page, unsigned int offset,
		      unsigned int len)
{
	if (!is_ours(page))
		return -EFAULT;
	if (annex_page_state(page) == ANNEX_PAGE_RESERVED)
		return -EPERM;
	return offset > PAGE_SIZE || len > PAGE_SIZE - offset ? -ERANGE : 0;
}

int annex_peek(const struct annex_page *page, unsigned int offset, void *buf,
	       unsigned int len)
{
	int err = check_peek(page, offset, len);

	if (!err)
		annex_frame_read(&annex_pool.host,
				 annex_page_host_pfn(&annex_pool.frames, page),
				 offset, buf, len);
	return err;
}
EXPORT_SYMBOL_FOR_TESTS(annex_peek);

int annex_poke(const struct annex_page *page, unsigned int offset,
	       const void *buf, unsigned int len)
{
	int err = check_peek(page, offset, len);

	if (!err)
		annex_frame_write(&annex_pool.host,
				  annex_page_host_pfn(&annex_pool.frames, page),
				  offset, buf, len);
	return err;
}
EXPORT_SYMBOL_FOR_TESTS(annex_poke);

void annex_keep_tlb(bool keep)
{
	struct annex_pkmap *pkmap = &annex_pool.pkmap;

	if (keep) {
		annex_fail_arm(ANNEX_FAIL_TLB, 0, -1);
		return;
	}
	annex_fail_set_probability(&annex_fail_points[ANNEX_FAIL_TLB], 0);
	/* Stale translations must not outlive the test. */
	annex_tlb_flush_range(pkmap->window->addr, pkmap->nr_slots);
}
EXPORT_SYMBOL_FOR_TESTS(annex_keep_tlb);
