// SPDX-License-Identifier: GPL-2.0-only
/*
 * Refusing hibernation while a pool exists.
 *
 * Hibernation writes the kernel's own memory to disk, without the range that
 * memmap= reserves. After resume, annex would find a pool with arbitrary
 * contents. Suspend to RAM keeps the pool like all memory.
 *
 * A forced unload ends the refusal, because its code is the module's. A module
 * cannot leave any other obstacle behind: hibernate_acquire() and nohibernate
 * are not exported, lock_system_sleep() would also block suspend and every task
 * that requests it, and an open /dev/snapshot tells each driver that the
 * machine is about to sleep. So main.c warns in the log.
 *
 * Locking: the notifier chain's own.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/suspend.h>

#include "base/fail.h"
#include "host/pm.h"

static int pm_event(struct notifier_block *nb, unsigned long event, void *unused)
{
	if (event != PM_HIBERNATION_PREPARE)
		return NOTIFY_DONE;
	pr_err("annex: hibernation refused: the pool would be lost; unload annex first\n");
	return notifier_from_errno(-EBUSY);
}

/**
 * annex_pm_init() - refuse hibernation from now on
 * @nb: the pool's notifier
 *
 * Context: process, may sleep.
 * Return: 0 or an errno.
 */
int annex_pm_init(struct notifier_block *nb)
{
	nb->notifier_call = pm_event;
	return annex_should_fail(ANNEX_FAIL_NOTIFIER) ?
		       -ENOMEM : register_pm_notifier(nb);
}

/**
 * annex_pm_exit() - allow hibernation again
 * @nb: as given to annex_pm_init()
 *
 * Context: process, may sleep.
 */
void annex_pm_exit(struct notifier_block *nb)
{
	unregister_pm_notifier(nb);
}
