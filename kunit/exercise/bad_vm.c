// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a caller must not do with vmalloc, vmap and ioremap: more entries of the
 * table in bad_calls.c.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include <annex/vmalloc.h>

#include "bad_calls.h"
#include "exercise.h"

static int vfree_twice(struct annex_page *unused)
{
	void *addr = annex_vmalloc(PAGE_SIZE);

	return annex_vfree(addr) ?: annex_vfree(addr);
}

static int vfree_purged(struct annex_page *unused)
{
	void *addr = annex_vmalloc(PAGE_SIZE);
	int err = annex_vfree(addr);

	annex_vm_unmap_aliases();
	return err ?: annex_vfree(addr);
}

static int vfree_inside(struct annex_page *unused)
{
	void *addr = annex_vmalloc(3 * PAGE_SIZE);
	int err = annex_vfree(addr + PAGE_SIZE);

	return annex_vfree(addr) ?: err;
}

static int vfree_foreign(struct annex_page *unused)
{
	return annex_vfree((void *)PAGE_OFFSET);
}

static int vfree_of_vmap(struct annex_page *page)
{
	void *addr = annex_vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	int err = annex_vfree(addr);

	return annex_vunmap(addr) ?: err;
}

static int vunmap_of_vmalloc(struct annex_page *unused)
{
	void *addr = annex_vmalloc(PAGE_SIZE);
	int err = annex_vunmap(addr);

	return annex_vfree(addr) ?: err;
}

static int unmap_ram_of_another_number(struct annex_page *page)
{
	void *addr = annex_vm_map_ram(&page, 1);
	int err = annex_vm_unmap_ram(addr, 2);

	return annex_vm_unmap_ram(addr, 1) ?: err;
}

static int vmalloc_of_nothing(struct annex_page *unused)
{
	return annex_vmalloc(0) ? 0 : -EINVAL;
}

static int vmalloc_too_large(struct annex_page *unused)
{
	return annex_vmalloc(SZ_1G) ? 0 : -ENOSPC;
}

/* The multiples of 2 GB are 0 and the middle of what processes have. */
static int vmalloc_where_no_window_is(struct annex_page *unused)
{
	return __annex_vmalloc_node(2 * PAGE_SIZE, SZ_2G, GFP_KERNEL,
				    NUMA_NO_NODE, vmalloc_where_no_window_is) ?
		       0 : -ENOSPC;
}

static int vmalloc_in_atomic_context(struct annex_page *unused)
{
	void *addr;

	preempt_disable();
	addr = annex_vmalloc(PAGE_SIZE);
	preempt_enable();
	return addr ? 0 : -EINVAL;
}

static int vmalloc_at_odd_places(struct annex_page *unused)
{
	return __annex_vmalloc_node(PAGE_SIZE, 3 * PAGE_SIZE, GFP_KERNEL,
				    NUMA_NO_NODE, vmalloc_at_odd_places) ?
		       0 : -EINVAL;
}

static int vmap_of_no_frame(struct annex_page *unused)
{
	struct annex_page *page = NULL;

	return annex_vmap(&page, 1, VM_MAP, PAGE_KERNEL) ? 0 : -EFAULT;
}

static int vmap_of_null(struct annex_page *unused)
{
	return annex_vmap(NULL, 3, VM_MAP, PAGE_KERNEL) ? 0 : -EFAULT;
}

static int map_ram_of_null(struct annex_page *unused)
{
	return annex_vm_map_ram(NULL, 2) ? 0 : -EFAULT;
}

static int vmap_that_nobody_sees(struct annex_page *page)
{
	return annex_vmap(&page, 1, VM_MAP, PAGE_NONE) ? 0 : -EINVAL;
}

static int vmap_that_gives_frames_away(struct annex_page *page)
{
	return annex_vmap(&page, 1, VM_MAP | VM_MAP_PUT_PAGES, PAGE_KERNEL) ?
		       0 : -EINVAL;
}

static int ioremap_of_ram(struct annex_page *unused)
{
	return annex_ioremap(SZ_16M, PAGE_SIZE) ? 0 : -EBUSY;
}

static int ioremap_of_the_pool(struct annex_page *page)
{
	return annex_ioremap(annex_page_to_phys(page), 1) ? 0 : -EBUSY;
}

static int ioremap_beyond_the_cpu(struct annex_page *unused)
{
	return annex_ioremap(1ULL << 40, PAGE_SIZE) ? 0 : -ERANGE;
}

static int ioremap_that_wraps(struct annex_page *unused)
{
	return annex_ioremap(0xfffffffffffff000, 0x11000) ? 0 : -ERANGE;
}

const struct bad_call exercise_bad_vm[] = {
	{ "vfree_twice", vfree_twice, -EINVAL, NO_BLOCK },
	{ "vfree_purged", vfree_purged, -EINVAL, NO_BLOCK },
	{ "vfree_inside", vfree_inside, -EINVAL, NO_BLOCK },
	{ "vfree_foreign", vfree_foreign, -EINVAL, NO_BLOCK },
	{ "vfree_of_vmap", vfree_of_vmap, -EINVAL, 0, __GFP_HIGHMEM },
	{ "vunmap_of_vmalloc", vunmap_of_vmalloc, -EINVAL, NO_BLOCK },
	{ "unmap_ram_of_another_number", unmap_ram_of_another_number, -EINVAL,
	  0, __GFP_HIGHMEM },
	{ "vmalloc_of_nothing", vmalloc_of_nothing, -EINVAL, NO_BLOCK },
	{ "vmalloc_too_large", vmalloc_too_large, -ENOSPC, NO_BLOCK },
	{ "vmalloc_where_no_window_is", vmalloc_where_no_window_is, -ENOSPC,
	  NO_BLOCK },
	{ "vmalloc_in_atomic_context", vmalloc_in_atomic_context, -EINVAL,
	  NO_BLOCK },
	{ "vmalloc_at_odd_places", vmalloc_at_odd_places, -EINVAL, NO_BLOCK },
	{ "vmap_of_no_frame", vmap_of_no_frame, -EFAULT, NO_BLOCK },
	{ "vmap_of_null", vmap_of_null, -EFAULT, NO_BLOCK },
	{ "map_ram_of_null", map_ram_of_null, -EFAULT, NO_BLOCK },
	{ "vmap_that_nobody_sees", vmap_that_nobody_sees, -EINVAL, 0,
	  __GFP_HIGHMEM },
	{ "vmap_that_gives_frames_away", vmap_that_gives_frames_away, -EINVAL,
	  0, __GFP_HIGHMEM },
	{ "ioremap_of_ram", ioremap_of_ram, -EBUSY, NO_BLOCK },
	{ "ioremap_of_the_pool", ioremap_of_the_pool, -EBUSY, 0 },
	{ "ioremap_beyond_the_cpu", ioremap_beyond_the_cpu, -ERANGE, NO_BLOCK },
	{ "ioremap_that_wraps", ioremap_that_wraps, -ERANGE, NO_BLOCK },
};

const unsigned int exercise_nr_bad_vm = ARRAY_SIZE(exercise_bad_vm);
