/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_RECLAIM_LRU_H
#define ANNEX_RECLAIM_LRU_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <annex/folio.h>

#include "page/zone.h"

/*
 * Folios that reclaim isolates at a time, and frames that it frees before it
 * checks whether that is enough: the kernel's SWAP_CLUSTER_MAX. Few enough that
 * the lists hardly miss the isolated folios, many enough that the lock costs
 * little per folio.
 */
#define ANNEX_RECLAIM_BATCH	32U

/* Where a folio goes after reclaim has scanned it. */
enum annex_lru_place {
	ANNEX_LRU_NEW,		/* head of the list that its flags name */
	ANNEX_LRU_WRITTEN,	/* under writeback: to the tail after that */
	ANNEX_LRU_GONE,		/* freed, or no longer reclaim's */
};

/**
 * struct annex_lru_batch - folios that reclaim has isolated from a list
 * @zone: their zone
 * @nr: number of folios
 * @frames: their frames
 * @scanned: frames that were scanned to get them
 * @folio: the folios, oldest first, with a reference to each
 * @page: the heads of their blocks, which stay when a folio is detached
 * @place: where each folio goes
 */
struct annex_lru_batch {
	struct annex_zone *zone;
	unsigned int nr;
	unsigned long frames;
	unsigned long scanned;
	struct annex_folio *folio[ANNEX_RECLAIM_BATCH];
	struct annex_page *page[ANNEX_RECLAIM_BATCH];
	enum annex_lru_place place[ANNEX_RECLAIM_BATCH];
};

void annex_lruvec_init(struct annex_lruvec *lruvec);
int annex_lru_insert(struct annex_folio *folio);
int annex_lru_remove(struct annex_folio *folio);
void annex_lru_release(struct annex_folio *folio);
bool annex_lru_end_write(struct annex_folio *folio);
void annex_lru_accessed(struct annex_folio *folio);
void annex_lru_isolate(struct annex_zone *zone, enum annex_lru_list list,
		       unsigned long nr_to_scan, struct annex_lru_batch *batch);
void annex_lru_putback(struct annex_lru_batch *batch);

static inline unsigned long annex_lru_size(const struct annex_lruvec *lruvec,
					   enum annex_lru_list list)
{
	return READ_ONCE(lruvec->nr[list]);
}

/* Is it under writeback, and to be reclaimed after that? */
static inline bool annex_lru_awaits_write(const struct annex_folio *folio)
{
	int both = BIT(ANNEX_FOLIO_WRITEBACK) | BIT(ANNEX_FOLIO_RECLAIM);

	return (atomic_read(&folio->flags) & both) == both;
}

#endif /* ANNEX_RECLAIM_LRU_H */
