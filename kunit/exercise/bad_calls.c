// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a caller must not do, one entry of a table each; those of vmalloc are in
 * bad_vm.c, those of where a call is made in bad_context.c.
 *
 * Each says what the caller is told. The block that an entry asks for is
 * allocated before and must be the caller's as before afterwards: a refused
 * call changes nothing. What the log has of it and that the pool is valid is
 * for the script to see.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <asm/pgtable.h>

#include <annex/slab.h>

#include "bad_calls.h"
#include "exercise.h"

static struct annex_page *frame_zero(void)
{
	return annex_pfn_to_page(0);
}

/* A frame of annex's that somebody had and gave back. */
static struct annex_page *free_frame(void)
{
	struct annex_page *page = annex_alloc_page(GFP_KERNEL);

	return page && !annex_free_page(page) ? page : NULL;
}

/* The first frame of the descriptors: what their first address is mapped to. */
static struct annex_page *descriptor_frame(void)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)frame_zero(), &level);
	unsigned long base = annex_page_to_phys(frame_zero()) >> PAGE_SHIFT;

	return annex_pfn_to_page(pte_pfn(*pte) - base);
}

/*
 * Three frames, of which two are each other's buddies as long as no other user
 * holds frames. Returns the upper one of these two.
 */
static struct annex_page *take_three(struct annex_page *page[3])
{
	struct annex_page *upper = NULL;
	unsigned int i, j;

	for (i = 0; i < 3; i++)
		page[i] = annex_alloc_page(GFP_KERNEL);
	for (i = 0; i < 3; i++)
		for (j = 0; j < 3; j++)
			if (annex_page_to_phys(page[i]) ==
				annex_page_to_phys(page[j]) + PAGE_SIZE &&
			    annex_page_to_phys(page[i]) & PAGE_SIZE)
				upper = page[i];
	return upper;
}

/* Free twice in a row: the frame is cached by the CPU that freed it. */
static int double_free(struct annex_page *unused)
{
	struct annex_page *page[3], *upper = take_three(page);
	unsigned int i;
	int err;

	annex_free_page(upper);
	err = annex_free_page(upper);
	for (i = 0; i < 3; i++)
		if (page[i] != upper)
			annex_free_page(page[i]);
	return err;
}

/* Free twice, with the buddy free: the frame is lost in a larger block. */
static int double_free_merged(struct annex_page *unused)
{
	struct annex_page *page[3], *upper = take_three(page);
	unsigned int i;

	for (i = 0; i < 3; i++)
		annex_free_page(page[i]);
	annex_drain_all_pages();
	return annex_free_page(upper);
}

static int free_null(struct annex_page *unused)
{
	return annex_free_page(NULL);
}

static int free_foreign(struct annex_page *unused)
{
	struct annex_page mine = {};

	return annex_free_page(&mine);
}

static int free_misaligned(struct annex_page *page)
{
	return annex_free_page((void *)page + 4);
}

static int free_below(struct annex_page *unused)
{
	return annex_free_page(frame_zero() - 1);
}

static int free_beyond(struct annex_page *unused)
{
	return annex_free_page(frame_zero() + ANNEX_PFN_MASK);
}

static int free_reserved(struct annex_page *unused)
{
	return annex_free_page(frame_zero());
}

static int free_descriptor(struct annex_page *unused)
{
	return annex_free_page(descriptor_frame());
}

static int free_order_11(struct annex_page *page)
{
	return annex_free_pages(page, 11);
}

static int free_order_too_small(struct annex_page *page)
{
	return annex_free_pages(page, 2);
}

static int free_order_too_large(struct annex_page *page)
{
	return annex_free_pages(page, 4);
}

static int free_tail(struct annex_page *page)
{
	return annex_free_page(page + 5);
}

/* An odd frame cannot begin a block of two. */
static int free_odd_pfn(struct annex_page *page)
{
	return annex_free_pages(page + 1, 1);
}

static int free_flagged(struct annex_page *page, enum annex_pageflags flag)
{
	int err;

	if (annex_page_test_set_flag(page, flag))
		return -ENOENT;
	err = annex_free_page(page);
	return annex_page_test_clear_flag(page, flag) ? err : -ENOENT;
}

static int free_locked(struct annex_page *page)
{
	return free_flagged(page, ANNEX_PG_LOCKED);
}

/* A frame that the heap has objects in. */
static int free_slab(struct annex_page *unused)
{
	void *object = annex_kmalloc(64, GFP_KERNEL);
	phys_addr_t off = __annex_pa(object) - annex_page_to_phys(frame_zero());
	int err = annex_free_page(annex_pfn_to_page(off >> PAGE_SHIFT));

	return annex_kfree(object) ?: err;
}

static int free_private(struct annex_page *page)
{
	return free_flagged(page, ANNEX_PG_PRIVATE);
}

static int put_locked(struct annex_page *page)
{
	int err;

	annex_page_test_set_flag(page, ANNEX_PG_LOCKED);
	err = annex_put_page(page);
	annex_page_test_clear_flag(page, ANNEX_PG_LOCKED);
	return err;
}

static int put_after_free(struct annex_page *unused)
{
	return annex_put_page(free_frame());
}

/* One reference taken, three dropped. */
static int put_unbalanced(struct annex_page *unused)
{
	struct annex_page *page = annex_alloc_page(GFP_HIGHUSER);

	if (annex_get_page(page) || annex_put_page(page) ||
	    annex_put_page(page))
		return -ENOENT;
	return annex_put_page(page);
}

static int put_reserved(struct annex_page *unused)
{
	return annex_put_page(frame_zero());
}

static int put_foreign(struct annex_page *unused)
{
	return annex_put_page((void *)PAGE_OFFSET);
}

static int put_tail(struct annex_page *page)
{
	return annex_put_page(page + 1);
}

static int get_free(struct annex_page *unused)
{
	return annex_get_page(free_frame());
}

static int get_reserved(struct annex_page *unused)
{
	return annex_get_page(descriptor_frame());
}

static int get_null(struct annex_page *unused)
{
	return annex_get_page(NULL);
}

static int get_tail(struct annex_page *page)
{
	return annex_get_page(page + 7);
}

static int alloc_bad(gfp_t gfp, unsigned int order)
{
	struct annex_page *page;
	int err = annex_alloc_block(gfp, order, &page);

	return page ? annex_free_pages(page, order) : err;
}

static int alloc_order_11(struct annex_page *unused)
{
	return alloc_bad(GFP_KERNEL, 11);
}

static int alloc_order_32(struct annex_page *unused)
{
	return alloc_bad(GFP_HIGHUSER, 32);
}

static int alloc_dma_highmem(struct annex_page *unused)
{
	return alloc_bad(GFP_KERNEL | __GFP_DMA | __GFP_HIGHMEM, 0);
}

static int alloc_dma_dma32(struct annex_page *unused)
{
	return alloc_bad(GFP_KERNEL | __GFP_DMA | __GFP_DMA32, 0);
}

static int pfn_beyond(struct annex_page *unused)
{
	return annex_pfn_to_page(ANNEX_PFN_MASK) ? 0 : -ERANGE;
}

static int page_to_pfn_foreign(struct annex_page *page)
{
	return annex_page_to_pfn((void *)page + 1) == ANNEX_PFN_NIL ? -EFAULT :
								      0;
}

static int page_to_phys_foreign(struct annex_page *unused)
{
	return annex_page_to_phys(NULL) == ~(phys_addr_t)0 ? -EFAULT : 0;
}

static int page_address_foreign(struct annex_page *unused)
{
	return annex_page_address(NULL) ? 0 : -EFAULT;
}

/* The frame before the pool's first belongs to somebody else. */
static int va_outside(struct annex_page *unused)
{
	return __annex_va(annex_page_to_phys(frame_zero()) - PAGE_SIZE) ?
		       0 : -ERANGE;
}

static int pa_outside(struct annex_page *unused)
{
	return __annex_pa(frame_zero()) == ~(phys_addr_t)0 ? -ERANGE : 0;
}

static int private_too_wide(struct annex_page *page)
{
	return annex_set_page_private(page, ANNEX_PFN_MASK + 1);
}

static int private_of_free(struct annex_page *unused)
{
	return annex_set_page_private(free_frame(), 1);
}

/* For a free frame, the call returns true, as if the flag were set. */
static int flag_of_free(struct annex_page *unused)
{
	return annex_page_test_set_flag(free_frame(), ANNEX_PG_LOCKED) ?
		       -EBUSY : 0;
}

/* What is refused is as if another had the flag, and clears nothing. */
static int change_flag(struct annex_page *page, enum annex_pageflags flag,
		       int err)
{
	return annex_page_test_set_flag(page, flag) ? err : 0;
}

static int flag_of_annex(struct annex_page *page)
{
	return change_flag(page, ANNEX_PG_HEAD, -EINVAL);
}

static int flag_of_heap(struct annex_page *page)
{
	return change_flag(page, ANNEX_PG_SLAB, -EINVAL);
}

static int flag_beyond(struct annex_page *page)
{
	return change_flag(page, ANNEX_PG_END, -EINVAL);
}

static int flag_foreign(struct annex_page *unused)
{
	return change_flag(NULL, ANNEX_PG_LOCKED, -EFAULT);
}

static int isolate_beyond(struct annex_page *unused)
{
	return annex_isolate_pageblock(ANNEX_PFN_NIL);
}

static int isolate_twice(struct annex_page *page)
{
	annex_pfn_t pfn = annex_page_to_pfn(page);
	int err;

	if (annex_isolate_pageblock(pfn))
		return -ENOENT;
	err = annex_isolate_pageblock(pfn);
	return annex_unisolate_pageblock(pfn) ?: err;
}

static int unisolate_what_is_not(struct annex_page *page)
{
	return annex_unisolate_pageblock(annex_page_to_pfn(page));
}

/* Not bad: freeing a frame with a second user drops a reference. */
static int free_with_second_user(struct annex_page *page)
{
	return annex_get_page(page) ?: annex_free_page(page);
}

static const struct bad_call bad_calls[] = {
	{ "double_free", double_free, -EALREADY, NO_BLOCK },
	{ "double_free_merged", double_free_merged, -EALREADY, NO_BLOCK },
	{ "free_null", free_null, -EFAULT, NO_BLOCK },
	{ "free_foreign", free_foreign, -EFAULT, NO_BLOCK },
	{ "free_misaligned", free_misaligned, -EFAULT, 0 },
	{ "free_below_mem_map", free_below, -EFAULT, NO_BLOCK },
	{ "free_beyond_mem_map", free_beyond, -EFAULT, NO_BLOCK },
	{ "free_reserved", free_reserved, -EPERM, NO_BLOCK },
	{ "free_descriptor", free_descriptor, -EPERM, NO_BLOCK },
	{ "free_order_11", free_order_11, -ERANGE, 0 },
	{ "free_order_too_small", free_order_too_small, -ERANGE, 3 },
	{ "free_order_too_large", free_order_too_large, -ERANGE, 3 },
	{ "free_tail", free_tail, -EINVAL, 3 },
	{ "free_tail_of_compound", free_tail, -EINVAL, 3, __GFP_COMP },
	{ "free_odd_pfn", free_odd_pfn, -EINVAL, 1 },
	{ "free_locked", free_locked, -EBUSY, 0 },
	{ "free_slab", free_slab, -EBUSY, NO_BLOCK },
	{ "free_private", free_private, -EBUSY, 0, __GFP_HIGHMEM },
	{ "put_locked", put_locked, -EBUSY, 0 },
	{ "put_after_free", put_after_free, -EALREADY, NO_BLOCK },
	{ "put_unbalanced", put_unbalanced, -EALREADY, NO_BLOCK },
	{ "put_reserved", put_reserved, -EPERM, NO_BLOCK },
	{ "put_foreign", put_foreign, -EFAULT, NO_BLOCK },
	{ "put_tail", put_tail, -EINVAL, 1 },
	{ "get_free", get_free, -EALREADY, NO_BLOCK },
	{ "get_reserved", get_reserved, -EPERM, NO_BLOCK },
	{ "get_null", get_null, -EFAULT, NO_BLOCK },
	{ "get_tail", get_tail, -EINVAL, 10, __GFP_HIGHMEM },
	{ "alloc_order_11", alloc_order_11, -EINVAL, NO_BLOCK },
	{ "alloc_order_32", alloc_order_32, -EINVAL, NO_BLOCK },
	{ "alloc_dma_highmem", alloc_dma_highmem, -EINVAL, NO_BLOCK },
	{ "alloc_dma_dma32", alloc_dma_dma32, -EINVAL, NO_BLOCK },
	{ "pfn_beyond_pool", pfn_beyond, -ERANGE, NO_BLOCK },
	{ "page_to_pfn_foreign", page_to_pfn_foreign, -EFAULT, 0 },
	{ "page_to_phys_foreign", page_to_phys_foreign, -EFAULT, NO_BLOCK },
	{ "page_address_foreign", page_address_foreign, -EFAULT, NO_BLOCK },
	{ "va_outside_lowmem", va_outside, -ERANGE, NO_BLOCK },
	{ "pa_outside_lowmem", pa_outside, -ERANGE, NO_BLOCK },
	{ "private_too_wide", private_too_wide, -ERANGE, 0 },
	{ "private_of_free", private_of_free, -EINVAL, NO_BLOCK },
	{ "flag_of_annex", flag_of_annex, -EINVAL, 2, __GFP_COMP },
	{ "flag_of_heap", flag_of_heap, -EINVAL, 0 },
	{ "flag_beyond", flag_beyond, -EINVAL, 0 },
	{ "flag_foreign", flag_foreign, -EFAULT, NO_BLOCK },
	{ "flag_of_free", flag_of_free, -EBUSY, NO_BLOCK },
	{ "isolate_beyond_pool", isolate_beyond, -ERANGE, NO_BLOCK },
	{ "isolate_twice", isolate_twice, -EALREADY, 3, __GFP_HIGHMEM },
	{ "unisolate_what_is_not", unisolate_what_is_not, -EALREADY, 0 },
	{ "free_with_second_user", free_with_second_user, 0, 0 },
};

/* The block is as it was: its owner's alone, with its contents. */
static int check_kept(struct annex_page *page, unsigned int order, u32 key)
{
	int err = exercise_check_stamp(page, order, key);

	if (!err && annex_page_count(page) != 1)
		err = -EPROTO;
	return annex_free_pages(page, order) ?: err;
}

static int run_bad_call(const struct bad_call *bad, u32 key)
{
	struct annex_page *page = NULL;
	int said, err = 0;

	if (bad->order != NO_BLOCK) {
		page = annex_alloc_pages(GFP_KERNEL | bad->gfp, bad->order);
		if (!page)
			return -ENOMEM;
		exercise_stamp(page, bad->order, key);
	}
	said = bad->call(page);
	exercise_say("%s: %d, expected %d\n", bad->name, said, bad->err);
	if (page)
		err = check_kept(page, bad->order, key);
	if (err)
		exercise_say("the block has not stayed as it was: %d\n", err);
	return said == bad->err ? err : -EPROTO;
}

/**
 * exercise_make_bad_call() - do one thing of a table
 * @calls: the table
 * @nr: its length
 * @name: of the thing
 *
 * Context: process.
 * Return: 0 if annex said what it should and kept the block; -EPROTO if it
 * said something else; -ENOENT for no name of the table.
 */
int exercise_make_bad_call(const struct bad_call *calls, unsigned int nr,
			   const char *name)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!strcmp(calls[i].name, name))
			return run_bad_call(&calls[i], i);
	return -ENOENT;
}

/**
 * exercise_list_names() - print the names of a table
 * @m: where to
 * @calls: the table
 * @nr: its length
 */
void exercise_list_names(struct seq_file *m, const struct bad_call *calls,
			 unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		seq_printf(m, "%s\n", calls[i].name);
}

/**
 * exercise_bad_call() - do one thing that a caller must not do
 * @args: name: of it
 *
 * Context: process.
 * Return: as exercise_make_bad_call().
 */
int exercise_bad_call(const struct exercise_args *args)
{
	int err = exercise_make_bad_call(bad_calls, ARRAY_SIZE(bad_calls),
					 args->name);

	if (err == -ENOENT)
		err = exercise_make_bad_call(exercise_bad_vm,
					     exercise_nr_bad_vm, args->name);
	if (err == -ENOENT)
		err = exercise_make_bad_call(exercise_bad_context,
					     exercise_nr_bad_context,
					     args->name);
	return err;
}

/**
 * exercise_list_bad_calls() - print their names
 * @m: where to
 */
void exercise_list_bad_calls(struct seq_file *m)
{
	exercise_list_names(m, bad_calls, ARRAY_SIZE(bad_calls));
	exercise_list_names(m, exercise_bad_vm, exercise_nr_bad_vm);
	exercise_list_names(m, exercise_bad_context, exercise_nr_bad_context);
}
