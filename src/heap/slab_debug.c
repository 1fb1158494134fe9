// SPDX-License-Identifier: GPL-2.0-only
/*
 * Caches that are watched: all with slab_debug=1, otherwise those that ask for it
 * by SLAB_RED_ZONE, SLAB_POISON or SLAB_STORE_USER.
 *
 *   |red|  object  |red| owners |...|red|  object  |red| owners |...|
 *       ^ base                          ^ base + stride
 *
 * Beside each object lie bytes that are nobody's: 0xbb while it is free, 0xcc
 * while it is in use. A free object holds 0x6b and ends with 0xa5, unless the
 * cache has a constructor. Behind it is who allocated it and who freed it. The
 * values are those of Linux.
 *
 * All of them are looked at when the object is allocated and when it is freed.
 * What somebody has written over is reported, with the object's owners, counted,
 * and put right; the object goes where it was to go.
 *
 * Locking: none; who has an object out of its slab may write to its bytes.
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/poison.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/stackdepot.h>
#include <linux/string.h>

#include "annex.h"
#include "heap/slab.h"
#include "heap/slab_debug.h"
#include "page/owner.h"

/* Bytes in front of an object that are nobody's. */
#define RED_LEFT	8

/* As page/poison.c: whoever writes where he should not does it in a loop. */
static DEFINE_RATELIMIT_STATE(corrupt_limit, 5 * HZ, 10);
static DEFINE_RATELIMIT_STATE(owners_limit, 5 * HZ, 20);

#define SHOWN_BYTES	16

/* Objects that were not given back, of which the owners are named. */
#define LISTED		10

/**
 * struct track - who did something to an object last
 * @stack: from where, in the host's stack depot
 * @pid: the task
 * @cpu: where
 * @when: jiffies; 0 if nobody did
 * @sum: of all that, to know it from what an object's user wrote there
 */
struct track {
	depot_stack_handle_t stack;
	pid_t pid;
	u32 cpu;
	unsigned long when;
	u32 sum;
};

/* Nothing is the sum of zeroes, too: nobody did. */
static u32 sum_of(const struct track *track)
{
	return (u32)track->stack ^ (u32)track->pid << 8 ^ track->cpu << 24 ^
	       (u32)track->when;
}

enum { ALLOCATED, FREED, TRACKS };

/* The bytes behind an object: what rounds its size up, and a word. */
static u32 red_end(const struct annex_kmem_cache *cache)
{
	return ALIGN(cache->size, sizeof(long)) +
	       (cache->flags & SLAB_RED_ZONE ? sizeof(long) : 0);
}

/**
 * annex_slab_debug_layout() - make room for what is watched
 * @cache: with size and align; given start, stride and track
 *
 * Context: any.
 */
void annex_slab_debug_layout(struct annex_kmem_cache *cache)
{
	u32 end = red_end(cache);

	if (cache->flags & SLAB_STORE_USER) {
		cache->track = end;
		end += TRACKS * sizeof(struct track);
	}
	if (cache->flags & SLAB_RED_ZONE) {
		cache->start = ALIGN(RED_LEFT, cache->align);
		end += RED_LEFT;
	}
	cache->stride = ALIGN(end, cache->align);
}

static bool is_poisoned(const struct annex_kmem_cache *cache)
{
	return cache->flags & SLAB_POISON && !cache->ctor;
}

static struct track *tracks_of(const struct annex_kmem_cache *cache,
			       const void *object)
{
	return (struct track *)(object + cache->track);
}

static void set_red(const struct annex_kmem_cache *cache, void *object,
		    u8 value)
{
	if (!(cache->flags & SLAB_RED_ZONE))
		return;
	memset(object - RED_LEFT, value, RED_LEFT);
	memset(object + cache->size, value, red_end(cache) - cache->size);
}

static void set_poison(const struct annex_kmem_cache *cache, void *object)
{
	if (!is_poisoned(cache))
		return;
	memset(object, POISON_FREE, cache->size - 1);
	*(u8 *)(object + cache->size - 1) = POISON_END;
}

static void set_track(const struct annex_kmem_cache *cache, void *object,
		      unsigned int which)
{
	struct track *track;

	if (!cache->track)
		return;
	track = tracks_of(cache, object) + which;
	track->stack = annex_owner_save_stack(1);
	track->pid = current->pid;
	track->cpu = raw_smp_processor_id();
	track->when = jiffies ?: 1;
	track->sum = sum_of(track);
}

/**
 * annex_slab_debug_init() - an object is new, and free
 * @slab: its slab
 * @object: the object
 *
 * Context: any; the slab is the caller's.
 */
void annex_slab_debug_init(struct annex_slab *slab, void *object)
{
	const struct annex_kmem_cache *cache = slab->cache;

	set_red(cache, object, SLUB_RED_INACTIVE);
	set_poison(cache, object);
	if (cache->track)
		memset(tracks_of(cache, object), 0,
		       TRACKS * sizeof(struct track));
}

static void print_track(const char *what, const struct track *track)
{
	unsigned long *entries;
	unsigned int nr;

	if (track->sum != sum_of(track)) {
		pr_err("annex: who last %s the object was overwritten\n", what);
		return;
	}
	if (!track->when)
		return;
	pr_err("annex: object last %s by pid %d on CPU %u, %lu jiffies ago\n",
	       what, track->pid, track->cpu, jiffies - track->when);
	nr = annex_owner_stack(track->stack, &entries);
	if (nr)
		stack_trace_print(entries, nr, 0);
}

/**
 * annex_slab_debug_owners() - print what is known of an object's owners
 * @slab: its slab
 * @idx: its place there
 *
 * Context: any.
 */
void annex_slab_debug_owners(const struct annex_slab *slab, u32 idx)
{
	const struct annex_kmem_cache *cache = slab->cache;
	const struct track *tracks = tracks_of(cache,
					       annex_slab_object(slab, idx));

	if (!cache->track || !__ratelimit(&owners_limit))
		return;
	print_track("allocated", &tracks[ALLOCATED]);
	print_track("freed", &tracks[FREED]);
}

static void report(const struct annex_slab *slab, u32 idx, const char *what,
		   const u8 *bad, size_t nr)
{
	const struct annex_kmem_cache *cache = slab->cache;
	const u8 *object = annex_slab_object(slab, idx);
	unsigned long off = (unsigned long)object -
			    (unsigned long)cache->annex->lowmem;

	annex_count_events(&cache->annex->counters, ANNEX_SLAB_CORRUPT, 1);
	if (!__ratelimit(&corrupt_limit))
		return;
	pr_err("annex: memory corruption: %s of an object of %s, frame %#lx+%#lx, at offset %ld: %*ph\n",
	       what, cache->name, off >> PAGE_SHIFT, offset_in_page(off),
	       (long)(bad - object), (int)min_t(size_t, nr, SHOWN_BYTES), bad);
	annex_slab_debug_owners(slab, idx);
}

/* Bytes that should all be of one value; NULL, or the first that is not. */
static const u8 *first_bad(const void *bytes, size_t nr, u8 value)
{
	return memchr_inv(bytes, value, nr);
}

/* Are the bytes beside an object as they should be? If not, say so. */
static bool check_red(const struct annex_slab *slab, u32 idx, u8 value,
		      bool quiet)
{
	const struct annex_kmem_cache *cache = slab->cache;
	const u8 *object = annex_slab_object(slab, idx);
	u32 right = red_end(cache) - cache->size;
	const u8 *left_bad, *right_bad;

	if (!(cache->flags & SLAB_RED_ZONE))
		return true;
	left_bad = first_bad(object - RED_LEFT, RED_LEFT, value);
	right_bad = first_bad(object + cache->size, right, value);
	if (left_bad && !quiet)
		report(slab, idx, "somebody wrote to the bytes in front",
		       left_bad, object - left_bad);
	if (right_bad && !quiet)
		report(slab, idx, "somebody wrote beyond the end", right_bad,
		       object + cache->size + right - right_bad);
	return !left_bad && !right_bad;
}

static bool check_poison(const struct annex_slab *slab, u32 idx, bool quiet)
{
	const struct annex_kmem_cache *cache = slab->cache;
	const u8 *object = annex_slab_object(slab, idx);
	const u8 *end = object + cache->size - 1, *bad;

	if (!is_poisoned(cache))
		return true;
	bad = first_bad(object, cache->size - 1, POISON_FREE);
	if (!bad && *end != POISON_END)
		bad = end;
	if (bad && !quiet)
		report(slab, idx, "somebody wrote, after it was freed, to the bytes",
		       bad, end + 1 - bad);
	return !bad;
}

/**
 * annex_slab_debug_intact() - does a free object look as it was left?
 * @slab: its slab
 * @idx: its place there, not out
 *
 * Context: any, with the cache's lock held.
 */
bool annex_slab_debug_intact(const struct annex_slab *slab, u32 idx)
{
	return !annex_cache_watched(slab->cache) ||
	       (check_red(slab, idx, SLUB_RED_INACTIVE, true) &&
		check_poison(slab, idx, true));
}

/**
 * annex_slab_debug_alloc() - an object is about to be a user's
 * @slab: its slab
 * @idx: its place there; it is out
 *
 * Context: any but NMI.
 */
void annex_slab_debug_alloc(struct annex_slab *slab, u32 idx)
{
	const struct annex_kmem_cache *cache = slab->cache;
	void *object = annex_slab_object(slab, idx);

	check_red(slab, idx, SLUB_RED_INACTIVE, false);
	check_poison(slab, idx, false);
	set_red(cache, object, SLUB_RED_ACTIVE);
	if (is_poisoned(cache))
		memset(object, POISON_INUSE, cache->size);
	set_track(cache, object, ALLOCATED);
}

/**
 * annex_slab_debug_free() - an object was a user's
 * @slab: its slab
 * @idx: its place there; it is out
 *
 * Context: any but NMI.
 */
void annex_slab_debug_free(struct annex_slab *slab, u32 idx)
{
	const struct annex_kmem_cache *cache = slab->cache;
	void *object = annex_slab_object(slab, idx);

	check_red(slab, idx, SLUB_RED_ACTIVE, false);
	set_red(cache, object, SLUB_RED_INACTIVE);
	set_poison(cache, object);
	set_track(cache, object, FREED);
}

/* Who allocated objects of a slab that are in use, up to LISTED of them in all. */
static unsigned int list_slab(const struct annex_slab *slab,
			      struct track *tracks, unsigned int nr)
{
	u32 idx;

	for_each_set_bit(idx, slab->busy, slab->objects) {
		if (nr == LISTED)
			break;
		tracks[nr++] = tracks_of(slab->cache,
					 annex_slab_object(slab, idx))[ALLOCATED];
	}
	return nr;
}

/**
 * annex_slab_debug_list() - name the owners of some objects
 * @cache: the cache
 *
 * Context: any but NMI.
 */
void annex_slab_debug_list(struct annex_kmem_cache *cache)
{
	struct track tracks[LISTED];
	const struct annex_slab *slab;
	unsigned int nr = 0, i;
	unsigned long flags;

	if (!cache->track)
		return;
	spin_lock_irqsave(&cache->lock, flags);
	for (i = ANNEX_SLAB_PARTIAL; i < ANNEX_NR_SLAB_LISTS; i++)
		list_for_each_entry(slab, &cache->slabs[i], list)
			nr = list_slab(slab, tracks, nr);
	spin_unlock_irqrestore(&cache->lock, flags);
	/* Stacks are long, and a console may be slow. */
	for (i = 0; i < nr; i++)
		print_track("allocated", &tracks[i]);
}
