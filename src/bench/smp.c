// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two CPUs at once, by the clock on the wall.
 *
 * An op is run by two lanes, threads bound to two CPUs. They meet at a barrier
 * and do a fixed number of pairs; the time is that from the first to set out
 * to the last to arrive, and what is reported is that time a pair of a lane.
 *
 *	alloc_order0_2cpu	each lane gets a frame and gives it back:
 *				what the per-CPU lists are for
 *	free_remote_2cpu	one lane gets, the other gives back: the
 *				lists of one run dry, those of the other over
 *	alloc_order4_2cpu	each lane gets a block that no list has: both
 *				want the zone's lock
 *
 * Unlike instructions, time is at the mercy of whatever else the machine does.
 * So annex and the host take turns, a race each, and the median counts; the
 * note with each result says how far the races were apart.
 *
 * GFP_HIGHUSER for both: how much a per-CPU list holds depends on the size of
 * the zone, and the pool's highmem is of a size with the host's zones, while
 * its lowmem is not.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "bench.h"

#define LANES	2
#define ROUNDS	7

/*
 * Frames on their way from one lane to the other. If the machine lets the lanes
 * run in turn for a while, some 3 ms each, each gets that far and then waits:
 * with 256 it was the machine's scheduler that was measured, 12 us a pair.
 */
#define RING	4096

/* How often a lane looks again before it sleeps: some 100 us, emulated. */
#define SPINS	256

/**
 * struct ring - frames on their way; NULL is the last
 * @head: how many were put in; the producer's
 * @tail: how many were taken out; the consumer's
 * @slot: those between, at their number modulo RING
 */
struct ring {
	u32 head ____cacheline_aligned_in_smp;
	u32 tail ____cacheline_aligned_in_smp;
	void *slot[RING] ____cacheline_aligned_in_smp;
};

struct race;
typedef void (*lane_fn)(struct race *race);

/**
 * struct lane - what one CPU does in a race
 * @race: the race
 * @fn: the work
 * @task: the thread
 * @begin: when it set out, in ns
 * @end: when it arrived
 * @done: it has arrived
 */
struct lane {
	struct race *race;
	lane_fn fn;
	struct task_struct *task;
	u64 begin;
	u64 end;
	struct completion done;
};

/**
 * struct race - one round of one op on one side
 * @pairs: how many each lane does
 * @missing: lanes that are not at the barrier yet
 * @abandoned: a lane could not be made, the barrier will not be complete
 * @lanes: what its CPUs do
 * @ring: what the lanes share, if anything
 */
struct race {
	unsigned int pairs;
	atomic_t missing;
	bool abandoned;
	struct lane lanes[LANES];
	struct ring ring;
};

/**
 * struct op - what is measured
 * @name: its name
 * @pairs: how many each lane does: a tenth of a second or more, emulated on a
 *	machine of our day
 * @fn: what the lanes do, of either side
 */
struct op {
	const char *name;
	unsigned int pairs;
	lane_fn fn[BENCH_SIDES][LANES];
};

/*
 * Wait for the other lane, awake at first. When that has lasted for long, it is
 * likely not to be running at all: asleep, we leave the machine a CPU for it,
 * for about as long as it takes to fill or empty the ring.
 */
static void wait_a_little(unsigned int turns)
{
	if (turns < SPINS)
		cpu_relax();
	else
		usleep_range(500, 1000);
}

static __always_inline void pairs(enum bench_side side, unsigned int nr,
				  unsigned int order)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		void *block = bench_take(side, GFP_HIGHUSER, order);

		if (unlikely(!block))
			return;
		bench_give(side, block, order);
	}
}

static __always_inline void produce(enum bench_side side, unsigned int nr,
				    struct ring *ring)
{
	unsigned int turns;
	void *page = ring;
	u32 head;

	for (head = 0; page; head++) {
		page = head < nr ? bench_take(side, GFP_HIGHUSER, 0) : NULL;
		/* A slot is free when its number is behind; see consume(). */
		for (turns = 0; head - smp_load_acquire(&ring->tail) == RING; turns++)
			wait_a_little(turns);
		ring->slot[head % RING] = page;
		/* The slot before the number; see consume(). */
		smp_store_release(&ring->head, head + 1);
	}
}

static __always_inline void consume(enum bench_side side, struct ring *ring)
{
	unsigned int turns;
	void *page;
	u32 tail;

	for (tail = 0;; tail++) {
		/* The number before the slot; see produce(). */
		for (turns = 0; smp_load_acquire(&ring->head) == tail; turns++)
			wait_a_little(turns);
		page = ring->slot[tail % RING];
		/* The slot is read before the producer may write it again. */
		smp_store_release(&ring->tail, tail + 1);
		if (!page)
			return;
		bench_give(side, page, 0);
	}
}

static void annex_order0(struct race *race)
{
	pairs(BENCH_ANNEX, race->pairs, 0);
}

static void host_order0(struct race *race)
{
	pairs(BENCH_HOST, race->pairs, 0);
}

static void annex_order4(struct race *race)
{
	pairs(BENCH_ANNEX, race->pairs, 4);
}

static void host_order4(struct race *race)
{
	pairs(BENCH_HOST, race->pairs, 4);
}

static void annex_produce(struct race *race)
{
	produce(BENCH_ANNEX, race->pairs, &race->ring);
}

static void annex_consume(struct race *race)
{
	consume(BENCH_ANNEX, &race->ring);
}

static void host_produce(struct race *race)
{
	produce(BENCH_HOST, race->pairs, &race->ring);
}

static void host_consume(struct race *race)
{
	consume(BENCH_HOST, &race->ring);
}

static const struct op ops[] = {
	{ "alloc_order0_2cpu", 1 << 19, {
		[BENCH_ANNEX] = { annex_order0, annex_order0 },
		[BENCH_HOST] = { host_order0, host_order0 } } },
	{ "free_remote_2cpu", 1 << 19, {
		[BENCH_ANNEX] = { annex_produce, annex_consume },
		[BENCH_HOST] = { host_produce, host_consume } } },
	{ "alloc_order4_2cpu", 1 << 17, {
		[BENCH_ANNEX] = { annex_order4, annex_order4 },
		[BENCH_HOST] = { host_order4, host_order4 } } },
};

static int run_lane(void *data)
{
	struct lane *lane = data;
	struct race *race = lane->race;

	atomic_dec(&race->missing);
	while (atomic_read(&race->missing) && !READ_ONCE(race->abandoned)) {
		cpu_relax();
		cond_resched();
	}
	lane->begin = ktime_get_ns();
	if (!READ_ONCE(race->abandoned))
		lane->fn(race);
	lane->end = ktime_get_ns();
	complete(&lane->done);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int start_lane(struct lane *lane, unsigned int cpu)
{
	init_completion(&lane->done);
	lane->task = kthread_create(run_lane, lane, "annex_bench/%u", cpu);
	if (IS_ERR(lane->task))
		return PTR_ERR(lane->task);
	kthread_bind(lane->task, cpu);
	wake_up_process(lane->task);
	return 0;
}

/* From the first that set out to the last that arrived. */
static u64 duration(const struct race *race)
{
	return max(race->lanes[0].end, race->lanes[1].end) -
	       min(race->lanes[0].begin, race->lanes[1].begin);
}

static int start_lanes(struct race *race, const lane_fn *fn)
{
	unsigned int cpu = cpumask_first(cpu_online_mask), i;

	for (i = 0; i < LANES; i++) {
		int err;

		race->lanes[i].race = race;
		race->lanes[i].fn = fn[i];
		err = start_lane(&race->lanes[i], cpu);
		if (err) {
			race->lanes[i].task = NULL;
			WRITE_ONCE(race->abandoned, true);
			return err;
		}
		cpu = cpumask_next(cpu, cpu_online_mask);
	}
	return 0;
}

static int run_race(struct race *race, const struct op *op,
		    enum bench_side side, u64 *time)
{
	unsigned int i;
	int err;

	memset(race, 0, sizeof(*race));
	race->pairs = op->pairs;
	atomic_set(&race->missing, LANES);
	err = start_lanes(race, op->fn[side]);
	for (i = 0; i < LANES; i++) {
		if (!race->lanes[i].task)
			continue;
		wait_for_completion(&race->lanes[i].done);
		kthread_stop(race->lanes[i].task);
	}
	*time = div_u64(duration(race), op->pairs);
	return err;
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static void print(const char *name, u64 (*times)[ROUNDS])
{
	const u64 *annex = times[BENCH_ANNEX], *host = times[BENCH_HOST];
	unsigned int i;

	for (i = 0; i < BENCH_SIDES; i++)
		sort(times[i], ROUNDS, sizeof(times[i][0]), compare, NULL);
	bench_result(name, annex[ROUNDS / 2], host[ROUNDS / 2]);
	pr_info("annex_bench: note: %s: from %llu to %llu and from %llu to %llu\n",
		name, annex[0], annex[ROUNDS - 1], host[0], host[ROUNDS - 1]);
}

/* Annex and the host in turn, so that a bad moment hits both. */
static int run(struct race *race, const struct op *op)
{
	u64 times[BENCH_SIDES][ROUNDS];
	unsigned int i, side;

	for (i = 0; i < ROUNDS; i++) {
		for (side = 0; side < BENCH_SIDES; side++) {
			int err = run_race(race, op, side, &times[side][i]);

			if (err)
				return err;
			if (bench_denied[side])
				return -ENOMEM;
		}
	}
	print(op->name, times);
	return 0;
}

/**
 * bench_smp() - measure what two CPUs do at once
 *
 * Context: process, may sleep.
 * Return: 0; -ENODEV with one CPU only, -ENOMEM, or what kept a thread from
 * being made.
 */
int bench_smp(void)
{
	struct race *race;
	unsigned int i;
	int err = 0;

	if (num_online_cpus() < LANES)
		return -ENODEV;
	race = kmalloc(sizeof(*race), GFP_KERNEL);
	if (!race)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(ops) && !err; i++)
		err = run(race, &ops[i]);
	kfree(race);
	return err;
}
