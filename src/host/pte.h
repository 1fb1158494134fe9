/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_PTE_H
#define ANNEX_HOST_PTE_H

/*
 * Single entries of a window: a frame, or nothing.
 *
 * An entry goes from nothing to a frame and back, never from one frame to
 * another. Where it is two words wide, the one with the present bit is the
 * last to be set and the first to be cleared, so that the MMU of no CPU ever
 * sees half a frame number with it. What is not present no TLB keeps, so only
 * clearing an entry needs an invalidation.
 *
 * On machines without PAE nothing is mapped by these entries: they are a table
 * that the suites look at.
 */
#include <linux/compiler.h>
#include <linux/mm.h>
#include <linux/pgtable.h>

#include "host/tlb.h"
#include "host/window.h"

#ifdef CONFIG_X86_PAE

/* What an entry says besides its frame: the same for all of them. */
extern u64 annex_pte_bits;

/**
 * annex_pte_set() - let an entry that shows nothing show a frame
 * @pte: the entry, whose only writer the caller is
 * @host_pfn: the frame
 *
 * Context: any.
 */
static __always_inline void annex_pte_set(pte_t *pte, unsigned long host_pfn)
{
	WRITE_ONCE(pte->pte_high, (u32)(annex_pte_bits >> 32) |
				  host_pfn >> (32 - PAGE_SHIFT));
	smp_wmb(); /* the present bit comes last */
	WRITE_ONCE(pte->pte_low, (u32)annex_pte_bits |
				 host_pfn << PAGE_SHIFT);
}

/**
 * annex_pte_clear() - let an entry show nothing
 * @pte: the entry, whose only writer the caller is
 *
 * Context: any; the caller invalidates what TLBs may have of it.
 */
static __always_inline void annex_pte_clear(pte_t *pte)
{
	WRITE_ONCE(pte->pte_low, 0);
	smp_wmb(); /* the present bit goes first */
	WRITE_ONCE(pte->pte_high, 0);
}

#else

static inline void annex_pte_set(pte_t *pte, unsigned long host_pfn)
{
	*pte = pfn_pte(host_pfn, PAGE_KERNEL);
}

static inline void annex_pte_clear(pte_t *pte)
{
	*pte = __pte(0);
}

#endif

/**
 * annex_pte_pfn() - which frame an entry shows
 * @pte: the entry
 *
 * Context: any.
 * Return: the host pfn, or %ANNEX_WINDOW_NONE.
 */
static inline unsigned long annex_pte_pfn(const pte_t *pte)
{
	return pte_present(*pte) ? pte_pfn(*pte) : ANNEX_WINDOW_NONE;
}

#endif /* ANNEX_HOST_PTE_H */
