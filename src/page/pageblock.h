/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_PAGEBLOCK_H
#define ANNEX_PAGE_PAGEBLOCK_H

#include <linux/bits.h>
#include <linux/gfp.h>
#include <linux/types.h>
#include <annex/page.h>
#include <annex/types.h>

struct annex;
struct annex_pcp_list;
struct annex_zone;

/* 512 frames, 2 MB: what one entry of a PAE page directory maps. */
#define ANNEX_PAGEBLOCK_ORDER	9
#define ANNEX_PAGEBLOCK_PAGES	((u32)BIT(ANNEX_PAGEBLOCK_ORDER))

/**
 * enum annex_migratetype - what the frames of a pageblock are used for
 * @ANNEX_MIGRATE_UNMOVABLE: what stays where it is for as long as it lives
 * @ANNEX_MIGRATE_MOVABLE: what could be moved, or be written and dropped
 * @ANNEX_MIGRATE_RECLAIMABLE: what shrinkers can free
 * @ANNEX_MIGRATE_PCPTYPES: how many of them requests name
 * @ANNEX_MIGRATE_HIGHATOMIC: kept for blocks that are wanted without waiting
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
 * struct annex_pageblock - what annex keeps for each pageblock
 * @home: where a CPU puts what is freed in it; a list that takes nothing if
 *	the zone itself is to see each frame
 * @type: enum annex_migratetype
 * @fixed: the pageblock lies in more than one zone, or not wholly in the pool,
 *	and keeps its type
 * @nr_free: its free frames; not kept for one that is fixed
 *
 * All but @fixed change under the zone's lock; @home is read without it.
 */
struct annex_pageblock {
	struct annex_pcp_list __percpu *home;
	u8 type;
	bool fixed;
	u16 nr_free;
};

/* The two gfp flags that name a type, as it is. */
#define ANNEX_GFP_MOVABLE_SHIFT	3
#define ANNEX_GFP_MOVABLE_MASK	(__GFP_RECLAIMABLE | __GFP_MOVABLE)
static_assert((__force u32)__GFP_MOVABLE >> ANNEX_GFP_MOVABLE_SHIFT ==
	      ANNEX_MIGRATE_MOVABLE);
static_assert((__force u32)__GFP_RECLAIMABLE >> ANNEX_GFP_MOVABLE_SHIFT ==
	      ANNEX_MIGRATE_RECLAIMABLE);

/**
 * annex_gfp_migratetype() - the kind of pageblock that a request wants
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

/* Do blocks of this type merge with those of others that do? */
static inline bool annex_migratetype_is_mergeable(unsigned int type)
{
	return type < ANNEX_MIGRATE_PCPTYPES;
}

bool annex_pageblock_worth_claiming(unsigned int from, unsigned int type);
const char *annex_migratetype_name(unsigned int type);
void annex_pageblocks_init(struct annex *annex);
void annex_pageblock_set_type(struct annex_zone *zone,
			      struct annex_pageblock *block, unsigned int type);
struct annex_pcp_list __percpu *
annex_pageblock_home(const struct annex_zone *zone, unsigned int type);
void annex_pageblocks_set_home(struct annex *annex);
int annex_pageblock_fallback_locked(struct annex_zone *zone, unsigned int order,
				    unsigned int type);
void annex_pageblock_reserve(struct annex_zone *zone, struct annex_page *page);
bool annex_pageblock_unreserve(struct annex *annex, int highest,
			       unsigned int type);
int annex_pageblock_isolate(struct annex *annex, annex_pfn_t pfn);
int annex_pageblock_unisolate(struct annex *annex, annex_pfn_t pfn);

#endif /* ANNEX_PAGE_PAGEBLOCK_H */
