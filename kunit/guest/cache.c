// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page cache with more pages than the pool holds, used through the public
 * functions (kunit/pagecache.c).
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include <annex/reclaim.h>

#include "../pagecache.h"
#include "exercise.h"
#include "pool.h"

static struct annex_folio *cache_alloc(void *unused)
{
	struct annex_folio *folio;

	return annex_folio_alloc(GFP_HIGHUSER_MOVABLE, 0, &folio) ? NULL :
								    folio;
}

static void cache_get(void *unused, struct annex_folio *folio)
{
	annex_folio_get(folio);
}

static void cache_put(void *unused, struct annex_folio *folio)
{
	annex_folio_put(folio);
}

static unsigned int cache_count(void *unused, struct annex_folio *folio)
{
	return annex_folio_count(folio);
}

static void cache_lock(void *unused, struct annex_folio *folio)
{
	annex_lock_page(annex_folio_page(folio));
}

static void cache_unlock(void *unused, struct annex_folio *folio)
{
	annex_unlock_page(annex_folio_page(folio));
}

static void cache_mark_dirty(void *unused, struct annex_folio *folio)
{
	annex_folio_mark_dirty(folio);
}

static void cache_clear_dirty(void *unused, struct annex_folio *folio)
{
	annex_folio_clear_dirty(folio);
}

static void cache_end_writeback(void *unused, struct annex_folio *folio)
{
	annex_folio_end_writeback(folio);
}

static void cache_wait_writeback(void *unused, struct annex_folio *folio)
{
	annex_folio_wait_writeback(folio);
}

static int cache_lru_add(void *unused, struct annex_folio *folio)
{
	return annex_lru_add(folio);
}

static int cache_lru_del(void *unused, struct annex_folio *folio)
{
	return annex_lru_del(folio);
}

static void cache_accessed(void *unused, struct annex_folio *folio)
{
	annex_mark_page_accessed(annex_folio_page(folio));
}

static void cache_read(void *unused, struct annex_folio *folio,
		       unsigned int offset, u64 *value)
{
	annex_peek(annex_folio_page(folio), offset, value, sizeof(*value));
}

static void cache_write(void *unused, struct annex_folio *folio,
			unsigned int offset, u64 value)
{
	annex_poke(annex_folio_page(folio), offset, &value, sizeof(value));
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
};

static void say(struct pagecache *cache, const struct exercise_args *args,
		long fifo)
{
	exercise_say("%ld hits of %u, first-in-first-out %ld, %d frames of %u pages\n",
		     atomic_long_read(&cache->hits), args->ops, fifo,
		     atomic_read(&cache->peak), args->pages);
	exercise_say("%ld pages written, %ld released, %ld requests failed\n",
		     atomic_long_read(&cache->written),
		     atomic_long_read(&cache->released),
		     atomic_long_read(&cache->failures));
}

/**
 * exercise_cache() - use a page cache
 * @args: how many threads, accesses (ops) and pages of the store; the seed
 *
 * Return: 0 if no content was lost, no request failed and it found its page at
 * least as often as a cache that keeps what came last.
 */
int exercise_cache(const struct exercise_args *args)
{
	struct pagecache_load load = {
		.seed = args->seed,
		.accesses = args->ops,
		.threads = args->threads,
	};
	struct pagecache *cache;
	unsigned long errors;
	bool worse;
	long fifo;
	int err;

	if (!args->pages || !args->threads)
		return -EINVAL;
	cache = pagecache_create(&calls, NULL, args->pages);
	if (!cache)
		return -ENOMEM;
	err = pagecache_run(cache, &load);
	fifo = pagecache_fifo_hits(&load, args->pages,
				   max(atomic_read(&cache->peak), 1));
	say(cache, args, fifo);
	worse = atomic_long_read(&cache->failures) ||
		atomic_long_read(&cache->hits) < fifo;
	errors = pagecache_destroy(cache);
	if (errors)
		exercise_say("%lu contents were wrong\n", errors);
	return err ?: errors ? -EIO : worse ? -EAGAIN : 0;
}
