// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions for modules that test the loaded pool: its size and a recount of
 * all its counters. Every kernel exports them, in the namespace ANNEX_INTERNAL.
 */
#include "api/tests.h"
#include "host/compat_export.h"
#include "pool/pool.h"
#include "validate/validate.h"

annex_pfn_t annex_nr_frames(void)
{
	return annex_pool.frames.nr_pages;
}
EXPORT_SYMBOL_FOR_TESTS(annex_nr_frames);

annex_pfn_t annex_nr_free_frames(void)
{
	annex_pfn_t free = 0;
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		free += annex_zone_free_pages(&annex_pool.frames.zones[i]);
	return free;
}
EXPORT_SYMBOL_FOR_TESTS(annex_nr_free_frames);

unsigned long annex_recount(void (*report)(void *arg, struct va_format *vaf),
			    void *arg)
{
	return annex_validate(&annex_pool, report, arg);
}
EXPORT_SYMBOL_FOR_TESTS(annex_recount);
