// SPDX-License-Identifier: GPL-2.0-only
/*
 * Private pools for the suites.
 *
 * A test pool is made of the same parts as a real one, from the memory map up;
 * only what the host would lend is replaced by ordinary memory: descriptors
 * are an allocated array, and contents, where a test wants them, another. So
 * the tests run where there is no PAE and no claimed range, several pools at
 * once, and KASAN sees every access.
 */
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/vmalloc.h>

#include "base/refuse.h"
#include "base/show.h"
#include "heap/heap.h"
#include "host/stacks.h"
#include "page/buddy.h"
#include "page/debug.h"
#include "page/owner.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/pcp.h"
#include "pool/create.h"
#include "pool/page_tables.h"
#include "store/store.h"
#include "store/tables.h"
#include "testmap.h"
#include "testpool.h"
#include "validate/validate.h"

const struct annex_testpool annex_testpool_small = {
	.start = 5ULL << 30, .nr_pages = 2048, .lowmem_pages = 2048,
};

/**
 * struct pool - a pool, and what it is made of
 * @annex: the pool
 * @contents: the memory that its contents are in
 * @metadata: tables of its mappings
 */
struct pool {
	struct annex annex;
	void *contents;
	void *metadata;
};

static int pool_counters(struct annex *annex)
{
	annex_clients_init(&annex->clients);
	return annex_counters_init(&annex->frames.counters);
}

static int pool_memory(struct annex *annex, const struct annex_testpool *opts)
{
	struct pool *pool = container_of(annex, struct pool, annex);
	size_t bytes = (size_t)annex->frames.nr_pages << PAGE_SHIFT;

	annex->host.mem_map.addr = vzalloc(annex->mem_map_bytes);
	if (!annex->host.mem_map.addr)
		return -ENOMEM;
	annex_map_set(&annex->frames, annex->host.mem_map.addr);
	if (!opts->contents)
		return 0;
	/* As a real pool's, the address is even where the frame number is. */
	pool->contents = vmalloc(bytes + PAGE_SIZE);
	if (!pool->contents)
		return -ENOMEM;
	annex->host.plain = pool->contents;
	if ((((unsigned long)pool->contents >> PAGE_SHIFT) ^
	     annex->frames.base_pfn) &
	    1)
		annex->host.plain += PAGE_SIZE;
	annex->host.plain_base_pfn = annex->frames.base_pfn;
	annex->frames.lowmem = annex->host.plain;
	return 0;
}

static int pool_memblock(struct annex *annex,
			 const struct annex_testpool *opts)
{
	u64 reserved = (u64)opts->reserved_pages << PAGE_SHIFT;
	int err;

	annex_memory_map_init(&annex->memory_map, annex->frames.range.start,
			      annex->frames.range.end);
	if (reserved) {
		err = annex_memory_map_reserve(&annex->memory_map,
					       annex->frames.range.start,
					       annex->frames.range.start +
						       reserved);
		if (err)
			return err;
	}
	err = annex_memblock_from_memory_map(&annex->memblock,
					     &annex->memory_map);
	if (err)
		return err;
	return annex_memblock_alloc_range(&annex->memblock,
					  annex->mem_map_bytes, PAGE_SIZE,
					  annex->frames.range.start,
					  annex->frames.range.end, true,
					  &annex->mem_map_phys);
}

static int pool_tables(struct annex *annex, const struct annex_testpool *opts)
{
	const struct annex_params params = {
		.page_offset = opts->page_offset,
		.provisional = opts->provisional,
	};
	struct annex_reason why;

	if (!opts->tables)
		return 0;
	return annex_page_tables_plan(annex, &params, &why) ?:
		       annex_page_tables_init(annex, &params, &why);
}

static int pool_zones(struct annex *annex, const struct annex_testpool *opts)
{
	const struct annex_zone_limits lim = {
		.base_pfn = annex->frames.base_pfn,
		.nr_pages = annex->frames.nr_pages,
		.lowmem_pages = annex->frames.lowmem_pages,
		.movable_pages = opts->movable_pages,
		.dma32 = opts->dma32,
	};
	struct annex_reason why;

	annex_zones_init(&annex->frames, &lim);
	annex_reclaim_init(&annex->frames);
	annex_pages_hand_over(&annex->frames, &annex->memblock);
	return annex_zones_set_watermarks(&annex->frames, opts->min_free_kbytes,
					  opts->watermark_scale, &why) ?:
	       annex_pcp_init(&annex->frames);
}

static int pool_debug(struct annex *annex, const struct annex_testpool *opts)
{
	if (opts->page_owner) {
		int err = annex_stacks_init();

		if (err)
			return err;
		annex->frames.owner =
			vzalloc(annex_owner_array_bytes(annex->frames
								.nr_pages));
		if (!annex->frames.owner)
			return -ENOMEM;
	}
	annex_debug_init(&annex->frames, opts->poison);
	return 0;
}

static int pool_clients(struct annex *annex, const struct annex_testpool *opts)
{
	annex_store_init(&annex->store);
	return opts->heap ? annex_heap_init(&annex->heap, opts->slab_debug) : 0;
}

static int pool_init(struct kunit_resource *res, void *context)
{
	const struct annex_testpool *opts = context;
	struct pool *pool = vzalloc(sizeof(*pool));
	struct annex *annex;
	int err;

	if (!pool)
		return -ENOMEM;
	annex = &pool->annex;
	annex_none(annex);
	res->data = annex;
	annex->frames.range.start = opts->start;
	annex->frames.range.end =
		opts->start + ((u64)opts->nr_pages << PAGE_SHIFT);
	annex->frames.base_pfn = opts->start >> PAGE_SHIFT;
	annex->frames.nr_pages = opts->nr_pages;
	annex->frames.lowmem_pages = opts->lowmem_pages;
	annex->frames.ungrouped = opts->ungrouped;
	annex->frames.bias =
		annex->frames.base_pfn & (ANNEX_MAX_ORDER_PAGES - 1);
	annex->mem_map_bytes = annex_map_bytes(&annex->frames);
	annex_memblock_init(&annex->memblock);
	err = pool_counters(annex);
	if (!err)
		err = pool_memory(annex, opts);
	if (!err)
		err = pool_memblock(annex, opts);
	if (!err)
		err = pool_tables(annex, opts);
	if (!err)
		err = pool_zones(annex, opts);
	if (!err)
		err = pool_debug(annex, opts);
	if (!err)
		err = annex_testmap_init(annex, opts, &pool->metadata);
	return err ?: pool_clients(annex, opts);
}

static void pool_free(struct kunit_resource *res)
{
	struct annex *annex = res->data;
	struct pool *pool = container_of(annex, struct pool, annex);

	if (!annex)
		return;
	annex_store_exit(&annex->store);
	annex_testmap_exit(annex, pool->metadata);
	annex_kswapd_stop(&annex->frames);
	annex_heap_exit(&annex->heap);
	annex_debug_exit(&annex->frames);
	annex_pcp_exit(&annex->frames);
	annex_page_tables_exit(annex);
	annex_memblock_destroy(&annex->memblock);
	vfree(pool->contents);
	vfree(annex->host.mem_map.addr);
	vfree(annex->frames.owner);
	annex_counters_destroy(&annex->frames.counters);
	vfree(pool);
}

/**
 * annex_testpool() - make a pool that lives as long as the test
 * @test: the test; it ends here if there is no memory
 * @opts: what from
 *
 * Return: the pool, handed over to its buddy.
 */
struct annex *annex_testpool(struct kunit *test,
			     const struct annex_testpool *opts)
{
	struct annex *annex = kunit_alloc_resource(test, pool_init, pool_free,
						   GFP_KERNEL, (void *)opts);

	KUNIT_ASSERT_NOT_NULL(test, annex);
	return annex;
}

/**
 * annex_test_seed() - begin a random sequence that can be repeated
 * @test: prints the seed
 * @rnd: the sequence
 *
 * To repeat a run, put the number that it printed in place of the call.
 */
void annex_test_seed(struct kunit *test, struct rnd_state *rnd)
{
	u32 seed = get_random_u32();

	kunit_info(test, "seed %#x", seed);
	prandom_seed_state(rnd, seed);
}

static void note_violation(void *test, struct va_format *vaf)
{
	kunit_err((struct kunit *)test, "%pV", vaf);
}

/**
 * annex_test_validate() - expect that a pool's books balance
 * @test: the test
 * @annex: the pool
 */
void annex_test_validate(struct kunit *test, struct annex *annex)
{
	KUNIT_EXPECT_EQ(test, annex_validate(annex, note_violation, test), 0UL);
}

static void ignore(void *arg, struct va_format *vaf)
{
}

/**
 * annex_test_violations() - count what is wrong in a pool, silently
 * @annex: the pool
 */
unsigned long annex_test_violations(struct annex *annex)
{
	return annex_validate(annex, ignore, NULL);
}

/**
 * annex_test_free_pages() - count the free frames of all zones
 * @annex: the pool, whose per-CPU lists are drained
 */
unsigned long annex_test_free_pages(struct annex *annex)
{
	unsigned long sum = 0;
	unsigned int i;

	annex_pcp_drain_all(&annex->frames);
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		sum += annex_zone_free_pages(&annex->frames.zones[i]);
	return sum;
}

/**
 * annex_test_event() - how often something happened in a pool
 * @annex: the pool
 * @item: an event
 */
unsigned long annex_test_event(struct annex *annex, enum annex_counter item)
{
	return annex_vmstat(annex, item);
}

/**
 * annex_test_node() - a sum over the zones of a pool
 * @annex: the pool
 * @item: what is counted for all of them at once
 */
unsigned long annex_test_node(struct annex *annex, enum annex_counter item)
{
	return annex_node_count(&annex->frames.counters, item);
}

/**
 * annex_test_alloc() - allocate a block, if there is one
 * @annex: the pool
 * @gfp: the request's flags; failure is not reported
 * @order: its order
 *
 * Return: the head of the block, or NULL.
 */
struct annex_page *annex_test_alloc(struct annex *annex, gfp_t gfp,
				    unsigned int order)
{
	struct annex_page *page;

	annex_block_alloc(&annex->frames, gfp | __GFP_NOWARN, order, &page);
	return page;
}

/**
 * annex_test_must_alloc() - allocate a block
 * @test: the test; it ends here if there is none
 * @annex: the pool
 * @gfp: the request's flags
 * @order: its order
 *
 * Return: the head of the block.
 */
struct annex_page *annex_test_must_alloc(struct kunit *test,
					 struct annex *annex, gfp_t gfp,
					 unsigned int order)
{
	struct annex_page *page;

	KUNIT_ASSERT_EQ(test,
			annex_block_alloc(&annex->frames, gfp, order, &page),
			0);
	return page;
}

/**
 * annex_test_take() - take a block out of a zone, past the per-CPU lists
 * @zone: the zone
 * @order: of the block
 * @type: as a request would name it
 *
 * Return: its first frame, used; %ANNEX_PFN_NIL if there is none.
 */
annex_pfn_t annex_test_take(struct annex_zone *zone, unsigned int order,
			    unsigned int type)
{
	struct annex_page *page;
	unsigned long flags;
	unsigned int n;

	spin_lock_irqsave(&zone->lock, flags);
	n = annex_buddy_take_locked(zone, order, type, 1, &page);
	spin_unlock_irqrestore(&zone->lock, flags);
	if (!n)
		return ANNEX_PFN_NIL;
	annex_page_make_used(page, order, 0);
	return page - zone->frames->mem_map;
}

/**
 * annex_test_give() - give a block back, past the per-CPU lists
 * @test: the test
 * @zone: the zone
 * @pfn: first frame of a used block
 */
void annex_test_give(struct kunit *test, struct annex_zone *zone,
		     annex_pfn_t pfn)
{
	struct annex_page *page = zone->frames->mem_map + pfn;
	unsigned long flags;

	KUNIT_ASSERT_EQ(test, annex_page_drop_ref(page), 1);
	spin_lock_irqsave(&zone->lock, flags);
	annex_buddy_free_locked(zone, page, annex_page_order(page));
	spin_unlock_irqrestore(&zone->lock, flags);
}

/**
 * annex_test_count_areas() - how many free blocks a zone has
 * @zone: the zone
 * @nr: filled, by order
 */
void annex_test_count_areas(const struct annex_zone *zone,
			    unsigned long nr[ANNEX_MAX_ORDER])
{
	unsigned int order;

	for (order = 0; order < ANNEX_MAX_ORDER; order++)
		nr[order] = annex_zone_nr_free(zone, order);
}

/**
 * annex_test_expect_areas() - expect that a zone has so many free blocks
 * @test: the test
 * @zone: the zone
 * @nr: how many, by order
 */
void annex_test_expect_areas(struct kunit *test, const struct annex_zone *zone,
			     const unsigned long nr[ANNEX_MAX_ORDER])
{
	unsigned int order;

	for (order = 0; order < ANNEX_MAX_ORDER; order++)
		KUNIT_EXPECT_EQ_MSG(test, annex_zone_nr_free(zone, order),
				    nr[order], "order %u", order);
}

/**
 * annex_test_array() - room for all frames of a pool
 * @test: has it until it ends
 * @annex: the pool
 *
 * Return: as many entries as the pool has frames, and a last one, all NULL.
 */
struct annex_page **annex_test_array(struct kunit *test, struct annex *annex)
{
	struct annex_page **pages =
		kunit_kcalloc(test, annex->frames.nr_pages + 1, sizeof(*pages),
			      GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pages);
	return pages;
}

/**
 * annex_test_exhaust() - take single frames until there are no more
 * @annex: the pool
 * @gfp: flags of each request; __GFP_NORETRY is added if it may reclaim
 * @pages: from annex_test_array(), set to the frames
 *
 * Return: how many.
 */
unsigned int annex_test_exhaust(struct annex *annex, gfp_t gfp,
				struct annex_page **pages)
{
	unsigned int nr = 0;

	gfp |= __GFP_NOWARN;
	if (gfp & __GFP_DIRECT_RECLAIM)
		gfp |= __GFP_NORETRY;
	while (!annex_block_alloc(&annex->frames, gfp, 0, &pages[nr]))
		nr++;
	return nr;
}
