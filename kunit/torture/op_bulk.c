// SPDX-License-Identifier: GPL-2.0-only
/*
 * bulk: many frames at once, into an array that may have some; given back at
 * once, one by one, or in part.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <annex/page_alloc.h>

#include "torture.h"

#define MOST		48
#define MOST_IRQ	12

static void stamp_all(struct torture_turn *t, struct annex_page **pages,
		      unsigned int nr, u32 key, bool zero)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (!pages[i])
			continue;
		if (zero)
			torture_check_zero(t, pages[i], 0);
		torture_stamp(t, pages[i], 0, key);
	}
}

static void run(struct torture_turn *t)
{
	unsigned int most = t->context == TORTURE_THREAD ? MOST : MOST_IRQ;
	unsigned int i, nr = 1 + torture_below(t, most), got, have = 0;
	struct annex_page *pages[MOST] = {};
	bool zero = torture_one_in(t, 8);
	gfp_t gfp = torture_gfp(t);
	u32 key = torture_key(t);

	/* An entry in the middle that is there already is left alone. */
	if (torture_one_in(t, 2))
		pages[nr / 2] = annex_alloc_page(gfp | (zero ? __GFP_ZERO : 0));
	got = annex_alloc_pages_bulk(gfp | (zero ? __GFP_ZERO : 0), nr, pages);
	for (i = 0; i < nr; i++)
		have += !!pages[i];
	if (have != got)
		torture_corrupt(t, "%u frames of %u, said to be %u", have, nr,
				got);
	if (got < nr)
		torture_denied(t);
	stamp_all(t, pages, nr, key, zero);
	torture_nap(t);
	for (i = 0; i < nr; i++)
		if (pages[i])
			torture_check(t, pages[i], 0, key);
	i = torture_below(t, nr);
	if (pages[i]) {
		torture_refused(t, "free_page", annex_free_page(pages[i]));
		pages[i] = NULL;
	}
	torture_refused(t, "free_pages_bulk", annex_free_pages_bulk(pages, nr));
	for (i = 0; i < nr; i++)
		if (pages[i])
			torture_corrupt(t, "a frame is left");
}

struct torture_op torture_bulk = {
	.name = "bulk",
	.weight = 4,
	.contexts = TORTURE_ANYWHERE,
	.run = run,
};
