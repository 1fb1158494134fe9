// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmalloc areas that are freed while RCU readers may still use them. Such an
 * area loses its owner at once, so that it cannot be freed again, and stays
 * mapped until the grace period is over.
 *
 *   LIVE --annex_vm_give_up_later()--> WAITS --annex_vm_give_up_now()--> LAZY
 *
 * Locking: v->lock for the state of an area.
 */
#include <linux/errno.h>
#include <linux/spinlock.h>

#include "base/for_kunit.h"
#include "page/frames.h"
#include "vmalloc/vm.h"

static struct annex_vm *at(struct annex_vmap_area *va)
{
	return va ? container_of(va, struct annex_vm, va) : NULL;
}

/* Are all these bytes in the pages of an area? */
static bool has(const struct annex_vm *area, const void *bytes, size_t len)
{
	unsigned long off = (unsigned long)bytes - area->va.start;

	return off <= (annex_vm_nr(area) << PAGE_SHIFT) - len;
}

/**
 * annex_vm_give_up_later() - take an area from its owner, but leave it mapped
 * @v: the vmalloc space of the pool
 * @addr: where it begins
 * @head: bytes in it, by which annex_vm_give_up_now() will find it
 * @len: number of bytes
 * @call: name of the public function, for the log
 *
 * Context: any but NMI.
 * Return: 0; -EINVAL, with a line in the log and nothing changed, if no vmalloc
 * area begins there or it does not contain these bytes.
 */
int annex_vm_give_up_later(struct annex_vmalloc *v, const void *addr,
			   const void *head, size_t len, const char *call)
{
	struct annex_vm *area;
	unsigned long flags;
	bool meant;

	spin_lock_irqsave(&v->lock, flags);
	area = at(annex_vmap_area_at_locked(&v->space, (unsigned long)addr));
	meant = area && area->vm.flags & VM_ALLOC && has(area, head, len) &&
		/* pairs with make_live() */
		smp_load_acquire(&area->state) == ANNEX_VM_LIVE;
	if (meant)
		area->state = ANNEX_VM_WAITS;
	spin_unlock_irqrestore(&v->lock, flags);
	return meant ? 0 : annex_vm_refuse(v, addr, VM_ALLOC, call);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_vm_give_up_later);

/**
 * annex_vm_give_up_now() - free an area that has no RCU readers left
 * @v: the vmalloc space of the pool
 * @head: as for annex_vm_give_up_later()
 *
 * Context: any but NMI.
 */
void annex_vm_give_up_now(struct annex_vmalloc *v, const void *head)
{
	struct annex_vm *area;
	unsigned long flags;

	spin_lock_irqsave(&v->lock, flags);
	area = at(annex_vmap_area_find_locked(&v->space, (unsigned long)head));
	if (area && area->state == ANNEX_VM_WAITS)
		area->state = ANNEX_VM_LAZY;
	else
		area = NULL;
	spin_unlock_irqrestore(&v->lock, flags);
	if (area)
		annex_vm_retire(v, area);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_vm_give_up_now);
