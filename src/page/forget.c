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
 * Locking: shrinker_rwsem, which waits for shrinkers that run; slots->lock, by
 * which a block keeps its folio while that is looked at, and inside of it the
 * lru lock. An owner who is being called as his module goes is beyond help.
 */
#include <linux/list.h>
#include <linux/lockdep.h>
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
static bool owner_goes(const struct annex_folio *folio, annex_goes_fn goes,
		       const void *arg)
{
	const struct annex_mapping *mapping = READ_ONCE(folio->mapping);
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

/* The folio of a block, in a list and owned by what goes, or NULL. */
static struct annex_folio *folio_locked(struct annex *annex, annex_pfn_t pfn,
					annex_goes_fn goes, const void *arg)
{
	struct annex_folio *folio = annex_head_folio(annex,
						     annex->mem_map + pfn);

	lockdep_assert_held(&annex->slots.lock);
	if (!folio || !annex_folio_test_flag(folio, ANNEX_FOLIO_LRU))
		return NULL;
	return owner_goes(folio, goes, arg) ? folio : NULL;
}

/**
 * annex_folios_forget() - let reclaim leave those folios alone whose owner goes
 * @annex: the pool
 * @goes: whether code is among what goes, or data that points to code; told @arg
 * @arg: for @goes
 *
 * They are taken out of the lists. Their blocks stay as they are.
 *
 * Context: process, may sleep.
 * Return: how many they were.
 */
unsigned long annex_folios_forget(struct annex *annex, annex_goes_fn goes,
				  const void *arg)
{
	struct annex_slots *slots = &annex->slots;
	struct annex_folio *folio;
	unsigned long nr = 0;
	annex_pfn_t pfn;

	if (!READ_ONCE(slots->nr_used))
		return 0;
	for (pfn = 0; pfn < annex->nr_pages; pfn++) {
		if (!(pfn % ANNEX_MAX_ORDER_PAGES))
			cond_resched();
		if (!annex_page_test_flag(annex->mem_map + pfn, ANNEX_PG_FOLIO))
			continue;
		spin_lock_irq(&slots->lock);
		folio = folio_locked(annex, pfn, goes, arg);
		if (folio && !annex_lru_remove(folio))
			nr++;
		spin_unlock_irq(&slots->lock);
	}
	return nr;
}
