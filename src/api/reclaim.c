// SPDX-License-Identifier: GPL-2.0-only
/*
 * The public functions for reclaim. They act on the pool that the module was
 * loaded with. As in page_alloc.c, invalid arguments are refused and reported,
 * and none is fatal.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>

#include <annex/reclaim.h>

#include "api/tests.h"
#include "page/report.h"
#include "pool/pool.h"
#include "reclaim/folio.h"
#include "reclaim/lru.h"
#include "reclaim/reclaim.h"

static int refuse(int err, const char *call, const char *why)
{
	return annex_refuse_call(&annex_pool.frames, ANNEX_BAD_FLAG, err, call,
				 why);
}

static const char no_pool_text[] = "there is no pool";

static bool no_pool(void)
{
	return !annex_pool.frames.nr_pages;
}

/* For a call that may sleep. */
static int check_shrinker(const struct annex_shrinker *shrinker,
			  const char *call)
{
	if (annex_refused_atomic(&annex_pool.frames, ANNEX_BAD_FLAG, call))
		return -EINVAL;
	if (!shrinker)
		return refuse(-EFAULT, call, "NULL is no shrinker");
	return no_pool() ? refuse(-ENODEV, call, no_pool_text) : 0;
}

/* For a call that takes the lock of the LRU lists. */
static bool from_nmi(const char *call)
{
	return annex_refused_nmi(&annex_pool.frames, ANNEX_BAD_FLAG, call);
}

/**
 * annex_register_shrinker() - let reclaim shrink a cache
 * @shrinker: the shrinker; valid until it is unregistered
 *
 * Context: process, may sleep.
 * Return: 0. With a line in the log: -EINVAL if it lacks a function, a number
 * is negative, its name is not printable ASCII without blanks, or in atomic
 * context; -EFAULT for NULL; -EEXIST if it is registered; -ENODEV if there is
 * no pool.
 */
int annex_register_shrinker(struct annex_shrinker *shrinker)
{
	int err = check_shrinker(shrinker, "register_shrinker");

	if (err)
		return err;
	err = annex_shrinker_add(&annex_pool.frames, shrinker);
	if (err == -EINVAL)
		return refuse(err, "register_shrinker",
			      "it needs count_objects and scan_objects, no number below 0, and a name, if any, of printable ASCII without blanks");
	if (err)
		return refuse(err, "register_shrinker", "it is registered");
	return 0;
}
EXPORT_SYMBOL_GPL(annex_register_shrinker);

/**
 * annex_unregister_shrinker() - stop reclaim from shrinking a cache
 * @shrinker: the shrinker; none of its functions runs after the return
 *
 * NULL, a shrinker that is not registered, and a call in atomic context are
 * refused with a line in the log.
 *
 * Context: process, may sleep; not from a shrinker.
 */
void annex_unregister_shrinker(struct annex_shrinker *shrinker)
{
	if (check_shrinker(shrinker, "unregister_shrinker"))
		return;
	if (annex_shrinker_del(&annex_pool.frames, shrinker))
		refuse(-ENOENT, "unregister_shrinker", "it is not registered");
}
EXPORT_SYMBOL_GPL(annex_unregister_shrinker);

/**
 * annex_lru_add() - put a folio into the LRU lists, where reclaim can take it
 * @folio: the folio, its mapping set; the caller has a reference
 *
 * A folio starts on the inactive list, even if it was active before. The lists
 * hold no reference: a folio leaves them when its last reference is dropped.
 * Reclaim takes a reference of its own while it examines a folio, and calls the
 * ops of the mapping to release it.
 *
 * Context: any but NMI.
 * Return: 0. With a line in the log and nothing changed: -EFAULT if @folio is
 * not a folio of the pool; -EINVAL if it has no mapping, or one that cannot
 * release, or from NMI; -EEXIST if it is in the lists.
 */
int annex_lru_add(struct annex_folio *folio)
{
	int err;

	if (from_nmi("lru_add"))
		return -EINVAL;
	if (!annex_folio_known(&annex_pool.frames, folio, ANNEX_BAD_FLAG,
			       "lru_add"))
		return -EFAULT;
	err = annex_lru_insert(folio);
	if (err == -EINVAL)
		return refuse(err, "lru_add",
			      "reclaim could not let go of it: give it a mapping whose ops have release");
	if (err)
		return refuse(err, "lru_add", "it is in the lists");
	return 0;
}
EXPORT_SYMBOL_GPL(annex_lru_add);

/**
 * annex_lru_del() - take a folio out of the LRU lists
 * @folio: the folio; the caller has a reference
 *
 * On return the folio is in no list, and its list head is free for the caller.
 * If reclaim was examining the folio, it may keep a reference for a moment, and
 * if it had locked the page, it may still call the owner's functions. A caller
 * that has to exclude such calls locks the page first.
 *
 * Context: any but NMI.
 * Return: 0; -ENOENT if it is in no list. With a line in the log: -EFAULT if
 * @folio is not a folio of the pool; -EINVAL from NMI.
 */
int annex_lru_del(struct annex_folio *folio)
{
	if (from_nmi("lru_del"))
		return -EINVAL;
	if (!annex_folio_known(&annex_pool.frames, folio, ANNEX_BAD_FLAG,
			       "lru_del"))
		return -EFAULT;
	return annex_lru_remove(folio);
}
EXPORT_SYMBOL_GPL(annex_lru_del);

/**
 * annex_mark_page_accessed() - record an access to a page
 * @page: a frame of a block that has a folio; the caller has a reference
 *
 * The second access on the inactive list moves the folio to the active one.
 *
 * Context: any but NMI.
 * Return: 0. With a line in the log: -EINVAL if it has no folio or is no
 * descriptor of the pool, or from NMI.
 */
int annex_mark_page_accessed(struct annex_page *page)
{
	struct annex_folio *folio;

	if (from_nmi("mark_page_accessed"))
		return -EINVAL;
	folio = __annex_page_folio(&annex_pool.frames, page);
	if (!folio)
		return refuse(-EINVAL, "mark_page_accessed",
			      "the page has no folio that could remember it");
	annex_lru_accessed(folio);
	return 0;
}
EXPORT_SYMBOL_GPL(annex_mark_page_accessed);
