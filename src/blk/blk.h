/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_BLK_BLK_H
#define ANNEX_BLK_BLK_H

#include <linux/blkdev.h>
#include <linux/compiler_attributes.h>
#include <linux/mutex.h>
#include <linux/ratelimit_types.h>
#include <linux/sysfs.h>
#include <linux/types.h>

#include <annex/frame_table.h>

/* As much as a frame table has indices for: 64 GB. */
#define ANNEX_BLK_SIZE_MAX	((u64)ANNEX_TABLE_ENTRIES_MAX << PAGE_SHIFT)

/**
 * struct annex_blk - a device
 * @disk: what the kernel has of it; its private_data is this struct
 * @table: its contents, NULL while it has no size. Bios read it without a lock:
 *	it is published before the disk's capacity, and taken away while nobody
 *	has the disk open.
 * @write_flags: ANNEX_TABLE_* for writes; does not change while it has a size
 * @full: limits the lines about writes that found no frame
 * @going: it is being removed, and is not to be opened; under the disk's
 *	open_mutex
 * @lock: for the members below, and for writing those above
 * @mem_limit: bytes of frames that it may have; 0: no limit
 * @thick: it gets frames for all of its size at once, and keeps them
 */
struct annex_blk {
	struct gendisk *disk;
	struct annex_frame_table *table;
	unsigned int write_flags;
	struct ratelimit_state full;
	bool going;

	struct mutex lock;	/* see above */
	u64 mem_limit;
	bool thick;
};

/* control.c */
__printf(3, 4) __cold
int annex_blk_refuse(const struct annex_blk *blk, int err,
		     const char *fmt, ...);

/* disk.c */
struct annex_blk *annex_blk_create(unsigned int id);
void annex_blk_destroy(struct annex_blk *blk);
int annex_blk_set_size(struct annex_blk *blk, u64 size);
int annex_blk_reset(struct annex_blk *blk);
bool annex_blk_begin_removal(struct annex_blk *blk);

/* io.c */
extern const struct block_device_operations annex_blk_operations;

/* size.c */
int annex_blk_parse_size(const char *text, size_t len, u64 *size);

/* sysfs.c */
extern const struct attribute_group *annex_blk_groups[];

#endif /* ANNEX_BLK_BLK_H */
