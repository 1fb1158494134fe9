// SPDX-License-Identifier: GPL-2.0-only
/*
 * Validation of the mappings.
 *
 * For pkmap it checks that
 *  - a slot with a count maps a high frame, also according to the host's page
 *    tables, and is in the hash bucket of that frame, once;
 *  - a slot without a count maps nothing, and is in no bucket;
 *  - the number of free slots is the recorded one, and none of them has a
 *    count;
 *  - there is no waiter while a slot is free.
 *
 * For kmap_local it checks on each online CPU that the mappings of its stack
 * map the right frames, that the entries above them are empty, and that the
 * number of sleeping threads with mappings is the recorded one. Each CPU does
 * this in an IPI, which may interrupt a push or a pop. So a mapping that is
 * empty for that reason is checked again before it is reported.
 *
 * Locking: pkmap's, with interrupts off, for all slots at once.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/smp.h>

#include "base/for_kunit.h"
#include "host/pte.h"
#include "host/window.h"
#include "kmap/kmap_local.h"
#include "kmap/pkmap.h"
#include "pool/pool.h"
#include "validate/validate.h"

/*
 * A CPU's stack that seems wrong is checked again, at growing intervals: code
 * that is interrupted in the middle of a change stays there until the
 * interrupts and softirqs end.
 */
#define SOON_US		10
#define PATIENCE_US	(100 * USEC_PER_MSEC)

/**
 * struct map_census - the state of a check
 * @annex: the pool
 * @to: where violations are reported
 */
struct map_census {
	struct annex *annex;
	struct annex_violations to;
};

static bool is_slot(const struct annex_pkmap *pk,
		    const struct annex_pkmap_slot *slot)
{
	return slot >= pk->slot && slot < pk->slot + pk->nr_slots;
}

/* Does a link of a bucket lead to a slot? */
static bool is_linked(const struct annex_pkmap *pk,
		      const struct hlist_node *node)
{
	return is_slot(pk, hlist_entry(node, struct annex_pkmap_slot, node));
}

/* Is a slot in its frame's bucket, once, and does pprev point at its link? */
static bool is_hashed(const struct annex_pkmap *pk,
		      const struct annex_pkmap_slot *slot)
{
	struct hlist_node **link = &annex_pkmap_bucket(pk, slot->page)->first;
	unsigned int n = 0, steps;

	for (steps = 0; is_linked(pk, *link) && steps < pk->nr_slots; steps++) {
		if (*link == &slot->node)
			n += slot->node.pprev == link ? 1 : pk->nr_slots;
		link = &(*link)->next;
	}
	return n == 1;
}

static void check_slot(struct map_census *c, unsigned int idx)
{
	const struct annex *annex = c->annex;
	const struct annex_pkmap *pk = &annex->pkmap;
	const struct annex_pkmap_slot *slot = &pk->slot[idx];
	unsigned long mapped = annex_window_pfn(pk->window, idx);
	unsigned long nr = annex_page_nr(&annex->frames, slot->page);
	unsigned int count = annex_pkmap_count(slot);

	if (!count) {
		if (mapped != ANNEX_WINDOW_NONE || slot->page)
			annex_violation(&c->to,
					"pkmap: slot %u has count 0, but maps %#lx and has frame %#lx",
					idx, mapped, nr);
		return;
	}
	if (nr < pk->direct || nr >= annex->frames.nr_pages)
		annex_violation(&c->to,
				"pkmap: slot %u with count %u maps %#lx, no high frame",
				idx, count, nr);
	else if (mapped != annex->frames.base_pfn + nr)
		annex_violation(&c->to,
				"pkmap: slot %u of frame %#lx maps %#lx, not %#lx",
				idx, nr, mapped, annex->frames.base_pfn + nr);
	if (!is_hashed(pk, slot))
		annex_violation(&c->to,
				"pkmap: slot %u of frame %#lx is not in its bucket once",
				idx, nr);
}

/* The buckets have as many entries as there are slots with a count. */
static void check_buckets(struct map_census *c)
{
	const struct annex_pkmap *pk = &c->annex->pkmap;
	unsigned int i, nr_hashed = 0, nr_counted = 0;
	const struct hlist_node *node;

	for (i = 0; i < annex_pkmap_nr_buckets(pk); i++)
		for (node = pk->bucket[i].first;
		     is_linked(pk, node) && nr_hashed <= pk->nr_slots;
		     node = node->next)
			nr_hashed++;
	for (i = 0; i < pk->nr_slots; i++)
		nr_counted += annex_pkmap_count(&pk->slot[i]) > 0;
	if (nr_hashed != nr_counted)
		annex_violation(&c->to,
				"pkmap: %u slots have a count, the buckets have %u",
				nr_counted, nr_hashed);
}

static void check_free(struct map_census *c)
{
	const struct annex_pkmap *pk = &c->annex->pkmap;
	const struct annex_pkmap_slot *slot;
	unsigned int nr = 0;

	for (slot = pk->free; is_slot(pk, slot) && nr <= pk->nr_slots;
	     slot = annex_pkmap_next_free(slot), nr++)
		if (annex_pkmap_count(slot))
			annex_violation(&c->to,
					"pkmap: slot %u is free and has a count of %u",
					(unsigned int)(slot - pk->slot),
					annex_pkmap_count(slot));
	if (nr != pk->nr_free)
		annex_violation(&c->to, "pkmap: %u slots are free, counted %u",
				pk->nr_free, nr);
	if (nr && pk->nr_waiting)
		annex_violation(&c->to,
				"pkmap: %u wait while %u slots are free",
				pk->nr_waiting, nr);
}

/**
 * annex_validate_pkmap() - check the permanent mappings
 * @annex: the pool; it may be in use
 * @report: called with a line for each violation
 * @arg: for @report
 *
 * Context: process.
 */
void annex_validate_pkmap(struct annex *annex, annex_violation_fn report,
			  void *arg)
{
	struct map_census c = { annex, { report, arg } };
	struct annex_pkmap *pk = &annex->pkmap;
	unsigned long flags;
	unsigned int idx;

	if (!pk->nr_slots)
		return;
	spin_lock_irqsave(&pk->lock, flags);
	for (idx = 0; idx < pk->nr_slots; idx++)
		check_slot(&c, idx);
	check_buckets(&c);
	check_free(&c);
	spin_unlock_irqrestore(&pk->lock, flags);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_validate_pkmap);

static void check_parked(struct map_census *c, const struct annex_kmap_cpu *k,
			 unsigned int cpu)
{
	const struct annex_kmap_thread *t;
	unsigned int nr = 0;

	list_for_each_entry(t, &k->parked, parked) {
		nr++;
		if (!t->depth || t->depth > ANNEX_KM_MAX)
			annex_violation(&c->to,
					"kmap_local: a thread of CPU %u sleeps with %u mappings",
					cpu, t->depth);
	}
	if (nr != k->nr_parked)
		annex_violation(&c->to,
				"kmap_local: %u threads of CPU %u sleep with mappings, counted %u",
				k->nr_parked, cpu, nr);
}

/* Runs on the CPU itself, in an IPI. */
static void check_cpu(void *census)
{
	struct map_census *c = census;
	const struct annex_kmap_local *kl = &c->annex->kmap_local;
	const struct annex_kmap_cpu *k = this_cpu_ptr(kl->cpus);
	unsigned int cpu = smp_processor_id(), page;

	if (annex_kmap_depth(k) > ANNEX_KM_MAX)
		annex_violation(&c->to, "kmap_local: CPU %u has %u mappings",
				cpu, annex_kmap_depth(k));
	for (page = 0; page < ANNEX_KM_PAGES; page++) {
		unsigned int idx = page / ANNEX_KM_STRIDE;
		unsigned long mapped = annex_pte_pfn(k->pte + page);
		unsigned long pfn = ANNEX_WINDOW_NONE;

		if (page % ANNEX_KM_STRIDE == ANNEX_KM_GUARD &&
		    idx < annex_kmap_depth(k)) {
			/* Races with the code it interrupted: see ask_cpu(). */
			pfn = data_race(k->entry[idx].nr);
			pfn += c->annex->frames.base_pfn + kl->direct;
		}
		if (mapped != pfn)
			annex_violation(&c->to,
					"kmap_local: page %u of CPU %u maps %#lx, not %#lx",
					page, cpu, mapped, pfn);
	}
	check_parked(c, k, cpu);
}

/*
 * Repeat the check while it fails; only the last one reports. The thread need
 * not wait for its own CPU, where it interrupts no thread. It must not sleep for
 * it either: that would restore its own mappings and with them hide the fault.
 */
static void ask_cpu(struct map_census *c, unsigned int cpu)
{
	struct map_census quiet = { c->annex };
	unsigned int us;

	for (us = SOON_US; us < PATIENCE_US; us *= 2) {
		quiet.to.found = 0;
		smp_call_function_single(cpu, check_cpu, &quiet, 1);
		if (!quiet.to.found)
			return;
		if (cpu == raw_smp_processor_id())
			cond_resched();
		else
			usleep_range(us, 2 * us);
	}
	smp_call_function_single(cpu, check_cpu, c, 1);
}

/**
 * annex_validate_kmap_local() - check the per-CPU mappings
 * @annex: the pool; it may be in use
 * @report: called with a line for each violation
 * @arg: for @report
 *
 * Context: process, interrupts on.
 */
void annex_validate_kmap_local(struct annex *annex, annex_violation_fn report,
			       void *arg)
{
	struct map_census c = { annex, { report, arg } };
	unsigned int cpu;

	if (!annex->kmap_local.window)
		return;
	cpus_read_lock();
	for_each_online_cpu(cpu)
		ask_cpu(&c, cpu);
	cpus_read_unlock();
}
EXPORT_SYMBOL_FOR_KUNIT(annex_validate_kmap_local);
