// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reasons: a function that refuses something writes a text for its caller. The
 * caller prints one line for the whole attempt, or a test compares the text. If
 * a line gives advice, the advice can be passed to the kernel or insmod
 * verbatim.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "base/for_kunit.h"
#include "base/refuse.h"

/**
 * annex_refuse() - refuse something with a reason
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
 * annex_size_text() - format a size or an address as users write it
 * @buf: filled
 * @bytes: the value
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
EXPORT_SYMBOL_FOR_KUNIT(annex_size_text);

/**
 * annex_check_size() - check a size parameter
 * @rule: the allowed sizes
 * @size: the size that the user gave
 * @why: filled if it is not allowed, with what is wrong and nothing else
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
int annex_check_size(const struct annex_size_rule *rule, u64 size,
		     struct annex_reason *why)
{
	struct annex_size_text is, limit;

	annex_size_text(&is, size);
	if (size < rule->least)
		return annex_refuse(why, -EINVAL, "%s=%s is less than %s",
				    rule->name, is.text,
				    annex_size_text(&limit, rule->least));
	if (size > rule->most)
		return annex_refuse(why, -EINVAL, "%s=%s is more than %s%s",
				    rule->name, is.text, rule->whose,
				    annex_size_text(&limit, rule->most));
	if (size & (rule->unit - 1))
		return annex_refuse(why, -EINVAL,
				    "%s=%s is not a multiple of %s",
				    rule->name, is.text,
				    annex_size_text(&limit, rule->unit));
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_check_size);
