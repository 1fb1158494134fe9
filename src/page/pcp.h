/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_PCP_H
#define ANNEX_PAGE_PCP_H

#include <linux/compiler.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <annex/types.h>

#include "page/zone.h"

struct annex;

/* Orders 0..3, those that the kernel calls not costly. */
#define ANNEX_PCP_ORDERS	4

/*
 * Room for the blocks of each order. 192 single frames are three batches of
 * the kernel's largest, 63; larger blocks are asked for less, and a CPU should
 * not sit on more than a megabyte or two of a zone.
 */
#define ANNEX_PCP_SLOTS_0	192
#define ANNEX_PCP_SLOTS_1	64
#define ANNEX_PCP_SLOTS_2	32
#define ANNEX_PCP_SLOTS_3	16
#define ANNEX_PCP_SLOTS		(ANNEX_PCP_SLOTS_0 + ANNEX_PCP_SLOTS_1 +	\
				 ANNEX_PCP_SLOTS_2 + ANNEX_PCP_SLOTS_3)

/**
 * struct annex_pcp_list - one CPU's blocks of one order
 * @count: how many there are
 * @high: when there are so many, some go back to the zone
 * @batch: how many move at a time
 * @first: the list's first slot
 */
struct annex_pcp_list {
	u32 count;
	u32 high;
	u32 batch;
	u32 first;
};

/**
 * struct annex_pcp - one CPU's blocks of one zone
 * @list: by order
 * @slot: the blocks, the last freed last
 */
struct annex_pcp {
	struct annex_pcp_list list[ANNEX_PCP_ORDERS];
	annex_pfn_t slot[ANNEX_PCP_SLOTS];
};

unsigned int annex_pcp_batch(unsigned long managed);
unsigned int annex_pcp_high(unsigned long low, unsigned int cpus,
			    unsigned int batch);
int annex_pcp_init(struct annex *annex);
void annex_pcp_exit(struct annex *annex);
void annex_pcp_refill(struct annex_zone *zone, unsigned int order,
		      unsigned long headroom);
void annex_pcp_overflow(struct annex_zone *zone, unsigned int order);
void annex_pcp_drain_local(struct annex *annex);
void annex_pcp_drain_all(struct annex *annex);
int annex_pcp_setup(void);
void annex_pcp_teardown(void);
int annex_pcp_watch(struct annex *annex);
void annex_pcp_unwatch(struct annex *annex);
unsigned int annex_pcp_count(const struct annex_zone *zone, int cpu);

/**
 * annex_pcp_take() - take a block from this CPU's stack
 * @zone: the zone
 * @order: 0..3
 * @headroom: frames by which the zone is above what the request must leave,
 *	at least 1
 *
 * Context: any but NMI.
 * Return: the first frame of a block, %ANNEX_PAGE_CACHED, or %ANNEX_PFN_NIL if
 * the zone has none.
 */
static __always_inline annex_pfn_t annex_pcp_take(struct annex_zone *zone,
						  unsigned int order,
						  unsigned long headroom)
{
	annex_pfn_t pfn = ANNEX_PFN_NIL;
	struct annex_pcp_list *list;
	struct annex_pcp *pcp;
	unsigned long flags;

	local_irq_save(flags);
	pcp = this_cpu_ptr(zone->pcp);
	list = &pcp->list[order];
	if (unlikely(!list->count))
		annex_pcp_refill(zone, order, headroom);
	if (likely(list->count))
		pfn = pcp->slot[list->first + --list->count];
	local_irq_restore(flags);
	return pfn;
}

/**
 * annex_pcp_give() - put a block on this CPU's stack
 * @zone: the block's zone
 * @pfn: its first frame, %ANNEX_PAGE_CACHED
 * @order: 0..3
 *
 * Context: any but NMI. It need not be the CPU that took it.
 */
static __always_inline void annex_pcp_give(struct annex_zone *zone,
					   annex_pfn_t pfn, unsigned int order)
{
	struct annex_pcp_list *list;
	struct annex_pcp *pcp;
	unsigned long flags;

	local_irq_save(flags);
	pcp = this_cpu_ptr(zone->pcp);
	list = &pcp->list[order];
	if (unlikely(list->count >= list->high))
		annex_pcp_overflow(zone, order);
	pcp->slot[list->first + list->count++] = pfn;
	local_irq_restore(flags);
}

#endif /* ANNEX_PAGE_PCP_H */
