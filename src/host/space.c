// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's vmalloc space before the windows come and after they have gone.
 *
 * Two habits of the host make the space of a second load smaller than that of
 * the first. It unmaps lazily: addresses that were given back stay taken until
 * 32 MB have come together, times the logarithm of the number of CPUs. What
 * asks meanwhile, such as the module's own text at the next load, gets addresses
 * behind them, in the middle of what was free. And its per-CPU memory grows by
 * chunks whose description, of 132 kB and more, takes the lowest gap: behind the
 * windows, if they are there first, where it stays when they are gone.
 *
 * Locking: none.
 */
#include <linux/percpu.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "host/space.h"

/*
 * More than a pool takes per CPU: counters, page lists, kmap_local's stacks and
 * the lists of the heap's caches are some 20 kB. It is one piece, and the host
 * has none above 32 kB (PCPU_MIN_UNIT_SIZE).
 */
#define PERCPU_BYTES	(SZ_16K + SZ_8K)

/**
 * annex_space_tidy() - let nothing be taken that nobody has
 *
 * Context: process, may sleep.
 */
void annex_space_tidy(void)
{
	vm_unmap_aliases();
}

/**
 * annex_space_prepare() - before the windows are asked for
 *
 * The host gets the per-CPU memory now that a pool will ask it for, and keeps it.
 * If it cannot, those who ask will be refused, with words of their own.
 *
 * Context: process, may sleep.
 */
void annex_space_prepare(void)
{
	annex_space_tidy();
	free_percpu(__alloc_percpu(PERCPU_BYTES, SMP_CACHE_BYTES));
}
