/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_RECLAIM_CALLS_H
#define ANNEX_PAGE_RECLAIM_CALLS_H

/*
 * What the page allocator calls in reclaim/, which lies above it: reclaim when
 * frames run short, and the release of a folio with its block. reclaim/ defines
 * these functions and documents them. No other call of page/ goes up.
 */
#include <linux/gfp.h>
#include <annex/page.h>

struct annex_frames;

/* kswapd.c, reclaim.c */
void annex_wakeup_kswapd(struct annex_frames *frames, gfp_t gfp,
			 unsigned int order, int highest);
unsigned long annex_reclaim_direct(struct annex_frames *frames, gfp_t gfp,
				   unsigned int order, int highest);

/* folio.c */
int annex_folio_drop_last(struct annex_frames *frames, struct annex_page *head);
int annex_folio_drop_second(struct annex_frames *frames,
			    struct annex_page *head);

#endif /* ANNEX_PAGE_RECLAIM_CALLS_H */
