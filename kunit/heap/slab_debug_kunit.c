// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of caches that are watched: what is written where nothing should be is
 * found when the object is allocated or freed, counted once, and put right.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/poison.h>

#include "heap/cache.h"
#include "heap/heap.h"
#include "heap/kmalloc.h"
#include "heap/kmalloc_fast.h"
#include "lib/testpool.h"

static const struct annex_testpool watched = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 3072,
	.contents = true, .heap = true, .slab_debug = true,
};

#define SIZE	100

struct scene {
	struct annex *annex;
	struct annex_kmem_cache *cache;
	unsigned long free;
};

static int slab_debug_test_init(struct kunit *test)
{
	struct scene *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->annex = annex_testpool(test, &watched);
	s->free = annex_test_free_pages(s->annex);
	s->cache = annex_cache_create(&s->annex->heap, "watched", SIZE, 0, 0,
				      NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(s->cache));
	test->priv = s;
	return 0;
}

static u8 *get(struct kunit *test)
{
	struct scene *s = test->priv;
	u8 *object = annex_cache_alloc(&s->annex->heap, s->cache, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, object);
	return object;
}

static void put(struct kunit *test, u8 *object)
{
	struct scene *s = test->priv;

	KUNIT_EXPECT_EQ(test,
			annex_cache_free(&s->annex->heap, s->cache, object), 0);
}

static unsigned long found(struct kunit *test)
{
	struct scene *s = test->priv;

	return annex_test_event(s->annex, ANNEX_SLAB_CORRUPT);
}

static void finish(struct kunit *test)
{
	struct scene *s = test->priv;

	annex_test_validate(test, s->annex);
	KUNIT_EXPECT_EQ(test, annex_cache_destroy(&s->annex->heap, s->cache),
			0);
	annex_heap_shrink(&s->annex->heap);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(s->annex), s->free);
	annex_test_validate(test, s->annex);
}

/* Writes to all of an object and nothing else are never reported. */
static void slab_debug_right_use_is_quiet(struct kunit *test)
{
	struct scene *s = test->priv;
	u8 *object[50];
	unsigned int i, round;
	size_t size;
	void *any;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < 50; i++) {
			object[i] = get(test);
			memset(object[i], i, SIZE);
		}
		for (i = 0; i < 50; i++)
			put(test, object[i]);
	}
	for (size = 1; size < 20000; size += size / 3 + 1) {
		any = __annex_kmalloc(&s->annex->heap, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, any);
		memset(any, 0, __annex_ksize(&s->annex->heap, any));
		if (is_power_of_2(size) && size <= 8192)
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)any,
							   size));
		KUNIT_EXPECT_EQ(test, __annex_kfree(&s->annex->heap, any), 0);
	}
	KUNIT_EXPECT_EQ(test, found(test), 0UL);
	finish(test);
}

struct overrun {
	int at;
	unsigned int nr;
};

static const struct overrun overruns[] = {
	{ SIZE, 1 }, { SIZE + 3, 1 }, { SIZE, 4 }, { -1, 1 }, { -8, 8 },
};

/* In front of an object or behind it: found when it is freed. */
static void slab_debug_overrun_is_found_at_free(struct kunit *test)
{
	unsigned int i;
	u8 *object;

	for (i = 0; i < ARRAY_SIZE(overruns); i++) {
		object = get(test);
		memset(object + overruns[i].at, 0x11, overruns[i].nr);
		KUNIT_EXPECT_EQ(test, found(test), (unsigned long)i);
		put(test, object);
		KUNIT_EXPECT_EQ(test, found(test), i + 1UL);
		/* It was put right. */
		object = get(test);
		put(test, object);
		KUNIT_EXPECT_EQ(test, found(test), i + 1UL);
	}
	finish(test);
}

static const int after_free[] = { 0, 1, 50, SIZE - 1, SIZE, -2 };

/* Written to when it is free: validate sees it, and the next allocation. */
static void slab_debug_use_after_free_is_found(struct kunit *test)
{
	struct scene *s = test->priv;
	unsigned int i;
	u8 *object;

	for (i = 0; i < ARRAY_SIZE(after_free); i++) {
		object = get(test);
		put(test, object);
		KUNIT_EXPECT_EQ(test, annex_test_violations(s->annex), 0UL);
		object[after_free[i]] ^= 1;
		KUNIT_EXPECT_EQ(test, annex_test_violations(s->annex), 1UL);
		KUNIT_EXPECT_EQ(test, found(test), (unsigned long)i);
		/* The slab that was used last is the first to be used. */
		KUNIT_EXPECT_PTR_EQ(test, get(test), object);
		KUNIT_EXPECT_EQ(test, found(test), i + 1UL);
		put(test, object);
	}
	finish(test);
}

static void slab_debug_double_free_names_owners(struct kunit *test)
{
	struct scene *s = test->priv;
	u8 *object = get(test);

	put(test, object);
	KUNIT_EXPECT_EQ(test,
			annex_cache_free(&s->annex->heap, s->cache, object),
			-EALREADY);
	KUNIT_EXPECT_EQ(test, annex_test_event(s->annex, ANNEX_BAD_HEAP), 1UL);
	KUNIT_EXPECT_EQ(test, found(test), 0UL);
	finish(test);
}

static void slab_debug_destroy_names_owners(struct kunit *test)
{
	struct scene *s = test->priv;
	u8 *a = get(test), *b = get(test);

	KUNIT_EXPECT_EQ(test, annex_cache_destroy(&s->annex->heap, s->cache),
			-EBUSY);
	put(test, a);
	put(test, b);
	finish(test);
}

/* New objects are poison, freed ones another, zeroed ones zero. */
static void slab_debug_poison_is_the_kernels(struct kunit *test)
{
	struct scene *s = test->priv;
	u8 *object = get(test);

	KUNIT_EXPECT_TRUE(test, !memchr_inv(object, POISON_INUSE, SIZE));
	put(test, object);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(object, POISON_FREE, SIZE - 1));
	KUNIT_EXPECT_EQ(test, object[SIZE - 1], (u8)POISON_END);
	object = annex_cache_alloc(&s->annex->heap, s->cache,
				   GFP_KERNEL | __GFP_ZERO);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(object, 0, SIZE));
	put(test, object);
	KUNIT_EXPECT_EQ(test, found(test), 0UL);
	finish(test);
}

static void construct(void *object)
{
	memset(object, 0x42, SIZE);
}

/* What a constructor made is not poisoned; what is beside it is watched. */
static void slab_debug_keeps_what_was_constructed(struct kunit *test)
{
	struct scene *s = test->priv;
	struct annex_kmem_cache *cache =
		annex_cache_create(&s->annex->heap, "made", SIZE, 0, 0,
				   construct);
	u8 *object = annex_cache_alloc(&s->annex->heap, cache, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(object, 0x42, SIZE));
	KUNIT_EXPECT_EQ(test, annex_cache_free(&s->annex->heap, cache, object),
			0);
	object[0] = 0x43;
	KUNIT_EXPECT_PTR_EQ(test,
			    annex_cache_alloc(&s->annex->heap, cache,
					      GFP_KERNEL),
			    (void *)object);
	KUNIT_EXPECT_EQ(test, object[0], (u8)0x43);
	KUNIT_EXPECT_EQ(test, found(test), 0UL);
	object[SIZE] ^= 1;
	KUNIT_EXPECT_EQ(test, annex_cache_free(&s->annex->heap, cache, object),
			0);
	KUNIT_EXPECT_EQ(test, found(test), 1UL);
	KUNIT_EXPECT_EQ(test, annex_cache_destroy(&s->annex->heap, cache), 0);
	finish(test);
}

/* What a destroyed cache has become is nothing that one can allocate from. */
static void slab_debug_destroyed_cache_is_refused(struct kunit *test)
{
	struct scene *s = test->priv;
	struct annex_kmem_cache *cache =
		annex_cache_create(&s->annex->heap, "gone", SIZE, 0, 0, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, annex_cache_destroy(&s->annex->heap, cache), 0);
	KUNIT_EXPECT_NULL(test, annex_cache_alloc(&s->annex->heap, cache,
						  GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, annex_test_event(s->annex, ANNEX_BAD_HEAP), 1UL);
	finish(test);
}

/* An overrun that reaches the owners is told from owners. */
static void slab_debug_owners_can_be_overwritten(struct kunit *test)
{
	struct scene *s = test->priv;
	u8 *object = get(test);

	memset(object + SIZE, 0x5c, 40);
	put(test, object);
	KUNIT_EXPECT_EQ(test, found(test), 1UL);
	object = get(test);
	put(test, object);
	KUNIT_EXPECT_EQ(test, found(test), 1UL);
	annex_test_validate(test, s->annex);
	finish(test);
}

static struct kunit_case slab_debug_cases[] = {
	KUNIT_CASE(slab_debug_right_use_is_quiet),
	KUNIT_CASE(slab_debug_overrun_is_found_at_free),
	KUNIT_CASE(slab_debug_use_after_free_is_found),
	KUNIT_CASE(slab_debug_double_free_names_owners),
	KUNIT_CASE(slab_debug_destroy_names_owners),
	KUNIT_CASE(slab_debug_poison_is_the_kernels),
	KUNIT_CASE(slab_debug_keeps_what_was_constructed),
	KUNIT_CASE(slab_debug_destroyed_cache_is_refused),
	KUNIT_CASE(slab_debug_owners_can_be_overwritten),
	{}
};

static struct kunit_suite annex_slab_debug_suite = {
	.name = "annex_slab_debug",
	.init = slab_debug_test_init,
	.test_cases = slab_debug_cases,
};

kunit_test_suite(annex_slab_debug_suite);
