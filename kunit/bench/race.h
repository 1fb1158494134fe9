/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_BENCH_RACE_H
#define ANNEX_KUNIT_BENCH_RACE_H

#include <linux/types.h>

#include "bench.h"

#define BENCH_LANES	2

/**
 * typedef bench_lane_fn - the work of one CPU in a race
 * @pairs: how many pairs
 * @shared: data of all lanes
 */
typedef void (*bench_lane_fn)(unsigned int pairs, void *shared);

/**
 * struct bench_race - an op for two CPUs
 * @name: its name
 * @pairs: pairs of each lane: a tenth of a second or more, emulated on a
 *	machine of our day
 * @fn: the work of each lane, by side
 */
struct bench_race {
	const char *name;
	unsigned int pairs;
	bench_lane_fn fn[BENCH_SIDES][BENCH_LANES];
};

int bench_race_once(const struct bench_race *race, enum bench_side side,
		    void *shared, u64 *time);
int bench_race_run(const struct bench_race *race,
		   void *const shared[BENCH_SIDES]);

#endif /* ANNEX_KUNIT_BENCH_RACE_H */
