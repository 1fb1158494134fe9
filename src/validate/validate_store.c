// SPDX-License-Identifier: GPL-2.0-only
/*
 * Validation of frame tables.
 *
 * It checks that
 *  - each entry leads to a used frame of the pool whose descriptor has
 *    ANNEX_PG_STORE and the index: so no frame is in two places;
 *  - each entry of a root leads to such a frame that is marked as that leaf, and
 *    counts its entries that are no holes, of which there is at least one;
 *  - the counts of each table are what was counted;
 *  - the pool has no other frame with ANNEX_PG_STORE than those, and those that
 *    wait for a grace period.
 *
 * Tables may be in use. Each leaf is checked under its lock. The sums of the
 * leaves that share a lock are compared if no entry of theirs has come or gone
 * meanwhile. The last check is repeated if any table has changed, and left out
 * if they change each time.
 *
 * Locking: store->lock, and inside it the lock of a leaf, with interrupts off.
 */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "host/frame.h"
#include "page/page.h"
#include "pool/pool.h"
#include "store/leaf.h"
#include "validate/validate.h"

/* Counts of a part, or of the pool, before the last one. */
#define PATIENCE	5

/* Frames whose descriptors are read between two chances to run others. */
#define CHUNK		4096

/**
 * struct store_census - the state of a check
 * @annex: the pool
 * @t: the table
 * @to: where violations are reported
 * @frames: frames of the part, or of the pool
 * @leaves: leaves of the part, or of the pool
 */
struct store_census {
	struct annex *annex;
	struct annex_frame_table *t;
	struct annex_violations to;
	unsigned long frames;
	unsigned long leaves;
};

/* Is a frame of the pool one of a table's, with this role and value? */
static bool is_marked(const struct annex *annex, annex_pfn_t pfn, u32 value,
		      u32 mask)
{
	const struct annex_page *page = annex->frames.mem_map + pfn;

	return pfn < annex->frames.nr_pages &&
	       annex_page_test_flag(page, ANNEX_PG_STORE) &&
	       annex_link_kind(READ_ONCE(page->link)) == ANNEX_LINK_OWN &&
	       (annex_page_own(page) & mask) == value;
}

static void check_entry(struct store_census *c, u32 index, u32 entry)
{
	annex_pfn_t pfn = annex_entry_pfn(entry);

	if (!is_marked(c->annex, pfn, ANNEX_STORE_DATA | index, ~0U))
		annex_violation(&c->to,
				"table %s: index %u has frame %#x, which is not marked so",
				c->t->owner, index, pfn);
	if (entry & ~(ANNEX_PFN_MASK | ANNEX_ENTRY_FLAGS))
		annex_violation(&c->to,
				"table %s: index %u has flags that there are not, %#x",
				c->t->owner, index, entry);
	if (entry & ANNEX_ENTRY_UNWRITTEN && !(entry & ANNEX_ENTRY_HELD))
		annex_violation(&c->to,
				"table %s: index %u is unwritten, but not held",
				c->t->owner, index);
}

static unsigned int check_entries(struct store_census *c, u32 first,
				  const u32 *entry)
{
	unsigned int i, nr = 0;

	for (i = 0; i < ANNEX_LEAF_ENTRIES; i++) {
		if (!entry[i])
			continue;
		nr++;
		if (first + i < c->t->nr_entries)
			check_entry(c, first + i, entry[i]);
		else
			annex_violation(&c->to,
					"table %s: there is an entry %u",
					c->t->owner, first + i);
	}
	return nr;
}

/* A leaf that the root leads to, with its lock held. */
static void check_leaf_locked(struct store_census *c, u32 first,
			      annex_pfn_t pfn)
{
	const u32 mask = ANNEX_STORE_ROLE_MASK | (BIT(ANNEX_LEAF_NR_BITS) - 1);
	struct annex_page *page = c->annex->frames.mem_map + pfn;
	unsigned long flags;
	unsigned int nr;

	if (!is_marked(c->annex, pfn,
		       ANNEX_STORE_LEAF | first >> ANNEX_LEAF_SHIFT, mask)) {
		annex_violation(&c->to,
				"table %s: leaf of %u is frame %#x, which is not marked so",
				c->t->owner, first, pfn);
		return;
	}
	nr = check_entries(c, first,
			   annex_frame_enter(&c->annex->host,
					     c->t->base_pfn + pfn, &flags));
	annex_frame_leave(flags);
	if (nr != annex_leaf_count(page))
		annex_violation(&c->to,
				"table %s: leaf of %u counts %u entries, and has %u",
				c->t->owner, first, annex_leaf_count(page), nr);
	c->frames += nr;
	c->leaves++;
}

static void check_leaf(struct store_census *c, u32 first)
{
	struct annex_table_part *part = annex_part_of(c->t, first);
	unsigned long flags;
	u32 leaf;

	if (!READ_ONCE(*annex_root_slot(c->t, first)))
		return;
	spin_lock_irqsave(&part->lock, flags);
	leaf = *annex_root_slot(c->t, first);
	if (leaf)
		check_leaf_locked(c, first, annex_entry_pfn(leaf));
	spin_unlock_irqrestore(&part->lock, flags);
	cond_resched();
}

/* Read the counts of a part, and how often they have changed. */
static unsigned int read_part(struct annex_table_part *part,
			      unsigned int *frames, unsigned int *leaves)
{
	unsigned long flags;
	unsigned int changes;

	spin_lock_irqsave(&part->lock, flags);
	*frames = part->frames;
	*leaves = part->leaves;
	changes = part->changes;
	spin_unlock_irqrestore(&part->lock, flags);
	return changes;
}

static void count_part(struct store_census *c, unsigned int i)
{
	u32 first;

	c->frames = 0;
	c->leaves = 0;
	for (first = i * ANNEX_LEAF_ENTRIES; first < c->t->nr_entries;
	     first += ANNEX_TABLE_PARTS * ANNEX_LEAF_ENTRIES)
		check_leaf(c, first);
}

/* Leaves are reported by the first count; the others are for the sums. */
static void check_part(struct store_census *c, unsigned int i)
{
	struct annex_table_part *part = &c->t->part[i];
	struct store_census again = *c;
	unsigned int frames, leaves, tries = PATIENCE;
	unsigned int changes = read_part(part, &frames, &leaves);

	count_part(c, i);
	again.to.report = NULL;
	while (changes != read_part(part, &frames, &leaves)) {
		if (!tries--)
			return;
		changes = read_part(part, &frames, &leaves);
		count_part(&again, i);
		c->frames = again.frames;
		c->leaves = again.leaves;
	}
	if (c->frames != frames || c->leaves != leaves)
		annex_violation(&c->to,
				"table %s: part %u has %u frames and %u leaves, counted %lu and %lu",
				c->t->owner, i, frames, leaves, c->frames,
				c->leaves);
}

static void check_table(struct store_census *c)
{
	const struct annex_frame_table *t = c->t;
	unsigned int i;

	if (memcmp(t->magic, ANNEX_TABLE_MAGIC, sizeof(t->magic)) ||
	    t->base_pfn != c->annex->frames.base_pfn)
		annex_violation(&c->to, "table %s: its head is damaged",
				t->owner);
	for (i = 0; i < ANNEX_TABLE_PARTS; i++)
		check_part(c, i);
}

/**
 * struct store_sums - what all tables of a pool have
 * @frames: frames with an index
 * @charged: the same, and frames and leaves of calls in progress
 * @leaves: leaves
 * @changes: how often the other numbers have changed, if not less often
 */
struct store_sums {
	unsigned long frames;
	unsigned long charged;
	unsigned long leaves;
	unsigned long changes;
};

static struct store_sums sum_tables(struct annex_store *store)
{
	struct store_sums sums = {};
	struct annex_frame_table *t;
	unsigned int i, frames, leaves;

	list_for_each_entry(t, &store->tables, list) {
		sums.changes += atomic_read(&t->dropped);
		sums.charged += atomic_read(&t->charged) +
				atomic_read(&t->new_leaves);
		for (i = 0; i < ANNEX_TABLE_PARTS; i++) {
			sums.changes += read_part(&t->part[i], &frames, &leaves);
			sums.frames += frames;
			sums.leaves += leaves;
		}
	}
	return sums;
}

/* All frames that are marked as a table's. */
static unsigned long count_marked(const struct annex *annex)
{
	unsigned long nr = 0;
	annex_pfn_t pfn;

	for (pfn = 0; pfn < annex->frames.nr_pages; pfn++) {
		nr += annex_page_test_flag(annex->frames.mem_map + pfn,
					   ANNEX_PG_STORE);
		if (pfn % CHUNK == 0)
			cond_resched();
	}
	return nr;
}

/* Compare the pool's frames with the tables'; false if they change. */
static bool check_marked(struct store_census *c)
{
	struct annex_store *store = &c->annex->store;
	struct store_sums sums = sum_tables(store), after;
	unsigned long marked, waiting, in_use = sums.frames + sums.leaves;

	waiting = READ_ONCE(store->nr_waiting);
	marked = count_marked(c->annex);
	after = sum_tables(store);
	if (memcmp(&sums, &after, sizeof(sums)) ||
	    sums.charged != sums.frames ||
	    waiting != READ_ONCE(store->nr_waiting))
		return false;
	if (marked != in_use + waiting)
		annex_violation(&c->to,
				"%lu frames are marked as tables', which have %lu, and %lu wait",
				marked, in_use, waiting);
	return true;
}

/**
 * annex_validate_store() - check the frame tables
 * @annex: the pool; it may be in use
 * @report: called with a line for each violation
 * @arg: for @report
 *
 * Context: process, may sleep.
 */
void annex_validate_store(struct annex *annex, annex_violation_fn report,
			  void *arg)
{
	struct store_census c = { .annex = annex, .to = { report, arg } };
	struct annex_store *store = &annex->store;
	unsigned int tries = PATIENCE;

	if (!store->open)
		return;
	mutex_lock(&store->lock);
	list_for_each_entry(c.t, &store->tables, list)
		check_table(&c);
	/* While this is held, no frame that waits is freed. */
	mutex_lock(&store->free_lock);
	while (!check_marked(&c) && --tries)
		;
	mutex_unlock(&store->free_lock);
	mutex_unlock(&store->lock);
}
