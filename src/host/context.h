/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_CONTEXT_H
#define ANNEX_HOST_CONTEXT_H

/*
 * The context of a caller, as far as the kernel counts it. Without
 * CONFIG_DEBUG_ATOMIC_SLEEP, as on Debian's kernel, might_sleep() reports
 * nothing, so functions that sleep check here and refuse.
 */
#include <linux/irqflags.h>
#include <linux/kconfig.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

/*
 * May the caller sleep, as far as the kernel counts its context? Not
 * preemptible(), which is always false without CONFIG_PREEMPT_COUNT.
 */
static __always_inline bool annex_may_sleep(void)
{
	return !preempt_count() && !irqs_disabled();
}

/*
 * Like annex_may_sleep(), for callers that did not opt in to sleeping: false
 * for a reader under RCU, and wherever the kernel does not count spinlocks.
 */
static __always_inline bool annex_may_sleep_unasked(void)
{
	return IS_ENABLED(CONFIG_PREEMPT_COUNT) && annex_may_sleep() &&
	       !rcu_preempt_depth();
}

#endif /* ANNEX_HOST_CONTEXT_H */
