// SPDX-License-Identifier: GPL-2.0-only
/*
 * Getting and giving back on two CPUs at once; see race.c.
 *
 *	alloc_order0_2cpu	each lane gets a frame and gives it back:
 *				what the per-CPU lists are for
 *	free_remote_2cpu	one lane gets, the other gives back: the
 *				lists of one run dry, those of the other over
 *	alloc_order4_2cpu	each lane gets a block that no list has: both
 *				want the zone's lock
 *
 * GFP_HIGHUSER for both: how much a per-CPU list holds depends on the size of
 * the zone, and the pool's highmem is of a size with the host's zones, while
 * its lowmem is not.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "race.h"

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
			break;
		bench_give(side, page, 0);
	}
	/* The producer is through: empty for the next race, as for this. */
	ring->head = 0;
	ring->tail = 0;
}

static void annex_order0(unsigned int nr, void *shared)
{
	pairs(BENCH_ANNEX, nr, 0);
}

static void host_order0(unsigned int nr, void *shared)
{
	pairs(BENCH_HOST, nr, 0);
}

static void annex_order4(unsigned int nr, void *shared)
{
	pairs(BENCH_ANNEX, nr, 4);
}

static void host_order4(unsigned int nr, void *shared)
{
	pairs(BENCH_HOST, nr, 4);
}

static void annex_produce(unsigned int nr, void *ring)
{
	produce(BENCH_ANNEX, nr, ring);
}

static void annex_consume(unsigned int nr, void *ring)
{
	consume(BENCH_ANNEX, ring);
}

static void host_produce(unsigned int nr, void *ring)
{
	produce(BENCH_HOST, nr, ring);
}

static void host_consume(unsigned int nr, void *ring)
{
	consume(BENCH_HOST, ring);
}

static const struct bench_race races[] = {
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

/**
 * bench_smp() - measure what two CPUs do at once
 *
 * Context: process, may sleep.
 * Return: 0; -ENODEV with one CPU only, -ENOMEM, or what kept a thread from
 * being made.
 */
int bench_smp(void)
{
	struct ring *ring;
	unsigned int i;
	int err = 0;

	if (num_online_cpus() < BENCH_LANES)
		return -ENODEV;
	ring = kzalloc(sizeof(*ring), GFP_KERNEL);
	if (!ring)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(races) && !err; i++)
		err = bench_race_run(&races[i], (void *[]){ ring, ring });
	kfree(ring);
	return err ?: bench_smp_maps();
}
