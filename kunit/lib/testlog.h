/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_TESTLOG_H
#define ANNEX_KUNIT_LIB_TESTLOG_H

#include <kunit/test.h>
#include <linux/kmsg_dump.h>

/**
 * struct testlog - what the log has had since it was last looked at
 * @iter: where that was
 * @line: what was found last
 */
struct testlog {
	struct kmsg_dump_iter iter;
	char line[512];
};

struct testlog *testlog(struct kunit *test);
void testlog_forget(struct testlog *log);
const char *testlog_find(struct testlog *log, const char *what);
unsigned int testlog_count(struct testlog *log, const char *what);

#endif /* ANNEX_KUNIT_LIB_TESTLOG_H */
