// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of kmalloc: sizes and classes, blocks of frames, krealloc, and what is
 * no memory of the heap's.
 */
#include <linux/errno.h>
#include <linux/sizes.h>

#include "heap/desc.h"
#include "heap/heap.h"
#include "heap/kmalloc.h"
#include "heap/kmalloc_fast.h"
#include "lib/testpool.h"
#include "page/page_alloc.h"
#include "reclaim/lock.h"

static const struct annex_testpool with_heap = {
	.start = 5ULL << 30, .nr_pages = 8192, .lowmem_pages = 8000,
	.contents = true, .heap = true,
};

static struct annex *pool_of(struct kunit *test)
{
	return test->priv;
}

static int kmalloc_test_init(struct kunit *test)
{
	test->priv = annex_testpool(test, &with_heap);
	return 0;
}

static void expect_all_back(struct kunit *test, unsigned long free)
{
	struct annex *annex = pool_of(test);

	annex_test_validate(test, annex);
	annex_heap_shrink(&annex->heap);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	KUNIT_EXPECT_EQ(test, annex_test_node(annex,
					      ANNEX_NR_SLAB_UNRECLAIMABLE),
			0UL);
	annex_test_validate(test, annex);
}

static size_t class_size(struct annex *annex, unsigned int class)
{
	return annex->heap.kmalloc[ANNEX_KMALLOC_NORMAL][class].size;
}

/* The least class that holds it, of all sizes there are. */
static void kmalloc_class_is_the_least(struct kunit *test)
{
	struct annex *annex = pool_of(test);
	unsigned int class = 0;
	size_t size;

	for (size = 1; size <= ANNEX_KMALLOC_MAX_SLAB; size++) {
		if (size > class_size(annex, class))
			class++;
		KUNIT_EXPECT_EQ(test, annex_kmalloc_class(size), class);
	}
	KUNIT_EXPECT_EQ(test, class, ANNEX_KMALLOC_CLASSES - 1);
}

static const size_t sizes[] = {
	1, 8, 9, 16, 17, 32, 33, 64, 65, 96, 97, 128, 129, 192, 193, 256, 257,
	512, 513, 1000, 1024, 1025, 2048, 2049, 4096, 4097, 8191, 8192, 8193,
	SZ_16K, SZ_16K + 1, SZ_64K, 100000, SZ_1M, SZ_4M,
};

static const gfp_t kinds[] = { 0, __GFP_RECLAIMABLE, __GFP_DMA };

static void check_size(struct kunit *test, size_t size, gfp_t gfp)
{
	struct annex *annex = pool_of(test);
	u8 *addr = __annex_kmalloc(&annex->heap, size,
				   GFP_KERNEL | __GFP_ZERO | gfp);

	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_GE(test, __annex_ksize(&annex->heap, addr), size);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(addr, 0, size));
	if (is_power_of_2(size))
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)addr,
						   min_t(size_t, size,
							 SZ_8K)));
	memset(addr, 0xee, __annex_ksize(&annex->heap, addr));
	KUNIT_EXPECT_EQ(test, __annex_kfree(&annex->heap, addr), 0);
	KUNIT_EXPECT_EQ(test, __annex_kfree(&annex->heap, addr), -EALREADY);
}

static void kmalloc_sizes(struct kunit *test)
{
	unsigned long free = annex_test_free_pages(pool_of(test));
	unsigned int i, kind;

	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++)
		for (i = 0; i < ARRAY_SIZE(sizes); i++)
			check_size(test, sizes[i], kinds[kind]);
	expect_all_back(test, free);
}

/* All of a kind at once: each aligned to its size. */
static void kmalloc_powers_are_aligned(struct kunit *test)
{
	struct annex *annex = pool_of(test);
	unsigned long free = annex_test_free_pages(annex);
	unsigned int class, i;
	void *addr[24];

	for (class = 0; class < ANNEX_KMALLOC_CLASSES; class++) {
		size_t size = class_size(annex, class);

		for (i = 0; i < ARRAY_SIZE(addr); i++) {
			addr[i] =
				__annex_kmalloc(&annex->heap, size, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, addr[i]);
			if (is_power_of_2(size))
				KUNIT_EXPECT_TRUE(test,
						  IS_ALIGNED((unsigned long)
							     addr[i], size));
		}
		for (i = 0; i < ARRAY_SIZE(addr); i++)
			KUNIT_EXPECT_EQ(test,
					__annex_kfree(&annex->heap, addr[i]),
					0);
	}
	expect_all_back(test, free);
}

/* The kernel's own answers. */
static void kmalloc_nothing_and_too_much(struct kunit *test)
{
	struct annex *annex = pool_of(test);
	gfp_t quiet = GFP_KERNEL | __GFP_NOWARN;

	KUNIT_EXPECT_PTR_EQ(test, __annex_kmalloc(&annex->heap, 0, GFP_KERNEL),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_EQ(test, __annex_kfree(&annex->heap, ZERO_SIZE_PTR), 0);
	KUNIT_EXPECT_EQ(test, __annex_kfree(&annex->heap, NULL), 0);
	KUNIT_EXPECT_EQ(test, __annex_ksize(&annex->heap, ZERO_SIZE_PTR),
			(size_t)0);
	KUNIT_EXPECT_EQ(test, __annex_ksize(&annex->heap, NULL), (size_t)0);
	KUNIT_EXPECT_NULL(test,
			  __annex_kmalloc(&annex->heap, SZ_4M + 1, quiet));
	KUNIT_EXPECT_NULL(test,
			  __annex_kmalloc(&annex->heap, ~(size_t)0, quiet));
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_HEAP), 0UL);
	KUNIT_EXPECT_NULL(test, __annex_kmalloc(&annex->heap, ~(size_t)0 - 7,
						GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_HEAP), 1UL);
	annex_test_validate(test, annex);
}

static void kmalloc_strangers_are_refused(struct kunit *test)
{
	struct annex *annex = pool_of(test);
	struct annex_heap *heap = &annex->heap;
	unsigned long free = annex_test_free_pages(annex);
	u8 *large = __annex_kmalloc(heap, 40000, GFP_KERNEL);
	struct annex_page *page =
		annex_test_must_alloc(test, annex, GFP_KERNEL, 4);
	u8 *frame = annex_heap_addr(heap, page - annex->frames.mem_map);
	u8 *small = __annex_kmalloc(heap, 1000, GFP_KERNEL);

	KUNIT_EXPECT_EQ(test, __annex_kfree(heap, large + 8), -EINVAL);
	KUNIT_EXPECT_EQ(test, __annex_kfree(heap, large + PAGE_SIZE), -EINVAL);
	KUNIT_EXPECT_EQ(test, __annex_kfree(heap, frame), -EPERM);
	KUNIT_EXPECT_EQ(test, __annex_kfree(heap, frame + PAGE_SIZE), -EPERM);
	KUNIT_EXPECT_EQ(test, __annex_kfree(heap, small + 512), -EINVAL);
	KUNIT_EXPECT_EQ(test, __annex_kfree(heap, &free), -EFAULT);
	KUNIT_EXPECT_EQ(test, __annex_kfree(heap, (void *)~0UL), -EFAULT);
	KUNIT_EXPECT_EQ(test, __annex_ksize(heap, small + 512), (size_t)0);
	KUNIT_EXPECT_NULL(test, __annex_krealloc(heap, frame, 16, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_HEAP), 9UL);
	/* Nor does a large object go back as a block of frames. */
	page = annex->frames.mem_map +
	       ((large - (u8 *)annex->frames.lowmem) >> PAGE_SHIFT);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 4),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, __annex_kfree(heap, large), 0);
	KUNIT_EXPECT_EQ(test, __annex_kfree(heap, large), -EALREADY);
	KUNIT_EXPECT_EQ(test, __annex_kfree(heap, large + PAGE_SIZE),
			-EALREADY);
	KUNIT_EXPECT_EQ(test, __annex_kfree(heap, small), 0);
	page = annex->frames.mem_map +
	       ((frame - (u8 *)annex->frames.lowmem) >> PAGE_SHIFT);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 4), 0);
	expect_all_back(test, free);
}

static void kmalloc_realloc_keeps_contents(struct kunit *test)
{
	static const size_t steps[] = {
		10, 12, 100, 8, 3000, 8192, 8193, 70000, 70000, 100, 0, 20,
	};
	struct annex *annex = pool_of(test);
	unsigned long free = annex_test_free_pages(annex);
	u8 *addr = NULL, *old;
	size_t had = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		size_t room = __annex_ksize(&annex->heap, addr);

		old = addr;
		addr = __annex_krealloc(&annex->heap, addr, steps[i],
					GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, addr);
		if (!steps[i]) {
			KUNIT_EXPECT_PTR_EQ(test, (void *)addr, ZERO_SIZE_PTR);
			had = 0;
			continue;
		}
		/* What has room for it stays where it is. */
		if (room >= steps[i])
			KUNIT_EXPECT_PTR_EQ(test, addr, old);
		KUNIT_EXPECT_TRUE(test, !memchr_inv(addr, 0x77,
						    min(had, steps[i])));
		memset(addr, 0x77, steps[i]);
		had = steps[i];
	}
	/* A size that cannot be had leaves it alone. */
	KUNIT_EXPECT_NULL(test, __annex_krealloc(&annex->heap, addr, SZ_64M,
						 GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_TRUE(test, !memchr_inv(addr, 0x77, had));
	KUNIT_EXPECT_EQ(test, __annex_kfree(&annex->heap, addr), 0);
	expect_all_back(test, free);
}

/* All that the heap may hand out next has been somebody's. */
static void dirty_class(struct kunit *test, size_t size)
{
	struct annex *annex = pool_of(test);
	u8 *addr[64];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(addr); i++) {
		addr[i] = __annex_kmalloc(&annex->heap, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, addr[i]);
		memset(addr[i], 0xff, annex_heap_size(&annex->heap, addr[i]));
	}
	for (i = 0; i < ARRAY_SIZE(addr); i++)
		KUNIT_EXPECT_EQ(test, __annex_kfree(&annex->heap, addr[i]), 0);
}

/* Two sizes of a class or of a block, and a third that is neither's. */
static const size_t grown[][3] = {
	{ 40, 64, 100 }, { 33, 60, 8192 }, { 65, 96, 97 }, { 2049, 4096, 9000 },
	{ 4097, 8192, 8193 }, { 9000, 16384, 70000 }, { 70000, 131072, 200000 },
};

static u8 *resized(struct kunit *test, u8 *addr, size_t size, gfp_t gfp)
{
	addr = __annex_krealloc(&pool_of(test)->heap, addr, size, gfp);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	return addr;
}

/*
 *   |xxxxxxxx|xxxx  all is the user's, to the second size
 *   |xxxxxxxx|      he gives the end back
 *   |xxxxxxxx|0000|000000  and has it again, and more, zeroed
 */
static void shrink_and_grow(struct kunit *test, const size_t size[3],
			    gfp_t shrinks)
{
	u8 *addr = resized(test, NULL, size[1], GFP_KERNEL);

	memset(addr, 0xff, size[1]);
	addr = resized(test, addr, size[0], shrinks);
	addr = resized(test, addr, size[1], GFP_KERNEL | __GFP_ZERO);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(addr, 0xff, size[0]));
	KUNIT_EXPECT_TRUE(test, !memchr_inv(addr + size[0], 0,
					    size[1] - size[0]));
	addr = resized(test, addr, size[2], GFP_KERNEL | __GFP_ZERO);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(addr + size[0], 0,
					    size[2] - size[0]));
	KUNIT_EXPECT_EQ(test, __annex_kfree(&pool_of(test)->heap, addr), 0);
}

static void grow_at_once(struct kunit *test, size_t from, size_t to)
{
	u8 *addr = resized(test, NULL, from, GFP_KERNEL);

	memset(addr, 0xff, from);
	addr = resized(test, addr, to, GFP_KERNEL | __GFP_ZERO);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(addr, 0xff, from));
	KUNIT_EXPECT_TRUE(test, !memchr_inv(addr + from, 0, to - from));
	KUNIT_EXPECT_EQ(test, __annex_kfree(&pool_of(test)->heap, addr), 0);
}

static void kmalloc_realloc_zeroes_what_is_new(struct kunit *test)
{
	unsigned long free = annex_test_free_pages(pool_of(test));
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(grown); i++) {
		dirty_class(test, grown[i][1]);
		grow_at_once(test, grown[i][0], grown[i][1]);
		dirty_class(test, grown[i][1]);
		grow_at_once(test, grown[i][0], grown[i][2]);
		shrink_and_grow(test, grown[i], GFP_KERNEL | __GFP_ZERO);
		shrink_and_grow(test, grown[i], GFP_KERNEL);
	}
	expect_all_back(test, free);
}

/* After ksize(), all of the object may be used, and krealloc() copies it. */
static void kmalloc_realloc_keeps_what_ksize_gave(struct kunit *test)
{
	static const size_t from[] = { 40, 9000, 70000 };
	struct annex *annex = pool_of(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(from); i++) {
		u8 *addr = resized(test, NULL, from[i], GFP_KERNEL);
		size_t all = __annex_ksize(&annex->heap, addr);

		KUNIT_EXPECT_GT(test, all, from[i]);
		memset(addr, 0xff, all);
		addr = resized(test, addr, 2 * all, GFP_KERNEL | __GFP_ZERO);
		KUNIT_EXPECT_TRUE(test, !memchr_inv(addr, 0xff, all));
		KUNIT_EXPECT_TRUE(test, !memchr_inv(addr + all, 0, all));
		KUNIT_EXPECT_EQ(test, __annex_kfree(&annex->heap, addr), 0);
	}
}

/* Objects of the zone and the kind that were asked for. */
static void kmalloc_flags_choose_the_cache(struct kunit *test)
{
	struct annex *annex = pool_of(test);
	unsigned long free = annex_test_free_pages(annex);
	u8 *dma = __annex_kmalloc(&annex->heap, 100, GFP_KERNEL | __GFP_DMA);
	u8 *rcl = __annex_kmalloc(&annex->heap, 100,
				  GFP_KERNEL | __GFP_RECLAIMABLE);

	KUNIT_EXPECT_STREQ(test,
			   annex_heap_slab(&annex->heap, dma)->cache->name,
			   "dma-kmalloc-128");
	KUNIT_EXPECT_STREQ(test,
			   annex_heap_slab(&annex->heap, rcl)->cache->name,
			   "kmalloc-rcl-128");
	KUNIT_EXPECT_LT(test, (size_t)(dma - (u8 *)annex->frames.lowmem),
			(size_t)SZ_16M);
	KUNIT_EXPECT_EQ(test, annex_test_node(annex, ANNEX_NR_SLAB_RECLAIMABLE),
			1UL);
	KUNIT_EXPECT_EQ(test, __annex_kfree(&annex->heap, dma), 0);
	KUNIT_EXPECT_EQ(test, __annex_kfree(&annex->heap, rcl), 0);
	expect_all_back(test, free);
}

/* The heap's frames are not for locking: one that stays locked is never free. */
static void kmalloc_frames_cannot_be_locked(struct kunit *test)
{
	static const size_t sizes_of[] = { 100, 100000 };
	struct annex *annex = pool_of(test);
	unsigned long free = annex_test_free_pages(annex);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes_of); i++) {
		u8 *addr =
			__annex_kmalloc(&annex->heap, sizes_of[i], GFP_KERNEL);
		struct annex_page *page =
			annex->frames.mem_map +
			((addr - (u8 *)annex->frames.lowmem) >> PAGE_SHIFT);

		KUNIT_ASSERT_NOT_NULL(test, addr);
		KUNIT_EXPECT_EQ(test, __annex_lock_page(&annex->frames, page),
				-EPERM);
		KUNIT_EXPECT_FALSE(test,
				   __annex_trylock_page(&annex->frames, page));
		KUNIT_EXPECT_EQ(test, __annex_unlock_page(&annex->frames, page),
				-EPERM);
		KUNIT_EXPECT_EQ(test, __annex_kfree(&annex->heap, addr), 0);
	}
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_FLAG), 6UL);
	expect_all_back(test, free);
}

static struct kunit_case kmalloc_cases[] = {
	KUNIT_CASE(kmalloc_class_is_the_least),
	KUNIT_CASE(kmalloc_sizes),
	KUNIT_CASE(kmalloc_powers_are_aligned),
	KUNIT_CASE(kmalloc_nothing_and_too_much),
	KUNIT_CASE(kmalloc_strangers_are_refused),
	KUNIT_CASE(kmalloc_realloc_keeps_contents),
	KUNIT_CASE(kmalloc_realloc_zeroes_what_is_new),
	KUNIT_CASE(kmalloc_realloc_keeps_what_ksize_gave),
	KUNIT_CASE(kmalloc_flags_choose_the_cache),
	KUNIT_CASE(kmalloc_frames_cannot_be_locked),
	{}
};

static struct kunit_suite annex_kmalloc_suite = {
	.name = "annex_kmalloc",
	.init = kmalloc_test_init,
	.test_cases = kmalloc_cases,
};

kunit_test_suite(annex_kmalloc_suite);
