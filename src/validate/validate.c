// SPDX-License-Identifier: GPL-2.0-only
/*
 * Validation: does everything that annex records about a pool agree with the
 * descriptors of its frames?
 *
 * It checks that
 *  - zones tile the pool, and blocks tile each zone: every frame is in exactly
 *    one block, whose head has its state and order and is aligned to its size,
 *    and every other descriptor of the block is inner;
 *  - free blocks are in the list of their order, once; nr_free and
 *    nr_free_pages are what was counted; no two free buddies are unmerged;
 *  - free blocks are in the lists of their pageblock's type, frames are freed
 *    to the per-CPU lists of that type, and the zone's number of HighAtomic
 *    pageblocks and each pageblock's number of free frames are right;
 *  - reserved frames are those of memblock, and present is managed plus
 *    reserved;
 *  - memory map and memblock are well formed;
 *  - folios and blocks refer to each other (validate_folio.c);
 *  - LRU lists have the frames that they count (validate_lru.c);
 *  - slabs and caches refer to each other (validate_slab.c);
 *  - pkmap and kmap_local map what they record (validate_map.c), and so do the
 *    areas of vmalloc (validate_vm.c);
 *  - page tables map what they should (validate_pgtable.c), and those of
 *    processes what they count (validate_mm.c);
 *  - frame tables have the frames that they count, and no frame is in two
 *    places (validate_store.c);
 *  - each page of the lowmem, mem_map and page_owner windows maps the right
 *    frame, according to the host's page tables.
 *
 * On a pool in use, a zone is counted in chunks, with its lock dropped in
 * between, and again if its free lists have changed meanwhile. If they change
 * each time, or something is wrong, the zone is counted once more, and only
 * that count reports, so that nothing is reported twice or by mistake. It keeps
 * the lock all the time, unless the zone has more than 1 GB. A larger zone is
 * counted in chunks again: every frame is checked, and if the lists change even
 * now, the sums over the zone are not compared.
 *
 * Locking: zone->lock, with interrupts off, for 4,096 frames at a time or, in
 * the last count, for 1 GB.
 */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "base/show.h"
#include "page/buddy.h"
#include "page/page.h"
#include "page/pageblock.h"
#include "pool/pool.h"
#include "validate/validate.h"

/* Counts of a zone with its lock dropped in between, before the last one. */
#define PATIENCE	5

/* Four blocks of the largest order: some ten microseconds with the lock. */
#define CHUNK		(4 * ANNEX_MAX_ORDER_PAGES)

/* 1 GB: a few milliseconds with the lock, at a user's request. */
#define HOLD_MAX	(1UL << (30 - PAGE_SHIFT))

/* One fault may affect every descriptor: limit the lines. */
#define MAX_LINES	200

/* Pageblocks of a chunk, whose first and last may be partial. */
#define CHUNK_PAGEBLOCKS	(CHUNK / ANNEX_PAGEBLOCK_PAGES + 2)

struct census {
	struct annex *annex;
	struct annex_violations to;
	unsigned long frames[ANNEX_NR_PAGE_STATES];
	unsigned long blocks[ANNEX_MAX_ORDER][ANNEX_MIGRATE_TYPES];
	unsigned int free_in[CHUNK_PAGEBLOCKS]; /* by pageblock, of a chunk */
};

/* The caller's function, and how many lines it was given. */
struct reader {
	annex_violation_fn report; /* NULL: count only */
	void *arg;
	unsigned long lines;
};

static void pass_on(void *arg, struct va_format *vaf)
{
	struct reader *reader = arg;

	if (reader->lines++ < MAX_LINES && reader->report)
		reader->report(reader->arg, vaf);
}

/**
 * annex_violation() - report a violation
 * @to: where to
 * @fmt: one line, without a newline
 *
 * Context: any.
 */
void annex_violation(struct annex_violations *to, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	to->found++;
	if (!to->report)
		return;
	va_start(args, fmt);
	vaf.va = &args;
	to->report(to->arg, &vaf);
	va_end(args);
}

/* All frames of a block but the first must be inner. */
static void check_inner(struct census *c, annex_pfn_t pfn, unsigned int order)
{
	const struct annex_page *map = c->annex->frames.mem_map;
	annex_pfn_t i, end = pfn + (1U << order);

	for (i = pfn + 1; i < end; i++) {
		enum annex_page_state state = annex_page_state(map + i);

		if (state != ANNEX_PAGE_INNER)
			annex_violation(&c->to,
					"frame %#x inside the block %#x of order %u is %s",
					i, pfn, order,
					annex_page_state_name(state));
	}
}

static unsigned int type_of(const struct annex_frames *frames, annex_pfn_t pfn)
{
	return annex_pageblock(frames, pfn)->type;
}

static void check_unmerged(struct census *c, const struct annex_zone *zone,
			   annex_pfn_t pfn, unsigned int order)
{
	const struct annex *annex = c->annex;
	annex_pfn_t buddy = annex_buddy_pfn(pfn, order, annex->frames.bias);
	const struct annex_page *page = annex->frames.mem_map + buddy;

	if (order == ANNEX_MAX_ORDER - 1 || buddy < pfn ||
	    !annex_zone_spans(zone, buddy) ||
	    !annex_migratetype_is_mergeable(type_of(&annex->frames, pfn)) ||
	    !annex_migratetype_is_mergeable(type_of(&annex->frames, buddy)))
		return;
	if (annex_page_state(page) == ANNEX_PAGE_FREE &&
	    annex_page_order(page) == order)
		annex_violation(&c->to,
				"free buddies %#x and %#x of order %u stand apart",
				pfn, buddy, order);
}

/* Is there a whole block at @pfn? Returns its order, or -1. */
static int check_shape(struct census *c, const struct annex_zone *zone,
		       annex_pfn_t pfn, enum annex_page_state state)
{
	unsigned int order = annex_page_order(c->annex->frames.mem_map + pfn);

	if (state == ANNEX_PAGE_INNER || state >= ANNEX_NR_PAGE_STATES) {
		annex_violation(&c->to,
				"frame %#x, where a block begins, is %s", pfn,
				annex_page_state_name(state));
		return -1;
	}
	if (order >= ANNEX_MAX_ORDER ||
	    annex_block_pfn(pfn, order, c->annex->frames.bias) != pfn ||
	    !annex_zone_spans(zone, pfn + (1U << order) - 1)) {
		annex_violation(&c->to,
				"%s block %#x of order %u is misaligned or leaves the zone",
				annex_page_state_name(state), pfn, order);
		return -1;
	}
	return order;
}

/* Add a block's free frames to its pageblocks; it may span two of them. */
static void count_in_pageblocks(struct census *c, annex_pfn_t pfn,
				unsigned int order)
{
	u32 b = pfn + c->annex->frames.bias, end = b + (1U << order);

	while (b < end) {
		u32 stop = min(end, ALIGN(b + 1, ANNEX_PAGEBLOCK_PAGES));

		c->free_in[(b >> ANNEX_PAGEBLOCK_ORDER) % CHUNK_PAGEBLOCKS] +=
			stop - b;
		b = stop;
	}
}

/* Does each pageblock of a chunk have as many free frames as it records? */
static void check_free_in(struct census *c, const struct annex_zone *zone,
			  annex_pfn_t pfn, annex_pfn_t stop)
{
	u32 i = (pfn + c->annex->frames.bias) >> ANNEX_PAGEBLOCK_ORDER;
	u32 last = (stop - 1 + c->annex->frames.bias) >> ANNEX_PAGEBLOCK_ORDER;

	for (; i <= last; i++) {
		const struct annex_pageblock *block = zone->pageblock + i;
		unsigned int nr = c->free_in[i % CHUNK_PAGEBLOCKS];

		if (!block->fixed && block->nr_free != nr)
			annex_violation(&c->to,
					"%s: %u frames of pageblock %u are free, counted %u",
					zone->name, block->nr_free, i, nr);
	}
}

/* Check the block at @pfn and return the frame after it. */
static annex_pfn_t count_block(struct census *c, const struct annex_zone *zone,
			       annex_pfn_t pfn)
{
	/* Read once: the owner may change it meanwhile. */
	u32 word = atomic_read(&c->annex->frames.mem_map[pfn].state);
	enum annex_page_state state = word & ANNEX_PAGE_STATE_MASK;
	int order = check_shape(c, zone, pfn, state);

	if (order < 0)
		return pfn + 1;
	check_inner(c, pfn, order);
	c->frames[state] += 1UL << order;
	if (state == ANNEX_PAGE_USED && word < ANNEX_REF_ONE)
		annex_violation(&c->to, "used block %#x has no user", pfn);
	if (state == ANNEX_PAGE_FREE) {
		c->blocks[order][type_of(&c->annex->frames, pfn)]++;
		count_in_pageblocks(c, pfn, order);
		check_unmerged(c, zone, pfn, order);
	}
	return pfn + (1U << order);
}

/* Is a free block in the right list, after the right entry? */
static bool belongs(const struct annex_zone *zone, u32 b, unsigned int order,
		    unsigned int type, u32 prev)
{
	const struct annex_page *page = zone->map + b;
	u32 last = b + (1U << order) - 1;

	return annex_zone_spans(zone, b - zone->frames->bias) &&
	       (u8)atomic_read(&page->state) == ANNEX_FREE_MARK(order) &&
	       annex_page_order(page) == order &&
	       (page->link & ANNEX_PFN_MASK) == prev &&
	       zone->pageblock[b >> ANNEX_PAGEBLOCK_ORDER].type == type &&
	       zone->pageblock[last >> ANNEX_PAGEBLOCK_ORDER].type == type;
}

/* Does the list have the blocks that were counted, each once? */
static void check_list(struct census *c, const struct annex_zone *zone,
		       unsigned int order, unsigned int type)
{
	u32 head = annex_buddy_head(zone, type, order), prev = head;
	u32 b = annex_buddy_first(zone, type, order);
	unsigned long n = 0;

	for (; b != head && n <= c->blocks[order][type]; n++) {
		if (!belongs(zone, b, order, type, prev)) {
			annex_violation(&c->to,
					"%s: entry %#x of the %s list of order %u does not belong there",
					zone->name, b - zone->frames->bias,
					annex_migratetype_name(type), order);
			return;
		}
		prev = b;
		b = (u32)atomic_read(&zone->map[b].state) >>
		    (32 - ANNEX_PFN_BITS);
	}
	if (n != c->blocks[order][type])
		annex_violation(&c->to,
				"%s: the %s list of order %u has %lu blocks, the zone %lu",
				zone->name, annex_migratetype_name(type), order,
				n, c->blocks[order][type]);
	if (!(zone->free_orders[type] & 1U << order) != !n)
		annex_violation(&c->to,
				"%s: that there are %lu blocks of order %u %s is not noted",
				zone->name, n, order,
				annex_migratetype_name(type));
}

/* Frames of the free blocks of a type, as counted. */
static unsigned long free_of_type(const struct census *c, unsigned int type)
{
	unsigned long nr = 0;
	unsigned int order;

	for (order = 0; order < ANNEX_MAX_ORDER; order++)
		nr += c->blocks[order][type] << order;
	return nr;
}

static void check_free(struct census *c, const struct annex_zone *zone)
{
	unsigned long atomic = free_of_type(c, ANNEX_MIGRATE_HIGHATOMIC);
	unsigned long isolated = free_of_type(c, ANNEX_MIGRATE_ISOLATE);
	unsigned long free = c->frames[ANNEX_PAGE_FREE] - isolated;

	if (free != annex_zone_free_pages(zone))
		annex_violation(&c->to,
				"%s: nr_free_pages is %lu, %lu are free",
				zone->name, annex_zone_free_pages(zone), free);
	if (atomic != zone->free_highatomic || isolated != zone->free_isolated)
		annex_violation(&c->to,
				"%s: %lu and %lu free frames are kept, counted %lu and %lu",
				zone->name, zone->free_highatomic,
				zone->free_isolated, atomic, isolated);
}

/* The home of a pageblock that two zones share (fixed) is pcp_closed. */
static void check_pageblocks(struct census *c, const struct annex_zone *zone)
{
	u32 b = zone->zone_start_pfn + c->annex->frames.bias, end;
	unsigned long reserved = 0;

	for (end = b + zone->spanned_pages; b < end;
	     b = ALIGN(b + 1, ANNEX_PAGEBLOCK_PAGES)) {
		const struct annex_pageblock *block =
			zone->pageblock + (b >> ANNEX_PAGEBLOCK_ORDER);

		if (block->type == ANNEX_MIGRATE_HIGHATOMIC)
			reserved += ANNEX_PAGEBLOCK_PAGES;
		if (block->home !=
		    (block->fixed ? c->annex->frames.pcp_closed :
				    annex_pageblock_home(zone, block->type)))
			annex_violation(&c->to,
					"%s: what is freed in the pageblock of %#x, %s, goes elsewhere",
					zone->name, b - c->annex->frames.bias,
					annex_migratetype_name(block->type));
	}
	if (reserved != zone->nr_reserved_highatomic)
		annex_violation(&c->to,
				"%s: %lu frames are of HighAtomic pageblocks, counted %lu",
				zone->name, zone->nr_reserved_highatomic,
				reserved);
}

static void check_sums(struct census *c, const struct annex_zone *zone)
{
	unsigned long free = c->frames[ANNEX_PAGE_FREE];
	unsigned long reserved = c->frames[ANNEX_PAGE_RESERVED];
	unsigned long managed = free + c->frames[ANNEX_PAGE_CACHED] +
				c->frames[ANNEX_PAGE_USED] +
				c->frames[ANNEX_PAGE_FOLIO_SLAB];
	unsigned int order, type;

	for (order = 0; order < ANNEX_MAX_ORDER; order++) {
		unsigned long blocks = 0;

		for (type = 0; type < ANNEX_MIGRATE_TYPES; type++) {
			check_list(c, zone, order, type);
			blocks += c->blocks[order][type];
		}
		if (blocks != zone->nr_free[order])
			annex_violation(&c->to,
					"%s: nr_free of order %u is %u, counted %lu",
					zone->name, order, zone->nr_free[order],
					blocks);
	}
	check_free(c, zone);
	check_pageblocks(c, zone);
	if (managed != zone->managed_pages)
		annex_violation(&c->to, "%s: managed is %lu, counted %lu",
				zone->name, zone->managed_pages, managed);
	if (managed + reserved != zone->present_pages)
		annex_violation(&c->to, "%s: present is %lu, counted %lu",
				zone->name, zone->present_pages,
				managed + reserved);
}

/* No block crosses a multiple of the largest size: end a chunk at one. */
static annex_pfn_t chunk_end(const struct annex_zone *zone, annex_pfn_t pfn)
{
	return min(annex_zone_end_pfn(zone),
		   annex_block_pfn(pfn + CHUNK, ANNEX_MAX_ORDER - 1,
				   zone->frames->bias));
}

enum how {
	UNTIL_IT_MOVES,		/* stop when the free lists change */
	TO_THE_END,		/* go on then, but compare no sums */
	IN_ONE_GO,		/* keep the lock */
};

/* Check the blocks from @pfn to @stop, where one ends. */
static void count_chunk(struct census *c, const struct annex_zone *zone,
			annex_pfn_t pfn, annex_pfn_t stop)
{
	annex_pfn_t start = pfn;

	memset(c->free_in, 0, sizeof(c->free_in));
	while (pfn < stop)
		pfn = count_block(c, zone, pfn);
	check_free_in(c, zone, start, stop);
}

/*
 * Count a zone. False if its free lists changed meanwhile, so that no sums were
 * compared.
 */
static bool count_zone(struct census *c, struct annex_zone *zone, enum how how)
{
	annex_pfn_t pfn = zone->zone_start_pfn;
	annex_pfn_t stop, end = annex_zone_end_pfn(zone);
	unsigned long generation, flags;
	bool same = true;

	memset(c->frames, 0, sizeof(c->frames));
	memset(c->blocks, 0, sizeof(c->blocks));
	spin_lock_irqsave(&zone->lock, flags);
	generation = zone->generation;
	while (pfn < end && (same || how != UNTIL_IT_MOVES)) {
		stop = chunk_end(zone, pfn);
		count_chunk(c, zone, pfn, stop);
		pfn = stop;
		if (how == IN_ONE_GO)
			continue;
		spin_unlock_irqrestore(&zone->lock, flags);
		cond_resched();
		spin_lock_irqsave(&zone->lock, flags);
		same = zone->generation == generation;
	}
	if (same)
		check_sums(c, zone);
	spin_unlock_irqrestore(&zone->lock, flags);
	return same;
}

static void check_zone(struct census *c, struct annex_zone *zone)
{
	struct census quiet = { .annex = c->annex };
	unsigned int i;

	for (i = 0; i < PATIENCE; i++) {
		quiet.to.found = 0;
		if (count_zone(&quiet, zone, UNTIL_IT_MOVES) && !quiet.to.found)
			return;
	}
	count_zone(c, zone, zone->spanned_pages > HOLD_MAX ? TO_THE_END :
							     IN_ONE_GO);
}

static void check_zones(struct census *c)
{
	annex_pfn_t next = 0;
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		struct annex_zone *zone = &c->annex->frames.zones[i];

		if (zone->zone_start_pfn != next)
			annex_violation(&c->to,
					"%s begins at %#x, the zone before it ends at %#x",
					zone->name, zone->zone_start_pfn, next);
		next = annex_zone_end_pfn(zone);
		check_zone(c, zone);
	}
	if (next != c->annex->frames.nr_pages)
		annex_violation(&c->to, "the zones end at %#x, the pool at %#x",
				next, c->annex->frames.nr_pages);
}

/* Frames of memblock's reserved are marked; by the sums, no others are. */
static void check_reserved(struct census *c)
{
	const struct annex_memblock_type *res = &c->annex->memblock.reserved;
	unsigned long marked = 0, unmanaged = 0;
	unsigned int i;

	for (i = 0; i < res->cnt; i++) {
		u64 base = res->regions[i].base - c->annex->frames.range.start;
		annex_pfn_t pfn = base >> PAGE_SHIFT;
		annex_pfn_t end = (base + res->regions[i].size + PAGE_SIZE - 1)
				  >> PAGE_SHIFT;

		for (; pfn < end; pfn++, marked++)
			if (annex_page_state(c->annex->frames.mem_map + pfn) !=
			    ANNEX_PAGE_RESERVED)
				annex_violation(&c->to,
						"frame %#x of memblock's reserved is not",
						pfn);
	}
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		unmanaged += c->annex->frames.zones[i].present_pages -
			     c->annex->frames.zones[i].managed_pages;
	if (marked != unmanaged)
		annex_violation(&c->to,
				"memblock reserves %lu frames, the zones lack %lu",
				marked, unmanaged);
}

static void check_window(struct census *c, const struct annex_window *win,
			 u64 phys)
{
	unsigned long pfn = phys >> PAGE_SHIFT;
	unsigned long i;

	for (i = 0; win->addr && i < win->nr_pages; i++) {
		unsigned long mapped = annex_window_pfn(win, i);

		if (mapped != pfn + i)
			annex_violation(&c->to,
					"page %lu of window %s maps %#lx, not %#lx",
					i, win->name, mapped, pfn + i);
	}
}

/**
 * annex_validate() - check everything
 * @annex: the pool
 * @report: called with a line for each violation
 * @arg: for @report
 *
 * The pool may be in use. Blocks that are between a list and an owner count as
 * managed.
 *
 * Context: process.
 * Return: the number of violations.
 */
unsigned long annex_validate(struct annex *annex, annex_violation_fn report,
			     void *arg)
{
	struct reader reader = { report, arg };
	struct census c = { .annex = annex, .to = { pass_on, &reader } };

	if (!annex_memory_map_valid(&annex->memory_map))
		annex_violation(&c.to, "the memory map is malformed");
	if (!annex_memblock_valid(&annex->memblock))
		annex_violation(&c.to, "memblock is malformed");
	check_zones(&c);
	check_reserved(&c);
	annex_validate_folios(annex, pass_on, &reader);
	annex_validate_lru(annex, pass_on, &reader);
	annex_validate_slabs(annex, pass_on, &reader);
	annex_validate_pkmap(annex, pass_on, &reader);
	annex_validate_kmap_local(annex, pass_on, &reader);
	annex_validate_vm(annex, pass_on, &reader);
	annex_validate_pgtable(annex, pass_on, &reader);
	annex_validate_mms(annex, pass_on, &reader);
	annex_validate_store(annex, pass_on, &reader);
	check_window(&c, &annex->host.lowmem, annex->frames.range.start);
	check_window(&c, &annex->host.mem_map, annex->mem_map_phys);
	check_window(&c, &annex->host.owner, annex->owner_phys);
	return reader.lines;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_validate);

static void print_line(void *arg, struct va_format *vaf)
{
	seq_printf(arg, "%pV\n", vaf);
}

/**
 * annex_show_validate() - print "ok", or the violations
 * @m: where to
 * @annex: the pool
 *
 * Context: process.
 */
void annex_show_validate(struct seq_file *m, struct annex *annex)
{
	unsigned long n = annex_validate(annex, print_line, m);

	if (!n)
		seq_puts(m, "ok\n");
	else if (n > MAX_LINES)
		seq_printf(m, "and %lu more\n", n - MAX_LINES);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_show_validate);
