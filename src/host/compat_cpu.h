/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_CPU_H
#define ANNEX_HOST_COMPAT_CPU_H

/* Registers and counters of the processor, for tests and benchmarks. */
#include <linux/hardirq.h>
#include <linux/percpu.h>
#include <asm/msr.h>

#include "host/compat_version.h"

/* 6.16: the width in bits became that of the register. */
#if ANNEX_KERNEL_BEFORE(6, 16)
#define rdmsrq(msr, value)	rdmsrl(msr, value)
#endif

/* Lines CAL and TLB of /proc/interrupts, which are elements of an array since 7.1. */
#if ANNEX_KERNEL_BEFORE(7, 1)
#define annex_irqs_call(cpu)						\
	READ_ONCE(per_cpu(irq_stat, cpu).irq_call_count)
#define annex_irqs_tlb(cpu)						\
	READ_ONCE(per_cpu(irq_stat, cpu).irq_tlb_count)
#else
#define annex_irqs_call(cpu)						\
	READ_ONCE(per_cpu(irq_stat, cpu).counts[IRQ_COUNT_CALL_FUNCTION])
#define annex_irqs_tlb(cpu)						\
	READ_ONCE(per_cpu(irq_stat, cpu).counts[IRQ_COUNT_TLB])
#endif

#endif /* ANNEX_HOST_COMPAT_CPU_H */
