/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_CONTEXT_H
#define ANNEX_HOST_CONTEXT_H

/*
 * Where a caller is: what the kernel keeps count of. might_sleep() says nothing
 * on a kernel without CONFIG_DEBUG_ATOMIC_SLEEP, such as Debian's, so calls that
 * sleep ask here and are refused.
 */
#include <linux/irqflags.h>
#include <linux/kconfig.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

/* May the caller sleep, as far as the kernel keeps count of it? */
static __always_inline bool annex_may_sleep(void)
{
	return !preempt_count() && !irqs_disabled();
}

/*
 * The same of who never said that he would: a reader under RCU may not, nor who
 * holds a spinlock where the kernel keeps no count.
 */
static __always_inline bool annex_may_sleep_unasked(void)
{
	return IS_ENABLED(CONFIG_PREEMPT_COUNT) && annex_may_sleep() &&
	       !rcu_preempt_depth();
}

#endif /* ANNEX_HOST_CONTEXT_H */
