// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of areas of the vmalloc window: made, shown, given up, purged.
 */
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "lib/testvm.h"
#include "page/page_alloc.h"
#include "reclaim/reclaim.h"

/* Of 16 MB, the first half of which is lowmem. */
static const struct annex_testpool half_high = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 2048,
};

/* What a window of 256 pages holds lazily is 8. */
#define PAGES		256
#define LAZY_MAX	8

static struct testvm *open(struct kunit *test)
{
	return testvm_open(test, &half_high, PAGES);
}

static unsigned long bad_maps(struct testvm *vm)
{
	return annex_test_event(vm->annex, ANNEX_BAD_MAP);
}

static void vm_shows_its_frames_and_a_guard_page(struct kunit *test)
{
	struct testvm *vm = open(test);
	char *addr = testvm_vmalloc(vm, 3);
	const struct annex_vm_struct *area;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, addr);
	area = __annex_find_vm_area(&vm->annex->vmalloc,
				    addr + 2 * PAGE_SIZE + 5);
	KUNIT_ASSERT_NOT_NULL(test, area);
	KUNIT_EXPECT_PTR_EQ(test, area->addr, (void *)addr);
	KUNIT_EXPECT_EQ(test, area->size, 4 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, area->nr_pages, 3U);
	KUNIT_EXPECT_EQ(test, area->flags, (unsigned long)VM_ALLOC);
	KUNIT_EXPECT_PTR_EQ(test, area->caller, (const void *)testvm_vmalloc);
	for (i = 0; i < 3; i++) {
		unsigned long pfn =
			annex_page_host_pfn(&vm->annex->frames, area->pages[i]);

		KUNIT_EXPECT_EQ(test, testvm_pfn(vm, addr, i), pfn);
		KUNIT_EXPECT_EQ(test,
				__annex_vmalloc_to_pfn(&vm->annex->vmalloc,
						       addr + i * PAGE_SIZE +
							       17),
				pfn);
		/* Highmem first. */
		KUNIT_EXPECT_GE(test, pfn - vm->annex->frames.base_pfn, 2048UL);
	}
	KUNIT_EXPECT_EQ(test, testvm_pfn(vm, addr, 3), ~0UL);
	KUNIT_EXPECT_EQ(test, testvm_mapped(vm), 3UL);
	annex_test_validate(test, vm->annex);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr), 0);
}

static void vm_sizes_are_rounded_up(struct kunit *test)
{
	static const unsigned long sizes[][2] = {
		{ 1, 1 }, { PAGE_SIZE, 1 }, { PAGE_SIZE + 1, 2 },
		{ 16 * PAGE_SIZE, 16 }, { 17 * PAGE_SIZE - 1, 17 },
	};
	struct testvm *vm = open(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *addr = annex_vmalloc_area(&vm->annex->vmalloc,
						sizes[i][0], GFP_KERNEL, NULL);

		KUNIT_ASSERT_NOT_NULL(test, addr);
		KUNIT_EXPECT_EQ(test, testvm_mapped(vm), sizes[i][1]);
		KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr), 0);
		KUNIT_EXPECT_EQ(test, testvm_mapped(vm), 0UL);
	}
	annex_test_validate(test, vm->annex);
}

/* The window begins at a multiple of 1 MB, of which it has one. */
static void vm_alignment_is_kept(struct kunit *test)
{
	struct testvm *vm = open(test);
	void *first = testvm_vmalloc(vm, 1);
	unsigned long align;
	void *addr;

	KUNIT_ASSERT_EQ(test, (unsigned long)first, TESTVM_START);
	for (align = 1; align <= SZ_512K; align *= 2) {
		addr = annex_vmalloc_area_node(&vm->annex->vmalloc,
					       2 * PAGE_SIZE, align, GFP_KERNEL,
					       NULL);
		KUNIT_ASSERT_NOT_NULL(test, addr);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)addr, align));
		KUNIT_EXPECT_EQ(test, testvm_mapped(vm), 3UL);
		annex_test_validate(test, vm->annex);
		KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr), 0);
	}
	KUNIT_EXPECT_NULL(test,
			  annex_vmalloc_area_node(&vm->annex->vmalloc, 1, SZ_1M,
						  GFP_KERNEL, NULL));
	KUNIT_EXPECT_EQ(test, annex_test_event(vm->annex, ANNEX_VMALLOC_FAIL),
			1UL);
	/* A freed area does not prevent this one. */
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, first), 0);
	addr = annex_vmalloc_area_node(&vm->annex->vmalloc, 1, SZ_1M,
				       GFP_KERNEL, NULL);
	KUNIT_EXPECT_PTR_EQ(test, addr, first);
	KUNIT_EXPECT_NULL(test, annex_vmalloc_area_node(&vm->annex->vmalloc, 1,
							3, GFP_KERNEL, NULL));
	KUNIT_EXPECT_NULL(test, annex_vmalloc_area_node(&vm->annex->vmalloc, 1,
							0, GFP_KERNEL, NULL));
	KUNIT_EXPECT_EQ(test, bad_maps(vm), 2UL);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr), 0);
	annex_test_validate(test, vm->annex);
}

/* What makes no sense is refused before anything is taken. */
static void vm_map_refuses_what_it_does_not_know(struct kunit *test)
{
	struct testvm *vm = open(test);
	struct annex_page *page = annex_test_must_alloc(test, vm->annex,
							GFP_HIGHUSER, 0);

	KUNIT_EXPECT_NULL(test, __annex_vmap(&vm->annex->vmalloc, &page, 1,
					     VM_MAP | VM_MAP_PUT_PAGES,
					     PAGE_KERNEL, NULL));
	KUNIT_EXPECT_NULL(test, __annex_vmap(&vm->annex->vmalloc, &page, 1,
					     VM_MAP, __pgprot(0), NULL));
	KUNIT_EXPECT_EQ(test, bad_maps(vm), 2UL);
	KUNIT_EXPECT_EQ(test, vm->annex->vmalloc.space.nr_areas, 0U);
	annex_block_free(&vm->annex->frames, page, 0);
	annex_test_validate(test, vm->annex);
}

/* Neither its addresses nor its frames are another's before a purge. */
static void vm_keeps_all_until_the_purge(struct kunit *test)
{
	struct testvm *vm = open(test);
	unsigned long free = annex_test_free_pages(vm->annex);
	void *addr = testvm_vmalloc(vm, 3);

	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr), 0);
	KUNIT_EXPECT_EQ(test, testvm_mapped(vm), 0UL);
	KUNIT_EXPECT_NULL(test,
			  __annex_find_vm_area(&vm->annex->vmalloc, addr));
	KUNIT_EXPECT_EQ(test, testvm_lazy(vm), 4UL);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(vm->annex), free - 3);
	annex_test_validate(test, vm->annex);

	KUNIT_EXPECT_EQ(test, annex_vm_purge(&vm->annex->vmalloc), 4UL);
	KUNIT_EXPECT_EQ(test, testvm_lazy(vm), 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(vm->annex), free);
	KUNIT_EXPECT_EQ(test, vm->annex->vmalloc.space.nr_areas, 0U);
	KUNIT_EXPECT_EQ(test, annex_vm_purge(&vm->annex->vmalloc), 0UL);
	annex_test_validate(test, vm->annex);
}

static void vm_lazy_space_is_bounded(struct kunit *test)
{
	struct testvm *vm = open(test);
	unsigned long flushes, purged = 0, i;

	KUNIT_EXPECT_EQ(test, vm->annex->vmalloc.lazy_max,
			(unsigned long)LAZY_MAX);
	for (i = 0; i < 100; i++) {
		unsigned long before = testvm_lazy(vm);

		KUNIT_EXPECT_EQ(test, testvm_vfree(vm, testvm_vmalloc(vm, 1)), 0);
		/* Where sleeping is not known to be safe, a worker purges. */
		flush_work(&vm->annex->vmalloc.work);
		KUNIT_EXPECT_LE(test, testvm_lazy(vm), (unsigned long)LAZY_MAX);
		purged += testvm_lazy(vm) < before;
	}
	/* Four areas wait, the fifth takes them along. */
	KUNIT_EXPECT_EQ(test, purged, 20UL);
	flushes = annex_test_event(vm->annex, ANNEX_TLB_SHOOTDOWNS);
	KUNIT_EXPECT_EQ(test, flushes, 20UL);
}

static void vm_refuses_what_is_no_area(struct kunit *test)
{
	struct testvm *vm = open(test);
	char *addr = testvm_vmalloc(vm, 3), *gone = testvm_vmalloc(vm, 1);

	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, NULL), 0);
	KUNIT_EXPECT_EQ(test, bad_maps(vm), 0UL);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr + PAGE_SIZE), -EINVAL);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr + 3 * PAGE_SIZE), -EINVAL);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, vm), -EINVAL);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, (void *)TESTVM_START - PAGE_SIZE),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, (void *)TESTVM_START +
					   PAGES * PAGE_SIZE), -EINVAL);
	KUNIT_EXPECT_EQ(test,
			annex_vm_give_up(&vm->annex->vmalloc, addr, VM_MAP, 0,
					 "test"),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, bad_maps(vm), 7UL);

	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, gone), 0);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, gone), -EINVAL);
	annex_vm_purge(&vm->annex->vmalloc);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, gone), -EINVAL);
	KUNIT_EXPECT_EQ(test, bad_maps(vm), 9UL);
	KUNIT_EXPECT_EQ(test, testvm_mapped(vm), 3UL);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr), 0);
	annex_test_validate(test, vm->annex);
}

static void vm_refuses_what_is_of_another_kind(struct kunit *test)
{
	struct testvm *vm = open(test);
	struct annex_page *page;
	void *mapped;

	page = annex_test_must_alloc(test, vm->annex, GFP_HIGHUSER, 0);
	mapped = __annex_vmap(&vm->annex->vmalloc, &page, 1, VM_MAP,
			      PAGE_KERNEL, NULL);
	KUNIT_ASSERT_NOT_NULL(test, mapped);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, mapped), -EINVAL);
	KUNIT_EXPECT_EQ(test,
			__annex_vm_unmap_ram(&vm->annex->vmalloc, mapped, 2),
			-EINVAL);
	KUNIT_EXPECT_EQ(test,
			__annex_vm_unmap_ram(&vm->annex->vmalloc, mapped, 0),
			-EINVAL);
	KUNIT_EXPECT_EQ(test,
			__annex_vm_unmap_ram(&vm->annex->vmalloc, mapped, -1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, bad_maps(vm), 4UL);
	KUNIT_EXPECT_EQ(test, testvm_mapped(vm), 1UL);
	KUNIT_EXPECT_EQ(test,
			__annex_vm_unmap_ram(&vm->annex->vmalloc, mapped, 1),
			0);
	KUNIT_EXPECT_EQ(test, testvm_mapped(vm), 0UL);
	KUNIT_EXPECT_EQ(test, annex_block_free(&vm->annex->frames, page, 0), 0);
	annex_test_validate(test, vm->annex);
}

static void vm_refuses_requests_that_make_no_sense(struct kunit *test)
{
	struct testvm *vm = open(test);
	struct annex_page *page = NULL;
	unsigned long flags;

	KUNIT_EXPECT_NULL(test, annex_vmalloc_area(&vm->annex->vmalloc, 0,
						   GFP_KERNEL, NULL));
	KUNIT_EXPECT_NULL(test, __annex_vmap(&vm->annex->vmalloc, &page, 0,
					     VM_MAP, PAGE_KERNEL, NULL));
	KUNIT_EXPECT_EQ(test, bad_maps(vm), 2UL);
	KUNIT_EXPECT_NULL(test, testvm_vmalloc(vm, PAGES));
	KUNIT_EXPECT_NULL(test,
			  annex_vmalloc_area(&vm->annex->vmalloc, ULONG_MAX,
					     GFP_KERNEL, NULL));
	KUNIT_EXPECT_EQ(test, bad_maps(vm), 2UL);
	if (IS_ENABLED(CONFIG_PREEMPT_COUNT)) {
		preempt_disable();
		KUNIT_EXPECT_NULL(test,
				  annex_vmalloc_area(&vm->annex->vmalloc, 1,
						     GFP_KERNEL, NULL));
		preempt_enable();
	}
	local_irq_save(flags);
	KUNIT_EXPECT_NULL(test, annex_vmalloc_area(&vm->annex->vmalloc, 1,
						   GFP_ATOMIC, NULL));
	local_irq_restore(flags);
	/* A page that is no frame of the pool cannot be mapped. */
	KUNIT_EXPECT_NULL(test, __annex_vmap(&vm->annex->vmalloc, &page, 1,
					     VM_MAP, PAGE_KERNEL, NULL));
	page = vm->annex->frames.mem_map + vm->annex->frames.nr_pages;
	KUNIT_EXPECT_NULL(test, __annex_vmap(&vm->annex->vmalloc, &page, 1,
					     VM_MAP, PAGE_READONLY, NULL));
	KUNIT_EXPECT_EQ(test, testvm_mapped(vm), 0UL);
	annex_vm_purge(&vm->annex->vmalloc);
	KUNIT_EXPECT_EQ(test, vm->annex->vmalloc.space.nr_areas, 0U);
	annex_test_validate(test, vm->annex);
}

static void vm_maps_frames_of_others(struct kunit *test)
{
	struct testvm *vm = open(test);
	struct annex_page *pages[20];
	unsigned int i;
	char *addr;

	for (i = 0; i < 20; i++)
		pages[i] = annex_test_must_alloc(test, vm->annex, i & 1 ?
						 GFP_KERNEL : GFP_HIGHUSER, 0);
	addr = __annex_vmap(&vm->annex->vmalloc, pages, 20, VM_MAP, PAGE_KERNEL,
			    NULL);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	for (i = 0; i < 20; i++)
		KUNIT_EXPECT_EQ(test, testvm_pfn(vm, addr, i),
				annex_page_host_pfn(&vm->annex->frames,
						    pages[i]));
	KUNIT_EXPECT_EQ(test,
			__annex_find_vm_area(&vm->annex->vmalloc, addr)
				->nr_pages,
			0U);
	annex_test_validate(test, vm->annex);
	KUNIT_EXPECT_EQ(test,
			annex_vm_give_up(&vm->annex->vmalloc, addr, VM_MAP, 0,
					 ""),
			0);
	annex_vm_purge(&vm->annex->vmalloc);
	/* They are still their owner's. */
	for (i = 0; i < 20; i++)
		KUNIT_EXPECT_EQ(test,
				annex_block_free(&vm->annex->frames, pages[i],
						 0),
				0);
}

/* One that is none in the middle: what was shown before is hidden again. */
static void vm_map_undoes_what_it_began(struct kunit *test)
{
	struct testvm *vm = testvm_open(test, &half_high, 2048);
	struct annex_page **pages = annex_test_array(test, vm->annex);
	unsigned int i;

	for (i = 0; i < 1000; i++)
		pages[i] = vm->annex->frames.mem_map + 2048 + i;
	pages[700] = (void *)pages[700] + 4;
	KUNIT_EXPECT_NULL(test, __annex_vmap(&vm->annex->vmalloc, pages, 1000,
					     VM_MAP, PAGE_KERNEL, NULL));
	KUNIT_EXPECT_EQ(test, testvm_mapped(vm), 0UL);
	annex_vm_purge(&vm->annex->vmalloc);
	KUNIT_EXPECT_EQ(test, vm->annex->vmalloc.space.nr_areas, 0U);
	annex_test_validate(test, vm->annex);
}

static void vm_is_exhausted_purged_and_served(struct kunit *test)
{
	struct testvm *vm = open(test);
	void *a = testvm_vmalloc(vm, 200), *b = testvm_vmalloc(vm, 50);

	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_ASSERT_NOT_NULL(test, b);
	/* 201 + 51 of 256 are taken: 4 are left, and one is the guard. */
	KUNIT_EXPECT_NULL(test, testvm_vmalloc(vm, 4));
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, testvm_vmalloc(vm, 3)), 0);
	KUNIT_EXPECT_EQ(test, testvm_lazy(vm), 4UL);
	/* The place is taken by what waits: the purge gives it. */
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, testvm_vmalloc(vm, 3)), 0);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, b), 0);
	b = testvm_vmalloc(vm, 54);
	KUNIT_EXPECT_NOT_NULL(test, b);
	annex_test_validate(test, vm->annex);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, b), 0);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, a), 0);
	a = testvm_vmalloc(vm, PAGES - 1);
	KUNIT_EXPECT_NOT_NULL(test, a);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, a), 0);
}

static void vm_without_frames_is_undone(struct kunit *test)
{
	struct testvm *vm = testvm_open(test, &half_high, 8192);
	unsigned long free = annex_test_free_pages(vm->annex);

	KUNIT_EXPECT_NULL(test, testvm_vmalloc(vm, 5000));
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(vm->annex), free);
	KUNIT_EXPECT_EQ(test, testvm_mapped(vm), 0UL);
	KUNIT_EXPECT_EQ(test, vm->annex->vmalloc.space.nr_areas, 0U);
	annex_test_validate(test, vm->annex);
}

static void vm_shrinker_gives_frames_back(struct kunit *test)
{
	struct testvm *vm = testvm_open(test, &half_high, 8192);
	unsigned long free = annex_test_free_pages(vm->annex);
	struct annex_shrinker *shrinker = &vm->annex->vmalloc.shrinker;
	struct annex_shrink_control sc = { .nr_to_scan = 128 };

	KUNIT_EXPECT_EQ(test, shrinker->count_objects(shrinker, &sc),
			ANNEX_SHRINK_EMPTY);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, testvm_vmalloc(vm, 100)), 0);
	KUNIT_EXPECT_EQ(test, shrinker->count_objects(shrinker, &sc), 101UL);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(vm->annex), free - 100);
	mutex_lock(&vm->annex->vmalloc.purge_lock);
	KUNIT_EXPECT_EQ(test, shrinker->scan_objects(shrinker, &sc),
			ANNEX_SHRINK_STOP);
	mutex_unlock(&vm->annex->vmalloc.purge_lock);
	KUNIT_EXPECT_EQ(test, shrinker->scan_objects(shrinker, &sc), 101UL);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(vm->annex), free);
}

struct from_irq {
	struct irq_work work;
	struct testvm *vm;
	void *addr;
	int err;
	bool none;
};

static void free_from_irq(struct irq_work *work)
{
	struct from_irq *f = container_of(work, struct from_irq, work);

	f->none = !testvm_vmalloc(f->vm, 1);
	f->err = testvm_vfree(f->vm, f->addr);
}

/* More than may wait: the purge is for a worker then. */
static void vm_is_given_up_by_an_interrupt(struct kunit *test)
{
	struct from_irq *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->vm = open(test);
	f->addr = testvm_vmalloc(f->vm, 20);
	f->err = 1;
	init_irq_work(&f->work, free_from_irq);
	irq_work_queue(&f->work);
	irq_work_sync(&f->work);
	KUNIT_EXPECT_EQ(test, f->err, 0);
	KUNIT_EXPECT_TRUE(test, f->none);
	flush_work(&f->vm->annex->vmalloc.work);
	KUNIT_EXPECT_EQ(test, testvm_lazy(f->vm), 0UL);
	KUNIT_EXPECT_EQ(test, f->vm->annex->vmalloc.space.nr_areas, 0U);
}

static void vm_exit_undoes_what_was_forgotten(struct kunit *test)
{
	struct testvm *vm = open(test);
	unsigned long free = annex_test_free_pages(vm->annex);

	testvm_vmalloc(vm, 3);
	testvm_vmalloc(vm, 30);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, testvm_vmalloc(vm, 2)), 0);
	KUNIT_EXPECT_EQ(test, annex_vmalloc_exit(&vm->annex->vmalloc), 2U);
	/* However much it was: no worker comes to a pool that is gone. */
	KUNIT_EXPECT_EQ(test, work_busy(&vm->annex->vmalloc.work), 0U);
	KUNIT_EXPECT_EQ(test, annex_vmalloc_exit(&vm->annex->vmalloc), 0U);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(vm->annex), free);
	KUNIT_EXPECT_EQ(test, testvm_mapped(vm), 0UL);
	KUNIT_EXPECT_NULL(test, testvm_vmalloc(vm, 1));
	KUNIT_EXPECT_NULL(test, __annex_find_vm_area(&vm->annex->vmalloc, vm));
}

static void vm_knows_its_addresses(struct kunit *test)
{
	struct testvm *vm = open(test);
	const char *start = (char *)TESTVM_START;
	const char *end = start + PAGES * PAGE_SIZE;

	KUNIT_EXPECT_TRUE(test,
			  __annex_is_vmalloc_addr(&vm->annex->vmalloc, start));
	KUNIT_EXPECT_TRUE(test, __annex_is_vmalloc_addr(&vm->annex->vmalloc,
							end - 1));
	KUNIT_EXPECT_FALSE(test, __annex_is_vmalloc_addr(&vm->annex->vmalloc,
							 start - 1));
	KUNIT_EXPECT_FALSE(test,
			   __annex_is_vmalloc_addr(&vm->annex->vmalloc, end));
	KUNIT_EXPECT_EQ(test,
			__annex_vmalloc_to_pfn(&vm->annex->vmalloc, start),
			~0UL);
	KUNIT_EXPECT_EQ(test,
			__annex_vmalloc_to_pfn(&vm->annex->vmalloc, start - 1),
			~0UL);
}

static void vm_io_shows_any_physical_address(struct kunit *test)
{
	struct testvm *vm = open(test);
	u64 phys = (61ULL << 30) + 0x123;
	char *addr = __annex_ioremap(&vm->annex->vmalloc, phys, PAGE_SIZE,
				     PAGE_KERNEL, NULL);
	const struct annex_vm_struct *area;

	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_EQ(test, (unsigned long)addr & ~PAGE_MASK, 0x123UL);
	/* A page that begins in one frame ends in the next. */
	KUNIT_EXPECT_EQ(test, testvm_mapped(vm), 2UL);
	area = __annex_find_vm_area(&vm->annex->vmalloc, addr);
	KUNIT_ASSERT_NOT_NULL(test, area);
	KUNIT_EXPECT_EQ(test, (u64)area->phys_addr, phys - 0x123);
	KUNIT_EXPECT_EQ(test, testvm_pfn(vm, area->addr, 1),
			(unsigned long)(phys >> PAGE_SHIFT) + 1);
	annex_test_validate(test, vm->annex);
	KUNIT_EXPECT_EQ(test,
			annex_vm_give_up(&vm->annex->vmalloc, area->addr,
					 VM_IOREMAP, 0, "test"),
			0);
	/* The pool's own frames have owners. */
	KUNIT_EXPECT_NULL(test, __annex_ioremap(&vm->annex->vmalloc,
						half_high.start - 1, 2,
						PAGE_KERNEL, NULL));
	KUNIT_EXPECT_NULL(test, __annex_ioremap(&vm->annex->vmalloc, phys, 0,
						PAGE_KERNEL, NULL));
}

/* A freed area that is not lazy stays mapped until RCU readers are done. */
static void vm_shows_its_frames_until_readers_have_gone(struct kunit *test)
{
	struct testvm *vm = open(test);
	struct annex *annex = vm->annex;
	struct annex_vmalloc *v = &annex->vmalloc;
	char *addr = testvm_vmalloc(vm, 3), *end = addr + 3 * PAGE_SIZE;
	unsigned long lazy = testvm_lazy(vm);
	static const char call[] = "test";

	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_EQ(test,
			annex_vm_give_up_later(v, addr + PAGE_SIZE, addr, 8,
					       call),
			-EINVAL);
	KUNIT_EXPECT_EQ(test,
			annex_vm_give_up_later(v, addr, end - 4, 8, call),
			-EINVAL);
	KUNIT_EXPECT_EQ(test,
			annex_vm_give_up_later(v, addr, addr - 8, 8, call),
			-EINVAL);
	KUNIT_EXPECT_EQ(test,
			annex_vm_give_up_later(v, addr, end - 8, 8, call),
			0);
	KUNIT_EXPECT_EQ(test,
			annex_vm_give_up_later(v, addr, end - 8, 8, call),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, testvm_vfree(vm, addr), -EINVAL);
	KUNIT_EXPECT_NULL(test, __annex_find_vm_area(v, addr));
	KUNIT_EXPECT_EQ(test, testvm_mapped(vm), 3UL);
	KUNIT_EXPECT_EQ(test, testvm_lazy(vm), lazy);
	annex_test_validate(test, annex);
	annex_vm_give_up_now(v, end - 8);
	KUNIT_EXPECT_EQ(test, testvm_mapped(vm), 0UL);
	KUNIT_EXPECT_GT(test, testvm_lazy(vm), lazy);
	annex_vm_give_up_now(v, end - 8);
	KUNIT_EXPECT_EQ(test, bad_maps(vm), 5UL);
	annex_test_validate(test, annex);
}

static struct kunit_case vm_cases[] = {
	KUNIT_CASE(vm_shows_its_frames_until_readers_have_gone),
	KUNIT_CASE(vm_shows_its_frames_and_a_guard_page),
	KUNIT_CASE(vm_sizes_are_rounded_up),
	KUNIT_CASE(vm_alignment_is_kept),
	KUNIT_CASE(vm_map_refuses_what_it_does_not_know),
	KUNIT_CASE(vm_keeps_all_until_the_purge),
	KUNIT_CASE(vm_lazy_space_is_bounded),
	KUNIT_CASE(vm_refuses_what_is_no_area),
	KUNIT_CASE(vm_refuses_what_is_of_another_kind),
	KUNIT_CASE(vm_refuses_requests_that_make_no_sense),
	KUNIT_CASE(vm_maps_frames_of_others),
	KUNIT_CASE(vm_map_undoes_what_it_began),
	KUNIT_CASE(vm_is_exhausted_purged_and_served),
	KUNIT_CASE(vm_without_frames_is_undone),
	KUNIT_CASE(vm_shrinker_gives_frames_back),
	KUNIT_CASE(vm_is_given_up_by_an_interrupt),
	KUNIT_CASE(vm_exit_undoes_what_was_forgotten),
	KUNIT_CASE(vm_knows_its_addresses),
	KUNIT_CASE(vm_io_shows_any_physical_address),
	{}
};

static struct kunit_suite annex_vm_suite = {
	.name = "annex_vm",
	.test_cases = vm_cases,
};

kunit_test_suite(annex_vm_suite);
