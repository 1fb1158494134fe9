/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_REPORT_H
#define ANNEX_PAGE_REPORT_H

#include <linux/compiler_attributes.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/preempt.h>
#include <linux/ratelimit_types.h>
#include <annex/page.h>

#include "base/counters.h"
#include "host/context.h"

struct annex_frames;

/* Rate limit of reports of failed requests. */
extern struct ratelimit_state annex_failure_limit;

/* Why a call from NMI, or a sleeping call in atomic context, is refused. */
extern const char annex_in_nmi_text[];
extern const char annex_in_atomic_text[];

__cold int annex_refuse_call(struct annex_frames *frames,
			     enum annex_counter counter, int err,
			     const char *call, const char *why);
__cold int annex_refuse_page(struct annex_frames *frames,
			     enum annex_counter counter, int err,
			     const char *call, const struct annex_page *page);
__cold void annex_report_alloc_failure(struct annex_frames *frames, gfp_t gfp,
				       unsigned int order, int highest);
__cold bool annex_report_long_wait(struct annex_frames *frames, gfp_t gfp,
				   unsigned int order, int highest,
				   unsigned long waited);
__cold void annex_print_alloc_failure(struct annex_frames *frames, gfp_t gfp,
				      unsigned int order, int highest);

/**
 * annex_refused_atomic() - refuse a sleeping call in atomic context
 * @frames: the frames of the pool
 * @counter: the counter of such refusals
 * @call: the refused call, in a few words
 *
 * Context: any.
 * Return: true if it was refused, and logged with -EINVAL; false if the caller
 * may sleep.
 */
static inline bool annex_refused_atomic(struct annex_frames *frames,
					enum annex_counter counter,
					const char *call)
{
	if (likely(annex_may_sleep()))
		return false;
	annex_refuse_call(frames, counter, -EINVAL, call, annex_in_atomic_text);
	return true;
}

/**
 * annex_refused_nmi() - refuse a locking call from NMI
 * @frames: the frames of the pool
 * @counter: the counter of such refusals
 * @call: the refused call, in a few words
 *
 * Context: any.
 * Return: true if it was refused, and logged with -EINVAL; false if this is no
 * NMI.
 */
static inline bool annex_refused_nmi(struct annex_frames *frames,
				     enum annex_counter counter,
				     const char *call)
{
	if (likely(!in_nmi()))
		return false;
	annex_refuse_call(frames, counter, -EINVAL, call, annex_in_nmi_text);
	return true;
}

#endif /* ANNEX_PAGE_REPORT_H */
