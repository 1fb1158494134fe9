// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmalloc: areas made by threads and freed by any later turn. Each page of
 * an area is stamped through the area, and looked at by the area and by the frame
 * that is said to be behind it; the byte behind the area must fault.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/numa.h>
#include <linux/string.h>

#include <annex/page_alloc.h>
#include <annex/vmalloc.h>

#include "torture.h"

#define AREAS		160
#define MOST_PAGES	24

/* Now and then one of this many. */
#define LARGE_PAGES	384

struct area {
	unsigned long busy;
	void *addr;
	u32 key;
	u32 pages;
};

static struct area areas[AREAS];

/* By the calls that take no flags. */
static void *allocate_loudly(unsigned int call, unsigned long size)
{
	switch (call) {
	case 0:
		return annex_vzalloc(size);
	case 1:
		return annex_vmalloc_user(size);
	default:
		return annex_vmalloc(size);
	}
}

static void *allocate_quietly(struct torture_turn *t, unsigned int call,
			      unsigned long size, bool zero)
{
	unsigned long align = PAGE_SIZE << torture_below(t, 6);
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY;
	void *addr;

	if (call > 4)
		return __annex_vmalloc(size, gfp | (zero ? __GFP_ZERO : 0));
	addr = __annex_vmalloc_node(size, align, gfp, NUMA_NO_NODE,
				    allocate_quietly);
	if (!IS_ALIGNED((unsigned long)addr, align))
		torture_corrupt(t, "area %p is not at a multiple of %#lx", addr,
				align);
	return addr;
}

static void *allocate(struct torture_turn *t, u32 pages, bool *zero)
{
	unsigned long size = ((unsigned long)pages << PAGE_SHIFT) -
			     torture_below(t, PAGE_SIZE);
	unsigned int call = torture_below(t, 8);
	bool loud = call < 3;
	void *addr;

	*zero = call < 2 || call == 5;
	addr = loud ? allocate_loudly(call, size) :
		      allocate_quietly(t, call, size, *zero);
	if (!addr && loud)
		torture_denied_loudly(t);
	else if (!addr)
		torture_denied(t);
	return addr;
}

static void check_page(struct torture_turn *t, const struct area *a, u32 i)
{
	void *addr = a->addr + ((size_t)i << PAGE_SHIFT);
	struct annex_page *page = annex_vmalloc_to_page(addr);

	torture_check_at(t, addr, i, a->key);
	if (!page) {
		torture_corrupt(t, "no frame is behind page %u of an area", i);
		return;
	}
	if (annex_vmalloc_to_pfn(addr) !=
	    annex_page_to_phys(page) >> PAGE_SHIFT)
		torture_corrupt(t, "page %u of an area has two frames", i);
}

static void check(struct torture_turn *t, const struct area *a)
{
	const struct annex_vm_struct *vm = annex_find_vm_area(a->addr);
	u32 i, step = t->context == TORTURE_THREAD ? 1 : max(a->pages / 4, 1U);

	if (!vm || vm->addr != a->addr || vm->nr_pages != a->pages ||
	    !annex_is_vmalloc_addr(a->addr))
		torture_corrupt(t, "an area of %u pages is not found",
				a->pages);
	for (i = 0; i < a->pages; i += step)
		check_page(t, a, i);
	torture_check_guard(t, a->addr + ((size_t)a->pages << PAGE_SHIFT));
}

/* Their place in the area is what its pages are known by. */
static void fill(struct torture_turn *t, struct area *a)
{
	u32 i;

	a->key = torture_key(t);
	for (i = 0; i < a->pages; i++)
		torture_stamp_at(a->addr + ((size_t)i << PAGE_SHIFT), i,
				 a->key);
}

static void take(struct torture_turn *t, struct area *a)
{
	bool zero;

	if (t->context != TORTURE_THREAD) {
		torture_skip(t);
		return;
	}
	a->pages = 1 + torture_below(t, torture_one_in(t, 64) ? LARGE_PAGES :
								MOST_PAGES);
	a->addr = allocate(t, a->pages, &zero);
	if (!a->addr)
		return;
	/* Less one byte or more, but no page less. */
	if (zero && memchr_inv(a->addr, 0, ((size_t)a->pages - 1) << PAGE_SHIFT))
		torture_corrupt(t, "an area is not zero");
	fill(t, a);
}

static void give(struct torture_turn *t, struct area *a)
{
	void *addr = a->addr;

	check(t, a);
	a->addr = NULL;
	torture_refused(t, "vfree", annex_vfree(addr));
}

static void run(struct torture_turn *t)
{
	struct area *a = &areas[torture_below(t, AREAS)];
	bool looks = torture_one_in(t, 3);

	if (!torture_claim(t, &a->busy))
		return;
	if (!a->addr) {
		take(t, a);
	} else if (looks) {
		check(t, a);
		fill(t, a);
	} else {
		give(t, a);
	}
	torture_unclaim(&a->busy);
}

static void clear(struct torture_turn *t)
{
	torture_give_all(t, areas, addr, give);
}

struct torture_op torture_vmalloc = {
	.name = "vmalloc",
	.weight = 10,
	.contexts = TORTURE_ANYWHERE,
	.run = run,
	.clear = clear,
};
