/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_TLB_H
#define ANNEX_HOST_TLB_H

void annex_tlb_flush_range(void *addr, unsigned long nr_pages);
void annex_tlb_flush_local(void *addr);

#endif /* ANNEX_HOST_TLB_H */
