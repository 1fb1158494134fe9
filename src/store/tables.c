// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frame tables of a pool: how they are made and destroyed, and what becomes
 * of those that are left.
 *
 * A table is memory of the host: its struct, and the pages of its root. It is in
 * the pool's list from its creation until its last frame was removed, so that
 * annex_validate() finds an entry for each frame.
 *
 * Locking: store->lock for the list.
 *
 * Failing: no memory of the host; invalid arguments, which are refused with a
 * line in the log. A table is identified by its address.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/fail.h"
#include "base/for_kunit.h"
#include "base/text.h"
#include "page/frames.h"
#include "page/report.h"
#include "store/entry.h"
#include "store/frame_table.h"
#include "store/range.h"
#include "store/store.h"
#include "store/tables.h"

static bool make_root(struct annex_frame_table *t)
{
	u32 leaves = DIV_ROUND_UP(t->nr_entries, ANNEX_LEAF_ENTRIES);
	unsigned int i, nr = DIV_ROUND_UP(leaves, ANNEX_ROOT_ENTRIES);

	for (i = 0; i < nr; i++) {
		if (annex_should_fail(ANNEX_FAIL_MEMORY))
			return false;
		t->root[i] = (u32 *)get_zeroed_page(GFP_KERNEL);
		if (!t->root[i])
			return false;
		t->root_pfn[i] = page_to_pfn(virt_to_page(t->root[i]));
	}
	return true;
}

/* Free the memory of the host that a table has; it is in no list. */
static void free_table(struct annex_frame_table *t)
{
	unsigned int i;

	for (i = 0; i < ANNEX_ROOT_PAGES; i++)
		free_page((unsigned long)t->root[i]);
	/* Nobody takes freed memory for a table. */
	memset(t->magic, 0, sizeof(t->magic));
	kfree(t);
}

static struct annex_frame_table *make(struct annex_store *store,
				      const char *owner, u32 nr_entries)
{
	struct annex_frame_table *t = annex_should_fail(ANNEX_FAIL_MEMORY) ?
					      NULL :
					      kzalloc(sizeof(*t), GFP_KERNEL);
	unsigned int i;

	if (!t)
		return NULL;
	strscpy(t->magic, ANNEX_TABLE_MAGIC, sizeof(t->magic));
	strscpy(t->owner, owner, sizeof(t->owner));
	t->nr_entries = nr_entries;
	t->base_pfn = store->frames->base_pfn;
	t->map_phys = store->frames->map_phys;
	t->nr_pages = store->frames->nr_pages;
	t->store = store;
	t->host = store->frames->host;
	mutex_init(&t->hold_lock);
	for (i = 0; i < ANNEX_TABLE_PARTS; i++)
		spin_lock_init(&t->part[i].lock);
	if (make_root(t))
		return t;
	free_table(t);
	return NULL;
}

/* What is wrong with the arguments of annex_frame_table_create(), or NULL. */
static const char *bad_create(const char *owner, u32 nr_entries)
{
	if (!owner || !annex_is_word(owner))
		return annex_not_a_word_text;
	if (strlen(owner) >= ANNEX_TABLE_OWNER_LEN)
		return "the owner's name has more than 23 characters";
	if (!nr_entries || nr_entries > ANNEX_TABLE_ENTRIES_MAX)
		return "a table has 1 to 16777216 entries";
	return NULL;
}

static_assert(ANNEX_TABLE_OWNER_LEN == 24);
static_assert(ANNEX_TABLE_ENTRIES_MAX == 16777216);

/* annex_frame_table_create() in a pool. */
struct annex_frame_table *
__annex_frame_table_create(struct annex_store *store, const char *owner,
			   u32 nr_entries)
{
	const char *call = "frame_table_create", *why;
	struct annex_frame_table *t;

	if (annex_refused_atomic(store->frames, ANNEX_BAD_TABLE, call))
		return ERR_PTR(-EINVAL);
	if (!store->open)
		return ERR_PTR(annex_store_refuse(store, -ENODEV, call,
						  "there is no pool"));
	why = bad_create(owner, nr_entries);
	if (why)
		return ERR_PTR(annex_store_refuse(store, -EINVAL, call, why));
	t = make(store, owner, nr_entries);
	if (!t)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&store->lock);
	list_add_tail(&t->list, &store->tables);
	mutex_unlock(&store->lock);
	return t;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_create);

/* Remove all frames of a table, which has no other user. */
static void empty(struct annex_frame_table *t)
{
	annex_table_change(t, 0, t->nr_entries, annex_entry_remove, true);
}

/* Find a table that is not being destroyed. @wanted is only compared. */
static struct annex_frame_table *
claim_dying(struct annex_store *store, const struct annex_frame_table *wanted)
{
	struct annex_frame_table *t;

	mutex_lock(&store->lock);
	list_for_each_entry(t, &store->tables, list)
		if (t == wanted && !t->dying) {
			t->dying = true;
			mutex_unlock(&store->lock);
			return t;
		}
	mutex_unlock(&store->lock);
	return NULL;
}

/* annex_frame_table_destroy() in a pool. */
int __annex_frame_table_destroy(struct annex_store *store,
				struct annex_frame_table *t)
{
	const char *call = "frame_table_destroy";

	if (annex_refused_atomic(store->frames, ANNEX_BAD_TABLE, call))
		return -EINVAL;
	if (!claim_dying(store, t))
		return annex_store_refuse(store, -EFAULT, call,
					  "the argument is no frame table, or one that was destroyed");
	empty(t);
	mutex_lock(&store->lock);
	list_del(&t->list);
	mutex_unlock(&store->lock);
	annex_store_reap(store);
	free_table(t);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_destroy);

/* Drop all tables; with @frames, remove their frames first. */
static unsigned int drop_tables(struct annex_store *store, bool frames)
{
	struct annex_frame_table *t, *next;
	unsigned int nr = 0;

	if (!store->open)
		return 0;
	list_for_each_entry_safe(t, next, &store->tables, list) {
		if (frames)
			empty(t);
		list_del(&t->list);
		free_table(t);
		nr++;
	}
	annex_store_close(store);
	return nr;
}

/**
 * annex_store_exit() - destroy all tables that are left
 * @store: the tables of the pool; no caller uses them any more
 *
 * Context: process, may sleep. It may be called again.
 * Return: how many there were.
 */
unsigned int annex_store_exit(struct annex_store *store)
{
	return drop_tables(store, true);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_store_exit);

/**
 * annex_store_abandon() - forget all tables; their frames stay as they are
 * @store: the tables of the pool; its frames are never reused
 *
 * Context: process, may sleep.
 * Return: how many there were.
 */
unsigned int annex_store_abandon(struct annex_store *store)
{
	return drop_tables(store, false);
}

/**
 * annex_store_leaks() - count the tables
 * @store: the tables of the pool
 * @first: set to the owner of the oldest table, if there is one
 *
 * Context: process, may sleep.
 * Return: how many there are.
 */
unsigned int annex_store_leaks(struct annex_store *store,
			       struct annex_table_holder *first)
{
	struct annex_frame_table_usage usage;
	struct annex_frame_table *t;
	unsigned int nr = 0;

	mutex_lock(&store->lock);
	list_for_each_entry(t, &store->tables, list)
		if (!nr++) {
			__annex_frame_table_usage(t, &usage);
			strscpy(first->owner, t->owner, sizeof(first->owner));
			first->frames = usage.frames;
		}
	mutex_unlock(&store->lock);
	return nr;
}
