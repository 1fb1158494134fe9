// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device from its creation to its removal.
 *
 *	create		a disk of no size
 *	set_size	has a table, and a capacity
 *	reset		a disk of no size again
 *	destroy
 *
 * reset and removal need a disk without openers; as long as it has one, bios may
 * come. The disk's open_mutex keeps new openers out: for the time of a reset, and
 * until the kernel itself refuses for a removal.
 *
 * Numbers of device and partitions are dynamic, of the kernel's extended range.
 *
 * Locking: disk->open_mutex, and inside of it blk->lock.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kobject.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>

#include "blk/blk.h"
#include "host/compat_blk.h"

static int add_disk_of(struct annex_blk *blk, unsigned int id)
{
	struct gendisk *disk = annex_alloc_ram_disk();
	int err;

	if (IS_ERR(disk))
		return PTR_ERR(disk);
	blk->disk = disk;
	disk->fops = &annex_blk_operations;
	disk->private_data = blk;
	snprintf(disk->disk_name, DISK_NAME_LEN, "annexblk%u", id);
	err = device_add_disk(NULL, disk, annex_blk_groups);
	if (err)
		put_disk(disk);
	return err;
}

/**
 * annex_blk_create() - create a device that has no size
 * @id: its number, which no other device has
 *
 * Context: process, may sleep.
 * Return: the device, or an error pointer.
 */
struct annex_blk *annex_blk_create(unsigned int id)
{
	struct annex_blk *blk = kzalloc(sizeof(*blk), GFP_KERNEL);
	int err;

	if (!blk)
		return ERR_PTR(-ENOMEM);
	mutex_init(&blk->lock);
	err = add_disk_of(blk, id);
	if (err) {
		kfree(blk);
		return ERR_PTR(err);
	}
	return blk;
}

/**
 * annex_ram_disk_may_open() - operation open of the disk
 * @private: the device; the caller holds its disk's open_mutex
 *
 * Return: 0, or -ENXIO if it is being removed.
 */
int annex_ram_disk_may_open(void *private)
{
	const struct annex_blk *blk = private;

	lockdep_assert_held(&blk->disk->open_mutex);
	return blk->going ? -ENXIO : 0;
}

/**
 * annex_blk_begin_removal() - keep a device from being opened
 * @blk: the device
 *
 * Context: process, may sleep.
 * Return: true; false if it is open.
 */
bool annex_blk_begin_removal(struct annex_blk *blk)
{
	bool idle;

	mutex_lock(&blk->disk->open_mutex);
	idle = !disk_openers(blk->disk);
	if (idle)
		blk->going = true;
	mutex_unlock(&blk->disk->open_mutex);
	return idle;
}

static void drop_table(struct annex_blk *blk)
{
	struct annex_frame_table *table = blk->table;

	blk->table = NULL;
	if (table)
		annex_frame_table_destroy(table);
}

/**
 * annex_blk_destroy() - remove a device and give back its frames
 * @blk: the device, which is not open and can no longer be opened
 *
 * Context: process, may sleep; without locks that the device's attributes take.
 */
void annex_blk_destroy(struct annex_blk *blk)
{
	/* This waits for the functions of the attributes. */
	del_gendisk(blk->disk);
	put_disk(blk->disk);
	drop_table(blk);
	kfree(blk);
}

static int hold_all(struct annex_blk *blk, struct annex_frame_table *table,
		    u64 size)
{
	int err = annex_frame_table_hold(table, 0, size >> PAGE_SHIFT,
					 GFP_KERNEL);

	return err ? annex_blk_refuse(blk, err,
				      "disksize %llu kB refused: it is thick, and the pool or mem_limit has not as many frames; choose less, or 0 for thick",
				      size >> 10) : 0;
}

static int make_table(struct annex_blk *blk, u64 size)
{
	struct annex_frame_table *table;
	int err;

	table = annex_frame_table_create(blk->disk->disk_name,
					 size >> PAGE_SHIFT);
	if (IS_ERR(table))
		return annex_blk_refuse(blk, PTR_ERR(table),
					"disksize %llu kB refused: its table cannot be made (errno %ld)",
					size >> 10, -PTR_ERR(table));
	annex_frame_table_set_limit(table, blk->mem_limit >> PAGE_SHIFT);
	err = blk->thick ? hold_all(blk, table, size) : 0;
	if (err) {
		annex_frame_table_destroy(table);
		return err;
	}
	blk->write_flags = blk->thick ? 0 : ANNEX_TABLE_SKIP_ZEROS;
	/* The first refusal is told of, however soon after those of a table before. */
	ratelimit_state_init(&blk->full, DEFAULT_RATELIMIT_INTERVAL, 1);
	ratelimit_set_flags(&blk->full, RATELIMIT_MSG_ON_RELEASE);
	/* Pairs with table_of() of io.c. */
	smp_store_release(&blk->table, table);
	return 0;
}

/**
 * annex_blk_set_size() - give a device its size
 * @blk: a device that has none; the caller holds its lock
 * @size: in bytes, rounded up to whole pages here
 *
 * Context: process, may sleep.
 * Return: 0, or an errno with a line in the log: -EINVAL for no size, -E2BIG,
 * -EBUSY, -ENOSPC, -ENOMEM.
 */
int annex_blk_set_size(struct annex_blk *blk, u64 size)
{
	int err;

	lockdep_assert_held(&blk->lock);
	if (!size)
		return annex_blk_refuse(blk, -EINVAL,
					"disksize 0 refused: give 4K to 64G; 1 in reset takes the size away");
	if (size > ANNEX_BLK_SIZE_MAX)
		return annex_blk_refuse(blk, -E2BIG,
					"disksize %llu kB refused: a device has at most 64G",
					size >> 10);
	if (blk->table)
		return annex_blk_refuse(blk, -EBUSY,
					"disksize refused: it has %llu kB already; write 1 to reset first",
					get_capacity(blk->disk) / 2);
	size = round_up(size, PAGE_SIZE);
	err = make_table(blk, size);
	if (err)
		return err;
	set_capacity_and_notify(blk->disk, size >> SECTOR_SHIFT);
	/* The kernel says nothing when a size is the first one. */
	kobject_uevent(&disk_to_dev(blk->disk)->kobj, KOBJ_CHANGE);
	return 0;
}

/* What user space has set, and what was counted. */
static void forget_all(struct annex_blk *blk)
{
	lockdep_assert_held(&blk->lock);
	blk->mem_limit = 0;
	blk->thick = false;
	atomic_set(&blk->failed_reads, 0);
	atomic_set(&blk->failed_writes, 0);
	atomic_set(&blk->slots_freed, 0);
}

static int refuse_in_use(const struct annex_blk *blk, int err)
{
	return annex_blk_refuse(blk, err,
				"reset refused: it is open, mounted or swap; close it, unmount it, swapoff first");
}

/**
 * annex_blk_reset() - make a device as new: no size, frames given back
 * @blk: the device
 *
 * Partitions go, too; user space is told of the change.
 *
 * Context: process, may sleep.
 * Return: 0; -EBUSY, with a line in the log, if it is open.
 */
int annex_blk_reset(struct annex_blk *blk)
{
	struct gendisk *disk = blk->disk;
	int err = 0;

	mutex_lock(&disk->open_mutex);
	if (disk_openers(disk))
		err = -EBUSY;
	else if (get_capacity(disk))
		err = bdev_disk_changed(disk, true);
	if (!err) {
		mutex_lock(&blk->lock);
		drop_table(blk);
		forget_all(blk);
		mutex_unlock(&blk->lock);
	}
	mutex_unlock(&disk->open_mutex);
	return err ? refuse_in_use(blk, err) : 0;
}
