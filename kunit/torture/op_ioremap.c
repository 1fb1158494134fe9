// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioremap: memory that is not in use, named by io=SIZE$START: reserved by a
 * memmap= of its own. A turn has some pages of it, maps them in two ways of
 * caching, and finds by one what it has written by the other, and at the next turn
 * what it left. One of two such mappings stays until another turn, anywhere, has
 * looked by it and unmaps it.
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
	void __iomem *kept;
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

static void give(struct torture_turn *t, struct run *r)
{
	void *addr = (__force void *)r->kept;
	u32 i;

	for (i = 0; i < RUN_PAGES; i++)
		torture_check_at(t, addr + i * PAGE_SIZE, i, r->key);
	torture_refused(t, "iounmap", annex_iounmap(r->kept));
	r->kept = NULL;
}

static void take(struct torture_turn *t, struct run *r)
{
	phys_addr_t phys = first + (r - runs) * RUN_PAGES * PAGE_SIZE;
	unsigned long size = RUN_PAGES * PAGE_SIZE - torture_below(t, PAGE_SIZE);
	void __iomem *a, *b;

	a = map(t, phys, size);
	b = map(t, phys, size);
	if (a && b)
		use(t, r, (__force void *)a, (__force void *)b, RUN_PAGES);
	else
		torture_denied(t);
	torture_refused(t, "iounmap", annex_iounmap(a));
	if (a && b && torture_one_in(t, 2))
		r->kept = b;
	else
		torture_refused(t, "iounmap", annex_iounmap(b));
}

static void run(struct torture_turn *t)
{
	struct run *r = &runs[torture_below(t, RUNS)];

	if (!torture_claim(t, &r->busy))
		return;
	if (r->kept)
		give(t, r);
	else if (t->context == TORTURE_THREAD)
		take(t, r);
	else
		torture_skip(t);
	torture_unclaim(&r->busy);
}

/* What is there is another seed's, perhaps, when this begins again. */
static void clear(struct torture_turn *t)
{
	unsigned int i;

	for (i = 0; i < RUNS; i++) {
		if (runs[i].kept)
			give(t, &runs[i]);
		runs[i].key = 0;
	}
}

struct torture_op torture_ioremap = {
	.name = "ioremap",
	.weight = 2,
	.contexts = TORTURE_ANYWHERE,
	.set_up = set_up,
	.run = run,
	.clear = clear,
};
