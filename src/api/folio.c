// SPDX-License-Identifier: GPL-2.0-only
/*
 * The public functions for folios and page locks. They act on the pool that the
 * module was loaded with. As in page_alloc.c, invalid arguments are refused and
 * reported, and none is fatal: the address of a folio is accepted only if it is
 * that of a slot in use.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>

#include <annex/folio.h>

#include "api/tests.h"
#include "pool/pool.h"
#include "reclaim/folio.h"
#include "reclaim/lock.h"

/**
 * annex_folio_alloc() - allocate a block with a folio
 * @gfp: as for annex_alloc_block()
 * @order: 2^@order frames, a compound block if there are several
 * @foliop: set to the folio, or to NULL
 *
 * The block has one reference, which annex_folio_put() drops. Each of its
 * frames leads to the folio.
 *
 * Context: process, softirq, hardirq; not NMI. It may sleep if @gfp has
 * __GFP_DIRECT_RECLAIM.
 * Return: 0; -EINVAL for an invalid request; -ENOMEM if there is no block, or
 * no frame of lowmem for the folio.
 */
int annex_folio_alloc(gfp_t gfp, unsigned int order,
		      struct annex_folio **foliop)
{
	return __annex_folio_alloc(&annex_pool.frames, gfp, order, foliop);
}
EXPORT_SYMBOL_GPL(annex_folio_alloc);

/**
 * annex_folio_attach() - give an allocated block a folio
 * @page: the head of a block that the caller has a reference to
 * @gfp: how urgent it is; its zone flags do not matter
 * @foliop: set to the folio, or to NULL
 *
 * A value that annex_set_page_private() stored without %ANNEX_PG_PRIVATE moves
 * to the folio.
 *
 * Context: as annex_folio_alloc().
 * Return: 0; -ENOMEM. With a line in the log and nothing changed: -EFAULT if
 * @page is no descriptor of the pool; -EINVAL if it is not used or lies inside
 * a block, or from NMI; -EEXIST if the block has a folio; -EBUSY if its private
 * value is in use, or if it is the heap's or a page table.
 */
int annex_folio_attach(struct annex_page *page, gfp_t gfp,
		       struct annex_folio **foliop)
{
	return __annex_folio_attach(&annex_pool.frames, page, gfp, foliop);
}
EXPORT_SYMBOL_GPL(annex_folio_attach);

/**
 * annex_folio_detach() - remove a block's folio and keep the block
 * @folio: the folio; the caller has a reference to its block
 *
 * Context: process, softirq, hardirq; not NMI. The folio has no other user.
 * Return: 0. With a line in the log and nothing changed: -EFAULT if @folio is
 * not a folio of the pool; -EBUSY if it is in an LRU list, has a mapping or
 * %ANNEX_PG_PRIVATE, is mapped by a page table, dirty or under writeback;
 * -EINVAL from NMI.
 */
int annex_folio_detach(struct annex_folio *folio)
{
	return __annex_folio_detach(&annex_pool.frames, folio);
}
EXPORT_SYMBOL_GPL(annex_folio_detach);

/**
 * annex_page_folio() - the folio of the block that a frame lies in
 * @page: a head, or any frame of a compound block
 *
 * Context: any. Stable while the caller has a reference and the folio is not
 * detached.
 * Return: the folio; NULL if there is none, or if @page is not of the pool.
 */
struct annex_folio *annex_page_folio(struct annex_page *page)
{
	return __annex_page_folio(&annex_pool.frames, page);
}
EXPORT_SYMBOL_GPL(annex_page_folio);

/**
 * annex_folio_page() - the first frame of a folio's block
 * @folio: the folio
 *
 * Context: any.
 * Return: its descriptor; NULL, with a line in the log, if @folio is not a
 * folio of the pool.
 */
struct annex_page *annex_folio_page(const struct annex_folio *folio)
{
	if (!annex_folio_known(&annex_pool.frames, folio, ANNEX_BAD_REF,
			       "folio_page"))
		return NULL;
	return annex_folio_head(folio);
}
EXPORT_SYMBOL_GPL(annex_folio_page);

/**
 * annex_folio_order() - the order of a folio's block
 * @folio: the folio
 *
 * Context: any.
 * Return: the order; 0, with a line in the log, if @folio is not a folio of the
 * pool.
 */
unsigned int annex_folio_order(const struct annex_folio *folio)
{
	const struct annex_page *head = annex_folio_page(folio);

	return head ? annex_page_order(head) : 0;
}
EXPORT_SYMBOL_GPL(annex_folio_order);

/**
 * annex_folio_count() - how many references the block of a folio has
 * @folio: the folio
 *
 * Context: any. A snapshot.
 * Return: as annex_page_count(); 0, with a line in the log, if @folio is not a
 * folio of the pool.
 */
unsigned int annex_folio_count(const struct annex_folio *folio)
{
	const struct annex_page *head = annex_folio_page(folio);

	return head ? annex_page_ref_count(head) : 0;
}
EXPORT_SYMBOL_GPL(annex_folio_count);

/**
 * annex_folio_get() - take a reference
 * @folio: a folio to which the caller has a reference
 *
 * Context: any.
 * Return: 0; -EFAULT, with a line in the log, if @folio is not a folio of the
 * pool.
 */
int annex_folio_get(struct annex_folio *folio)
{
	return __annex_folio_get(&annex_pool.frames, folio);
}
EXPORT_SYMBOL_GPL(annex_folio_get);

/**
 * annex_folio_put() - drop a reference; the last one frees folio and block
 * @folio: a folio to which the caller has a reference
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0. With a line in the log and nothing changed: -EFAULT if @folio is
 * not a folio of the pool; -EBUSY if it is the last reference and the folio is
 * still in use: it has a mapping, is mapped by page tables, dirty, under
 * writeback or locked.
 */
int annex_folio_put(struct annex_folio *folio)
{
	return __annex_folio_put(&annex_pool.frames, folio);
}
EXPORT_SYMBOL_GPL(annex_folio_put);

/**
 * annex_folio_test_set_flag() - set a flag and return its old value
 * @folio: the folio
 * @flag: one of %ANNEX_FOLIO_OWNER_FLAGS
 *
 * Context: any. A full barrier.
 * Return: true if it was set before, or if the call is refused with a line in
 * the log.
 */
bool annex_folio_test_set_flag(struct annex_folio *folio,
			       enum annex_folioflags flag)
{
	return __annex_folio_test_set_flag(&annex_pool.frames, folio, flag);
}
EXPORT_SYMBOL_GPL(annex_folio_test_set_flag);

/**
 * annex_folio_test_clear_flag() - clear a flag and return its old value
 * @folio: the folio
 * @flag: one of %ANNEX_FOLIO_OWNER_FLAGS
 *
 * Context: any. A full barrier.
 * Return: true if it was set; false if it was not, or if the call is refused
 * with a line in the log.
 */
bool annex_folio_test_clear_flag(struct annex_folio *folio,
				 enum annex_folioflags flag)
{
	return __annex_folio_test_clear_flag(&annex_pool.frames, folio, flag);
}
EXPORT_SYMBOL_GPL(annex_folio_test_clear_flag);

/**
 * annex_folio_inc_mapcount() - count a page table that maps a folio
 * @folio: the folio
 *
 * Context: any.
 * Return: 0. With a line in the log and nothing changed: -EFAULT if @folio is
 * not a folio of the pool; -EOVERFLOW if the count is at its maximum.
 */
int annex_folio_inc_mapcount(struct annex_folio *folio)
{
	return __annex_folio_inc_mapcount(&annex_pool.frames, folio);
}
EXPORT_SYMBOL_GPL(annex_folio_inc_mapcount);

/**
 * annex_folio_dec_mapcount() - uncount a page table that maps a folio
 * @folio: the folio
 *
 * Context: any.
 * Return: 0. With a line in the log and nothing changed: -EFAULT if @folio is
 * not a folio of the pool; -EINVAL if no page table maps it.
 */
int annex_folio_dec_mapcount(struct annex_folio *folio)
{
	return __annex_folio_dec_mapcount(&annex_pool.frames, folio);
}
EXPORT_SYMBOL_GPL(annex_folio_dec_mapcount);

/**
 * annex_lock_page() - lock a page; sleep until it is free
 * @page: a head, or any frame of a compound block; the caller has a reference
 *
 * Waiters get the lock in the order of their arrival. The lock is not a
 * reference, but a call that would free a locked page is refused.
 *
 * Context: process, may sleep.
 * Return: 0. With a line in the log and no lock: -EFAULT if @page is no
 * descriptor of the pool, -EINVAL if it is not used, or in atomic context,
 * -EPERM if it is the heap's or a page table.
 */
int annex_lock_page(struct annex_page *page)
{
	return __annex_lock_page(&annex_pool.frames, page);
}
EXPORT_SYMBOL_GPL(annex_lock_page);

/**
 * annex_trylock_page() - lock a page if it is not locked
 * @page: as for annex_lock_page()
 *
 * Context: any. A lock that is taken in NMI is unlocked from another context.
 * Return: true if the caller has the lock now; false if the page is locked, or,
 * with a line in the log, if @page is not used, not of the pool, or annex's
 * own.
 */
bool annex_trylock_page(struct annex_page *page)
{
	return __annex_trylock_page(&annex_pool.frames, page);
}
EXPORT_SYMBOL_GPL(annex_trylock_page);

/**
 * annex_unlock_page() - unlock a page
 * @page: as for annex_lock_page(); locked
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0. With a line in the log and nothing changed: -EFAULT if @page is no
 * descriptor of the pool, -EINVAL if it is not locked, or from NMI.
 */
int annex_unlock_page(struct annex_page *page)
{
	return __annex_unlock_page(&annex_pool.frames, page);
}
EXPORT_SYMBOL_GPL(annex_unlock_page);

/**
 * annex_wait_on_page_locked() - sleep until a page is unlocked
 * @page: as for annex_lock_page()
 *
 * Context: process, may sleep. The page may be locked again on return.
 * Return: 0, or as annex_lock_page().
 */
int annex_wait_on_page_locked(struct annex_page *page)
{
	return __annex_wait_on_page_locked(&annex_pool.frames, page);
}
EXPORT_SYMBOL_GPL(annex_wait_on_page_locked);

/**
 * annex_folio_mark_dirty() - mark the contents newer than the stored copy
 * @folio: the folio
 *
 * Context: any.
 * Return: true if it was clean; false if it was not, or if the call is refused
 * with a line in the log.
 */
bool annex_folio_mark_dirty(struct annex_folio *folio)
{
	return __annex_folio_mark_dirty(&annex_pool.frames, folio);
}
EXPORT_SYMBOL_GPL(annex_folio_mark_dirty);

/**
 * annex_folio_clear_dirty() - mark the contents stored, or about to be stored
 * @folio: the folio
 *
 * Context: any.
 * Return: true if it was dirty; false if it was not, or if the call is refused
 * with a line in the log.
 */
bool annex_folio_clear_dirty(struct annex_folio *folio)
{
	return __annex_folio_clear_dirty(&annex_pool.frames, folio);
}
EXPORT_SYMBOL_GPL(annex_folio_clear_dirty);

/**
 * annex_folio_start_writeback() - begin to store the contents
 * @folio: the folio, its page locked: the lock keeps reclaim from releasing it
 *	at that moment
 *
 * Context: any but NMI.
 * Return: as in the kernel, true if writeback was under way, and also if the
 * call is refused with a line in the log; false if the caller has to end it.
 */
bool annex_folio_start_writeback(struct annex_folio *folio)
{
	return __annex_folio_start_writeback(&annex_pool.frames, folio);
}
EXPORT_SYMBOL_GPL(annex_folio_start_writeback);

/**
 * annex_folio_end_writeback() - end writeback, successful or not
 * @folio: the folio; without a reference it may be gone afterwards
 *
 * Waiters are woken. A folio with %ANNEX_FOLIO_RECLAIM moves to the tail of the
 * inactive list, which reclaim scans next.
 *
 * Context: process, softirq, hardirq; not NMI.
 * Return: 0. With a line in the log and nothing changed: -EFAULT if @folio is
 * not a folio of the pool; -EINVAL if no writeback is under way, or from NMI.
 */
int annex_folio_end_writeback(struct annex_folio *folio)
{
	return __annex_folio_end_writeback(&annex_pool.frames, folio);
}
EXPORT_SYMBOL_GPL(annex_folio_end_writeback);

/**
 * annex_folio_wait_writeback() - sleep until a folio's writeback ends
 * @folio: the folio; the caller has a reference to it
 *
 * Context: process, may sleep.
 * Return: 0. With a line in the log: -EFAULT if @folio is not a folio of the
 * pool; -EINVAL in atomic context.
 */
int annex_folio_wait_writeback(struct annex_folio *folio)
{
	return __annex_folio_wait_writeback(&annex_pool.frames, folio);
}
EXPORT_SYMBOL_GPL(annex_folio_wait_writeback);

/**
 * annex_page_mapcount() - how many page tables map a frame's block
 * @page: a head, or any frame of a compound block
 *
 * Context: any.
 * Return: the number of page tables; 0 without a folio.
 */
int annex_page_mapcount(struct annex_page *page)
{
	struct annex_folio *folio = annex_page_folio(page);

	return folio ? annex_folio_mapcount(folio) : 0;
}
EXPORT_SYMBOL_GPL(annex_page_mapcount);

/**
 * annex_page_mapping() - the mapping that a frame's contents belong to
 * @page: a head, or any frame of a compound block
 *
 * Context: any.
 * Return: the mapping; NULL if it has none, or no folio.
 */
struct annex_mapping *annex_page_mapping(struct annex_page *page)
{
	struct annex_folio *folio = annex_page_folio(page);

	return folio ? READ_ONCE(folio->mapping) : NULL;
}
EXPORT_SYMBOL_GPL(annex_page_mapping);

/**
 * annex_page_index() - the index of a frame's contents in their mapping
 * @page: a head, or any frame of a compound block
 *
 * Context: any.
 * Return: the index of the folio plus the frame's distance from its head; 0
 * without a folio.
 */
unsigned long annex_page_index(struct annex_page *page)
{
	return __annex_page_index(&annex_pool.frames, page);
}
EXPORT_SYMBOL_GPL(annex_page_index);
