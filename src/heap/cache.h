/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HEAP_CACHE_H
#define ANNEX_HEAP_CACHE_H

#include <linux/compiler_attributes.h>

#include "heap/slab.h"

struct annex_heap;

/**
 * struct annex_cache_info - the numbers of a cache in slabinfo
 * @active_objs: objects in use
 * @num_objs: all objects
 * @active_slabs: slabs with objects out
 * @num_slabs: all slabs
 */
struct annex_cache_info {
	unsigned long active_objs;
	unsigned long num_objs;
	unsigned long active_slabs;
	unsigned long num_slabs;
};

int annex_cache_set_up(struct annex_heap *heap, struct annex_kmem_cache *cache,
		       const char *name, unsigned int size, unsigned int align,
		       slab_flags_t flags, void (*ctor)(void *object));
unsigned long annex_cache_tear_down(struct annex_kmem_cache *cache);
void annex_cache_abandon(struct annex_kmem_cache *cache);
void annex_cache_drain(struct annex_kmem_cache *cache);
void annex_cache_drain_some(struct annex_kmem_cache *cache);
void annex_cache_drain_dead(struct annex_kmem_cache *cache, int cpu);
unsigned long annex_cache_reap(struct annex_kmem_cache *cache,
			       unsigned long nr);
unsigned long annex_cache_nr_cached(const struct annex_kmem_cache *cache);
void annex_cache_info(struct annex_kmem_cache *cache,
		      struct annex_cache_info *info);

#endif /* ANNEX_HEAP_CACHE_H */
