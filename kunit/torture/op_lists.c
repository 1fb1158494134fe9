// SPDX-License-Identifier: GPL-2.0-only
/*
 * lists: folios that go into reclaim's lists and are taken back, by turns
 * anywhere, while reclaim looks at them and now and then has one.
 *
 *          lru_add           release
 *   ours ----------> listed ---------> reclaim's
 *        <----------
 *          lru_del
 *
 * What guards look-ups is the claim: reclaim lets go of a folio that somebody has
 * claimed. A folio goes with its page locked, or reclaim might still ask for it.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/mm.h>

#include <annex/folio.h>
#include <annex/page_alloc.h>
#include <annex/reclaim.h>

#include "torture.h"

#define FOLIOS		256
#define MOST_ORDER	2

/* The stream of what reclaim does. */
#define STREAM		0xfd

struct entry {
	unsigned long busy;
	struct annex_folio *folio;
	u32 key;
	u8 order;
	bool listed;
};

static struct entry entries[FOLIOS];
static atomic_t releases;

/* Called in whatever allocates: it has a turn of its own. */
static bool release(struct annex_folio *folio)
{
	struct torture_turn t = { .op = &torture_lists };
	struct entry *e = &entries[folio->private];
	bool alone;

	torture_turn_init(&t, STREAM, atomic_inc_return(&releases));
	if (!torture_claim(&t, &e->busy))
		return false;
	if (e->folio != folio)
		torture_corrupt(&t, "reclaim asks for another's frame %#x",
				folio->pfn);
	alone = e->folio == folio && annex_folio_count(folio) == 2 &&
		!torture_one_in(&t, 4);
	if (alone) {
		torture_check(&t, annex_folio_page(folio), e->order, e->key);
		e->folio = NULL;
		e->listed = false;
	}
	torture_unclaim(&e->busy);
	return alone;
}

static const struct annex_mapping_ops mapping_ops = { .release = release };
static struct annex_mapping mapping = { .ops = &mapping_ops };

static void take(struct torture_turn *t, struct entry *e)
{
	e->order = torture_below(t, MOST_ORDER);
	if (annex_folio_alloc(torture_gfp(t), e->order, &e->folio)) {
		e->folio = NULL;
		torture_denied(t);
		return;
	}
	e->folio->mapping = &mapping;
	e->folio->private = e - entries;
	e->key = torture_key(t);
	torture_stamp(t, annex_folio_page(e->folio), e->order, e->key);
}

static void add(struct torture_turn *t, struct entry *e)
{
	e->listed = !torture_refused(t, "lru_add", annex_lru_add(e->folio));
}

static void del(struct torture_turn *t, struct entry *e)
{
	torture_refused(t, "lru_del", annex_lru_del(e->folio));
	e->listed = false;
	if (annex_folio_test_flag(e->folio, ANNEX_FOLIO_LRU))
		torture_corrupt(t, "frame %#x is in a list yet", e->folio->pfn);
}

/* False if reclaim has it locked: another turn may have more luck. */
static bool give(struct torture_turn *t, struct entry *e)
{
	struct annex_page *page = annex_folio_page(e->folio);

	if (!annex_trylock_page(page))
		return false;
	if (e->listed)
		del(t, e);
	torture_check(t, page, e->order, e->key);
	e->folio->mapping = NULL;
	torture_refused(t, "unlock_page", annex_unlock_page(page));
	torture_refused(t, "folio_put", annex_folio_put(e->folio));
	e->folio = NULL;
	return true;
}

static void change(struct torture_turn *t, struct entry *e)
{
	u32 what = torture_below(t, 8);

	torture_check(t, annex_folio_page(e->folio), e->order, e->key);
	if (what == 0 && !give(t, e))
		torture_skip(t);
	else if (what == 1)
		torture_refused(t, "mark_page_accessed",
				annex_mark_page_accessed(annex_folio_page(e->folio)));
	else if (what && e->listed)
		del(t, e);
	else if (what)
		add(t, e);
}

static void run(struct torture_turn *t)
{
	struct entry *e = &entries[torture_below(t, FOLIOS)];

	if (!torture_claim(t, &e->busy))
		return;
	if (e->folio)
		change(t, e);
	else
		take(t, e);
	torture_unclaim(&e->busy);
}

/* Reclaim goes on: it has a page locked for a moment only. */
static void clear(struct torture_turn *t)
{
	unsigned int i;

	for (i = 0; i < FOLIOS; i++) {
		struct entry *e = &entries[i];

		while (!torture_claim(t, &e->busy))
			cond_resched();
		while (e->folio && !give(t, e)) {
			torture_unclaim(&e->busy);
			cond_resched();
			while (!torture_claim(t, &e->busy))
				cond_resched();
		}
		torture_unclaim(&e->busy);
	}
}

struct torture_op torture_lists = {
	.name = "lists",
	.weight = 8,
	.contexts = TORTURE_ANYWHERE,
	.run = run,
	.clear = clear,
};
