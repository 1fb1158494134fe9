// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recounting the vmalloc window.
 *
 * Checked are that
 *  - its addresses are given out as they should be (validate_vmap_area.c);
 *  - each area that is live shows its frames, or the physical memory it should,
 *    page by page, that of vmap any of the pool's, and nothing in its guard page;
 *  - nothing is shown between areas;
 *  - what waits for a purge is as much as is counted, or more.
 *
 * An area that is being made or was just given up shows what it may.
 *
 * Locking: purge_lock, so that no area goes; the window's, with interrupts off,
 * for the addresses at once and then for one area at a time.
 */
#include <linux/kernel.h>
#include <linux/mm.h>

#include "annex.h"
#include "host/window.h"
#include "map/vm.h"
#include "stat/validate.h"

/**
 * struct vm_census - a recount
 * @annex: the pool
 * @to: who is told
 * @lazy: pages of areas that wait for a purge
 */
struct vm_census {
	struct annex *annex;
	struct annex_violations to;
	unsigned long lazy;
};

/* Is it what a page of a live area is to show? */
static bool is_wanted(const struct annex *annex,
		      const struct annex_vm_struct *vm, unsigned long i,
		      unsigned long shown)
{
	if (i >= (vm->size >> PAGE_SHIFT) - 1)
		return shown == ANNEX_WINDOW_NONE;
	if (vm->flags & VM_ALLOC)
		return shown == annex_page_host_pfn(annex, vm->pages[i]);
	if (vm->flags & VM_IOREMAP)
		return shown == (vm->phys_addr >> PAGE_SHIFT) + i;
	return shown - annex->base_pfn < annex->nr_pages;
}

static void check_area(struct vm_census *c, const struct annex_vm *area)
{
	const struct annex_vmalloc *v = &c->annex->vmalloc;
	unsigned long first = (area->va.start - v->space.start) >> PAGE_SHIFT;
	unsigned long i, nr = (area->va.end - area->va.start) >> PAGE_SHIFT;

	if (area->state == ANNEX_VM_LAZY)
		c->lazy += nr;
	for (i = 0; annex_vm_shows(area) && i < nr; i++) {
		unsigned long shown = annex_window_pfn(v->window, first + i);

		if (!is_wanted(c->annex, &area->vm, i, shown))
			annex_violation(&c->to,
					"vmalloc: page %lu of the area at page %lu shows %#lx",
					i, first, shown);
	}
}

static void check_gap(struct vm_census *c, unsigned long start,
		      unsigned long end)
{
	const struct annex_vmalloc *v = &c->annex->vmalloc;
	unsigned long i = (start - v->space.start) >> PAGE_SHIFT;

	for (; i < (end - v->space.start) >> PAGE_SHIFT; i++)
		if (annex_window_pfn(v->window, i) != ANNEX_WINDOW_NONE)
			annex_violation(&c->to,
					"vmalloc: page %lu, of no area, shows %#lx",
					i, annex_window_pfn(v->window, i));
}

/* An area and the gap before it. False behind the last. */
static bool check_next(struct vm_census *c, unsigned long *addr)
{
	struct annex_vmalloc *v = &c->annex->vmalloc;
	struct annex_vmap_area *va;
	unsigned long flags;

	spin_lock_irqsave(&v->lock, flags);
	va = annex_vmap_area_from_locked(&v->space, *addr);
	check_gap(c, *addr, va ? va->start : v->space.end);
	if (va) {
		check_area(c, container_of(va, struct annex_vm, va));
		*addr = va->end;
	}
	spin_unlock_irqrestore(&v->lock, flags);
	return va;
}

/**
 * annex_validate_vm() - recount the vmalloc window
 * @annex: the pool; it may be in use
 * @report: given a line for each thing that does not hold
 * @arg: for @report
 *
 * Context: process, may sleep.
 */
void annex_validate_vm(struct annex *annex, annex_violation_fn report,
		       void *arg)
{
	struct vm_census c = { annex, { report, arg } };
	struct annex_vmalloc *v = &annex->vmalloc;
	unsigned long addr, before, flags;

	if (!v->window)
		return;
	mutex_lock(&v->purge_lock);
	spin_lock_irqsave(&v->lock, flags);
	annex_vmap_area_check_locked(&v->space, report, arg);
	spin_unlock_irqrestore(&v->lock, flags);
	before = atomic_long_read(&v->nr_lazy);
	for (addr = v->space.start; check_next(&c, &addr);)
		cond_resched();
	/* Areas come without the mutex, but none goes. */
	if (c.lazy < before)
		annex_violation(&c.to,
				"vmalloc: %lu pages wait for a purge, counted %lu",
				before, c.lazy);
	mutex_unlock(&v->purge_lock);
}
