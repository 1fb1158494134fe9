// SPDX-License-Identifier: GPL-2.0-only
/*
 * isolate: a pageblock of which no frame is allocated for a while.
 * shrinker: a store of frames that is given up when frames run out, and comes and
 * goes itself.
 * drain: per-CPU lists, the heap's caches, unused slots of pkmap and lazy areas
 * are given back.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include <annex/highmem.h>
#include <annex/page_alloc.h>
#include <annex/reclaim.h>
#include <annex/slab.h>
#include <annex/vmalloc.h>

#include "api/tests.h"
#include "torture.h"

/* Frames of a pageblock, as include/annex/page_alloc.h has it. */
#define PAGEBLOCK	512

/* Of the pool's first GB, whether a turn has it isolated. */
#define BLOCKS		512

static unsigned long isolated[BITS_TO_LONGS(BLOCKS)];

/* By physical address, as annex counts them. */
static u32 block_of(annex_pfn_t pfn)
{
	annex_pfn_t base = annex_page_to_phys(annex_pfn_to_page(0)) >>
			   PAGE_SHIFT;

	return (pfn + (base & (PAGEBLOCK - 1))) / PAGEBLOCK;
}

static void see_that_it_is_kept(struct torture_turn *t, u32 block)
{
	struct annex_page *pages[16] = {};
	unsigned int i;

	annex_alloc_pages_bulk(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN |
			       __GFP_NORETRY, 16, pages);
	for (i = 0; i < 16; i++)
		if (pages[i] && block_of(annex_page_to_pfn(pages[i])) == block)
			torture_corrupt(t, "frame %#x is of an isolated pageblock",
					annex_page_to_pfn(pages[i]));
	torture_refused(t, "free_pages_bulk", annex_free_pages_bulk(pages, 16));
}

static void run_isolate(struct torture_turn *t)
{
	annex_pfn_t pfn = torture_below(t, annex_nr_frames());
	u32 block = block_of(pfn);
	int err;

	if (block >= BLOCKS || test_and_set_bit_lock(block, isolated)) {
		torture_skip(t);
		return;
	}
	err = annex_isolate_pageblock(pfn);
	if (err) {
		torture_denied(t);
		if (err != -EBUSY)
			torture_refused(t, "isolate_pageblock", err);
	} else {
		see_that_it_is_kept(t, block);
		torture_nap(t);
		see_that_it_is_kept(t, block);
		torture_refused(t, "unisolate_pageblock",
				annex_unisolate_pageblock(pfn));
	}
	clear_bit_unlock(block, isolated);
}

struct torture_op torture_isolate = {
	.name = "isolate",
	.weight = 1,
	.contexts = TORTURE_THREADS,
	.run = run_isolate,
};

#define STORE	512

struct stored {
	unsigned long busy;
	struct annex_page *page;
	u32 key;
};

static struct stored store[STORE];
static DEFINE_MUTEX(store_mutex);	/* of whether it is registered */
static bool registered;
static atomic_t stored;
static atomic_t scans;

/* Called in whatever allocates: each scan is a turn of its own stream. */
static void begin(struct torture_turn *t)
{
	*t = (struct torture_turn) { .op = &torture_shrinker };
	torture_turn_init(t, 0xfe, atomic_inc_return(&scans));
}

static void drop(struct torture_turn *t, struct stored *s)
{
	struct annex_page *page = s->page;

	torture_check(t, page, 0, s->key);
	s->page = NULL;
	atomic_dec(&stored);
	torture_refused(t, "free_page", annex_free_page(page));
}

static unsigned long count_stored(struct annex_shrinker *shrinker,
				  struct annex_shrink_control *sc)
{
	return atomic_read(&stored) ?: ANNEX_SHRINK_EMPTY;
}

static unsigned long scan_stored(struct annex_shrinker *shrinker,
				 struct annex_shrink_control *sc)
{
	struct torture_turn t;
	unsigned long freed = 0;
	unsigned int i;

	begin(&t);
	for (i = 0; i < STORE && freed < sc->nr_to_scan; i++) {
		if (!torture_claim(&t, &store[i].busy))
			continue;
		if (store[i].page) {
			drop(&t, &store[i]);
			freed++;
		}
		torture_unclaim(&store[i].busy);
	}
	return freed ?: ANNEX_SHRINK_STOP;
}

static struct annex_shrinker shrinker = {
	.count_objects = count_stored,
	.scan_objects = scan_stored,
	.seeks = ANNEX_DEFAULT_SEEKS,
	.batch = 16,
	.name = "torture",
};

static int set_up_shrinker(void)
{
	int err = annex_register_shrinker(&shrinker);

	registered = !err;
	return err;
}

static void come_or_go(struct torture_turn *t)
{
	if (!mutex_trylock(&store_mutex)) {
		torture_skip(t);
		return;
	}
	if (registered) {
		annex_unregister_shrinker(&shrinker);
		registered = false;
	} else {
		registered = !torture_refused(t, "register_shrinker",
					      annex_register_shrinker(&shrinker));
	}
	mutex_unlock(&store_mutex);
}

static void run_shrinker(struct torture_turn *t)
{
	struct stored *s = &store[torture_below(t, STORE)];

	if (torture_one_in(t, 50)) {
		come_or_go(t);
		return;
	}
	if (!torture_claim(t, &s->busy))
		return;
	if (s->page) {
		torture_check(t, s->page, 0, s->key);
	} else {
		s->page = annex_alloc_page(GFP_KERNEL | __GFP_NOWARN);
		if (s->page) {
			s->key = torture_key(t);
			torture_stamp(t, s->page, 0, s->key);
			atomic_inc(&stored);
		} else {
			torture_denied(t);
		}
	}
	torture_unclaim(&s->busy);
}

static void clear_shrinker(struct torture_turn *t)
{
	unsigned int i;

	if (registered)
		annex_unregister_shrinker(&shrinker);
	registered = false;
	for (i = 0; i < STORE; i++)
		if (store[i].page)
			drop(t, &store[i]);
}

struct torture_op torture_shrinker = {
	.name = "shrinker",
	.weight = 6,
	.contexts = TORTURE_THREADS,
	.set_up = set_up_shrinker,
	.run = run_shrinker,
	.clear = clear_shrinker,
};

/*
 * A flush also serves waiters for a slot, and would hide a lost wake-up. So it
 * is done only for a while, and then not again for minutes.
 */
static bool may_flush(const struct torture_turn *t)
{
	return !(t->step & 0xf000);
}

static void run_drain(struct torture_turn *t)
{
	int err;

	switch (torture_below(t, 4)) {
	case 0:
		annex_drain_all_pages();
		break;
	case 1:
		annex_drop_slab();
		break;
	case 2:
		annex_vm_unmap_aliases();
		break;
	default:
		if (!may_flush(t)) {
			torture_skip(t);
			break;
		}
		err = annex_kmap_flush_unused();
		torture_refused(t, "kmap_flush_unused", min(err, 0));
	}
}

struct torture_op torture_drain = {
	.name = "drain",
	.weight = 1,
	.contexts = TORTURE_THREADS,
	.run = run_drain,
};
