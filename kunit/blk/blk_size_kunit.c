// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of sizes as users write them.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/string.h>

#include "blk/blk.h"

struct row {
	const char *text;
	int err;
	u64 size;
};

static const struct row rows[] = {
	{ "0", 0, 0 },
	{ "4096\n", 0, 4096 },
	{ "8G", 0, 8ULL << 30 },
	{ "8g\n", 0, 8ULL << 30 },
	{ "512m", 0, 512ULL << 20 },
	{ "3k", 0, 3072 },
	{ "1T", 0, 1ULL << 40 },
	{ "2P", 0, 2ULL << 50 },
	{ "0x1000000", 0, 0x1000000 },
	{ "0xfG", 0, 15ULL << 30 },
	{ "010", 0, 8 },
	{ "18446744073709551615", 0, U64_MAX },
	{ "18014398509481983K", 0, U64_MAX - 1023 },
	{ "18014398509481984K", -ERANGE },
	{ "18446744073709551616", -ERANGE },
	{ "16384P", -ERANGE },
	{ "", -EINVAL },
	{ "\n", -EINVAL },
	{ "K", -EINVAL },
	{ "8GG", -EINVAL },
	{ "8 G", -EINVAL },
	{ " 8G", -EINVAL },
	{ "+8G", -EINVAL },
	{ "-1", -EINVAL },
	{ "1E", -EINVAL },
	{ "0x", -EINVAL },
	{ "8\n\n", -EINVAL },
	{ "8\nK", -EINVAL },
	{ "08", -EINVAL },
	{ "00000000000000000000000000000001", -EINVAL },
};

static void size_is_read_as_users_write_it(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		u64 size = 0;
		int err = annex_blk_parse_size(row->text, strlen(row->text),
					       &size);

		KUNIT_EXPECT_EQ_MSG(test, err, row->err, "\"%s\"", row->text);
		if (!err)
			KUNIT_EXPECT_EQ_MSG(test, size, row->size, "\"%s\"",
					    row->text);
	}
}

/* The parser reads one size of a list: the characters behind @len do not count. */
static void size_ends_where_its_length_says(struct kunit *test)
{
	u64 size;

	KUNIT_EXPECT_EQ(test, annex_blk_parse_size("8M,9X", 2, &size), 0);
	KUNIT_EXPECT_EQ(test, size, 8ULL << 20);
	KUNIT_EXPECT_EQ(test, annex_blk_parse_size("12345", 3, &size), 0);
	KUNIT_EXPECT_EQ(test, size, 123ULL);
	/* A '\0' within is no number's. */
	KUNIT_EXPECT_EQ(test, annex_blk_parse_size("8\0M", 3, &size), -EINVAL);
}

static struct kunit_case size_cases[] = {
	KUNIT_CASE(size_is_read_as_users_write_it),
	KUNIT_CASE(size_ends_where_its_length_says),
	{}
};

static struct kunit_suite annex_blk_size_suite = {
	.name = "annex_blk_size",
	.test_cases = size_cases,
};

kunit_test_suite(annex_blk_size_suite);
