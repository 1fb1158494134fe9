// SPDX-License-Identifier: GPL-2.0-only
/*
 * An owner of folios that does as a test tells it, and remembers what reclaim
 * asked of it.
 */
#include <linux/delay.h>

#include "host/frame.h"
#include "page/page.h"
#include "reclaim/folio.h"
#include "reclaim/lock.h"
#include "reclaim/lru.h"
#include "testowner.h"
#include "testpool.h"

static struct testowner *owner_of(const struct annex_folio *folio)
{
	return folio->mapping->private;
}

static u32 content(struct testowner *owner, const struct annex_folio *folio)
{
	u32 value;

	annex_frame_read(&owner->annex->host,
			 owner->annex->frames.base_pfn + folio->pfn, 0, &value,
			 sizeof(value));
	return value;
}

static int writepage(struct annex_folio *folio)
{
	struct testowner *owner = owner_of(folio);
	unsigned long flags;

	spin_lock_irqsave(&owner->lock, flags);
	WRITE_ONCE(owner->nr_written, owner->nr_written + 1);
	spin_unlock_irqrestore(&owner->lock, flags);
	if (owner->write_msecs)
		msleep(owner->write_msecs);
	if (owner->write == WRITE_FAILS)
		return -EIO;
	if (owner->write == WRITE_ANSWERS_NONSENSE)
		return 0x80000;
	owner->stored[folio->index] = content(owner, folio);
	if (owner->write == WRITE_AT_ONCE)
		__annex_folio_end_writeback(&owner->annex->frames, folio);
	return 0;
}

static bool release(struct annex_folio *folio)
{
	struct testowner *owner = owner_of(folio);
	unsigned long flags;
	bool alone = false;

	if (owner->refuse)
		return false;
	spin_lock_irqsave(&owner->lock, flags);
	if (annex_page_ref_count(annex_folio_head(folio)) == 2) {
		owner->folio[folio->index] = NULL;
		owner->order_gone[owner->nr_gone++] = folio->index;
		alone = true;
	}
	spin_unlock_irqrestore(&owner->lock, flags);
	if (alone && owner->on_release)
		owner->on_release(owner, folio);
	return alone;
}

static const struct annex_mapping_ops ops = {
	.writepage = writepage,
	.release = release,
};

/**
 * testowner() - an owner without folios, that lives as long as the test
 * @test: the test
 * @annex: its pool
 */
struct testowner *testowner(struct kunit *test, struct annex *annex)
{
	struct testowner *owner = kunit_kzalloc(test, sizeof(*owner),
						GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, owner);
	owner->test = test;
	owner->annex = annex;
	owner->mapping.ops = &ops;
	owner->mapping.private = owner;
	spin_lock_init(&owner->lock);
	return owner;
}

/* DMA 16 MB, Normal 4 MB, HighMem 12 MB. */
static const struct annex_testpool opts = {
	.start = 5ULL << 30, .nr_pages = 8192, .lowmem_pages = 5120,
	.contents = true,
};

/**
 * testowner_with_pool() - an owner without folios, and a pool of three zones
 * @test: both live as long as it
 */
struct testowner *testowner_with_pool(struct kunit *test)
{
	return testowner(test, annex_testpool(test, &opts));
}

/**
 * testowner_normal() - the Normal zone of the owner's pool
 * @owner: the owner
 */
struct annex_zone *testowner_normal(struct testowner *owner)
{
	return &owner->annex->frames.zones[ANNEX_ZONE_NORMAL];
}

/**
 * testowner_event() - how often something happened in the owner's pool
 * @owner: the owner
 * @item: an event
 */
unsigned long testowner_event(struct testowner *owner, enum annex_counter item)
{
	return annex_test_event(owner->annex, item);
}

/**
 * testowner_node() - a sum over the zones of the owner's pool
 * @owner: the owner
 * @item: as for annex_test_node()
 */
unsigned long testowner_node(struct testowner *owner, enum annex_counter item)
{
	return annex_test_node(owner->annex, item);
}

/**
 * testowner_add() - one more folio, in the LRU lists
 * @owner: the owner
 * @gfp: where from
 * @order: its order
 *
 * Its contents are its number, and what is stored is the same.
 */
struct annex_folio *testowner_add(struct testowner *owner, gfp_t gfp,
				  unsigned int order)
{
	struct annex *annex = owner->annex;
	struct annex_folio *folio;
	unsigned int i = owner->nr;

	KUNIT_ASSERT_LT(owner->test, i, (unsigned int)TESTOWNER_MAX);
	KUNIT_ASSERT_EQ(owner->test,
			__annex_folio_alloc(&annex->frames, gfp, order, &folio),
			0);
	folio->mapping = &owner->mapping;
	folio->index = i;
	annex_frame_fill(&annex->host, annex->frames.base_pfn + folio->pfn, i);
	owner->stored[i] = i;
	owner->folio[i] = folio;
	owner->nr++;
	KUNIT_ASSERT_EQ(owner->test, annex_lru_insert(folio), 0);
	return folio;
}

/**
 * testowner_add_some() - several folios of one frame
 * @owner: the owner
 * @gfp: where from
 * @nr: how many
 */
void testowner_add_some(struct testowner *owner, gfp_t gfp, unsigned int nr)
{
	while (nr--)
		testowner_add(owner, gfp, 0);
}

/**
 * testowner_written() - end a write that was to end later
 * @owner: the owner
 * @i: the folio's number
 */
void testowner_written(struct testowner *owner, unsigned int i)
{
	KUNIT_EXPECT_EQ(owner->test,
			__annex_folio_end_writeback(&owner->annex->frames,
						    owner->folio[i]),
			0);
}

/**
 * testowner_content() - what is in the frame of a folio
 * @owner: the owner
 * @i: the folio's number
 */
u32 testowner_content(struct testowner *owner, unsigned int i)
{
	return content(owner, owner->folio[i]);
}

/**
 * testowner_has() - does reclaim not have it?
 * @owner: the owner
 * @i: the folio's number
 */
bool testowner_has(struct testowner *owner, unsigned int i)
{
	return owner->folio[i];
}

/**
 * testowner_drop() - be done with a folio
 * @owner: the owner
 * @i: the folio's number
 *
 * It is in the lists until its reference goes.
 */
void testowner_drop(struct testowner *owner, unsigned int i)
{
	struct annex_folio *folio = owner->folio[i];
	struct annex *annex = owner->annex;
	struct annex_page *page = annex_folio_head(folio);

	__annex_lock_page(&annex->frames, page);
	__annex_folio_clear_dirty(&annex->frames, folio);
	folio->mapping = NULL;
	owner->folio[i] = NULL;
	__annex_unlock_page(&annex->frames, page);
	KUNIT_EXPECT_EQ(owner->test, __annex_folio_put(&annex->frames, folio),
			0);
}

/**
 * testowner_drop_all() - be done with all folios
 * @owner: the owner
 *
 * Nothing is in the lists then.
 */
void testowner_drop_all(struct testowner *owner)
{
	unsigned int i, list;

	for (i = 0; i < owner->nr; i++)
		if (owner->folio[i])
			testowner_drop(owner, i);
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		for (list = 0; list < ANNEX_NR_LRU_LISTS; list++)
			KUNIT_EXPECT_EQ(owner->test,
					annex_lru_size(&owner->annex->frames
								.zones[i]
								.lruvec,
						       list),
					0UL);
	KUNIT_EXPECT_EQ(owner->test,
			testowner_node(owner, ANNEX_NR_FILE_PAGES), 0UL);
	KUNIT_EXPECT_EQ(owner->test,
			testowner_node(owner, ANNEX_NR_ISOLATED_FILE), 0UL);
	annex_test_validate(owner->test, owner->annex);
}
