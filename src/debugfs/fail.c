// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs fail/: the settings of fault injection. base/fail.c describes the
 * files.
 */
#include <linux/debugfs.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>

#include "base/fail.h"
#include "base/for_kunit.h"
#include "debugfs/debugfs.h"

static int probability_get(void *point, u64 *value)
{
	*value = ((struct annex_fail_attr *)point)->probability;
	return 0;
}

static int probability_set(void *point, u64 value)
{
	if (value > 100)
		return -ERANGE;
	annex_fail_set_probability(point, value);
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(probability_fops, probability_get, probability_set,
			 "%llu\n");

static int times_get(void *point, u64 *value)
{
	*value = (s64)atomic_read(&((struct annex_fail_attr *)point)->times);
	return 0;
}

static int times_set(void *point, u64 value)
{
	if ((s64)value < -1 || (s64)value > INT_MAX)
		return -ERANGE;
	atomic_set(&((struct annex_fail_attr *)point)->times, value);
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE_SIGNED(times_fops, times_get, times_set, "%lld\n");

#ifdef CONFIG_FAULT_INJECTION_DEBUG_FS
static void show_kernel(struct annex_fail_attr *p, struct dentry *dir)
{
	fault_create_debugfs_attr("kernel", dir, &p->kernel);
}
#else
static void show_kernel(struct annex_fail_attr *p, struct dentry *dir)
{
}
#endif

/**
 * annex_debugfs_fail() - create the files of the points
 * @dir: annex's directory
 *
 * Context: process, may sleep.
 */
void annex_debugfs_fail(struct dentry *dir)
{
	struct dentry *fail = debugfs_create_dir("fail", dir);
	unsigned int i;

	annex_fail_listen(true);
	for (i = 0; i < ANNEX_NR_FAIL_REQUESTS; i++) {
		struct annex_fail_attr *p = &annex_fail_points[i];
		struct dentry *own = debugfs_create_dir(p->name, fail);

		debugfs_create_file("probability", 0600, own, p,
				    &probability_fops);
		debugfs_create_file("times", 0600, own, p, &times_fops);
		debugfs_create_u32("interval", 0600, own, &p->interval);
		debugfs_create_u32("after", 0600, own, &p->after);
		debugfs_create_atomic_t("calls", 0400, own, &p->calls);
		debugfs_create_atomic_t("failed", 0400, own, &p->failed);
		show_kernel(p, own);
	}
}
EXPORT_SYMBOL_FOR_KUNIT(annex_debugfs_fail);
