// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mount options, with the names and the habits of tmpfs:
 *
 *	size=		bytes, with K, M or G, or a part of the pool with %; 0: no limit
 *	nr_blocks=	the same in pages of 4 KB
 *	nr_inodes=	inodes and further links; 0: no limit
 *	mode=		of the root directory, octal
 *	uid=, gid=	its owner and group
 *
 * The default is half of the pool, and an inode for each two pages of the kernel's
 * own memory without highmem, where inodes and names are.
 *
 * A remount changes size, nr_blocks and nr_inodes. It refuses fewer than are in
 * use, and a limit where there was none.
 *
 * Failing: an errno, and a line in the log of the mount.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/highmem.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "fs/fs.h"

enum option {
	OPT_SIZE,
	OPT_NR_BLOCKS,
	OPT_NR_INODES,
	OPT_MODE,
	OPT_UID,
	OPT_GID
};

static const struct fs_parameter_spec specs[] = {
	fsparam_string("size", OPT_SIZE),
	fsparam_string("nr_blocks", OPT_NR_BLOCKS),
	fsparam_string("nr_inodes", OPT_NR_INODES),
	fsparam_u32oct("mode", OPT_MODE),
	fsparam_u32("uid", OPT_UID),
	fsparam_u32("gid", OPT_GID),
	{}
};

/* Digits of the largest u64. */
#define DIGITS_MAX	20

/**
 * annex_fs_default_blocks() - what size= is if it is not given
 *
 * Context: any.
 * Return: half of the pool, in pages.
 */
unsigned long annex_fs_default_blocks(void)
{
	return annex_frame_tables_capacity() / 2;
}

/**
 * annex_fs_default_inodes() - what nr_inodes= is if it is not given
 *
 * Context: any.
 * Return: an inode for each two pages of lowmem.
 */
unsigned long annex_fs_default_inodes(void)
{
	return (totalram_pages() - totalhigh_pages()) / 2;
}

/* A number, perhaps with a suffix. *@rest is what follows. */
static int parse_number(const char *text, u64 *value, const char **rest)
{
	static const char suffixes[] = "KMGTPE";
	unsigned int nr = strspn(text, "0123456789"), shift = 0;
	char digits[DIGITS_MAX + 1];
	const char *found;

	if (!nr || nr > DIGITS_MAX)
		return -EINVAL;
	strscpy(digits, text, nr + 1);
	text += nr;
	found = *text ? strchr(suffixes, toupper(*text)) : NULL;
	if (found)
		shift = 10 * (found - suffixes + 1);
	if (kstrtoull(digits, 10, value) || *value > U64_MAX >> shift)
		return -EINVAL;
	*value <<= shift;
	*rest = found ? text + 1 : text;
	return 0;
}

/* A number of things that fits an int, as the count of frames is one. */
static int parse_count(const char *text, unsigned long *count)
{
	const char *rest;
	u64 value;

	if (parse_number(text, &value, &rest) || *rest || value > INT_MAX)
		return -EINVAL;
	*count = value;
	return 0;
}

static int parse_size(const char *text, unsigned long *blocks)
{
	const char *rest;
	u64 value;

	if (parse_number(text, &value, &rest))
		return -EINVAL;
	if (*rest == '%') {
		if (value > 1000000)
			return -EINVAL;
		value = div_u64(value * annex_frame_tables_capacity(), 100);
		rest++;
	} else {
		value = (value + PAGE_SIZE - 1) >> PAGE_SHIFT;
	}
	if (*rest || value > INT_MAX)
		return -EINVAL;
	*blocks = value;
	return 0;
}

static int parse_uid(struct fs_context *fc, u32 number, kuid_t *uid)
{
	kuid_t kuid = make_kuid(current_user_ns(), number);

	if (!uid_valid(kuid) || !kuid_has_mapping(fc->user_ns, kuid))
		return -EINVAL;
	*uid = kuid;
	return 0;
}

static int parse_gid(struct fs_context *fc, u32 number, kgid_t *gid)
{
	kgid_t kgid = make_kgid(current_user_ns(), number);

	if (!gid_valid(kgid) || !kgid_has_mapping(fc->user_ns, kgid))
		return -EINVAL;
	*gid = kgid;
	return 0;
}

static int parse_value(struct fs_context *fc, enum option option,
		       const struct fs_parameter *param, u32 number)
{
	struct annex_fs_options *o = fc->fs_private;

	switch (option) {
	case OPT_SIZE:
		o->has_blocks = true;
		return parse_size(param->string, &o->blocks);
	case OPT_NR_BLOCKS:
		o->has_blocks = true;
		return parse_count(param->string, &o->blocks);
	case OPT_NR_INODES:
		o->has_inodes = true;
		return parse_count(param->string, &o->inodes);
	case OPT_UID:
		return parse_uid(fc, number, &o->uid);
	case OPT_GID:
		return parse_gid(fc, number, &o->gid);
	default:
		o->mode = number & S_IALLUGO;
		return 0;
	}
}

static int parse_param(struct fs_context *fc, struct fs_parameter *param)
{
	struct fs_parse_result result;
	int option = fs_parse(fc, specs, param, &result);

	if (option < 0)
		return option;
	if (parse_value(fc, option, param, result.uint_32))
		return invalfc(fc, "Bad value for '%s'", param->key);
	return 0;
}

/* What is wrong with new limits, or NULL; the lock of the mount is held. */
static const char *change_limits(struct annex_fs *fs,
				 const struct annex_fs_options *o)
{
	lockdep_assert_held(&fs->lock);
	if (o->has_blocks && o->blocks) {
		if (!fs->budget.limit)
			return "Cannot retroactively limit size";
		if (atomic_read(&fs->budget.used) > o->blocks)
			return "Too small a size for current use";
	}
	if (o->has_inodes && o->inodes) {
		if (!fs->max_inodes)
			return "Cannot retroactively limit inodes";
		if (fs->inodes > o->inodes)
			return "Too few inodes for current use";
	}
	if (o->has_blocks)
		WRITE_ONCE(fs->budget.limit, o->blocks);
	if (o->has_inodes)
		fs->max_inodes = o->inodes;
	return NULL;
}

static int reconfigure(struct fs_context *fc)
{
	struct annex_fs *fs = annex_fs_of(fc->root->d_sb);
	const char *why;

	spin_lock(&fs->lock);
	why = change_limits(fs, fc->fs_private);
	spin_unlock(&fs->lock);
	return why ? invalfc(fc, "%s", why) : 0;
}

static int get_tree(struct fs_context *fc)
{
	return get_tree_nodev(fc, annex_fs_fill_super);
}

static void free_context(struct fs_context *fc)
{
	kfree(fc->fs_private);
}

static const struct fs_context_operations context_operations = {
	.free = free_context,
	.parse_param = parse_param,
	.get_tree = get_tree,
	.reconfigure = reconfigure,
};

/**
 * annex_fs_init_context() - begin a mount or a remount
 * @fc: what the kernel has of it
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM.
 */
int annex_fs_init_context(struct fs_context *fc)
{
	struct annex_fs_options *o = kzalloc(sizeof(*o), GFP_KERNEL);

	if (!o)
		return -ENOMEM;
	o->blocks = annex_fs_default_blocks();
	o->inodes = annex_fs_default_inodes();
	o->mode = 0777 | S_ISVTX;
	o->uid = current_fsuid();
	o->gid = current_fsgid();
	fc->fs_private = o;
	fc->ops = &context_operations;
	return 0;
}
