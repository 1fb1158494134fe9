/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_CLAIMS_H
#define ANNEX_POOL_CLAIMS_H

struct annex;
struct annex_params;
struct annex_reason;

int annex_claims_init(struct annex *annex, const struct annex_params *params,
		      struct annex_reason *why);
int annex_claims_add_parts(struct annex *annex,
			   const struct annex_params *params,
			   struct annex_reason *why);
void annex_claims_exit(struct annex *annex);
void annex_claims_leave(struct annex *annex);

#endif /* ANNEX_POOL_CLAIMS_H */
