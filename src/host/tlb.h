/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_TLB_H
#define ANNEX_HOST_TLB_H

#include <linux/compiler.h>

/*
 * Above this many pages the kernel, too, flushes the whole TLB instead
 * (tlb_single_page_flush_ceiling): from about here on, the INVLPGs take longer
 * than the misses that an empty TLB causes.
 */
#define ANNEX_TLB_SINGLE_MAX	33

void annex_tlb_flush_range(void *addr, unsigned long nr_pages);

#ifdef CONFIG_X86_PAE

/**
 * annex_tlb_flush_local() - invalidate this CPU's translation of one page
 * @addr: an address in it
 *
 * Context: any, with migration off. Other CPUs keep their translations.
 */
static __always_inline void annex_tlb_flush_local(void *addr)
{
	asm volatile("invlpg (%0)" : : "r" (addr) : "memory");
}

#else

static inline void annex_tlb_flush_local(void *addr)
{
}

#endif

#endif /* ANNEX_HOST_TLB_H */
