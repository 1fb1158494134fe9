/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_STORE_FRAME_TABLE_H
#define ANNEX_STORE_FRAME_TABLE_H

/* The functions of annex/frame_table.h, of any pool. */
#include <linux/gfp.h>

#include "store/types.h"

int __annex_frame_table_read(struct annex_frame_table *t, u32 index,
			     unsigned int offset, void *to, unsigned int len);
int __annex_frame_table_write(struct annex_frame_table *t, u32 index,
			      unsigned int offset, const void *from,
			      unsigned int len, gfp_t gfp, unsigned int flags);
int __annex_frame_table_read_page(struct annex_frame_table *t, u32 index,
				  const struct annex_page_span *span);
int __annex_frame_table_write_page(struct annex_frame_table *t, u32 index,
				   const struct annex_page_span *span,
				   gfp_t gfp, unsigned int flags);
int __annex_frame_table_read_by(struct annex_frame_table *t, u32 index,
				const struct annex_page_copy *copy);
int __annex_frame_table_write_by(struct annex_frame_table *t, u32 index,
				 const struct annex_page_copy *copy, gfp_t gfp);
int __annex_frame_table_zero(struct annex_frame_table *t, u32 index,
			     unsigned int offset, unsigned int len);
int __annex_frame_table_hold(struct annex_frame_table *t, u32 first, u32 nr,
			     gfp_t gfp);
u32 __annex_frame_table_punch(struct annex_frame_table *t, u32 first, u32 nr);
u32 __annex_frame_table_next(struct annex_frame_table *t, u32 index,
			     bool present);
u32 __annex_frame_table_next_data(struct annex_frame_table *t, u32 index,
				  bool data);
int __annex_frame_table_provide(struct annex_frame_table *t, u32 index,
				gfp_t gfp, unsigned long *host_pfn);
unsigned int __annex_frame_table_frames(struct annex_frame_table *t, u32 first,
					unsigned int nr,
					unsigned long *host_pfn);
void __annex_frame_table_set_limit(struct annex_frame_table *t,
				   unsigned long frames);
void __annex_frame_table_reset_most(struct annex_frame_table *t);
void __annex_frame_table_usage(struct annex_frame_table *t,
			       struct annex_frame_table_usage *usage);

#endif /* ANNEX_STORE_FRAME_TABLE_H */
