/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_TESTTABLE_H
#define ANNEX_KUNIT_LIB_TESTTABLE_H

#include <linux/stddef.h>

#include <annex/page_alloc.h>

/*
 * The first page table of the loaded pool, or NULL. It is in lowmem, whose
 * frames alone have an address.
 */
static inline struct annex_page *annex_test_find_table(void)
{
	struct annex_page *page = annex_pfn_to_page(0);

	for (; annex_page_address(page); page++)
		if (annex_page_test_flag(page, ANNEX_PG_TABLE))
			return page;
	return NULL;
}

#endif /* ANNEX_KUNIT_LIB_TESTTABLE_H */
