/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_LEAKS_H
#define ANNEX_POOL_LEAKS_H

#include <linux/types.h>

#include "heap/slab.h"

struct annex;

/**
 * struct annex_leaks - what users hold of a pool
 * @frames: frames, those of areas and objects included
 * @areas: of vmalloc, vmap and ioremap
 * @kmaps: frames that annex_kmap() has mapped
 * @local: mappings of annex_kmap_local_page()
 * @mms: page tables of processes
 * @tables: frame tables
 * @caches: caches that users have made
 * @objects: objects of these, and of kmalloc
 * @cache: the name of a cache with held objects; if there is none, of a cache
 *	that users have made; or empty
 */
struct annex_leaks {
	unsigned long frames;
	unsigned int areas;
	unsigned int kmaps;
	unsigned int local;
	unsigned int mms;
	unsigned int tables;
	unsigned int caches;
	unsigned long objects;
	char cache[ANNEX_CACHE_NAME_LEN];
};

bool annex_leaks_find(struct annex *annex, struct annex_leaks *held);
void annex_leaks_report(struct annex *annex, const struct annex_leaks *held);

#endif /* ANNEX_POOL_LEAKS_H */
