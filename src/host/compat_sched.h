/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_SCHED_H
#define ANNEX_HOST_COMPAT_SCHED_H

/*
 * Scheduling policies and workqueues, by the names that later kernels have for
 * them.
 */
#include <linux/sched.h>
#include <linux/sched/rt.h>
#include <linux/workqueue.h>

#include "host/compat_version.h"

/* Up to 6.10 rt_task() was true of the deadline policy as well. */
#if ANNEX_KERNEL_BEFORE(6, 11)
#define rt_or_dl_task(task)	rt_task(task)
#endif

/* 6.17: the workqueue of the CPU that queues, and the one of no CPU. */
#if ANNEX_KERNEL_BEFORE(6, 17)
#define system_percpu_wq	system_wq
#define system_dfl_wq		system_unbound_wq
#endif

/*
 * Has the scheduler narrowed the affinity of the running thread, which is pinned?
 * Up to 6.18 it does so when it switches to another thread, which preempt
 * notifiers hear of. Since 6.19 it does so before it picks the next thread, and
 * that can be the same one.
 */
#if ANNEX_KERNEL_BEFORE(6, 19)
static __always_inline bool annex_pin_narrowed(void)
{
	return false;
}
#else
static __always_inline bool annex_pin_narrowed(void)
{
	return current->cpus_ptr != &current->cpus_mask;
}
#endif

#endif /* ANNEX_HOST_COMPAT_SCHED_H */
