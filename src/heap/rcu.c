// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that is freed after an RCU grace period.
 *
 *   user --__annex_kvfree_rcu()--> waits --a grace period--> free
 *
 * Memory that waits is not in use: it cannot be freed again, and annex_ksize()
 * and the like refuse it. Its frames, contents and address stay as they are.
 * The struct rcu_head is in the memory itself, and its address leads back to
 * the object. The state of waiting memory:
 *
 *   an object of a slab	out of its slab, not busy, not cached per CPU
 *   a large object		%ANNEX_HEAP_WAITS
 *   an area of vmalloc		%ANNEX_VM_WAITS
 *
 * Locking: none of its own. The callback implies the pool: each pool with users
 * has a callback of its own.
 *
 * Before a pool is torn down, or the memory of its users is counted,
 * annex_rcu_wait() waits for all pending callbacks.
 *
 * Failing: an errno, with a line in the log, for an address that is not in use,
 * or memory that does not contain the head.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "base/for_kunit.h"
#include "heap/desc.h"
#include "heap/kmalloc.h"
#include "heap/kmalloc_fast.h"
#include "heap/kvmalloc.h"
#include "heap/misuse.h"
#include "heap/rcu.h"
#include "page/frames.h"
#include "page/page.h"
#include "page/report.h"
#include "vmalloc/vm.h"

static const char call[] = "kvfree_rcu";

static int refuse(struct annex_heap *heap, const void *addr)
{
	return annex_heap_refuse(heap, call, true, NULL, addr);
}

/* Take an object of a slab; the caller has checked its size. */
static int take_object(struct annex_heap *heap, const void *addr)
{
	u32 idx;

	return annex_heap_take_back(heap, true, NULL, addr, &idx) ?
		       0 :
		       refuse(heap, addr);
}

static int take_large(struct annex_heap *heap, const void *addr)
{
	struct annex_page *page = annex_large_page(heap, addr);

	return page && annex_large_mark(page, ANNEX_HEAP_LARGE,
					ANNEX_HEAP_WAITS) ?
		       0 :
		       refuse(heap, addr);
}

static int take(struct annex_heap *heap, const void *addr,
		const struct rcu_head *head)
{
	size_t off = (const void *)head - addr, room;

	if (__annex_is_vmalloc_addr(heap->vmalloc, addr))
		return annex_vm_give_up_later(heap->vmalloc, addr, head,
					      sizeof(*head), call);
	room = annex_heap_size(heap, addr);
	if (!room)
		return refuse(heap, addr);
	if (room < sizeof(*head) || off > room - sizeof(*head))
		return annex_refuse_call(heap->frames, ANNEX_BAD_HEAP, -ERANGE,
					 call,
					 "the rcu_head does not lie in the object");
	return annex_heap_slab(heap, addr) ? take_object(heap, addr) :
					     take_large(heap, addr);
}

/*
 * annex_kvfree_call_rcu() in a pool. @done is the RCU callback, which calls
 * annex_rcu_done() with the pool.
 */
int __annex_kvfree_rcu(struct annex_heap *heap, const void *addr,
		       struct rcu_head *head, rcu_callback_t done)
{
	int err;

	if (annex_refused_nmi(heap->frames, ANNEX_BAD_HEAP, call))
		return -EINVAL;
	if (!IS_ALIGNED((unsigned long)head, sizeof(void *)))
		return annex_refuse_call(heap->frames, ANNEX_BAD_HEAP, -EINVAL,
					 call,
					 "an rcu_head is aligned to a pointer");
	err = take(heap, addr, head);
	if (err)
		return err;
	/* Store only once: all CPUs read this cache line. */
	if (!READ_ONCE(heap->rcu_used))
		WRITE_ONCE(heap->rcu_used, true);
	call_rcu(head, done);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_kvfree_rcu);

/* Free the waiting large object that contains an address. */
static void free_large(struct annex_heap *heap, const void *addr)
{
	unsigned long off = addr - heap->lowmem;
	annex_pfn_t head = annex_block_head(heap->frames, off >> PAGE_SHIFT);

	if (head == ANNEX_PFN_NIL ||
	    !annex_large_free(heap, heap->mem_map + head, ANNEX_HEAP_WAITS))
		refuse(heap, addr);
}

/**
 * annex_rcu_done() - free memory whose grace period has ended
 * @heap: the heap of the pool
 * @head: as for annex_kvfree_call_rcu()
 *
 * Context: an RCU callback.
 */
void annex_rcu_done(struct annex_heap *heap, struct rcu_head *head)
{
	struct annex_slab *slab;
	u32 idx;

	if (__annex_is_vmalloc_addr(heap->vmalloc, head)) {
		annex_vm_give_up_now(heap->vmalloc, head);
		return;
	}
	slab = annex_heap_slab(heap, head);
	if (!slab) {
		free_large(heap, head);
		return;
	}
	idx = ((void *)head - slab->base) / slab->cache->stride;
	if (!annex_cache_push(slab, annex_slab_object(slab, idx), idx))
		annex_cache_put_slow(slab, idx);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_rcu_done);

/* annex_kvfree_rcu_mightsleep() in a pool. */
int annex_kvfree_mightsleep(struct annex_heap *heap, const void *addr)
{
	if (ZERO_OR_NULL_PTR(addr))
		return 0;
	if (annex_refused_atomic(heap->frames, ANNEX_BAD_HEAP, call))
		return -EINVAL;
	synchronize_rcu();
	return __annex_kvfree(heap, addr);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_kvfree_mightsleep);

/**
 * annex_rcu_wait() - wait until all waiting memory is free
 * @heap: the heap of the pool
 *
 * Context: process, may sleep; not with cpus_read_lock() held.
 */
void annex_rcu_wait(struct annex_heap *heap)
{
	if (READ_ONCE(heap->rcu_used))
		rcu_barrier();
}
EXPORT_SYMBOL_FOR_KUNIT(annex_rcu_wait);
