/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_CACHEABLE_H
#define ANNEX_POOL_CACHEABLE_H

struct annex;
struct annex_params;
struct annex_reason;

int annex_cacheable_look(struct annex *annex, const struct annex_params *params,
			 struct annex_reason *why);

#endif /* ANNEX_POOL_CACHEABLE_H */
