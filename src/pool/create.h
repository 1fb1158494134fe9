/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_CREATE_H
#define ANNEX_POOL_CREATE_H

#include "pool/params.h"

struct annex;
struct annex_reason;

int annex_create(struct annex *annex, const struct annex_params *params,
		 struct annex_reason *why);
unsigned long annex_destroy(struct annex *annex);
void annex_abandon(struct annex *annex);

#endif /* ANNEX_POOL_CREATE_H */
