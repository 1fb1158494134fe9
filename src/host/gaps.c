// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gaps of the host's vmalloc space, and what fits into them.
 *
 * The windows of a pool need not lie side by side: each is one piece, that is
 * all. The host gives each the lowest gap that it fits in. So a set of windows
 * is placed here as the host would place it, and a pool gets at its tenth load
 * what it got at its first, although drivers that came between the two have split
 * the largest gap: those that its windows had are there as they were.
 *
 * Locking: none; functions of their arguments.
 */
#include <linux/minmax.h>
#include <linux/string.h>

#include "host/gaps.h"

/* The smallest is of the least use. */
static void drop_smallest(struct annex_gaps *gaps)
{
	unsigned int i, least = 0;

	for (i = 1; i < gaps->nr; i++)
		if (gaps->bytes[i] < gaps->bytes[least])
			least = i;
	gaps->nr--;
	memmove(gaps->bytes + least, gaps->bytes + least + 1,
		(gaps->nr - least) * sizeof(*gaps->bytes));
}

/**
 * annex_gaps_add() - note a gap
 * @gaps: those at lower addresses
 * @bytes: its length; without any it is none
 *
 * Of more than %ANNEX_GAPS_MAX the smallest are forgotten.
 *
 * Context: any.
 */
void annex_gaps_add(struct annex_gaps *gaps, unsigned long bytes)
{
	if (!bytes)
		return;
	if (gaps->nr == ANNEX_GAPS_MAX)
		drop_smallest(gaps);
	gaps->bytes[gaps->nr++] = bytes;
}

/* Take a piece of the lowest gap that has it. */
static bool place(struct annex_gaps *gaps, u64 bytes)
{
	unsigned int i;

	for (i = 0; i < gaps->nr; i++) {
		if (gaps->bytes[i] < bytes)
			continue;
		gaps->bytes[i] -= bytes;
		return true;
	}
	return false;
}

/**
 * annex_gaps_hold() - is there room for windows?
 * @gaps: what is free
 * @windows: bytes of each, in the order in which they will be asked for; those
 *	of no bytes are none
 * @nr: how many
 * @keep: bytes that are to be left, in whatever pieces
 *
 * Context: any.
 * Return: whether there is.
 */
bool annex_gaps_hold(const struct annex_gaps *gaps, const u64 *windows,
		     unsigned int nr, u64 keep)
{
	struct annex_gaps left = *gaps;
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < nr; i++)
		if (windows[i] &&
		    !place(&left, windows[i] + ANNEX_GAPS_WINDOW_EXTRA))
			return false;
	for (i = 0; i < left.nr; i++)
		sum += left.bytes[i];
	return sum >= keep;
}
