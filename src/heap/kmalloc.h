/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HEAP_KMALLOC_H
#define ANNEX_HEAP_KMALLOC_H

#include <linux/bitops.h>
#include <linux/gfp.h>
#include <linux/types.h>

struct annex;
struct annex_page;

/* The classes of sizes up to 192, in steps of 8: see annex_kmalloc_class(). */
#define ANNEX_KMALLOC_FINE	192U
extern const u8 annex_kmalloc_fine[ANNEX_KMALLOC_FINE / 8];

/* The class of 256 bytes; from there on, the sizes double. */
#define ANNEX_KMALLOC_CLASS_256	7

/**
 * annex_kmalloc_class() - which cache serves a size
 * @size: from 1 to ANNEX_KMALLOC_MAX_SLAB
 *
 * Context: any; a function of its argument.
 * Return: an index in the order of the sizes.
 */
static __always_inline unsigned int annex_kmalloc_class(size_t size)
{
	if (size <= ANNEX_KMALLOC_FINE)
		return annex_kmalloc_fine[(size - 1) / 8];
	/* For 193 to 256, the highest bit of size - 1 is bit 7. */
	return ANNEX_KMALLOC_CLASS_256 + __fls(size - 1) - 7;
}

int annex_kmalloc_init(struct annex *annex);
void *annex_kmalloc_other(struct annex *annex, size_t size, gfp_t gfp);
int annex_kfree_slowly(struct annex *annex, const void *addr);
size_t annex_heap_size(struct annex *annex, const void *addr);
struct annex_page *annex_large_page(struct annex *annex, const void *addr);
bool annex_large_mark(struct annex_page *page, u32 from, u32 to);
bool annex_large_free(struct annex *annex, struct annex_page *page, u32 from);
size_t annex_pool_ksize(struct annex *annex, const void *addr);
void *annex_pool_krealloc(struct annex *annex, const void *addr, size_t size,
			  gfp_t gfp);

#endif /* ANNEX_HEAP_KMALLOC_H */
