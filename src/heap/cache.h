/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HEAP_CACHE_H
#define ANNEX_HEAP_CACHE_H

#include <linux/compiler_attributes.h>

#include "heap/slab.h"

struct annex;

/**
 * struct annex_cache_info - what slabinfo says of a cache
 * @active_objs: objects that users have
 * @num_objs: all
 * @active_slabs: slabs of which something is out
 * @num_slabs: all
 */
struct annex_cache_info {
	unsigned long active_objs;
	unsigned long num_objs;
	unsigned long active_slabs;
	unsigned long num_slabs;
};

int annex_cache_set_up(struct annex *annex, struct annex_kmem_cache *cache,
		       const char *name, unsigned int size, unsigned int align,
		       slab_flags_t flags, void (*ctor)(void *object));
unsigned long annex_cache_tear_down(struct annex_kmem_cache *cache);
void annex_cache_leave(struct annex_kmem_cache *cache);
void annex_cache_drain(struct annex_kmem_cache *cache);
void annex_cache_drain_some(struct annex_kmem_cache *cache);
void annex_cache_drain_dead(struct annex_kmem_cache *cache, int cpu);
unsigned long annex_cache_reap(struct annex_kmem_cache *cache,
			       unsigned long nr);
unsigned long annex_cache_at_hand(const struct annex_kmem_cache *cache);
void annex_cache_info(struct annex_kmem_cache *cache,
		      struct annex_cache_info *info);

void *annex_cache_alloc_rest(struct annex *annex,
			     struct annex_kmem_cache *cache, gfp_t gfp,
			     void *addr);
void annex_cache_put_slowly(struct annex_slab *slab, u32 idx);

/* May this be used, or is it what is left of a cache? */
static inline bool annex_cache_live(const struct annex_kmem_cache *cache)
{
	return cache && READ_ONCE(cache->magic) == ANNEX_CACHE_LIVE;
}

#endif /* ANNEX_HEAP_CACHE_H */
