// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioremap: an address for physical memory that is not a frame.
 *
 * The host's ioremap() loses the address bits above 4 GB. This one takes any
 * address that the CPU has. It refuses memory: the host's, because its frames
 * may be mapped elsewhere with another cache mode, and the pool's, because its
 * frames have owners.
 *
 * Failing: as vmap, and ranges that are refused.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include "base/for_kunit.h"
#include "base/refuse.h"
#include "host/claim.h"
#include "page/frames.h"
#include "page/report.h"
#include "vmalloc/vm.h"
#include "vmalloc/vm_inline.h"

static int check_range(struct annex_vmalloc *v, phys_addr_t phys, u64 end,
		       struct annex_reason *why)
{
	if (phys >= end)
		return annex_refuse(why, -ERANGE,
				    "%#llx plus the size is beyond the largest address",
				    (u64)phys);
	if (phys < v->frames->range.end && end > v->frames->range.start)
		return annex_refuse(why, -EBUSY,
				    "%#llx-%#llx is of the pool itself; use annex_kmap() or annex_vmap()",
				    (u64)phys, end - 1);
	return annex_claim_check_io(phys, end, why);
}

static void *map(struct annex_vmalloc *v, phys_addr_t phys,
		 unsigned long nr_pages, pgprot_t prot, const void *caller)
{
	struct annex_vm *area =
		annex_vm_new(v, 0, VM_IOREMAP, caller, GFP_KERNEL);

	if (!area) {
		annex_refuse_call(v->frames, ANNEX_VMALLOC_FAIL, -ENOMEM,
				  "ioremap", annex_no_host_memory_text);
		return NULL;
	}
	area->vm.phys_addr = phys;
	if (!annex_vm_place(v, area, nr_pages)) {
		annex_vm_map_phys(v, area, prot);
		return area->vm.addr;
	}
	annex_vm_drop(v, area);
	annex_vm_refuse_place(v, nr_pages, PAGE_SIZE, "ioremap");
	return NULL;
}

/* annex_ioremap() and its like in a pool; @prot has the cache mode. */
void *__annex_ioremap(struct annex_vmalloc *v, phys_addr_t phys,
		      unsigned long size, pgprot_t prot, const void *caller)
{
	u64 start = phys & ~(u64)~PAGE_MASK;
	unsigned long offset = phys & ~PAGE_MASK;
	u64 end = PAGE_ALIGN((u64)phys + size);
	struct annex_reason why;
	void *addr;
	int err;

	if (!annex_vm_may(v, size ? (end - start) >> PAGE_SHIFT : 0, "ioremap"))
		return NULL;
	err = check_range(v, start, end, &why);
	if (err) {
		annex_refuse_call(v->frames, ANNEX_BAD_MAP, err, "ioremap",
				  why.text);
		return NULL;
	}
	addr = map(v, start, (end - start) >> PAGE_SHIFT, prot, caller);
	return addr ? addr + offset : NULL;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_ioremap);
