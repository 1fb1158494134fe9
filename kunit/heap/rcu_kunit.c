// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of memory that is given back when its readers under RCU have gone, and of
 * many objects at once.
 */
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>

#include "heap/bulk.h"
#include "heap/cache.h"
#include "heap/heap.h"
#include "heap/kmalloc.h"
#include "heap/kmalloc_fast.h"
#include "heap/kvmalloc.h"
#include "heap/rcu.h"
#include "lib/testpool.h"

static const struct annex_testpool opts = {
	.start = 5ULL << 30, .nr_pages = 8192, .lowmem_pages = 8000,
	.contents = true, .heap = true,
};

/* What a callback is to know; tests run one after the other. */
static struct annex *the_pool;
static unsigned int called;

static void done(struct rcu_head *head)
{
	called++;
	annex_rcu_done(&the_pool->heap, head);
}

static int give_later(void *addr, void *head)
{
	return __annex_kvfree_rcu(&the_pool->heap, addr, head, done);
}

static int rcu_test_init(struct kunit *test)
{
	the_pool = annex_testpool(test, &opts);
	called = 0;
	return 0;
}

static void expect_all_back(struct kunit *test, unsigned long free)
{
	annex_test_validate(test, the_pool);
	annex_heap_shrink(&the_pool->heap);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(the_pool), free);
	annex_test_validate(test, the_pool);
}

/* A head at an offset, with readers that see the object whole until they go. */
static void check_one(struct kunit *test, u8 *addr, size_t size, size_t at)
{
	struct rcu_head *head = (void *)addr + at;
	unsigned int before = called;

	KUNIT_ASSERT_NOT_NULL(test, addr);
	memset(addr, 0x5c, size);
	rcu_read_lock();
	KUNIT_EXPECT_EQ(test,
			__annex_kvfree_rcu(&the_pool->heap, addr, head, done),
			0);
	/* It is no longer in use, and everything but the head is unchanged. */
	KUNIT_EXPECT_EQ(test,
			__annex_kvfree_rcu(&the_pool->heap, addr, head, done),
			-EALREADY);
	KUNIT_EXPECT_LT(test, __annex_kfree(&the_pool->heap, addr), 0);
	KUNIT_EXPECT_EQ(test, __annex_ksize(&the_pool->heap, addr), (size_t)0);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(addr, 0x5c, at));
	KUNIT_EXPECT_TRUE(test, !memchr_inv(head + 1, 0x5c, size - at -
					    sizeof(*head)));
	KUNIT_EXPECT_EQ(test, called, before);
	rcu_read_unlock();
	annex_test_validate(test, the_pool);
	annex_rcu_wait(&the_pool->heap);
	KUNIT_EXPECT_EQ(test, called, before + 1);
	KUNIT_EXPECT_EQ(test, __annex_kfree(&the_pool->heap, addr), -EALREADY);
}

static const size_t sizes[] = {
	sizeof(struct rcu_head), 40, 64, 1000, 8192, 8193, 100000, SZ_1M,
};

static void rcu_frees_what_waits(struct kunit *test)
{
	unsigned long free = annex_test_free_pages(the_pool);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t last = round_down(sizes[i] - sizeof(struct rcu_head),
					 sizeof(void *));

		check_one(test,
			  __annex_kmalloc(&the_pool->heap, sizes[i],
					  GFP_KERNEL),
			  sizes[i], 0);
		check_one(test,
			  __annex_kmalloc(&the_pool->heap, sizes[i],
					  GFP_KERNEL),
			  sizes[i], last);
	}
	expect_all_back(test, free);
}

/* A cache is destroyed with all its objects, those that wait included. */
static void rcu_cache_waits_for_its_objects(struct kunit *test)
{
	unsigned long free = annex_test_free_pages(the_pool);
	static const slab_flags_t flags[] = {
		0, SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER,
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct annex_kmem_cache *cache =
			annex_cache_create(&the_pool->heap, "waits", 48, 0,
					   flags[i], NULL);

		KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
		for (j = 0; j < 100; j++) {
			u8 *object = annex_cache_alloc(&the_pool->heap, cache,
						       GFP_KERNEL);

			KUNIT_ASSERT_NOT_NULL(test, object);
			KUNIT_EXPECT_EQ(test, give_later(object, object + 16),
					0);
		}
		KUNIT_EXPECT_EQ(test,
				annex_cache_destroy(&the_pool->heap, cache), 0);
		KUNIT_EXPECT_EQ(test, called, 100 * (i + 1));
	}
	expect_all_back(test, free);
}

static void rcu_misuse_is_refused(struct kunit *test)
{
	unsigned long free = annex_test_free_pages(the_pool);
	u8 *object = __annex_kmalloc(&the_pool->heap, 64, GFP_KERNEL);
	struct rcu_head mine;

	KUNIT_EXPECT_EQ(test, give_later(object, &mine), -ERANGE);
	KUNIT_EXPECT_EQ(test, give_later(object, object + 64 - sizeof(void *)),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, give_later(object, object + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, give_later(object + 8, object), -EINVAL);
	KUNIT_EXPECT_EQ(test, give_later(&mine, &mine), -EFAULT);
	KUNIT_EXPECT_EQ(test, give_later(NULL, NULL), -EFAULT);
	KUNIT_EXPECT_EQ(test, annex_test_event(the_pool, ANNEX_BAD_HEAP), 6UL);
	KUNIT_EXPECT_EQ(test, annex_kvfree_mightsleep(&the_pool->heap, object),
			0);
	KUNIT_EXPECT_EQ(test, annex_kvfree_mightsleep(&the_pool->heap, object),
			-EALREADY);
	KUNIT_EXPECT_EQ(test, annex_kvfree_mightsleep(&the_pool->heap, NULL),
			0);
	KUNIT_EXPECT_EQ(test, called, 0U);
	expect_all_back(test, free);
}

#define MANY	300

static void check_many(struct kunit *test, struct annex_kmem_cache *cache,
		       void **object, size_t nr)
{
	size_t i, got;

	got = annex_cache_alloc_bulk(&the_pool->heap, cache,
				     GFP_KERNEL | __GFP_ZERO, nr, object);
	KUNIT_ASSERT_EQ(test, got, nr);
	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_TRUE(test, !memchr_inv(object[i], 0, 72));
		memset(object[i], 0xff, 72);
		*(size_t *)object[i] = i;
	}
	annex_test_validate(test, the_pool);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ(test, *(size_t *)object[i], i);
	KUNIT_EXPECT_EQ(test,
			annex_cache_free_bulk(&the_pool->heap, cache, nr,
					      object),
			0);
}

static void bulk_objects_come_and_go(struct kunit *test)
{
	static const slab_flags_t flags[] = { 0, SLAB_POISON | SLAB_RED_ZONE };
	void **object = kunit_kcalloc(test, MANY, sizeof(*object), GFP_KERNEL);
	unsigned long free = annex_test_free_pages(the_pool);
	unsigned int i;
	size_t nr;

	KUNIT_ASSERT_NOT_NULL(test, object);
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct annex_kmem_cache *cache =
			annex_cache_create(&the_pool->heap, "many", 72, 0,
					   flags[i], NULL);

		KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
		for (nr = 0; nr <= MANY; nr += 1 + nr / 2)
			check_many(test, cache, object, nr);
		KUNIT_EXPECT_EQ(test,
				annex_cache_destroy(&the_pool->heap, cache), 0);
	}
	expect_all_back(test, free);
}

/* All or none: a request for more than there are gets none. */
static void bulk_gives_all_or_none(struct kunit *test)
{
	unsigned long free = annex_test_free_pages(the_pool);
	size_t nr = the_pool->frames.lowmem_pages / 2 + 1;
	struct annex_kmem_cache *cache =
		annex_cache_create(&the_pool->heap, "large", 8192, 0, 0, NULL);
	void **object = kvcalloc(nr, sizeof(*object), GFP_KERNEL);
	struct annex_cache_info info;

	KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_EXPECT_EQ(test,
			annex_cache_alloc_bulk(&the_pool->heap, cache,
					       GFP_NOWAIT | __GFP_NOWARN, nr,
					       object),
			(size_t)0);
	annex_cache_info(cache, &info);
	KUNIT_EXPECT_EQ(test, info.active_objs, 0UL);
	KUNIT_EXPECT_EQ(test, annex_cache_destroy(&the_pool->heap, cache), 0);
	kvfree(object);
	expect_all_back(test, free);
}

static void nothing(void *object)
{
}

static void bulk_misuse_is_refused(struct kunit *test)
{
	struct annex_heap *heap = &the_pool->heap;
	unsigned long free = annex_test_free_pages(the_pool);
	struct annex_kmem_cache *made =
		annex_cache_create(heap, "made", 64, 0, 0, nothing);
	void *object[4] = {}, *others[3];

	KUNIT_ASSERT_FALSE(test, IS_ERR(made));
	KUNIT_EXPECT_EQ(test,
			annex_cache_alloc_bulk(heap, NULL, GFP_KERNEL, 4,
					       object),
			(size_t)0);
	KUNIT_ASSERT_EQ(test,
			annex_cache_alloc_bulk(heap, made, GFP_KERNEL, 3,
					       object),
			(size_t)3);
	KUNIT_EXPECT_EQ(test,
			annex_cache_alloc_bulk(heap, made,
					       GFP_KERNEL | __GFP_ZERO, 3,
					       others),
			(size_t)0);
	/* One that is another's, one twice: the others are given back. */
	object[3] = object[1];
	others[0] = __annex_kmalloc(heap, 64, GFP_KERNEL);
	others[1] = object[0];
	others[2] = __annex_kmalloc(heap, 100000, GFP_KERNEL);
	swap(object[0], others[0]);
	KUNIT_EXPECT_EQ(test, annex_cache_free_bulk(heap, made, 4, object),
			-EXDEV);
	others[0] = object[0];
	KUNIT_EXPECT_EQ(test, annex_cache_free_bulk(heap, NULL, 3, others), 0);
	KUNIT_EXPECT_EQ(test, annex_cache_free_bulk(heap, NULL, 1, object),
			-EALREADY);
	KUNIT_EXPECT_EQ(test, annex_test_event(the_pool, ANNEX_BAD_HEAP), 5UL);
	KUNIT_EXPECT_EQ(test, annex_cache_destroy(heap, made), 0);
	expect_all_back(test, free);
}

static struct kunit_case rcu_cases[] = {
	KUNIT_CASE(rcu_frees_what_waits),
	KUNIT_CASE(rcu_cache_waits_for_its_objects),
	KUNIT_CASE(rcu_misuse_is_refused),
	KUNIT_CASE(bulk_objects_come_and_go),
	KUNIT_CASE(bulk_gives_all_or_none),
	KUNIT_CASE(bulk_misuse_is_refused),
	{}
};

static struct kunit_suite annex_rcu_suite = {
	.name = "annex_rcu",
	.init = rcu_test_init,
	.test_cases = rcu_cases,
};

kunit_test_suite(annex_rcu_suite);
