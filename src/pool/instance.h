/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_INSTANCE_H
#define ANNEX_POOL_INSTANCE_H

#include "pool/params.h"

struct annex;
struct annex_reason;

int annex_create(struct annex *annex, const struct annex_params *params,
		 struct annex_reason *why);
unsigned long annex_destroy(struct annex *annex);
void annex_leave(struct annex *annex);

#endif /* ANNEX_POOL_INSTANCE_H */
