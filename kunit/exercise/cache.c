// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page cache with more pages than the pool holds, used through the public
 * functions (kunit/lib/pagecache.c).
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "cache_calls.h"
#include "exercise.h"
#include "lib/pagecache.h"

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
	cache = pagecache_create(&pagecache_annex_calls, NULL, args->pages);
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
