/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_FRAME_FAST_H
#define ANNEX_HOST_FRAME_FAST_H

/*
 * Access to the contents of a frame while interrupts are off, inline. frame.c
 * and scratch.c have the functions for all others.
 */
#include <linux/compiler.h>
#include <linux/smp.h>

#include "host/host.h"
#include "host/pte.h"
#include "host/tlb.h"
#include "host/window.h"

#ifdef CONFIG_X86_PAE

/**
 * annex_frame_show() - map a frame at this CPU's scratch address
 * @host: the host's resources of the pool
 * @host_pfn: the frame
 *
 * Context: any but NMI, interrupts off until the last access.
 * Return: its address on this CPU, until the next frame is mapped.
 */
static __always_inline void *annex_frame_show(struct annex_host *host,
					      unsigned long host_pfn)
{
	unsigned int slot = smp_processor_id();
	void *addr;

	if (unlikely(host->plain))
		return annex_plain_frame(host, host_pfn);
	addr = annex_window_addr(&host->scratch, slot);
	annex_pte_fill(annex_window_pte_at(&host->scratch, (unsigned long)addr),
		       1, host_pfn, 1);
	annex_tlb_flush_local(addr);
	return addr;
}

#else

static inline void *annex_frame_show(struct annex_host *host,
				     unsigned long host_pfn)
{
	return annex_plain_frame(host, host_pfn);
}

#endif

#endif /* ANNEX_HOST_FRAME_FAST_H */
