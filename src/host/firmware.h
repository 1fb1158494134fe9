/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_FIRMWARE_H
#define ANNEX_HOST_FIRMWARE_H

#include <linux/types.h>

struct annex_reason;

/**
 * struct annex_firmware_range - a range of firmware's memory map
 * @start: its first byte
 * @end: the byte behind it
 * @type: in the kernel's words, such as "System RAM"
 */
struct annex_firmware_range {
	u64 start;
	u64 end;
	char type[32];
};

/**
 * struct annex_firmware - firmware's map of memory, before memmap= was read
 * @range: ranges that do not overlap, in any order
 * @nr: how many
 */
struct annex_firmware {
	struct annex_firmware_range *range;
	unsigned int nr;
};

int annex_firmware_check(const struct annex_firmware *fw, u64 start, u64 end,
			 struct annex_reason *why);
bool annex_firmware_last_ram(const struct annex_firmware *fw, u64 *start,
			     u64 *end);

int annex_firmware_get(struct annex_firmware *fw, struct annex_reason *why);
void annex_firmware_put(struct annex_firmware *fw);

#endif /* ANNEX_HOST_FIRMWARE_H */
