// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reasons: a function that refuses leaves the words to whoever asked, who
 * prints one line for the whole attempt, or compares it in a test. What a line
 * advises can be given to the kernel or to insmod as it stands there.
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

/**
 * annex_size_text() - a size or an address as users give it
 * @buf: filled
 * @bytes: what is to be written
 *
 * Context: any.
 * Return: the text, such as 57G, 1536M, 4092K or 5000001.
 */
const char *annex_size_text(struct annex_size_text *buf, u64 bytes)
{
	static const char units[] = { 0, 'K', 'M', 'G' };
	unsigned int i = bytes ? ARRAY_SIZE(units) - 1 : 0;

	while (bytes & ((1ULL << i * 10) - 1))
		i--;
	snprintf(buf->text, sizeof(buf->text), i ? "%llu%c" : "%llu",
		 bytes >> i * 10, units[i]);
	return buf->text;
}
