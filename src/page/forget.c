// SPDX-License-Identifier: GPL-2.0-only
/*
 * Code that is about to go, and must not be called any more.
 *
 * Shrinkers, and the owners of folios in lists, are called by reclaim whenever
 * frames run out. A module that goes has to take back both. What it forgets would
 * have kswapd jump to where the module was, when others want frames: so it is
 * taken back for it. The frames stay in use, as whatever else it left behind.
 *
 * Which module goes, and what it consists of, is for the caller to know.
 *
 * An owner may be being called at that moment. A shrinker that runs is waited for
 * by the lock. A folio has none to wait for: its page's lock may be one that the
 * owner has taken along. But whatever reclaim has in hand is ISOLATED until it is
 * put back, and reclaim looks with the page locked whether it is LRU still: so
 * the one is cleared, and then it is waited until the other is clear.
 *
 *	reclaim				forget
 *	sets ISOLATED, locks the page	clears LRU, by the lru lock
 *	LRU? calls the owner		ISOLATED? sleeps a little, looks again
 *	clears ISOLATED
 *
 * That takes as long as reclaim takes for a batch, owners' functions and all.
 *
 * Locking: shrinker_rwsem, for writing; the lock of a list of slots, by which a block
 * keeps its folio while that is looked at, and inside of it the lru lock.
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include <annex/reclaim.h>

#include "annex.h"
#include "page/folio.h"
#include "page/lru.h"
#include "page/page.h"
#include "page/reclaim.h"
#include "page/slot.h"

/**
 * annex_shrinkers_forget() - ask those shrinkers no more whose code goes
 * @annex: the pool
 * @goes: whether code is among what goes; told @arg
 * @arg: for @goes
 *
 * Context: process, may sleep; not from a shrinker.
 * Return: how many they were.
 */
unsigned int annex_shrinkers_forget(struct annex *annex, annex_goes_fn goes,
				    const void *arg)
{
	struct annex_reclaim *r = &annex->reclaim;
	struct annex_shrinker *s, *next;
	unsigned int nr = 0;

	down_write(&r->shrinker_rwsem);
	list_for_each_entry_safe(s, next, &r->shrinkers, list)
		if (goes(s->count_objects, arg) || goes(s->scan_objects, arg)) {
			list_del_init(&s->list);
			nr++;
		}
	up_write(&r->shrinker_rwsem);
	return nr;
}

/* What the owner has freed, mapping and all, may be anything by now. */
static bool owner_goes(const struct annex_mapping *mapping, annex_goes_fn goes,
		       const void *arg)
{
	struct annex_mapping_ops ops;
	struct annex_mapping copy;

	if (copy_from_kernel_nofault(&copy, mapping, sizeof(copy)))
		return false;
	if (goes(copy.ops, arg))
		return true;
	if (copy_from_kernel_nofault(&ops, copy.ops, sizeof(ops)))
		return false;
	return goes(ops.writepage, arg) || goes(ops.release, arg);
}

/* Reclaim may look at it, or has it in hand. */
static bool is_reclaims(const struct annex_folio *folio)
{
	return annex_folio_test_flag(folio, ANNEX_FOLIO_LRU) ||
	       annex_folio_test_flag(folio, ANNEX_FOLIO_ISOLATED);
}

/*
 * Look at a block once; true if reclaim may be in the code that goes. Of a folio in
 * its hands that has no mapping nobody can tell whose it is: an owner may unset it
 * while he is called.
 */
static bool forget_folio(struct annex *annex, annex_pfn_t pfn,
			 annex_goes_fn goes, const void *arg, unsigned long *nr)
{
	const struct annex_mapping *mapping;
	struct annex_slot_list *list;
	struct annex_folio *folio;
	bool his, in_hand = false;
	unsigned long flags;

	list = annex_folio_lock(annex, annex->mem_map + pfn, &flags, &folio);
	if (!list)
		return false;
	if (is_reclaims(folio)) {
		mapping = READ_ONCE(folio->mapping);
		his = mapping && owner_goes(mapping, goes, arg);
		if (his && !annex_lru_remove(folio))
			(*nr)++;
		in_hand = (his || !mapping) &&
			  annex_folio_test_flag(folio, ANNEX_FOLIO_ISOLATED);
	}
	annex_folio_unlock(list, flags);
	return in_hand;
}

/**
 * annex_folios_forget() - let reclaim leave those folios alone whose owner goes
 * @annex: the pool
 * @goes: whether code is among what goes, or data that points to code; told @arg
 * @arg: for @goes
 *
 * They are taken out of the lists. Their blocks stay as they are. Nobody is in
 * the owner's functions any more when this returns.
 *
 * Context: process, may sleep; not from such a function.
 * Return: how many they were.
 */
unsigned long annex_folios_forget(struct annex *annex, annex_goes_fn goes,
				  const void *arg)
{
	unsigned long nr = 0;
	annex_pfn_t pfn;

	if (!annex_slots_used(&annex->slots))
		return 0;
	for (pfn = 0; pfn < annex->nr_pages; pfn++) {
		if (!(pfn % ANNEX_MAX_ORDER_PAGES))
			cond_resched();
		if (!annex_page_test_flag(annex->mem_map + pfn, ANNEX_PG_FOLIO))
			continue;
		while (forget_folio(annex, pfn, goes, arg, &nr))
			schedule_timeout_uninterruptible(1);
	}
	return nr;
}
