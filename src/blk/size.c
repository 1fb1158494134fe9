// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sizes as users write them: 8G, 512m, 0x1000000.
 *
 * The kernel's memparse() accepts what follows a number and lets a large number
 * wrap. A typo would make a device of another size, so this is strict: kstrtoull()
 * alone would accept a newline before the suffix. There is no suffix E: it is a
 * hexadecimal digit.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "blk/blk.h"

/* Digits of the largest u64, a prefix of the base, a suffix and '\0'. */
#define TEXT_MAX	32

static unsigned int shift_of(char suffix)
{
	static const char suffixes[] = "KMGTP";
	const char *found = strchr(suffixes, toupper(suffix));

	return found ? 10 * (found - suffixes + 1) : 0;
}

/**
 * annex_blk_parse_size() - read a number of bytes
 * @text: a number with K, M, G, T, P or nothing behind it
 * @len: its length; one newline at its end does not count
 * @size: where it goes
 *
 * Context: any.
 * Return: 0; -EINVAL if it is no such number; -ERANGE if it has more than 64
 * bits.
 */
int annex_blk_parse_size(const char *text, size_t len, u64 *size)
{
	char digits[TEXT_MAX];
	unsigned int shift;
	int err;

	if (len && text[len - 1] == '\n')
		len--;
	if (!len || len >= sizeof(digits) || strnlen(text, len) < len ||
	    !isdigit(text[0]) || memchr(text, '\n', len))
		return -EINVAL;
	memcpy(digits, text, len);
	shift = shift_of(text[len - 1]);
	digits[shift ? len - 1 : len] = '\0';
	err = kstrtoull(digits, 0, size);
	if (err)
		return err;
	if (*size > U64_MAX >> shift)
		return -ERANGE;
	*size <<= shift;
	return 0;
}
