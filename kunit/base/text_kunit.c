// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of texts that others choose: which names are taken, and what a file with a
 * grammar makes of the others.
 */
#include <kunit/test.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "base/text.h"

static const char * const words[] = {
	"a", "kmalloc-64", "fs/inode_cache", "x(y)", "a,b", "\"q\"", "~!", "9",
};

static const char * const others[] = {
	"", " ", "a b", "a\tb", "a\nb", "\n", "a\x7f", "\x01", "caf\xc3\xa9",
	"\xe9", "\xff", "a\xa0-",
};

static void text_words_are_printable_ascii(struct kunit *test)
{
	char text[] = "a.b";
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		KUNIT_EXPECT_TRUE_MSG(test, annex_is_word(words[i]), "%s",
				      words[i]);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		KUNIT_EXPECT_FALSE_MSG(test, annex_is_word(others[i]),
				       "entry %u", i);
	/* Of all bytes, those from '!' to '~'. */
	for (i = 1; i < 256; i++) {
		text[1] = i;
		KUNIT_EXPECT_EQ(test, annex_is_word(text), i > 32 && i < 127);
	}
}

struct name {
	char comm[TASK_COMM_LEN];
	const char *shown;
};

static const struct name names[] = {
	{ "kworker/u4:2", "kworker/u4:2" },
	{ "Web Content", "Web Content" },
	{ "a\n\nPFN 7", "a\\n\\nPFN 7" },
	{ "\x1b[31mred", "\\e[31mred" },
	{ "caf\xc3\xa9", "caf\\303\\251" },
	{ "fifteen bytes 0", "fifteen bytes 0" },
	/* Nothing that ends it. */
	{ { 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
	    'n', 'o', '\n' }, "abcdefghijklmno\\n" },
};

static void text_names_of_tasks_are_escaped(struct kunit *test)
{
	struct seq_file m = { .size = 128 };
	unsigned int i;

	m.buf = kunit_kzalloc(test, m.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		m.count = 0;
		annex_show_comm(&m, names[i].comm);
		seq_putc(&m, '\0');
		KUNIT_EXPECT_STREQ(test, (const char *)m.buf, names[i].shown);
	}
}

/* The log has lines of its own, and a task cannot add to them. */
static void text_names_end_no_line_of_the_log(struct kunit *test)
{
	struct annex_comm room;

	KUNIT_EXPECT_STREQ(test, annex_comm_text(&room, names[2].comm),
			   names[2].shown);
	KUNIT_EXPECT_STREQ(test, annex_comm_text(&room, names[6].comm),
			   names[6].shown);
}

static struct kunit_case text_cases[] = {
	KUNIT_CASE(text_words_are_printable_ascii),
	KUNIT_CASE(text_names_of_tasks_are_escaped),
	KUNIT_CASE(text_names_end_no_line_of_the_log),
	{}
};

static struct kunit_suite annex_text_suite = {
	.name = "annex_text",
	.test_cases = text_cases,
};

kunit_test_suite(annex_text_suite);
