/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HEAP_KVMALLOC_H
#define ANNEX_HEAP_KVMALLOC_H

#include <linux/gfp.h>
#include <linux/types.h>

struct annex_heap;

void *__annex_kvmalloc(struct annex_heap *heap, size_t size, gfp_t gfp,
		       const void *caller);
int __annex_kvfree(struct annex_heap *heap, const void *addr);
void *__annex_kvrealloc(struct annex_heap *heap, const void *addr, size_t old,
			size_t size, gfp_t gfp, const void *caller);

#endif /* ANNEX_HEAP_KVMALLOC_H */
