// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that use kmap_local: what becomes of their mappings when they are
 * scheduled out and in again.
 *
 * A thread's record is hooked to it by a preempt notifier, from its first mapping
 * until it is next scheduled out without any:
 *
 *           first mapping               scheduled out with mappings
 *   spare ----------------> hooked  <--------------------------------> parked
 *     ^                       |       scheduled in                       |
 *     +-----------------------+                                          |
 *       scheduled out without                                            |
 *     +------------------------------------------------------------------+
 *       scheduled out for ever, or the pool goes
 *
 * A CPU has some records in store; they are never its threads' on another CPU,
 * since a thread with mappings does not migrate.
 *
 * Locking: none; all of it is the CPU's own, and used without preemption. The
 * list of those that are parked is changed without interrupts, since
 * annex_validate() looks at it from one.
 *
 * Failing: no memory for one record more than are in store.
 */
#include <linux/cpu.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "host/fail.h"
#include "host/pte.h"
#include "host/switch.h"
#include "host/tlb.h"
#include "map/kmap_local.h"

/*
 * Records that a CPU has from the start: as many threads can sleep with
 * mappings before one needs memory, for which it cannot wait.
 */
#define RECORDS		16

static void put_spare(struct annex_kmap_cpu *k, struct annex_kmap_thread *t)
{
	t->next = k->spare;
	k->spare = t;
}

/* The thread is left with what it has, and its mappings are gone. */
static void forget_parked(struct annex_kmap_cpu *k, struct annex_kmap_thread *t)
{
	annex_switch_unhook(&t->notifier);
	list_del(&t->parked);
	WRITE_ONCE(k->nr_parked, k->nr_parked - 1);
	WRITE_ONCE(k->lost, k->lost + t->depth);
	put_spare(k, t);
}

/* Take the running thread's mappings off this CPU. */
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
	/* Last: an NMI in between leaves what is below its own alone. */
	WRITE_ONCE(k->depth, 0);
}

/*
 * Has the thread no business with its mappings any more? It has ended, and then
 * it is not counted for either, or it sleeps although it must not, and may wake
 * up on another CPU.
 */
static bool is_hopeless(const struct annex_kmap_cpu *k)
{
	return annex_switch_is_last() || k->entry[0].owner & ANNEX_KM_ATOMIC;
}

/**
 * annex_kmap_note_room() - an interrupt has fewer mappings, perhaps none
 * @k: its CPU
 *
 * An interrupt on top of this notes what it finds, and this what it leaves.
 *
 * Context: any, without preemption.
 */
void annex_kmap_note_room(struct annex_kmap_cpu *k)
{
	unsigned int depth = annex_kmap_depth(k);

	if (!depth || !(k->entry[depth - 1].owner & ~ANNEX_KM_HOW))
		k->room = k->thread ? ANNEX_KM_MAX : 0;
}

/**
 * annex_kmap_undo_left() - undo what interrupts have left on top
 * @k: the CPU
 *
 * Context: any, without preemption.
 */
void annex_kmap_undo_left(struct annex_kmap_cpu *k)
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
	/* The caller may hold whatever the console wants. */
	irq_work_queue(&k->report);
}

/* The thread is about to stop running; interrupts are off. */
static void sched_out(struct preempt_notifier *notifier,
		      struct task_struct *next)
{
	struct annex_kmap_thread *t =
		container_of(notifier, struct annex_kmap_thread, notifier);
	struct annex_kmap_cpu *k = this_cpu_ptr(t->local->cpus);

	if (unlikely(annex_kmap_is_left(k)))
		annex_kmap_undo_left(k);
	k->thread = NULL;
	k->room = 0;
	if (!annex_kmap_depth(k)) {
		annex_switch_unhook(notifier);
		put_spare(k, t);
		return;
	}
	if (is_hopeless(k)) {
		if (k->entry[0].owner & ANNEX_KM_PINNED)
			annex_pin_forget();
		park(k, t);
		forget_parked(k, t);
		/* Nobody can print from here. */
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
	pr_err("annex: thread %d has ended with mappings of annex_kmap_local_page(), or slept with some of annex_kmap_atomic(); on CPU %u, %u were undone so far for such\n",
	       k->ended, smp_processor_id(), k->lost);
	k->ended = 0;
}

/* The thread runs again, on the CPU where it was stopped. */
static void sched_in(struct preempt_notifier *notifier, int cpu)
{
	struct annex_kmap_thread *t =
		container_of(notifier, struct annex_kmap_thread, notifier);
	struct annex_kmap_local *kl = t->local;
	struct annex_kmap_cpu *k = this_cpu_ptr(kl->cpus);
	unsigned long flags;
	unsigned int i;

	local_irq_save(flags);
	if (unlikely(annex_kmap_is_left(k)))
		annex_kmap_undo_left(k);
	list_del(&t->parked);
	WRITE_ONCE(k->nr_parked, k->nr_parked - 1);
	k->thread = t;
	k->room = ANNEX_KM_MAX;
	/* First: an interrupt in between leaves what is below its own alone. */
	WRITE_ONCE(k->depth, t->depth);
	barrier();
	for (i = 0; i < t->depth; i++) {
		k->entry[i] = t->entry[i];
		annex_pte_set(annex_kmap_pte(k, i), kl->first_pfn + t->entry[i].nr);
	}
	local_irq_restore(flags);
}

static struct preempt_ops thread_ops = {
	.sched_in = sched_in,
	.sched_out = sched_out,
};

static struct annex_kmap_thread *new_record(struct annex_kmap_cpu *k, gfp_t gfp,
					    int node)
{
	struct annex_kmap_thread *t;

	t = kzalloc_node(sizeof(*t), gfp, node);
	if (!t)
		return NULL;
	t->local = k->local;
	preempt_notifier_init(&t->notifier, &thread_ops);
	WRITE_ONCE(k->nr_records, k->nr_records + 1);
	return t;
}

/**
 * annex_kmap_thread_hook() - hear of the running thread from now on
 * @k: its CPU
 *
 * Context: thread, without preemption.
 * Return: false if there is no memory to remember it by.
 */
bool annex_kmap_thread_hook(struct annex_kmap_cpu *k)
{
	struct annex_kmap_thread *t = k->spare;

	/* What is kept counts as memory, too. */
	if (annex_should_fail(ANNEX_FAIL_MEMORY))
		return false;
	if (likely(t))
		k->spare = t->next;
	else
		t = new_record(k, GFP_ATOMIC | __GFP_NOWARN, NUMA_NO_NODE);
	if (!t)
		return false;
	k->thread = t;
	k->room = ANNEX_KM_MAX;
	preempt_notifier_register(&t->notifier);
	return true;
}

/* Everybody parked on this CPU, which is running this and not them. */
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
 * annex_kmap_threads_forget() - hear of no thread any more
 * @kl: of which pool; nobody maps or unmaps any more
 *
 * Each CPU runs something else for a moment: what was hooked to the thread that
 * ran there is spare or parked then, and who is parked is forgotten.
 *
 * Context: process, may sleep.
 */
void annex_kmap_threads_forget(struct annex_kmap_local *kl)
{
	unsigned int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		queue_work_on(cpu, system_wq, &per_cpu_ptr(kl->cpus, cpu)->work);
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
	while (k->spare) {
		struct annex_kmap_thread *t = k->spare;

		k->spare = t->next;
		kfree(t);
	}
}

/**
 * annex_kmap_threads_init() - records for a CPU's threads
 * @k: the CPU; its pool is known
 * @cpu: its number
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM, and annex_kmap_threads_free() is to be called.
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
		put_spare(k, t);
	}
	return 0;
}
