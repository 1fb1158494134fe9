/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_VMALLOC_H
#define ANNEX_VMALLOC_H

#include <linux/gfp.h>
#include <linux/types.h>
#include <linux/vmalloc.h>
#include <annex/page.h>

/**
 * struct annex_vm_struct - an area of annex's vmalloc space
 * @addr: where it begins
 * @size: its bytes, the guard page behind it included
 * @flags: VM_ALLOC, VM_MAP or VM_IOREMAP, as the kernel names them
 * @pages: its frames, if @nr_pages says that it has some of its own
 * @nr_pages: how many; 0 for VM_MAP and VM_IOREMAP
 * @phys_addr: what VM_IOREMAP shows
 * @caller: who made it
 *
 * The fields are the kernel's; they belong to annex, and are for reading.
 *
 * The kernel's find_vm_area() knows none of these areas, and its vfree() and
 * vunmap() find nothing to free at their addresses.
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
