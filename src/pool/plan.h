/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_PLAN_H
#define ANNEX_POOL_PLAN_H

#include <linux/types.h>

struct annex;
struct annex_params;
struct annex_reason;

/* The least lowmem: the first megabyte is reserved. */
#define ANNEX_LOWMEM_MIN	(2U << 20)

/* What a default leaves of vmalloc space to the kernel and its modules. */
#define ANNEX_SPACE_KEEP	(8U << 20)

/**
 * struct annex_defaults - sizes of a pool where there is room for them
 * @vmalloc: bytes of the vmalloc window
 * @pkmap: slots of pkmap, 0 for a pool without highmem
 * @lowmem: bytes of lowmem
 */
struct annex_defaults {
	u64 vmalloc;
	u64 pkmap;
	u64 lowmem;
};

void annex_plan_defaults(const struct annex *annex,
			 const struct annex_params *params,
			 struct annex_defaults *defaults);
int annex_plan(struct annex *annex, const struct annex_params *params,
	       struct annex_reason *why);

#endif /* ANNEX_POOL_PLAN_H */
