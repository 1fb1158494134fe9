// SPDX-License-Identifier: GPL-2.0-only
/*
 * Texts that others choose, and that files with a grammar print: names of caches
 * and shrinkers, which are refused if they could be taken for something else,
 * and names of tasks, which are escaped.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>
#include <linux/string_helpers.h>

#include "host/text.h"

const char annex_not_a_word_text[] =
	"the name has blanks or bytes that are no printable ASCII";

/**
 * annex_is_word() - is a text one word of printable ASCII?
 * @text: the text
 *
 * Context: any.
 */
bool annex_is_word(const char *text)
{
	const char *c;

	/* To the kernel's tables letters are also those of Latin-1. */
	for (c = text; *c; c++)
		if (!isascii(*c) || !isgraph(*c))
			return false;
	return c != text;
}

/**
 * annex_show_comm() - print a task's name into a file
 * @m: where to
 * @comm: the name
 *
 * A line's end, or any other byte that is no printable ASCII, is printed as in C.
 *
 * Context: process.
 */
void annex_show_comm(struct seq_file *m, const char *comm)
{
	seq_escape_mem(m, comm, strnlen(comm, TASK_COMM_LEN),
		       ESCAPE_ANY | ESCAPE_NAP, NULL);
}

/**
 * annex_comm_text() - a task's name for the log
 * @room: where it is written
 * @comm: the name
 *
 * A task names itself, by whatever bytes it likes: those that are not printable
 * are escaped.
 *
 * Context: any.
 * Return: the text in @room.
 */
const char *annex_comm_text(struct annex_comm *room, const char *comm)
{
	snprintf(room->text, sizeof(room->text), "%*pE",
		 (int)strnlen(comm, TASK_COMM_LEN), comm);
	return room->text;
}
