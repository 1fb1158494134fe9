// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of the per-CPU lists, for zoneinfo and vmstat.
 *
 * The most frequent events of annex are counted in the per-CPU list that they
 * write anyway, and summed by the reader. A sum is no snapshot; each number of
 * a list is one word and cannot be torn.
 *
 * Locking: none.
 */
#include <linux/cpumask.h>

#include "base/for_kunit.h"
#include "page/frames.h"
#include "page/pcp.h"

typedef unsigned long (*list_fn)(const struct annex_pcp_list *list);

static unsigned long count_of(const struct annex_pcp_list *list)
{
	/* data_race(): its CPU uses plain accesses, for speed. */
	return data_race(list->count);
}

static unsigned long allocs_of(const struct annex_pcp_list *list)
{
	return READ_ONCE(list->allocs);
}

static unsigned long frees_of(const struct annex_pcp_list *list)
{
	return READ_ONCE(list->frees);
}

/* Sum of one number over a CPU's stacks of a zone, in frames. */
static unsigned long sum(const struct annex_zone *zone, int cpu, list_fn fn)
{
	unsigned long nr = 0;
	unsigned int type, order;

	if (!zone->pcp)
		return 0;
	for (type = 0; type < ANNEX_MIGRATE_PCPTYPES; type++)
		for (order = 0; order < ANNEX_PCP_ORDERS; order++)
			nr += fn(annex_pcp_list_of(zone, cpu, type, order)) << order;
	return nr;
}

static unsigned long sum_all(const struct annex_zone *zone, list_fn fn)
{
	unsigned long nr = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		nr += sum(zone, cpu, fn);
	return nr;
}

/**
 * annex_pcp_count() - frames of a zone that a CPU caches
 * @zone: the zone
 * @cpu: the CPU
 *
 * Context: any. A snapshot.
 */
unsigned int annex_pcp_count(const struct annex_zone *zone, int cpu)
{
	return sum(zone, cpu, count_of);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pcp_count);

/**
 * annex_pcp_count_all() - frames of a zone that all CPUs cache
 * @zone: the zone
 *
 * Context: any. A snapshot.
 */
unsigned long annex_pcp_count_all(const struct annex_zone *zone)
{
	return sum_all(zone, count_of);
}

/**
 * annex_pcp_allocs() - frames that were handed out from stacks of a zone
 * @zone: the zone
 *
 * Context: any. A snapshot; offline CPUs are included.
 */
unsigned long annex_pcp_allocs(const struct annex_zone *zone)
{
	return sum_all(zone, allocs_of);
}

/**
 * annex_pcp_frees() - frames that were freed to stacks of a zone
 * @zone: the zone
 *
 * Context: any. A snapshot; offline CPUs are included.
 */
unsigned long annex_pcp_frees(const struct annex_zone *zone)
{
	return sum_all(zone, frees_of);
}

/**
 * annex_pcp_closed_frees() - frames that were freed past the stacks
 * @frames: the frames of the pool
 *
 * These are frames of pageblocks without a per-CPU list.
 *
 * Context: any. A snapshot.
 */
unsigned long annex_pcp_closed_frees(const struct annex_frames *frames)
{
	unsigned long nr = 0;
	unsigned int order;
	int cpu;

	if (!frames->pcp_closed)
		return 0;
	for (order = 0; order < ANNEX_PCP_ORDERS; order++) {
		struct annex_pcp_list __percpu *list =
			annex_pcp_of_order(frames->pcp_closed, order);

		for_each_possible_cpu(cpu)
			nr += frees_of(per_cpu_ptr(list, cpu)) << order;
	}
	return nr;
}
