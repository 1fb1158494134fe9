// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frames of the frame tables of a pool: allocation, and freeing after a
 * grace period.
 *
 * Such a frame is order 0, high if possible, and marked with ANNEX_PG_STORE: the
 * public functions refuse to free, lock or change it. The value of its
 * descriptor has its role (store.h):
 *
 *                 installed                  removed
 *   annex_store_alloc() ---> DATA or LEAF ------------> WAITING ---> free
 *         |                                                 a grace period
 *         `--- never installed: annex_store_free() ---------------> free
 *
 * Look-ups take no lock, so a removed frame may still be read or written until
 * all of them have ended. It is linked into a chain by its descriptor, which
 * needs no memory:
 *
 *   annex_store_remove() -> pending --armed--> waiting --grace period--> free
 *
 * While one grace period runs (armed), frames that are removed wait for the
 * next. A work item frees the chain, as it may be as long as the pool. A caller
 * that needs a frame and may sleep does not depend on the work item: it waits
 * for a grace period and frees both chains itself (annex_store_reap()).
 *
 * Locking: wait_lock for the chains, with interrupts off, inside the lock of a
 * leaf or alone. free_lock around the freeing: annex_store_reap() returns after
 * the work item has freed what it took.
 *
 * Failing: no frame.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "base/for_kunit.h"
#include "host/compat_sched.h"
#include "host/context.h"
#include "page/frames.h"
#include "page/gfp.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "store/store.h"

/* Frames to free at once, and between two chances to run something else. */
#define BATCH	32

static const struct annex_chain empty = ANNEX_CHAIN_EMPTY;

/*
 * Frames of a table hold data, not what the kernel needs to go on: they leave
 * the reserves alone. A full pool is an answer, neither a reason to wait for
 * ever nor one for a report.
 */
static gfp_t own_gfp(gfp_t gfp)
{
	gfp &= ANNEX_GFP_OWN_MASK &
	       ~(__GFP_HIGH | ANNEX_GFP_ATOMIC | __GFP_MEMALLOC |
		 __GFP_NOFAIL | __GFP_RETRY_MAYFAIL);
	return gfp | __GFP_HIGHMEM | __GFP_NOMEMALLOC | __GFP_NORETRY |
	       __GFP_NOWARN;
}

static bool may_wait(gfp_t gfp)
{
	return gfpflags_allow_blocking(gfp) && annex_may_sleep() &&
	       !rcu_preempt_depth();
}

/**
 * annex_store_alloc() - allocate a frame for a table
 * @store: the tables of the pool
 * @gfp: the caller's flags; zone modifiers and reserves are ignored
 * @value: role and value of its descriptor
 *
 * Context: as @gfp.
 * Return: the frame, contents undefined; NULL if there is none.
 */
struct annex_page *annex_store_alloc(struct annex_store *store, gfp_t gfp,
				     u32 value)
{
	struct annex_page *page;

	gfp = own_gfp(gfp);
	if (annex_block_alloc(store->frames, gfp, 0, &page)) {
		if (!READ_ONCE(store->nr_waiting) || !may_wait(gfp))
			return NULL;
		annex_store_reap(store);
		if (annex_block_alloc(store->frames, gfp, 0, &page))
			return NULL;
	}
	if (!annex_page_make_own(page, value, BIT(ANNEX_PG_STORE)))
		return page;
	annex_disown(store->frames, page);
	return NULL;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_store_alloc);

/**
 * annex_store_free() - free a frame that no look-up can reach
 * @store: the tables of the pool
 * @page: from annex_store_alloc(), never installed or after a grace period
 *
 * Context: any but NMI.
 */
void annex_store_free(struct annex_store *store, struct annex_page *page)
{
	annex_page_unmake_own(page, BIT(ANNEX_PG_STORE));
	annex_block_free(store->frames, page, 0);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_store_free);

static __always_inline void push(struct annex_store *store, annex_pfn_t pfn,
				 struct annex_chain *chain)
{
	annex_page_set_own(store->frames->mem_map + pfn,
			   ANNEX_STORE_WAITING | chain->first);
	if (!chain->nr++)
		chain->last = pfn;
	chain->first = pfn;
}

/**
 * annex_store_remove() - link a removed frame into a chain
 * @store: the tables of the pool
 * @pfn: annex pfn of a frame that no entry leads to any more
 * @chain: the caller's
 *
 * Context: any but NMI; the lock of the frame's leaf is held.
 */
void annex_store_remove(struct annex_store *store, annex_pfn_t pfn,
			struct annex_chain *chain)
{
	push(store, pfn, chain);
}

/* Move a chain to the end of another. */
static void splice(struct annex_store *store, struct annex_chain *to,
		   struct annex_chain *from)
{
	if (to->nr)
		annex_page_set_own(store->frames->mem_map + to->last,
				   ANNEX_STORE_WAITING | from->first);
	else
		to->first = from->first;
	if (from->nr)
		to->last = from->last;
	to->nr += from->nr;
	*from = empty;
}

static void arm_locked(struct annex_store *store)
{
	lockdep_assert_held(&store->wait_lock);
	splice(store, &store->waiting, &store->pending);
	store->armed = queue_rcu_work(system_dfl_wq, &store->work);
}

/**
 * annex_store_free_later() - free removed frames after a grace period
 * @store: the tables of the pool
 * @chain: filled by annex_store_remove(); it is the store's now
 *
 * Context: any but NMI.
 */
void annex_store_free_later(struct annex_store *store,
			    const struct annex_chain *chain)
{
	struct annex_chain more = *chain;
	unsigned long flags;

	if (!more.nr)
		return;
	annex_count_events(&store->frames->counters, ANNEX_TABLE_WAITING,
			   more.nr);
	spin_lock_irqsave(&store->wait_lock, flags);
	store->nr_waiting += more.nr;
	splice(store, &store->pending, &more);
	if (!store->armed)
		arm_locked(store);
	spin_unlock_irqrestore(&store->wait_lock, flags);
}

/**
 * annex_store_remove_one_locked() - free one removed frame after a grace period
 * @store: the tables of the pool
 * @pfn: as for annex_store_remove()
 *
 * As annex_store_remove() and annex_store_free_later() of a chain of its own.
 *
 * Context: any but NMI; the lock of the frame's leaf is held.
 */
void annex_store_remove_one_locked(struct annex_store *store, annex_pfn_t pfn)
{
	annex_count_events(&store->frames->counters, ANNEX_TABLE_WAITING, 1);
	spin_lock(&store->wait_lock);
	store->nr_waiting++;
	push(store, pfn, &store->pending);
	if (unlikely(!store->armed))
		arm_locked(store);
	spin_unlock(&store->wait_lock);
}

/* Free the first frames of a chain, which are @nr; return the next. */
static annex_pfn_t free_some(struct annex_store *store, annex_pfn_t pfn,
			     unsigned int nr)
{
	struct annex_page *pages[BATCH];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		pages[i] = store->frames->mem_map + pfn;
		pfn = annex_page_own(pages[i]) & ANNEX_STORE_VALUE_MASK;
		annex_page_unmake_own(pages[i], BIT(ANNEX_PG_STORE));
	}
	__annex_free_pages_bulk(store->frames, pages, nr);
	return pfn;
}

static void free_chain(struct annex_store *store,
		       const struct annex_chain *chain)
{
	annex_pfn_t pfn = chain->first;
	unsigned long left, flags;
	unsigned int nr;

	lockdep_assert_held(&store->free_lock);
	for (left = chain->nr; left; left -= nr) {
		nr = min_t(unsigned long, left, BATCH);
		pfn = free_some(store, pfn, nr);
		cond_resched();
	}
	annex_count_events(&store->frames->counters, ANNEX_TABLE_WAITING,
			   -chain->nr);
	spin_lock_irqsave(&store->wait_lock, flags);
	store->nr_waiting -= chain->nr;
	spin_unlock_irqrestore(&store->wait_lock, flags);
}

/* A grace period is over. */
static void work_fn(struct work_struct *work)
{
	struct annex_store *store =
		container_of(to_rcu_work(work), struct annex_store, work);
	struct annex_chain chain;

	mutex_lock(&store->free_lock);
	spin_lock_irq(&store->wait_lock);
	chain = store->waiting;
	store->waiting = empty;
	store->armed = false;
	if (store->pending.nr)
		arm_locked(store);
	spin_unlock_irq(&store->wait_lock);
	free_chain(store, &chain);
	mutex_unlock(&store->free_lock);
}

/**
 * annex_store_reap() - free all removed frames now
 * @store: the tables of the pool
 *
 * It waits for a grace period if there are any.
 *
 * Context: process, may sleep; not in an RCU reader.
 */
void annex_store_reap(struct annex_store *store)
{
	struct annex_chain chain;

	mutex_lock(&store->free_lock);
	spin_lock_irq(&store->wait_lock);
	chain = store->waiting;
	store->waiting = empty;
	splice(store, &chain, &store->pending);
	spin_unlock_irq(&store->wait_lock);
	if (chain.nr) {
		synchronize_rcu();
		free_chain(store, &chain);
	}
	mutex_unlock(&store->free_lock);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_store_reap);

/**
 * annex_store_init() - allow tables in a pool, which has none yet
 * @store: zeroed except for its pointer
 */
void annex_store_init(struct annex_store *store)
{
	mutex_init(&store->lock);
	INIT_LIST_HEAD(&store->tables);
	mutex_init(&store->free_lock);
	INIT_RCU_WORK(&store->work, work_fn);
	spin_lock_init(&store->wait_lock);
	store->pending = empty;
	store->waiting = empty;
	store->open = true;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_store_init);

/**
 * annex_store_close() - allow no more tables, and free all removed frames
 * @store: the tables of the pool, which are gone
 *
 * Afterwards the work item does not run, nor return.
 *
 * Context: process, may sleep.
 */
void annex_store_close(struct annex_store *store)
{
	store->open = false;
	do {
		flush_rcu_work(&store->work);
	} while (READ_ONCE(store->armed));
	annex_store_reap(store);
}
