/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_MEMTEST_H
#define ANNEX_HOST_MEMTEST_H

struct annex_host;
struct annex_reason;

int annex_memtest_probe(struct annex_host *host, unsigned long base_pfn,
			unsigned long nr_pages, struct annex_reason *why);
int annex_memtest(struct annex_host *host, unsigned long base_pfn,
		  unsigned long nr_pages, unsigned int rounds,
		  struct annex_reason *why);

#endif /* ANNEX_HOST_MEMTEST_H */
