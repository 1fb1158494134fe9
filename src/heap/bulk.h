/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HEAP_BULK_H
#define ANNEX_HEAP_BULK_H

#include <linux/gfp.h>
#include <linux/types.h>

struct annex_heap;
struct annex_kmem_cache;

size_t annex_cache_alloc_bulk(struct annex_heap *heap,
			      struct annex_kmem_cache *cache, gfp_t gfp,
			      size_t nr, void **objects);
int annex_cache_free_bulk(struct annex_heap *heap,
			  struct annex_kmem_cache *cache, size_t nr,
			  void **objects);

#endif /* ANNEX_HEAP_BULK_H */
