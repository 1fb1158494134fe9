/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_PCP_H
#define ANNEX_PAGE_PCP_H

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <annex/types.h>

#include "page/frames.h"

/*
 * Capacity of the list of each order and type. 192 single frames are three of
 * the kernel's largest batches, 63. Requests for larger blocks are fewer, and a
 * CPU should not cache more than a few megabytes of a zone.
 */
#define ANNEX_PCP_SLOTS_0	192
#define ANNEX_PCP_SLOTS_1	64
#define ANNEX_PCP_SLOTS_2	32
#define ANNEX_PCP_SLOTS_3	16
#define ANNEX_PCP_SLOTS_4	8

/**
 * struct annex_pcp_list - blocks of one order, type and zone, cached per CPU
 * @count: number of blocks
 * @high: @count at which a batch goes back to the zone; 0 if the list is closed
 * @batch: blocks that move at a time
 * @allocs: blocks handed out from here
 * @frees: blocks put here
 * @pages: their heads, the last freed last
 */
struct annex_pcp_list {
	u32 count;
	u32 high;
	u32 batch;
	unsigned long allocs;
	unsigned long frees;
	struct annex_page *pages[];
};

/*
 * The lists of a zone and a CPU are one piece of memory: for each type those of
 * order 0, 1, 2, ..., each with its entries and in cache lines of its own.
 */
#define ANNEX_PCP_LIST_BYTES(pages)					\
	ALIGN(sizeof(struct annex_pcp_list) +				\
		      (pages) * sizeof(struct annex_page *),		\
	      SMP_CACHE_BYTES)
#define ANNEX_PCP_AT_1		ANNEX_PCP_LIST_BYTES(ANNEX_PCP_SLOTS_0)
#define ANNEX_PCP_AT_2		(ANNEX_PCP_AT_1 +			\
				 ANNEX_PCP_LIST_BYTES(ANNEX_PCP_SLOTS_1))
#define ANNEX_PCP_AT_3		(ANNEX_PCP_AT_2 +			\
				 ANNEX_PCP_LIST_BYTES(ANNEX_PCP_SLOTS_2))
#define ANNEX_PCP_AT_4		(ANNEX_PCP_AT_3 +			\
				 ANNEX_PCP_LIST_BYTES(ANNEX_PCP_SLOTS_3))
#define ANNEX_PCP_TYPE_BYTES	(ANNEX_PCP_AT_4 +			\
				 ANNEX_PCP_LIST_BYTES(ANNEX_PCP_SLOTS_4))
#define ANNEX_PCP_BYTES		(ANNEX_PCP_TYPE_BYTES * ANNEX_MIGRATE_PCPTYPES)

/* Bytes from a type's list of order 0 to its list of another order. */
static __always_inline unsigned int annex_pcp_offset(unsigned int order)
{
	static const u16 at[ANNEX_PCP_ORDERS] = {
		0, ANNEX_PCP_AT_1, ANNEX_PCP_AT_2, ANNEX_PCP_AT_3,
		ANNEX_PCP_AT_4,
	};

	return at[order];
}

static __always_inline struct annex_pcp_list __percpu *
annex_pcp_of_order(struct annex_pcp_list __percpu *home, unsigned int order)
{
	return (struct annex_pcp_list __percpu *)
		((char __percpu *)home + annex_pcp_offset(order));
}

static inline struct annex_pcp_list __percpu *
annex_pcp_list(const struct annex_zone *zone, unsigned int type,
	       unsigned int order)
{
	return annex_pcp_of_order((struct annex_pcp_list __percpu *)
				  ((char __percpu *)zone->pcp +
				   type * ANNEX_PCP_TYPE_BYTES), order);
}

/* The list of any CPU. */
static inline struct annex_pcp_list *
annex_pcp_list_of(const struct annex_zone *zone, int cpu, unsigned int type,
		  unsigned int order)
{
	return per_cpu_ptr(annex_pcp_list(zone, type, order), cpu);
}

/* pcp_size.c */
unsigned int annex_pcp_batch(unsigned long managed);
unsigned int annex_pcp_high(unsigned long low, unsigned long managed,
			    unsigned int cpus);
u32 annex_pcp_list_high(unsigned int high, unsigned int order);
u32 annex_pcp_list_batch(unsigned int high, unsigned long managed);
unsigned int annex_pcp_bound(unsigned int high);

/* pcp.c */
int annex_pcp_init(struct annex_frames *frames);
void annex_pcp_exit(struct annex_frames *frames);
struct annex_page *annex_pcp_take(struct annex_zone *zone, unsigned int order,
				  unsigned int type, unsigned long floor,
				  bool all);
void annex_pcp_give(struct annex_frames *frames, struct annex_page *page,
		    unsigned int order);
void annex_pcp_give_back(struct annex_zone *zone, struct annex_pcp_list *list,
			 unsigned int order, u32 nr);
void annex_pcp_open(struct annex_zone *zone, bool open);

/* pcp_drain.c. @zones is a mask of zones. */
#define ANNEX_ALL_ZONES	(BIT(ANNEX_MAX_NR_ZONES) - 1)

void annex_pcp_drain_dead(struct annex_frames *frames, int cpu);
unsigned long annex_pcp_drain_some(struct annex_zone *zone);
void annex_pcp_drain_zone(struct annex_zone *zone);
void annex_pcp_drain_local(struct annex_frames *frames);
void annex_pcp_drain_zones(struct annex_frames *frames, unsigned int zones);
void annex_pcp_drain_all(struct annex_frames *frames);
void annex_pcp_drain_every(struct annex_frames *frames);

/* pcp_count.c */
unsigned int annex_pcp_count(const struct annex_zone *zone, int cpu);
unsigned long annex_pcp_count_all(const struct annex_zone *zone);
unsigned long annex_pcp_allocs(const struct annex_zone *zone);
unsigned long annex_pcp_frees(const struct annex_zone *zone);
unsigned long annex_pcp_closed_frees(const struct annex_frames *frames);

#endif /* ANNEX_PAGE_PCP_H */
