/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_PAGECACHE_H
#define ANNEX_KUNIT_LIB_PAGECACHE_H

#include <linux/atomic.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/types.h>
#include <linux/xarray.h>
#include <annex/folio.h>

/**
 * struct pagecache_calls - how a page cache reaches its pool
 * @alloc: a folio of one frame, or NULL
 * @get: one more reference
 * @put: one fewer
 * @count: how many there are
 * @lock: lock its page; may sleep
 * @unlock: unlock it
 * @mark_dirty: its contents are newer than what is stored
 * @clear_dirty: they are not, or need not be
 * @end_writeback: they are stored; from softirq as well
 * @wait_writeback: sleep until they are
 * @lru_add: let reclaim have it
 * @lru_del: take it back
 * @accessed: it was used
 * @read: 8 bytes from its frame
 * @write: 8 bytes to its frame
 * @sample: called once in a while by the users of the cache, or NULL
 *
 * The suites have those of a private pool, a module those of annex.ko.
 */
struct pagecache_calls {
	struct annex_folio *(*alloc)(void *pool);
	void (*get)(void *pool, struct annex_folio *folio);
	void (*put)(void *pool, struct annex_folio *folio);
	unsigned int (*count)(void *pool, struct annex_folio *folio);
	void (*lock)(void *pool, struct annex_folio *folio);
	void (*unlock)(void *pool, struct annex_folio *folio);
	void (*mark_dirty)(void *pool, struct annex_folio *folio);
	void (*clear_dirty)(void *pool, struct annex_folio *folio);
	void (*end_writeback)(void *pool, struct annex_folio *folio);
	void (*wait_writeback)(void *pool, struct annex_folio *folio);
	int (*lru_add)(void *pool, struct annex_folio *folio);
	int (*lru_del)(void *pool, struct annex_folio *folio);
	void (*accessed)(void *pool, struct annex_folio *folio);
	void (*read)(void *pool, struct annex_folio *folio, unsigned int offset,
		     u64 *value);
	void (*write)(void *pool, struct annex_folio *folio,
		      unsigned int offset, u64 value);
	void (*sample)(void *pool);
};

/* Writes that are on their way at a time; what comes on top is done at once. */
#define PAGECACHE_WRITES	64

/**
 * struct pagecache_write - a write that is on its way
 * @folio: whose contents
 * @index: where to
 * @stamp: what they were when it began
 */
struct pagecache_write {
	struct annex_folio *folio;
	u32 index;
	u64 stamp;
};

/**
 * struct pagecache - an owner of folios, as a file system would be
 * @calls: how it reaches its pool
 * @pool: for @calls
 * @nr_pages: pages of the store behind it
 * @stored: what the store has, a stamp for each page
 * @version: how often each page was changed; under its page's lock
 * @mapping: what its folios belong to
 * @folios: the folios by index; its lock guards look-ups
 * @cached: how many there are
 * @peak: how many there were at most
 * @write_lock: protects what follows
 * @writes: those on their way
 * @nr_writes: how many
 * @timer: ends them
 * @errors: contents that were not what they should be
 * @failures: accesses for which there was no frame
 * @hits: accesses that found their page
 * @misses: those that did not
 * @written: pages written to the store
 * @released: folios that reclaim was given
 */
struct pagecache {
	const struct pagecache_calls *calls;
	void *pool;
	u32 nr_pages;
	u64 *stored;
	u32 *version;
	struct annex_mapping mapping;
	struct xarray folios;
	atomic_t cached;
	atomic_t peak;

	spinlock_t write_lock;	/* of what follows */
	struct pagecache_write writes[PAGECACHE_WRITES];
	unsigned int nr_writes;
	struct timer_list timer;

	atomic_long_t errors;
	atomic_long_t failures;
	atomic_long_t hits;
	atomic_long_t misses;
	atomic_long_t written;
	atomic_long_t released;
};

/**
 * struct pagecache_load - how a cache is to be used
 * @seed: of the accesses
 * @accesses: how many, by all threads together
 * @threads: kernel threads, each on a CPU of its own as far as they go
 */
struct pagecache_load {
	u32 seed;
	u32 accesses;
	u32 threads;
};

struct pagecache *pagecache_create(const struct pagecache_calls *calls,
				   void *pool, u32 nr_pages);
unsigned long pagecache_destroy(struct pagecache *cache);
int pagecache_access(struct pagecache *cache, u32 index, bool write);
bool pagecache_evict(struct pagecache *cache, u32 index);
int pagecache_run(struct pagecache *cache, const struct pagecache_load *load);
long pagecache_fifo_hits(const struct pagecache_load *load, u32 nr_pages,
			 u32 capacity);

#endif /* ANNEX_KUNIT_LIB_PAGECACHE_H */
