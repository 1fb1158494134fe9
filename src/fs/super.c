// SPDX-License-Identifier: GPL-2.0-only
/*
 * annexfs.ko: files in the pool.
 *
 * This file has the superblock. Names and inodes are memory of the kernel, as in
 * tmpfs. Each file that has data has a frame table:
 *
 *	superblock -> budget of frames <---,
 *	inode -> frame table ->------------'
 *	              `-> leaves -> frames of data   (in the pool)
 *
 * There is no page cache: read() and write() copy between a program and the frame,
 * and a mapping has the frame itself. So a byte of a file is in memory once.
 *
 * Locking: fs->lock for the number of inodes. The rest is the kernel's: i_rwsem
 * for writes and changes of the size, the mapping's invalidate_lock for faults and
 * what removes frames (range.c, mmap.c).
 *
 * Failing: an errno. A mount pins the module.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/fs_context.h>
#include <linux/init.h>
#include <linux/kdev_t.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/statfs.h>

#include "fs/fs.h"

static int statfs(struct dentry *dentry, struct kstatfs *buf)
{
	struct annex_fs *fs = annex_fs_of(dentry->d_sb);
	unsigned long used = atomic_read(&fs->budget.used);
	unsigned long limit = READ_ONCE(fs->budget.limit);

	buf->f_type = ANNEX_FS_MAGIC;
	buf->f_bsize = PAGE_SIZE;
	buf->f_namelen = NAME_MAX;
	buf->f_fsid = u64_to_fsid(huge_encode_dev(dentry->d_sb->s_dev));
	if (limit) {
		buf->f_blocks = limit;
		buf->f_bfree = limit > used ? limit - used : 0;
		buf->f_bavail = buf->f_bfree;
	}
	spin_lock(&fs->lock);
	if (fs->max_inodes) {
		buf->f_files = fs->max_inodes;
		buf->f_ffree = fs->max_inodes - fs->inodes;
	}
	spin_unlock(&fs->lock);
	return 0;
}

static int show_options(struct seq_file *m, struct dentry *root)
{
	struct annex_fs *fs = annex_fs_of(root->d_sb);
	unsigned long blocks = READ_ONCE(fs->budget.limit);
	unsigned long inodes = READ_ONCE(fs->max_inodes);

	if (blocks != annex_fs_default_blocks())
		seq_printf(m, ",size=%lluk",
			   (u64)blocks << (PAGE_SHIFT - 10));
	if (inodes != annex_fs_default_inodes())
		seq_printf(m, ",nr_inodes=%lu", inodes);
	if (fs->mode != (0777 | S_ISVTX))
		seq_printf(m, ",mode=%03ho", fs->mode);
	if (!uid_eq(fs->uid, GLOBAL_ROOT_UID))
		seq_printf(m, ",uid=%u",
			   from_kuid_munged(&init_user_ns, fs->uid));
	if (!gid_eq(fs->gid, GLOBAL_ROOT_GID))
		seq_printf(m, ",gid=%u",
			   from_kgid_munged(&init_user_ns, fs->gid));
	return 0;
}

static const struct super_operations super_operations = {
	.alloc_inode = annex_inode_alloc,
	.free_inode = annex_inode_free,
	.evict_inode = annex_inode_evict,
	.drop_inode = inode_just_drop,
	.statfs = statfs,
	.show_options = show_options,
};

static struct annex_fs *make_fs(const struct annex_fs_options *o)
{
	struct annex_fs *fs = kzalloc(sizeof(*fs), GFP_KERNEL);

	if (!fs)
		return NULL;
	fs->budget.limit = o->blocks;
	fs->max_inodes = o->inodes;
	fs->mode = o->mode;
	fs->uid = o->uid;
	fs->gid = o->gid;
	spin_lock_init(&fs->lock);
	init_rwsem(&fs->xattr_lock);
	return fs;
}

static int make_root(struct super_block *sb, const struct annex_fs *fs)
{
	struct inode *inode = annex_inode_new(&nop_mnt_idmap, sb, NULL,
					      S_IFDIR | fs->mode, 0);

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	inode->i_uid = fs->uid;
	inode->i_gid = fs->gid;
	sb->s_root = d_make_root(inode);
	return sb->s_root ? 0 : -ENOMEM;
}

/**
 * annex_fs_fill_super() - make a file system without files
 * @sb: a new superblock
 * @fc: the mount, with its options
 *
 * Context: process, may sleep.
 * Return: 0, or an errno; kill_super() then frees what there is.
 */
int annex_fs_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct annex_fs *fs = make_fs(fc->fs_private);

	if (!fs)
		return -ENOMEM;
	sb->s_fs_info = fs;
	sb->s_maxbytes = ANNEX_FS_SIZE_MAX;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_magic = ANNEX_FS_MAGIC;
	sb->s_op = &super_operations;
	sb->s_xattr = annex_xattr_handlers;
	sb->s_time_gran = 1;
	sb->s_flags |= SB_NOSEC;
	annex_drop_negative_dentries(sb);
	return make_root(sb, fs);
}

/* All frames are free when umount() returns. */
static void kill_super(struct super_block *sb)
{
	struct annex_fs *fs = annex_fs_of(sb);

	annex_kill_super(sb);
	annex_frame_tables_flush();
	kfree(fs);
}

static struct file_system_type annex_fs_type = {
	.owner = THIS_MODULE,
	.name = "annexfs",
	.init_fs_context = annex_fs_init_context,
	.kill_sb = kill_super,
	.fs_flags = FS_ALLOW_IDMAP,
};

static int __init fs_init(void)
{
	int err = annex_fs_counters_init();

	if (err)
		return err;
	err = annex_inode_cache_init();
	if (err)
		goto err_cache;
	err = register_filesystem(&annex_fs_type);
	if (err)
		goto err_register;
	return 0;

err_register:
	annex_inode_cache_exit();
err_cache:
	annex_fs_counters_exit();
	return err;
}

static void __exit fs_exit(void)
{
	unregister_filesystem(&annex_fs_type);
	annex_inode_cache_exit();
	annex_fs_counters_exit();
}

module_init(fs_init);
module_exit(fs_exit);

MODULE_ALIAS_FS("annexfs");
MODULE_DESCRIPTION("The pool of annex as a file system");
MODULE_AUTHOR("The annex developers");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
