/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_FLATMEM_H
#define ANNEX_HOST_FLATMEM_H

#include <linux/types.h>

struct annex_firmware;

/**
 * struct annex_flatmem - the kernel's own memory map, if it is one array
 * @end: the byte behind the last page that has a descriptor, 0 without an array
 * @page_bytes: bytes of a descriptor
 */
struct annex_flatmem {
	u64 end;
	unsigned int page_bytes;
};

void annex_flatmem_get(struct annex_flatmem *flat);
u64 annex_flatmem_pays(const struct annex_flatmem *flat, u64 start, u64 end);
bool annex_flatmem_better(const struct annex_firmware *fw, u64 *start,
			  u64 *end);

#endif /* ANNEX_HOST_FLATMEM_H */
