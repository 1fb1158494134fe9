// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs annex/pool_map: what each frame is used for, drawn.
 *
 * A character stands for a unit of 1, 2, 4, ... frames, so that a pool of any
 * size has at most 8192 units. It tells the most frequent use of the unit's
 * frames: a capital if all of them have it, else a small letter; for free
 * frames "." and ",". The legend has the exact numbers of frames:
 *
 *   262144 frames, 32 a character, 64 characters a line
 *   0x00000000 RRRRRRRROhUCUUUu,.......
 *   0x00000800 ...
 *   . , free 251230
 *   C c cached 64
 *
 * A block's head tells the use of all its frames, so only heads are read.
 * Blocks keep their shape under the zone's lock, which is held for 1024 frames
 * at a time: each such piece is a snapshot. Owners change their own blocks
 * without a lock; such a change is seen or missed.
 */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "base/for_kunit.h"
#include "base/show.h"
#include "page/buddy.h"
#include "pool/pool.h"
#include "reclaim/folio.h"

/* Characters: 128 lines of 64, which is a picture, and some 10 kB. */
#define MAX_UNITS	8192
#define LINE_UNITS	64

/* In the order of the legend; the last of equally frequent uses is drawn. */
enum frame_use {
	FREE,
	CACHED,
	USED,
	HEAP,
	TABLE,
	STORE,
	FOLIO,
	INACTIVE,
	ACTIVE,
	SLOTS,
	OWN,
	RESERVED,
	NR_USES
};

static const struct {
	const char *name;
	char all;
	char most;
} uses[] = {
	[FREE] = { "free", '.', ',' },
	[CACHED] = { "cached", 'C', 'c' },
	[USED] = { "used", 'U', 'u' },
	[HEAP] = { "heap", 'H', 'h' },
	[TABLE] = { "table", 'T', 't' },
	[STORE] = { "store", 'D', 'd' },
	[FOLIO] = { "folio", 'F', 'f' },
	[INACTIVE] = { "inactive", 'I', 'i' },
	[ACTIVE] = { "active", 'A', 'a' },
	[SLOTS] = { "slots", 'S', 's' },
	[OWN] = { "own", 'O', 'o' },
	[RESERVED] = { "reserved", 'R', 'r' },
};

static_assert(ARRAY_SIZE(uses) == NR_USES);

/**
 * struct drawing - a map that is being printed
 * @m: where to
 * @annex: the pool
 * @shift: a unit has 2^@shift frames
 * @pfn: the next frame to count
 * @unit: frames of the unit that @pfn lies in, by use
 * @total: frames of the pool, by use
 */
struct drawing {
	struct seq_file *m;
	struct annex *annex;
	unsigned int shift;
	annex_pfn_t pfn;
	unsigned long unit[NR_USES];
	unsigned long total[NR_USES];
};

/* Does a reserved frame hold one of annex's own tables? */
static bool is_own(const struct annex *annex, annex_pfn_t pfn)
{
	const struct {
		u64 phys;
		unsigned long bytes;
	} own[] = {
		{ annex->mem_map_phys, annex->mem_map_bytes },
		{ annex->owner_phys, annex->owner_bytes },
		{ annex->pkmap_phys, annex->pkmap_bytes },
		{ annex->vmalloc_phys, annex->vmalloc_bytes },
		{ annex->tables.phys, annex->tables.bytes },
	};
	u64 phys = annex->frames.range.start + ((u64)pfn << PAGE_SHIFT);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(own); i++)
		if (phys - own[i].phys < own[i].bytes)
			return true;
	return false;
}

static enum frame_use use_of_folio(const struct annex_folio *folio)
{
	if (!folio || !annex_folio_test_flag(folio, ANNEX_FOLIO_LRU))
		return FOLIO;
	return annex_folio_test_flag(folio, ANNEX_FOLIO_ACTIVE) ? ACTIVE :
								  INACTIVE;
}

static enum frame_use use_of_used(const struct annex_frames *frames,
				  const struct annex_page *page, u32 flags)
{
	if (flags & 1U << ANNEX_PG_SLAB)
		return HEAP;
	if (flags & 1U << ANNEX_PG_TABLE)
		return TABLE;
	if (flags & 1U << ANNEX_PG_STORE)
		return STORE;
	if (flags & 1U << ANNEX_PG_FOLIO)
		return use_of_folio(annex_head_folio(frames, page));
	return USED;
}

static enum frame_use use_of(const struct annex *annex, annex_pfn_t pfn)
{
	const struct annex_page *page = annex->frames.mem_map + pfn;
	u32 word = atomic_read(&page->state);

	switch (word & ANNEX_PAGE_STATE_MASK) {
	case ANNEX_PAGE_FREE:
		return FREE;
	case ANNEX_PAGE_CACHED:
		return CACHED;
	case ANNEX_PAGE_FOLIO_SLAB:
		return SLOTS;
	case ANNEX_PAGE_RESERVED:
		return is_own(annex, pfn) ? OWN : RESERVED;
	default:
		return use_of_used(&annex->frames, page, word & ANNEX_PG_MASK);
	}
}

/* Print the unit that ends here; before a line's first unit, its address. */
static void draw_unit(struct drawing *d)
{
	u32 nr = (d->pfn - 1) >> d->shift;
	unsigned long frames = 0;
	unsigned int most = 0, i;

	for (i = 0; i < NR_USES; i++) {
		frames += d->unit[i];
		if (d->unit[i] >= d->unit[most])
			most = i;
	}
	if (nr % LINE_UNITS == 0)
		seq_printf(d->m, "%s0x%08lx ", nr ? "\n" : "",
			   (unsigned long)nr << d->shift);
	seq_putc(d->m, d->unit[most] == frames ? uses[most].all :
						 uses[most].most);
	memset(d->unit, 0, sizeof(d->unit));
}

/* Count the next @nr frames for a use, and print each unit that is complete. */
static void draw_frames(struct drawing *d, enum frame_use use, annex_pfn_t nr)
{
	annex_pfn_t unit = 1U << d->shift;

	while (nr) {
		annex_pfn_t part = min(nr, unit - (d->pfn & (unit - 1)));

		d->unit[use] += part;
		d->total[use] += part;
		d->pfn += part;
		nr -= part;
		if (!(d->pfn & (unit - 1)) ||
		    d->pfn == d->annex->frames.nr_pages)
			draw_unit(d);
	}
}

/* Count the blocks up to a frame; the last one is cut there. */
static void draw_blocks(struct drawing *d, annex_pfn_t stop)
{
	const struct annex *annex = d->annex;

	while (d->pfn < stop) {
		unsigned int order =
			annex_page_order(annex->frames.mem_map + d->pfn);
		annex_pfn_t nr = min(1U << order, stop - d->pfn);

		draw_frames(d, use_of(annex, d->pfn), nr);
	}
}

/* No block crosses a multiple of the largest size: drop the lock there. */
static void draw_zone(struct drawing *d, struct annex_zone *zone)
{
	annex_pfn_t end = annex_zone_end_pfn(zone);
	unsigned long flags;

	while (d->pfn < end) {
		annex_pfn_t stop = d->pfn + ANNEX_MAX_ORDER_PAGES;

		stop = annex_block_pfn(stop, ANNEX_MAX_ORDER - 1,
				       d->annex->frames.bias);
		spin_lock_irqsave(&zone->lock, flags);
		draw_blocks(d, min(stop, end));
		spin_unlock_irqrestore(&zone->lock, flags);
		cond_resched();
	}
}

/**
 * annex_show_pool_map() - print pool_map
 * @m: where to
 * @annex: the pool, which may be in use
 *
 * Context: process, may sleep.
 */
void annex_show_pool_map(struct seq_file *m, struct annex *annex)
{
	struct drawing d = { .m = m, .annex = annex };
	unsigned int i;

	while ((annex->frames.nr_pages - 1) >> d.shift >= MAX_UNITS)
		d.shift++;
	seq_printf(m, "%lu frames, %u a character, %u characters a line\n",
		   (unsigned long)annex->frames.nr_pages, 1U << d.shift,
		   LINE_UNITS);
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		if (annex->frames.zones[i].spanned_pages)
			draw_zone(&d, &annex->frames.zones[i]);
	seq_putc(m, '\n');
	for (i = 0; i < NR_USES; i++)
		seq_printf(m, "%c %c %s %lu\n", uses[i].all, uses[i].most,
			   uses[i].name, d.total[i]);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_show_pool_map);
