/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_VMALLOC_H
#define ANNEX_HOST_COMPAT_VMALLOC_H

/*
 * Areas of the vmalloc space whose pages the host does not read: see area.c. Up
 * to 6.2 these are those of vm_map_ram(). Since then vread_iter() reads them
 * through struct pages; since 6.9 it reads areas with VM_SPARSE as zeros, and
 * always those with VM_IOREMAP, which are aligned to 2 MB.
 */
#include <linux/mm.h>
#include <linux/numa.h>
#include <linux/vmalloc.h>

#include "host/compat_version.h"

#if ANNEX_KERNEL_BEFORE(6, 9)
#define ANNEX_VM_UNREAD	VM_IOREMAP
#else
#define ANNEX_VM_UNREAD	VM_SPARSE
#endif

/*
 * ANNEX_AREA_GUARD: how many pages the host leaves free behind such an area. It
 * has one behind each area of vmap().
 */
#if ANNEX_KERNEL_BEFORE(6, 3)
#define ANNEX_AREA_GUARD	0UL

static inline void *annex_map_area(struct page **pages, unsigned int nr)
{
	return vm_map_ram(pages, nr, NUMA_NO_NODE);
}

static inline void annex_unmap_area(void *area, unsigned int nr)
{
	vm_unmap_ram(area, nr);
}
#else
#define ANNEX_AREA_GUARD	1UL

static inline void *annex_map_area(struct page **pages, unsigned int nr)
{
	return vmap(pages, nr, VM_MAP | ANNEX_VM_UNREAD, PAGE_KERNEL);
}

static inline void annex_unmap_area(void *area, unsigned int nr)
{
	vunmap(area);
}
#endif

#endif /* ANNEX_HOST_COMPAT_VMALLOC_H */
