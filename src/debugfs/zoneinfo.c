// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs annex/zoneinfo, in the grammar of /proc/zoneinfo.
 *
 * Every zone is printed, those without frames in short. The pool's counters are
 * printed in the first zone with frames. Counters that annex does not have are
 * 0. A zone's number of free frames is read once, so that the two lines that
 * print it agree.
 */
#include <linux/cpumask.h>
#include <linux/seq_file.h>

#include "base/for_kunit.h"
#include "base/show.h"
#include "page/pcp.h"
#include "pool/pool.h"

static void show_item(struct seq_file *m, enum annex_counter item,
		      unsigned long value)
{
	seq_printf(m, "      %-12s %lu\n", annex_counter_name(item), value);
}

static void show_node(struct seq_file *m, struct annex_frames *frames)
{
	unsigned int i;

	seq_puts(m, "  per-node stats\n");
	for (i = ANNEX_NR_ZONE_COUNTERS; i < ANNEX_NODE_COUNTERS_END; i++)
		show_item(m, i, annex_node_count(&frames->counters, i));
}

static void show_pages(struct seq_file *m, const struct annex_zone *zone,
		       unsigned long free)
{
	unsigned int i;

	seq_printf(m,
		   "  pages free     %lu\n"
		   "        boost    %lu\n"
		   "        min      %lu\n"
		   "        low      %lu\n"
		   "        high     %lu\n"
		   "        spanned  %lu\n"
		   "        present  %lu\n"
		   "        managed  %lu\n"
		   "        cma      %u\n",
		   free, zone->watermark_boost,
		   annex_zone_watermark(zone, ANNEX_WMARK_MIN),
		   annex_zone_watermark(zone, ANNEX_WMARK_LOW),
		   annex_zone_watermark(zone, ANNEX_WMARK_HIGH),
		   zone->spanned_pages, zone->present_pages,
		   zone->managed_pages, 0);

	seq_printf(m, "        protection: (%lu", zone->lowmem_reserve[0]);
	for (i = 1; i < ANNEX_MAX_NR_ZONES; i++)
		seq_printf(m, ", %lu", zone->lowmem_reserve[i]);
	seq_puts(m, ")\n");
}

static void show_pagesets(struct seq_file *m, const struct annex_zone *zone)
{
	int cpu;

	seq_puts(m, "  pagesets\n");
	for_each_online_cpu(cpu)
		seq_printf(m,
			   "    cpu: %i\n"
			   "              count: %i\n"
			   "              high:  %i\n"
			   "              batch: %i\n"
			   "  vm stats threshold: %d\n",
			   cpu, annex_pcp_count(zone, cpu),
			   annex_pcp_bound(zone->pcp_high), zone->pcp_batch, 0);
}

static void show_zone(struct seq_file *m, struct annex_frames *frames,
		      const struct annex_zone *zone, bool first)
{
	unsigned long free = annex_zone_free_pages(zone);
	unsigned int i;

	seq_printf(m, "Node %d, zone %8s\n", 0, zone->name);
	if (first)
		show_node(m, frames);
	show_pages(m, zone, free);
	if (!zone->present_pages)
		return;
	show_item(m, ANNEX_NR_FREE_PAGES, free);
	for (i = ANNEX_NR_FREE_PAGES + 1; i < ANNEX_NR_ZONE_COUNTERS; i++)
		show_item(m, i, annex_zone_count(zone, i));
	if (zone->pcp)
		show_pagesets(m, zone);
	seq_printf(m,
		   "  node_unreclaimable:  %u\n"
		   "  start_pfn:           %u\n",
		   READ_ONCE(zone->lruvec.kswapd_failures) >=
			   ANNEX_KSWAPD_RETRIES,
		   zone->zone_start_pfn);
}

/**
 * annex_show_zoneinfo() - print zoneinfo
 * @m: where to
 * @annex: the pool
 *
 * Context: process.
 */
void annex_show_zoneinfo(struct seq_file *m, struct annex *annex)
{
	bool first = true;
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		const struct annex_zone *zone = &annex->frames.zones[i];

		show_zone(m, &annex->frames, zone,
			  first && zone->present_pages);
		if (zone->present_pages)
			first = false;
	}
}
EXPORT_SYMBOL_FOR_KUNIT(annex_show_zoneinfo);
