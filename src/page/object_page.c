// SPDX-License-Identifier: GPL-2.0-only
/*
 * Object pages: memory for small objects of one size.
 *
 * Folios (reclaim/folio_slab.c) and the descriptors of slabs (heap/desc.c)
 * cannot come from the heap: the heap is a client of both. They come from
 * frames of lowmem, each with a header and a fixed number of objects:
 *
 *   | partial | home | used: a bit an object | object 0 | object 1 | ...
 *
 * A page with a free object is in a list, a full one is not. The list begins
 * with the page to which an object was returned last, so that new objects fill
 * pages in use and the other pages can become empty. An empty page leaves the
 * list and returns to the pool.
 *
 * Functions that change a page are inline: the number of objects is a constant
 * of the user. The user also marks the frame as annex's own, which is how later
 * calls tell what it holds, and has the lists and their locks.
 *
 * Invariant, under the lock of the list: a page is in the list if and only if
 * it has a free object and a used one.
 *
 * Locking: none of its own. Frames are allocated and freed without the lock of
 * a list: a caller that finds no object allocates a page and passes it in; a
 * page that becomes empty is passed out.
 *
 * Failing: -ENOMEM if lowmem has no frame.
 */
#include <linux/errno.h>

#include "page/frames.h"
#include "page/object_page.h"
#include "page/page_alloc.h"

/**
 * annex_object_page_alloc() - get a frame to hold objects
 * @frames: the frames of the pool
 * @gfp: allocation flags; zone modifiers are ignored
 * @page: set to the frame
 *
 * Context: as @gfp; no lock of a list is held.
 * Return: 0, -ENOMEM, or as annex_alloc_block().
 */
int annex_object_page_alloc(struct annex_frames *frames, gfp_t gfp,
			    struct annex_page **page)
{
	if (!frames->lowmem)
		return -ENOMEM;
	return annex_block_alloc(frames, gfp & ANNEX_GFP_OWN_MASK, 0, page);
}

/**
 * annex_object_page_free() - give a frame without objects back to the pool
 * @frames: the frames of the pool
 * @page: the frame; or NULL
 *
 * Context: any but NMI; no lock of a list is held.
 */
void annex_object_page_free(struct annex_frames *frames,
			    struct annex_page *page)
{
	if (page)
		annex_block_free(frames, page, 0);
}
