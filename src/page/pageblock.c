// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pageblocks: grouping the frames of a zone by mobility.
 *
 * One frame that cannot move keeps the largest block around it from becoming
 * free. So unmovable frames are grouped: each pageblock, 512 frames, has a
 * type, and a request is served from pageblocks of the type that its gfp flags
 * name.
 *
 *   |  Movable  |  Movable  | Unmovable |  Movable  | Reclaimable |
 *   |###  # ## #|  ## #   # |###########|           |## ###       |
 *
 * All begin as Movable. If the type of a request has no free block left, the
 * request claims the pageblock of the largest free block of another type, if at
 * least half of the pageblock is free. If it can claim none, it takes the
 * smallest sufficient block, and the pageblock keeps its type.
 *
 * Requests cannot name two of the types. HighAtomic pageblocks are kept for
 * atomic requests of more than one frame. They are at most a hundredth of the
 * zone and one pageblock, and are given up when another request would fail.
 * Isolated pageblocks are not handed out: their free frames do not count as
 * free.
 *
 * A pageblock that lies in two zones, as in ragged pools, keeps its first type,
 * because two locks protect it.
 *
 * Locking: a pageblock changes under zone->lock. home, the list for freed
 * frames, is read without it: a freed frame may still get on a CPU's list of
 * its pageblock's former type. When that list is drained, the frame goes to the
 * free list of the new type.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/preempt.h>

#include "base/for_kunit.h"
#include "base/trace.h"
#include "page/buddy.h"
#include "page/frames.h"
#include "page/pageblock.h"
#include "page/pcp.h"
#include "page/report.h"
#include "page/upcalls.h"

static const char * const names[] = {
	[ANNEX_MIGRATE_UNMOVABLE] = "Unmovable",
	[ANNEX_MIGRATE_MOVABLE] = "Movable",
	[ANNEX_MIGRATE_RECLAIMABLE] = "Reclaimable",
	[ANNEX_MIGRATE_HIGHATOMIC] = "HighAtomic",
	[ANNEX_MIGRATE_ISOLATE] = "Isolate",
};

static_assert(ARRAY_SIZE(names) == ANNEX_MIGRATE_TYPES);

/*
 * The types from which a type takes blocks when it has none, the least harmful
 * first, as in the kernel.
 */
static const u8 fallbacks[ANNEX_MIGRATE_PCPTYPES][2] = {
	[ANNEX_MIGRATE_UNMOVABLE] = {
		ANNEX_MIGRATE_RECLAIMABLE, ANNEX_MIGRATE_MOVABLE },
	[ANNEX_MIGRATE_MOVABLE] = {
		ANNEX_MIGRATE_RECLAIMABLE, ANNEX_MIGRATE_UNMOVABLE },
	[ANNEX_MIGRATE_RECLAIMABLE] = {
		ANNEX_MIGRATE_UNMOVABLE, ANNEX_MIGRATE_MOVABLE },
};

/**
 * annex_migratetype_name() - name of a type in pagetypeinfo
 * @type: enum annex_migratetype
 */
const char *annex_migratetype_name(unsigned int type)
{
	return type < ANNEX_MIGRATE_TYPES ? names[type] : "none";
}
EXPORT_SYMBOL_FOR_KUNIT(annex_migratetype_name);

/**
 * annex_pageblock_worth_claiming() - claim the pageblock as well as the block?
 * @from: order of the free block of another type
 * @type: the type that wants it
 *
 * The kernel's rule: movable data may share a pageblock with other types.
 * Unmovable and reclaimable data get a pageblock of their own, and so does any
 * data if @from is at least half the order of a pageblock.
 *
 * Context: any; a function of its arguments.
 */
bool annex_pageblock_worth_claiming(unsigned int from, unsigned int type)
{
	return from >= ANNEX_PAGEBLOCK_ORDER / 2 ||
	       type != ANNEX_MIGRATE_MOVABLE;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pageblock_worth_claiming);

/**
 * annex_pageblock_home() - the per-CPU list for frames freed in a pageblock
 * @zone: its zone
 * @type: its type
 *
 * Context: any.
 */
struct annex_pcp_list __percpu *
annex_pageblock_home(const struct annex_zone *zone, unsigned int type)
{
	if (!zone->pcp || !annex_migratetype_is_mergeable(type))
		return zone->frames->pcp_closed;
	return annex_pcp_list(zone, type, 0);
}

/**
 * annex_pageblock_set_type() - set the type of a pageblock
 * @zone: the zone in which all of it lies
 * @block: the pageblock, not a fixed one
 * @type: the type
 *
 * The caller moves its free frames.
 *
 * Context: any, with zone->lock held.
 */
void annex_pageblock_set_type(struct annex_zone *zone,
			      struct annex_pageblock *block, unsigned int type)
{
	block->type = type;
	WRITE_ONCE(block->home, annex_pageblock_home(zone, type));
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pageblock_set_type);

static annex_pfn_t first_frame(const struct annex_frames *frames, u32 i)
{
	return (i << ANNEX_PAGEBLOCK_ORDER) - frames->bias;
}

/**
 * annex_pageblocks_init() - initialise all pageblocks of a new pool
 * @frames: the frames of the pool; the zones are laid out and empty
 *
 * Context: process; the pool is not published yet.
 */
void annex_pageblocks_init(struct annex_frames *frames)
{
	u32 i;

	frames->nr_pageblocks = DIV_ROUND_UP(frames->bias + frames->nr_pages,
					     ANNEX_PAGEBLOCK_PAGES);
	for (i = 0; i < frames->nr_pageblocks; i++) {
		struct annex_pageblock *block = frames->pageblock + i;
		annex_pfn_t first = first_frame(frames, i);
		annex_pfn_t last = first + ANNEX_PAGEBLOCK_PAGES - 1;

		block->type = annex_first_type(frames);
		block->fixed = first >= frames->nr_pages ||
			       last >= frames->nr_pages ||
			       annex_pfn_zone(frames, first) !=
				       annex_pfn_zone(frames, last);
	}
}

/**
 * annex_pageblocks_set_home() - set the home of all pageblocks
 * @frames: the frames of the pool; the per-CPU lists exist
 *
 * Context: process; no allocations yet.
 */
void annex_pageblocks_set_home(struct annex_frames *frames)
{
	u32 i;

	for (i = 0; i < frames->nr_pageblocks; i++) {
		struct annex_pageblock *block = frames->pageblock + i;
		annex_pfn_t first = first_frame(frames, i);

		if (block->fixed)
			block->home = frames->pcp_closed;
		else
			annex_pageblock_set_type(annex_pfn_zone(frames, first),
						 block, block->type);
	}
}

/* A request takes a block of another type: trace whether it also claimed. */
static void trace_fallback(const struct annex_zone *zone, u32 b,
			   unsigned int order, unsigned int from,
			   unsigned int other, unsigned int type)
{
	const struct annex_pageblock *block =
		zone->pageblock + (b >> ANNEX_PAGEBLOCK_ORDER);

	trace_mm_page_alloc_extfrag(b - zone->frames->bias, order, from, type,
				    other, block->type == type);
}

/* Claim the pageblock of a free block for @type, if that is worth it. */
static bool claim(struct annex_zone *zone, unsigned int order,
		  unsigned int from, unsigned int other, unsigned int type)
{
	u32 b = annex_buddy_first(zone, other, from);
	const struct annex_pageblock *block =
		zone->pageblock + (b >> ANNEX_PAGEBLOCK_ORDER);

	if (!annex_pageblock_worth_claiming(from, type) || block->fixed ||
	    block->nr_free < ANNEX_PAGEBLOCK_PAGES / 2)
		return false;
	if (order > ANNEX_PAGEBLOCK_ORDER)
		annex_buddy_claim_locked(zone, order, other, type);
	else
		annex_move_freepages_locked(zone, b, other, type);
	trace_fallback(zone, b, order, from, other, type);
	return true;
}

/* Try to claim a pageblock with a free block of an order. */
static bool claim_from(struct annex_zone *zone, unsigned int order,
		       unsigned int from, unsigned int type)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fallbacks[type]); i++) {
		unsigned int other = fallbacks[type][i];

		if (zone->free_orders[other] & 1U << from &&
		    claim(zone, order, from, other, type))
			return true;
	}
	return false;
}

/*
 * Try to claim a pageblock, from the largest free blocks down. A free block of
 * one pageblock is tried before those of order 10, to keep these whole.
 */
static bool claim_any(struct annex_zone *zone, unsigned int order,
		      unsigned int type)
{
	int from;

	if (order <= ANNEX_PAGEBLOCK_ORDER &&
	    claim_from(zone, order, ANNEX_PAGEBLOCK_ORDER, type))
		return true;
	for (from = ANNEX_MAX_ORDER - 1; from >= (int)order; from--)
		if (claim_from(zone, order, from, type))
			return true;
	return false;
}

/**
 * annex_pageblock_fallback_locked() - find a block for a type that has none
 * @zone: the zone
 * @order: the order wanted
 * @type: the type that wants it
 *
 * Context: any, with zone->lock held.
 * Return: the type that now has a block of @order or more: @type itself if it
 * could claim a pageblock; -1 if there is none.
 */
int annex_pageblock_fallback_locked(struct annex_zone *zone, unsigned int order,
				    unsigned int type)
{
	unsigned int i, from;

	if (!annex_migratetype_is_mergeable(type))
		return -1;
	if (claim_any(zone, order, type))
		return type;
	for (from = order; from < ANNEX_MAX_ORDER; from++) {
		for (i = 0; i < ARRAY_SIZE(fallbacks[type]); i++) {
			unsigned int other = fallbacks[type][i];

			if (!(zone->free_orders[other] & 1U << from))
				continue;
			trace_fallback(zone,
				       annex_buddy_first(zone, other, from),
				       order, from, other, type);
			return other;
		}
	}
	return -1;
}

/**
 * annex_pageblock_reserve() - keep a block's pageblock for atomic requests
 * @zone: its zone
 * @page: a block of more than one frame that such a request has just got
 *
 * Context: any but NMI.
 */
void annex_pageblock_reserve(struct annex_zone *zone, struct annex_page *page)
{
	unsigned long most = zone->managed_pages / 100 + ANNEX_PAGEBLOCK_PAGES;
	u32 b = page - zone->map;
	struct annex_pageblock *block = zone->pageblock +
					(b >> ANNEX_PAGEBLOCK_ORDER);
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	if (zone->nr_reserved_highatomic + ANNEX_PAGEBLOCK_PAGES <= most &&
	    !block->fixed && annex_migratetype_is_mergeable(block->type)) {
		zone->nr_reserved_highatomic += ANNEX_PAGEBLOCK_PAGES;
		annex_move_freepages_locked(zone, b, block->type,
					    ANNEX_MIGRATE_HIGHATOMIC);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pageblock_reserve);

/* Give up one pageblock that is kept for atomic requests. */
static bool unreserve_one(struct annex_zone *zone, unsigned int type)
{
	unsigned int order;
	unsigned long flags;
	bool done = false;
	u32 b;

	spin_lock_irqsave(&zone->lock, flags);
	if (zone->free_orders[ANNEX_MIGRATE_HIGHATOMIC]) {
		order = __ffs(zone->free_orders[ANNEX_MIGRATE_HIGHATOMIC]);
		b = annex_buddy_first(zone, ANNEX_MIGRATE_HIGHATOMIC, order) &
		    ~(ANNEX_PAGEBLOCK_PAGES - 1);
		zone->nr_reserved_highatomic -= ANNEX_PAGEBLOCK_PAGES;
		annex_move_freepages_locked(zone, b, ANNEX_MIGRATE_HIGHATOMIC,
					    type);
		annex_buddy_remerge_locked(zone, b);
		done = true;
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return done;
}

/**
 * annex_pageblock_unreserve() - give up a pageblock kept for atomic requests
 * @frames: the frames of the pool
 * @highest: the highest zone it may be of
 * @type: the type it becomes
 *
 * Context: any but NMI.
 * Return: whether there was one with a free block in it.
 */
bool annex_pageblock_unreserve(struct annex_frames *frames, int highest,
			       unsigned int type)
{
	int i;

	for (i = highest; i >= 0; i--)
		if (unreserve_one(&frames->zones[i], type))
			return true;
	return false;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pageblock_unreserve);

static int change_isolation(struct annex_frames *frames, annex_pfn_t pfn,
			    bool isolate)
{
	unsigned int to =
		isolate ? ANNEX_MIGRATE_ISOLATE : annex_first_type(frames);
	struct annex_pageblock *block;
	struct annex_zone *zone;
	unsigned long flags;
	int err = 0;
	u32 b;

	zone = annex_pfn_zone(frames, pfn);
	block = annex_pageblock(frames, pfn);
	b = (pfn + frames->bias) & ~(ANNEX_PAGEBLOCK_PAGES - 1);
	spin_lock_irqsave(&zone->lock, flags);
	if (block->fixed || block->type == ANNEX_MIGRATE_HIGHATOMIC) {
		err = -EBUSY;
	} else if ((block->type == ANNEX_MIGRATE_ISOLATE) == isolate) {
		err = -EALREADY;
	} else {
		annex_move_freepages_locked(zone, b, block->type, to);
		if (!isolate)
			annex_buddy_remerge_locked(zone, b);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	if (!err && !isolate)
		annex_alloc_waiters_wake(frames, zone->idx);
	return err;
}

static const char * const misuse[2][2] = {
	[true] = { "isolate", "the pageblock is isolated already" },
	[false] = { "unisolate", "the pageblock is not isolated" },
};

/* The same, with misuse refused and reported. */
static int isolate_or_refuse(struct annex_frames *frames, annex_pfn_t pfn,
			     bool isolate)
{
	const char *call = misuse[isolate][0];
	int err;

	if (in_nmi())
		return annex_refuse_call(frames, ANNEX_BAD_REF, -EINVAL, call,
					 annex_in_nmi_text);
	if (pfn >= frames->nr_pages)
		return annex_refuse_call(frames, ANNEX_BAD_REF, -ERANGE, call,
					 "the pool has no such frame; annex pfns count from its start");
	err = change_isolation(frames, pfn, isolate);
	if (err == -EALREADY)
		annex_refuse_call(frames, ANNEX_BAD_REF, err, call,
				  misuse[isolate][1]);
	return err;
}

/* annex_isolate_pageblock() in a pool. Process context, may sleep. */
int annex_pageblock_isolate(struct annex_frames *frames, annex_pfn_t pfn)
{
	int err = isolate_or_refuse(frames, pfn, true);

	if (!err)
		annex_pcp_drain_every(frames);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pageblock_isolate);

/* annex_unisolate_pageblock() in a pool. */
int annex_pageblock_unisolate(struct annex_frames *frames, annex_pfn_t pfn)
{
	return isolate_or_refuse(frames, pfn, false);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pageblock_unisolate);
