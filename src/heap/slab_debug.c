// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watched caches: all caches with slab_debug=1, otherwise those with
 * SLAB_RED_ZONE, SLAB_POISON or SLAB_STORE_USER.
 *
 *   |red|  object  |red| owners |...|red|  object  |red| owners |...|
 *       ^ base                          ^ base + stride
 *
 * Red zones on both sides of an object hold 0xbb while it is free and 0xcc
 * while it is in use. A free object is filled with 0x6b and ends with 0xa5,
 * unless the cache has a constructor. Behind it are the records of its last
 * allocation and its last free. The values are those of Linux.
 *
 * The red zones are checked when the object is allocated and when it is freed,
 * the poison when it is allocated. Corruption is reported, with the object's
 * owners, counted and repaired; then the allocation or free goes on.
 *
 * Locking: none; the thread that has an object out of its slab may write to it.
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
#include <linux/string.h>

#include "heap/slab_debug.h"
#include "heap/slab_types.h"
#include "host/stacks.h"
#include "page/frames.h"

/* Bytes of the red zone in front of an object. */
#define RED_LEFT	8

/* As in page/poison.c: a bug that corrupts memory often does so in a loop. */
static DEFINE_RATELIMIT_STATE(corrupt_limit, 5 * HZ, 10);
static DEFINE_RATELIMIT_STATE(owners_limit, 5 * HZ, 20);

#define SHOWN_BYTES	16

/* Leaked objects whose owners are reported. */
#define LISTED		10

/**
 * struct track - the last allocation or the last free of an object
 * @stack: the stack, in the host's stack depot
 * @pid: the task
 * @cpu: the CPU
 * @when: jiffies; 0 if there was none
 * @sum: checksum of the other members, to detect an overwritten record
 */
struct track {
	depot_stack_handle_t stack;
	pid_t pid;
	u32 cpu;
	unsigned long when;
	u32 sum;
};

/* The sum of an all-zero record is 0, so a new record is valid. */
static u32 sum_of(const struct track *track)
{
	return (u32)track->stack ^ (u32)track->pid << 8 ^ track->cpu << 24 ^
	       (u32)track->when;
}

enum { ALLOCATED, FREED, TRACKS };

/* The end of the red zone: the size of the object, rounded up, and a word. */
static u32 red_end(const struct annex_kmem_cache *cache)
{
	return ALIGN(cache->size, sizeof(long)) +
	       (cache->flags & SLAB_RED_ZONE ? sizeof(long) : 0);
}

/**
 * annex_slab_debug_layout() - lay out red zones and owner records
 * @cache: with size and align set; the function sets start, stride and track
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
		      unsigned int which, gfp_t gfp)
{
	struct track *track;

	if (!cache->track)
		return;
	track = tracks_of(cache, object) + which;
	track->stack = annex_stack_save(1, gfp);
	track->pid = current->pid;
	track->cpu = raw_smp_processor_id();
	track->when = jiffies ?: 1;
	track->sum = sum_of(track);
}

/**
 * annex_slab_debug_init() - prepare a new object, which is free
 * @slab: its slab
 * @object: the object
 *
 * Context: any; only the caller has the slab.
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
		pr_err("annex: the record of the task that last %s the object was overwritten\n",
		       what);
		return;
	}
	if (!track->when)
		return;
	pr_err("annex: object last %s by pid %d on CPU %u, %lu jiffies ago\n",
	       what, track->pid, track->cpu, jiffies - track->when);
	nr = annex_stack_fetch(track->stack, &entries);
	if (nr)
		stack_trace_print(entries, nr, 0);
}

/**
 * annex_slab_debug_owners() - print the owner records of an object
 * @slab: its slab
 * @idx: its index there
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
	unsigned long off =
		(unsigned long)object - (unsigned long)cache->heap->lowmem;

	annex_count_events(&cache->heap->frames->counters, ANNEX_SLAB_CORRUPT,
			   1);
	if (!__ratelimit(&corrupt_limit))
		return;
	pr_err("annex: memory corruption: %s of an object of %s, frame %#lx+%#lx, at offset %ld: %*ph\n",
	       what, cache->name, off >> PAGE_SHIFT, offset_in_page(off),
	       (long)(bad - object), (int)min_t(size_t, nr, SHOWN_BYTES), bad);
	annex_slab_debug_owners(slab, idx);
}

/* The first byte that is not @value, or NULL. */
static const u8 *first_bad(const void *bytes, size_t nr, u8 value)
{
	return memchr_inv(bytes, value, nr);
}

/* Are the red zones of an object intact? If not, report it. */
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
 * annex_slab_debug_intact() - are red zones and poison of a free object intact?
 * @slab: its slab
 * @idx: its index there; it is not out
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
 * annex_slab_debug_alloc() - check and prepare an object that is allocated
 * @slab: its slab
 * @idx: its index there; it is out
 * @gfp: flags of the request
 *
 * Context: any but NMI.
 */
void annex_slab_debug_alloc(struct annex_slab *slab, u32 idx, gfp_t gfp)
{
	const struct annex_kmem_cache *cache = slab->cache;
	void *object = annex_slab_object(slab, idx);

	check_red(slab, idx, SLUB_RED_INACTIVE, false);
	check_poison(slab, idx, false);
	set_red(cache, object, SLUB_RED_ACTIVE);
	if (is_poisoned(cache))
		memset(object, POISON_INUSE, cache->size);
	set_track(cache, object, ALLOCATED, gfp);
}

/**
 * annex_slab_debug_free() - check and poison an object that is freed
 * @slab: its slab
 * @idx: its index there; it is out
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
	set_track(cache, object, FREED, 0);
}

/* Copy the allocation records of objects in use, up to LISTED in all. */
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
 * annex_slab_debug_list() - print the owners of some objects in use
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
	/* Print without the lock: stacks are long, and a console is slow. */
	for (i = 0; i < nr; i++)
		print_track("allocated", &tracks[i]);
}
