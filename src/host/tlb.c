// SPDX-License-Identifier: GPL-2.0-only
/*
 * Invalidating translations of annex's windows.
 *
 * A CPU may cache a translation of any page that was mapped once, whether it
 * has accessed the page or not, and global translations survive a change of
 * CR3. After an entry of a window is changed from one frame to another, the
 * page must not be used before each CPU that might have the old translation has
 * invalidated it.
 *
 * A page costs one INVLPG; beyond some number, flushing the whole TLB is
 * cheaper. Every CPU does it, since the windows are in every address space.
 */
#include <linux/mm.h>
#include <linux/smp.h>

#include "base/for_kunit.h"
#include "host/compat_tlb.h"
#include "host/tlb.h"

struct flush_range {
	unsigned long start;
	unsigned long end;
};

static void flush_pages(void *arg)
{
	const struct flush_range *range = arg;
	unsigned long addr;

	for (addr = range->start; addr < range->end; addr += PAGE_SIZE)
		annex_tlb_flush_local((void *)addr);
}

static void flush_all(void *arg)
{
	annex_flush_tlb_all();
}

/**
 * annex_tlb_flush_range() - invalidate every CPU's translations of some pages
 * @addr: the first page
 * @nr_pages: how many
 *
 * Context: process, interrupts on: it waits for the other CPUs.
 */
void annex_tlb_flush_range(void *addr, unsigned long nr_pages)
{
	struct flush_range range = {
		.start = (unsigned long)addr,
		.end = (unsigned long)addr + (nr_pages << PAGE_SHIFT),
	};

	if (nr_pages <= ANNEX_TLB_SINGLE_MAX)
		on_each_cpu(flush_pages, &range, 1);
	else
		on_each_cpu(flush_all, NULL, 1);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_tlb_flush_range);
