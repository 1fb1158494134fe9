/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_PTE_H
#define ANNEX_HOST_PTE_H

/*
 * Single page table entries of a window. An entry maps a frame or nothing.
 *
 * An entry changes from nothing to a frame and back, never from one frame to
 * another. It has two words. The one with the present bit is written last when
 * the entry is set, and is the only one that is cleared. So no MMU ever sees a
 * present entry with half a frame number, and an entry that is not present has
 * no frame number. No TLB caches an entry that is not present, so only clearing
 * an entry needs an invalidation.
 *
 * On machines without PAE these entries map nothing: they are a table that the
 * KUnit suites read.
 */
#include <linux/compiler.h>
#include <linux/mm.h>
#include <linux/pgtable.h>

#include "host/tlb.h"
#include "host/window_types.h"

/* The bits of most entries besides the frame number. */
extern u64 annex_pte_bits;

#ifdef CONFIG_X86_PAE

/**
 * annex_pte_set_bits() - map a frame by an empty entry
 * @pte: the entry; the caller is its only writer
 * @pfn: the frame, of the pool or not
 * @bits: from annex_pte_prot(); each half is read once
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
 * annex_pte_set() - the same, with the protection of most entries
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
 * annex_pte_clear() - clear an entry
 * @pte: the entry; the caller is its only writer
 *
 * Context: any; the caller invalidates the TLBs.
 */
static __always_inline void annex_pte_clear(pte_t *pte)
{
	WRITE_ONCE(pte->pte_low, 0);
}

/**
 * annex_pte_fill() - rewrite entries that may be present
 * @pte: the first; the caller is the only writer of all of them
 * @nr: how many
 * @pfn: the frame of the first entry
 * @step: the distance between the frames of two entries
 *
 * Context: any; the caller invalidates the TLBs.
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
 * annex_pte_prot() - the bits of an entry besides the frame number
 * @prot: protection and cache mode; it must be present
 *
 * Context: any.
 * Return: the bits, for annex_pte_set_bits().
 */
static inline u64 annex_pte_prot(pgprot_t prot)
{
	return pte_val(pfn_pte(0, prot));
}

/**
 * annex_pte_pfn() - the frame that an entry maps
 * @pte: the entry; if it has two words, it must not change meanwhile
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
