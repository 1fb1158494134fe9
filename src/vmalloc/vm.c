// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of an area of the vmalloc window: the common part of vmalloc, vmap
 * and ioremap.
 *
 *   new ---> placed ---> live ----> lazy --------> purged
 *            (addresses)  (PTEs)     (no PTEs)     (no TLB entries)
 *
 * A freed area is unmapped at once, but TLBs may still hold its entries. So its
 * addresses and its frames are kept until TLBs are invalidated: a late reader
 * faults or sees the old contents, and never a new owner's. One invalidation
 * serves all lazy areas. It comes when they take more than a 32nd of the window
 * or more than 1 MB, when no place is found, when frames run out, or on request.
 *
 * A vmalloc area owns its frames. The frames that vmap maps belong to the
 * caller, which may free them once it has unmapped them: as in Linux, a caller
 * that must guard against late readers purges before that.
 *
 * A page that is never mapped follows each area.
 *
 * Locking: vmalloc->lock, a leaf, with interrupts off, protects the addresses
 * that are taken and the state of areas. The page table entries of an area
 * belong to its creator and, once it is live, to the one caller that frees it.
 * purge_lock, a mutex, is held by one purger at a time; vmalloc->lock is taken
 * inside of it.
 *
 * Failing: no addresses, no memory, addresses where no such area begins.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sched.h>

#include "base/fail.h"
#include "base/for_kunit.h"
#include "base/refuse.h"
#include "host/compat_sched.h"
#include "host/context.h"
#include "host/window.h"
#include "page/frames.h"
#include "page/report.h"
#include "vmalloc/vm.h"
#include "vmalloc/vm_inline.h"

const char annex_no_host_memory_text[] =
	"the host has no memory to remember the area by";

/* Describe a request, to follow "no place for ". */
static void say_wanted(char *text, size_t size, unsigned long nr_pages,
		       unsigned long align)
{
	size_t n = scnprintf(text, size, "%lu pages and a guard page", nr_pages);

	if (align > PAGE_SIZE)
		scnprintf(text + n, size - n, " at a multiple of %lu kB",
			  align >> 10);
}

/**
 * annex_vm_refuse_place() - report that no addresses are free
 * @v: the vmalloc space of the pool
 * @nr_pages: pages requested
 * @align: alignment requested, a power of two
 * @call: name of the public function, for the log
 *
 * The report counts free pages as of now; they may differ from the failed
 * attempt's.
 *
 * Context: any but NMI.
 */
void annex_vm_refuse_place(struct annex_vmalloc *v, unsigned long nr_pages,
			   unsigned long align, const char *call)
{
	unsigned long flags, all = 0, free = 0, most = 0;
	struct annex_reason why;
	char wanted[64];

	say_wanted(wanted, sizeof(wanted), nr_pages, align);
	if (v->window) {
		spin_lock_irqsave(&v->lock, flags);
		all = v->space.end - v->space.start;
		free = v->space.free;
		most = annex_vmap_area_largest_locked(&v->space);
		spin_unlock_irqrestore(&v->lock, flags);
	}
	annex_refuse(&why, -ENOSPC,
		     "the vmalloc window has no place for %s: of its %lu pages %lu are free, %lu at most in a row; load annex with a larger vmalloc=",
		     wanted, all >> PAGE_SHIFT, free >> PAGE_SHIFT,
		     most >> PAGE_SHIFT);
	annex_refuse_call(v->frames, ANNEX_VMALLOC_FAIL, -ENOSPC, call,
			  why.text);
}

/**
 * annex_vm_may_not() - refuse a request for an area, and report why
 * @v: the vmalloc space of the pool
 * @nr_pages: pages requested
 * @call: name of the public function, for the log
 *
 * Context: any.
 * Return: false.
 */
bool annex_vm_may_not(struct annex_vmalloc *v, unsigned long nr_pages,
		      const char *call)
{
	if (annex_refused_atomic(v->frames, ANNEX_BAD_MAP, call))
		return false;
	if (!nr_pages)
		annex_refuse_call(v->frames, ANNEX_BAD_MAP, -EINVAL, call,
				  "it is for nothing; ask for a byte or more");
	else
		annex_vm_refuse_place(v, nr_pages, PAGE_SIZE, call);
	return false;
}

static __always_inline void note_place(struct annex_vm *area,
				       unsigned long size)
{
	area->vm.addr = (void *)area->va.start;
	area->vm.size = size;
}

static __always_inline int find_place(struct annex_vmalloc *v,
				      struct annex_vm *area, unsigned long size)
{
	int err;

	spin_lock_irq(&v->lock);
	err = annex_vmap_area_take_locked(&v->space, &area->va, size);
	spin_unlock_irq(&v->lock);
	return err;
}

static __always_inline int try_place(struct annex_vmalloc *v,
				     struct annex_vm *area, unsigned long size)
{
	if (annex_should_fail(ANNEX_FAIL_ADDRESS))
		return -ENOSPC;
	return find_place(v, area, size);
}

/* Purge the lazy areas, which still hold addresses, and retry. */
static noinline int try_harder(struct annex_vmalloc *v, struct annex_vm *area,
			       unsigned long size)
{
	annex_vm_purge_all(v);
	return try_place(v, area, size);
}

/**
 * annex_vm_place() - allocate an area's addresses, and a guard page behind them
 * @v: the vmalloc space of the pool
 * @area: without addresses
 * @nr_pages: number of pages, fewer than the window has
 *
 * Context: process, may sleep.
 * Return: 0; -ENOSPC if there is no such place.
 */
int annex_vm_place(struct annex_vmalloc *v, struct annex_vm *area,
		   unsigned long nr_pages)
{
	unsigned long size = (nr_pages + 1) << PAGE_SHIFT;
	int err = try_place(v, area, size);

	if (unlikely(err))
		err = try_harder(v, area, size);
	if (unlikely(err))
		return err;
	note_place(area, size);
	return 0;
}

/**
 * annex_vm_place_in_time() - retry annex_vm_place(), for __GFP_NOFAIL
 * @v: the vmalloc space of the pool
 * @area: without addresses
 * @nr_pages: number of pages, fewer than the window has
 *
 * Fault injection does not apply, or the caller's loop would never end.
 *
 * Context: process, may sleep; waits a tick for other callers to free areas.
 * Return: as annex_vm_place().
 */
int annex_vm_place_in_time(struct annex_vmalloc *v, struct annex_vm *area,
			   unsigned long nr_pages)
{
	unsigned long size = (nr_pages + 1) << PAGE_SHIFT;
	int err;

	schedule_timeout_uninterruptible(1);
	annex_vm_purge_all(v);
	err = find_place(v, area, size);
	if (!err)
		note_place(area, size);
	return err;
}

static int try_aligned(struct annex_vmalloc *v, struct annex_vm *area,
		       unsigned long size, unsigned long align)
{
	int err;

	if (annex_should_fail(ANNEX_FAIL_ADDRESS))
		return -ENOSPC;
	spin_lock_irq(&v->lock);
	err = annex_vmap_area_alloc_locked(&v->space, &area->va, size, align, 0,
					   ULONG_MAX);
	spin_unlock_irq(&v->lock);
	return err;
}

/**
 * annex_vm_place_aligned() - annex_vm_place() with an alignment
 * @v: the vmalloc space of the pool
 * @area: without addresses
 * @nr_pages: number of pages, fewer than the window has
 * @align: of its first address, a power of two
 *
 * Context: process, may sleep.
 * Return: as annex_vm_place(); -EINVAL for an @align that is no power of two.
 */
int annex_vm_place_aligned(struct annex_vmalloc *v, struct annex_vm *area,
			   unsigned long nr_pages, unsigned long align)
{
	unsigned long size = (nr_pages + 1) << PAGE_SHIFT;
	int err = try_aligned(v, area, size, align);

	if (err == -ENOSPC) {
		annex_vm_purge_all(v);
		err = try_aligned(v, area, size, align);
	}
	if (!err)
		note_place(area, size);
	return err;
}

/* Is the area public? Then it is mapped. */
static __always_inline bool is_live(const struct annex_vm *area)
{
	/* pairs with make_live() */
	return smp_load_acquire(&area->state) == ANNEX_VM_LIVE;
}

/* annex_find_vm_area() in a pool. */
const struct annex_vm_struct *__annex_find_vm_area(struct annex_vmalloc *v,
						   const void *addr)
{
	struct annex_vm *area = NULL;
	struct annex_vmap_area *va;
	unsigned long flags;

	if (!v->window || in_nmi())
		return NULL;
	spin_lock_irqsave(&v->lock, flags);
	va = annex_vmap_area_find_locked(&v->space, (unsigned long)addr);
	if (va && is_live(container_of(va, struct annex_vm, va)))
		area = container_of(va, struct annex_vm, va);
	spin_unlock_irqrestore(&v->lock, flags);
	return area ? &area->vm : NULL;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_find_vm_area);

/* Does the area match a request to free it? 0 pages match any size. */
static __always_inline bool is_meant(const struct annex_vm *area,
				     unsigned long vm_flags,
				     unsigned long nr_pages)
{
	return is_live(area) && area->vm.flags & vm_flags &&
	       (!nr_pages || annex_vm_nr(area) == nr_pages);
}

/* Find the area that begins at an address and take it from its owner. */
static __always_inline struct annex_vm *take(struct annex_vmalloc *v,
					     const void *addr,
					     unsigned long vm_flags,
					     unsigned long nr_pages)
{
	struct annex_vm *area = NULL;
	struct annex_vmap_area *va;
	unsigned long flags;

	if (unlikely(!v->window || in_nmi()))
		return NULL;
	spin_lock_irqsave(&v->lock, flags);
	va = annex_vmap_area_at_locked(&v->space, (unsigned long)addr);
	if (likely(va && is_meant(container_of(va, struct annex_vm, va),
				  vm_flags, nr_pages))) {
		area = container_of(va, struct annex_vm, va);
		area->state = ANNEX_VM_LAZY;
	}
	spin_unlock_irqrestore(&v->lock, flags);
	return area;
}

static const char other_kind_text[] =
	"annex_vfree() is for vmalloc, annex_vunmap() for vmap, annex_iounmap() for ioremap";

/**
 * annex_vm_refuse() - report an address at which no area could be freed
 * @v: the vmalloc space of the pool
 * @addr: address from the caller; NULL is allowed
 * @flags: kinds of area that the call frees
 * @call: name of the public function
 *
 * Context: any.
 * Return: 0 for NULL; -EINVAL, with a line in the log.
 */
noinline int annex_vm_refuse(struct annex_vmalloc *v, const void *addr,
			     unsigned long flags, const char *call)
{
	const char *why = "no area begins there, or it was given up before";
	const struct annex_vm_struct *vm = NULL;

	if (!addr)
		return 0;
	if (in_nmi())
		why = annex_in_nmi_text;
	else
		vm = __annex_find_vm_area(v, addr);
	if (vm && vm->addr != addr)
		why = "it lies inside an area, whose first address is to be given";
	else if (vm && !(vm->flags & flags))
		why = other_kind_text;
	else if (vm)
		why = "the area there has another number of frames, or ends before that";
	return annex_refuse_call(v->frames, ANNEX_BAD_MAP, -EINVAL, call, why);
}

/* llist_add() is a function call, and five times as long. */
static __always_inline void make_lazy(struct annex_vmalloc *v,
				      struct annex_vm *area)
{
	struct llist_node *first = READ_ONCE(v->lazy.first);

	do {
		area->lazy.next = first;
	} while (!try_cmpxchg(&v->lazy.first, &first, &area->lazy));
}

static noinline void purge_soon(struct annex_vmalloc *v)
{
	if (annex_may_sleep_unasked())
		annex_vm_purge(v);
	else
		queue_work(system_dfl_wq, &v->work);
}

/* Unmap an area that was taken from its owner, and queue it for a purge. */
static __always_inline void retire(struct annex_vmalloc *v,
				   struct annex_vm *area)
{
	unsigned long nr, lazy;

	annex_vm_hide(v, area);
	/* Counted first, so that nr_lazy never falls below what is queued. */
	nr = area->vm.size >> PAGE_SHIFT;
	lazy = atomic_long_add_return(nr, &v->nr_lazy);
	make_lazy(v, area);
	if (unlikely(lazy > v->lazy_max))
		purge_soon(v);
}

/**
 * annex_vm_give_up() - free an area
 * @v: the vmalloc space of the pool
 * @addr: where it begins; NULL does nothing
 * @flags: kinds of area that the call frees
 * @nr_pages: number of pages that it must have, 0 for any
 * @call: name of the public function, for the log
 *
 * Context: any but NMI.
 * Return: 0; -EINVAL, with a line in the log and nothing changed, if no such
 * area begins there.
 */
int annex_vm_give_up(struct annex_vmalloc *v, const void *addr,
		     unsigned long flags, unsigned long nr_pages,
		     const char *call)
{
	struct annex_vm *area;

	area = take(v, addr, flags, nr_pages);
	if (unlikely(!area))
		return annex_vm_refuse(v, addr, flags, call);
	retire(v, area);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_vm_give_up);

/**
 * annex_vm_retire() - unmap an area and queue it for a purge
 * @v: the vmalloc space of the pool
 * @area: the area, already %ANNEX_VM_LAZY
 *
 * Context: any but NMI.
 */
void annex_vm_retire(struct annex_vmalloc *v, struct annex_vm *area)
{
	retire(v, area);
}

/**
 * annex_vm_abandon() - free a partly mapped area that was never live
 * @v: the vmalloc space of the pool
 * @area: with addresses, which no caller knows
 *
 * Context: process.
 */
void annex_vm_abandon(struct annex_vmalloc *v, struct annex_vm *area)
{
	spin_lock_irq(&v->lock);
	area->state = ANNEX_VM_LAZY;
	spin_unlock_irq(&v->lock);
	retire(v, area);
}

/* annex_is_vmalloc_addr() in a pool. */
bool __annex_is_vmalloc_addr(const struct annex_vmalloc *v, const void *addr)
{
	const struct annex_window *window = v->window;
	unsigned long off;

	if (!window)
		return false;
	off = (unsigned long)addr - (unsigned long)window->addr;
	return off >> PAGE_SHIFT < window->nr_pages;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_is_vmalloc_addr);

/**
 * annex_vmalloc_bytes() - size of the tables of a window
 * @window: the window
 *
 * Return: bytes, whole frames.
 */
size_t annex_vmalloc_bytes(const struct annex_window *window)
{
	unsigned long start = (unsigned long)window->addr;

	return PAGE_ALIGN(annex_vmap_area_bytes(start, start +
						(window->nr_pages << PAGE_SHIFT)));
}
EXPORT_SYMBOL_FOR_KUNIT(annex_vmalloc_bytes);

static void close_window(struct annex_vmalloc *v)
{
	annex_vmap_area_exit(&v->space);
	annex_vm_free_lists_destroy(v);
	v->most = 0;
	v->window = NULL;
}

/**
 * annex_vmalloc_init() - set up a window without areas
 * @v: the vmalloc space of the pool, with shrinkers
 * @window: the window, with no page mapped
 * @metadata: annex_vmalloc_bytes() of memory for the tables, in use until
 *	annex_vmalloc_exit()
 *
 * Context: process, may sleep.
 * Return: 0 or an errno.
 */
int annex_vmalloc_init(struct annex_vmalloc *v, struct annex_window *window,
		       void *metadata)
{
	unsigned long start = (unsigned long)window->addr;
	int err;

	v->free_list = annex_should_fail(ANNEX_FAIL_PERCPU) ?
			       NULL :
			       alloc_percpu(struct annex_vm_free_list);
	if (!v->free_list)
		return -ENOMEM;
	spin_lock_init(&v->lock);
	err = annex_vmap_area_init(&v->space, start,
				   start + (window->nr_pages << PAGE_SHIFT),
				   metadata, &v->lock);
	if (err)
		goto err_space;
	v->window = window;
	v->most = window->nr_pages - 1;
	err = annex_vm_purge_init(v);
	if (err)
		goto err_purge;
	return 0;

err_purge:
	close_window(v);
	return err;
err_space:
	annex_vm_free_lists_destroy(v);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_vmalloc_init);

/* Purge, dispose of each area, close the window; return the number of areas. */
static unsigned int shut_down(struct annex_vmalloc *v,
			      unsigned int (*dispose)(struct annex_vmalloc *v,
						      struct annex_vm *area))
{
	struct annex_vmap_area *va;
	unsigned int left;

	if (!v->window)
		return 0;
	annex_vm_purge_exit(v);
	left = annex_vm_forget_stuck(v);
	while ((va = annex_vmap_area_first_locked(&v->space)))
		left += dispose(v, container_of(va, struct annex_vm, va));
	close_window(v);
	return left;
}

static unsigned int free_area(struct annex_vmalloc *v, struct annex_vm *area)
{
	annex_vm_give_up(v, area->vm.addr, ~0UL, 0, "exit");
	annex_vm_purge(v);
	return 1 + annex_vm_forget_stuck(v);
}

/* Its addresses stay mapped. */
static unsigned int leave_area(struct annex_vmalloc *v, struct annex_vm *area)
{
	annex_vm_forget(v, area);
	return 1;
}

/**
 * annex_vmalloc_exit() - undo annex_vmalloc_init()
 * @v: the vmalloc space of the pool; no caller uses the window any more
 *
 * It also frees areas that their owners have not freed.
 *
 * Context: process, may sleep.
 * Return: number of these areas.
 */
unsigned int annex_vmalloc_exit(struct annex_vmalloc *v)
{
	return shut_down(v, free_area);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_vmalloc_exit);

/**
 * annex_vmalloc_abandon() - close the window, but leave its areas mapped
 * @v: the vmalloc space of the pool; its frames are never reused
 *
 * Context: process, may sleep.
 * Return: number of areas.
 */
unsigned int annex_vmalloc_abandon(struct annex_vmalloc *v)
{
	return shut_down(v, leave_area);
}
