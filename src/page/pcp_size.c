// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sizes of the per-CPU lists, as functions of plain values.
 *
 * A request on one CPU cannot use the blocks cached for another, unless it can
 * wait. So all lists of all possible CPUs hold an eighth of their zone at most.
 * That is the most that the kernel's sysctl allows for its own lists
 * (percpu_pagelist_high_fraction is 8 or more).
 *
 *   managed / 8 / possible CPUs    share of a CPU
 *     / 3 types                    share of a type: the upper bound of "high"
 *       / 2                        single frames
 *       / 8                        blocks of order 1; as many frames each for
 *                                  orders 2, 3 and 4: 1/2 + 4/8 is all
 *
 * With one CPU the bound is lower than the eighth: four batches for each of
 * three types. In a zone below 2,048 frames the lists of order 3 then take
 * nothing, and in a zone below 4,096 frames those of order 4.
 */
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>

#include "base/for_kunit.h"
#include "page/pcp.h"

/* All CPUs together may cache one frame in this many of a zone. */
#define PCP_FRACTION	8

/**
 * annex_pcp_batch() - how many frames move between a CPU and a zone at a time
 * @managed: frames of the zone
 *
 * A 128th of the zone, at most 64 frames, rounded down to a power of two: then
 * a batch is one free block. The kernel takes a 4096th, but its zones are
 * large. For a zone of 48 MB that is 3 frames, and a refill from the zone costs
 * as much as 5 allocations from the list.
 *
 * Context: any; a function of its argument.
 * Return: frames, at least 1.
 */
unsigned int annex_pcp_batch(unsigned long managed)
{
	return rounddown_pow_of_two(clamp(managed >> 7, 1UL, 64UL));
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pcp_batch);

/**
 * annex_pcp_high() - how many frames of a zone and a type a CPU may cache
 * @low: the zone's low watermark
 * @managed: its frames
 * @cpus: number of possible CPUs
 *
 * The kernel's rule: all CPUs together cache about as many frames as the low
 * watermark has, but each at least four batches; and no more than its share of
 * an eighth of the zone. See the top of this file.
 *
 * Context: any; a function of its arguments.
 * Return: frames, perhaps 0.
 */
unsigned int annex_pcp_high(unsigned long low, unsigned long managed,
			    unsigned int cpus)
{
	unsigned long most = managed / PCP_FRACTION / cpus /
			     ANNEX_MIGRATE_PCPTYPES;

	return min(most, max_t(unsigned long, low / cpus,
			       4 * annex_pcp_batch(managed)));
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pcp_high);

static const u16 list_pages[ANNEX_PCP_ORDERS] = {
	ANNEX_PCP_SLOTS_0, ANNEX_PCP_SLOTS_1, ANNEX_PCP_SLOTS_2,
	ANNEX_PCP_SLOTS_3, ANNEX_PCP_SLOTS_4,
};

/**
 * annex_pcp_list_high() - how many blocks a list may hold
 * @high: as annex_pcp_high() has it
 * @order: the list's
 *
 * Context: any; a function of its arguments.
 * Return: blocks; 0 for a list that takes none.
 */
u32 annex_pcp_list_high(unsigned int high, unsigned int order)
{
	return min_t(u32, order ? high / 8 >> order : high / 2,
		     list_pages[order]);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pcp_list_high);

/**
 * annex_pcp_list_batch() - how many single frames move at a time
 * @high: as annex_pcp_high() has it
 * @managed: frames of the zone
 *
 * At most half of the list's high: with a larger batch, each transfer would
 * fill or empty the list.
 *
 * Context: any; a function of its arguments.
 * Return: frames, at least 1.
 */
u32 annex_pcp_list_batch(unsigned int high, unsigned long managed)
{
	u32 half = max(annex_pcp_list_high(high, 0) / 2, 1U);

	return min_t(u32, annex_pcp_batch(managed), rounddown_pow_of_two(half));
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pcp_list_batch);

/**
 * annex_pcp_bound() - the most frames of a zone that a CPU may cache
 * @high: as annex_pcp_high() has it
 *
 * Context: any; a function of its argument.
 * Return: frames, of all orders and types.
 */
unsigned int annex_pcp_bound(unsigned int high)
{
	unsigned int order, nr = 0;

	for (order = 0; order < ANNEX_PCP_ORDERS; order++)
		nr += annex_pcp_list_high(high, order) << order;
	return nr * ANNEX_MIGRATE_PCPTYPES;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pcp_bound);
