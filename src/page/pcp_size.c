// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much the per-CPU lists may have: of values alone.
 *
 * What a CPU has at hand is no other's: a request on another CPU that cannot
 * wait does not get it. So all lists of all CPUs that there may ever be have an
 * eighth of their zone at most. That is the most that the kernel lets somebody
 * set for its own (percpu_pagelist_high_fraction is 8 or more).
 *
 *   managed / 8 / possible CPUs    is a CPU's, of a zone
 *     / 3 types                    is that of a type, "high", if not less
 *       / 2                        single frames
 *       / 8                        blocks of order 1; as many frames each for
 *                                  orders 2, 3 and 4: 1/2 + 4/8 is all
 *
 * With one CPU the eighth is not what bounds them: four batches of three types
 * are less. Of a zone below 2,048 frames lists of order 3 take nothing then, and
 * of one below 4,096 lists of order 4.
 */
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>

#include "page/pcp.h"

/* The share of a zone that all CPUs may have at hand. */
#define PCP_FRACTION	8

/**
 * annex_pcp_batch() - how many frames move between a CPU and a zone at a time
 * @managed: frames of the zone
 *
 * A 128th of the zone, at most 64 frames, rounded down to a power of two: then
 * a batch is one free block. The kernel takes a 4096th, but its zones are
 * large; for one of 48 MB that is 3 frames, and going to the zone costs as
 * much as 5 frames cost that are at hand.
 *
 * Context: any; a function of its argument.
 * Return: frames, at least 1.
 */
unsigned int annex_pcp_batch(unsigned long managed)
{
	return rounddown_pow_of_two(clamp(managed >> 7, 1UL, 64UL));
}

/**
 * annex_pcp_high() - how many frames of a zone and a type a CPU may keep
 * @low: the zone's low watermark
 * @managed: its frames
 * @cpus: how many CPUs there may be
 *
 * The kernel's rule: all CPUs together keep about what lies under the low
 * watermark, but each four batches; and no more than their part of an eighth of
 * the zone. See the top of this file.
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

static const u16 slots[ANNEX_PCP_ORDERS] = {
	ANNEX_PCP_SLOTS_0, ANNEX_PCP_SLOTS_1, ANNEX_PCP_SLOTS_2,
	ANNEX_PCP_SLOTS_3, ANNEX_PCP_SLOTS_4,
};

/**
 * annex_pcp_list_high() - how many blocks a list may have
 * @high: as annex_pcp_high() has it
 * @order: the list's
 *
 * Context: any; a function of its arguments.
 * Return: blocks; 0 for a list that takes none.
 */
u32 annex_pcp_list_high(unsigned int high, unsigned int order)
{
	return min_t(u32, order ? high / 8 >> order : high / 2, slots[order]);
}

/**
 * annex_pcp_list_batch() - how many single frames move at a time
 * @high: as annex_pcp_high() has it
 * @managed: frames of the zone
 *
 * Not more than half of what the list may have, or it would be empty or full.
 *
 * Context: any; a function of its arguments.
 * Return: frames, at least 1.
 */
u32 annex_pcp_list_batch(unsigned int high, unsigned long managed)
{
	u32 half = max(annex_pcp_list_high(high, 0) / 2, 1U);

	return min_t(u32, annex_pcp_batch(managed), rounddown_pow_of_two(half));
}

/**
 * annex_pcp_bound() - the most that a CPU may have at hand of a zone
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
