// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of kvmalloc: which kind of memory it becomes, and that either goes back
 * where it came from.
 *
 * Addresses of the window stand for nothing here: what is written to memory of
 * that kind, the guest's exercise sees.
 */
#include <linux/errno.h>
#include <linux/sizes.h>
#include <linux/workqueue.h>

#include "heap/heap.h"
#include "heap/kmalloc.h"
#include "heap/kmalloc_fast.h"
#include "heap/kvmalloc.h"
#include "lib/testvm.h"
#include "page/page_alloc.h"

/* 16 MB, half of it lowmem, and 1 MB of addresses. */
static const struct annex_testpool half_high = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 2048,
	.contents = true, .heap = true,
};

#define PAGES	256

static struct testvm *open(struct kunit *test)
{
	return testvm_open(test, &half_high, PAGES);
}

static void *kvmalloc_of(struct testvm *vm, size_t size, gfp_t gfp)
{
	return __annex_kvmalloc(&vm->annex->heap, size, gfp, kvmalloc_of);
}

static bool is_area(struct testvm *vm, const void *addr)
{
	return __annex_is_vmalloc_addr(&vm->annex->vmalloc, addr);
}

/* Nothing was said to anybody. */
static void expect_quiet(struct kunit *test, struct testvm *vm)
{
	KUNIT_EXPECT_EQ(test, annex_test_event(vm->annex, ANNEX_BAD_HEAP), 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(vm->annex, ANNEX_BAD_MAP), 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(vm->annex, ANNEX_VMALLOC_FAIL),
			0UL);
}

static void expect_all_back(struct kunit *test, struct testvm *vm,
			    unsigned long free)
{
	annex_vm_purge(&vm->annex->vmalloc);
	annex_heap_shrink(&vm->annex->heap);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(vm->annex), free);
	KUNIT_EXPECT_EQ(test, vm->annex->vmalloc.space.nr_areas, 0U);
	annex_test_validate(test, vm->annex);
}

/*
 * Lowmem without two frames in a row: all of it is taken, and every other one of
 * what has no brother is given back.
 */
static unsigned int fragment(struct testvm *vm, struct annex_page **held)
{
	unsigned int n = 0, kept = 0, i;

	while (n < half_high.lowmem_pages) {
		held[n] = annex_test_alloc(vm->annex, GFP_ATOMIC | __GFP_NOWARN |
					   __GFP_MEMALLOC, 0);
		if (!held[n])
			break;
		n++;
	}
	for (i = 0; i < n; i++) {
		if ((held[i] - vm->annex->frames.mem_map) % 2)
			held[kept++] = held[i];
		else
			annex_block_free(&vm->annex->frames, held[i], 0);
	}
	return kept;
}

static void give_back(struct testvm *vm, struct annex_page **held,
		      unsigned int nr)
{
	while (nr--)
		annex_block_free(&vm->annex->frames, held[nr], 0);
}

static struct annex_page **room_for_all(struct kunit *test)
{
	struct annex_page **held = kunit_kcalloc(test, half_high.lowmem_pages,
						 sizeof(*held), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, held);
	return held;
}

static const size_t sizes[] = {
	1, 64, 4096, 4097, 8192, 8193, SZ_16K, SZ_64K, 100000, SZ_1M,
};

static void kvmalloc_takes_frames_first(struct kunit *test)
{
	struct testvm *vm = open(test);
	unsigned long free = annex_test_free_pages(vm->annex);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *addr = kvmalloc_of(vm, sizes[i], GFP_KERNEL | __GFP_ZERO);

		KUNIT_ASSERT_NOT_NULL(test, addr);
		KUNIT_EXPECT_FALSE(test, is_area(vm, addr));
		KUNIT_EXPECT_TRUE(test, !memchr_inv(addr, 0, sizes[i]));
		memset(addr, 0x5a, sizes[i]);
		KUNIT_EXPECT_EQ(test, __annex_kvfree(&vm->annex->heap, addr),
				0);
	}
	KUNIT_EXPECT_PTR_EQ(test, kvmalloc_of(vm, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_EQ(test, __annex_kvfree(&vm->annex->heap, ZERO_SIZE_PTR),
			0);
	KUNIT_EXPECT_EQ(test, __annex_kvfree(&vm->annex->heap, NULL), 0);
	expect_quiet(test, vm);
	expect_all_back(test, vm, free);
}

/* Where two frames in a row are nowhere, what is larger than one is an area. */
static void kvmalloc_falls_back_quietly(struct kunit *test)
{
	struct testvm *vm = open(test);
	unsigned long free = annex_test_free_pages(vm->annex);
	struct annex_page **held = room_for_all(test);
	unsigned int nr = fragment(vm, held), i;

	KUNIT_ASSERT_GT(test, nr, 100U);
	for (i = 0; i < ARRAY_SIZE(sizes) - 1; i++) {
		void *addr = kvmalloc_of(vm, sizes[i], GFP_KERNEL);
		const struct annex_vm_struct *area;

		KUNIT_ASSERT_NOT_NULL(test, addr);
		KUNIT_EXPECT_EQ(test, is_area(vm, addr), sizes[i] > PAGE_SIZE);
		area = __annex_find_vm_area(&vm->annex->vmalloc, addr);
		if (area) {
			KUNIT_EXPECT_EQ(test, area->nr_pages,
					DIV_ROUND_UP(sizes[i], PAGE_SIZE));
			KUNIT_EXPECT_PTR_EQ(test, area->caller,
					    (const void *)kvmalloc_of);
		}
		annex_test_validate(test, vm->annex);
		KUNIT_EXPECT_EQ(test, __annex_kvfree(&vm->annex->heap, addr),
				0);
	}
	expect_quiet(test, vm);
	give_back(vm, held, nr);
	expect_all_back(test, vm, free);
}

static void kvmalloc_that_may_not_sleep_does_not(struct kunit *test)
{
	struct testvm *vm = open(test);
	unsigned long free = annex_test_free_pages(vm->annex);
	struct annex_page **held = room_for_all(test);
	unsigned int nr = fragment(vm, held);

	KUNIT_EXPECT_NULL(test, kvmalloc_of(vm, SZ_16K, GFP_ATOMIC));
	KUNIT_EXPECT_NULL(test, kvmalloc_of(vm, SZ_16K, GFP_NOWAIT));
	KUNIT_EXPECT_EQ(test, vm->annex->vmalloc.space.nr_areas, 0U);
	expect_quiet(test, vm);
	give_back(vm, held, nr);
	expect_all_back(test, vm, free);
}

static void kvmalloc_of_too_much(struct kunit *test)
{
	struct testvm *vm = open(test);
	unsigned long free = annex_test_free_pages(vm->annex);
	gfp_t quiet = GFP_KERNEL | __GFP_NOWARN;

	KUNIT_EXPECT_NULL(test, kvmalloc_of(vm, SZ_16M, quiet));
	KUNIT_EXPECT_NULL(test, kvmalloc_of(vm, ~(size_t)0, quiet));
	KUNIT_EXPECT_NULL(test, kvmalloc_of(vm, INT_MAX + 1UL, quiet));
	expect_quiet(test, vm);
	/* One line each, by the allocator that refuses it. */
	KUNIT_EXPECT_NULL(test, kvmalloc_of(vm, SZ_16M, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, annex_test_event(vm->annex, ANNEX_VMALLOC_FAIL),
			1UL);
	KUNIT_EXPECT_NULL(test, kvmalloc_of(vm, INT_MAX + 1UL, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, annex_test_event(vm->annex, ANNEX_BAD_HEAP), 1UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(vm->annex, ANNEX_VMALLOC_FAIL),
			1UL);
	expect_all_back(test, vm, free);
}

static void kvfree_refuses_what_is_neither(struct kunit *test)
{
	struct testvm *vm = open(test);
	struct annex *annex = vm->annex;
	struct annex_heap *heap = &annex->heap;
	unsigned long free = annex_test_free_pages(annex);
	char *object = kvmalloc_of(vm, SZ_64K, GFP_KERNEL);
	char *area = testvm_vmalloc(vm, 3);
	struct annex_page *page =
		annex_test_must_alloc(test, annex, GFP_HIGHUSER, 0);
	void *map = __annex_vmap(&annex->vmalloc, &page, 1, VM_MAP, PAGE_KERNEL,
				 NULL);
	char *window = vm->window.addr;

	KUNIT_EXPECT_EQ(test, __annex_kvfree(heap, object + PAGE_SIZE),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, __annex_kvfree(heap, area + PAGE_SIZE), -EINVAL);
	KUNIT_EXPECT_EQ(test, __annex_kvfree(heap, area + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, __annex_kvfree(heap, map), -EINVAL);
	KUNIT_EXPECT_EQ(test, __annex_kvfree(heap, &free), -EFAULT);
	KUNIT_EXPECT_EQ(test, __annex_kvfree(heap, window - 1), -EFAULT);
	KUNIT_EXPECT_EQ(test,
			__annex_kvfree(heap, window + (PAGES << PAGE_SHIFT)),
			-EFAULT);
	annex_test_validate(test, annex);
	KUNIT_EXPECT_EQ(test, __annex_kvfree(heap, object), 0);
	KUNIT_EXPECT_EQ(test, __annex_kvfree(heap, object), -EALREADY);
	KUNIT_EXPECT_EQ(test, __annex_kvfree(heap, area), 0);
	KUNIT_EXPECT_EQ(test, __annex_kvfree(heap, area), -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_HEAP), 5UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), 4UL);
	KUNIT_EXPECT_EQ(test,
			annex_vm_give_up(&annex->vmalloc, map, VM_MAP, 0,
					 "test"),
			0);
	annex_vm_purge(&annex->vmalloc);
	annex_block_free(&annex->frames, page, 0);
	expect_all_back(test, vm, free);
}

/* Within the heap; what does not fit leaves things as they are. */
static void kvrealloc_keeps_contents(struct kunit *test)
{
	struct testvm *vm = open(test);
	struct annex *annex = vm->annex;
	unsigned long free = annex_test_free_pages(annex);
	u8 *addr =
		__annex_kvrealloc(&annex->heap, NULL, 0, 100, GFP_KERNEL, NULL);
	u8 *same, *other;

	KUNIT_ASSERT_NOT_NULL(test, addr);
	memset(addr, 0x77, 100);
	same = __annex_kvrealloc(&annex->heap, addr, 100, 50, GFP_KERNEL, NULL);
	KUNIT_EXPECT_PTR_EQ(test, same, addr);
	other = __annex_kvrealloc(&annex->heap, addr, 100, SZ_64K, GFP_KERNEL,
				  NULL);
	KUNIT_ASSERT_NOT_NULL(test, other);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(other, 0x77, 100));
	KUNIT_EXPECT_EQ(test, __annex_kfree(&annex->heap, addr), -EALREADY);
	KUNIT_EXPECT_NULL(test,
			  __annex_kvrealloc(&annex->heap, other, SZ_64K, SZ_64M,
					    GFP_KERNEL | __GFP_NOWARN, NULL));
	KUNIT_EXPECT_NULL(test, __annex_kvrealloc(&annex->heap, other, SZ_1M,
						  SZ_1M + 1, GFP_KERNEL, NULL));
	KUNIT_EXPECT_NULL(test, __annex_kvrealloc(&annex->heap, addr, 1, SZ_64K,
						  GFP_KERNEL, NULL));
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_HEAP), 3UL);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(other, 0x77, 100));
	KUNIT_EXPECT_EQ(test, __annex_kvfree(&annex->heap, other), 0);
	expect_all_back(test, vm, free);
}

/* What an area has is known by its beginning; a part of it cannot be resized. */
static void kvrealloc_knows_the_size_of_an_area(struct kunit *test)
{
	struct testvm *vm = open(test);
	struct annex *annex = vm->annex;
	unsigned long free = annex_test_free_pages(annex);
	char *area = testvm_vmalloc(vm, 3);
	struct annex_page *page = annex_test_must_alloc(test, annex,
							GFP_HIGHUSER, 0);
	char *map = __annex_vmap(&annex->vmalloc, &page, 1, VM_MAP, PAGE_KERNEL,
				 NULL);
	char *same;

	KUNIT_ASSERT_NOT_NULL(test, area);
	KUNIT_ASSERT_NOT_NULL(test, map);
	same = __annex_kvrealloc(&annex->heap, area, 3 * PAGE_SIZE, PAGE_SIZE,
				 GFP_KERNEL, NULL);
	KUNIT_EXPECT_PTR_EQ(test, same, area);
	KUNIT_EXPECT_NULL(test, __annex_kvrealloc(&annex->heap, area,
						  3 * PAGE_SIZE + 1, SZ_64K,
						  GFP_KERNEL, NULL));
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_HEAP), 1UL);
	KUNIT_EXPECT_NULL(test,
			  __annex_kvrealloc(&annex->heap, area + PAGE_SIZE, 1,
					    SZ_64K, GFP_KERNEL, NULL));
	KUNIT_EXPECT_NULL(test, __annex_kvrealloc(&annex->heap, map, 1, 1,
						  GFP_KERNEL, NULL));
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP), 2UL);
	KUNIT_EXPECT_EQ(test, __annex_kvfree(&annex->heap, area), 0);
	KUNIT_EXPECT_NULL(test, __annex_kvrealloc(&annex->heap, area, 1, 1,
						  GFP_KERNEL, NULL));
	KUNIT_EXPECT_EQ(test,
			annex_vm_give_up(&annex->vmalloc, map, VM_MAP, 0,
					 "test"),
			0);
	annex_vm_purge(&annex->vmalloc);
	annex_block_free(&annex->frames, page, 0);
	expect_all_back(test, vm, free);
}

/**
 * struct later - what somebody else does after a while
 * @work: when
 * @vm: the pool
 * @addr: what it gives up
 * @err: what that said
 */
struct later {
	struct delayed_work work;
	struct testvm *vm;
	void *addr;
	int err;
};

static void give_up_later(struct work_struct *work)
{
	struct later *later = container_of(work, struct later, work.work);

	later->err = testvm_vfree(later->vm, later->addr);
}

/* __GFP_NOFAIL waits for addresses as it does for frames. */
static void kvmalloc_that_must_not_fail_waits(struct kunit *test)
{
	struct testvm *vm = open(test);
	unsigned long free = annex_test_free_pages(vm->annex);
	struct annex_page **held = room_for_all(test);
	struct later later = { .vm = vm, .addr = testvm_vmalloc(vm, PAGES - 2) };
	unsigned int nr = fragment(vm, held);
	void *addr;

	KUNIT_ASSERT_NOT_NULL(test, later.addr);
	KUNIT_EXPECT_NULL(test, kvmalloc_of(vm, SZ_16K, GFP_KERNEL |
					    __GFP_NOWARN));
	INIT_DELAYED_WORK_ONSTACK(&later.work, give_up_later);
	schedule_delayed_work(&later.work, HZ / 10);
	addr = kvmalloc_of(vm, SZ_16K, GFP_KERNEL | __GFP_NOFAIL);
	flush_delayed_work(&later.work);
	destroy_delayed_work_on_stack(&later.work);
	KUNIT_EXPECT_EQ(test, later.err, 0);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_TRUE(test, is_area(vm, addr));
	KUNIT_EXPECT_EQ(test, __annex_kvfree(&vm->annex->heap, addr), 0);
	expect_quiet(test, vm);
	give_back(vm, held, nr);
	expect_all_back(test, vm, free);
}

static struct kunit_case kvmalloc_cases[] = {
	KUNIT_CASE(kvmalloc_takes_frames_first),
	KUNIT_CASE(kvmalloc_falls_back_quietly),
	KUNIT_CASE(kvmalloc_that_may_not_sleep_does_not),
	KUNIT_CASE(kvmalloc_of_too_much),
	KUNIT_CASE(kvfree_refuses_what_is_neither),
	KUNIT_CASE(kvrealloc_keeps_contents),
	KUNIT_CASE(kvrealloc_knows_the_size_of_an_area),
	KUNIT_CASE(kvmalloc_that_must_not_fail_waits),
	{}
};

static struct kunit_suite annex_kvmalloc_suite = {
	.name = "annex_kvmalloc",
	.test_cases = kvmalloc_cases,
};

kunit_test_suite(annex_kvmalloc_suite);
