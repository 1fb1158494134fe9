// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inodes: made, counted, changed, freed; and the table of a file's data.
 *
 * An inode pays for itself alone until its file gets its first byte. The table
 * then costs 512 bytes of the kernel's memory, and a page more for each 4 GB up to
 * the last page with data of a file beyond 12 MB.
 *
 * The kernel's memory for tables is allocated without I/O: a loop device may write
 * to the very file whose lock is held here.
 *
 * Locking: fs->lock for the number of inodes; see struct annex_inode.
 *
 * Failing: -ENOSPC for inodes, -ENOMEM.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/pagemap.h>
#include <linux/posix_acl.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <linux/time64.h>

#include "fs/fs.h"

/* stat() counts blocks of 512 bytes. */
#define STAT_SHIFT	9

static struct kmem_cache *cache;

static void construct(void *object)
{
	struct annex_inode *ai = object;

	inode_init_once(&ai->vfs);
}

/**
 * annex_inode_cache_init() - make the cache of inodes
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM.
 */
int annex_inode_cache_init(void)
{
	cache = kmem_cache_create("annexfs_inode", sizeof(struct annex_inode),
				  0, SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT,
				  construct);
	return cache ? 0 : -ENOMEM;
}

/**
 * annex_inode_cache_exit() - undo annex_inode_cache_init()
 *
 * Context: process, may sleep; no superblock is left.
 */
void annex_inode_cache_exit(void)
{
	/* Inodes are freed after a grace period. */
	rcu_barrier();
	kmem_cache_destroy(cache);
}

/**
 * annex_inode_alloc() - operation alloc_inode of a superblock
 * @sb: the superblock
 *
 * Context: process, may sleep.
 * Return: the inode, or NULL.
 */
struct inode *annex_inode_alloc(struct super_block *sb)
{
	struct annex_inode *ai = alloc_inode_sb(sb, cache, GFP_KERNEL);

	if (!ai)
		return NULL;
	ai->table = NULL;
	ai->entries = 0;
	INIT_LIST_HEAD(&ai->xattrs);
	return &ai->vfs;
}

/**
 * annex_inode_free() - operation free_inode of a superblock
 * @inode: an evicted inode, after a grace period
 *
 * Context: any.
 */
void annex_inode_free(struct inode *inode)
{
	if (S_ISLNK(inode->i_mode))
		kfree(inode->i_link);
	kmem_cache_free(cache, annex_inode_of(inode));
}

/**
 * annex_inodes_charge() - count inodes, if there may be so many
 * @fs: the file system
 * @nr: how many
 *
 * Context: process.
 * Return: 0; -ENOSPC.
 */
int annex_inodes_charge(struct annex_fs *fs, unsigned long nr)
{
	int err = 0;

	spin_lock(&fs->lock);
	if (fs->max_inodes && nr > fs->max_inodes - fs->inodes)
		err = -ENOSPC;
	else
		fs->inodes += nr;
	spin_unlock(&fs->lock);
	return err;
}

/**
 * annex_inodes_uncharge() - undo annex_inodes_charge()
 * @fs: the file system
 * @nr: how many
 *
 * Context: process.
 */
void annex_inodes_uncharge(struct annex_fs *fs, unsigned long nr)
{
	spin_lock(&fs->lock);
	fs->inodes -= nr;
	spin_unlock(&fs->lock);
}

/**
 * annex_inode_evict() - operation evict_inode of a superblock
 * @inode: an inode without users, names or mappings
 *
 * The frames are freed after a grace period; they no longer count.
 *
 * Context: process, may sleep.
 */
void annex_inode_evict(struct inode *inode)
{
	struct annex_inode *ai = annex_inode_of(inode);

	truncate_inode_pages_final(&inode->i_data);
	if (ai->table)
		annex_frame_table_discard(ai->table);
	ai->table = NULL;
	annex_xattrs_free(inode);
	annex_inodes_uncharge(annex_fs_of(inode->i_sb), 1);
	clear_inode(inode);
}

/* Operations by the type of the file. */
static void set_operations(struct inode *inode, umode_t mode, dev_t dev)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		inode->i_op = &annex_file_inode_operations;
		inode->i_fop = &annex_file_operations;
		break;
	case S_IFDIR:
		/* "." is a link, too. */
		inc_nlink(inode);
		inode->i_size = 2 * ANNEX_FS_DIRENT_SIZE;
		inode->i_op = &annex_dir_inode_operations;
		inode->i_fop = &simple_dir_operations;
		break;
	case S_IFLNK:
		inode->i_op = &annex_symlink_inode_operations;
		break;
	default:
		inode->i_op = &annex_special_inode_operations;
		init_special_inode(inode, mode, dev);
	}
}

/**
 * annex_inode_new() - make an inode that has no name yet
 * @idmap: the mount's mapping of users
 * @sb: the superblock
 * @dir: the directory it is for; NULL for the root
 * @mode: type and permissions
 * @dev: the device of a special file
 *
 * Context: process, may sleep.
 * Return: the inode; ERR_PTR(-ENOSPC) if there are too many; ERR_PTR(-ENOMEM).
 */
struct inode *annex_inode_new(struct mnt_idmap *idmap, struct super_block *sb,
			      struct inode *dir, umode_t mode, dev_t dev)
{
	struct annex_fs *fs = annex_fs_of(sb);
	struct inode *inode;

	if (annex_inodes_charge(fs, 1))
		return ERR_PTR(-ENOSPC);
	inode = new_inode(sb);
	if (!inode) {
		annex_inodes_uncharge(fs, 1);
		return ERR_PTR(-ENOMEM);
	}
	inode->i_ino = get_next_ino();
	inode_init_owner(idmap, inode, dir, mode);
	simple_inode_init_ts(inode);
	annex_inode_of(inode)->birth = current_time(inode);
	cache_no_acl(inode);
	set_operations(inode, mode, dev);
	lockdep_annotate_inode_mutex_key(inode);
	return inode;
}

/* Indices of a table that is to have this one: as many as its root has room for. */
static u32 entries_for(u32 index)
{
	u32 step = index < ANNEX_TABLE_ENTRIES_SMALL ?
			   ANNEX_TABLE_ENTRIES_SMALL : ANNEX_TABLE_ENTRIES_STEP;

	return (index / step + 1) * step;
}

static struct annex_frame_table *make_table(struct inode *inode, u32 entries)
{
	struct annex_frame_table *table =
		annex_frame_table_create("annexfs", entries);

	if (!IS_ERR(table))
		annex_frame_table_set_budget(table,
					     &annex_fs_of(inode->i_sb)->budget);
	return table;
}

static int add_index_locked(struct inode *inode, u32 entries)
{
	struct annex_inode *ai = annex_inode_of(inode);
	struct annex_frame_table *table = ai->table;
	int err = 0;

	lockdep_assert_held_write(&inode->i_mapping->invalidate_lock);
	if (table) {
		err = annex_frame_table_grow(table, entries);
	} else {
		table = make_table(inode, entries);
		if (IS_ERR(table))
			return PTR_ERR(table);
		ai->table = table;
	}
	if (err)
		return err;
	/* Pairs with annex_inode_has_index(). */
	smp_store_release(&ai->entries, entries);
	return 0;
}

/**
 * annex_inode_need_index() - make sure that a file's table has an index
 * @inode: the file
 * @index: the index, less than %ANNEX_TABLE_ENTRIES_MAX
 *
 * Context: process, may sleep; not in an RCU reader, and without the mapping's
 * invalidate_lock.
 * Return: 0; -ENOMEM.
 */
int annex_inode_need_index(struct inode *inode, u64 index)
{
	unsigned int flags;
	int err = 0;

	if (likely(annex_inode_has_index(annex_inode_of(inode), index)))
		return 0;
	flags = memalloc_noio_save();
	filemap_invalidate_lock(inode->i_mapping);
	if (!annex_inode_has_index(annex_inode_of(inode), index))
		err = add_index_locked(inode, entries_for(index));
	filemap_invalidate_unlock(inode->i_mapping);
	memalloc_noio_restore(flags);
	return err;
}

static u64 blocks_of(const struct annex_inode *ai)
{
	struct annex_frame_table_usage usage;

	if (!annex_inode_has_index(ai, 0))
		return 0;
	annex_frame_table_usage(ai->table, &usage);
	return (u64)usage.frames << (PAGE_SHIFT - STAT_SHIFT);
}

/**
 * annex_fs_getattr() - operation getattr of all inodes
 * @idmap: the mount's mapping of users
 * @path: the file
 * @stat: filled
 * @request_mask: what the caller wants
 * @flags: unused
 *
 * Context: process.
 * Return: 0.
 */
int annex_fs_getattr(struct mnt_idmap *idmap, const struct path *path,
		     struct kstat *stat, u32 request_mask, unsigned int flags)
{
	struct inode *inode = d_inode(path->dentry);
	struct annex_inode *ai = annex_inode_of(inode);

	generic_fillattr(idmap, request_mask, inode, stat);
	stat->blocks = blocks_of(ai);
	if (request_mask & STATX_BTIME) {
		stat->result_mask |= STATX_BTIME;
		stat->btime = ai->birth;
	}
	return 0;
}

/**
 * annex_fs_setattr() - operation setattr of all inodes
 * @idmap: the mount's mapping of users
 * @dentry: the file; the caller holds its i_rwsem
 * @attr: what changes
 *
 * Context: process, may sleep.
 * Return: 0, or an errno.
 */
int annex_fs_setattr(struct mnt_idmap *idmap, struct dentry *dentry,
		     struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	int err = setattr_prepare(idmap, dentry, attr);

	if (err)
		return err;
	if (attr->ia_valid & ATTR_SIZE && S_ISREG(inode->i_mode)) {
		if (attr->ia_size != inode->i_size)
			inode_set_mtime_to_ts(inode, annex_set_ctime(inode));
		annex_inode_set_size(inode, attr->ia_size);
	}
	setattr_copy(idmap, inode, attr);
	return 0;
}

const struct inode_operations annex_file_inode_operations = {
	.getattr = annex_fs_getattr,
	.setattr = annex_fs_setattr,
	.listxattr = annex_fs_listxattr,
};

const struct inode_operations annex_special_inode_operations = {
	.getattr = annex_fs_getattr,
	.setattr = annex_fs_setattr,
	.listxattr = annex_fs_listxattr,
};

const struct inode_operations annex_symlink_inode_operations = {
	.get_link = simple_get_link,
	.getattr = annex_fs_getattr,
	.setattr = annex_fs_setattr,
	.listxattr = annex_fs_listxattr,
};
