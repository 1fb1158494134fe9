// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the per-CPU lists have, and what went through them, for zoneinfo and
 * vmstat.
 *
 * What happens most often in annex is counted where it happens, in the list
 * that is being changed anyway, and summed when somebody reads. Sums are no
 * snapshots; a list's own numbers are words, each of which is whole.
 *
 * Locking: none.
 */
#include <linux/cpumask.h>

#include "annex.h"
#include "page/pcp.h"

typedef unsigned long (*list_fn)(const struct annex_pcp_list *list);

static unsigned long count_of(const struct annex_pcp_list *list)
{
	/* data_race(): its CPU counts with plain accesses, which makes it fast. */
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

/* Something that a CPU's stacks of a zone count, in frames. */
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
 * annex_pcp_count() - how many frames of a zone a CPU has at hand
 * @zone: the zone
 * @cpu: the CPU
 *
 * Context: any. A snapshot.
 */
unsigned int annex_pcp_count(const struct annex_zone *zone, int cpu)
{
	return sum(zone, cpu, count_of);
}

/**
 * annex_pcp_count_all() - how many frames of a zone all CPUs have at hand
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
 * Context: any. A snapshot; CPUs that went away keep theirs.
 */
unsigned long annex_pcp_allocs(const struct annex_zone *zone)
{
	return sum_all(zone, allocs_of);
}

/**
 * annex_pcp_frees() - frames that were freed to stacks of a zone
 * @zone: the zone
 *
 * Context: any. A snapshot; CPUs that went away keep theirs.
 */
unsigned long annex_pcp_frees(const struct annex_zone *zone)
{
	return sum_all(zone, frees_of);
}

/**
 * annex_pcp_closed_frees() - frames that were freed past the stacks
 * @annex: the pool
 *
 * Those of pageblocks whose frames the zone is to see one by one.
 *
 * Context: any. A snapshot.
 */
unsigned long annex_pcp_closed_frees(const struct annex *annex)
{
	unsigned long nr = 0;
	unsigned int order;
	int cpu;

	if (!annex->pcp_closed)
		return 0;
	for (order = 0; order < ANNEX_PCP_ORDERS; order++) {
		struct annex_pcp_list __percpu *list =
			annex_pcp_of_order(annex->pcp_closed, order);

		for_each_possible_cpu(cpu)
			nr += frees_of(per_cpu_ptr(list, cpu)) << order;
	}
	return nr;
}
