// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs annex/pagetypeinfo, in the grammar of /proc/pagetypeinfo: the free
 * blocks of each zone by migrate type and order, and how many pageblocks are of
 * which type.
 *
 * The buddy counts free blocks by order only, to be cheap; by type, their lists
 * are walked here. As in the kernel, a list of more than 100,000 blocks is
 * printed as ">100000", and the lock is dropped between two lists, so that
 * their lengths are of nearly the same moment.
 */
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "base/for_kunit.h"
#include "base/show.h"
#include "page/buddy.h"
#include "page/pageblock.h"
#include "pool/pool.h"

/* Some ten milliseconds with the lock. */
#define MANY	100000

static unsigned long length(struct annex_zone *zone, unsigned int type,
			    unsigned int order)
{
	u32 head = annex_buddy_head(zone, type, order), b;
	unsigned long flags, n = 0;

	spin_lock_irqsave(&zone->lock, flags);
	for (b = annex_buddy_first(zone, type, order); b != head && n < MANY;
	     b = annex_buddy_next(zone, b))
		n++;
	spin_unlock_irqrestore(&zone->lock, flags);
	cond_resched();
	return n;
}

static void show_free(struct seq_file *m, struct annex_zone *zone,
		      unsigned int type)
{
	unsigned int order;

	seq_printf(m, "Node %4d, zone %8s, type %12s ", 0, zone->name,
		   annex_migratetype_name(type));
	for (order = 0; order < ANNEX_MAX_ORDER; order++) {
		unsigned long n = length(zone, type, order);

		seq_printf(m, "%s%6lu ", n == MANY ? ">" : "", n);
	}
	seq_putc(m, '\n');
}

static void show_all_free(struct seq_file *m, struct annex_frames *frames)
{
	unsigned int order, i, type;

	seq_printf(m, "%-43s ", "Free pages count per migrate type at order");
	for (order = 0; order < ANNEX_MAX_ORDER; order++)
		seq_printf(m, "%6d ", order);
	seq_putc(m, '\n');
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		for (type = 0; type < ANNEX_MIGRATE_TYPES; type++)
			if (frames->zones[i].present_pages)
				show_free(m, &frames->zones[i], type);
}

/*
 * Count a pageblock in the zone that spans its first frame, as the kernel does
 * for one that two zones share. The first pageblock may begin before the pool.
 */
static void count_blocks(const struct annex_zone *zone,
			 unsigned long nr[ANNEX_MIGRATE_TYPES])
{
	const struct annex_frames *frames = zone->frames;
	u32 end = frames->bias + frames->nr_pages, b;

	for (b = frames->bias; b < end; b = ALIGN(b + 1, ANNEX_PAGEBLOCK_PAGES))
		if (annex_zone_spans(zone, b - frames->bias))
			nr[READ_ONCE(zone->pageblock[b >> ANNEX_PAGEBLOCK_ORDER]
					     .type)]++;
}

static void show_blocks(struct seq_file *m, const struct annex_zone *zone)
{
	unsigned long nr[ANNEX_MIGRATE_TYPES] = {};
	unsigned int type;

	count_blocks(zone, nr);
	seq_printf(m, "Node %d, zone %8s ", 0, zone->name);
	for (type = 0; type < ANNEX_MIGRATE_TYPES; type++)
		seq_printf(m, "%12lu ", nr[type]);
	seq_putc(m, '\n');
}

/**
 * annex_show_pagetypeinfo() - print pagetypeinfo
 * @m: where to
 * @annex: the pool
 *
 * Context: process, may sleep.
 */
void annex_show_pagetypeinfo(struct seq_file *m, struct annex *annex)
{
	unsigned int i, type;

	seq_printf(m, "Page block order: %d\n", ANNEX_PAGEBLOCK_ORDER);
	seq_printf(m, "Pages per block:  %u\n\n", ANNEX_PAGEBLOCK_PAGES);
	show_all_free(m, &annex->frames);
	seq_printf(m, "\n%-23s", "Number of blocks type ");
	for (type = 0; type < ANNEX_MIGRATE_TYPES; type++)
		seq_printf(m, "%12s ", annex_migratetype_name(type));
	seq_putc(m, '\n');
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		if (annex->frames.zones[i].present_pages)
			show_blocks(m, &annex->frames.zones[i]);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_show_pagetypeinfo);
