// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random calls of one frame table, against a model of what each page holds. Some
 * calls fail: the limit is reached, or a request for a frame fails on purpose.
 * Then the table is as it was before.
 *
 * The table is as large as can be, and used in a few places that lie on both
 * sides of the border of two leaves:
 *
 *   index  0   ...  1024  ...   2^20   ...   2^24
 *          |PAGES|  |PAGES|     |PAGES|  |PAGES|
 *                 border      border
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/fail.h"
#include "lib/testpool.h"
#include "page/page_alloc.h"
#include "store/frame_table.h"
#include "store/leaf.h"
#include "store/store.h"
#include "store/tables.h"

static const struct annex_testpool half_high = {
	.start = 5ULL << 30, .nr_pages = 2048, .lowmem_pages = 512,
	.contents = true, .poison = true,
};

/* Pages of a place, and places. */
#define PAGES		64
#define PLACES		5

static const u32 places[PLACES] = {
	0, 1024 - PAGES / 2, 3 * 1024 - 1, (1 << 20) - PAGES / 2,
	ANNEX_TABLE_ENTRIES_MAX - PAGES,
};

/* Parts of a page that the model tells apart. */
#define SECTORS		8U
#define SECTOR		(PAGE_SIZE / SECTORS)

#define ROUNDS		20000
#define CHECK_EVERY	2000

/**
 * struct model_page - what a page should be
 * @frame: it has one
 * @held: and keeps it
 * @byte: the contents, a byte for each sector
 */
struct model_page {
	bool frame;
	bool held;
	u8 byte[SECTORS];
};

struct model {
	struct kunit *test;
	struct annex *annex;
	struct annex_frame_table *t;
	struct rnd_state rnd;
	struct model_page page[PLACES][PAGES];
	unsigned long frames;
	unsigned long limit;
	unsigned long refused;
	u8 buf[PAGE_SIZE];
};

static u32 below(struct model *m, u32 n)
{
	return annex_test_below(&m->rnd, n);
}

/* A range of pages of a place. */
struct stretch {
	struct model_page *page;
	u32 index;
	u32 nr;
};

static struct stretch some(struct model *m, u32 most)
{
	unsigned int place = below(m, PLACES), at = below(m, PAGES);

	return (struct stretch){
		.page = &m->page[place][at],
		.index = places[place] + at,
		.nr = 1 + below(m, min(most, PAGES - at)),
	};
}

static void set_sectors(struct model_page *page, unsigned int first,
			unsigned int nr, u8 byte)
{
	memset(page->byte + first, byte, nr);
}

static void lose(struct model *m, struct model_page *page)
{
	m->frames -= page->frame;
	*page = (struct model_page){};
}

static bool limited(struct model *m, unsigned long more)
{
	return more && m->limit && m->frames + more > m->limit;
}

/* The call had no frame: either it had to, or it may have been made to. */
static bool is_refused(struct model *m, int err, unsigned long more)
{
	if (!err)
		KUNIT_EXPECT_FALSE(m->test, limited(m, more));
	else
		KUNIT_EXPECT_EQ(m->test, err, -ENOSPC);
	if (err && !limited(m, more))
		KUNIT_EXPECT_GT(m->test, annex_fail_count(ANNEX_FAIL_PAGE), 0U);
	m->refused += !!err;
	return err;
}

static void op_write(struct model *m)
{
	struct stretch s = some(m, 1);
	unsigned int first = below(m, SECTORS);
	unsigned int nr = 1 + below(m, SECTORS - first);
	u8 byte = 1 + below(m, 255);
	int err;

	memset(m->buf, byte, nr * SECTOR);
	err = __annex_frame_table_write(m->t, s.index, first * SECTOR, m->buf,
					nr * SECTOR, GFP_NOWAIT, 0);
	if (is_refused(m, err, !s.page->frame))
		return;
	m->frames += !s.page->frame;
	s.page->frame = true;
	set_sectors(s.page, first, nr, byte);
}

static void op_write_zeros(struct model *m)
{
	struct stretch s = some(m, 1);

	memset(m->buf, 0, PAGE_SIZE);
	KUNIT_EXPECT_EQ(m->test,
			__annex_frame_table_write(m->t, s.index, 0, m->buf,
						  PAGE_SIZE, GFP_NOWAIT,
						  ANNEX_TABLE_SKIP_ZEROS), 0);
	if (s.page->held)
		set_sectors(s.page, 0, SECTORS, 0);
	else
		lose(m, s.page);
}

static void op_zero(struct model *m)
{
	struct stretch s = some(m, 1);
	unsigned int first = below(m, SECTORS);
	unsigned int nr = 1 + below(m, SECTORS - first);

	KUNIT_EXPECT_EQ(m->test,
			__annex_frame_table_zero(m->t, s.index, first * SECTOR,
						 nr * SECTOR), 0);
	set_sectors(s.page, first, nr, 0);
}

static void op_punch(struct model *m)
{
	struct stretch s = some(m, PAGES);
	u32 i, nr = 0;

	for (i = 0; i < s.nr; i++) {
		nr += s.page[i].frame;
		lose(m, &s.page[i]);
	}
	KUNIT_EXPECT_EQ(m->test,
			__annex_frame_table_punch(m->t, s.index, s.nr), nr);
}

static void op_hold(struct model *m)
{
	struct stretch s = some(m, PAGES);
	unsigned long more = 0;
	u32 i;
	int err;

	for (i = 0; i < s.nr; i++)
		more += !s.page[i].frame;
	err = __annex_frame_table_hold(m->t, s.index, s.nr, GFP_KERNEL);
	if (is_refused(m, err, more))
		return;
	m->frames += more;
	for (i = 0; i < s.nr; i++) {
		s.page[i].frame = true;
		s.page[i].held = true;
	}
}

static void op_limit(struct model *m)
{
	m->limit = below(m, 2) ? 0 : 1 + below(m, PLACES * PAGES);
	__annex_frame_table_set_limit(m->t, m->limit);
}

static void check_page(struct model *m, const struct model_page *page,
		       u32 index)
{
	unsigned int i;

	memset(m->buf, 0xee, PAGE_SIZE);
	KUNIT_EXPECT_EQ(m->test,
			__annex_frame_table_read(m->t, index, 0, m->buf,
						 PAGE_SIZE), 0);
	for (i = 0; i < SECTORS; i++)
		KUNIT_EXPECT_NULL_MSG(m->test,
				      memchr_inv(m->buf + i * SECTOR,
						 page->byte[i], SECTOR),
				      "index %u, sector %u", index, i);
}

static void op_read(struct model *m)
{
	struct stretch s = some(m, 1);

	check_page(m, s.page, s.index);
}

static void op_next(struct model *m)
{
	struct stretch s = some(m, 1);
	bool present = below(m, 2);
	u32 found = __annex_frame_table_next(m->t, s.index, present);
	u32 place = s.index + PAGES;
	u32 i;

	for (i = 0; i < PLACES; i++)
		if (s.index - places[i] < PAGES)
			place = i;
	for (i = s.index - places[place]; i < PAGES; i++)
		if (m->page[place][i].frame == present)
			break;
	if (i < PAGES)
		KUNIT_EXPECT_EQ(m->test, found, places[place] + i);
	else
		KUNIT_EXPECT_GE(m->test, found, places[place] + PAGES);
}

/* By how often each comes. */
static void (*const ops[])(struct model *m) = {
	op_write, op_write, op_write, op_write, op_read, op_read, op_write_zeros,
	op_zero, op_punch, op_hold, op_limit, op_next,
};

static void check_all(struct model *m)
{
	struct annex_frame_table_usage u;
	unsigned int i, j;

	for (i = 0; i < PLACES; i++)
		for (j = 0; j < PAGES; j++)
			check_page(m, &m->page[i][j], places[i] + j);
	__annex_frame_table_usage(m->t, &u);
	KUNIT_EXPECT_EQ(m->test, u.frames, m->frames);
	KUNIT_EXPECT_EQ(m->test, (unsigned long)atomic_read(&m->t->charged),
			m->frames);
	annex_test_validate(m->test, m->annex);
	cond_resched();
}

static struct model *open(struct kunit *test)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->test = test;
	m->annex = annex_testpool(test, &half_high);
	annex_test_seed(test, &m->rnd);
	m->t = __annex_frame_table_create(&m->annex->store, "model",
					  ANNEX_TABLE_ENTRIES_MAX);
	KUNIT_ASSERT_FALSE(test, IS_ERR(m->t));
	return m;
}

static void run(struct model *m)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		ops[below(m, ARRAY_SIZE(ops))](m);
		if (i % CHECK_EVERY == 0)
			check_all(m);
	}
	check_all(m);
}

static void close(struct model *m, unsigned long free)
{
	KUNIT_EXPECT_EQ(m->test,
			__annex_frame_table_destroy(&m->annex->store, m->t), 0);
	KUNIT_EXPECT_EQ(m->test, annex_test_free_pages(m->annex), free);
	annex_test_validate(m->test, m->annex);
}

static void frame_table_is_what_a_model_is(struct kunit *test)
{
	struct model *m = open(test);
	unsigned long free = annex_test_free_pages(m->annex);

	run(m);
	KUNIT_EXPECT_GT(test, m->refused, 0UL);
	close(m, free);
}

/* One request for a frame in four fails. */
static void frame_table_is_so_when_frames_are_refused(struct kunit *test)
{
	struct model *m = open(test);
	unsigned long free = annex_test_free_pages(m->annex);

	annex_fail_arm(ANNEX_FAIL_PAGE, 0, -1);
	annex_fail_set_probability(&annex_fail_points[ANNEX_FAIL_PAGE], 25);
	run(m);
	annex_fail_disarm();
	KUNIT_EXPECT_GT(test, annex_fail_count(ANNEX_FAIL_PAGE), 0U);
	close(m, free);
}

static void model_exit(struct kunit *test)
{
	annex_fail_disarm();
}

/* Each request for memory of the host fails once, and then none does. */
static void frame_table_create_fails_whole(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &half_high);
	struct annex_frame_table *t;
	unsigned int nth = 0;

	do {
		annex_fail_arm(ANNEX_FAIL_MEMORY, nth++, 1);
		t = __annex_frame_table_create(&annex->store, "test",
					       ANNEX_TABLE_ENTRIES_MAX);
		if (IS_ERR(t))
			KUNIT_EXPECT_EQ(test, PTR_ERR(t), (long)-ENOMEM);
		KUNIT_EXPECT_EQ(test, list_empty(&annex->store.tables),
				IS_ERR(t));
	} while (IS_ERR(t) && nth < 100);
	annex_fail_disarm();
	/* The table itself, and 16 pages of its root. */
	KUNIT_EXPECT_EQ(test, nth, 1U + ANNEX_ROOT_PAGES + 1);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_destroy(&annex->store, t), 0);
	annex_test_validate(test, annex);
}

/* Without a leaf the frame goes back, and the next write succeeds. */
static void frame_table_write_without_a_leaf_is_undone(struct kunit *test)
{
	struct model *m = open(test);
	unsigned long free = annex_test_free_pages(m->annex);
	u8 byte = 1;

	annex_fail_arm(ANNEX_FAIL_PAGE, 1, 1);
	KUNIT_EXPECT_EQ(test,
			__annex_frame_table_write(m->t, 5, 0, &byte, 1,
						  GFP_NOWAIT, 0), -ENOSPC);
	KUNIT_EXPECT_EQ(test, annex_fail_count(ANNEX_FAIL_PAGE), 1U);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(m->annex), free);
	KUNIT_EXPECT_EQ(test, atomic_read(&m->t->charged), 0);
	KUNIT_EXPECT_EQ(test,
			__annex_frame_table_write(m->t, 5, 0, &byte, 1,
						  GFP_NOWAIT, 0), 0);
	annex_test_validate(test, m->annex);
	close(m, free);
}

static struct kunit_case model_cases[] = {
	KUNIT_CASE(frame_table_create_fails_whole),
	KUNIT_CASE(frame_table_write_without_a_leaf_is_undone),
	KUNIT_CASE(frame_table_is_what_a_model_is),
	KUNIT_CASE(frame_table_is_so_when_frames_are_refused),
	{}
};

static struct kunit_suite annex_frame_table_model_suite = {
	.name = "annex_frame_table_model",
	.exit = model_exit,
	.test_cases = model_cases,
};

kunit_test_suite(annex_frame_table_model_suite);
