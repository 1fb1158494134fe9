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

/* A thread of a real-time or of the deadline policy. */
#define rt_or_dl_task(task)	rt_task(task)

/* The workqueue of the CPU that queues, and the one of no particular CPU. */
#define system_percpu_wq	system_wq
#define system_dfl_wq		system_unbound_wq

#endif /* ANNEX_HOST_COMPAT_SCHED_H */
