// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stacks in the host's stack depot.
 *
 * The depot keeps each stack once and for ever, in memory of the host that it
 * allocates 16 kB at a time. annex allows it neither sleep nor direct reclaim, so
 * that no shrinker of the host can recurse into annex. It may wake the host's
 * kswapd if annex's caller allows that: a caller that holds a lock which waking
 * takes does not. Since 6.15 the depot grows only with that permission, and without
 * it gives up if another CPU holds its lock.
 *
 * Locking: the depot's own.
 * Failing: without memory for the depot, or without CONFIG_STACKDEPOT, a handle
 * is 0, which has no stack.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/stacktrace.h>

#include "base/fail.h"
#include "base/for_kunit.h"
#include "host/stacks.h"

/* As the kernel's page_owner: deep enough to reach the allocator's caller. */
#define STACK_DEPTH	16

/**
 * annex_stacks_init() - initialise the stack depot
 *
 * It is not undone: the depot is the host's.
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int annex_stacks_init(void)
{
	return annex_should_fail(ANNEX_FAIL_MEMORY) ?
		       -ENOMEM : stack_depot_init();
}
EXPORT_SYMBOL_FOR_KUNIT(annex_stacks_init);

/**
 * annex_stack_save() - save the stack of the caller
 * @skip: how many of the callers to leave out; 0 begins with the caller itself
 * @gfp: flags of the request that is recorded; 0 for a free
 *
 * Context: any but NMI.
 * Return: a handle of the host's stack depot; 0 if that was full, or the kernel
 * has none.
 */
noinline depot_stack_handle_t annex_stack_save(unsigned int skip, gfp_t gfp)
{
	unsigned long entries[STACK_DEPTH];
	unsigned int nr;

	if (!IS_ENABLED(CONFIG_STACKDEPOT))
		return 0;
	if (annex_should_fail(ANNEX_FAIL_MEMORY))
		return 0;
	nr = stack_trace_save(entries, ARRAY_SIZE(entries), skip + 1);
	return stack_depot_save(entries, nr,
				(gfp & __GFP_KSWAPD_RECLAIM) | __GFP_NOWARN);
}

/**
 * annex_stack_fetch() - the stack behind a handle
 * @handle: from annex_stack_save()
 * @entries: set to the addresses, the innermost first
 *
 * Context: any.
 * Return: how many there are, 0 for a handle of 0.
 */
unsigned int annex_stack_fetch(depot_stack_handle_t handle,
			       unsigned long **entries)
{
	if (!IS_ENABLED(CONFIG_STACKDEPOT) || !handle)
		return 0;
	return stack_depot_fetch(handle, entries);
}
