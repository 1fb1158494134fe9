/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_EXACT_H
#define ANNEX_PAGE_EXACT_H

#include <linux/gfp.h>
#include <linux/types.h>

struct annex_frames;
struct annex_page;

int __annex_split_page(struct annex_frames *frames, struct annex_page *page,
		       unsigned int order);
void *__annex_alloc_pages_exact(struct annex_frames *frames, size_t size,
				gfp_t gfp);
int __annex_free_pages_exact(struct annex_frames *frames, const void *addr,
			     size_t size);
struct annex_page *annex_page_at(struct annex_frames *frames, const void *addr,
				 const char *call, int *err);
int annex_block_free_at(struct annex_frames *frames, const void *addr,
			unsigned int order);

#endif /* ANNEX_PAGE_EXACT_H */
