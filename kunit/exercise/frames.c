// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single high frames with stamps, for commands that map them.
 *
 * They are stamped and looked at last by annex_poke() and annex_peek(), which
 * know nothing of kmap() and kmap_local().
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "exercise.h"

/**
 * exercise_is_lowmem() - has a frame its address for ever?
 * @page: a descriptor of the pool
 *
 * Those that have one have them in the order of the frames. A high frame has
 * another one, if any.
 *
 * Context: any.
 * Return: whether it has.
 */
bool exercise_is_lowmem(struct annex_page *page)
{
	void *first = annex_page_address(annex_pfn_to_page(0));
	void *addr = annex_page_address(page);

	return addr &&
	       addr == first + ((size_t)annex_page_to_pfn(page) << PAGE_SHIFT);
}

/* A frame that GFP_HIGHUSER found in lowmem tells nothing about mappings. */
static int take_one(struct annex_page **page, u32 key)
{
	int err = annex_alloc_block(GFP_HIGHUSER | __GFP_NOWARN, 0, page);

	if (err)
		return err;
	if (exercise_is_lowmem(*page)) {
		exercise_say("there are no high frames left\n");
		annex_free_page(*page);
		*page = NULL;
		return -ENOMEM;
	}
	exercise_stamp(*page, 0, key);
	return 0;
}

/**
 * exercise_take_frames() - allocate and stamp high frames
 * @nr: how many
 * @key: of their stamps
 *
 * Context: process.
 * Return: the frames; NULL if they are not to be had.
 */
struct annex_page **exercise_take_frames(unsigned int nr, u32 key)
{
	struct annex_page **pages = kvcalloc(nr, sizeof(*pages), GFP_KERNEL);
	unsigned int i;
	int err = 0;

	for (i = 0; pages && i < nr && !err; i++) {
		err = take_one(&pages[i], key);
		cond_resched();
	}
	if (!err)
		return pages;
	exercise_free_frames(pages, nr);
	return NULL;
}

/**
 * exercise_free_frames() - give frames back, whatever is in them
 * @pages: as exercise_take_frames() returned them, or NULL
 * @nr: how many
 *
 * Context: process.
 * Return: 0; or as annex_free_page() for the first that was refused.
 */
int exercise_free_frames(struct annex_page **pages, unsigned int nr)
{
	unsigned int i;
	int err = 0, err_free;

	for (i = 0; pages && i < nr && pages[i]; i++) {
		err_free = annex_free_page(pages[i]);
		err = err ?: err_free;
		cond_resched();
	}
	kvfree(pages);
	return err;
}

/**
 * exercise_drop_frames() - check the stamps of frames and give them back
 * @pages: as exercise_take_frames() returned them, or NULL
 * @nr: how many
 * @key: of their stamps
 *
 * Context: process.
 * Return: 0; -EBADMSG if a frame has lost its stamp; as annex_free_page().
 */
int exercise_drop_frames(struct annex_page **pages, unsigned int nr, u32 key)
{
	unsigned int i;
	int err = 0, err_free;

	for (i = 0; pages && i < nr && pages[i] && !err; i++) {
		err = exercise_check_stamp(pages[i], 0, key);
		cond_resched();
	}
	err_free = exercise_free_frames(pages, nr);
	return err ?: err_free;
}
