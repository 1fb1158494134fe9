// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pool without frames: what a pool is before it is made, after a load that
 * failed, and after it was taken apart. Its functions can be called at any of
 * these times. They accept no descriptor, allocate nothing, and map nothing.
 */
#include <linux/string.h>

#include "base/for_kunit.h"
#include "heap/heap.h"
#include "pool/pool.h"

/**
 * annex_none() - make a pool without frames
 * @annex: anything
 *
 * Each room gets its pointers to the rooms below that it uses.
 *
 * Context: process.
 */
void annex_none(struct annex *annex)
{
	struct annex_frames *frames = &annex->frames;

	memset(annex, 0, sizeof(*annex));
	frames->host = &annex->host;
	frames->reclaim = &annex->reclaim;
	annex->pkmap = (struct annex_pkmap)ANNEX_PKMAP_NONE(frames);
	annex->kmap_local =
		(struct annex_kmap_local)ANNEX_KMAP_LOCAL_NONE(frames);
	annex->vmalloc.frames = frames;
	annex->mms.frames = frames;
	annex->mms.tables = &annex->tables;
	annex_mms_init(&annex->mms);
	annex->store.frames = frames;
	annex_heap_none(&annex->heap, frames, &annex->vmalloc);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_none);
