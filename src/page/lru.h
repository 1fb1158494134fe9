/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_LRU_H
#define ANNEX_PAGE_LRU_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <annex/folio.h>

struct annex;
struct annex_zone;

enum annex_lru_list {
	ANNEX_LRU_INACTIVE,
	ANNEX_LRU_ACTIVE,
	ANNEX_NR_LRU_LISTS
};

/*
 * Folios that reclaim handles at a time, and the least it frees before it
 * looks whether that will do: the kernel's SWAP_CLUSTER_MAX. Few enough that
 * what is out of its list will not be missed, many enough that the lock costs
 * little for each.
 */
#define ANNEX_RECLAIM_BATCH	32U

/**
 * struct annex_lruvec - the folios of a zone that reclaim may look at
 * @lock: protects the members below, a folio's place in a list, and its flags
 *	%ANNEX_FOLIO_LRU, %ANNEX_FOLIO_ISOLATED and %ANNEX_FOLIO_ACTIVE
 * @list: by enum annex_lru_list; new ones at the head, old ones at the tail
 * @nr: frames of each; read without @lock as well
 * @kswapd_failures: runs of kswapd, since reclaim last freed a frame of the
 *	zone, that freed none; changes without @lock
 */
struct annex_lruvec {
	spinlock_t lock ____cacheline_aligned_in_smp;
	struct list_head list[ANNEX_NR_LRU_LISTS];
	unsigned long nr[ANNEX_NR_LRU_LISTS];
	unsigned int kswapd_failures;
};

/* Where a folio goes when reclaim has looked at it. */
enum annex_lru_place {
	ANNEX_LRU_NEW,		/* the head of the list its flags say */
	ANNEX_LRU_WRITTEN,	/* sent to be written: to be next when it is */
	ANNEX_LRU_GONE,		/* nowhere: it is no longer reclaim's */
};

/**
 * struct annex_lru_batch - folios that reclaim has taken out of a list
 * @zone: theirs
 * @nr: how many
 * @frames: of how many frames
 * @scanned: frames that were looked at for them
 * @folio: oldest first, with a reference each
 * @page: the heads of their blocks, which stay when a folio is detached
 * @place: for each, where it goes
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

/* Is it being written, and to be reclaimed when that is done? */
static inline bool annex_lru_awaits_write(const struct annex_folio *folio)
{
	int both = BIT(ANNEX_FOLIO_WRITEBACK) | BIT(ANNEX_FOLIO_RECLAIM);

	return (atomic_read(&folio->flags) & both) == both;
}

#endif /* ANNEX_PAGE_LRU_H */
