// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables of processes.
 *
 *   first level   |  user: its own tables  |  kernel: the master's tables  |
 *                 0                   page_offset                        4 GB
 *
 * The kernel part is borrowed through entries of the first level, a GB each, so
 * every process sees every change to the master's tables. The tables of the
 * user part are lowmem frames with ANNEX_PG_TABLE, counted as
 * nr_page_table_pages.
 *
 * A mapping holds a reference to the block of its frame and counts in the
 * _mapcount of the block's folio; a block without a folio is given one. The
 * folio outlives the mapping, because other code may use it by then. It is
 * freed with the block, as any folio is. A block that its owner has freed stays
 * until its last mapping is gone.
 *
 * No CPU runs on these tables, so no TLB holds entries of them.
 *
 * A caller's handle is checked by its address: it must be in the pool's hash
 * table. A call looks it up under RCU and increments its users, which keeps it
 * alive for the call: calls for different processes write to no common memory.
 * Its memory is freed after the last user and an RCU grace period.
 *
 * Locking: mms_lock (annex_mms.lock) protects changes of the list and the hash
 * table; mm->lock, a mutex, protects a process's part of its tables. Frames are
 * allocated with neither held, because reclaim calls owners, which may unmap
 * their frames: a mapping that lacks tables starts over with frames for all
 * tables that it can need.
 *
 * Failing: no frames; invalid addresses, frames and processes. The call logs
 * one line for an invalid argument and changes nothing.
 */
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/fail.h"
#include "base/for_kunit.h"
#include "mm/mm.h"
#include "page/frames.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/report.h"
#include "reclaim/folio.h"

#define MM_PROT	(ANNEX_MM_WRITE | ANNEX_MM_EXEC)

static u64 page_phys(const struct annex_mms *mms, const struct annex_page *page)
{
	return mms->frames->range.start +
	       ((u64)(page - mms->frames->mem_map) << PAGE_SHIFT);
}

static struct annex_page *phys_page(const struct annex_mms *mms, u64 phys)
{
	return mms->frames->mem_map +
	       (annex_pfn_t)((phys - mms->frames->range.start) >> PAGE_SHIFT);
}

static struct annex_page *alloc_table(struct annex_mms *mms)
{
	gfp_t gfp = GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN;
	int err;

	return __annex_alloc_pages(mms->frames, gfp, 0, &err);
}

static int fill_tables(struct annex_mms *mms, struct annex_mm_tables *tables)
{
	while (tables->nr < ANNEX_MM_TABLES) {
		tables->page[tables->nr] = alloc_table(mms);
		if (!tables->page[tables->nr])
			return -ENOMEM;
		tables->nr++;
	}
	return 0;
}

static void drop_tables(struct annex_mms *mms, struct annex_mm_tables *tables)
{
	while (tables->nr)
		annex_block_free(mms->frames, tables->page[--tables->nr], 0);
}

/* With tables set, mm->lock is held: take only frames allocated before. */
static int new_table(void *arg, u64 *phys)
{
	struct annex_mm_tables *tables = ((struct annex_mm *)arg)->tables;
	struct annex_mms *mms = ((struct annex_mm *)arg)->mms;
	struct annex_page *page;

	if (!tables)
		page = alloc_table(mms);
	else
		page = tables->nr ? tables->page[--tables->nr] : NULL;
	if (!page)
		return -ENOMEM;
	if (annex_page_make_own(page, 0, BIT(ANNEX_PG_TABLE)))
		return annex_disown(mms->frames, page);
	annex_mod_node_count(&mms->frames->counters, ANNEX_NR_PAGE_TABLE_PAGES,
			     1);
	*phys = page_phys(mms, page);
	return 0;
}

static void free_table(void *arg, u64 phys)
{
	struct annex_mms *mms = ((struct annex_mm *)arg)->mms;
	struct annex_page *page = phys_page(mms, phys);

	annex_mod_node_count(&mms->frames->counters, ANNEX_NR_PAGE_TABLE_PAGES,
			     -1);
	annex_page_unmake_own(page, BIT(ANNEX_PG_TABLE));
	annex_block_free(mms->frames, page, 0);
}

/* The tables of the kernel part are the master's, in lowmem or not. */
static void *table_virt(void *arg, u64 phys)
{
	struct annex_mms *mms = ((struct annex_mm *)arg)->mms;
	u64 off = phys - mms->frames->range.start;

	if (off < (u64)mms->frames->lowmem_pages << PAGE_SHIFT)
		return mms->frames->lowmem + (size_t)off;
	return annex_tables_virt(mms->tables, phys);
}

static const struct annex_pgtable_ops mm_ops = {
	.alloc = new_table,
	.free = free_table,
	.virt = table_virt,
};

/* Check the context and that there is a pool; a refused pool may be called. */
static int may_call(struct annex_mms *mms, const char *call)
{
	if (!mms->tables->page_offset)
		return annex_refuse_call(mms->frames, ANNEX_BAD_MAP, -ENODEV,
					 call,
					 "there is no pool, and so no master table");
	if (annex_refused_atomic(mms->frames, ANNEX_BAD_MAP, call))
		return -EINVAL;
	return 0;
}

static struct hlist_head *bucket(struct annex_mms *mms,
				 const struct annex_mm *mm)
{
	return &mms->hash[hash_ptr(mm, ANNEX_MM_HASH_BITS)];
}

/* Under RCU or mms_lock. @wanted is only compared, never dereferenced. */
static struct annex_mm *find(struct annex_mms *mms,
			     const struct annex_mm *wanted)
{
	struct annex_mm *mm;

	hlist_for_each_entry_rcu(mm, bucket(mms, wanted), node,
				 lockdep_is_held(&mms->lock))
		if (mm == wanted)
			return mm;
	return NULL;
}

/* Likewise, with a user added; NULL also if the last user is gone. */
static struct annex_mm *get(struct annex_mms *mms,
			    const struct annex_mm *wanted)
{
	struct annex_mm *mm;

	rcu_read_lock();
	mm = find(mms, wanted);
	if (mm && !refcount_inc_not_zero(&mm->users))
		mm = NULL;
	rcu_read_unlock();
	return mm;
}

static void enlist(struct annex_mms *mms, struct annex_mm *mm)
{
	mutex_lock(&mms->lock);
	list_add_tail(&mm->list, &mms->list);
	hlist_add_head_rcu(&mm->node, bucket(mms, mm));
	mutex_unlock(&mms->lock);
}

static void delist(struct annex_mm *mm)
{
	list_del(&mm->list);
	hlist_del_rcu(&mm->node);
}

static int refuse_dead(struct annex_mms *mms, const char *call)
{
	return annex_refuse_call(mms->frames, ANNEX_BAD_MAP, -EFAULT, call,
				 "the argument is no process of the pool, or one that was destroyed");
}

static void leave(struct annex_mm *mm)
{
	mutex_unlock(&mm->lock);
	if (refcount_dec_and_test(&mm->users))
		kfree_rcu(mm, rcu);
}

/* Add a user and take the lock, or refuse a process that is destroyed. */
static int enter(struct annex_mms *mms, struct annex_mm *mm, const char *call)
{
	mm = get(mms, mm);
	if (!mm)
		return refuse_dead(mms, call);
	mutex_lock(&mm->lock);
	if (!mm->gone)
		return 0;
	leave(mm);
	return refuse_dead(mms, call);
}

static struct annex_mm *make(struct annex_mms *mms)
{
	struct annex_mm *mm = annex_should_fail(ANNEX_FAIL_MEMORY) ?
				      NULL : kzalloc(sizeof(*mm), GFP_KERNEL);

	if (!mm)
		return NULL;
	mm->mms = mms;
	mutex_init(&mm->lock);
	refcount_set(&mm->users, 1);
	mm->pid = task_pid_nr(current);
	get_task_comm(mm->comm, current);
	if (annex_pgtable_create(&mm->pt, &mm_ops, mm))
		goto err_create;
	if (annex_pgtable_borrow(&mm->pt, &mms->tables->master,
				 mms->tables->page_offset >> 30))
		goto err_borrow;
	return mm;

err_borrow:
	annex_pgtable_free(&mm->pt);
err_create:
	kfree(mm);
	return NULL;
}

/* annex_mm_create() in a pool. */
struct annex_mm *__annex_mm_create(struct annex_mms *mms)
{
	struct annex_mm *mm;

	if (may_call(mms, "mm_create"))
		return NULL;
	mm = make(mms);
	if (mm)
		enlist(mms, mm);
	return mm;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_mm_create);

/* Take a reference to the block, and count a mapping in its folio. */
static int hold(struct annex_mms *mms, struct annex_page *page)
{
	struct annex_folio *folio;
	struct annex_page *head;
	int err = -EFAULT;

	if (annex_page_nr(mms->frames, page) >= mms->frames->nr_pages)
		goto refuse;
	head = annex_head_of(mms->frames, page);
	err = annex_inner_errno(mms->frames, head, annex_page_take_ref(head));
	if (err)
		goto refuse;
	err = annex_folio_of(mms->frames, head, GFP_KERNEL | __GFP_NOWARN,
			     &folio);
	if (!err)
		err = __annex_folio_inc_mapcount(mms->frames, folio);
	if (!err)
		return 0;
	__annex_put_page(mms->frames, head);
	if (err != -EBUSY)
		return err;
refuse:
	return annex_refuse_page(mms->frames, ANNEX_BAD_MAP, err, "mm_map_page",
				 page);
}

/* Undo hold(). The mapping kept head and folio alive until here. */
static int let_go(struct annex_mms *mms, struct annex_page *page)
{
	struct annex_page *head = annex_head_of(mms->frames, page);
	struct annex_folio *folio = annex_head_folio(mms->frames, head);
	int err = __annex_folio_dec_mapcount(mms->frames, folio);
	int err_put = __annex_put_page(mms->frames, head);

	return err ?: err_put;
}

/* The fault of a range in the user part, or NULL. */
static const char *bad_range(const struct annex_mms *mms, u32 addr, u32 size)
{
	u64 end = mms->tables->page_offset;

	if (!PAGE_ALIGNED(addr) || !PAGE_ALIGNED(size))
		return "addresses and sizes are multiples of the page size";
	if (addr >= end || size > end - addr)
		return "from page_offset= on, addresses are the kernel's";
	return NULL;
}

static int check(struct annex_mms *mms, u32 addr, u32 size, unsigned int prot,
		 const char *call)
{
	int err = may_call(mms, call);
	const char *why;

	if (err)
		return err;
	why = bad_range(mms, addr, size);
	if (!why && prot & ~MM_PROT)
		why = "its protection has other bits than ANNEX_MM_WRITE and ANNEX_MM_EXEC";
	return why ? annex_refuse_call(mms->frames, ANNEX_BAD_MAP, -EINVAL,
				       call, why) :
		     0;
}

/* In the format of pte_t. A CPU without NX would fault on that bit. */
static u64 prot_bits(const struct annex_mms *mms, unsigned int prot)
{
	u64 nx = mms->tables->prot & ANNEX_PTE_NX;

	return ANNEX_PTE_PRESENT | ANNEX_PTE_USER |
	       (prot & ANNEX_MM_WRITE ? ANNEX_PTE_RW : 0) |
	       (prot & ANNEX_MM_EXEC ? 0 : nx);
}

static bool is_mapped(const struct annex_mm *mm, u64 addr,
		      struct annex_translation *t)
{
	return annex_pgtable_walk(&mm->pt, addr, t) != ANNEX_PGT_NONE;
}

static int map_locked(struct annex_mm *mm, u32 addr, u64 phys, u64 bits,
		      struct annex_mm_tables *tables)
{
	struct annex_translation t;
	int err;

	lockdep_assert_held(&mm->lock);
	if (is_mapped(mm, addr, &t))
		return -EEXIST;
	mm->tables = tables;
	err = annex_pgtable_map(&mm->pt, addr, phys, PAGE_SIZE, bits, false);
	mm->tables = NULL;
	if (!err)
		mm->nr_pages++;
	return err;
}

/* Map a frame: first without frames for tables, then with all it can need. */
static int map(struct annex_mm *mm, struct annex_mms *mms, u32 addr, u64 phys,
	       u64 bits)
{
	struct annex_mm_tables tables = {};
	int err;

	for (;;) {
		err = enter(mms, mm, "mm_map_page");
		if (err)
			break;
		err = map_locked(mm, addr, phys, bits, &tables);
		leave(mm);
		if (err != -ENOMEM || tables.nr == ANNEX_MM_TABLES)
			break;
		if (fill_tables(mms, &tables))
			break;
	}
	drop_tables(mms, &tables);
	return err;
}

/* annex_mm_map_page() in a pool. */
int __annex_mm_map_page(struct annex_mms *mms, struct annex_mm *mm, u32 addr,
			struct annex_page *page, unsigned int prot)
{
	int err = check(mms, addr, PAGE_SIZE, prot, "mm_map_page");

	if (!err)
		err = hold(mms, page);
	if (err)
		return err;
	err = map(mm, mms, addr, page_phys(mms, page), prot_bits(mms, prot));
	if (!err)
		return 0;
	let_go(mms, page);
	if (err == -EEXIST)
		annex_refuse_call(mms->frames, ANNEX_BAD_MAP, err,
				  "mm_map_page",
				  "a frame is mapped there already; unmap it first");
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_mm_map_page);

static int unmap_locked(struct annex_mm *mm, u32 addr, u64 *phys)
{
	struct annex_translation t;
	int err;

	lockdep_assert_held(&mm->lock);
	if (!is_mapped(mm, addr, &t))
		return -ENOENT;
	*phys = t.phys;
	err = annex_pgtable_unmap(&mm->pt, addr, PAGE_SIZE);
	if (!err)
		mm->nr_pages--;
	return err;
}

/* annex_mm_unmap_page() in a pool. */
int __annex_mm_unmap_page(struct annex_mms *mms, struct annex_mm *mm, u32 addr)
{
	int err = check(mms, addr, PAGE_SIZE, 0, "mm_unmap_page");
	u64 phys;

	if (!err)
		err = enter(mms, mm, "mm_unmap_page");
	if (err)
		return err;
	err = unmap_locked(mm, addr, &phys);
	leave(mm);
	if (err == -ENOENT)
		annex_refuse_call(mms->frames, ANNEX_BAD_MAP, err,
				  "mm_unmap_page", "no frame is mapped there");
	return err ?: let_go(mms, phys_page(mms, phys));
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_mm_unmap_page);

static int protect_locked(struct annex_mm *mm, u64 addr, u64 size, u64 bits)
{
	const u64 may_change = mm->mms->tables->prot;
	struct annex_pgtable_run run = { .end = addr };

	lockdep_assert_held(&mm->lock);
	while (run.end < addr + size) {
		u64 at = run.end;

		if (!annex_pgtable_run(&mm->pt, at, addr + size, &run) ||
		    run.start != at)
			return -ENOMEM;
	}
	return annex_pgtable_protect(&mm->pt, addr, size, bits & may_change,
				     ~bits & may_change);
}

/* annex_mm_protect() in a pool. */
int __annex_mm_protect(struct annex_mms *mms, struct annex_mm *mm, u32 addr,
		       u32 size, unsigned int prot)
{
	int err = check(mms, addr, size, prot, "mm_protect");

	if (!err)
		err = enter(mms, mm, "mm_protect");
	if (err)
		return err;
	err = size ? protect_locked(mm, addr, size, prot_bits(mms, prot)) : 0;
	leave(mm);
	if (err == -ENOMEM)
		annex_refuse_call(mms->frames, ANNEX_BAD_MAP, err, "mm_protect",
				  "somewhere there no frame is shown");
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_mm_protect);

/*
 * Drop every mapping of the user part; its entries and tables are freed later.
 * Returns the first error of a block that could not be freed.
 */
static int let_go_of_all(struct annex_mm *mm)
{
	u64 end = mm->mms->tables->page_offset;
	struct annex_pgtable_run run = {};
	struct annex_translation t;
	int first = 0;

	lockdep_assert_held(&mm->lock);
	while (annex_pgtable_run(&mm->pt, run.end, end, &run))
		for (; run.start < run.end; run.start += PAGE_SIZE) {
			int err;

			is_mapped(mm, run.start, &t);
			err = let_go(mm->mms, phys_page(mm->mms, t.phys));
			first = first ?: err;
			cond_resched();
		}
	mm->nr_pages = 0;
	return first;
}

/* The process is in no list any more. */
static int destroy(struct annex_mm *mm)
{
	int err;

	mutex_lock(&mm->lock);
	mm->gone = true;
	err = let_go_of_all(mm);
	annex_pgtable_free(&mm->pt);
	leave(mm);
	return err;
}

/* annex_mm_destroy() in a pool. */
int __annex_mm_destroy(struct annex_mms *mms, struct annex_mm *mm)
{
	int err = may_call(mms, "mm_destroy");

	if (err)
		return err;
	mutex_lock(&mms->lock);
	mm = find(mms, mm);
	if (mm)
		delist(mm);
	mutex_unlock(&mms->lock);
	if (!mm)
		return refuse_dead(mms, "mm_destroy");
	return destroy(mm);
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_mm_destroy);

/**
 * annex_mms_init() - set up an empty list of processes
 * @mms: the processes of the pool, zeroed except for its pointers
 */
void annex_mms_init(struct annex_mms *mms)
{
	mutex_init(&mms->lock);
	INIT_LIST_HEAD(&mms->list);
}

/**
 * annex_mms_exit() - destroy all processes that are left
 * @mms: the processes of the pool; no caller uses them any more
 *
 * Context: process, may sleep. It may be called again.
 * Return: how many there were.
 */
unsigned int annex_mms_exit(struct annex_mms *mms)
{
	struct annex_mm *mm, *next;
	unsigned int nr = 0;

	list_for_each_entry_safe(mm, next, &mms->list, list) {
		delist(mm);
		destroy(mm);
		nr++;
	}
	return nr;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_mms_exit);
