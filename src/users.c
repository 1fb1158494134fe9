// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modules that use annex, and what they leave behind.
 *
 * While a module is loaded that has symbols of annex's, the kernel does not let
 * annex go. One that goes without giving everything back would leave annex with
 * nobody to hold it, and somebody's timer, device or page table with addresses
 * in the pool. So annex counts what is held when the last of them goes, and if
 * something is, holds itself:
 *
 *	modules that use annex   held         annex holds itself
 *	some                     anything     no
 *	none                     nothing      no
 *	none                     something    yes: rmmod says that it is in use
 *
 * and says who has it. It lets go of itself when a later user has given all back,
 * or as soon as force_unload is 1; then annex can go, and its memory stays where
 * it is (annex_leave()). A kernel that cannot unload modules has none of this.
 *
 * Whatever module goes, reclaim is kept from calling what was in it.
 *
 * A module is asked about when it comes, before its first call of annex's, and
 * when it goes, after its last. A fast path knows nothing of all this.
 *
 * Locking: users_mutex for what stands below it. It is taken inside of the
 * kernel's list of notifiers, and outside of everything of annex's.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/printk.h>

#include "annex.h"
#include "held.h"
#include "host/fail.h"
#include "page/reclaim.h"
#include "pool.h"
#include "users.h"

static DEFINE_MUTEX(users_mutex);
static unsigned int nr_users;	/* modules that are loaded and use annex */
static bool watching;		/* between annex_users_init() and _exit() */
static bool kept;		/* annex holds a reference of its own */
static bool force_unload;

/* The kernel writes the list of what a module uses while it loads it, not later. */
static bool uses_annex(const struct module *mod)
{
	const struct module_use *use;

	list_for_each_entry(use, &mod->target_list, target_list)
		if (use->target == THIS_MODULE)
			return true;
	return false;
}

static void let_go(const char *why)
{
	lockdep_assert_held(&users_mutex);
	kept = false;
	pr_info("%s: it can be unloaded again\n", why);
	module_put(THIS_MODULE);
}

static void keep(const struct annex_held *held, const char *who)
{
	lockdep_assert_held(&users_mutex);
	if (who)
		pr_warn("module %s has gone, and nobody is left to give back what is held:\n",
			who);
	annex_held_report(&annex_pool, held);
	if (force_unload || !try_module_get(THIS_MODULE))
		return;
	kept = true;
	pr_warn("so it stays; with 1 in /sys/module/annex/parameters/force_unload it can be unloaded, and its range is kept until the machine is booted anew\n");
}

/* Nobody uses it; is it to stay? @who has gone, or NULL. */
static void look(const char *who)
{
	struct annex_held held;
	bool found;

	lockdep_assert_held(&users_mutex);
	found = annex_held_find(&annex_pool, &held);
	if (found && !kept)
		keep(&held, who);
	else if (!found && kept)
		let_go("all was given back");
}

static bool is_of(const void *code, const void *mod)
{
	return within_module((unsigned long)code, mod);
}

/* Reclaim must not call what is there no more. */
static void forget_code(const struct module *mod)
{
	unsigned int shrinkers = annex_shrinkers_forget(&annex_pool, is_of, mod);
	unsigned long folios = annex_folios_forget(&annex_pool, is_of, mod);

	if (shrinkers)
		pr_warn("module %s has gone with %u shrinkers registered, which are not asked any more\n",
			mod->name, shrinkers);
	if (folios)
		pr_warn("module %s has gone with %lu folios in lists, which reclaim leaves alone from now on\n",
			mod->name, folios);
}

static int module_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	const struct module *mod = data;

	if ((event != MODULE_STATE_COMING && event != MODULE_STATE_GOING) ||
	    !uses_annex(mod))
		return NOTIFY_DONE;
	/* Without the mutex: it may have to wait for reclaim. */
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

/* 1 lets annex go; 0 counts anew. */
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
MODULE_PARM_DESC(force_unload, "let annex be unloaded although users have not given everything back; its range is kept then (default: no)");

/**
 * annex_users_init() - begin to look after those who use the pool
 *
 * Context: process, may sleep; annex_pool is made, and nobody uses it.
 * Return: 0 or an errno.
 */
int annex_users_init(void)
{
	int err = annex_should_fail(ANNEX_FAIL_NOTIFIER) ?
			  -ENOMEM : register_module_notifier(&users_nb);

	if (err)
		return err;
	mutex_lock(&users_mutex);
	watching = true;
	mutex_unlock(&users_mutex);
	return 0;
}

/**
 * annex_users_exit() - nobody uses the pool any more, and nobody will
 *
 * Context: process, may sleep.
 */
void annex_users_exit(void)
{
	unregister_module_notifier(&users_nb);
	mutex_lock(&users_mutex);
	watching = false;
	mutex_unlock(&users_mutex);
}
