/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_REFUSE_H
#define ANNEX_HOST_REFUSE_H

#include <linux/compiler_attributes.h>

/**
 * struct annex_reason - why something was refused, in one line for the log
 * @text: what was wrong, what was found, what would work
 */
struct annex_reason {
	char text[256];
};

__printf(3, 4) __cold
int annex_refuse(struct annex_reason *why, int err, const char *fmt, ...);

#endif /* ANNEX_HOST_REFUSE_H */
