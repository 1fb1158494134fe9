// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a page cache (kunit/lib/pagecache.c) reaches the pool of the loaded module: by
 * the public functions.
 */
#include <linux/gfp.h>

#include <annex/folio.h>
#include <annex/reclaim.h>

#include "api/tests.h"
#include "cache_calls.h"
#include "lib/pagecache.h"

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

/* For the loaded pool; @pool means nothing. */
const struct pagecache_calls pagecache_annex_calls = {
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
