// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gaps of the host's vmalloc space, and the windows that fit into them.
 *
 * The windows of a pool need not be adjacent; each is contiguous in itself. The
 * host places each in the lowest gap that it fits in. This file places a set of
 * windows in the same way. So a pool gets the same sizes at its tenth load as
 * at its first, although drivers that were loaded in between have split the
 * largest gap: the gaps that its own windows left are still there.
 *
 * Locking: none; functions of their arguments.
 */
#include <linux/minmax.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "host/gaps.h"

/* Drop the smallest gap, the least useful one, if @bytes are not less. */
static bool drop_smallest(struct annex_gaps *gaps, unsigned long bytes)
{
	unsigned int i, least = 0;

	for (i = 1; i < gaps->nr; i++)
		if (gaps->bytes[i] < gaps->bytes[least])
			least = i;
	if (gaps->bytes[least] >= bytes)
		return false;
	gaps->nr--;
	memmove(gaps->bytes + least, gaps->bytes + least + 1,
		(gaps->nr - least) * sizeof(*gaps->bytes));
	return true;
}

/**
 * annex_gaps_add() - record a gap
 * @gaps: the gaps at lower addresses
 * @bytes: its length; 0 is ignored
 *
 * If there are more than %ANNEX_GAPS_MAX, the smallest is dropped.
 *
 * Context: any.
 */
void annex_gaps_add(struct annex_gaps *gaps, unsigned long bytes)
{
	if (!bytes)
		return;
	if (gaps->nr == ANNEX_GAPS_MAX && !drop_smallest(gaps, bytes))
		return;
	gaps->bytes[gaps->nr++] = bytes;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_gaps_add);

/* Take bytes from the lowest gap that has enough. */
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
 * annex_gaps_hold() - do windows fit into the gaps?
 * @gaps: the gaps
 * @windows: bytes of each, in the order in which they will be requested; 0 is
 *	ignored
 * @nr: how many
 * @keep: bytes that have to be left, in any pieces
 *
 * Context: any.
 * Return: whether they fit.
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
EXPORT_SYMBOL_FOR_KUNIT(annex_gaps_hold);
