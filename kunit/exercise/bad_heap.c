// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a user of the heap must not do, one entry of a table each, and what Linux
 * allows although it looks as if it did not. As in bad_calls.c.
 */
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <annex/page_alloc.h>
#include <annex/slab.h>
#include <annex/vmalloc.h>

#include "bad_calls.h"
#include "exercise.h"

/* What is behind a name was to be had, and is given back. */
static int null_means(void *object, int err)
{
	if (!object)
		return err;
	annex_kfree(object);
	return 0;
}

static int kfree_twice(void)
{
	void *object = annex_kmalloc(64, GFP_KERNEL);

	return annex_kfree(object) ? -ENOENT : annex_kfree(object);
}

static int kfree_twice_with_others_between(void)
{
	void *a = annex_kmalloc(64, GFP_KERNEL);
	void *b = annex_kmalloc(64, GFP_KERNEL);

	return annex_kfree(a) || annex_kfree(b) ? -ENOENT : annex_kfree(a);
}

static int kfree_large_twice(void)
{
	void *object = annex_kmalloc(100000, GFP_KERNEL);

	return annex_kfree(object) ? -ENOENT : annex_kfree(object);
}

/* Refused inside, and given back at its start. */
static int kfree_inside(size_t size, size_t offset)
{
	u8 *object = annex_kmalloc(size, GFP_KERNEL);
	int err = annex_kfree(object + offset);

	return annex_kfree(object) ? -ENOENT : err;
}

static int kfree_interior(void)
{
	return kfree_inside(1024, 512);
}

static int kfree_odd(void)
{
	return kfree_inside(64, 1);
}

static int kfree_interior_of_large(void)
{
	return kfree_inside(40000, PAGE_SIZE);
}

static int kfree_of_stack(void)
{
	int mine;

	return annex_kfree(&mine);
}

static int kfree_of_host(void)
{
	void *object = kmalloc(64, GFP_KERNEL);
	int err = annex_kfree(object);

	kfree(object);
	return err;
}

static int kfree_of_frame(void)
{
	struct annex_page *page = annex_alloc_page(GFP_KERNEL);
	int err = annex_kfree(annex_page_address(page));

	return annex_free_page(page) ?: err;
}

static int kfree_of_free_frame(void)
{
	struct annex_page *page = annex_alloc_page(GFP_KERNEL);
	void *addr = annex_page_address(page);

	return annex_free_page(page) ?: annex_kfree(addr);
}

static int kfree_of_reserved(void)
{
	return annex_kfree(annex_page_address(annex_pfn_to_page(0)));
}

static int kfree_null(void)
{
	return annex_kfree(NULL);
}

static int kfree_of_nothing(void)
{
	return annex_kfree(annex_kmalloc(0, GFP_KERNEL));
}

static int kmalloc_too_large(void)
{
	return null_means(annex_kmalloc((4 << 20) + 1, GFP_KERNEL), -E2BIG);
}

static int kmalloc_wrapped(void)
{
	return null_means(annex_kmalloc(-8, GFP_KERNEL), -E2BIG);
}

static int kmalloc_array_overflows(void)
{
	return null_means(annex_kmalloc_array(0x10001, 0x10000, GFP_KERNEL),
			  -EOVERFLOW);
}

static int ksize_of_freed(void)
{
	void *object = annex_kmalloc(64, GFP_KERNEL);

	annex_kfree(object);
	return annex_ksize(object) ? 0 : -EALREADY;
}

static int krealloc_of_freed(void)
{
	void *object = annex_kmalloc(64, GFP_KERNEL);

	annex_kfree(object);
	return null_means(annex_krealloc(object, 100, GFP_KERNEL), -EALREADY);
}

/* Somebody else's flag on a frame of the heap's. */
static int flag_on_a_slab(void)
{
	void *object = annex_kmalloc(2000, GFP_KERNEL);
	phys_addr_t off = __annex_pa(object) -
			  annex_page_to_phys(annex_pfn_to_page(0));
	struct annex_page *page = annex_pfn_to_page(off >> PAGE_SHIFT);
	bool had = annex_page_test_set_flag(page, ANNEX_PG_OWNER_PRIV_1);

	return annex_kfree(object) ?: had ? -EPERM : 0;
}

static int kvfree_area(char *area, const char *addr)
{
	int err = annex_kvfree(addr);

	annex_kvfree(area);
	return err;
}

static int kvfree_twice(void)
{
	char *area = annex_vmalloc(PAGE_SIZE);

	return annex_kvfree(area) ? -ENOENT : kvfree_area(NULL, area);
}

static int kvfree_interior(void)
{
	char *area = annex_vmalloc(3 * PAGE_SIZE);

	return kvfree_area(area, area + PAGE_SIZE);
}

static int kvfree_odd(void)
{
	char *area = annex_vmalloc(PAGE_SIZE);

	return kvfree_area(area, area + 1);
}

static int kvfree_of_host(void)
{
	void *area = vmalloc(PAGE_SIZE);
	int err = annex_kvfree(area);

	vfree(area);
	return err;
}

static int kvfree_object_twice(void)
{
	void *object = annex_kvmalloc(100, GFP_KERNEL);

	return annex_kvfree(object) ? -ENOENT : annex_kvfree(object);
}

static int kvfree_null(void)
{
	return annex_kvfree(NULL);
}

static int kvfree_of_nothing(void)
{
	return annex_kvfree(annex_kvmalloc(0, GFP_KERNEL));
}

static int kvmalloc_array_overflows(void)
{
	return null_means(annex_kvmalloc_array(0x10001, 0x10000, GFP_KERNEL),
			  -EOVERFLOW);
}

static int kvcalloc_overflows(void)
{
	return null_means(annex_kvcalloc(0x80000001, 2, GFP_KERNEL), -EOVERFLOW);
}

static int kvmalloc_too_large(void)
{
	return null_means(annex_kvmalloc(1UL << 30, GFP_KERNEL), -ENOSPC);
}

static int kvmalloc_of_2_gb(void)
{
	return null_means(annex_kvmalloc(1UL << 31, GFP_KERNEL), -E2BIG);
}

static struct annex_kmem_cache *make(void)
{
	return annex_kmem_cache_create("exercise", 100, 0, 0, NULL);
}

static int cache_free_twice(void)
{
	struct annex_kmem_cache *cache = make();
	void *object = annex_kmem_cache_alloc(cache, GFP_KERNEL);
	int err;

	annex_kmem_cache_free(cache, object);
	err = annex_kmem_cache_free(cache, object);
	return annex_kmem_cache_destroy(cache) ?: err;
}

static int cache_free_of_another(void)
{
	struct annex_kmem_cache *cache = make();
	void *object = annex_kmalloc(100, GFP_KERNEL);
	int err = annex_kmem_cache_free(cache, object);

	return annex_kfree(object) ?: annex_kmem_cache_destroy(cache) ?: err;
}

static int cache_destroy_busy(void)
{
	struct annex_kmem_cache *cache = make();
	void *object = annex_kmem_cache_alloc(cache, GFP_KERNEL);
	int err = annex_kmem_cache_destroy(cache);

	return annex_kmem_cache_free(cache, object) ?:
	       annex_kmem_cache_destroy(cache) ?: err;
}

static int cache_destroy_foreign(void)
{
	return annex_kmem_cache_destroy((void *)PAGE_OFFSET);
}

static int cache_alloc_from_none(void)
{
	return null_means(annex_kmem_cache_alloc(NULL, GFP_KERNEL), -EINVAL);
}

static int create(const char *name, unsigned int size, slab_flags_t flags)
{
	struct annex_kmem_cache *cache = annex_kmem_cache_create(name, size, 0,
								 flags, NULL);

	return cache ? annex_kmem_cache_destroy(cache) : -EINVAL;
}

static int cache_with_a_blank(void)
{
	return create("two words", 8, 0);
}

static int cache_of_nothing(void)
{
	return create("nothing", 0, 0);
}

static int cache_that_panics(void)
{
	return create("panics", 8, SLAB_PANIC);
}

static int cache_twice(void)
{
	return create("kmalloc-8", 8, 0);
}

static int cache_create_irqs_off(void)
{
	struct annex_kmem_cache *cache;
	unsigned long flags;

	local_irq_save(flags);
	cache = make();
	local_irq_restore(flags);
	return cache ? annex_kmem_cache_destroy(cache) : -EINVAL;
}

/* The cache is there afterwards, to be destroyed as it should. */
static int irqs_off(int (*call)(struct annex_kmem_cache *cache))
{
	struct annex_kmem_cache *cache = make();
	int err = with_irqs_off(call, cache);

	return annex_kmem_cache_destroy(cache) ?: err;
}

static int cache_shrink_irqs_off(void)
{
	return irqs_off(annex_kmem_cache_shrink);
}

static int cache_destroy_irqs_off(void)
{
	return irqs_off(annex_kmem_cache_destroy);
}

static int drop(struct annex_kmem_cache *unused)
{
	annex_drop_slab();
	return 0;
}

static int drop_slab_irqs_off(void)
{
	return irqs_off(drop);
}

/* It is the heap's again before anybody looks. */
static int after_rcu(int err)
{
	rcu_barrier();
	return err;
}

static int rcu_twice(void)
{
	struct rcu_head *head = annex_kmalloc(64, GFP_KERNEL);
	int first = annex_kvfree_call_rcu(head, head);

	return first ?: after_rcu(annex_kvfree_call_rcu(head, head));
}

static int rcu_and_kfree(void)
{
	struct rcu_head *head = annex_kmalloc(100000, GFP_KERNEL);
	int first = annex_kvfree_call_rcu(head, head);

	return first ?: after_rcu(annex_kfree(head));
}

static int rcu_head_elsewhere(void)
{
	void *object = annex_kmalloc(64, GFP_KERNEL);
	struct rcu_head mine;
	int err = annex_kvfree_call_rcu(&mine, object);

	return annex_kfree(object) ?: err;
}

static int rcu_of_host(void)
{
	struct rcu_head *head = kmalloc(64, GFP_KERNEL);
	int err = annex_kvfree_call_rcu(head, head);

	kfree(head);
	return err;
}

static int rcu_area_twice(void)
{
	struct rcu_head *head = annex_vmalloc(8192);
	int first = annex_kvfree_call_rcu(head, head);

	return first ?: after_rcu(annex_kvfree_call_rcu(head, head));
}

static int rcu_wait_irqs_off(void)
{
	void *object = annex_kmalloc(64, GFP_KERNEL);
	unsigned long flags;
	int err;

	local_irq_save(flags);
	err = annex_kvfree_rcu_mightsleep(object);
	local_irq_restore(flags);
	return annex_kfree(object) ?: err;
}

static int bulk_free_twice(void)
{
	void *object[2];

	object[0] = annex_kmalloc(64, GFP_KERNEL);
	object[1] = object[0];
	return annex_kfree_bulk(2, object);
}

static int pages_exact_twice(void)
{
	void *addr = annex_alloc_pages_exact(3 * PAGE_SIZE, GFP_KERNEL);

	return annex_free_page_addr((unsigned long)addr + PAGE_SIZE) ?:
	       annex_free_pages_exact(addr, 3 * PAGE_SIZE);
}

static int pages_exact_of_nothing(void)
{
	return annex_alloc_pages_exact(0, GFP_KERNEL) ? 0 : -EINVAL;
}

static int pages_by_wrong_address(void)
{
	unsigned long addr = annex_get_zeroed_page(GFP_KERNEL);
	int err = annex_free_page_addr(addr + 8);

	return annex_free_page_addr(addr) ?: err;
}

static int split_of_compound(void)
{
	struct annex_page *page = annex_alloc_pages(GFP_KERNEL | __GFP_COMP, 1);
	int err = annex_split_page(page, 1);

	return annex_free_pages(page, 1) ?: err;
}

static int cache_with_a_colon(void)
{
	return create("groups:columns", 8, 0);
}

static int cache_with_a_hash(void)
{
	return create("#heading", 8, 0);
}

static int cache_with_foreign_letters(void)
{
	return create("caf\xc3\xa9", 8, 0);
}

static const struct {
	const char *name;
	int (*call)(void);
	int err;
} bad_calls[] = {
	{ "rcu_twice", rcu_twice, -EALREADY },
	{ "rcu_and_kfree", rcu_and_kfree, -EALREADY },
	{ "rcu_head_elsewhere", rcu_head_elsewhere, -ERANGE },
	{ "rcu_of_host", rcu_of_host, -EFAULT },
	{ "rcu_area_twice", rcu_area_twice, -EINVAL },
	{ "rcu_wait_irqs_off", rcu_wait_irqs_off, -EINVAL },
	{ "bulk_free_twice", bulk_free_twice, -EALREADY },
	{ "pages_exact_twice", pages_exact_twice, -EALREADY },
	{ "pages_exact_of_nothing", pages_exact_of_nothing, -EINVAL },
	{ "pages_by_wrong_address", pages_by_wrong_address, -EINVAL },
	{ "split_of_compound", split_of_compound, -EBUSY },
	{ "cache_with_a_colon", cache_with_a_colon, -EINVAL },
	{ "cache_with_a_hash", cache_with_a_hash, -EINVAL },
	{ "cache_with_foreign_letters", cache_with_foreign_letters, -EINVAL },
	{ "kfree_twice", kfree_twice, -EALREADY },
	{ "kfree_twice_with_others_between", kfree_twice_with_others_between,
	  -EALREADY },
	{ "kfree_large_twice", kfree_large_twice, -EALREADY },
	{ "kfree_interior", kfree_interior, -EINVAL },
	{ "kfree_odd", kfree_odd, -EINVAL },
	{ "kfree_interior_of_large", kfree_interior_of_large, -EINVAL },
	{ "kfree_of_stack", kfree_of_stack, -EFAULT },
	{ "kfree_of_host", kfree_of_host, -EFAULT },
	{ "kfree_of_frame", kfree_of_frame, -EPERM },
	{ "kfree_of_free_frame", kfree_of_free_frame, -EALREADY },
	{ "kfree_of_reserved", kfree_of_reserved, -EPERM },
	{ "kfree_null", kfree_null, 0 },
	{ "kfree_of_nothing", kfree_of_nothing, 0 },
	{ "kmalloc_too_large", kmalloc_too_large, -E2BIG },
	{ "kmalloc_wrapped", kmalloc_wrapped, -E2BIG },
	{ "kmalloc_array_overflows", kmalloc_array_overflows, -EOVERFLOW },
	{ "ksize_of_freed", ksize_of_freed, -EALREADY },
	{ "krealloc_of_freed", krealloc_of_freed, -EALREADY },
	{ "flag_on_a_slab", flag_on_a_slab, -EPERM },
	{ "kvfree_twice", kvfree_twice, -EINVAL },
	{ "kvfree_interior", kvfree_interior, -EINVAL },
	{ "kvfree_odd", kvfree_odd, -EINVAL },
	{ "kvfree_of_host", kvfree_of_host, -EFAULT },
	{ "kvfree_object_twice", kvfree_object_twice, -EALREADY },
	{ "kvfree_null", kvfree_null, 0 },
	{ "kvfree_of_nothing", kvfree_of_nothing, 0 },
	{ "kvmalloc_array_overflows", kvmalloc_array_overflows, -EOVERFLOW },
	{ "kvcalloc_overflows", kvcalloc_overflows, -EOVERFLOW },
	{ "kvmalloc_too_large", kvmalloc_too_large, -ENOSPC },
	{ "kvmalloc_of_2_gb", kvmalloc_of_2_gb, -E2BIG },
	{ "cache_free_twice", cache_free_twice, -EALREADY },
	{ "cache_free_of_another", cache_free_of_another, -EXDEV },
	{ "cache_destroy_busy", cache_destroy_busy, -EBUSY },
	{ "cache_destroy_foreign", cache_destroy_foreign, -EINVAL },
	{ "cache_alloc_from_none", cache_alloc_from_none, -EINVAL },
	{ "cache_with_a_blank", cache_with_a_blank, -EINVAL },
	{ "cache_of_nothing", cache_of_nothing, -EINVAL },
	{ "cache_that_panics", cache_that_panics, -EINVAL },
	{ "cache_twice", cache_twice, -EINVAL },
	{ "cache_create_irqs_off", cache_create_irqs_off, -EINVAL },
	{ "cache_shrink_irqs_off", cache_shrink_irqs_off, -EINVAL },
	{ "cache_destroy_irqs_off", cache_destroy_irqs_off, -EINVAL },
	{ "drop_slab_irqs_off", drop_slab_irqs_off, 0 },
};

/**
 * exercise_bad_heap() - do one thing that a user of the heap must not do
 * @args: name: of it
 *
 * Context: process.
 * Return: as exercise_bad_call().
 */
int exercise_bad_heap(const struct exercise_args *args)
{
	unsigned int i;
	int said;

	for (i = 0; i < ARRAY_SIZE(bad_calls); i++) {
		if (strcmp(bad_calls[i].name, args->name))
			continue;
		said = bad_calls[i].call();
		exercise_say("%s: %d, expected %d\n", args->name, said,
			     bad_calls[i].err);
		return said == bad_calls[i].err ? 0 : -EPROTO;
	}
	return -ENOENT;
}

/**
 * exercise_list_bad_heap() - print their names
 * @m: where to
 */
void exercise_list_bad_heap(struct seq_file *m)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad_calls); i++)
		seq_printf(m, "%s\n", bad_calls[i].name);
}
