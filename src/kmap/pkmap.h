/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KMAP_PKMAP_H
#define ANNEX_KMAP_PKMAP_H

#include "kmap/pkmap_types.h"

size_t annex_pkmap_bytes(unsigned int nr_slots);
void annex_pkmap_init(struct annex_pkmap *pk, unsigned int nr_slots,
		      struct annex_window *window, void *metadata);
unsigned int annex_pkmap_exit(struct annex_pkmap *pk);

void *__annex_kmap_high_get(struct annex_pkmap *pk,
			    const struct annex_page *page);
void *__annex_page_address(struct annex_pkmap *pk,
			   const struct annex_page *page);
int __annex_kmap_flush_unused(struct annex_pkmap *pk);
unsigned int annex_flush_all_zero_pkmaps(struct annex_pkmap *pk);
const struct annex_page *annex_pkmap_addr_page(const struct annex_pkmap *pk,
					       const void *addr);

struct annex_pkmap_slot *annex_pkmap_map(struct annex_pkmap *pk,
					 const struct annex_page *page);

#endif /* ANNEX_KMAP_PKMAP_H */
