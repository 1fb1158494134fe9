/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_PTE_H
#define ANNEX_HOST_PTE_H

/*
 * Single entries of a window: a frame, or nothing.
 *
 * An entry goes from nothing to a frame and back, never from one frame to
 * another. It is two words wide, and the one with the present bit is the last to
 * be set and the only one to be cleared, so that the MMU of no CPU ever sees half
 * a frame number with it: what is not present has no frame number. What is not
 * present no TLB keeps, so only clearing an entry needs an invalidation.
 *
 * On machines without PAE nothing is mapped by these entries: they are a table
 * that the suites look at.
 */
#include <linux/compiler.h>
#include <linux/mm.h>
#include <linux/pgtable.h>

#include "host/tlb.h"
#include "host/window.h"

/* What an entry says besides its frame, mostly. */
extern u64 annex_pte_bits;

#ifdef CONFIG_X86_PAE

/**
 * annex_pte_set_bits() - let an entry that shows nothing show a frame
 * @pte: the entry, whose only writer the caller is
 * @pfn: the frame, of the pool or not
 * @bits: from annex_pte_prot(), read once each half
 *
 * Context: any.
 */
static __always_inline void annex_pte_set_bits(pte_t *pte, unsigned long pfn,
					       const u64 *bits)
{
	WRITE_ONCE(pte->pte_high, (u32)(*bits >> 32) |
				  pfn >> (32 - PAGE_SHIFT));
	smp_wmb(); /* the present bit comes last */
	WRITE_ONCE(pte->pte_low, (u32)*bits | pfn << PAGE_SHIFT);
}

/**
 * annex_pte_set() - the same, for all that may be done with it
 * @pte: the entry
 * @host_pfn: the frame
 *
 * Context: any.
 */
static __always_inline void annex_pte_set(pte_t *pte, unsigned long host_pfn)
{
	annex_pte_set_bits(pte, host_pfn, &annex_pte_bits);
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
}

/**
 * annex_pte_fill() - let entries that show something show other frames
 * @pte: the first, whose only writer the caller is
 * @nr: how many
 * @pfn: what the first is to show
 * @step: what the next one shows is so many frames further on
 *
 * Context: any; the caller invalidates what TLBs may have of them.
 */
static inline void annex_pte_fill(pte_t *pte, unsigned long nr,
				  unsigned long pfn, unsigned long step)
{
	u64 value = annex_pte_bits | (u64)pfn << PAGE_SHIFT;

	for (; nr--; value += (u64)step << PAGE_SHIFT, pte++) {
		annex_pte_clear(pte);
		WRITE_ONCE(pte->pte_high, value >> 32);
		smp_wmb(); /* the present bit comes last */
		WRITE_ONCE(pte->pte_low, value);
	}
}

#else

static inline void annex_pte_set_bits(pte_t *pte, unsigned long pfn,
				      const u64 *bits)
{
	WRITE_ONCE(*pte, __pte(*bits | (u64)pfn << PAGE_SHIFT));
}

static inline void annex_pte_set(pte_t *pte, unsigned long host_pfn)
{
	WRITE_ONCE(*pte, pfn_pte(host_pfn, PAGE_KERNEL));
}

static inline void annex_pte_clear(pte_t *pte)
{
	WRITE_ONCE(*pte, __pte(0));
}

#endif

/**
 * annex_pte_prot() - what an entry says besides its frame
 * @prot: what may be done there, and how it is cached; it must be present
 *
 * Context: any.
 * Return: the bits, for annex_pte_set_bits().
 */
static inline u64 annex_pte_prot(pgprot_t prot)
{
	return pte_val(pfn_pte(0, prot));
}

/**
 * annex_pte_pfn() - which frame an entry shows
 * @pte: the entry; where it has two words, nobody writes it meanwhile
 *
 * Context: any.
 * Return: the host pfn, or %ANNEX_WINDOW_NONE.
 */
static inline unsigned long annex_pte_pfn(const pte_t *pte)
{
	pte_t entry = READ_ONCE(*pte);

	return pte_present(entry) ? pte_pfn(entry) : ANNEX_WINDOW_NONE;
}

#endif /* ANNEX_HOST_PTE_H */
