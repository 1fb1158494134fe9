/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_SPEED_H
#define ANNEX_HOST_SPEED_H

#include <linux/types.h>

struct annex_host;

u64 annex_speed_own(void);
u64 annex_speed_frame(struct annex_host *host, unsigned long host_pfn);
bool annex_speed_uncached(u64 own, u64 frame);

#endif /* ANNEX_HOST_SPEED_H */
