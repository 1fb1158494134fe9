// SPDX-License-Identifier: GPL-2.0-only
// fuzz: src/page/buddy.c src/page/move_freepages.c src/page/pageblock.c src/page/zone.c
// fuzz: src/page/page.c src/boot/memory_map.c src/boot/memblock.c
// fuzz: src/base/refuse.c src/validate/validate.c
/*
 * The buddy allocator with its pageblocks, in pools of all shapes, against a
 * byte for each frame: free, reserved, or held by the model.
 *
 * What is given must have been free, aligned and of the type asked for. That
 * nothing is given is right only if the model has nothing either: an aligned run
 * of free frames must have become one block. Now and then, and in the end, annex
 * recounts itself, and when all has been given back the lists are as long as they
 * were.
 */
#include "fuzz.h"
#include "page/alloc_wait.h"
#include "page/buddy.h"
#include "page/page.h"
#include "page/pageblock.h"
#include "page/pcp.h"
#include "page/report.h"
#include "page/upcalls.h"
#include "pool/pool.h"

#define FRAMES_MAX	9216
#define BLOCKS_MAX	(FRAMES_MAX / ANNEX_PAGEBLOCK_PAGES + 3)
#define HELD_MAX	200
#define MANY		16

enum { FREE, RESERVED, HELD };

struct held {
	struct annex_zone *zone;
	struct annex_page *page;
	unsigned int order;
};

/**
 * struct model - a pool and what is known of it
 * @annex: the pool
 * @is: whose each frame is
 * @held: blocks that were taken
 * @nr_held: how many
 * @nr_free: free frames, by zone
 * @fresh: free blocks of the new pool, by zone and order
 */
static struct model {
	struct annex annex;
	u8 is[FRAMES_MAX];
	struct held held[HELD_MAX];
	unsigned int nr_held;
	unsigned long nr_free[ANNEX_MAX_NR_ZONES];
	u32 fresh[ANNEX_MAX_NR_ZONES][ANNEX_MAX_ORDER];
} m;

/* What is beyond these files has nothing to say here. */
int annex_refuse_call(struct annex_frames *frames, enum annex_counter counter,
		      int err, const char *call, const char *why)
{
	return err;
}

void annex_alloc_waiters_init(struct annex_frames *frames)
{
}

void annex_pcp_drain_every(struct annex_frames *frames)
{
}

void annex_validate_folios(struct annex *annex, annex_violation_fn report,
			   void *arg)
{
}

void annex_validate_lru(struct annex *annex, annex_violation_fn report,
			void *arg)
{
}

void annex_validate_slabs(struct annex *annex, annex_violation_fn report,
			  void *arg)
{
}

void annex_validate_pkmap(struct annex *annex, annex_violation_fn report,
			  void *arg)
{
}

void annex_validate_kmap_local(struct annex *annex, annex_violation_fn report,
			       void *arg)
{
}

void annex_validate_vm(struct annex *annex, annex_violation_fn report, void *arg)
{
}

void annex_validate_mms(struct annex *annex, annex_violation_fn report,
			void *arg)
{
}

void annex_validate_store(struct annex *annex, annex_violation_fn report,
			  void *arg)
{
}

void annex_validate_pgtable(struct annex *annex, annex_violation_fn report,
			    void *arg)
{
}

/* The pool */

static void give_to_zone(void *zone, annex_pfn_t pfn, unsigned int order)
{
	annex_buddy_add(zone, pfn, order);
}

static void make_range(struct fuzz_input *in)
{
	struct annex *annex = &m.annex;

	annex->frames.nr_pages = 1024 + fuzz_below(in, FRAMES_MAX - 1024);
	annex->frames.base_pfn =
		(5UL << 18) + fuzz_below(in, ANNEX_MAX_ORDER_PAGES);
	annex->frames.range.start = (u64)annex->frames.base_pfn << PAGE_SHIFT;
	annex->frames.range.end = annex->frames.range.start +
				  ((u64)annex->frames.nr_pages << PAGE_SHIFT);
	annex->frames.bias =
		annex->frames.base_pfn & (ANNEX_MAX_ORDER_PAGES - 1);
	annex->mem_map_bytes = annex_map_bytes(&annex->frames);
	annex->host.mem_map.addr = NULL;
	annex_map_set(&annex->frames, calloc(1, annex->mem_map_bytes));
}

static void make_memblock(struct fuzz_input *in)
{
	struct annex *annex = &m.annex;
	u64 start = annex->frames.range.start;
	u32 i, nr = fuzz_below(in, 4);

	annex_memory_map_init(&annex->memory_map, start,
			      annex->frames.range.end);
	for (i = 0; i < nr; i++) {
		u64 first = fuzz_below(in, annex->frames.nr_pages);
		u64 end = first + 1 + fuzz_below(in, 256);

		annex_memory_map_reserve(&annex->memory_map,
					 start + (first << PAGE_SHIFT),
					 min(start + (end << PAGE_SHIFT),
					     annex->frames.range.end));
	}
	annex_memblock_init(&annex->memblock);
	FUZZ_EQ(annex_memblock_from_memory_map(&annex->memblock,
					       &annex->memory_map),
		0);
	for (i = 0; i < annex->memblock.reserved.cnt; i++) {
		const struct annex_memblock_region *r =
			&annex->memblock.reserved.regions[i];

		memset(m.is + ((r->base - start) >> PAGE_SHIFT), RESERVED,
		       r->size >> PAGE_SHIFT);
	}
}

static void make_zones(struct fuzz_input *in)
{
	struct annex *annex = &m.annex;
	struct annex_zone_limits lim = {
		.base_pfn = annex->frames.base_pfn,
		.nr_pages = annex->frames.nr_pages,
		.lowmem_pages = 1 + fuzz_below(in, annex->frames.nr_pages),
		.dma32 = fuzz_u8(in) & 1,
	};
	unsigned int i;

	lim.movable_pages =
		fuzz_below(in, annex->frames.nr_pages - lim.lowmem_pages + 1);
	annex->frames.lowmem_pages = lim.lowmem_pages;
	annex->frames.ungrouped = fuzz_u8(in) & 1;
	annex_zones_init(&annex->frames, &lim);
	annex_pages_reserve(&annex->frames, &annex->memblock.reserved);
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		struct annex_zone *zone = &annex->frames.zones[i];

		m.nr_free[i] =
			annex_memblock_walk_blocks(&annex->memblock,
						   annex->frames.range.start,
						   zone->zone_start_pfn,
						   annex_zone_end_pfn(zone),
						   give_to_zone, zone);
		memcpy(m.fresh[i], zone->nr_free, sizeof(m.fresh[i]));
	}
	annex_pageblocks_set_home(&annex->frames);
}

static void check_all(void)
{
	FUZZ_EQ(annex_validate(&m.annex, fuzz_violation, NULL), 0);
}

static void check_counts(void)
{
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		const struct annex_zone *zone = &m.annex.frames.zones[i];

		FUZZ_EQ(annex_zone_free_pages(zone) + zone->free_isolated,
			m.nr_free[i]);
		FUZZ_CHECK(!zone->lock.held, "%s", zone->name);
	}
}

/* Taking */

static unsigned int type_of(annex_pfn_t pfn)
{
	return annex_pageblock(&m.annex.frames, pfn)->type;
}

/* Has the zone an aligned run of free frames of types that @types has bits of? */
static bool has_run(const struct annex_zone *zone, unsigned int order,
		    unsigned int types)
{
	annex_pfn_t pfn, end = annex_zone_end_pfn(zone);
	u32 size = 1U << order, run = 0;

	for (pfn = zone->zone_start_pfn; pfn < end; pfn++) {
		if (!((pfn + m.annex.frames.bias) & (size - 1)))
			run = 0;
		else if (pfn == zone->zone_start_pfn)
			run = size;	/* a block that begins before the zone */
		if (m.is[pfn] != FREE || !(types & 1U << type_of(pfn)))
			run = size;
		if (run < size && ++run == size)
			return true;
	}
	return false;
}

static void note_taken(struct annex_zone *zone, struct annex_page *page,
		       unsigned int order)
{
	annex_pfn_t pfn = page - m.annex.frames.mem_map, i;
	u32 size = 1U << order;

	FUZZ_EQ(annex_page_state(page), ANNEX_PAGE_CACHED);
	FUZZ_EQ(annex_page_order(page), order);
	FUZZ_EQ((m.annex.frames.base_pfn + pfn) & (size - 1), 0);
	FUZZ_CHECK(annex_zone_spans(zone, pfn) &&
		   annex_zone_spans(zone, pfn + size - 1), "block %#x", pfn);
	for (i = pfn; i < pfn + size; i++) {
		FUZZ_EQ(m.is[i], FREE);
		FUZZ_EQ(annex_block_head(&m.annex.frames, i), pfn);
		m.is[i] = HELD;
	}
	m.held[m.nr_held++] = (struct held){ zone, page, order };
	m.nr_free[zone->idx] -= size;
}

/* A pageblock changes sides for a request only if half of it was free. */
static void check_claims(const u8 *types)
{
	u32 i, b, nr;

	for (i = 0; i < m.annex.frames.nr_pageblocks; i++) {
		if (m.annex.frames.pageblock[i].type == types[i])
			continue;
		FUZZ_CHECK(!m.annex.frames.pageblock[i].fixed, "pageblock %u",
			   i);
		b = i * ANNEX_PAGEBLOCK_PAGES - m.annex.frames.bias;
		for (nr = 0; annex_pageblock(&m.annex.frames, b) ==
			     m.annex.frames.pageblock + i;
		     b++)
			nr += m.is[b] == FREE;
		FUZZ_CHECK(nr >= ANNEX_PAGEBLOCK_PAGES / 2, "%u are free", nr);
	}
}

#define REQUESTED_TYPES	((1U << ANNEX_MIGRATE_PCPTYPES) - 1)

static void take(struct fuzz_input *in, bool of_type)
{
	struct annex_zone *zone =
		&m.annex.frames.zones[fuzz_below(in, ANNEX_MAX_NR_ZONES)];
	unsigned int order = fuzz_below(in, ANNEX_MAX_ORDER), i, got;
	unsigned int type = fuzz_below(in, ANNEX_MIGRATE_PCPTYPES + of_type);
	unsigned int nr = 1 + fuzz_below(in, MANY);
	struct annex_page *page[MANY];
	u8 types[BLOCKS_MAX];

	for (i = 0; i < m.annex.frames.nr_pageblocks; i++)
		types[i] = m.annex.frames.pageblock[i].type;
	nr = min(nr, HELD_MAX - m.nr_held);
	if (m.annex.frames.ungrouped && type < ANNEX_MIGRATE_PCPTYPES)
		type = ANNEX_MIGRATE_UNMOVABLE;
	spin_lock(&zone->lock);
	got = of_type ?
	      annex_buddy_take_type_locked(zone, order, type, nr, page) :
	      annex_buddy_take_locked(zone, order, type, nr, page);
	spin_unlock(&zone->lock);
	FUZZ_CHECK(got <= nr, "%u", got);
	check_claims(types);
	for (i = 0; i < got; i++) {
		if (of_type)
			FUZZ_EQ(type_of(page[i] - m.annex.frames.mem_map),
				type);
		note_taken(zone, page[i], order);
	}
	if (of_type && got < nr)
		FUZZ_CHECK(!has_run(zone, order, 1U << type),
			   "order %u of type %u", order, type);
	if (!of_type && !got && nr)
		FUZZ_CHECK(!has_run(zone, order, REQUESTED_TYPES), "order %u",
			   order);
}

/* Giving back */

static void note_given(unsigned int i)
{
	const struct held *held = &m.held[i];

	memset(m.is + (held->page - m.annex.frames.mem_map), FREE,
	       1U << held->order);
	m.nr_free[held->zone->idx] += 1U << held->order;
	m.held[i] = m.held[--m.nr_held];
}

static void give(unsigned int i)
{
	struct held *held = &m.held[i];

	spin_lock(&held->zone->lock);
	annex_buddy_free_locked(held->zone, held->page, held->order);
	spin_unlock(&held->zone->lock);
	note_given(i);
}

/* All that are like the one at @i, in one call. */
static void give_many(unsigned int i)
{
	const struct held like = m.held[i];
	struct annex_page *page[MANY];
	unsigned int nr = 0;

	for (i = m.nr_held; i-- && nr < MANY;) {
		if (m.held[i].zone != like.zone || m.held[i].order != like.order)
			continue;
		page[nr++] = m.held[i].page;
		note_given(i);
	}
	spin_lock(&like.zone->lock);
	annex_buddy_free_many_locked(like.zone, page, nr, like.order);
	spin_unlock(&like.zone->lock);
}

/* Pageblocks */

static void isolate(struct fuzz_input *in, bool on)
{
	annex_pfn_t pfn = fuzz_below(in, m.annex.frames.nr_pages + 8);
	const struct annex_pageblock *block =
		annex_pageblock(&m.annex.frames, pfn);
	int err, expected = 0;

	if (pfn >= m.annex.frames.nr_pages)
		expected = -ERANGE;
	else if (block->fixed || block->type == ANNEX_MIGRATE_HIGHATOMIC)
		expected = -EBUSY;
	else if ((block->type == ANNEX_MIGRATE_ISOLATE) == on)
		expected = -EALREADY;
	err = on ? annex_pageblock_isolate(&m.annex.frames, pfn) :
		   annex_pageblock_unisolate(&m.annex.frames, pfn);
	FUZZ_EQ(err, expected);
}

static void unreserve(struct fuzz_input *in)
{
	unsigned int type = m.annex.frames.ungrouped ?
				    ANNEX_MIGRATE_UNMOVABLE :
				    fuzz_below(in, ANNEX_MIGRATE_PCPTYPES);
	int highest = fuzz_below(in, ANNEX_MAX_NR_ZONES), i;
	bool has = false;

	for (i = 0; i <= highest; i++)
		has |= m.annex.frames.zones[i].free_highatomic;
	FUZZ_EQ(annex_pageblock_unreserve(&m.annex.frames, highest, type), has);
}

static void step(struct fuzz_input *in)
{
	u8 op = fuzz_u8(in) & 15;
	unsigned int i = m.nr_held ? fuzz_u8(in) % m.nr_held : 0;

	switch (op) {
	case 0 ... 4:
		take(in, false);
		break;
	case 5:
		take(in, true);
		break;
	case 6 ... 9:
		if (m.nr_held)
			give(i);
		break;
	case 10:
		if (m.nr_held)
			give_many(i);
		break;
	case 11:
	case 12:
		isolate(in, op == 11);
		break;
	case 13:
		if (m.nr_held && m.held[i].order)
			annex_pageblock_reserve(m.held[i].zone,
						m.held[i].page);
		break;
	case 14:
		unreserve(in);
		break;
	default:
		check_all();
	}
}

static void expect_fresh(void)
{
	unsigned int i, order;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		for (order = 0; order < ANNEX_MAX_ORDER; order++)
			FUZZ_EQ(m.annex.frames.zones[i].nr_free[order],
				m.fresh[i][order]);
	FUZZ_EQ(annex_zones_used(&m.annex.frames), 0);
}

static void clean_up(void)
{
	annex_pfn_t pfn;

	while (m.nr_held)
		give(m.nr_held - 1);
	for (pfn = 0; pfn < m.annex.frames.nr_pages; pfn++)
		if (type_of(pfn) == ANNEX_MIGRATE_ISOLATE)
			FUZZ_EQ(annex_pageblock_unisolate(&m.annex.frames, pfn),
				0);
	while (annex_pageblock_unreserve(&m.annex.frames,
					 ANNEX_MAX_NR_ZONES - 1,
					 annex_first_type(&m.annex.frames)))
		;
	check_counts();
	check_all();
	expect_fresh();
	annex_memblock_destroy(&m.annex.memblock);
	free(m.annex.frames.mem_map - m.annex.frames.bias);
}

void fuzz_target(struct fuzz_input *in)
{
	memset(&m, 0, sizeof(m));
	make_range(in);
	make_memblock(in);
	make_zones(in);
	while (fuzz_more(in)) {
		step(in);
		check_counts();
	}
	clean_up();
}
