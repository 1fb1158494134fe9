// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of a device's life: openers, removal, memory that runs out, bios that
 * come too early, and what the log has about a full device.
 */
#include <linux/bio.h>
#include <linux/errno.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "base/fail.h"
#include "host/compat_blk.h"
#include "lib/testlog.h"
#include "testblk.h"

#define SIZE	SZ_8M

/* As the kernel does when it opens and closes the device. */
static void add_openers(struct annex_blk *blk, int nr)
{
	mutex_lock(&blk->disk->open_mutex);
	atomic_add(nr, &blk->disk->part0->bd_openers);
	mutex_unlock(&blk->disk->open_mutex);
}

static int may_open(struct annex_blk *blk)
{
	int err;

	mutex_lock(&blk->disk->open_mutex);
	err = annex_ram_disk_may_open(blk);
	mutex_unlock(&blk->disk->open_mutex);
	return err;
}

static void disk_open_device_stays(struct kunit *test)
{
	struct annex_blk *blk = annex_testblk(test);
	struct testlog *log = testlog(test);

	annex_testblk_size(test, SIZE);
	add_openers(blk, 1);
	KUNIT_EXPECT_EQ(test, annex_blk_reset(blk), -EBUSY);
	KUNIT_EXPECT_NOT_NULL(test,
			      testlog_find(log, "annexblk0: reset refused: it is open"));
	KUNIT_EXPECT_NOT_NULL(test, blk->table);
	KUNIT_EXPECT_FALSE(test, annex_blk_begin_removal(blk));
	/* Another opener may come. */
	KUNIT_EXPECT_EQ(test, may_open(blk), 0);
	add_openers(blk, -1);
	KUNIT_EXPECT_TRUE(test, annex_blk_begin_removal(blk));
	KUNIT_EXPECT_EQ(test, may_open(blk), -ENXIO);
}

/* Each allocation of the table fails once, and nothing is left. */
static void disk_table_needs_memory(struct kunit *test)
{
	static const char line[] =
		"disksize 16384 kB refused: its table cannot be made (errno 12)";
	struct annex_blk *blk = annex_testblk(test);
	struct testlog *log = testlog(test);
	unsigned int nth = 0;
	int err;

	do {
		annex_fail_arm(ANNEX_FAIL_MEMORY, nth, 1);
		mutex_lock(&blk->lock);
		err = annex_blk_set_size(blk, SZ_16M);
		mutex_unlock(&blk->lock);
		annex_fail_disarm();
		if (err) {
			nth++;
			KUNIT_EXPECT_EQ(test, err, -ENOMEM);
			KUNIT_EXPECT_NULL(test, blk->table);
			KUNIT_EXPECT_EQ(test, get_capacity(blk->disk),
					(sector_t)0);
		}
	} while (err && nth < 10);
	/* The struct, and one page of the root: it is not small. */
	KUNIT_EXPECT_EQ(test, nth, 2U);
	KUNIT_EXPECT_EQ(test, testlog_count(log, line), 2U);
}

/* The kernel itself lets no such bio pass, but it may look before a reset. */
static int submit_at_once(struct annex_blk *blk, blk_opf_t opf,
			  struct page *page)
{
	struct bio *bio = bio_alloc(blk->disk->part0, 1, opf, GFP_KERNEL);
	int err;

	if (page)
		__bio_add_page(bio, page, PAGE_SIZE, 0);
	annex_blk_operations.submit_bio(bio);
	err = blk_status_to_errno(bio->bi_status);
	bio_put(bio);
	return err;
}

static void disk_without_size_fails_bios(struct kunit *test)
{
	struct annex_testbuf buf = annex_testbuf(test, 0);
	struct annex_blk *blk = annex_testblk(test);

	KUNIT_EXPECT_EQ(test, submit_at_once(blk, REQ_OP_READ, buf.page),
			-EIO);
	KUNIT_EXPECT_EQ(test, submit_at_once(blk, REQ_OP_WRITE, buf.page),
			-EIO);
	KUNIT_EXPECT_EQ(test, submit_at_once(blk, REQ_OP_DISCARD, NULL),
			-EIO);
	KUNIT_EXPECT_EQ(test, atomic_read(&blk->failed_reads), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&blk->failed_writes), 1);
}

/* A bio without data succeeds. An operation that the device lacks fails. */
static void disk_knows_its_operations(struct kunit *test)
{
	struct annex_testbuf buf = annex_testbuf(test, 0);
	struct annex_blk *blk = annex_testblk(test);

	annex_testblk_size(test, SIZE);
	KUNIT_EXPECT_EQ(test,
			submit_at_once(blk, REQ_OP_WRITE | REQ_PREFLUSH, NULL),
			0);
	KUNIT_EXPECT_EQ(test, submit_at_once(blk, REQ_OP_SECURE_ERASE, NULL),
			-EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test,
			submit_at_once(blk, REQ_OP_ZONE_APPEND, buf.page),
			-EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, annex_testblk_frames(blk), 0UL);
	KUNIT_EXPECT_EQ(test, atomic_read(&blk->failed_writes), 0);
}

static int write_page(struct kunit *test, const struct annex_testbuf *buf,
		      unsigned long page)
{
	const struct annex_testspan span = {
		.sector = page * PAGE_SECTORS, .nr = PAGE_SECTORS,
	};

	memset(buf->addr, 5, PAGE_SIZE);
	return annex_testblk_copy(annex_testblk(test), REQ_OP_WRITE, buf,
				  &span);
}

/* Slots of a partition, which begins at some sector of the device. */
static void free_slot_behind(struct annex_blk *blk, struct block_device *part,
			     sector_t start, unsigned long slot)
{
	part->bd_disk = blk->disk;
	part->bd_start_sect = start;
	annex_blk_operations.swap_slot_free_notify(part, slot);
}

static void disk_slots_are_counted_from_the_partition(struct kunit *test)
{
	struct block_device *part = kunit_kzalloc(test, sizeof(*part),
						  GFP_KERNEL);
	struct annex_testbuf buf = annex_testbuf(test, 0);
	struct annex_blk *blk = annex_testblk(test);
	const u32 pages = SIZE >> PAGE_SHIFT;

	KUNIT_ASSERT_NOT_NULL(test, part);
	annex_testblk_size(test, SIZE);
	KUNIT_ASSERT_EQ(test, write_page(test, &buf, 5), 0);
	KUNIT_ASSERT_EQ(test, write_page(test, &buf, 9), 0);
	/* The slot has halves of two pages. */
	free_slot_behind(blk, part, 4 * PAGE_SECTORS + 1, 1);
	KUNIT_EXPECT_EQ(test, annex_testblk_frames(blk), 2UL);
	free_slot_behind(blk, part, 4 * PAGE_SECTORS, 1);
	KUNIT_EXPECT_EQ(test, annex_testblk_frames(blk), 1UL);
	KUNIT_EXPECT_EQ(test, annex_frame_table_next(blk->table, 0, true), 9U);
	free_slot_behind(blk, part, 4 * PAGE_SECTORS, 5);
	KUNIT_EXPECT_EQ(test, annex_frame_table_next(blk->table, 0, true),
			pages);
	KUNIT_EXPECT_EQ(test, atomic_read(&blk->slots_freed), 3);
}

/* The first write that finds no frame is told of, and not each. */
static void disk_full_is_told_once(struct kunit *test)
{
	static const char by_limit[] =
		"write to sector 24 refused: mem_limit allows 2 frames, and all are used";
	struct annex_testbuf buf = annex_testbuf(test, 0);
	struct annex_blk *blk = annex_testblk(test);
	struct testlog *log = testlog(test);
	unsigned int round, i;

	for (round = 0; round < 2; round++) {
		annex_testblk_size(test, SIZE);
		annex_frame_table_set_limit(blk->table, 2);
		for (i = 0; i < 2; i++)
			KUNIT_EXPECT_EQ(test, write_page(test, &buf, i), 0);
		for (; i < 7; i++)
			KUNIT_EXPECT_EQ(test, write_page(test, &buf, 3),
					-ENOSPC);
		KUNIT_EXPECT_EQ(test, atomic_read(&blk->failed_writes), 5);
		/* Since a reset, it is the first again. */
		KUNIT_EXPECT_EQ(test, annex_blk_reset(blk), 0);
		KUNIT_EXPECT_EQ(test, testlog_count(log, by_limit), 1U);
		testlog_forget(log);
	}
}

/* With room below its limit, it is the pool that is full. */
static void disk_full_pool_is_told(struct kunit *test)
{
	static const char line[] =
		"write to sector 16 refused: the pool has no free frame, and this device has 1;";
	struct annex_testbuf buf = annex_testbuf(test, 0);
	struct annex_blk *blk = annex_testblk(test);
	struct testlog *log = testlog(test);

	annex_testblk_size(test, SIZE);
	annex_frame_table_set_limit(blk->table, 100);
	KUNIT_ASSERT_EQ(test, write_page(test, &buf, 1), 0);
	annex_fail_arm(ANNEX_FAIL_PAGE, 0, -1);
	KUNIT_EXPECT_EQ(test, write_page(test, &buf, 2), -ENOSPC);
	annex_fail_disarm();
	KUNIT_EXPECT_NOT_NULL(test, testlog_find(log, line));
	KUNIT_EXPECT_EQ(test, write_page(test, &buf, 2), 0);
	KUNIT_EXPECT_EQ(test, annex_testblk_frames(blk), 2UL);
}

static struct kunit_case disk_cases[] = {
	KUNIT_CASE(disk_open_device_stays),
	KUNIT_CASE(disk_table_needs_memory),
	KUNIT_CASE(disk_without_size_fails_bios),
	KUNIT_CASE(disk_knows_its_operations),
	KUNIT_CASE(disk_slots_are_counted_from_the_partition),
	KUNIT_CASE(disk_full_is_told_once),
	KUNIT_CASE(disk_full_pool_is_told),
	{}
};

static struct kunit_suite annex_blk_disk_suite = {
	.name = "annex_blk_disk",
	.init = annex_testblk_init,
	.exit = annex_testblk_exit,
	.test_cases = disk_cases,
};

kunit_test_suite(annex_blk_disk_suite);
