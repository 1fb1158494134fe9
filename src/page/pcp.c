// SPDX-License-Identifier: GPL-2.0-only
/*
 * Per-CPU lists: the frames that a CPU has at hand.
 *
 * Small blocks come and go in great numbers, and going to the zone for each
 * means its lock and, all too often, ten levels of splitting and merging. Each
 * CPU therefore keeps for each zone a stack of blocks of order 0 to 3. A block
 * is taken from the top and put on the top, warm in the cache; an empty stack
 * is filled by a batch, one that is full gives its oldest batch back, each
 * with one hold of the zone's lock.
 *
 *        freed, taken
 *            | ^
 *            v |             high
 *   |  |  |  |##|##|##|##|##|          batch
 *    oldest ----------> youngest   ----------->  zone->free_area[]
 *
 * The blocks are ANNEX_PAGE_CACHED and not counted as free, as in the kernel.
 * So that watermarks mean what they say to the frame, a refill takes no more
 * than the request's own headroom, and who finds no frame has the stacks
 * emptied and looks again.
 *
 * Locking: a CPU's stacks are its own, with interrupts off. Nobody reaches
 * into another's: it is asked by interrupt to empty them itself, or it is
 * dead.
 *
 * Failing: annex_pcp_init() alone, without per-CPU memory.
 */
#include <linux/cpuhotplug.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "annex.h"
#include "page/buddy.h"
#include "page/pcp.h"

static const u32 slots[ANNEX_PCP_ORDERS] = {
	ANNEX_PCP_SLOTS_0, ANNEX_PCP_SLOTS_1, ANNEX_PCP_SLOTS_2,
	ANNEX_PCP_SLOTS_3,
};

/**
 * annex_pcp_batch() - how many frames move between a CPU and a zone at a time
 * @managed: frames of the zone
 *
 * The kernel's rule: a 4096th of the zone, at most 64 frames, rounded to a
 * power of two less one, so that batches do not march in step with what is
 * allocated in powers of two.
 *
 * Context: any; a function of its argument.
 * Return: frames, at least 1.
 */
unsigned int annex_pcp_batch(unsigned long managed)
{
	unsigned long batch = min(managed >> 10, (1UL << 20) / PAGE_SIZE) / 4;

	batch = max(batch, 1UL);
	return max(rounddown_pow_of_two(batch + batch / 2) - 1, 1UL);
}

/**
 * annex_pcp_high() - how many frames of a zone a CPU may keep
 * @low: the zone's low watermark
 * @cpus: how many CPUs share it
 * @batch: as annex_pcp_batch() has it
 *
 * The kernel's rule: all CPUs together keep about what lies under the low
 * watermark, but each four batches.
 *
 * Context: any; a function of its arguments.
 * Return: frames.
 */
unsigned int annex_pcp_high(unsigned long low, unsigned int cpus,
			    unsigned int batch)
{
	return max_t(unsigned long, low / cpus, 4 * batch);
}

/* Give the @nr oldest blocks of a stack back. Interrupts are off. */
static void give_back(struct annex_zone *zone, struct annex_pcp *pcp,
		      unsigned int order, u32 nr)
{
	struct annex_pcp_list *list = &pcp->list[order];
	annex_pfn_t *slot = pcp->slot + list->first;
	u32 i;

	spin_lock(&zone->lock);
	for (i = 0; i < nr; i++)
		annex_buddy_free_locked(zone, slot[i], order);
	spin_unlock(&zone->lock);
	list->count -= nr;
	memmove(slot, slot + nr, list->count * sizeof(*slot));
}

/* Fill an empty stack with up to @nr blocks. Interrupts are off. */
static void fetch(struct annex_zone *zone, struct annex_pcp *pcp,
		  unsigned int order, u32 nr)
{
	struct annex_pcp_list *list = &pcp->list[order];
	annex_pfn_t *slot = pcp->slot + list->first;

	spin_lock(&zone->lock);
	while (list->count < nr) {
		annex_pfn_t pfn = annex_buddy_take_locked(zone, order);

		if (pfn == ANNEX_PFN_NIL)
			break;
		slot[list->count++] = pfn;
	}
	spin_unlock(&zone->lock);
}

/**
 * annex_pcp_refill() - fill an empty stack of this CPU
 * @zone: the zone
 * @order: 0..3
 * @headroom: frames by which the zone is above what the request must leave,
 *	at least 1
 *
 * Context: interrupts off. The stack stays empty if the zone has no block.
 */
void annex_pcp_refill(struct annex_zone *zone, unsigned int order,
		      unsigned long headroom)
{
	struct annex_pcp *pcp = this_cpu_ptr(zone->pcp);

	fetch(zone, pcp, order,
	      min_t(unsigned long, pcp->list[order].batch,
		    DIV_ROUND_UP(headroom, 1UL << order)));
}

/**
 * annex_pcp_overflow() - make room on a full stack of this CPU
 * @zone: the zone
 * @order: 0..3
 *
 * Context: interrupts off.
 */
void annex_pcp_overflow(struct annex_zone *zone, unsigned int order)
{
	struct annex_pcp *pcp = this_cpu_ptr(zone->pcp);

	give_back(zone, pcp, order, pcp->list[order].batch);
}

/* Interrupts are off, or the CPU is dead. */
static void drain(struct annex *annex, int cpu)
{
	unsigned int i, order;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		struct annex_zone *zone = &annex->zones[i];
		struct annex_pcp *pcp;

		if (!zone->pcp)
			continue;
		pcp = per_cpu_ptr(zone->pcp, cpu);
		for (order = 0; order < ANNEX_PCP_ORDERS; order++)
			if (pcp->list[order].count)
				give_back(zone, pcp, order,
					  pcp->list[order].count);
	}
}

static void drain_this_cpu(void *annex)
{
	drain(annex, smp_processor_id());
}

/**
 * annex_pcp_drain_local() - empty this CPU's stacks
 * @annex: the pool
 *
 * Context: any but NMI.
 */
void annex_pcp_drain_local(struct annex *annex)
{
	unsigned long flags;

	local_irq_save(flags);
	drain_this_cpu(annex);
	local_irq_restore(flags);
}

/**
 * annex_pcp_drain_all() - empty the stacks of all CPUs
 * @annex: the pool
 *
 * What is freed meanwhile may be on a stack again when this returns.
 *
 * Context: process, may sleep.
 */
void annex_pcp_drain_all(struct annex *annex)
{
	/*
	 * Without the lock that keeps CPUs: the request may come from whoever
	 * takes one away, and a CPU that is missed is emptied when it is dead.
	 */
	on_each_cpu(drain_this_cpu, annex, 1);
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
	const struct annex_pcp *pcp = per_cpu_ptr(zone->pcp, cpu);
	unsigned int order, count = 0;

	for (order = 0; order < ANNEX_PCP_ORDERS; order++)
		count += READ_ONCE(pcp->list[order].count) << order;
	return count;
}

static void lay_out(struct annex_pcp *pcp, unsigned int high,
		    unsigned int batch)
{
	unsigned int order, first = 0;

	for (order = 0; order < ANNEX_PCP_ORDERS; order++) {
		struct annex_pcp_list *list = &pcp->list[order];

		list->first = first;
		list->high = clamp(high >> order, 1U, slots[order]);
		list->batch = clamp(batch >> order, 1U, list->high);
		first += slots[order];
	}
}

static int zone_init(struct annex_zone *zone)
{
	unsigned int batch = annex_pcp_batch(zone->managed_pages);
	unsigned int high = annex_pcp_high(zone->_watermark[ANNEX_WMARK_LOW],
					   num_online_cpus(), batch);
	int cpu;

	zone->pcp = alloc_percpu(struct annex_pcp);
	if (!zone->pcp)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		lay_out(per_cpu_ptr(zone->pcp, cpu), high, batch);
	return 0;
}

/**
 * annex_pcp_init() - give each CPU its empty stacks
 * @annex: the pool, its watermarks set
 *
 * Context: process, may sleep; nobody allocates yet.
 * Return: 0; -ENOMEM, with nothing left behind.
 */
int annex_pcp_init(struct annex *annex)
{
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		struct annex_zone *zone = &annex->zones[i];

		if (zone->managed_pages && zone_init(zone)) {
			annex_pcp_exit(annex);
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * annex_pcp_exit() - take the stacks away
 * @annex: the pool, which nobody uses any more
 *
 * Context: process, may sleep.
 */
void annex_pcp_exit(struct annex *annex)
{
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		free_percpu(annex->zones[i].pcp);
		annex->zones[i].pcp = NULL;
	}
}

static enum cpuhp_state hotplug_state;

static int cpu_is_dead(unsigned int cpu, struct hlist_node *node)
{
	struct annex *annex = hlist_entry(node, struct annex, cpu_dead);
	unsigned long flags;

	/* It will not run again before this returns: its stacks are ours. */
	local_irq_save(flags);
	drain(annex, cpu);
	local_irq_restore(flags);
	return 0;
}

/**
 * annex_pcp_setup() - hear of CPUs that go away
 *
 * Once, for all pools.
 *
 * Context: process, may sleep.
 * Return: 0 or an errno.
 */
int annex_pcp_setup(void)
{
	int state = cpuhp_setup_state_multi(CPUHP_BP_PREPARE_DYN, "annex:dead",
					    NULL, cpu_is_dead);

	if (state < 0)
		return state;
	hotplug_state = state;
	return 0;
}

/**
 * annex_pcp_teardown() - undo annex_pcp_setup()
 */
void annex_pcp_teardown(void)
{
	cpuhp_remove_multi_state(hotplug_state);
}

/**
 * annex_pcp_watch() - empty a CPU's stacks when it goes away
 * @annex: the pool, with its stacks
 *
 * Context: process, may sleep, after annex_pcp_setup().
 * Return: 0 or an errno.
 */
int annex_pcp_watch(struct annex *annex)
{
	return cpuhp_state_add_instance_nocalls(hotplug_state,
						&annex->cpu_dead);
}

/**
 * annex_pcp_unwatch() - undo annex_pcp_watch()
 * @annex: the pool
 *
 * Context: process, may sleep.
 */
void annex_pcp_unwatch(struct annex *annex)
{
	cpuhp_state_remove_instance_nocalls(hotplug_state, &annex->cpu_dead);
}
