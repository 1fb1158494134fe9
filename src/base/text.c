// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names that users choose and that files with a grammar print. Names of caches
 * and shrinkers are refused if they could break the grammar; names of tasks are
 * escaped.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>
#include <linux/string_helpers.h>

#include "base/for_kunit.h"
#include "base/text.h"

const char annex_not_a_word_text[] =
	"the name has blanks or bytes that are no printable ASCII";

/**
 * annex_is_word() - is a string one word of printable ASCII?
 * @text: the text
 *
 * Context: any.
 */
bool annex_is_word(const char *text)
{
	const char *c;

	/* For the kernel's ctype tables, Latin-1 letters are printable, too. */
	for (c = text; *c; c++)
		if (!isascii(*c) || !isgraph(*c))
			return false;
	return c != text;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_is_word);

/**
 * annex_show_comm() - print a task's name into a file
 * @m: where to
 * @comm: the name
 *
 * Newlines and bytes that are no printable ASCII are escaped as in C.
 *
 * Context: process.
 */
void annex_show_comm(struct seq_file *m, const char *comm)
{
	seq_escape_mem(m, comm, strnlen(comm, TASK_COMM_LEN),
		       ESCAPE_ANY | ESCAPE_NAP, NULL);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_show_comm);

/**
 * annex_comm_text() - format a task's name for the log
 * @room: the buffer
 * @comm: the name
 *
 * A task may choose any bytes for its name. Those that are not printable are
 * escaped.
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
EXPORT_SYMBOL_FOR_KUNIT(annex_comm_text);
