/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_HOLDERS_H
#define ANNEX_POOL_HOLDERS_H

struct annex;

void annex_holders_report(struct annex *annex, unsigned long frames);

#endif /* ANNEX_POOL_HOLDERS_H */
