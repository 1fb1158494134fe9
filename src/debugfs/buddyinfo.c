// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs annex/buddyinfo, in the grammar of /proc/buddyinfo: for each zone
 * with frames, how many free blocks of each order it has, at one moment.
 */
#include <linux/seq_file.h>

#include "base/for_kunit.h"
#include "base/show.h"
#include "pool/pool.h"

static void show_zone(struct seq_file *m, struct annex_zone *zone)
{
	unsigned long nr_free[ANNEX_MAX_ORDER];
	unsigned long flags;
	unsigned int order;

	spin_lock_irqsave(&zone->lock, flags);
	for (order = 0; order < ANNEX_MAX_ORDER; order++)
		nr_free[order] = annex_zone_nr_free(zone, order);
	spin_unlock_irqrestore(&zone->lock, flags);

	seq_printf(m, "Node %d, zone %8s ", 0, zone->name);
	for (order = 0; order < ANNEX_MAX_ORDER; order++)
		seq_printf(m, "%6lu ", nr_free[order]);
	seq_putc(m, '\n');
}

/**
 * annex_show_buddyinfo() - print buddyinfo
 * @m: where to
 * @annex: the pool
 *
 * Context: process.
 */
void annex_show_buddyinfo(struct seq_file *m, struct annex *annex)
{
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		if (annex->frames.zones[i].present_pages)
			show_zone(m, &annex->frames.zones[i]);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_show_buddyinfo);
