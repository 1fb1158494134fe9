/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_ANNOUNCE_H
#define ANNEX_POOL_ANNOUNCE_H

struct annex;
struct annex_params;

void annex_announce(const struct annex *annex,
		    const struct annex_params *params);

#endif /* ANNEX_POOL_ANNOUNCE_H */
