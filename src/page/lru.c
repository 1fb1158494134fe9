// SPDX-License-Identifier: GPL-2.0-only
/*
 * LRU lists: in what order reclaim looks at the folios of a zone.
 *
 * Each zone has two lists. A folio comes to the head of the inactive one and
 * drifts to its tail, where reclaim takes from. Being used twice on the way
 * moves it to the active list; that one is drained at its tail, into the
 * inactive one, when it has grown too large:
 *
 *         add                                    used again
 *          |            .----------------------------------------.
 *          v            |                                        v
 *   inactive [ head ... tail ] -> reclaim          [ head ... tail ] active
 *          ^                                                 |
 *          `-------------------------------------------------'
 *                          reclaim: not used lately
 *
 * What being used does to the two flags, as in the kernel:
 *
 *                    -> REFERENCED     on the inactive list
 *      REFERENCED    -> ACTIVE         moves to the active one
 *   ACTIVE           -> ACTIVE, REFERENCED
 *
 * Two more say whose the folio is just now. LRU means that its owner has put
 * it into the lists and not taken it out; ISOLATED, that reclaim has it in
 * hand. It is linked if LRU is set and ISOLATED is not:
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
 * So an owner can take his folio back at any time, and give it again; reclaim,
 * which has a reference to it and no use for its list head, learns of it when
 * it puts the folio back. And one reclaimer alone has a folio at a time: of the
 * references to it, at most one is of this kind.
 *
 * The lists hold no reference. A folio whose last reference goes is taken out
 * by annex_lru_release() before its frame is freed, so whatever is linked has
 * a descriptor that is in use or about to be freed; annex_page_take_ref() tells
 * which, and what is about to be freed is left alone.
 *
 * Counters: the frames that are linked are nr_inactive_file and
 * nr_active_file; those that reclaim has, nr_isolated_file; those that their
 * owner put in, wherever they are, nr_file_pages.
 *
 * Locking: lruvec->lock, a leaf, with interrupts off, since a folio may be put
 * and its writeback may end in an interrupt.
 *
 * Failing: an errno, nothing changed and nothing printed.
 */
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/wait.h>

#include "annex.h"
#include "page/folio.h"
#include "page/lru.h"
#include "page/page.h"
#include "page/page_alloc.h"

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
	annex_mod_node_count(&zone->annex->counters, item, nr);
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
 * annex_lruvec_init() - make the lists of a zone, empty
 * @lruvec: the lists
 *
 * Context: process; nobody else knows the zone.
 */
void annex_lruvec_init(struct annex_lruvec *lruvec)
{
	unsigned int i;

	spin_lock_init(&lruvec->lock);
	for (i = 0; i < ANNEX_NR_LRU_LISTS; i++)
		INIT_LIST_HEAD(&lruvec->list[i]);
}

/**
 * annex_lru_insert() - let reclaim have a folio
 * @folio: the folio, of which the caller has a reference
 *
 * It is new: whatever it was before, it begins on the inactive list.
 *
 * Context: any but NMI.
 * Return: 0; -EINVAL if it has no mapping that can let go of it; -EEXIST if it
 * is in the lists already.
 */
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
		/* There is something in the zone that was not there before. */
		WRITE_ONCE(zone->lruvec.kswapd_failures, 0);
		err = 0;
	}
	spin_unlock_irqrestore(&zone->lruvec.lock, flags);
	return err;
}

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

/**
 * annex_lru_remove() - take a folio out of the lists
 * @folio: the folio, of which the caller has a reference
 *
 * Its list head is the owner's until he inserts it again. Reclaim may have a
 * reference to it for a moment yet.
 *
 * Context: any but NMI.
 * Return: 0; -ENOENT if it is in none.
 */
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

/**
 * annex_lru_release() - the folio's last reference is gone
 * @folio: the folio, which is the caller's alone
 *
 * After this, nothing in the lists and no reclaimer knows it.
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

/* What was written is to be reclaimed next, unless it is dirty again. */
static void rotate_locked(struct annex_folio *folio)
{
	struct annex_zone *zone = folio->zone;

	if (!is_linked(folio) ||
	    annex_folio_test_flag(folio, ANNEX_FOLIO_DIRTY))
		return;
	unlink_locked(folio);
	annex_folio_clear_bit(folio, ANNEX_FOLIO_ACTIVE);
	link_locked(folio, true);
	annex_count_events(&zone->annex->counters, ANNEX_PGROTATED,
			   annex_folio_nr_pages(folio));
}

/**
 * annex_lru_end_write() - a folio that reclaim waits for is written
 * @folio: the folio, with %ANNEX_FOLIO_RECLAIM; it may end once this has begun
 *
 * It moves to where reclaim looks next, and is no longer being written, in one
 * hold of the lock: before, reclaim would take it for one to wait for longer;
 * after, it may have ended. One that reclaim has in hand goes there when it is
 * put back.
 *
 * Context: any but NMI.
 * Return: true if it was being written.
 */
bool annex_lru_end_write(struct annex_folio *folio)
{
	struct annex *annex = folio->zone->annex;
	struct annex_lruvec *lruvec = &folio->zone->lruvec;
	wait_queue_head_t *wait = &annex->reclaim.writeback_wait;
	unsigned long flags;
	bool ended;

	spin_lock_irqsave(&lruvec->lock, flags);
	rotate_locked(folio);
	ended = annex_folio_end_write(annex, folio);
	spin_unlock_irqrestore(&lruvec->lock, flags);
	if (wq_has_sleeper(wait))
		wake_up(wait);
	return ended;
}

/* Move to the active list, or mark what reclaim is to put there. */
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
		annex_count_events(&zone->annex->counters, ANNEX_PGACTIVATE,
				   annex_folio_nr_pages(folio));
	}
	spin_unlock_irqrestore(&lruvec->lock, flags);
}

/**
 * annex_lru_accessed() - a folio was used
 * @folio: the folio, of which the caller has a reference
 *
 * One that is in no list is marked, for when it will be.
 *
 * Context: any but NMI.
 */
void annex_lru_accessed(struct annex_folio *folio)
{
	if (!annex_folio_test_flag(folio, ANNEX_FOLIO_REFERENCED))
		annex_folio_set_bit(folio, ANNEX_FOLIO_REFERENCED);
	else if (!annex_folio_test_flag(folio, ANNEX_FOLIO_ACTIVE))
		activate(folio);
}

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
 * annex_lru_isolate() - take the oldest folios out of a list
 * @zone: the zone
 * @list: which of its lists
 * @nr_to_scan: frames to look at
 * @batch: filled; annex_lru_putback() returns it
 *
 * A folio whose last reference is being dropped at this moment is passed over.
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
		/* First: who drops a reference looks whose the other one is. */
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

/*
 * What was sent to be written goes where annex_lru_end_write() would have moved
 * it, if that came while the folio was in no list.
 */
static bool missed_rotation(const struct annex_folio *folio,
			    enum annex_lru_place place)
{
	return place == ANNEX_LRU_WRITTEN && !annex_lru_awaits_write(folio) &&
	       !annex_folio_test_flag(folio, ANNEX_FOLIO_DIRTY);
}

/* What its owner has taken back is his with the last flag that goes. */
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
		annex_count_events(&folio->zone->annex->counters,
				   ANNEX_PGROTATED, frames);
	}
	link_locked(folio, tail);
}

/*
 * Put a folio back and drop the reference to it, unless that is the last one. It
 * goes before ISOLATED does: an owner who drops his own meanwhile is told whether
 * he may, and ends the folio, if so, when he gets the lock. Returns whether it
 * went.
 */
static bool return_locked(struct annex_lru_batch *batch, unsigned int i)
{
	bool last = annex_page_drop_ref(batch->page[i]);

	putback_locked(batch->folio[i], batch->place[i]);
	return !last;
}

/**
 * annex_lru_putback() - return what annex_lru_isolate() took
 * @batch: the folios and their places; those that are %ANNEX_LRU_GONE are the
 *	caller's no longer
 *
 * Context: any but NMI. It may free what nobody else has a reference to.
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
			annex_pool_put_left(batch->zone->annex, batch->page[i]);
}
