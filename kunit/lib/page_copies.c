// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random copies between pages of a frame table and pages of the host's, against
 * a model of the table, for pools in ordinary memory and for real ones.
 *
 *	table   [ hole | frame | zeros | ... ]
 *	           ^ write_page    | read_page
 *	           |               v
 *	host    [ lowmem, highmem, highmem ]
 *
 * What a copy does not name stays as it is, on either side.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "lib/page_copies.h"
#include "lib/testpool.h"
#include "store/frame_table.h"
#include "store/tables.h"

#define ROUNDS		4000
#define PAGES		6	/* of the table, on both sides of two leaves */
#define FIRST		(ANNEX_LEAF_ENTRIES - PAGES / 2)
#define HOST_PAGES	3

/**
 * struct copies - what the rounds share
 * @test: the test
 * @t: the table
 * @rnd: where they come from
 * @host: pages of the host's
 * @model: what each page of the table reads as
 * @buf: what a page of the host's has
 */
struct copies {
	struct kunit *test;
	struct annex_frame_table *t;
	struct rnd_state rnd;
	struct page *host[HOST_PAGES];
	u8 model[PAGES][PAGE_SIZE];
	u8 buf[PAGE_SIZE];
};

static u32 below(struct copies *c, u32 n)
{
	return annex_test_below(&c->rnd, n);
}

/* Often all of both pages, as most copies are. */
static struct annex_page_span any_span(struct copies *c)
{
	struct annex_page_span span = {
		.page = c->host[below(c, HOST_PAGES)],
		.len = PAGE_SIZE,
	};

	if (below(c, 3)) {
		span.offset = below(c, PAGE_SIZE);
		span.page_offset = below(c, PAGE_SIZE);
		span.len -= max(span.offset, span.page_offset);
		span.len = below(c, span.len + 1);
	}
	return span;
}

/* Zeros, zeros with one other byte, or noise. */
static void fill(struct copies *c, struct page *page)
{
	u32 kind = below(c, 4);
	void *addr;

	memset(c->buf, 0, PAGE_SIZE);
	if (kind == 1)
		c->buf[below(c, PAGE_SIZE)] = 1;
	else if (kind)
		prandom_bytes_state(&c->rnd, c->buf, PAGE_SIZE);
	addr = kmap_local_page(page);
	memcpy(addr, c->buf, PAGE_SIZE);
	kunmap_local(addr);
}

static void write_one(struct copies *c, u32 i)
{
	struct annex_page_span span = any_span(c);
	unsigned int flags = below(c, 2) ? ANNEX_TABLE_SKIP_ZEROS : 0;

	fill(c, span.page);
	KUNIT_EXPECT_EQ(c->test,
			__annex_frame_table_write_page(c->t, FIRST + i, &span,
						       GFP_KERNEL, flags), 0);
	memcpy(c->model[i] + span.offset, c->buf + span.page_offset, span.len);
}

static void read_one(struct copies *c, u32 i)
{
	struct annex_page_span span = any_span(c);
	void *addr;

	fill(c, span.page);
	KUNIT_EXPECT_EQ(c->test,
			__annex_frame_table_read_page(c->t, FIRST + i, &span),
			0);
	memcpy(c->buf + span.page_offset, c->model[i] + span.offset, span.len);
	addr = kmap_local_page(span.page);
	KUNIT_EXPECT_EQ(c->test, memcmp(addr, c->buf, PAGE_SIZE), 0);
	kunmap_local(addr);
}

/* The table as it is read by addresses. */
static void check_all(struct copies *c)
{
	u32 i;

	for (i = 0; i < PAGES; i++) {
		__annex_frame_table_read(c->t, FIRST + i, 0, c->buf, PAGE_SIZE);
		KUNIT_EXPECT_EQ(c->test,
				memcmp(c->buf, c->model[i], PAGE_SIZE), 0);
	}
}

static void run_rounds(struct copies *c)
{
	unsigned int round;

	for (round = 0; round < ROUNDS; round++) {
		u32 i = below(c, PAGES);

		if (!below(c, 40)) {
			__annex_frame_table_punch(c->t, FIRST + i, 1);
			memset(c->model[i], 0, PAGE_SIZE);
		} else if (below(c, 2)) {
			write_one(c, i);
		} else {
			read_one(c, i);
		}
	}
	check_all(c);
}

static void refuse_bad(struct copies *c)
{
	static const struct annex_page_span bad[] = {
		{ .offset = 1, .len = PAGE_SIZE },
		{ .page_offset = 1, .len = PAGE_SIZE },
		{ .len = PAGE_SIZE + 1 },
		{ .offset = PAGE_SIZE + 1 },
		{ .page_offset = PAGE_SIZE + 1 },
		{ .offset = -1, .len = 1 },
		{ .page_offset = -1, .len = 2 },
		{ .len = -1 },
	};
	struct annex_page_span span = { .page = c->host[0] };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		span = bad[i];
		span.page = c->host[0];
		KUNIT_EXPECT_EQ(c->test,
				__annex_frame_table_read_page(c->t, FIRST,
							      &span), -ERANGE);
		KUNIT_EXPECT_EQ(c->test,
				__annex_frame_table_write_page(c->t, FIRST,
							       &span,
							       GFP_KERNEL, 0),
				-ERANGE);
	}
	span = (struct annex_page_span){ .page = c->host[0], .len = 1 };
	KUNIT_EXPECT_EQ(c->test,
			__annex_frame_table_read_page(c->t, FIRST + PAGES,
						      &span), -ERANGE);
	KUNIT_EXPECT_EQ(c->test,
			__annex_frame_table_write_page(c->t, FIRST, &span,
						       GFP_KERNEL, 2), -EINVAL);
	check_all(c);
}

/* Beyond the limit a new page is refused, and an old one is not. */
static void keep_limit(struct copies *c)
{
	struct annex_page_span span = { .page = c->host[1], .len = PAGE_SIZE };
	struct annex_frame_table_usage u;
	unsigned int i;

	memset(c->buf, 1, PAGE_SIZE);
	memcpy_to_page(span.page, 0, c->buf, PAGE_SIZE);
	__annex_frame_table_punch(c->t, FIRST, PAGES);
	__annex_frame_table_set_limit(c->t, 2);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(c->test,
				__annex_frame_table_write_page(c->t,
							       FIRST + i % 3,
							       &span,
							       GFP_KERNEL, 0),
				i == 2 ? -ENOSPC : 0);
	__annex_frame_table_usage(c->t, &u);
	KUNIT_EXPECT_EQ(c->test, u.frames, 2UL);
	memset(c->model, 0, sizeof(c->model));
	memset(c->model[0], 1, 2 * PAGE_SIZE);
	check_all(c);
}

static void open_host_pages(struct copies *c)
{
	unsigned int i;

	for (i = 0; i < HOST_PAGES; i++) {
		c->host[i] = alloc_page(i ? GFP_HIGHUSER : GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(c->test, c->host[i]);
	}
}

static void close_host_pages(struct copies *c)
{
	unsigned int i;

	for (i = 0; i < HOST_PAGES; i++)
		__free_page(c->host[i]);
}

/**
 * annex_test_page_copies() - test copies between a table and the host's pages
 * @test: the test
 * @annex: a pool whose frames have contents
 */
void annex_test_page_copies(struct kunit *test, struct annex *annex)
{
	struct copies *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->test = test;
	annex_test_seed(test, &c->rnd);
	open_host_pages(c);
	c->t = __annex_frame_table_create(&annex->store, "copies",
					  FIRST + PAGES);
	KUNIT_ASSERT_FALSE(test, IS_ERR(c->t));
	run_rounds(c);
	refuse_bad(c);
	keep_limit(c);
	annex_test_validate(test, annex);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_destroy(&annex->store, c->t),
			0);
	close_host_pages(c);
	annex_test_validate(test, annex);
}
