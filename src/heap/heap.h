/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HEAP_HEAP_H
#define ANNEX_HEAP_HEAP_H

#include "heap/slab.h"

struct annex;

void annex_heap_none(struct annex *annex);
int annex_heap_init(struct annex *annex, bool debug);
void annex_heap_exit(struct annex *annex);
void annex_heap_leave(struct annex *annex);
void annex_heap_shrink(struct annex *annex);
void annex_heap_drain_dead(struct annex *annex, int cpu);
void annex_heap_held(struct annex *annex, unsigned int *caches,
		     unsigned long *objects, char name[ANNEX_CACHE_NAME_LEN]);

struct annex_kmem_cache *annex_cache_create(struct annex *annex,
					    const char *name, unsigned int size,
					    unsigned int align,
					    slab_flags_t flags,
					    void (*ctor)(void *object));
int annex_cache_destroy(struct annex *annex, struct annex_kmem_cache *cache);
int annex_cache_shrink(struct annex *annex, struct annex_kmem_cache *cache);

#endif /* ANNEX_HEAP_HEAP_H */
