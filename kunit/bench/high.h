/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_BENCH_HIGH_H
#define ANNEX_KUNIT_BENCH_HIGH_H

#include <linux/compiler.h>
#include <linux/highmem.h>
#include <linux/types.h>

#include <annex/highmem.h>

#include "bench.h"

/* The three ways to map a page. */
enum bench_mapping {
	BENCH_KMAP,
	BENCH_KMAP_LOCAL,
	BENCH_KMAP_ATOMIC
};

bool bench_has_address(enum bench_side side, void *page);
int bench_high_get(enum bench_side side, void **pages, unsigned int nr);
void bench_high_put(enum bench_side side, void **pages, unsigned int nr);
void bench_high_map(enum bench_side side, void *const *pages, unsigned int nr);
void bench_high_unmap(enum bench_side side, void *const *pages,
		      unsigned int nr);

static __always_inline void *bench_map_annex(enum bench_mapping how, void *page)
{
	void *addr;

	if (how == BENCH_KMAP)
		addr = annex_kmap(page);
	else if (how == BENCH_KMAP_LOCAL)
		addr = annex_kmap_local_page(page);
	else
		addr = annex_kmap_atomic(page);
	if (unlikely(!addr))
		bench_denied[BENCH_ANNEX]++;
	return addr;
}

static __always_inline void *bench_map_host(enum bench_mapping how, void *page)
{
	if (how == BENCH_KMAP)
		return kmap(page);
	if (how == BENCH_KMAP_LOCAL)
		return kmap_local_page(page);
	return kmap_atomic(page);
}

/**
 * bench_map() - map a page
 * @side: annex or the host kernel; a constant
 * @how: by which function; a constant
 * @page: a page of that side
 *
 * annex may refuse, and checking that is an instruction in its figures; the
 * host's functions never fail.
 *
 * Return: the address; NULL, which is noted.
 */
static __always_inline void *bench_map(enum bench_side side,
				       enum bench_mapping how, void *page)
{
	if (side == BENCH_ANNEX)
		return bench_map_annex(how, page);
	return bench_map_host(how, page);
}

static __always_inline int bench_unmap_annex(enum bench_mapping how, void *page,
					     void *addr)
{
	if (how == BENCH_KMAP)
		return annex_kunmap(page);
	if (how == BENCH_KMAP_LOCAL)
		return annex_kunmap_local(addr);
	return annex_kunmap_atomic(addr);
}

static __always_inline void bench_unmap_host(enum bench_mapping how, void *page,
					     void *addr)
{
	if (how == BENCH_KMAP)
		kunmap((struct page *)page);
	else if (how == BENCH_KMAP_LOCAL)
		kunmap_local(addr);
	else
		kunmap_atomic(addr);
}

/**
 * bench_unmap() - unmap a page
 * @side: annex or the host kernel; a constant
 * @how: as it was mapped; a constant
 * @page: the page
 * @addr: its address
 */
static __always_inline void bench_unmap(enum bench_side side,
					enum bench_mapping how, void *page,
					void *addr)
{
	if (side == BENCH_ANNEX)
		bench_refused |= bench_unmap_annex(how, page, addr);
	else
		bench_unmap_host(how, page, addr);
}

#endif /* ANNEX_KUNIT_BENCH_HIGH_H */
