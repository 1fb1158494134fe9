/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HEAP_KMALLOC_H
#define ANNEX_HEAP_KMALLOC_H

#include <linux/gfp.h>
#include <linux/types.h>

struct annex_heap;
struct annex_page;

int annex_kmalloc_init(struct annex_heap *heap);
size_t annex_heap_size(struct annex_heap *heap, const void *addr);
struct annex_page *annex_large_page(struct annex_heap *heap, const void *addr);
bool annex_large_mark(struct annex_page *page, u32 from, u32 to);
bool annex_large_free(struct annex_heap *heap, struct annex_page *page,
		      u32 from);
size_t __annex_ksize(struct annex_heap *heap, const void *addr);
void *__annex_krealloc(struct annex_heap *heap, const void *addr, size_t size,
		       gfp_t gfp);

#endif /* ANNEX_HEAP_KMALLOC_H */
