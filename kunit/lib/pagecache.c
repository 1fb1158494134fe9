// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page cache: what owns folios in a kernel, boiled down.
 *
 * There is a store of pages, of each of which only a stamp is kept: its number
 * and how often it was changed. An access finds the page's folio or fills a new
 * one from the store, sees that the stamp in its frame is that of the last
 * change, and perhaps changes it. Reclaim writes changed folios back and takes
 * clean ones away. A page that was lost, or that reclaim took while somebody
 * used it, shows as a stamp that is too old.
 *
 *                      get: found             writepage
 *   access ---> folios -----------> frame ----------------> stored
 *                 |    filled from stored                     |
 *                 `--<----------------------------------------'
 *
 * Half of the writes are done at once, half a tick later, by a timer.
 *
 * Locking: the lock of @folios guards look-ups: a reference is taken under it,
 * and release looks under it whether there are any. The page's lock protects
 * its stamp and version. What is stored of the page belongs to a write that is
 * in progress; if there is none, the page's lock protects it as well.
 *
 * Failing: what is wrong is counted; the users of this look at the counts.
 *
 * Free of KUnit, so that modules can use it too.
 */
#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "host/compat_timer.h"
#include "pagecache.h"

/* The second stamp of a frame, at its end. */
#define LAST	(PAGE_SIZE - sizeof(u64))

/* Between two calls of sample(). */
#define SAMPLE_EVERY	64

static u64 stamp(u32 index, u32 version)
{
	return (u64)index << 32 | version;
}

static void stamp_frame(struct pagecache *cache, struct annex_folio *folio,
			u64 value)
{
	cache->calls->write(cache->pool, folio, 0, value);
	cache->calls->write(cache->pool, folio, LAST, ~value);
}

/* Has the frame the stamp of its page's last change? The page is locked. */
static u64 check_frame(struct pagecache *cache, struct annex_folio *folio)
{
	u32 index = folio->index;
	u64 first, last;

	cache->calls->read(cache->pool, folio, 0, &first);
	cache->calls->read(cache->pool, folio, LAST, &last);
	if (first != stamp(index, cache->version[index]) || last != ~first)
		atomic_long_inc(&cache->errors);
	return first;
}

static void complete_write(struct pagecache *cache,
			   const struct pagecache_write *w)
{
	WRITE_ONCE(cache->stored[w->index], w->stamp);
	atomic_long_inc(&cache->written);
	cache->calls->end_writeback(cache->pool, w->folio);
}

static void complete_writes(struct timer_list *timer)
{
	struct pagecache *cache = timer_container_of(cache, timer, timer);
	struct pagecache_write w;
	unsigned long flags;

	for (;;) {
		spin_lock_irqsave(&cache->write_lock, flags);
		if (!cache->nr_writes)
			break;
		w = cache->writes[--cache->nr_writes];
		spin_unlock_irqrestore(&cache->write_lock, flags);
		complete_write(cache, &w);
	}
	spin_unlock_irqrestore(&cache->write_lock, flags);
}

static bool write_later(struct pagecache *cache,
			const struct pagecache_write *w)
{
	unsigned long flags;
	bool room;

	spin_lock_irqsave(&cache->write_lock, flags);
	room = cache->nr_writes < PAGECACHE_WRITES;
	if (room) {
		cache->writes[cache->nr_writes++] = *w;
		mod_timer(&cache->timer, jiffies + 1);
	}
	spin_unlock_irqrestore(&cache->write_lock, flags);
	return room;
}

static struct pagecache *cache_of(const struct annex_folio *folio)
{
	return folio->mapping->private;
}

static int writepage(struct annex_folio *folio)
{
	struct pagecache *cache = cache_of(folio);
	struct pagecache_write w = { .folio = folio, .index = folio->index };

	w.stamp = check_frame(cache, folio);
	if (!(w.index & 1) || !write_later(cache, &w))
		complete_write(cache, &w);
	return 0;
}

/* Clean means stored: reclaim has no business with it otherwise. */
static void check_stored(struct pagecache *cache, struct annex_folio *folio)
{
	if (cache->stored[folio->index] != check_frame(cache, folio))
		atomic_long_inc(&cache->errors);
}

static bool release(struct annex_folio *folio)
{
	struct pagecache *cache = cache_of(folio);
	bool alone;

	xa_lock_irq(&cache->folios);
	alone = cache->calls->count(cache->pool, folio) == 2;
	if (alone) {
		check_stored(cache, folio);
		__xa_erase(&cache->folios, folio->index);
	}
	xa_unlock_irq(&cache->folios);
	if (alone) {
		atomic_dec(&cache->cached);
		atomic_long_inc(&cache->released);
	}
	return alone;
}

static const struct annex_mapping_ops mapping_ops = {
	.writepage = writepage,
	.release = release,
};

static struct annex_folio *find(struct pagecache *cache, u32 index)
{
	struct annex_folio *folio;

	xa_lock_irq(&cache->folios);
	folio = xa_load(&cache->folios, index);
	if (folio)
		cache->calls->get(cache->pool, folio);
	xa_unlock_irq(&cache->folios);
	return folio;
}

static void note_cached(struct pagecache *cache)
{
	int now = atomic_inc_return(&cache->cached);
	int peak = atomic_read(&cache->peak);

	while (now > peak && !atomic_try_cmpxchg(&cache->peak, &peak, now))
		;
}

static void drop(struct pagecache *cache, struct annex_folio *folio)
{
	folio->mapping = NULL;
	cache->calls->unlock(cache->pool, folio);
	cache->calls->put(cache->pool, folio);
}

/*
 * A new folio, locked, in the cache, with a reference for the caller; or NULL
 * if somebody else was quicker; or an errno.
 */
static struct annex_folio *add(struct pagecache *cache, u32 index)
{
	const struct pagecache_calls *calls = cache->calls;
	struct annex_folio *folio = calls->alloc(cache->pool);
	int err;

	if (!folio)
		return ERR_PTR(-ENOMEM);
	calls->lock(cache->pool, folio);
	folio->mapping = &cache->mapping;
	folio->index = index;
	calls->get(cache->pool, folio);
	err = xa_insert_irq(&cache->folios, index, folio, GFP_KERNEL);
	if (!err)
		return folio;
	calls->put(cache->pool, folio);
	drop(cache, folio);
	return err == -EBUSY ? NULL : ERR_PTR(err);
}

/* Fill a new folio from the store. It is locked. */
static void fill(struct pagecache *cache, struct annex_folio *folio)
{
	stamp_frame(cache, folio, READ_ONCE(cache->stored[folio->index]));
	note_cached(cache);
	if (cache->calls->lru_add(cache->pool, folio))
		atomic_long_inc(&cache->errors);
}

/*
 * A folio of the cache, locked, with a reference for the caller, or NULL. The
 * last holder of the lock may have taken it out.
 */
static struct annex_folio *find_locked(struct pagecache *cache, u32 index)
{
	struct annex_folio *folio;

	for (;;) {
		folio = find(cache, index);
		if (!folio)
			return NULL;
		cache->calls->lock(cache->pool, folio);
		if (folio->mapping)
			return folio;
		cache->calls->unlock(cache->pool, folio);
		cache->calls->put(cache->pool, folio);
	}
}

/* The folio of a page, locked, with a reference for the caller. */
static struct annex_folio *get_locked(struct pagecache *cache, u32 index)
{
	struct annex_folio *folio;

	for (;;) {
		folio = find_locked(cache, index);
		if (folio)
			break;
		folio = add(cache, index);
		if (IS_ERR(folio))
			return folio;
		if (!folio)
			continue;
		atomic_long_inc(&cache->misses);
		fill(cache, folio);
		return folio;
	}
	atomic_long_inc(&cache->hits);
	cache->calls->accessed(cache->pool, folio);
	return folio;
}

/**
 * pagecache_access() - use a page
 * @cache: the cache
 * @index: the page
 * @write: change it
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM.
 */
int pagecache_access(struct pagecache *cache, u32 index, bool write)
{
	const struct pagecache_calls *calls = cache->calls;
	struct annex_folio *folio = get_locked(cache, index);

	if (IS_ERR(folio)) {
		atomic_long_inc(&cache->failures);
		return PTR_ERR(folio);
	}
	check_frame(cache, folio);
	if (write) {
		stamp_frame(cache, folio,
			    stamp(index, ++cache->version[index]));
		calls->mark_dirty(cache->pool, folio);
	}
	calls->unlock(cache->pool, folio);
	calls->put(cache->pool, folio);
	return 0;
}

/**
 * pagecache_create() - an empty cache in front of a store of fresh pages
 * @calls: how it reaches its pool
 * @pool: for @calls
 * @nr_pages: pages of the store
 *
 * Return: the cache or NULL.
 */
struct pagecache *pagecache_create(const struct pagecache_calls *calls,
				   void *pool, u32 nr_pages)
{
	struct pagecache *cache = kzalloc(sizeof(*cache), GFP_KERNEL);
	u32 i;

	if (!cache)
		return NULL;
	cache->calls = calls;
	cache->pool = pool;
	cache->nr_pages = nr_pages;
	cache->mapping.ops = &mapping_ops;
	cache->mapping.private = cache;
	cache->stored = vmalloc(array_size(nr_pages, sizeof(u64)));
	cache->version = vzalloc(array_size(nr_pages, sizeof(u32)));
	xa_init_flags(&cache->folios, XA_FLAGS_LOCK_IRQ);
	spin_lock_init(&cache->write_lock);
	timer_setup(&cache->timer, complete_writes, 0);
	if (!cache->stored || !cache->version) {
		pagecache_destroy(cache);
		return NULL;
	}
	for (i = 0; i < nr_pages; i++)
		cache->stored[i] = stamp(i, 0);
	return cache;
}

/* Take a folio out of the cache, its contents stored. It is locked. */
static void evict(struct pagecache *cache, struct annex_folio *folio)
{
	const struct pagecache_calls *calls = cache->calls;
	u32 index = folio->index;

	calls->wait_writeback(cache->pool, folio);
	cache->stored[index] = check_frame(cache, folio);
	calls->clear_dirty(cache->pool, folio);
	xa_erase_irq(&cache->folios, index);
	if (calls->lru_del(cache->pool, folio))
		atomic_long_inc(&cache->errors);
	drop(cache, folio);
	atomic_dec(&cache->cached);
}

/**
 * pagecache_evict() - take a page out, by the owner's wish
 * @cache: the cache
 * @index: the page
 *
 * Context: process, may sleep.
 * Return: whether it was there.
 */
bool pagecache_evict(struct pagecache *cache, u32 index)
{
	struct annex_folio *folio = find_locked(cache, index);

	if (!folio)
		return false;
	evict(cache, folio);
	cache->calls->put(cache->pool, folio);
	return true;
}

/**
 * pagecache_destroy() - take a cache apart
 * @cache: the cache, which only reclaim may still use
 *
 * Return: how many pages the store then has not as they were last changed, and
 * all that was wrong before.
 */
unsigned long pagecache_destroy(struct pagecache *cache)
{
	unsigned long errors;
	u32 i;

	for (i = 0; cache->stored && cache->version && i < cache->nr_pages;
	     i++) {
		pagecache_evict(cache, i);
		if (cache->stored[i] != stamp(i, cache->version[i]))
			atomic_long_inc(&cache->errors);
		cond_resched();
	}
	timer_delete_sync(&cache->timer);
	errors = atomic_long_read(&cache->errors) +
		 (atomic_read(&cache->cached) != 0);
	xa_destroy(&cache->folios);
	vfree(cache->stored);
	vfree(cache->version);
	kfree(cache);
	return errors;
}

/*
 * The accesses of a thread: four of five go to a fifth of the pages. One of
 * eight is a write.
 */
static u32 next_index(struct rnd_state *rnd, u32 nr_pages)
{
	u32 range = prandom_u32_state(rnd) % 5 ? nr_pages / 5 : nr_pages;

	return prandom_u32_state(rnd) % max(range, 1U);
}

static bool next_write(struct rnd_state *rnd)
{
	return !(prandom_u32_state(rnd) & 7);
}

/*
 * The generator is linear: seeds that differ little give numbers that do. So
 * the seeds of threads are far apart, by the golden ratio.
 */
static void seed_thread(struct rnd_state *rnd, u32 seed, u32 thread)
{
	prandom_seed_state(rnd, (seed + (u64)thread + 1) *
				0x9e3779b97f4a7c15ULL);
}

struct cache_user {
	struct pagecache *cache;
	const struct pagecache_load *load;
	u32 nr;
	struct completion done;
};

static int use_cache(void *arg)
{
	struct cache_user *user = arg;
	struct pagecache *cache = user->cache;
	const struct pagecache_load *load = user->load;
	struct rnd_state rnd;
	u32 i;

	seed_thread(&rnd, load->seed, user->nr);
	for (i = user->nr; i < load->accesses; i += load->threads) {
		u32 index = next_index(&rnd, cache->nr_pages);

		pagecache_access(cache, index, next_write(&rnd));
		if (cache->calls->sample && !(i % SAMPLE_EVERY))
			cache->calls->sample(cache->pool);
		cond_resched();
	}
	complete(&user->done);
	return 0;
}

static int start(struct cache_user *user)
{
	struct task_struct *task = kthread_create(use_cache, user,
						  "annex-cache-%u", user->nr);

	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, user->nr % num_online_cpus());
	wake_up_process(task);
	return 0;
}

/**
 * pagecache_run() - use a cache as a load says, and wait until that is done
 * @cache: the cache
 * @load: the load
 *
 * Context: process, may sleep.
 * Return: 0 or an errno; the cache has counted the rest.
 */
int pagecache_run(struct pagecache *cache, const struct pagecache_load *load)
{
	struct cache_user *users = kcalloc(load->threads, sizeof(*users), GFP_KERNEL);
	u32 i, started;
	int err = 0;

	if (!users)
		return -ENOMEM;
	for (started = 0; started < load->threads; started++) {
		users[started].cache = cache;
		users[started].load = load;
		users[started].nr = started;
		init_completion(&users[started].done);
		err = start(&users[started]);
		if (err)
			break;
	}
	for (i = 0; i < started; i++)
		wait_for_completion(&users[i].done);
	kfree(users);
	return err;
}

/* A cache that keeps what came last, whatever is used. */
struct fifo {
	u32 *queue;
	unsigned long *present;
	u32 capacity;
	u32 length;
	u32 next;
};

static bool fifo_access(struct fifo *f, u32 index)
{
	if (test_bit(index, f->present))
		return true;
	if (f->length == f->capacity)
		__clear_bit(f->queue[f->next], f->present);
	else
		f->length++;
	f->queue[f->next] = index;
	f->next = (f->next + 1) % f->capacity;
	__set_bit(index, f->present);
	return false;
}

static long fifo_run(struct fifo *f, const struct pagecache_load *load,
		     u32 nr_pages, struct rnd_state *rnd)
{
	long hits = 0;
	u32 i;

	for (i = 0; i < load->threads; i++)
		seed_thread(&rnd[i], load->seed, i);
	for (i = 0; i < load->accesses; i++) {
		struct rnd_state *r = &rnd[i % load->threads];

		hits += fifo_access(f, next_index(r, nr_pages));
		next_write(r);
		if (!(i & 1023))
			cond_resched();
	}
	return hits;
}

/**
 * pagecache_fifo_hits() - what a first-in, first-out cache would have found
 * @load: the load, with its threads in step
 * @nr_pages: pages of the store
 * @capacity: pages of that cache
 *
 * Context: process, may sleep.
 * Return: accesses that found their page; -ENOMEM.
 */
long pagecache_fifo_hits(const struct pagecache_load *load, u32 nr_pages,
			 u32 capacity)
{
	struct fifo f = {
		.queue = vmalloc(array_size(capacity, sizeof(u32))),
		.present = vzalloc(BITS_TO_LONGS(nr_pages) * sizeof(long)),
		.capacity = capacity,
	};
	struct rnd_state *rnd = kcalloc(load->threads, sizeof(*rnd),
					GFP_KERNEL);
	long hits = -ENOMEM;

	if (f.queue && f.present && rnd)
		hits = fifo_run(&f, load, nr_pages, rnd);
	kfree(rnd);
	vfree(f.present);
	vfree(f.queue);
	return hits;
}
