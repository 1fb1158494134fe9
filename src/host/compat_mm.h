/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_MM_H
#define ANNEX_HOST_COMPAT_MM_H

/*
 * Flags of the host's allocators that not every kernel version has, as masks
 * that contain those of this kernel; and its bulk allocator.
 */
#include <linux/gfp.h>
#include <linux/slab.h>

#include "host/compat_version.h"

/* A request that cannot wait. Since 6.3 the lack of other flags says so. */
#if ANNEX_KERNEL_BEFORE(6, 3)
#define ANNEX_GFP_ATOMIC	__GFP_ATOMIC
#else
#define ANNEX_GFP_ATOMIC	((__force gfp_t)0)
#endif

/* Gone since 6.9, and without effect long before. */
#if ANNEX_KERNEL_BEFORE(6, 9)
#define ANNEX_SLAB_MEM_SPREAD	SLAB_MEM_SPREAD
#else
#define ANNEX_SLAB_MEM_SPREAD	((__force slab_flags_t)0)
#endif

/* A cache's flags that annex accepts and that have no effect on it. */
#define ANNEX_SLAB_IGNORED						\
	(SLAB_CONSISTENCY_CHECKS | ANNEX_SLAB_MEM_SPREAD |		\
	 SLAB_ACCOUNT | SLAB_NOLEAKTRACE)

/* The function that krealloc() calls, whose first argument is the object. */
#if ANNEX_KERNEL_BEFORE(6, 10)
#define ANNEX_KREALLOC_SYMBOL	"krealloc"
#elif ANNEX_KERNEL_BEFORE(7, 0)
#define ANNEX_KREALLOC_SYMBOL	"krealloc_noprof"
#else
#define ANNEX_KREALLOC_SYMBOL	"krealloc_node_align_noprof"
#endif

/* 7.2 has a kvfree() for atomic context. */
#if ANNEX_KERNEL_BEFORE(7, 2)
#define kvfree_atomic			kvfree
#define ANNEX_KVFREE_ATOMIC_SYMBOL	NULL
#else
#define ANNEX_KVFREE_ATOMIC_SYMBOL	"kvfree_atomic"
#endif

/* 6.14 has the short name. */
#if ANNEX_KERNEL_BEFORE(6, 14)
#define alloc_pages_bulk(gfp, nr, array)				\
	alloc_pages_bulk_array(gfp, nr, array)
#endif

#endif /* ANNEX_HOST_COMPAT_MM_H */
