/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_OBJECT_PAGE_H
#define ANNEX_PAGE_OBJECT_PAGE_H

#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/types.h>
#include <annex/page.h>

struct annex_frames;

/* The most objects that a page can hold. */
#define ANNEX_OBJECTS_MAX	128

/**
 * struct annex_object_page - the header of a frame that holds small objects
 * @partial: link in a list of pages with a free object; empty if it is full
 * @home: the number of that list, for a user that has several
 * @used: which objects are in use
 *
 * The objects follow it. Their size and number are the user's.
 */
struct annex_object_page {
	struct list_head partial;
	u32 home;
	DECLARE_BITMAP(used, ANNEX_OBJECTS_MAX);
};

int annex_object_page_alloc(struct annex_frames *frames, gfp_t gfp,
			    struct annex_page **page);
void annex_object_page_free(struct annex_frames *frames,
			    struct annex_page *page);

/**
 * annex_object_take() - take an object of a page
 * @op: the page, which is in a list
 * @nr: objects in a page
 *
 * A page that becomes full leaves the list.
 *
 * Context: any, with the lock of the list held.
 * Return: the index of the object.
 */
static __always_inline unsigned int
annex_object_take(struct annex_object_page *op, unsigned int nr)
{
	unsigned int i = find_first_zero_bit(op->used, nr);

	__set_bit(i, op->used);
	if (bitmap_full(op->used, nr))
		list_del_init(&op->partial);
	return i;
}

/**
 * annex_object_give() - give an object back
 * @op: its page
 * @i: its index
 * @nr: objects in a page
 * @partial: the list of the page
 *
 * A page that was full returns to the list. One that becomes empty leaves it.
 *
 * Context: any, with the lock of the list held.
 * Return: true if the page is empty: the caller frees it, without the lock.
 */
static __always_inline bool
annex_object_give(struct annex_object_page *op, unsigned int i, unsigned int nr,
		  struct list_head *partial)
{
	if (bitmap_full(op->used, nr))
		list_add(&op->partial, partial);
	__clear_bit(i, op->used);
	if (!bitmap_empty(op->used, nr))
		return false;
	list_del(&op->partial);
	return true;
}

#endif /* ANNEX_PAGE_OBJECT_PAGE_H */
