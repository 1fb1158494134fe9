// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmalloc: scattered frames at contiguous addresses.
 *
 * The frames are highmem if there is any, are allocated in bulk, and belong to
 * the area: they are freed when it is purged (vm_purge.c).
 *
 * Failing: as vmap, and no frames. Frames allocated before the failure are
 * freed; a frame that was locked meanwhile is freed once it is unlocked
 * (annex_vm_discard()). A request with __GFP_NOFAIL fails only if it is for
 * more than the window has, or for an alignment.
 */
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "base/for_kunit.h"
#include "page/frames.h"
#include "page/page_alloc.h"
#include "page/report.h"
#include "vmalloc/vm.h"
#include "vmalloc/vm_inline.h"

/* Frames between two calls of cond_resched(): 1 MB, zeroed, takes 100 us. */
#define AT_ONCE		256U

static noinline int give_way(gfp_t gfp)
{
	cond_resched();
	return !(gfp & __GFP_NOFAIL) && fatal_signal_pending(current) ?
		       -EINTR : 0;
}

/* A failure of a task that is being killed is not reported. */
static noinline int one_frame(struct annex_vmalloc *v, gfp_t gfp,
			      struct annex_page **page)
{
	int err = annex_block_alloc(v->frames, gfp | __GFP_NOWARN, 0, page);
	u32 zone_flags = (__force u32)gfp & ANNEX_GFP_ZONE_MASK;

	if (err == -ENOMEM && !fatal_signal_pending(current))
		annex_print_alloc_failure(v->frames, gfp, 0,
					  v->frames->gfp_zone[zone_flags]);
	return err;
}

/*
 * Allocate an area's frames: all, or an errno and some. Bulk allocation takes
 * the frames cached per CPU and perhaps one more. If it gets none, the frames
 * are allocated one by one, and each may wait.
 */
static int gather(struct annex_vmalloc *v, struct annex_vm *area, gfp_t gfp)
{
	unsigned int nr = area->vm.nr_pages, n = 0;
	int err = 0;

	while (n < nr && !err) {
		unsigned int got;

		got = nr > 1 ? __annex_alloc_pages_bulk(v->frames,
							gfp | __GFP_NOWARN,
							min(nr - n, AT_ONCE),
							area->vm.pages + n) :
			       0;
		if (!got)
			err = one_frame(v, gfp, &area->vm.pages[n]);
		n += got ?: !err;
		if (unlikely(n >= AT_ONCE && n < nr))
			err = give_way(gfp) ?: err;
	}
	return err;
}

static __always_inline int try_place(struct annex_vmalloc *v,
				     struct annex_vm *area, unsigned long align)
{
	unsigned long nr = area->vm.nr_pages;

	return align == PAGE_SIZE ? annex_vm_place(v, area, nr) :
				    annex_vm_place_aligned(v, area, nr, align);
}

/*
 * A request with __GFP_NOFAIL waits until other callers free addresses: the
 * window is large enough, though an alignment may never be satisfied.
 */
static __always_inline int place(struct annex_vmalloc *v, struct annex_vm *area,
				 unsigned long align, gfp_t gfp)
{
	int err = try_place(v, area, align);

	while (unlikely(err && gfp & __GFP_NOFAIL && align == PAGE_SIZE))
		err = annex_vm_place_in_time(v, area, area->vm.nr_pages);
	return err;
}

static __always_inline void *allocate(struct annex_vmalloc *v,
				      struct annex_vm *area,
				      unsigned long align, gfp_t gfp)
{
	if (gather(v, area, gfp))
		return NULL;
	if (!place(v, area, align, gfp)) {
		annex_vm_map(v, area, area->vm.pages);
		return area->vm.addr;
	}
	if (!(gfp & __GFP_NOWARN))
		annex_vm_refuse_place(v, area->vm.nr_pages, align, "vmalloc");
	return NULL;
}

/* Highmem first, unless the caller asks for a zone that it can address. */
static __always_inline gfp_t frames_gfp(gfp_t gfp)
{
	gfp_t low = gfp & (__GFP_DMA | __GFP_DMA32);

	gfp &= ~(GFP_ZONEMASK | __GFP_COMP);
	return gfp | (low ?: __GFP_HIGHMEM);
}

static __always_inline void *vmalloc_at(struct annex_vmalloc *v,
					unsigned long size, unsigned long align,
					gfp_t gfp, const void *caller)
{
	unsigned long nr = (size >> PAGE_SHIFT) + !!(size & ~PAGE_MASK);
	struct annex_vm *area;
	void *addr;

	if (unlikely(gfp & __GFP_NOWARN && nr > v->most) ||
	    !annex_vm_may(v, nr, "vmalloc"))
		return NULL;
	area = annex_vm_new(v, nr, VM_ALLOC, caller, gfp);
	if (!area) {
		if (!(gfp & __GFP_NOWARN))
			annex_refuse_call(v->frames, ANNEX_VMALLOC_FAIL,
					  -ENOMEM, "vmalloc",
					  annex_no_host_memory_text);
		return NULL;
	}
	addr = allocate(v, area, align, frames_gfp(gfp));
	if (!addr)
		annex_vm_discard(v, area);
	return addr;
}

/* __annex_vmalloc() in a pool; the area records @caller. */
void *annex_vmalloc_area(struct annex_vmalloc *v, unsigned long size, gfp_t gfp,
			 const void *caller)
{
	return vmalloc_at(v, size, PAGE_SIZE, gfp, caller);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_vmalloc_area);

/* __annex_vmalloc_node() in a pool. */
void *annex_vmalloc_area_node(struct annex_vmalloc *v, unsigned long size,
			      unsigned long align, gfp_t gfp,
			      const void *caller)
{
	if (likely(is_power_of_2(align)))
		return vmalloc_at(v, size, max(align, PAGE_SIZE), gfp, caller);
	annex_refuse_call(v->frames, ANNEX_BAD_MAP, -EINVAL, "vmalloc",
			  "an alignment is a power of two");
	return NULL;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_vmalloc_area_node);
