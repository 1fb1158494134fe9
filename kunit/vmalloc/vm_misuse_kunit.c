// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what becomes of areas when somebody goes about them, or their
 * frames, as he should not; and of what they promise their callers all the
 * same.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "lib/testvm.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "reclaim/lock.h"
#include "reclaim/reclaim.h"

/* Of 32 MB, all of which is lowmem but the last 8. */
static const struct annex_testpool mostly_low = {
	.start = 5ULL << 30, .nr_pages = 8192, .lowmem_pages = 6144,
	.contents = true,
};

#define PAGES	256

static struct testvm *open(struct kunit *test)
{
	return testvm_open(test, &mostly_low, PAGES);
}

static struct annex_page *frame_of(struct testvm *vm, const void *addr,
				   unsigned int i)
{
	return __annex_find_vm_area(&vm->annex->vmalloc, addr)->pages[i];
}

/* A frame that cannot be freed is neither lost nor anybody else's. */
static void vm_keeps_a_locked_frame(struct kunit *test)
{
	struct testvm *vm = open(test);
	unsigned long free = annex_test_free_pages(vm->annex);
	void *addr = testvm_vmalloc(vm, 2), *next;
	struct annex_page *page;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, addr);
	page = frame_of(vm, addr, 1);
	KUNIT_ASSERT_EQ(test, __annex_lock_page(&vm->annex->frames, page), 0);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr), 0);
	annex_vm_purge(&vm->annex->vmalloc);
	KUNIT_EXPECT_EQ(test, annex_test_event(vm->annex, ANNEX_BAD_FREE), 1UL);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(vm->annex), free - 1);
	annex_test_validate(test, vm->annex);

	for (i = 1; i < 20; i++) {
		unsigned int n;

		next = testvm_vmalloc(vm, i);
		KUNIT_ASSERT_NOT_NULL(test, next);
		for (n = 0; n < i; n++)
			KUNIT_EXPECT_PTR_NE(test, frame_of(vm, next, n), page);
		KUNIT_EXPECT_PTR_NE(test, next, addr);
		KUNIT_EXPECT_EQ(test, testvm_vfree(vm, next), 0);
	}
	/* It goes when it can, and when somebody asks. */
	KUNIT_EXPECT_EQ(test, __annex_unlock_page(&vm->annex->frames, page), 0);
	annex_vm_purge_all(&vm->annex->vmalloc);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(vm->annex), free);
	KUNIT_EXPECT_EQ(test, vm->annex->vmalloc.space.nr_areas, 0U);
	KUNIT_EXPECT_EQ(test, testvm_lazy(vm), 0UL);
	annex_test_validate(test, vm->annex);
}

/* A frame freed behind an area's back is not freed from its next owner. */
static void vm_forgets_a_frame_that_was_freed(struct kunit *test)
{
	struct testvm *vm = open(test);
	unsigned long free = annex_test_free_pages(vm->annex);
	void *addr = testvm_vmalloc(vm, 3);

	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_EQ(test,
			annex_block_free(&vm->annex->frames,
					 frame_of(vm, addr, 1), 0),
			0);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr), 0);
	annex_vm_purge(&vm->annex->vmalloc);
	KUNIT_EXPECT_EQ(test, annex_test_event(vm->annex, ANNEX_BAD_FREE), 1UL);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(vm->annex), free);
	KUNIT_EXPECT_EQ(test, vm->annex->vmalloc.space.nr_areas, 0U);
	annex_test_validate(test, vm->annex);
}

/* With a frame that stays locked the pool goes all the same. */
static void vm_exit_leaves_a_locked_frame(struct kunit *test)
{
	struct testvm *vm = open(test);
	void *addr = testvm_vmalloc(vm, 2);
	struct annex_page *page;

	KUNIT_ASSERT_NOT_NULL(test, addr);
	page = frame_of(vm, addr, 0);
	KUNIT_ASSERT_EQ(test, __annex_lock_page(&vm->annex->frames, page), 0);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr), 0);
	KUNIT_EXPECT_EQ(test, annex_vmalloc_exit(&vm->annex->vmalloc), 1U);
	KUNIT_EXPECT_EQ(test, __annex_unlock_page(&vm->annex->frames, page), 0);
	KUNIT_EXPECT_EQ(test, annex_block_free(&vm->annex->frames, page, 0), 0);
}

/*
 * A shrinker that locks a frame of an area that is being created. It is called
 * when frames run out. The test's own frames are marked.
 */
struct stranger {
	struct annex_shrinker shrinker;
	struct annex *annex;
	struct annex_page *page;
};

static unsigned long count_many(struct annex_shrinker *shrinker,
				struct annex_shrink_control *sc)
{
	return 1UL << 20;
}

static bool is_unmarked(const struct annex_page *page)
{
	return annex_page_state(page) == ANNEX_PAGE_USED &&
	       !annex_page_test_flag(page, ANNEX_PG_OWNER_PRIV_1);
}

static unsigned long lock_one(struct annex_shrinker *shrinker,
			      struct annex_shrink_control *sc)
{
	struct stranger *s = container_of(shrinker, struct stranger, shrinker);
	annex_pfn_t i;

	for (i = 0; !s->page && i < s->annex->frames.nr_pages; i++)
		if (is_unmarked(s->annex->frames.mem_map + i) &&
		    __annex_trylock_page(&s->annex->frames,
					 s->annex->frames.mem_map + i))
			s->page = s->annex->frames.mem_map + i;
	return ANNEX_SHRINK_STOP;
}

/* Ask for an area of @nr pages where there are but two frames. */
static void vmalloc_with_a_stranger(struct kunit *test, struct testvm *vm,
				    struct stranger *s, unsigned int nr)
{
	struct annex *annex = vm->annex;
	struct annex_page **held = annex_test_array(test, annex);
	unsigned int i, n;

	s->annex = annex;
	s->shrinker.count_objects = count_many;
	s->shrinker.scan_objects = lock_one;
	n = annex_test_exhaust(annex, GFP_HIGHUSER | __GFP_NOWARN, held);
	KUNIT_ASSERT_GT(test, n, 2U);
	for (i = 0; i < n; i++)
		annex_page_set_bit(held[i], ANNEX_PG_OWNER_PRIV_1);
	KUNIT_EXPECT_EQ(test, __annex_free_pages_bulk(&annex->frames, held, 2),
			0);
	KUNIT_ASSERT_EQ(test, annex_shrinker_add(&annex->frames, &s->shrinker),
			0);
	KUNIT_EXPECT_NULL(test, testvm_vmalloc(vm, nr));
	KUNIT_EXPECT_EQ(test, annex_shrinker_del(&annex->frames, &s->shrinker),
			0);
	KUNIT_EXPECT_EQ(test, __annex_free_pages_bulk(&annex->frames, held, n),
			0);
	KUNIT_ASSERT_NOT_NULL(test, s->page);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_FREE), 1UL);
	annex_test_validate(test, annex);
}

/* The next one in its place is of new frames; the old one is not forgotten. */
static void fails_with_a_locked_frame(struct kunit *test, unsigned int nr)
{
	struct testvm *vm = open(test);
	unsigned long free = annex_test_free_pages(vm->annex);
	struct stranger s = {};
	unsigned int i;
	void *next;

	vmalloc_with_a_stranger(test, vm, &s, nr);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(vm->annex), free - 1);
	next = testvm_vmalloc(vm, nr);
	KUNIT_ASSERT_NOT_NULL(test, next);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_PTR_NE(test, frame_of(vm, next, i), s.page);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, next), 0);
	/* While it is locked, it stays. */
	annex_vm_purge_all(&vm->annex->vmalloc);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(vm->annex), free - 1);
	KUNIT_EXPECT_EQ(test, __annex_unlock_page(&vm->annex->frames, s.page),
			0);
	annex_vm_purge_all(&vm->annex->vmalloc);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(vm->annex), free);
	KUNIT_EXPECT_EQ(test, testvm_lazy(vm), 0UL);
	KUNIT_EXPECT_EQ(test, vm->annex->vmalloc.space.nr_areas, 0U);
	annex_test_validate(test, vm->annex);
}

static void vm_that_fails_keeps_a_locked_frame(struct kunit *test)
{
	fails_with_a_locked_frame(test, 4);
}

static void vm_that_fails_keeps_one_of_many(struct kunit *test)
{
	fails_with_a_locked_frame(test, ANNEX_VM_FEW + 4);
}

/* A pool that is destroyed does not wait for the holder of the lock. */
static void vm_exit_leaves_a_frame_without_addresses(struct kunit *test)
{
	struct testvm *vm = open(test);
	struct stranger s = {};

	vmalloc_with_a_stranger(test, vm, &s, 3);
	KUNIT_EXPECT_EQ(test, annex_vmalloc_exit(&vm->annex->vmalloc), 1U);
	KUNIT_EXPECT_EQ(test, __annex_unlock_page(&vm->annex->frames, s.page),
			0);
	KUNIT_EXPECT_EQ(test, annex_block_free(&vm->annex->frames, s.page, 0),
			0);
}

/* NULL is an array of nothing. */
static void vm_map_of_null_is_refused(struct kunit *test)
{
	struct testvm *vm = open(test);

	KUNIT_EXPECT_NULL(test, __annex_vmap(&vm->annex->vmalloc, NULL, 3,
					     VM_MAP, PAGE_KERNEL, NULL));
	KUNIT_EXPECT_EQ(test, annex_test_event(vm->annex, ANNEX_BAD_MAP), 1UL);
	KUNIT_EXPECT_EQ(test, testvm_lazy(vm), 0UL);
}

/* Addresses at which something was shown for a moment wait for a purge. */
static void vm_map_that_fails_waits_for_a_purge(struct kunit *test)
{
	struct testvm *vm = open(test);
	struct annex_page *pages[4] = {};
	unsigned long purges;
	void *addr;

	KUNIT_ASSERT_EQ(test,
			__annex_alloc_pages_bulk(&vm->annex->frames,
						 GFP_HIGHUSER, 3, pages),
			3U);
	KUNIT_EXPECT_NULL(test, __annex_vmap(&vm->annex->vmalloc, pages, 4,
					     VM_MAP, PAGE_KERNEL, NULL));
	KUNIT_EXPECT_EQ(test, testvm_mapped(vm), 0UL);
	KUNIT_EXPECT_EQ(test, testvm_lazy(vm), 5UL);
	/* So no other area gets them before that. */
	addr = testvm_vmalloc(vm, 4);
	KUNIT_EXPECT_PTR_NE(test, addr, (void *)TESTVM_START);
	purges = annex_test_event(vm->annex, ANNEX_TLB_SHOOTDOWNS);
	KUNIT_EXPECT_EQ(test, annex_vm_purge(&vm->annex->vmalloc), 5UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(vm->annex, ANNEX_TLB_SHOOTDOWNS),
			purges + 1);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr), 0);
	annex_test_validate(test, vm->annex);
	KUNIT_EXPECT_EQ(test,
			__annex_free_pages_bulk(&vm->annex->frames, pages, 3),
			0);
}

/* A free in atomic context does not sleep, however many areas wait. */
static void vm_is_given_up_under_rcu(struct kunit *test)
{
	struct testvm *vm = open(test);
	unsigned long free = annex_test_free_pages(vm->annex);
	void *addr[60];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(addr); i++) {
		addr[i] = testvm_vmalloc(vm, 1);
		KUNIT_ASSERT_NOT_NULL(test, addr[i]);
	}
	rcu_read_lock();
	for (i = 0; i < ARRAY_SIZE(addr); i++)
		KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr[i]), 0);
	rcu_read_unlock();
	flush_work(&vm->annex->vmalloc.work);
	KUNIT_EXPECT_LE(test, testvm_lazy(vm), vm->annex->vmalloc.lazy_max);
	annex_vm_purge(&vm->annex->vmalloc);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(vm->annex), free);
}

/* A zone that somebody can address, if he asks for it. */
static void vm_frames_are_of_the_zone_asked_for(struct kunit *test)
{
	static const struct {
		gfp_t gfp;
		annex_pfn_t from, to;
	} wants[] = {
		{ GFP_KERNEL, 6144, 8192 },
		{ GFP_KERNEL | __GFP_HIGHMEM, 6144, 8192 },
		{ GFP_KERNEL | __GFP_DMA, 0, 4096 },
		{ GFP_KERNEL | __GFP_DMA32, 0, 6144 },
	};
	struct testvm *vm = open(test);
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(wants); i++) {
		void *addr =
			annex_vmalloc_area(&vm->annex->vmalloc, 5 * PAGE_SIZE,
					   wants[i].gfp, NULL);

		KUNIT_ASSERT_NOT_NULL(test, addr);
		for (n = 0; n < 5; n++) {
			annex_pfn_t pfn = frame_of(vm, addr, n) -
					  vm->annex->frames.mem_map;

			KUNIT_EXPECT_GE(test, pfn, wants[i].from);
			KUNIT_EXPECT_LT(test, pfn, wants[i].to);
		}
		KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr), 0);
	}
}

/* A range that ends where it does not begin is none. */
static void vm_io_that_wraps_is_refused(struct kunit *test)
{
	static const struct {
		u64 phys;
		unsigned long size;
	} wraps[] = {
		{ 0xfffffffffffff000, PAGE_SIZE },
		{ 0xfffffffffffff000, 17 * PAGE_SIZE },
		{ 0xfffffffffffffff0, 64 },
		{ 0xffffffffffffffff, 1 },
		{ 0xfffffffffff00000, 240 * PAGE_SIZE + 0x20000 },
	};
	struct testvm *vm = open(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wraps); i++)
		KUNIT_EXPECT_NULL(test,
				  __annex_ioremap(&vm->annex->vmalloc,
						  wraps[i].phys, wraps[i].size,
						  PAGE_KERNEL, NULL));
	KUNIT_EXPECT_EQ(test, testvm_mapped(vm), 0UL);
	KUNIT_EXPECT_EQ(test, vm->annex->vmalloc.space.nr_areas, 0U);
	KUNIT_EXPECT_EQ(test, annex_test_event(vm->annex, ANNEX_BAD_MAP) +
			annex_test_event(vm->annex, ANNEX_VMALLOC_FAIL),
			(unsigned long)ARRAY_SIZE(wraps));
}

static struct kunit_case vm_misuse_cases[] = {
	KUNIT_CASE(vm_keeps_a_locked_frame),
	KUNIT_CASE(vm_forgets_a_frame_that_was_freed),
	KUNIT_CASE(vm_exit_leaves_a_locked_frame),
	KUNIT_CASE(vm_that_fails_keeps_a_locked_frame),
	KUNIT_CASE(vm_that_fails_keeps_one_of_many),
	KUNIT_CASE(vm_exit_leaves_a_frame_without_addresses),
	KUNIT_CASE(vm_map_of_null_is_refused),
	KUNIT_CASE(vm_map_that_fails_waits_for_a_purge),
	KUNIT_CASE(vm_is_given_up_under_rcu),
	KUNIT_CASE(vm_frames_are_of_the_zone_asked_for),
	KUNIT_CASE(vm_io_that_wraps_is_refused),
	{}
};

static struct kunit_suite annex_vm_misuse_suite = {
	.name = "annex_vm_misuse",
	.test_cases = vm_misuse_cases,
};

kunit_test_suite(annex_vm_misuse_suite);
