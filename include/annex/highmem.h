/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HIGHMEM_H
#define ANNEX_HIGHMEM_H

#include <linux/types.h>
#include <annex/page.h>
#include <annex/types.h>

/**
 * DOC: addresses for high frames
 *
 * A frame beyond lowmem has no kernel address until a caller maps it.
 *
 * ===================  =========================  ===========================
 * ..                   annex_kmap()               annex_kmap_local_page()
 * ===================  =========================  ===========================
 * may be called from   process, may sleep         any context
 * valid                everywhere                 for the caller, on this CPU
 * until                annex_kunmap()             annex_kunmap_local()
 * in which order       any                        last in, first out
 * how many             pkmap= slots, all CPUs     16 a CPU
 * may sleep meanwhile  yes                        yes; it does not migrate
 * ===================  =========================  ===========================
 *
 * Lowmem frames are always mapped; both functions return their fixed address.
 *
 * Neither kind of address has a struct page: do not pass it to virt_to_page(),
 * sg_set_buf() or dma_map_single(). See "memory without struct page" in
 * annex/page.h.
 */

void *annex_kmap(struct annex_page *page);
int annex_kunmap(struct annex_page *page);
void *annex_kmap_high_get(struct annex_page *page);
struct annex_page *annex_kmap_to_page(const void *addr);
int annex_kmap_flush_unused(void);

void *annex_kmap_local_page(struct annex_page *page);
void *annex_kmap_local_pfn(annex_pfn_t pfn);
int annex_kunmap_local(const void *addr);
void *annex_kmap_atomic(struct annex_page *page);
void *annex_kmap_atomic_pfn(annex_pfn_t pfn);
int annex_kunmap_atomic(const void *addr);

/* Helpers; each maps its frames for the duration of the call. Any context. */
int annex_copy_highpage(struct annex_page *to, struct annex_page *from);
int annex_clear_highpage(struct annex_page *page);
int annex_memcpy_page(struct annex_page *to, size_t to_offset,
		      struct annex_page *from, size_t from_offset, size_t len);
int annex_memcpy_to_page(struct annex_page *page, size_t offset,
			 const void *from, size_t len);
int annex_memcpy_from_page(void *to, struct annex_page *page, size_t offset,
			   size_t len);
int annex_memset_page(struct annex_page *page, size_t offset, int val,
		      size_t len);
int annex_zero_user(struct annex_page *page, size_t start, size_t len);

#endif /* ANNEX_HIGHMEM_H */
