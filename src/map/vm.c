// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas of the vmalloc window, from cradle to grave: what vmalloc, vmap and
 * ioremap have in common.
 *
 *   new ---> placed ---> shown ---> given up ---> purged
 *            (addresses)  (PTEs)     (no PTEs)     (no TLB entries)
 *
 * An area that is given up shows nothing from that moment on, but TLBs may
 * still have what it showed. So its addresses, and its frames, are kept until
 * TLBs are invalidated: a late reader faults or sees what he saw before, never
 * what became of the frame. One invalidation serves all areas that were given
 * up so far; it comes when they take a 32nd of the window, when no place is
 * found, when frames run out, or when somebody asks.
 *
 * Frames of vmalloc are its own. Those that vmap shows are others', who may free
 * them when they have unmapped: as in Linux, it is for them to purge before that
 * if late readers are to be feared.
 *
 * Behind each area is a page that never shows anything.
 *
 * Locking: vmap_area_lock (struct annex_vmalloc), with interrupts off, for who
 * has which addresses and how far an area has come; a leaf. What an area shows
 * belongs to who makes it and, once that is done, to who gives it up: only one
 * can. purge_lock, a mutex, is taken outside of it, by one purger at a time.
 *
 * Failing: no addresses, no memory, addresses where no such area begins.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sched.h>

#include "annex.h"
#include "host/context.h"
#include "host/fail.h"
#include "host/refuse.h"
#include "host/window.h"
#include "map/vm.h"
#include "map/vm_inline.h"
#include "page/report.h"

const char annex_no_host_memory_text[] =
	"the host has no memory to remember the area by";

/* What a place is wanted for, after "no place for ". */
static void say_wanted(char *text, size_t size, unsigned long nr_pages,
		       unsigned long align)
{
	size_t n = scnprintf(text, size, "%lu pages and a guard page", nr_pages);

	if (align > PAGE_SIZE)
		scnprintf(text + n, size - n, " at a multiple of %lu kB",
			  align >> 10);
}

/**
 * annex_vm_refuse_place() - say that there are no addresses
 * @annex: the pool
 * @nr_pages: for so many pages
 * @align: at a multiple of this, a power of two
 * @call: what the caller called, for the log
 *
 * What is free it tells as of now, when others may have given something up.
 *
 * Context: any but NMI.
 */
void annex_vm_refuse_place(struct annex *annex, unsigned long nr_pages,
			   unsigned long align, const char *call)
{
	struct annex_vmalloc *v = &annex->vmalloc;
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
	annex_refuse_call(annex, ANNEX_VMALLOC_FAIL, -ENOSPC, call, why.text);
}

/**
 * annex_vm_may_not() - why it makes no sense to make an area
 * @annex: the pool
 * @nr_pages: of so many pages
 * @call: what the caller called, for the log
 *
 * Context: any.
 * Return: false.
 */
bool annex_vm_may_not(struct annex *annex, unsigned long nr_pages,
		      const char *call)
{
	if (annex_refused_atomic(annex, ANNEX_BAD_MAP, call))
		return false;
	if (!nr_pages)
		annex_refuse_call(annex, ANNEX_BAD_MAP, -EINVAL, call,
				  "it is for nothing; ask for a byte or more");
	else
		annex_vm_refuse_place(annex, nr_pages, PAGE_SIZE, call);
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

/* What was given up has addresses, perhaps others than a purge before freed. */
static noinline int try_harder(struct annex *annex, struct annex_vm *area,
			       unsigned long size)
{
	annex_vm_purge_all(annex);
	return try_place(&annex->vmalloc, area, size);
}

/**
 * annex_vm_place() - give an area its addresses, and a guard page behind them
 * @annex: the pool
 * @area: without addresses
 * @nr_pages: how many pages, fewer than the window has
 *
 * Context: process, may sleep.
 * Return: 0; -ENOSPC if there is no such place.
 */
int annex_vm_place(struct annex *annex, struct annex_vm *area,
		   unsigned long nr_pages)
{
	unsigned long size = (nr_pages + 1) << PAGE_SHIFT;
	int err = try_place(&annex->vmalloc, area, size);

	if (unlikely(err))
		err = try_harder(annex, area, size);
	if (unlikely(err))
		return err;
	note_place(area, size);
	return 0;
}

/**
 * annex_vm_place_in_time() - the same, for who has tried and must not fail
 * @annex: the pool
 * @area: without addresses
 * @nr_pages: how many pages, fewer than the window has
 *
 * Nobody makes it fail on purpose, or that would never end.
 *
 * Context: process, may sleep; waits a moment for others to give something up.
 * Return: as annex_vm_place().
 */
int annex_vm_place_in_time(struct annex *annex, struct annex_vm *area,
			   unsigned long nr_pages)
{
	unsigned long size = (nr_pages + 1) << PAGE_SHIFT;
	int err;

	schedule_timeout_uninterruptible(1);
	annex_vm_purge_all(annex);
	err = find_place(&annex->vmalloc, area, size);
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
 * annex_vm_place_aligned() - the same, at a multiple of something
 * @annex: the pool
 * @area: without addresses
 * @nr_pages: how many pages, fewer than the window has
 * @align: of its first address, a power of two
 *
 * Context: process, may sleep.
 * Return: as annex_vm_place(); -EINVAL for an @align that is no power of two.
 */
int annex_vm_place_aligned(struct annex *annex, struct annex_vm *area,
			   unsigned long nr_pages, unsigned long align)
{
	unsigned long size = (nr_pages + 1) << PAGE_SHIFT;
	int err = try_aligned(&annex->vmalloc, area, size, align);

	if (err == -ENOSPC) {
		annex_vm_purge_all(annex);
		err = try_aligned(&annex->vmalloc, area, size, align);
	}
	if (!err)
		note_place(area, size);
	return err;
}

/* May everybody know of it? Then it shows what it is to show. */
static __always_inline bool is_live(const struct annex_vm *area)
{
	/* pairs with make_live() */
	return smp_load_acquire(&area->state) == ANNEX_VM_LIVE;
}

/**
 * annex_pool_find_vm_area() - the area that an address is in
 * @annex: the pool
 * @addr: any address
 *
 * Context: any but NMI.
 * Return: the area, for as long as nobody gives it up; NULL if there is none.
 */
const struct annex_vm_struct *annex_pool_find_vm_area(struct annex *annex,
						      const void *addr)
{
	struct annex_vmalloc *v = &annex->vmalloc;
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

/* Is it what is to be given up? With 0 pages, of any size. */
static __always_inline bool is_meant(const struct annex_vm *area,
				     unsigned long vm_flags,
				     unsigned long nr_pages)
{
	return is_live(area) && area->vm.flags & vm_flags &&
	       (!nr_pages || annex_vm_nr(area) == nr_pages);
}

/* Find the area that begins at an address and make it nobody's. */
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
 * annex_vm_refuse() - report an address that no area could be given up for
 * @annex: the pool
 * @addr: where it was said to begin; NULL is fine
 * @flags: of which kind it should be
 * @call: what the caller called
 *
 * Context: any.
 * Return: 0 for NULL; -EINVAL, with a line in the log.
 */
noinline int annex_vm_refuse(struct annex *annex, const void *addr,
			     unsigned long flags, const char *call)
{
	const char *why = "no area begins there, or it was given up before";
	const struct annex_vm_struct *vm = NULL;

	if (!addr)
		return 0;
	if (in_nmi())
		why = annex_in_nmi_text;
	else
		vm = annex_pool_find_vm_area(annex, addr);
	if (vm && vm->addr != addr)
		why = "it lies inside an area, whose first address is to be given";
	else if (vm && !(vm->flags & flags))
		why = other_kind_text;
	else if (vm)
		why = "the area there has another number of frames, or ends before that";
	return annex_refuse_call(annex, ANNEX_BAD_MAP, -EINVAL, call, why);
}

/* llist_add(), which is a call and five times as long. */
static __always_inline void make_lazy(struct annex_vmalloc *v,
				      struct annex_vm *area)
{
	struct llist_node *first = READ_ONCE(v->lazy.first);

	do {
		area->lazy.next = first;
	} while (!try_cmpxchg(&v->lazy.first, &first, &area->lazy));
}

static noinline void purge_soon(struct annex *annex)
{
	if (annex_may_sleep_unasked())
		annex_vm_purge(annex);
	else
		queue_work(system_unbound_wq, &annex->vmalloc.work);
}

/* Let an area that is nobody's any more wait for a purge. */
static __always_inline void retire(struct annex *annex, struct annex_vm *area)
{
	struct annex_vmalloc *v = &annex->vmalloc;
	unsigned long nr, lazy;

	annex_vm_hide(v, area);
	/* Counted first: what is purged is never more than is counted. */
	nr = area->vm.size >> PAGE_SHIFT;
	lazy = atomic_long_add_return(nr, &v->nr_lazy);
	make_lazy(v, area);
	if (unlikely(lazy > v->lazy_max))
		purge_soon(annex);
}

/**
 * annex_vm_give_up() - an area is not used any more
 * @annex: the pool
 * @addr: where it begins; NULL is none
 * @flags: of which kind it must be
 * @nr_pages: how many pages it must have, 0 for any
 * @call: what the caller called, for the log
 *
 * Context: any but NMI.
 * Return: 0; -EINVAL, with a line in the log and nothing changed, if no such
 * area begins there.
 */
int annex_vm_give_up(struct annex *annex, const void *addr, unsigned long flags,
		     unsigned long nr_pages, const char *call)
{
	struct annex_vm *area;

	area = take(&annex->vmalloc, addr, flags, nr_pages);
	if (unlikely(!area))
		return annex_vm_refuse(annex, addr, flags, call);
	retire(annex, area);
	return 0;
}

/**
 * annex_vm_retire() - an area that is nobody's any more waits for a purge
 * @annex: the pool
 * @area: the area, %ANNEX_VM_LAZY by now
 *
 * Context: any but NMI.
 */
void annex_vm_retire(struct annex *annex, struct annex_vm *area)
{
	retire(annex, area);
}

/**
 * annex_vm_abandon() - an area is not to be used although it has begun to show
 * @annex: the pool
 * @area: with addresses; nobody knows them
 *
 * Context: process.
 */
void annex_vm_abandon(struct annex *annex, struct annex_vm *area)
{
	struct annex_vmalloc *v = &annex->vmalloc;

	spin_lock_irq(&v->lock);
	area->state = ANNEX_VM_LAZY;
	spin_unlock_irq(&v->lock);
	retire(annex, area);
}

/**
 * annex_pool_is_vmalloc_addr() - is an address one of the window's?
 * @annex: the pool
 * @addr: any address
 *
 * Context: any.
 * Return: true if it is, whether there is an area or not.
 */
bool annex_pool_is_vmalloc_addr(const struct annex *annex, const void *addr)
{
	const struct annex_window *window = annex->vmalloc.window;
	unsigned long off;

	if (!window)
		return false;
	off = (unsigned long)addr - (unsigned long)window->addr;
	return off >> PAGE_SHIFT < window->nr_pages;
}

/**
 * annex_vmalloc_bytes() - what the tables of a window take
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

/**
 * annex_vmalloc_init() - a window without areas
 * @annex: the pool, with shrinkers
 * @window: the window; its pages show nothing
 * @metadata: annex_vmalloc_bytes() for the tables, until annex_vmalloc_exit()
 *
 * Context: process, may sleep.
 * Return: 0 or an errno.
 */
int annex_vmalloc_init(struct annex *annex, struct annex_window *window,
		       void *metadata)
{
	struct annex_vmalloc *v = &annex->vmalloc;
	unsigned long start = (unsigned long)window->addr;
	int err;

	v->annex = annex;
	v->spares = annex_should_fail(ANNEX_FAIL_PERCPU) ?
			    NULL : alloc_percpu(struct annex_vm_spares);
	if (!v->spares)
		return -ENOMEM;
	spin_lock_init(&v->lock);
	err = annex_vmap_area_init(&v->space, start,
				   start + (window->nr_pages << PAGE_SHIFT),
				   metadata, &v->lock);
	if (err)
		goto err_space;
	v->window = window;
	v->most = window->nr_pages - 1;
	err = annex_vm_purge_init(annex);
	if (err)
		goto err_purge;
	return 0;

err_purge:
	v->most = 0;
	v->window = NULL;
	annex_vmap_area_exit(&v->space);
err_space:
	annex_vm_free_spares(v);
	return err;
}

static void close_window(struct annex_vmalloc *v)
{
	annex_vmap_area_exit(&v->space);
	annex_vm_free_spares(v);
	v->most = 0;
	v->window = NULL;
}

/**
 * annex_vmalloc_exit() - undo annex_vmalloc_init()
 * @annex: the pool; nobody uses the window any more
 *
 * Areas that nobody has given up are undone, too.
 *
 * Context: process, may sleep.
 * Return: how many there were.
 */
unsigned int annex_vmalloc_exit(struct annex *annex)
{
	struct annex_vmalloc *v = &annex->vmalloc;
	struct annex_vmap_area *va;
	unsigned int left = 0;

	if (!v->window)
		return 0;
	annex_vm_purge_exit(annex);
	left = annex_vm_forget_stuck(annex);
	while ((va = annex_vmap_area_first_locked(&v->space))) {
		struct annex_vm *area = container_of(va, struct annex_vm, va);

		annex_vm_give_up(annex, area->vm.addr, ~0UL, 0, "exit");
		annex_vm_purge(annex);
		left += 1 + annex_vm_forget_stuck(annex);
	}
	close_window(v);
	return left;
}

/**
 * annex_vmalloc_leave() - the same, but areas show what they show, for ever
 * @annex: the pool, whose frames nobody gets any more
 *
 * Context: process, may sleep.
 * Return: how many there are.
 */
unsigned int annex_vmalloc_leave(struct annex *annex)
{
	struct annex_vmalloc *v = &annex->vmalloc;
	struct annex_vmap_area *va;
	unsigned int left = 0;

	if (!v->window)
		return 0;
	annex_vm_purge_exit(annex);
	left = annex_vm_forget_stuck(annex);
	for (; (va = annex_vmap_area_first_locked(&v->space)); left++) {
		spin_lock_irq(&v->lock);
		annex_vmap_area_free_locked(&v->space, va);
		spin_unlock_irq(&v->lock);
		annex_vm_drop(annex, container_of(va, struct annex_vm, va));
	}
	close_window(v);
	return left;
}
