/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_RECLAIM_LOCK_H
#define ANNEX_RECLAIM_LOCK_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <annex/page.h>

struct annex;

/*
 * Wait queues of a pool. Waiters for different frames may share a queue; a
 * waker then only has to skip the others. With fewer than 64 waiters at a time,
 * which is already a busy machine, a queue has about one.
 */
#define ANNEX_WAIT_QUEUE_BITS	6
#define ANNEX_WAIT_QUEUES	BIT(ANNEX_WAIT_QUEUE_BITS)

/**
 * struct annex_waits - the waiters for frames and folios of a pool
 * @queue: wait queues, by a hash of the word that is waited for
 */
struct annex_waits {
	wait_queue_head_t queue[ANNEX_WAIT_QUEUES];
};

void annex_waits_init(struct annex_waits *waits);
void annex_wait_while(struct annex_waits *waits, atomic_t *word, u32 mask,
		      u32 value, u32 waiters);
bool annex_clear_bit_and_wake(struct annex_waits *waits, atomic_t *word,
			      u32 bit, u32 also, u32 waiters);

int annex_page_unlock(struct annex *annex, struct annex_page *head);
int annex_pool_lock_page(struct annex *annex, struct annex_page *page);
bool annex_pool_trylock_page(struct annex *annex, struct annex_page *page);
int annex_pool_unlock_page(struct annex *annex, struct annex_page *page);
int annex_pool_wait_on_page_locked(struct annex *annex,
				   struct annex_page *page);

#endif /* ANNEX_RECLAIM_LOCK_H */
