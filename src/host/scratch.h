/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_SCRATCH_H
#define ANNEX_HOST_SCRATCH_H

struct annex_host;
struct annex_reason;

int annex_scratch_get(struct annex_host *host, struct annex_reason *why);
void annex_scratch_put(struct annex_host *host);
int annex_scratch_check(struct annex_host *host, unsigned long host_pfn,
			struct annex_reason *why);

#endif /* ANNEX_HOST_SCRATCH_H */
