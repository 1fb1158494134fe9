// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extended attributes, in memory of the kernel: security.*, trusted.*, and user.*
 * if the kernel's tmpfs has these.
 *
 * Any user may set user.* of its own files, so each counts as an inode for its
 * first KB and for each further one. The others are for the administrator.
 *
 * An attribute that exists is replaced as a whole: the new one is made before the
 * old one is removed.
 *
 * Locking: fs->xattr_lock.
 *
 * Failing: -ENOMEM, -ENOSPC, -ENODATA, -EEXIST, -ERANGE.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/security.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xattr.h>

#include "fs/fs.h"

/**
 * struct annex_xattr - an extended attribute
 * @list: in the inode's list
 * @name: with its prefix
 * @inodes: what it counts as
 * @len: bytes of @value
 * @value: the value
 */
struct annex_xattr {
	struct list_head list;
	char *name;
	unsigned int inodes;
	size_t len;
	u8 value[];
};

static struct annex_xattr *find(struct inode *inode, const char *name)
{
	struct annex_xattr *a;

	list_for_each_entry(a, &annex_inode_of(inode)->xattrs, list)
		if (!strcmp(a->name, name))
			return a;
	return NULL;
}

static void free_attribute(struct annex_fs *fs, struct annex_xattr *a)
{
	if (!a)
		return;
	annex_inodes_uncharge(fs, a->inodes);
	kfree(a->name);
	kvfree(a);
}

static unsigned int inodes_for(const char *name, size_t len)
{
	return strncmp(name, XATTR_USER_PREFIX, XATTR_USER_PREFIX_LEN) ?
		       0 : DIV_ROUND_UP(sizeof(struct annex_xattr) + len, SZ_1K);
}

static struct annex_xattr *make(struct annex_fs *fs, const char *name,
				const void *value, size_t len)
{
	unsigned int inodes = inodes_for(name, len);
	struct annex_xattr *a;

	if (annex_inodes_charge(fs, inodes))
		return ERR_PTR(-ENOSPC);
	a = kvmalloc(sizeof(*a) + len, GFP_KERNEL_ACCOUNT);
	if (a)
		a->name = kstrdup(name, GFP_KERNEL_ACCOUNT);
	if (!a || !a->name) {
		kvfree(a);
		annex_inodes_uncharge(fs, inodes);
		return ERR_PTR(-ENOMEM);
	}
	a->inodes = inodes;
	a->len = len;
	memcpy(a->value, value, len);
	return a;
}

/* Put an attribute, or none, in place of the old one, which is returned. */
static struct annex_xattr *replace(struct inode *inode, const char *name,
				   struct annex_xattr *a, int flags)
{
	struct annex_xattr *old = find(inode, name);

	if (flags & XATTR_CREATE && old)
		return ERR_PTR(-EEXIST);
	if (flags & XATTR_REPLACE && !old)
		return ERR_PTR(-ENODATA);
	if (old)
		list_del(&old->list);
	if (a)
		list_add_tail(&a->list, &annex_inode_of(inode)->xattrs);
	return old;
}

static int set(const struct xattr_handler *handler, struct mnt_idmap *idmap,
	       struct dentry *dentry, struct inode *inode, const char *suffix,
	       const void *value, size_t len, int flags)
{
	const char *name = xattr_full_name(handler, suffix);
	struct annex_fs *fs = annex_fs_of(inode->i_sb);
	struct annex_xattr *a = NULL, *old;

	if (value)
		a = make(fs, name, value, len);
	if (IS_ERR(a))
		return PTR_ERR(a);
	down_write(&fs->xattr_lock);
	old = replace(inode, name, a, flags);
	up_write(&fs->xattr_lock);
	if (IS_ERR(old)) {
		free_attribute(fs, a);
		return PTR_ERR(old);
	}
	free_attribute(fs, old);
	annex_set_ctime(inode);
	return 0;
}

static int get(const struct xattr_handler *handler, struct dentry *dentry,
	       struct inode *inode, const char *suffix, void *buffer,
	       size_t size)
{
	struct annex_fs *fs = annex_fs_of(inode->i_sb);
	const struct annex_xattr *a;
	int len = -ENODATA;

	down_read(&fs->xattr_lock);
	a = find(inode, xattr_full_name(handler, suffix));
	if (a)
		len = !buffer || a->len <= size ? a->len : -ERANGE;
	if (len > 0 && buffer)
		memcpy(buffer, a->value, len);
	up_read(&fs->xattr_lock);
	return len;
}

static const struct xattr_handler security_handler = {
	.prefix = XATTR_SECURITY_PREFIX, .get = get, .set = set,
};

static const struct xattr_handler trusted_handler = {
	.prefix = XATTR_TRUSTED_PREFIX, .get = get, .set = set,
};

static const struct xattr_handler user_handler __maybe_unused = {
	.prefix = XATTR_USER_PREFIX, .get = get, .set = set,
};

ANNEX_XATTR_HANDLERS annex_xattr_handlers[] = {
	&security_handler,
	&trusted_handler,
	ANNEX_TMPFS_USER_XATTR(&user_handler)
	NULL
};

/* The names of trusted.* are for the administrator. */
static bool is_hidden(const char *name)
{
	return !strncmp(name, XATTR_TRUSTED_PREFIX, XATTR_TRUSTED_PREFIX_LEN) &&
	       !capable(CAP_SYS_ADMIN);
}

/* The names, each with its end; the lock is held. */
static ssize_t list_names(struct inode *inode, char *buffer, size_t size)
{
	const struct annex_xattr *a;
	size_t done = 0, len;

	list_for_each_entry(a, &annex_inode_of(inode)->xattrs, list) {
		if (is_hidden(a->name))
			continue;
		len = strlen(a->name) + 1;
		if (buffer && len > size - done)
			return -ERANGE;
		if (buffer)
			memcpy(buffer + done, a->name, len);
		done += len;
	}
	return done;
}

/**
 * annex_fs_listxattr() - operation listxattr of all inodes
 * @dentry: the file
 * @buffer: gets the names; NULL: only their length is wanted
 * @size: bytes of @buffer
 *
 * Context: process, may sleep.
 * Return: bytes of all names; -ERANGE.
 */
ssize_t annex_fs_listxattr(struct dentry *dentry, char *buffer, size_t size)
{
	struct inode *inode = d_inode(dentry);
	struct annex_fs *fs = annex_fs_of(inode->i_sb);
	ssize_t done;

	down_read(&fs->xattr_lock);
	done = list_names(inode, buffer, size);
	up_read(&fs->xattr_lock);
	return done;
}

/* The security module's attributes of an inode that nobody else knows yet. */
static int add_security(struct inode *inode, const struct xattr *xattrs,
			void *unused)
{
	for (; xattrs->name; xattrs++) {
		char *name = kasprintf(GFP_KERNEL, "%s%s",
				       XATTR_SECURITY_PREFIX, xattrs->name);
		struct annex_xattr *a;

		if (!name)
			return -ENOMEM;
		a = make(annex_fs_of(inode->i_sb), name, xattrs->value,
			 xattrs->value_len);
		kfree(name);
		if (IS_ERR(a))
			return PTR_ERR(a);
		list_add_tail(&a->list, &annex_inode_of(inode)->xattrs);
	}
	return 0;
}

/**
 * annex_fs_init_security() - let the kernel's security module label a new inode
 * @inode: the inode
 * @dir: the directory it is for
 * @name: its name; NULL: none
 *
 * Context: process, may sleep.
 * Return: 0, or an errno.
 */
int annex_fs_init_security(struct inode *inode, struct inode *dir,
			   const struct qstr *name)
{
	int err = security_inode_init_security(inode, dir, name, add_security,
					       NULL);

	return err == -EOPNOTSUPP ? 0 : err;
}

/**
 * annex_xattrs_free() - free the attributes of an inode
 * @inode: an inode that has no user
 *
 * Context: process, may sleep.
 */
void annex_xattrs_free(struct inode *inode)
{
	struct annex_inode *ai = annex_inode_of(inode);
	struct annex_xattr *a, *next;

	list_for_each_entry_safe(a, next, &ai->xattrs, list)
		free_attribute(annex_fs_of(inode->i_sb), a);
	INIT_LIST_HEAD(&ai->xattrs);
}
