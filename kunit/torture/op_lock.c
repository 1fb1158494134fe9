// SPDX-License-Identifier: GPL-2.0-only
/*
 * lock: a few frames to lock, two at a time. The holder writes its key to the
 * frame, sleeps, and checks that no other thread wrote. Interrupts only try.
 *
 * A frame has a gate, which admits two threads and then none until both have
 * left. So a waiter whose wake-up was lost is not woken by chance, by a later
 * thread, and is found to be stuck.
 *
 *   gate   open   1 in   2 in    1 in     open
 *            |-----|------|--------|--------|
 *                 lock   wait    unlock
 *                                 woken   unlock
 *
 * The frames stay for the whole run: somebody may be waiting for one.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/mm.h>

#include <annex/folio.h>
#include <annex/page_alloc.h>

#include "torture.h"

#define FRAMES		3

/* A gate: how many are inside, and how many were let in since it was open. */
#define INSIDE		0x00ffU
#define LET_IN		0x0100U
#define LET_IN_MOST	(2 * LET_IN)

static struct annex_page *frames[FRAMES];
static u32 keys[FRAMES];
static atomic_t gates[FRAMES];

static bool enter(atomic_t *gate)
{
	int old = atomic_read(gate);

	do {
		if (old >= (int)LET_IN_MOST)
			return false;
	} while (!atomic_try_cmpxchg(gate, &old, old + LET_IN + 1));
	return true;
}

static void leave(atomic_t *gate)
{
	int old = atomic_read(gate), new;

	do {
		new = (old & INSIDE) == 1 ? 0 : old - 1;
	} while (!atomic_try_cmpxchg(gate, &old, new));
}

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
		atomic_set(&gates[i], 0);
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
	torture_nap(t);
	torture_check(t, frames[i], 0, keys[i]);
	torture_refused(t, "unlock_page", annex_unlock_page(frames[i]));
}

static void use(struct torture_turn *t, u32 i)
{
	u32 how = torture_below(t, 4);

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

static void run(struct torture_turn *t)
{
	u32 i = torture_below(t, FRAMES);

	if (!enter(&gates[i])) {
		torture_skip(t);
		return;
	}
	use(t, i);
	leave(&gates[i]);
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
