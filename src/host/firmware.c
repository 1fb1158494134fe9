// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware's map of memory: is a range RAM, each byte of it?
 *
 * A range is RAM if ranges of the map that are RAM cover it without a gap, and
 * no other range overlaps it. Ranges need not start or end at a page: if the
 * RAM ends inside a page, the rest of the page is a hole or a device.
 *
 * Locking: none; functions of their arguments.
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "base/refuse.h"
#include "host/firmware.h"

static bool is_ram(const struct annex_firmware_range *r)
{
	return !strcmp(r->type, "System RAM");
}

/* The end of the RAM range that contains @at; @at if there is none. */
static u64 ram_end(const struct annex_firmware *fw, u64 at)
{
	const struct annex_firmware_range *r;

	for (r = fw->range; r < fw->range + fw->nr; r++)
		if (is_ram(r) && r->start <= at && r->end > at)
			return r->end;
	return at;
}

/**
 * annex_firmware_check() - did firmware call each byte of a range RAM?
 * @fw: its map
 * @start: the first byte
 * @end: the byte behind the range
 * @why: filled if it did not
 *
 * Context: any.
 * Return: 0 or -ENXIO.
 */
int annex_firmware_check(const struct annex_firmware *fw, u64 start, u64 end,
			 struct annex_reason *why)
{
	const struct annex_firmware_range *r;
	u64 at = start, next;

	for (r = fw->range; r < fw->range + fw->nr; r++)
		if (!is_ram(r) && r->start < end && r->end > start)
			return annex_refuse(why, -ENXIO,
					    "%#llx-%#llx has memory that firmware keeps (%s) at %#llx; choose a range that it calls usable",
					    start, end - 1, r->type,
					    r->start > start ? r->start : start);
	while (at < end) {
		next = ram_end(fw, at);
		if (next == at)
			return annex_refuse(why, -ENXIO,
					    "%#llx-%#llx has no RAM at %#llx; choose a range that firmware calls usable",
					    start, end - 1, at);
		at = next;
	}
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_firmware_check);

/**
 * annex_firmware_last_ram() - the RAM with the highest addresses
 * @fw: firmware's map
 * @start: set to where it begins
 * @end: set to where it ends
 *
 * Context: any.
 * Return: whether there is any.
 */
bool annex_firmware_last_ram(const struct annex_firmware *fw, u64 *start,
			     u64 *end)
{
	const struct annex_firmware_range *r;
	bool more = true;

	*end = 0;
	for (r = fw->range; r < fw->range + fw->nr; r++)
		if (is_ram(r) && r->end > *end)
			*end = r->end;
	*start = *end;
	while (more) {
		more = false;
		for (r = fw->range; r < fw->range + fw->nr; r++)
			if (is_ram(r) && r->start < *start &&
			    r->end == *start) {
				*start = r->start;
				more = true;
			}
	}
	return *end;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_firmware_last_ram);
