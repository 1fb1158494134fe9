/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_RECLAIM_FOLIO_BITS_H
#define ANNEX_RECLAIM_FOLIO_BITS_H

/* A folio's block and its flags, without checks, for the files of reclaim/. */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <annex/folio.h>

#include "page/frames.h"
#include "reclaim/lock.h"
#include "reclaim/state.h"

/**
 * annex_folio_head() - the descriptor of the block that has a folio
 * @folio: the folio
 *
 * Context: any.
 */
static inline struct annex_page *
annex_folio_head(const struct annex_folio *folio)
{
	return folio->zone->frames->mem_map + folio->pfn;
}

/**
 * annex_folio_nr_pages() - frames of the block that has a folio
 * @folio: the folio
 *
 * Context: any.
 */
static inline long annex_folio_nr_pages(const struct annex_folio *folio)
{
	return 1L << annex_page_order(annex_folio_head(folio));
}

/**
 * annex_folio_set_bit() - set any flag of a folio
 * @folio: the folio
 * @flag: the flag
 *
 * Context: any. A full barrier.
 * Return: true if it was set before.
 */
static inline bool annex_folio_set_bit(struct annex_folio *folio,
				       enum annex_folioflags flag)
{
	return atomic_fetch_or((int)BIT(flag), &folio->flags) & BIT(flag);
}

/**
 * annex_folio_clear_bit() - clear any flag of a folio
 * @folio: the folio
 * @flag: the flag
 *
 * Not for %ANNEX_FOLIO_WRITEBACK, which may have waiters.
 *
 * Context: any. A full barrier.
 * Return: true if it was set.
 */
static inline bool annex_folio_clear_bit(struct annex_folio *folio,
					 enum annex_folioflags flag)
{
	return atomic_fetch_andnot((int)BIT(flag), &folio->flags) & BIT(flag);
}

/**
 * annex_folio_end_write() - clear the writeback flag of a folio
 * @frames: the frames of the pool
 * @folio: the folio; it may end once this has begun
 *
 * One exchange clears %ANNEX_FOLIO_RECLAIM and %ANNEX_FOLIO_WRITEBACK, so that
 * no reader finds the former clear while the latter is still set.
 *
 * Context: any but NMI.
 * Return: true if it was under writeback.
 */
static inline bool annex_folio_end_write(struct annex_frames *frames,
					 struct annex_folio *folio)
{
	return annex_clear_bit_and_wake(&frames->reclaim->waits, &folio->flags,
					BIT(ANNEX_FOLIO_WRITEBACK),
					BIT(ANNEX_FOLIO_RECLAIM),
					BIT(ANNEX_FOLIO_WAITERS));
}

#endif /* ANNEX_RECLAIM_FOLIO_BITS_H */
