/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_POISON_H
#define ANNEX_PAGE_POISON_H

#include <annex/types.h>

struct annex_frames;

void annex_poison_all(struct annex_frames *frames);
void annex_poison_fill(struct annex_frames *frames, annex_pfn_t pfn,
		       unsigned int order);
void annex_poison_check(struct annex_frames *frames, annex_pfn_t pfn,
			unsigned int order);

#endif /* ANNEX_PAGE_POISON_H */
