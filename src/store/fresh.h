/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_STORE_FRESH_H
#define ANNEX_STORE_FRESH_H

/* Frames for new entries of a frame table. See fresh.c. */
#include <linux/gfp.h>

#include "store/leaf.h"

void annex_fresh_reset_most(struct annex_frame_table *t);
int annex_fresh_fill(struct annex_frame_table *t, u32 index,
		     const struct annex_span *span, u32 flags, gfp_t gfp);
int annex_fresh_install(struct annex_frame_table *t, u32 index, gfp_t gfp,
			struct annex_fresh *fresh);
int annex_fresh_prepare(struct annex_frame_table *t, u32 index, gfp_t gfp,
			struct annex_fresh *fresh);
void annex_fresh_drop(struct annex_frame_table *t, struct annex_fresh *fresh);

#endif /* ANNEX_STORE_FRESH_H */
