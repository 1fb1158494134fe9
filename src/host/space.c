// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's vmalloc space before the windows are opened and after they are
 * closed.
 *
 * Two habits of the host make the space at the second load smaller than at the
 * first. First, it unmaps lazily: freed addresses stay occupied until 32 MB of
 * them have gathered, times the logarithm of the number of CPUs. An area that
 * is allocated meanwhile, such as the module's own text at the next load, is
 * placed behind them, in the middle of the free space. Second, its per-CPU
 * memory grows by chunks, whose description of 132 kB and more takes the lowest
 * gap. If the windows are open at that time, this is behind the windows, and it
 * stays there when they are closed.
 *
 * Locking: none.
 */
#include <linux/build_bug.h>
#include <linux/percpu.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "host/space.h"

/*
 * More than a pool allocates per CPU: counters, page lists, kmap_local's stacks
 * and the lists of the heap's caches are some 20 kB. It is one allocation, and
 * the host has none above 32 kB (PCPU_MIN_UNIT_SIZE).
 */
#define PERCPU_BYTES	(SZ_16K + SZ_8K)
static_assert(PERCPU_BYTES <= PCPU_MIN_UNIT_SIZE);

/**
 * annex_space_tidy() - purge the host's lazily unmapped areas
 *
 * Context: process, may sleep.
 */
void annex_space_tidy(void)
{
	vm_unmap_aliases();
}

/**
 * annex_space_prepare() - prepare the host before the windows are opened
 *
 * This makes the host allocate now the per-CPU memory that a pool will need; it
 * keeps it. If it fails, the later requests fail with reasons of their own.
 *
 * Context: process, may sleep.
 */
void annex_space_prepare(void)
{
	annex_space_tidy();
	free_percpu(__alloc_percpu(PERCPU_BYTES, SMP_CACHE_BYTES));
}
