/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_PAGEBLOCK_H
#define ANNEX_PAGE_PAGEBLOCK_H

#include <linux/bits.h>
#include <linux/gfp.h>
#include <linux/types.h>
#include <annex/page.h>
#include <annex/types.h>

struct annex_frames;
struct annex_pcp_list;
struct annex_zone;

/* 512 frames, 2 MB: what one entry of a PAE page directory maps. */
#define ANNEX_PAGEBLOCK_ORDER	9
#define ANNEX_PAGEBLOCK_PAGES	((u32)BIT(ANNEX_PAGEBLOCK_ORDER))

/**
 * enum annex_migratetype - what the frames of a pageblock are used for
 * @ANNEX_MIGRATE_UNMOVABLE: data that cannot move until it is freed
 * @ANNEX_MIGRATE_MOVABLE: data that could be moved, or written out and evicted
 * @ANNEX_MIGRATE_RECLAIMABLE: data that shrinkers can free
 * @ANNEX_MIGRATE_PCPTYPES: number of the types that a request can name
 * @ANNEX_MIGRATE_HIGHATOMIC: kept for larger blocks of atomic requests
 * @ANNEX_MIGRATE_ISOLATE: not to be handed out
 * @ANNEX_MIGRATE_TYPES: how many there are
 */
enum annex_migratetype {
	ANNEX_MIGRATE_UNMOVABLE,
	ANNEX_MIGRATE_MOVABLE,
	ANNEX_MIGRATE_RECLAIMABLE,
	ANNEX_MIGRATE_PCPTYPES,
	ANNEX_MIGRATE_HIGHATOMIC = ANNEX_MIGRATE_PCPTYPES,
	ANNEX_MIGRATE_ISOLATE,
	ANNEX_MIGRATE_TYPES
};

/**
 * struct annex_pageblock - data of a pageblock
 * @home: the per-CPU list for frames freed in it; a list that takes nothing if
 *	each frame has to go to the zone at once
 * @type: enum annex_migratetype
 * @fixed: the pageblock lies in more than one zone, or not wholly in the pool,
 *	and keeps its type
 * @nr_free: its free frames; undefined for a fixed pageblock
 *
 * All but @fixed change under the zone's lock; @home is read without it.
 */
struct annex_pageblock {
	struct annex_pcp_list __percpu *home;
	u8 type;
	bool fixed;
	u16 nr_free;
};

/* The two gfp flags that name a type; their bits are the type's number. */
#define ANNEX_GFP_MOVABLE_SHIFT	3
#define ANNEX_GFP_MOVABLE_MASK	(__GFP_RECLAIMABLE | __GFP_MOVABLE)
static_assert((__force u32)__GFP_MOVABLE >> ANNEX_GFP_MOVABLE_SHIFT ==
	      ANNEX_MIGRATE_MOVABLE);
static_assert((__force u32)__GFP_RECLAIMABLE >> ANNEX_GFP_MOVABLE_SHIFT ==
	      ANNEX_MIGRATE_RECLAIMABLE);

/**
 * annex_gfp_migratetype() - the type of pageblock that a request wants
 * @gfp: the request's flags
 *
 * Context: any; a function of its argument.
 * Return: the type; %ANNEX_MIGRATE_PCPTYPES for flags that contradict each
 * other.
 */
static inline unsigned int annex_gfp_migratetype(gfp_t gfp)
{
	return (__force u32)(gfp & ANNEX_GFP_MOVABLE_MASK) >>
	       ANNEX_GFP_MOVABLE_SHIFT;
}

/* Do blocks of this type merge with blocks of other mergeable types? */
static inline bool annex_migratetype_is_mergeable(unsigned int type)
{
	return type < ANNEX_MIGRATE_PCPTYPES;
}

bool annex_pageblock_worth_claiming(unsigned int from, unsigned int type);
const char *annex_migratetype_name(unsigned int type);
void annex_pageblocks_init(struct annex_frames *frames);
void annex_pageblock_set_type(struct annex_zone *zone,
			      struct annex_pageblock *block, unsigned int type);
struct annex_pcp_list __percpu *
annex_pageblock_home(const struct annex_zone *zone, unsigned int type);
void annex_pageblocks_set_home(struct annex_frames *frames);
int annex_pageblock_fallback_locked(struct annex_zone *zone, unsigned int order,
				    unsigned int type);
void annex_pageblock_reserve(struct annex_zone *zone, struct annex_page *page);
bool annex_pageblock_unreserve(struct annex_frames *frames, int highest,
			       unsigned int type);
int annex_pageblock_isolate(struct annex_frames *frames, annex_pfn_t pfn);
int annex_pageblock_unisolate(struct annex_frames *frames, annex_pfn_t pfn);

#endif /* ANNEX_PAGE_PAGEBLOCK_H */
