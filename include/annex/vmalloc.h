/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_VMALLOC_H
#define ANNEX_VMALLOC_H

#include <linux/gfp.h>
#include <linux/types.h>
#include <linux/vmalloc.h>
#include <annex/page.h>

/**
 * struct annex_vm_struct - an area of annex's vmalloc space
 * @addr: its first address
 * @size: its size in bytes, with the guard page behind it
 * @flags: VM_ALLOC, VM_MAP or VM_IOREMAP, as the kernel names them
 * @pages: the frames that it owns; valid only if @nr_pages is not 0
 * @nr_pages: number of frames that it owns; 0 for VM_MAP and VM_IOREMAP
 * @phys_addr: the physical address that VM_IOREMAP maps
 * @caller: return address of the caller that created it
 *
 * The fields are those of the kernel's vm_struct. annex owns them; callers only
 * read.
 *
 * The kernel's find_vm_area() does not find these areas, and its vfree() and
 * vunmap() free nothing at their addresses.
 */
struct annex_vm_struct {
	void *addr;
	unsigned long size;
	unsigned long flags;
	struct annex_page **pages;
	unsigned int nr_pages;
	phys_addr_t phys_addr;
	const void *caller;
};

void *annex_vmalloc(unsigned long size);
void *annex_vzalloc(unsigned long size);
void *annex_vmalloc_user(unsigned long size);
void *__annex_vmalloc(unsigned long size, gfp_t gfp);
void *__annex_vmalloc_node(unsigned long size, unsigned long align, gfp_t gfp,
			   int node, const void *caller);
int annex_vfree(const void *addr);

void *annex_vmap(struct annex_page **pages, unsigned int count,
		 unsigned long flags, pgprot_t prot);
int annex_vunmap(const void *addr);
void *annex_vm_map_ram(struct annex_page **pages, unsigned int count);
int annex_vm_unmap_ram(const void *mem, unsigned int count);
void annex_vm_unmap_aliases(void);

const struct annex_vm_struct *annex_find_vm_area(const void *addr);
struct annex_page *annex_vmalloc_to_page(const void *addr);
unsigned long annex_vmalloc_to_pfn(const void *addr);
bool annex_is_vmalloc_addr(const void *addr);

void __iomem *annex_ioremap(phys_addr_t phys, unsigned long size);
void __iomem *annex_ioremap_cache(phys_addr_t phys, unsigned long size);
void __iomem *annex_ioremap_wc(phys_addr_t phys, unsigned long size);
int annex_iounmap(const void __iomem *addr);

#endif /* ANNEX_VMALLOC_H */
