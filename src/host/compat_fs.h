/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_FS_H
#define ANNEX_HOST_COMPAT_FS_H

/*
 * File systems: names and arguments that have changed since 6.1, and what tmpfs
 * offers on this kernel.
 *
 * Kernels between the three that annex supports are not covered in every detail.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/splice.h>
#include <linux/uio.h>
#include <linux/xattr.h>

#include "host/compat_version.h"

/* 6.3: a mount's mapping of users has a type of its own. */
#if ANNEX_KERNEL_BEFORE(6, 3)
#define mnt_idmap	user_namespace
#define nop_mnt_idmap	init_user_ns

static inline void vm_flags_set(struct vm_area_struct *vma, unsigned long flags)
{
	vma->vm_flags |= flags;
}
#endif

/* 6.6: the caller says what it wants to know. */
#if ANNEX_KERNEL_BEFORE(6, 6)
#define generic_fillattr(idmap, mask, inode, stat)			\
	generic_fillattr(idmap, inode, stat)
#endif

/* 6.5: a read into a pipe copies to pages, and no longer to the pipe itself. */
#if ANNEX_KERNEL_BEFORE(6, 5)
#define copy_splice_read	generic_file_splice_read

/* Does copying to it allocate memory? Then it may sleep. */
static inline bool annex_iter_allocates(const struct iov_iter *iter)
{
	return iov_iter_is_pipe(iter);
}
#else
static inline bool annex_iter_allocates(const struct iov_iter *iter)
{
	return false;
}
#endif

/*
 * 6.7: the times of an inode are set by functions. Some releases of 6.1 have one
 * that sets the time of the last change, and some have not.
 */
#if ANNEX_KERNEL_BEFORE(6, 7)
static inline struct timespec64 annex_set_ctime(struct inode *inode)
{
	inode->i_ctime = current_time(inode);
	return inode->i_ctime;
}

static inline void simple_inode_init_ts(struct inode *inode)
{
	inode->i_mtime = current_time(inode);
	inode->i_atime = inode->i_mtime;
	inode->i_ctime = inode->i_mtime;
}

static inline void inode_set_mtime_to_ts(struct inode *inode,
					 struct timespec64 ts)
{
	inode->i_mtime = ts;
}
#else
static inline struct timespec64 annex_set_ctime(struct inode *inode)
{
	return inode_set_ctime_current(inode);
}
#endif

/* 6.15: mkdir returns a dentry, or NULL for the one that it was given. */
#if ANNEX_KERNEL_BEFORE(6, 15)
#define ANNEX_MKDIR_RETURNS		int
#define annex_mkdir_result(err)		(err)
#else
#define ANNEX_MKDIR_RETURNS		struct dentry *
#define annex_mkdir_result(err)		ERR_PTR(err)
#endif

/* 6.17: a flag of the superblock does what simple_lookup() did. */
#if ANNEX_KERNEL_BEFORE(6, 17)
static inline void annex_drop_negative_dentries(struct super_block *sb)
{
}
#else
static inline void annex_drop_negative_dentries(struct super_block *sb)
{
	sb->s_d_flags = DCACHE_DONTCACHE;
}
#endif

/* 6.18: a name that says more. */
#if ANNEX_KERNEL_BEFORE(6, 18)
#define inode_just_drop		generic_delete_inode
#endif

/* 6.19: the dcache knows which dentries are there without being used. */
#if ANNEX_KERNEL_BEFORE(6, 19)
static inline void d_make_persistent(struct dentry *dentry, struct inode *inode)
{
	d_instantiate(dentry, inode);
	if (d_unhashed(dentry))
		d_rehash(dentry);
	dget(dentry);
}

#define annex_kill_super	kill_litter_super
#else
#define annex_kill_super	kill_anon_super
#endif

/* 6.6: tmpfs takes O_DIRECT, and ignores it; and it has attributes user.* */
#if ANNEX_KERNEL_BEFORE(6, 6)
#define ANNEX_TMPFS_FMODE		((__force fmode_t)0)
#define ANNEX_TMPFS_USER_XATTR(handler)
#else
#define ANNEX_TMPFS_FMODE		FMODE_CAN_ODIRECT
#define ANNEX_TMPFS_USER_XATTR(handler)	(handler),
#endif

/* 6.6: the handlers of attributes are constant, and the list of them, too. */
#if ANNEX_KERNEL_BEFORE(6, 6)
#define ANNEX_XATTR_HANDLERS	const struct xattr_handler *
#else
#define ANNEX_XATTR_HANDLERS	const struct xattr_handler * const
#endif

#endif /* ANNEX_HOST_COMPAT_FS_H */
