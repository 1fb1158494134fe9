/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_TESTBLOCK_H
#define ANNEX_KUNIT_LIB_TESTBLOCK_H

/*
 * A zone of which all frames are used, for tests that say which pageblock is of
 * which type, and which of its frames are free.
 */
#include "page/buddy.h"
#include "page/page.h"
#include "testpool.h"

#define U	ANNEX_MIGRATE_UNMOVABLE
#define M	ANNEX_MIGRATE_MOVABLE
#define R	ANNEX_MIGRATE_RECLAIMABLE

/* 30 MB of HighMem, of which the last frames hold the descriptors. */
static const struct annex_testpool opts = {
	.start = 5ULL << 30, .nr_pages = 8192, .lowmem_pages = 512,
	.reserved_pages = 512,
};

static inline struct annex_zone *high_zone_of(struct kunit *test,
					      const struct annex_testpool *pool)
{
	return &annex_testpool(test, pool)->frames.zones[ANNEX_ZONE_HIGHMEM];
}

static inline struct annex_zone *high_zone(struct kunit *test)
{
	return high_zone_of(test, &opts);
}

static inline unsigned int type_of(const struct annex_zone *zone, annex_pfn_t pfn)
{
	return annex_pageblock(zone->frames, pfn)->type;
}

static inline annex_pfn_t start_of(const struct annex_zone *zone, annex_pfn_t pfn)
{
	return annex_block_pfn(pfn, ANNEX_PAGEBLOCK_ORDER, zone->frames->bias);
}

/* Take whatever a zone has left, as movable frames. */
static inline void take_all(struct annex_zone *zone)
{
	while (annex_test_take(zone, 0, M) != ANNEX_PFN_NIL)
		;
}

/* A zone of which all frames are used one by one, in Movable pageblocks. */
static inline struct annex_zone *full_zone(struct kunit *test)
{
	struct annex_zone *zone = high_zone(test);

	take_all(zone);
	KUNIT_ASSERT_EQ(test, annex_zone_free_pages(zone), 0UL);
	return zone;
}

static inline void retype(struct annex_zone *zone, annex_pfn_t pfn, unsigned int to)
{
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	annex_move_freepages_locked(zone, pfn + zone->frames->bias,
				    type_of(zone, pfn), to);
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* One of the pageblocks of a full zone gets a type. Returns its first frame. */
static inline annex_pfn_t pageblock(struct annex_zone *zone, unsigned int i,
				    unsigned int type)
{
	annex_pfn_t pfn = zone->zone_start_pfn + i * ANNEX_PAGEBLOCK_PAGES;

	retype(zone, pfn, type);
	return pfn;
}

static inline void give_range(struct kunit *test, struct annex_zone *zone,
			      annex_pfn_t pfn, unsigned int nr)
{
	while (nr--)
		annex_test_give(test, zone, pfn++);
}

#endif /* ANNEX_KUNIT_LIB_TESTBLOCK_H */
