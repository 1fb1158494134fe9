// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the attributes of a device in sysfs. They call the show and store
 * functions. A refused value has its errno and its line in the log.
 */
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "lib/testlog.h"
#include "testblk.h"

static struct device_attribute *attribute(struct kunit *test, const char *name)
{
	struct attribute **at = annex_blk_groups[0]->attrs;

	while (*at && strcmp((*at)->name, name))
		at++;
	KUNIT_ASSERT_NOT_NULL_MSG(test, *at, "%s", name);
	return container_of(*at, struct device_attribute, attr);
}

static struct device *dev_of(struct kunit *test)
{
	return disk_to_dev(annex_testblk(test)->disk);
}

/* 0 if all of the value was taken, else an errno. */
static int store(struct kunit *test, const char *name, const char *value)
{
	struct device_attribute *attr = attribute(test, name);
	ssize_t len = strlen(value);
	ssize_t ret = attr->store(dev_of(test), attr, value, len);

	return ret == len ? 0 : ret;
}

static void expect_shown(struct kunit *test, const char *name,
			 const char *expected)
{
	struct device_attribute *attr = attribute(test, name);
	/* sysfs_emit() wants a page. */
	struct annex_testbuf buf = annex_testbuf(test, 0);
	ssize_t len = attr->show(dev_of(test), attr, buf.addr);

	KUNIT_EXPECT_EQ(test, (size_t)len, strlen(buf.addr));
	KUNIT_EXPECT_STREQ_MSG(test, (char *)buf.addr, expected, "%s", name);
}

static void write_pages(struct kunit *test, unsigned int nr)
{
	const struct annex_testspan span = { .nr = nr * PAGE_SECTORS };
	struct annex_testbuf buf = annex_testbuf(test, 2);

	memset(buf.addr, 7, buf.bytes);
	KUNIT_EXPECT_EQ(test,
			annex_testblk_copy(annex_testblk(test), REQ_OP_WRITE,
					   &buf, &span), 0);
}

/* Without a size all is 0, and so it is after a reset. */
static void expect_new(struct kunit *test)
{
	expect_shown(test, "disksize", "0\n");
	expect_shown(test, "initstate", "0\n");
	expect_shown(test, "mem_limit", "0\n");
	expect_shown(test, "mem_used_total", "0\n");
	expect_shown(test, "mem_used_max", "0\n");
	expect_shown(test, "thick", "0\n");
	expect_shown(test, "io_stat", "       0        0        0        0\n");
	expect_shown(test, "mm_stat",
		     "       0        0        0        0        0        0        0        0        0\n");
}

static void sysfs_shows_a_device(struct kunit *test)
{
	struct annex_blk *blk = annex_testblk(test);

	expect_new(test);
	KUNIT_EXPECT_EQ(test, store(test, "mem_limit", "1M\n"), 0);
	KUNIT_EXPECT_EQ(test, store(test, "disksize", "8M\n"), 0);
	expect_shown(test, "disksize", "8388608\n");
	expect_shown(test, "initstate", "1\n");
	write_pages(test, 3);
	annex_testblk_free_slot(blk, 2);
	atomic_inc(&blk->failed_reads);
	atomic_add(2, &blk->failed_writes);
	/* Two pages of data, and a leaf of the table; there were three. */
	expect_shown(test, "mem_limit", "1048576\n");
	expect_shown(test, "mem_used_total", "12288\n");
	expect_shown(test, "mem_used_max", "12288\n");
	expect_shown(test, "io_stat", "       1        2        0        1\n");
	expect_shown(test, "mm_stat",
		     "    8192     8192    12288  1048576    12288        0        0        0        0\n");
	KUNIT_EXPECT_EQ(test, store(test, "mem_used_max", "0\n"), 0);
	expect_shown(test, "mem_used_max", "8192\n");
	KUNIT_EXPECT_EQ(test, store(test, "reset", "1\n"), 0);
	expect_new(test);
}

/* Sizes are of whole pages. */
static void sysfs_sizes_are_rounded_up(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, store(test, "mem_limit", "1"), 0);
	expect_shown(test, "mem_limit", "4096\n");
	KUNIT_EXPECT_EQ(test, store(test, "mem_limit", "64G"), 0);
	expect_shown(test, "mem_limit", "68719476736\n");
	/* More than a device can have is no limit. */
	KUNIT_EXPECT_EQ(test, store(test, "mem_limit", "65G"), 0);
	expect_shown(test, "mem_limit", "0\n");
	KUNIT_EXPECT_EQ(test, store(test, "disksize", "4097"), 0);
	expect_shown(test, "disksize", "8192\n");
}

/* A limit is that of the table from then on, whichever was there first. */
static void sysfs_limit_is_the_tables(struct kunit *test)
{
	struct annex_frame_table_usage usage;
	struct annex_blk *blk = annex_testblk(test);

	KUNIT_EXPECT_EQ(test, store(test, "mem_limit", "12K"), 0);
	KUNIT_EXPECT_EQ(test, store(test, "disksize", "8M"), 0);
	annex_frame_table_usage(blk->table, &usage);
	KUNIT_EXPECT_EQ(test, usage.limit, 3UL);
	KUNIT_EXPECT_EQ(test, store(test, "mem_limit", "5000"), 0);
	annex_frame_table_usage(blk->table, &usage);
	KUNIT_EXPECT_EQ(test, usage.limit, 2UL);
	KUNIT_EXPECT_EQ(test, store(test, "mem_limit", "0"), 0);
	annex_frame_table_usage(blk->table, &usage);
	KUNIT_EXPECT_EQ(test, usage.limit, 0UL);
}

static void sysfs_thick_comes_before_the_size(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, store(test, "thick", "1\n"), 0);
	expect_shown(test, "thick", "1\n");
	KUNIT_EXPECT_EQ(test, store(test, "disksize", "1M"), 0);
	expect_shown(test, "mem_used_max", "1048576\n");
	KUNIT_EXPECT_EQ(test, store(test, "thick", "0"), -EBUSY);
	expect_shown(test, "thick", "1\n");
	KUNIT_EXPECT_EQ(test, store(test, "reset", "1"), 0);
	KUNIT_EXPECT_EQ(test, store(test, "thick", "1"), 0);
	KUNIT_EXPECT_EQ(test, store(test, "thick", "0"), 0);
	expect_shown(test, "thick", "0\n");
}

struct row {
	const char *name;
	const char *value;
	int err;
	const char *line;
};

/* Of a device that has 8 MB; only the size and thick depend on that. */
static const struct row rows[] = {
	{ "disksize", "abc\n", -EINVAL,
	  "disksize \"abc\" is not a size: wants a number with K, M or G, such as 8G" },
	{ "disksize", "", -EINVAL, "disksize \"\" is not a size" },
	{ "disksize", "\n", -EINVAL, "disksize \"\" is not a size" },
	{ "disksize", "8M\n\n", -EINVAL, "disksize \"8M\\n\" is not a size" },
	{ "disksize", "88888888888888888888888888888888888", -EINVAL,
	  "disksize \"88888888888888888888888888888888\" is not a size" },
	{ "disksize", "16384P", -ERANGE,
	  "disksize \"16384P\" refused: it has more than 64 bits" },
	{ "disksize", "0", -EINVAL, "disksize 0 refused: give 4K to 64G" },
	{ "disksize", "67108865K", -E2BIG,
	  "disksize 67108865 kB refused: a device has at most 64G" },
	{ "disksize", "16M", -EBUSY,
	  "disksize refused: it has 8192 kB already; write 1 to reset first" },
	{ "mem_limit", "half", -EINVAL, "mem_limit \"half\" is not a size" },
	{ "mem_limit", "99999999999999999999", -ERANGE,
	  "mem_limit \"99999999999999999999\" refused: it has more than 64 bits" },
	{ "mem_used_max", "1", -EINVAL, "mem_used_max \"1\" refused: write 0" },
	{ "mem_used_max", "", -EINVAL, "mem_used_max \"\" refused: write 0" },
	{ "reset", "0", -EINVAL, "reset \"0\" refused: write 1" },
	{ "reset", "yes\n", -EINVAL, "reset \"yes\" refused: write 1" },
	{ "thick", "2", -EINVAL, "thick \"2\" refused: write 0 or 1" },
	{ "thick", "1", -EBUSY,
	  "thick refused: it has 8192 kB already; write 1 to reset first" },
};

static void sysfs_refuses_with_one_line(struct kunit *test)
{
	struct testlog *log = testlog(test);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, store(test, "mem_limit", "1M"), 0);
	KUNIT_ASSERT_EQ(test, store(test, "disksize", "8M"), 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		const char *line;

		testlog_forget(log);
		KUNIT_EXPECT_EQ_MSG(test, store(test, row->name, row->value),
				    row->err, "%s \"%s\"", row->name,
				    row->value);
		line = testlog_find(log, "annexblk0: ");
		KUNIT_ASSERT_NOT_NULL_MSG(test, line, "%s \"%s\"", row->name,
					  row->value);
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(line, row->line),
					  "%s, not %s", line, row->line);
		KUNIT_EXPECT_EQ(test, testlog_count(log, "annexblk0: "), 0U);
	}
	/* And nothing has changed. */
	expect_shown(test, "disksize", "8388608\n");
	expect_shown(test, "mem_limit", "1048576\n");
	expect_shown(test, "thick", "0\n");
}

static struct kunit_case sysfs_cases[] = {
	KUNIT_CASE(sysfs_shows_a_device),
	KUNIT_CASE(sysfs_sizes_are_rounded_up),
	KUNIT_CASE(sysfs_limit_is_the_tables),
	KUNIT_CASE(sysfs_thick_comes_before_the_size),
	KUNIT_CASE(sysfs_refuses_with_one_line),
	{}
};

static struct kunit_suite annex_blk_sysfs_suite = {
	.name = "annex_blk_sysfs",
	.init = annex_testblk_init,
	.exit = annex_testblk_exit,
	.test_cases = sysfs_cases,
};

kunit_test_suite(annex_blk_sysfs_suite);
