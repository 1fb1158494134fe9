// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of failures on purpose: which calls of a point fail, and what the
 * allocators make of it.
 */
#include <linux/dcache.h>
#include <linux/debugfs.h>
#include <linux/errno.h>
#include <linux/limits.h>

#include "base/fail.h"
#include "debugfs/debugfs.h"
#include "heap/heap.h"
#include "heap/kmalloc_fast.h"
#include "lib/testvm.h"
#include "page/page_alloc.h"

static const struct annex_testpool half_high = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 2048,
	.contents = true, .heap = true,
};

#define PAGES	256

static void fail_exit(struct kunit *test)
{
	annex_fail_disarm();
}

/* Of @nr calls of a point, those that fail as a bit each. */
static u32 failures(unsigned int nr)
{
	u32 bits = 0;
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (annex_should_fail(ANNEX_FAIL_CLAIM))
			bits |= 1U << i;
	return bits;
}

static void fail_nothing_unless_asked(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, failures(20), 0U);
	annex_fail_arm(ANNEX_FAIL_THREAD, 0, -1);
	KUNIT_EXPECT_EQ(test, failures(20), 0U);
	KUNIT_EXPECT_EQ(test, annex_fail_calls(ANNEX_FAIL_THREAD), 0U);
	annex_fail_disarm();
	KUNIT_EXPECT_EQ(test, failures(20), 0U);
}

static void fail_the_nth_call(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 10; i++) {
		annex_fail_arm(ANNEX_FAIL_CLAIM, i, 1);
		KUNIT_EXPECT_EQ(test, failures(20), 1U << i);
		KUNIT_EXPECT_EQ(test, annex_fail_calls(ANNEX_FAIL_CLAIM), 20U);
		KUNIT_EXPECT_EQ(test, annex_fail_count(ANNEX_FAIL_CLAIM), 1U);
	}
	annex_fail_arm(ANNEX_FAIL_CLAIM, 4, 3);
	KUNIT_EXPECT_EQ(test, failures(20), 7U << 4);
	annex_fail_arm(ANNEX_FAIL_CLAIM, 4, -1);
	KUNIT_EXPECT_EQ(test, failures(20), 0xffff0U);
	annex_fail_arm(ANNEX_FAIL_CLAIM, 4, 0);
	KUNIT_EXPECT_EQ(test, failures(20), 0U);
	KUNIT_EXPECT_EQ(test, annex_fail_calls(ANNEX_FAIL_CLAIM), 20U);
	KUNIT_EXPECT_EQ(test, annex_fail_arm(ANNEX_NR_FAIL_POINTS, 0, 1),
			-EINVAL);
}

static void fail_each_such_call(struct kunit *test)
{
	struct annex_fail_attr *p = &annex_fail_points[ANNEX_FAIL_CLAIM];

	annex_fail_arm(ANNEX_FAIL_CLAIM, 2, -1);
	p->interval = 3;
	/* Of those behind the first two, the third, the sixth. */
	KUNIT_EXPECT_EQ(test, failures(12), 1U << 4 | 1U << 7 | 1U << 10);
}

static void fail_by_chance(struct kunit *test)
{
	struct annex_fail_attr *p = &annex_fail_points[ANNEX_FAIL_CLAIM];
	unsigned int i;

	annex_fail_arm(ANNEX_FAIL_CLAIM, 0, -1);
	annex_fail_set_probability(p, 25);
	for (i = 0; i < 4000; i++)
		annex_should_fail(ANNEX_FAIL_CLAIM);
	/* Seven standard deviations. */
	KUNIT_EXPECT_GT(test, annex_fail_count(ANNEX_FAIL_CLAIM), 808U);
	KUNIT_EXPECT_LT(test, annex_fail_count(ANNEX_FAIL_CLAIM), 1192U);
}

static void fail_parses_what_is_asked(struct kunit *test)
{
	static const char * const wrong[] = {
		"memory", "memory:", "memory:0", "memory:x", "mem:1", ":1",
		"memory:1;", "memory:1,", "memory:1,page", "memory:1 page:2",
		"memory:-1", "memory:1,claim:2,memory:3",
	};
	const char *what = NULL;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, annex_fail_parse(NULL, &what), 0);
	KUNIT_EXPECT_EQ(test, annex_fail_parse("", &what), 0);
	KUNIT_EXPECT_EQ(test, failures(20), 0U);
	KUNIT_EXPECT_EQ(test, annex_fail_parse("page:7,claim:3", &what), 0);
	KUNIT_EXPECT_EQ(test, failures(20), 1U << 2);
	KUNIT_EXPECT_EQ(test, annex_fail_points[ANNEX_FAIL_PAGE].after, 6U);
	annex_fail_disarm();
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		KUNIT_EXPECT_EQ_MSG(test, annex_fail_parse(wrong[i], &what),
				    -EINVAL, "%s", wrong[i]);
		KUNIT_EXPECT_EQ(test, annex_fail_points[ANNEX_FAIL_MEMORY]
					      .probability, 0U);
	}
}

#ifdef CONFIG_FAULT_INJECTION
/* The kernel's own attributes, as its debugfs files would set them. */
static void fail_as_the_kernel_says(struct kunit *test)
{
	struct fault_attr *attr = &annex_fail_points[ANNEX_FAIL_CLAIM].kernel;

	attr->verbose = 0;
	attr->probability = 100;
	attr->interval = 3;
	atomic_set(&attr->times, 2);
	annex_fail_switch();
	KUNIT_EXPECT_EQ(test, failures(12), 1U << 2 | 1U << 5);
	KUNIT_EXPECT_EQ(test, annex_should_fail(ANNEX_FAIL_THREAD), false);
	attr->probability = 0;
	annex_fail_switch();
	KUNIT_EXPECT_FALSE(test, static_key_enabled(&annex_fail_key));
	*attr = (struct fault_attr)FAULT_ATTR_INITIALIZER;
}
#else
static void fail_as_the_kernel_says(struct kunit *test)
{
	kunit_skip(test, "the kernel has no fault injection");
}
#endif

#ifdef CONFIG_FAULT_INJECTION_DEBUG_FS
static bool has_kernel_attributes(struct dentry *dir, const char *point)
{
	const char * const names[] = { "fail", point, "kernel", "probability" };
	struct dentry *at = dget(dir), *next;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names) && at; i++) {
		next = debugfs_lookup(names[i], at);
		dput(at);
		at = next;
	}
	dput(at);
	return at;
}

/* While anybody can turn them, they are asked, whatever they say. */
static void fail_shows_what_the_kernel_has(struct kunit *test)
{
	struct dentry *dir = debugfs_create_dir("annex-test", NULL);
	unsigned int i;

	annex_debugfs_fail(dir);
	for (i = 0; i < ANNEX_NR_FAIL_REQUESTS; i++)
		KUNIT_EXPECT_TRUE(test, has_kernel_attributes(dir, annex_fail_points[i].name));
	KUNIT_EXPECT_TRUE(test, static_key_enabled(&annex_fail_key));
	KUNIT_EXPECT_EQ(test, failures(20), 0U);
	debugfs_remove(dir);
	annex_fail_listen(false);
	KUNIT_EXPECT_FALSE(test, static_key_enabled(&annex_fail_key));
}
#else
static void fail_shows_what_the_kernel_has(struct kunit *test)
{
	kunit_skip(test, "the kernel's fault injection is not in debugfs");
}
#endif

/* Requests for cached frames and bulk requests fail, too. */
static void fail_frames(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &half_high);
	unsigned long free = annex_test_free_pages(annex);
	gfp_t quiet = GFP_KERNEL | __GFP_NOWARN;
	struct annex_page *pages[20] = {};
	struct annex_page *page;

	page = annex_test_must_alloc(test, annex, quiet, 0);
	annex_block_free(&annex->frames, page, 0);
	annex_fail_arm(ANNEX_FAIL_PAGE, 0, 1);
	KUNIT_EXPECT_NULL(test, annex_test_alloc(annex, quiet, 0));
	page = annex_test_must_alloc(test, annex, quiet, 0);
	annex_block_free(&annex->frames, page, 0);

	annex_fail_arm(ANNEX_FAIL_PAGE, 5, 1);
	KUNIT_EXPECT_EQ(test,
			__annex_alloc_pages_bulk(&annex->frames, quiet, 20,
						 pages),
			5U);
	KUNIT_EXPECT_EQ(test,
			__annex_alloc_pages_bulk(&annex->frames, quiet, 20,
						 pages),
			20U);
	KUNIT_EXPECT_EQ(test,
			__annex_free_pages_bulk(&annex->frames, pages, 20), 0);

	annex_fail_arm(ANNEX_FAIL_PAGE, 0, -1);
	page = annex_test_must_alloc(test, annex, quiet | __GFP_NOFAIL, 0);
	annex_block_free(&annex->frames, page, 0);
	annex_fail_disarm();
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

static void fail_second_object(struct kunit *test, struct annex *annex)
{
	void *addr;

	__annex_kfree(&annex->heap,
		      __annex_kmalloc(&annex->heap, 64, GFP_KERNEL));
	annex_fail_arm(ANNEX_FAIL_OBJECT, 1, 1);
	addr = __annex_kmalloc(&annex->heap, 64, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, addr);
	KUNIT_EXPECT_EQ(test, __annex_kfree(&annex->heap, addr), 0);
	KUNIT_EXPECT_NULL(test, __annex_kmalloc(&annex->heap, 64, GFP_KERNEL));
	addr = __annex_kmalloc(&annex->heap, 64, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, addr);
	KUNIT_EXPECT_EQ(test, __annex_kfree(&annex->heap, addr), 0);
	annex_fail_disarm();
}

static void fail_objects_and_addresses(struct kunit *test)
{
	struct testvm *vm = testvm_open(test, &half_high, PAGES);
	unsigned long free = annex_test_free_pages(vm->annex);
	void *addr;

	fail_second_object(test, vm->annex);

	/* A request that finds no place tries once more. */
	annex_fail_arm(ANNEX_FAIL_ADDRESS, 0, 1);
	addr = testvm_vmalloc(vm, 3);
	KUNIT_EXPECT_NOT_NULL(test, addr);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr), 0);
	annex_fail_arm(ANNEX_FAIL_ADDRESS, 0, 2);
	KUNIT_EXPECT_NULL(test, testvm_vmalloc(vm, 3));
	annex_fail_disarm();

	/* A request that must not fail gets both memory and addresses. */
	annex_fail_arm(ANNEX_FAIL_MEMORY, 0, -1);
	annex_fail_arm(ANNEX_FAIL_ADDRESS, 0, -1);
	addr = annex_vmalloc_area(&vm->annex->vmalloc, 40 * PAGE_SIZE,
				  GFP_KERNEL | __GFP_NOFAIL, NULL);
	KUNIT_EXPECT_NOT_NULL(test, addr);
	annex_fail_disarm();
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr), 0);

	annex_vm_purge(&vm->annex->vmalloc);
	annex_heap_shrink(&vm->annex->heap);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(vm->annex), free);
	annex_test_validate(test, vm->annex);
}

static struct kunit_case fail_cases[] = {
	KUNIT_CASE(fail_nothing_unless_asked),
	KUNIT_CASE(fail_the_nth_call),
	KUNIT_CASE(fail_each_such_call),
	KUNIT_CASE(fail_by_chance),
	KUNIT_CASE(fail_parses_what_is_asked),
	KUNIT_CASE(fail_as_the_kernel_says),
	KUNIT_CASE(fail_shows_what_the_kernel_has),
	KUNIT_CASE(fail_frames),
	KUNIT_CASE(fail_objects_and_addresses),
	{}
};

static struct kunit_suite annex_fail_suite = {
	.name = "annex_fail",
	.exit = fail_exit,
	.test_cases = fail_cases,
};

kunit_test_suite(annex_fail_suite);
