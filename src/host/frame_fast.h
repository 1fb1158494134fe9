/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_FRAME_FAST_H
#define ANNEX_HOST_FRAME_FAST_H

/*
 * Access to the contents of frames while interrupts are off, inline. frame.c and
 * scratch.c have the functions for all others.
 */
#include <linux/compiler.h>
#include <linux/pgtable.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "host/frame.h"
#include "host/host.h"
#include "host/pte.h"
#include "host/tlb.h"
#include "host/window.h"

#ifdef CONFIG_X86_PAE

/* The scratch addresses of the CPU that runs. */
static __always_inline struct annex_scratch_cpu
annex_scratch_here(const struct annex_host *host)
{
	return host->scratch_cpu[smp_processor_id()];
}

/* Does the entry map that frame? It has no bit that the MMU would set. */
static __always_inline bool annex_scratch_maps(const pte_t *pte,
					       unsigned long host_pfn)
{
	return pte->pte_low == ((u32)annex_pte_bits |
				(u32)(host_pfn << PAGE_SHIFT)) &&
	       pte->pte_high == ((u32)(annex_pte_bits >> 32) |
				 host_pfn >> (32 - PAGE_SHIFT));
}

/* annex_frame_show_at() at addresses of the CPU that runs. */
static __always_inline void *annex_scratch_map(struct annex_scratch_cpu cpu,
					       enum annex_scratch slot,
					       unsigned long host_pfn)
{
	void *addr = (void *)(cpu.addr + (slot << PAGE_SHIFT));
	pte_t *pte = cpu.pte + slot;

	/* A frame of data is seldom that of the access before. */
	if (slot == ANNEX_SCRATCH_LEAF &&
	    likely(annex_scratch_maps(pte, host_pfn)))
		return addr;
	annex_pte_clear(pte);
	annex_pte_set(pte, host_pfn);
	annex_tlb_flush_local(addr);
	return addr;
}

/* Copy a page. For memcpy() gcc first aligns what is aligned here. */
static __always_inline void annex_copy_page(void *to, const void *from)
{
	unsigned long words = PAGE_SIZE / sizeof(u32);

	asm volatile("rep movsl"
		     : "+c" (words), "+D" (to), "+S" (from) : : "memory");
}

#else

/* Without windows all pools are plain. */
static inline struct annex_scratch_cpu
annex_scratch_here(const struct annex_host *host)
{
	return (struct annex_scratch_cpu){};
}

static inline void *annex_scratch_map(struct annex_scratch_cpu cpu,
				      enum annex_scratch slot,
				      unsigned long host_pfn)
{
	return NULL;
}

static inline void annex_copy_page(void *to, const void *from)
{
	memcpy(to, from, PAGE_SIZE);
}

#endif

/**
 * annex_frame_show_at() - map a frame at a scratch address of this CPU
 * @host: the host's resources of the pool
 * @slot: which address
 * @host_pfn: the frame
 *
 * Context: any but NMI, interrupts off until the last access.
 * Return: its address on this CPU, until the next frame is mapped there.
 */
static __always_inline void *annex_frame_show_at(struct annex_host *host,
						 enum annex_scratch slot,
						 unsigned long host_pfn)
{
	if (unlikely(host->plain))
		return annex_plain_frame(host, host_pfn);
	return annex_scratch_map(annex_scratch_here(host), slot, host_pfn);
}

/**
 * annex_frame_show() - the same, at the address of annex_frame_enter()
 * @host: the host's resources of the pool
 * @host_pfn: the frame
 *
 * Context: as annex_frame_show_at().
 * Return: as annex_frame_show_at().
 */
static __always_inline void *annex_frame_show(struct annex_host *host,
					      unsigned long host_pfn)
{
	return annex_frame_show_at(host, ANNEX_SCRATCH_FRAME, host_pfn);
}

#endif /* ANNEX_HOST_FRAME_FAST_H */
