// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many frames at once: interrupts are disabled and the zone's lock is taken
 * once for each round instead of once for each frame.
 *
 * Frames come from this CPU's stack first, then straight from the zone into the
 * caller's array, down to the low watermark. __annex_alloc_pages() allocates
 * the rest, frame by frame, with its slow path.
 *
 * Locking: that of the per-CPU lists, interrupts off, and the zone's.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "base/fail.h"
#include "base/for_kunit.h"
#include "host/context.h"
#include "page/buddy.h"
#include "page/frames.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/page_fast.h"
#include "page/pcp.h"
#include "page/zone.h"

/* Frames of one round: some microseconds with interrupts off. */
#define ROUND	64

/* Up to @nr frames from this CPU's stack. Interrupts are off. */
static unsigned int take_cached(struct annex_pcp_list *list, unsigned int nr,
				struct annex_page **pages)
{
	struct annex_page **top = list->pages + list->count;
	unsigned int i;

	nr = min(nr, list->count);
	for (i = 0; i < nr; i++) {
		struct annex_page *page = *--top;

		annex_page_make_used(page, 0, 0);
		pages[i] = page;
	}
	list->count -= nr;
	list->allocs += nr;
	return nr;
}

/*
 * Up to @nr free frames. Taking frames of another type takes as long again: if
 * half a round is done, the next round does it. The zone's lock is held.
 */
static unsigned int take_free(struct annex_zone *zone, unsigned int type,
			      unsigned int nr, struct annex_page **pages)
{
	unsigned int n = annex_buddy_take_type_locked(zone, 0, type, nr, pages);

	if (unlikely(n < nr && n < ROUND / 2))
		n += annex_buddy_take_locked(zone, 0, type, nr - n, pages + n);
	return n;
}

/*
 * Up to @nr frames from the zone itself, while it has more than @floor.
 * Interrupts are off.
 */
static unsigned int take_from_zone(struct annex_zone *zone, unsigned int type,
				   unsigned long floor, unsigned int nr,
				   struct annex_page **pages)
{
	unsigned int i, j;

	annex_zone_notice(zone);
	spin_lock(&zone->lock);
	nr = min_t(unsigned long, nr, annex_zone_above(zone, floor, false));
	nr = take_free(zone, type, nr, pages);
	spin_unlock(&zone->lock);
	for (i = 0; i < nr; i++)
		annex_page_make_used(pages[i], 0, 0);
	/* The zone returns them in descending order. */
	for (i = 0, j = nr - 1; nr && i < j; i++, j--)
		swap(pages[i], pages[j]);
	annex_count_events(&zone->frames->counters,
			   ANNEX_PGALLOC_DMA + zone->idx, nr);
	return nr;
}

/* One round from the zone that the flags name, above its low watermark. */
static unsigned int take_round(struct annex_frames *frames, gfp_t gfp,
			       unsigned int nr, struct annex_page **pages)
{
	const struct annex_fast_route *route = annex_fast_route(frames, gfp, 0);
	unsigned long free = annex_fast_route_free(frames, route);
	unsigned long flags;
	unsigned int done;

	if (free <= route->low || in_nmi() ||
	    static_branch_unlikely(&annex_fail_key))
		return 0;
	nr = min_t(unsigned long, nr, free - route->low);
	local_irq_save(flags);
	done = take_cached(this_cpu_ptr(route->list), nr, pages);
	if (done < nr)
		done += take_from_zone(annex_fast_route_zone(frames, route),
				       annex_request_type(frames, gfp),
				       route->low, nr - done, pages + done);
	local_irq_restore(flags);
	return done;
}

/* Reschedule between rounds, if the caller's context allows sleep. */
static void end_round(void)
{
	if (annex_may_sleep_unasked())
		cond_resched();
}

/* Fill @nr empty entries. Returns how many were filled. */
static unsigned int fill(struct annex_frames *frames, gfp_t gfp,
			 unsigned int nr, struct annex_page **pages)
{
	unsigned int i, n, done = 0;
	int err;

	while (done < nr) {
		if (done && gfpflags_allow_blocking(gfp))
			end_round();
		n = take_round(frames, gfp,
			       min_t(unsigned int, nr - done, ROUND),
			       pages + done);
		for (i = done; annex_wants_preparing(gfp) && i < done + n; i++)
			annex_prep_new_page(frames, pages[i], gfp, 0);
		done += n;
		if (n)
			continue;
		pages[done] = __annex_alloc_pages(frames, gfp, 0, &err);
		if (!pages[done])
			break;
		done++;
	}
	return done;
}

/* annex_alloc_pages_bulk() from a pool. */
unsigned int __annex_alloc_pages_bulk(struct annex_frames *frames, gfp_t gfp,
				      unsigned int nr,
				      struct annex_page **pages)
{
	unsigned int set = 0, i = 0;

	annex_might_wait(gfp);
	while (i < nr) {
		unsigned int gap = i, n;

		while (gap < nr && !pages[gap])
			gap++;
		if (gap == i) {
			i++;
			set++;
			continue;
		}
		n = fill(frames, gfp, gap - i, pages + i);
		set += n;
		if (n < gap - i) {
			for (i = gap; i < nr; i++)
				set += !!pages[i];
			break;
		}
		i = gap;
	}
	return set;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_alloc_pages_bulk);

/*
 * Push frames on this CPU's stacks and clear their entries, up to a frame whose
 * stack is full: it is returned in @full, because making space takes too long
 * for this section with interrupts off. Frames for the slow path keep their
 * entries, and @left is set. Returns the first entry that was not handled.
 */
static struct annex_page **put_until_full(struct annex_frames *frames,
					  struct annex_page **pages,
					  struct annex_page **end,
					  struct annex_page **full, bool *left)
{
	unsigned long flags;

	local_irq_save(flags);
	do {
		struct annex_page *page = *pages;
		unsigned long nr = annex_page_nr(frames, page);

		if (likely(nr < frames->nr_pages) &&
		    likely(annex_page_drop_only_ref(page, 0))) {
			*pages = NULL;
			if (annex_wants_retiring())
				annex_free_pages_prepare(frames, page, 0);
			if (likely(annex_fast_put(frames, nr, page, 0)))
				continue;
			*full = page;
			pages++;
			break;
		}
		*left |= !!page;
	} while (++pages < end);
	local_irq_restore(flags);
	return pages;
}

/*
 * Free the frames of a round by the fast path and clear their entries; frames
 * for the slow path stay in @pages. Returns whether there may be some; in an
 * NMI all are.
 */
static bool put_round(struct annex_frames *frames, struct annex_page **pages,
		      unsigned int n)
{
	struct annex_page **end = pages + n;
	bool left = false;

	if (unlikely(in_nmi()))
		return true;
	do {
		struct annex_page *full = NULL;

		pages = put_until_full(frames, pages, end, &full, &left);
		if (full)
			annex_pcp_give(frames, full, 0);
	} while (pages < end);
	return left;
}

/* annex_free_pages_bulk() to a pool. */
int __annex_free_pages_bulk(struct annex_frames *frames,
			    struct annex_page **pages, unsigned int nr)
{
	unsigned int at, i, n;
	int ret = 0;

	for (at = 0; at < nr; at += n) {
		if (at)
			end_round();
		n = min_t(unsigned int, nr - at, ROUND);
		if (likely(!put_round(frames, pages + at, n)))
			continue;
		for (i = at; i < at + n; i++) {
			int err;

			if (!pages[i])
				continue;
			err = annex_block_free(frames, pages[i], 0);
			if (!err)
				pages[i] = NULL;
			else if (!ret)
				ret = err;
		}
	}
	return ret;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_free_pages_bulk);
