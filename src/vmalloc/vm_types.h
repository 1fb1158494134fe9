/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_VMALLOC_VM_TYPES_H
#define ANNEX_VMALLOC_VM_TYPES_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/pgtable.h>
#include <linux/spinlock_types.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <annex/reclaim.h>
#include <annex/vmalloc.h>

#include "vmalloc/vmap_area.h"

struct annex_frames;
struct annex_window;

/*
 * The default size of the window: enough for most users, and small enough for
 * the host's default vmalloc space beside its other areas.
 */
#define ANNEX_VMALLOC_DEFAULT	(32UL << 20)
#define ANNEX_VMALLOC_MIN	BIT(20)

/*
 * Pages that may be lazy: a 32nd of the window, and 1 MB at most. A purge
 * interrupts all CPUs and serves as many areas as fit there: 128 of one page
 * and its guard. A larger bound costs more: this many frames still come from
 * the per-CPU lists and go back there; with three times as many, an alloc and
 * free of 4 kB costs two thirds more.
 */
#define ANNEX_VMALLOC_LAZY(nr_pages)	min((nr_pages) / 32, 256UL)

/* Frames that an area can hold without an array of its own: 64 kB. */
#define ANNEX_VM_FEW		16

/* Limit of areas cached per CPU: the most that one purge frees. */
#define ANNEX_VM_FREE_LIST_MAX	128

/**
 * enum annex_vm_state - the states of an area
 * @ANNEX_VM_NEW: it has addresses at most
 * @ANNEX_VM_LIVE: it is mapped, and can be used and freed
 * @ANNEX_VM_WAITS: it was freed, but stays mapped until RCU readers are done
 * @ANNEX_VM_LAZY: it was freed, and waits for a purge
 */
enum annex_vm_state {
	ANNEX_VM_NEW,
	ANNEX_VM_LIVE,
	ANNEX_VM_WAITS,
	ANNEX_VM_LAZY
};

/**
 * struct annex_vm - an area of the window
 * @va: its addresses, with the guard page
 * @vm: its public description
 * @state: its state
 * @few: its frames, if they are few; other entries are NULL
 * @lazy: link in the list of lazy areas
 * @next: link in a CPU's cache or in the list of stuck areas
 */
struct annex_vm {
	struct annex_vmap_area va;
	struct annex_vm_struct vm;
	enum annex_vm_state state;
	struct annex_page *few[ANNEX_VM_FEW];
	union {
		struct llist_node lazy;
		struct annex_vm *next;
	};
};

/**
 * struct annex_vm_free_list - unused areas cached per CPU
 * @first: the first of them
 * @nr: number of areas
 */
struct annex_vm_free_list {
	struct annex_vm *first;
	unsigned int nr;
};

/**
 * struct annex_vmalloc - the vmalloc space of a pool
 * @frames: the frames of the pool
 * @window: its addresses, NULL if it has none
 * @most: pages of the largest possible area
 * @lock: protects @space, and the state of areas
 * @space: the addresses that are taken
 * @free_list: unused areas of each CPU
 * @purge_lock: held by the purger; no area is purged without it
 * @lazy: areas that were freed and not purged
 * @stuck: areas with a frame that could not be freed, linked by next; of size 0
 *	if the area never had addresses
 * @nr_lazy: pages of the window that lazy areas take
 * @lazy_max: bound of @nr_lazy; none once the window is closed
 * @work: purges on behalf of callers that may not sleep
 * @shrinker: purges when frames run out
 */
struct annex_vmalloc {
	struct annex_frames *frames;
	struct annex_window *window;
	unsigned long most;

	spinlock_t lock; /* see above */
	struct annex_vmap_space space;
	struct annex_vm_free_list __percpu *free_list;

	struct mutex purge_lock; /* outside of @lock; a shrinker only tries it */
	struct llist_head lazy;
	struct annex_vm *stuck;
	atomic_long_t nr_lazy;
	unsigned long lazy_max;
	struct work_struct work;
	struct annex_shrinker shrinker;
};

/* Pages of an area that has addresses, without its guard page. */
static inline unsigned long annex_vm_nr(const struct annex_vm *area)
{
	return (area->vm.size >> PAGE_SHIFT) - 1;
}

#endif /* ANNEX_VMALLOC_VM_TYPES_H */
