// SPDX-License-Identifier: GPL-2.0-only
/*
 * Validation of a window's address allocator; see vmalloc/vmap_area.c.
 *
 * It checks that
 *  - areas have whole pages, are in order, do not overlap, and each gap reaches
 *    down to the area before: areas and gaps tile the window and no two gaps
 *    meet;
 *  - the list of gaps has those that are not empty, each once and in order, and
 *    the tree has the same;
 *  - each area has a pointer in the slots that stand for its first page, and
 *    there are no other pointers;
 *  - the numbers of areas and of free bytes are the recorded ones.
 *
 * A broken list is not followed any further.
 *
 * Locking: the space's, for all of it.
 */
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mm.h>

#include "base/for_kunit.h"
#include "validate/validate.h"
#include "vmalloc/vmap_area.h"

/**
 * struct vmap_census - the state of a check
 * @space: the window
 * @to: where violations are reported
 * @areas: areas
 * @free: bytes in gaps
 * @gaps: gaps that are not empty
 * @slots: slots that should have a pointer
 */
struct vmap_census {
	const struct annex_vmap_space *space;
	struct annex_violations to;
	unsigned long areas;
	unsigned long free;
	unsigned long gaps;
	unsigned long slots;
};

static bool is_linked(const struct list_head *entry)
{
	return entry->next->prev == entry && entry->prev->next == entry;
}

static unsigned long nr_pages(const struct annex_vmap_space *space)
{
	return (space->end - space->start) >> PAGE_SHIFT;
}

/* Pages are numbered from 1: slot[0] is that of page 1. */
static void check_pointers(struct vmap_census *c,
			   const struct annex_vmap_area *area)
{
	unsigned long base = c->space->start;
	unsigned long n = ((area->start - base) >> PAGE_SHIFT) + 1;
	unsigned long last = (area->end - base) >> PAGE_SHIFT;

	for (; n <= last; n += n & -n) {
		c->slots++;
		if (c->space->slot[n - 1] != area)
			annex_violation(&c->to,
					"vmap_area: the slot of page %#lx does not lead to %#lx-%#lx",
					base + ((n - 1) << PAGE_SHIFT),
					area->start, area->end);
	}
}

/* Is an area linked, page aligned and behind @end? */
static bool check_area(struct vmap_census *c,
		       const struct annex_vmap_area *area, unsigned long end)
{
	if (!is_linked(&area->list) || area->start < end ||
	    area->end > c->space->end || area->end <= area->start ||
	    !PAGE_ALIGNED(area->start) || !PAGE_ALIGNED(area->end)) {
		annex_violation(&c->to,
				"vmap_area: %#lx-%#lx cannot be behind %#lx",
				area->start, area->end, end);
		return false;
	}
	check_pointers(c, area);
	return true;
}

static void check_gap(struct vmap_census *c, const struct annex_vmap_area *area,
		      unsigned long end)
{
	if (area->gap != area->start - end)
		annex_violation(&c->to,
				"vmap_area: the gap before %#lx has %#lx bytes, not %#lx",
				area->start, area->start - end, area->gap);
	c->free += area->gap;
	c->gaps += area->gap > 0;
}

static void check_areas(struct vmap_census *c)
{
	const struct annex_vmap_area *last = &c->space->last, *area;
	unsigned long end = c->space->start;

	list_for_each_entry(area, &last->list, list) {
		if (!check_area(c, area, end))
			return;
		check_gap(c, area, end);
		c->areas++;
		end = area->end;
	}
	if (last->start != c->space->end || last->end != c->space->end)
		annex_violation(&c->to,
				"vmap_area: the last gap ends at %#lx, not %#lx",
				last->start, c->space->end);
	check_gap(c, last, end);
	if (c->areas != c->space->nr_areas)
		annex_violation(&c->to, "vmap_area: %lu areas, counted %u",
				c->areas, c->space->nr_areas);
	if (c->free != c->space->free)
		annex_violation(&c->to,
				"vmap_area: %#lx bytes are free, counted %#lx",
				c->free, c->space->free);
}

/* Is it an area of the window, or the sentinel behind them? */
static bool is_owner(const struct annex_vmap_space *space,
		     const struct annex_vmap_area *area)
{
	unsigned long page = (area->start - space->start) >> PAGE_SHIFT;

	return area == &space->last ||
	       (page < nr_pages(space) && space->slot[page] == area);
}

static bool is_before(const struct annex_vmap_area *a,
		      const struct annex_vmap_area *b)
{
	return a->gap < b->gap || (a->gap == b->gap && a->start < b->start);
}

static void check_sizes(struct vmap_census *c)
{
	const struct rb_node *node = rb_first(&c->space->gaps);
	const struct annex_vmap_area *area, *before = NULL;
	unsigned long nr = 0;

	list_for_each_entry(area, &c->space->sizes, sizes) {
		if (!is_linked(&area->sizes) || !is_owner(c->space, area) ||
		    !area->gap || (before && !is_before(before, area))) {
			annex_violation(&c->to,
					"vmap_area: the gap of %#lx bytes before %#lx is out of order",
					area->gap, area->start);
			return;
		}
		if (node != &area->node) {
			annex_violation(&c->to,
					"vmap_area: the tree has another gap than that before %#lx",
					area->start);
			return;
		}
		node = rb_next(node);
		before = area;
		nr++;
	}
	if (node)
		annex_violation(&c->to,
				"vmap_area: the tree has more than %lu gaps",
				nr);
	if (nr != c->gaps)
		annex_violation(&c->to, "vmap_area: %lu gaps, listed %lu",
				c->gaps, nr);
}

static void check_slots(struct vmap_census *c)
{
	unsigned long page, nr = 0;

	for (page = 0; page < nr_pages(c->space); page++)
		nr += !!c->space->slot[page];
	if (nr != c->slots)
		annex_violation(&c->to,
				"vmap_area: %lu slots lead to an area, not %lu",
				nr, c->slots);
}

/**
 * annex_vmap_area_check_locked() - check a window's addresses
 * @space: the window
 * @report: called with a line for each violation
 * @arg: for @report
 *
 * It walks all areas and all slots: a millisecond for a window of 1 GB.
 *
 * Context: any, with the space's lock held.
 * Return: the number of violations.
 */
unsigned long annex_vmap_area_check_locked(const struct annex_vmap_space *space,
					   annex_violation_fn report, void *arg)
{
	struct vmap_census c = { space, { report, arg } };

	lockdep_assert_held(space->lock);

	check_areas(&c);
	if (!c.to.found) {
		check_sizes(&c);
		check_slots(&c);
	}
	return c.to.found;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_vmap_area_check_locked);
