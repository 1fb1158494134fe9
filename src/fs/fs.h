/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_FS_FS_H
#define ANNEX_FS_FS_H

#include <linux/compiler_attributes.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>

#include <annex/frame_table.h>

#include "host/compat_fs.h"

struct fs_context;

/* "annx": what statfs() says. */
#define ANNEX_FS_MAGIC		0x616e6e78

/* As much as a frame table has indices for: 64 GB. */
#define ANNEX_FS_SIZE_MAX	((loff_t)ANNEX_TABLE_ENTRIES_MAX << PAGE_SHIFT)

/* What the size of a directory grows by with each name, as tmpfs has it. */
#define ANNEX_FS_DIRENT_SIZE	20

/*
 * A write may come from the host's reclaim, through a loop device. So frames are
 * allocated without I/O, and annex's own reclaim writes nothing back for them.
 */
#define ANNEX_FS_GFP		GFP_NOIO

/* What is counted of all mounts together: see count.c. */
enum annex_fs_counter {
	ANNEX_FS_READ,
	ANNEX_FS_WRITE,
	ANNEX_FS_FAULT,
	ANNEX_FS_FAULT_AROUND,
	ANNEX_FS_COW,
	ANNEX_FS_NOSPC,
	ANNEX_FS_NR_COUNTERS
};

/**
 * struct annex_fs_options - what mount options say
 * @blocks: frames that all files may have, 0: no limit
 * @inodes: how many inodes and further links there may be, 0: no limit
 * @mode: of the root directory
 * @uid: its owner
 * @gid: its group
 * @has_blocks: @blocks was given
 * @has_inodes: @inodes was given
 */
struct annex_fs_options {
	unsigned long blocks;
	unsigned long inodes;
	umode_t mode;
	kuid_t uid;
	kgid_t gid;
	bool has_blocks;
	bool has_inodes;
};

/**
 * struct annex_fs - a mounted file system
 * @budget: frames that its files have and may have
 * @mode: of the root directory, as mounted
 * @uid: likewise
 * @gid: likewise
 * @lock: for the members below
 * @max_inodes: how many inodes there may be, 0: no limit
 * @inodes: how many there are; a further link counts as one, and so does each
 *	KB of extended attributes of users
 * @xattr_lock: for the extended attributes of all inodes
 */
struct annex_fs {
	struct annex_frame_budget budget;
	umode_t mode;
	kuid_t uid;
	kgid_t gid;

	spinlock_t lock; /* see above */
	unsigned long max_inodes;
	unsigned long inodes;

	struct rw_semaphore xattr_lock;
};

/**
 * struct annex_inode - a file, a directory, ...
 * @vfs: what the kernel has of it
 * @table: the data of a file; NULL until there is some. Published before
 *	@entries.
 * @entries: indices of @table. Both are written with the mapping's invalidate lock
 *	held for writing, and read without a lock.
 * @birth: when it was made
 * @xattrs: extended attributes; see xattr.c
 */
struct annex_inode {
	struct inode vfs;
	struct annex_frame_table *table;
	u32 entries;
	struct timespec64 birth;
	struct list_head xattrs;
};

static inline struct annex_inode *annex_inode_of(struct inode *inode)
{
	return container_of(inode, struct annex_inode, vfs);
}

static inline struct annex_fs *annex_fs_of(const struct super_block *sb)
{
	return sb->s_fs_info;
}

/* Has the table of a file that index? Then the table is seen, too. */
static __always_inline bool annex_inode_has_index(const struct annex_inode *ai,
						  u64 index)
{
	/* Pairs with annex_inode_need_index(). */
	return index < smp_load_acquire(&ai->entries);
}

static inline u64 annex_page_index(loff_t pos)
{
	return (u64)pos >> PAGE_SHIFT;
}

/* count.c */
DECLARE_PER_CPU(unsigned long [ANNEX_FS_NR_COUNTERS], annex_fs_counts);

int annex_fs_counters_init(void);
void annex_fs_counters_exit(void);

static __always_inline void annex_fs_count(enum annex_fs_counter item,
					   unsigned int nr)
{
	this_cpu_add(annex_fs_counts[item], nr);
}

/* file.c */
extern const struct file_operations annex_file_operations;

/* inode.c */
extern const struct inode_operations annex_file_inode_operations;
extern const struct inode_operations annex_special_inode_operations;
extern const struct inode_operations annex_symlink_inode_operations;

int annex_inode_cache_init(void);
void annex_inode_cache_exit(void);
struct inode *annex_inode_alloc(struct super_block *sb);
void annex_inode_free(struct inode *inode);
void annex_inode_evict(struct inode *inode);
int annex_inodes_charge(struct annex_fs *fs, unsigned long nr);
void annex_inodes_uncharge(struct annex_fs *fs, unsigned long nr);
struct inode *annex_inode_new(struct mnt_idmap *idmap, struct super_block *sb,
			      struct inode *dir, umode_t mode, dev_t dev);
int annex_inode_need_index(struct inode *inode, u64 index);
int annex_fs_getattr(struct mnt_idmap *idmap, const struct path *path,
		     struct kstat *stat, u32 request_mask, unsigned int flags);
int annex_fs_setattr(struct mnt_idmap *idmap, struct dentry *dentry,
		     struct iattr *attr);

/* mmap.c */
int annex_fs_mmap(struct file *file, struct vm_area_struct *vma);

/* names.c */
extern const struct inode_operations annex_dir_inode_operations;

/* options.c */
int annex_fs_init_context(struct fs_context *fc);
unsigned long annex_fs_default_blocks(void);
unsigned long annex_fs_default_inodes(void);

/* range.c */
void annex_inode_zero_tail(struct inode *inode, loff_t size);
void annex_inode_set_size(struct inode *inode, loff_t size);
long annex_fs_fallocate(struct file *file, int mode, loff_t offset, loff_t len);

/* super.c */
int annex_fs_fill_super(struct super_block *sb, struct fs_context *fc);

/* xattr.c */
extern ANNEX_XATTR_HANDLERS annex_xattr_handlers[];

ssize_t annex_fs_listxattr(struct dentry *dentry, char *buffer, size_t size);
int annex_fs_init_security(struct inode *inode, struct inode *dir,
			   const struct qstr *name);
void annex_xattrs_free(struct inode *inode);

#endif /* ANNEX_FS_FS_H */
