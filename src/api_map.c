// SPDX-License-Identifier: GPL-2.0-only
/*
 * The public functions that give frames an address, for the one pool that the
 * module was loaded with, and helpers that use them.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <annex/highmem.h>
#include <annex/page_alloc.h>

#include "annex.h"
#include "map/fast.h"
#include "page/report.h"
#include "pool.h"

/**
 * annex_page_address() - the address that everybody sees a frame at
 * @page: a descriptor of the pool
 *
 * Context: any. That of a high frame which the caller has not mapped may be
 * gone when it is returned.
 * Return: the address of a lowmem frame, or of one that annex_kmap() has mapped;
 * NULL for any other, and, with a line in the log, if @page is no descriptor of
 * the pool.
 */
void *annex_page_address(const struct annex_page *page)
{
	return annex_pool_page_address(&annex_pool, page);
}
EXPORT_SYMBOL_GPL(annex_page_address);

/**
 * annex_kmap() - give a frame an address that everybody can use
 * @page: a descriptor of the pool
 *
 * A high frame takes one of pkmap= slots until annex_kunmap(), its users
 * together. If there is none, the caller waits until one falls free, first come,
 * first served. So nobody should wait for another mapping while he has one.
 *
 * Context: process, may sleep.
 * Return: the address; NULL, with a line in the log and nothing changed, if
 * @page is no descriptor of the pool, the caller may not sleep, or the frame
 * has a million users.
 */
void *annex_kmap(struct annex_page *page)
{
	return annex_kmap_fast(&annex_pool, page);
}
EXPORT_SYMBOL_GPL(annex_kmap);

/**
 * annex_kunmap() - done with a frame's address
 * @page: the frame, not the address, as in Linux
 *
 * Context: any but NMI.
 * Return: 0. With a line in the log and nothing changed: -EFAULT if @page is no
 * descriptor of the pool; -EALREADY if nobody uses its address; -EINVAL from
 * NMI.
 */
int annex_kunmap(struct annex_page *page)
{
	return annex_kunmap_fast(&annex_pool, page);
}
EXPORT_SYMBOL_GPL(annex_kunmap);

/**
 * annex_kmap_high_get() - use a frame's address if it has one
 * @page: a descriptor of the pool
 *
 * Context: any but NMI. Who gets an address calls annex_kunmap().
 * Return: the address; NULL if it has none; NULL, with a line in the log, if
 * @page is no descriptor of the pool.
 */
void *annex_kmap_high_get(struct annex_page *page)
{
	return annex_pool_kmap_high_get(&annex_pool, page);
}
EXPORT_SYMBOL_GPL(annex_kmap_high_get);

/**
 * annex_kmap_to_page() - the frame behind an address
 * @addr: an address of lowmem, of annex_kmap(), or that the caller got from
 *	annex_kmap_local_page()
 *
 * Context: any.
 * Return: its descriptor, or NULL for any other address.
 */
struct annex_page *annex_kmap_to_page(const void *addr)
{
	unsigned long off = (unsigned long)addr -
			    (unsigned long)annex_pool.lowmem;
	const struct annex_page *page;

	if (off >> PAGE_SHIFT < annex_pool.lowmem_pages)
		return annex_pool.mem_map + (off >> PAGE_SHIFT);
	page = annex_pkmap_addr_page(&annex_pool, addr);
	if (!page)
		page = annex_kmap_local_addr_page(&annex_pool, addr);
	return (struct annex_page *)page;
}
EXPORT_SYMBOL_GPL(annex_kmap_to_page);

/**
 * annex_kmap_flush_unused() - take the addresses of frames that nobody uses
 *
 * Context: process, may sleep: it waits for the other CPUs.
 * Return: how many had; -EINVAL, with a line in the log, if the caller may not
 * sleep.
 */
int annex_kmap_flush_unused(void)
{
	return annex_pool_kmap_flush_unused(&annex_pool);
}
EXPORT_SYMBOL_GPL(annex_kmap_flush_unused);

/**
 * annex_kmap_local_page() - give a frame an address on this CPU
 * @page: a descriptor of the pool
 *
 * What a thread, or an interrupt, maps last it unmaps first. A thread may be
 * preempted and may sleep meanwhile; it does not migrate. The address is of no
 * use to anybody else.
 *
 * Context: any.
 * Return: the address; NULL, with a line in the log and nothing changed, if
 * @page is no descriptor of the pool, the CPU has 16 mappings, or there is no
 * memory for what has to be kept of a thread that maps.
 */
void *annex_kmap_local_page(struct annex_page *page)
{
	return annex_kmap_local_fast(&annex_pool, page);
}
EXPORT_SYMBOL_GPL(annex_kmap_local_page);

/**
 * annex_kmap_local_pfn() - give a frame an address on this CPU
 * @pfn: an annex pfn
 *
 * Context: any.
 * Return: as annex_kmap_local_page().
 */
void *annex_kmap_local_pfn(annex_pfn_t pfn)
{
	return annex_pool_kmap_local(&annex_pool, pfn);
}
EXPORT_SYMBOL_GPL(annex_kmap_local_pfn);

/**
 * annex_kunmap_local() - done with the frame that was mapped last
 * @addr: any address within the page that it was mapped at
 *
 * Context: that of the mapping.
 * Return: 0; -EINVAL, with a line in the log and nothing changed, if the address
 * is not that of the last mapping that the caller has not undone.
 */
int annex_kunmap_local(const void *addr)
{
	return annex_kunmap_local_fast(&annex_pool, addr);
}
EXPORT_SYMBOL_GPL(annex_kunmap_local);

/**
 * annex_kmap_atomic() - map a frame for code that must not be interrupted
 * @page: a descriptor of the pool
 *
 * As annex_kmap_local_page(), and until annex_kunmap_atomic() the caller is
 * not preempted, must not sleep, and takes no page fault.
 *
 * Context: any.
 * Return: as annex_kmap_local_page().
 */
void *annex_kmap_atomic(struct annex_page *page)
{
	return annex_kmap_atomic_fast(&annex_pool, page);
}
EXPORT_SYMBOL_GPL(annex_kmap_atomic);

/**
 * annex_kmap_atomic_pfn() - map a frame for code that must not be interrupted
 * @pfn: an annex pfn
 *
 * Context: any.
 * Return: as annex_kmap_atomic().
 */
void *annex_kmap_atomic_pfn(annex_pfn_t pfn)
{
	return annex_pool_kmap_atomic_pfn(&annex_pool, pfn);
}
EXPORT_SYMBOL_GPL(annex_kmap_atomic_pfn);

/**
 * annex_kunmap_atomic() - undo annex_kmap_atomic()
 * @addr: any address within the page that it returned
 *
 * Context: that of the mapping.
 * Return: as annex_kunmap_local(), with preemption and page faults as they were
 * if it refuses.
 */
int annex_kunmap_atomic(const void *addr)
{
	return annex_kunmap_atomic_fast(&annex_pool, addr);
}
EXPORT_SYMBOL_GPL(annex_kunmap_atomic);

static bool fits(size_t offset, size_t len, const char *call)
{
	if (likely(offset <= PAGE_SIZE && len <= PAGE_SIZE - offset))
		return true;
	annex_refuse_call(&annex_pool, ANNEX_BAD_MAP, -ERANGE, call,
			  "the bytes go beyond the end of the page");
	return false;
}

/* Why there was no address has been said; this is for the caller. */
static int no_address(const struct annex_page *page)
{
	return annex_page_nr(&annex_pool, page) < annex_pool.nr_pages ?
	       -ENOSPC : -EFAULT;
}

/* Two frames at once, or none. */
static int map_both(struct annex_page *to, struct annex_page *from,
		    void **to_addr, void **from_addr)
{
	*from_addr = annex_kmap_local_page(from);
	if (unlikely(!*from_addr))
		return no_address(from);
	*to_addr = annex_kmap_local_page(to);
	if (likely(*to_addr))
		return 0;
	annex_kunmap_local(*from_addr);
	return no_address(to);
}

static void unmap_both(void *to_addr, void *from_addr)
{
	annex_kunmap_local(to_addr);
	annex_kunmap_local(from_addr);
}

/**
 * annex_copy_highpage() - copy a frame
 * @to: where to
 * @from: where from
 *
 * Context: any.
 * Return: 0. With a line in the log and nothing changed: -EFAULT for what is no
 * descriptor of the pool, -ENOSPC if annex_kmap_local_page() has no address.
 */
int annex_copy_highpage(struct annex_page *to, struct annex_page *from)
{
	void *to_addr, *from_addr;
	int err = map_both(to, from, &to_addr, &from_addr);

	if (unlikely(err))
		return err;
	copy_page(to_addr, from_addr);
	unmap_both(to_addr, from_addr);
	return 0;
}
EXPORT_SYMBOL_GPL(annex_copy_highpage);

/**
 * annex_memcpy_page() - copy a part of a frame to another
 * @to: where to
 * @to_offset: first byte there
 * @from: where from
 * @from_offset: first byte there
 * @len: bytes, in each not beyond the end of the frame
 *
 * Context: any.
 * Return: as annex_copy_highpage(); -ERANGE for bytes beyond the end.
 */
int annex_memcpy_page(struct annex_page *to, size_t to_offset,
		      struct annex_page *from, size_t from_offset, size_t len)
{
	void *to_addr, *from_addr;
	int err;

	if (!fits(to_offset, len, "memcpy_page") ||
	    !fits(from_offset, len, "memcpy_page"))
		return -ERANGE;
	err = map_both(to, from, &to_addr, &from_addr);
	if (unlikely(err))
		return err;
	memcpy(to_addr + to_offset, from_addr + from_offset, len);
	unmap_both(to_addr, from_addr);
	return 0;
}
EXPORT_SYMBOL_GPL(annex_memcpy_page);

/**
 * annex_memcpy_to_page() - copy into a frame
 * @page: the frame
 * @offset: first byte of it
 * @from: where from; not paged out memory
 * @len: bytes, not beyond the end of the frame
 *
 * Context: any.
 * Return: as annex_memcpy_page().
 */
int annex_memcpy_to_page(struct annex_page *page, size_t offset,
			 const void *from, size_t len)
{
	void *addr;

	if (!fits(offset, len, "memcpy_to_page"))
		return -ERANGE;
	addr = annex_kmap_local_page(page);
	if (unlikely(!addr))
		return no_address(page);
	memcpy(addr + offset, from, len);
	annex_kunmap_local(addr);
	return 0;
}
EXPORT_SYMBOL_GPL(annex_memcpy_to_page);

/**
 * annex_memcpy_from_page() - copy out of a frame
 * @to: where to; not paged out memory
 * @page: the frame
 * @offset: first byte of it
 * @len: bytes, not beyond the end of the frame
 *
 * Context: any.
 * Return: as annex_memcpy_page().
 */
int annex_memcpy_from_page(void *to, struct annex_page *page, size_t offset,
			   size_t len)
{
	void *addr;

	if (!fits(offset, len, "memcpy_from_page"))
		return -ERANGE;
	addr = annex_kmap_local_page(page);
	if (unlikely(!addr))
		return no_address(page);
	memcpy(to, addr + offset, len);
	annex_kunmap_local(addr);
	return 0;
}
EXPORT_SYMBOL_GPL(annex_memcpy_from_page);

/**
 * annex_memset_page() - fill a part of a frame
 * @page: the frame
 * @offset: first byte of it
 * @val: what with
 * @len: bytes, not beyond the end of the frame
 *
 * Context: any.
 * Return: as annex_memcpy_page().
 */
int annex_memset_page(struct annex_page *page, size_t offset, int val,
		      size_t len)
{
	void *addr;

	if (!fits(offset, len, "memset_page"))
		return -ERANGE;
	addr = annex_kmap_local_page(page);
	if (unlikely(!addr))
		return no_address(page);
	memset(addr + offset, val, len);
	annex_kunmap_local(addr);
	return 0;
}
EXPORT_SYMBOL_GPL(annex_memset_page);

/**
 * annex_zero_user() - clear a part of a frame
 * @page: the frame
 * @start: first byte of it
 * @len: bytes, not beyond the end of the frame
 *
 * Context: any.
 * Return: as annex_memcpy_page().
 */
int annex_zero_user(struct annex_page *page, size_t start, size_t len)
{
	return annex_memset_page(page, start, 0, len);
}
EXPORT_SYMBOL_GPL(annex_zero_user);

/**
 * annex_clear_highpage() - clear a frame
 * @page: the frame
 *
 * Context: any.
 * Return: as annex_copy_highpage().
 */
int annex_clear_highpage(struct annex_page *page)
{
	void *addr = annex_kmap_local_page(page);

	if (unlikely(!addr))
		return no_address(page);
	clear_page(addr);
	annex_kunmap_local(addr);
	return 0;
}
EXPORT_SYMBOL_GPL(annex_clear_highpage);
