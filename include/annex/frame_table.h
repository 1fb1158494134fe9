/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_FRAME_TABLE_H
#define ANNEX_FRAME_TABLE_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/gfp.h>
#include <linux/types.h>

struct annex_frame_table;
struct page;

/**
 * DOC: frame tables
 *
 * A frame table is a sparse array of pages: an index leads to a frame of the
 * pool, or to a hole, which reads as zeros. An entry costs 4 bytes, in frames of
 * the pool; the kernel's own memory pays 4 bytes for each 4 MB of indices.
 *
 * A frame comes with the first write to its index, and goes with
 * annex_frame_table_punch(). annex_frame_table_hold() fills a range with frames
 * beforehand; they read as zeros until they are written.
 *
 * Reads, and writes to a frame that is there, take no lock. A read or write that
 * is concurrent with a punch of its index sees or changes the old frame or the
 * hole, but never another frame. Concurrent accesses to the same bytes are not
 * ordered: a read may see a part of each of two writes.
 *
 * User space may map the frames of a table. annex_frame_table_provide() and
 * annex_frame_table_frames() tell which; the owner of the table removes its
 * mappings before it punches the index.
 *
 * The frames of a table cannot be freed, referenced, locked or marked by the
 * functions of annex/page_alloc.h and annex/folio.h.
 */

/* The most indices of a table: 64 GB of pages. */
#define ANNEX_TABLE_ENTRIES_MAX	((u32)BIT(24))

/*
 * Indices that a table has without a page of the kernel's for its root: 12 MB; and
 * those that each such page is for: 4 GB.
 */
#define ANNEX_TABLE_ENTRIES_SMALL	(3U << 10)
#define ANNEX_TABLE_ENTRIES_STEP	((u32)BIT(20))

/* Room for the name of a table's owner, with its end. */
#define ANNEX_TABLE_OWNER_LEN	24

/*
 * Flag of annex_frame_table_write(): a page of zeros becomes a hole, unless the
 * index is held.
 */
#define ANNEX_TABLE_SKIP_ZEROS	1U

/**
 * struct annex_frame_table_usage - what a table has
 * @frames: frames with an index
 * @most: the largest number of frames since the table was made, or since
 *	annex_frame_table_reset_most(), with those of writes in progress
 * @limit: the limit of these frames, 0: none
 * @leaves: frames that hold the table's entries; they do not count as @frames
 * @waiting: frames of all tables of the pool that were removed, and are freed
 *	after an RCU grace period
 */
struct annex_frame_table_usage {
	unsigned long frames;
	unsigned long most;
	unsigned long limit;
	unsigned long leaves;
	unsigned long waiting;
};

/**
 * struct annex_page_span - bytes of a page of a table, and of one of the host's
 * @page: the page of the host's, which may be highmem
 * @page_offset: first byte of it
 * @offset: first byte of the page of the table
 * @len: how many, not beyond the end of either page
 */
struct annex_page_span {
	struct page *page;
	unsigned int page_offset;
	unsigned int offset;
	unsigned int len;
};

/**
 * struct annex_frame_budget - frames that several tables share
 * @used: frames with an index, of all tables that have this budget
 * @limit: the most of them, 0: no limit; written by the owner
 */
struct annex_frame_budget {
	atomic_t used;
	unsigned long limit;
};

/**
 * typedef annex_copy_fn - copy from or to a part of a page of a table
 * @addr: its address, while the function runs
 * @len: bytes
 * @arg: the caller's
 *
 * Context: interrupts off. It must not sleep, nor wait for a page fault.
 * Return: how many bytes were copied, from the first on.
 */
typedef size_t (*annex_copy_fn)(void *addr, size_t len, void *arg);

/**
 * struct annex_page_copy - a part of a page, and who copies
 * @offset: first byte of the page
 * @len: bytes, not beyond the end of the page
 * @fn: copies
 * @arg: for @fn
 */
struct annex_page_copy {
	unsigned int offset;
	unsigned int len;
	annex_copy_fn fn;
	void *arg;
};

struct annex_frame_table *annex_frame_table_create(const char *owner,
						   u32 nr_entries);
int annex_frame_table_destroy(struct annex_frame_table *t);
int annex_frame_table_discard(struct annex_frame_table *t);
int annex_frame_table_grow(struct annex_frame_table *t, u32 nr_entries);
void annex_frame_tables_flush(void);
unsigned long annex_frame_tables_capacity(void);
int annex_frame_table_read(struct annex_frame_table *t, u32 index,
			   unsigned int offset, void *to, unsigned int len);
int annex_frame_table_write(struct annex_frame_table *t, u32 index,
			    unsigned int offset, const void *from,
			    unsigned int len, gfp_t gfp, unsigned int flags);
int annex_frame_table_read_page(struct annex_frame_table *t, u32 index,
				const struct annex_page_span *span);
int annex_frame_table_write_page(struct annex_frame_table *t, u32 index,
				 const struct annex_page_span *span, gfp_t gfp,
				 unsigned int flags);
int annex_frame_table_read_by(struct annex_frame_table *t, u32 index,
			      const struct annex_page_copy *copy);
int annex_frame_table_write_by(struct annex_frame_table *t, u32 index,
			       const struct annex_page_copy *copy, gfp_t gfp);
int annex_frame_table_zero(struct annex_frame_table *t, u32 index,
			   unsigned int offset, unsigned int len);
int annex_frame_table_hold(struct annex_frame_table *t, u32 first, u32 nr,
			   gfp_t gfp);
u32 annex_frame_table_punch(struct annex_frame_table *t, u32 first, u32 nr);
u32 annex_frame_table_next(struct annex_frame_table *t, u32 index,
			   bool present);
u32 annex_frame_table_next_data(struct annex_frame_table *t, u32 index,
				bool data);
int annex_frame_table_provide(struct annex_frame_table *t, u32 index,
			      gfp_t gfp, unsigned long *host_pfn);
unsigned int annex_frame_table_frames(struct annex_frame_table *t, u32 first,
				      unsigned int nr, unsigned long *host_pfn);
void annex_frame_table_set_budget(struct annex_frame_table *t,
				  struct annex_frame_budget *budget);
void annex_frame_table_set_limit(struct annex_frame_table *t,
				 unsigned long frames);
void annex_frame_table_reset_most(struct annex_frame_table *t);
void annex_frame_table_usage(struct annex_frame_table *t,
			     struct annex_frame_table_usage *usage);

#endif /* ANNEX_FRAME_TABLE_H */
