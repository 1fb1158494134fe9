// SPDX-License-Identifier: GPL-2.0-only
/*
 * mm: page tables of some processes. Frames are mapped at random addresses and
 * freed by their owner, so that only the mapping holds them. Their protection
 * changes. They are unmapped, with the contents they had, or go with their
 * process.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include <annex/folio.h>
#include <annex/mm.h>
#include <annex/page_alloc.h>

#include "torture.h"

#define PROCESSES	6
#define MAPPED		24

/* What all of them have below any PAGE_OFFSET. */
#define USER_END	SZ_1G

struct mapped {
	struct annex_page *page;
	u32 addr;
	u32 key;
};

static struct process {
	unsigned long busy;
	struct annex_mm *mm;
	struct mapped mapped[MAPPED];
} processes[PROCESSES];

/* The same address is not taken twice: a stretch for each. */
static u32 some_address(struct torture_turn *t, u32 i)
{
	u32 stretch = USER_END / MAPPED & PAGE_MASK;

	return i * stretch + (torture_below(t, stretch) & PAGE_MASK);
}

static void map(struct torture_turn *t, struct process *p, struct mapped *m)
{
	int err;

	m->page = annex_alloc_page(torture_gfp(t));
	if (!m->page) {
		torture_denied(t);
		return;
	}
	m->addr = some_address(t, m - p->mapped);
	m->key = torture_key(t);
	torture_stamp(t, m->page, 0, m->key);
	err = annex_mm_map_page(p->mm, m->addr, m->page,
				torture_below(t, 4));
	if (err == -ENOMEM)
		torture_denied(t);
	else
		torture_refused(t, "mm_map_page", err);
	torture_refused(t, "free", annex_free_page(m->page));
	if (err)
		m->page = NULL;
}

static void unmap(struct torture_turn *t, struct process *p, struct mapped *m)
{
	if (annex_page_mapcount(m->page) != 1)
		torture_corrupt(t, "a frame with one mapping counts %d",
				annex_page_mapcount(m->page));
	torture_refused(t, "get", annex_get_page(m->page));
	torture_refused(t, "mm_unmap_page",
			annex_mm_unmap_page(p->mm, m->addr));
	torture_check(t, m->page, 0, m->key);
	if (annex_page_count(m->page) != 1)
		torture_corrupt(t, "a frame with one user counts %d",
				annex_page_count(m->page));
	torture_refused(t, "free", annex_free_page(m->page));
	m->page = NULL;
}

static void end(struct torture_turn *t, struct process *p)
{
	u32 i;

	for (i = 0; i < MAPPED; i++) {
		if (p->mapped[i].page)
			torture_check(t, p->mapped[i].page, 0,
				      p->mapped[i].key);
		p->mapped[i].page = NULL;
	}
	torture_refused(t, "mm_destroy", annex_mm_destroy(p->mm));
	p->mm = NULL;
}

static void step(struct torture_turn *t, struct process *p)
{
	struct mapped *m = &p->mapped[torture_below(t, MAPPED)];
	u32 what = torture_below(t, 3), prot = torture_below(t, 4);

	if (!m->page)
		map(t, p, m);
	else if (what)
		unmap(t, p, m);
	else
		torture_refused(t, "mm_protect",
				annex_mm_protect(p->mm, m->addr, PAGE_SIZE,
						 prot));
}

static void run(struct torture_turn *t)
{
	struct process *p = &processes[torture_below(t, PROCESSES)];
	bool ends = torture_one_in(t, 40);
	u32 steps = 1 + torture_below(t, 6);

	if (!torture_claim(t, &p->busy))
		return;
	if (!p->mm)
		p->mm = annex_mm_create();
	if (!p->mm)
		torture_denied(t);
	else if (ends)
		end(t, p);
	else
		while (steps--)
			step(t, p);
	torture_unclaim(&p->busy);
}

static void clear(struct torture_turn *t)
{
	torture_give_all(t, processes, mm, end);
}

struct torture_op torture_mm = {
	.name = "mm",
	.weight = 3,
	.contexts = TORTURE_THREADS,
	.run = run,
	.clear = clear,
};
