// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of vmstat: the grammar of /proc/vmstat.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "base/show.h"
#include "lib/testpool.h"
#include "lib/testseq.h"

/* DMA 16 MB less 1 MB, Normal 16 MB, HighMem 32 MB less 128 kB. */
static const struct annex_testpool opts = {
	.start = 5ULL << 30, .nr_pages = 16384, .lowmem_pages = 8192,
	.reserved_pages = 256,
};

/* "name number\n", as often as there are counters. */
static void vmstat_has_a_value_on_each_line(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct seq_file *m = open_seq(test);
	unsigned int lines = 0;
	char *line, *rest;

	annex_show_vmstat(m, annex);
	seq_text(test, m);
	rest = m->buf;
	while ((line = strsep(&rest, "\n")) && *line) {
		char *value = strchr(line, ' ');
		unsigned long n;

		KUNIT_ASSERT_NOT_NULL(test, value);
		KUNIT_EXPECT_EQ(test, kstrtoul(value + 1, 10, &n), 0);
		if (lines == ANNEX_NR_FREE_PAGES)
			KUNIT_EXPECT_EQ(test, n, annex_test_free_pages(annex));
		lines++;
	}
	KUNIT_EXPECT_EQ(test, lines, (unsigned int)ANNEX_NR_COUNTERS);
}

static struct kunit_case vmstat_cases[] = {
	KUNIT_CASE(vmstat_has_a_value_on_each_line),
	{}
};

static struct kunit_suite annex_vmstat_suite = {
	.name = "annex_vmstat",
	.test_cases = vmstat_cases,
};

kunit_test_suite(annex_vmstat_suite);
