/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_UPCALLS_H
#define ANNEX_PAGE_UPCALLS_H

/*
 * Calls from lower files of page/ to higher ones: the buddy allocator asks for
 * a block of another type, the per-CPU lists become the home of the pageblocks,
 * and a free wakes a waiter. All other calls of page/ go down; those to
 * reclaim/ are in reclaim_calls.h.
 */
#include <linux/compiler.h>

#include "page/frames.h"

/* pageblock.c */
int annex_pageblock_fallback_locked(struct annex_zone *zone, unsigned int order,
				    unsigned int type);
void annex_pageblocks_set_home(struct annex_frames *frames);

/* alloc_wait.c */
void annex_alloc_waiters_wake_first(struct annex_frames *frames, int zone);

/**
 * annex_alloc_waiters_wake() - wake the first waiter after frames were freed
 * @frames: the frames of the pool
 * @zone: the zone of the frames
 *
 * Context: any but NMI, without the zone's lock.
 */
static __always_inline void
annex_alloc_waiters_wake(struct annex_frames *frames, int zone)
{
	/* Pairs with the waiters' lock: they count themselves, then look. */
	smp_mb();
	if (unlikely(READ_ONCE(frames->waiters.waiting[zone])))
		annex_alloc_waiters_wake_first(frames, zone);
}

#endif /* ANNEX_PAGE_UPCALLS_H */
