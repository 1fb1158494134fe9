// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU hotplug: objects and frames that a dead CPU had cached go back.
 *
 * Objects come before frames: a slab of which the last object goes back is free
 * frames.
 *
 * Locking: that of CPU hotplug. The CPU stays down until the callback returns,
 * and accesses no per-CPU list meanwhile.
 *
 * Failing: no memory for annex_hotplug_setup() and annex_hotplug_watch().
 */
#include <linux/cpuhotplug.h>
#include <linux/errno.h>

#include "base/fail.h"
#include "base/for_kunit.h"
#include "heap/heap.h"
#include "page/pcp.h"
#include "pool/hotplug.h"
#include "pool/pool.h"

static enum cpuhp_state hotplug_state;

static int cpu_is_dead(unsigned int cpu, struct hlist_node *node)
{
	struct annex *annex = hlist_entry(node, struct annex, cpu_dead);

	annex_heap_drain_dead(&annex->heap, cpu);
	annex_pcp_drain_dead(&annex->frames, cpu);
	return 0;
}

/**
 * annex_hotplug_setup() - register the CPU hotplug state
 *
 * Once, for all pools.
 *
 * Context: process, may sleep.
 * Return: 0 or an errno.
 */
int annex_hotplug_setup(void)
{
	int state = -ENOMEM;

	if (!annex_should_fail(ANNEX_FAIL_NOTIFIER))
		state = cpuhp_setup_state_multi(CPUHP_BP_PREPARE_DYN,
						"annex:dead", NULL,
						cpu_is_dead);
	if (state < 0)
		return state;
	hotplug_state = state;
	return 0;
}

/**
 * annex_hotplug_teardown() - undo annex_hotplug_setup()
 */
void annex_hotplug_teardown(void)
{
	cpuhp_remove_multi_state(hotplug_state);
}

/**
 * annex_hotplug_watch() - drain the per-CPU lists of CPUs that go offline
 * @annex: the pool, with its lists of frames
 *
 * Context: process, may sleep, after annex_hotplug_setup().
 * Return: 0 or an errno.
 */
int annex_hotplug_watch(struct annex *annex)
{
	if (annex_should_fail(ANNEX_FAIL_NOTIFIER))
		return -ENOMEM;
	return cpuhp_state_add_instance_nocalls(hotplug_state,
						&annex->cpu_dead);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_hotplug_watch);

/**
 * annex_hotplug_unwatch() - undo annex_hotplug_watch()
 * @annex: the pool
 *
 * Context: process, may sleep.
 */
void annex_hotplug_unwatch(struct annex *annex)
{
	cpuhp_state_remove_instance_nocalls(hotplug_state, &annex->cpu_dead);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_hotplug_unwatch);
