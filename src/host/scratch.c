// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scratch window: four pages of addresses for each CPU.
 *
 * To access a frame for a short time, a CPU disables interrupts, writes the
 * entry of its own page and invalidates its own translation of it. No other CPU
 * uses that address, so no other TLB has to be invalidated: a translation that
 * another CPU caches speculatively is never used.
 *
 * The entry stays set when the access ends. The next access invalidates it
 * anyway, and a second invalidation would double the cost. For a leaf of a frame
 * table, which is mostly that of the look-up before, the next access finds entry
 * and translation as they are.
 */
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/smp.h>
#include <asm/smp.h>

#include "base/for_kunit.h"
#include "base/refuse.h"
#include "host/frame.h"
#include "host/frame_fast.h"
#include "host/host.h"
#include "host/scratch.h"
#include "host/tlb.h"

/**
 * annex_frame_enter() - map a frame at this CPU's scratch address
 * @host: the host's resources of the pool
 * @host_pfn: the frame
 * @irqflags: for annex_frame_leave()
 *
 * Context: any but NMI; not nested. Interrupts are off until
 * annex_frame_leave().
 * Return: its address on this CPU until then.
 */
void *annex_frame_enter(struct annex_host *host, unsigned long host_pfn,
			unsigned long *irqflags)
{
	local_irq_save(*irqflags);
	return annex_frame_show(host, host_pfn);
}

/**
 * annex_frame_leave() - end the access to a frame
 * @irqflags: as annex_frame_enter() set them
 */
void annex_frame_leave(unsigned long irqflags)
{
	local_irq_restore(irqflags);
}

/**
 * annex_frame_sync() - write back and invalidate the caches of all CPUs
 *
 * Context: process, may sleep.
 */
void annex_frame_sync(void)
{
	wbinvd_on_all_cpus();
}
EXPORT_SYMBOL_FOR_KUNIT(annex_frame_sync);

/**
 * annex_scratch_check() - do the entries reach the right frames?
 * @host: with its scratch window
 * @host_pfn: a frame of the pool, beyond 4 GB if any is
 * @why: filled if they do not
 *
 * To be called before anything is written through the window: it walks the
 * host's page tables from their root to see which frame the entry maps.
 *
 * Context: process.
 * Return: 0 or -EFAULT.
 */
int annex_scratch_check(struct annex_host *host, unsigned long host_pfn,
			struct annex_reason *why)
{
	unsigned long flags, first, shown;

	annex_frame_enter(host, host_pfn, &flags);
	first = (unsigned long)host->scratch.addr;
	shown = annex_window_pfn(&host->scratch,
				 (annex_scratch_here(host).addr - first) >>
					 PAGE_SHIFT);
	annex_frame_leave(flags);
	if (shown == host_pfn)
		return 0;
	return annex_refuse(why, -EFAULT,
			    "an entry for frame %#lx names %#lx; this host is not supported",
			    host_pfn, shown);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_scratch_check);
