/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_GAPS_H
#define ANNEX_HOST_GAPS_H

#include <linux/types.h>
#include <asm/page.h>

/*
 * The vmalloc space of a machine that has been up for long has a few dozen gaps,
 * most of them of some pages: 32 are more than those of which a window fits in.
 */
#define ANNEX_GAPS_MAX	32

/*
 * What a window may take beside itself: a page to begin at an even one, guard
 * pages before and behind it, its label and the label's guard page (area.c), and
 * the guard page of what stands before, which looks free.
 */
#define ANNEX_GAPS_WINDOW_EXTRA	(6 * PAGE_SIZE)

/**
 * struct annex_gaps - runs of the vmalloc space in which nothing is mapped
 * @bytes: of each, in the order of their addresses
 * @nr: how many of them there are
 */
struct annex_gaps {
	unsigned long bytes[ANNEX_GAPS_MAX];
	unsigned int nr;
};

void annex_gaps_add(struct annex_gaps *gaps, unsigned long bytes);
bool annex_gaps_hold(const struct annex_gaps *gaps, const u64 *windows,
		     unsigned int nr, u64 keep);

#endif /* ANNEX_HOST_GAPS_H */
