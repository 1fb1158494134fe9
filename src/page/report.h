/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_REPORT_H
#define ANNEX_PAGE_REPORT_H

#include <linux/compiler_attributes.h>
#include <linux/gfp.h>
#include <linux/ratelimit_types.h>
#include <annex/page.h>

#include "stat/counters.h"

struct annex;

/* How often a failed request is reported. */
extern struct ratelimit_state annex_failure_limit;

/* Why nothing can be done from NMI. */
extern const char annex_in_nmi_text[];

__cold int annex_refuse_call(struct annex *annex, enum annex_counter counter,
			     int err, const char *call, const char *why);
__cold int annex_refuse_page(struct annex *annex, enum annex_counter counter,
			     int err, const char *call,
			     const struct annex_page *page);
__cold void annex_report_alloc_failure(struct annex *annex, gfp_t gfp,
				       unsigned int order, int highest);

#endif /* ANNEX_PAGE_REPORT_H */
