/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_EXACT_H
#define ANNEX_PAGE_EXACT_H

#include <linux/gfp.h>
#include <linux/types.h>

struct annex_frames;
struct annex_page;

int annex_pool_split(struct annex_frames *frames, struct annex_page *page,
		     unsigned int order);
void *annex_pool_alloc_exact(struct annex_frames *frames, size_t size,
			     gfp_t gfp);
int annex_pool_free_exact(struct annex_frames *frames, const void *addr,
			  size_t size);
struct annex_page *annex_pool_page_at(struct annex_frames *frames,
				      const void *addr, const char *call,
				      int *err);
int annex_pool_free_at(struct annex_frames *frames, const void *addr,
		       unsigned int order);

#endif /* ANNEX_PAGE_EXACT_H */
