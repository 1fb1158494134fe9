/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_RECLAIM_H
#define ANNEX_RECLAIM_H

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/types.h>
#include <annex/folio.h>

/* The kernel's values: STOP ends a scan, EMPTY is a count of 0. */
#define ANNEX_SHRINK_STOP	(~0UL)
#define ANNEX_SHRINK_EMPTY	(~0UL - 1)

/* Seeks to recreate an object: the kernel's default. */
#define ANNEX_DEFAULT_SEEKS	2

/**
 * struct annex_shrink_control - one request to a shrinker
 * @gfp: allocation flags that limit reclaim, as in Linux
 * @nr_to_scan: number of objects to scan
 * @nr_scanned: number of objects that the shrinker scanned, at most one for
 *	each 8 bytes of the pool; preset to @nr_to_scan
 */
struct annex_shrink_control {
	gfp_t gfp;
	unsigned long nr_to_scan;
	unsigned long nr_scanned;
};

/**
 * struct annex_shrinker - a cache that can be made smaller
 * @count_objects: return the number of objects that could be freed, at most one
 *	for each 8 bytes of the pool; 0 or %ANNEX_SHRINK_EMPTY if none
 * @scan_objects: free some objects and return their number, which has the same
 *	limit; %ANNEX_SHRINK_STOP if none can be freed now
 * @seeks: cost of recreating an object, usually %ANNEX_DEFAULT_SEEKS; 0 if none
 * @batch: objects to scan at a time, 0 for 128
 * @name: for traces, printable ASCII without blanks; or NULL
 * @list: annex's: link in the list of all shrinkers
 * @nr_deferred: annex's: the backlog of objects that are still to be scanned
 * @blamed: annex's: the log has reported a wrong number of this shrinker
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
 * A number beyond its limit is usually a counter that went below 0. annex
 * reports it once for each shrinker. It treats such a count as one batch, such
 * a result of a scan as %ANNEX_SHRINK_STOP, and such a @nr_scanned as
 * @nr_to_scan.
 *
 * kswapd calls the functions of a shrinker, and so does any thread that
 * allocates with __GFP_DIRECT_RECLAIM. A thread that holds a lock which they
 * take must allocate without that flag. The functions may sleep and allocate;
 * their allocations do not enter reclaim again.
 */

int annex_register_shrinker(struct annex_shrinker *shrinker);
void annex_unregister_shrinker(struct annex_shrinker *shrinker);

int annex_lru_add(struct annex_folio *folio);
int annex_lru_del(struct annex_folio *folio);
int annex_mark_page_accessed(struct annex_page *page);

#endif /* ANNEX_RECLAIM_H */
