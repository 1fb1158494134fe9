// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/annexnull0: a disk that does nothing, whose figures are what the kernel
 * itself costs around any disk in memory.
 *
 * Data is neither stored nor fetched, but for the first page, which has the header
 * of a swap device. Reading any other page leaves the memory as it is.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/module.h>
#include <linux/sizes.h>

#include "host/compat_blk.h"
#include "null.h"

static struct gendisk *disk;
static void *header;

/* Operation rw_page, and the bvecs of a bio. */
int annex_ram_disk_copy(void *private, blk_opf_t opf, u64 byte,
			struct bio_vec *bvec)
{
	if (likely(byte >= PAGE_SIZE))
		return 0;
	if (bvec->bv_len > PAGE_SIZE - byte)
		return -ERANGE;
	if (op_is_write(opf))
		memcpy_from_bvec(header + byte, bvec);
	else
		memcpy_to_bvec(bvec, header + byte);
	return 0;
}

int annex_ram_disk_may_open(void *private)
{
	return 0;
}

/* Bios that begin behind the first page have no bvec in it. */
static noinline void copy_header(struct bio *bio)
{
	u64 byte = (u64)bio->bi_iter.bi_sector << SECTOR_SHIFT;
	struct bvec_iter iter;
	struct bio_vec bvec;

	bio_for_each_segment(bvec, bio, iter) {
		if (annex_ram_disk_copy(NULL, bio->bi_opf, byte, &bvec))
			bio->bi_status = BLK_STS_IOERR;
		byte += bvec.bv_len;
	}
}

static void null_submit_bio(struct bio *bio)
{
	if (unlikely(bio->bi_iter.bi_sector < PAGE_SECTORS) &&
	    bio_has_data(bio))
		copy_header(bio);
	bio_endio(bio);
}

static const struct block_device_operations null_operations = {
	.owner = THIS_MODULE,
	.open = annex_ram_disk_open,
	.submit_bio = null_submit_bio,
	ANNEX_RAM_DISK_RW_PAGE
};

/**
 * annex_null_create() - make the disk
 *
 * Context: process, may sleep.
 * Return: 0 or an errno.
 */
int annex_null_create(void)
{
	int err;

	header = (void *)get_zeroed_page(GFP_KERNEL);
	if (!header)
		return -ENOMEM;
	disk = annex_alloc_ram_disk();
	if (IS_ERR(disk)) {
		free_page((unsigned long)header);
		return PTR_ERR(disk);
	}
	disk->fops = &null_operations;
	snprintf(disk->disk_name, DISK_NAME_LEN, "annexnull0");
	set_capacity(disk, SZ_1G >> SECTOR_SHIFT);
	err = add_disk(disk);
	if (err) {
		put_disk(disk);
		free_page((unsigned long)header);
	}
	return err;
}

/**
 * annex_null_destroy() - remove the disk
 *
 * Context: process, may sleep.
 */
void annex_null_destroy(void)
{
	del_gendisk(disk);
	put_disk(disk);
	free_page((unsigned long)header);
}
