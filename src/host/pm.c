// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hibernation writes the kernel's own memory to disk and not what memmap= kept
 * from it: after it, a kernel with annex loaded would find a pool of whatever
 * power-off left there. While a pool exists the machine does not hibernate.
 * Suspend to RAM keeps the pool as it keeps all memory.
 *
 * A forced unload takes the refusal along, for its code is the module's. Of what
 * else keeps the host from hibernating nothing can be left behind by a module:
 * hibernate_acquire() and nohibernate are not exported, lock_system_sleep() would
 * block suspend as well and everybody who asks for it, and an open /dev/snapshot
 * tells each driver that the machine is about to sleep. So main.c says it.
 *
 * Locking: the notifier chain's own.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/suspend.h>

#include "host/fail.h"
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
 * @nb: the pool's place in the chain
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
 * annex_pm_exit() - let the machine hibernate again
 * @nb: as given to annex_pm_init()
 *
 * Context: process, may sleep.
 */
void annex_pm_exit(struct notifier_block *nb)
{
	unregister_pm_notifier(nb);
}
