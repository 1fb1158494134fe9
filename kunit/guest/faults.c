// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every public function that takes something, while one thing after the other
 * fails that it takes: each point, the first time that it is come by, the second,
 * and so on until it is not come by so often. Once only that time fails, and once
 * all from then on.
 *
 * The function must say so with the errno of its kind, and nothing may be gone:
 * afterwards the pool has as many free frames as before, and recounting it finds
 * nothing wrong.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include <annex/folio.h>
#include <annex/highmem.h>
#include <annex/mm.h>
#include <annex/reclaim.h>
#include <annex/slab.h>
#include <annex/vmalloc.h>

#include "exercise.h"
#include "host/fail.h"
#include "pool.h"

/* No call comes by a point so often: 1 MB is 256 frames. */
#define MOST	1000

#define QUIET	(GFP_KERNEL | __GFP_NOWARN)

static int null_is(const void *what, int err)
{
	return what ? 0 : err;
}

static int pages_of(gfp_t gfp, unsigned int order)
{
	struct annex_page *page = annex_alloc_pages(gfp, order);

	return page ? annex_free_pages(page, order) : -ENOMEM;
}

static int one_page(void)
{
	return pages_of(QUIET, 0);
}

static int high_page_zeroed(void)
{
	return pages_of(GFP_HIGHUSER | __GFP_NOWARN | __GFP_ZERO, 0);
}

static int atomic_pages(void)
{
	return pages_of(GFP_ATOMIC | __GFP_NOWARN, 3);
}

static int compound_pages(void)
{
	return pages_of(QUIET | __GFP_COMP, 5);
}

static int largest_pages(void)
{
	return pages_of(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN, 10);
}

static int pages_that_must_not_fail(void)
{
	return pages_of(GFP_KERNEL | __GFP_NOFAIL, 0);
}

static int bulk(void)
{
	struct annex_page *pages[40] = {};
	unsigned int nr = annex_alloc_pages_bulk(GFP_HIGHUSER | __GFP_NOWARN,
						 40, pages);
	int err = annex_free_pages_bulk(pages, 40);

	return err ?: nr == 40 ? 0 : -ENOMEM;
}

static int folio(void)
{
	struct annex_folio *folio;
	int err = annex_folio_alloc(GFP_HIGHUSER | __GFP_NOWARN, 2, &folio);

	return err ?: annex_folio_put(folio);
}

static int folio_attached(void)
{
	struct annex_page *page = annex_alloc_page(GFP_HIGHUSER |
						   __GFP_NOWARN);
	struct annex_folio *folio;
	int err = page ? annex_folio_attach(page, QUIET, &folio) : -ENOMEM;

	if (!err)
		err = annex_folio_detach(folio);
	return page ? annex_free_page(page) ?: err : err;
}

/* With @use of a high page. */
static int with_page(int (*use)(struct annex_page *page))
{
	struct annex_page *page = annex_alloc_page(GFP_HIGHUSER |
						   __GFP_NOWARN);
	int err = page ? use(page) : -ENOMEM;

	return page ? annex_free_page(page) ?: err : err;
}

static int kmap_it(struct annex_page *page)
{
	return annex_kmap(page) ? annex_kunmap(page) : -ENOMEM;
}

static int kmap_and_flush(void)
{
	int err = with_page(kmap_it), flushed = annex_kmap_flush_unused();

	return flushed < 0 ? flushed : err;
}

static int kmap_local_it(struct annex_page *page)
{
	void *addr = annex_kmap_local_page(page);

	return addr ? annex_kunmap_local(addr) : -ENOMEM;
}

static int kmap_local(void)
{
	return with_page(kmap_local_it);
}

static int vmap_it(struct annex_page *page)
{
	void *addr = annex_vmap(&page, 1, VM_MAP, PAGE_KERNEL);

	return addr ? annex_vunmap(addr) : -ENOMEM;
}

static int vmap_one(void)
{
	return with_page(vmap_it);
}

static int map_ram_it(struct annex_page *page)
{
	void *addr = annex_vm_map_ram(&page, 1);

	return addr ? annex_vm_unmap_ram(addr, 1) : -ENOMEM;
}

static int map_ram(void)
{
	return with_page(map_ram_it);
}

static int vmalloc_of(unsigned long size, unsigned long align)
{
	void *addr = __annex_vmalloc_node(size, align, QUIET, NUMA_NO_NODE,
					  vmalloc_of);

	return addr ? annex_vfree(addr) : -ENOMEM;
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
	void *addr = __annex_vmalloc(SZ_16K, QUIET | __GFP_ZERO);

	return addr ? annex_vfree(addr) : -ENOMEM;
}

/* A hole of every PC: nobody's memory. */
static int ioremap_hole(void)
{
	void __iomem *addr = annex_ioremap(0xd0000000, SZ_16K);

	return addr ? annex_iounmap(addr) : -ENOMEM;
}

static int kmalloc_of(size_t size)
{
	void *object = annex_kmalloc(size, QUIET);

	return object ? annex_kfree(object) : -ENOMEM;
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
	err = null_is(larger, -ENOMEM);
	return annex_kfree(larger ?: object) ?: err;
}

static int kvmalloc_1m(void)
{
	void *addr = annex_kvzalloc(SZ_1M, QUIET);

	return addr ? annex_kvfree(addr) : -ENOMEM;
}

static int kvrealloc_grows(void)
{
	void *addr = annex_kvmalloc(PAGE_SIZE, QUIET), *larger;
	int err;

	if (!addr)
		return -ENOMEM;
	larger = annex_kvrealloc(addr, PAGE_SIZE, SZ_1M, QUIET);
	err = null_is(larger, -ENOMEM);
	return annex_kvfree(larger ?: addr) ?: err;
}

static int cache(void)
{
	struct annex_kmem_cache *cache =
		annex_kmem_cache_create("exercise", 500, 0, 0, NULL);
	void *object;
	int err;

	if (!cache)
		return -ENOMEM;
	object = annex_kmem_cache_zalloc(cache, QUIET);
	err = object ? annex_kmem_cache_free(cache, object) : -ENOMEM;
	return annex_kmem_cache_shrink(cache) ?:
	       annex_kmem_cache_destroy(cache) ?: err;
}

static unsigned long nothing_to_count(struct annex_shrinker *shrinker,
				      struct annex_shrink_control *sc)
{
	return 0;
}

static int shrinker(void)
{
	struct annex_shrinker shrinker = {
		.count_objects = nothing_to_count,
		.scan_objects = nothing_to_count,
	};
	int err = annex_register_shrinker(&shrinker);

	if (!err)
		annex_unregister_shrinker(&shrinker);
	return err;
}

static int map_into(struct annex_mm *mm)
{
	struct annex_page *page = annex_alloc_page(GFP_HIGHUSER |
						   __GFP_NOWARN);
	int err = page ? annex_mm_map_page(mm, SZ_16M, page, ANNEX_MM_WRITE) :
			 -ENOMEM;

	if (!err)
		err = annex_mm_protect(mm, SZ_16M, PAGE_SIZE, 0) ?:
		      annex_mm_unmap_page(mm, SZ_16M);
	return page ? annex_free_page(page) ?: err : err;
}

static int process(void)
{
	struct annex_mm *mm = annex_mm_create();
	int err = mm ? map_into(mm) : -ENOMEM;

	return mm ? annex_mm_destroy(mm) ?: err : err;
}

static const struct op {
	const char *name;
	int (*call)(void);
} ops[] = {
	{ "one_page", one_page },
	{ "high_page_zeroed", high_page_zeroed },
	{ "atomic_pages", atomic_pages },
	{ "compound_pages", compound_pages },
	{ "largest_pages", largest_pages },
	{ "pages_that_must_not_fail", pages_that_must_not_fail },
	{ "bulk", bulk },
	{ "folio", folio },
	{ "folio_attached", folio_attached },
	{ "kmap", kmap_and_flush },
	{ "kmap_local", kmap_local },
	{ "vmap", vmap_one },
	{ "vm_map_ram", map_ram },
	{ "vmalloc_page", vmalloc_page },
	{ "vmalloc_64k", vmalloc_64k },
	{ "vmalloc_1m", vmalloc_1m },
	{ "vmalloc_aligned", vmalloc_aligned },
	{ "vmalloc_zeroed", vmalloc_zeroed },
	{ "ioremap", ioremap_hole },
	{ "kmalloc_8", kmalloc_8 },
	{ "kmalloc_100", kmalloc_100 },
	{ "kmalloc_8k", kmalloc_8k },
	{ "kmalloc_1m", kmalloc_1m },
	{ "krealloc", krealloc_grows },
	{ "kvmalloc_1m", kvmalloc_1m },
	{ "kvrealloc", kvrealloc_grows },
	{ "cache", cache },
	{ "shrinker", shrinker },
	{ "mm", process },
};

/**
 * struct tally - what has come of it
 * @free: free frames that there should be
 * @failures: on purpose
 * @survived: calls that got along without what failed
 */
struct tally {
	unsigned long free;
	unsigned int failures;
	unsigned int survived;
};

static void say_violation(void *unused, struct va_format *vaf)
{
	exercise_say("%pV\n", vaf);
}

/* Nothing is at hand of CPUs, of caches, or waits to be purged. */
static unsigned long settle(unsigned long *wrong)
{
	annex_vm_unmap_aliases();
	annex_drop_slab();
	annex_drain_all_pages();
	*wrong = annex_recount(say_violation, NULL);
	return annex_nr_free_frames();
}

static int check(struct tally *t, const struct op *op, const char *point,
		 unsigned int nth, int said)
{
	unsigned long wrong, free = settle(&wrong);

	t->survived += !said;
	if ((!said || said == -ENOMEM) && free == t->free && !wrong)
		return 0;
	exercise_say("%s, %s %u: said %d, %lu frames instead of %lu, %lu wrong\n",
		     op->name, point, nth, said, free, t->free, wrong);
	return -EPROTO;
}

/* The first call fails, the second, and so on until there are no more. */
static int try_point(struct tally *t, const struct op *op,
		     enum annex_fail_point point, int times)
{
	unsigned int nth, failed = 1;
	int err = 0, said;

	for (nth = 0; !err && failed && nth < MOST; nth++) {
		annex_fail_arm(point, nth, times);
		said = op->call();
		failed = annex_fail_count(point);
		/* From now on it only counts, which keeps the points switched on. */
		annex_fail_arm(point, 0, 0);
		cond_resched();
		if (failed || said) {
			t->failures++;
			err = check(t, op, annex_fail_points[point].name,
				    nth + 1, said);
		}
	}
	return err;
}

/**
 * exercise_faults() - fail at everything that can fail
 * @args: name: of one call, or none for all
 *
 * Context: process.
 * Return: 0 if all was said, and nothing was lost.
 */
int exercise_faults(const struct exercise_args *args)
{
	unsigned int i, point, calls = 0;
	struct tally t = {};
	unsigned long wrong;
	int err = 0;

	t.free = settle(&wrong);
	for (i = 0; i < ARRAY_SIZE(ops) && !err; i++) {
		if (*args->name && strcmp(args->name, ops[i].name))
			continue;
		calls++;
		/* Nobody fails, and the first call fetches what it likes. */
		err = ops[i].call();
		for (point = 0; point < ANNEX_NR_FAIL_POINTS && !err; point++)
			err = try_point(&t, &ops[i], point, 1) ?:
			      try_point(&t, &ops[i], point, -1);
	}
	annex_fail_disarm();
	exercise_say("%u calls, %u points, %u failures, %u got along: %s\n",
		     calls, ANNEX_NR_FAIL_POINTS, t.failures, t.survived,
		     err ? "WRONG" : "nothing was lost");
	return err ?: wrong ? -EPROTO : 0;
}
