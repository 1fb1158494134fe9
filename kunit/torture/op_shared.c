// SPDX-License-Identifier: GPL-2.0-only
/*
 * shared: frames that many have at a time. A turn takes a reference to a frame that
 * others know as well, and then, with no claim of its own, stores the owner's value,
 * sets flags, maps it into page tables, by which it gets a folio, dirties and writes
 * it, locks it, reads it. The turn that drops the last reference frees it.
 *
 *   cell --> frame <-- turn, turn, turn: one reference each
 *
 * All store the same value, that of the frame's life, so whatever comes first and
 * whether the frame has a folio by then, its private value is that.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include <annex/folio.h>
#include <annex/mm.h>
#include <annex/page_alloc.h>

#include "torture.h"

/* Few, so that turns meet. */
#define CELLS		16

/* Addresses of the one process, each of a turn at a time. */
#define ADDRESSES	32

struct cell {
	unsigned long busy;
	struct annex_page *page;
	u32 key;
};

static struct cell cells[CELLS];
static unsigned long busy[ADDRESSES];
static struct annex_mm *mm;

/* What a turn knows of the frame while it has a reference. */
struct visit {
	struct annex_page *page;
	u32 key;
	u32 value;
};

static void expect(struct torture_turn *t, bool holds, const struct visit *v,
		   const char *what)
{
	if (unlikely(!holds))
		torture_corrupt(t, "shared frame %#x: %s",
				annex_page_to_pfn(v->page), what);
}

/* 24 bits, which go into the descriptor as well as into a folio. */
static u32 value_of(u32 key)
{
	return (key ^ key >> 8) & 0xffffff;
}

static void read_value(struct torture_turn *t, const struct visit *v)
{
	expect(t, annex_page_private(v->page) == v->value, v,
	       "its private value");
}

static void store(struct torture_turn *t, const struct visit *v)
{
	torture_refused(t, "set_page_private",
			annex_set_page_private(v->page, v->value));
	read_value(t, v);
}

/* PRIVATE prevents that a folio is attached, so it is for frames with one. */
static void use_flags(struct torture_turn *t, const struct visit *v)
{
	enum annex_pageflags flag = annex_page_folio(v->page) ?
					    ANNEX_PG_PRIVATE : ANNEX_PG_ERROR;

	if (annex_page_test_set_flag(v->page, flag))
		return;
	read_value(t, v);
	expect(t, annex_page_test_clear_flag(v->page, flag), v,
	       "its flag was cleared by somebody");
}

static void take_and_drop(struct torture_turn *t, const struct visit *v)
{
	torture_refused(t, "get", annex_get_page(v->page));
	read_value(t, v);
	torture_refused(t, "free", annex_free_page(v->page));
}

static void use_lock(struct torture_turn *t, const struct visit *v)
{
	if (!annex_trylock_page(v->page))
		return;
	store(t, v);
	torture_refused(t, "unlock_page", annex_unlock_page(v->page));
}

/* The first mapping of a frame ties a folio to it, the others find that. */
static void map(struct torture_turn *t, const struct visit *v)
{
	u32 i = torture_below(t, ADDRESSES);
	int err;

	if (t->context != TORTURE_THREAD || test_and_set_bit_lock(0, &busy[i]))
		return;
	err = annex_mm_map_page(mm, i << PAGE_SHIFT, v->page, 0);
	if (err == -ENOMEM) {
		torture_denied(t);
	} else if (!torture_refused(t, "mm_map_page", err)) {
		expect(t, annex_page_mapcount(v->page) > 0, v, "its mapcount");
		store(t, v);
		torture_refused(t, "mm_unmap_page",
				annex_mm_unmap_page(mm, i << PAGE_SHIFT));
	}
	clear_bit_unlock(0, &busy[i]);
}

static void write(struct torture_turn *t, const struct visit *v)
{
	struct annex_folio *folio = annex_page_folio(v->page);

	if (!folio)
		return;
	if (annex_folio_mark_dirty(folio))
		expect(t, annex_folio_clear_dirty(folio), v,
		       "it was cleaned by somebody");
	if (!annex_folio_start_writeback(folio))
		torture_refused(t, "end_writeback",
				annex_folio_end_writeback(folio));
}

static void visit(struct torture_turn *t, const struct visit *v)
{
	static void (*const acts[])(struct torture_turn *t,
				    const struct visit *v) = {
		store, use_flags, take_and_drop, use_lock, map, map, write,
		read_value,
	};
	u32 steps = 1 + torture_below(t, 6);

	while (steps--)
		acts[torture_below(t, ARRAY_SIZE(acts))](t, v);
	if (torture_one_in(t, 4))
		torture_check(t, v->page, 0, v->key);
}

/* A new frame for a cell; its first reference is the cell's. */
static void fill(struct torture_turn *t, struct cell *c)
{
	c->page = annex_alloc_page(torture_gfp(t));
	if (!c->page) {
		torture_denied(t);
		return;
	}
	c->key = torture_key(t);
	torture_stamp(t, c->page, 0, c->key);
	torture_refused(t, "set_page_private",
			annex_set_page_private(c->page, value_of(c->key)));
}

static void run(struct torture_turn *t)
{
	struct cell *c = &cells[torture_below(t, CELLS)];
	bool retires = torture_one_in(t, 8);
	struct visit v;

	if (!torture_claim(t, &c->busy))
		return;
	if (!c->page)
		fill(t, c);
	v = (struct visit){ c->page, c->key, value_of(c->key) };
	/* The turn that empties the cell has its reference, others take one. */
	if (retires)
		c->page = NULL;
	else if (v.page && torture_refused(t, "get", annex_get_page(v.page)))
		v.page = NULL;
	torture_unclaim(&c->busy);
	if (!v.page)
		return;
	visit(t, &v);
	torture_refused(t, "put", annex_put_page(v.page));
}

static void clear(struct torture_turn *t)
{
	unsigned int i;

	for (i = 0; i < CELLS; i++) {
		if (cells[i].page)
			torture_refused(t, "free",
					annex_free_page(cells[i].page));
		cells[i].page = NULL;
	}
	torture_refused(t, "mm_destroy", annex_mm_destroy(mm));
	mm = NULL;
}

static int set_up(void)
{
	mm = annex_mm_create();
	return mm ? 0 : -ENOMEM;
}

struct torture_op torture_shared = {
	.name = "shared",
	.weight = 6,
	.contexts = TORTURE_ANYWHERE,
	.set_up = set_up,
	.run = run,
	.clear = clear,
};
