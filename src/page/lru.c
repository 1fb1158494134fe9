// SPDX-License-Identifier: GPL-2.0-only
/*
 * What folios ask of the LRU lists, as long as there are none: to be replaced
 * by the lists themselves.
 */
#include "page/folio.h"
#include "page/lru.h"

/**
 * annex_lru_release() - take a folio out of its list, because it ends
 * @folio: in a list; its block is %ANNEX_PAGE_CACHED
 *
 * Context: any but NMI; slots->lock held, interrupts off.
 */
void annex_lru_release(struct annex_folio *folio)
{
	annex_folio_clear_bit(folio, ANNEX_FOLIO_LRU);
	list_del_init(&folio->lru);
}

/**
 * annex_lru_rotate() - let reclaim look at a folio next
 * @folio: written a moment ago, with the flag that stands until it returns
 *
 * Context: any but NMI.
 */
void annex_lru_rotate(struct annex_folio *folio)
{
}
