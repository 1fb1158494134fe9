// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/block/annexblkN/, the attributes of a device besides the kernel's own.
 *
 * They are zram's, by name, units and habits: sizes may have K, M or G behind
 * them, and are shown in bytes; disksize is set once until reset. mm_stat has
 * zram's nine columns, for the programs that know them; those for compression
 * are 0. So has io_stat its four. New are thick, and that mem_limit and
 * mem_used_max can be read.
 *
 * Locking: blk->lock.
 *
 * Failing: an errno, and a line in the log.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "blk/blk.h"

static struct annex_blk *blk_of(struct device *dev)
{
	return dev_to_disk(dev)->private_data;
}

/* What was written, for the log: without its newline, and not too much of it. */
static int text_len(const char *buf, size_t len)
{
	if (len && buf[len - 1] == '\n')
		len--;
	return min_t(size_t, len, 32);
}

static int store_size(struct annex_blk *blk, const char *name, const char *buf,
		      size_t len, u64 *size)
{
	int err = annex_blk_parse_size(buf, len, size);

	if (err == -ERANGE)
		return annex_blk_refuse(blk, err,
					"%s \"%*pE\" refused: it has more than 64 bits",
					name, text_len(buf, len), buf);
	return err ? annex_blk_refuse(blk, err,
				      "%s \"%*pE\" is not a size: wants a number with K, M or G, such as 8G",
				      name, text_len(buf, len), buf) : 0;
}

static ssize_t disksize_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, "%llu\n",
			  (u64)get_capacity(dev_to_disk(dev)) << SECTOR_SHIFT);
}

static ssize_t disksize_store(struct device *dev,
			      struct device_attribute *attr, const char *buf,
			      size_t len)
{
	struct annex_blk *blk = blk_of(dev);
	u64 size;
	int err = store_size(blk, "disksize", buf, len, &size);

	if (err)
		return err;
	mutex_lock(&blk->lock);
	err = annex_blk_set_size(blk, size);
	mutex_unlock(&blk->lock);
	return err ?: len;
}

static ssize_t reset_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t len)
{
	struct annex_blk *blk = blk_of(dev);
	u16 value;
	int err = kstrtou16(buf, 10, &value);

	if (err || !value)
		return annex_blk_refuse(blk, -EINVAL,
					"reset \"%*pE\" refused: write 1",
					text_len(buf, len), buf);
	err = annex_blk_reset(blk);
	return err ?: len;
}

/* All zeros without a table. Returns what mem_limit is. */
static u64 get_usage(struct annex_blk *blk,
		     struct annex_frame_table_usage *usage)
{
	u64 limit;

	memset(usage, 0, sizeof(*usage));
	mutex_lock(&blk->lock);
	limit = blk->mem_limit;
	if (blk->table)
		annex_frame_table_usage(blk->table, usage);
	mutex_unlock(&blk->lock);
	return limit;
}

static u64 bytes_of(unsigned long frames)
{
	return (u64)frames << PAGE_SHIFT;
}

static ssize_t mem_limit_show(struct device *dev,
			      struct device_attribute *attr, char *buf)
{
	struct annex_frame_table_usage usage;

	return sysfs_emit(buf, "%llu\n", get_usage(blk_of(dev), &usage));
}

static ssize_t mem_limit_store(struct device *dev,
			       struct device_attribute *attr, const char *buf,
			       size_t len)
{
	struct annex_blk *blk = blk_of(dev);
	u64 size;
	int err = store_size(blk, "mem_limit", buf, len, &size);

	if (err)
		return err;
	/* More than a device can have is no limit. */
	size = size > ANNEX_BLK_SIZE_MAX ? 0 : round_up(size, PAGE_SIZE);
	mutex_lock(&blk->lock);
	blk->mem_limit = size;
	if (blk->table)
		annex_frame_table_set_limit(blk->table, size >> PAGE_SHIFT);
	mutex_unlock(&blk->lock);
	return len;
}

static ssize_t mem_used_total_show(struct device *dev,
				   struct device_attribute *attr, char *buf)
{
	struct annex_frame_table_usage usage;

	get_usage(blk_of(dev), &usage);
	return sysfs_emit(buf, "%llu\n", bytes_of(usage.frames + usage.leaves));
}

static ssize_t mem_used_max_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	struct annex_frame_table_usage usage;

	get_usage(blk_of(dev), &usage);
	return sysfs_emit(buf, "%llu\n", bytes_of(usage.most));
}

/* 0 makes what it has now the most so far. */
static ssize_t mem_used_max_store(struct device *dev,
				  struct device_attribute *attr,
				  const char *buf, size_t len)
{
	struct annex_blk *blk = blk_of(dev);
	unsigned long value;
	int err = kstrtoul(buf, 10, &value);

	if (err || value)
		return annex_blk_refuse(blk, -EINVAL,
					"mem_used_max \"%*pE\" refused: write 0",
					text_len(buf, len), buf);
	mutex_lock(&blk->lock);
	if (blk->table)
		annex_frame_table_reset_most(blk->table);
	mutex_unlock(&blk->lock);
	return len;
}

static ssize_t initstate_show(struct device *dev,
			      struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", !!READ_ONCE(blk_of(dev)->table));
}

static ssize_t io_stat_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct annex_blk *blk = blk_of(dev);

	return sysfs_emit(buf, "%8u %8u %8u %8u\n",
			  atomic_read(&blk->failed_reads),
			  atomic_read(&blk->failed_writes), 0,
			  atomic_read(&blk->slots_freed));
}

static ssize_t mm_stat_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct annex_frame_table_usage usage;
	u64 limit = get_usage(blk_of(dev), &usage);

	return sysfs_emit(buf,
			  "%8llu %8llu %8llu %8llu %8llu %8u %8u %8u %8u\n",
			  bytes_of(usage.frames), bytes_of(usage.frames),
			  bytes_of(usage.frames + usage.leaves), limit,
			  bytes_of(usage.most), 0, 0, 0, 0);
}

static ssize_t thick_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(blk_of(dev)->thick));
}

static ssize_t thick_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t len)
{
	struct annex_blk *blk = blk_of(dev);
	u8 thick;
	int err = kstrtou8(buf, 10, &thick);

	if (err || thick > 1)
		return annex_blk_refuse(blk, -EINVAL,
					"thick \"%*pE\" refused: write 0 or 1",
					text_len(buf, len), buf);
	mutex_lock(&blk->lock);
	if (blk->table)
		err = annex_blk_refuse(blk, -EBUSY,
				       "thick refused: it has %llu kB already; write 1 to reset first",
				       (u64)get_capacity(blk->disk) / 2);
	else
		blk->thick = thick;
	mutex_unlock(&blk->lock);
	return err ?: len;
}

static DEVICE_ATTR_RW(disksize);
static DEVICE_ATTR_WO(reset);
static DEVICE_ATTR_RW(mem_limit);
static DEVICE_ATTR_RO(mem_used_total);
static DEVICE_ATTR_RW(mem_used_max);
static DEVICE_ATTR_RO(initstate);
static DEVICE_ATTR_RO(io_stat);
static DEVICE_ATTR_RO(mm_stat);
static DEVICE_ATTR_RW(thick);

static struct attribute *attrs[] = {
	&dev_attr_disksize.attr,
	&dev_attr_reset.attr,
	&dev_attr_mem_limit.attr,
	&dev_attr_mem_used_total.attr,
	&dev_attr_mem_used_max.attr,
	&dev_attr_initstate.attr,
	&dev_attr_io_stat.attr,
	&dev_attr_mm_stat.attr,
	&dev_attr_thick.attr,
	NULL
};

static const struct attribute_group group = {
	.attrs = attrs,
};

const struct attribute_group *annex_blk_groups[] = {
	&group,
	NULL
};
