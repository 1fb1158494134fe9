/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_BLK_BLK_H
#define ANNEX_BLK_BLK_H

#include <linux/atomic.h>
#include <linux/blkdev.h>
#include <linux/compiler_attributes.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/ratelimit_types.h>
#include <linux/sysfs.h>
#include <linux/types.h>

#include <annex/frame_table.h>

/* As much as a frame table has indices for: 64 GB. */
#define ANNEX_BLK_SIZE_MAX	((u64)ANNEX_TABLE_ENTRIES_MAX << PAGE_SHIFT)

/* What is counted of all devices together: see count.c. */
enum annex_blk_counter {
	ANNEX_BLK_READ,
	ANNEX_BLK_WRITE,
	ANNEX_BLK_DISCARD,
	ANNEX_BLK_SLOT_FREE,
	ANNEX_BLK_NOSPC,
	ANNEX_BLK_NR_COUNTERS
};

/**
 * struct annex_blk - a device
 * @disk: what the kernel has of it; its private_data is this struct
 * @table: its contents, NULL while it has no size. Bios read it without a lock:
 *	it is published before the disk's capacity, and taken away while the
 *	disk has no openers.
 * @write_flags: ANNEX_TABLE_* for writes; does not change while it has a size
 * @failed_reads: bios that could not be read, since it was made or reset
 * @failed_writes: bios that could not be written, except those that must not
 *	wait and are told to
 * @slots_freed: slots of swap that have become free
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
	atomic_t failed_reads;
	atomic_t failed_writes;
	atomic_t slots_freed;
	struct ratelimit_state full;
	bool going;

	struct mutex lock;	/* see above */
	u64 mem_limit;
	bool thick;
};

/* count.c */
DECLARE_PER_CPU(unsigned long [ANNEX_BLK_NR_COUNTERS], annex_blk_counts);

int annex_blk_counters_init(void);
void annex_blk_counters_exit(void);

static __always_inline void annex_blk_count(enum annex_blk_counter item,
					    unsigned int nr)
{
	this_cpu_add(annex_blk_counts[item], nr);
}

/* The operation of a read or a write is the index of its counter. */
static __always_inline void annex_blk_count_copy(enum req_op op,
						 unsigned int sectors)
{
	annex_blk_count((__force enum annex_blk_counter)op, sectors);
}

/* disk.c */
struct annex_blk *annex_blk_create(unsigned int id);
void annex_blk_destroy(struct annex_blk *blk);
int annex_blk_set_size(struct annex_blk *blk, u64 size);
int annex_blk_reset(struct annex_blk *blk);
bool annex_blk_begin_removal(struct annex_blk *blk);

/* io.c */
extern const struct block_device_operations annex_blk_operations;

/* refuse.c */
__printf(3, 4) __cold
int annex_blk_refuse(const struct annex_blk *blk, int err,
		     const char *fmt, ...);

/* size.c */
int annex_blk_parse_size(const char *text, size_t len, u64 *size);

/* sysfs.c */
extern const struct attribute_group *annex_blk_groups[];

#endif /* ANNEX_BLK_BLK_H */
