/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_PAGEBLOCK_H
#define ANNEX_PAGE_PAGEBLOCK_H

#include <linux/types.h>
#include <annex/page.h>
#include <annex/types.h>

#include "page/frames.h"

bool annex_pageblock_worth_claiming(unsigned int from, unsigned int type);
const char *annex_migratetype_name(unsigned int type);
void annex_pageblocks_init(struct annex_frames *frames);
void annex_pageblock_set_type(struct annex_zone *zone,
			      struct annex_pageblock *block, unsigned int type);
struct annex_pcp_list __percpu *
annex_pageblock_home(const struct annex_zone *zone, unsigned int type);
void annex_pageblock_reserve(struct annex_zone *zone, struct annex_page *page);
bool annex_pageblock_unreserve(struct annex_frames *frames, int highest,
			       unsigned int type);
int annex_pageblock_isolate(struct annex_frames *frames, annex_pfn_t pfn);
int annex_pageblock_unisolate(struct annex_frames *frames, annex_pfn_t pfn);

#endif /* ANNEX_PAGE_PAGEBLOCK_H */
