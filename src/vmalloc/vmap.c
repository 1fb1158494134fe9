// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmap: a caller's frames at contiguous addresses.
 *
 * Failing: no addresses, no memory, invalid frames, flags and protections.
 */
#include <linux/errno.h>
#include <linux/mm.h>

#include "base/for_kunit.h"
#include "page/report.h"
#include "pool/annex.h"
#include "vmalloc/vm.h"
#include "vmalloc/vm_inline.h"

/* Map the frames; on failure, report it, drop the area and return NULL. */
static void *map(struct annex *annex, struct annex_vm *area,
		 struct annex_page **pages, unsigned int count, pgprot_t prot)
{
	struct annex_page **bad;

	if (unlikely(annex_vm_place(annex, area, count))) {
		annex_vm_drop(annex, area);
		annex_vm_refuse_place(annex, count, PAGE_SIZE, "vmap");
		return NULL;
	}
	if (likely(pgprot_val(prot) == pgprot_val(PAGE_KERNEL)))
		bad = annex_vm_show(annex, area, pages);
	else
		bad = annex_vm_show_as(annex, area, pages, prot);
	if (likely(!bad))
		return area->vm.addr;
	/* A TLB may hold the entries of the valid frames: purge them. */
	annex_vm_abandon(annex, area);
	annex_refuse_page(annex, ANNEX_BAD_MAP, -EFAULT, "vmap", *bad);
	return NULL;
}

static noinline void *refuse(struct annex *annex, struct annex_page **pages,
			     unsigned long flags)
{
	const char *why = "its protection lets nobody see the frames; try PAGE_KERNEL";

	if (!pages)
		why = "NULL has no frames";
	else if (flags & ~VM_MAP)
		why = "annex knows no flag but VM_MAP here";
	annex_refuse_call(annex, ANNEX_BAD_MAP, pages ? -EINVAL : -EFAULT,
			  "vmap", why);
	return NULL;
}

/* annex_vmap() in a pool; the area records @caller. */
void *annex_pool_vmap(struct annex *annex, struct annex_page **pages,
		      unsigned int count, unsigned long flags, pgprot_t prot,
		      const void *caller)
{
	struct annex_vm *area;

	if (unlikely(!pages || flags & ~VM_MAP ||
		     !(pgprot_val(prot) & _PAGE_PRESENT)))
		return refuse(annex, pages, flags);
	if (!annex_vm_may(annex, count, "vmap"))
		return NULL;
	area = annex_vm_new(annex, 0, VM_MAP, caller, GFP_KERNEL);
	if (!area) {
		annex_refuse_call(annex, ANNEX_VMALLOC_FAIL, -ENOMEM, "vmap",
				  annex_no_host_memory_text);
		return NULL;
	}
	return map(annex, area, pages, count, prot);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pool_vmap);

/* annex_vm_unmap_ram() in a pool. */
int annex_pool_vm_unmap_ram(struct annex *annex, const void *mem,
			    unsigned int count)
{
	return annex_vm_give_up(annex, mem, VM_MAP, count ?: ULONG_MAX,
				"vm_unmap_ram");
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pool_vm_unmap_ram);
