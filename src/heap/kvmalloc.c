// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmalloc: virtually contiguous memory, physically contiguous if possible.
 *
 * The heap comes first, because its memory is much cheaper. Up to a page, only
 * the heap is tried. Beyond a page, the heap request does not warn or retry,
 * because vmalloc may succeed where the heap fails: it needs single frames
 * only, and highmem will do. The address tells which of the two an allocation
 * is.
 *
 * Locking: none.
 *
 * Failing: NULL. A request that may not sleep is served by the heap or fails.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "heap/kmalloc.h"
#include "heap/kmalloc_fast.h"
#include "heap/kvmalloc.h"
#include "heap/misuse.h"
#include "page/frames.h"
#include "page/report.h"
#include "vmalloc/vm.h"

/* The flags of the request to the heap, as in Linux. */
static gfp_t frames_gfp(size_t size, gfp_t gfp)
{
	if (size <= PAGE_SIZE)
		return gfp;
	if (!(gfp & __GFP_RETRY_MAYFAIL))
		gfp |= __GFP_NORETRY;
	return (gfp | __GFP_NOWARN) & ~__GFP_NOFAIL;
}

/* annex_kvmalloc() in a pool; a vmalloc area records @caller. */
void *__annex_kvmalloc(struct annex_heap *heap, size_t size, gfp_t gfp,
		       const void *caller)
{
	void *addr = __annex_kmalloc(heap, size, frames_gfp(size, gfp));

	if (likely(addr) || size <= PAGE_SIZE || !gfpflags_allow_blocking(gfp))
		return addr;
	if (likely(size <= INT_MAX))
		return annex_vmalloc_area(heap->vmalloc, size, gfp, caller);
	if (!(gfp & __GFP_NOWARN))
		annex_refuse_call(heap->frames, ANNEX_BAD_HEAP, -E2BIG,
				  "kvmalloc", "nobody has 2 GB in one piece");
	return NULL;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_kvmalloc);

/* annex_kvfree() in a pool. */
int __annex_kvfree(struct annex_heap *heap, const void *addr)
{
	if (__annex_is_vmalloc_addr(heap->vmalloc, addr))
		return annex_vm_give_up(heap->vmalloc, addr, VM_ALLOC, 0,
					"kvfree");
	return __annex_kfree(heap, addr);
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_kvfree);

/* The size of memory of either kind; 0, and a report, if it is not in use. */
static size_t size_of(struct annex_heap *heap, const void *addr)
{
	const struct annex_vm_struct *vm;

	if (!__annex_is_vmalloc_addr(heap->vmalloc, addr)) {
		size_t size = annex_heap_size(heap, addr);

		if (!size)
			annex_heap_refuse(heap, "kvrealloc", true, NULL, addr);
		return size;
	}
	vm = __annex_find_vm_area(heap->vmalloc, addr);
	if (vm && vm->addr == addr && vm->flags & VM_ALLOC)
		return vm->size - PAGE_SIZE;
	annex_refuse_call(heap->frames, ANNEX_BAD_MAP, -EINVAL, "kvrealloc",
			  "no memory of vmalloc begins there");
	return 0;
}

/* annex_kvrealloc() in a pool; a vmalloc area records @caller. */
void *__annex_kvrealloc(struct annex_heap *heap, const void *addr, size_t old,
			size_t size, gfp_t gfp, const void *caller)
{
	size_t had;
	void *new;

	if (ZERO_OR_NULL_PTR(addr))
		return __annex_kvmalloc(heap, size, gfp, caller);
	had = size_of(heap, addr);
	if (!had)
		return NULL;
	if (old > had) {
		annex_refuse_call(heap->frames, ANNEX_BAD_HEAP, -EINVAL,
				  "kvrealloc",
				  "there are not so many bytes to keep");
		return NULL;
	}
	if (size <= old)
		return (void *)addr;
	new = __annex_kvmalloc(heap, size, gfp, caller);
	if (new) {
		memcpy(new, addr, old);
		__annex_kvfree(heap, addr);
	}
	return new;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_kvrealloc);
