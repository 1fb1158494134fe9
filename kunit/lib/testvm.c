// SPDX-License-Identifier: GPL-2.0-only
/*
 * Private vmalloc windows for the suites.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "host/pte.h"
#include "testvm.h"

/* Tables that a window touches. */
static unsigned long nr_tables(const struct annex_window *window)
{
	unsigned long start = (unsigned long)window->addr;
	unsigned long last = start + (window->nr_pages << PAGE_SHIFT) - 1;

	return (last >> PMD_SHIFT) - (start >> PMD_SHIFT) + 1;
}

static int open_tables(struct testvm *vm)
{
	unsigned long i, nr = nr_tables(&vm->window);

	vm->tables = kvcalloc(nr, sizeof(*vm->tables), GFP_KERNEL);
	if (!vm->tables)
		return -ENOMEM;
	vm->window.tables = vm->tables;
	for (i = 0; i < nr; i++) {
		vm->tables[i] = vzalloc(PTRS_PER_PTE * sizeof(pte_t));
		if (!vm->tables[i])
			return -ENOMEM;
	}
	vm->slots = vzalloc(annex_vmalloc_bytes(&vm->window));
	return vm->slots ?
		       annex_vmalloc_init(&vm->annex->vmalloc, &vm->window,
					  vm->slots) :
		       -ENOMEM;
}

static int vm_init(struct kunit_resource *res, void *context)
{
	struct testvm *vm = vmalloc(sizeof(*vm));

	res->data = vm;
	if (!vm)
		return -ENOMEM;
	*vm = *(struct testvm *)context;
	return open_tables(vm);
}

static void vm_free(struct kunit_resource *res)
{
	struct testvm *vm = res->data;
	unsigned long i;

	if (!vm)
		return;
	annex_vmalloc_exit(&vm->annex->vmalloc);
	for (i = 0; vm->tables && i < nr_tables(&vm->window); i++)
		vfree(vm->tables[i]);
	kvfree(vm->tables);
	vfree(vm->slots);
	vfree(vm);
}

/**
 * testvm_open() - make a pool with a window, for as long as the test lives
 * @test: the test; it ends here if there is no memory
 * @opts: what the pool is made from
 * @nr_pages: of the window
 *
 * Areas that are left are undone with it.
 */
struct testvm *testvm_open(struct kunit *test,
			   const struct annex_testpool *opts,
			   unsigned long nr_pages)
{
	struct testvm form = {
		.annex = annex_testpool(test, opts),
		.window = {
			.name = "test vm",
			.addr = (void *)TESTVM_START,
			.nr_pages = nr_pages,
		},
	};
	struct testvm *vm = kunit_alloc_resource(test, vm_init, vm_free,
						 GFP_KERNEL, &form);

	KUNIT_ASSERT_NOT_NULL(test, vm);
	return vm;
}

void *testvm_vmalloc(struct testvm *vm, unsigned long pages)
{
	return annex_vmalloc_area(&vm->annex->vmalloc, pages << PAGE_SHIFT,
				  GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY,
				  testvm_vmalloc);
}

int testvm_vfree(struct testvm *vm, const void *addr)
{
	return annex_vm_give_up(&vm->annex->vmalloc, addr, VM_ALLOC, 0, "test");
}

/**
 * testvm_mapped() - how many pages show something
 * @vm: the pool
 */
unsigned long testvm_mapped(const struct testvm *vm)
{
	unsigned long i, nr = 0;

	for (i = 0; i < vm->window.nr_pages; i++)
		nr += !!pte_present(*annex_window_pte(&vm->window, i));
	return nr;
}

/**
 * testvm_pfn() - which frame a page shows
 * @vm: the pool
 * @addr: where an area begins
 * @page: counted from there
 *
 * Return: the host pfn, or %ANNEX_WINDOW_NONE.
 */
unsigned long testvm_pfn(const struct testvm *vm, const void *addr,
			 unsigned long page)
{
	unsigned long idx = ((unsigned long)addr - TESTVM_START) >> PAGE_SHIFT;

	return annex_pte_pfn(annex_window_pte(&vm->window, idx + page));
}

unsigned long testvm_lazy(const struct testvm *vm)
{
	return atomic_long_read(&vm->annex->vmalloc.nr_lazy);
}
