/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_HOST_H
#define ANNEX_HOST_HOST_H

#include <linux/notifier.h>
#include <linux/types.h>

#include "host/claim.h"
#include "host/frame.h"
#include "host/window.h"

/**
 * struct annex_host - the resources of the host that a pool uses
 * @claim: the physical range
 * @lowmem: window of the direct map
 * @mem_map: window of the descriptors
 * @owner: window of the owner records, if there are any
 * @scratch: window of some pages per CPU, for short accesses to a frame
 * @scratch_cpu: which of them each CPU has
 * @pkmap: window of annex_kmap()
 * @kmap_local: window of annex_kmap_local_page(), some pages per CPU
 * @vmalloc: window of annex_vmalloc() and its like
 * @plain: the pool's contents as ordinary memory instead, for tests and for
 *	kernels where annex has no windows; NULL for a real pool
 * @plain_base_pfn: the host pfn whose contents lie at @plain
 * @pm: notifier for hibernation
 */
struct annex_host {
	struct annex_claim claim;
	struct annex_window lowmem;
	struct annex_window mem_map;
	struct annex_window owner;
	struct annex_window scratch;
	struct annex_scratch_cpu *scratch_cpu;
	struct annex_window pkmap;
	struct annex_window kmap_local;
	struct annex_window vmalloc;
	u8 *plain;
	unsigned long plain_base_pfn;
	struct notifier_block pm;
};

/* All windows of a pool, also those that are not open. */
#define ANNEX_HOST_WINDOWS	7

static inline void
annex_host_windows(const struct annex_host *host,
		   const struct annex_window *wins[ANNEX_HOST_WINDOWS])
{
	wins[0] = &host->lowmem;
	wins[1] = &host->mem_map;
	wins[2] = &host->owner;
	wins[3] = &host->scratch;
	wins[4] = &host->pkmap;
	wins[5] = &host->kmap_local;
	wins[6] = &host->vmalloc;
}

/* A frame's contents if the pool is plain memory. */
static inline void *annex_plain_frame(const struct annex_host *host,
				      unsigned long host_pfn)
{
	return host->plain +
	       ((size_t)(host_pfn - host->plain_base_pfn) << PAGE_SHIFT);
}

#endif /* ANNEX_HOST_HOST_H */
