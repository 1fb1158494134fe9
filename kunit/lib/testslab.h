/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_TESTSLAB_H
#define ANNEX_KUNIT_LIB_TESTSLAB_H

/*
 * A pool with a heap for each test of a suite, caches of it, and the proof in the
 * end that all frames are back.
 */
#include <linux/err.h>

#include "heap/cache.h"
#include "heap/heap.h"
#include "heap/kmalloc_fast.h"
#include "testpool.h"

static const struct annex_testpool with_heap = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 3072,
	.contents = true, .heap = true,
};

/* What each test has: a pool, and how much of it was free. */
struct scene {
	struct annex *annex;
	unsigned long free;
};

static inline int slab_test_init(struct kunit *test)
{
	struct scene *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->annex = annex_testpool(test, &with_heap);
	s->free = annex_test_free_pages(s->annex);
	test->priv = s;
	return 0;
}

/* Whatever a test did, all frames are back and the books balance. */
static inline void expect_all_back(struct kunit *test)
{
	struct scene *s = test->priv;

	annex_test_validate(test, s->annex);
	annex_heap_shrink(&s->annex->heap);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(s->annex), s->free);
	KUNIT_EXPECT_EQ(test, s->annex->heap.nr_slabs, 0UL);
	KUNIT_EXPECT_EQ(test, s->annex->heap.nr_desc_pages, 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_node(s->annex,
					      ANNEX_NR_SLAB_RECLAIMABLE), 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_node(s->annex,
					      ANNEX_NR_SLAB_UNRECLAIMABLE),
			0UL);
	annex_test_validate(test, s->annex);
}

static inline struct annex_kmem_cache *make(struct kunit *test,
					    const char *name,
					    unsigned int size,
					    unsigned int align,
					    slab_flags_t flags,
					    void (*ctor)(void *))
{
	struct scene *s = test->priv;
	struct annex_kmem_cache *cache =
		annex_cache_create(&s->annex->heap, name, size, align, flags,
				   ctor);

	KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
	return cache;
}

static inline void unmake(struct kunit *test, struct annex_kmem_cache *cache)
{
	struct scene *s = test->priv;

	KUNIT_EXPECT_EQ(test, annex_cache_destroy(&s->annex->heap, cache), 0);
	expect_all_back(test);
}

static inline void *get(struct kunit *test, struct annex_kmem_cache *cache)
{
	struct scene *s = test->priv;

	return annex_cache_alloc(&s->annex->heap, cache, GFP_KERNEL);
}

static inline int put(struct kunit *test, struct annex_kmem_cache *cache,
		      void *object)
{
	struct scene *s = test->priv;

	return annex_cache_free(&s->annex->heap, cache, object);
}

#endif /* ANNEX_KUNIT_LIB_TESTSLAB_H */
