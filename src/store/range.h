/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_STORE_RANGE_H
#define ANNEX_STORE_RANGE_H

/* Ranges of indices of a frame table. See frame_table.c. */
#include <linux/types.h>

#include "store/entry.h"

struct annex_frame_table;

int annex_table_check_range(struct annex_frame_table *t, u32 first, u32 nr,
			    const char *call);
u32 annex_table_change(struct annex_frame_table *t, u32 first, u32 end,
		       annex_entry_fn decide, bool may_sleep);

#endif /* ANNEX_STORE_RANGE_H */
