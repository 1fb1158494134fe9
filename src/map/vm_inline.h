/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_MAP_VM_INLINE_H
#define ANNEX_MAP_VM_INLINE_H

/*
 * What each area needs once or twice: inline, since a call costs as much. Passed
 * around are values and not structures, which the compiler would guard.
 */
#include "annex.h"
#include "host/context.h"
#include "host/pte.h"
#include "host/window.h"
#include "map/vm.h"

__cold bool annex_vm_may_not(struct annex *annex, unsigned long nr_pages,
			     const char *call);

/**
 * annex_vm_may() - does it make sense to make an area?
 * @annex: the pool
 * @nr_pages: of so many pages
 * @call: what the caller called, for the log
 *
 * Context: any.
 * Return: false, with a line in the log, if nothing is wanted, more than the
 * window has, or where nobody may sleep.
 */
static __always_inline bool annex_vm_may(struct annex *annex,
					 unsigned long nr_pages,
					 const char *call)
{
	/* No pages are more than all. */
	if (likely(annex_may_sleep() && nr_pages - 1 < annex->vmalloc.most))
		return true;
	return annex_vm_may_not(annex, nr_pages, call);
}

/**
 * annex_vm_hide() - let an area show nothing
 * @v: the vmalloc space
 * @area: with addresses
 *
 * TLBs may still have what it showed.
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

#endif /* ANNEX_MAP_VM_INLINE_H */
