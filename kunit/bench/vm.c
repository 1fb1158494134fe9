// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocating and freeing virtually contiguous memory, in instructions.
 *
 *	vmalloc_4k, vmalloc_64k, vmalloc_1m	so much memory
 *	vmap_16		a mapping of 16 pages
 *	vm_map_ram_16	the same, for a short time
 *
 * Both sides are lazy: freed areas cost most when many are purged at once,
 * which the least of short rounds would not include. So a round begins with
 * nothing to purge, is long, and purges at its end, each side with its own
 * function: the figure is the cost of a pair with its share of the purge. A
 * round is longer than a tick, whose some hundred instructions are in the
 * figures of both.
 *
 * The memory is not accessed.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <annex/vmalloc.h>

#include "high.h"

/* Pages that are mapped. */
#define PAGES		16

#define ROUNDS		5

/* Areas that exist meanwhile, few and many. */
#define FEW		10
#define MANY		10000

/**
 * struct round - the data of a round
 * @nr: how many pairs
 * @pages: the pages to map
 */
struct round {
	unsigned int nr;
	void **pages;
};

static __always_inline void *take_memory(enum bench_side side,
					 unsigned long size)
{
	void *addr = side == BENCH_ANNEX ? annex_vmalloc(size) : vmalloc(size);

	if (unlikely(!addr))
		bench_denied[side]++;
	return addr;
}

static __always_inline void give_memory(enum bench_side side, void *addr)
{
	if (side == BENCH_ANNEX)
		bench_refused |= annex_vfree(addr);
	else
		vfree(addr);
}

static __always_inline void purge(enum bench_side side)
{
	if (side == BENCH_ANNEX)
		annex_vm_unmap_aliases();
	else
		vm_unmap_aliases();
}

static __always_inline void memory(enum bench_side side, unsigned long size,
				   const struct round *round)
{
	unsigned int i;

	for (i = 0; i < round->nr; i++)
		give_memory(side, take_memory(side, size));
	purge(side);
}

static __always_inline void map(enum bench_side side, const struct round *round)
{
	unsigned int i;
	void *addr;

	for (i = 0; i < round->nr; i++) {
		if (side == BENCH_ANNEX) {
			addr = annex_vmap((struct annex_page **)round->pages,
					  PAGES, VM_MAP, PAGE_KERNEL);
			bench_refused |= annex_vunmap(addr);
		} else {
			addr = vmap((struct page **)round->pages, PAGES, VM_MAP,
				    PAGE_KERNEL);
			vunmap(addr);
		}
		bench_denied[side] += !addr;
	}
	purge(side);
}

static __always_inline void map_ram(enum bench_side side,
				    const struct round *round)
{
	unsigned int i;
	void *addr;

	for (i = 0; i < round->nr; i++) {
		if (side == BENCH_ANNEX) {
			addr = annex_vm_map_ram((struct annex_page **)
						round->pages, PAGES);
			bench_refused |= annex_vm_unmap_ram(addr, PAGES);
		} else {
			addr = vm_map_ram((struct page **)round->pages, PAGES,
					  NUMA_NO_NODE);
			if (addr)
				vm_unmap_ram(addr, PAGES);
		}
		bench_denied[side] += !addr;
	}
	purge(side);
}

/* One source, compiled once for each side: see bench.h. */
#define ROUND(name, do_it, ...)						\
static noinline void name(const void *round)				\
{									\
	do_it(__VA_ARGS__, round);					\
}

ROUND(annex_4k, memory, BENCH_ANNEX, SZ_4K)
ROUND(host_4k, memory, BENCH_HOST, SZ_4K)
ROUND(annex_8k, memory, BENCH_ANNEX, SZ_8K)
ROUND(annex_64k, memory, BENCH_ANNEX, SZ_64K)
ROUND(host_64k, memory, BENCH_HOST, SZ_64K)
ROUND(annex_1m, memory, BENCH_ANNEX, SZ_1M)
ROUND(host_1m, memory, BENCH_HOST, SZ_1M)
ROUND(annex_map, map, BENCH_ANNEX)
ROUND(host_map, map, BENCH_HOST)
ROUND(annex_map_ram, map_ram, BENCH_ANNEX)
ROUND(host_map_ram, map_ram, BENCH_HOST)

/*
 * As many pairs as use some 16,000 pages of addresses: the host purges on one
 * CPU when 8,192 wait, annex with a window of 32 MB when 256 do.
 */
static const struct {
	const char *name;
	unsigned int nr;
	bench_round_fn fn[BENCH_SIDES];
} ops[] = {
	{ "vmalloc_4k", 8192, { annex_4k, host_4k } },
	{ "vmalloc_64k", 1024, { annex_64k, host_64k } },
	{ "vmalloc_1m", 64, { annex_1m, host_1m } },
	{ "vmap_16", 1024, { annex_map, host_map } },
	{ "vm_map_ram_16", 1024, { annex_map_ram, host_map_ram } },
};

static u64 measure(bench_round_fn fn, unsigned int nr, void **pages)
{
	const struct round round = { nr, pages };

	/* Purge what earlier ops have left, and warm up. */
	fn(&round);
	return div_u64(bench_least(fn, &round, ROUNDS), nr);
}

/**
 * bench_vm() - measure virtually contiguous memory
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM, or -ENXIO if the pages to map are not high.
 */
int bench_vm(void)
{
	void *pages[BENCH_SIDES][PAGES];
	unsigned int i, side;
	u64 cost[BENCH_SIDES];
	int err = 0;

	for (side = 0; side < BENCH_SIDES; side++)
		err = bench_high_get(side, pages[side], PAGES) ?: err;
	for (i = 0; i < ARRAY_SIZE(ops) && !err; i++) {
		for (side = 0; side < BENCH_SIDES; side++)
			cost[side] = measure(ops[i].fn[side], ops[i].nr,
					     pages[side]);
		bench_result(ops[i].name, cost[BENCH_ANNEX], cost[BENCH_HOST]);
	}
	for (side = 0; side < BENCH_SIDES; side++)
		bench_high_put(side, pages[side], PAGES);
	return err;
}

/*
 * Allocate areas of one page and of two, and free every other one: this leaves
 * holes everywhere, of two sizes, so that some requests have to search.
 */
static void hold(void **areas, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < 2 * nr; i++)
		areas[i] = take_memory(BENCH_ANNEX, i / 2 % 4 ? SZ_4K : SZ_8K);
	for (i = 1; i < 2 * nr; i += 2) {
		give_memory(BENCH_ANNEX, areas[i]);
		areas[i] = NULL;
	}
	purge(BENCH_ANNEX);
}

static u64 measure_among(void **areas, unsigned int nr, bench_round_fn fn,
			 unsigned int pairs)
{
	unsigned int i;
	u64 cost;

	hold(areas, nr);
	cost = measure(fn, pairs, NULL);
	for (i = 0; i < 2 * nr; i += 2)
		give_memory(BENCH_ANNEX, areas[i]);
	purge(BENCH_ANNEX);
	return cost;
}

/**
 * bench_areas() - the cost of an area among few others and among many
 *
 * It takes a window of 192 MB.
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int bench_areas(void)
{
	static const struct {
		const char *name;
		unsigned int nr;
		bench_round_fn fn;
	} sizes[] = {
		{ "vmalloc_4k", 8192, annex_4k },
		{ "vmalloc_8k", 4096, annex_8k },
		{ "vmalloc_64k", 1024, annex_64k },
	};
	void **areas = kvcalloc(2 * MANY, sizeof(*areas), GFP_KERNEL);
	unsigned int i;

	if (!areas)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		pr_info("annex_bench: note: %s: %llu with %u areas alive, %llu with %u\n",
			sizes[i].name,
			measure_among(areas, FEW, sizes[i].fn, sizes[i].nr),
			FEW,
			measure_among(areas, MANY, sizes[i].fn, sizes[i].nr),
			MANY);
	kvfree(areas);
	return 0;
}
