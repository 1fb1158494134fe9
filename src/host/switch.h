/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_SWITCH_H
#define ANNEX_HOST_SWITCH_H

/*
 * Notification of a thread that is scheduled, and pinning it to its CPU.
 *
 * The kernel's walk of a thread's preempt notifiers is not safe against a
 * notifier that unregisters itself in its callback. annex_switch_unhook() makes
 * it safe: it leaves the notifier's own link as it is, by which the walk
 * continues.
 *
 * A thread that must not migrate has a count in its task_struct, which the
 * scheduler reads, and is counted on its CPU, which only CPU hotplug reads.
 * migrate_disable() and migrate_enable() update both and cost 46 instructions.
 * Most mappings are gone before their thread is scheduled. So annex_pin()
 * updates the first count alone. annex_pin_account() updates the second when
 * the thread is scheduled out, before anything can read it.
 *
 * When a pinned thread is scheduled, the scheduler narrows its affinity to this
 * CPU. migrate_enable() widens it again, so annex_unpin() leaves a thread whose
 * affinity is narrowed to it.
 */
#include <linux/container_of.h>
#include <linux/list.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "host/compat_sched.h"

/**
 * struct annex_switch_notifier - what is notified when a thread is scheduled
 * @host: the host's notifier
 */
struct annex_switch_notifier {
	struct preempt_notifier host;
};

/*
 * DEFINE_ANNEX_SWITCH_OPS() - the callbacks of a notifier
 *
 * @out is called when the thread is about to stop running, with interrupts off;
 * @in when it runs again. Both get the struct annex_switch_notifier.
 */
#define DEFINE_ANNEX_SWITCH_OPS(name, out, in)				\
static void name##_out(struct preempt_notifier *host,			\
		       struct task_struct *next)			\
{									\
	out(container_of(host, struct annex_switch_notifier, host));	\
}									\
									\
static void name##_in(struct preempt_notifier *host, int cpu)		\
{									\
	in(container_of(host, struct annex_switch_notifier, host));	\
}									\
									\
static struct preempt_ops name = {					\
	.sched_in = name##_in,						\
	.sched_out = name##_out,					\
}

/* Between these two calls the host notifies at all. */
static inline void annex_switch_enable(void)
{
	preempt_notifier_inc();
}

static inline void annex_switch_disable(void)
{
	preempt_notifier_dec();
}

static inline void annex_switch_init(struct annex_switch_notifier *notifier,
				     struct preempt_ops *ops)
{
	preempt_notifier_init(&notifier->host, ops);
}

/**
 * annex_switch_hook() - register a notifier with the running thread
 * @notifier: from annex_switch_init(), not registered
 *
 * Context: thread, without preemption.
 */
static inline void annex_switch_hook(struct annex_switch_notifier *notifier)
{
	preempt_notifier_register(&notifier->host);
}

/**
 * annex_switch_unhook() - unregister a thread's notifier
 * @notifier: registered with a thread that does not run now, or whose
 *	sched_out callback is running
 *
 * Context: on the CPU that the thread is bound to, without preemption.
 */
static inline void annex_switch_unhook(struct annex_switch_notifier *notifier)
{
	__hlist_del(&notifier->host.link);
}

/* In sched_out: will the thread never run again? */
static inline bool annex_switch_is_last(void)
{
	return READ_ONCE(current->__state) == TASK_DEAD;
}

#ifdef CONFIG_SMP

/**
 * annex_pin() - pin the running thread to this CPU until it is scheduled out
 *
 * Context: thread, without preemption.
 * Return: false, with nothing changed, if it is pinned already: then call
 * migrate_disable(), and migrate_enable() in the end.
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
 * Return: false, with nothing changed, if it is also pinned otherwise, or the
 * scheduler has narrowed its affinity: then call annex_pin_account() and
 * migrate_enable().
 */
static __always_inline bool annex_unpin(void)
{
	if (unlikely(current->migration_disabled != 1 || annex_pin_narrowed()))
		return false;
	current->migration_disabled = 0;
	return true;
}

/**
 * annex_pin_account() - turn annex_pin() into a migrate_disable()
 *
 * Afterwards migrate_enable() undoes it.
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
 * annex_pin_forget() - undo annex_pin_account() for a thread that is dying
 *
 * Otherwise its CPU could not be unplugged. The affinity is reset here, because
 * migrate_enable() would do it under a lock that is held already.
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
