// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables of processes as another module uses them, misuses and forgets
 * them.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include <annex/folio.h>
#include <annex/mm.h>

#include "exercise.h"

#define ADDR	0x08048000U
#define HELD	64

static struct annex_mm *kept;

/* A process that shows one frame twice, for a mistake. */
struct victim {
	struct annex_mm *mm;
	struct annex_page *page;
};

static int map_odd(struct victim *v)
{
	return annex_mm_map_page(v->mm, ADDR + 1, v->page, 0);
}

static int map_kernels(struct victim *v)
{
	return annex_mm_map_page(v->mm, 0xfffff000, v->page, 0);
}

static int map_again(struct victim *v)
{
	return annex_mm_map_page(v->mm, ADDR, v->page, 0);
}

static int map_null(struct victim *v)
{
	return annex_mm_map_page(v->mm, 0, NULL, 0);
}

static int map_reserved(struct victim *v)
{
	return annex_mm_map_page(v->mm, 0, annex_pfn_to_page(0), 0);
}

static int map_free(struct victim *v)
{
	struct annex_page *page;
	int err = annex_alloc_block(GFP_HIGHUSER, 0, &page);

	if (err)
		return err;
	annex_free_page(page);
	return annex_mm_map_page(v->mm, 0, page, 0);
}

static int map_strangely(struct victim *v)
{
	return annex_mm_map_page(v->mm, 0, v->page, 8);
}

static int unmap_nothing(struct victim *v)
{
	return annex_mm_unmap_page(v->mm, 0);
}

static int protect_hole(struct victim *v)
{
	return annex_mm_protect(v->mm, ADDR, SZ_16K, 0);
}

static int destroy_foreign(struct victim *v)
{
	return annex_mm_destroy((struct annex_mm *)v);
}

static int destroy_twice(struct victim *v)
{
	struct annex_mm *mm = annex_mm_create();

	return annex_mm_destroy(mm) ?: annex_mm_destroy(mm);
}

static int map_in_dead(struct victim *v)
{
	struct annex_mm *mm = annex_mm_create();

	return annex_mm_destroy(mm) ?: annex_mm_map_page(mm, 0, v->page, 0);
}

static int free_twice(struct victim *v)
{
	struct annex_page *page;
	int err = annex_alloc_block(GFP_HIGHUSER, 0, &page) ?:
		  annex_mm_map_page(v->mm, 0, page, 0) ?:
		  annex_free_page(page);
	int err_again = err ?: annex_free_page(page);

	return annex_mm_unmap_page(v->mm, 0) ?: err_again;
}

static const struct {
	const char *name;
	int (*call)(struct victim *v);
	int err;
} mistakes[] = {
	{ "map_odd", map_odd, -EINVAL },
	{ "map_kernels", map_kernels, -EINVAL },
	{ "map_again", map_again, -EEXIST },
	{ "map_null", map_null, -EFAULT },
	{ "map_reserved", map_reserved, -EPERM },
	{ "map_free", map_free, -EALREADY },
	{ "map_strangely", map_strangely, -EINVAL },
	{ "unmap_nothing", unmap_nothing, -ENOENT },
	{ "protect_hole", protect_hole, -ENOMEM },
	{ "destroy_foreign", destroy_foreign, -EFAULT },
	{ "destroy_twice", destroy_twice, -EFAULT },
	{ "map_in_dead", map_in_dead, -EFAULT },
	{ "free_twice", free_twice, -EBUSY },
};

static int make_mistakes(struct victim *v)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		int found = mistakes[i].call(v);

		if (found == mistakes[i].err &&
		    annex_page_mapcount(v->page) == 2 &&
		    annex_page_count(v->page) == 3)
			continue;
		exercise_say("%s: %d\n", mistakes[i].name, found);
		err = -EINVAL;
	}
	return err;
}

/**
 * exercise_mm_misuse() - do all that a user of process tables must not do
 * @args: nothing
 *
 * Each leaves one line in the log.
 *
 * Context: process.
 * Return: 0; -EINVAL if one was not told what it should have been; -ENOMEM.
 */
int exercise_mm_misuse(const struct exercise_args *args)
{
	struct victim v = { .mm = annex_mm_create() };
	int err = -ENOMEM, err_end;

	if (v.mm)
		err = annex_alloc_block(GFP_HIGHUSER, 0, &v.page);
	if (err)
		return err;
	err = annex_mm_map_page(v.mm, ADDR, v.page, 0) ?:
	      annex_mm_map_page(v.mm, ADDR + SZ_4K, v.page, ANNEX_MM_WRITE);
	err = err ?: make_mistakes(&v);
	exercise_say("%zu mistakes\n", ARRAY_SIZE(mistakes));
	err_end = annex_mm_destroy(v.mm);
	err_end = annex_free_page(v.page) ?: err_end;
	return err ?: err_end;
}

/**
 * exercise_mm_keep() - have process tables, until the module goes
 * @args: pages: how many they show; their frames have no other owner; every: 0
 *	to forget them, so that they are there when annex goes
 *
 * Context: process.
 * Return: 0; -ENOMEM; or what annex refused something with.
 */
int exercise_mm_keep(const struct exercise_args *args)
{
	struct annex_page *page;
	int err = kept ? -EEXIST : 0;
	u32 i;

	if (!err)
		kept = annex_mm_create();
	if (!kept)
		return -ENOMEM;
	for (i = 0; !err && i < args->pages; i++) {
		err = annex_alloc_block(GFP_HIGHUSER, 0, &page);
		if (err)
			break;
		err = annex_mm_map_page(kept, ADDR + i * SZ_4K, page, i % 4);
		annex_free_page(page);
	}
	if (!args->every)
		kept = NULL;
	return err;
}

/**
 * exercise_drop_mm() - give back the tables that are kept, if any are
 *
 * Context: process.
 */
void exercise_drop_mm(void)
{
	if (kept)
		annex_mm_destroy(kept);
	kept = NULL;
}
