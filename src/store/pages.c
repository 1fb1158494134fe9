// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying between a page of a frame table and a page of the host's.
 *
 * The host's kmap_local_page() costs a quarter of copying a page. Here the frame
 * and the host's page are mapped at two scratch addresses of the CPU, with
 * interrupts off, which also makes the CPU an RCU reader: the frame of the entry
 * that it has read stays.
 *
 * What has no frame with contents, and what may be a page of zeros, goes the way
 * of an address, in frame_table.c.
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
#include "store/frame_table.h"
#include "store/leaf.h"

#define PAGE_WORDS	(PAGE_SIZE / sizeof(u32))

static __always_inline bool is_bad(const struct annex_frame_table *t, u32 index,
				   const struct annex_page_span *span)
{
	/* None of them alone is too large, so no sum wraps. */
	return unlikely(index >= t->nr_entries || in_nmi() ||
			(span->offset | span->page_offset | span->len) >=
				2 * PAGE_SIZE ||
			span->len + max(span->offset, span->page_offset) >
				PAGE_SIZE);
}

static noinline int refuse(const struct annex_frame_table *t, const char *call)
{
	struct annex_frames *frames = t->store->frames;

	if (annex_refused_nmi(frames, ANNEX_BAD_TABLE, call))
		return -EINVAL;
	return annex_refuse_call(frames, ANNEX_BAD_TABLE, -ERANGE, call,
				 "the table has no such index, or the bytes go beyond the end of a page");
}

/* A few words tell most pages from zeros. The rest is looked at as a whole. */
static __always_inline bool may_be_zeros(const u32 *words)
{
	return !(words[0] | words[PAGE_WORDS / 2 - 1] | words[PAGE_WORDS - 1]);
}

/* A whole page is copied without a call. */
static __always_inline void copy_bytes(void *to, const void *from,
				       unsigned int len)
{
	if (likely(len == PAGE_SIZE))
		memcpy(to, from, PAGE_SIZE);
	else
		memcpy(to, from, len);
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

/* Copy, with interrupts off; false if there is no frame with contents. */
static __always_inline bool copy_off(const struct annex_frame_table *t,
				     const struct annex_host *host, u32 index,
				     const struct annex_page_span *span,
				     bool write, bool skip)
{
	struct annex_scratch_cpu cpu = annex_scratch_here(host);
	u32 entry = leaf_entry(t, index, cpu);
	void *frame, *addr;

	if (unlikely(!annex_entry_has_data(entry)))
		return false;
	addr = PageHighMem(span->page) ?
		       annex_scratch_map(cpu, ANNEX_SCRATCH_HOST,
					 page_to_pfn(span->page)) :
		       page_address(span->page);
	if (skip && span->len == PAGE_SIZE && may_be_zeros(addr))
		return false;
	frame = annex_scratch_map(cpu, ANNEX_SCRATCH_FRAME,
				  annex_entry_host_pfn(t, entry));
	addr += span->page_offset;
	frame += span->offset;
	copy_bytes(write ? frame : addr, write ? addr : frame, span->len);
	return true;
}

static __always_inline bool copy(const struct annex_frame_table *t, u32 index,
				 const struct annex_page_span *span, bool write,
				 bool skip)
{
	const struct annex_host *host = t->host;
	unsigned long flags;
	bool done;

	/* Memory of the host's has its addresses already. */
	if (unlikely(host->plain))
		return false;
	local_irq_save(flags);
	done = copy_off(t, host, index, span, write, skip);
	local_irq_restore(flags);
	return done;
}

/* annex_frame_table_read_page() of a table. */
int __annex_frame_table_read_page(struct annex_frame_table *t, u32 index,
				  const struct annex_page_span *span)
{
	void *addr;
	int err;

	if (is_bad(t, index, span))
		return refuse(t, "frame_table_read_page");
	if (likely(copy(t, index, span, false, false)))
		return 0;
	addr = kmap_local_page(span->page);
	err = __annex_frame_table_read(t, index, span->offset,
				       addr + span->page_offset, span->len);
	kunmap_local(addr);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_read_page);

/* annex_frame_table_write_page() of a table. */
int __annex_frame_table_write_page(struct annex_frame_table *t, u32 index,
				   const struct annex_page_span *span,
				   gfp_t gfp, unsigned int flags)
{
	void *addr;
	int err;

	if (is_bad(t, index, span))
		return refuse(t, "frame_table_write_page");
	if (likely(!(flags & ~ANNEX_TABLE_SKIP_ZEROS) &&
		   copy(t, index, span, true, flags)))
		return 0;
	addr = kmap_local_page(span->page);
	err = __annex_frame_table_write(t, index, span->offset,
					addr + span->page_offset, span->len,
					gfp, flags);
	kunmap_local(addr);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_write_page);
