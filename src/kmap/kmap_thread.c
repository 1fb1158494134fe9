// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that use kmap_local: their mappings are saved when they are scheduled
 * out and restored when they are scheduled in.
 *
 * A notifier of host/switch.h hooks a record to a thread, from its first
 * mapping until it is next scheduled out without any:
 *
 *           first mapping               scheduled out with mappings
 *   free -----------------> hooked  <--------------------------------> parked
 *     ^                       |       scheduled in                       |
 *     +-----------------------+                                          |
 *       scheduled out without                                            |
 *     +------------------------------------------------------------------+
 *       thread ended, or the pool is unloaded
 *
 * Each CPU has a free list of records. A record never moves to another CPU,
 * since a thread with mappings does not migrate.
 *
 * Locking: none; all state is per CPU and used with preemption disabled. The
 * list of parked records is changed with interrupts off, because
 * annex_validate() walks it from an interrupt.
 *
 * Failing: the free list is empty and there is no memory for another record.
 */
#include <linux/cpu.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "base/fail.h"
#include "host/compat_sched.h"
#include "host/pte.h"
#include "host/switch.h"
#include "host/tlb.h"
#include "kmap/kmap_local.h"

/*
 * Records that a CPU has from the start. This many threads can sleep with
 * mappings before another one needs memory, for which it cannot wait.
 */
#define RECORDS		16

static void add_to_free_list(struct annex_kmap_cpu *k,
			     struct annex_kmap_thread *t)
{
	t->next = k->free_list;
	k->free_list = t;
}

/* Free the record of a parked thread; its mappings are lost. */
static void forget_parked(struct annex_kmap_cpu *k, struct annex_kmap_thread *t)
{
	annex_switch_unhook(&t->notifier);
	list_del(&t->parked);
	WRITE_ONCE(k->nr_parked, k->nr_parked - 1);
	WRITE_ONCE(k->lost, k->lost + t->depth);
	add_to_free_list(k, t);
}

/* Save the running thread's mappings in its record and unmap them. */
static void park(struct annex_kmap_cpu *k, struct annex_kmap_thread *t)
{
	unsigned int i;

	t->depth = annex_kmap_depth(k);
	for (i = 0; i < t->depth; i++) {
		t->entry[i] = k->entry[i];
		k->entry[i].owner = 0;
		annex_pte_clear(annex_kmap_pte(k, i));
		annex_tlb_flush_local(annex_kmap_addr(k, i));
	}
	list_add(&t->parked, &k->parked);
	WRITE_ONCE(k->nr_parked, k->nr_parked + 1);
	barrier();
	/* Last: an NMI before this pushes above the thread's entries. */
	WRITE_ONCE(k->depth, 0);
}

/*
 * Must the thread's mappings be dropped? Either it has ended, and its CPU stops
 * accounting for it as well; or it sleeps with atomic mappings, which is a bug,
 * and may wake up on another CPU.
 */
static bool is_hopeless(const struct annex_kmap_cpu *k)
{
	return annex_switch_is_last() || k->entry[0].owner & ANNEX_KM_ATOMIC;
}

/**
 * annex_kmap_note_room() - set the room after an interrupt has unmapped
 * @k: its CPU
 *
 * A nested interrupt sets the room for the depth that it finds; this one then
 * sets it for the depth that it leaves.
 *
 * Context: any, preemption disabled.
 */
void annex_kmap_note_room(struct annex_kmap_cpu *k)
{
	unsigned int depth = annex_kmap_depth(k);

	if (!depth || !(k->entry[depth - 1].owner & ~ANNEX_KM_HOW))
		k->room = k->thread ? ANNEX_KM_MAX : 0;
}

/**
 * annex_kmap_undo_left_slow() - undo mappings that interrupts have left on top
 * @k: the CPU
 *
 * Context: any, preemption disabled.
 */
void annex_kmap_undo_left_slow(struct annex_kmap_cpu *k)
{
	unsigned long flags;
	unsigned int i, n = 0;

	local_irq_save(flags);
	for (; annex_kmap_is_left(k); n++) {
		i = annex_kmap_depth(k) - 1;
		annex_pte_clear(annex_kmap_pte(k, i));
		annex_tlb_flush_local(annex_kmap_addr(k, i));
		k->entry[i].owner = 0;
		WRITE_ONCE(k->depth, i);
	}
	annex_kmap_note_room(k);
	k->left += n;
	WRITE_ONCE(k->lost, k->lost + n);
	local_irq_restore(flags);
	/* The caller may hold a lock that printing takes. */
	irq_work_queue(&k->report);
}

/* The thread is about to stop running; interrupts are off. */
static void sched_out(struct annex_switch_notifier *notifier)
{
	struct annex_kmap_thread *t =
		container_of(notifier, struct annex_kmap_thread, notifier);
	struct annex_kmap_cpu *k = this_cpu_ptr(t->local->cpus);

	annex_kmap_undo_left(k);
	k->thread = NULL;
	k->room = 0;
	if (!annex_kmap_depth(k)) {
		annex_switch_unhook(notifier);
		add_to_free_list(k, t);
		return;
	}
	if (is_hopeless(k)) {
		if (k->entry[0].owner & ANNEX_KM_PINNED)
			annex_pin_forget();
		park(k, t);
		forget_parked(k, t);
		/* Printing is not allowed here. */
		k->ended = current->pid;
		irq_work_queue(&k->report);
		return;
	}
	if (!k->entry[0].owner) {
		annex_pin_account();
		k->entry[0].owner = ANNEX_KM_PINNED;
	}
	park(k, t);
}

static void report_lost(struct irq_work *work)
{
	struct annex_kmap_cpu *k =
		container_of(work, struct annex_kmap_cpu, report);

	if (k->left)
		pr_err("annex: an interrupt has left %u mappings of annex_kmap_local_page() on CPU %u; they were undone, use annex_kunmap_local() before it ends\n",
		       xchg(&k->left, 0), smp_processor_id());
	if (!k->ended)
		return;
	pr_err("annex: thread %d has ended with mappings of annex_kmap_local_page(), or slept with some of annex_kmap_atomic(); on CPU %u, %u such mappings were undone so far\n",
	       k->ended, smp_processor_id(), k->lost);
	k->ended = 0;
}

/* The thread runs again, on the CPU where it was stopped. */
static void sched_in(struct annex_switch_notifier *notifier)
{
	struct annex_kmap_thread *t =
		container_of(notifier, struct annex_kmap_thread, notifier);
	struct annex_kmap_local *kl = t->local;
	struct annex_kmap_cpu *k = this_cpu_ptr(kl->cpus);
	unsigned long flags;
	unsigned int i;

	local_irq_save(flags);
	annex_kmap_undo_left(k);
	list_del(&t->parked);
	WRITE_ONCE(k->nr_parked, k->nr_parked - 1);
	k->thread = t;
	k->room = ANNEX_KM_MAX;
	/* First: an NMI after this pushes above the thread's entries. */
	WRITE_ONCE(k->depth, t->depth);
	barrier();
	for (i = 0; i < t->depth; i++) {
		k->entry[i] = t->entry[i];
		annex_pte_set(annex_kmap_pte(k, i), kl->first_pfn + t->entry[i].nr);
	}
	local_irq_restore(flags);
}

DEFINE_ANNEX_SWITCH_OPS(thread_ops, sched_out, sched_in);

static struct annex_kmap_thread *new_record(struct annex_kmap_cpu *k, gfp_t gfp,
					    int node)
{
	struct annex_kmap_thread *t;

	t = kzalloc_node(sizeof(*t), gfp, node);
	if (!t)
		return NULL;
	t->local = k->local;
	annex_switch_init(&t->notifier, &thread_ops);
	WRITE_ONCE(k->nr_records, k->nr_records + 1);
	return t;
}

/**
 * annex_kmap_thread_hook() - hook a record to the running thread
 * @k: its CPU
 *
 * Context: thread, preemption disabled.
 * Return: false if there is no memory for a record.
 */
bool annex_kmap_thread_hook(struct annex_kmap_cpu *k)
{
	struct annex_kmap_thread *t = k->free_list;

	/* Fault injection also covers records of the free list. */
	if (annex_should_fail(ANNEX_FAIL_MEMORY))
		return false;
	if (likely(t))
		k->free_list = t->next;
	else
		t = new_record(k, GFP_ATOMIC | __GFP_NOWARN, NUMA_NO_NODE);
	if (!t)
		return false;
	k->thread = t;
	k->room = ANNEX_KM_MAX;
	annex_switch_hook(&t->notifier);
	return true;
}

/* Forget all threads parked on this CPU; none of them runs now. */
static void forget_all(struct work_struct *work)
{
	struct annex_kmap_cpu *k =
		container_of(work, struct annex_kmap_cpu, work);
	struct annex_kmap_thread *t, *next;
	unsigned long flags;

	local_irq_save(flags);
	list_for_each_entry_safe(t, next, &k->parked, parked)
		forget_parked(k, t);
	local_irq_restore(flags);
}

/**
 * annex_kmap_threads_forget() - forget the threads of a pool
 * @kl: state of the pool; no caller maps or unmaps any more
 *
 * A work item runs on each CPU. It preempts the thread that ran there, whose
 * record is thereby freed or parked, and forgets all parked threads.
 *
 * Context: process, may sleep.
 */
void annex_kmap_threads_forget(struct annex_kmap_local *kl)
{
	unsigned int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		queue_work_on(cpu, system_percpu_wq, &per_cpu_ptr(kl->cpus, cpu)->work);
	for_each_online_cpu(cpu)
		flush_work(&per_cpu_ptr(kl->cpus, cpu)->work);
	cpus_read_unlock();
}

/**
 * annex_kmap_threads_free() - undo annex_kmap_threads_init()
 * @k: a CPU; no thread is hooked or parked
 *
 * Context: process.
 */
void annex_kmap_threads_free(struct annex_kmap_cpu *k)
{
	while (k->free_list) {
		struct annex_kmap_thread *t = k->free_list;

		k->free_list = t->next;
		kfree(t);
	}
}

/**
 * annex_kmap_threads_init() - allocate records for a CPU's threads
 * @k: the CPU, its pool set
 * @cpu: its number
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM, and then the caller calls annex_kmap_threads_free().
 */
int annex_kmap_threads_init(struct annex_kmap_cpu *k, unsigned int cpu)
{
	unsigned int i;

	INIT_LIST_HEAD(&k->parked);
	INIT_WORK(&k->work, forget_all);
	init_irq_work(&k->report, report_lost);
	for (i = 0; i < RECORDS; i++) {
		struct annex_kmap_thread *t = NULL;

		if (!annex_should_fail(ANNEX_FAIL_MEMORY))
			t = new_record(k, GFP_KERNEL, cpu_to_node(cpu));
		if (!t)
			return -ENOMEM;
		add_to_free_list(k, t);
	}
	return 0;
}
