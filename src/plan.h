/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PLAN_H
#define ANNEX_PLAN_H

struct annex;
struct annex_params;
struct annex_reason;

/* The least lowmem: the first megabyte is reserved. */
#define ANNEX_LOWMEM_MIN	(2U << 20)

int annex_plan(struct annex *annex, const struct annex_params *params,
	       struct annex_reason *why);

#endif /* ANNEX_PLAN_H */
