// SPDX-License-Identifier: GPL-2.0-only
/*
 * The public functions of vmalloc, vmap and ioremap. They act on the pool that
 * the module was loaded with.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include <annex/vmalloc.h>

#include "api/tests.h"
#include "page/report.h"
#include "pool/pool.h"
#include "vmalloc/vm.h"

#define CALLER	__builtin_return_address(0)

/**
 * __annex_vmalloc() - allocate virtually contiguous memory
 * @size: bytes, 1 or more
 * @gfp: GFP_KERNEL and its like: urgency; with __GFP_ZERO, the memory is zeroed
 *
 * Frames come from highmem first, unless @gfp has __GFP_DMA or __GFP_DMA32. A
 * fatal signal ends the attempt.
 *
 * Context: process, may sleep.
 * Return: the address, page aligned; NULL, with a line in the log, if there are
 * no frames, no addresses or no memory of the host's, or if the call is
 * invalid. With __GFP_NOWARN only an invalid call is logged.
 */
void *__annex_vmalloc(unsigned long size, gfp_t gfp)
{
	return annex_vmalloc_area(&annex_pool.vmalloc, size, gfp, CALLER);
}
EXPORT_SYMBOL_GPL(__annex_vmalloc);

/**
 * __annex_vmalloc_node() - allocate virtually contiguous memory, aligned
 * @size: bytes, 1 or more
 * @align: alignment of the first address, a power of two; at least a page
 * @gfp: as for __annex_vmalloc()
 * @node: NUMA_NO_NODE or 0: a pool is one node
 * @caller: for vmallocinfo, such as __builtin_return_address(0)
 *
 * Context: process, may sleep.
 * Return: as __annex_vmalloc(); also NULL, with a line in the log, for an
 * @align that is no power of two.
 */
void *__annex_vmalloc_node(unsigned long size, unsigned long align, gfp_t gfp,
			   int node, const void *caller)
{
	return annex_vmalloc_area_node(&annex_pool.vmalloc, size, align, gfp,
				       caller);
}
EXPORT_SYMBOL_GPL(__annex_vmalloc_node);

/**
 * annex_vmalloc() - allocate virtually contiguous memory
 * @size: bytes, 1 or more
 *
 * Context: process, may sleep.
 * Return: as __annex_vmalloc().
 */
void *annex_vmalloc(unsigned long size)
{
	return annex_vmalloc_area(&annex_pool.vmalloc, size, GFP_KERNEL,
				  CALLER);
}
EXPORT_SYMBOL_GPL(annex_vmalloc);

/**
 * annex_vzalloc() - allocate virtually contiguous memory, zeroed
 * @size: bytes, 1 or more
 *
 * Context: process, may sleep.
 * Return: as __annex_vmalloc().
 */
void *annex_vzalloc(unsigned long size)
{
	return annex_vmalloc_area(&annex_pool.vmalloc, size,
				  GFP_KERNEL | __GFP_ZERO, CALLER);
}
EXPORT_SYMBOL_GPL(annex_vzalloc);

/**
 * annex_vmalloc_user() - allocate zeroed memory that may be mapped to user
 *	space
 * @size: bytes, 1 or more
 *
 * Context: process, may sleep.
 * Return: as __annex_vmalloc().
 */
void *annex_vmalloc_user(unsigned long size)
{
	return annex_vmalloc_area(&annex_pool.vmalloc, size,
				  GFP_KERNEL | __GFP_ZERO | __GFP_ACCOUNT,
				  CALLER);
}
EXPORT_SYMBOL_GPL(annex_vmalloc_user);

/**
 * annex_vfree() - free an area of annex_vmalloc()
 * @addr: from annex_vmalloc(), or NULL
 *
 * Context: any but NMI.
 * Return: 0; -EINVAL, with a line in the log and nothing changed, if there is
 * no such area.
 */
int annex_vfree(const void *addr)
{
	return annex_vm_give_up(&annex_pool.vmalloc, addr, VM_ALLOC, 0,
				"vfree");
}
EXPORT_SYMBOL_GPL(annex_vfree);

/**
 * annex_vmap() - map frames at consecutive addresses
 * @pages: the frames; the caller owns each of them until it is unmapped
 * @count: number of frames
 * @flags: VM_MAP, or 0
 * @prot: protection, such as PAGE_KERNEL
 *
 * Context: process, may sleep.
 * Return: the address; NULL, with a line in the log and nothing changed, if
 * there is no memory, if there are no addresses, or if the call is invalid.
 */
void *annex_vmap(struct annex_page **pages, unsigned int count,
		 unsigned long flags, pgprot_t prot)
{
	return __annex_vmap(&annex_pool.vmalloc, pages, count, flags, prot,
			    CALLER);
}
EXPORT_SYMBOL_GPL(annex_vmap);

/**
 * annex_vunmap() - undo annex_vmap()
 * @addr: from annex_vmap(), or NULL
 *
 * Until a purge, TLBs may still translate these addresses. A caller that frees
 * the frames and cannot exclude late accesses calls annex_vm_unmap_aliases()
 * first.
 *
 * Context: any but NMI.
 * Return: as annex_vfree().
 */
int annex_vunmap(const void *addr)
{
	return annex_vm_give_up(&annex_pool.vmalloc, addr, VM_MAP, 0, "vunmap");
}
EXPORT_SYMBOL_GPL(annex_vunmap);

/**
 * annex_vm_map_ram() - map frames at consecutive addresses for a short time
 * @pages: as for annex_vmap()
 * @count: number of frames
 *
 * Context: process, may sleep.
 * Return: as annex_vmap().
 */
void *annex_vm_map_ram(struct annex_page **pages, unsigned int count)
{
	return __annex_vmap(&annex_pool.vmalloc, pages, count, VM_MAP,
			    PAGE_KERNEL, CALLER);
}
EXPORT_SYMBOL_GPL(annex_vm_map_ram);

/**
 * annex_vm_unmap_ram() - undo annex_vm_map_ram()
 * @mem: from annex_vm_map_ram()
 * @count: how many frames
 *
 * Context: any but NMI.
 * Return: as annex_vfree(); also -EINVAL for another number of frames.
 */
int annex_vm_unmap_ram(const void *mem, unsigned int count)
{
	return __annex_vm_unmap_ram(&annex_pool.vmalloc, mem, count);
}
EXPORT_SYMBOL_GPL(annex_vm_unmap_ram);

/**
 * annex_vm_unmap_aliases() - purge the areas that were freed or unmapped
 *
 * Afterwards no TLB has a translation of them.
 *
 * Context: process, may sleep: it waits for the other CPUs. In atomic context
 * the call only logs a line.
 */
void annex_vm_unmap_aliases(void)
{
	if (annex_refused_atomic(&annex_pool.frames, ANNEX_BAD_MAP,
				 "vm_unmap_aliases"))
		return;
	annex_vm_purge_all(&annex_pool.vmalloc);
}
EXPORT_SYMBOL_GPL(annex_vm_unmap_aliases);

/**
 * annex_find_vm_area() - the area that contains an address
 * @addr: any address
 *
 * Context: any but NMI.
 * Return: the area, valid until it is freed; NULL if there is none.
 */
const struct annex_vm_struct *annex_find_vm_area(const void *addr)
{
	return __annex_find_vm_area(&annex_pool.vmalloc, addr);
}
EXPORT_SYMBOL_GPL(annex_find_vm_area);

/**
 * annex_vmalloc_to_page() - the frame that an address of an area maps
 * @addr: any address
 *
 * Context: any, while the caller holds the area.
 * Return: its descriptor; NULL if the address maps no frame of the pool.
 */
struct annex_page *annex_vmalloc_to_page(const void *addr)
{
	unsigned long nr = __annex_vmalloc_to_pfn(&annex_pool.vmalloc, addr) -
			   annex_pool.frames.base_pfn;

	return nr < annex_pool.frames.nr_pages ?
		       annex_pool.frames.mem_map + nr :
		       NULL;
}
EXPORT_SYMBOL_GPL(annex_vmalloc_to_page);

/**
 * annex_vmalloc_to_pfn() - the host pfn that an address of an area maps
 * @addr: any address
 *
 * Context: any, while the caller holds the area.
 * Return: the host pfn; all ones if there is none.
 */
unsigned long annex_vmalloc_to_pfn(const void *addr)
{
	return __annex_vmalloc_to_pfn(&annex_pool.vmalloc, addr);
}
EXPORT_SYMBOL_GPL(annex_vmalloc_to_pfn);

/**
 * annex_is_vmalloc_addr() - is an address in annex's vmalloc window?
 * @addr: any address
 *
 * Context: any.
 * Return: true if it is, whether there is an area or not.
 */
bool annex_is_vmalloc_addr(const void *addr)
{
	return __annex_is_vmalloc_addr(&annex_pool.vmalloc, addr);
}
EXPORT_SYMBOL_GPL(annex_is_vmalloc_addr);

/**
 * annex_ioremap() - map a device's memory, uncached unless an MTRR differs
 *	(UC-), as ioremap()
 * @phys: its first address; any that the CPU can access
 * @size: bytes, 1 or more
 *
 * Context: process, may sleep.
 * Return: the virtual address of @phys; NULL, with a line in the log, if the
 * range has RAM or addresses that the CPU cannot access, or if there are no
 * virtual addresses.
 */
void __iomem *annex_ioremap(phys_addr_t phys, unsigned long size)
{
	void *addr = __annex_ioremap(&annex_pool.vmalloc, phys, size,
				     pgprot_noncached(PAGE_KERNEL_IO), CALLER);

	return (__force void __iomem *)addr;
}
EXPORT_SYMBOL_GPL(annex_ioremap);

/**
 * annex_ioremap_cache() - map a device's memory, cached
 * @phys: as for annex_ioremap()
 * @size: as for annex_ioremap()
 *
 * Context: process, may sleep.
 * Return: as annex_ioremap().
 */
void __iomem *annex_ioremap_cache(phys_addr_t phys, unsigned long size)
{
	void *addr = __annex_ioremap(&annex_pool.vmalloc, phys, size,
				     PAGE_KERNEL_IO, CALLER);

	return (__force void __iomem *)addr;
}
EXPORT_SYMBOL_GPL(annex_ioremap_cache);

/**
 * annex_ioremap_wc() - map a device's memory, write-combining
 * @phys: as for annex_ioremap()
 * @size: as for annex_ioremap()
 *
 * Context: process, may sleep.
 * Return: as annex_ioremap().
 */
void __iomem *annex_ioremap_wc(phys_addr_t phys, unsigned long size)
{
	void *addr = __annex_ioremap(&annex_pool.vmalloc, phys, size,
				     pgprot_writecombine(PAGE_KERNEL_IO),
				     CALLER);

	return (__force void __iomem *)addr;
}
EXPORT_SYMBOL_GPL(annex_ioremap_wc);

/**
 * annex_iounmap() - undo annex_ioremap()
 * @addr: from annex_ioremap(), or NULL
 *
 * Context: any but NMI.
 * Return: as annex_vfree().
 */
int annex_iounmap(const void __iomem *addr)
{
	const void *page = (__force const void *)
		((unsigned long)addr & PAGE_MASK);

	return annex_vm_give_up(&annex_pool.vmalloc, page, VM_IOREMAP, 0,
				"iounmap");
}
EXPORT_SYMBOL_GPL(annex_iounmap);
