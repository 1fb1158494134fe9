/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_GAPS_H
#define ANNEX_HOST_GAPS_H

#include <linux/types.h>
#include <asm/page.h>

/*
 * The vmalloc space of a machine that has been up for long has a few dozen
 * gaps, most of them of a few pages: fewer than 32 are large enough for a
 * window.
 */
#define ANNEX_GAPS_MAX	32

/*
 * Pages that a window may take besides its own: one to start at an even page,
 * guard pages before and behind it, its label and the label's guard page
 * (area.c), and the guard page of the area before it, which looks free.
 */
#define ANNEX_GAPS_WINDOW_EXTRA	(6 * PAGE_SIZE)

/**
 * struct annex_gaps - unmapped runs of the vmalloc space
 * @bytes: length of each, in address order
 * @nr: how many
 */
struct annex_gaps {
	unsigned long bytes[ANNEX_GAPS_MAX];
	unsigned int nr;
};

void annex_gaps_add(struct annex_gaps *gaps, unsigned long bytes);
bool annex_gaps_hold(const struct annex_gaps *gaps, const u64 *windows,
		     unsigned int nr, u64 keep);

#endif /* ANNEX_HOST_GAPS_H */
