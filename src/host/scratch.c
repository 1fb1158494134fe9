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
#include <linux/math.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <asm/smp.h>

#include "base/fail.h"
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

/* The addresses of a CPU are aligned, so their entries are contiguous. */
static struct annex_scratch_cpu cpu_pages(const struct annex_host *host,
					  unsigned int cpu)
{
	unsigned long size = ANNEX_SCRATCH_PAGES << PAGE_SHIFT;
	unsigned long addr =
		round_up((unsigned long)host->scratch.addr, size) + cpu * size;

	return (struct annex_scratch_cpu){
		.addr = addr,
		.pte = annex_window_pte_at(&host->scratch, addr),
	};
}

/**
 * annex_scratch_get() - give each CPU its scratch addresses
 * @host: without a scratch window
 * @why: filled on failure
 *
 * Context: process, may sleep.
 * Return: 0, -ENOMEM, or as annex_window_get().
 */
int annex_scratch_get(struct annex_host *host, struct annex_reason *why)
{
	struct annex_scratch_cpu *cpus;
	unsigned int cpu;
	int err;

	cpus = annex_should_fail(ANNEX_FAIL_MEMORY) ?
		       NULL : kcalloc(nr_cpu_ids, sizeof(*cpus), GFP_KERNEL);
	if (!cpus)
		return annex_refuse(why, -ENOMEM,
				    "no memory for the scratch addresses of CPUs");
	err = annex_window_get(&host->scratch, "scratch", ANNEX_SCRATCH_WINDOW,
			       why);
	if (err) {
		kfree(cpus);
		return err;
	}
	host->scratch_cpu = cpus;
	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		cpus[cpu] = cpu_pages(host, cpu);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_scratch_get);

/**
 * annex_scratch_put() - undo annex_scratch_get()
 * @host: the host's resources of a pool whose frames nobody accesses
 *
 * Context: process, may sleep.
 */
void annex_scratch_put(struct annex_host *host)
{
	annex_window_put(&host->scratch);
	kfree(host->scratch_cpu);
	host->scratch_cpu = NULL;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_scratch_put);

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
