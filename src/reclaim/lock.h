/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_RECLAIM_LOCK_H
#define ANNEX_RECLAIM_LOCK_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <annex/page.h>

#include "reclaim/state.h"

struct annex_frames;

void annex_waits_init(struct annex_waits *waits);
void annex_wait_while(struct annex_waits *waits, atomic_t *word, u32 mask,
		      u32 value, u32 waiters);
bool annex_clear_bit_and_wake(struct annex_waits *waits, atomic_t *word,
			      u32 bit, u32 also, u32 waiters);

int annex_page_unlock(struct annex_frames *frames, struct annex_page *head);
int __annex_lock_page(struct annex_frames *frames, struct annex_page *page);
bool __annex_trylock_page(struct annex_frames *frames, struct annex_page *page);
int __annex_unlock_page(struct annex_frames *frames, struct annex_page *page);
int __annex_wait_on_page_locked(struct annex_frames *frames,
				struct annex_page *page);

#endif /* ANNEX_RECLAIM_LOCK_H */
