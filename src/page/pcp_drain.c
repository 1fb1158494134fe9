// SPDX-License-Identifier: GPL-2.0-only
/*
 * Draining the per-CPU lists.
 *
 * Blocks cached per CPU are free, but other CPUs cannot take them. A request
 * that would fail drains them, and so do callers that need frames merged or
 * counted as free. Draining another CPU costs an interrupt there and a wait
 * here, so only CPUs that cache frames of a relevant zone are asked.
 *
 * The check may miss a CPU that is pushing a block on an empty stack. A caller
 * that must miss no CPU asks all of them: annex_pcp_drain_all(). A waiter
 * checks again in each of its rounds.
 *
 * Blocks go back in portions. Between portions interrupts are enabled, if they
 * were for the caller, so that a long list does not delay them. A CPU with more
 * blocks than one interrupt should free is interrupted again.
 *
 * Locking: a stack is accessed only by its own CPU, with interrupts off;
 * zone->lock nests inside.
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/smp.h>

#include "base/for_kunit.h"
#include "host/compat_lockdep.h"
#include "page/frames.h"
#include "page/pcp.h"

/* Blocks of a portion: some 3,000 instructions with interrupts off. */
#define PORTION	32U

/*
 * Blocks that one interrupt gives back. A merge takes 250 instructions at most,
 * ten levels of 25, so these take 16,000.
 */
#define BATCH	64U

/*
 * Interrupts in which a CPU gives back all that it can cache, and one more.
 * This bounds the loop: blocks freed in the meantime could keep it going for
 * ever.
 */
#define ROUNDS								\
	(1 + ANNEX_MAX_NR_ZONES * ANNEX_MIGRATE_PCPTYPES *		\
	     (ANNEX_PCP_SLOTS_0 + ANNEX_PCP_SLOTS_1 + ANNEX_PCP_SLOTS_2 +	\
	      ANNEX_PCP_SLOTS_3 + ANNEX_PCP_SLOTS_4) / BATCH)

/* Drain a portion of a stack of this CPU. Returns how many frames. */
static unsigned long drain_portion(struct annex_zone *zone, unsigned int type,
				   unsigned int order)
{
	struct annex_pcp_list *list;
	unsigned long flags;
	u32 nr;

	local_irq_save(flags);
	list = this_cpu_ptr(annex_pcp_list(zone, type, order));
	nr = min(list->count, PORTION);
	if (nr)
		annex_pcp_give_back(zone, list, order, nr);
	local_irq_restore(flags);
	return (unsigned long)nr << order;
}

/**
 * annex_pcp_drain_some() - drain a portion of this CPU's stacks of a zone
 * @zone: the zone
 *
 * Large blocks first: they can serve more requests.
 *
 * Context: any but NMI.
 * Return: how many frames; 0 if the stacks are empty.
 */
unsigned long annex_pcp_drain_some(struct annex_zone *zone)
{
	unsigned int type, order = ANNEX_PCP_ORDERS;
	unsigned long nr;

	while (order--) {
		for (type = 0; type < ANNEX_MIGRATE_PCPTYPES; type++) {
			nr = drain_portion(zone, type, order);
			if (nr)
				return nr;
		}
	}
	return 0;
}

/**
 * annex_pcp_drain_zone() - empty this CPU's stacks of a zone
 * @zone: the zone
 *
 * Context: any but NMI.
 */
void annex_pcp_drain_zone(struct annex_zone *zone)
{
	unsigned int type, order;

	preempt_disable();
	for (type = 0; type < ANNEX_MIGRATE_PCPTYPES; type++)
		for (order = 0; order < ANNEX_PCP_ORDERS; order++)
			while (drain_portion(zone, type, order))
				;
	preempt_enable();
}

/**
 * annex_pcp_drain_local() - empty this CPU's stacks
 * @frames: the frames of the pool
 *
 * Context: any but NMI.
 */
void annex_pcp_drain_local(struct annex_frames *frames)
{
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		if (frames->zones[i].pcp)
			annex_pcp_drain_zone(&frames->zones[i]);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pcp_drain_local);

/* Give back up to @nr blocks. Returns how many of @nr are left. */
static u32 drain_stacks(struct annex_zone *zone, int cpu, u32 nr)
{
	unsigned int type, order;

	for (type = 0; type < ANNEX_MIGRATE_PCPTYPES; type++) {
		for (order = 0; order < ANNEX_PCP_ORDERS; order++) {
			struct annex_pcp_list *list =
				annex_pcp_list_of(zone, cpu, type, order);
			u32 n = min(nr, list->count);

			if (n)
				annex_pcp_give_back(zone, list, order, n);
			nr -= n;
		}
	}
	return nr;
}

/*
 * Drain stacks of this CPU or of a dead CPU, at most a batch, with interrupts
 * off. Returns whether there may be more.
 */
static bool drain_cpu(struct annex_frames *frames, unsigned int zones, int cpu)
{
	unsigned int i;
	u32 nr = BATCH;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		if (zones & BIT(i) && frames->zones[i].pcp)
			nr = drain_stacks(&frames->zones[i], cpu, nr);
	return !nr;
}

/**
 * annex_pcp_drain_dead() - empty the stacks of a dead CPU
 * @frames: the frames of the pool
 * @cpu: the CPU
 *
 * Context: any but NMI; the CPU stays offline meanwhile.
 */
void annex_pcp_drain_dead(struct annex_frames *frames, int cpu)
{
	unsigned long flags;
	bool more;

	do {
		local_irq_save(flags);
		more = drain_cpu(frames, ANNEX_ALL_ZONES, cpu);
		local_irq_restore(flags);
	} while (more);
}

/* A drain request of CPU @asker to other CPUs. @more: one has blocks left. */
struct question {
	struct annex_frames *frames;
	unsigned int zones;
	int asker;
	bool more;
};

static ANNEX_IPI_MAP(answer_map);

static void answer(void *info)
{
	struct question *q = info;
	int cpu = smp_processor_id();

	if (cpu != q->asker)
		annex_count_events(&q->frames->counters, ANNEX_DRAIN_IPIS, 1);
	annex_ipi_begin(&answer_map);
	if (drain_cpu(q->frames, q->zones, cpu))
		WRITE_ONCE(q->more, true);
	annex_ipi_end(&answer_map);
}

static bool has_some(int cpu, void *info)
{
	const struct question *q = info;
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		if (q->zones & BIT(i) &&
		    annex_pcp_count(&q->frames->zones[i], cpu))
			return true;
	return false;
}

/* Ask the CPUs that cache blocks, until none had more than a batch. */
static void ask(struct question *q)
{
	unsigned int rounds = ROUNDS;

	do {
		WRITE_ONCE(q->more, false);
		on_each_cpu_cond_mask(has_some, answer, q, true,
				      cpu_online_mask);
	} while (READ_ONCE(q->more) && --rounds);
}

/**
 * annex_pcp_drain_zones() - drain the CPUs that cache frames of some zones
 * @frames: the frames of the pool
 * @zones: of which zones
 *
 * Without cpus_read_lock(): the request may come from a CPU hotplug callback.
 * If a CPU that goes offline is missed, it is drained when it is dead.
 *
 * Context: process, may sleep.
 */
void annex_pcp_drain_zones(struct annex_frames *frames, unsigned int zones)
{
	struct question q = {
		.frames = frames,
		.zones = zones,
		.asker = raw_smp_processor_id(),
	};

	ask(&q);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pcp_drain_zones);

/**
 * annex_pcp_drain_all() - drain the stacks of all online CPUs
 * @frames: the frames of the pool
 *
 * Blocks freed in the meantime may be on a stack when this returns. A CPU that
 * goes offline keeps its blocks until it is dead: see annex_pcp_drain_every().
 *
 * Context: process, may sleep.
 */
void annex_pcp_drain_all(struct annex_frames *frames)
{
	struct question q = {
		.frames = frames,
		.zones = ANNEX_ALL_ZONES,
		.asker = raw_smp_processor_id(),
	};

	on_each_cpu(answer, &q, 1);
	if (READ_ONCE(q.more))
		ask(&q);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pcp_drain_all);

/*
 * annex_drain_all_pages() of a pool: annex_pcp_drain_all(), which also waits
 * for a CPU that goes offline.
 */
void annex_pcp_drain_every(struct annex_frames *frames)
{
	cpus_read_lock();
	annex_pcp_drain_all(frames);
	cpus_read_unlock();
}
