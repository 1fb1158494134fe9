/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_MEMTEST_H
#define ANNEX_HOST_MEMTEST_H

#include <linux/types.h>

struct annex_host;
struct annex_reason;

void annex_memtest_write(struct annex_host *host, unsigned long base_pfn,
			 unsigned long nr_pages, u32 invert);
int annex_memtest_check(struct annex_host *host, unsigned long base_pfn,
			unsigned long nr_pages, u32 invert,
			struct annex_reason *why);
int annex_memtest(struct annex_host *host, unsigned long base_pfn,
		  unsigned long nr_pages, unsigned int rounds,
		  struct annex_reason *why);

#endif /* ANNEX_HOST_MEMTEST_H */
