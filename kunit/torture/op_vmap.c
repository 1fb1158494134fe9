// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmap: frames of one's own shown one behind the other, by annex_vmap() or
 * annex_vm_map_ram(), to read or to write. What is written by one way is read by
 * another. Mapped by threads, looked at and unmapped by anybody.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <annex/page_alloc.h>
#include <annex/vmalloc.h>

#include "torture.h"

#define AREAS		32
#define MOST_PAGES	16

struct area {
	unsigned long busy;
	u32 *addr;
	struct annex_page *pages[MOST_PAGES];
	u32 key;
	u32 nr;
	bool ram;
	bool read_only;
};

static struct area areas[AREAS];

static void stamp_frames(struct torture_turn *t, struct area *a)
{
	u32 i;

	a->key = torture_key(t);
	for (i = 0; i < a->nr; i++)
		torture_stamp(t, a->pages[i], 0, a->key);
}

static void free_frames(struct torture_turn *t, struct area *a)
{
	torture_refused(t, "free_pages_bulk",
			annex_free_pages_bulk(a->pages, a->nr));
	memset(a->pages, 0, sizeof(a->pages));
}

static void take(struct torture_turn *t, struct area *a)
{
	u32 how = torture_random(t);

	if (t->context != TORTURE_THREAD) {
		torture_skip(t);
		return;
	}
	a->nr = 1 + torture_below(t, MOST_PAGES);
	a->ram = how & 1;
	a->read_only = !a->ram && how & 2;
	if (annex_alloc_pages_bulk(GFP_HIGHUSER | __GFP_NOWARN | __GFP_NORETRY,
				   a->nr, a->pages) == a->nr) {
		if (a->ram)
			a->addr = annex_vm_map_ram(a->pages, a->nr);
		else
			a->addr = annex_vmap(a->pages, a->nr, VM_MAP,
					     a->read_only ? PAGE_KERNEL_RO :
							    PAGE_KERNEL);
	}
	if (!a->addr) {
		torture_denied(t);
		free_frames(t, a);
		return;
	}
	stamp_frames(t, a);
}

static void look(struct torture_turn *t, struct area *a)
{
	u32 i;

	for (i = 0; i < a->nr; i++) {
		void *addr = (void *)a->addr + ((size_t)i << PAGE_SHIFT);

		torture_check_at(t, addr, annex_page_to_pfn(a->pages[i]),
				 a->key);
		if (annex_vmalloc_to_page(addr) != a->pages[i])
			torture_corrupt(t, "page %u is said to be another", i);
	}
	torture_check_guard(t, (void *)a->addr + ((size_t)i << PAGE_SHIFT));
}

/* By the area if it may be written to, else by the frames. */
static void rewrite(struct torture_turn *t, struct area *a)
{
	u32 i;

	if (a->read_only) {
		stamp_frames(t, a);
		return;
	}
	a->key = torture_key(t);
	for (i = 0; i < a->nr; i++)
		torture_stamp_at((void *)a->addr + ((size_t)i << PAGE_SHIFT),
				 annex_page_to_pfn(a->pages[i]), a->key);
	for (i = 0; i < a->nr; i++)
		torture_check(t, a->pages[i], 0, a->key);
}

/*
 * TLBs may have entries of the area until areas are purged. Until then a stray
 * write through it would reach the frames of others; no turn writes then.
 */
static void give(struct torture_turn *t, struct area *a)
{
	void *addr = a->addr;

	look(t, a);
	a->addr = NULL;
	if (a->ram)
		torture_refused(t, "vm_unmap_ram",
				annex_vm_unmap_ram(addr, a->nr));
	else
		torture_refused(t, "vunmap", annex_vunmap(addr));
	if (t->context == TORTURE_THREAD && torture_one_in(t, 16))
		annex_vm_unmap_aliases();
	free_frames(t, a);
}

static void run(struct torture_turn *t)
{
	struct area *a = &areas[torture_below(t, AREAS)];
	u32 what = torture_below(t, 3);

	if (!torture_claim(t, &a->busy))
		return;
	if (!a->addr) {
		take(t, a);
	} else if (!what) {
		look(t, a);
		rewrite(t, a);
	} else {
		give(t, a);
	}
	torture_unclaim(&a->busy);
}

static void clear(struct torture_turn *t)
{
	torture_give_all(t, areas, addr, give);
}

struct torture_op torture_vmap = {
	.name = "vmap",
	.weight = 5,
	.contexts = TORTURE_ANYWHERE,
	.run = run,
	.clear = clear,
};
