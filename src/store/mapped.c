// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access to the pages of a frame table by callers that do not have the bytes in
 * memory of the kernel: programs map the frames, or read() and write() them.
 *
 *   provide	a frame with contents for an index, for a mapping
 *   frames	the frames of a range that have contents, likewise
 *   read_by,	a function of the caller copies between a frame, which is mapped at
 *   write_by	a scratch address, and memory of a program
 *
 * Such a copy may stop at a page of the program that is not there. The caller
 * faults it in, with interrupts on, and goes on. For a hole, the function copies
 * into a frame that no entry leads to yet: what a frame had before is cleared, or
 * overwritten, before it can be seen.
 *
 * Locking: that of leaf.c. A frame that is mapped stays as long as its caller does
 * not punch the index.
 *
 * Failing: as frame_table.c.
 */
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "host/context.h"
#include "host/frame_fast.h"
#include "page/frames.h"
#include "page/report.h"
#include "store/fresh.h"
#include "store/frame_table.h"
#include "store/leaf.h"
#include "store/store.h"

/* Nothing is written, but a frame without contents gets zeros. */
static const struct annex_span zeros = { .from = "" };

static bool is_bad(const struct annex_frame_table *t, u32 index,
		   const struct annex_page_copy *copy)
{
	return unlikely(index >= annex_table_entries(t) ||
			copy->offset > PAGE_SIZE ||
			copy->len > PAGE_SIZE - copy->offset || in_nmi());
}

static noinline int refuse(const struct annex_frame_table *t, const char *call)
{
	if (annex_refused_nmi(t->store->frames, ANNEX_BAD_TABLE, call))
		return -EINVAL;
	return annex_store_refuse(t->store, -ERANGE, call,
				  "the table has no such index, or the bytes go beyond the end of the page");
}

/* Copy, if the entry has contents; else *@entry is 0, or has a frame without. */
static __always_inline int copy_present(struct annex_frame_table *t, u32 index,
					const struct annex_page_copy *copy,
					u32 *entry)
{
	unsigned long flags;
	int copied = 0;

	local_irq_save(flags);
	*entry = annex_leaf_entry(t, index);
	if (likely(annex_entry_has_data(*entry)))
		copied = copy->fn(annex_frame_show(t->host,
						   annex_entry_host_pfn(t, *entry)) +
					  copy->offset,
				  copy->len, copy->arg);
	local_irq_restore(flags);
	return copied;
}

/* annex_frame_table_read_by() of a table. */
int __annex_frame_table_read_by(struct annex_frame_table *t, u32 index,
				const struct annex_page_copy *copy)
{
	int copied;
	u32 entry;

	if (is_bad(t, index, copy))
		return refuse(t, "frame_table_read_by");
	copied = copy_present(t, index, copy, &entry);
	return likely(annex_entry_has_data(entry)) ? copied : -ENODATA;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_read_by);

/* Copy into a frame that no entry leads to; what is not copied is zeros. */
static int copy_fresh(struct annex_frame_table *t,
		      const struct annex_page *frame,
		      const struct annex_page_copy *copy)
{
	unsigned long flags;
	size_t copied;
	void *addr;

	local_irq_save(flags);
	addr = annex_frame_show(t->host,
				annex_page_host_pfn(t->store->frames, frame));
	if (copy->len < PAGE_SIZE)
		memset(addr, 0, PAGE_SIZE);
	copied = min_t(size_t, copy->len,
		       copy->fn(addr + copy->offset, copy->len, copy->arg));
	if (copied < copy->len)
		memset(addr + copy->offset + copied, 0, copy->len - copied);
	local_irq_restore(flags);
	return copied;
}

static int fill_hole(struct annex_frame_table *t, u32 index,
		     const struct annex_page_copy *copy, gfp_t gfp)
{
	struct annex_fresh fresh = {};
	int copied, err = annex_fresh_prepare(t, index, gfp, &fresh);

	if (err)
		return err;
	copied = copy_fresh(t, fresh.data, copy);
	if (copied && !annex_leaf_install(t, index, &fresh)) {
		err = annex_fresh_install(t, index, gfp, &fresh);
		if (!err && fresh.data)
			err = -EAGAIN;
	}
	annex_fresh_drop(t, &fresh);
	return err ?: copied;
}

/* annex_frame_table_write_by() of a table. */
int __annex_frame_table_write_by(struct annex_frame_table *t, u32 index,
				 const struct annex_page_copy *copy, gfp_t gfp)
{
	int copied;
	u32 entry;

	if (is_bad(t, index, copy))
		return refuse(t, "frame_table_write_by");
	copied = copy_present(t, index, copy, &entry);
	if (likely(annex_entry_has_data(entry)))
		return copied;
	if (!entry)
		return copy->len ? fill_hole(t, index, copy, gfp) : 0;
	return annex_fresh_fill(t, index, &zeros, 0, gfp) ?: -EAGAIN;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_write_by);

/* annex_frame_table_provide() of a table. */
int __annex_frame_table_provide(struct annex_frame_table *t, u32 index,
				gfp_t gfp, unsigned long *host_pfn)
{
	const struct annex_page_copy nothing = {};
	int err = 0;

	if (is_bad(t, index, &nothing))
		return refuse(t, "frame_table_provide");
	while (!err && !annex_leaf_frames(t, index, index + 1, host_pfn))
		err = annex_fresh_fill(t, index, &zeros, 0, gfp);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_provide);

/* annex_frame_table_frames() of a table. */
unsigned int __annex_frame_table_frames(struct annex_frame_table *t, u32 first,
					unsigned int nr,
					unsigned long *host_pfn)
{
	u32 entries = annex_table_entries(t);
	u32 end = first < entries ? first + min(nr, entries - first) : first;

	memset(host_pfn, 0, nr * sizeof(*host_pfn));
	if (annex_refused_nmi(t->store->frames, ANNEX_BAD_TABLE,
			      "frame_table_frames"))
		return 0;
	return annex_leaf_frames(t, first, end, host_pfn);
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_frames);
