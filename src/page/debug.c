// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watching a pool: what is asked of each block on its way to an owner and
 * back.
 *
 * Two watchers can be asked for at load, each on its own: poison.c sees what
 * is written to free frames, owner.c knows who has a block and who had it.
 * A pool without them pays one nop for each allocation and each free, by a
 * static key that is on while any pool is watched.
 *
 * Locking: none. A block that is on its way belongs to the caller alone.
 */
#include "annex.h"
#include "page/debug.h"
#include "page/owner.h"
#include "page/poison.h"

DEFINE_STATIC_KEY_FALSE(annex_debug_key);

static bool is_watched(const struct annex *annex)
{
	return annex->poison || annex->owner;
}

/**
 * annex_debug_init() - begin to watch a pool, if that was asked for
 * @annex: the pool, its free frames with the buddy, its owner records in place
 * @poison: poison the free frames, which takes a moment for each
 *
 * Context: process, may sleep; nobody else knows the pool.
 */
void annex_debug_init(struct annex *annex, bool poison)
{
	if (poison) {
		annex_poison_all(annex);
		annex->poison = true;
	}
	if (is_watched(annex))
		static_branch_inc(&annex_debug_key);
}

/**
 * annex_debug_exit() - undo annex_debug_init()
 * @annex: the pool; nobody uses it any more
 *
 * Context: process, may sleep.
 */
void annex_debug_exit(struct annex *annex)
{
	if (is_watched(annex))
		static_branch_dec(&annex_debug_key);
	annex->poison = false;
}

/**
 * annex_debug_block_taken() - as annex_debug_alloc(), for some pool watched
 * @annex: the pool
 * @page: head of the block
 * @order: its order
 * @gfp: of the request
 *
 * The poison is looked at first: what it reports of the frame's owner is who
 * had it last, not who gets it.
 *
 * Context: any but NMI.
 */
noinline void annex_debug_block_taken(struct annex *annex,
				      const struct annex_page *page,
				      unsigned int order, gfp_t gfp)
{
	annex_pfn_t pfn = page - annex->mem_map;

	if (annex->poison)
		annex_poison_check(annex, pfn, order);
	if (annex->owner)
		annex_owner_set(annex, pfn, order, gfp);
}

/**
 * annex_debug_block_given() - as annex_debug_free(), for some pool watched
 * @annex: the pool
 * @page: head of the block
 * @order: its order
 *
 * Context: any but NMI.
 */
noinline void annex_debug_block_given(struct annex *annex,
				      const struct annex_page *page,
				      unsigned int order)
{
	annex_pfn_t pfn = page - annex->mem_map;

	if (annex->owner)
		annex_owner_reset(annex, pfn);
	if (annex->poison)
		annex_poison_fill(annex, pfn, order);
}
