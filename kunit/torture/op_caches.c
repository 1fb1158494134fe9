// SPDX-License-Identifier: GPL-2.0-only
/*
 * caches: made with random sizes and flags, used, shrunk and destroyed, while
 * others are and while reclaim shrinks them all.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <annex/slab.h>

#include "torture.h"

#define CACHES		8
#define OBJECTS		24
#define MOST_SIZE	3000
#define MADE		0xa7

struct cache {
	unsigned long busy;
	struct annex_kmem_cache *cache;
	u32 size;
	bool has_ctor;
	u8 *object[OBJECTS];
	u8 byte[OBJECTS];
};

static struct cache caches[CACHES];

static void make_object(void *object)
{
	*(u8 *)object = MADE;
}

static void create(struct torture_turn *t, struct cache *c)
{
	static const slab_flags_t some[] = {
		0, 0, SLAB_HWCACHE_ALIGN, SLAB_RECLAIM_ACCOUNT, SLAB_CACHE_DMA,
		SLAB_RED_ZONE, SLAB_POISON | SLAB_RED_ZONE, SLAB_STORE_USER,
	};
	slab_flags_t flags = some[torture_below(t, ARRAY_SIZE(some))];
	u32 align = torture_one_in(t, 2) ? 0 : 1U << torture_below(t, 9);
	char name[16];

	c->size = 1 + torture_below(t, 1U << (1 + torture_below(t, 11))) %
		      MOST_SIZE;
	c->has_ctor = !(flags & SLAB_POISON) && torture_one_in(t, 3);
	snprintf(name, sizeof(name), "torture-%td", c - caches);
	c->cache = annex_kmem_cache_create(name, c->size, align, flags,
					   c->has_ctor ? make_object : NULL);
	if (!c->cache)
		torture_denied(t);
	else if (annex_kmem_cache_size(c->cache) != c->size)
		torture_corrupt(t, "its objects have another size");
}

static void check_object(struct torture_turn *t, struct cache *c, u32 i)
{
	const u8 *rest = c->object[i] + 1;

	if ((c->has_ctor && *c->object[i] != MADE) ||
	    memchr_inv(rest, c->byte[i], c->size - 1))
		torture_corrupt(t, "an object of %u bytes is not as it was left",
				c->size);
}

static void take(struct torture_turn *t, struct cache *c, u32 i)
{
	bool zero = !c->has_ctor && torture_one_in(t, 4);
	u8 *object;

	if (zero)
		object = annex_kmem_cache_zalloc(c->cache,
						 GFP_KERNEL | __GFP_NOWARN);
	else
		object = annex_kmem_cache_alloc(c->cache,
						GFP_KERNEL | __GFP_NOWARN);
	if (!object) {
		torture_denied(t);
		return;
	}
	if (zero && memchr_inv(object, 0, c->size))
		torture_corrupt(t, "an object is not zero");
	c->object[i] = object;
	c->byte[i] = torture_random(t);
	memset(object + 1, c->byte[i], c->size - 1);
	check_object(t, c, i);
}

static void give(struct torture_turn *t, struct cache *c, u32 i)
{
	u8 *object = c->object[i];

	check_object(t, c, i);
	c->object[i] = NULL;
	if (torture_one_in(t, 4))
		torture_refused(t, "kfree", annex_kfree(object));
	else
		torture_refused(t, "kmem_cache_free",
				annex_kmem_cache_free(c->cache, object));
}

static void destroy(struct torture_turn *t, struct cache *c)
{
	u32 i;

	for (i = 0; i < OBJECTS; i++)
		if (c->object[i])
			give(t, c, i);
	torture_refused(t, "kmem_cache_destroy",
			annex_kmem_cache_destroy(c->cache));
	c->cache = NULL;
}

static void use(struct torture_turn *t, struct cache *c)
{
	u32 i, nr = 1 + torture_below(t, OBJECTS);

	while (nr--) {
		i = torture_below(t, OBJECTS);
		if (c->object[i])
			give(t, c, i);
		else
			take(t, c, i);
	}
}

static void run(struct torture_turn *t)
{
	struct cache *c = &caches[torture_below(t, CACHES)];
	u32 what = torture_below(t, 8);

	if (!torture_claim(t, &c->busy))
		return;
	if (!c->cache)
		create(t, c);
	else if (what > 1)
		use(t, c);
	else if (what)
		torture_refused(t, "kmem_cache_shrink",
				annex_kmem_cache_shrink(c->cache));
	else
		destroy(t, c);
	torture_unclaim(&c->busy);
}

static void clear(struct torture_turn *t)
{
	torture_give_all(t, caches, cache, destroy);
}

struct torture_op torture_caches = {
	.name = "caches",
	.weight = 4,
	.contexts = TORTURE_THREADS,
	.run = run,
	.clear = clear,
};
