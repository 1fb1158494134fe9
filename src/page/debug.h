/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_DEBUG_H
#define ANNEX_PAGE_DEBUG_H

#include <linux/gfp.h>
#include <linux/jump_label.h>
#include <annex/page.h>

struct annex_frames;

/* On while any pool has poison or owner records. */
DECLARE_STATIC_KEY_FALSE(annex_debug_key);

void annex_debug_init(struct annex_frames *frames, bool poison);
void annex_debug_exit(struct annex_frames *frames);
void annex_debug_block_taken(struct annex_frames *frames,
			     const struct annex_page *page, unsigned int order,
			     gfp_t gfp);
void annex_debug_block_given(struct annex_frames *frames,
			     const struct annex_page *page, unsigned int order);

/**
 * annex_debug_alloc() - debug a block that is being allocated
 * @frames: the frames of the pool
 * @page: its head; the caller owns the block, its contents untouched
 * @order: its order
 * @gfp: of the request
 *
 * Context: any but NMI. A nop while debugging is off for all pools.
 */
static __always_inline void annex_debug_alloc(struct annex_frames *frames,
					      const struct annex_page *page,
					      unsigned int order, gfp_t gfp)
{
	if (static_branch_unlikely(&annex_debug_key))
		annex_debug_block_taken(frames, page, order, gfp);
}

/**
 * annex_debug_free() - debug a block that is being freed
 * @frames: the frames of the pool
 * @page: its head, %ANNEX_PAGE_CACHED and owned by the caller
 * @order: its order
 *
 * Context: any but NMI. A nop while debugging is off for all pools.
 */
static __always_inline void annex_debug_free(struct annex_frames *frames,
					     const struct annex_page *page,
					     unsigned int order)
{
	if (static_branch_unlikely(&annex_debug_key))
		annex_debug_block_given(frames, page, order);
}

#endif /* ANNEX_PAGE_DEBUG_H */
