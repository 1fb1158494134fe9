// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping areas: the page table entries of their pages, in the window's tables.
 *
 * Locking: none. The entries of an area belong to its creator, and later to the
 * caller that frees it.
 *
 * Failing: frames that are not of the pool.
 */
#include <linux/mm.h>

#include "base/for_kunit.h"
#include "host/pte.h"
#include "host/window.h"
#include "page/frames.h"
#include "vmalloc/vm.h"
#include "vmalloc/vm_inline.h"

/* The entries are visible before the area can be found. */
static __always_inline void make_live(struct annex_vm *area)
{
	smp_store_release(&area->state, ANNEX_VM_LIVE); /* after its entries */
}

/*
 * Set contiguous page table entries. The frames' owners are unknown, but each
 * frame must be one of the pool's. Returns how many are left, from the first
 * frame that is not.
 *
 * This is a third of the cost of 64 kB. It is written for a machine with few
 * registers: it counts up to 0, @bits is a pointer, and fields of the pool are
 * read again each time.
 */
static __always_inline unsigned long set_run(const struct annex_frames *frames,
					     pte_t *pte,
					     struct annex_page **pages,
					     unsigned long nr, const u64 *bits)
{
	long i = -(long)nr;

	pte += nr;
	pages += nr;
	do {
		unsigned long frame = annex_page_nr(frames, pages[i]);

		if (unlikely(frame >= frames->nr_pages))
			break;
		annex_pte_set_bits(pte + i, frames->base_pfn + frame, bits);
	} while (++i);
	return -i;
}

static __always_inline struct annex_page **map(struct annex_vmalloc *v,
					       struct annex_vm *area,
					       struct annex_page **pages,
					       const u64 *bits)
{
	const struct annex_window *window = v->window;
	unsigned long addr = area->va.start, left = annex_vm_nr(area);

	while (left) {
		unsigned long nr = annex_window_run(addr, left);
		pte_t *pte = annex_window_pte_at(window, addr);
		unsigned long rest = set_run(v->frames, pte, pages, nr, bits);

		pages += nr;
		if (unlikely(rest))
			return pages - rest;
		addr += nr << PAGE_SHIFT;
		left -= nr;
	}
	make_live(area);
	return NULL;
}

/**
 * annex_vm_map() - map frames in an area, and make it public
 * @v: the vmalloc space of the pool
 * @area: with addresses
 * @pages: the frames, as many as it has pages
 *
 * Context: process.
 * Return: NULL; or, if one is not a frame of the pool, its position in @pages:
 * then the caller has to unmap and drop the area.
 */
struct annex_page **annex_vm_map(struct annex_vmalloc *v, struct annex_vm *area,
				 struct annex_page **pages)
{
	return map(v, area, pages, &annex_pte_bits);
}

/**
 * annex_vm_map_prot() - annex_vm_map() with a protection
 * @v: the vmalloc space of the pool
 * @area: with addresses
 * @pages: the frames, as many as it has pages
 * @prot: protection of the mapping
 *
 * Context: process.
 * Return: as annex_vm_map().
 */
struct annex_page **annex_vm_map_prot(struct annex_vmalloc *v,
				      struct annex_vm *area,
				      struct annex_page **pages, pgprot_t prot)
{
	u64 bits = annex_pte_prot(prot);

	return map(v, area, pages, &bits);
}

/**
 * annex_vm_map_phys() - map physical memory in an area, and make it public
 * @v: the vmalloc space of the pool
 * @area: with addresses and a physical address
 * @prot: protection of the mapping
 *
 * Context: process.
 */
void annex_vm_map_phys(struct annex_vmalloc *v, struct annex_vm *area,
		       pgprot_t prot)
{
	const struct annex_window *window = v->window;
	unsigned long pfn = area->vm.phys_addr >> PAGE_SHIFT;
	unsigned long i, nr = annex_vm_nr(area);
	u64 bits = annex_pte_prot(prot);

	for (i = 0; i < nr; i++) {
		unsigned long addr = area->va.start + (i << PAGE_SHIFT);

		annex_pte_set_bits(annex_window_pte_at(window, addr), pfn + i,
				   &bits);
	}
	make_live(area);
}

/* annex_vmalloc_to_pfn() in a pool. %ANNEX_WINDOW_NONE if there is none. */
unsigned long __annex_vmalloc_to_pfn(const struct annex_vmalloc *v,
				     const void *addr)
{
	if (!__annex_is_vmalloc_addr(v, addr))
		return ANNEX_WINDOW_NONE;
	return annex_pte_pfn(annex_window_pte_at(v->window,
						 (unsigned long)addr));
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_vmalloc_to_pfn);
