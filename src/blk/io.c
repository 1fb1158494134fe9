// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bios of a device: copying between their pages and the frames of its table.
 *
 *	read		from the frame, or zeros where there is none
 *	write		into the frame, which comes with the first write; a page of
 *			zeros leaves none, unless the device is thick
 *	discard,	whole pages give their frames back, and what remains at
 *	write zeroes	either end is zeroed; a thick device zeroes all in place.
 *			REQ_NOUNMAP changes nothing: a hole reads as zeros, and
 *			a thin device promises a frame to no write
 *	swap slot	as a discard of its page
 *
 * Everything is done when submit_bio() returns. There is no cache that a flush
 * could write back, so the kernel ends flushes itself.
 *
 * Allocation: a write may come from the host's reclaim, so its frame is
 * allocated without I/O and file systems, as GFP_NOIO has it. annex's reclaim
 * then asks no owner to write back, who might do so to this very device. It does
 * not wait for other users to free frames, either. A thread that reclaims for
 * the host does not get at the pool's reserves, which are for annex's own.
 *
 * Failing: a write without a frame is BLK_STS_NOSPC, or BLK_STS_AGAIN if it was
 * not to wait. Pages before it are written. The log has one line in five
 * seconds. The next write is tried as if nothing had happened.
 *
 * Locking: none. Two bios for the same sectors at once are their submitters'
 * affair; the table keeps its entries in order.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bio.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>

#include "blk/blk.h"
#include "host/compat_blk.h"

/* Pages that are punched between two looks whether others want the CPU. */
#define PUNCH_BATCH	1024

static u32 page_of(u64 byte)
{
	return byte >> PAGE_SHIFT;
}

static unsigned int offset_of(u64 byte)
{
	return byte & (PAGE_SIZE - 1);
}

/* The table itself keeps away from reserves, retries and warnings. */
static gfp_t write_gfp(blk_opf_t opf)
{
	return opf & REQ_NOWAIT ? GFP_NOWAIT : GFP_NOIO;
}

static struct annex_frame_table *table_of(const struct annex_blk *blk)
{
	/* Pairs with make_table(): the table is complete. */
	return smp_load_acquire(&blk->table);
}

static __always_inline int copy_span(const struct annex_blk *blk,
				     struct annex_frame_table *table,
				     blk_opf_t opf, u32 index,
				     const struct annex_page_span *span)
{
	if (!op_is_write(opf))
		return annex_frame_table_read_page(table, index, span);
	return annex_frame_table_write_page(table, index, span, write_gfp(opf),
					    blk->write_flags);
}

/*
 * Copy a bvec of any length, page by page: each part lies in one page of the
 * memory and in one of the device. @byte moves behind what was copied.
 */
static noinline int copy_parts(const struct annex_blk *blk,
			       struct annex_frame_table *table, blk_opf_t opf,
			       u64 *byte, const struct bio_vec *bvec)
{
	struct annex_page_span span = { .offset = offset_of(*byte) };
	unsigned int at = bvec->bv_offset, left = bvec->bv_len;
	u32 index = page_of(*byte);
	int err;

	for (;;) {
		span.page = bvec->bv_page + (at >> PAGE_SHIFT);
		span.page_offset = offset_in_page(at);
		span.len = min_t(unsigned int, left,
				 PAGE_SIZE - max(span.offset,
						 span.page_offset));
		err = copy_span(blk, table, opf, index, &span);
		if (unlikely(err))
			break;
		left -= span.len;
		if (likely(!left))
			break;
		at += span.len;
		span.offset += span.len;
		index += span.offset >> PAGE_SHIFT;
		span.offset = offset_in_page(span.offset);
	}
	*byte += bvec->bv_len - left;
	return err;
}

/* The same. Most bvecs are one page whose place is that of a page. */
static __always_inline int copy_bvec(const struct annex_blk *blk,
				     struct annex_frame_table *table,
				     blk_opf_t opf, u64 *byte,
				     const struct bio_vec *bvec)
{
	const struct annex_page_span whole = {
		.page = bvec->bv_page,
		.len = PAGE_SIZE,
	};
	int err;

	if (unlikely(bvec->bv_len != PAGE_SIZE ||
		     bvec->bv_offset | offset_of(*byte)))
		return copy_parts(blk, table, opf, byte, bvec);
	err = copy_span(blk, table, opf, page_of(*byte), &whole);
	if (likely(!err))
		*byte += PAGE_SIZE;
	return err;
}

/**
 * annex_ram_disk_copy() - copy a part of a page of memory
 * @private: the device
 * @opf: read or write, and how
 * @byte: where it begins on the device
 * @bvec: the memory; neither it nor its place begins with a page
 *
 * Context: process, may sleep; without %REQ_NOWAIT, for memory, too.
 * Return: 0; -ENOSPC; -ENXIO if the device has no size; -ERANGE beyond it.
 */
int annex_ram_disk_copy(void *private, blk_opf_t opf, u64 byte,
			struct bio_vec *bvec)
{
	const struct annex_blk *blk = private;
	struct annex_frame_table *table = table_of(blk);
	int err;

	if (unlikely(!table))
		return -ENXIO;
	err = copy_bvec(blk, table, opf, &byte, bvec);
	if (likely(!err))
		annex_blk_count_copy(opf & REQ_OP_MASK,
				     bvec->bv_len >> SECTOR_SHIFT);
	return err;
}

/* The pool is full, or the device has all that it may have. */
static void report_full(struct annex_blk *blk, sector_t sector)
{
	struct annex_frame_table_usage usage;

	if (!__ratelimit(&blk->full))
		return;
	annex_frame_table_usage(blk->table, &usage);
	if (usage.limit && usage.frames >= usage.limit)
		pr_err("%s: write to sector %llu refused: mem_limit allows %lu frames, and all are used; discard, or raise mem_limit\n",
		       blk->disk->disk_name, (u64)sector, usage.limit);
	else
		pr_err("%s: write to sector %llu refused: the pool has no free frame, and this device has %lu; discard, or free other memory of annex\n",
		       blk->disk->disk_name, (u64)sector, usage.frames);
}

static blk_status_t end_full(struct annex_blk *blk, struct bio *bio, u64 byte)
{
	annex_blk_count(ANNEX_BLK_NOSPC, 1);
	if (bio->bi_opf & REQ_NOWAIT) {
		bio_set_flag(bio, BIO_QUIET);
		return BLK_STS_AGAIN;
	}
	report_full(blk, byte >> SECTOR_SHIFT);
	return BLK_STS_NOSPC;
}

static noinline blk_status_t end_copy(struct annex_blk *blk, struct bio *bio,
				      u64 byte, int err)
{
	blk_status_t status = err == -ENOSPC ? end_full(blk, bio, byte) :
					       BLK_STS_IOERR;

	if (status != BLK_STS_AGAIN)
		atomic_inc(op_is_write(bio_op(bio)) ? &blk->failed_writes :
						      &blk->failed_reads);
	return status;
}

static noinline int copy_bvecs(const struct annex_blk *blk,
			       struct annex_frame_table *table,
			       const struct bio *bio, u64 *byte)
{
	struct bvec_iter iter;
	struct bio_vec bvec;
	int err = 0;

	bio_for_each_bvec(bvec, bio, iter) {
		err = copy_bvec(blk, table, bio->bi_opf, byte, &bvec);
		if (unlikely(err))
			break;
	}
	return err;
}

static __always_inline blk_status_t copy_bio(struct annex_blk *blk,
					     struct bio *bio)
{
	struct annex_frame_table *table = table_of(blk);
	u64 byte = (u64)bio->bi_iter.bi_sector << SECTOR_SHIFT;
	struct bio_vec bvec;
	int err;

	if (unlikely(!table))
		return end_copy(blk, bio, byte, -ENXIO);
	if (unlikely(!bio->bi_iter.bi_size))
		return BLK_STS_OK;
	/* Most bios are one bvec, and need no iteration. */
	bvec = mp_bvec_iter_bvec(bio->bi_io_vec, bio->bi_iter);
	if (likely(bvec.bv_len == bio->bi_iter.bi_size))
		err = copy_bvec(blk, table, bio->bi_opf, &byte, &bvec);
	else
		err = copy_bvecs(blk, table, bio, &byte);
	return likely(!err) ? BLK_STS_OK : end_copy(blk, bio, byte, err);
}

/* Zero pages that have frames, and leave them these. */
static void zero_pages(struct annex_frame_table *table, u32 first, u32 end)
{
	u32 i;

	for (i = annex_frame_table_next(table, first, true); i < end;
	     i = annex_frame_table_next(table, i + 1, true)) {
		annex_frame_table_zero(table, i, 0, PAGE_SIZE);
		cond_resched();
	}
}

static void punch_pages(struct annex_frame_table *table, u32 first, u32 end)
{
	while (first < end) {
		u32 nr = min_t(u32, end - first, PUNCH_BATCH);

		annex_frame_table_punch(table, first, nr);
		first += nr;
		cond_resched();
	}
}

/* From now on bytes @start to @end - 1 read as zeros. */
static void clear_bytes(struct annex_frame_table *table, u64 start, u64 end,
			bool keep)
{
	u32 first = page_of(start + PAGE_SIZE - 1), last = page_of(end);

	if (first > last) {
		annex_frame_table_zero(table, last, offset_of(start),
				       end - start);
		return;
	}
	if (offset_of(start))
		annex_frame_table_zero(table, first - 1, offset_of(start),
				       PAGE_SIZE - offset_of(start));
	if (keep)
		zero_pages(table, first, last);
	else
		punch_pages(table, first, last);
	if (offset_of(end))
		annex_frame_table_zero(table, last, 0, offset_of(end));
}

static blk_status_t clear_bio(struct annex_blk *blk, const struct bio *bio)
{
	struct annex_frame_table *table = table_of(blk);
	u64 start = (u64)bio->bi_iter.bi_sector << SECTOR_SHIFT;

	if (!table)
		return BLK_STS_IOERR;
	annex_blk_count(ANNEX_BLK_DISCARD, bio_sectors(bio));
	clear_bytes(table, start, start + bio->bi_iter.bi_size, blk->thick);
	return BLK_STS_OK;
}

static noinline blk_status_t serve_other(struct annex_blk *blk,
					 struct bio *bio)
{
	switch (bio_op(bio)) {
	case REQ_OP_DISCARD:
	case REQ_OP_WRITE_ZEROES:
		return clear_bio(blk, bio);
	default:
		return BLK_STS_NOTSUPP;
	}
}

static __always_inline blk_status_t serve_bio(struct annex_blk *blk,
					      struct bio *bio)
{
	enum req_op op = bio_op(bio);

	if (likely(op == REQ_OP_READ || op == REQ_OP_WRITE)) {
		annex_blk_count_copy(op, bio_sectors(bio));
		return copy_bio(blk, bio);
	}
	return serve_other(blk, bio);
}

/* Counting costs a tenth of copying a page, so it is for those who ask. */
static noinline void submit_bio_counted(struct annex_blk *blk, struct bio *bio)
{
	unsigned long start = bio_start_io_acct(bio);

	bio->bi_status = serve_bio(blk, bio);
	bio_end_io_acct(bio, start);
	bio_endio(bio);
}

static void blk_submit_bio(struct bio *bio)
{
	struct gendisk *disk = bio->bi_bdev->bd_disk;
	struct annex_blk *blk = disk->private_data;

	if (unlikely(blk_queue_io_stat(disk->queue))) {
		submit_bio_counted(blk, bio);
		return;
	}
	bio->bi_status = serve_bio(blk, bio);
	bio_endio(bio);
}

/*
 * A slot of swap has become free. On a partition that does not begin with a page
 * of the device, a slot has halves of two pages, which stay until they are
 * written again or discarded. Called under spinlocks.
 */
static void free_slot(struct block_device *bdev, unsigned long slot)
{
	struct annex_blk *blk = bdev->bd_disk->private_data;
	u32 start = get_start_sect(bdev);

	atomic_inc(&blk->slots_freed);
	if (!blk->thick && !(start & (PAGE_SECTORS - 1)))
		annex_blk_count(ANNEX_BLK_SLOT_FREE,
				annex_frame_table_punch(blk->table,
							start / PAGE_SECTORS +
								slot,
							1));
}

const struct block_device_operations annex_blk_operations = {
	.owner = THIS_MODULE,
	.open = annex_ram_disk_open,
	.submit_bio = blk_submit_bio,
	.swap_slot_free_notify = free_slot,
	ANNEX_RAM_DISK_RW_PAGE
};
