/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_UNMANAGED_H
#define ANNEX_HOST_UNMANAGED_H

#include <linux/types.h>

struct annex_reason;
struct resource;

/**
 * struct annex_unmanaged - a search for RAM that the kernel does not manage
 * @has_page: has the kernel a struct page for a frame?
 * @max: the longest range to report, in bytes
 * @start: first byte of the longest range that was found
 * @end: one past its last byte; @start if none was found
 * @ranges: number of ranges that were found
 * @bytes: their total size
 * @claimed: bytes that are claimed already, and belong to no range
 */
struct annex_unmanaged {
	bool (*has_page)(unsigned long pfn);
	u64 max;
	u64 start;
	u64 end;
	unsigned int ranges;
	u64 bytes;
	u64 claimed;
};

void annex_unmanaged_scan(struct annex_unmanaged *found, u64 start, u64 end);
void annex_unmanaged_find(struct annex_unmanaged *found, u64 max);
bool annex_system_ram(u64 start, u64 end, struct resource *ram);
bool annex_unmanaged_is(u64 start, u64 end);
struct resource *annex_unmanaged_request(u64 start, u64 end, const char *name);
void annex_unmanaged_release(struct resource *res);

#endif /* ANNEX_HOST_UNMANAGED_H */
