// SPDX-License-Identifier: GPL-2.0-only
/*
 * annex_kmap(), annex_kunmap() and related calls: argument checks, refusals and
 * slow paths. The life of a slot is in pkmap_table.c.
 *
 * Locking: pk->lock, where a lockless look-up has found nothing.
 * Failing: invalid calls are refused.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mm.h>

#include "base/for_kunit.h"
#include "kmap/kmap_fast.h"
#include "kmap/pkmap.h"
#include "page/frames.h"
#include "page/report.h"

static int refuse(struct annex_pkmap *pk, int err, const char *call,
		  annex_pfn_t pfn, const char *why)
{
	char text[128];

	snprintf(text, sizeof(text), "frame %#x %s", pfn, why);
	return annex_refuse_call(pk->frames, ANNEX_BAD_MAP, err, call, text);
}

static void *direct_address(const struct annex_pkmap *pk, unsigned long nr)
{
	return pk->frames->lowmem + (nr << PAGE_SHIFT);
}

/**
 * annex_kmap_slow() - slow path of annex_kmap()
 * @pk: the table of the pool
 * @page: a descriptor of the pool
 *
 * Context: process, may sleep.
 * Return: as annex_kmap().
 */
void *annex_kmap_slow(struct annex_pkmap *pk, const struct annex_page *page)
{
	unsigned long nr = annex_page_nr(pk->frames, page);
	struct annex_pkmap_slot *slot;

	if (nr >= pk->frames->nr_pages) {
		annex_refuse_page(pk->frames, ANNEX_BAD_MAP, -EFAULT, "kmap",
				  page);
		return NULL;
	}
	if (!annex_may_sleep()) {
		refuse(pk, -EINVAL, "kmap", nr,
		       "is wanted in atomic context, where nobody may sleep for a slot; use annex_kmap_local_page()");
		return NULL;
	}
	if (nr < pk->direct)
		return direct_address(pk, nr);
	slot = annex_pkmap_map(pk, page);
	if (slot)
		return slot->addr;
	refuse(pk, -EOVERFLOW, "kmap", nr,
	       "has as many users as can be counted; call annex_kunmap()");
	return NULL;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_kmap_slow);

/* Under the lock, the look-up is reliable. */
static int drop_surely(struct annex_pkmap *pk, const struct annex_page *page,
		       struct annex_pkmap_slot **slot)
{
	unsigned long flags;
	int word, users;

	spin_lock_irqsave(&pk->lock, flags);
	*slot = annex_pkmap_find(pk, page, &word);
	users = *slot ? annex_pkmap_drop(*slot, page, word) : -1;
	spin_unlock_irqrestore(&pk->lock, flags);
	return users;
}

/**
 * annex_kunmap_slow() - slow path of annex_kunmap()
 * @pk: the table of the pool
 * @page: a descriptor of the pool
 *
 * Context: any but NMI.
 * Return: as annex_kunmap().
 */
int annex_kunmap_slow(struct annex_pkmap *pk, const struct annex_page *page)
{
	unsigned long nr = annex_page_nr(pk->frames, page);
	struct annex_pkmap_slot *slot;
	int users;

	if (nr >= pk->frames->nr_pages)
		return annex_refuse_page(pk->frames, ANNEX_BAD_MAP, -EFAULT,
					 "kunmap", page);
	if (in_nmi())
		return annex_refuse_call(pk->frames, ANNEX_BAD_MAP, -EINVAL,
					 "kunmap", annex_in_nmi_text);
	if (nr < pk->direct)
		return 0;
	users = drop_surely(pk, page, &slot);
	if (users < 0)
		return refuse(pk, -EALREADY, "kunmap", nr,
			      "has no user; call it once for each annex_kmap()");
	if (!users)
		annex_pkmap_hand_over(pk, slot);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_kunmap_slow);

/* The slot of a frame. NULL is reliable, except from NMI. */
static struct annex_pkmap_slot *find_surely(struct annex_pkmap *pk,
					    const struct annex_page *page,
					    int *word)
{
	struct annex_pkmap_slot *slot = annex_pkmap_find(pk, page, word);
	unsigned long flags;

	if (slot || in_nmi())
		return slot;
	spin_lock_irqsave(&pk->lock, flags);
	slot = annex_pkmap_find(pk, page, word);
	spin_unlock_irqrestore(&pk->lock, flags);
	return slot;
}

/* The slot of a frame, or NULL and its address if that needs no slot. */
static __always_inline struct annex_pkmap_slot *
look_up(struct annex_pkmap *pk, const struct annex_page *page,
	enum annex_counter counter, const char *call, int *word, void **addr)
{
	unsigned long nr = annex_page_nr(pk->frames, page);

	*addr = NULL;
	if (nr >= pk->frames->nr_pages)
		annex_refuse_page(pk->frames, counter, -EFAULT, call, page);
	else if (nr < pk->direct)
		*addr = direct_address(pk, nr);
	else
		return find_surely(pk, page, word);
	return NULL;
}

/* annex_kmap_high_get() in a pool. */
void *__annex_kmap_high_get(struct annex_pkmap *pk,
			    const struct annex_page *page)
{
	struct annex_pkmap_slot *slot;
	void *addr;
	int word;

	slot = look_up(pk, page, ANNEX_BAD_MAP, "kmap_high_get", &word, &addr);
	return slot && annex_pkmap_take(slot, page, word) ? slot->addr : addr;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_kmap_high_get);

/* annex_page_address() in a pool. */
void *__annex_page_address(struct annex_pkmap *pk,
			   const struct annex_page *page)
{
	struct annex_pkmap_slot *slot;
	void *addr;
	int word;

	slot = look_up(pk, page, ANNEX_BAD_REF, "address", &word, &addr);
	return slot ? slot->addr : addr;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_page_address);

/* annex_kmap_flush_unused() in a pool. */
int __annex_kmap_flush_unused(struct annex_pkmap *pk)
{
	if (annex_may_sleep())
		return annex_flush_all_zero_pkmaps(pk);
	return annex_refuse_call(pk->frames, ANNEX_BAD_MAP, -EINVAL,
				 "kmap_flush_unused",
				 "in atomic context nobody may wait for the other CPUs; do it elsewhere");
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_kmap_flush_unused);

/**
 * annex_pkmap_addr_page() - the frame that an address of the window maps
 * @pk: the table of the pool
 * @addr: anything
 *
 * Context: any.
 * Return: its descriptor, or NULL.
 */
const struct annex_page *annex_pkmap_addr_page(const struct annex_pkmap *pk,
					       const void *addr)
{
	unsigned long idx;

	if (!pk->nr_slots)
		return NULL;
	idx = ((unsigned long)addr - (unsigned long)pk->slot->addr) >>
	      PAGE_SHIFT;
	return idx < pk->nr_slots ? READ_ONCE(pk->slot[idx].page) : NULL;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pkmap_addr_page);
