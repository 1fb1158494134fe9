// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmap: a caller's frames at contiguous addresses.
 *
 * Failing: no addresses, no memory, invalid frames, flags and protections.
 */
#include <linux/errno.h>
#include <linux/mm.h>

#include "base/for_kunit.h"
#include "page/frames.h"
#include "page/report.h"
#include "vmalloc/vm.h"
#include "vmalloc/vm_inline.h"

/* Map the frames; on failure, report it, drop the area and return NULL. */
static void *map(struct annex_vmalloc *v, struct annex_vm *area,
		 struct annex_page **pages, unsigned int count, pgprot_t prot)
{
	struct annex_page **bad;

	if (unlikely(annex_vm_place(v, area, count))) {
		annex_vm_drop(v, area);
		annex_vm_refuse_place(v, count, PAGE_SIZE, "vmap");
		return NULL;
	}
	if (likely(pgprot_val(prot) == pgprot_val(PAGE_KERNEL)))
		bad = annex_vm_map(v, area, pages);
	else
		bad = annex_vm_map_prot(v, area, pages, prot);
	if (likely(!bad))
		return area->vm.addr;
	/* A TLB may hold the entries of the valid frames: purge them. */
	annex_vm_abandon(v, area);
	annex_refuse_page(v->frames, ANNEX_BAD_MAP, -EFAULT, "vmap", *bad);
	return NULL;
}

static noinline void *refuse(struct annex_vmalloc *v, struct annex_page **pages,
			     unsigned long flags)
{
	const char *why = "its protection has no present bit; try PAGE_KERNEL";

	if (!pages)
		why = "NULL has no frames";
	else if (flags & ~VM_MAP)
		why = "annex knows no flag but VM_MAP here";
	annex_refuse_call(v->frames, ANNEX_BAD_MAP, pages ? -EINVAL : -EFAULT,
			  "vmap", why);
	return NULL;
}

/* annex_vmap() in a pool; the area records @caller. */
void *__annex_vmap(struct annex_vmalloc *v, struct annex_page **pages,
		   unsigned int count, unsigned long flags, pgprot_t prot,
		   const void *caller)
{
	struct annex_vm *area;

	if (unlikely(!pages || flags & ~VM_MAP ||
		     !(pgprot_val(prot) & _PAGE_PRESENT)))
		return refuse(v, pages, flags);
	if (!annex_vm_may(v, count, "vmap"))
		return NULL;
	area = annex_vm_new(v, 0, VM_MAP, caller, GFP_KERNEL);
	if (!area) {
		annex_refuse_call(v->frames, ANNEX_VMALLOC_FAIL, -ENOMEM,
				  "vmap", annex_no_host_memory_text);
		return NULL;
	}
	return map(v, area, pages, count, prot);
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_vmap);

/* annex_vm_unmap_ram() in a pool. */
int __annex_vm_unmap_ram(struct annex_vmalloc *v, const void *mem,
			 unsigned int count)
{
	return annex_vm_give_up(v, mem, VM_MAP, count ?: ULONG_MAX,
				"vm_unmap_ram");
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_vm_unmap_ram);
