// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs annex/pkmap and annex/kmap_local: the frames that are mapped now.
 *
 * pkmap has a line for each slot that maps a frame, with pkmap_count as the
 * kernel has it: 1 is unused, n + 1 has n users. A slot's mapping changes under
 * the lock, which is held for a batch of slots. So each line is consistent, and
 * the summary is the sum of the lines.
 *
 * kmap_local has a line for each CPU. Values of other CPUs are read without a
 * lock.
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>

#include "base/for_kunit.h"
#include "base/show.h"
#include "kmap/kmap_local.h"
#include "kmap/pkmap.h"
#include "pool/pool.h"

/* Slots that are read with the lock held; the smallest table has as many. */
#define BATCH	ANNEX_PKMAP_MIN

/* The slots of a batch as they are at one moment. */
static void read_slots(struct annex_pkmap *pk, unsigned int first,
		       unsigned int count[BATCH], const struct annex_page *page[BATCH])
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&pk->lock, flags);
	for (i = 0; i < BATCH; i++) {
		count[i] = annex_pkmap_count(&pk->slot[first + i]);
		page[i] = pk->slot[first + i].page;
	}
	spin_unlock_irqrestore(&pk->lock, flags);
}

/**
 * annex_show_pkmap() - print pkmap
 * @m: where to
 * @annex: the pool
 *
 * Context: process.
 */
void annex_show_pkmap(struct seq_file *m, struct annex *annex)
{
	struct annex_pkmap *pk = &annex->pkmap;
	unsigned int used = 0, users = 0, unused = 0, i;
	unsigned int count[BATCH];
	const struct annex_page *page[BATCH];
	unsigned int first;

	seq_puts(m, "slot address frame count\n");
	for (first = 0; first < pk->nr_slots; first += BATCH) {
		read_slots(pk, first, count, page);
		for (i = 0; i < BATCH; i++) {
			if (!count[i])
				continue;
			used += count[i] > 1;
			unused += count[i] == 1;
			users += count[i] - 1;
			seq_printf(m, "%u %#lx %#lx %u\n", first + i,
				   (unsigned long)pk->slot[first + i].addr,
				   (unsigned long)(page[i] -
						   annex->frames.mem_map),
				   count[i]);
		}
	}
	seq_printf(m, "%u slots: %u used by %u, %u unused, %u free, %u waiting\n",
		   pk->nr_slots, used, users, unused,
		   pk->nr_slots - used - unused, READ_ONCE(pk->nr_waiting));
}
EXPORT_SYMBOL_FOR_KUNIT(annex_show_pkmap);

/**
 * annex_show_kmap_local() - print kmap_local
 * @m: where to
 * @annex: the pool
 *
 * Context: process.
 */
void annex_show_kmap_local(struct seq_file *m, struct annex *annex)
{
	const struct annex_kmap_local *kl = &annex->kmap_local;
	unsigned int cpu;

	seq_printf(m, "%u slots a CPU, guards %s, lowmem %s\n", ANNEX_KM_MAX,
		   ANNEX_KM_GUARD ? "yes" : "no",
		   kl->direct ? "direct" : "mapped");
	for_each_possible_cpu(cpu) {
		const struct annex_kmap_cpu *k = per_cpu_ptr(kl->cpus, cpu);

		seq_printf(m, "cpu %u: %#lx depth %u most %u parked %u records %u lost %u\n",
			   cpu, k->addr, annex_kmap_depth(k),
			   READ_ONCE(k->most), READ_ONCE(k->nr_parked),
			   READ_ONCE(k->nr_records), READ_ONCE(k->lost));
	}
}
EXPORT_SYMBOL_FOR_KUNIT(annex_show_kmap_local);
