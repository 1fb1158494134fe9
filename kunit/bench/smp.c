// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocating and freeing on two CPUs at once; see race.c.
 *
 *	alloc_order0_2cpu	each lane allocates a frame and frees it: the
 *				case that per-CPU lists are made for
 *	free_remote_2cpu	one lane allocates, the other frees: one CPU's
 *				lists run empty, the other's overflow
 *	alloc_order4_2cpu	each lane allocates a block of an order that has
 *				no list: both need the zone's lock
 *
 * GFP_HIGHUSER for both: the capacity of a per-CPU list depends on the size of
 * the zone, and the pool's highmem is about as large as the host's zones, while
 * its lowmem is not.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "race.h"

/*
 * Frames on their way from one lane to the other. If the machine runs the lanes
 * in turn for a while, some 3 ms each, a lane can fill or empty the ring in its
 * turn. With 256 entries, the machine's scheduler dominated the figure, 12 us a
 * pair.
 */
#define RING	4096

/* How often a lane polls before it sleeps: some 100 us, emulated. */
#define SPINS	256

/**
 * struct ring - frames on their way; NULL is the last
 * @head: how many were put in; written by the producer
 * @tail: how many were taken out; written by the consumer
 * @slot: the frames in between, at their number modulo RING
 */
struct ring {
	u32 head ____cacheline_aligned_in_smp;
	u32 tail ____cacheline_aligned_in_smp;
	void *slot[RING] ____cacheline_aligned_in_smp;
};

/*
 * Wait for the other lane, polling at first. After a while the other lane is
 * likely not to be running at all. Then sleep, to leave the machine a CPU for
 * it, for about as long as it takes to fill or empty the ring.
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
		/* A slot is free once the tail has passed it; see consume(). */
		for (turns = 0; head - smp_load_acquire(&ring->tail) == RING; turns++)
			wait_a_little(turns);
		ring->slot[head % RING] = page;
		/* Store the slot before the head; see consume(). */
		smp_store_release(&ring->head, head + 1);
	}
}

static __always_inline void consume(enum bench_side side, struct ring *ring)
{
	unsigned int turns;
	void *page;
	u32 tail;

	for (tail = 0;; tail++) {
		/* Load the head before the slot; see produce(). */
		for (turns = 0; smp_load_acquire(&ring->head) == tail; turns++)
			wait_a_little(turns);
		page = ring->slot[tail % RING];
		/* Load the slot before the producer may overwrite it. */
		smp_store_release(&ring->tail, tail + 1);
		if (!page)
			break;
		bench_give(side, page, 0);
	}
	/* The producer has finished: empty the ring for the next race. */
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
 * bench_smp() - measure allocating and freeing on two CPUs at once
 *
 * Context: process, may sleep.
 * Return: 0; -ENODEV with one CPU only, -ENOMEM, or why a thread could not be
 * created.
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
