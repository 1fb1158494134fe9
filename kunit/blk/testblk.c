// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device of annex_blk in a pool of a test's own, and bios for it.
 *
 * The device is the kernel's, with a gendisk, but nobody opens it: the bios are
 * submitted to its block_device.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "testblk.h"

/**
 * annex_testblk_init() - make a pool, and a device without a size
 * @test: the test, of a suite with this as its init
 */
int annex_testblk_init(struct kunit *test)
{
	struct annex_blk *blk;

	annex_testblk_pool = annex_testblk_make_pool(test);
	KUNIT_ASSERT_EQ(test, annex_blk_counters_init(), 0);
	blk = annex_blk_create(0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(blk));
	test->priv = blk;
	return 0;
}

/**
 * annex_testblk_exit() - destroy the device; its pool is as it was before
 * @test: the test, of a suite with this as its exit
 */
void annex_testblk_exit(struct kunit *test)
{
	struct annex *annex = annex_testblk_pool;

	if (!IS_ERR_OR_NULL(test->priv)) {
		annex_blk_destroy(test->priv);
		KUNIT_EXPECT_TRUE(test, list_empty(&annex->store.tables));
		KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_TABLE_FRAMES),
				0UL);
		annex_test_validate(test, annex);
	}
	annex_blk_counters_exit();
	annex_testblk_free_pool(test, annex);
	annex_testblk_pool = NULL;
}

struct annex_blk *annex_testblk(struct kunit *test)
{
	return test->priv;
}

/**
 * annex_testblk_size() - give the device its size
 * @test: the test; it ends here if that fails
 * @size: in bytes
 */
void annex_testblk_size(struct kunit *test, u64 size)
{
	struct annex_blk *blk = test->priv;
	int err;

	mutex_lock(&blk->lock);
	err = annex_blk_set_size(blk, size);
	mutex_unlock(&blk->lock);
	KUNIT_ASSERT_EQ(test, err, 0);
}

static void free_buf(struct kunit_resource *res)
{
	struct page *page = res->data;

	__free_pages(page, page->private);
}

static int make_buf(struct kunit_resource *res, void *order)
{
	unsigned int n = (uintptr_t)order;
	struct page *page = alloc_pages(GFP_KERNEL, n);

	res->data = page;
	if (!page)
		return -ENOMEM;
	set_page_private(page, n);
	return 0;
}

/**
 * annex_testbuf() - get memory that lives as long as the test
 * @test: the test; it ends here if there is none
 * @order: it has 2^order pages
 */
struct annex_testbuf annex_testbuf(struct kunit *test, unsigned int order)
{
	struct annex_testbuf buf = {
		.page = kunit_alloc_resource(test, make_buf, free_buf,
					     GFP_KERNEL,
					     (void *)(uintptr_t)order),
		.bytes = PAGE_SIZE << order,
	};

	KUNIT_ASSERT_NOT_NULL(test, buf.page);
	buf.addr = page_address(buf.page);
	return buf;
}

static struct block_device *bdev_of(struct annex_blk *blk)
{
	return blk->disk->part0;
}

/* A bvec begins anywhere in a page, and may go over several. */
static void add_part(struct bio *bio, const struct annex_testbuf *buf,
		     unsigned int at, unsigned int len)
{
	__bio_add_page(bio, buf->page + (at >> PAGE_SHIFT), len,
		       offset_in_page(at));
}

/**
 * annex_testblk_copy() - read or write by a bio, and wait for it
 * @blk: the device
 * @opf: the operation and its flags
 * @buf: the memory
 * @span: which sectors, where they are in memory, and in which parts
 *
 * Return: an errno.
 */
int annex_testblk_copy(struct annex_blk *blk, blk_opf_t opf,
		       const struct annex_testbuf *buf,
		       const struct annex_testspan *span)
{
	unsigned int left = span->nr << SECTOR_SHIFT, at = span->at;
	unsigned int cut = span->cut ?: left;
	struct bio *bio = bio_alloc(bdev_of(blk), DIV_ROUND_UP(left, cut), opf,
				    GFP_KERNEL);
	int err;

	bio->bi_iter.bi_sector = span->sector;
	while (left) {
		unsigned int len = min(left, cut);

		add_part(bio, buf, at, len);
		at += len;
		left -= len;
	}
	err = submit_bio_wait(bio);
	bio_put(bio);
	return err;
}

/**
 * annex_testblk_clear() - discard or zero sectors, and wait for it
 * @blk: the device
 * @opf: the operation and its flags
 * @sector: the first sector
 * @nr: how many
 *
 * Return: an errno.
 */
int annex_testblk_clear(struct annex_blk *blk, blk_opf_t opf, sector_t sector,
			unsigned int nr)
{
	struct bio *bio = bio_alloc(bdev_of(blk), 0, opf, GFP_KERNEL);
	int err;

	bio->bi_iter.bi_sector = sector;
	bio->bi_iter.bi_size = nr << SECTOR_SHIFT;
	err = submit_bio_wait(bio);
	bio_put(bio);
	return err;
}

/**
 * annex_testblk_frames() - how many frames the device has for data
 * @blk: the device
 */
unsigned long annex_testblk_frames(struct annex_blk *blk)
{
	struct annex_frame_table_usage usage;

	annex_frame_table_usage(blk->table, &usage);
	return usage.frames;
}

/**
 * annex_testblk_free_slot() - tell the device that a slot of swap is free
 * @blk: the device
 * @slot: the slot
 *
 * As swap does, under a spinlock.
 */
void annex_testblk_free_slot(struct annex_blk *blk, unsigned long slot)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	annex_blk_operations.swap_slot_free_notify(bdev_of(blk), slot);
	spin_unlock(&lock);
}
