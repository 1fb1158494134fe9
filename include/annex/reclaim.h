/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_RECLAIM_H
#define ANNEX_RECLAIM_H

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/types.h>
#include <annex/folio.h>

/* Both, like the kernel's, for shrinkers that cannot tell or will not go on. */
#define ANNEX_SHRINK_STOP	(~0UL)
#define ANNEX_SHRINK_EMPTY	(~0UL - 1)

/* Seeks to remake an object, if nobody knows better: the kernel's default. */
#define ANNEX_DEFAULT_SEEKS	2

/**
 * struct annex_shrink_control - what a shrinker is asked
 * @gfp: what the reclaimer may do
 * @nr_to_scan: how many objects to look at
 * @nr_scanned: how many it looked at; @nr_to_scan unless it says otherwise, at
 *	most LONG_MAX
 */
struct annex_shrink_control {
	gfp_t gfp;
	unsigned long nr_to_scan;
	unsigned long nr_scanned;
};

/**
 * struct annex_shrinker - a cache that can be made smaller
 * @count_objects: how many objects could be freed, at most LONG_MAX; 0 or
 *	%ANNEX_SHRINK_EMPTY if none
 * @scan_objects: free some and return how many, at most LONG_MAX;
 *	%ANNEX_SHRINK_STOP if it cannot now
 * @seeks: what it costs to remake one, %ANNEX_DEFAULT_SEEKS; 0 for nothing
 * @batch: objects to scan at a time, 0 for 128
 * @name: for traces, printable ASCII without blanks; or NULL
 * @list: annex's
 * @nr_deferred: annex's: what was not scanned and is still to be
 * @blamed: annex's: a number of its own was wrong, and the log says so
 */
struct annex_shrinker {
	unsigned long (*count_objects)(struct annex_shrinker *shrinker,
				       struct annex_shrink_control *sc);
	unsigned long (*scan_objects)(struct annex_shrinker *shrinker,
				      struct annex_shrink_control *sc);
	int seeks;
	long batch;
	const char *name;

	struct list_head list;
	atomic_long_t nr_deferred;
	bool blamed;
};

/*
 * A number beyond LONG_MAX is no number of objects but a count that went below
 * 0. annex says so once for each shrinker. It takes such a count for one batch,
 * such a result of a scan for %ANNEX_SHRINK_STOP, and such a @nr_scanned for
 * @nr_to_scan.
 *
 * The functions of a shrinker are called by kswapd, and by any thread that
 * allocates with __GFP_DIRECT_RECLAIM: who holds a lock that they take asks
 * without. They may sleep, and may allocate: requests they make never reclaim
 * again.
 */

int annex_register_shrinker(struct annex_shrinker *shrinker);
void annex_unregister_shrinker(struct annex_shrinker *shrinker);

int annex_lru_add(struct annex_folio *folio);
int annex_lru_del(struct annex_folio *folio);
int annex_mark_page_accessed(struct annex_page *page);

#endif /* ANNEX_RECLAIM_H */
