// SPDX-License-Identifier: GPL-2.0-only
/*
 * folio: blocks with folios that no list has: their references, flags, mapping,
 * index and private value, page tables that would show them, dirty and
 * writeback, and folios that come and go while their block stays.
 */
#include <linux/errno.h>
#include <linux/mm.h>

#include <annex/folio.h>
#include <annex/page_alloc.h>
#include <annex/reclaim.h>

#include "torture.h"

#define FOLIOS		128
#define MOST_ORDER	4

struct entry {
	unsigned long busy;
	struct annex_folio *folio;
	u32 key;
	u32 value;
	u8 order;
};

static struct entry entries[FOLIOS];
static struct annex_mapping mapping;

static void expect(struct torture_turn *t, bool holds, const struct entry *e,
		   const char *what)
{
	if (unlikely(!holds))
		torture_corrupt(t, "folio of frame %#x: %s", e->folio->pfn,
				what);
}

static void take(struct torture_turn *t, struct entry *e)
{
	gfp_t gfp = torture_gfp(t);
	int err;

	e->order = torture_below(t, MOST_ORDER);
	if (torture_one_in(t, 2)) {
		err = annex_folio_alloc(gfp, e->order, &e->folio);
	} else {
		struct annex_page *page = annex_alloc_pages(gfp | __GFP_COMP,
							    e->order);

		err = page ? annex_folio_attach(page, gfp, &e->folio) : -ENOMEM;
		if (page && err)
			torture_refused(t, "free_pages",
					annex_free_pages(page, e->order));
	}
	if (err) {
		e->folio = NULL;
		torture_denied(t);
		if (err != -ENOMEM)
			torture_refused(t, "folio_alloc", err);
		return;
	}
	expect(t, annex_folio_order(e->folio) == e->order, e, "its order");
	expect(t, annex_folio_count(e->folio) == 1, e, "its count");
	expect(t, !annex_folio_mapcount(e->folio), e, "its mapcount");
	e->value = torture_random(t);
	e->folio->private = e->value;
	e->folio->index = e->value >> 8;
	e->key = torture_key(t);
	torture_stamp(t, annex_folio_page(e->folio), e->order, e->key);
}

static void map(struct torture_turn *t, struct entry *e)
{
	struct annex_page *page = annex_folio_page(e->folio);
	u32 i, nr = 1 + torture_below(t, 3);

	e->folio->mapping = &mapping;
	for (i = 0; i < nr; i++)
		torture_refused(t, "inc_mapcount",
				annex_folio_inc_mapcount(e->folio));
	expect(t, annex_page_mapcount(page) == nr, e, "its mapcount");
	expect(t, annex_page_mapping(page) == &mapping, e, "its mapping");
	torture_nap(t);
	for (i = 0; i < nr; i++)
		torture_refused(t, "dec_mapcount",
				annex_folio_dec_mapcount(e->folio));
	e->folio->mapping = NULL;
}

/* Locked for it, as owners do. */
static void write(struct torture_turn *t, struct entry *e)
{
	struct annex_page *page = annex_folio_page(e->folio);

	if (!annex_trylock_page(page)) {
		expect(t, false, e, "its page is locked");
		return;
	}
	expect(t, annex_folio_mark_dirty(e->folio), e, "it was dirty");
	torture_nap(t);
	expect(t, annex_folio_clear_dirty(e->folio), e, "it was clean");
	expect(t, !annex_folio_start_writeback(e->folio), e,
	       "it was being written");
	torture_refused(t, "unlock_page", annex_unlock_page(page));
	torture_nap(t);
	torture_refused(t, "end_writeback",
			annex_folio_end_writeback(e->folio));
	if (t->context == TORTURE_THREAD)
		torture_refused(t, "wait_writeback",
				annex_folio_wait_writeback(e->folio));
}

static void use_flags(struct torture_turn *t, struct entry *e)
{
	expect(t, !annex_folio_test_set_flag(e->folio, ANNEX_FOLIO_UPTODATE), e,
	       "it was uptodate");
	expect(t, annex_folio_test_flag(e->folio, ANNEX_FOLIO_UPTODATE), e,
	       "it is not uptodate");
	torture_refused(t, "mark_page_accessed",
			annex_mark_page_accessed(annex_folio_page(e->folio)));
	expect(t, annex_folio_test_clear_flag(e->folio, ANNEX_FOLIO_UPTODATE),
	       e, "it was not uptodate");
}

static void look(struct torture_turn *t, struct entry *e)
{
	u32 tail = torture_below(t, 1U << e->order);
	struct annex_page *page = annex_folio_page(e->folio);

	torture_check(t, page, e->order, e->key);
	expect(t, annex_page_folio(page + tail) == e->folio, e, "its tail");
	expect(t, annex_page_private(page) == e->value, e, "its private value");
	expect(t, annex_page_index(page + tail) == (e->value >> 8) + tail, e,
	       "its index");
	torture_refused(t, "folio_get", annex_folio_get(e->folio));
	expect(t, annex_page_count(page + tail) == 2, e, "its count");
	torture_refused(t, "folio_put", annex_folio_put(e->folio));
	map(t, e);
	write(t, e);
	use_flags(t, e);
}

static void give(struct torture_turn *t, struct entry *e)
{
	struct annex_page *page = annex_folio_page(e->folio);
	struct annex_folio *folio = e->folio;

	torture_check(t, page, e->order, e->key);
	e->folio = NULL;
	if (torture_one_in(t, 2)) {
		torture_refused(t, "folio_put", annex_folio_put(folio));
		return;
	}
	torture_refused(t, "folio_detach", annex_folio_detach(folio));
	torture_check(t, page, e->order, e->key);
	torture_refused(t, "free_pages", annex_free_pages(page, e->order));
}

static void run(struct torture_turn *t)
{
	struct entry *e = &entries[torture_below(t, FOLIOS)];
	bool looks = torture_one_in(t, 2);

	if (!torture_claim(t, &e->busy))
		return;
	if (!e->folio)
		take(t, e);
	else if (looks)
		look(t, e);
	else
		give(t, e);
	torture_unclaim(&e->busy);
}

static void clear(struct torture_turn *t)
{
	torture_give_all(t, entries, folio, give);
}

struct torture_op torture_folio = {
	.name = "folio",
	.weight = 6,
	.contexts = TORTURE_ANYWHERE,
	.run = run,
	.clear = clear,
};
