/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_CLAIM_H
#define ANNEX_HOST_CLAIM_H

#include <linux/ioport.h>
#include <linux/types.h>

struct annex_reason;

/*
 * Entries below a claim in /proc/iomem: five zones, and the five ranges that
 * annex uses itself: descriptors, owner records, the tables of pkmap and of
 * vmalloc, and page tables. The four borders between zones split at most four
 * of these.
 */
#define ANNEX_CLAIM_PARTS	(5 + 5 + 4)

/* The name in /proc/iomem of a range that was abandoned. */
#define ANNEX_CLAIM_LEFT	"annex (unloaded, in use)"

/**
 * struct annex_claim - a physical range that annex holds
 * @res: its entry in the host's resource tree, NULL while none is held
 * @unmanaged: the kernel had given it up: @res is below an entry of System RAM
 * @part: entries below it
 * @nr_parts: how many of them are in use
 */
struct annex_claim {
	struct resource *res;
	bool unmanaged;
	struct resource part[ANNEX_CLAIM_PARTS];
	unsigned int nr_parts;
};

int annex_claim_check_io(u64 start, u64 end, struct annex_reason *why);
int annex_claim_get(struct annex_claim *claim, u64 start, u64 end,
		    struct annex_reason *why);
int annex_claim_add_part(struct annex_claim *claim, const char *name, u64 start,
			 u64 end);
void annex_claim_put(struct annex_claim *claim);
void annex_claim_abandon(struct annex_claim *claim);

#endif /* ANNEX_HOST_CLAIM_H */
