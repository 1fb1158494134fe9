// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a caller must not do in atomic context, with NULL for a shrinker, or with a
 * frame that is a page table: more entries of the table in bad_calls.c.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/preempt.h>

#include <annex/folio.h>
#include <annex/mm.h>
#include <annex/reclaim.h>
#include <annex/vmalloc.h>

#include "bad_calls.h"
#include "exercise.h"
#include "lib/testtable.h"

static int with_preempt_off(int (*call)(struct annex_page *page),
			    struct annex_page *page)
{
	int err;

	preempt_disable();
	err = call(page);
	preempt_enable();
	return err;
}

static int drain(struct annex_page *unused)
{
	annex_drain_all_pages();
	return 0;
}

static int purge(struct annex_page *unused)
{
	annex_vm_unmap_aliases();
	return 0;
}

static int isolate(struct annex_page *page)
{
	return annex_isolate_pageblock(annex_page_to_pfn(page));
}

static int drain_irqs_off(struct annex_page *unused)
{
	return with_irqs_off(drain, NULL);
}

static int drain_preempt_off(struct annex_page *unused)
{
	return with_preempt_off(drain, NULL);
}

static int unmap_aliases_irqs_off(struct annex_page *unused)
{
	return with_irqs_off(purge, NULL);
}

static int unmap_aliases_preempt_off(struct annex_page *unused)
{
	return with_preempt_off(purge, NULL);
}

/* What was refused has isolated nothing. */
static int isolate_irqs_off(struct annex_page *page)
{
	int err = with_irqs_off(isolate, page);

	if (isolate(page))
		return -ENOENT;
	return annex_unisolate_pageblock(annex_page_to_pfn(page)) ?: err;
}

static int lock_irqs_off(struct annex_page *page)
{
	return with_irqs_off(annex_lock_page, page);
}

static int lock_preempt_off(struct annex_page *page)
{
	return with_preempt_off(annex_lock_page, page);
}

static int wait_on_page_irqs_off(struct annex_page *page)
{
	return with_irqs_off(annex_wait_on_page_locked, page);
}

static int wait_written(struct annex_page *page)
{
	return annex_folio_wait_writeback(annex_page_folio(page));
}

static int wait_writeback_irqs_off(struct annex_page *page)
{
	struct annex_folio *folio;
	int err = annex_folio_attach(page, GFP_KERNEL, &folio) ?:
		  with_irqs_off(wait_written, page);

	return annex_folio_detach(folio) ?: err;
}

static unsigned long nothing(struct annex_shrinker *shrinker,
			     struct annex_shrink_control *sc)
{
	return ANNEX_SHRINK_EMPTY;
}

static struct annex_shrinker own = {
	.count_objects = nothing, .scan_objects = nothing,
	.seeks = ANNEX_DEFAULT_SEEKS, .name = "exercise",
};

static int add_own(struct annex_page *unused)
{
	return annex_register_shrinker(&own);
}

static int del_own(struct annex_page *unused)
{
	annex_unregister_shrinker(&own);
	return 0;
}

static int register_irqs_off(struct annex_page *unused)
{
	return with_irqs_off(add_own, NULL);
}

/* It is registered as before: it can be no second time. */
static int unregister_irqs_off(struct annex_page *unused)
{
	int err = add_own(NULL) ?: with_irqs_off(del_own, NULL);

	return del_own(NULL) ?: err;
}

static int register_null(struct annex_page *unused)
{
	return annex_register_shrinker(NULL);
}

static int unregister_null(struct annex_page *unused)
{
	annex_unregister_shrinker(NULL);
	return 0;
}

static int with_table(int (*call)(struct annex_page *table))
{
	struct annex_mm *mm = annex_mm_create();
	struct annex_page *table = mm ? annex_test_find_table() : NULL;
	int err = table ? call(table) : -ENOENT;

	return annex_mm_destroy(mm) ?: err;
}

static int free_it(struct annex_page *table)
{
	return annex_free_page(table);
}

static int clear_it(struct annex_page *table)
{
	bool was = annex_page_test_clear_flag(table, ANNEX_PG_TABLE);

	return was || !annex_page_test_flag(table, ANNEX_PG_TABLE) ?
		       -EPROTO : -EPERM;
}

static int mark_it(struct annex_page *table)
{
	return annex_page_test_set_flag(table, ANNEX_PG_OWNER_PRIV_1) &&
	       !annex_page_test_flag(table, ANNEX_PG_OWNER_PRIV_1) ?
		       -EPERM : 0;
}

static int trylock_it(struct annex_page *table)
{
	return annex_trylock_page(table) ? 0 : -EPERM;
}

static int name_it(struct annex_page *table)
{
	return annex_set_page_private(table, 1);
}

static int free_table(struct annex_page *unused)
{
	return with_table(free_it);
}

static int clear_table_flag(struct annex_page *unused)
{
	return with_table(clear_it);
}

static int flag_on_a_table(struct annex_page *unused)
{
	return with_table(mark_it);
}

static int lock_table(struct annex_page *unused)
{
	return with_table(annex_lock_page);
}

static int trylock_table(struct annex_page *unused)
{
	return with_table(trylock_it);
}

static int private_of_table(struct annex_page *unused)
{
	return with_table(name_it);
}

/* A frame of one's own does not become a table. */
static int flag_of_tables(struct annex_page *page)
{
	return annex_page_test_set_flag(page, ANNEX_PG_TABLE) &&
	       !annex_page_test_flag(page, ANNEX_PG_TABLE) ? -EINVAL : 0;
}

const struct bad_call exercise_bad_context[] = {
	{ "drain_irqs_off", drain_irqs_off, 0, NO_BLOCK },
	{ "drain_preempt_off", drain_preempt_off, 0, NO_BLOCK },
	{ "unmap_aliases_irqs_off", unmap_aliases_irqs_off, 0, NO_BLOCK },
	{ "unmap_aliases_preempt_off", unmap_aliases_preempt_off, 0, NO_BLOCK },
	{ "isolate_irqs_off", isolate_irqs_off, -EINVAL, 0, __GFP_HIGHMEM },
	{ "lock_irqs_off", lock_irqs_off, -EINVAL, 0 },
	{ "lock_preempt_off", lock_preempt_off, -EINVAL, 0 },
	{ "wait_on_page_irqs_off", wait_on_page_irqs_off, -EINVAL, 0 },
	{ "wait_writeback_irqs_off", wait_writeback_irqs_off, -EINVAL, 0 },
	{ "register_irqs_off", register_irqs_off, -EINVAL, NO_BLOCK },
	{ "unregister_irqs_off", unregister_irqs_off, 0, NO_BLOCK },
	{ "register_null", register_null, -EFAULT, NO_BLOCK },
	{ "unregister_null", unregister_null, 0, NO_BLOCK },
	{ "free_table", free_table, -EBUSY, NO_BLOCK },
	{ "clear_table_flag", clear_table_flag, -EPERM, NO_BLOCK },
	{ "flag_on_a_table", flag_on_a_table, -EPERM, NO_BLOCK },
	{ "lock_table", lock_table, -EPERM, NO_BLOCK },
	{ "trylock_table", trylock_table, -EPERM, NO_BLOCK },
	{ "private_of_table", private_of_table, -EBUSY, NO_BLOCK },
	{ "flag_of_tables", flag_of_tables, -EINVAL, 0 },
};

const unsigned int exercise_nr_bad_context = ARRAY_SIZE(exercise_bad_context);
