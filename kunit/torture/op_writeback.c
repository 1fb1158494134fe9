// SPDX-License-Identifier: GPL-2.0-only
/*
 * writeback: folios of which a turn begins to write the contents, and another
 * one, somewhere else, ends it. Meanwhile threads come by and wait for that. A
 * waiter has a reference, and no other turn does anything with the folio until
 * the last waiter has gone.
 *
 *          begin                 end
 *   clean ------> being written ----> written, waiters go ----> clean
 *                  ^ threads wait
 *
 * There are so few that interrupts alone come by each of them often enough: all
 * threads may wait at a time.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/mm.h>

#include <annex/folio.h>
#include <annex/page_alloc.h>

#include "torture.h"

#define FOLIOS		2
#define MOST_ORDER	3

struct entry {
	unsigned long busy;
	struct annex_folio *folio;
	atomic_t waiters;
	u32 key;
	u8 order;
	bool writing;
};

static struct entry entries[FOLIOS];

static void take(struct torture_turn *t, struct entry *e)
{
	e->order = torture_below(t, MOST_ORDER);
	if (annex_folio_alloc(torture_gfp(t), e->order, &e->folio)) {
		e->folio = NULL;
		torture_denied(t);
		return;
	}
	e->key = torture_key(t);
	torture_stamp(t, annex_folio_page(e->folio), e->order, e->key);
}

static void begin(struct torture_turn *t, struct entry *e)
{
	e->key = torture_key(t);
	torture_stamp(t, annex_folio_page(e->folio), e->order, e->key);
	if (!annex_folio_mark_dirty(e->folio) ||
	    !annex_folio_clear_dirty(e->folio) ||
	    annex_folio_start_writeback(e->folio))
		torture_corrupt(t, "frame %#x was not clean", e->folio->pfn);
	e->writing = true;
}

static void end(struct torture_turn *t, struct entry *e)
{
	torture_check(t, annex_folio_page(e->folio), e->order, e->key);
	if (!annex_folio_test_flag(e->folio, ANNEX_FOLIO_WRITEBACK))
		torture_corrupt(t, "frame %#x is no longer being written",
				e->folio->pfn);
	e->writing = false;
	torture_refused(t, "end_writeback",
			annex_folio_end_writeback(e->folio));
}

/* Others come by meanwhile: only the reference keeps the folio. */
static void wait(struct torture_turn *t, struct entry *e)
{
	struct annex_folio *folio = e->folio;

	torture_refused(t, "folio_get", annex_folio_get(folio));
	atomic_inc(&e->waiters);
	torture_unclaim(&e->busy);
	torture_refused(t, "wait_writeback", annex_folio_wait_writeback(folio));
	if (annex_folio_test_flag(folio, ANNEX_FOLIO_WRITEBACK))
		torture_corrupt(t, "frame %#x is still being written",
				folio->pfn);
	torture_refused(t, "folio_put", annex_folio_put(folio));
	atomic_dec_return_release(&e->waiters); /* pairs with run() */
}

static void give(struct torture_turn *t, struct entry *e)
{
	torture_check(t, annex_folio_page(e->folio), e->order, e->key);
	if (annex_folio_count(e->folio) != 1)
		torture_corrupt(t, "frame %#x counts %u", e->folio->pfn,
				annex_folio_count(e->folio));
	torture_refused(t, "folio_put", annex_folio_put(e->folio));
	e->folio = NULL;
}

static void run(struct torture_turn *t)
{
	struct entry *e = &entries[torture_below(t, FOLIOS)];
	u32 what = torture_random(t);

	if (!torture_claim(t, &e->busy))
		return;
	if (e->folio && e->writing && t->context == TORTURE_THREAD &&
	    what & 1) {
		wait(t, e);
		return;
	}
	if (!e->folio)
		take(t, e);
	else if (e->writing)
		end(t, e);
	else if (atomic_read_acquire(&e->waiters)) /* pairs with wait() */
		torture_skip(t);
	else if (what & 0xe)
		begin(t, e);
	else
		give(t, e);
	torture_unclaim(&e->busy);
}

static void clear(struct torture_turn *t)
{
	unsigned int i;

	for (i = 0; i < FOLIOS; i++) {
		if (!entries[i].folio)
			continue;
		if (entries[i].writing)
			end(t, &entries[i]);
		give(t, &entries[i]);
	}
}

struct torture_op torture_writeback = {
	.name = "writeback",
	.weight = 4,
	.contexts = TORTURE_ANYWHERE,
	.run = run,
	.clear = clear,
};
