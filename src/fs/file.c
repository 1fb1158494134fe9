// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading and writing files: copies between a program and the frames.
 *
 * A frame is mapped at an address of the CPU while interrupts are off, so a copy
 * stops where a page of the program is not there. The page is faulted in, with
 * interrupts on and no lock of a frame held, and the copy goes on:
 *
 *	copy ---- all ----> next page
 *	  |  ^
 *	  |  `--- some, or the page is there now
 *	  `---- none ---> fault in ---> none: -EFAULT
 *
 * A write that finds no frame has written the pages before. Of a page whose copy
 * stopped, the rest is as it was, or zeros: nobody reads what a frame had before.
 *
 * Locking: a write holds i_rwsem; a read holds no lock. The frame of a read stays
 * until interrupts are on, also when a hole is punched there.
 *
 * Failing: -ENOSPC, -EFAULT, -ENOMEM, and what generic_write_checks() refuses.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "fs/fs.h"

/**
 * struct piece - a copy between an iterator and a page
 * @iter: the program's memory
 * @copied: bytes that the iterator has moved on
 */
struct piece {
	struct iov_iter *iter;
	size_t copied;
};

static size_t copy_out(void *addr, size_t len, void *arg)
{
	struct piece *piece = arg;

	pagefault_disable();
	piece->copied = copy_to_iter(addr, len, piece->iter);
	pagefault_enable();
	return piece->copied;
}

static size_t copy_in(void *addr, size_t len, void *arg)
{
	struct piece *piece = arg;

	pagefault_disable();
	piece->copied = copy_from_iter(addr, len, piece->iter);
	pagefault_enable();
	return piece->copied;
}

/* Through a page of the kernel: the iterator allocates memory. */
static ssize_t read_by_page(struct annex_inode *ai, u64 index,
			    unsigned int offset, unsigned int len,
			    struct iov_iter *to)
{
	void *page = (void *)__get_free_page(GFP_KERNEL);
	ssize_t copied;

	if (!page)
		return -ENOMEM;
	copied = annex_frame_table_read(ai->table, index, offset, page, len);
	if (!copied)
		copied = copy_to_iter(page, len, to) ?: -EFAULT;
	free_page((unsigned long)page);
	return copied;
}

static ssize_t read_zeros(unsigned int len, struct iov_iter *to)
{
	return iov_iter_zero(len, to) ?: -EFAULT;
}

/* Read bytes of one page; at least one, or an errno. */
static ssize_t read_piece(struct annex_inode *ai, loff_t pos,
			  unsigned int len, struct iov_iter *to)
{
	struct piece piece = { .iter = to };
	const struct annex_page_copy copy = {
		.offset = offset_in_page(pos),
		.len = len,
		.fn = copy_out,
		.arg = &piece,
	};
	u64 index = annex_page_index(pos);
	int copied;

	if (!annex_inode_has_index(ai, index))
		return read_zeros(len, to);
	if (unlikely(annex_iter_allocates(to)))
		return read_by_page(ai, index, copy.offset, len, to);
	for (;;) {
		copied = annex_frame_table_read_by(ai->table, index, &copy);
		if (likely(copied > 0))
			return copied;
		if (copied)
			return copied == -ENODATA ? read_zeros(len, to) : copied;
		if (fault_in_iov_iter_writeable(to, len) == len)
			return -EFAULT;
	}
}

/* How many bytes at @pos lie in one page, at most @left. */
static unsigned int piece_len(loff_t pos, size_t left)
{
	return min_t(size_t, left, PAGE_SIZE - offset_in_page(pos));
}

static ssize_t read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	ssize_t copied = 0, done = 0;

	while (iov_iter_count(to)) {
		loff_t left = i_size_read(inode) - iocb->ki_pos;

		if (left <= 0)
			break;
		left = min_t(loff_t, left, iov_iter_count(to));
		copied = read_piece(annex_inode_of(inode), iocb->ki_pos,
				    piece_len(iocb->ki_pos, left), to);
		if (copied < 0)
			break;
		annex_fs_count(ANNEX_FS_READ, 1);
		iocb->ki_pos += copied;
		done += copied;
		cond_resched();
	}
	file_accessed(iocb->ki_filp);
	return done ?: min_t(ssize_t, copied, 0);
}

/* Write bytes of one page; at least one, or an errno. */
static ssize_t write_piece(struct inode *inode, loff_t pos, unsigned int len,
			   struct iov_iter *from)
{
	struct piece piece = { .iter = from };
	const struct annex_page_copy copy = {
		.offset = offset_in_page(pos),
		.len = len,
		.fn = copy_in,
		.arg = &piece,
	};
	u64 index = annex_page_index(pos);
	int copied = annex_inode_need_index(inode, index);

	while (!copied) {
		piece.copied = 0;
		copied = annex_frame_table_write_by(annex_inode_of(inode)->table,
						    index, &copy, ANNEX_FS_GFP);
		if (likely(copied > 0))
			break;
		iov_iter_revert(from, piece.copied);
		if (copied == -EAGAIN)
			copied = 0;
		else if (!copied && fault_in_iov_iter_readable(from, len) == len)
			copied = -EFAULT;
	}
	if (copied == -ENOSPC)
		annex_fs_count(ANNEX_FS_NOSPC, 1);
	return copied;
}

static ssize_t write_pieces(struct inode *inode, struct kiocb *iocb,
			    struct iov_iter *from)
{
	ssize_t copied = 0, done = 0;

	if (iocb->ki_pos > inode->i_size)
		annex_inode_zero_tail(inode, inode->i_size);
	while (iov_iter_count(from)) {
		copied = write_piece(inode, iocb->ki_pos,
				     piece_len(iocb->ki_pos,
					       iov_iter_count(from)),
				     from);
		if (copied < 0)
			break;
		annex_fs_count(ANNEX_FS_WRITE, 1);
		iocb->ki_pos += copied;
		done += copied;
		if (iocb->ki_pos > inode->i_size)
			i_size_write(inode, iocb->ki_pos);
		cond_resched();
	}
	return done ?: copied;
}

static ssize_t write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	ssize_t done;

	inode_lock(inode);
	done = generic_write_checks(iocb, from);
	if (done > 0)
		done = file_modified(iocb->ki_filp) ?:
			       write_pieces(inode, iocb, from);
	inode_unlock(inode);
	return done;
}

/* The next byte with data, or without, from @offset on; at most @size. */
static loff_t find(struct annex_inode *ai, loff_t offset, loff_t size,
		   bool data)
{
	u64 first = annex_page_index(offset), index = first;

	if (annex_inode_has_index(ai, first))
		index = annex_frame_table_next_data(ai->table, first, data);
	/* Behind the table is a hole. */
	if (data && !annex_inode_has_index(ai, index))
		return size;
	return index == first ? offset :
				min_t(loff_t, index << PAGE_SHIFT, size);
}

static loff_t seek_locked(struct file *file, loff_t offset, int whence)
{
	struct inode *inode = file_inode(file);

	if (offset < 0 || offset >= inode->i_size)
		return -ENXIO;
	offset = find(annex_inode_of(inode), offset, inode->i_size,
		      whence == SEEK_DATA);
	if (whence == SEEK_DATA && offset >= inode->i_size)
		return -ENXIO;
	return vfs_setpos(file, offset, ANNEX_FS_SIZE_MAX);
}

static loff_t seek(struct file *file, loff_t offset, int whence)
{
	struct inode *inode = file_inode(file);

	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return generic_file_llseek_size(file, offset, whence,
						ANNEX_FS_SIZE_MAX,
						i_size_read(inode));
	inode_lock(inode);
	offset = seek_locked(file, offset, whence);
	inode_unlock(inode);
	return offset;
}

static int open(struct inode *inode, struct file *file)
{
	file->f_mode |= ANNEX_TMPFS_FMODE;
	return generic_file_open(inode, file);
}

const struct file_operations annex_file_operations = {
	.open = open,
	.llseek = seek,
	.read_iter = read_iter,
	.write_iter = write_iter,
	.mmap = annex_fs_mmap,
	.fsync = noop_fsync,
	.splice_read = copy_splice_read,
	.splice_write = iter_file_splice_write,
	.fallocate = annex_fs_fallocate,
};
