// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs annex/page_owner: the owner of each allocated block, a paragraph for
 * each, in the format of the kernel's page_owner, which
 * tools/vm/page_owner_sort reads.
 *
 * PFNs are annex's, and so are the flags, with the zone's name among them.
 *
 * The file is read in pieces, and the position is a frame. So a pool of
 * millions of blocks takes no more memory than one paragraph, and may change
 * while it is read: a block is then found or missed, as in the kernel.
 */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "base/for_kunit.h"
#include "base/show.h"
#include "base/text.h"
#include "host/stacks.h"
#include "page/owner.h"
#include "page/pageblock.h"
#include "pool/pool.h"

static const char * const flag_names[] = {
	[ANNEX_PG_LOCKED] = "locked",
	[ANNEX_PG_WAITERS] = "waiters",
	[ANNEX_PG_HEAD] = "head",
	[ANNEX_PG_SLAB] = "slab",
	[ANNEX_PG_TABLE] = "table",
	[ANNEX_PG_PRIVATE] = "private",
	[ANNEX_PG_ERROR] = "error",
	[ANNEX_PG_FOLIO] = "folio",
	[ANNEX_PG_OWNER_PRIV_1] = "owner_priv_1",
	[ANNEX_PG_STORE] = "store",
};

static_assert(ARRAY_SIZE(flag_names) == ANNEX_PG_END);

static void show_flags(struct seq_file *m, struct annex_frames *frames,
		       annex_pfn_t pfn)
{
	u32 flags = atomic_read(&frames->mem_map[pfn].state) & ANNEX_PG_MASK;
	unsigned int i;

	seq_printf(m, "Flags %#x(", flags);
	for (i = ANNEX_PG_FIRST; i < ANNEX_PG_END; i++)
		if (flags & 1U << i)
			seq_printf(m, "%s|", flag_names[i]);
	seq_printf(m, "zone=%s)\n", annex_pfn_zone(frames, pfn)->name);
}

static void show_stack(struct seq_file *m, depot_stack_handle_t handle)
{
	unsigned long *entries;
	unsigned int i, nr = annex_stack_fetch(handle, &entries);

	for (i = 0; i < nr; i++)
		seq_printf(m, " %pS\n", (void *)entries[i]);
}

static bool is_owned(struct annex_frames *frames, annex_pfn_t pfn,
		     struct annex_owner *rec)
{
	return annex_page_state(frames->mem_map + pfn) == ANNEX_PAGE_USED &&
	       annex_owner_read(frames, pfn, rec) &&
	       rec->state == ANNEX_OWNER_ALLOCATED;
}

/* The frame behind the block at @pfn, according to its descriptor. */
static annex_pfn_t behind(struct annex *annex, annex_pfn_t pfn)
{
	const struct annex_page *page = annex->frames.mem_map + pfn;
	unsigned int order = annex_page_order(page);

	if (annex_page_state(page) == ANNEX_PAGE_INNER ||
	    order >= ANNEX_MAX_ORDER)
		return pfn + 1;
	return pfn + (1U << order);
}

/* The first block with an owner from a frame on; @pos is set to it. */
static void *find_owned(struct annex *annex, annex_pfn_t pfn,
			loff_t *pos)
{
	struct annex_owner rec;

	while (pfn < annex->frames.nr_pages &&
	       !is_owned(&annex->frames, pfn, &rec)) {
		pfn = behind(annex, pfn);
		cond_resched();
	}
	*pos = pfn;
	return pfn < annex->frames.nr_pages ? annex->frames.mem_map + pfn :
					      NULL;
}

static void *page_owner_start(struct seq_file *m, loff_t *pos)
{
	struct annex *annex = m->private;

	return *pos < annex->frames.nr_pages ? find_owned(annex, *pos, pos) :
					       NULL;
}

static void *page_owner_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct annex *annex = m->private;

	return find_owned(annex, behind(annex, *pos), pos);
}

static void page_owner_stop(struct seq_file *m, void *v)
{
}

static int page_owner_show(struct seq_file *m, void *v)
{
	struct annex *annex = m->private;
	struct annex_frames *frames = &annex->frames;
	annex_pfn_t pfn = (struct annex_page *)v - frames->mem_map;
	struct annex_owner rec;
	unsigned int type;

	if (!is_owned(frames, pfn, &rec))
		return SEQ_SKIP;
	seq_printf(m,
		   "Page allocated via order %u, mask %#x(%pGg), pid %d, tgid %d (",
		   rec.order, (__force unsigned int)rec.gfp_mask, &rec.gfp_mask,
		   rec.pid, rec.tgid);
	annex_show_comm(m, rec.comm);
	seq_printf(m, "), ts %llu ns, free_ts %llu ns\n", rec.ts_nsec,
		   rec.free_ts_nsec);
	type = annex_request_type(frames, rec.gfp_mask);
	seq_printf(m, "PFN %lu type %s ", (unsigned long)pfn,
		   annex_migratetype_name(type));
	type = annex_pageblock(frames, pfn)->type;
	seq_printf(m, "Block %lu type %s ",
		   (unsigned long)(pfn + frames->bias) >> ANNEX_PAGEBLOCK_ORDER,
		   annex_migratetype_name(type));
	show_flags(m, frames, pfn);
	show_stack(m, rec.handle);
	seq_putc(m, '\n');
	return 0;
}

/* The file's private pointer is the pool, which has owner records. */
const struct seq_operations annex_page_owner_sops = {
	.start = page_owner_start,
	.next = page_owner_next,
	.stop = page_owner_stop,
	.show = page_owner_show,
};
EXPORT_SYMBOL_FOR_KUNIT(annex_page_owner_sops);
