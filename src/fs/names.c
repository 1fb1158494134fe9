// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names: the dentries of the kernel are the directories. What libfs does, it does.
 *
 * A further link counts as an inode, since its dentry takes memory that comes back
 * only when it is removed. An inode uncounts itself when it is evicted, a link
 * that is not the last when its name goes.
 *
 * Locking: the kernel's, of directories.
 *
 * Failing: an errno.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "fs/fs.h"

/* A directory has one name more, or less. */
static void count_name(struct inode *dir, int nr)
{
	dir->i_size += nr * ANNEX_FS_DIRENT_SIZE;
}

static void add_name(struct inode *dir, struct dentry *dentry,
		     struct inode *inode)
{
	count_name(dir, 1);
	inode_set_mtime_to_ts(dir, annex_set_ctime(dir));
	d_make_persistent(dentry, inode);
}

static int make_node(struct mnt_idmap *idmap, struct inode *dir,
		     struct dentry *dentry, umode_t mode, dev_t dev)
{
	struct inode *inode = annex_inode_new(idmap, dir->i_sb, dir, mode, dev);
	int err;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	err = annex_fs_init_security(inode, dir, &dentry->d_name);
	if (err) {
		iput(inode);
		return err;
	}
	add_name(dir, dentry, inode);
	return 0;
}

static int create(struct mnt_idmap *idmap, struct inode *dir,
		  struct dentry *dentry, umode_t mode, bool excl)
{
	return make_node(idmap, dir, dentry, mode | S_IFREG, 0);
}

static ANNEX_MKDIR_RETURNS make_dir(struct mnt_idmap *idmap, struct inode *dir,
				    struct dentry *dentry, umode_t mode)
{
	int err = make_node(idmap, dir, dentry, mode | S_IFDIR, 0);

	if (!err)
		inc_nlink(dir);
	return annex_mkdir_result(err);
}

static int set_target(struct inode *inode, const char *target)
{
	inode->i_link = kstrdup(target, GFP_KERNEL);
	if (!inode->i_link)
		return -ENOMEM;
	inode->i_size = strlen(target);
	return 0;
}

static int make_symlink(struct mnt_idmap *idmap, struct inode *dir,
			struct dentry *dentry, const char *target)
{
	struct inode *inode = annex_inode_new(idmap, dir->i_sb, dir,
					      S_IFLNK | 0777, 0);
	int err;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	err = annex_fs_init_security(inode, dir, &dentry->d_name);
	if (!err)
		err = set_target(inode, target);
	if (err) {
		iput(inode);
		return err;
	}
	add_name(dir, dentry, inode);
	return 0;
}

static int make_tmpfile(struct mnt_idmap *idmap, struct inode *dir,
			struct file *file, umode_t mode)
{
	struct inode *inode = annex_inode_new(idmap, dir->i_sb, dir, mode, 0);
	int err;

	if (IS_ERR(inode))
		return finish_open_simple(file, PTR_ERR(inode));
	err = annex_fs_init_security(inode, dir, NULL);
	if (err) {
		iput(inode);
		return finish_open_simple(file, err);
	}
	d_tmpfile(file, inode);
	return finish_open_simple(file, 0);
}

static int make_link(struct dentry *old, struct inode *dir,
		     struct dentry *dentry)
{
	struct inode *inode = d_inode(old);
	int err = 0;

	/* The first name of an unnamed file is the inode itself. */
	if (inode->i_nlink)
		err = annex_inodes_charge(annex_fs_of(dir->i_sb), 1);
	if (err)
		return err;
	count_name(dir, 1);
	return simple_link(old, dir, dentry);
}

static int remove_name(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);

	if (inode->i_nlink > 1 && !S_ISDIR(inode->i_mode))
		annex_inodes_uncharge(annex_fs_of(dir->i_sb), 1);
	count_name(dir, -1);
	return simple_unlink(dir, dentry);
}

static int remove_dir(struct inode *dir, struct dentry *dentry)
{
	int err = simple_rmdir(dir, dentry);

	if (!err)
		count_name(dir, -1);
	return err;
}

/*
 * What stands in place of a name that an overlay moves. Until the kernel has moved
 * the old dentry, both have that name.
 */
static int leave_whiteout(struct mnt_idmap *idmap, struct inode *dir,
			  struct dentry *old)
{
	struct dentry *whiteout = d_alloc(old->d_parent, &old->d_name);
	int err;

	if (!whiteout)
		return -ENOMEM;
	err = make_node(idmap, dir, whiteout, S_IFCHR | WHITEOUT_MODE,
			WHITEOUT_DEV);
	dput(whiteout);
	return err;
}

static void replace(struct inode *old_dir, struct inode *new_dir,
		    struct dentry *new, bool is_dir)
{
	if (d_really_is_positive(new)) {
		struct inode *inode = d_inode(new);

		remove_name(new_dir, new);
		if (is_dir) {
			drop_nlink(inode);
			drop_nlink(old_dir);
		}
	} else if (is_dir) {
		drop_nlink(old_dir);
		inc_nlink(new_dir);
	}
}

/* Both directories have changed, and so have the names of the files. */
static void set_times(struct inode *old_dir, struct dentry *old,
		      struct inode *new_dir, struct dentry *new)
{
	inode_set_mtime_to_ts(old_dir, annex_set_ctime(old_dir));
	inode_set_mtime_to_ts(new_dir, annex_set_ctime(new_dir));
	annex_set_ctime(d_inode(old));
	if (d_really_is_positive(new))
		annex_set_ctime(d_inode(new));
}

static int move_name(struct mnt_idmap *idmap, struct inode *old_dir,
		     struct dentry *old, struct inode *new_dir,
		     struct dentry *new, unsigned int flags)
{
	int err = 0;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	if (flags & RENAME_EXCHANGE)
		return simple_rename_exchange(old_dir, old, new_dir, new);
	if (!simple_empty(new))
		return -ENOTEMPTY;
	if (flags & RENAME_WHITEOUT)
		err = leave_whiteout(idmap, old_dir, old);
	if (err)
		return err;
	replace(old_dir, new_dir, new, d_is_dir(old));
	count_name(old_dir, -1);
	count_name(new_dir, 1);
	set_times(old_dir, old, new_dir, new);
	return 0;
}

const struct inode_operations annex_dir_inode_operations = {
	.lookup = simple_lookup,
	.create = create,
	.mknod = make_node,
	.mkdir = make_dir,
	.symlink = make_symlink,
	.tmpfile = make_tmpfile,
	.link = make_link,
	.unlink = remove_name,
	.rmdir = remove_dir,
	.rename = move_name,
	.getattr = annex_fs_getattr,
	.setattr = annex_fs_setattr,
	.listxattr = annex_fs_listxattr,
};
