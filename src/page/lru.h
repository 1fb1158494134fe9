/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_LRU_H
#define ANNEX_PAGE_LRU_H

struct annex_folio;

void annex_lru_release(struct annex_folio *folio);
void annex_lru_rotate(struct annex_folio *folio);

#endif /* ANNEX_PAGE_LRU_H */
