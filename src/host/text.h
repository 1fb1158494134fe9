/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_TEXT_H
#define ANNEX_HOST_TEXT_H

#include <linux/sched.h>
#include <linux/string.h>
#include <linux/types.h>

struct seq_file;

extern const char annex_not_a_word_text[];

bool annex_is_word(const char *text);
void annex_show_comm(struct seq_file *m, const char *comm);

/*
 * For the log: the format of a task's name, and its arguments. A task names
 * itself, by whatever bytes it likes.
 */
#define ANNEX_COMM		"%*pE"
#define annex_comm(comm)	(int)strnlen(comm, TASK_COMM_LEN), comm

#endif /* ANNEX_HOST_TEXT_H */
