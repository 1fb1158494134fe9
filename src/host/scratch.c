// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scratch slots: a window with one page for each CPU.
 *
 * A CPU that needs a frame for a moment turns interrupts off, writes its own
 * slot's entry, drops its own translation of the slot and is there. Nobody
 * else ever uses that address, so no other CPU has to know, and a translation
 * that another CPU guessed into its TLB is never looked at.
 *
 * The entry stays when the CPU leaves: the next visit drops it anyway, and
 * doing it twice would double the price.
 */
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/smp.h>
#include <asm/smp.h>

#include "host/frame.h"
#include "host/host.h"
#include "host/refuse.h"
#include "host/scratch.h"
#include "host/tlb.h"

/**
 * annex_frame_enter() - get at the contents of a frame
 * @host: what lets annex reach it
 * @host_pfn: the frame
 * @irqflags: for annex_frame_leave()
 *
 * Context: any but NMI, not twice. Interrupts are off until the caller leaves.
 * Return: its address on this CPU until then.
 */
void *annex_frame_enter(struct annex_host *host, unsigned long host_pfn,
			unsigned long *irqflags)
{
	unsigned int slot;
	void *addr;

	local_irq_save(*irqflags);
	if (unlikely(host->plain))
		return annex_plain_frame(host, host_pfn);
	slot = smp_processor_id();
	addr = annex_window_addr(&host->scratch, slot);
	annex_window_map(&host->scratch, slot, host_pfn, 1);
	annex_tlb_flush_local(addr);
	return addr;
}

/**
 * annex_frame_leave() - done with the contents of a frame
 * @irqflags: as annex_frame_enter() set them
 */
void annex_frame_leave(unsigned long irqflags)
{
	local_irq_restore(irqflags);
}

/**
 * annex_frame_sync() - let memory, and not a cache, answer the next read
 *
 * Context: process, may sleep.
 */
void annex_frame_sync(void)
{
	wbinvd_on_all_cpus();
}

/**
 * annex_scratch_check() - would the slots reach the right frames?
 * @host: with its scratch window
 * @host_pfn: a frame of the pool, beyond 4 GB if any is
 * @why: filled if they would not
 *
 * Asked before anything is written through them: the host's page tables are
 * walked from their root to see which frame an entry of ours names.
 *
 * Context: process.
 * Return: 0 or -EFAULT.
 */
int annex_scratch_check(struct annex_host *host, unsigned long host_pfn,
			struct annex_reason *why)
{
	unsigned long flags, shown;

	annex_frame_enter(host, host_pfn, &flags);
	shown = annex_window_pfn(&host->scratch, smp_processor_id());
	annex_frame_leave(flags);
	if (shown == host_pfn)
		return 0;
	return annex_refuse(why, -EFAULT,
			    "an entry for frame %#lx names %#lx; this host is not supported",
			    host_pfn, shown);
}
