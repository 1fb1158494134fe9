// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs annex/layout: the layout of all addresses.
 *
 * First the host's addresses, as kernels print theirs at boot: each window with
 * the number of frames that it maps, counted in the host's page tables. Then
 * the pool, zone by zone: every frame is managed, holds descriptors or other
 * tables, or is reserved, and the last line adds up to the pool.
 */
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/vmalloc.h>

#include "base/show.h"
#include "pool/pool.h"

#define PAGES_TO_KB(pages)	((u64)(pages) << (PAGE_SHIFT - 10))

static void show_span(struct seq_file *m, const char *name, unsigned long start,
		      unsigned long end)
{
	seq_printf(m, "    %-10s: 0x%08lx - 0x%08lx   (%7lu kB)", name, start,
		   end, (end - start) >> 10);
}

static void show_window(struct seq_file *m, const struct annex_window *win)
{
	unsigned long start = (unsigned long)win->addr;
	unsigned long i, shown = 0;

	for (i = 0; i < win->nr_pages; i++)
		shown += annex_window_pfn(win, i) != ANNEX_WINDOW_NONE;
	show_span(m, win->name, start, start + (win->nr_pages << PAGE_SHIFT));
	seq_printf(m, "  %lu pages: %lu mapped, %lu not\n", win->nr_pages,
		   shown, win->nr_pages - shown);
}

/* Frames of a zone that belong to a range that annex uses itself. */
static unsigned long held(const struct annex_frames *frames,
			  const struct annex_zone *zone, u64 phys,
			  unsigned long bytes)
{
	annex_pfn_t start = (phys - frames->range.start) >> PAGE_SHIFT;
	annex_pfn_t end = start + (bytes >> PAGE_SHIFT);
	annex_pfn_t lo = max(start, zone->zone_start_pfn);
	annex_pfn_t hi = min(end, annex_zone_end_pfn(zone));

	return lo < hi ? hi - lo : 0;
}

static unsigned long show_zone(struct seq_file *m, struct annex *annex,
			       const struct annex_zone *zone)
{
	u64 start = annex->frames.range.start +
		    ((u64)zone->zone_start_pfn << PAGE_SHIFT);
	unsigned long descriptors =
		held(&annex->frames, zone, annex->mem_map_phys,
		     annex->mem_map_bytes);
	unsigned long records = held(&annex->frames, zone, annex->owner_phys,
				     annex->owner_bytes);
	unsigned long tables = held(&annex->frames, zone, annex->pkmap_phys,
				    annex->pkmap_bytes) +
			       held(&annex->frames, zone, annex->vmalloc_phys,
				    annex->vmalloc_bytes);
	unsigned long paging = held(&annex->frames, zone, annex->tables.phys,
				    annex->tables.bytes);

	seq_printf(m,
		   "    %-10s: 0x%010llx - 0x%010llx   (%8llu kB)  managed %llu kB, descriptors %llu kB, ",
		   zone->name, start,
		   start + ((u64)zone->spanned_pages << PAGE_SHIFT),
		   PAGES_TO_KB(zone->spanned_pages),
		   PAGES_TO_KB(zone->managed_pages), PAGES_TO_KB(descriptors));
	if (annex->owner_bytes)
		seq_printf(m, "page_owner %llu kB, ", PAGES_TO_KB(records));
	seq_printf(m, "mappings %llu kB, page tables %llu kB, reserved %llu kB\n",
		   PAGES_TO_KB(tables), PAGES_TO_KB(paging),
		   PAGES_TO_KB(zone->present_pages - zone->managed_pages -
			       descriptors - records - tables - paging));
	return zone->managed_pages;
}

static void show_pool(struct seq_file *m, struct annex *annex)
{
	const struct annex_frames *frames = &annex->frames;
	unsigned long managed = 0;
	unsigned long map = annex->mem_map_bytes >> PAGE_SHIFT;
	unsigned long records = annex->owner_bytes >> PAGE_SHIFT;
	unsigned long tables = (annex->pkmap_bytes + annex->vmalloc_bytes) >>
			       PAGE_SHIFT;
	unsigned long paging = annex->tables.bytes >> PAGE_SHIFT;
	unsigned int i;

	seq_puts(m, "physical memory layout of the pool:\n");
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		if (annex->frames.zones[i].spanned_pages)
			managed += show_zone(m, annex, &annex->frames.zones[i]);
	seq_printf(m,
		   "    %-10s: 0x%010llx - 0x%010llx   (%8llu kB) = managed %llu kB + descriptors %llu kB + ",
		   "pool", frames->range.start, frames->range.end,
		   PAGES_TO_KB(frames->nr_pages), PAGES_TO_KB(managed),
		   PAGES_TO_KB(map));
	if (records)
		seq_printf(m, "page_owner %llu kB + ", PAGES_TO_KB(records));
	seq_printf(m,
		   "mappings %llu kB + page tables %llu kB + reserved %llu kB\n",
		   PAGES_TO_KB(tables), PAGES_TO_KB(paging),
		   PAGES_TO_KB(frames->nr_pages - managed - map - records -
			       tables - paging));
}

/**
 * annex_show_layout() - print layout
 * @m: where to
 * @annex: the pool
 *
 * Context: process.
 */
void annex_show_layout(struct seq_file *m, struct annex *annex)
{
	seq_puts(m, "virtual kernel memory layout:\n");
	show_span(m, "host low", PAGE_OFFSET, (unsigned long)high_memory);
	seq_puts(m, "  the kernel's own direct map\n");
	show_span(m, "vmalloc", VMALLOC_START, VMALLOC_END);
	seq_puts(m, "  the kernel's, in which annex has:\n");
	show_window(m, &annex->host.lowmem);
	show_window(m, &annex->host.mem_map);
	if (annex->frames.owner)
		show_window(m, &annex->host.owner);
	if (annex->host.pkmap.addr)
		show_window(m, &annex->host.pkmap);
	show_window(m, &annex->host.kmap_local);
	show_window(m, &annex->host.vmalloc);
	show_window(m, &annex->host.scratch);
	show_pool(m, annex);
}
