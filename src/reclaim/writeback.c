// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mutable state of a folio: its flags, the count of page tables that map
 * it, and its dirty and writeback state.
 *
 *            mark_dirty              clear_dirty, start_writeback
 *   clean ---------------> dirty ---------------------------------> writeback
 *     ^                                                               |
 *     `------------------------ end_writeback ------------------------'
 *
 * Dirty and writeback are separate flags: a folio that changes during its
 * writeback is dirty again. The counters are those of Linux 6.1, in frames:
 * nr_dirty and nr_writeback count folios with the flag; nr_zone_write_pending
 * is the sum of both, so a folio that is dirty and under writeback counts
 * twice; nr_dirtied and nr_written count events. nr_mapped counts folios that
 * at least one page table maps.
 *
 * A counter is updated some instructions after its flag, and a reader may see
 * the state in between.
 *
 * Locking: none; each function is one atomic change. Any context unless said
 * otherwise. A folio may end as soon as it is neither dirty nor under
 * writeback, so no function accesses it after that.
 *
 * Failing: a call for what is no folio of the pool, for a flag that callers may
 * not change, or to end a writeback that was not started is refused and
 * reported.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>

#include "base/for_kunit.h"
#include "page/frames.h"
#include "page/report.h"
#include "reclaim/folio.h"
#include "reclaim/lru.h"

static bool known(struct annex_frames *frames, const struct annex_folio *folio,
		  const char *call)
{
	return annex_folio_known(frames, folio, ANNEX_BAD_FLAG, call);
}

static bool may_change(struct annex_frames *frames,
		       const struct annex_folio *folio,
		       enum annex_folioflags flag)
{
	if (!known(frames, folio, "folio flag"))
		return false;
	if (likely((unsigned int)flag < ANNEX_NR_FOLIO_FLAGS &&
		   ANNEX_FOLIO_OWNER_FLAGS & BIT(flag)))
		return true;
	annex_refuse_call(frames, ANNEX_BAD_FLAG, -EINVAL, "folio flag",
			  "it is none, or one that has functions of its own");
	return false;
}

/* annex_folio_test_set_flag() in a pool. */
bool __annex_folio_test_set_flag(struct annex_frames *frames,
				 struct annex_folio *folio,
				 enum annex_folioflags flag)
{
	return !may_change(frames, folio, flag) ||
	       annex_folio_set_bit(folio, flag);
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_folio_test_set_flag);

/* annex_folio_test_clear_flag() in a pool. */
bool __annex_folio_test_clear_flag(struct annex_frames *frames,
				   struct annex_folio *folio,
				   enum annex_folioflags flag)
{
	return may_change(frames, folio, flag) &&
	       annex_folio_clear_bit(folio, flag);
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_folio_test_clear_flag);

/* annex_folio_inc_mapcount() in a pool. */
int __annex_folio_inc_mapcount(struct annex_frames *frames,
			       struct annex_folio *folio)
{
	int old;

	if (!known(frames, folio, "inc_mapcount"))
		return -EFAULT;
	old = atomic_read(&folio->_mapcount);
	do {
		/* annex_folio_mapcount() adds 1, which must not overflow. */
		if (old == INT_MAX - 1)
			return annex_refuse_call(frames, ANNEX_BAD_FLAG,
						 -EOVERFLOW, "inc_mapcount",
						 "more page tables than an int can count");
	} while (!atomic_try_cmpxchg(&folio->_mapcount, &old, old + 1));
	if (old == -1)
		annex_mod_node_count(&frames->counters, ANNEX_NR_MAPPED,
				     annex_folio_nr_pages(folio));
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_folio_inc_mapcount);

/* annex_folio_dec_mapcount() in a pool. */
int __annex_folio_dec_mapcount(struct annex_frames *frames,
			       struct annex_folio *folio)
{
	long nr;
	int old;

	if (!known(frames, folio, "dec_mapcount"))
		return -EFAULT;
	nr = annex_folio_nr_pages(folio);
	old = atomic_read(&folio->_mapcount);
	do {
		if (old < 0)
			return annex_refuse_call(frames, ANNEX_BAD_FLAG,
						 -EINVAL, "dec_mapcount",
						 "no page table maps the folio");
	} while (!atomic_try_cmpxchg(&folio->_mapcount, &old, old - 1));
	if (!old)
		annex_mod_node_count(&frames->counters, ANNEX_NR_MAPPED, -nr);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_folio_dec_mapcount);

static void count(struct annex_zone *zone, enum annex_counter item, long nr)
{
	annex_mod_node_count(&zone->frames->counters, item, nr);
	annex_mod_zone_count(zone, ANNEX_NR_ZONE_WRITE_PENDING, nr);
}

/* annex_folio_mark_dirty() in a pool. */
bool __annex_folio_mark_dirty(struct annex_frames *frames,
			      struct annex_folio *folio)
{
	long nr;

	if (!known(frames, folio, "mark_dirty"))
		return false;
	/* The folio is in use again: do not reclaim it after its writeback. */
	annex_folio_clear_bit(folio, ANNEX_FOLIO_RECLAIM);
	if (annex_folio_set_bit(folio, ANNEX_FOLIO_DIRTY))
		return false;
	nr = annex_folio_nr_pages(folio);
	count(folio->zone, ANNEX_NR_DIRTY, nr);
	annex_mod_node_count(&frames->counters, ANNEX_NR_DIRTIED, nr);
	return true;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_folio_mark_dirty);

/* annex_folio_clear_dirty() in a pool. */
bool __annex_folio_clear_dirty(struct annex_frames *frames,
			       struct annex_folio *folio)
{
	struct annex_zone *zone;
	long nr;

	if (!known(frames, folio, "clear_dirty"))
		return false;
	zone = folio->zone;
	nr = annex_folio_nr_pages(folio);
	if (!annex_folio_clear_bit(folio, ANNEX_FOLIO_DIRTY))
		return false;
	count(zone, ANNEX_NR_DIRTY, -nr);
	return true;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_folio_clear_dirty);

/* annex_folio_start_writeback() in a pool. */
bool __annex_folio_start_writeback(struct annex_frames *frames,
				   struct annex_folio *folio)
{
	if (!known(frames, folio, "start_writeback"))
		return true;
	if (annex_folio_set_bit(folio, ANNEX_FOLIO_WRITEBACK))
		return true;
	count(folio->zone, ANNEX_NR_WRITEBACK, annex_folio_nr_pages(folio));
	return false;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_folio_start_writeback);

static int not_begun(struct annex_frames *frames)
{
	return annex_refuse_call(frames, ANNEX_BAD_FLAG, -EINVAL,
				 "end_writeback", "nobody started one");
}

/* annex_folio_end_writeback() in a pool. */
int __annex_folio_end_writeback(struct annex_frames *frames,
				struct annex_folio *folio)
{
	struct annex_zone *zone;
	wait_queue_head_t *wait = &frames->reclaim->writeback_wait;
	bool ended;
	long nr;

	if (annex_refused_nmi(frames, ANNEX_BAD_FLAG, "end_writeback"))
		return -EINVAL;
	if (!known(frames, folio, "end_writeback"))
		return -EFAULT;
	if (!annex_folio_test_flag(folio, ANNEX_FOLIO_WRITEBACK))
		return not_begun(frames);
	zone = folio->zone;
	nr = annex_folio_nr_pages(folio);
	if (annex_folio_test_flag(folio, ANNEX_FOLIO_RECLAIM))
		ended = annex_lru_end_write(folio);
	else
		ended = annex_folio_end_write(frames, folio);
	if (!ended)
		return not_begun(frames);
	/* Reclaim may have begun to wait since RECLAIM was looked at. */
	if (wq_has_sleeper(wait))
		wake_up(wait);
	count(zone, ANNEX_NR_WRITEBACK, -nr);
	annex_mod_node_count(&frames->counters, ANNEX_NR_WRITTEN, nr);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_folio_end_writeback);

/* annex_folio_wait_writeback() in a pool. */
int __annex_folio_wait_writeback(struct annex_frames *frames,
				 struct annex_folio *folio)
{
	if (annex_refused_atomic(frames, ANNEX_BAD_FLAG, "wait_writeback"))
		return -EINVAL;
	might_sleep();
	if (!known(frames, folio, "wait_writeback"))
		return -EFAULT;
	annex_wait_while(&frames->reclaim->waits, &folio->flags,
			 BIT(ANNEX_FOLIO_WRITEBACK), BIT(ANNEX_FOLIO_WRITEBACK),
			 BIT(ANNEX_FOLIO_WAITERS));
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_folio_wait_writeback);
