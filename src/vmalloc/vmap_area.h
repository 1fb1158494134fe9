/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_VMALLOC_VMAP_AREA_H
#define ANNEX_VMALLOC_VMAP_AREA_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/spinlock_types.h>
#include <linux/types.h>
#include <asm/page.h>

/*
 * Gaps that an aligned request tries before it takes a larger one than it may
 * need. A try takes some fifteen instructions: all of them together cost about
 * as much as mapping four pages, and aligned areas are usually larger.
 */
#define ANNEX_VMAP_TRIES	32

/**
 * struct annex_vmap_area - an allocated span of a window, and the gap before it
 * @start: its first address
 * @end: the address behind it
 * @gap: bytes that are free between the previous area and @start
 * @list: link in the list of all areas, by address
 * @sizes: link in the list of all gaps, by size; unused if @gap is 0
 * @node: likewise, in the tree
 *
 * The caller provides this, alone or embedded, and keeps it until it has freed
 * the area. No other memory is needed. @start and @end do not change; all other
 * fields belong to vmap_area.c.
 */
struct annex_vmap_area {
	unsigned long start;
	unsigned long end;
	unsigned long gap;
	struct list_head list;
	struct list_head sizes;
	struct rb_node node;
};

/**
 * struct annex_vmap_space - the allocated and free addresses of a window
 * @start: its first address
 * @end: the address behind it
 * @lock: provided by the caller
 * @slot: one pointer per page, to find the area of an address
 * @gaps: tree of all gaps, by size, equal ones by address
 * @sizes: list of the same, in the same order
 * @last: an area without size at @end, for the last gap; heads the list of
 *	areas
 * @free: bytes in all gaps
 * @nr_areas: number of allocated areas
 *
 * It points into itself and must not be copied or moved.
 */
struct annex_vmap_space {
	unsigned long start;
	unsigned long end;
	spinlock_t *lock;	/* protects all below, and the slots */

	struct annex_vmap_area **slot;
	struct rb_root gaps;
	struct list_head sizes;
	struct annex_vmap_area last;
	unsigned long free;
	unsigned int nr_areas;
};

size_t annex_vmap_area_bytes(unsigned long start, unsigned long end);
int annex_vmap_area_init(struct annex_vmap_space *space, unsigned long start,
			 unsigned long end, void *metadata, spinlock_t *lock);
unsigned int annex_vmap_area_exit(struct annex_vmap_space *space);

int annex_vmap_area_take_locked(struct annex_vmap_space *space,
				struct annex_vmap_area *area,
				unsigned long size);
int annex_vmap_area_alloc_locked(struct annex_vmap_space *space,
				 struct annex_vmap_area *area,
				 unsigned long size, unsigned long align,
				 unsigned long start, unsigned long end);
int annex_vmap_area_free_locked(struct annex_vmap_space *space,
				struct annex_vmap_area *area);
struct annex_vmap_area *
annex_vmap_area_find_locked(const struct annex_vmap_space *space,
			    unsigned long addr);
struct annex_vmap_area *
annex_vmap_area_from_locked(const struct annex_vmap_space *space,
			    unsigned long addr);
unsigned long
annex_vmap_area_largest_locked(const struct annex_vmap_space *space);

/**
 * annex_vmap_area_at_locked() - find the area that begins at an address
 * @space: the window
 * @addr: any address
 *
 * The slot of an area's first page always points to it, whatever its length.
 *
 * Context: any, with the space's lock held.
 * Return: the area; NULL if none begins there.
 */
static inline struct annex_vmap_area *
annex_vmap_area_at_locked(const struct annex_vmap_space *space,
			  unsigned long addr)
{
	struct annex_vmap_area *area;

	if (unlikely(addr < space->start || addr >= space->end))
		return NULL;
	area = space->slot[(addr - space->start) >> PAGE_SHIFT];
	return likely(area && area->start == addr) ? area : NULL;
}

/**
 * annex_vmap_area_next_locked() - the next area, by address
 * @space: the window
 * @area: an area of it
 *
 * Context: any, with the space's lock held.
 * Return: the area; NULL after the last.
 */
static inline struct annex_vmap_area *
annex_vmap_area_next_locked(const struct annex_vmap_space *space,
			    const struct annex_vmap_area *area)
{
	if (list_is_last(&area->list, &space->last.list))
		return NULL;
	return list_entry(area->list.next, struct annex_vmap_area, list);
}

/**
 * annex_vmap_area_first_locked() - the area at the lowest address
 * @space: the window
 *
 * Context: any, with the space's lock held.
 * Return: the area; NULL if there is none.
 */
static inline struct annex_vmap_area *
annex_vmap_area_first_locked(const struct annex_vmap_space *space)
{
	return annex_vmap_area_next_locked(space, &space->last);
}

#endif /* ANNEX_VMALLOC_VMAP_AREA_H */
