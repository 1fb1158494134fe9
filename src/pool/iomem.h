/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_IOMEM_H
#define ANNEX_POOL_IOMEM_H

struct annex;
struct annex_params;
struct annex_reason;

int annex_iomem_init(struct annex *annex, const struct annex_params *params,
		     struct annex_reason *why);
int annex_iomem_add_parts(struct annex *annex,
			  const struct annex_params *params,
			  struct annex_reason *why);
void annex_iomem_exit(struct annex *annex);
void annex_iomem_abandon(struct annex *annex);

#endif /* ANNEX_POOL_IOMEM_H */
