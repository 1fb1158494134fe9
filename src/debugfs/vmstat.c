// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs annex/vmstat, in the grammar of /proc/vmstat: a name and a number a
 * line, summed over the zones or, for events, over the CPUs. The lines of other
 * modules come last.
 */
#include <linux/minmax.h>
#include <linux/seq_file.h>

#include "base/for_kunit.h"
#include "base/show.h"
#include "page/pcp.h"
#include "pool/pool.h"

static unsigned long zones_count(struct annex_frames *frames,
				 enum annex_counter item)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		sum += annex_zone_count(&frames->zones[i], item);
	return sum;
}

/* The most frequent events are counted by the per-CPU lists themselves. */
static unsigned long lists_count(struct annex_frames *frames,
				 enum annex_counter item)
{
	unsigned long sum = 0;
	unsigned int i;

	if (item >= ANNEX_PGALLOC_DMA && item <= ANNEX_PGALLOC_MOVABLE)
		return annex_pcp_allocs(frames->zones +
					(item - ANNEX_PGALLOC_DMA));
	if (item == ANNEX_PGFREE) {
		sum = annex_pcp_closed_frees(frames);
		for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
			sum += annex_pcp_frees(&frames->zones[i]);
	}
	return sum;
}

/* Numbers that rise and fall: a sum over CPUs may be below 0 for a moment. */
static unsigned long levels_count(struct annex_frames *frames,
				  enum annex_counter item)
{
	return max_t(long, annex_event_sum(&frames->counters, item), 0);
}

/**
 * annex_vmstat() - one line of vmstat
 * @annex: the pool
 * @item: which
 *
 * Context: any. A snapshot.
 */
unsigned long annex_vmstat(struct annex *annex, enum annex_counter item)
{
	if (item < ANNEX_NR_ZONE_COUNTERS)
		return zones_count(&annex->frames, item);
	if (item < ANNEX_NODE_COUNTERS_END)
		return annex_node_count(&annex->frames.counters, item);
	if (item >= ANNEX_TABLE_FRAMES && item <= ANNEX_TABLE_WAITING)
		return levels_count(&annex->frames, item);
	return annex_event_sum(&annex->frames.counters, item) +
	       lists_count(&annex->frames, item);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_vmstat);

/**
 * annex_show_vmstat() - print vmstat
 * @m: where to
 * @annex: the pool
 *
 * Context: process, may sleep.
 */
void annex_show_vmstat(struct seq_file *m, struct annex *annex)
{
	unsigned int i;

	for (i = 0; i < ANNEX_NR_COUNTERS; i++)
		seq_printf(m, "%s %lu\n", annex_counter_name(i),
			   annex_vmstat(annex, i));
	annex_clients_show(&annex->clients, m);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_show_vmstat);
