// SPDX-License-Identifier: GPL-2.0-only
/*
 * Revoke the callbacks of code that is about to be unloaded.
 *
 * Reclaim calls shrinkers, and the owners of folios in the LRU lists. A module
 * has to remove both before it is unloaded. If it leaves some behind, kswapd
 * would call code that is gone, so they are removed on behalf of the module.
 * The frames of its folios stay in use, like everything else that it leaks.
 *
 * The caller knows which module is unloaded, and passes a test for its code.
 *
 * A callback may be running at that moment. Taking shrinker_rwsem for writing
 * waits for shrinkers. For a folio there is no lock to wait for: the owner may
 * have left the page locked for ever. But reclaim keeps ISOLATED set for each
 * folio of its batch until it puts it back or frees it, and it tests LRU under
 * the page lock before it calls the owner. So this code clears LRU first, and
 * then polls until ISOLATED is clear:
 *
 *	reclaim				revoke
 *	sets ISOLATED, locks the page	clears LRU, under the lru lock
 *	LRU? calls the owner		ISOLATED? sleeps a little, tests again
 *	clears ISOLATED
 *
 * The wait lasts as long as reclaim needs for a batch, the calls to the owners
 * included.
 *
 * Locking: shrinker_rwsem, for writing; the lock of a folio list, which keeps a
 * folio attached to its block during the test, and inside it the lru lock.
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include <annex/reclaim.h>

#include "base/for_kunit.h"
#include "page/frames.h"
#include "page/page.h"
#include "reclaim/folio.h"
#include "reclaim/folio_slab.h"
#include "reclaim/lru.h"
#include "reclaim/reclaim.h"

/**
 * annex_shrinkers_revoke() - unregister the shrinkers of unloaded code
 * @frames: the frames of the pool
 * @goes: tests whether an address belongs to code that is being unloaded
 * @arg: passed to @goes
 *
 * Context: process, may sleep; not from a shrinker.
 * Return: the number of shrinkers that were unregistered.
 */
unsigned int annex_shrinkers_revoke(struct annex_frames *frames,
				    annex_goes_fn goes, const void *arg)
{
	struct annex_reclaim *r = frames->reclaim;
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
EXPORT_SYMBOL_FOR_KUNIT(annex_shrinkers_revoke);

/* The owner may have freed the mapping, so it is read without faulting. */
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

/* Can reclaim find the folio, or has reclaim isolated it? */
static bool is_reclaims(const struct annex_folio *folio)
{
	return annex_folio_test_flag(folio, ANNEX_FOLIO_LRU) ||
	       annex_folio_test_flag(folio, ANNEX_FOLIO_ISOLATED);
}

/*
 * Test a block once; true if reclaim may be running the code. The owner of
 * an isolated folio without a mapping is unknown, because the owner may clear
 * the mapping during a callback.
 */
static bool forget_folio(struct annex_frames *frames, annex_pfn_t pfn,
			 annex_goes_fn goes, const void *arg, unsigned long *nr)
{
	const struct annex_mapping *mapping;
	struct annex_folio_slab_list *list;
	struct annex_folio *folio;
	bool his, in_hand = false;
	unsigned long flags;

	list = annex_folio_lock(frames, frames->mem_map + pfn, &flags, &folio);
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
 * annex_folios_revoke() - remove the folios of unloaded code from the LRU lists
 * @frames: the frames of the pool
 * @goes: tests whether an address of code, or of data that points to code,
 *	belongs to code that is being unloaded
 * @arg: passed to @goes
 *
 * The blocks of the folios do not change. When this returns, reclaim does not
 * run any function of the owner.
 *
 * Context: process, may sleep; not from such a function.
 * Return: the number of folios that were removed.
 */
unsigned long annex_folios_revoke(struct annex_frames *frames,
				  annex_goes_fn goes, const void *arg)
{
	unsigned long nr = 0;
	annex_pfn_t pfn;

	if (!annex_folio_slabs_used(&frames->reclaim->folio_slabs))
		return 0;
	for (pfn = 0; pfn < frames->nr_pages; pfn++) {
		if (!(pfn % ANNEX_MAX_ORDER_PAGES))
			cond_resched();
		if (!annex_page_test_flag(frames->mem_map + pfn,
					  ANNEX_PG_FOLIO))
			continue;
		while (forget_folio(frames, pfn, goes, arg, &nr))
			schedule_timeout_uninterruptible(1);
	}
	return nr;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_folios_revoke);
