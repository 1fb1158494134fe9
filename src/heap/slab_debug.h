/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HEAP_SLAB_DEBUG_H
#define ANNEX_HEAP_SLAB_DEBUG_H

#include <linux/compiler_attributes.h>
#include <linux/types.h>

struct annex_kmem_cache;
struct annex_slab;

void annex_slab_debug_layout(struct annex_kmem_cache *cache);
void annex_slab_debug_init(struct annex_slab *slab, void *object);
void annex_slab_debug_alloc(struct annex_slab *slab, u32 idx, gfp_t gfp);
void annex_slab_debug_free(struct annex_slab *slab, u32 idx);
bool annex_slab_debug_intact(const struct annex_slab *slab, u32 idx);
__cold void annex_slab_debug_owners(const struct annex_slab *slab, u32 idx);
__cold void annex_slab_debug_list(struct annex_kmem_cache *cache);

#endif /* ANNEX_HEAP_SLAB_DEBUG_H */
