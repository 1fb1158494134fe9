// SPDX-License-Identifier: GPL-2.0-only
/*
 * What users have of a pool that nobody should be using any more, and as far as
 * it is known, who they were.
 *
 * First whatever annex itself has put by is called in: memory that waits for
 * readers under RCU, areas that wait for a purge, empty slabs, the CPUs' lists,
 * addresses of frames that are mapped for nobody. What is then not free is
 * somebody's.
 *
 * Locking: no CPU comes or goes meanwhile, since one on its way out could not be
 * asked for what it has; inside of that, the locking of the rooms below, one
 * after the other: a snapshot, which is true if nobody uses the pool.
 */
#include <linux/cpu.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "annex.h"
#include "heap/heap.h"
#include "heap/rcu.h"
#include "held.h"
#include "holders.h"
#include "host/text.h"
#include "map/kmap_local.h"
#include "map/mm.h"
#include "map/pkmap.h"
#include "map/vm.h"
#include "page/pcp.h"
#include "page/zone.h"

static void call_in(struct annex *annex)
{
	annex_vm_purge_all(annex);
	annex_heap_shrink(annex);
	annex_pcp_drain_all(annex);
	if (annex->pkmap.nr_slots)
		annex_flush_all_zero_pkmaps(annex);
}

/* The area at or behind an address, as it is now; false if there is none. */
static bool next_area(struct annex_vmalloc *v, unsigned long *addr,
		      struct annex_vm_struct *copy)
{
	struct annex_vmap_area *va;

	spin_lock_irq(&v->lock);
	va = annex_vmap_area_from_locked(&v->space, *addr);
	if (va) {
		*copy = container_of(va, struct annex_vm, va)->vm;
		*addr = va->end;
	}
	spin_unlock_irq(&v->lock);
	return va;
}

static unsigned int count_areas(struct annex_vmalloc *v,
				struct annex_vm_struct *first)
{
	unsigned long addr = v->space.start;
	struct annex_vm_struct vm;
	unsigned int nr = 0;

	if (!v->window)
		return 0;
	while (next_area(v, &addr, &vm))
		if (!nr++)
			*first = vm;
	return nr;
}

static unsigned int count_kmaps(const struct annex_pkmap *pk,
				const struct annex_page **first)
{
	unsigned int i, nr = 0;

	for (i = 0; i < pk->nr_slots; i++)
		if (annex_pkmap_count(&pk->slot[i]) > 1 && !nr++)
			*first = pk->slot[i].page;
	return nr;
}

static unsigned int count_local(const struct annex_kmap_local *kl)
{
	unsigned int cpu, nr = 0;

	if (!kl->window)
		return 0;
	for_each_possible_cpu(cpu) {
		const struct annex_kmap_cpu *k = per_cpu_ptr(kl->cpus, cpu);

		nr += READ_ONCE(k->depth) + READ_ONCE(k->nr_parked);
	}
	return nr;
}

static void count_all(struct annex *annex, struct annex_held *held)
{
	const struct annex_page *page;
	struct annex_mm_holder holder;
	struct annex_vm_struct vm;

	held->frames = annex_zones_used(annex);
	held->areas = count_areas(&annex->vmalloc, &vm);
	held->kmaps = count_kmaps(&annex->pkmap, &page);
	held->local = count_local(&annex->kmap_local);
	held->mms = annex_mms_held(annex, &holder);
	annex_heap_held(annex, &held->caches, &held->objects, held->cache);
}

/**
 * annex_held_find() - count what users have
 * @annex: the pool, or one of no frames; nobody uses it
 * @held: filled
 *
 * Context: process, may sleep; not where CPUs are brought up or down.
 * Return: false if they have nothing.
 */
bool annex_held_find(struct annex *annex, struct annex_held *held)
{
	memset(held, 0, sizeof(*held));
	if (!annex->nr_pages)
		return false;
	annex_rcu_wait(annex);
	cpus_read_lock();
	call_in(annex);
	count_all(annex, held);
	cpus_read_unlock();
	return held->frames || held->areas || held->kmaps ||
	       held->local || held->mms;
}

static void report_areas(struct annex *annex)
{
	struct annex_vm_struct vm;
	unsigned int nr = count_areas(&annex->vmalloc, &vm);

	pr_warn("annex: %u areas of vmalloc, vmap or ioremap are held, the first has %lu pages and was made by %pS\n",
		nr, (vm.size >> PAGE_SHIFT) - 1, vm.caller);
}

static void report_kmaps(struct annex *annex)
{
	const struct annex_page *page;
	unsigned int nr = count_kmaps(&annex->pkmap, &page);

	pr_warn("annex: %u frames are mapped by annex_kmap(), the first is %#x\n",
		nr, (annex_pfn_t)(page - annex->mem_map));
}

static void report_mms(struct annex *annex)
{
	struct annex_mm_holder first;
	struct annex_comm comm;
	unsigned int nr = annex_mms_held(annex, &first);

	pr_warn("annex: page tables of %u processes are held, the first shows %lu frames and was made by %s with pid %d\n",
		nr, first.nr_pages, annex_comm_text(&comm, first.comm), first.pid);
}

/**
 * annex_held_report() - say what users have, and who they were
 * @annex: the pool
 * @held: what annex_held_find() found, something
 *
 * A line for each kind, and, as far as it is kept, one for each who has frames.
 *
 * Context: process.
 */
void annex_held_report(struct annex *annex, const struct annex_held *held)
{
	if (held->frames)
		annex_holders_report(annex, held->frames);
	if (held->areas)
		report_areas(annex);
	if (held->kmaps)
		report_kmaps(annex);
	if (held->local)
		pr_warn("annex: %u mappings of annex_kmap_local_page() are held\n",
			held->local);
	if (held->mms)
		report_mms(annex);
	if (held->caches || held->objects)
		pr_warn("annex: %u caches and %lu objects are held, some of %s\n",
			held->caches, held->objects, held->cache);
}
