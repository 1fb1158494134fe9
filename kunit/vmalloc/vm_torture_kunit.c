// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas of the vmalloc window at random, against a model; and damage that a
 * recount must find.
 */
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "host/pte.h"
#include "lib/testvm.h"
#include "page/page_alloc.h"
#include "validate/validate.h"

static const struct annex_testpool half_high = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 2048,
};

#define PAGES		2048
#define AREAS		64
#define OPS		20000
#define THREADS		2

/**
 * struct lane - areas of one thread
 * @vm: of which pool
 * @rnd: its random sequence
 * @addr: where they begin, NULL if there is none
 * @pages: how many pages each has
 * @wrong: what was not as it should be
 */
struct lane {
	struct testvm *vm;
	struct rnd_state rnd;
	char *addr[AREAS];
	unsigned long pages[AREAS];
	unsigned long wrong;
};

/* Frames of the pool, of no other area, and nothing behind the last. */
static unsigned long mistakes(const struct lane *lane, unsigned int n)
{
	const struct annex_vm_struct *area =
		__annex_find_vm_area(&lane->vm->annex->vmalloc, lane->addr[n]);
	unsigned long i, wrong = 0;

	if (!area || area->addr != lane->addr[n] ||
	    area->nr_pages != lane->pages[n])
		return 1;
	for (i = 0; i < lane->pages[n]; i++)
		wrong += testvm_pfn(lane->vm, lane->addr[n], i) !=
			 annex_page_host_pfn(&lane->vm->annex->frames,
					     area->pages[i]);
	return wrong + (testvm_pfn(lane->vm, lane->addr[n], i) != ~0UL);
}

/* Alone, one finds out at once that giving up twice is once too often. */
static void step(struct lane *lane, bool alone)
{
	unsigned int n = annex_test_below(&lane->rnd, AREAS);

	if (lane->addr[n]) {
		lane->wrong += mistakes(lane, n);
		lane->wrong += !!testvm_vfree(lane->vm, lane->addr[n]);
		if (alone)
			lane->wrong += testvm_vfree(lane->vm, lane->addr[n]) !=
				       -EINVAL;
		lane->addr[n] = NULL;
		return;
	}
	lane->pages[n] = 1 + annex_test_below(&lane->rnd, 40);
	lane->addr[n] = testvm_vmalloc(lane->vm, lane->pages[n]);
	if (!annex_test_below(&lane->rnd, 100))
		annex_vm_purge(&lane->vm->annex->vmalloc);
}

static void finish(struct lane *lane)
{
	unsigned int n;

	for (n = 0; n < AREAS; n++) {
		if (!lane->addr[n])
			continue;
		lane->wrong += mistakes(lane, n);
		lane->wrong += !!testvm_vfree(lane->vm, lane->addr[n]);
	}
	annex_vm_purge(&lane->vm->annex->vmalloc);
}

static unsigned long model_shows(const struct lane *lane)
{
	unsigned long nr = 0;
	unsigned int n;

	for (n = 0; n < AREAS; n++)
		nr += lane->addr[n] ? lane->pages[n] : 0;
	return nr;
}

static void vm_torture_against_a_model(struct kunit *test)
{
	struct lane *lane = kunit_kzalloc(test, sizeof(*lane), GFP_KERNEL);
	unsigned long free;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, lane);
	lane->vm = testvm_open(test, &half_high, PAGES);
	free = annex_test_free_pages(lane->vm->annex);
	annex_test_seed(test, &lane->rnd);
	for (i = 0; i < OPS; i++) {
		step(lane, true);
		if (i % 1000)
			continue;
		KUNIT_EXPECT_EQ(test, testvm_mapped(lane->vm),
				model_shows(lane));
		annex_test_validate(test, lane->vm->annex);
	}
	finish(lane);
	KUNIT_EXPECT_EQ(test, lane->wrong, 0UL);
	KUNIT_EXPECT_EQ(test, testvm_mapped(lane->vm), 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(lane->vm->annex), free);
	KUNIT_EXPECT_EQ(test, lane->vm->annex->vmalloc.space.nr_areas, 0U);
	annex_test_validate(test, lane->vm->annex);
}

static int run_lane(void *data)
{
	unsigned int i;

	for (i = 0; i < OPS; i++) {
		step(data, false);
		cond_resched();
	}
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

/* Two threads at once, with a third that recounts. */
static void vm_torture_of_two(struct kunit *test)
{
	struct lane *lanes = kunit_kcalloc(test, THREADS, sizeof(*lanes),
					   GFP_KERNEL);
	struct testvm *vm = testvm_open(test, &half_high, PAGES);
	struct task_struct *task[THREADS];
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, lanes);
	for (i = 0; i < THREADS; i++) {
		lanes[i].vm = vm;
		annex_test_seed(test, &lanes[i].rnd);
		task[i] = kthread_run(run_lane, &lanes[i], "annex_vm/%u", i);
	}
	for (i = 0; i < 20; i++) {
		annex_validate_vm(vm->annex, NULL, NULL);
		schedule_timeout_interruptible(1);
	}
	for (i = 0; i < THREADS; i++) {
		KUNIT_ASSERT_FALSE(test, IS_ERR(task[i]));
		kthread_stop(task[i]);
		finish(&lanes[i]);
		KUNIT_EXPECT_EQ(test, lanes[i].wrong, 0UL);
	}
	KUNIT_EXPECT_EQ(test, testvm_mapped(vm), 0UL);
	KUNIT_EXPECT_EQ(test, vm->annex->vmalloc.space.nr_areas, 0U);
	annex_test_validate(test, vm->annex);
}

static unsigned long violations(struct testvm *vm)
{
	return annex_validate(vm->annex, NULL, NULL);
}

static void vm_validate_finds_damage(struct kunit *test)
{
	struct testvm *vm = testvm_open(test, &half_high, PAGES);
	char *addr = testvm_vmalloc(vm, 3);
	unsigned long at = ((unsigned long)addr - TESTVM_START) >> PAGE_SHIFT;
	pte_t *pte = annex_window_pte(&vm->window, at);
	pte_t kept = pte[1];

	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_EQ(test, violations(vm), 0UL);
	/* Another's frame, none, one in the guard page, one of no area. */
	pte[1] = pte[0];
	KUNIT_EXPECT_EQ(test, violations(vm), 1UL);
	annex_pte_clear(&pte[1]);
	KUNIT_EXPECT_EQ(test, violations(vm), 1UL);
	pte[1] = kept;
	pte[3] = kept;
	KUNIT_EXPECT_EQ(test, violations(vm), 1UL);
	annex_pte_clear(&pte[3]);
	pte[10] = kept;
	KUNIT_EXPECT_EQ(test, violations(vm), 1UL);
	annex_pte_clear(&pte[10]);
	/* What waits for a purge. */
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr), 0);
	atomic_long_inc(&vm->annex->vmalloc.nr_lazy);
	KUNIT_EXPECT_EQ(test, violations(vm), 1UL);
	atomic_long_dec(&vm->annex->vmalloc.nr_lazy);
	/* One byte that is free too much. */
	vm->annex->vmalloc.space.free++;
	KUNIT_EXPECT_EQ(test, violations(vm), 1UL);
	vm->annex->vmalloc.space.free--;
	annex_test_validate(test, vm->annex);
}

static struct kunit_case vm_torture_cases[] = {
	KUNIT_CASE(vm_torture_against_a_model),
	KUNIT_CASE(vm_torture_of_two),
	KUNIT_CASE(vm_validate_finds_damage),
	{}
};

static struct kunit_suite annex_vm_torture_suite = {
	.name = "annex_vm_torture",
	.test_cases = vm_torture_cases,
};

kunit_test_suite(annex_vm_torture_suite);
