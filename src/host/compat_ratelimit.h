/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_RATELIMIT_H
#define ANNEX_HOST_COMPAT_RATELIMIT_H

/* Rate limits, whose private members tests change. */
#include <linux/ratelimit.h>

#include "host/compat_version.h"

/* Since 6.16 a burst counts down. */
#if ANNEX_KERNEL_BEFORE(6, 16)
static inline void annex_ratelimit_use_up(struct ratelimit_state *limit)
{
	limit->printed = limit->burst;
	limit->missed = 0;
}
#else
static inline void annex_ratelimit_use_up(struct ratelimit_state *limit)
{
	atomic_set(&limit->rs_n_left, 0);
	atomic_set(&limit->missed, 0);
}
#endif

#endif /* ANNEX_HOST_COMPAT_RATELIMIT_H */
