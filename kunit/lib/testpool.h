/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_TESTPOOL_H
#define ANNEX_KUNIT_LIB_TESTPOOL_H

#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/prandom.h>
#include <linux/types.h>

#include "pool/pool.h"

/**
 * struct annex_testpool - what a private pool is made from
 * @start: its physical address; nothing is ever read or written there
 * @nr_pages: its frames
 * @lowmem_pages: those at its start that are lowmem
 * @movable_pages: those at its end that are the Movable zone
 * @reserved_pages: frames at its start to reserve
 * @min_free_kbytes: as the module parameter
 * @watermark_scale: as the module parameter
 * @dma32: as the module parameter
 * @contents: give the frames contents, in memory of the host's
 * @heap: give it a heap; wants @contents
 * @slab_debug: watch its objects
 * @poison: poison free frames; wants @contents
 * @page_owner: record the owner of each block
 * @ungrouped: as with grouping=0
 * @pkmap: slots for annex_kmap(), 0 for no table
 * @kmap_local: have mappings that only their CPU sees
 * @kmap_force: as the module parameter
 * @tables: have page tables; wants @contents
 * @page_offset: as the module parameter
 * @provisional: as the module parameter
 */
struct annex_testpool {
	u64 start;
	annex_pfn_t nr_pages;
	annex_pfn_t lowmem_pages;
	annex_pfn_t movable_pages;
	annex_pfn_t reserved_pages;
	unsigned long min_free_kbytes;
	unsigned int watermark_scale;
	bool dma32;
	bool contents;
	bool heap;
	bool slab_debug;
	bool poison;
	bool page_owner;
	bool ungrouped;
	unsigned int pkmap;
	bool kmap_local;
	bool kmap_force;
	bool tables;
	u64 page_offset;
	u64 provisional;
};

/* One zone of 8 MB, which two thousand requests empty. */
extern const struct annex_testpool annex_testpool_small;

/* The pool that a room is part of. */
#define annex_of(room, member) container_of(room, struct annex, member)

struct annex *annex_testpool(struct kunit *test,
			     const struct annex_testpool *opts);
void annex_test_seed(struct kunit *test, struct rnd_state *rnd);
void annex_test_validate(struct kunit *test, struct annex *annex);
unsigned long annex_test_violations(struct annex *annex);
unsigned long annex_test_free_pages(struct annex *annex);
unsigned long annex_test_event(struct annex *annex, enum annex_counter item);
unsigned long annex_test_node(struct annex *annex, enum annex_counter item);
struct annex_page *annex_test_alloc(struct annex *annex, gfp_t gfp,
				    unsigned int order);
struct annex_page *annex_test_must_alloc(struct kunit *test,
					 struct annex *annex, gfp_t gfp,
					 unsigned int order);
struct annex_page **annex_test_array(struct kunit *test, struct annex *annex);
unsigned int annex_test_exhaust(struct annex *annex, gfp_t gfp,
				struct annex_page **pages);

annex_pfn_t annex_test_take(struct annex_zone *zone, unsigned int order,
			    unsigned int type);
void annex_test_give(struct kunit *test, struct annex_zone *zone,
		     annex_pfn_t pfn);
void annex_test_count_areas(const struct annex_zone *zone,
			    unsigned long nr[ANNEX_MAX_ORDER]);
void annex_test_expect_areas(struct kunit *test, const struct annex_zone *zone,
			     const unsigned long nr[ANNEX_MAX_ORDER]);

/* A zone's min watermark. */
static inline unsigned long annex_test_min(const struct annex_zone *zone)
{
	return zone->_watermark[ANNEX_WMARK_MIN];
}

/* A number below @n. */
static inline u32 annex_test_below(struct rnd_state *rnd, u32 n)
{
	return prandom_u32_state(rnd) % n;
}

#endif /* ANNEX_KUNIT_LIB_TESTPOOL_H */
