/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_AREA_H
#define ANNEX_HOST_AREA_H

#include <linux/types.h>

struct annex_window;

int annex_area_get(struct annex_window *win, unsigned long nr_pages, bool even,
		   unsigned long host_pfn);
void *annex_area_end(const struct annex_window *win);
void annex_area_unlabel(struct annex_window *win);
void annex_area_put(struct annex_window *win);

#endif /* ANNEX_HOST_AREA_H */
