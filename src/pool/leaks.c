// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leaks: frames, areas, mappings, tables and objects that users hold of a pool that
 * should have no user any more, and, if recorded, the tasks that allocated
 * them.
 *
 * First annex releases everything that it caches itself: memory that waits for
 * an RCU grace period, areas that wait for a purge, empty slabs, the per-CPU
 * lists, pkmap slots without a user. Whatever is not free then is held by a
 * user.
 *
 * Locking: CPU hotplug is blocked, since a CPU that is going down cannot be
 * asked to drain its lists. Inside of that, the locks of each subsystem, one
 * after the other. The result is a snapshot, which is exact if the pool is not
 * in use.
 */
#include <linux/cpu.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "base/text.h"
#include "heap/heap.h"
#include "heap/rcu.h"
#include "kmap/kmap_local.h"
#include "kmap/pkmap.h"
#include "mm/mm.h"
#include "page/pcp.h"
#include "page/zone.h"
#include "pool/leak_owners.h"
#include "pool/leaks.h"
#include "pool/pool.h"
#include "store/store.h"
#include "store/tables.h"
#include "vmalloc/vm.h"

static void call_in(struct annex *annex)
{
	annex_vm_purge_all(&annex->vmalloc);
	annex_heap_shrink(&annex->heap);
	annex_pcp_drain_all(&annex->frames);
	if (annex->pkmap.nr_slots)
		annex_flush_all_zero_pkmaps(&annex->pkmap);
}

/* A copy of the first area at or behind an address; false if there is none. */
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

static void count_all(struct annex *annex, struct annex_leaks *held)
{
	const struct annex_page *page;
	struct annex_table_holder table;
	struct annex_mm_holder holder;
	struct annex_vm_struct vm;

	held->frames = annex_zones_used(&annex->frames);
	held->areas = count_areas(&annex->vmalloc, &vm);
	held->kmaps = count_kmaps(&annex->pkmap, &page);
	held->local = count_local(&annex->kmap_local);
	held->mms = annex_mms_leaks(&annex->mms, &holder);
	held->tables = annex_store_leaks(&annex->store, &table);
	annex_heap_leaks(&annex->heap, &held->caches, &held->objects,
			 held->cache);
}

/**
 * annex_leaks_find() - count what users hold
 * @annex: the pool, or one of no frames; not in use
 * @held: filled
 *
 * Context: process, may sleep; not in a CPU hotplug callback.
 * Return: false if they hold nothing.
 */
bool annex_leaks_find(struct annex *annex, struct annex_leaks *held)
{
	memset(held, 0, sizeof(*held));
	if (!annex->frames.nr_pages)
		return false;
	annex_rcu_wait(&annex->heap);
	annex_store_reap(&annex->store);
	cpus_read_lock();
	call_in(annex);
	count_all(annex, held);
	cpus_read_unlock();
	return held->frames || held->areas || held->kmaps || held->local ||
	       held->mms || held->tables;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_leaks_find);

static void report_areas(struct annex_vmalloc *v)
{
	struct annex_vm_struct vm;
	unsigned int nr = count_areas(v, &vm);

	pr_warn("annex: %u areas of vmalloc, vmap or ioremap are held, the first has %lu pages and was made by %pS\n",
		nr, (vm.size >> PAGE_SHIFT) - 1, vm.caller);
}

static void report_kmaps(struct annex *annex)
{
	const struct annex_page *page;
	unsigned int nr = count_kmaps(&annex->pkmap, &page);

	pr_warn("annex: %u frames are mapped by annex_kmap(), the first is %#x\n",
		nr, (annex_pfn_t)(page - annex->frames.mem_map));
}

static void report_mms(struct annex_mms *mms)
{
	struct annex_mm_holder first;
	struct annex_comm comm;
	unsigned int nr = annex_mms_leaks(mms, &first);

	pr_warn("annex: page tables of %u processes are held, the first maps %lu frames and was made by %s with pid %d\n",
		nr, first.nr_pages, annex_comm_text(&comm, first.comm),
		first.pid);
}

static void report_tables(struct annex_store *store)
{
	struct annex_table_holder first;
	unsigned int nr = annex_store_leaks(store, &first);

	pr_warn("annex: %u frame tables are held, the first has %lu frames and is of %s\n",
		nr, first.frames, first.owner);
}

/**
 * annex_leaks_report() - log what users hold, and the tasks that allocated it
 * @annex: the pool
 * @held: from annex_leaks_find(), not empty
 *
 * One line for each kind, and, with owner records, one for each holder of
 * frames.
 *
 * Context: process.
 */
void annex_leaks_report(struct annex *annex, const struct annex_leaks *held)
{
	if (held->frames)
		annex_leak_owners_report(annex, held->frames);
	if (held->areas)
		report_areas(&annex->vmalloc);
	if (held->kmaps)
		report_kmaps(annex);
	if (held->local)
		pr_warn("annex: %u mappings of annex_kmap_local_page() are held\n",
			held->local);
	if (held->mms)
		report_mms(&annex->mms);
	if (held->tables)
		report_tables(&annex->store);
	if (held->caches || held->objects)
		pr_warn("annex: %u caches and %lu objects are held, some of %s\n",
			held->caches, held->objects, held->cache);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_leaks_report);
