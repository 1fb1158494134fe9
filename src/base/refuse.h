/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_BASE_REFUSE_H
#define ANNEX_BASE_REFUSE_H

#include <linux/compiler_attributes.h>
#include <linux/types.h>

/**
 * struct annex_reason - why something was refused, as one line for the log
 * @text: what is wrong, what was found, what would work
 */
struct annex_reason {
	char text[256];
};

__printf(3, 4) __cold
int annex_refuse(struct annex_reason *why, int err, const char *fmt, ...);

/**
 * struct annex_size_text - a size or an address as users write it
 * @text: a number with the largest of G, M and K that it is a multiple of
 */
struct annex_size_text {
	char text[24];
};

/**
 * struct annex_size_rule - the sizes that a parameter may have
 * @name: the parameter
 * @least: smallest size in bytes
 * @most: largest size in bytes
 * @unit: the size must be a multiple of this power of two
 * @whose: the owner of @most bytes, such as "the pool's ", or nothing
 */
struct annex_size_rule {
	const char *name;
	u64 least;
	u64 most;
	u64 unit;
	const char *whose;
};

int annex_check_size(const struct annex_size_rule *rule, u64 size,
		     struct annex_reason *why);
const char *annex_size_text(struct annex_size_text *buf, u64 bytes);

#endif /* ANNEX_BASE_REFUSE_H */
