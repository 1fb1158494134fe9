// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the bios of a device, one property at a time: the bytes that change,
 * the frames that the device has, refusals, and counters. Random bios are in
 * blk_model_kunit.c.
 */
#include <linux/bio.h>
#include <linux/errno.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "base/show.h"
#include "host/compat_blk.h"
#include "lib/testseq.h"
#include "testblk.h"

#define SIZE	SZ_8M

/* Pages that a test of ranges is about, and their sectors. */
#define PAGES	3
#define SECTORS	(PAGES * PAGE_SECTORS)

static const struct annex_testspan whole = { .nr = SECTORS };

static int write_byte(struct kunit *test, const struct annex_testbuf *buf,
		      blk_opf_t opf, sector_t sector, unsigned int nr, u8 byte)
{
	const struct annex_testspan span = { .sector = sector, .nr = nr };

	memset(buf->addr, byte, nr << SECTOR_SHIFT);
	return annex_testblk_copy(annex_testblk(test), opf, buf, &span);
}

/* Do sectors @first to @end - 1 read as zeros, and the rest as @byte? */
static void expect_hole(struct kunit *test, const struct annex_testbuf *buf,
			unsigned int first, unsigned int end, u8 byte)
{
	unsigned int i;

	memset(buf->addr, ~byte, SECTORS << SECTOR_SHIFT);
	KUNIT_EXPECT_EQ(test,
			annex_testblk_copy(annex_testblk(test), REQ_OP_READ,
					   buf, &whole),
			0);
	for (i = 0; i < SECTORS; i++)
		KUNIT_EXPECT_NULL_MSG(test,
				      memchr_inv(buf->addr +
							 (i << SECTOR_SHIFT),
						 i >= first && i < end ? 0 :
									 byte,
						 SECTOR_SIZE),
				      "%u to %u, sector %u", first, end, i);
}

/* Pages that lie within the sectors as a whole. */
static unsigned long pages_within(unsigned int first, unsigned int end)
{
	unsigned int start = DIV_ROUND_UP(first, PAGE_SECTORS);
	unsigned int behind = end / PAGE_SECTORS;

	return behind > start ? behind - start : 0;
}

/* Each range of three pages. A thick device keeps all of its frames. */
static void each_range(struct kunit *test, blk_opf_t opf)
{
	struct annex_testbuf buf = annex_testbuf(test, 2);
	struct annex_blk *blk = annex_testblk(test);
	unsigned int first, end;

	annex_testblk_size(test, SIZE);
	for (first = 0; first < SECTORS; first++)
		for (end = first + 1; end <= SECTORS; end++) {
			KUNIT_ASSERT_EQ(test,
					write_byte(test, &buf, REQ_OP_WRITE, 0,
						   SECTORS, 0x5a),
					0);
			KUNIT_EXPECT_EQ(test,
					annex_testblk_clear(blk, opf, first,
							    end - first),
					0);
			KUNIT_EXPECT_EQ(test, annex_testblk_frames(blk),
					blk->thick ? SIZE / PAGE_SIZE :
						     PAGES - pages_within(first,
									  end));
			expect_hole(test, &buf, first, end, 0x5a);
		}
}

static void bio_discard_at_all_alignments(struct kunit *test)
{
	each_range(test, REQ_OP_DISCARD);
}

static void bio_zeroes_at_all_alignments(struct kunit *test)
{
	each_range(test, REQ_OP_WRITE_ZEROES);
}

/* To keep blocks means nothing to a device that promises none. */
static void bio_zeroes_that_keep_blocks_keep_no_frames(struct kunit *test)
{
	each_range(test, REQ_OP_WRITE_ZEROES | REQ_NOUNMAP);
}

static void bio_thick_device_is_zeroed_in_place(struct kunit *test)
{
	annex_testblk(test)->thick = true;
	each_range(test, REQ_OP_WRITE_ZEROES);
}

/* More pages than are punched at a time, over borders of leaves. */
static void bio_discard_is_of_any_length(struct kunit *test)
{
	struct annex_testbuf buf = annex_testbuf(test, 2);
	struct annex_blk *blk = annex_testblk(test);
	const unsigned int last = SIZE / SECTOR_SIZE - PAGE_SECTORS;
	unsigned int at;

	annex_testblk_size(test, SIZE);
	for (at = 0; at <= last; at += 64 * PAGE_SECTORS)
		KUNIT_ASSERT_EQ(test,
				write_byte(test, &buf, REQ_OP_WRITE, at,
					   PAGE_SECTORS, 1), 0);
	KUNIT_ASSERT_EQ(test,
			write_byte(test, &buf, REQ_OP_WRITE, last,
				   PAGE_SECTORS, 1), 0);
	KUNIT_EXPECT_EQ(test, annex_testblk_frames(blk), SIZE / SZ_256K + 1UL);
	KUNIT_EXPECT_EQ(test,
			annex_testblk_clear(blk, REQ_OP_DISCARD, PAGE_SECTORS,
					    last - PAGE_SECTORS), 0);
	KUNIT_EXPECT_EQ(test, annex_testblk_frames(blk), 2UL);
	KUNIT_EXPECT_EQ(test,
			annex_testblk_clear(blk, REQ_OP_WRITE_ZEROES, 0,
					    last + PAGE_SECTORS), 0);
	KUNIT_EXPECT_EQ(test, annex_testblk_frames(blk), 0UL);
}

/* A page of zeros takes no frame, and gives one back. */
static void bio_page_of_zeros_is_a_hole(struct kunit *test)
{
	struct annex_testbuf buf = annex_testbuf(test, 2);
	struct annex_blk *blk = annex_testblk(test);

	annex_testblk_size(test, SIZE);
	KUNIT_EXPECT_EQ(test,
			write_byte(test, &buf, REQ_OP_WRITE, 0, SECTORS, 0), 0);
	KUNIT_EXPECT_EQ(test, annex_testblk_frames(blk), 0UL);
	KUNIT_EXPECT_EQ(test,
			write_byte(test, &buf, REQ_OP_WRITE, 0, SECTORS, 7), 0);
	KUNIT_EXPECT_EQ(test, annex_testblk_frames(blk), (unsigned long)PAGES);
	KUNIT_EXPECT_EQ(test,
			write_byte(test, &buf, REQ_OP_WRITE, PAGE_SECTORS,
				   PAGE_SECTORS, 0), 0);
	KUNIT_EXPECT_EQ(test, annex_testblk_frames(blk), PAGES - 1UL);
	expect_hole(test, &buf, PAGE_SECTORS, 2 * PAGE_SECTORS, 7);
}

static unsigned long vmstat(struct kunit *test, const char *name)
{
	struct seq_file *m = open_seq(test);
	unsigned long value = ~0UL;
	const char *found;
	int fields;

	annex_show_vmstat(m, annex_testblk_pool);
	found = strstr(seq_text(test, m), name);
	KUNIT_ASSERT_NOT_NULL(test, found);
	fields = sscanf(found + strlen(name), " %lu", &value);
	KUNIT_EXPECT_EQ(test, fields, 1);
	return value;
}

static void set_limit(struct annex_blk *blk, unsigned long frames)
{
	annex_frame_table_set_limit(blk->table, frames);
}

/* The pages before the refusal are written; it is counted, and goes on. */
static void bio_limit_ends_a_write(struct kunit *test)
{
	struct annex_testbuf buf = annex_testbuf(test, 2);
	struct annex_blk *blk = annex_testblk(test);
	unsigned long before;

	annex_testblk_size(test, SIZE);
	set_limit(blk, 2);
	before = vmstat(test, "annexblk_nospc");
	KUNIT_EXPECT_EQ(test,
			write_byte(test, &buf, REQ_OP_WRITE, 0, SECTORS, 9),
			-ENOSPC);
	expect_hole(test, &buf, 2 * PAGE_SECTORS, SECTORS, 9);
	KUNIT_EXPECT_EQ(test, atomic_read(&blk->failed_writes), 1);
	/* To be told to wait is no failure. */
	KUNIT_EXPECT_EQ(test,
			write_byte(test, &buf, REQ_OP_WRITE | REQ_NOWAIT,
				   2 * PAGE_SECTORS, 1, 9),
			-EAGAIN);
	KUNIT_EXPECT_EQ(test, atomic_read(&blk->failed_writes), 1);
	KUNIT_EXPECT_EQ(test, vmstat(test, "annexblk_nospc"), before + 2);
	/* What has a frame can be written, and what is discarded makes room. */
	KUNIT_EXPECT_EQ(test,
			write_byte(test, &buf, REQ_OP_WRITE | REQ_NOWAIT, 0,
				   PAGE_SECTORS, 8), 0);
	KUNIT_EXPECT_EQ(test,
			annex_testblk_clear(blk, REQ_OP_DISCARD, 0,
					    PAGE_SECTORS), 0);
	KUNIT_EXPECT_EQ(test,
			write_byte(test, &buf, REQ_OP_WRITE, 2 * PAGE_SECTORS,
				   PAGE_SECTORS, 9), 0);
	expect_hole(test, &buf, 0, PAGE_SECTORS, 9);
	set_limit(blk, 0);
	KUNIT_EXPECT_EQ(test,
			write_byte(test, &buf, REQ_OP_WRITE, 0, SECTORS, 4), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&blk->failed_reads), 0);
}

/* More than the pool has; all that was written before is there. */
static void bio_full_pool_ends_a_write(struct kunit *test)
{
	struct annex_testbuf buf = annex_testbuf(test, 0);
	struct annex_blk *blk = annex_testblk(test);
	struct annex_testspan span = { .nr = PAGE_SECTORS };
	unsigned long free = annex_test_free_pages(annex_testblk_pool), i, nr;

	annex_testblk_size(test, SZ_64M);
	for (nr = 0; nr < SZ_64M / PAGE_SIZE; nr++) {
		if (write_byte(test, &buf, REQ_OP_WRITE, nr * PAGE_SECTORS,
			       PAGE_SECTORS, 1 + nr % 255))
			break;
	}
	KUNIT_EXPECT_GT(test, nr, free / 2);
	KUNIT_EXPECT_LT(test, nr, free);
	KUNIT_EXPECT_EQ(test, annex_testblk_frames(blk), nr);
	annex_test_validate(test, annex_testblk_pool);
	for (i = 0; i < nr; i++) {
		span.sector = i * PAGE_SECTORS;
		KUNIT_ASSERT_EQ(test,
				annex_testblk_copy(blk, REQ_OP_READ, &buf,
						   &span), 0);
		KUNIT_ASSERT_NULL(test,
				  memchr_inv(buf.addr, 1 + i % 255, PAGE_SIZE));
	}
	/* A frame that is given back can be had after its grace period. */
	KUNIT_EXPECT_EQ(test,
			annex_testblk_clear(blk, REQ_OP_DISCARD, 0,
					    SZ_1M >> SECTOR_SHIFT), 0);
	KUNIT_EXPECT_EQ(test,
			write_byte(test, &buf, REQ_OP_WRITE, nr * PAGE_SECTORS,
				   PAGE_SECTORS, 3), 0);
}

/* A thick device has all of its frames, and keeps them. */
static void bio_thick_device_keeps_its_frames(struct kunit *test)
{
	struct annex_testbuf buf = annex_testbuf(test, 2);
	struct annex_blk *blk = annex_testblk(test);
	const unsigned long pages = SIZE >> PAGE_SHIFT;

	blk->thick = true;
	annex_testblk_size(test, SIZE);
	KUNIT_EXPECT_EQ(test, annex_testblk_frames(blk), pages);
	expect_hole(test, &buf, 0, SECTORS, 0);
	KUNIT_EXPECT_EQ(test,
			write_byte(test, &buf, REQ_OP_WRITE, 0, SECTORS, 6), 0);
	KUNIT_EXPECT_EQ(test, annex_testblk_clear(blk, REQ_OP_DISCARD, 3, 17),
			0);
	expect_hole(test, &buf, 3, 20, 6);
	annex_testblk_free_slot(blk, 0);
	expect_hole(test, &buf, 3, 20, 6);
	KUNIT_EXPECT_EQ(test,
			write_byte(test, &buf, REQ_OP_WRITE, 0, SECTORS, 0), 0);
	expect_hole(test, &buf, 0, SECTORS, 6);
	KUNIT_EXPECT_EQ(test, annex_testblk_frames(blk), pages);
}

/* A frame too few, and nothing is left of it. */
static void bio_thick_device_may_be_too_large(struct kunit *test)
{
	struct annex_blk *blk = annex_testblk(test);
	unsigned long free = annex_test_free_pages(annex_testblk_pool);

	blk->thick = true;
	mutex_lock(&blk->lock);
	KUNIT_EXPECT_EQ(test, annex_blk_set_size(blk, SZ_64M), -ENOSPC);
	blk->mem_limit = SIZE - 1;
	KUNIT_EXPECT_EQ(test, annex_blk_set_size(blk, SIZE), -ENOSPC);
	KUNIT_EXPECT_EQ(test, annex_blk_set_size(blk, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test,
			annex_blk_set_size(blk, ANNEX_BLK_SIZE_MAX + 1),
			-E2BIG);
	mutex_unlock(&blk->lock);
	KUNIT_EXPECT_NULL(test, blk->table);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex_testblk_pool), free);
}

/* Slots that become free give their frames back, under a spinlock. */
static void bio_free_slots_give_frames_back(struct kunit *test)
{
	struct annex_testbuf buf = annex_testbuf(test, 2);
	struct annex_blk *blk = annex_testblk(test);
	unsigned long before;

	annex_testblk_size(test, SIZE);
	before = vmstat(test, "annexblk_slot_free");
	KUNIT_EXPECT_EQ(test,
			write_byte(test, &buf, REQ_OP_WRITE, 0, SECTORS, 2), 0);
	annex_testblk_free_slot(blk, 1);
	KUNIT_EXPECT_EQ(test, annex_testblk_frames(blk), PAGES - 1UL);
	expect_hole(test, &buf, PAGE_SECTORS, 2 * PAGE_SECTORS, 2);
	/* It had none any more. */
	annex_testblk_free_slot(blk, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&blk->slots_freed), 2);
	KUNIT_EXPECT_EQ(test, vmstat(test, "annexblk_slot_free"), before + 1);
}

/* All sectors that were asked for are counted, and no other. */
static void bio_sectors_are_counted(struct kunit *test)
{
	struct annex_testbuf buf = annex_testbuf(test, 2);
	struct annex_blk *blk = annex_testblk(test);
	unsigned long written, read, discarded;

	annex_testblk_size(test, SIZE);
	written = vmstat(test, "annexblk_write");
	read = vmstat(test, "annexblk_read");
	discarded = vmstat(test, "annexblk_discard");
	KUNIT_EXPECT_EQ(test, write_byte(test, &buf, REQ_OP_WRITE, 3, 19, 2),
			0);
	KUNIT_EXPECT_EQ(test,
			annex_testblk_copy(blk, REQ_OP_READ, &buf, &whole), 0);
	KUNIT_EXPECT_EQ(test, annex_testblk_clear(blk, REQ_OP_DISCARD, 1, 5),
			0);
	KUNIT_EXPECT_EQ(test,
			annex_testblk_clear(blk, REQ_OP_WRITE_ZEROES, 1, 2), 0);
	KUNIT_EXPECT_EQ(test, vmstat(test, "annexblk_write"), written + 19);
	KUNIT_EXPECT_EQ(test, vmstat(test, "annexblk_read"), read + SECTORS);
	KUNIT_EXPECT_EQ(test, vmstat(test, "annexblk_discard"), discarded + 7);
}

/* What annex_ram_disk_copy() gets on kernels that have rw_page. */
static void bio_page_of_swap_is_copied(struct kunit *test)
{
	struct annex_testbuf buf = annex_testbuf(test, 2);
	struct bio_vec bvec = { .bv_page = buf.page, .bv_len = PAGE_SIZE };
	struct annex_blk *blk = annex_testblk(test);
	unsigned long written;

	KUNIT_EXPECT_EQ(test,
			annex_ram_disk_copy(blk, REQ_OP_WRITE, 0, &bvec),
			-ENXIO);
	annex_testblk_size(test, SIZE);
	written = vmstat(test, "annexblk_write");
	memset(buf.addr, 3, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test,
			annex_ram_disk_copy(blk, REQ_OP_WRITE, PAGE_SIZE,
					    &bvec), 0);
	memset(buf.addr, 0, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test,
			annex_ram_disk_copy(blk, REQ_OP_READ, PAGE_SIZE, &bvec),
			0);
	KUNIT_EXPECT_NULL(test, memchr_inv(buf.addr, 3, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, vmstat(test, "annexblk_write"),
			written + PAGE_SECTORS);
	KUNIT_EXPECT_EQ(test,
			annex_ram_disk_copy(blk, REQ_OP_READ, SIZE, &bvec),
			-ERANGE);
}

/* As new: no size, no limit, no counts, all frames back. */
static void bio_reset_makes_it_as_new(struct kunit *test)
{
	struct annex_testbuf buf = annex_testbuf(test, 2);
	struct annex_blk *blk = annex_testblk(test);
	unsigned long free = annex_test_free_pages(annex_testblk_pool);

	annex_testblk_size(test, SIZE - 1);
	KUNIT_EXPECT_EQ(test, get_capacity(blk->disk),
			(sector_t)SIZE >> SECTOR_SHIFT);
	KUNIT_EXPECT_EQ(test,
			write_byte(test, &buf, REQ_OP_WRITE, 0, SECTORS, 2), 0);
	blk->mem_limit = PAGE_SIZE;
	set_limit(blk, 1);
	KUNIT_EXPECT_EQ(test,
			write_byte(test, &buf, REQ_OP_WRITE, SECTORS, 1, 2),
			-ENOSPC);
	mutex_lock(&blk->lock);
	KUNIT_EXPECT_EQ(test, annex_blk_set_size(blk, SIZE), -EBUSY);
	mutex_unlock(&blk->lock);
	KUNIT_EXPECT_EQ(test, annex_blk_reset(blk), 0);
	KUNIT_EXPECT_EQ(test, get_capacity(blk->disk), (sector_t)0);
	KUNIT_EXPECT_EQ(test, blk->mem_limit, 0ULL);
	KUNIT_EXPECT_EQ(test, atomic_read(&blk->failed_writes), 0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex_testblk_pool), free);
	annex_testblk_size(test, SIZE);
	expect_hole(test, &buf, 0, SECTORS, 2);
	KUNIT_EXPECT_EQ(test,
			write_byte(test, &buf, REQ_OP_WRITE, 0, SECTORS, 2), 0);
}

static struct kunit_case bio_cases[] = {
	KUNIT_CASE(bio_discard_at_all_alignments),
	KUNIT_CASE(bio_zeroes_at_all_alignments),
	KUNIT_CASE(bio_zeroes_that_keep_blocks_keep_no_frames),
	KUNIT_CASE(bio_thick_device_is_zeroed_in_place),
	KUNIT_CASE(bio_discard_is_of_any_length),
	KUNIT_CASE(bio_page_of_zeros_is_a_hole),
	KUNIT_CASE(bio_limit_ends_a_write),
	KUNIT_CASE(bio_full_pool_ends_a_write),
	KUNIT_CASE(bio_thick_device_keeps_its_frames),
	KUNIT_CASE(bio_thick_device_may_be_too_large),
	KUNIT_CASE(bio_free_slots_give_frames_back),
	KUNIT_CASE(bio_sectors_are_counted),
	KUNIT_CASE(bio_page_of_swap_is_copied),
	KUNIT_CASE(bio_reset_makes_it_as_new),
	{}
};

static struct kunit_suite annex_blk_bio_suite = {
	.name = "annex_blk_bio",
	.init = annex_testblk_init,
	.exit = annex_testblk_exit,
	.test_cases = bio_cases,
};

kunit_test_suite(annex_blk_bio_suite);
