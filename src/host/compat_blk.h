/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_BLK_H
#define ANNEX_HOST_COMPAT_BLK_H

/*
 * Bio-based disks in memory: how one is allocated, which operations it has, and
 * what says that its I/O is over when submit_bio() returns.
 *
 * 6.1 reads and writes a page of swap by the operation rw_page, whose presence
 * also tells swap that the device is synchronous. 6.3 dropped it for a queue
 * flag, and 6.11 made the queue's flags features of its limits. Kernels between
 * the three that annex supports are not covered in every detail.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/pagemap.h>

#include "host/compat_version.h"

/**
 * annex_alloc_ram_disk() - allocate a gendisk for a device that copies memory
 *
 * Logical blocks have 512 bytes, physical ones a page. The device discards and
 * zeroes pages, serves requests that must not wait, has no write cache, and is
 * done with a bio when it returns.
 *
 * Context: process, may sleep.
 * Return: the disk, for device_add_disk(), or an error pointer.
 */
#if ANNEX_KERNEL_BEFORE(6, 11)
static inline struct gendisk *annex_alloc_ram_disk(void)
{
	struct gendisk *disk = blk_alloc_disk(NUMA_NO_NODE);
	struct request_queue *queue;

	if (!disk)
		return ERR_PTR(-ENOMEM);
	queue = disk->queue;
	blk_queue_physical_block_size(queue, PAGE_SIZE);
	blk_queue_max_discard_sectors(queue, UINT_MAX);
	blk_queue_max_write_zeroes_sectors(queue, UINT_MAX);
	queue->limits.discard_granularity = PAGE_SIZE;
	blk_queue_flag_set(QUEUE_FLAG_NONROT, queue);
	blk_queue_flag_set(QUEUE_FLAG_NOWAIT, queue);
	blk_queue_flag_clear(QUEUE_FLAG_ADD_RANDOM, queue);
	return disk;
}
#else
static inline struct gendisk *annex_alloc_ram_disk(void)
{
	struct queue_limits limits = {
		.physical_block_size = PAGE_SIZE,
		.max_hw_discard_sectors = UINT_MAX,
		.max_write_zeroes_sectors = UINT_MAX,
		.discard_granularity = PAGE_SIZE,
		.features = BLK_FEAT_SYNCHRONOUS | BLK_FEAT_NOWAIT,
	};

	return blk_alloc_disk(&limits, NUMA_NO_NODE);
}
#endif

/*
 * The driver whose disk it is defines these two, each of which gets the disk's
 * private_data.
 */
int annex_ram_disk_copy(void *private, blk_opf_t opf, u64 byte,
			struct bio_vec *bvec);
int annex_ram_disk_may_open(void *private);

/*
 * The operation rw_page, where there is one. If it fails, the kernel submits a
 * bio for the same page, which reports the error, and which is counted.
 */
#if ANNEX_KERNEL_BEFORE(6, 3)
static inline int annex_ram_disk_rw_page(struct block_device *bdev,
					 sector_t sector, struct page *page,
					 enum req_op op)
{
	struct bio_vec bvec = { .bv_page = page, .bv_len = PAGE_SIZE };
	int err;

	if (PageTransHuge(page) || blk_queue_io_stat(bdev_get_queue(bdev)))
		return -EOPNOTSUPP;
	err = annex_ram_disk_copy(bdev->bd_disk->private_data, op,
				  (u64)sector << SECTOR_SHIFT, &bvec);
	if (!err)
		page_endio(page, op_is_write(op), 0);
	return err;
}

#define ANNEX_RAM_DISK_RW_PAGE	.rw_page = annex_ram_disk_rw_page,
#else
#define ANNEX_RAM_DISK_RW_PAGE
#endif

/* The operation open. */
#if ANNEX_KERNEL_BEFORE(6, 5)
static inline int annex_ram_disk_open(struct block_device *bdev, fmode_t mode)
{
	return annex_ram_disk_may_open(bdev->bd_disk->private_data);
}
#else
static inline int annex_ram_disk_open(struct gendisk *disk, blk_mode_t mode)
{
	return annex_ram_disk_may_open(disk->private_data);
}
#endif

/**
 * struct annex_bdev - a block device that a module has opened
 * @bdev: the device
 * @file: since 6.9, its file
 */
struct annex_bdev {
	struct block_device *bdev;
	struct file *file;
};

/*
 * Open a block device by its path, for reading and writing, and close it.
 * annex_bdev_open() returns 0 or an errno.
 */
#if ANNEX_KERNEL_BEFORE(6, 9)
static inline int annex_bdev_open(struct annex_bdev *opened, const char *path)
{
	opened->bdev = blkdev_get_by_path(path, FMODE_READ | FMODE_WRITE, NULL);
	return PTR_ERR_OR_ZERO(opened->bdev);
}

static inline void annex_bdev_close(struct annex_bdev *opened)
{
	blkdev_put(opened->bdev, FMODE_READ | FMODE_WRITE);
}
#else
static inline int annex_bdev_open(struct annex_bdev *opened, const char *path)
{
	opened->file = bdev_file_open_by_path(path,
					      BLK_OPEN_READ | BLK_OPEN_WRITE,
					      NULL, NULL);
	if (IS_ERR(opened->file))
		return PTR_ERR(opened->file);
	opened->bdev = file_bdev(opened->file);
	return 0;
}

static inline void annex_bdev_close(struct annex_bdev *opened)
{
	bdev_fput(opened->file);
}
#endif

/* Since 6.4 the functions of a class's attributes have const arguments. */
#if ANNEX_KERNEL_BEFORE(6, 4)
#define ANNEX_CLASS_CONST
#else
#define ANNEX_CLASS_CONST	const
#endif

#endif /* ANNEX_HOST_COMPAT_BLK_H */
