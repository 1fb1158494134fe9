/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KMAP_KMAP_LOCAL_H
#define ANNEX_KMAP_KMAP_LOCAL_H

#include "kmap/kmap_local_types.h"

/* kmap_thread.c */
bool annex_kmap_thread_hook(struct annex_kmap_cpu *k);
void annex_kmap_undo_left_slow(struct annex_kmap_cpu *k);
void annex_kmap_note_room(struct annex_kmap_cpu *k);
int annex_kmap_threads_init(struct annex_kmap_cpu *k, unsigned int cpu);
void annex_kmap_threads_free(struct annex_kmap_cpu *k);
void annex_kmap_threads_forget(struct annex_kmap_local *kl);

/* Undo mappings that finished interrupts have left on this CPU. */
static __always_inline void annex_kmap_undo_left(struct annex_kmap_cpu *k)
{
	if (unlikely(annex_kmap_is_left(k)))
		annex_kmap_undo_left_slow(k);
}

/* Pages of the window for all CPUs, with slack to align the first. */
unsigned long annex_kmap_local_window_pages(void);
int annex_kmap_local_init(struct annex_kmap_local *kl,
			  struct annex_window *window, bool force);
unsigned int annex_kmap_local_exit(struct annex_kmap_local *kl);

void *__annex_kmap_local_pfn(struct annex_kmap_local *kl, annex_pfn_t pfn);
void *__annex_kmap_atomic_pfn(struct annex_kmap_local *kl, annex_pfn_t pfn);
const struct annex_page *annex_kmap_local_addr_page(struct annex_kmap_local *kl,
						    const void *addr);

#endif /* ANNEX_KMAP_KMAP_LOCAL_H */
