// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks that are held from one command to the next, and the top of the pool.
 *
 * The held blocks are a list through their own private values, each of which
 * names the next block by its frame: tens of thousands of blocks need no
 * other memory, and private values get something to do.
 *
 * Locking: the commands' mutex.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <annex/folio.h>

#include "api/tests.h"
#include "exercise.h"

#define FRAME_WORDS	(PAGE_SIZE / sizeof(u32))
#define TOP_FRAMES	((1U << 20) >> PAGE_SHIFT)

/* A list of blocks by their heads, the last one taken first. */
struct holding {
	annex_pfn_t first;
	unsigned long blocks;
};

static struct holding held = { .first = ANNEX_PFN_NIL };

static int hold_block(struct holding *list, gfp_t gfp, unsigned int order)
{
	struct annex_page *page;
	int err = annex_alloc_block(gfp, order, &page);

	if (err)
		return err;
	err = annex_set_page_private(page, list->first);
	list->first = annex_page_to_pfn(page);
	list->blocks++;
	return err;
}

/**
 * exercise_hold_one() - take a block and keep it
 * @gfp: as for annex_alloc_block()
 * @order: as for annex_alloc_block()
 * @page: set to its head
 *
 * Context: process.
 * Return: as annex_alloc_block(), and then @page is not set.
 */
int exercise_hold_one(gfp_t gfp, unsigned int order, struct annex_page **page)
{
	int err = hold_block(&held, gfp, order);

	if (!err)
		*page = annex_pfn_to_page(held.first);
	return err;
}

/* Give each @every-th block of a list back and keep the others. */
static int drop_blocks(struct holding *list, unsigned int every)
{
	struct holding kept = { .first = ANNEX_PFN_NIL };
	annex_pfn_t pfn = list->first;
	unsigned long i;
	int err = 0;

	for (i = 0; pfn != ANNEX_PFN_NIL; i++) {
		struct annex_page *page = annex_pfn_to_page(pfn);
		annex_pfn_t next = annex_page_private(page);

		if (i % every == 0) {
			err = err ?: annex_free_pages(page,
						      annex_page_order(page));
		} else {
			annex_set_page_private(page, kept.first);
			kept.first = pfn;
			kept.blocks++;
		}
		pfn = next;
		cond_resched();
	}
	*list = kept;
	return err;
}

/**
 * exercise_hold() - take blocks and keep them
 * @args: blocks, order, gfp
 *
 * Context: process.
 * Return: 0, or what annex_alloc_block() said; what it gave until then is held.
 */
int exercise_hold(const struct exercise_args *args)
{
	gfp_t gfp = exercise_kinds[args->gfp].gfp | __GFP_NOWARN;
	int err = 0;
	u32 i;

	for (i = 0; i < args->blocks && !err; i++) {
		err = hold_block(&held, gfp, args->order);
		cond_resched();
	}
	exercise_say("%lu blocks are held\n", held.blocks);
	return err;
}

/**
 * exercise_drop() - give held blocks back
 * @args: every: 1 for all of them, 2 for each second, ...
 *
 * Context: process.
 * Return: 0, or what annex_free_pages() refused one with.
 */
int exercise_drop(const struct exercise_args *args)
{
	int err;

	if (!args->every)
		return -EINVAL;
	err = drop_blocks(&held, args->every);
	exercise_say("%lu blocks are held\n", held.blocks);
	return err;
}

/**
 * exercise_drop_all() - give back whatever is held
 *
 * Context: process.
 */
void exercise_drop_all(void)
{
	drop_blocks(&held, 1);
}

/*
 * The frames that can be handed out in the last megabyte that has any: from
 * the pool's end down, the descriptors and whatever else is reserved left out.
 */
static int find_top(annex_pfn_t end, annex_pfn_t *top)
{
	unsigned int nr = 0;

	while (nr < TOP_FRAMES) {
		if (!end)
			return -EINVAL;
		end--;
		if (annex_page_state(annex_pfn_to_page(end)) !=
		    ANNEX_PAGE_RESERVED)
			top[nr++] = end;
	}
	return 0;
}

static unsigned int count_in_block(const annex_pfn_t *top, annex_pfn_t pfn,
				   unsigned int order)
{
	unsigned int i, nr = 0;

	for (i = 0; i < TOP_FRAMES; i++)
		nr += top[i] - pfn < 1U << order;
	return nr;
}

/* Order of the free block around a frame, -1 if it cannot be allocated. */
static int free_order(annex_pfn_t pfn)
{
	phys_addr_t base = annex_page_to_phys(annex_pfn_to_page(0));
	annex_pfn_t host = (base >> PAGE_SHIFT) + pfn;
	unsigned int order;

	for (order = 0; order < ANNEX_MAX_ORDER; order++) {
		annex_pfn_t below = host & ((1U << order) - 1);
		struct annex_page *head;

		if (below > pfn)
			break;
		head = annex_pfn_to_page(pfn - below);
		if (annex_page_state(head) == ANNEX_PAGE_FREE &&
		    annex_page_order(head) >= order)
			return annex_page_order(head);
	}
	return -1;
}

/*
 * Allocate until the frames wanted have come. A request is served from the
 * free blocks of its own order while there are any: asking for the order of
 * the block that a frame lies in gets it, whichever of them comes first.
 */
static int hold_top(struct holding *list, const annex_pfn_t *top)
{
	gfp_t gfp = GFP_HIGHUSER_MOVABLE | __GFP_NOWARN;
	unsigned int i, nr = 0;
	int order;

	for (i = 0; i < TOP_FRAMES; i++) {
		while ((order = free_order(top[i])) >= 0 &&
		       !hold_block(list, gfp, order)) {
			nr += count_in_block(top, list->first, order);
			/* Its neighbours may have come along to this CPU. */
			if (order < 4)
				annex_drain_all_pages();
			cond_resched();
		}
	}
	exercise_say("%u of %u frames of the last megabyte after %lu blocks\n",
		     nr, TOP_FRAMES, list->blocks);
	return nr == TOP_FRAMES ? 0 : -ENOMEM;
}

static void fill_words(u32 *words, annex_pfn_t pfn)
{
	unsigned int i;

	for (i = 0; i < FRAME_WORDS; i++)
		words[i] = pfn * FRAME_WORDS + i;
}

/* Every word of every frame gets a value of its own, then all are read. */
static int check_contents(const annex_pfn_t *top, u32 *words, u32 *found)
{
	phys_addr_t phys;
	unsigned int i;

	for (i = 0; i < TOP_FRAMES; i++) {
		fill_words(words, top[i]);
		annex_poke(annex_pfn_to_page(top[i]), 0, words, PAGE_SIZE);
	}
	for (i = 0; i < TOP_FRAMES; i++) {
		fill_words(words, top[i]);
		annex_peek(annex_pfn_to_page(top[i]), 0, found, PAGE_SIZE);
		if (!memcmp(words, found, PAGE_SIZE))
			continue;
		exercise_say("frame %#x has lost its contents\n", top[i]);
		return -EBADMSG;
	}
	phys = annex_page_to_phys(annex_pfn_to_page(top[0]));
	exercise_say("frames %#x to %#x keep every word, the last at %pa\n",
		     top[TOP_FRAMES - 1], top[0], &phys);
	return 0;
}

/**
 * exercise_last_megabyte() - use the last megabyte of the pool
 * @args: pages: the frames of the pool
 *
 * Context: process.
 * Return: 0; -ENOMEM if its frames are not to be had; -EBADMSG if contents
 * were lost; -EINVAL.
 */
int exercise_last_megabyte(const struct exercise_args *args)
{
	struct holding list = { .first = ANNEX_PFN_NIL };
	annex_pfn_t *top = kmalloc_array(TOP_FRAMES, sizeof(*top), GFP_KERNEL);
	u32 *words = kmalloc(2 * PAGE_SIZE, GFP_KERNEL);
	int err = -ENOMEM, err_drop;

	if (top && words)
		err = find_top(args->pages, top);
	if (!err)
		err = hold_top(&list, top);
	if (!err)
		err = check_contents(top, words, words + FRAME_WORDS);
	err_drop = drop_blocks(&list, 1);
	kfree(words);
	kfree(top);
	return err ?: err_drop;
}
