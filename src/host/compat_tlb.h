/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_TLB_H
#define ANNEX_HOST_COMPAT_TLB_H

/*
 * Flushing the whole TLB of this CPU, global translations included. Since 6.19
 * only KVM's modules may call __flush_tlb_all().
 */
#include <asm/cpufeature.h>
#include <asm/invpcid.h>
#include <asm/processor-flags.h>
#include <asm/special_insns.h>
#include <asm/tlbflush.h>

#include "host/compat_version.h"

#if ANNEX_KERNEL_BEFORE(6, 19)
static inline void annex_flush_tlb_all(void)
{
	__flush_tlb_all();
}
#else
/**
 * annex_flush_tlb_all() - invalidate all translations of this CPU
 *
 * A change of CR4.PGE invalidates all of them (Intel SDM, volume 3, 4.10.4.1).
 * CR4 is as before afterwards, so the kernel's copy of it stays right.
 *
 * Context: interrupts off.
 */
static inline void annex_flush_tlb_all(void)
{
	unsigned long cr4;

	if (boot_cpu_has(X86_FEATURE_INVPCID)) {
		invpcid_flush_all();
	} else if (boot_cpu_has(X86_FEATURE_PGE)) {
		cr4 = native_read_cr4();
		asm volatile("mov %0, %%cr4" : : "r"(cr4 ^ X86_CR4_PGE)
			     : "memory");
		asm volatile("mov %0, %%cr4" : : "r"(cr4) : "memory");
	} else {
		native_write_cr3(__native_read_cr3());
	}
}
#endif

#endif /* ANNEX_HOST_COMPAT_TLB_H */
