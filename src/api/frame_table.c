// SPDX-License-Identifier: GPL-2.0-only
/*
 * The public functions for frame tables. They act on the pool that the module
 * was loaded with. Invalid arguments are refused and reported, and none is
 * fatal, but a table must be one: only annex_frame_table_destroy() checks its
 * address.
 */
#include <linux/export.h>

#include <annex/frame_table.h>

#include "api/tests.h"
#include "pool/pool.h"
#include "store/frame_table.h"
#include "store/store.h"
#include "store/tables.h"

/**
 * annex_frame_table_create() - make a frame table
 * @owner: name of the owner, one word of at most 23 characters; copied
 * @nr_entries: number of indices, at most %ANNEX_TABLE_ENTRIES_MAX
 *
 * All indices are holes. The table has no limit.
 *
 * Context: process, may sleep.
 * Return: the table, for annex_frame_table_destroy(); ERR_PTR(-ENOMEM) if the
 * kernel has no memory; with a line in the log, ERR_PTR(-EINVAL) for an invalid
 * argument or context, ERR_PTR(-ENODEV) if no pool is loaded.
 */
struct annex_frame_table *annex_frame_table_create(const char *owner,
						   u32 nr_entries)
{
	return __annex_frame_table_create(&annex_pool.store, owner, nr_entries);
}
EXPORT_SYMBOL_GPL(annex_frame_table_create);

/**
 * annex_frame_table_destroy() - free a frame table and its frames
 * @t: from annex_frame_table_create(), without another user
 *
 * It waits for a grace period, and all its frames are free when it returns.
 *
 * Context: process, may sleep.
 * Return: 0. With a line in the log: -EFAULT if @t is no table, or was destroyed
 * before; -EINVAL in atomic context.
 */
int annex_frame_table_destroy(struct annex_frame_table *t)
{
	return __annex_frame_table_destroy(&annex_pool.store, t);
}
EXPORT_SYMBOL_GPL(annex_frame_table_destroy);

/**
 * annex_frame_table_discard() - free a frame table without waiting
 * @t: from annex_frame_table_create(), without another user; its address is not
 *	checked
 *
 * As annex_frame_table_destroy(), but the frames are freed after a grace period.
 * They no longer count in the table's budget.
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL, with a line in the log, in atomic context.
 */
int annex_frame_table_discard(struct annex_frame_table *t)
{
	return __annex_frame_table_discard(t);
}
EXPORT_SYMBOL_GPL(annex_frame_table_discard);

/**
 * annex_frame_table_grow() - give a frame table more indices
 * @t: the table
 * @nr_entries: number of indices, at most %ANNEX_TABLE_ENTRIES_MAX; a table that
 *	has as many keeps them
 *
 * Other calls for the table may go on meanwhile. A caller sees the indices after
 * this call.
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM, with nothing changed, if the kernel has no memory. With a
 * line in the log: -ERANGE for too many, -EINVAL in atomic context.
 */
int annex_frame_table_grow(struct annex_frame_table *t, u32 nr_entries)
{
	return __annex_frame_table_grow(t, nr_entries);
}
EXPORT_SYMBOL_GPL(annex_frame_table_grow);

/**
 * annex_frame_tables_flush() - free all frames that tables have removed
 *
 * It waits for a grace period if there are any.
 *
 * Context: process, may sleep.
 */
void annex_frame_tables_flush(void)
{
	if (!annex_refused_atomic(&annex_pool.frames, ANNEX_BAD_TABLE,
				  "frame_tables_flush"))
		annex_store_reap(&annex_pool.store);
}
EXPORT_SYMBOL_GPL(annex_frame_tables_flush);

/**
 * annex_frame_tables_capacity() - how many frames all tables may have
 *
 * The pool has as many for all of its users.
 *
 * Context: any.
 * Return: frames; 0 without a pool.
 */
unsigned long annex_frame_tables_capacity(void)
{
	unsigned long nr = 0;
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		nr += annex_pool.frames.zones[i].managed_pages;
	return nr;
}
EXPORT_SYMBOL_GPL(annex_frame_tables_capacity);

/**
 * annex_frame_table_read() - copy out of a page
 * @t: the table
 * @index: the page
 * @offset: first byte of it
 * @to: the destination; memory that is not paged out
 * @len: bytes, not beyond the end of the page
 *
 * A hole reads as zeros. Interrupts are off while the bytes are copied.
 *
 * Context: any but NMI.
 * Return: 0. With a line in the log and @to unchanged: -ERANGE if the table has
 * no such bytes, -EINVAL in NMI.
 */
int annex_frame_table_read(struct annex_frame_table *t, u32 index,
			   unsigned int offset, void *to, unsigned int len)
{
	return __annex_frame_table_read(t, index, offset, to, len);
}
EXPORT_SYMBOL_GPL(annex_frame_table_read);

/**
 * annex_frame_table_write() - copy into a page
 * @t: the table
 * @index: the page
 * @offset: first byte of it
 * @from: the source; memory that is not paged out
 * @len: bytes, not beyond the end of the page
 * @gfp: for a frame, if the index is a hole. Zone modifiers, reserves and
 *	__GFP_NOFAIL are ignored: a high frame is preferred, and a full pool is
 *	-ENOSPC, without a line in the log. If it allows to wait, the call may
 *	wait for a grace period, so that removed frames are free again
 * @flags: 0 or %ANNEX_TABLE_SKIP_ZEROS
 *
 * The rest of a new page reads as zeros.
 *
 * Context: as @gfp, any but NMI.
 * Return: 0; -ENOSPC, with nothing changed, if the limit is reached or the pool
 * has no frame. With a line in the log and nothing changed: -ERANGE if the table
 * has no such bytes, -EINVAL for other flags or in NMI.
 */
int annex_frame_table_write(struct annex_frame_table *t, u32 index,
			    unsigned int offset, const void *from,
			    unsigned int len, gfp_t gfp, unsigned int flags)
{
	return __annex_frame_table_write(t, index, offset, from, len, gfp,
					 flags);
}
EXPORT_SYMBOL_GPL(annex_frame_table_write);

/**
 * annex_frame_table_read_page() - copy out of a page, to a page of the host's
 * @t: the table
 * @index: the page of the table
 * @span: the page of the host's, and which bytes
 *
 * As annex_frame_table_read() to an address of the host's page, but faster than
 * with kmap_local_page(): both pages are mapped at once.
 *
 * Context: any but NMI.
 * Return: as annex_frame_table_read().
 */
int annex_frame_table_read_page(struct annex_frame_table *t, u32 index,
				const struct annex_page_span *span)
{
	return __annex_frame_table_read_page(t, index, span);
}
EXPORT_SYMBOL_GPL(annex_frame_table_read_page);

/**
 * annex_frame_table_write_page() - copy into a page, from a page of the host's
 * @t: the table
 * @index: the page of the table
 * @span: the page of the host's, and which bytes
 * @gfp: as for annex_frame_table_write()
 * @flags: likewise
 *
 * As annex_frame_table_write() from an address of the host's page, but faster.
 *
 * Context: as @gfp, any but NMI.
 * Return: as annex_frame_table_write().
 */
int annex_frame_table_write_page(struct annex_frame_table *t, u32 index,
				 const struct annex_page_span *span, gfp_t gfp,
				 unsigned int flags)
{
	return __annex_frame_table_write_page(t, index, span, gfp, flags);
}
EXPORT_SYMBOL_GPL(annex_frame_table_write_page);

/**
 * annex_frame_table_read_by() - let a function copy out of a page
 * @t: the table
 * @index: the page
 * @copy: which bytes, and the function
 *
 * Context: any but NMI. The function is called with interrupts off.
 * Return: the bytes that were copied; -ENODATA, and no call, for a page that reads
 * as zeros because nothing was written to it. With a line in the log: -ERANGE if
 * the table has no such bytes, -EINVAL in NMI.
 */
int annex_frame_table_read_by(struct annex_frame_table *t, u32 index,
			      const struct annex_page_copy *copy)
{
	return __annex_frame_table_read_by(t, index, copy);
}
EXPORT_SYMBOL_GPL(annex_frame_table_read_by);

/**
 * annex_frame_table_write_by() - let a function copy into a page
 * @t: the table
 * @index: the page
 * @copy: which bytes, and the function
 * @gfp: as for annex_frame_table_write()
 *
 * The rest of a new page reads as zeros. If the function copies nothing, the page
 * stays as it is.
 *
 * Context: as @gfp, any but NMI. The function is called with interrupts off.
 * Return: the bytes that were copied; -EAGAIN if the page has changed meanwhile:
 * what the function has copied is lost, and the caller tries again; -ENOSPC,
 * likewise, if the limit is reached or the pool has no frame. With a line in the
 * log: as annex_frame_table_read_by().
 */
int annex_frame_table_write_by(struct annex_frame_table *t, u32 index,
			       const struct annex_page_copy *copy, gfp_t gfp)
{
	return __annex_frame_table_write_by(t, index, copy, gfp);
}
EXPORT_SYMBOL_GPL(annex_frame_table_write_by);

/**
 * annex_frame_table_zero() - clear a part of a page
 * @t: the table
 * @index: the page
 * @offset: first byte of it
 * @len: bytes, not beyond the end of the page
 *
 * It never allocates: a hole stays one. A frame stays, too.
 *
 * Context: any but NMI.
 * Return: as annex_frame_table_read().
 */
int annex_frame_table_zero(struct annex_frame_table *t, u32 index,
			   unsigned int offset, unsigned int len)
{
	return __annex_frame_table_zero(t, index, offset, len);
}
EXPORT_SYMBOL_GPL(annex_frame_table_zero);

/**
 * annex_frame_table_hold() - give each page of a range a frame, and keep it
 * @t: the table
 * @first: the first page
 * @nr: how many
 * @gfp: as for annex_frame_table_write()
 *
 * New frames read as zeros until they are written. A page of zeros that is
 * written with %ANNEX_TABLE_SKIP_ZEROS leaves the frame in place. Only
 * annex_frame_table_punch() removes it.
 *
 * Context: process, may sleep.
 * Return: 0; -ENOSPC if the limit is reached or the pool has no frame: the
 * frames that this call has brought are removed again, unless they were written
 * meanwhile. With a line in the log and nothing changed: -ERANGE if the table
 * has no such range, -EINVAL in atomic context.
 */
int annex_frame_table_hold(struct annex_frame_table *t, u32 first, u32 nr,
			   gfp_t gfp)
{
	return __annex_frame_table_hold(t, first, nr, gfp);
}
EXPORT_SYMBOL_GPL(annex_frame_table_hold);

/**
 * annex_frame_table_punch() - make a range holes
 * @t: the table
 * @first: the first page
 * @nr: how many
 *
 * The frames are freed after a grace period.
 *
 * Context: any but NMI. Interrupts are off for 256 pages at a time.
 * Return: how many frames were removed; 0, with a line in the log, if the table
 * has no such range, or in NMI.
 */
u32 annex_frame_table_punch(struct annex_frame_table *t, u32 first, u32 nr)
{
	return __annex_frame_table_punch(t, first, nr);
}
EXPORT_SYMBOL_GPL(annex_frame_table_punch);

/**
 * annex_frame_table_next() - find the next page with or without a frame
 * @t: the table
 * @index: where to begin
 * @present: find a page with a frame
 *
 * Context: any but NMI. A snapshot.
 * Return: the first such index from @index on, the table's number of entries if
 * there is none.
 */
u32 annex_frame_table_next(struct annex_frame_table *t, u32 index, bool present)
{
	return __annex_frame_table_next(t, index, present);
}
EXPORT_SYMBOL_GPL(annex_frame_table_next);

/**
 * annex_frame_table_next_data() - find the next page with or without contents
 * @t: the table
 * @index: where to begin
 * @data: find a page with contents
 *
 * As annex_frame_table_next(), but a frame to which nothing was written counts as
 * a hole.
 *
 * Context: any but NMI. A snapshot.
 * Return: as annex_frame_table_next().
 */
u32 annex_frame_table_next_data(struct annex_frame_table *t, u32 index,
				bool data)
{
	return __annex_frame_table_next_data(t, index, data);
}
EXPORT_SYMBOL_GPL(annex_frame_table_next_data);

/**
 * annex_frame_table_provide() - the frame of a page, for a mapping
 * @t: the table
 * @index: the page
 * @gfp: as for annex_frame_table_write()
 * @host_pfn: gets the host pfn of the frame
 *
 * A hole gets a frame of zeros.
 *
 * Context: as @gfp, any but NMI. The caller excludes a punch of the index until
 * nothing maps the frame any more.
 * Return: as annex_frame_table_write().
 */
int annex_frame_table_provide(struct annex_frame_table *t, u32 index,
			      gfp_t gfp, unsigned long *host_pfn)
{
	return __annex_frame_table_provide(t, index, gfp, host_pfn);
}
EXPORT_SYMBOL_GPL(annex_frame_table_provide);

/**
 * annex_frame_table_frames() - the frames of a range, for mappings
 * @t: the table
 * @first: the first page
 * @nr: how many
 * @host_pfn: gets the host pfn of each frame with contents, 0 for the others and
 *	beyond the end of the table
 *
 * Context: any but NMI. As annex_frame_table_provide().
 * Return: how many frames have contents.
 */
unsigned int annex_frame_table_frames(struct annex_frame_table *t, u32 first,
				      unsigned int nr, unsigned long *host_pfn)
{
	return __annex_frame_table_frames(t, first, nr, host_pfn);
}
EXPORT_SYMBOL_GPL(annex_frame_table_frames);

/**
 * annex_frame_table_set_budget() - let a table share a limit with others
 * @t: a table without frames
 * @budget: the number and the limit; it stays as long as the table
 *
 * A write that the budget does not allow is -ENOSPC.
 *
 * Context: any.
 */
void annex_frame_table_set_budget(struct annex_frame_table *t,
				  struct annex_frame_budget *budget)
{
	t->budget = budget;
}
EXPORT_SYMBOL_GPL(annex_frame_table_set_budget);

/**
 * annex_frame_table_set_limit() - limit the number of frames
 * @t: the table
 * @frames: the most frames with an index; 0: no limit
 *
 * A table that has more keeps them.
 *
 * Context: any.
 */
void annex_frame_table_set_limit(struct annex_frame_table *t,
				 unsigned long frames)
{
	__annex_frame_table_set_limit(t, frames);
}
EXPORT_SYMBOL_GPL(annex_frame_table_set_limit);

/**
 * annex_frame_table_reset_most() - forget the largest number of frames
 * @t: the table
 *
 * It starts again at the number that the table has now.
 *
 * Context: any.
 */
void annex_frame_table_reset_most(struct annex_frame_table *t)
{
	__annex_frame_table_reset_most(t);
}
EXPORT_SYMBOL_GPL(annex_frame_table_reset_most);

/**
 * annex_frame_table_usage() - how many frames a table has
 * @t: the table
 * @usage: filled
 *
 * Context: any. A snapshot.
 */
void annex_frame_table_usage(struct annex_frame_table *t,
			     struct annex_frame_table_usage *usage)
{
	__annex_frame_table_usage(t, usage);
}
EXPORT_SYMBOL_GPL(annex_frame_table_usage);
