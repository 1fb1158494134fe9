/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_LOCKDEP_H
#define ANNEX_HOST_COMPAT_LOCKDEP_H

/*
 * Spinlocks in functions that another CPU calls. With PREEMPT_RT they would
 * sleep, in an interrupt; annex is not built for that. Newer kernels check for
 * it whenever lockdep is on (CONFIG_PROVE_RAW_LOCK_NESTING; on 7.2 there is no
 * choice). A wait override map tells lockdep that these locks spin, and all other
 * checks go on.
 */
#include <linux/lockdep.h>

/* Since 6.4, and in later releases of older series. */
#ifdef DEFINE_WAIT_OVERRIDE_MAP
#define ANNEX_IPI_MAP(name)	DEFINE_WAIT_OVERRIDE_MAP(name, LD_WAIT_CONFIG)
#define annex_ipi_begin(map)	lock_map_acquire_try(map)
#define annex_ipi_end(map)	lock_map_release(map)
#else
#define ANNEX_IPI_MAP(name)	struct lockdep_map name __maybe_unused
#define annex_ipi_begin(map)	((void)(map))
#define annex_ipi_end(map)	((void)(map))
#endif

#endif /* ANNEX_HOST_COMPAT_LOCKDEP_H */
