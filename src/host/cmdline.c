// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's command line: did memmap= lose its $ before the kernel saw it?
 *
 * A shell takes $5 for its fifth argument, and a boot loader for a variable, so
 * that memmap=1G$5G becomes memmap=1GG. The kernel takes that for a limit, like
 * mem=1G: all RAM above it is lost, and none of it is reserved.
 *
 * The command line is not exported to modules, but /proc/cmdline can be read.
 */
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "host/cmdline.h"

#define CMDLINE_BYTES	2048

/* A size without a sign behind it; exactmap and others start with a letter. */
static bool has_lost_sign(const char *value, size_t len)
{
	size_t i;

	if (!len || !isdigit(*value))
		return false;
	for (i = 0; i < len; i++)
		if (strchr("@$#!%", value[i]))
			return false;
	return true;
}

/**
 * annex_cmdline_find_lost() - find a memmap= without a sign
 * @cmdline: the words of a command line
 * @lost: set to the value of the first such word
 *
 * Context: any.
 * Return: whether there is one.
 */
bool annex_cmdline_find_lost(const char *cmdline,
			     struct annex_cmdline_word *lost)
{
	static const char name[] = "memmap=";
	const char *at = cmdline;

	while ((at = strstr(at, name))) {
		bool first = at == cmdline || strchr(" \"", at[-1]);
		size_t len;

		at += sizeof(name) - 1;
		len = strcspn(at, " ,\"\n");
		if (first && has_lost_sign(at, len)) {
			strscpy(lost->text, at,
				min(len + 1, sizeof(lost->text)));
			return true;
		}
	}
	return false;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_cmdline_find_lost);

/**
 * annex_cmdline_lost_sign() - was this kernel booted with such a word?
 * @lost: set to its value
 *
 * Context: process, may sleep.
 * Return: whether it was; false as well if /proc cannot be read.
 */
bool annex_cmdline_lost_sign(struct annex_cmdline_word *lost)
{
	char *text = kzalloc(CMDLINE_BYTES, GFP_KERNEL);
	struct file *file = text ? filp_open("/proc/cmdline", O_RDONLY, 0) :
				   ERR_PTR(-ENOMEM);
	bool found = false;
	loff_t pos = 0;

	if (!IS_ERR(file)) {
		if (kernel_read(file, text, CMDLINE_BYTES - 1, &pos) > 0)
			found = annex_cmdline_find_lost(text, lost);
		filp_close(file, NULL);
	}
	kfree(text);
	return found;
}
