// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modules that use annex, and what they leak.
 *
 * While a module that uses symbols of annex is loaded, the kernel does not
 * unload annex. A module that is unloaded and leaks would leave annex without a
 * user, and a timer, device or page table with addresses in the pool. So annex
 * counts what is held when its last user is unloaded, and if anything is, takes
 * a reference to itself:
 *
 *	modules that use annex   held         annex holds itself
 *	some                     anything     no
 *	none                     nothing      no
 *	none                     something    yes: rmmod says that it is in use
 *
 * and logs its owners. It drops the reference when a later user has freed
 * everything, or as soon as force_unload is 1. Then annex can be unloaded, and
 * its memory stays where it is (annex_abandon()). A kernel that cannot unload
 * modules needs none of this.
 *
 * Whenever a user is unloaded, reclaim is kept from calling its code, and vmstat
 * from reading its counters.
 *
 * A module is looked at when it is loaded, before its first call of annex, and
 * when it is unloaded, after its last. No fast path is involved.
 *
 * Locking: users_mutex for the variables below it. It nests inside of the lock
 * of the kernel's module notifiers, and outside of all locks of annex.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/printk.h>

#include "api/tests.h"
#include "base/fail.h"
#include "host/compat_module.h"
#include "module/module_guard.h"
#include "pool/leaks.h"
#include "pool/pool.h"
#include "reclaim/reclaim.h"

static DEFINE_MUTEX(users_mutex);
static unsigned int nr_users;	/* modules that are loaded and use annex */
static bool watching; /* the module notifier is registered */
static bool kept;		/* annex holds a reference of its own */
static bool force_unload;

static void let_go(const char *why)
{
	lockdep_assert_held(&users_mutex);
	kept = false;
	pr_info("%s: it can be unloaded again\n", why);
	module_put(THIS_MODULE);
}

static void keep(const struct annex_leaks *held, const char *module)
{
	lockdep_assert_held(&users_mutex);
	if (module)
		pr_warn("module %s has gone, and nobody is left to give back what is held:\n",
			module);
	annex_leaks_report(&annex_pool, held);
	if (force_unload || !try_module_get(THIS_MODULE))
		return;
	kept = true;
	pr_warn("so it stays; with 1 in /sys/module/annex/parameters/force_unload it can be unloaded, and its range is kept until the machine is booted anew\n");
}

/* There is no user: is annex to stay? @module was unloaded, or NULL. */
static void look(const char *module)
{
	struct annex_leaks held;
	bool found;

	lockdep_assert_held(&users_mutex);
	found = annex_leaks_find(&annex_pool, &held);
	if (found && !kept)
		keep(&held, module);
	else if (!found && kept)
		let_go("all was given back");
}

static bool is_of(const void *code, const void *mod)
{
	return within_module((unsigned long)code, mod);
}

/* Reclaim must not call unloaded code, nor vmstat read unloaded counters. */
static void forget_code(const struct module *mod)
{
	unsigned int shrinkers =
		annex_shrinkers_revoke(&annex_pool.frames, is_of, mod);
	unsigned long folios =
		annex_folios_revoke(&annex_pool.frames, is_of, mod);
	unsigned int clients =
		annex_clients_revoke(&annex_pool.clients, is_of, mod);

	if (shrinkers)
		pr_warn("module %s has gone with %u shrinkers registered, which are not asked any more\n",
			mod->name, shrinkers);
	if (folios)
		pr_warn("module %s has gone with %lu folios in lists, which reclaim leaves alone from now on\n",
			mod->name, folios);
	if (clients)
		pr_warn("module %s has gone with counters registered, which vmstat does not show any more\n",
			mod->name);
}

static int module_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	const struct module *mod = data;

	if ((event != MODULE_STATE_COMING && event != MODULE_STATE_GOING) ||
	    !annex_module_uses(mod, THIS_MODULE))
		return NOTIFY_DONE;
	/* Without the mutex: forget_code() may have to wait for reclaim. */
	if (event == MODULE_STATE_GOING)
		forget_code(mod);
	mutex_lock(&users_mutex);
	if (event == MODULE_STATE_COMING)
		nr_users++;
	else if (!--nr_users)
		look(mod->name);
	mutex_unlock(&users_mutex);
	return NOTIFY_DONE;
}

static struct notifier_block users_nb = { .notifier_call = module_event };

/* 1 lets annex be unloaded; 0 counts again what is held. */
static int set_force(const char *text, const struct kernel_param *kp)
{
	int err;

	mutex_lock(&users_mutex);
	err = param_set_bool(text, kp);
	if (!err && watching && !nr_users) {
		if (!force_unload)
			look(NULL);
		else if (kept)
			let_go("force_unload=1");
	}
	mutex_unlock(&users_mutex);
	return err;
}

static const struct kernel_param_ops force_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = set_force,
	.get = param_get_bool,
};

module_param_cb(force_unload, &force_ops, &force_unload, 0644);
__MODULE_PARM_TYPE(force_unload, "bool");
MODULE_PARM_DESC(force_unload,
		 "let rmmod unload annex while memory that unloaded modules have allocated is not freed; this memory and the pool's range then stay in use until the next boot (default: no)");

/**
 * annex_module_guard_init() - start to watch the modules that use the pool
 *
 * Context: process, may sleep; annex_pool exists and is not in use yet.
 * Return: 0 or an errno.
 */
int annex_module_guard_init(void)
{
	int err = annex_should_fail(ANNEX_FAIL_NOTIFIER) ?
			  -ENOMEM :
			  register_module_notifier(&users_nb);

	if (err)
		return err;
	mutex_lock(&users_mutex);
	watching = true;
	mutex_unlock(&users_mutex);
	return 0;
}

/**
 * annex_module_guard_exit() - stop watching the modules that use the pool
 *
 * Context: process, may sleep.
 */
void annex_module_guard_exit(void)
{
	unregister_module_notifier(&users_nb);
	mutex_lock(&users_mutex);
	watching = false;
	mutex_unlock(&users_mutex);
}
