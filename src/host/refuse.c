// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reasons: a function that refuses leaves the words to whoever asked, who
 * prints one line for the whole attempt, or compares it in a test.
 */
#include <linux/kernel.h>

#include "host/refuse.h"

/**
 * annex_refuse() - refuse something and say why
 * @why: filled with the line
 * @err: the errno
 * @fmt: as for printk()
 *
 * Context: any.
 * Return: @err, so that a refusal is one statement.
 */
int annex_refuse(struct annex_reason *why, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, args);
	va_end(args);
	return err;
}
