/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_BENCH_FILL_H
#define ANNEX_KUNIT_BENCH_FILL_H

#include <linux/prandom.h>
#include <linux/types.h>

#include "high.h"

/**
 * struct bench_cache - movable frames that fill a zone
 * @side: whose zone
 * @high: highmem, and not lowmem
 * @rnd: random state, to choose frames to free
 * @page: the frames, NULL for a hole
 * @nr: entries of @page
 * @max: how many there is room for
 * @holes: entries that are NULL
 */
struct bench_cache {
	enum bench_side side;
	bool high;
	struct rnd_state rnd;
	void **page;
	unsigned int nr;
	unsigned int max;
	unsigned int holes;
};

int bench_cache_get(struct bench_cache *c, enum bench_side side, bool high);
void bench_cache_drop(struct bench_cache *c, unsigned int i);
void bench_cache_punch(struct bench_cache *c, unsigned int percent);
void bench_cache_put(struct bench_cache *c);

#endif /* ANNEX_KUNIT_BENCH_FILL_H */
