/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_BASE_TEXT_H
#define ANNEX_BASE_TEXT_H

#include <linux/sched.h>
#include <linux/string.h>
#include <linux/types.h>

struct seq_file;

extern const char annex_not_a_word_text[];

bool annex_is_word(const char *text);
void annex_show_comm(struct seq_file *m, const char *comm);

/**
 * struct annex_comm - buffer for a task's name, each byte of which may be
 * escaped
 * @text: the name as it is printed
 */
struct annex_comm {
	char text[4 * TASK_COMM_LEN];
};

const char *annex_comm_text(struct annex_comm *room, const char *comm);

#endif /* ANNEX_BASE_TEXT_H */
