/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_HEAPTRAFFIC_H
#define ANNEX_KUNIT_LIB_HEAPTRAFFIC_H

/*
 * Traffic for a heap: threads that allocate, grow, shrink and free objects of
 * all sizes, one another's too, and find in each what was put there. A suite
 * runs it on private pools, annex_exercise on the loaded one.
 *
 * The threads share a table. The thread that takes an entry out, by one
 * exchange, owns what was in it:
 *
 *   thread 0 --.    .-- thread 1        |  a  |     |  b  |  c  |     | ...
 *              v    v                      entry: an object, or nothing
 *           random entry
 *
 * An object says of itself how large it is, of which cache, and where it is;
 * the rest of it is one byte again and again.
 */
#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/types.h>

#define HEAPTRAFFIC_ENTRIES	1024
#define HEAPTRAFFIC_CACHES	4

/**
 * struct heaptraffic_ops - a heap
 * @alloc: as annex_kmalloc() of @pool
 * @realloc: as annex_krealloc()
 * @free: as annex_kfree()
 * @cache_alloc: an object of a cache, by its number
 * @cache_free: takes it back
 * @cache_size: bytes of the objects of each cache
 * @pool: for all of them
 */
struct heaptraffic_ops {
	void *(*alloc)(void *pool, size_t size, gfp_t gfp);
	void *(*realloc)(void *pool, void *object, size_t size, gfp_t gfp);
	int (*free)(void *pool, void *object);
	void *(*cache_alloc)(void *pool, unsigned int cache, gfp_t gfp);
	int (*cache_free)(void *pool, unsigned int cache, void *object);
	u32 cache_size[HEAPTRAFFIC_CACHES];
	void *pool;
};

/**
 * struct heaptraffic - one thread's part in it
 * @ops: the heap
 * @entry: the table that the threads share
 * @rnd: what is random
 * @gfp: what each request says beside what it says at random
 * @calls: calls of the heap
 * @denied: those that got nothing
 * @errors: refusals, and objects whose contents were not what they should be
 */
struct heaptraffic {
	const struct heaptraffic_ops *ops;
	void **entry;
	struct rnd_state rnd;
	gfp_t gfp;
	unsigned long calls;
	unsigned long denied;
	unsigned long errors;
};

struct heaptraffic_head {
	u32 size;	/* and above 24 bits, its cache and 1, or 0 */
	u32 mark;	/* its address, and its byte four times */
};

static u32 heaptraffic_below(struct heaptraffic *t, u32 n)
{
	return prandom_u32_state(&t->rnd) % n;
}

static void heaptraffic_stamp(struct heaptraffic *t, void *object, u32 size,
			      u32 kind)
{
	struct heaptraffic_head *head = object;
	u8 byte = prandom_u32_state(&t->rnd);

	head->size = size | kind << 24;
	head->mark = (u32)(unsigned long)object ^ byte * 0x01010101U;
	memset(head + 1, byte, size - sizeof(*head));
}

static void heaptraffic_check(struct heaptraffic *t, const void *object,
			      u32 upto)
{
	const struct heaptraffic_head *head = object;
	u32 mark = head->mark ^ (u32)(unsigned long)object;

	if (mark != (u8)mark * 0x01010101U ||
	    memchr_inv(head + 1, (u8)mark, upto - sizeof(*head)))
		t->errors++;
}

static void heaptraffic_free(struct heaptraffic *t, void *object)
{
	const struct heaptraffic_head *head = object;
	u32 kind = head->size >> 24;
	int err;

	heaptraffic_check(t, object, head->size & 0xffffff);
	t->calls++;
	if (kind)
		err = t->ops->cache_free(t->ops->pool, kind - 1, object);
	else
		err = t->ops->free(t->ops->pool, object);
	t->errors += !!err;
}

/* Mostly small ones; of any order of magnitude as many as of the next. */
static u32 heaptraffic_size(struct heaptraffic *t)
{
	u32 size = 8 + heaptraffic_below(t, 1U << heaptraffic_below(t, 14));

	return heaptraffic_below(t, 500) ? size : 16 * size;
}

static gfp_t heaptraffic_gfp(struct heaptraffic *t)
{
	static const gfp_t some[] = {
		0, 0, 0, __GFP_ZERO, __GFP_RECLAIMABLE, __GFP_DMA,
		__GFP_ZERO | __GFP_HIGH, __GFP_NORETRY,
	};

	return t->gfp | __GFP_NOWARN |
	       some[heaptraffic_below(t, ARRAY_SIZE(some))];
}

static void *heaptraffic_alloc(struct heaptraffic *t)
{
	u32 kind = heaptraffic_below(t, 2 * HEAPTRAFFIC_CACHES);
	gfp_t gfp = heaptraffic_gfp(t);
	void *object;
	u32 size;

	t->calls++;
	if (kind && kind <= HEAPTRAFFIC_CACHES) {
		size = t->ops->cache_size[kind - 1];
		object = t->ops->cache_alloc(t->ops->pool, kind - 1, gfp);
	} else {
		kind = 0;
		size = heaptraffic_size(t);
		object = t->ops->alloc(t->ops->pool, size, gfp);
	}
	if (!object) {
		t->denied++;
		return NULL;
	}
	if (gfp & __GFP_ZERO && memchr_inv(object, 0, size))
		t->errors++;
	heaptraffic_stamp(t, object, size, kind);
	return object;
}

/* Another size, with the contents that both have; not of a cache's object. */
static void *heaptraffic_resize(struct heaptraffic *t, void *object)
{
	const struct heaptraffic_head *head = object;
	u32 had = head->size, size = heaptraffic_size(t);
	u32 mark = head->mark ^ (u32)(unsigned long)object;
	void *new;

	t->calls++;
	new = t->ops->realloc(t->ops->pool, object, size,
			       t->gfp | __GFP_NOWARN);
	if (!new) {
		t->denied++;
		return object;
	}
	head = new;
	if (memchr_inv(head + 1, (u8)mark, min(had, size) - sizeof(*head)))
		t->errors++;
	heaptraffic_stamp(t, new, size, 0);
	return new;
}

/* Put an object into an entry, and free what somebody put there meanwhile. */
static void heaptraffic_put(struct heaptraffic *t, void **entry, void *object)
{
	object = xchg(entry, object);
	if (object)
		heaptraffic_free(t, object);
}

static void heaptraffic_step(struct heaptraffic *t)
{
	void **entry = &t->entry[heaptraffic_below(t, HEAPTRAFFIC_ENTRIES)];
	void *object = xchg(entry, NULL);

	if (!object) {
		object = heaptraffic_alloc(t);
		if (object)
			heaptraffic_put(t, entry, object);
	} else if (((struct heaptraffic_head *)object)->size >> 24 ||
		   heaptraffic_below(t, 4)) {
		heaptraffic_free(t, object);
	} else {
		heaptraffic_put(t, entry, heaptraffic_resize(t, object));
	}
}

static void heaptraffic_run(struct heaptraffic *t, unsigned long calls)
{
	while (t->calls < calls) {
		heaptraffic_step(t);
		if (t->calls % 64 == 0)
			cond_resched();
	}
}

/* All that is left in the table. */
static void heaptraffic_finish(struct heaptraffic *t)
{
	unsigned int i;

	for (i = 0; i < HEAPTRAFFIC_ENTRIES; i++)
		heaptraffic_put(t, &t->entry[i], NULL);
}

#endif /* ANNEX_KUNIT_LIB_HEAPTRAFFIC_H */
