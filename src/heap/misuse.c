// SPDX-License-Identifier: GPL-2.0-only
/*
 * Diagnosis of an invalid address or cache that the heap was called with.
 *
 * The fast path only detects an error; this file finds its cause, for the errno
 * and for one line in the log:
 *
 *   -EFAULT	not an address of lowmem
 *   -EPERM	the frame is not the heap's
 *   -EALREADY	the object is free already, or its frame is
 *   -EINVAL	the address is inside an object or between two
 *   -EXDEV	the object is of another cache
 *
 * The log names an object by its frame and the offset in it, because it must
 * not reveal kernel addresses.
 *
 * Locking: none; the diagnosis is a snapshot. Any context.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/preempt.h>

#include "base/for_kunit.h"
#include "heap/desc.h"
#include "heap/misuse.h"
#include "heap/slab.h"
#include "heap/slab_debug.h"
#include "page/frames.h"
#include "page/page.h"
#include "page/report.h"

struct finding {
	int err;
	const char *what;
	struct annex_slab *slab;
	u32 idx;
};

static struct finding finding(int err, const char *what)
{
	return (struct finding){ .err = err, .what = what };
}

/* Diagnose an address whose frame is in no slab. */
static struct finding judge_frame(struct annex_heap *heap, annex_pfn_t pfn)
{
	annex_pfn_t head = annex_block_head(heap->frames, pfn);
	const struct annex_page *page = heap->mem_map + head;
	u32 link;

	if (head == ANNEX_PFN_NIL)
		return finding(-EINVAL, "its frame is just changing hands");
	link = READ_ONCE(page->link);
	if (annex_heap_is_large(page))
		return finding(-EINVAL, "it lies inside a large object");
	if (annex_link_is_large(link, ANNEX_HEAP_WAITS))
		return finding(-EALREADY,
			       "the large object was given back, and waits for its readers");
	if (annex_link_is_large(link, ANNEX_HEAP_GONE))
		return finding(-EALREADY, "it is being given back already");
	switch (annex_page_state(page)) {
	case ANNEX_PAGE_FREE:
	case ANNEX_PAGE_CACHED:
		return finding(-EALREADY, "its frame is free: it was given back already");
	default:
		return finding(-EPERM, "its frame is none of the heap's objects");
	}
}

static struct finding judge_object(struct annex_slab *slab, bool any,
				   const struct annex_kmem_cache *cache,
				   const void *addr)
{
	u32 idx = annex_slab_index(slab, addr);
	struct finding f;

	if (idx >= slab->objects)
		return finding(-EINVAL, "it lies inside an object or between two");
	if (!any && slab->cache != cache)
		f = finding(-EXDEV, "the object is of another cache");
	else
		f = finding(-EALREADY, "the object is free already");
	f.slab = slab;
	f.idx = idx;
	return f;
}

static struct finding judge(struct annex_heap *heap, bool any,
			    const struct annex_kmem_cache *cache,
			    const void *addr)
{
	unsigned long off = (unsigned long)addr - (unsigned long)heap->lowmem;
	struct annex_slab *slab;

	if (in_nmi())
		return finding(-EINVAL, annex_in_nmi_text);
	if (!annex_heap_has_addr(heap, addr))
		return finding(-EFAULT, "it is no address of the pool's lowmem");
	slab = annex_heap_slab(heap, addr);
	return slab ? judge_object(slab, any, cache, addr) :
		      judge_frame(heap, off >> PAGE_SHIFT);
}

/**
 * annex_heap_refuse() - report an address that is invalid for a call
 * @heap: the heap of the pool
 * @call: the name of the call, for the report
 * @any: the object may be of any cache
 * @cache: if not @any, the cache that it must be of
 * @addr: anything that is no object in use
 *
 * Context: any.
 * Return: the errno.
 */
int annex_heap_refuse(struct annex_heap *heap, const char *call, bool any,
		      const struct annex_kmem_cache *cache, const void *addr)
{
	struct finding f = judge(heap, any, cache, addr);
	unsigned long off = (unsigned long)addr - (unsigned long)heap->lowmem;
	char what[160];

	if (f.err == -EFAULT)
		snprintf(what, sizeof(what), "%s", f.what);
	else
		snprintf(what, sizeof(what), "frame %#lx+%#lx (%.*s): %s",
			 off >> PAGE_SHIFT, offset_in_page(off),
			 ANNEX_CACHE_NAME_LEN,
			 f.slab ? f.slab->cache->name : "no object", f.what);
	annex_refuse_call(heap->frames, ANNEX_BAD_HEAP, f.err, call, what);
	if (f.slab)
		annex_slab_debug_owners(f.slab, f.idx);
	return f.err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_heap_refuse);

/**
 * annex_heap_refuse_alloc() - report an invalid allocation request
 * @heap: the heap of the pool
 * @cache: the cache that it named
 *
 * Context: any.
 */
void annex_heap_refuse_alloc(struct annex_heap *heap,
			     const struct annex_kmem_cache *cache)
{
	const char *why = "the argument is no cache, or one that was destroyed";

	if (in_nmi())
		why = annex_in_nmi_text;
	else if (!heap->ready)
		why = "the pool has no heap";
	annex_refuse_call(heap->frames, ANNEX_BAD_HEAP, -EINVAL, "heap alloc",
			  why);
}
