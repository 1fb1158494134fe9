// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges of a file: its size, holes, and frames beforehand.
 *
 * A frame is freed after no process maps it any more:
 *
 *	invalidate_lock for writing	no fault is under way, none begins
 *	unmap_mapping_range()		entries of page tables are cleared, and the
 *					TLBs of all CPUs that may have them flushed
 *	annex_frame_table_punch()	no index leads to it
 *	a grace period			no read() or write() copies from or to it
 *	free
 *
 * The bytes of the last page behind the end of a file are zeros, except for what a
 * program stores there by a mapping. Such stores are cleared when the file grows.
 *
 * Locking: i_rwsem, then the mapping's invalidate_lock. fallocate takes i_rwsem;
 * the callers of the other functions hold it.
 *
 * Failing: fallocate: -ENOSPC, and the frames that it has brought are removed
 * again.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/types.h>
/* It does not include what it needs on 6.1. */
#include <linux/falloc.h>

#include "fs/fs.h"

/* Pages that are punched between two looks whether others want the CPU. */
#define PUNCH_BATCH	1024

/* Zero bytes of one page. */
static void zero_part(struct inode *inode, loff_t start, loff_t end)
{
	struct annex_inode *ai = annex_inode_of(inode);
	u64 index = annex_page_index(start);

	if (start < end && annex_inode_has_index(ai, index))
		annex_frame_table_zero(ai->table, index, offset_in_page(start),
				       end - start);
}

/**
 * annex_inode_zero_tail() - clear what stands behind the end of a file
 * @inode: the file, which is about to grow; the caller holds its i_rwsem
 * @size: its size
 *
 * Context: process.
 */
void annex_inode_zero_tail(struct inode *inode, loff_t size)
{
	zero_part(inode, size, round_up(size, PAGE_SIZE));
}

/* Pages @first to @end - 1 become holes. Nothing maps them. */
static void punch_pages(struct annex_inode *ai, u64 first, u64 end)
{
	end = min_t(u64, end, ai->entries);
	while (first < end) {
		u32 nr = min_t(u64, end - first, PUNCH_BATCH);

		annex_frame_table_punch(ai->table, first, nr);
		first += nr;
		cond_resched();
	}
}

/*
 * Bytes @start to @end - 1 become holes or zeros. @even_private: also the copies
 * that private mappings have of the pages.
 */
static void punch_bytes_locked(struct inode *inode, loff_t start, loff_t end,
			       bool even_private)
{
	loff_t first = round_up(start, PAGE_SIZE);
	loff_t last = round_down(end, PAGE_SIZE);

	lockdep_assert_held_write(&inode->i_mapping->invalidate_lock);
	if (first > last) {
		zero_part(inode, start, end);
		return;
	}
	zero_part(inode, start, first);
	if (first < last) {
		unmap_mapping_range(inode->i_mapping, first, last - first,
				    even_private);
		punch_pages(annex_inode_of(inode), annex_page_index(first),
			    annex_page_index(last));
	}
	zero_part(inode, last, end);
}

/**
 * annex_inode_set_size() - make a file longer or shorter
 * @inode: the file; the caller holds its i_rwsem
 * @size: its new size
 *
 * Context: process, may sleep.
 */
void annex_inode_set_size(struct inode *inode, loff_t size)
{
	filemap_invalidate_lock(inode->i_mapping);
	if (size > inode->i_size)
		annex_inode_zero_tail(inode, inode->i_size);
	/* A fault that comes now finds no page beyond. */
	i_size_write(inode, size);
	punch_bytes_locked(inode, size, ANNEX_FS_SIZE_MAX, true);
	filemap_invalidate_unlock(inode->i_mapping);
}

static void punch_bytes(struct inode *inode, loff_t start, loff_t end)
{
	filemap_invalidate_lock(inode->i_mapping);
	punch_bytes_locked(inode, start, end, false);
	filemap_invalidate_unlock(inode->i_mapping);
}

/* Give each page of a range a frame. */
static int hold_pages(struct inode *inode, u64 first, u64 end)
{
	struct annex_inode *ai = annex_inode_of(inode);
	unsigned long limit =
		READ_ONCE(annex_fs_of(inode->i_sb)->budget.limit);
	int err;

	if (limit && end - first > limit)
		return -ENOSPC;
	err = annex_inode_need_index(inode, end - 1);
	if (err)
		return err;
	err = annex_frame_table_hold(ai->table, first, end - first,
				     ANNEX_FS_GFP);
	if (err)
		annex_fs_count(ANNEX_FS_NOSPC, 1);
	return err;
}

static int hold_bytes(struct inode *inode, int mode, loff_t start, loff_t end)
{
	bool grows = !(mode & FALLOC_FL_KEEP_SIZE) && end > inode->i_size;
	int err = grows ? inode_newsize_ok(inode, end) : 0;

	if (!err)
		err = hold_pages(inode, annex_page_index(start),
				 annex_page_index(end + PAGE_SIZE - 1));
	if (err || !grows)
		return err;
	annex_inode_zero_tail(inode, inode->i_size);
	i_size_write(inode, end);
	return 0;
}

static int allocate_locked(struct inode *inode, int mode, loff_t start,
			   loff_t end)
{
	switch (mode & ~FALLOC_FL_KEEP_SIZE) {
	case FALLOC_FL_PUNCH_HOLE:
		punch_bytes(inode, start, end);
		return 0;
	case FALLOC_FL_ZERO_RANGE:
		punch_bytes(inode, start, end);
		return hold_bytes(inode, mode, start, end);
	default:
		return hold_bytes(inode, mode, start, end);
	}
}

/**
 * annex_fs_fallocate() - operation fallocate of a file
 * @file: the file
 * @mode: 0, or FALLOC_FL_PUNCH_HOLE, FALLOC_FL_ZERO_RANGE, FALLOC_FL_KEEP_SIZE
 * @offset: the first byte
 * @len: how many
 *
 * Context: process, may sleep.
 * Return: 0; -ENOSPC; -EOPNOTSUPP for other modes; -EFBIG, -ENOMEM, -EPERM.
 */
long annex_fs_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = file_inode(file);
	int err;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE |
		     FALLOC_FL_ZERO_RANGE))
		return -EOPNOTSUPP;
	inode_lock(inode);
	err = allocate_locked(inode, mode, offset, offset + len);
	if (!err)
		err = file_modified(file);
	inode_unlock(inode);
	return err;
}
