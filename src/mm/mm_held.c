// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that were not destroyed when their pool is unloaded.
 *
 * Locking: mms_lock (annex_mms.lock) for the list.
 */
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "mm/mm.h"
#include "page/frames.h"

/**
 * annex_mms_abandon() - abandon all processes; tables and mappings stay
 * @mms: the processes of the pool; its frames are never reused
 *
 * Context: process.
 * Return: how many there were.
 */
unsigned int annex_mms_abandon(struct annex_mms *mms)
{
	struct annex_mm *mm, *next;
	unsigned int nr = 0;

	list_for_each_entry_safe(mm, next, &mms->list, list) {
		list_del(&mm->list);
		hlist_del_rcu(&mm->node);
		kfree_rcu(mm, rcu);
		nr++;
	}
	return nr;
}

/**
 * annex_mms_leaks() - count the processes
 * @mms: the processes of the pool
 * @first: set to the creator of the oldest process, if there is one
 *
 * Context: process, may sleep.
 * Return: how many there are.
 */
unsigned int annex_mms_leaks(struct annex_mms *mms,
			     struct annex_mm_holder *first)
{
	const struct annex_mm *mm;
	unsigned int nr = 0;

	mutex_lock(&mms->lock);
	list_for_each_entry(mm, &mms->list, list)
		if (!nr++) {
			first->pid = mm->pid;
			strscpy(first->comm, mm->comm, sizeof(first->comm));
			first->nr_pages = READ_ONCE(mm->nr_pages);
		}
	mutex_unlock(&mms->lock);
	return nr;
}
