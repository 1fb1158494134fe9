// SPDX-License-Identifier: GPL-2.0-only
/*
 * LRU lists: the order in which reclaim scans the folios of a zone.
 *
 * Each zone has two lists. A folio enters the inactive list at its head and
 * ages towards its tail, from which reclaim takes folios. A folio that is used
 * twice meanwhile moves to the active list. When the active list has grown too
 * large, the folios at its tail move to the inactive list:
 *
 *         add                                    used again
 *          |            .----------------------------------------.
 *          v            |                                        v
 *   inactive [ head ... tail ] -> reclaim          [ head ... tail ] active
 *          ^                                                 |
 *          `-------------------------------------------------'
 *                          reclaim: not used lately
 *
 * A use changes two flags, as in the kernel:
 *
 *                    -> REFERENCED     on the inactive list
 *      REFERENCED    -> ACTIVE         moves to the active list
 *   ACTIVE           -> ACTIVE, REFERENCED
 *
 * Two more flags say whether the folio is linked. LRU: its owner has inserted
 * it into the lists and not removed it. ISOLATED: reclaim has isolated it. It
 * is linked if LRU is set and ISOLATED is clear:
 *
 *                         insert
 *              (none) <===========> LRU               linked
 *                         remove    | ^
 *                           isolate | | putback
 *                                   v |
 *            ISOLATED <===========> LRU, ISOLATED     reclaim's
 *                 |       remove
 *                 `--> (none), by putback
 *
 * So an owner can remove its folio at any time, and insert it again. Reclaim
 * has a reference to an isolated folio but does not use its list head; it
 * notices a removal when it puts the folio back. Only one reclaimer isolates a
 * folio at a time, so at most one reference to a folio is the temporary one of
 * reclaim.
 *
 * The lists hold no reference. When the last reference to a folio is dropped,
 * annex_lru_release() unlinks it before its frame is freed. The block of a
 * linked folio is therefore in use or about to be freed; annex_page_take_ref()
 * fails in the second case, and the folio is skipped.
 *
 * Counters: nr_inactive_file and nr_active_file count linked frames,
 * nr_isolated_file counts isolated frames, and nr_file_pages counts all frames
 * that their owners have inserted, isolated or not.
 *
 * Locking: lruvec->lock, with interrupts off, since a folio may be put in an
 * interrupt and its writeback may end in one. Only the lock of a wait queue is
 * taken inside, by annex_lru_end_write(); that wakes the folio's waiters.
 *
 * Failing: an errno, nothing changed and nothing printed.
 */
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/wait.h>

#include "base/for_kunit.h"
#include "page/frames.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/reclaim_calls.h"
#include "reclaim/folio_bits.h"
#include "reclaim/lru.h"

static_assert(ANNEX_NR_ZONE_INACTIVE_FILE + ANNEX_LRU_ACTIVE ==
	      ANNEX_NR_ZONE_ACTIVE_FILE);
static_assert(ANNEX_NR_INACTIVE_FILE + ANNEX_LRU_ACTIVE ==
	      ANNEX_NR_ACTIVE_FILE);

static inline bool is_linked(const struct annex_folio *folio)
{
	u32 both = BIT(ANNEX_FOLIO_LRU) | BIT(ANNEX_FOLIO_ISOLATED);

	return (atomic_read(&folio->flags) & both) == BIT(ANNEX_FOLIO_LRU);
}

static inline enum annex_lru_list list_of(const struct annex_folio *folio)
{
	return annex_folio_test_flag(folio, ANNEX_FOLIO_ACTIVE) ?
		       ANNEX_LRU_ACTIVE : ANNEX_LRU_INACTIVE;
}

static void count_node(struct annex_zone *zone, enum annex_counter item,
		       long nr)
{
	annex_mod_node_count(&zone->frames->counters, item, nr);
}

static void count_linked_locked(struct annex_zone *zone,
				enum annex_lru_list list, long nr)
{
	struct annex_lruvec *lruvec = &zone->lruvec;

	lockdep_assert_held(&lruvec->lock);
	WRITE_ONCE(lruvec->nr[list], lruvec->nr[list] + nr);
	annex_mod_zone_count(zone, ANNEX_NR_ZONE_INACTIVE_FILE + list, nr);
	count_node(zone, ANNEX_NR_INACTIVE_FILE + list, nr);
}

static void link_locked(struct annex_folio *folio, bool tail)
{
	struct annex_zone *zone = folio->zone;
	enum annex_lru_list list = list_of(folio);

	if (tail)
		list_add_tail(&folio->lru, &zone->lruvec.list[list]);
	else
		list_add(&folio->lru, &zone->lruvec.list[list]);
	count_linked_locked(zone, list, annex_folio_nr_pages(folio));
}

static void unlink_locked(struct annex_folio *folio)
{
	list_del_init(&folio->lru);
	count_linked_locked(folio->zone, list_of(folio), -annex_folio_nr_pages(folio));
}

/**
 * annex_lruvec_init() - initialise the lists of a zone, empty
 * @lruvec: the lists
 *
 * Context: process; the zone is not in use yet.
 */
void annex_lruvec_init(struct annex_lruvec *lruvec)
{
	unsigned int i;

	spin_lock_init(&lruvec->lock);
	for (i = 0; i < ANNEX_NR_LRU_LISTS; i++)
		INIT_LIST_HEAD(&lruvec->list[i]);
}

/* annex_lru_add() of a folio of the pool. Reports nothing. */
int annex_lru_insert(struct annex_folio *folio)
{
	const struct annex_mapping *mapping = READ_ONCE(folio->mapping);
	struct annex_zone *zone = folio->zone;
	unsigned long flags;
	int err = -EEXIST;

	if (!mapping || !mapping->ops || !mapping->ops->release)
		return -EINVAL;
	spin_lock_irqsave(&zone->lruvec.lock, flags);
	if (!annex_folio_test_flag(folio, ANNEX_FOLIO_LRU)) {
		annex_folio_clear_bit(folio, ANNEX_FOLIO_ACTIVE);
		annex_folio_set_bit(folio, ANNEX_FOLIO_LRU);
		if (is_linked(folio))
			link_locked(folio, false);
		count_node(zone, ANNEX_NR_FILE_PAGES, annex_folio_nr_pages(folio));
		/* The zone has a new folio to scan: let kswapd try again. */
		WRITE_ONCE(zone->lruvec.kswapd_failures, 0);
		err = 0;
	}
	spin_unlock_irqrestore(&zone->lruvec.lock, flags);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_lru_insert);

static int remove_locked(struct annex_folio *folio)
{
	if (!annex_folio_test_flag(folio, ANNEX_FOLIO_LRU))
		return -ENOENT;
	if (is_linked(folio))
		unlink_locked(folio);
	annex_folio_clear_bit(folio, ANNEX_FOLIO_LRU);
	annex_folio_clear_bit(folio, ANNEX_FOLIO_ACTIVE);
	count_node(folio->zone, ANNEX_NR_FILE_PAGES, -annex_folio_nr_pages(folio));
	return 0;
}

/* annex_lru_del() of a folio of the pool. Reports nothing. */
int annex_lru_remove(struct annex_folio *folio)
{
	struct annex_lruvec *lruvec = &folio->zone->lruvec;
	unsigned long flags;
	int err;

	spin_lock_irqsave(&lruvec->lock, flags);
	err = remove_locked(folio);
	spin_unlock_irqrestore(&lruvec->lock, flags);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_lru_remove);

/**
 * annex_lru_release() - remove a folio whose last reference is gone
 * @folio: the folio, which only the caller uses
 *
 * After this, the folio is in no list and is not isolated.
 *
 * Context: any but NMI.
 */
void annex_lru_release(struct annex_folio *folio)
{
	struct annex_lruvec *lruvec = &folio->zone->lruvec;
	unsigned long flags;

	if (!(atomic_read(&folio->flags) &
	      (BIT(ANNEX_FOLIO_LRU) | BIT(ANNEX_FOLIO_ISOLATED))))
		return;
	spin_lock_irqsave(&lruvec->lock, flags);
	remove_locked(folio);
	if (annex_folio_test_flag(folio, ANNEX_FOLIO_ISOLATED)) {
		annex_folio_clear_bit(folio, ANNEX_FOLIO_ISOLATED);
		count_node(folio->zone, ANNEX_NR_ISOLATED_FILE,
			   -annex_folio_nr_pages(folio));
	}
	spin_unlock_irqrestore(&lruvec->lock, flags);
}

/* Move a written folio to the tail, to be reclaimed next, if it is clean. */
static void rotate_locked(struct annex_folio *folio)
{
	struct annex_zone *zone = folio->zone;

	if (!is_linked(folio) ||
	    annex_folio_test_flag(folio, ANNEX_FOLIO_DIRTY))
		return;
	unlink_locked(folio);
	annex_folio_clear_bit(folio, ANNEX_FOLIO_ACTIVE);
	link_locked(folio, true);
	annex_count_events(&zone->frames->counters, ANNEX_PGROTATED,
			   annex_folio_nr_pages(folio));
}

/**
 * annex_lru_end_write() - end the writeback of a folio to be reclaimed
 * @folio: the folio, with %ANNEX_FOLIO_RECLAIM; it may end once this has begun
 *
 * The move to the tail of the inactive list and the end of the writeback are
 * one critical section. If the lock were dropped after the move, reclaim could
 * find the folio still under writeback. If the writeback ended first, the folio
 * could be freed before the move. Reclaim moves an isolated folio when it puts
 * it back.
 *
 * Context: any but NMI.
 * Return: true if it was under writeback.
 */
bool annex_lru_end_write(struct annex_folio *folio)
{
	struct annex_frames *frames = folio->zone->frames;
	struct annex_lruvec *lruvec = &folio->zone->lruvec;
	unsigned long flags;
	bool ended;

	spin_lock_irqsave(&lruvec->lock, flags);
	rotate_locked(folio);
	ended = annex_folio_end_write(frames, folio);
	spin_unlock_irqrestore(&lruvec->lock, flags);
	return ended;
}

/* Move to the active list; mark an isolated folio for putback to do so. */
static void activate(struct annex_folio *folio)
{
	struct annex_zone *zone = folio->zone;
	struct annex_lruvec *lruvec = &zone->lruvec;
	unsigned long flags;
	bool linked;

	spin_lock_irqsave(&lruvec->lock, flags);
	if (annex_folio_test_flag(folio, ANNEX_FOLIO_LRU) &&
	    !annex_folio_test_flag(folio, ANNEX_FOLIO_ACTIVE)) {
		linked = is_linked(folio);
		if (linked)
			unlink_locked(folio);
		annex_folio_set_bit(folio, ANNEX_FOLIO_ACTIVE);
		annex_folio_clear_bit(folio, ANNEX_FOLIO_REFERENCED);
		if (linked)
			link_locked(folio, false);
		annex_count_events(&zone->frames->counters, ANNEX_PGACTIVATE,
				   annex_folio_nr_pages(folio));
	}
	spin_unlock_irqrestore(&lruvec->lock, flags);
}

/*
 * annex_mark_page_accessed() of a folio of the pool. A folio that is in no list
 * only gets its REFERENCED flag.
 */
void annex_lru_accessed(struct annex_folio *folio)
{
	if (!annex_folio_test_flag(folio, ANNEX_FOLIO_REFERENCED))
		annex_folio_set_bit(folio, ANNEX_FOLIO_REFERENCED);
	else if (!annex_folio_test_flag(folio, ANNEX_FOLIO_ACTIVE))
		activate(folio);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_lru_accessed);

static void take_locked(struct annex_lru_batch *batch,
			struct annex_folio *folio)
{
	long frames = annex_folio_nr_pages(folio);

	unlink_locked(folio);
	count_node(folio->zone, ANNEX_NR_ISOLATED_FILE, frames);
	batch->place[batch->nr] = ANNEX_LRU_NEW;
	batch->page[batch->nr] = annex_folio_head(folio);
	batch->folio[batch->nr++] = folio;
	batch->frames += frames;
}

/**
 * annex_lru_isolate() - isolate the oldest folios of a list
 * @zone: the zone
 * @list: which of its lists
 * @nr_to_scan: frames to scan
 * @batch: filled; annex_lru_putback() returns it
 *
 * A folio whose last reference is being dropped is skipped.
 *
 * Context: any but NMI.
 */
void annex_lru_isolate(struct annex_zone *zone, enum annex_lru_list list,
		       unsigned long nr_to_scan, struct annex_lru_batch *batch)
{
	struct annex_lruvec *lruvec = &zone->lruvec;
	struct list_head *head = &lruvec->list[list];
	unsigned long flags;

	batch->zone = zone;
	batch->nr = 0;
	batch->frames = 0;
	batch->scanned = 0;
	spin_lock_irqsave(&lruvec->lock, flags);
	while (batch->scanned < nr_to_scan && batch->nr < ANNEX_RECLAIM_BATCH &&
	       !list_empty(head)) {
		struct annex_folio *folio = list_last_entry(head,
							    struct annex_folio,
							    lru);

		batch->scanned += annex_folio_nr_pages(folio);
		/* Before the reference: see annex_folio_drop_second(). */
		annex_folio_set_bit(folio, ANNEX_FOLIO_ISOLATED);
		if (!annex_page_take_ref(annex_folio_head(folio))) {
			take_locked(batch, folio);
		} else {
			annex_folio_clear_bit(folio, ANNEX_FOLIO_ISOLATED);
			list_move(&folio->lru, head);
		}
	}
	spin_unlock_irqrestore(&lruvec->lock, flags);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_lru_isolate);

/*
 * Did the writeback end while the folio was isolated, so that
 * annex_lru_end_write() could not move it to the tail?
 */
static bool missed_rotation(const struct annex_folio *folio,
			    enum annex_lru_place place)
{
	return place == ANNEX_LRU_WRITTEN && !annex_lru_awaits_write(folio) &&
	       !annex_folio_test_flag(folio, ANNEX_FOLIO_DIRTY);
}

/* Once ISOLATED is clear, a folio without LRU is its owner's alone. */
static void putback_locked(struct annex_folio *folio,
			   enum annex_lru_place place)
{
	bool tail = missed_rotation(folio, place);
	long frames = annex_folio_nr_pages(folio);

	count_node(folio->zone, ANNEX_NR_ISOLATED_FILE, -frames);
	if (!annex_folio_test_flag(folio, ANNEX_FOLIO_LRU)) {
		annex_folio_clear_bit(folio, ANNEX_FOLIO_ISOLATED);
		return;
	}
	annex_folio_clear_bit(folio, ANNEX_FOLIO_ISOLATED);
	if (tail) {
		annex_folio_clear_bit(folio, ANNEX_FOLIO_RECLAIM);
		annex_folio_clear_bit(folio, ANNEX_FOLIO_ACTIVE);
		annex_count_events(&folio->zone->frames->counters,
				   ANNEX_PGROTATED, frames);
	}
	link_locked(folio, tail);
}

/*
 * Put a folio back and drop reclaim's reference, unless it is the last one. The
 * reference goes before ISOLATED: an owner that drops its own meanwhile either
 * sees ISOLATED and is checked, or drops the last one, and ends the folio when
 * it gets the lock. Returns whether the reference was dropped.
 */
static bool return_locked(struct annex_lru_batch *batch, unsigned int i)
{
	bool last = annex_page_drop_ref(batch->page[i]);

	putback_locked(batch->folio[i], batch->place[i]);
	return !last;
}

/**
 * annex_lru_putback() - put isolated folios back
 * @batch: the folios and their places; those with %ANNEX_LRU_GONE are skipped
 *
 * Context: any but NMI. It frees a folio if reclaim has the last reference.
 */
void annex_lru_putback(struct annex_lru_batch *batch)
{
	struct annex_lruvec *lruvec = &batch->zone->lruvec;
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&lruvec->lock, flags);
	for (i = 0; i < batch->nr; i++)
		if (batch->place[i] != ANNEX_LRU_GONE &&
		    return_locked(batch, i))
			batch->place[i] = ANNEX_LRU_GONE;
	spin_unlock_irqrestore(&lruvec->lock, flags);
	for (i = 0; i < batch->nr; i++)
		if (batch->place[i] != ANNEX_LRU_GONE)
			annex_put_left(batch->zone->frames, batch->page[i]);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_lru_putback);
