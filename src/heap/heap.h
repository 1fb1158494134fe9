/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HEAP_HEAP_H
#define ANNEX_HEAP_HEAP_H

#include "heap/slab.h"

struct annex_heap;

void annex_heap_none(struct annex_heap *heap, struct annex_frames *frames,
		     struct annex_vmalloc *v);
int annex_heap_init(struct annex_heap *heap, bool debug);
void annex_heap_exit(struct annex_heap *heap);
void annex_heap_abandon(struct annex_heap *heap);
void annex_heap_shrink(struct annex_heap *heap);
void annex_heap_drain_dead(struct annex_heap *heap, int cpu);
void annex_heap_leaks(struct annex_heap *heap, unsigned int *caches,
		      unsigned long *objects, char name[ANNEX_CACHE_NAME_LEN]);

struct annex_kmem_cache *annex_cache_create(struct annex_heap *heap,
					    const char *name, unsigned int size,
					    unsigned int align,
					    slab_flags_t flags,
					    void (*ctor)(void *object));
int annex_cache_destroy(struct annex_heap *heap,
			struct annex_kmem_cache *cache);
int annex_cache_shrink(struct annex_heap *heap, struct annex_kmem_cache *cache);

#endif /* ANNEX_HEAP_HEAP_H */
