// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmap: more frames than there are slots, each mapped in one turn and unmapped
 * in another, somewhere else: what a TLB has of a slot's last frame shows.
 *
 * Threads map, and wait if there is no slot. Any later turn checks the frame
 * at its address, stamps it anew through it, and perhaps unmaps it. Interrupts
 * do so as well, because all threads may wait for one another.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <annex/highmem.h>
#include <annex/page_alloc.h>

#include "torture.h"

/* Twice the least that pkmap= can be. */
#define FRAMES	128

/* Uses of one frame at most. */
#define USES	3

struct frame {
	unsigned long busy;
	struct annex_page *page;
	u32 key;
	void *addr;
	unsigned int uses;
};

static struct frame frames[FRAMES];

static void take(struct torture_turn *t, struct frame *f)
{
	f->page = annex_alloc_page(GFP_HIGHUSER | __GFP_NOWARN);
	if (!f->page) {
		torture_denied(t);
		return;
	}
	f->key = torture_key(t);
	torture_stamp(t, f->page, 0, f->key);
}

static void look(struct torture_turn *t, struct frame *f)
{
	annex_pfn_t pfn = annex_page_to_pfn(f->page);

	torture_check_at(t, f->addr, pfn, f->key);
	if (annex_kmap_to_page(f->addr) != f->page ||
	    annex_page_address(f->page) != f->addr)
		torture_corrupt(t, "frame %#x and its address disagree", pfn);
	f->key = torture_key(t);
	torture_stamp_at(f->addr, pfn, f->key);
	torture_check(t, f->page, 0, f->key);
}

static void map(struct torture_turn *t, struct frame *f)
{
	void *addr = f->uses && torture_one_in(t, 2) ?
			     annex_kmap_high_get(f->page) : annex_kmap(f->page);

	if (!addr) {
		torture_refused(t, "kmap", -ENOSPC);
		return;
	}
	if (f->uses && addr != f->addr)
		torture_corrupt(t, "a frame has two addresses");
	f->addr = addr;
	f->uses++;
}

static void unmap(struct torture_turn *t, struct frame *f)
{
	f->uses--;
	torture_refused(t, "kunmap", annex_kunmap(f->page));
}

static void drop(struct torture_turn *t, struct frame *f)
{
	struct annex_page *page = f->page;

	torture_check(t, page, 0, f->key);
	f->page = NULL;
	torture_refused(t, "free_page", annex_free_page(page));
}

/* For a quarter of its steps a thread keeps what it maps, until none is left. */
static bool hoards(const struct torture_turn *t)
{
	return !(t->step & 0x1800);
}

static void run_thread(struct torture_turn *t, struct frame *f, u32 what)
{
	if (!f->page)
		take(t, f);
	if (!f->page)
		return;
	if (f->uses < USES && what & 1)
		map(t, f);
	if (f->uses) {
		look(t, f);
		torture_nap(t);
		if (hoards(t) ? !(what & 0xf0) : what & 0xe0)
			unmap(t, f);
	} else if (!(what & 0x700)) {
		drop(t, f);
	}
}

static void run_irq(struct torture_turn *t, struct frame *f, u32 what)
{
	void *addr;

	if (f->uses) {
		look(t, f);
		unmap(t, f);
	} else if (f->page) {
		/* Perhaps it has one yet, unused. */
		addr = annex_kmap_high_get(f->page);
		if (!addr) {
			torture_skip(t);
		} else {
			torture_check_at(t, addr, annex_page_to_pfn(f->page),
					 f->key);
			torture_refused(t, "kunmap", annex_kunmap(f->page));
		}
	} else {
		torture_skip(t);
	}
}

static void run(struct torture_turn *t)
{
	struct frame *f = &frames[torture_below(t, FRAMES)];
	u32 what = torture_random(t);

	if (!torture_claim(t, &f->busy))
		return;
	if (t->context == TORTURE_THREAD)
		run_thread(t, f, what);
	else
		run_irq(t, f, what);
	torture_unclaim(&f->busy);
}

/* All slots first: to drop a frame is to look at it, which may take one. */
static void clear(struct torture_turn *t)
{
	unsigned int i;

	for (i = 0; i < FRAMES; i++)
		while (frames[i].uses)
			unmap(t, &frames[i]);
	for (i = 0; i < FRAMES; i++)
		if (frames[i].page)
			drop(t, &frames[i]);
}

struct torture_op torture_kmap = {
	.name = "kmap",
	.weight = 20,
	.contexts = TORTURE_ANYWHERE,
	.run = run,
	.clear = clear,
};
