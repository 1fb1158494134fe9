/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_CMDLINE_H
#define ANNEX_HOST_CMDLINE_H

#include <linux/types.h>

/**
 * struct annex_cmdline_word - a value of the kernel's command line
 * @text: the text behind the =, perhaps cut
 */
struct annex_cmdline_word {
	char text[32];
};

bool annex_cmdline_find_lost(const char *cmdline,
			     struct annex_cmdline_word *lost);
bool annex_cmdline_lost_sign(struct annex_cmdline_word *lost);

#endif /* ANNEX_HOST_CMDLINE_H */
