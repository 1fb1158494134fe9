// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking into the kernel's log, for the suites.
 */
#include <linux/string.h>

#include "testlog.h"

/**
 * testlog() - a look into the log, from here on
 * @test: it lives as long as this
 */
struct testlog *testlog(struct kunit *test)
{
	struct testlog *log = kunit_kzalloc(test, sizeof(*log), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, log);
	testlog_forget(log);
	return log;
}

/**
 * testlog_forget() - look from the log's end on
 * @log: the look
 */
void testlog_forget(struct testlog *log)
{
	kmsg_dump_rewind(&log->iter);
	log->iter.cur_seq = log->iter.next_seq;
}

/**
 * testlog_find() - the next line with this in it
 * @log: where to look
 * @what: a part of the line
 *
 * Return: the line from @what on, or NULL.
 */
const char *testlog_find(struct testlog *log, const char *what)
{
	size_t len;

	while (kmsg_dump_get_line(&log->iter, false, log->line,
				  sizeof(log->line) - 1, &len)) {
		const char *at;

		log->line[len] = '\0';
		at = strstr(log->line, what);
		if (at)
			return at;
	}
	return NULL;
}

/**
 * testlog_count() - how many lines with this in them follow
 * @log: where to look
 * @what: a part of each
 */
unsigned int testlog_count(struct testlog *log, const char *what)
{
	unsigned int nr = 0;

	while (testlog_find(log, what))
		nr++;
	return nr;
}
