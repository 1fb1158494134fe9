// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reclaim: free the frames of folios that their owners can do without.
 *
 * Reclaim isolates batches of folios from the tail of a zone's inactive list.
 * Each folio ends as one of these:
 *
 *   freed      clean, released by its owner, without other references
 *   written    dirty: its owner has started to write it. It goes back to the
 *              list, and to its tail after the writeback, to be freed next
 *   activated  mapped by page tables, under writeback already, or dirty and
 *              not to be written now: not scanned again for a while
 *   kept       locked; with a reference besides its owner's; or used since
 *              the last scan, which gives it a second chance
 *
 * The priority says how much to scan: 1/4096 of each list at first, twice as
 * much after each round that did not free enough, and everything at last. A
 * round scans the zones that could serve the request, and calls the shrinkers.
 *
 * There are two reclaimers: kswapd, in the background, and direct reclaim, by a
 * request that may sleep, for 32 frames at a time. Reclaim does not recurse:
 * owners and shrinkers that allocate get free frames, or the allocation fails.
 * The mark of a reclaimer is the kernel's own, PF_MEMALLOC, so a reclaimer of
 * the host that allocates from annex does not enter reclaim here either.
 *
 * Invariants: reclaim holds a reference to each folio of a batch, and the folio
 * is not linked (see lru.c). Reclaim decides about a folio, and calls its
 * owner's ops, under the page lock. The drop of the last reference frees it, as
 * for any folio, so a mistake here or by an owner leaks a frame and does not
 * free one in use.
 *
 * Locking: the page lock, by trylock. No other lock of annex's is held when an
 * owner's ops are called.
 *
 * Failing: what cannot be freed stays; annex_reclaim_direct() returns 0.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

#include "base/for_kunit.h"
#include "base/trace.h"
#include "page/frames.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/pcp.h"
#include "page/report.h"
#include "reclaim/folio.h"
#include "reclaim/folio_slab.h"
#include "reclaim/lock.h"
#include "reclaim/lru.h"
#include "reclaim/reclaim.h"

/* Writing a folio is I/O, and file system work in the terms of the kernel. */
#define GFP_MAY_WRITE	(__GFP_IO | __GFP_FS)

/*
 * If a whole batch is under writeback, waiting is faster than scanning more. At
 * most the kernel's 100 ms, because a writeback may never end.
 */
#define WRITE_PATIENCE	(HZ / 10)

/* The results of a batch, in frames. */
struct tally {
	unsigned long freed;
	unsigned long dirty;
	unsigned long writeback;
	unsigned long immediate;
	unsigned long activated;
	unsigned long ref_keep;
};

/* The end of a folio, see above. */
enum end {
	KEPT,
	ACTIVATED,
	AWAITED,	/* activated, and to be reclaimed after its writeback */
	WRITTEN,
	FREED,		/* or at least no longer reclaim's */
};

static inline bool has(const struct annex_folio *folio,
		       enum annex_folioflags flag)
{
	return annex_folio_test_flag(folio, flag);
}

/* Leave the folio to its writer, and reclaim it after the writeback. */
static enum end leave_to_writer(struct annex_scan_control *sc,
				struct annex_folio *folio, struct tally *tally)
{
	tally->immediate += annex_folio_nr_pages(folio);
	annex_mod_node_count(&sc->frames->counters,
			     ANNEX_NR_VMSCAN_IMMEDIATE_RECLAIM,
			     annex_folio_nr_pages(folio));
	annex_folio_set_bit(folio, ANNEX_FOLIO_RECLAIM);
	return AWAITED;
}

static enum end meet_writeback(struct annex_scan_control *sc,
			       struct annex_folio *folio, struct tally *tally)
{
	tally->writeback += annex_folio_nr_pages(folio);
	if (sc->kswapd && has(folio, ANNEX_FOLIO_RECLAIM))
		return leave_to_writer(sc, folio, tally);
	annex_folio_set_bit(folio, ANNEX_FOLIO_RECLAIM);
	return AWAITED;
}

/* The owner could not write the folio: it is dirty again. */
static enum end write_failed(struct annex_frames *frames,
			     struct annex_folio *folio)
{
	annex_folio_clear_bit(folio, ANNEX_FOLIO_RECLAIM);
	__annex_folio_mark_dirty(frames, folio);
	__annex_folio_end_writeback(frames, folio);
	return ACTIVATED;
}

/* Any result but 0 is a failure; one that is no errno is reported once. */
static bool could_write(const struct annex_mapping_ops *ops,
			struct annex_folio *folio)
{
	int err = ops->writepage(folio);

	if (err && !IS_ERR_VALUE((long)err))
		pr_err_once("annex: writepage %ps returned %d, which is neither 0 nor an errno; the folio stays dirty\n",
			    ops->writepage, err);
	return !err;
}

/* Have the owner write a dirty folio. KEPT if it is clean now. */
static enum end write_out(struct annex_scan_control *sc,
			  struct annex_folio *folio, struct tally *tally)
{
	const struct annex_mapping_ops *ops = folio->mapping->ops;

	tally->dirty += annex_folio_nr_pages(folio);
	if (!ops->writepage || (sc->gfp & GFP_MAY_WRITE) != GFP_MAY_WRITE)
		return leave_to_writer(sc, folio, tally);
	if (!__annex_folio_clear_dirty(sc->frames, folio))
		return KEPT;
	__annex_folio_start_writeback(sc->frames, folio);
	annex_folio_set_bit(folio, ANNEX_FOLIO_RECLAIM);
	annex_mod_node_count(&sc->frames->counters, ANNEX_NR_VMSCAN_WRITE,
			     annex_folio_nr_pages(folio));
	trace_mm_vmscan_write_folio(folio->pfn);
	if (!could_write(ops, folio))
		return write_failed(sc->frames, folio);
	if (has(folio, ANNEX_FOLIO_WRITEBACK)) {
		tally->writeback += annex_folio_nr_pages(folio);
		return WRITTEN;
	}
	annex_folio_clear_bit(folio, ANNEX_FOLIO_RECLAIM);
	return has(folio, ANNEX_FOLIO_DIRTY) ? ACTIVATED : KEPT;
}

static const char let_go_text[] =
	"the owner released a folio with more references than its own and reclaim's";

/*
 * Ask the owner to release the folio. The owner must have checked that there
 * are no other references. If there are, that is reported, and the block stays
 * in use until they are dropped.
 */
static enum end let_go(struct annex_scan_control *sc,
		       struct annex_folio *folio, struct tally *tally)
{
	struct annex_page *page = annex_folio_head(folio);
	unsigned long frames = annex_folio_nr_pages(folio);
	unsigned int count = annex_page_ref_count(page);

	/* Ask only if there is exactly one reference besides ours. */
	if (count != 2 || !folio->mapping->ops->release(folio))
		return KEPT;
	folio->mapping = NULL;
	annex_lru_release(folio);
	count = annex_page_ref_count(page);
	if (unlikely(count != 2))
		annex_refuse_call(sc->frames, ANNEX_BAD_REF, -EBUSY, "release",
				  let_go_text);
	annex_page_unlock(sc->frames, page);
	if (count > 1)
		__annex_put_page(sc->frames, page);
	__annex_put_page(sc->frames, page);
	if (count <= 2)
		tally->freed += frames;
	return FREED;
}

/* The page is locked; it is unlocked if the result is FREED. */
static enum end shrink_locked(struct annex_scan_control *sc,
			      struct annex_folio *folio, struct tally *tally)
{
	enum end end;

	/* Its owner has removed it, or a user has activated it. */
	if (!has(folio, ANNEX_FOLIO_LRU) || !folio->mapping ||
	    has(folio, ANNEX_FOLIO_ACTIVE))
		return KEPT;
	if (annex_folio_mapcount(folio) > 0)
		return ACTIVATED;
	if (has(folio, ANNEX_FOLIO_WRITEBACK))
		return meet_writeback(sc, folio, tally);
	if (annex_folio_clear_bit(folio, ANNEX_FOLIO_REFERENCED)) {
		tally->ref_keep += annex_folio_nr_pages(folio);
		return KEPT;
	}
	if (has(folio, ANNEX_FOLIO_DIRTY)) {
		end = write_out(sc, folio, tally);
		if (end != KEPT)
			return end;
	}
	return let_go(sc, folio, tally);
}

static enum annex_lru_place shrink_folio(struct annex_scan_control *sc,
					 struct annex_folio *folio,
					 struct tally *tally)
{
	struct annex_page *page = annex_folio_head(folio);
	enum end end;

	if (annex_page_set_bit(page, ANNEX_PG_LOCKED))
		return ANNEX_LRU_NEW;
	end = shrink_locked(sc, folio, tally);
	if (end == FREED)
		return ANNEX_LRU_GONE;
	if (end == ACTIVATED || end == AWAITED) {
		tally->activated += annex_folio_nr_pages(folio);
		annex_folio_set_bit(folio, ANNEX_FOLIO_ACTIVE);
	}
	annex_page_unlock(sc->frames, page);
	return end == WRITTEN || end == AWAITED ? ANNEX_LRU_WRITTEN :
						  ANNEX_LRU_NEW;
}

static bool should_stop(const struct annex_scan_control *sc)
{
	return sc->kswapd && kthread_should_stop();
}

/* Has the writeback of any folio of a batch ended? */
static bool any_written(const struct annex_lru_batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->nr; i++)
		if (!annex_lru_awaits_write(batch->folio[i]))
			return true;
	return false;
}

/* Wait until the writeback of some folios has ended, and scan those again. */
static void wait_for_writeback(struct annex_scan_control *sc,
			       struct annex_lru_batch *batch,
			       struct tally *tally)
{
	unsigned int i;

	if (!(sc->gfp & __GFP_IO))
		return;
	wait_event_timeout(sc->frames->reclaim->writeback_wait,
			   any_written(batch) || should_stop(sc),
			   WRITE_PATIENCE);
	for (i = 0; i < batch->nr; i++) {
		struct annex_folio *folio = batch->folio[i];

		if (annex_lru_awaits_write(folio))
			continue;
		annex_folio_clear_bit(folio, ANNEX_FOLIO_ACTIVE);
		batch->place[i] = shrink_folio(sc, folio, tally);
	}
}

static void count_scan(struct annex_scan_control *sc, unsigned long scanned)
{
	struct annex_counters *c = &sc->frames->counters;

	sc->nr_scanned += scanned;
	annex_count_events(c, sc->kswapd ? ANNEX_PGSCAN_KSWAPD :
					   ANNEX_PGSCAN_DIRECT, scanned);
	annex_count_events(c, ANNEX_PGSCAN_FILE, scanned);
}

static void count_tally(struct annex_scan_control *sc, unsigned long scanned,
			const struct tally *tally)
{
	struct annex_counters *c = &sc->frames->counters;

	sc->nr_reclaimed += tally->freed;
	annex_count_events(c, sc->kswapd ? ANNEX_PGSTEAL_KSWAPD :
					   ANNEX_PGSTEAL_DIRECT, tally->freed);
	annex_count_events(c, ANNEX_PGSTEAL_FILE, tally->freed);
	annex_count_events(c, ANNEX_PGACTIVATE, tally->activated);
	trace_mm_vmscan_lru_shrink_inactive(0, scanned, tally->freed,
					    tally->dirty, tally->writeback,
					    tally->immediate, tally->activated,
					    tally->ref_keep, sc->priority);
}

/* Scan @nr_to_scan frames of an inactive list; false if it is empty. */
static bool shrink_inactive(struct annex_scan_control *sc,
			    struct annex_zone *zone, unsigned long nr_to_scan)
{
	struct annex_lru_batch batch;
	struct tally tally = {};
	unsigned int i;

	annex_lru_isolate(zone, ANNEX_LRU_INACTIVE, nr_to_scan, &batch);
	trace_mm_vmscan_lru_isolate(sc->highest, sc->order, nr_to_scan,
				    batch.scanned, 0, batch.frames, 0,
				    ANNEX_TRACE_LRU_INACTIVE);
	count_scan(sc, batch.scanned);
	for (i = 0; i < batch.nr; i++)
		batch.place[i] = shrink_folio(sc, batch.folio[i], &tally);
	if (tally.writeback && tally.writeback == batch.frames)
		wait_for_writeback(sc, &batch, &tally);
	annex_lru_putback(&batch);
	/* Freed frames are cached per CPU, where no watermark counts them. */
	if (tally.freed) {
		annex_pcp_drain_zone(zone);
		annex_zone_forgive(zone);
	}
	count_tally(sc, batch.scanned, &tally);
	return batch.scanned;
}

/* Move folios not used lately from the active list to the inactive one. */
static void shrink_active(struct annex_scan_control *sc,
			  struct annex_zone *zone, unsigned long nr_to_scan)
{
	struct annex_counters *c = &sc->frames->counters;
	unsigned long referenced = 0, deactivated;
	struct annex_lru_batch batch;
	unsigned int i;

	annex_lru_isolate(zone, ANNEX_LRU_ACTIVE, nr_to_scan, &batch);
	trace_mm_vmscan_lru_isolate(sc->highest, sc->order, nr_to_scan,
				    batch.scanned, 0, batch.frames, 0,
				    ANNEX_TRACE_LRU_ACTIVE);
	for (i = 0; i < batch.nr; i++) {
		struct annex_folio *folio = batch.folio[i];

		if (annex_folio_clear_bit(folio, ANNEX_FOLIO_REFERENCED))
			referenced += annex_folio_nr_pages(folio);
		else
			annex_folio_clear_bit(folio, ANNEX_FOLIO_ACTIVE);
	}
	deactivated = batch.frames - referenced;
	annex_lru_putback(&batch);
	annex_count_events(c, ANNEX_PGREFILL, batch.scanned);
	annex_count_events(c, ANNEX_PGDEACTIVATE, deactivated);
	trace_mm_vmscan_lru_shrink_active(0, batch.frames, referenced,
					  deactivated, referenced,
					  sc->priority);
}

static bool inactive_is_low(const struct annex_zone *zone)
{
	const struct annex_lruvec *lruvec = &zone->lruvec;

	return annex_inactive_is_low(annex_lru_size(lruvec, ANNEX_LRU_INACTIVE),
				     annex_lru_size(lruvec, ANNEX_LRU_ACTIVE));
}

static unsigned long target(const struct annex_scan_control *sc,
			    const struct annex_zone *zone,
			    enum annex_lru_list list)
{
	return annex_scan_target(annex_lru_size(&zone->lruvec, list),
				 sc->priority);
}

/**
 * annex_shrink_zone() - scan the lists of a zone once
 * @sc: the priority, and the number of frames to free
 * @zone: the zone
 *
 * Context: process, may sleep, PF_MEMALLOC.
 * Return: frames freed; also added to @sc->nr_reclaimed.
 */
unsigned long annex_shrink_zone(struct annex_scan_control *sc,
				struct annex_zone *zone)
{
	unsigned long before = sc->nr_reclaimed;
	unsigned long nr = target(sc, zone, ANNEX_LRU_ACTIVE);
	unsigned long batch;

	for (; nr && inactive_is_low(zone) && !should_stop(sc); nr -= batch) {
		batch = min_t(unsigned long, nr, ANNEX_RECLAIM_BATCH);
		shrink_active(sc, zone, batch);
		cond_resched();
	}
	nr = target(sc, zone, ANNEX_LRU_INACTIVE);
	while (nr && sc->nr_reclaimed - before < sc->nr_to_reclaim &&
	       !should_stop(sc)) {
		batch = min_t(unsigned long, nr, ANNEX_RECLAIM_BATCH);
		if (!shrink_inactive(sc, zone, batch))
			break;
		nr -= batch;
		cond_resched();
	}
	sc->freed[zone->idx] += sc->nr_reclaimed - before;
	return sc->nr_reclaimed - before;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_shrink_zone);

/* The free frames of each zone, with those that were cached on this CPU. */
static void count_free(struct annex_frames *frames, unsigned long *free)
{
	unsigned int i;

	annex_pcp_drain_local(frames);
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		free[i] = annex_zone_free_pages(&frames->zones[i]);
}

/* After shrinkers ran, count the newly free frames by zone. Returns the sum. */
static unsigned long note_growth(struct annex_scan_control *sc,
				 const unsigned long *before)
{
	unsigned long after[ANNEX_MAX_NR_ZONES], more = 0;
	unsigned int i;

	count_free(sc->frames, after);
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		if (after[i] <= before[i])
			continue;
		if (i <= sc->highest)
			more += after[i] - before[i];
		sc->freed[i] += after[i] - before[i];
		annex_zone_forgive(&sc->frames->zones[i]);
	}
	return more;
}

/**
 * annex_shrink_slabs() - have the shrinkers scan a part of their objects
 * @sc: the priority; the freed frames are added to nr_reclaimed and freed
 *
 * The frames of the freed objects are unknown. So the increase in free frames
 * of the zones of @sc is counted, but at most as many frames as objects were
 * freed. Frames that other threads free meanwhile count as well.
 *
 * Context: process, may sleep, PF_MEMALLOC.
 */
void annex_shrink_slabs(struct annex_scan_control *sc)
{
	unsigned long before[ANNEX_MAX_NR_ZONES], objects;
	struct annex_frames *frames = sc->frames;

	/* Unlocked: the first registration changes this word in one store. */
	if (list_empty(&frames->reclaim->shrinkers))
		return;
	count_free(frames, before);
	objects = annex_shrinkers_run(frames, sc->gfp, sc->priority);
	if (objects)
		sc->nr_reclaimed += min(objects, note_growth(sc, before));
}

/* Could a zone serve the request if all of it were free? */
static bool can_serve(const struct annex_zone *zone, unsigned int order,
		      int highest)
{
	return annex_watermark_headroom(zone->managed_pages, order,
					annex_zone_watermark(zone,
							     ANNEX_WMARK_MIN),
					zone->lowmem_reserve[highest], 0);
}

static void shrink_zones(struct annex_scan_control *sc)
{
	int i;

	for (i = sc->highest; i >= 0; i--)
		if (can_serve(&sc->frames->zones[i], sc->order, sc->highest))
			annex_shrink_zone(sc, &sc->frames->zones[i]);
}

static void reclaim(struct annex_scan_control *sc)
{
	annex_count_events(&sc->frames->counters,
			   ANNEX_ALLOCSTALL_DMA + sc->highest, 1);
	trace_mm_vmscan_direct_reclaim_begin(sc->order, sc->gfp);
	for (sc->priority = ANNEX_DEF_PRIORITY;; sc->priority--) {
		shrink_zones(sc);
		annex_shrink_slabs(sc);
		if (sc->nr_reclaimed >= sc->nr_to_reclaim || !sc->priority)
			break;
	}
	trace_mm_vmscan_direct_reclaim_end(sc->nr_reclaimed);
}

/**
 * annex_reclaim_direct() - free some frames for the caller's request
 * @frames: the frames of the pool
 * @gfp: the request's flags, which limit what reclaim may do
 * @order: its order
 * @highest: the highest zone that may serve it
 *
 * Frees frames in the zones that could serve the request, until 32 frames are
 * free or nothing is left to scan.
 *
 * Context: process, may sleep; the caller holds no lock that the functions of
 * an owner or a shrinker take.
 * Return: frames freed; 0 at once for a thread that is in reclaim already.
 */
unsigned long annex_reclaim_direct(struct annex_frames *frames, gfp_t gfp,
				   unsigned int order, int highest)
{
	struct annex_scan_control sc = {
		.frames = frames,
		.gfp = current_gfp_context(gfp),
		.order = order,
		.highest = highest,
		.nr_to_reclaim = ANNEX_RECLAIM_BATCH,
	};
	unsigned int saved;

	might_sleep();
	if (current->flags & PF_MEMALLOC)
		return 0;
	saved = memalloc_noreclaim_save();
	reclaim(&sc);
	memalloc_noreclaim_restore(saved);
	return sc.nr_reclaimed;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_reclaim_direct);

/**
 * annex_reclaim_init() - initialise the reclaim state of a pool
 * @frames: the frames of the pool; the zones are laid out
 *
 * Context: process; the pool is not in use yet.
 */
void annex_reclaim_init(struct annex_frames *frames)
{
	struct annex_reclaim *r = frames->reclaim;
	unsigned int i;

	annex_folio_slabs_init(&r->folio_slabs);
	annex_waits_init(&r->waits);
	init_waitqueue_head(&r->kswapd_wait);
	init_waitqueue_head(&r->writeback_wait);
	init_rwsem(&r->shrinker_rwsem);
	INIT_LIST_HEAD(&r->shrinkers);
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		annex_lruvec_init(&frames->zones[i].lruvec);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_reclaim_init);
