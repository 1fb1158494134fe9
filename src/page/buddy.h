/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_BUDDY_H
#define ANNEX_PAGE_BUDDY_H

#include <linux/types.h>
#include <annex/page.h>
#include <annex/types.h>

struct annex_zone;

/**
 * annex_buddy_pfn() - the buddy of a block
 * @pfn: first frame of a block
 * @order: its order
 * @bias: how far the pool's start lies beyond a multiple of the largest block
 *
 * Blocks are aligned by host pfn, wherever the pool starts, so that the MMU and
 * devices can map a block of order 9 as a 2 MB page. Near a ragged end of the
 * pool, the buddy may lie outside of it: the result is then beyond the zone,
 * perhaps by wrapping below 0. The caller checks this.
 *
 * Return: first frame of the buddy.
 */
static inline annex_pfn_t annex_buddy_pfn(annex_pfn_t pfn, unsigned int order,
					  u32 bias)
{
	return ((pfn + bias) ^ (1U << order)) - bias;
}

/**
 * annex_block_pfn() - the block of an order in which a frame lies
 * @pfn: the frame
 * @order: the order
 * @bias: as for annex_buddy_pfn()
 *
 * Return: first frame of the block, which may lie before the pool.
 */
static inline annex_pfn_t annex_block_pfn(annex_pfn_t pfn, unsigned int order,
					  u32 bias)
{
	return ((pfn + bias) & ~((1U << order) - 1)) - bias;
}

void annex_buddy_init(struct annex_zone *zone);
u32 annex_buddy_first(const struct annex_zone *zone, unsigned int type,
		      unsigned int order);
u32 annex_buddy_next(const struct annex_zone *zone, u32 b);
void annex_buddy_add(struct annex_zone *zone, annex_pfn_t pfn,
		     unsigned int order);
void annex_buddy_free_locked(struct annex_zone *zone, struct annex_page *page,
			     unsigned int order);
void annex_buddy_free_many_locked(struct annex_zone *zone,
				  struct annex_page **page, unsigned int nr,
				  unsigned int order);
unsigned int annex_buddy_take_locked(struct annex_zone *zone,
				     unsigned int order, unsigned int type,
				     unsigned int nr, struct annex_page **page);
unsigned int annex_buddy_take_type_locked(struct annex_zone *zone,
					  unsigned int order, unsigned int type,
					  unsigned int nr,
					  struct annex_page **page);
void annex_move_freepages_locked(struct annex_zone *zone, u32 b,
				 unsigned int from, unsigned int to);
void annex_buddy_remerge_locked(struct annex_zone *zone, u32 b);
void annex_buddy_claim_locked(struct annex_zone *zone, unsigned int order,
			      unsigned int from, unsigned int to);

#endif /* ANNEX_PAGE_BUDDY_H */
