// SPDX-License-Identifier: GPL-2.0-only
/*
 * lock: a few frames that all want to lock. Who has one says so in the frame,
 * sleeps, and sees that nobody else was there. Interrupts only try.
 *
 * The frames stay for the whole run: somebody may be waiting for one.
 */
#include <linux/errno.h>
#include <linux/mm.h>

#include <annex/folio.h>
#include <annex/page_alloc.h>

#include "torture.h"

#define FRAMES	4

static struct annex_page *frames[FRAMES];
static u32 keys[FRAMES];

static int set_up(void)
{
	struct torture_turn t = { .op = &torture_lock };
	unsigned int i;

	torture_turn_init(&t, 0xff, 0);
	if (annex_alloc_pages_bulk(GFP_HIGHUSER, FRAMES, frames) != FRAMES) {
		annex_free_pages_bulk(frames, FRAMES);
		return -ENOMEM;
	}
	for (i = 0; i < FRAMES; i++) {
		keys[i] = torture_key(&t);
		torture_stamp(&t, frames[i], 0, keys[i]);
	}
	return 0;
}

static void own(struct torture_turn *t, u32 i)
{
	if (annex_trylock_page(frames[i]))
		torture_corrupt(t, "a lock is had twice");
	torture_check(t, frames[i], 0, keys[i]);
	keys[i] = torture_key(t);
	torture_stamp(t, frames[i], 0, keys[i]);
	torture_nap(t);
	torture_check(t, frames[i], 0, keys[i]);
	torture_refused(t, "unlock_page", annex_unlock_page(frames[i]));
}

static void run(struct torture_turn *t)
{
	u32 i = torture_below(t, FRAMES), how = torture_below(t, 4);

	if (t->context != TORTURE_THREAD || !how) {
		if (annex_trylock_page(frames[i]))
			own(t, i);
		else
			torture_denied(t);
	} else if (how == 1) {
		torture_refused(t, "wait_on_page_locked",
				annex_wait_on_page_locked(frames[i]));
	} else if (!torture_refused(t, "lock_page",
				    annex_lock_page(frames[i]))) {
		own(t, i);
	}
}

static void clear(struct torture_turn *t)
{
	unsigned int i;

	for (i = 0; i < FRAMES; i++)
		torture_check(t, frames[i], 0, keys[i]);
	torture_refused(t, "free_pages_bulk",
			annex_free_pages_bulk(frames, FRAMES));
}

struct torture_op torture_lock = {
	.name = "lock",
	.weight = 6,
	.contexts = TORTURE_ANYWHERE,
	.set_up = set_up,
	.run = run,
	.clear = clear,
};
