/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_TESTSEQ_H
#define ANNEX_KUNIT_LIB_TESTSEQ_H

/*
 * A seq_file without a file: what a function of debugfs/ prints to it becomes a
 * string.
 */
#include <kunit/test.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>

static inline struct seq_file *open_seq(struct kunit *test)
{
	struct seq_file *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->size = SZ_32K;
	m->buf = kunit_kzalloc(test, m->size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m->buf);
	return m;
}

static inline const char *seq_text(struct kunit *test, struct seq_file *m)
{
	KUNIT_ASSERT_LT(test, m->count, m->size - 1);
	m->buf[m->count] = '\0';
	return m->buf;
}

#endif /* ANNEX_KUNIT_LIB_TESTSEQ_H */
