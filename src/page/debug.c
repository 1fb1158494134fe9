// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debug options: hooks in the allocation and the free of each block.
 *
 * Two options can be set at load, independently: poison.c detects writes to
 * free frames, owner.c records the owners of each block. Without them, each
 * allocation and each free costs one nop, of a static key that is on while any
 * pool has an option set.
 *
 * Locking: none. A block between free list and owner belongs to the caller.
 */
#include "base/for_kunit.h"
#include "page/debug.h"
#include "page/frames.h"
#include "page/owner.h"
#include "page/poison.h"

DEFINE_STATIC_KEY_FALSE(annex_debug_key);
EXPORT_DATA_FOR_KUNIT(annex_debug_key);

static bool is_watched(const struct annex_frames *frames)
{
	return frames->poison || frames->owner;
}

/**
 * annex_debug_init() - turn the debug options of a pool on, if they are set
 * @frames: the frames of the pool; the buddy's lists have the free ones, and
 *	the owner records are allocated
 * @poison: poison all free frames, which takes time for each
 *
 * Context: process, may sleep; the pool is not published yet.
 */
void annex_debug_init(struct annex_frames *frames, bool poison)
{
	if (poison) {
		annex_poison_all(frames);
		frames->poison = true;
	}
	if (is_watched(frames))
		static_branch_inc(&annex_debug_key);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_debug_init);

/**
 * annex_debug_exit() - undo annex_debug_init()
 * @frames: the frames of the pool, no longer in use
 *
 * Context: process, may sleep.
 */
void annex_debug_exit(struct annex_frames *frames)
{
	if (is_watched(frames))
		static_branch_dec(&annex_debug_key);
	frames->poison = false;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_debug_exit);

/**
 * annex_debug_block_taken() - annex_debug_alloc() with the key on
 * @frames: the frames of the pool
 * @page: head of the block
 * @order: its order
 * @gfp: of the request
 *
 * The poison is checked before the owner is set, so that a report names the
 * frame's last owner and not the new one.
 *
 * Context: any but NMI.
 */
noinline void annex_debug_block_taken(struct annex_frames *frames,
				      const struct annex_page *page,
				      unsigned int order, gfp_t gfp)
{
	annex_pfn_t pfn = page - frames->mem_map;

	if (frames->poison)
		annex_poison_check(frames, pfn, order);
	if (frames->owner)
		annex_owner_set(frames, pfn, order, gfp);
}

/**
 * annex_debug_block_given() - annex_debug_free() with the key on
 * @frames: the frames of the pool
 * @page: head of the block
 * @order: its order
 *
 * Context: any but NMI.
 */
noinline void annex_debug_block_given(struct annex_frames *frames,
				      const struct annex_page *page,
				      unsigned int order)
{
	annex_pfn_t pfn = page - frames->mem_map;

	if (frames->owner)
		annex_owner_reset(frames, pfn);
	if (frames->poison)
		annex_poison_fill(frames, pfn, order);
}
