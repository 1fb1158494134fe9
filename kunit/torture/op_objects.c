// SPDX-License-Identifier: GPL-2.0-only
/*
 * objects: many objects of one cache, or of two, allocated by one call each, held for
 * a while, and freed from the end, some or all by one call.
 *
 *   | 0 1 2 ...            first | ...                  nr |
 *   `-- of caches[cache] --------'-- of the next cache ----'
 *                                         <-- freed from here --
 *
 * Objects of both caches are freed by annex_kfree_bulk(), which takes objects of any
 * cache; objects of one cache by that or by annex_kmem_cache_free_bulk().
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <annex/slab.h>

#include "torture.h"

#define STORES		24
#define MANY		256
#define MANY_IRQ	24
#define CACHES		4

struct store {
	unsigned long busy;
	u32 key;
	u32 nr;
	u32 first;
	u32 cache;
	void *item[MANY];
};

static struct store stores[STORES];
static struct annex_kmem_cache *caches[CACHES];

static const struct {
	u32 size;
	slab_flags_t flags;
} kinds[CACHES] = {
	{ 16, 0 },
	{ 72, SLAB_HWCACHE_ALIGN },
	{ 200, SLAB_POISON | SLAB_RED_ZONE },
	{ 1200, SLAB_RECLAIM_ACCOUNT },
};

static u32 kind_of(const struct store *s, u32 i)
{
	return (s->cache + (i >= s->first)) % CACHES;
}

static u8 byte_of(const struct store *s, u32 i)
{
	return s->key + i;
}

/* Each object holds its index: one that is allocated twice has a wrong one. */
static void stamp(const struct store *s, u32 from)
{
	u32 i;

	for (i = from; i < s->nr; i++) {
		u32 *object = s->item[i];

		object[0] = s->key;
		object[1] = i;
		memset(object + 2, byte_of(s, i),
		       kinds[kind_of(s, i)].size - 2 * sizeof(u32));
	}
}

static void check(struct torture_turn *t, const struct store *s, u32 from)
{
	u32 i;

	for (i = from; i < s->nr; i++) {
		const u32 *object = s->item[i];
		u32 size = kinds[kind_of(s, i)].size;

		if (object[0] == s->key && object[1] == i &&
		    !memchr_inv(object + 2, byte_of(s, i),
				size - 2 * sizeof(u32)))
			continue;
		torture_corrupt(t, "object %u of %u, of %u bytes, has %#x and %u",
				i, s->nr, size, object[0], object[1]);
		return;
	}
}

static void check_zero(struct torture_turn *t, const struct store *s, u32 from)
{
	u32 i;

	for (i = from; i < s->nr; i++)
		if (memchr_inv(s->item[i], 0, kinds[kind_of(s, i)].size))
			torture_corrupt(t, "object %u of %u is not zero", i,
					s->nr);
}

/* The call allocates all objects or none. */
static void take_of(struct torture_turn *t, struct store *s, u32 kind, u32 nr)
{
	bool zero = torture_one_in(t, 4);
	gfp_t gfp = torture_heap_gfp(t) | (zero ? __GFP_ZERO : 0);
	u32 from = s->nr, got;

	got = annex_kmem_cache_alloc_bulk(caches[kind], gfp, nr,
					  s->item + from);
	if (got != nr) {
		torture_denied(t);
		if (got)
			torture_corrupt(t, "%u objects of %u", got, nr);
		return;
	}
	s->nr += nr;
	if (zero)
		check_zero(t, s, from);
	stamp(s, from);
}

static void take(struct torture_turn *t, struct store *s)
{
	u32 most = t->context == TORTURE_THREAD ? MANY : MANY_IRQ;
	u32 nr = 1 + torture_below(t, most);

	s->key = torture_key(t);
	s->cache = torture_below(t, CACHES);
	s->first = torture_one_in(t, 2) ? nr : torture_below(t, nr);
	if (s->first)
		take_of(t, s, s->cache, s->first);
	/* If that was denied, all objects are of the next cache. */
	s->first = s->nr;
	if (nr > s->first && torture_one_in(t, 2))
		take_of(t, s, (s->cache + 1) % CACHES, nr - s->first);
}

static void give(struct torture_turn *t, struct store *s, u32 nr)
{
	u32 from = s->nr - nr, kind = kind_of(s, from);

	check(t, s, from);
	if (kind != kind_of(s, s->nr - 1) || torture_one_in(t, 4))
		torture_refused(t, "kfree_bulk",
				annex_kfree_bulk(nr, s->item + from));
	else
		torture_refused(t, "kmem_cache_free_bulk",
				annex_kmem_cache_free_bulk(caches[kind], nr,
							   s->item + from));
	s->nr = from;
}

static void give_some(struct torture_turn *t, struct store *s)
{
	u32 nr = torture_one_in(t, 2) ? s->nr : 1 + torture_below(t, s->nr);

	/* An interrupt frees no more than it allocates. */
	if (t->context != TORTURE_THREAD)
		nr = min_t(u32, nr, MANY_IRQ);
	give(t, s, nr);
}

static void run(struct torture_turn *t)
{
	struct store *s = &stores[torture_below(t, STORES)];
	bool looks = torture_one_in(t, 4);

	if (!torture_claim(t, &s->busy))
		return;
	if (!s->nr)
		take(t, s);
	else if (looks)
		check(t, s, 0);
	else
		give_some(t, s);
	torture_unclaim(&s->busy);
}

static void clear(struct torture_turn *t)
{
	unsigned int i;

	for (i = 0; i < STORES; i++)
		if (stores[i].nr)
			give(t, &stores[i], stores[i].nr);
	for (i = 0; i < CACHES; i++) {
		torture_refused(t, "kmem_cache_destroy",
				annex_kmem_cache_destroy(caches[i]));
		caches[i] = NULL;
	}
}

static int set_up(void)
{
	struct torture_turn t = { .op = &torture_objects };
	unsigned int i;
	char name[24];

	for (i = 0; i < CACHES; i++) {
		snprintf(name, sizeof(name), "torture-objects-%u", i);
		caches[i] = annex_kmem_cache_create(name, kinds[i].size, 0,
						    kinds[i].flags, NULL);
		if (!caches[i]) {
			clear(&t);
			return -ENOMEM;
		}
	}
	return 0;
}

struct torture_op torture_objects = {
	.name = "objects",
	.weight = 6,
	.contexts = TORTURE_ANYWHERE,
	.set_up = set_up,
	.run = run,
	.clear = clear,
};
