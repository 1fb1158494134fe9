/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HEAP_MISUSE_H
#define ANNEX_HEAP_MISUSE_H

#include <linux/compiler_attributes.h>
#include <linux/gfp.h>

struct annex_heap;
struct annex_kmem_cache;
struct annex_slab;

__cold void annex_heap_refuse_alloc(struct annex_heap *heap,
				    const struct annex_kmem_cache *cache);
__cold int annex_heap_refuse(struct annex_heap *heap, const char *call,
			     bool any, const struct annex_kmem_cache *cache,
			     const void *addr);

#endif /* ANNEX_HEAP_MISUSE_H */
