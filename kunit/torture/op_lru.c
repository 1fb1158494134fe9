// SPDX-License-Identifier: GPL-2.0-only
/*
 * lru: an owner of folios with dirty pages, which reclaim writes back and takes
 * away: kunit/lib/pagecache.c, with half as many pages again as the pool has, so
 * that sooner or later the pool is full of them. Now and then some are stored and
 * taken out by the owner itself, which waits for a write that is in progress.
 */
#include <linux/errno.h>
#include <linux/mm.h>

#include <annex/folio.h>
#include <annex/highmem.h>

#include "api/tests.h"
#include "exercise/cache_calls.h"
#include "lib/pagecache.h"
#include "torture.h"

/* A store of as many pages has 12 bytes of the host's for each. */
#define MOST_PAGES	(512 << 10)

/* Pages that a turn uses, one behind the other. */
#define ACCESSES	4

static struct pagecache_calls calls;
static struct pagecache *cache;

/* Quiet, or the log is full of it. */
static struct annex_folio *alloc_quietly(void *unused)
{
	struct annex_folio *folio;

	annex_folio_alloc(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN, 0, &folio);
	return folio;
}

static void read_mapped(void *unused, struct annex_folio *folio,
			unsigned int offset, u64 *value)
{
	annex_memcpy_from_page(value, annex_folio_page(folio), offset,
			       sizeof(*value));
}

static void write_mapped(void *unused, struct annex_folio *folio,
			 unsigned int offset, u64 value)
{
	annex_memcpy_to_page(annex_folio_page(folio), offset, &value,
			     sizeof(value));
}

static int set_up(void)
{
	calls = pagecache_annex_calls;
	calls.alloc = alloc_quietly;
	calls.read = read_mapped;
	calls.write = write_mapped;
	cache = pagecache_create(&calls, NULL,
				 min(annex_nr_frames() / 2 * 3, MOST_PAGES));
	return cache ? 0 : -ENOMEM;
}

/* A quarter of the pages gets three of four turns. */
static void run(struct torture_turn *t)
{
	u32 most = torture_below(t, 4) ? cache->nr_pages / 4 : cache->nr_pages;
	u32 first = torture_below(t, most - ACCESSES), i;
	long errors = atomic_long_read(&cache->errors);
	bool evicts = torture_one_in(t, 8);

	for (i = 0; i < ACCESSES; i++)
		if (evicts)
			pagecache_evict(cache, first + i);
		else if (pagecache_access(cache, first + i, torture_one_in(t, 3)))
			torture_denied(t);
	/* Seen by several, perhaps, and said by each. */
	if (atomic_long_read(&cache->errors) != errors)
		torture_corrupt(t, "a page is not as it was last changed");
}

static void clear(struct torture_turn *t)
{
	long before = atomic_long_read(&cache->errors);
	unsigned long errors = pagecache_destroy(cache);

	cache = NULL;
	if (errors != before)
		torture_corrupt(t, "%lu pages are lost", errors - before);
}

struct torture_op torture_lru = {
	.name = "lru",
	.weight = 20,
	.contexts = TORTURE_THREADS,
	.set_up = set_up,
	.run = run,
	.clear = clear,
};
