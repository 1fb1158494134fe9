// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the heap's caches: what objects are like, where they come from and
 * go, and what a caller may get wrong.
 */
#include <linux/err.h>
#include <linux/errno.h>

#include "heap/cache.h"
#include "heap/desc.h"
#include "heap/heap.h"
#include "heap/kmalloc_fast.h"
#include "lib/testslab.h"
#include "page/page.h"
#include "page/page_alloc.h"

static unsigned long refusals(struct kunit *test)
{
	struct scene *s = test->priv;

	return annex_test_event(s->annex, ANNEX_BAD_HEAP);
}

/* A heap that is not used has no frame; one object takes two frames. */
static void slab_idle_heap_has_no_frame(struct kunit *test)
{
	struct scene *s = test->priv;
	struct annex_kmem_cache *cache = &s->annex->heap.kmalloc[0][3];
	void *object;

	KUNIT_EXPECT_EQ(test, s->annex->heap.nr_slabs, 0UL);
	object = get(test, cache);
	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(s->annex), s->free - 2);
	KUNIT_EXPECT_EQ(test, put(test, cache, object), 0);
	expect_all_back(test);
}

struct shape {
	unsigned int size, align;
	slab_flags_t flags;
	unsigned int want_align;
};

static const struct shape shapes[] = {
	{ 1, 0, 0, sizeof(void *) },
	{ 7, 0, 0, 8 },
	{ 24, 0, 0, 8 },
	{ 40, 0, SLAB_HWCACHE_ALIGN, 32 },
	{ 20, 64, 0, 64 },
	{ 100, 128, SLAB_RECLAIM_ACCOUNT, 128 },
	{ 256, 0, SLAB_HWCACHE_ALIGN, 32 },
	{ 700, 0, 0, 8 },
	{ 1500, 512, 0, 512 },
	{ 4096, 4096, 0, 4096 },
	{ 5000, 0, SLAB_CACHE_DMA, 8 },
	{ 33000, 0, 0, 8 },
	{ 100, 3, 0, 8 },
	{ 20, 24, SLAB_NOLEAKTRACE, 32 },
	{ 10, 4095, 0, 4096 },
	{ 30, 33, SLAB_NOLEAKTRACE | SLAB_RED_ZONE, 64 },
	{ 100, 32, SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER, 32 },
	{ 4096, 4096, SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER, 4096 },
};

#define MANY	200

static void stamp(u8 *object, unsigned int size, unsigned int i)
{
	memset(object, i, size);
}

static bool stamped(const u8 *object, unsigned int size, unsigned int i)
{
	return !memchr_inv(object, (u8)i, size);
}

/* Objects are aligned, do not overlap, and keep what is in them. */
static void check_shape(struct kunit *test, const struct shape *shape)
{
	struct annex_kmem_cache *cache = make(test, "shape", shape->size,
					      shape->align, shape->flags, NULL);
	unsigned int many = shape->size > 4096 ? 8 : MANY, i;
	u8 **object = kunit_kcalloc(test, many, sizeof(*object), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, object);
	for (i = 0; i < many; i++) {
		object[i] = get(test, cache);
		KUNIT_ASSERT_NOT_NULL(test, object[i]);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)object[i],
						   shape->want_align));
		stamp(object[i], shape->size, i);
	}
	annex_test_validate(test, ((struct scene *)test->priv)->annex);
	for (i = 0; i < many; i++) {
		KUNIT_EXPECT_TRUE(test, stamped(object[i], shape->size, i));
		KUNIT_EXPECT_EQ(test, put(test, cache, object[i]), 0);
	}
	unmake(test, cache);
}

static void slab_objects_are_whole_and_aligned(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		check_shape(test, &shapes[i]);
}

static unsigned int constructed;

static void construct(void *object)
{
	memset(object, 0x42, 48);
	constructed++;
}

/* Once for each object of a slab, not at each allocation. */
static void slab_constructor_runs_once(struct kunit *test)
{
	struct annex_kmem_cache *cache;
	unsigned int i;
	u8 *object;

	constructed = 0;
	cache = make(test, "constructed", 48, 0, 0, construct);
	KUNIT_EXPECT_EQ(test, constructed, 0U);
	for (i = 0; i < 1000; i++) {
		object = get(test, cache);
		KUNIT_ASSERT_NOT_NULL(test, object);
		KUNIT_EXPECT_TRUE(test, stamped(object, 48, 0x42));
		KUNIT_EXPECT_EQ(test, put(test, cache, object), 0);
	}
	KUNIT_EXPECT_EQ(test, constructed, (unsigned int)cache->objects);
	/* Poison gives way to the constructor, zeroes do not go with it. */
	KUNIT_EXPECT_NULL(test, annex_cache_alloc(cache->heap, cache,
						  GFP_KERNEL | __GFP_ZERO));
	KUNIT_EXPECT_EQ(test, refusals(test), 1UL);
	unmake(test, cache);
}

static void slab_zeroes(struct kunit *test)
{
	struct annex_kmem_cache *cache = make(test, "zeroed", 72, 0, 0, NULL);
	u8 *object = get(test, cache);

	KUNIT_ASSERT_NOT_NULL(test, object);
	stamp(object, 72, 0xff);
	KUNIT_EXPECT_EQ(test, put(test, cache, object), 0);
	object = annex_cache_alloc(cache->heap, cache, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_EXPECT_TRUE(test, stamped(object, 72, 0));
	KUNIT_EXPECT_EQ(test, put(test, cache, object), 0);
	unmake(test, cache);
}

/* Freed twice: at once, after others, after its CPU forgot it, after its frame
 * went.
 */
static void slab_double_free_is_found(struct kunit *test)
{
	struct annex_kmem_cache *cache = make(test, "twice", 64, 0, 0, NULL);
	struct annex *annex = annex_of(cache->heap, heap);
	void *a = get(test, cache), *b = get(test, cache);

	KUNIT_EXPECT_EQ(test, put(test, cache, a), 0);
	KUNIT_EXPECT_EQ(test, put(test, cache, a), -EALREADY);
	KUNIT_EXPECT_EQ(test, put(test, cache, b), 0);
	KUNIT_EXPECT_EQ(test, put(test, cache, a), -EALREADY);
	annex_cache_drain(cache);
	KUNIT_EXPECT_EQ(test, put(test, cache, a), -EALREADY);
	KUNIT_EXPECT_EQ(test, __annex_kfree(&annex->heap, b), -EALREADY);
	annex_cache_shrink(&annex->heap, cache);
	KUNIT_EXPECT_EQ(test, put(test, cache, a), -EALREADY);
	KUNIT_EXPECT_EQ(test, refusals(test), 5UL);
	unmake(test, cache);
}

static void slab_strangers_are_refused(struct kunit *test)
{
	struct annex_kmem_cache *cache = make(test, "ours", 96, 0, 0, NULL);
	struct annex_kmem_cache *other = make(test, "other", 96, 0, 0, NULL);
	struct annex *annex = annex_of(cache->heap, heap);
	struct annex_page *page = annex_test_must_alloc(test, annex,
							GFP_KERNEL, 0);
	u8 *object = get(test, cache), *mine = (u8 *)&page;
	void *frame =
		annex_heap_addr(&annex->heap, page - annex->frames.mem_map);
	void *desc = annex_heap_slab(&annex->heap, object);

	KUNIT_EXPECT_EQ(test, put(test, other, object), -EXDEV);
	KUNIT_EXPECT_EQ(test, put(test, NULL, object), -EXDEV);
	KUNIT_EXPECT_EQ(test, put(test, cache, object + 8), -EINVAL);
	KUNIT_EXPECT_EQ(test, put(test, cache, object + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, put(test, cache, mine), -EFAULT);
	KUNIT_EXPECT_EQ(test, put(test, cache, NULL), -EFAULT);
	KUNIT_EXPECT_EQ(test, put(test, cache, frame), -EPERM);
	KUNIT_EXPECT_EQ(test, put(test, cache, desc), -EPERM);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0), 0);
	KUNIT_EXPECT_EQ(test, put(test, cache, frame), -EALREADY);
	KUNIT_EXPECT_NULL(test,
			  annex_cache_alloc(&annex->heap, NULL, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, refusals(test), 10UL);
	KUNIT_EXPECT_EQ(test, put(test, cache, object), 0);
	KUNIT_EXPECT_EQ(test, annex_cache_destroy(&annex->heap, other), 0);
	unmake(test, cache);
}

/* Only the heap frees its frames and changes their descriptors. */
static void slab_frames_are_kept(struct kunit *test)
{
	struct annex_kmem_cache *cache = make(test, "kept", 1024, 0, 0, NULL);
	struct annex *annex = annex_of(cache->heap, heap);
	void *object = get(test, cache);
	struct annex_slab *slab = annex_heap_slab(&annex->heap, object);
	struct annex_page *page = annex->frames.mem_map + slab->pfn;

	KUNIT_EXPECT_EQ(test,
			annex_block_free(&annex->frames, page, slab->order),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, __annex_put_page(&annex->frames, page), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_page_store_private(page, 1), -EBUSY);
	/* Somebody's reference keeps the frame, and the heap does not mind. */
	KUNIT_EXPECT_EQ(test, __annex_get_page(&annex->frames, page), 0);
	KUNIT_EXPECT_EQ(test, put(test, cache, object), 0);
	annex_cache_shrink(&annex->heap, cache);
	annex_test_validate(test, annex);
	KUNIT_EXPECT_EQ(test, __annex_put_page(&annex->frames, page), 0);
	unmake(test, cache);
}

struct request {
	const char *name;
	unsigned int size, align;
	slab_flags_t flags;
	int err;
};

static const struct request senseless[] = {
	{ NULL, 8, 0, 0, -EINVAL },
	{ "", 8, 0, 0, -EINVAL },
	{ "a b", 8, 0, 0, -EINVAL },
	{ "a\n", 8, 0, 0, -EINVAL },
	{ "a-name-of-more-than-thirty-one-c", 8, 0, 0, -EINVAL },
	{ "none", 0, 0, 0, -EINVAL },
	{ "huge", (4 << 20) + 1, 0, 0, -EINVAL },
	{ "huge", ~0U, 0, 0, -EINVAL },
	{ "groups:columns", 8, 0, 0, -EINVAL },
	{ ":", 8, 0, 0, -EINVAL },
	{ "#heading", 8, 0, 0, -EINVAL },
	{ "caf\xc3\xa9", 8, 0, 0, -EINVAL },
	{ "\xe9t\xe9", 8, 0, 0, -EINVAL },
	{ "del\x7f", 8, 0, 0, -EINVAL },
	{ "skewed", 8, 4097, 0, -EINVAL },
	{ "skewed", 8, 8192, 0, -EINVAL },
	{ "fatal", 8, 0, SLAB_PANIC, -EINVAL },
	{ "rcu", 8, 0, SLAB_TYPESAFE_BY_RCU, -EINVAL },
	{ "watched", 4 << 20, 0, SLAB_RED_ZONE, -EINVAL },
	{ "kmalloc-64", 8, 0, 0, -EEXIST },
	{ "kmem_cache", 8, 0, 0, -EEXIST },
};

static void slab_senseless_caches_are_refused(struct kunit *test)
{
	struct scene *s = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(senseless); i++) {
		const struct request *r = &senseless[i];
		struct annex_kmem_cache *cache =
			annex_cache_create(&s->annex->heap, r->name, r->size,
					   r->align, r->flags, NULL);

		KUNIT_EXPECT_EQ_MSG(test, PTR_ERR_OR_ZERO(cache), r->err,
				    "request %u", i);
	}
	KUNIT_EXPECT_EQ(test, refusals(test), ARRAY_SIZE(senseless));
	expect_all_back(test);
}

static void slab_destroy_wants_all_objects(struct kunit *test)
{
	struct annex_kmem_cache *cache = make(test, "busy", 200, 0, 0, NULL);
	struct annex *annex = annex_of(cache->heap, heap);
	void *object = get(test, cache);

	KUNIT_EXPECT_EQ(test, annex_cache_destroy(&annex->heap, cache), -EBUSY);
	KUNIT_EXPECT_EQ(test, put(test, cache, object), 0);
	object = get(test, cache);
	KUNIT_EXPECT_NOT_NULL(test, object);
	KUNIT_EXPECT_EQ(test, put(test, cache, object), 0);
	KUNIT_EXPECT_EQ(test, annex_cache_destroy(&annex->heap, NULL), 0);
	KUNIT_EXPECT_EQ(test,
			annex_cache_destroy(&annex->heap, &annex->heap.boot),
			-EINVAL);
	KUNIT_EXPECT_EQ(test,
			annex_cache_destroy(&annex->heap,
					    &annex->heap.kmalloc[2][12]),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, annex_cache_destroy(&annex->heap, (void *)test),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, annex_cache_destroy(&annex->heap, cache), 0);
	KUNIT_EXPECT_EQ(test, annex_cache_destroy(&annex->heap, cache),
			-EINVAL);
	expect_all_back(test);
}

/* Exact if idle: objects in use count, per-CPU cached objects do not. */
static void slab_info_counts(struct kunit *test)
{
	struct annex_kmem_cache *cache = make(test, "counted", 128, 0,
					      SLAB_RECLAIM_ACCOUNT, NULL);
	struct annex *annex = annex_of(cache->heap, heap);
	struct annex_cache_info info;
	void *object[100];
	unsigned int i;

	for (i = 0; i < 100; i++)
		object[i] = get(test, cache);
	annex_cache_info(cache, &info);
	KUNIT_EXPECT_EQ(test, info.active_objs, 100UL);
	KUNIT_EXPECT_EQ(test, info.num_objs, info.num_slabs * cache->objects);
	KUNIT_EXPECT_GE(test, info.active_slabs, 4UL);
	KUNIT_EXPECT_EQ(test, annex_test_node(annex, ANNEX_NR_SLAB_RECLAIMABLE),
			info.num_slabs << cache->order);
	for (i = 0; i < 100; i++)
		put(test, cache, object[i]);
	annex_cache_drain(cache);
	annex_cache_info(cache, &info);
	KUNIT_EXPECT_EQ(test, info.active_objs, 0UL);
	KUNIT_EXPECT_EQ(test, info.active_slabs, 0UL);
	KUNIT_EXPECT_LE(test, info.num_slabs, (unsigned long)cache->keep);
	unmake(test, cache);
}

/* One object of a slab in use, and the slab stays; of two half empty slabs the
 * one that is used fills up.
 */
static void slab_fills_what_is_in_use(struct kunit *test)
{
	struct annex_kmem_cache *cache = make(test, "filled", 512, 0, 0, NULL);
	unsigned int n = cache->objects * 4, i;
	void **object = kunit_kcalloc(test, n, sizeof(*object), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, object);
	for (i = 0; i < n; i++)
		object[i] = get(test, cache);
	for (i = 0; i < n; i++)
		if (i % cache->objects)
			put(test, cache, object[i]);
	annex_cache_shrink(cache->heap, cache);
	annex_test_validate(test, annex_of(cache->heap, heap));
	KUNIT_EXPECT_LE(test, cache->nr_objects, (unsigned long)n +
			cache->objects * 8);
	for (i = 0; i < n; i++)
		if (i % cache->objects)
			object[i] = get(test, cache);
	KUNIT_EXPECT_LE(test, cache->nr_objects, (unsigned long)n +
			cache->objects * 8);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ(test, put(test, cache, object[i]), 0);
	unmake(test, cache);
}

/* A pool that runs dry: NULL, and everything is as it was. */
static void slab_dry_pool_is_no_loss(struct kunit *test)
{
	struct annex_kmem_cache *cache = make(test, "dry", 2048, 0, 0, NULL);
	struct annex *annex = annex_of(cache->heap, heap);
	struct annex_page **pages = annex_test_array(test, annex);
	unsigned int nr = 0, taken, i;
	void **object = kunit_kcalloc(test, 4096, sizeof(*object), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, object);
	taken = annex_test_exhaust(annex, GFP_ATOMIC, pages);
	KUNIT_EXPECT_NULL(test, annex_cache_alloc(&annex->heap, cache,
						  GFP_ATOMIC | __GFP_NOWARN));
	for (i = 0; i < 99; i++)
		annex_block_free(&annex->frames, pages[--taken], 0);
	while (nr < 4096) {
		object[nr] = annex_cache_alloc(&annex->heap, cache,
					       GFP_ATOMIC | __GFP_NOWARN);
		if (!object[nr])
			break;
		nr++;
	}
	/* Of single frames, when there are no larger blocks. */
	KUNIT_EXPECT_GE(test, nr, 50U);
	annex_test_validate(test, annex);
	while (nr)
		KUNIT_EXPECT_EQ(test, put(test, cache, object[--nr]), 0);
	while (taken)
		annex_block_free(&annex->frames, pages[--taken], 0);
	unmake(test, cache);
}

/* Of what becomes empty, a cache keeps a few slabs; the rest is the pool's. */
static void slab_few_empty_ones_are_kept(struct kunit *test)
{
	struct annex_kmem_cache *cache = make(test, "kept", 256, 0, 0, NULL);
	unsigned int i, nr = 1024;
	void **object = kunit_kcalloc(test, nr, sizeof(*object), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, object);
	for (i = 0; i < nr; i++)
		object[i] = get(test, cache);
	for (i = 0; i < nr; i++)
		put(test, cache, object[i]);
	annex_cache_drain(cache);
	KUNIT_EXPECT_EQ(test, cache->nr[ANNEX_SLAB_EMPTY], cache->keep + 0UL);
	KUNIT_EXPECT_EQ(test, cache->nr[ANNEX_SLAB_PARTIAL], 0UL);
	KUNIT_EXPECT_EQ(test, cache->nr[ANNEX_SLAB_FULL], 0UL);
	KUNIT_EXPECT_LE(test, cache->keep << cache->order, 8);
	unmake(test, cache);
}

/* What was not given back is said, and its frames are not lost. */
static void slab_exit_leaves_nothing(struct kunit *test)
{
	struct scene *s = test->priv;
	struct annex_kmem_cache *cache = make(test, "leaky", 300, 0, 0, NULL);
	unsigned int i;

	for (i = 0; i < 40; i++)
		KUNIT_EXPECT_NOT_NULL(test, get(test, cache));
	annex_heap_exit(&s->annex->heap);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(s->annex), s->free);
	KUNIT_EXPECT_NULL(test,
			  __annex_kmalloc(&s->annex->heap, 8, GFP_KERNEL));
	annex_test_validate(test, s->annex);
}

static struct kunit_case slab_cases[] = {
	KUNIT_CASE(slab_idle_heap_has_no_frame),
	KUNIT_CASE(slab_objects_are_whole_and_aligned),
	KUNIT_CASE(slab_constructor_runs_once),
	KUNIT_CASE(slab_zeroes),
	KUNIT_CASE(slab_double_free_is_found),
	KUNIT_CASE(slab_strangers_are_refused),
	KUNIT_CASE(slab_frames_are_kept),
	KUNIT_CASE(slab_senseless_caches_are_refused),
	KUNIT_CASE(slab_destroy_wants_all_objects),
	KUNIT_CASE(slab_info_counts),
	KUNIT_CASE(slab_fills_what_is_in_use),
	KUNIT_CASE(slab_dry_pool_is_no_loss),
	KUNIT_CASE(slab_few_empty_ones_are_kept),
	KUNIT_CASE(slab_exit_leaves_nothing),
	{}
};

static struct kunit_suite annex_slab_suite = {
	.name = "annex_slab",
	.init = slab_test_init,
	.test_cases = slab_cases,
};

kunit_test_suite(annex_slab_suite);
