// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page cache (pagecache.c) that wants more frames than its pool has: nothing
 * is lost, and what is used most is kept.
 */
#include <linux/cpumask.h>

#include "host/frame.h"
#include "lib/pagecache.h"
#include "lib/testpool.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "reclaim/folio.h"
#include "reclaim/lock.h"
#include "reclaim/lru.h"
#include "reclaim/reclaim.h"

/* DMA 4 MB, HighMem 12 MB; marks as close as they are by default. */
static const struct annex_testpool tight = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 1024,
	.contents = true,
};

/*
 * A tenth of each zone between the marks: what two CPUs need until kswapd,
 * which has no CPU of its own, runs.
 */
static const struct annex_testpool wide = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 1024,
	.watermark_scale = 1000, .contents = true,
};

/* Pages of the store: three times what the pool could hold. */
#define STORE_PAGES	12288

/* The largest batch that a CPU takes out of a zone. */
#define RACE	63L

/* As often as a request may come back empty-handed before it gives up. */
#define ALLOC_TRIES	64

/* A pool, and by how much its fullest zone was above min. */
struct cache_pool {
	struct annex *annex;
	atomic_long_t lowest;
};

static struct annex *of(void *pool)
{
	return ((struct cache_pool *)pool)->annex;
}

static bool is_low(const struct annex_zone *zone)
{
	return annex_zone_free_pages(zone) <=
	       annex_zone_watermark(zone, ANNEX_WMARK_LOW);
}

static struct annex_folio *cache_alloc(void *pool)
{
	gfp_t gfp = GFP_HIGHUSER_MOVABLE | __GFP_NOWARN;
	struct annex *annex = of(pool);
	struct annex_folio *folio;
	unsigned int i;

	for (i = 0; i < ALLOC_TRIES; i++) {
		int err = __annex_folio_alloc(&annex->frames, gfp, 0, &folio);

		if (is_low(&annex->frames.zones[ANNEX_ZONE_HIGHMEM]))
			annex_wakeup_kswapd(&annex->frames, gfp, 0,
					    ANNEX_ZONE_HIGHMEM);
		if (!err)
			return folio;
		annex_reclaim_direct(&annex->frames, gfp, 0,
				     ANNEX_ZONE_HIGHMEM);
	}
	return NULL;
}

static void cache_get(void *pool, struct annex_folio *folio)
{
	__annex_folio_get(&of(pool)->frames, folio);
}

static void cache_put(void *pool, struct annex_folio *folio)
{
	__annex_folio_put(&of(pool)->frames, folio);
}

static unsigned int cache_count(void *pool, struct annex_folio *folio)
{
	return annex_page_ref_count(annex_folio_head(folio));
}

static void cache_lock(void *pool, struct annex_folio *folio)
{
	__annex_lock_page(&of(pool)->frames, annex_folio_head(folio));
}

static void cache_unlock(void *pool, struct annex_folio *folio)
{
	__annex_unlock_page(&of(pool)->frames, annex_folio_head(folio));
}

static void cache_mark_dirty(void *pool, struct annex_folio *folio)
{
	__annex_folio_mark_dirty(&of(pool)->frames, folio);
}

static void cache_clear_dirty(void *pool, struct annex_folio *folio)
{
	__annex_folio_clear_dirty(&of(pool)->frames, folio);
}

static void cache_end_writeback(void *pool, struct annex_folio *folio)
{
	__annex_folio_end_writeback(&of(pool)->frames, folio);
}

static void cache_wait_writeback(void *pool, struct annex_folio *folio)
{
	__annex_folio_wait_writeback(&of(pool)->frames, folio);
}

static int cache_lru_add(void *pool, struct annex_folio *folio)
{
	return annex_lru_insert(folio);
}

static int cache_lru_del(void *pool, struct annex_folio *folio)
{
	return annex_lru_remove(folio);
}

static void cache_accessed(void *pool, struct annex_folio *folio)
{
	annex_lru_accessed(folio);
}

static void cache_read(void *pool, struct annex_folio *folio,
		       unsigned int offset, u64 *value)
{
	struct annex *annex = of(pool);

	annex_frame_read(&annex->host, annex->frames.base_pfn + folio->pfn,
			 offset, value, sizeof(*value));
}

static void cache_write(void *pool, struct annex_folio *folio,
			unsigned int offset, u64 value)
{
	struct annex *annex = of(pool);

	annex_frame_write(&annex->host, annex->frames.base_pfn + folio->pfn,
			  offset, &value, sizeof(value));
}

static void cache_sample(void *pool)
{
	struct cache_pool *p = pool;
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		struct annex_zone *zone = &p->annex->frames.zones[i];
		long above = annex_zone_free_pages(zone) -
			     annex_zone_watermark(zone, ANNEX_WMARK_MIN);

		if (zone->managed_pages && above < atomic_long_read(&p->lowest))
			atomic_long_set(&p->lowest, above);
	}
}

static const struct pagecache_calls calls = {
	.alloc = cache_alloc,
	.get = cache_get,
	.put = cache_put,
	.count = cache_count,
	.lock = cache_lock,
	.unlock = cache_unlock,
	.mark_dirty = cache_mark_dirty,
	.clear_dirty = cache_clear_dirty,
	.end_writeback = cache_end_writeback,
	.wait_writeback = cache_wait_writeback,
	.lru_add = cache_lru_add,
	.lru_del = cache_lru_del,
	.accessed = cache_accessed,
	.read = cache_read,
	.write = cache_write,
	.sample = cache_sample,
};

static void report(struct kunit *test, struct pagecache *cache,
		   struct cache_pool *pool, u32 accesses, long fifo)
{
	long hits = atomic_long_read(&cache->hits);

	kunit_info(test, "hits %ld of %u, first-in-first-out %ld, %d frames",
		   hits, accesses, fifo, atomic_read(&cache->peak));
	kunit_info(test, "written %ld, released %ld: kswapd %lu, direct %lu in %lu stalls",
		   atomic_long_read(&cache->written),
		   atomic_long_read(&cache->released),
		   annex_test_event(pool->annex, ANNEX_PGSTEAL_KSWAPD),
		   annex_test_event(pool->annex, ANNEX_PGSTEAL_DIRECT),
		   annex_test_event(pool->annex, ANNEX_ALLOCSTALL_HIGH) +
		   annex_test_event(pool->annex, ANNEX_ALLOCSTALL_MOVABLE));
	kunit_info(test, "lowest: %ld frames above min",
		   atomic_long_read(&pool->lowest));
}

static void expect_good(struct kunit *test, struct pagecache *cache,
			struct cache_pool *pool, long fifo, bool with_kswapd)
{
	KUNIT_EXPECT_GE(test, atomic_long_read(&cache->hits), fifo);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&cache->failures), 0L);
	KUNIT_EXPECT_GT(test, atomic_long_read(&cache->written), 0L);
	/*
	 * On a CPU of its own kswapd keeps zones far above min. Here it comes
	 * when the others let it, and of two CPUs that look at a mark at once
	 * each may take what is above it.
	 */
	KUNIT_EXPECT_GE(test, atomic_long_read(&pool->lowest), -RACE);
	if (with_kswapd)
		KUNIT_EXPECT_GT(test, annex_test_event(pool->annex,
						       ANNEX_PGSTEAL_KSWAPD),
				0UL);
}

static void run(struct kunit *test, const struct annex_testpool *opts,
		bool with_kswapd)
{
	struct cache_pool pool = {
		.annex = annex_testpool(test, opts),
		.lowest = ATOMIC_LONG_INIT(LONG_MAX),
	};
	unsigned long free = annex_test_free_pages(pool.annex);
	struct pagecache_load load = {
		.accesses = 100000,
		.threads = 2,
	};
	struct pagecache *cache;
	struct rnd_state rnd;
	long fifo;

	annex_test_seed(test, &rnd);
	load.seed = prandom_u32_state(&rnd);
	cache = pagecache_create(&calls, &pool, STORE_PAGES);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	if (with_kswapd)
		KUNIT_EXPECT_EQ(test, annex_kswapd_run(&pool.annex->frames), 0);
	KUNIT_EXPECT_EQ(test, pagecache_run(cache, &load), 0);
	fifo = pagecache_fifo_hits(&load, STORE_PAGES,
				   atomic_read(&cache->peak));
	report(test, cache, &pool, load.accesses, fifo);
	expect_good(test, cache, &pool, fifo, with_kswapd);
	annex_test_validate(test, pool.annex);
	annex_kswapd_stop(&pool.annex->frames);
	KUNIT_EXPECT_EQ(test, pagecache_destroy(cache), 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(pool.annex), free);
	annex_test_validate(test, pool.annex);
}

static void pagecache_loses_nothing_with_kswapd(struct kunit *test)
{
	run(test, &wide, true);
}

static void pagecache_loses_nothing_without_kswapd(struct kunit *test)
{
	run(test, &tight, false);
}

static struct kunit_case reclaim_pagecache_cases[] = {
	KUNIT_CASE(pagecache_loses_nothing_with_kswapd),
	KUNIT_CASE(pagecache_loses_nothing_without_kswapd),
	{}
};

static struct kunit_suite annex_reclaim_pagecache_suite = {
	.name = "annex_reclaim_pagecache",
	.test_cases = reclaim_pagecache_cases,
};

kunit_test_suite(annex_reclaim_pagecache_suite);
