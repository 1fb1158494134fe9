/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_PAGE_ALLOC_H
#define ANNEX_PAGE_PAGE_ALLOC_H

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <annex/page.h>
#include <annex/types.h>

#include "page/gfp.h"

struct annex_frames;
struct annex_memblock;

struct annex_page *__annex_alloc_pages(struct annex_frames *frames, gfp_t gfp,
				       unsigned int order, int *err);
int annex_block_alloc(struct annex_frames *frames, gfp_t gfp,
		      unsigned int order, struct annex_page **pagep);
struct annex_page *annex_alloc_slow(struct annex_frames *frames, gfp_t gfp,
				    unsigned int order, int *err);
unsigned int __annex_alloc_pages_bulk(struct annex_frames *frames, gfp_t gfp,
				      unsigned int nr,
				      struct annex_page **pages);
int __annex_free_pages_bulk(struct annex_frames *frames,
			    struct annex_page **pages, unsigned int nr);
int annex_block_free(struct annex_frames *frames, struct annex_page *page,
		     unsigned int order);
int annex_free_slow(struct annex_frames *frames, struct annex_page *page,
		    unsigned int order);
void annex_put_left(struct annex_frames *frames, struct annex_page *page);
int annex_disown(struct annex_frames *frames, struct annex_page *page);
int __annex_get_page(struct annex_frames *frames, struct annex_page *page);
int __annex_put_page(struct annex_frames *frames, struct annex_page *page);
struct annex_page *annex_head_of(struct annex_frames *frames,
				 const struct annex_page *page);
int annex_inner_errno(struct annex_frames *frames,
		      const struct annex_page *page, int err);
void annex_pages_hand_over(struct annex_frames *frames,
			   struct annex_memblock *mb);

#endif /* ANNEX_PAGE_PAGE_ALLOC_H */
