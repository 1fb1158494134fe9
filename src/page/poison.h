/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_POISON_H
#define ANNEX_PAGE_POISON_H

#include <annex/types.h>

struct annex;

void annex_poison_all(struct annex *annex);
void annex_poison_fill(struct annex *annex, annex_pfn_t pfn,
		       unsigned int order);
void annex_poison_check(struct annex *annex, annex_pfn_t pfn,
			unsigned int order);

#endif /* ANNEX_PAGE_POISON_H */
