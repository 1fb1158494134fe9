// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frame tables of a pool: how they are made and destroyed, and what becomes
 * of those that are left.
 *
 * A table is memory of the host: its struct, and the pages of its root. Three
 * leaves need none: most files of annexfs are that small. It is in the pool's list
 * from its creation until its last frame was removed, so that annex_validate() finds
 * an entry for each frame.
 *
 * A table may grow, and then gets pages while look-ups go on. Both roots have the
 * same entries when a page takes the place of the small one. A look-up that still
 * uses the small root may find a leaf that is removed afterwards, and whose frame is
 * freed after that look-up.
 *
 * Locking: store->lock for the list. A root takes the place of the small one under
 * the locks of all parts.
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

/* sparse does not follow locks that are taken in a loop: it hears of none. */
static void lock_part(struct annex_frame_table *t, unsigned int i)
{
	spin_lock_nest_lock(&t->part[i].lock, &t->hold_lock);
	__release(&t->part[i].lock);
}

static void unlock_part(struct annex_frame_table *t, unsigned int i)
{
	__acquire(&t->part[i].lock);
	spin_unlock(&t->part[i].lock);
}

/* A page takes the place of the small root. Nobody changes entries meanwhile. */
static void replace_small(struct annex_frame_table *t, u32 *page)
{
	unsigned int i;

	lockdep_assert_held(&t->hold_lock);
	local_irq_disable();
	for (i = 0; i < ANNEX_TABLE_PARTS; i++)
		lock_part(t, i);
	memcpy(page, t->small, sizeof(t->small));
	/* Pairs with look-ups: the entries are seen. */
	smp_store_release(&t->root[0], page);
	for (i = 0; i < ANNEX_TABLE_PARTS; i++)
		unlock_part(t, i);
	local_irq_enable();
}

static bool add_root_page(struct annex_frame_table *t, unsigned int i)
{
	u32 *page = annex_should_fail(ANNEX_FAIL_MEMORY) ?
			    NULL :
			    (u32 *)get_zeroed_page(GFP_KERNEL);

	if (!page)
		return false;
	if (t->root[i])
		replace_small(t, page);
	else
		t->root[i] = page;
	t->root_pfn[i] = page_to_pfn(virt_to_page(page));
	return true;
}

/* Make a root for so many entries; what there is stays. */
static bool make_root(struct annex_frame_table *t, u32 nr_entries)
{
	u32 leaves = DIV_ROUND_UP(nr_entries, ANNEX_LEAF_ENTRIES);
	unsigned int i, nr = DIV_ROUND_UP(leaves, ANNEX_ROOT_ENTRIES);

	if (leaves <= ANNEX_SMALL_LEAVES) {
		if (!t->root[0])
			t->root[0] = t->small;
		return true;
	}
	for (i = 0; i < nr; i++)
		if (!t->root_pfn[i] && !add_root_page(t, i))
			return false;
	return true;
}

/* Free the memory of the host that a table has; it is in no list. */
static void free_table(struct annex_frame_table *t)
{
	unsigned int i;

	for (i = 0; i < ANNEX_ROOT_PAGES; i++)
		if (t->root_pfn[i])
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
	if (make_root(t, nr_entries))
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

/* annex_frame_table_discard() of a table. */
int __annex_frame_table_discard(struct annex_frame_table *t)
{
	struct annex_store *store = t->store;

	if (annex_refused_atomic(store->frames, ANNEX_BAD_TABLE,
				 "frame_table_discard"))
		return -EINVAL;
	empty(t);
	mutex_lock(&store->lock);
	list_del(&t->list);
	mutex_unlock(&store->lock);
	free_table(t);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_discard);

static int grow_locked(struct annex_frame_table *t, u32 nr_entries)
{
	if (!make_root(t, nr_entries))
		return -ENOMEM;
	/* Pairs with annex_table_entries(): the root is seen. */
	smp_store_release(&t->nr_entries, nr_entries);
	return 0;
}

/* annex_frame_table_grow() of a table. */
int __annex_frame_table_grow(struct annex_frame_table *t, u32 nr_entries)
{
	const char *call = "frame_table_grow";
	int err = 0;

	if (annex_refused_atomic(t->store->frames, ANNEX_BAD_TABLE, call))
		return -EINVAL;
	if (nr_entries > ANNEX_TABLE_ENTRIES_MAX)
		return annex_store_refuse(t->store, -ERANGE, call,
					  "a table has 1 to 16777216 entries");
	mutex_lock(&t->hold_lock);
	if (nr_entries > t->nr_entries)
		err = grow_locked(t, nr_entries);
	mutex_unlock(&t->hold_lock);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_grow);

/* Drop all tables; with @frames, remove their frames first. */
static unsigned int drop_tables(struct annex_store *store, bool frames)
{
	struct annex_frame_table *t, *next;
	unsigned int nr = 0;

	if (!store->open)
		return 0;
	list_for_each_entry_safe(t, next, &store->tables, list) {
		/* Its owner is gone. */
		t->budget = NULL;
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
