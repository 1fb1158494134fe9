/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_BLK_TESTBLK_H
#define ANNEX_KUNIT_BLK_TESTBLK_H

#include <kunit/test.h>
#include <linux/bio.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include "blk/blk.h"
#include "lib/testpool.h"
#include "own_api.h"

/* Bytes of the pool; a quarter of them is lowmem. */
#define ANNEX_TESTBLK_POOL	SZ_16M

extern struct annex *annex_testblk_pool;

/**
 * struct annex_testbuf - memory for bios, of contiguous pages
 * @page: the first
 * @addr: its address
 * @bytes: how much
 */
struct annex_testbuf {
	struct page *page;
	u8 *addr;
	size_t bytes;
};

/**
 * struct annex_testspan - sectors of a device, and where they are in memory
 * @sector: the first
 * @nr: how many
 * @at: where they begin in a buffer
 * @cut: the longest part that gets a bvec of its own
 */
struct annex_testspan {
	sector_t sector;
	unsigned int nr;
	unsigned int at;
	unsigned int cut;
};

/* Of testblk_plain.c, or testblk_real.c. */
struct annex *annex_testblk_make_pool(struct kunit *test);
void annex_testblk_free_pool(struct kunit *test, struct annex *annex);

int annex_testblk_init(struct kunit *test);
void annex_testblk_exit(struct kunit *test);
struct annex_blk *annex_testblk(struct kunit *test);
void annex_testblk_size(struct kunit *test, u64 size);
struct annex_testbuf annex_testbuf(struct kunit *test, unsigned int order);

int annex_testblk_copy(struct annex_blk *blk, blk_opf_t opf,
		       const struct annex_testbuf *buf,
		       const struct annex_testspan *span);
int annex_testblk_clear(struct annex_blk *blk, blk_opf_t opf, sector_t sector,
			unsigned int nr);
unsigned long annex_testblk_frames(struct annex_blk *blk);
void annex_testblk_free_slot(struct annex_blk *blk, unsigned long slot);

#endif /* ANNEX_KUNIT_BLK_TESTBLK_H */
