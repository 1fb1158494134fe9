// SPDX-License-Identifier: GPL-2.0-only
/*
 * annex_frame_table_hold(): frames for a range, before anything is written.
 *
 * Each entry of the range gets HELD and HOLDING. A hole also gets a frame, which is
 * not zeroed, and UNWRITTEN. At the end the call clears HOLDING in all entries.
 * If it fails, HOLDING marks the entries that this call has changed, and UNWRITTEN
 * the frames that are not needed: annex_entry_undo_hold().
 *
 * Locking: hold_lock, so that HOLDING is of one call.
 *
 * Failing: -ENOSPC, as for a write.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "base/for_kunit.h"
#include "page/report.h"
#include "store/frame_table.h"
#include "store/fresh.h"
#include "store/range.h"

static bool is_held(struct annex_frame_table *t, u32 index)
{
	bool held;

	rcu_read_lock();
	held = annex_leaf_lookup(t, index) & ANNEX_ENTRY_HELD;
	rcu_read_unlock();
	return held;
}

/* Hold the range; *@done is the first index that it did not reach. */
static int hold_range(struct annex_frame_table *t, u32 first, u32 end,
		      gfp_t gfp, u32 *done)
{
	const u32 flags = ANNEX_ENTRY_UNWRITTEN | ANNEX_ENTRY_HELD |
			  ANNEX_ENTRY_HOLDING;
	static const struct annex_span nothing;
	u32 i;
	int err = 0;

	for (i = first; i < end; i++) {
		if (!is_held(t, i))
			err = annex_fresh_fill(t, i, &nothing, flags, gfp);
		if (err)
			break;
		if (i % ANNEX_LEAF_ENTRIES == 0)
			cond_resched();
	}
	*done = i;
	return err;
}

/* annex_frame_table_hold() of a table. */
int __annex_frame_table_hold(struct annex_frame_table *t, u32 first, u32 nr,
			     gfp_t gfp)
{
	u32 done;
	int err;

	if (annex_refused_atomic(t->store->frames, ANNEX_BAD_TABLE,
				 "frame_table_hold"))
		return -EINVAL;
	err = annex_table_check_range(t, first, nr, "frame_table_hold");
	if (err)
		return err;
	mutex_lock(&t->hold_lock);
	err = hold_range(t, first, first + nr, gfp, &done);
	annex_table_change(t, first, done,
			   err ? annex_entry_undo_hold : annex_entry_end_hold,
			   true);
	mutex_unlock(&t->hold_lock);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_frame_table_hold);
