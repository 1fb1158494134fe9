// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random bios of one device, against a model in memory: the bytes, and which
 * pages may have a frame.
 *
 * The bios are about a window on the border of two leaves:
 *
 *   page   1024 - PAGES/2         1024         1024 + PAGES/2
 *          |         leaf 0        |        leaf 1       |
 *
 * They begin and end at any sector. Their memory begins at any byte, and each
 * bvec at any other, so a part of a copy ends where a page of the memory ends, or
 * one of the device, or a bvec. The number of frames is limited, so some writes
 * fail. Such a write has changed its bytes up to some byte, and none behind it.
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "testblk.h"

#define PAGES		64U
#define SECTORS		(PAGES * PAGE_SECTORS)
#define BASE_PAGE	(1024 - PAGES / 2)
#define BASE		((sector_t)BASE_PAGE * PAGE_SECTORS)

/* Of a bio, in sectors; its memory has one page more. */
#define LONGEST		56U
#define BUF_ORDER	3

#define ROUNDS		4000
#define CHECK_EVERY	500

/**
 * struct model - a device, and what it should be
 * @test: the test
 * @blk: the device
 * @rnd: the random sequence
 * @buf: memory of bios
 * @limited: the number of frames is limited
 * @refused: writes that failed
 * @frame: a page may have a frame
 * @byte: the contents
 */
struct model {
	struct kunit *test;
	struct annex_blk *blk;
	struct rnd_state rnd;
	struct annex_testbuf buf;
	bool limited;
	unsigned int refused;
	bool frame[PAGES];
	u8 byte[PAGES * PAGE_SIZE];
};

static u32 below(struct model *m, u32 n)
{
	return annex_test_below(&m->rnd, n);
}

/* Sectors of the window: @sector is the device's. */
static struct annex_testspan some(struct model *m)
{
	u32 first = below(m, SECTORS);
	u32 nr = 1 + below(m, min(LONGEST, SECTORS - first));

	return (struct annex_testspan){
		.sector = BASE + first,
		.nr = nr,
		.at = below(m, 2) ? 0 : below(m, PAGE_SIZE),
		.cut = below(m, 3) ? 300 + below(m, 3 * PAGE_SIZE) : 0,
	};
}

static u8 *bytes_of(struct model *m, const struct annex_testspan *s)
{
	return m->byte + ((s->sector - BASE) << SECTOR_SHIFT);
}

static void mark_frames(struct model *m, const struct annex_testspan *s)
{
	u32 first = s->sector - BASE, i;

	for (i = first / PAGE_SECTORS;
	     i <= (first + s->nr - 1) / PAGE_SECTORS; i++)
		m->frame[i] = true;
}

static void read_into(struct model *m, const struct annex_testspan *s)
{
	memset(m->buf.addr, 0xee, m->buf.bytes);
	KUNIT_EXPECT_EQ(m->test,
			annex_testblk_copy(m->blk, REQ_OP_READ, &m->buf, s), 0);
}

static void check_span(struct model *m, const struct annex_testspan *s)
{
	read_into(m, s);
	KUNIT_EXPECT_EQ_MSG(m->test,
			    memcmp(m->buf.addr + s->at, bytes_of(m, s),
				   s->nr << SECTOR_SHIFT),
			    0, "sector %llu, %u of them, at %u by %u",
			    (u64)s->sector, s->nr, s->at, s->cut);
}

/* Up to some byte it is as new, and behind that as it was. */
static void adopt_part(struct model *m, const struct annex_testspan *s,
		       const u8 *written)
{
	u32 i = 0, len = s->nr << SECTOR_SHIFT;
	u8 *old = bytes_of(m, s), *now = m->buf.addr + s->at;

	read_into(m, s);
	while (i < len && now[i] == written[i])
		i++;
	KUNIT_EXPECT_EQ(m->test, memcmp(now + i, old + i, len - i), 0);
	memcpy(old, now, len);
}

static void op_write(struct model *m)
{
	struct annex_testspan s = some(m);
	u32 len = s.nr << SECTOR_SHIFT;
	static u8 written[LONGEST << SECTOR_SHIFT];
	int err;

	if (below(m, 4))
		prandom_bytes_state(&m->rnd, written, len);
	else
		memset(written, 0, len);
	memcpy(m->buf.addr + s.at, written, len);
	err = annex_testblk_copy(m->blk,
				 REQ_OP_WRITE | (below(m, 4) ? 0 : REQ_NOWAIT),
				 &m->buf, &s);
	mark_frames(m, &s);
	if (!err) {
		memcpy(bytes_of(m, &s), written, len);
		return;
	}
	KUNIT_EXPECT_TRUE(m->test, err == -ENOSPC || err == -EAGAIN);
	KUNIT_EXPECT_TRUE(m->test, m->limited);
	m->refused++;
	adopt_part(m, &s, written);
}

static void op_read(struct model *m)
{
	struct annex_testspan s = some(m);

	check_span(m, &s);
}

static void op_clear(struct model *m)
{
	static const blk_opf_t ops[] = {
		REQ_OP_DISCARD, REQ_OP_WRITE_ZEROES,
		REQ_OP_WRITE_ZEROES | REQ_NOUNMAP,
	};
	struct annex_testspan s = some(m);
	blk_opf_t opf = ops[below(m, ARRAY_SIZE(ops))];
	u32 first = s.sector - BASE, i;

	KUNIT_EXPECT_EQ(m->test,
			annex_testblk_clear(m->blk, opf, s.sector, s.nr),
			0);
	memset(bytes_of(m, &s), 0, s.nr << SECTOR_SHIFT);
	if (m->blk->thick)
		return;
	for (i = DIV_ROUND_UP(first, PAGE_SECTORS);
	     (i + 1) * PAGE_SECTORS <= first + s.nr; i++)
		m->frame[i] = false;
}

static void op_free_slot(struct model *m)
{
	u32 page = below(m, PAGES);

	annex_testblk_free_slot(m->blk, BASE_PAGE + page);
	if (m->blk->thick)
		return;
	m->frame[page] = false;
	memset(m->byte + page * PAGE_SIZE, 0, PAGE_SIZE);
}

static void op_limit(struct model *m)
{
	u32 frames = below(m, 2) ? 0 : 1 + below(m, PAGES);

	m->limited = frames;
	annex_frame_table_set_limit(m->blk->table, frames);
}

/* By how often each comes. */
static void (*const ops[])(struct model *m) = {
	op_write, op_write, op_write, op_read, op_clear, op_free_slot, op_limit,
};

static void check_frames(struct model *m)
{
	unsigned long least = 0, most = 0;
	u32 i;

	if (m->blk->thick) {
		KUNIT_EXPECT_EQ(m->test, annex_testblk_frames(m->blk),
				2 * 1024UL);
		return;
	}
	for (i = 0; i < PAGES; i++) {
		most += m->frame[i];
		least += !!memchr_inv(m->byte + i * PAGE_SIZE, 0, PAGE_SIZE);
	}
	KUNIT_EXPECT_GE(m->test, annex_testblk_frames(m->blk), least);
	KUNIT_EXPECT_LE(m->test, annex_testblk_frames(m->blk), most);
}

static void check_all(struct model *m)
{
	struct annex_testspan s = { .nr = PAGE_SECTORS };

	for (s.sector = BASE; s.sector < BASE + SECTORS;
	     s.sector += PAGE_SECTORS)
		check_span(m, &s);
	check_frames(m);
	annex_test_validate(m->test, annex_testblk_pool);
	cond_resched();
}

static void run(struct kunit *test, bool thick)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->test = test;
	m->blk = annex_testblk(test);
	m->blk->thick = thick;
	m->buf = annex_testbuf(test, BUF_ORDER);
	annex_testblk_size(test, SZ_8M);
	annex_test_seed(test, &m->rnd);
	for (i = 0; i < ROUNDS; i++) {
		ops[below(m, ARRAY_SIZE(ops))](m);
		if (i % CHECK_EVERY == 0)
			check_all(m);
	}
	check_all(m);
	KUNIT_EXPECT_EQ(test, m->refused > 0, !thick);
}

static void bio_model_is_what_a_device_is(struct kunit *test)
{
	run(test, false);
}

/* Its writes cannot fail, whatever the limit. */
static void bio_model_is_what_a_thick_device_is(struct kunit *test)
{
	run(test, true);
}

static struct kunit_case bio_model_cases[] = {
	KUNIT_CASE(bio_model_is_what_a_device_is),
	KUNIT_CASE(bio_model_is_what_a_thick_device_is),
	{}
};

static struct kunit_suite annex_blk_model_suite = {
	.name = "annex_blk_model",
	.init = annex_testblk_init,
	.exit = annex_testblk_exit,
	.test_cases = bio_model_cases,
};

kunit_test_suite(annex_blk_model_suite);
