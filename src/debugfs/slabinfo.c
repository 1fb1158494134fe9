// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs annex/slabinfo, in the grammar of /proc/slabinfo: 16 fields a line,
 * caches in the order in which they were made.
 *
 * Active objects are those that users hold: objects that are cached per CPU do
 * not count. Active slabs are those with an object out. limit and batchcount
 * are those of the per-CPU lists.
 */
#include <linux/seq_file.h>

#include "base/for_kunit.h"
#include "base/show.h"
#include "heap/cache.h"
#include "pool/pool.h"

static void show_cache(struct seq_file *m, struct annex_kmem_cache *cache)
{
	struct annex_cache_info info;
	const struct annex_cache_cpu *cpu;

	annex_cache_info(cache, &info);
	cpu = per_cpu_ptr(cache->cpu, cpumask_first(cpu_possible_mask));
	seq_printf(m, "%-17s %6lu %6lu %6u %4u %4d : tunables %4u %4u %4u : slabdata %6lu %6lu %6lu\n",
		   cache->name, info.active_objs, info.num_objs, cache->stride,
		   cache->objects, 1 << cache->order, cpu->high, cpu->batch, 0,
		   info.active_slabs, info.num_slabs, 0UL);
}

/**
 * annex_show_slabinfo() - print slabinfo
 * @m: where to
 * @annex: the pool
 *
 * Context: process.
 */
void annex_show_slabinfo(struct seq_file *m, struct annex *annex)
{
	struct annex_heap *heap = &annex->heap;
	struct annex_kmem_cache *cache;

	seq_puts(m, "slabinfo - version: 2.1\n");
	seq_puts(m, "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>");
	seq_puts(m, " : tunables <limit> <batchcount> <sharedfactor>");
	seq_puts(m, " : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
	if (!heap->ready)
		return;
	mutex_lock(&heap->mutex);
	list_for_each_entry(cache, &heap->caches, list)
		show_cache(m, cache);
	mutex_unlock(&heap->mutex);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_show_slabinfo);
