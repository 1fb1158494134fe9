// SPDX-License-Identifier: GPL-2.0-only
/*
 * bio: reads, writes, discards and zeroing of the block device that disk= names, one
 * of annex_blk's. Nobody else uses it.
 *
 * A range is 128 sectors, which a turn has to itself. Its model is a key for each
 * sector, 0 for zeros: a sector is filled by its number and its key. Most ranges share
 * the leaves of the device's table with others, in which frames come and go at the same
 * time; the rest have a leaf each, which comes and goes with them.
 *
 *   device   | leaf 0, 16 ranges | ... | leaf 2 | leaf 3, 1 range | ... | leaf 18 |
 *
 * A bio's pages are blocks of four pages, of lowmem and highmem by turns. It begins
 * anywhere in the first of them, and its bvecs end anywhere, so that each may lie
 * across pages of the memory and of the device.
 *
 * A write that finds no frame, for the pool is full or the device has a limit, leaves
 * its first pages written and the others as they were: all of a page is new or old,
 * and none is new behind one that is old.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "host/compat_blk.h"
#include "torture.h"

#define RANGE_SECTORS	128U
#define RANGE_BYTES	(RANGE_SECTORS << SECTOR_SHIFT)
#define SECTOR_WORDS	(SECTOR_SIZE / sizeof(u32))

/* See the picture. */
#define SHARED_LEAVES	3
#define SHARED_RANGES	(16 * SHARED_LEAVES)
#define RANGES		(SHARED_RANGES + 16)
#define LEAF_BYTES	SZ_4M
#define DISK_BYTES	((u64)(SHARED_LEAVES + 16) * LEAF_BYTES)

/* Blocks of a bio's memory, one more than a range fills. */
#define BLOCK_ORDER	2
#define BLOCK_BYTES	((u32)PAGE_SIZE << BLOCK_ORDER)
#define BLOCKS		(RANGE_BYTES / BLOCK_BYTES + 1)

/* bvecs of a bio that end anywhere; each block may have one more. */
#define CUTS		16

struct sectors {
	unsigned long busy;
	sector_t start;
	struct page *block[BLOCKS];
	u32 offset;
	u32 key[RANGE_SECTORS];
	struct bio_vec bvec[CUTS + BLOCKS];
};

static struct sectors ranges[RANGES];
static struct annex_bdev disk;

/* A word of a sector. */
static u32 word(const struct sectors *r, u32 sector, u32 key, u32 i)
{
	return key ? ((u32)r->start + sector) * 2654435761U ^ key ^ i << 20 :
		     0;
}

/* The memory of the how many-th sector of a bio, mapped. */
static u32 *map_sector(const struct sectors *r, u32 nr)
{
	u32 at = r->offset + (nr << SECTOR_SHIFT);
	struct page *block = r->block[at / BLOCK_BYTES];

	at %= BLOCK_BYTES;
	return kmap_local_page(block + (at >> PAGE_SHIFT)) + offset_in_page(at);
}

static void stamp(struct sectors *r, u32 first, u32 nr, u32 key)
{
	u32 s, i;

	for (s = 0; s < nr; s++) {
		u32 *words = map_sector(r, s);

		for (i = 0; i < SECTOR_WORDS; i++)
			words[i] = word(r, first + s, key, i);
		kunmap_local(words);
	}
}

/* Is the how many-th sector of the bio filled as this sector of the range? */
static bool has_stamp(const struct sectors *r, u32 nr, u32 sector, u32 key)
{
	u32 *words = map_sector(r, nr), i;

	for (i = 0; i < SECTOR_WORDS; i++)
		if (words[i] != word(r, sector, key, i))
			break;
	kunmap_local(words);
	return i == SECTOR_WORDS;
}

/* Now and then, a bvec ends here. */
static u32 cut(struct torture_turn *t, const struct bio *bio, u32 len)
{
	u32 sectors = len >> SECTOR_SHIFT;

	if (bio->bi_vcnt >= CUTS || !torture_one_in(t, 2))
		return len;
	return (1 + torture_below(t, sectors)) << SECTOR_SHIFT;
}

static void add_memory(struct torture_turn *t, struct sectors *r,
		       struct bio *bio, u32 nr)
{
	u32 at, end, len;

	r->offset = torture_below(t, BLOCK_BYTES >> SECTOR_SHIFT)
		    << SECTOR_SHIFT;
	end = r->offset + (nr << SECTOR_SHIFT);
	for (at = r->offset; at < end; at += len) {
		u32 in_block = at % BLOCK_BYTES;

		len = cut(t, bio, min(end - at, BLOCK_BYTES - in_block));
		__bio_add_page(bio, r->block[at / BLOCK_BYTES] +
				    (in_block >> PAGE_SHIFT),
			       len, offset_in_page(in_block));
	}
}

static void init_bio(struct sectors *r, struct bio *bio, blk_opf_t opf, u32 first)
{
	bio_init(bio, disk.bdev, r->bvec, ARRAY_SIZE(r->bvec), opf);
	bio->bi_iter.bi_sector = r->start + first;
}

static int submit(struct bio *bio)
{
	int err = submit_bio_wait(bio);

	bio_uninit(bio);
	return err;
}

/* One time in four, it must not wait. */
static blk_opf_t may_wait(struct torture_turn *t)
{
	return torture_one_in(t, 4) ? REQ_NOWAIT : 0;
}

static bool read_sectors(struct torture_turn *t, struct sectors *r, u32 first,
			 u32 nr)
{
	struct bio bio;

	init_bio(r, &bio, REQ_OP_READ | may_wait(t), first);
	add_memory(t, r, &bio, nr);
	return !torture_refused(t, "a read", submit(&bio));
}

static void check(struct torture_turn *t, struct sectors *r, u32 first, u32 nr)
{
	u32 i;

	if (!read_sectors(t, r, first, nr))
		return;
	for (i = 0; i < nr; i++) {
		u32 s = first + i;

		if (has_stamp(r, i, s, r->key[s]))
			continue;
		torture_corrupt(t, "sector %llu is not of key %#x",
				(u64)r->start + s, r->key[s]);
		return;
	}
}

/* A write of sectors has failed: these, of one page, are all new or all old. */
static bool page_is(struct sectors *r, u32 first, u32 at, u32 end, u32 key,
		    bool is_new)
{
	u32 s;

	for (s = at; s < end; s++)
		if (!has_stamp(r, s - first, s, is_new ? key : r->key[s]))
			return false;
	return true;
}

/* Find out how far a write has come; see above. */
static void learn(struct torture_turn *t, struct sectors *r, u32 first, u32 nr,
		  u32 key)
{
	u32 at, end, s;
	bool ended = false, is_new;

	if (!read_sectors(t, r, first, nr))
		return;
	for (at = first; at < first + nr; at = end) {
		end = min(round_down(at, PAGE_SECTORS) + PAGE_SECTORS,
			  first + nr);
		is_new = page_is(r, first, at, end, key, true);
		if (page_is(r, first, at, end, key, false)) {
			/* Both: zeros over zeros. */
			ended |= !is_new;
			continue;
		}
		if (ended || !is_new)
			torture_corrupt(t, "a failed write from sector %llu spoils %llu",
					(u64)r->start + first,
					(u64)r->start + at);
		for (s = at; s < end; s++)
			r->key[s] = key;
	}
}

static void set_keys(struct sectors *r, u32 first, u32 nr, u32 key)
{
	while (nr--)
		r->key[first + nr] = key;
}

static void write_sectors(struct torture_turn *t, struct sectors *r, u32 first,
			  u32 nr, u32 key)
{
	blk_opf_t opf = REQ_OP_WRITE | may_wait(t);
	struct bio bio;
	int err;

	if (torture_one_in(t, 8))
		opf |= REQ_FUA | REQ_PREFLUSH;
	init_bio(r, &bio, opf, first);
	add_memory(t, r, &bio, nr);
	stamp(r, first, nr, key);
	err = submit(&bio);
	if (err == -ENOSPC || (err == -EAGAIN && opf & REQ_NOWAIT)) {
		torture_denied(t);
		learn(t, r, first, nr, key);
	} else if (!torture_refused(t, "a write", err)) {
		set_keys(r, first, nr, key);
	}
}

/* Discard or zero. */
static void clear_sectors(struct torture_turn *t, struct sectors *r, u32 first,
			  u32 nr, blk_opf_t opf)
{
	struct bio bio;

	init_bio(r, &bio, opf, first);
	bio.bi_iter.bi_size = nr << SECTOR_SHIFT;
	if (!torture_refused(t, "a discard", submit(&bio)))
		set_keys(r, first, nr, 0);
}

static void act(struct torture_turn *t, struct sectors *r, u32 first, u32 nr)
{
	switch (torture_below(t, 16)) {
	case 0:
		clear_sectors(t, r, 0, RANGE_SECTORS, REQ_OP_DISCARD);
		break;
	case 1:
	case 2:
		clear_sectors(t, r, first, nr, REQ_OP_DISCARD);
		break;
	case 3:
		clear_sectors(t, r, first, nr, REQ_OP_WRITE_ZEROES);
		break;
	case 4:
		clear_sectors(t, r, first, nr,
			      REQ_OP_WRITE_ZEROES | REQ_NOUNMAP);
		break;
	case 5:
		write_sectors(t, r, first, nr, 0);
		break;
	case 6:
	case 7:
	case 8:
	case 9:
		write_sectors(t, r, first, nr, torture_key(t) | BIT(8));
		break;
	default:
		check(t, r, first, nr);
	}
}

/* Mostly few sectors, and now and then many. */
static void run(struct torture_turn *t)
{
	struct sectors *r = &ranges[torture_below(t, RANGES)];
	u32 first = torture_below(t, RANGE_SECTORS);
	u32 most = torture_one_in(t, 8) ? RANGE_SECTORS : 24;
	u32 nr = 1 + torture_below(t, min(most, RANGE_SECTORS - first));

	if (!torture_claim(t, &r->busy))
		return;
	act(t, r, first, nr);
	torture_unclaim(&r->busy);
}

static void free_memory(void)
{
	unsigned int i, b;

	for (i = 0; i < RANGES; i++)
		for (b = 0; b < BLOCKS; b++) {
			if (ranges[i].block[b])
				__free_pages(ranges[i].block[b], BLOCK_ORDER);
			ranges[i].block[b] = NULL;
		}
}

static int get_memory(struct sectors *r)
{
	unsigned int b;

	for (b = 0; b < BLOCKS; b++) {
		r->block[b] = alloc_pages(b & 1 ? GFP_KERNEL : GFP_HIGHUSER,
					  BLOCK_ORDER);
		if (!r->block[b])
			return -ENOMEM;
	}
	return 0;
}

/* Where a range begins, in bytes. */
static u64 place_of(unsigned int i)
{
	if (i < SHARED_RANGES)
		return (u64)(i % SHARED_LEAVES) * LEAF_BYTES +
		       i / SHARED_LEAVES * RANGE_BYTES;
	return (u64)(i - SHARED_RANGES + SHARED_LEAVES) * LEAF_BYTES;
}

static void clear(struct torture_turn *t)
{
	unsigned int i;

	for (i = 0; i < RANGES; i++) {
		check(t, &ranges[i], 0, RANGE_SECTORS);
		clear_sectors(t, &ranges[i], 0, RANGE_SECTORS, REQ_OP_DISCARD);
	}
	free_memory();
	annex_bdev_close(&disk);
}

/* A device of its own, or none of this kind. */
static int open_disk(void)
{
	int err = annex_bdev_open(&disk, torture_disk);

	if (err) {
		pr_info("bio: left out: %s cannot be opened (errno %d)\n",
			torture_disk, -err);
		return -ENODEV;
	}
	if (bdev_nr_bytes(disk.bdev) >= DISK_BYTES)
		return 0;
	pr_info("bio: left out: %s has less than %llu MB\n", torture_disk,
		DISK_BYTES >> 20);
	annex_bdev_close(&disk);
	return -ENODEV;
}

static int set_up(void)
{
	unsigned int i;
	int err = open_disk();

	if (err)
		return err;
	for (i = 0; i < RANGES && !err; i++) {
		memset(ranges[i].key, 0, sizeof(ranges[i].key));
		ranges[i].start = place_of(i) >> SECTOR_SHIFT;
		err = get_memory(&ranges[i]);
	}
	if (!err)
		err = blkdev_issue_discard(disk.bdev, 0,
					   DISK_BYTES >> SECTOR_SHIFT,
					   GFP_KERNEL);
	if (!err)
		return 0;
	free_memory();
	annex_bdev_close(&disk);
	return err;
}

struct torture_op torture_bio = {
	.name = "bio",
	.weight = 6,
	.contexts = TORTURE_THREADS,
	.set_up = set_up,
	.run = run,
	.clear = clear,
};
