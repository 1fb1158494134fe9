// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings: the frames of a file in the page tables of processes.
 *
 *	shared		the entry leads to the frame, and is writable if the mapping is
 *	private, read	the entry leads to the frame, read-only; the first write makes
 *			the kernel copy the page from the program's own address
 *	private, write	the page is copied here, and no entry leads to the frame
 *
 * A hole gets a frame when a fault needs an entry. At each fault, neighbours that
 * have frames are mapped, too: up to 16 pages.
 *
 * The entries have no struct page: the kernel neither counts nor finds them. What
 * takes a frame from a file removes its entries first (range.c). A fault holds the
 * invalidate_lock from its look at the size until the entries are set, so it sees
 * the file as it was before, or as it is afterwards.
 *
 * Locking: the mapping's invalidate_lock, for reading, inside of mmap_lock.
 *
 * Failing: VM_FAULT_SIGBUS beyond the end of the file, or without a frame;
 * VM_FAULT_OOM without memory for page tables.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>

#include "fs/fs.h"
#include "host/user_pte.h"

/* Pages that a fault maps at most: 64 KB, as the kernel's default is. */
#define AROUND		16U

static u64 pages_of(struct inode *inode)
{
	return annex_page_index(i_size_read(inode) + PAGE_SIZE - 1);
}

static vm_fault_t error_of(int err)
{
	switch (err) {
	case 0:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		annex_fs_count(ANNEX_FS_NOSPC, 1);
		return VM_FAULT_SIGBUS;
	}
}

/* Map the page of the fault, whose frame is there, and its neighbours. */
static int map_around(struct vm_fault *vmf, struct inode *inode)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long addr = vmf->address & PAGE_MASK;
	unsigned long start = max(vma->vm_start, addr & ~(AROUND * PAGE_SIZE - 1));
	unsigned long before = (addr - start) >> PAGE_SHIFT;
	unsigned long host_pfn[AROUND];
	struct annex_user_frames frames = {
		.vma = vma,
		.start = start,
		.host_pfn = host_pfn,
		.fault = addr,
		.write = vmf->flags & FAULT_FLAG_WRITE,
	};
	u64 first = vmf->pgoff - before;
	int err;

	frames.nr = min3((u64)AROUND - (start >> PAGE_SHIFT) % AROUND,
			 pages_of(inode) - first,
			 (u64)(vma->vm_end - start) >> PAGE_SHIFT);
	annex_frame_table_frames(annex_inode_of(inode)->table, first, frames.nr,
				 host_pfn);
	err = annex_user_map(&frames);
	if (frames.set > 1)
		annex_fs_count(ANNEX_FS_FAULT_AROUND, frames.set - 1);
	return err;
}

/*
 * A page for a private write. It is returned as the page to copy from, too: the
 * kernel then copies it onto itself, and maps it.
 */
static vm_fault_t copy_page_locked(struct vm_fault *vmf, struct inode *inode)
{
	const struct annex_page_span whole = {
		.page = vmf->cow_page,
		.len = PAGE_SIZE,
	};
	struct annex_inode *ai = annex_inode_of(inode);

	if (annex_inode_has_index(ai, vmf->pgoff))
		annex_frame_table_read_page(ai->table, vmf->pgoff, &whole);
	else
		clear_highpage(vmf->cow_page);
	annex_fs_count(ANNEX_FS_COW, 1);
	get_page(vmf->cow_page);
	vmf->page = vmf->cow_page;
	return 0;
}

static vm_fault_t fault_locked(struct vm_fault *vmf, struct inode *inode)
{
	struct annex_frame_table *table = annex_inode_of(inode)->table;
	unsigned long host_pfn;
	int err;

	if (vmf->pgoff >= pages_of(inode))
		return VM_FAULT_SIGBUS;
	if (vmf->cow_page)
		return copy_page_locked(vmf, inode);
	err = annex_frame_table_provide(table, vmf->pgoff, ANNEX_FS_GFP,
					&host_pfn);
	return error_of(err ?: map_around(vmf, inode));
}

static vm_fault_t fault(struct vm_fault *vmf)
{
	struct inode *inode = file_inode(vmf->vma->vm_file);
	unsigned int flags;
	vm_fault_t result;
	int err;

	annex_fs_count(ANNEX_FS_FAULT, 1);
	/* A look without the lock: the table only grows. */
	if (vmf->pgoff >= pages_of(inode))
		return VM_FAULT_SIGBUS;
	if (!vmf->cow_page) {
		err = annex_inode_need_index(inode, vmf->pgoff);
		if (err)
			return error_of(err);
	}
	/* Page tables, too: a loop device may wait for this very lock. */
	flags = memalloc_noio_save();
	filemap_invalidate_lock_shared(inode->i_mapping);
	result = fault_locked(vmf, inode);
	filemap_invalidate_unlock_shared(inode->i_mapping);
	memalloc_noio_restore(flags);
	return result;
}

/* Bytes of one page of a shared mapping, or what a private one has not copied. */
static int access_locked(struct vm_area_struct *vma, struct inode *inode,
			 loff_t pos, void *buf, int len, bool write)
{
	struct annex_inode *ai = annex_inode_of(inode);
	u64 index = annex_page_index(pos);
	unsigned int offset = offset_in_page(pos);
	int err = 0;

	if (index >= pages_of(inode))
		return -EFAULT;
	if (write)
		err = annex_frame_table_write(ai->table, index, offset, buf,
					      len, ANNEX_FS_GFP, 0);
	else if (annex_inode_has_index(ai, index))
		err = annex_frame_table_read(ai->table, index, offset, buf,
					     len);
	else
		memset(buf, 0, len);
	return err ?: len;
}

/*
 * For debuggers: get_user_pages() refuses special entries. It breaks the sharing
 * of a private page itself before a write, so those are not for the file.
 */
static int access(struct vm_area_struct *vma, unsigned long addr, void *buf,
		  int len, int write)
{
	struct inode *inode = file_inode(vma->vm_file);
	loff_t pos = ((loff_t)vma->vm_pgoff << PAGE_SHIFT) +
		     (addr - vma->vm_start);
	int err = 0;

	len = min_t(int, len, PAGE_SIZE - offset_in_page(pos));
	if (write && (vma->vm_flags & (VM_SHARED | VM_WRITE)) !=
			     (VM_SHARED | VM_WRITE))
		return -EFAULT;
	if (write && annex_page_index(pos) < pages_of(inode))
		err = annex_inode_need_index(inode, annex_page_index(pos));
	if (err)
		return err;
	filemap_invalidate_lock_shared(inode->i_mapping);
	len = access_locked(vma, inode, pos, buf, len, write);
	filemap_invalidate_unlock_shared(inode->i_mapping);
	return len;
}

static const struct vm_operations_struct vm_operations = {
	.fault = fault,
	.access = access,
};

/**
 * annex_fs_mmap() - operation mmap of a file
 * @file: the file
 * @vma: the mapping
 *
 * Context: process, with mmap_lock for writing.
 * Return: 0.
 */
int annex_fs_mmap(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_MIXEDMAP);
	vma->vm_ops = &vm_operations;
	file_accessed(file);
	return 0;
}
