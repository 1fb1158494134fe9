/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_VMALLOC_VM_INLINE_H
#define ANNEX_VMALLOC_VM_INLINE_H

/*
 * Steps that each area takes once or twice; inline, because a call costs as
 * much as the step. They pass values instead of structures, for which the
 * compiler would add a stack guard.
 */
#include "host/context.h"
#include "host/pte.h"
#include "host/window.h"
#include "page/frames.h"
#include "vmalloc/vm_types.h"

__cold bool annex_vm_may_not(struct annex_vmalloc *v, unsigned long nr_pages,
			     const char *call);

/**
 * annex_vm_may() - check a request for an area
 * @v: the vmalloc space of the pool
 * @nr_pages: pages requested
 * @call: name of the public function, for the log
 *
 * Context: any.
 * Return: false, with a line in the log, if the request is for no pages or for
 * more than the window has, or if the caller may not sleep.
 */
static __always_inline bool
annex_vm_may(struct annex_vmalloc *v, unsigned long nr_pages, const char *call)
{
	/* nr_pages == 0 wraps and fails the test. */
	if (likely(annex_may_sleep() && nr_pages - 1 < v->most))
		return true;
	return annex_vm_may_not(v, nr_pages, call);
}

/**
 * annex_vm_hide() - unmap an area
 * @v: the vmalloc space
 * @area: with addresses
 *
 * TLBs may still hold entries of its pages.
 *
 * Context: any.
 */
static __always_inline void annex_vm_hide(const struct annex_vmalloc *v,
					  const struct annex_vm *area)
{
	unsigned long addr = area->va.start, left = annex_vm_nr(area);

	while (left) {
		unsigned long nr = annex_window_run(addr, left);
		pte_t *end = annex_window_pte_at(v->window, addr) + nr;
		long i = -(long)nr;

		do {
			annex_pte_clear(end + i);
		} while (++i);
		addr += nr << PAGE_SHIFT;
		left -= nr;
	}
}

#endif /* ANNEX_VMALLOC_VM_INLINE_H */
