// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shrinkers: caches that free objects when frames run out.
 *
 * Reclaim asks each shrinker how many objects it could free, and then to scan a
 * part of them; the part grows with the pressure. Less than a batch is deferred
 * and added to a backlog, so that a cache is not called for every few objects
 * and small caches are scanned too.
 *
 * Locking: shrinker_rwsem protects the list of shrinkers. It is held for reading
 * while they run, so that a removal, which takes it for writing, waits for them.
 * A thread waits for it with no other lock of annex's held. A reclaimer only
 * tries to take it: the reclaimer may hold a lock that a shrinker takes, or a
 * writer that waits for the lock may hold one that the reclaimer needs.
 *
 * The numbers of a shrinker may be wrong. More objects than fit into the pool
 * are a count that went below 0: the log reports it once, and a bounded number
 * is used instead. The sums of backlogs saturate.
 *
 * Failing: adding a shrinker that lacks a function or is registered already,
 * and removing one that is not registered, are refused.
 */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/overflow.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include <annex/reclaim.h>

#include "base/for_kunit.h"
#include "base/text.h"
#include "base/trace.h"
#include "page/frames.h"
#include "reclaim/reclaim.h"

/* Objects that a shrinker scans per call, unless it sets its own batch. */
#define SHRINK_BATCH	128

static bool in_list(const struct annex_reclaim *r,
		    const struct annex_shrinker *shrinker)
{
	const struct annex_shrinker *s;

	list_for_each_entry(s, &r->shrinkers, list)
		if (s == shrinker)
			return true;
	return false;
}

/* A new shrinker may free frames in zones that kswapd has given up on. */
static void forgive_all(struct annex_frames *frames)
{
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		annex_zone_forgive(&frames->zones[i]);
}

/* annex_register_shrinker() in a pool. Reports nothing. */
int annex_shrinker_add(struct annex_frames *frames,
		       struct annex_shrinker *shrinker)
{
	struct annex_reclaim *r = frames->reclaim;
	int err = -EEXIST;

	if (!shrinker->count_objects || !shrinker->scan_objects ||
	    shrinker->seeks < 0 || shrinker->batch < 0)
		return -EINVAL;
	if (shrinker->name && !annex_is_word(shrinker->name))
		return -EINVAL;
	down_write(&r->shrinker_rwsem);
	if (!in_list(r, shrinker)) {
		atomic_long_set(&shrinker->nr_deferred, 0);
		shrinker->blamed = false;
		list_add_tail(&shrinker->list, &r->shrinkers);
		forgive_all(frames);
		err = 0;
	}
	up_write(&r->shrinker_rwsem);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_shrinker_add);

/*
 * annex_unregister_shrinker() in a pool. Returns -ENOENT, and reports nothing,
 * if the shrinker is not registered.
 */
int annex_shrinker_del(struct annex_frames *frames,
		       struct annex_shrinker *shrinker)
{
	struct annex_reclaim *r = frames->reclaim;
	int err = -ENOENT;

	down_write(&r->shrinker_rwsem);
	if (in_list(r, shrinker)) {
		list_del_init(&shrinker->list);
		err = 0;
	}
	up_write(&r->shrinker_rwsem);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_shrinker_del);

static unsigned long batch_of(const struct annex_shrinker *shrinker)
{
	return shrinker->batch > 0 ? shrinker->batch : SHRINK_BATCH;
}

/*
 * More objects do not fit into the pool: the smallest of kmalloc has 8 bytes.
 * The bound is far below LONG_MAX, since a count that went below 0 may be
 * scaled.
 */
static unsigned long most_objects(const struct annex_frames *frames)
{
	return min_t(u64, (u64)frames->nr_pages << (PAGE_SHIFT - 3), LONG_MAX);
}

/* Is this a number of objects? If not, report it once. */
static bool is_number(const struct annex_frames *frames,
		      struct annex_shrinker *shrinker, const char *what,
		      const void *fn, unsigned long nr)
{
	if (likely(nr <= most_objects(frames)))
		return true;
	if (!xchg(&shrinker->blamed, true))
		pr_err("annex: shrinker %s: %s of %ps is %ld, which is no number of objects; it is bounded from now on. Was something subtracted twice?\n",
		       shrinker->name ?: "?", what, fn, (long)nr);
	return false;
}

/* The objects that it could free; one batch if its count is invalid. */
static unsigned long count_of(const struct annex_frames *frames,
			      struct annex_shrinker *shrinker,
			      struct annex_shrink_control *ctl)
{
	unsigned long nr = shrinker->count_objects(shrinker, ctl);

	if (nr == ANNEX_SHRINK_EMPTY || nr == ANNEX_SHRINK_STOP)
		return 0;
	if (!is_number(frames, shrinker, "the count", shrinker->count_objects,
		       nr))
		return batch_of(shrinker);
	return nr;
}

/* Have it scan one batch. False if it must not be called again. */
static bool scan_batch(const struct annex_frames *frames,
		       struct annex_shrinker *shrinker,
		       struct annex_shrink_control *ctl, unsigned long nr,
		       unsigned long *freed)
{
	unsigned long ret;

	ctl->nr_to_scan = nr;
	ctl->nr_scanned = nr;
	ret = shrinker->scan_objects(shrinker, ctl);
	if (ret == ANNEX_SHRINK_STOP ||
	    !is_number(frames, shrinker, "the result", shrinker->scan_objects,
		       ret))
		return false;
	if (!is_number(frames, shrinker, "nr_scanned", shrinker->scan_objects,
		       ctl->nr_scanned))
		ctl->nr_scanned = nr;
	*freed = size_add(*freed, ret);
	/* A shrinker that scans nothing would be called for ever. */
	return ctl->nr_scanned;
}

/*
 * Have up to @total objects scanned, in batches; less than a batch only if that
 * is all that the shrinker has. Returns how many were freed.
 */
static unsigned long scan(struct annex_frames *frames,
			  struct annex_shrinker *shrinker,
			  struct annex_shrink_control *ctl,
			  unsigned long freeable, unsigned long *total)
{
	unsigned long batch = batch_of(shrinker);
	unsigned long freed = 0;

	while (*total && (*total >= batch || *total >= freeable)) {
		if (!scan_batch(frames, shrinker, ctl, min(batch, *total),
				&freed))
			break;
		annex_count_events(&frames->counters, ANNEX_SLABS_SCANNED,
				   ctl->nr_scanned);
		*total -= min(*total, ctl->nr_scanned);
		cond_resched();
	}
	return freed;
}

static unsigned long shrink(struct annex_frames *frames,
			    struct annex_shrinker *shrinker, gfp_t gfp,
			    unsigned int priority)
{
	struct annex_shrink_control ctl = { .gfp = gfp };
	unsigned long freeable = count_of(frames, shrinker, &ctl);
	const char *name = shrinker->name ?: "?";
	unsigned long deferred, delta, total, todo, freed;
	long left;

	if (!freeable)
		return 0;
	/* Take the whole backlog: concurrent reclaimers do not share it. */
	deferred = atomic_long_xchg(&shrinker->nr_deferred, 0);
	delta = annex_shrink_delta(freeable, priority,
				   max(shrinker->seeks, 0));
	total = annex_shrink_total(freeable, priority, delta, deferred);
	trace_mm_shrink_slab_start(name, 0, deferred, gfp, freeable, delta,
				   total, priority);
	todo = total;
	freed = scan(frames, shrinker, &ctl, freeable, &todo);
	left = atomic_long_add_return(annex_shrink_deferred(freeable, delta,
							    deferred,
							    total - todo),
				      &shrinker->nr_deferred);
	trace_mm_shrink_slab_end(name, 0, freed, deferred, left, todo);
	return freed;
}

/**
 * annex_shrinkers_run() - have all shrinkers scan a part of their objects
 * @frames: the frames of the pool
 * @gfp: what the reclaimer may do
 * @priority: as for annex_scan_target()
 *
 * Context: process, may sleep.
 * Return: objects that were freed; 0 if the list is being changed.
 */
unsigned long annex_shrinkers_run(struct annex_frames *frames, gfp_t gfp,
				  unsigned int priority)
{
	struct annex_reclaim *r = frames->reclaim;
	struct annex_shrinker *shrinker;
	unsigned long freed = 0;

	if (!down_read_trylock(&r->shrinker_rwsem))
		return 0;
	list_for_each_entry(shrinker, &r->shrinkers, list) {
		freed = size_add(freed,
				 shrink(frames, shrinker, gfp, priority));
		/* A module that unregisters a shrinker should not wait. */
		if (rwsem_is_contended(&r->shrinker_rwsem))
			break;
	}
	up_read(&r->shrinker_rwsem);
	return freed;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_shrinkers_run);
