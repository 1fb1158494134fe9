// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs annex/vmallocinfo, in the grammar of /proc/vmallocinfo: one line for
 * each area. Areas that wait for a purge come last.
 *
 * Locking: purge_lock, so that no area is freed, and the window's lock for a
 * step from one to the next.
 */
#include <linux/mm.h>
#include <linux/seq_file.h>

#include "base/show.h"
#include "pool/pool.h"
#include "vmalloc/vm.h"

static void show_live(struct seq_file *m, const struct annex_vm_struct *vm)
{
	seq_printf(m, "0x%pK-0x%pK %7ld %pS", vm->addr, vm->addr + vm->size,
		   vm->size, vm->caller);
	if (vm->nr_pages)
		seq_printf(m, " pages=%d", vm->nr_pages);
	if (vm->phys_addr)
		seq_printf(m, " phys=%pa", &vm->phys_addr);
	if (vm->flags & VM_IOREMAP)
		seq_puts(m, " ioremap");
	if (vm->flags & VM_ALLOC)
		seq_puts(m, " vmalloc");
	if (vm->flags & VM_MAP)
		seq_puts(m, " vmap");
	seq_putc(m, '\n');
}

static void show_lazy(struct seq_file *m, const struct annex_vm_struct *vm)
{
	seq_printf(m, "0x%pK-0x%pK %7ld unpurged vm_area\n", vm->addr,
		   vm->addr + vm->size, vm->size);
}

static void show_state(struct seq_file *m, struct annex_vmalloc *v,
		       enum annex_vm_state state)
{
	unsigned long addr = v->space.start, flags;
	enum annex_vm_state is = state;
	struct annex_vmap_area *va;
	struct annex_vm *area;

	for (;;) {
		spin_lock_irqsave(&v->lock, flags);
		va = annex_vmap_area_from_locked(&v->space, addr);
		if (va) {
			area = container_of(va, struct annex_vm, va);
			addr = va->end;
			/* pairs with make_live() */
			is = smp_load_acquire(&area->state);
		}
		spin_unlock_irqrestore(&v->lock, flags);
		if (!va)
			return;
		if (state == ANNEX_VM_LIVE &&
		    (is == ANNEX_VM_LIVE || is == ANNEX_VM_WAITS))
			show_live(m, &area->vm);
		else if (is == state)
			show_lazy(m, &area->vm);
	}
}

/**
 * annex_show_vmallocinfo() - print vmallocinfo
 * @m: where to
 * @annex: the pool
 *
 * Context: process, may sleep.
 */
void annex_show_vmallocinfo(struct seq_file *m, struct annex *annex)
{
	struct annex_vmalloc *v = &annex->vmalloc;

	if (!v->window)
		return;
	mutex_lock(&v->purge_lock);
	show_state(m, v, ANNEX_VM_LIVE);
	show_state(m, v, ANNEX_VM_LAZY);
	mutex_unlock(&v->purge_lock);
}
