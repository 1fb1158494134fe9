// SPDX-License-Identifier: GPL-2.0-only
/*
 * annex_bench_blk.ko: bios to annex_blk, brd and zram, in instructions.
 *
 * devices= names them, in the order of the figures; the last may be the module's
 * own /dev/annexnull0, which does nothing. Each is filled with pages of which
 * half is noise, which zram stores in two thirds. Then the same bios go to
 * each of them, of high pages, as those of a process are. An op is measured from
 * bio_init() to the return of submit_bio(), when all of them are done with it.
 *
 * The results are lines of the kernel log, "annex_bench_blk: OP FIGURE...", a
 * figure for each device, 0 where it has no such op; "annex_bench_blk: done" is
 * the last line. scripts/test/bench-blk makes a table of them.
 *
 * Failing: a bio that ends with an error, or not at once, makes the figures
 * worthless: there is no "done", and loading fails.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/timex.h>

#include "host/compat_blk.h"
#include "null.h"

#define DEVICES		4
#define PAGES		256	/* of the largest bio: 1 MB */
#define BATCH		64	/* bios of a round */
#define FIRST		PAGES	/* page of the device: the first is not like others */
#define ROUNDS		50

static char *devices[DEVICES];
static int nr_devices;
module_param_array(devices, charp, &nr_devices, 0);
MODULE_PARM_DESC(devices, "paths of the devices, whose contents are lost");

static struct page *pages[PAGES];
static struct bio_vec bvecs[PAGES];
static unsigned int ended;
static bool failed;
static u32 seed = 1;

static u32 next_random(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

static void end_bio(struct bio *bio)
{
	ended++;
}

/* One bio of so many pages, from a page of the device on. */
static void transfer(struct block_device *bdev, blk_opf_t opf, u32 page,
		     unsigned int nr)
{
	unsigned int i, before = ended;
	struct bio bio;

	bio_init(&bio, bdev, bvecs, nr, opf);
	bio.bi_iter.bi_sector = (sector_t)page << PAGE_SECTORS_SHIFT;
	bio.bi_end_io = end_bio;
	for (i = 0; i < nr; i++)
		__bio_add_page(&bio, pages[i], PAGE_SIZE, 0);
	submit_bio(&bio);
	if (ended != before + 1 || bio.bi_status)
		failed = true;
	bio_uninit(&bio);
}

static u32 pages_of(struct block_device *bdev)
{
	return bdev_nr_bytes(bdev) >> PAGE_SHIFT;
}

static void read_4k(struct block_device *bdev)
{
	unsigned int i;

	for (i = 0; i < BATCH; i++)
		transfer(bdev, REQ_OP_READ, FIRST + i, 1);
}

static void write_4k(struct block_device *bdev)
{
	unsigned int i;

	for (i = 0; i < BATCH; i++)
		transfer(bdev, REQ_OP_WRITE, FIRST + i, 1);
}

static void rand_read_4k(struct block_device *bdev)
{
	u32 nr = pages_of(bdev);
	unsigned int i;

	for (i = 0; i < BATCH; i++)
		transfer(bdev, REQ_OP_READ, next_random() % nr, 1);
}

static void write_1m(struct block_device *bdev)
{
	transfer(bdev, REQ_OP_WRITE, FIRST, PAGES);
}

static void discard_1m(struct block_device *bdev)
{
	if (blkdev_issue_discard(bdev, FIRST * PAGE_SECTORS,
				 PAGES * PAGE_SECTORS, GFP_KERNEL))
		failed = true;
}

static void seq_1m(struct block_device *bdev)
{
	transfer(bdev, REQ_OP_WRITE, FIRST, PAGES);
	transfer(bdev, REQ_OP_READ, FIRST, PAGES);
}

/**
 * struct op - what is measured
 * @name: its row
 * @before: what comes before each round, unmeasured; NULL: nothing
 * @run: the round
 * @count: what the cost of a round is divided by
 * @discards: it is for devices that discard
 */
struct op {
	const char *name;
	void (*before)(struct block_device *bdev);
	void (*run)(struct block_device *bdev);
	unsigned int count;
	bool discards;
};

static const struct op ops[] = {
	{ "blk_read4k", NULL, read_4k, BATCH, false },
	{ "blk_write4k", NULL, write_4k, BATCH, false },
	{ "blk_rand_read4k", NULL, rand_read_4k, BATCH, false },
	{ "discard_1m", write_1m, discard_1m, 1, true },
	{ "seq_1m", write_1m, seq_1m, 1, false },
};

/* The fewest cycles that a round took. */
static u64 measure(const struct op *op, struct block_device *bdev)
{
	u64 best = U64_MAX, start;
	unsigned int i;

	if (op->discards && !bdev_max_discard_sectors(bdev))
		return 0;
	for (i = 0; i < ROUNDS && !failed; i++) {
		if (op->before)
			op->before(bdev);
		cond_resched();
		start = get_cycles();
		op->run(bdev);
		best = min_t(u64, best, get_cycles() - start);
	}
	return div_u64(best, op->count);
}

/* 32 bytes of noise, 32 that repeat, and no two pages are the same. */
static void fill_page(struct page *page)
{
	u32 *words = kmap_local_page(page);
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(*words); i++)
		words[i] = i & 8 ? i & 7 : next_random() << 8 ^ next_random();
	kunmap_local(words);
}

static void fill(struct block_device *bdev)
{
	u32 i;

	for (i = 0; i + PAGES <= pages_of(bdev) && !failed; i += PAGES) {
		transfer(bdev, REQ_OP_WRITE, i, PAGES);
		cond_resched();
	}
}

static void free_buffers(void)
{
	unsigned int i;

	for (i = 0; i < PAGES && pages[i]; i++)
		__free_page(pages[i]);
}

static int alloc_buffers(void)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		pages[i] = alloc_page(GFP_HIGHUSER);
		if (!pages[i])
			return -ENOMEM;
		if (!PageHighMem(pages[i])) {
			pr_err("annex_bench_blk: failed: a page is lowmem\n");
			return -ENXIO;
		}
		fill_page(pages[i]);
	}
	return 0;
}

static void run_all(const struct annex_bdev *opened)
{
	u64 cost[DEVICES] = {};
	unsigned int op;
	int i;

	for (i = 0; i < nr_devices; i++)
		fill(opened[i].bdev);
	for (op = 0; op < ARRAY_SIZE(ops) && !failed; op++) {
		for (i = 0; i < nr_devices; i++)
			cost[i] = measure(&ops[op], opened[i].bdev);
		pr_info("annex_bench_blk: %s %llu %llu %llu %llu\n",
			ops[op].name, cost[0], cost[1], cost[2], cost[3]);
	}
}

static int run_opened(void)
{
	struct annex_bdev opened[DEVICES];
	int i, err = 0;

	for (i = 0; i < nr_devices; i++) {
		err = annex_bdev_open(&opened[i], devices[i]);
		if (err) {
			pr_err("annex_bench_blk: failed: %s cannot be opened\n",
			       devices[i]);
			break;
		}
	}
	if (!err)
		run_all(opened);
	while (i--)
		annex_bdev_close(&opened[i]);
	return err ?: failed ? -EIO : 0;
}

static int __init bench_init(void)
{
	int err = annex_null_create();

	if (err)
		return err;
	err = alloc_buffers();
	if (!err)
		err = run_opened();
	free_buffers();
	if (err)
		annex_null_destroy();
	if (err)
		pr_err("annex_bench_blk: failed: errno %d\n", -err);
	else
		pr_info("annex_bench_blk: done\n");
	return err;
}

static void __exit bench_exit(void)
{
	annex_null_destroy();
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("annex_blk, brd and zram side by side");
MODULE_AUTHOR("The annex developers");
MODULE_LICENSE("GPL");
