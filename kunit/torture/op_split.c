// SPDX-License-Identifier: GPL-2.0-only
/*
 * split: blocks that are split into single frames.
 *
 *   a block, stamped --annex_split_page()--> frames with the same stamps
 *                                               |   |   |
 *   cell  cell  cell  cell  cell   <------------'---'---'   random cells
 *
 * A turn puts a frame into a cell by an exchange, and frees the frame that the cell
 * held before. A turn that takes a frame out by an exchange owns it. So several turns
 * free the frames of one block at the same time, in any order and by any call, while
 * others split blocks. The private value of a frame is the key of its stamp.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include <annex/folio.h>
#include <annex/page_alloc.h>

#include "torture.h"

/* All are soon full. With 2048 cells, few blocks of high order would be free. */
#define CELLS		512

/* Frames that one call frees. */
#define TOGETHER	16

/* A private value has 24 bits. */
#define KEY_MASK	0xffffff

static struct annex_page *cells[CELLS];

static void expect(struct torture_turn *t, bool holds, struct annex_page *page,
		   const char *what)
{
	if (unlikely(!holds))
		torture_corrupt(t, "frame %#x: %s", annex_page_to_pfn(page),
				what);
}

static struct annex_page *take_out(struct torture_turn *t)
{
	return xchg(&cells[torture_below(t, CELLS)], NULL);
}

static void check(struct torture_turn *t, struct annex_page *page)
{
	torture_check(t, page, 0, annex_page_private(page));
}

static void give(struct torture_turn *t, struct annex_page *page)
{
	u32 how = torture_below(t, 3);

	check(t, page);
	if (!how)
		torture_refused(t, "put_page", annex_put_page(page));
	else if (how == 1 && torture_is_lowmem(page))
		torture_refused(t, "free_page_addr",
				annex_free_page_addr((unsigned long)
						     annex_page_address(page)));
	else
		torture_refused(t, "free_page", annex_free_page(page));
}

static void put_in(struct torture_turn *t, struct annex_page *page)
{
	page = xchg(&cells[torture_below(t, CELLS)], page);
	if (page)
		give(t, page);
}

/* Free frames of several blocks by one call. */
static void give_together(struct torture_turn *t)
{
	struct annex_page *pages[TOGETHER];
	unsigned int i, nr = 0;

	for (i = 0; i < TOGETHER; i++) {
		pages[nr] = take_out(t);
		if (!pages[nr])
			continue;
		check(t, pages[nr++]);
	}
	torture_refused(t, "free_pages_bulk", annex_free_pages_bulk(pages, nr));
}

/* References and the private value of a frame are its own after the split. */
static void use(struct torture_turn *t, struct annex_page *page)
{
	u32 key = annex_page_private(page);

	check(t, page);
	if (torture_refused(t, "get_page", annex_get_page(page)))
		return;
	expect(t, annex_page_ref_count(page) == 2, page, "its count with one more");
	torture_nap(t);
	torture_refused(t, "put_page", annex_put_page(page));
	expect(t, annex_page_private(page) == key, page, "its private value");
}

/* The head keeps its private value, that of the other frames is 0. */
static void check_parts(struct torture_turn *t, struct annex_page *page,
			unsigned int order, u32 key)
{
	u32 i, nr = 1U << order;

	for (i = 0; i < nr; i++) {
		expect(t, annex_page_state(page + i) == ANNEX_PAGE_USED,
		       page + i, "its state");
		expect(t, !annex_page_order(page + i), page + i, "its order");
		expect(t, annex_page_ref_count(page + i) == 1, page + i,
		       "its count");
		expect(t, annex_page_private(page + i) == (i ? 0 : key),
		       page + i, "its first private value");
		expect(t, annex_compound_head(page + i) == page + i, page + i,
		       "its head");
	}
}

static void split(struct torture_turn *t)
{
	unsigned int order = torture_order(t);
	struct annex_page *page = annex_alloc_pages(torture_gfp(t), order);
	u32 i, nr = 1U << order, key = torture_key(t) & KEY_MASK;

	if (!page) {
		torture_denied(t);
		return;
	}
	torture_stamp(t, page, order, key);
	torture_refused(t, "set_page_private",
			annex_set_page_private(page, key));
	if (torture_refused(t, "split_page", annex_split_page(page, order))) {
		torture_refused(t, "free_pages", annex_free_pages(page, order));
		return;
	}
	check_parts(t, page, order, key);
	for (i = 0; i < nr; i++) {
		torture_refused(t, "set_page_private",
				annex_set_page_private(page + i, key));
		put_in(t, page + i);
	}
}

static void run(struct torture_turn *t)
{
	u32 what = torture_below(t, 8);
	struct annex_page *page;

	if (!what) {
		give_together(t);
		return;
	}
	page = take_out(t);
	if (!page || what == 1)
		split(t);
	if (!page)
		return;
	if (what < 5) {
		use(t, page);
		put_in(t, page);
	} else {
		give(t, page);
	}
}

static void clear(struct torture_turn *t)
{
	unsigned int i;

	for (i = 0; i < CELLS; i++) {
		if (cells[i])
			give(t, cells[i]);
		cells[i] = NULL;
	}
}

struct torture_op torture_split = {
	.name = "split",
	.weight = 6,
	.contexts = TORTURE_ANYWHERE,
	.run = run,
	.clear = clear,
};
