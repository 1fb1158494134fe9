// SPDX-License-Identifier: GPL-2.0-only
/*
 * Validation of folios: do heads and folios refer to each other, one to one?
 *
 * It checks that
 *  - each used head with the flag has the number of a folio in use, in a folio
 *    page, whose folio has the pfn of that head;
 *  - each folio in use is referred to by the head that its folio has the pfn of;
 *  - a folio slab has a folio in use, and is in the list of partial pages if and
 *    only if it has a free one;
 *  - the numbers of folio slabs and of folios in use are those that annex
 *    records.
 *
 * The first three are true whenever the lock of the folio's list is free. So
 * they are checked frame by frame, with the lock held for one frame, whether
 * the pool is in use or not. The sums are compared if no folio was allocated or
 * freed between the first frame and the last. On a pool that is too busy for
 * that, they are not.
 *
 * Locking: the lock of a list of folio slabs, with interrupts off, for one frame at a
 * time.
 */
#include <linux/kernel.h>
#include <linux/sched.h>

#include "page/page.h"
#include "pool/pool.h"
#include "reclaim/folio.h"
#include "reclaim/folio_slab.h"
#include "validate/validate.h"

/* Counts before the last one, while folios are allocated and freed. */
#define PATIENCE	5

/* Frames between two calls of cond_resched(). */
#define CHUNK		(4 * ANNEX_MAX_ORDER_PAGES)

struct folio_census {
	struct annex *annex;
	struct annex_violations to;
	unsigned long heads;
	unsigned long pages;
	unsigned long used;
};

/* Is a number that of a folio in a folio slab? */
static bool is_folio(const struct annex_frames *frames, u32 nr)
{
	annex_pfn_t pfn = nr >> ANNEX_FOLIO_SLAB_BITS;

	return pfn < frames->lowmem_pages &&
	       (nr & ((1U << ANNEX_FOLIO_SLAB_BITS) - 1)) <
		       ANNEX_FOLIOS_PER_SLAB &&
	       annex_page_state(frames->mem_map + pfn) == ANNEX_PAGE_FOLIO_SLAB;
}

static void check_head(struct folio_census *c, annex_pfn_t pfn)
{
	const struct annex_page *head = c->annex->frames.mem_map + pfn;
	u32 link = READ_ONCE(head->link);
	u32 nr = link & ANNEX_LINK_VALUE_MASK;
	const struct annex_folio *folio;

	c->heads++;
	if (annex_link_kind(link) != ANNEX_LINK_FOLIO ||
	    !is_folio(&c->annex->frames, nr)) {
		annex_violation(&c->to,
				"block %#x names folio %#x, which is none",
				pfn, nr);
		return;
	}
	folio = annex_folio_slab_folio(&c->annex->frames, nr);
	if (!annex_folio_slab_in_use(&c->annex->frames, folio))
		annex_violation(&c->to,
				"block %#x names folio %#x, which is free",
				pfn, nr);
	else if (folio->pfn != pfn)
		annex_violation(&c->to,
				"block %#x names folio %#x, which is of block %#x",
				pfn, nr, folio->pfn);
	else if (folio->zone != annex_pfn_zone(&c->annex->frames, pfn))
		annex_violation(&c->to,
				"the folio of block %#x is not of its zone",
				pfn);
}

static void check_folio(struct folio_census *c, const struct annex_folio *folio)
{
	u32 nr = annex_folio_slab_nr(&c->annex->frames, folio);
	annex_pfn_t pfn = folio->pfn;

	c->used++;
	if (pfn >= c->annex->frames.nr_pages ||
	    annex_head_folio(&c->annex->frames,
			     c->annex->frames.mem_map + pfn) != folio)
		annex_violation(&c->to,
				"folio %#x is in use, and block %#x does not name it",
				nr, pfn);
}

static void check_folio_slab(struct folio_census *c, annex_pfn_t pfn)
{
	struct annex_folio_slab *sp;
	unsigned int i, used = 0;
	bool listed, full;

	c->pages++;
	if (pfn >= c->annex->frames.lowmem_pages || !c->annex->frames.lowmem) {
		annex_violation(&c->to, "folio slab %#x is not in lowmem", pfn);
		return;
	}
	sp = annex_folio_slab(&c->annex->frames, pfn);
	for_each_set_bit(i, sp->head.used, ANNEX_FOLIOS_PER_SLAB) {
		check_folio(c, &sp->folio[i]);
		used++;
	}
	if (!used)
		annex_violation(&c->to, "folio slab %#x holds nothing", pfn);
	listed = !list_empty(&sp->head.partial);
	full = used == ANNEX_FOLIOS_PER_SLAB;
	if (listed == full)
		annex_violation(&c->to,
				"folio slab %#x with %u folios in use is %s list",
				pfn, used, listed ? "in the" : "not in the");
}

/* Does a frame need a check? Most do not, which is seen without the lock. */
static bool concerns_us(const struct annex_page *page)
{
	switch (annex_page_state(page)) {
	case ANNEX_PAGE_FOLIO_SLAB:
		return true;
	case ANNEX_PAGE_USED:
		return annex_page_test_flag(page, ANNEX_PG_FOLIO);
	default:
		return false;
	}
}

/* Lock a folio slab's list; the page may be freed and move to another list. */
static void lock_folio_slab(struct folio_census *c, annex_pfn_t pfn)
{
	const struct annex_page *page = c->annex->frames.mem_map + pfn;
	struct annex_folio_slab_list *list;
	struct annex_folio_slab *sp;
	unsigned long flags;
	bool same;

	if (pfn >= c->annex->frames.lowmem_pages || !c->annex->frames.lowmem) {
		check_folio_slab(c, pfn);
		return;
	}
	sp = annex_folio_slab(&c->annex->frames, pfn);
	do {
		list = annex_folio_slab_home(&c->annex->frames, &sp->folio[0]);
		spin_lock_irqsave(&list->lock, flags);
		same = annex_folio_slab_home(&c->annex->frames,
					     &sp->folio[0]) == list;
		if (same && annex_page_state(page) == ANNEX_PAGE_FOLIO_SLAB)
			check_folio_slab(c, pfn);
		spin_unlock_irqrestore(&list->lock, flags);
	} while (!same && annex_page_state(page) == ANNEX_PAGE_FOLIO_SLAB);
}

/* Tries for a block with the flag but no folio at the moment: see page.c. */
#define MOMENT	1000

static void lock_head(struct folio_census *c, annex_pfn_t pfn)
{
	const struct annex_page *head = c->annex->frames.mem_map + pfn;
	struct annex_folio_slab_list *list;
	struct annex_folio *folio;
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < MOMENT; i++) {
		list = annex_folio_lock(&c->annex->frames, head, &flags,
					&folio);
		if (list) {
			check_head(c, pfn);
			annex_folio_unlock(list, flags);
			return;
		}
		if (!concerns_us(head))
			return;
		cpu_relax();
	}
	check_head(c, pfn);
}

static void check_frame(struct folio_census *c, annex_pfn_t pfn)
{
	const struct annex_page *page = c->annex->frames.mem_map + pfn;

	if (annex_page_state(page) == ANNEX_PAGE_FOLIO_SLAB)
		lock_folio_slab(c, pfn);
	else if (concerns_us(page))
		lock_head(c, pfn);
}

/* The sums over all lists of folio slabs. */
struct folio_sums {
	unsigned long generation;
	unsigned long pages;
	unsigned long used;
};

/*
 * Lists are locked one after the other. A generation only grows: if the sum of
 * all is unchanged, each is, and so are the counts of each list.
 */
static struct folio_sums add_up(struct annex_folio_slabs *folio_slabs)
{
	struct folio_sums sums = {};
	struct annex_folio_slab_list *list;
	unsigned long flags;

	for (list = folio_slabs->list;
	     list < folio_slabs->list + ANNEX_FOLIO_SLAB_LISTS; list++) {
		spin_lock_irqsave(&list->lock, flags);
		sums.generation += list->generation;
		sums.pages += list->nr_pages;
		sums.used += list->nr_used;
		spin_unlock_irqrestore(&list->lock, flags);
	}
	return sums;
}

static void check_sum(struct folio_census *c, const char *what,
		      unsigned long counted, unsigned long kept)
{
	if (counted != kept)
		annex_violation(&c->to,
				"%lu %s were counted, %lu should be there",
				counted, what, kept);
}

/* Check all frames; false if folios were allocated or freed meanwhile. */
static bool recount(struct folio_census *c)
{
	struct annex_folio_slabs *folio_slabs = &c->annex->reclaim.folio_slabs;
	struct folio_sums was = add_up(folio_slabs), now;
	annex_pfn_t pfn;
	bool same;

	c->heads = 0;
	c->pages = 0;
	c->used = 0;
	for (pfn = 0; pfn < c->annex->frames.nr_pages; pfn++) {
		check_frame(c, pfn);
		if (pfn % CHUNK == 0)
			cond_resched();
	}
	now = add_up(folio_slabs);
	same = now.generation == was.generation;
	if (same) {
		check_sum(c, "folio slabs", c->pages, now.pages);
		check_sum(c, "folios in use", c->used, now.used);
		check_sum(c, "blocks with a folio", c->heads, now.used);
	}
	return same;
}

/**
 * annex_validate_folios() - check folios and their slabs
 * @annex: the pool, perhaps in use
 * @report: called with a line for each violation
 * @arg: for @report
 *
 * Context: process.
 */
void annex_validate_folios(struct annex *annex, annex_violation_fn report,
			   void *arg)
{
	struct folio_census c = { .annex = annex, .to = { report, arg } };
	unsigned int i;

	/* As for zones, only the last count reports. */
	for (i = 0; i < PATIENCE; i++) {
		struct folio_census quiet = { .annex = annex };

		if (recount(&quiet) && !quiet.to.found)
			return;
	}
	recount(&c);
}
