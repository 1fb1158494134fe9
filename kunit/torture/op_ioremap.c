// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioremap: memory that is nobody's, named by io=SIZE$START: kept from the kernel
 * by a memmap= of its own. A turn has some pages of it, maps them in two ways of
 * caching, and finds by one what it has written by the other, and at the next turn
 * what it left.
 */
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include <annex/vmalloc.h>

#include "torture.h"

#define RUNS		32
#define RUN_PAGES	4

struct run {
	unsigned long busy;
	u32 key;
};

static struct run runs[RUNS];
static phys_addr_t first;

static int set_up(void)
{
	char *end;
	u64 size;

	if (!torture_io || !*torture_io)
		return -ENODEV;
	size = memparse(torture_io, &end);
	if (*end++ != '$' || size < RUNS * RUN_PAGES * PAGE_SIZE)
		return -EINVAL;
	first = memparse(end, &end);
	return *end ? -EINVAL : 0;
}

static void __iomem *map(struct torture_turn *t, phys_addr_t phys,
			 unsigned long size)
{
	switch (torture_below(t, 3)) {
	case 0:
		return annex_ioremap(phys, size);
	case 1:
		return annex_ioremap_wc(phys, size);
	default:
		return annex_ioremap_cache(phys, size);
	}
}

static void use(struct torture_turn *t, struct run *r, void *a, void *b,
		u32 nr)
{
	u32 i, key = torture_key(t);

	for (i = 0; i < nr; i++) {
		if (r->key)
			torture_check_at(t, a + i * PAGE_SIZE, i, r->key);
		torture_stamp_at(b + i * PAGE_SIZE, i, key);
	}
	/* What waits in a buffer of the CPU's is to arrive. */
	mb();
	torture_nap(t);
	for (i = 0; i < nr; i++)
		torture_check_at(t, a + i * PAGE_SIZE, i, key);
	r->key = key;
}

static void run(struct torture_turn *t)
{
	u32 n = torture_below(t, RUNS);
	phys_addr_t phys = first + (phys_addr_t)n * RUN_PAGES * PAGE_SIZE;
	unsigned long size = RUN_PAGES * PAGE_SIZE - torture_below(t, PAGE_SIZE);
	void __iomem *a, *b;

	if (!torture_claim(t, &runs[n].busy))
		return;
	a = map(t, phys, size);
	b = map(t, phys, size);
	if (a && b)
		use(t, &runs[n], (__force void *)a, (__force void *)b,
		    RUN_PAGES);
	else
		torture_denied(t);
	torture_refused(t, "iounmap", annex_iounmap(a));
	torture_refused(t, "iounmap", annex_iounmap(b));
	torture_unclaim(&runs[n].busy);
}

struct torture_op torture_ioremap = {
	.name = "ioremap",
	.weight = 2,
	.contexts = TORTURE_THREADS,
	.set_up = set_up,
	.run = run,
};
