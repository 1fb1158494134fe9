// SPDX-License-Identifier: GPL-2.0-only
/*
 * Purging: freeing the frames and addresses of lazy areas.
 *
 * TLBs are invalidated once for all lazy areas. Then the frames, the addresses
 * and the descriptor of each area are freed. A purge comes when lazy areas take
 * more of the window than ANNEX_VMALLOC_LAZY allows, when no place is found,
 * when frames run out, or on request.
 *
 * If a frame of an area cannot be freed, because it is locked, the area is
 * stuck: it keeps its frames and its addresses, and is retried on a request for
 * a purge or when no addresses are found. The same holds for an area that
 * failed to get addresses or all of its frames, and has to free what it got.
 *
 * Locking: purge_lock, by one purger at a time, which owns the lazy areas that
 * it has taken. vmalloc->lock, with interrupts off, to free the addresses of a
 * few areas at a time.
 */
#include <linux/cache.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "host/tlb.h"
#include "host/window.h"
#include "page/frames.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "reclaim/reclaim.h"
#include "vmalloc/vm.h"

/* Areas whose addresses are freed under the lock at once: some 2 us. */
#define BATCH	16

static struct annex_vm *next_of(const struct annex_vm *area)
{
	struct llist_node *next = area->lazy.next;

	return next ? llist_entry(next, struct annex_vm, lazy) : NULL;
}

/*
 * Free the frames of an area. False if one cannot be freed, because another
 * caller has locked it or still uses it; that is a misuse of an owned frame,
 * and was reported. A frame that is not in use has been freed behind the area's
 * back and is dropped from its array.
 */
static bool free_frames(struct annex_vmalloc *v, struct annex_vm *area)
{
	unsigned int i, kept = 0;

	if (likely(!__annex_free_pages_bulk(v->frames, area->vm.pages,
					    area->vm.nr_pages)))
		return true;
	for (i = 0; i < area->vm.nr_pages; i++) {
		if (!area->vm.pages[i])
			continue;
		if (annex_page_state(area->vm.pages[i]) == ANNEX_PAGE_USED)
			kept++;
		else
			area->vm.pages[i] = NULL;
	}
	return !kept;
}

static void stick(struct annex_vmalloc *v, struct annex_vm *area)
{
	area->next = v->stuck;
	v->stuck = area;
	atomic_long_sub(area->vm.size >> PAGE_SHIFT, &v->nr_lazy);
}

static bool try_discard(struct annex_vmalloc *v, struct annex_vm *area)
{
	bool freed = free_frames(v, area);

	if (likely(freed))
		annex_vm_drop(v, area);
	return freed;
}

static void unstick_all(struct annex_vmalloc *v)
{
	struct annex_vm *area = v->stuck, *next;

	v->stuck = NULL;
	for (; area; area = next) {
		next = area->next;
		/* An area without addresses has nothing to invalidate. */
		if (!area->vm.size) {
			if (!try_discard(v, area))
				stick(v, area);
			continue;
		}
		atomic_long_add(area->vm.size >> PAGE_SHIFT, &v->nr_lazy);
		llist_add(&area->lazy, &v->lazy);
	}
}

/**
 * annex_vm_discard() - free an area without addresses, and its frames
 * @v: the vmalloc space of the pool
 * @area: the area; some of its frames may be NULL
 *
 * If a frame is locked, which only its owner may do, that has been logged. The
 * area becomes stuck then, and annex_vm_purge_all() retries it.
 *
 * Context: process, may sleep.
 */
void annex_vm_discard(struct annex_vmalloc *v, struct annex_vm *area)
{
	if (try_discard(v, area))
		return;
	area->vm.addr = NULL;
	area->vm.size = 0;
	mutex_lock(&v->purge_lock);
	stick(v, area);
	mutex_unlock(&v->purge_lock);
}

/*
 * Free the frames, addresses and descriptors of some areas. Counts the freed
 * pages of the window in @nr; returns the first area that is left.
 */
static struct annex_vm *bury_some(struct annex_vmalloc *v,
				  struct annex_vm *first,
				  struct annex_vm **areas, unsigned long *nr)
{
	struct annex_vm *area;
	unsigned int i, n = 0;

	while (first && n < BATCH) {
		area = first;
		first = next_of(area);
		if (area->vm.nr_pages) {
			if (unlikely(!free_frames(v, area))) {
				stick(v, area);
				continue;
			}
			annex_vm_free_pages(area);
		}
		areas[n++] = area;
		*nr += area->vm.size >> PAGE_SHIFT;
	}
	spin_lock_irq(&v->lock);
	for (i = 0; i < n; i++)
		annex_vmap_area_free_locked(&v->space, &areas[i]->va);
	spin_unlock_irq(&v->lock);
	annex_vm_drop_many(v, areas, n);
	return first;
}

/* Beyond this size, the flush is not done page by page anyway. */
static bool are_many(struct annex_vmalloc *v)
{
	return atomic_long_read(&v->nr_lazy) > ANNEX_TLB_SINGLE_MAX;
}

static void flush(struct annex_vmalloc *v, struct llist_node *list)
{
	unsigned long start = ULONG_MAX, end = 0;
	struct annex_vm *area;

	annex_count_events(&v->frames->counters, ANNEX_TLB_SHOOTDOWNS, 1);
	if (are_many(v)) {
		annex_tlb_flush_range(v->window->addr, v->window->nr_pages);
		return;
	}
	llist_for_each_entry(area, list, lazy) {
		start = min(start, area->va.start);
		end = max(end, area->va.end);
	}
	annex_tlb_flush_range((void *)start, (end - start) >> PAGE_SHIFT);
}

/* Returns the number of pages of the window that it freed. */
static unsigned long purge_locked(struct annex_vmalloc *v)
{
	struct llist_node *list = llist_del_all(&v->lazy);
	struct annex_vm *areas[BATCH], *area;
	unsigned long nr = 0;

	lockdep_assert_held(&v->purge_lock);
	if (!list)
		return 0;
	flush(v, list);
	area = llist_entry(list, struct annex_vm, lazy);
	while (area) {
		area = bury_some(v, area, areas, &nr);
		cond_resched();
	}
	atomic_long_sub(nr, &v->nr_lazy);
	return nr;
}

static unsigned long purge(struct annex_vmalloc *v, bool retry)
{
	unsigned long nr;

	if (!v->window)
		return 0;
	mutex_lock(&v->purge_lock);
	if (retry)
		unstick_all(v);
	nr = purge_locked(v);
	mutex_unlock(&v->purge_lock);
	return nr;
}

/**
 * annex_vm_purge() - purge the lazy areas
 * @v: the vmalloc space of the pool
 *
 * All areas that were lazy at the call are purged when it returns, by this or
 * by another purger.
 *
 * Context: process, may sleep: it waits for the other CPUs.
 * Return: pages of the window that it freed, without another purger's.
 */
unsigned long annex_vm_purge(struct annex_vmalloc *v)
{
	return purge(v, false);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_vm_purge);

/**
 * annex_vm_purge_all() - annex_vm_purge(), and retry stuck areas
 * @v: the vmalloc space of the pool
 *
 * Context: as annex_vm_purge().
 * Return: as annex_vm_purge().
 */
unsigned long annex_vm_purge_all(struct annex_vmalloc *v)
{
	return purge(v, true);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_vm_purge_all);

/**
 * annex_vm_forget() - free an area's addresses and descriptor, not its frames
 * @v: the vmalloc space of the pool
 * @area: the area, in no list
 *
 * Context: process, may sleep.
 */
void annex_vm_forget(struct annex_vmalloc *v, struct annex_vm *area)
{
	memset(area->vm.pages, 0, area->vm.nr_pages * sizeof(*area->vm.pages));
	if (area->vm.size) {
		spin_lock_irq(&v->lock);
		annex_vmap_area_free_locked(&v->space, &area->va);
		spin_unlock_irq(&v->lock);
	}
	annex_vm_drop(v, area);
}

/**
 * annex_vm_forget_stuck() - free stuck areas, but not their frames in use
 * @v: the vmalloc space of the pool, which is about to be unloaded
 *
 * Context: process, may sleep.
 * Return: number of areas.
 */
unsigned int annex_vm_forget_stuck(struct annex_vmalloc *v)
{
	unsigned int nr = 0;

	for (; v->stuck; nr++) {
		struct annex_vm *area = v->stuck;

		v->stuck = area->next;
		annex_vm_forget(v, area);
	}
	return nr;
}

static void purge_work(struct work_struct *work)
{
	struct annex_vmalloc *v = container_of(work, struct annex_vmalloc, work);

	annex_vm_purge(v);
}

static unsigned long count_lazy(struct annex_shrinker *shrinker,
				struct annex_shrink_control *sc)
{
	struct annex_vmalloc *v =
		container_of(shrinker, struct annex_vmalloc, shrinker);

	return atomic_long_read(&v->nr_lazy) ?: ANNEX_SHRINK_EMPTY;
}

/* The lock is only tried: its holder may be waiting for frames. */
static unsigned long scan_lazy(struct annex_shrinker *shrinker,
			       struct annex_shrink_control *sc)
{
	struct annex_vmalloc *v =
		container_of(shrinker, struct annex_vmalloc, shrinker);
	unsigned long nr;

	if (!mutex_trylock(&v->purge_lock))
		return ANNEX_SHRINK_STOP;
	nr = purge_locked(v);
	mutex_unlock(&v->purge_lock);
	return nr ?: ANNEX_SHRINK_STOP;
}

/**
 * annex_vm_purge_init() - set up purging, with no lazy areas
 * @v: the vmalloc space of the pool, with shrinkers
 *
 * Context: process, may sleep.
 * Return: 0, or as annex_register_shrinker().
 */
int annex_vm_purge_init(struct annex_vmalloc *v)
{
	mutex_init(&v->purge_lock);
	init_llist_head(&v->lazy);
	v->stuck = NULL;
	atomic_long_set(&v->nr_lazy, 0);
	INIT_WORK(&v->work, purge_work);
	v->lazy_max = ANNEX_VMALLOC_LAZY(v->window->nr_pages);
	v->shrinker = (struct annex_shrinker) {
		.count_objects = count_lazy,
		.scan_objects = scan_lazy,
		.seeks = ANNEX_DEFAULT_SEEKS,
		.name = "annex-vmap",
	};
	return annex_shrinker_add(v->frames, &v->shrinker);
}

/**
 * annex_vm_purge_exit() - purge, and stop all other purgers
 * @v: the vmalloc space of the pool; no other caller frees an area
 *
 * Areas that the caller frees afterwards wait for its own purge. They never
 * start a worker, which would be left running.
 *
 * Context: process, may sleep.
 */
void annex_vm_purge_exit(struct annex_vmalloc *v)
{
	v->lazy_max = ULONG_MAX;
	cancel_work_sync(&v->work);
	annex_shrinker_del(v->frames, &v->shrinker);
	annex_vm_purge_all(v);
}
