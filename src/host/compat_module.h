/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_COMPAT_MODULE_H
#define ANNEX_HOST_COMPAT_MODULE_H

/*
 * The module loader's record of which module uses symbols of which. Since 7.2
 * struct module_use is private to the loader (kernel/module/internal.h).
 */
#include <linux/list.h>
#include <linux/module.h>

#include "host/compat_version.h"

#ifdef CONFIG_MODULE_UNLOAD

/*
 * A copy for kernels that keep theirs private. It is the same from 6.1 to 7.2;
 * the guest unplug of guest-test checks that uses are found.
 */
#if !ANNEX_KERNEL_BEFORE(7, 2)
struct module_use {
	struct list_head source_list;
	struct list_head target_list;
	struct module *source, *target;
};
#endif

/**
 * annex_module_uses() - does a module use symbols of another?
 * @mod: the module, in a callback of the module notifiers
 * @target: the other module
 *
 * The loader writes a module's list of uses when it loads it, and not later.
 *
 * Context: process.
 * Return: true if it does.
 */
static inline bool annex_module_uses(const struct module *mod,
				     const struct module *target)
{
	const struct module_use *use;

	list_for_each_entry(use, &mod->target_list, target_list)
		if (use->target == target)
			return true;
	return false;
}

#endif

#endif /* ANNEX_HOST_COMPAT_MODULE_H */
