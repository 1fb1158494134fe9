/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_POOL_LEAK_OWNERS_H
#define ANNEX_POOL_LEAK_OWNERS_H

struct annex;

void annex_leak_owners_report(struct annex *annex, unsigned long frames);

#endif /* ANNEX_POOL_LEAK_OWNERS_H */
