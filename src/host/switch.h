/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_SWITCH_H
#define ANNEX_HOST_SWITCH_H

/*
 * Hearing of a thread that is scheduled, and keeping it on its CPU.
 *
 * The kernel walks a thread's notifiers without care for one that takes itself
 * out while it is called. It can be done all the same, if the one leaves its
 * own link alone, by which the walk goes on: that is what annex_switch_unhook()
 * does.
 *
 * A thread that must not migrate has a count in its task_struct, by which the
 * scheduler goes, and is counted for on its CPU, by which nobody goes but who
 * takes that CPU away. migrate_disable() and migrate_enable() do both and cost
 * 46 instructions. Most mappings are gone before their thread is scheduled. So
 * annex_pin() does the first alone, and only when the thread is scheduled out,
 * and before anybody could ask, annex_pin_account() sees to the second.
 */
#include <linux/list.h>
#include <linux/preempt.h>
#include <linux/sched.h>

/**
 * annex_switch_unhook() - hear no more of a thread
 * @notifier: registered with a thread that does not run now, or whose
 *	sched_out is just being called
 *
 * Context: on the CPU that the thread is bound to, without preemption.
 */
static inline void annex_switch_unhook(struct preempt_notifier *notifier)
{
	__hlist_del(&notifier->link);
}

/* In sched_out: will the thread never run again? */
static inline bool annex_switch_is_last(void)
{
	return READ_ONCE(current->__state) == TASK_DEAD;
}

#ifdef CONFIG_SMP

/**
 * annex_pin() - keep the running thread on this CPU until it is scheduled
 *
 * Context: thread, without preemption.
 * Return: false, with nothing changed, if something keeps it there already:
 * then migrate_disable() is to be called, and migrate_enable() in the end.
 */
static __always_inline bool annex_pin(void)
{
	if (unlikely(current->migration_disabled))
		return false;
	current->migration_disabled = 1;
	return true;
}

/**
 * annex_unpin() - undo annex_pin()
 *
 * Context: thread, without preemption, not scheduled since annex_pin().
 * Return: false, with nothing changed, if something else keeps it there as well:
 * then annex_pin_account() and migrate_enable() are to be called.
 */
static __always_inline bool annex_unpin(void)
{
	if (unlikely(current->migration_disabled != 1))
		return false;
	current->migration_disabled = 0;
	return true;
}

/**
 * annex_pin_account() - count for annex_pin() as migrate_disable() would have
 *
 * From now on migrate_enable() undoes it.
 *
 * Context: thread, without preemption; in its sched_out at the latest.
 */
static inline void annex_pin_account(void)
{
	unsigned short nr = current->migration_disabled;

	current->migration_disabled = 0;
	migrate_disable();
	current->migration_disabled = nr;
}

/**
 * annex_pin_forget() - a thread that was counted for will never run again
 *
 * So that its CPU can be taken away. It is in nobody's way to say that the
 * thread may run anywhere: migrate_enable() would see to that under a lock that
 * is held.
 *
 * Context: in its last sched_out.
 */
static inline void annex_pin_forget(void)
{
	current->cpus_ptr = &current->cpus_mask;
	current->migration_disabled = 1;
	migrate_enable();
}

#else

static inline bool annex_pin(void)
{
	return true;
}

static inline bool annex_unpin(void)
{
	return true;
}

static inline void annex_pin_account(void)
{
}

static inline void annex_pin_forget(void)
{
}

#endif

#endif /* ANNEX_HOST_SWITCH_H */
