// SPDX-License-Identifier: GPL-2.0-only
/*
 * For faults.c: what takes frames, or lets them be seen.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include <annex/folio.h>
#include <annex/highmem.h>
#include <annex/mm.h>
#include <annex/page_alloc.h>
#include <annex/reclaim.h>

#include "faults.h"

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

static int block(void)
{
	struct annex_page *page;
	int err = annex_alloc_block(QUIET, 1, &page);

	return err ?: annex_free_pages(page, 1);
}

static int bulk(void)
{
	struct annex_page *pages[40] = {};
	unsigned int nr = annex_alloc_pages_bulk(GFP_HIGHUSER | __GFP_NOWARN,
						 40, pages);
	int err = annex_free_pages_bulk(pages, 40);

	return err ?: nr == 40 ? 0 : -ENOMEM;
}

static int pages_by_address(void)
{
	unsigned long addr = annex_get_free_pages(QUIET, 2);

	return addr ? annex_free_pages_addr(addr, 2) : -ENOMEM;
}

static int zeroed_page(void)
{
	unsigned long addr = annex_get_zeroed_page(QUIET);

	return addr ? annex_free_page_addr(addr) : -ENOMEM;
}

static int pages_exact(void)
{
	void *addr = annex_alloc_pages_exact(5 * PAGE_SIZE, QUIET);

	return addr ? annex_free_pages_exact(addr, 5 * PAGE_SIZE) : -ENOMEM;
}

static int pages_split(void)
{
	struct annex_page *page = annex_alloc_pages(GFP_HIGHUSER | __GFP_NOWARN,
						    2);
	int err = page ? annex_split_page(page, 2) : -ENOMEM;
	unsigned int i;

	for (i = 0; !err && i < 4; i++)
		err = annex_free_page(page + i);
	return err;
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

/**
 * exercise_with_page() - use a high page
 * @use: of it
 *
 * Context: process, may sleep.
 * Return: what @use does; -ENOMEM without a page; or why it could not be freed.
 */
int exercise_with_page(int (*use)(struct annex_page *page))
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
	int err = exercise_with_page(kmap_it), flushed = annex_kmap_flush_unused();

	return flushed < 0 ? flushed : err;
}

/* A thread that has just slept is not known to kmap_local. */
static void be_forgotten(void)
{
	schedule_timeout_uninterruptible(1);
}

static int kmap_local_it(struct annex_page *page)
{
	void *addr;

	be_forgotten();
	addr = annex_kmap_local_page(page);

	return addr ? annex_kunmap_local(addr) : -ENOMEM;
}

static int kmap_local(void)
{
	return exercise_with_page(kmap_local_it);
}

static int kmap_local_pfn_it(struct annex_page *page)
{
	void *addr;

	be_forgotten();
	addr = annex_kmap_local_pfn(annex_page_to_pfn(page));
	return addr ? annex_kunmap_local(addr) : -ENOMEM;
}

static int kmap_local_pfn(void)
{
	return exercise_with_page(kmap_local_pfn_it);
}

static int kmap_atomic_it(struct annex_page *page)
{
	void *addr = annex_kmap_atomic(page);

	return addr ? annex_kunmap_atomic(addr) : -ENOMEM;
}

static int kmap_atomic_one(void)
{
	return exercise_with_page(kmap_atomic_it);
}

static int kmap_atomic_pfn_it(struct annex_page *page)
{
	void *addr = annex_kmap_atomic_pfn(annex_page_to_pfn(page));

	return addr ? annex_kunmap_atomic(addr) : -ENOMEM;
}

static int kmap_atomic_pfn_one(void)
{
	return exercise_with_page(kmap_atomic_pfn_it);
}

/* What helpers say of a frame that has no address. */
static int or_no_address(int err)
{
	return err == -ENOSPC ? -ENOMEM : err;
}

static int helpers_it(struct annex_page *page)
{
	char bytes[16] = "fifteen letters";
	int err;

	be_forgotten();
	err = annex_clear_highpage(page) ?:
	      annex_memcpy_to_page(page, 100, bytes, sizeof(bytes)) ?:
	      annex_memcpy_from_page(bytes, page, 100, sizeof(bytes)) ?:
	      annex_memcpy_page(page, 2000, page, 100, sizeof(bytes)) ?:
	      annex_memset_page(page, 50, 1, 100) ?:
	      annex_zero_user(page, 500, 600);
	return or_no_address(err);
}

static int helpers(void)
{
	return exercise_with_page(helpers_it);
}

static int copy_it(struct annex_page *page)
{
	struct annex_page *copy = annex_alloc_page(GFP_HIGHUSER |
						   __GFP_NOWARN);
	int err;

	be_forgotten();
	err = copy ? or_no_address(annex_copy_highpage(copy, page)) : -ENOMEM;
	return copy ? annex_free_page(copy) ?: err : err;
}

static int copy(void)
{
	return exercise_with_page(copy_it);
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

const struct fault_op exercise_fault_frames[] = {
	OP(one_page, PAGE),
	OP(high_page_zeroed, PAGE),
	OP(atomic_pages, PAGE),
	OP(compound_pages, PAGE),
	OP(largest_pages, PAGE),
	OP(pages_that_must_not_fail, 0),
	OP(block, PAGE),
	OP(bulk, PAGE),
	OP(pages_by_address, PAGE),
	OP(zeroed_page, PAGE),
	OP(pages_exact, PAGE),
	OP(pages_split, PAGE),
	OP(folio, PAGE),
	OP(folio_attached, PAGE),
	OP(kmap_and_flush, PAGE),
	OP(kmap_local, PAGE | MEMORY),
	OP(kmap_local_pfn, PAGE | MEMORY),
	OP(kmap_atomic_one, PAGE),
	OP(kmap_atomic_pfn_one, PAGE),
	OP(helpers, PAGE | MEMORY),
	OP(copy, PAGE | MEMORY),
	OP(shrinker, 0),
	OP(process, PAGE | MEMORY),
};

const unsigned int exercise_nr_fault_frames = ARRAY_SIZE(exercise_fault_frames);
