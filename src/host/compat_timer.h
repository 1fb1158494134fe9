/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_TIMER_H
#define ANNEX_HOST_COMPAT_TIMER_H

/* Timers, by the names of newer kernels. */
#include <linux/hrtimer.h>
#include <linux/timer.h>

#include "host/compat_version.h"

/* 6.13; since 6.15 a timer's function cannot be set by itself. */
#if ANNEX_KERNEL_BEFORE(6, 13)
#define hrtimer_setup(timer, fn, clock, mode)				\
	do {								\
		struct hrtimer *annex_timer = (timer);			\
									\
		hrtimer_init(annex_timer, clock, mode);			\
		annex_timer->function = (fn);				\
	} while (0)
#define hrtimer_setup_on_stack(timer, fn, clock, mode)			\
	do {								\
		struct hrtimer *annex_timer = (timer);			\
									\
		hrtimer_init_on_stack(annex_timer, clock, mode);	\
		annex_timer->function = (fn);				\
	} while (0)
#endif

/* 6.16 */
#if ANNEX_KERNEL_BEFORE(6, 16)
#define timer_container_of(var, timer, field)				\
	container_of(timer, typeof(*(var)), field)
#endif

#endif /* ANNEX_HOST_COMPAT_TIMER_H */
