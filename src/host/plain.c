// SPDX-License-Identifier: GPL-2.0-only
/*
 * A host without windows: UML and 64-bit kernels, on which the KUnit suites
 * test the core of annex. There a pool's contents are ordinary memory.
 */
#include <linux/irqflags.h>
#include <linux/mm.h>

#include "host/frame.h"
#include "host/host.h"
#include "host/pte.h"
#include "host/tlb.h"
#include "host/window.h"

/* No MMU reads these entries, but they have the bits of a present page. */
u64 annex_pte_bits = _PAGE_PRESENT | _PAGE_RW;

void *annex_frame_enter(struct annex_host *host, unsigned long host_pfn,
			unsigned long *irqflags)
{
	local_irq_save(*irqflags);
	return annex_plain_frame(host, host_pfn);
}

void annex_frame_leave(unsigned long irqflags)
{
	local_irq_restore(irqflags);
}

void annex_frame_sync(void)
{
}

/* A window that does not exist maps nothing. */
unsigned long annex_window_pfn(const struct annex_window *win,
			       unsigned long idx)
{
	return win->tables ? annex_pte_pfn(annex_window_pte(win, idx)) :
			     ANNEX_WINDOW_NONE;
}

/* As on a 32-bit machine with 128 MB of vmalloc space. */
unsigned long annex_window_floor(void)
{
	return 0xf8000000;
}

bool annex_cpu_has_nx(void)
{
	return true;
}

int annex_claim_check_io(u64 start, u64 end, struct annex_reason *why)
{
	return 0;
}

void annex_tlb_flush_range(void *addr, unsigned long nr_pages)
{
}
