// SPDX-License-Identifier: GPL-2.0-only
/*
 * Validation of the LRU lists.
 *
 * It checks that
 *  - each entry of a list is a folio of that zone whose flags are those of the
 *    list;
 *  - its block is in use, or just losing its last reference;
 *  - a list has as many frames as it counts, and as the zone's counter says;
 *  - the pool's counters are the sums of its zones', isolated folios are not
 *    counted twice, and every folio that owners have added is in a list or
 *    isolated.
 *
 * The first three are true whenever the lock of the lists is free. A list is
 * walked with the lock held. Of a list longer than HOLD_MAX, only the oldest
 * folios are checked, and the sum is not compared. The pool's counters change
 * together with those of a zone, under that zone's lock: they are compared with
 * all of these locks held.
 *
 * Locking: the lruvec's lock, with interrupts off; for the sums, those of all
 * zones, from the first on.
 */
#include <linux/kernel.h>

#include "base/for_kunit.h"
#include "page/page.h"
#include "pool/pool.h"
#include "reclaim/folio.h"
#include "reclaim/lru.h"
#include "validate/validate.h"

/* 1 GB of single frames: a few milliseconds with the lock. */
#define HOLD_MAX	(1UL << (30 - PAGE_SHIFT))

struct lru_census {
	struct annex_violations to;
};

static const char * const list_names[] = {
	[ANNEX_LRU_INACTIVE] = "inactive",
	[ANNEX_LRU_ACTIVE] = "active",
};

static_assert(ARRAY_SIZE(list_names) == ANNEX_NR_LRU_LISTS);

/* The flags that tell a folio's place, and their values in each list. */
#define LIST_FLAGS	(BIT(ANNEX_FOLIO_LRU) | BIT(ANNEX_FOLIO_ACTIVE) |	\
			 BIT(ANNEX_FOLIO_ISOLATED))

static const u32 flags_of[] = {
	[ANNEX_LRU_INACTIVE] = BIT(ANNEX_FOLIO_LRU),
	[ANNEX_LRU_ACTIVE] = BIT(ANNEX_FOLIO_LRU) | BIT(ANNEX_FOLIO_ACTIVE),
};

static_assert(ARRAY_SIZE(flags_of) == ANNEX_NR_LRU_LISTS);

/* Does the folio belong to the list that it is in? */
static bool check_entry(struct lru_census *c, const struct annex_zone *zone,
			enum annex_lru_list list,
			const struct annex_folio *folio)
{
	u32 flags = atomic_read(&folio->flags);
	enum annex_page_state state;

	if (folio->zone != zone || !annex_zone_spans(zone, folio->pfn)) {
		annex_violation(&c->to,
				"%s: folio of frame %#x in the %s list is of another zone",
				zone->name, folio->pfn, list_names[list]);
		return false;
	}
	if ((flags & LIST_FLAGS) != flags_of[list])
		annex_violation(&c->to,
				"%s: folio of frame %#x in the %s list has flags %#x",
				zone->name, folio->pfn, list_names[list],
				flags);
	state = annex_page_state(annex_folio_head(folio));
	if (state != ANNEX_PAGE_USED && state != ANNEX_PAGE_CACHED)
		annex_violation(&c->to,
				"%s: folio in the %s list is of frame %#x, which is %s",
				zone->name, list_names[list], folio->pfn,
				annex_page_state_name(state));
	return true;
}

static void check_list(struct lru_census *c, struct annex_zone *zone,
		       enum annex_lru_list list)
{
	struct annex_lruvec *lruvec = &zone->lruvec;
	unsigned long counted, frames = 0, entries = 0;
	const struct annex_folio *folio;
	unsigned long flags;

	spin_lock_irqsave(&lruvec->lock, flags);
	list_for_each_entry_reverse(folio, &lruvec->list[list], lru) {
		if (entries++ == HOLD_MAX ||
		    !check_entry(c, zone, list, folio))
			goto unlock;
		frames += annex_folio_nr_pages(folio);
	}
	counted = annex_zone_count(zone, ANNEX_NR_ZONE_INACTIVE_FILE + list);
	if (frames != lruvec->nr[list] || frames != counted)
		annex_violation(&c->to,
				"%s: the %s list has %lu frames, it says %lu, the zone says %lu",
				zone->name, list_names[list], frames,
				lruvec->nr[list], counted);
unlock:
	spin_unlock_irqrestore(&lruvec->lock, flags);
}

struct sums {
	unsigned long zones[ANNEX_NR_LRU_LISTS];
	unsigned long node[ANNEX_NR_LRU_LISTS];
	unsigned long isolated;
	unsigned long file;
};

static void add_up(struct annex_frames *frames, struct sums *s)
{
	unsigned int i, list;

	s->isolated =
		annex_node_count(&frames->counters, ANNEX_NR_ISOLATED_FILE);
	s->file = annex_node_count(&frames->counters, ANNEX_NR_FILE_PAGES);
	for (list = 0; list < ANNEX_NR_LRU_LISTS; list++) {
		s->zones[list] = 0;
		for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
			s->zones[list] +=
				annex_lru_size(&frames->zones[i].lruvec, list);
		s->node[list] = annex_node_count(&frames->counters,
						 ANNEX_NR_INACTIVE_FILE + list);
	}
}

/* More may be isolated: reclaim may hold a folio that its owner has removed. */
static bool agree(const struct sums *s)
{
	unsigned long linked = s->zones[ANNEX_LRU_INACTIVE] +
			       s->zones[ANNEX_LRU_ACTIVE];

	return s->zones[ANNEX_LRU_INACTIVE] == s->node[ANNEX_LRU_INACTIVE] &&
	       s->zones[ANNEX_LRU_ACTIVE] == s->node[ANNEX_LRU_ACTIVE] &&
	       s->file >= linked && s->file - linked <= s->isolated;
}

/* The loop holds all of these locks at once, which sparse cannot follow. */
static void lock_list(struct annex_zone *zone)
{
	spin_lock_nested(&zone->lruvec.lock, zone->idx);
	__release(&zone->lruvec.lock);
}

static void unlock_list(struct annex_zone *zone)
{
	__acquire(&zone->lruvec.lock);
	spin_unlock(&zone->lruvec.lock);
}

/* Under all locks, both counters of a change are seen or none. */
static void add_up_locked(struct annex_frames *frames, struct sums *s)
{
	unsigned long flags;
	unsigned int i;

	local_irq_save(flags);
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		lock_list(&frames->zones[i]);
	add_up(frames, s);
	while (i--)
		unlock_list(&frames->zones[i]);
	local_irq_restore(flags);
}

static void check_sums(struct lru_census *c, struct annex_frames *frames)
{
	struct sums s;

	add_up_locked(frames, &s);
	if (agree(&s))
		return;
	annex_violation(&c->to,
			"nr_inactive_file is %lu of %lu, nr_active_file %lu of %lu, isolated %lu, all %lu",
			s.node[ANNEX_LRU_INACTIVE], s.zones[ANNEX_LRU_INACTIVE],
			s.node[ANNEX_LRU_ACTIVE], s.zones[ANNEX_LRU_ACTIVE],
			s.isolated, s.file);
}

/**
 * annex_validate_lru() - check the LRU lists
 * @annex: the pool, perhaps in use
 * @report: called with a line for each violation
 * @arg: for @report
 *
 * Context: process.
 */
void annex_validate_lru(struct annex *annex, annex_violation_fn report,
			void *arg)
{
	struct lru_census c = { .to = { report, arg } };
	unsigned int i, list;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		for (list = 0; list < ANNEX_NR_LRU_LISTS; list++)
			check_list(&c, &annex->frames.zones[i], list);
	check_sums(&c, &annex->frames);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_validate_lru);
