/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_MM_H
#define ANNEX_HOST_COMPAT_MM_H

/*
 * Flags of the host's allocators that not every kernel version has, as masks
 * that contain those of this kernel.
 */
#include <linux/gfp.h>
#include <linux/slab.h>

/* A request that cannot wait; later kernels tell this by __GFP_HIGH alone. */
#define ANNEX_GFP_ATOMIC	__GFP_ATOMIC

/* A cache's flags that annex accepts and that have no effect on it. */
#define ANNEX_SLAB_IGNORED						\
	(SLAB_CONSISTENCY_CHECKS | SLAB_MEM_SPREAD | SLAB_ACCOUNT |	\
	 SLAB_NOLEAKTRACE)

#endif /* ANNEX_HOST_COMPAT_MM_H */
