// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmalloc: frames from anywhere, one behind the other.
 *
 * They are highmem where there is any, gathered many at a time, and the area's
 * own: they are free again when it is purged (vm_purge.c).
 *
 * Failing: as vmap, and no frames. What was gathered is given back; a frame that
 * somebody has locked meanwhile when he is done with it (annex_vm_discard()). A
 * request with __GFP_NOFAIL fails only if it is for more than the window has, or
 * for an alignment.
 */
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "annex.h"
#include "map/vm.h"
#include "map/vm_inline.h"
#include "page/page_alloc.h"
#include "page/report.h"

/* Frames until others have their turn: 1 MB, zeroed, are some 100 us. */
#define AT_ONCE		256U

static noinline int give_way(gfp_t gfp)
{
	cond_resched();
	return !(gfp & __GFP_NOFAIL) && fatal_signal_pending(current) ?
		       -EINTR : 0;
}

/* Who is killed does without: that is no failure to look into. */
static noinline int one_frame(struct annex *annex, gfp_t gfp,
			      struct annex_page **page)
{
	int err = annex_pool_alloc(annex, gfp | __GFP_NOWARN, 0, page);

	if (err == -ENOMEM && !fatal_signal_pending(current))
		annex_print_alloc_failure(annex, gfp, 0,
					  annex->gfp_zone[(__force u32)gfp &
							  ANNEX_GFP_ZONE_MASK]);
	return err;
}

/*
 * Frames for an area: all, or an errno and some. Bulk takes what is at hand and
 * perhaps one more; whoever is short of frames waits for them one by one.
 */
static int gather(struct annex *annex, struct annex_vm *area, gfp_t gfp)
{
	unsigned int nr = area->vm.nr_pages, n = 0;
	int err = 0;

	while (n < nr && !err) {
		unsigned int got;

		got = nr > 1 ? annex_pool_alloc_bulk(annex, gfp | __GFP_NOWARN,
						     min(nr - n, AT_ONCE),
						     area->vm.pages + n) : 0;
		if (!got)
			err = one_frame(annex, gfp, &area->vm.pages[n]);
		n += got ?: !err;
		if (unlikely(n >= AT_ONCE && n < nr))
			err = give_way(gfp) ?: err;
	}
	return err;
}

static __always_inline int try_place(struct annex *annex, struct annex_vm *area,
				     unsigned long align)
{
	unsigned long nr = area->vm.nr_pages;

	return align == PAGE_SIZE ?
		       annex_vm_place(annex, area, nr) :
		       annex_vm_place_aligned(annex, area, nr, align);
}

/*
 * Who must not fail waits until others give addresses up: the window has so many,
 * if not always at such a multiple.
 */
static __always_inline int place(struct annex *annex, struct annex_vm *area,
				 unsigned long align, gfp_t gfp)
{
	int err = try_place(annex, area, align);

	while (unlikely(err && gfp & __GFP_NOFAIL && align == PAGE_SIZE))
		err = annex_vm_place_in_time(annex, area, area->vm.nr_pages);
	return err;
}

static __always_inline void *allocate(struct annex *annex,
				      struct annex_vm *area,
				      unsigned long align, gfp_t gfp)
{
	if (gather(annex, area, gfp))
		return NULL;
	if (!place(annex, area, align, gfp)) {
		annex_vm_show(annex, area, area->vm.pages);
		return area->vm.addr;
	}
	if (!(gfp & __GFP_NOWARN))
		annex_vm_refuse_place(annex, area->vm.nr_pages, align, "vmalloc");
	return NULL;
}

/* Highmem first, unless somebody wants a zone that he can address. */
static __always_inline gfp_t frames_gfp(gfp_t gfp)
{
	gfp_t low = gfp & (__GFP_DMA | __GFP_DMA32);

	gfp &= ~(GFP_ZONEMASK | __GFP_COMP);
	return gfp | (low ?: __GFP_HIGHMEM);
}

static __always_inline void *vmalloc_at(struct annex *annex, unsigned long size,
					unsigned long align, gfp_t gfp,
					const void *caller)
{
	unsigned long nr = (size >> PAGE_SHIFT) + !!(size & ~PAGE_MASK);
	struct annex_vm *area;
	void *addr;

	if (unlikely(gfp & __GFP_NOWARN && nr > annex->vmalloc.most) ||
	    !annex_vm_may(annex, nr, "vmalloc"))
		return NULL;
	area = annex_vm_new(annex, nr, VM_ALLOC, caller, gfp);
	if (!area) {
		if (!(gfp & __GFP_NOWARN))
			annex_refuse_call(annex, ANNEX_VMALLOC_FAIL, -ENOMEM,
					  "vmalloc", annex_no_host_memory_text);
		return NULL;
	}
	addr = allocate(annex, area, align, frames_gfp(gfp));
	if (!addr)
		annex_vm_discard(annex, area);
	return addr;
}

/**
 * annex_pool_vmalloc() - memory with consecutive addresses
 * @annex: the pool
 * @size: bytes, 1 or more
 * @gfp: GFP_KERNEL and its like: how hard to try, and whether to clear it
 * @caller: whom to name as the area's maker
 *
 * Frames are highmem where there is any, or of the zone that __GFP_DMA or
 * __GFP_DMA32 in @gfp asks for.
 *
 * Context: process, may sleep.
 * Return: the address, at a page; NULL if there are no frames, no addresses or
 * no memory of the host's, or if the call makes no sense, with a line in the log
 * (unless @gfp has __GFP_NOWARN, for what is not senseless).
 */
void *annex_pool_vmalloc(struct annex *annex, unsigned long size, gfp_t gfp,
			 const void *caller)
{
	return vmalloc_at(annex, size, PAGE_SIZE, gfp, caller);
}

/**
 * annex_pool_vmalloc_node() - the same, at a multiple of something
 * @annex: the pool
 * @size: bytes, 1 or more
 * @align: of the first address, a power of two; a page, if less
 * @gfp: as for annex_pool_vmalloc()
 * @caller: whom to name as the area's maker
 *
 * Context: process, may sleep.
 * Return: as annex_pool_vmalloc().
 */
void *annex_pool_vmalloc_node(struct annex *annex, unsigned long size,
			      unsigned long align, gfp_t gfp,
			      const void *caller)
{
	if (likely(is_power_of_2(align)))
		return vmalloc_at(annex, size, max(align, PAGE_SIZE), gfp,
				  caller);
	annex_refuse_call(annex, ANNEX_BAD_MAP, -EINVAL, "vmalloc",
			  "an alignment is a power of two");
	return NULL;
}
