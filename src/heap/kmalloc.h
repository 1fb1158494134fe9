/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HEAP_KMALLOC_H
#define ANNEX_HEAP_KMALLOC_H

#include <linux/gfp.h>
#include <linux/types.h>

struct annex;
struct annex_page;

int annex_kmalloc_init(struct annex *annex);
size_t annex_heap_size(struct annex *annex, const void *addr);
struct annex_page *annex_large_page(struct annex *annex, const void *addr);
bool annex_large_mark(struct annex_page *page, u32 from, u32 to);
bool annex_large_free(struct annex *annex, struct annex_page *page, u32 from);
size_t annex_pool_ksize(struct annex *annex, const void *addr);
void *annex_pool_krealloc(struct annex *annex, const void *addr, size_t size,
			  gfp_t gfp);

#endif /* ANNEX_HEAP_KMALLOC_H */
