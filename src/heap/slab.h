/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HEAP_SLAB_H
#define ANNEX_HEAP_SLAB_H

#include "heap/slab_types.h"

void annex_slabs_init(struct annex_heap *heap);
struct annex_slab *annex_slab_new(struct annex_kmem_cache *cache, gfp_t gfp);
void annex_slab_free(struct annex_slab *slab);
void annex_slabs_free(struct list_head *slabs);
int annex_slab_layout(struct annex_kmem_cache *cache);

#endif /* ANNEX_HEAP_SLAB_H */
