// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors of areas: memory of the host, cached per CPU.
 *
 * Areas need no call of the host's allocator while a CPU's cache is neither
 * empty nor full (ANNEX_VM_FREE_LIST_MAX). A descriptor has space for
 * ANNEX_VM_FEW frames; an area with more needs an array.
 *
 * Locking: none; preemption is disabled while a CPU's cache is used.
 *
 * Failing: no memory.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "base/fail.h"
#include "page/frames.h"
#include "vmalloc/vm.h"

/* Flags of a request that control the effort, not the kind of memory. */
#define HOST_GFP_MASK \
	(GFP_KERNEL | __GFP_NORETRY | __GFP_RETRY_MAYFAIL | __GFP_NOFAIL)

/* Take an area from this CPU's cache, or NULL. */
static __always_inline struct annex_vm *take(struct annex_vmalloc *v)
{
	struct annex_vm_free_list *free_list;
	struct annex_vm *area;

	preempt_disable();
	free_list = this_cpu_ptr(v->free_list);
	area = free_list->first;
	if (likely(area)) {
		free_list->first = area->next;
		free_list->nr--;
	}
	preempt_enable();
	return area;
}

/* Allocate from the host: an area if there is none, and an array if needed. */
static noinline struct annex_vm *fetch(struct annex_vmalloc *v,
				       struct annex_vm *area,
				       unsigned int nr_pages, gfp_t gfp)
{
	struct annex_page **pages;

	gfp = (gfp & HOST_GFP_MASK) | __GFP_NOWARN;
	if (!area) {
		area = kzalloc(sizeof(*area), gfp);
		if (!area)
			return NULL;
		area->vm.pages = area->few;
	}
	if (nr_pages <= ANNEX_VM_FEW)
		return area;
	pages = annex_should_fail_gfp(ANNEX_FAIL_MEMORY, gfp) ?
			NULL :
			kvcalloc(nr_pages, sizeof(*pages), gfp);
	if (pages) {
		area->vm.pages = pages;
		return area;
	}
	annex_vm_drop(v, area);
	return NULL;
}

/**
 * annex_vm_new() - allocate an area without addresses
 * @v: the vmalloc space of the pool
 * @nr_pages: frames that it must have space for
 * @flags: VM_ALLOC, VM_MAP or VM_IOREMAP
 * @caller: return address of the creator
 * @gfp: flags for the host's allocator
 *
 * Context: process, may sleep.
 * Return: the area, its frames NULL; or NULL.
 */
struct annex_vm *annex_vm_new(struct annex_vmalloc *v, unsigned int nr_pages,
			      unsigned long flags, const void *caller,
			      gfp_t gfp)
{
	struct annex_vm *area;

	/* Fault injection also covers cached areas. */
	if (annex_should_fail_gfp(ANNEX_FAIL_MEMORY, gfp))
		return NULL;
	area = take(v);
	if (unlikely(!area || nr_pages > ANNEX_VM_FEW)) {
		area = fetch(v, area, nr_pages, gfp);
		if (!area)
			return NULL;
	}
	area->state = ANNEX_VM_NEW;
	area->vm.flags = flags;
	area->vm.nr_pages = nr_pages;
	area->vm.phys_addr = 0;
	area->vm.caller = caller;
	return area;
}

/**
 * annex_vm_free_pages() - free an area's array of frames, if it has one
 * @area: with no frames
 *
 * Context: process, may sleep.
 */
void annex_vm_free_pages(struct annex_vm *area)
{
	if (likely(area->vm.pages == area->few))
		return;
	kvfree(area->vm.pages);
	area->vm.pages = area->few;
}

/**
 * annex_vm_drop_many() - free areas without addresses and frames
 * @v: the vmalloc space of the pool
 * @areas: the areas, none with an array of frames
 * @nr: number of areas
 *
 * Context: process.
 */
void annex_vm_drop_many(struct annex_vmalloc *v, struct annex_vm **areas,
			unsigned int nr)
{
	struct annex_vm **area = areas, **end = areas + nr;
	struct annex_vm_free_list *free_list;

	preempt_disable();
	free_list = this_cpu_ptr(v->free_list);
	for (; area < end && free_list->nr < ANNEX_VM_FREE_LIST_MAX; area++) {
		(*area)->next = free_list->first;
		free_list->first = *area;
		free_list->nr++;
	}
	preempt_enable();
	for (; area < end; area++)
		kfree(*area);
}

/**
 * annex_vm_drop() - free an area without addresses and frames
 * @v: the vmalloc space of the pool
 * @area: the area
 *
 * Context: process, may sleep.
 */
void annex_vm_drop(struct annex_vmalloc *v, struct annex_vm *area)
{
	annex_vm_free_pages(area);
	annex_vm_drop_many(v, &area, 1);
}

/**
 * annex_vm_free_lists_destroy() - free the per-CPU caches
 * @v: the vmalloc space; no caller uses it any more
 *
 * Context: process, may sleep.
 */
void annex_vm_free_lists_destroy(struct annex_vmalloc *v)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct annex_vm_free_list *free_list =
			per_cpu_ptr(v->free_list, cpu);

		while (free_list->first) {
			struct annex_vm *area = free_list->first;

			free_list->first = area->next;
			kfree(area);
		}
	}
	free_percpu(v->free_list);
	v->free_list = NULL;
}
