// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why something is refused: one line in the log.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/printk.h>
#include <linux/stdarg.h>

#include "blk/blk.h"

/**
 * annex_blk_refuse() - say why something is refused
 * @blk: the device; NULL: none
 * @err: the errno, returned
 * @fmt: the mistake, the value found, and a value that works
 *
 * Context: any.
 * Return: @err.
 */
int annex_blk_refuse(const struct annex_blk *blk, int err,
		     const char *fmt, ...)
{
	struct va_format line = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	line.va = &args;
	if (blk)
		pr_err("%s: %pV\n", blk->disk->disk_name, &line);
	else
		pr_err("%pV\n", &line);
	va_end(args);
	return err;
}
