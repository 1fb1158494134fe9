/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_WINDOW_TYPES_H
#define ANNEX_HOST_WINDOW_TYPES_H

#include <linux/mm_types.h>
#include <linux/pgtable.h>
#include <linux/types.h>

/* The result of annex_window_pfn() for a page that maps no frame of annex's. */
#define ANNEX_WINDOW_NONE	(~0UL)

/**
 * struct annex_window - a span of kernel addresses whose PTEs annex owns
 * @name: for debugfs layout
 * @addr: its first address, NULL if there is no window
 * @area: first address of the host's area, a page before @addr or the same
 * @area_pages: length of the area
 * @label: the page that has the window's name in /proc/vmallocinfo, or NULL
 * @nr_pages: its length
 * @dummy: the page that is mapped where no frame is; NULL for a table of the
 *	KUnit suites, which has no addresses
 * @tables: the host's PTE pages, one for each 2 MB that the window touches
 * @keep: some of its addresses may still be in use, although they map nothing
 */
struct annex_window {
	const char *name;
	void *addr;
	void *area;
	unsigned long area_pages;
	void *label;
	unsigned long nr_pages;
	struct page *dummy;
	pte_t **tables;
	bool keep;
};

#endif /* ANNEX_HOST_WINDOW_TYPES_H */
