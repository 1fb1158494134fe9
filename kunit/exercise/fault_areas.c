// SPDX-License-Identifier: GPL-2.0-only
/*
 * For faults.c: what takes addresses, or objects of the heap.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/numa.h>
#include <linux/sizes.h>

#include <annex/page_alloc.h>
#include <annex/slab.h>
#include <annex/vmalloc.h>

#include "faults.h"

/* A hole in the address map of every PC: no RAM, and no device. */
#define HOLE	0xd0000000

static int vmap_it(struct annex_page *page)
{
	void *addr = annex_vmap(&page, 1, VM_MAP, PAGE_KERNEL);

	return addr ? annex_vunmap(addr) : -ENOMEM;
}

static int vmap_one(void)
{
	return exercise_with_page(vmap_it);
}

static int map_ram_it(struct annex_page *page)
{
	void *addr = annex_vm_map_ram(&page, 1);

	return addr ? annex_vm_unmap_ram(addr, 1) : -ENOMEM;
}

static int map_ram(void)
{
	return exercise_with_page(map_ram_it);
}

static int freed(void *addr)
{
	return addr ? annex_vfree(addr) : -ENOMEM;
}

static int vmalloc_plain(void)
{
	return freed(annex_vmalloc(SZ_16K));
}

static int vmalloc_for_users(void)
{
	return freed(annex_vmalloc_user(SZ_16K));
}

static int vzalloc_16k(void)
{
	return freed(annex_vzalloc(SZ_16K));
}

/* Neither frames nor what describes the area. */
static int vmalloc_that_must_not_fail(void)
{
	return freed(__annex_vmalloc(SZ_64K, GFP_KERNEL | __GFP_NOFAIL));
}

static int vmalloc_of(unsigned long size, unsigned long align)
{
	return freed(__annex_vmalloc_node(size, align, QUIET, NUMA_NO_NODE,
					  vmalloc_of));
}

static int vmalloc_page(void)
{
	return vmalloc_of(1, 1);
}

static int vmalloc_64k(void)
{
	return vmalloc_of(SZ_64K, 1);
}

static int vmalloc_1m(void)
{
	return vmalloc_of(SZ_1M, 1);
}

static int vmalloc_aligned(void)
{
	return vmalloc_of(SZ_16K, SZ_256K);
}

static int vmalloc_zeroed(void)
{
	return freed(__annex_vmalloc(SZ_16K, QUIET | __GFP_ZERO));
}

static int unmapped(void __iomem *addr)
{
	return addr ? annex_iounmap(addr) : -ENOMEM;
}

static int ioremap_hole(void)
{
	return unmapped(annex_ioremap(HOLE, SZ_16K));
}

static int ioremap_hole_wc(void)
{
	return unmapped(annex_ioremap_wc(HOLE, SZ_16K));
}

static int ioremap_hole_cached(void)
{
	return unmapped(annex_ioremap_cache(HOLE, SZ_16K));
}

static int returned(void *object)
{
	return object ? annex_kfree(object) : -ENOMEM;
}

static int kmalloc_of(size_t size)
{
	return returned(annex_kmalloc(size, QUIET));
}

static int kzalloc_100(void)
{
	return returned(annex_kzalloc(100, QUIET));
}

static int kcalloc_300(void)
{
	return returned(annex_kcalloc(100, 3, QUIET));
}

static int kmalloc_array_300(void)
{
	return returned(annex_kmalloc_array(3, 100, QUIET));
}

static int krealloc_array_300(void)
{
	return returned(annex_krealloc_array(NULL, 3, 100, QUIET));
}

static int kmalloc_8(void)
{
	return kmalloc_of(8);
}

static int kmalloc_100(void)
{
	return kmalloc_of(100);
}

static int kmalloc_8k(void)
{
	return kmalloc_of(8192);
}

static int kmalloc_1m(void)
{
	return kmalloc_of(SZ_1M);
}

static int krealloc_grows(void)
{
	void *object = annex_kmalloc(10, QUIET), *larger;
	int err;

	if (!object)
		return -ENOMEM;
	larger = annex_krealloc(object, 5000, QUIET);
	err = larger ? 0 : -ENOMEM;
	return annex_kfree(larger ?: object) ?: err;
}

static int returned_either(void *addr)
{
	return addr ? annex_kvfree(addr) : -ENOMEM;
}

static int kvmalloc_1m(void)
{
	return returned_either(annex_kvmalloc(SZ_1M, QUIET));
}

static int kvzalloc_1m(void)
{
	return returned_either(annex_kvzalloc(SZ_1M, QUIET));
}

static int kvmalloc_array_64k(void)
{
	return returned_either(annex_kvmalloc_array(64, SZ_1K, QUIET));
}

static int kvcalloc_64k(void)
{
	return returned_either(annex_kvcalloc(64, SZ_1K, QUIET));
}

static int kvrealloc_grows(void)
{
	void *addr = annex_kvmalloc(PAGE_SIZE, QUIET), *larger;
	int err;

	if (!addr)
		return -ENOMEM;
	larger = annex_kvrealloc(addr, PAGE_SIZE, SZ_1M, QUIET);
	err = larger ? 0 : -ENOMEM;
	return annex_kvfree(larger ?: addr) ?: err;
}

static int cache_with(slab_flags_t flags)
{
	struct annex_kmem_cache *cache =
		annex_kmem_cache_create("exercise", 500, 0, flags, NULL);
	void *object, *zero;
	int err;

	if (!cache)
		return -ENOMEM;
	object = annex_kmem_cache_alloc(cache, QUIET);
	zero = annex_kmem_cache_zalloc(cache, QUIET);
	err = object && zero ? 0 : -ENOMEM;
	if (object)
		err = annex_kmem_cache_free(cache, object) ?: err;
	if (zero)
		err = annex_kmem_cache_free(cache, zero) ?: err;
	return annex_kmem_cache_shrink(cache) ?:
	       annex_kmem_cache_destroy(cache) ?: err;
}

static int cache(void)
{
	return cache_with(0);
}

static int cache_that_tells_owners(void)
{
	return cache_with(SLAB_STORE_USER);
}

static int cache_in_bulk(void)
{
	struct annex_kmem_cache *cache =
		annex_kmem_cache_create("exercise", 200, 0, 0, NULL);
	void *object[50];
	int err;

	if (!cache)
		return -ENOMEM;
	err = annex_kmem_cache_alloc_bulk(cache, QUIET, 50, object) ?
		      annex_kmem_cache_free_bulk(cache, 50, object) : -ENOMEM;
	return annex_kmem_cache_destroy(cache) ?: err;
}

static int copy_of_text(void)
{
	return returned(annex_kstrdup("a text", QUIET));
}

static int beginning_of_text(void)
{
	return returned(annex_kstrndup("a text", 3, QUIET));
}

static int copy_of_bytes(void)
{
	return returned(annex_kmemdup("bytes", 5, QUIET));
}

static int printed_text(void)
{
	return returned(annex_kasprintf(QUIET, "%d texts", 7));
}

/* It is back when its readers have gone. */
static int given_by_rcu(struct rcu_head *head)
{
	int err = head ? annex_kvfree_call_rcu(head, head) : -ENOMEM;

	rcu_barrier();
	return err;
}

static int kmalloc_and_rcu(void)
{
	return given_by_rcu(annex_kmalloc(100, QUIET));
}

static int kvmalloc_and_rcu(void)
{
	return given_by_rcu(annex_kvmalloc(SZ_1M, QUIET));
}

static int kmalloc_and_wait(void)
{
	void *object = annex_kmalloc(100, QUIET);

	return object ? annex_kfree_rcu_mightsleep(object) : -ENOMEM;
}

#define AREA			(PAGE | MEMORY | ADDRESS)

const struct fault_op exercise_fault_areas[] = {
	OP(vmap_one, AREA),
	OP(map_ram, AREA),
	OP(vmalloc_plain, AREA),
	OP(vmalloc_for_users, AREA),
	OP(vzalloc_16k, AREA),
	OP(vmalloc_page, AREA),
	OP(vmalloc_64k, AREA),
	OP(vmalloc_1m, AREA),
	OP(vmalloc_aligned, AREA),
	OP(vmalloc_zeroed, AREA),
	OP(vmalloc_that_must_not_fail, ADDRESS),
	OP(ioremap_hole, MEMORY | ADDRESS),
	OP(ioremap_hole_wc, MEMORY | ADDRESS),
	OP(ioremap_hole_cached, MEMORY | ADDRESS),
	OP(kmalloc_8, OBJECT),
	OP(kmalloc_100, OBJECT),
	OP(kmalloc_8k, OBJECT),
	OP(kmalloc_1m, PAGE),
	OP(kzalloc_100, OBJECT),
	OP(kcalloc_300, OBJECT),
	OP(kmalloc_array_300, OBJECT),
	OP(krealloc_array_300, OBJECT),
	OP(krealloc_grows, OBJECT),
	OP(kvmalloc_1m, PAGE),
	OP(kvzalloc_1m, PAGE),
	OP(kvmalloc_array_64k, PAGE),
	OP(kvcalloc_64k, PAGE),
	OP(kvrealloc_grows, PAGE | OBJECT),
	OP(copy_of_text, OBJECT),
	OP(beginning_of_text, OBJECT),
	OP(copy_of_bytes, OBJECT),
	OP(printed_text, OBJECT),
	OP(kmalloc_and_rcu, OBJECT),
	OP(kvmalloc_and_rcu, PAGE),
	OP(kmalloc_and_wait, OBJECT),
	OP(cache_in_bulk, PAGE | OBJECT | PERCPU),
	OP(cache, PAGE | OBJECT | PERCPU),
	OP(cache_that_tells_owners, PAGE | OBJECT | PERCPU | MEMORY),
};

const unsigned int exercise_nr_fault_areas = ARRAY_SIZE(exercise_fault_areas);
