// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying between a page of a frame table and a page of the host's.
 *
 * The host's kmap_local_page() costs a quarter of copying a page. Here the frame
 * and the host's page are mapped at two scratch addresses of the CPU, with
 * interrupts off, which also makes the CPU an RCU reader: the frame of the entry
 * that it has read stays.
 *
 * A whole page for a hole goes into a new frame in the same way. Three
 * cases are left to frame_table.c, which copies from and to an address: an entry
 * without contents, a page that may be all zeros, and a hole without a leaf.
 *
 * Locking: none.
 *
 * Failing: as frame_table.c.
 */
#include <linux/errno.h>
#include <linux/highmem.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "host/context.h"
#include "host/frame_fast.h"
#include "page/report.h"
#include "store/fresh.h"
#include "store/frame_table.h"
#include "store/leaf.h"
#include "store/store.h"

#define PAGE_WORDS	(PAGE_SIZE / sizeof(u32))

/* All of both pages, as most copies are: no sum has to be checked. */
static __always_inline bool is_whole(const struct annex_page_span *span)
{
	return likely(span->len == PAGE_SIZE &&
		      !(span->offset | span->page_offset));
}

/* None of them alone is too large, so no sum wraps. */
static __always_inline bool is_beyond(const struct annex_page_span *span)
{
	return (span->offset | span->page_offset | span->len) >=
		       2 * PAGE_SIZE ||
	       span->len + max(span->offset, span->page_offset) > PAGE_SIZE;
}

static __always_inline bool is_bad(const struct annex_frame_table *t, u32 index,
				   const struct annex_page_span *span)
{
	return unlikely(index >= annex_table_entries(t) || in_nmi() ||
			(!is_whole(span) && is_beyond(span)));
}

static noinline int refuse(const struct annex_frame_table *t, const char *call)
{
	if (annex_refused_nmi(t->store->frames, ANNEX_BAD_TABLE, call))
		return -EINVAL;
	return annex_store_refuse(t->store, -ERANGE, call,
				  "the table has no such index, or the bytes go beyond the end of a page");
}

/* A few words tell most pages from zeros. The rest is looked at as a whole. */
static __always_inline bool may_be_zeros(const u32 *words)
{
	return !(words[0] | words[PAGE_WORDS / 2 - 1] | words[PAGE_WORDS - 1]);
}

/* The address of a page of the host's, which is mapped if it has none. */
static __always_inline void *map_page(struct annex_scratch_cpu cpu,
				      struct page *page)
{
	if (!PageHighMem(page))
		return page_address(page);
	return annex_scratch_map(cpu, ANNEX_SCRATCH_HOST, page_to_pfn(page));
}

/* Copy between the frame and the host's page, which are mapped. */
static __always_inline void copy_bytes(void *frame, void *addr,
				       const struct annex_page_span *span,
				       bool write)
{
	if (is_whole(span)) {
		annex_copy_page(write ? frame : addr, write ? addr : frame);
		return;
	}
	addr += span->page_offset;
	frame += span->offset;
	memcpy(write ? frame : addr, write ? addr : frame, span->len);
}

/* annex_leaf_entry() at addresses of the CPU that runs. */
static __always_inline u32 leaf_entry(const struct annex_frame_table *t,
				      u32 index, struct annex_scratch_cpu cpu)
{
	/* As annex_leaf_entry(). */
	u32 leaf = smp_load_acquire(annex_root_slot(t, index));
	const u32 *entry;

	if (unlikely(!leaf))
		return 0;
	entry = annex_scratch_map(cpu, ANNEX_SCRATCH_LEAF,
				  annex_entry_host_pfn(t, leaf));
	/* As annex_leaf_entry(). */
	return smp_load_acquire(&entry[index % ANNEX_LEAF_ENTRIES]);
}

/**
 * enum outcome - of a copy that takes no lock
 * @DONE: everything is copied
 * @HOLE: there is no entry, and the page to be written has other bytes than 0
 * @SLOW: another way is right
 */
enum outcome { DONE, HOLE, SLOW };

/* Copy, with interrupts off. */
static __always_inline enum outcome
copy_off(const struct annex_frame_table *t, const struct annex_host *host,
	 u32 index, const struct annex_page_span *span, bool write, bool skip)
{
	struct annex_scratch_cpu cpu = annex_scratch_here(host);
	u32 entry = leaf_entry(t, index, cpu);
	void *frame, *addr;

	if (unlikely(!annex_entry_has_data(entry)) && (!write || entry))
		return SLOW;
	addr = map_page(cpu, span->page);
	if (skip && span->len == PAGE_SIZE && may_be_zeros(addr))
		return SLOW;
	if (write && unlikely(!entry))
		return HOLE;
	frame = annex_scratch_map(cpu, ANNEX_SCRATCH_FRAME,
				  annex_entry_host_pfn(t, entry));
	copy_bytes(frame, addr, span, write);
	return DONE;
}

static __always_inline enum outcome copy(const struct annex_frame_table *t,
					 u32 index,
					 const struct annex_page_span *span,
					 bool write, bool skip)
{
	const struct annex_host *host = t->host;
	enum outcome outcome;
	unsigned long flags;

	/* Memory of the host's has its addresses already. */
	if (unlikely(host->plain))
		return SLOW;
	local_irq_save(flags);
	outcome = copy_off(t, host, index, span, write, skip);
	local_irq_restore(flags);
	return outcome;
}

/* annex_frame_table_read_page() of a table. */
int __annex_frame_table_read_page(struct annex_frame_table *t, u32 index,
				  const struct annex_page_span *span)
{
	void *addr;
	int err;

	if (is_bad(t, index, span))
		return refuse(t, "frame_table_read_page");
	if (likely(copy(t, index, span, false, false) == DONE))
		return 0;
	addr = kmap_local_page(span->page);
	err = __annex_frame_table_read(t, index, span->offset,
				       addr + span->page_offset, span->len);
	kunmap_local(addr);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_read_page);

static void copy_in(struct annex_frame_table *t, const struct annex_page *frame,
		    struct page *page)
{
	unsigned long pfn = annex_page_host_pfn(t->store->frames, frame);
	struct annex_scratch_cpu cpu;
	unsigned long flags;

	local_irq_save(flags);
	cpu = annex_scratch_here(t->host);
	annex_copy_page(annex_scratch_map(cpu, ANNEX_SCRATCH_FRAME, pfn),
			map_page(cpu, page));
	local_irq_restore(flags);
}

/*
 * A whole page for a hole. Most have a leaf, so the lock is taken once. Returns
 * 0 or -ENOSPC as annex_fresh_fill() does; -EAGAIN, with nothing changed, if
 * there is no leaf, or it is no hole any more.
 */
static noinline int fill_hole(struct annex_frame_table *t, u32 index,
			      struct page *page, gfp_t gfp)
{
	struct annex_fresh fresh = {};
	int err = annex_fresh_prepare(t, index, gfp, &fresh);

	if (unlikely(err))
		return err;
	copy_in(t, fresh.data, page);
	if (likely(annex_leaf_install(t, index, &fresh)))
		return 0;
	annex_fresh_drop(t, &fresh);
	return -EAGAIN;
}

static noinline int write_slow(struct annex_frame_table *t, u32 index,
			       const struct annex_page_span *span, gfp_t gfp,
			       unsigned int flags)
{
	void *addr = kmap_local_page(span->page);
	int err = __annex_frame_table_write(t, index, span->offset,
					    addr + span->page_offset, span->len,
					    gfp, flags);

	kunmap_local(addr);
	return err;
}

/* annex_frame_table_write_page() of a table. */
int __annex_frame_table_write_page(struct annex_frame_table *t, u32 index,
				   const struct annex_page_span *span,
				   gfp_t gfp, unsigned int flags)
{
	enum outcome outcome = SLOW;
	int err = -EAGAIN;

	if (is_bad(t, index, span))
		return refuse(t, "frame_table_write_page");
	if (likely(!(flags & ~ANNEX_TABLE_SKIP_ZEROS)))
		outcome = copy(t, index, span, true, flags);
	if (likely(outcome == DONE))
		return 0;
	if (outcome == HOLE && is_whole(span))
		err = fill_hole(t, index, span->page, gfp);
	return likely(err != -EAGAIN) ?
		       err : write_slow(t, index, span, gfp, flags);
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_write_page);
