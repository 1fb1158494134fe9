// SPDX-License-Identifier: GPL-2.0-only
/*
 * Validation of the vmalloc window.
 *
 * It checks that
 *  - its addresses are allocated consistently (validate_vmap_area.c);
 *  - each live area maps its frames, or its physical memory, page by page, an
 *    area of vmap any frames of the pool, and no area anything in its guard
 *    page;
 *  - nothing is mapped between areas;
 *  - the pages that wait for a purge are as many as are recorded, or more.
 *
 * An area that is being made, or that was just freed, is not checked.
 *
 * Locking: purge_lock, so that no area is removed; the window's lock, with
 * interrupts off, for the addresses at once and then for one area at a time.
 */
#include <linux/kernel.h>
#include <linux/mm.h>

#include "base/for_kunit.h"
#include "host/window.h"
#include "pool/pool.h"
#include "validate/validate.h"
#include "vmalloc/vm.h"

/**
 * struct vm_census - the state of a check
 * @annex: the pool
 * @to: where violations are reported
 * @lazy: pages of areas that wait for a purge
 */
struct vm_census {
	struct annex *annex;
	struct annex_violations to;
	unsigned long lazy;
};

/* Does page @i of a live area map what it should? */
static bool is_wanted(const struct annex_frames *frames,
		      const struct annex_vm_struct *vm, unsigned long i,
		      unsigned long mapped)
{
	if (i >= (vm->size >> PAGE_SHIFT) - 1)
		return mapped == ANNEX_WINDOW_NONE;
	if (vm->flags & VM_ALLOC)
		return mapped == annex_page_host_pfn(frames, vm->pages[i]);
	if (vm->flags & VM_IOREMAP)
		return mapped == (vm->phys_addr >> PAGE_SHIFT) + i;
	return mapped - frames->base_pfn < frames->nr_pages;
}

static void check_area(struct vm_census *c, const struct annex_vm *area)
{
	const struct annex_vmalloc *v = &c->annex->vmalloc;
	unsigned long first = (area->va.start - v->space.start) >> PAGE_SHIFT;
	unsigned long i, nr = (area->va.end - area->va.start) >> PAGE_SHIFT;

	if (area->state == ANNEX_VM_LAZY)
		c->lazy += nr;
	for (i = 0; annex_vm_is_mapped(area) && i < nr; i++) {
		unsigned long mapped = annex_window_pfn(v->window, first + i);

		if (!is_wanted(&c->annex->frames, &area->vm, i, mapped))
			annex_violation(&c->to,
					"vmalloc: page %lu of the area at page %lu maps %#lx",
					i, first, mapped);
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
					"vmalloc: page %lu, of no area, maps %#lx",
					i, annex_window_pfn(v->window, i));
}

/* Check the next area and the gap before it; false behind the last area. */
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
 * annex_validate_vm() - check the vmalloc window
 * @annex: the pool; it may be in use
 * @report: called with a line for each violation
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
	/* Areas are made lazy without the mutex, but none is purged. */
	if (c.lazy < before)
		annex_violation(&c.to,
				"vmalloc: %lu pages wait for a purge, counted %lu",
				before, c.lazy);
	mutex_unlock(&v->purge_lock);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_validate_vm);
