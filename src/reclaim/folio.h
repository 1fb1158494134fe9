/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_RECLAIM_FOLIO_H
#define ANNEX_RECLAIM_FOLIO_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/gfp.h>
#include <annex/folio.h>

#include "page/frames.h"
#include "page/zone.h"
#include "reclaim/folio_bits.h"
#include "reclaim/lock.h"
#include "reclaim/state.h"

struct annex_frames;
struct annex_folio_slab_list;

/*
 * annex_folio_*() and annex_page_*() of the public headers, for any pool. The
 * functions with two underscores check their arguments and report each refusal;
 * a folio must belong to the pool.
 */
int __annex_folio_alloc(struct annex_frames *frames, gfp_t gfp,
			unsigned int order, struct annex_folio **foliop);
int __annex_folio_attach(struct annex_frames *frames, struct annex_page *page,
			 gfp_t gfp, struct annex_folio **foliop);
int __annex_folio_detach(struct annex_frames *frames,
			 struct annex_folio *folio);
struct annex_folio *__annex_page_folio(struct annex_frames *frames,
				       struct annex_page *page);
int __annex_folio_get(struct annex_frames *frames, struct annex_folio *folio);
int __annex_folio_put(struct annex_frames *frames, struct annex_folio *folio);
unsigned long __annex_page_private(struct annex_frames *frames,
				   struct annex_page *page);
int __annex_set_page_private(struct annex_frames *frames,
			     struct annex_page *page, unsigned long value);
unsigned long __annex_page_index(struct annex_frames *frames,
				 struct annex_page *page);

/* writeback.c */
bool __annex_folio_test_set_flag(struct annex_frames *frames,
				 struct annex_folio *folio,
				 enum annex_folioflags flag);
bool __annex_folio_test_clear_flag(struct annex_frames *frames,
				   struct annex_folio *folio,
				   enum annex_folioflags flag);
int __annex_folio_inc_mapcount(struct annex_frames *frames,
			       struct annex_folio *folio);
int __annex_folio_dec_mapcount(struct annex_frames *frames,
			       struct annex_folio *folio);
bool __annex_folio_mark_dirty(struct annex_frames *frames,
			      struct annex_folio *folio);
bool __annex_folio_clear_dirty(struct annex_frames *frames,
			       struct annex_folio *folio);
bool __annex_folio_start_writeback(struct annex_frames *frames,
				   struct annex_folio *folio);
int __annex_folio_end_writeback(struct annex_frames *frames,
				struct annex_folio *folio);
int __annex_folio_wait_writeback(struct annex_frames *frames,
				 struct annex_folio *folio);

/* For use inside annex, without checks. */
struct annex_folio *annex_head_folio(const struct annex_frames *frames,
				     const struct annex_page *head);
int annex_folio_of(struct annex_frames *frames, struct annex_page *head,
		   gfp_t gfp, struct annex_folio **foliop);
struct annex_folio_slab_list *annex_folio_lock(struct annex_frames *frames,
					       const struct annex_page *head,
					       unsigned long *flags,
					       struct annex_folio **foliop);
void annex_folio_unlock(struct annex_folio_slab_list *list,
			unsigned long flags);
bool annex_folio_known(struct annex_frames *frames,
		       const struct annex_folio *folio,
		       enum annex_counter counter, const char *call);

#endif /* ANNEX_RECLAIM_FOLIO_H */
