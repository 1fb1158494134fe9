// SPDX-License-Identifier: GPL-2.0-only
/*
 * The public functions that map frames, and copy helpers that use them. They
 * act on the pool that the module was loaded with.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <annex/highmem.h>
#include <annex/page_alloc.h>

#include "api/tests.h"
#include "kmap/kmap_fast.h"
#include "kmap/kmap_local.h"
#include "kmap/pkmap.h"
#include "page/report.h"
#include "pool/pool.h"

/**
 * annex_page_address() - the global address of a frame
 * @page: a descriptor of the pool
 *
 * Context: any. The address of a high frame that the caller has not mapped may
 * be stale on return.
 * Return: the address of a lowmem frame, or of one that annex_kmap() has
 * mapped; NULL for any other, and, with a line in the log, if @page is no
 * descriptor of the pool.
 */
void *annex_page_address(const struct annex_page *page)
{
	return __annex_page_address(&annex_pool.pkmap, page);
}
EXPORT_SYMBOL_GPL(annex_page_address);

/**
 * annex_kmap() - map a frame at an address that all CPUs can use
 * @page: a descriptor of the pool
 *
 * A high frame occupies one of the pkmap= slots until the annex_kunmap() of its
 * last user. If no slot is free, the caller sleeps; waiters get slots in the
 * order of their arrival. A caller that already holds a mapping should not wait
 * for another one, since that can deadlock.
 *
 * Context: process, may sleep.
 * Return: the address; NULL, with a line in the log and nothing changed, if
 * @page is no descriptor of the pool, the caller may not sleep, or the frame
 * has a million users.
 */
void *annex_kmap(struct annex_page *page)
{
	return annex_kmap_fast(&annex_pool.pkmap, page);
}
EXPORT_SYMBOL_GPL(annex_kmap);

/**
 * annex_kunmap() - drop one use of a frame's mapping
 * @page: the frame, not the address, as in Linux
 *
 * Context: any but NMI.
 * Return: 0. With a line in the log and nothing changed: -EFAULT if @page is no
 * descriptor of the pool; -EALREADY if its mapping has no user; -EINVAL from
 * NMI.
 */
int annex_kunmap(struct annex_page *page)
{
	return annex_kunmap_fast(&annex_pool.pkmap, page);
}
EXPORT_SYMBOL_GPL(annex_kunmap);

/**
 * annex_kmap_high_get() - use a frame's address if it is mapped
 * @page: a descriptor of the pool
 *
 * Context: any but NMI. A caller that gets an address calls annex_kunmap().
 * Return: the address; NULL if it is not mapped; NULL, with a line in the log,
 * if @page is no descriptor of the pool.
 */
void *annex_kmap_high_get(struct annex_page *page)
{
	return __annex_kmap_high_get(&annex_pool.pkmap, page);
}
EXPORT_SYMBOL_GPL(annex_kmap_high_get);

/**
 * annex_kmap_to_page() - the frame behind an address
 * @addr: an address of lowmem, of annex_kmap(), or one of the caller's own from
 *	annex_kmap_local_page()
 *
 * Context: any.
 * Return: its descriptor, or NULL for any other address.
 */
struct annex_page *annex_kmap_to_page(const void *addr)
{
	unsigned long off =
		(unsigned long)addr - (unsigned long)annex_pool.frames.lowmem;
	const struct annex_page *page;

	if (off >> PAGE_SHIFT < annex_pool.frames.lowmem_pages)
		return annex_pool.frames.mem_map + (off >> PAGE_SHIFT);
	page = annex_pkmap_addr_page(&annex_pool.pkmap, addr);
	if (!page)
		page = annex_kmap_local_addr_page(&annex_pool.kmap_local, addr);
	return (struct annex_page *)page;
}
EXPORT_SYMBOL_GPL(annex_kmap_to_page);

/**
 * annex_kmap_flush_unused() - unmap the frames whose mappings have no user
 *
 * Context: process, may sleep: it waits for the other CPUs.
 * Return: number of frames unmapped; -EINVAL, with a line in the log, if
 * the caller may not sleep.
 */
int annex_kmap_flush_unused(void)
{
	return __annex_kmap_flush_unused(&annex_pool.pkmap);
}
EXPORT_SYMBOL_GPL(annex_kmap_flush_unused);

/**
 * annex_kmap_local_page() - map a frame on this CPU
 * @page: a descriptor of the pool
 *
 * A thread or an interrupt undoes its mappings in reverse order. A thread with
 * mappings may be preempted and may sleep, but does not migrate. The address is
 * valid in the context that mapped the frame, and nowhere else.
 *
 * Context: any.
 * Return: the address; NULL, with a line in the log and nothing changed, if
 * @page is no descriptor of the pool, the CPU has 16 mappings, or there is no
 * memory for a record of the thread's mappings.
 */
void *annex_kmap_local_page(struct annex_page *page)
{
	return annex_kmap_local_fast(&annex_pool.kmap_local, page);
}
EXPORT_SYMBOL_GPL(annex_kmap_local_page);

/**
 * annex_kmap_local_pfn() - map a frame on this CPU, by its number
 * @pfn: an annex pfn
 *
 * Context: any.
 * Return: as annex_kmap_local_page().
 */
void *annex_kmap_local_pfn(annex_pfn_t pfn)
{
	return __annex_kmap_local_pfn(&annex_pool.kmap_local, pfn);
}
EXPORT_SYMBOL_GPL(annex_kmap_local_pfn);

/**
 * annex_kunmap_local() - undo the last mapping
 * @addr: any address within the page that it was mapped at
 *
 * Context: that of the mapping.
 * Return: 0; -EINVAL, with a line in the log and nothing changed, if the
 * address is not that of the caller's last mapping.
 */
int annex_kunmap_local(const void *addr)
{
	return annex_kunmap_local_fast(&annex_pool.kmap_local, addr);
}
EXPORT_SYMBOL_GPL(annex_kunmap_local);

/**
 * annex_kmap_atomic() - map a frame, and disable preemption and page faults
 * @page: a descriptor of the pool
 *
 * As annex_kmap_local_page(). Until annex_kunmap_atomic(), preemption and page
 * faults are disabled, and the caller must not sleep.
 *
 * Context: any.
 * Return: as annex_kmap_local_page().
 */
void *annex_kmap_atomic(struct annex_page *page)
{
	return annex_kmap_atomic_fast(&annex_pool.kmap_local, page);
}
EXPORT_SYMBOL_GPL(annex_kmap_atomic);

/**
 * annex_kmap_atomic_pfn() - as annex_kmap_atomic(), by the frame's number
 * @pfn: an annex pfn
 *
 * Context: any.
 * Return: as annex_kmap_atomic().
 */
void *annex_kmap_atomic_pfn(annex_pfn_t pfn)
{
	return __annex_kmap_atomic_pfn(&annex_pool.kmap_local, pfn);
}
EXPORT_SYMBOL_GPL(annex_kmap_atomic_pfn);

/**
 * annex_kunmap_atomic() - undo annex_kmap_atomic()
 * @addr: any address within the page that it returned
 *
 * Context: that of the mapping.
 * Return: as annex_kunmap_local(). If it is refused, preemption and page faults
 * stay disabled.
 */
int annex_kunmap_atomic(const void *addr)
{
	return annex_kunmap_atomic_fast(&annex_pool.kmap_local, addr);
}
EXPORT_SYMBOL_GPL(annex_kunmap_atomic);

static bool fits(size_t offset, size_t len, const char *call)
{
	if (likely(offset <= PAGE_SIZE && len <= PAGE_SIZE - offset))
		return true;
	annex_refuse_call(&annex_pool.frames, ANNEX_BAD_MAP, -ERANGE, call,
			  "the bytes go beyond the end of the page");
	return false;
}

/* The errno for a failed mapping, which was logged where it failed. */
static int no_address(const struct annex_page *page)
{
	return annex_page_nr(&annex_pool.frames, page) <
			       annex_pool.frames.nr_pages ?
		       -ENOSPC :
		       -EFAULT;
}

/* Map both frames or neither. */
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
 * @to: the destination
 * @from: the source
 *
 * Context: any.
 * Return: 0. With a line in the log and nothing changed: -EFAULT if a frame is
 * not of the pool, -ENOSPC if annex_kmap_local_page() has no address.
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
 * @to: the frame to copy to
 * @to_offset: first byte in it
 * @from: the frame to copy from
 * @from_offset: first byte in it
 * @len: bytes; neither range may extend beyond its frame
 *
 * Context: any.
 * Return: as annex_copy_highpage(); -ERANGE for bytes beyond a frame's end.
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
 * @offset: first byte in it
 * @from: the source; memory that is not paged out
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
 * @to: the destination; memory that is not paged out
 * @page: the frame
 * @offset: first byte in it
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
 * @offset: first byte in it
 * @val: the value of each byte
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
 * @start: first byte in it
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
