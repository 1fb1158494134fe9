/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_VMALLOC_VM_H
#define ANNEX_VMALLOC_VM_H

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
#define ANNEX_VM_SPARES		128

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
 * struct annex_vm_spares - unused areas cached per CPU
 * @first: the first of them
 * @nr: number of areas
 */
struct annex_vm_spares {
	struct annex_vm *first;
	unsigned int nr;
};

/**
 * struct annex_vmalloc - the vmalloc space of a pool
 * @frames: the frames of the pool
 * @window: its addresses, NULL if it has none
 * @most: pages of the largest possible area
 * @lock: vmap_area_lock: protects @space, and the state of areas
 * @space: the addresses that are taken
 * @spares: unused areas of each CPU
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
	struct annex_vm_spares __percpu *spares;

	struct mutex purge_lock; /* outermost except for the shrinkers' lock */
	struct llist_head lazy;
	struct annex_vm *stuck;
	atomic_long_t nr_lazy;
	unsigned long lazy_max;
	struct work_struct work;
	struct annex_shrinker shrinker;
};

size_t annex_vmalloc_bytes(const struct annex_window *window);
int annex_vmalloc_init(struct annex_vmalloc *v, struct annex_window *window,
		       void *metadata);
unsigned int annex_vmalloc_exit(struct annex_vmalloc *v);
unsigned int annex_vmalloc_leave(struct annex_vmalloc *v);

/* Areas: the common part of vmalloc, vmap and ioremap. */
extern const char annex_no_host_memory_text[];

struct annex_vm *annex_vm_new(struct annex_vmalloc *v, unsigned int nr_pages,
			      unsigned long flags, const void *caller,
			      gfp_t gfp);
void annex_vm_drop(struct annex_vmalloc *v, struct annex_vm *area);
__cold void annex_vm_discard(struct annex_vmalloc *v, struct annex_vm *area);
void annex_vm_drop_many(struct annex_vmalloc *v, struct annex_vm **areas,
			unsigned int nr);
void annex_vm_free_pages(struct annex_vm *area);
void annex_vm_free_spares(struct annex_vmalloc *v);
int annex_vm_place(struct annex_vmalloc *v, struct annex_vm *area,
		   unsigned long nr_pages);
int annex_vm_place_in_time(struct annex_vmalloc *v, struct annex_vm *area,
			   unsigned long nr_pages);
int annex_vm_place_aligned(struct annex_vmalloc *v, struct annex_vm *area,
			   unsigned long nr_pages, unsigned long align);
__cold void annex_vm_refuse_place(struct annex_vmalloc *v,
				  unsigned long nr_pages, unsigned long align,
				  const char *call);
void annex_vm_abandon(struct annex_vmalloc *v, struct annex_vm *area);
unsigned int annex_vm_forget_stuck(struct annex_vmalloc *v);
struct annex_page **annex_vm_show(struct annex_vmalloc *v,
				  struct annex_vm *area,
				  struct annex_page **pages);
struct annex_page **annex_vm_show_as(struct annex_vmalloc *v,
				     struct annex_vm *area,
				     struct annex_page **pages, pgprot_t prot);
void annex_vm_show_phys(struct annex_vmalloc *v, struct annex_vm *area,
			pgprot_t prot);
int annex_vm_give_up(struct annex_vmalloc *v, const void *addr,
		     unsigned long flags, unsigned long nr_pages,
		     const char *call);
__cold int annex_vm_refuse(struct annex_vmalloc *v, const void *addr,
			   unsigned long flags, const char *call);
void annex_vm_retire(struct annex_vmalloc *v, struct annex_vm *area);
int annex_vm_give_up_later(struct annex_vmalloc *v, const void *addr,
			   const void *head, size_t len, const char *call);
void annex_vm_give_up_now(struct annex_vmalloc *v, const void *head);
int annex_vm_purge_init(struct annex_vmalloc *v);
void annex_vm_purge_exit(struct annex_vmalloc *v);
unsigned long annex_vm_purge(struct annex_vmalloc *v);
unsigned long annex_vm_purge_all(struct annex_vmalloc *v);

/* Is it mapped? The caller holds the lock of the areas. */
static inline bool annex_vm_shows(const struct annex_vm *area)
{
	return area->state == ANNEX_VM_LIVE || area->state == ANNEX_VM_WAITS;
}

/* Pages of an area that has addresses, without its guard page. */
static inline unsigned long annex_vm_nr(const struct annex_vm *area)
{
	return (area->vm.size >> PAGE_SHIFT) - 1;
}

const struct annex_vm_struct *annex_pool_find_vm_area(struct annex_vmalloc *v,
						      const void *addr);
unsigned long annex_pool_vmalloc_to_pfn(const struct annex_vmalloc *v,
					const void *addr);
bool annex_pool_is_vmalloc_addr(const struct annex_vmalloc *v,
				const void *addr);

void *annex_pool_vmalloc(struct annex_vmalloc *v, unsigned long size, gfp_t gfp,
			 const void *caller);
void *annex_pool_vmalloc_node(struct annex_vmalloc *v, unsigned long size,
			      unsigned long align, gfp_t gfp,
			      const void *caller);
void *annex_pool_vmap(struct annex_vmalloc *v, struct annex_page **pages,
		      unsigned int count, unsigned long flags, pgprot_t prot,
		      const void *caller);
int annex_pool_vm_unmap_ram(struct annex_vmalloc *v, const void *mem,
			    unsigned int count);
void *annex_pool_ioremap(struct annex_vmalloc *v, phys_addr_t phys,
			 unsigned long size, pgprot_t prot, const void *caller);

#endif /* ANNEX_VMALLOC_VM_H */
