/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_FRAME_TABLES_H
#define ANNEX_POOL_FRAME_TABLES_H

struct annex;
struct annex_params;
struct annex_reason;

int annex_frame_tables_init(struct annex *annex,
			    const struct annex_params *params,
			    struct annex_reason *why);
void annex_frame_tables_exit(struct annex *annex);
void annex_frame_tables_abandon(struct annex *annex);

#endif /* ANNEX_POOL_FRAME_TABLES_H */
