// SPDX-License-Identifier: GPL-2.0-only
/*
 * local: mappings of the CPU, nested: by page and by number, those that may
 * sleep and, on top of them, those that may not.
 *
 *   kmap_local(a)
 *     kmap_local(b)             sleep in between, all looked at each time
 *       kmap_atomic(c)          not from here on
 *       kunmap_atomic
 *     kunmap_local
 *   kunmap_local
 */
#include <linux/errno.h>
#include <linux/mm.h>

#include <annex/highmem.h>
#include <annex/page_alloc.h>

#include "torture.h"

#define FRAMES		64
#define DEPTH		4

/* Thread, softirq and hardirq together must not want more than 16. */
#define DEPTH_IRQ	2

struct frame {
	unsigned long busy;
	struct annex_page *page;
	u32 key;
};

struct nest {
	struct frame *frame[DEPTH];
	void *addr[DEPTH];
	bool atomic[DEPTH];
	unsigned int depth;
};

static struct frame frames[FRAMES];

static bool has_frame(struct torture_turn *t, struct frame *f)
{
	if (f->page)
		return true;
	f->page = annex_alloc_page(t->context == TORTURE_THREAD ?
				   GFP_HIGHUSER | __GFP_NOWARN :
				   GFP_NOWAIT | __GFP_HIGHMEM | __GFP_NOWARN);
	if (!f->page) {
		torture_denied(t);
		return false;
	}
	f->key = torture_key(t);
	torture_stamp(t, f->page, 0, f->key);
	return true;
}

static void look(struct torture_turn *t, const struct nest *n)
{
	unsigned int i;

	for (i = 0; i < n->depth; i++)
		torture_check_at(t, n->addr[i],
				 annex_page_to_pfn(n->frame[i]->page),
				 n->frame[i]->key);
}

static bool push(struct torture_turn *t, struct nest *n, struct frame *f,
		 bool atomic)
{
	annex_pfn_t pfn = annex_page_to_pfn(f->page);
	bool by_pfn = torture_one_in(t, 2);
	void *addr;

	if (atomic)
		addr = by_pfn ? annex_kmap_atomic_pfn(pfn) :
				annex_kmap_atomic(f->page);
	else
		addr = by_pfn ? annex_kmap_local_pfn(pfn) :
				annex_kmap_local_page(f->page);
	if (!addr) {
		torture_refused(t, "kmap_local", -ENOSPC);
		return false;
	}
	if (annex_kmap_to_page(addr) != f->page)
		torture_corrupt(t, "kmap_to_page: not frame %#x", pfn);
	n->frame[n->depth] = f;
	n->atomic[n->depth] = atomic;
	n->addr[n->depth++] = addr;
	return true;
}

/* Is the running thread confined to its CPU, though nothing pins it? */
#ifdef CONFIG_SMP
static bool is_confined(void)
{
	return in_task() && !current->migration_disabled &&
	       current->cpus_ptr != &current->cpus_mask;
}
#else
static bool is_confined(void)
{
	return false;
}
#endif

static void pop(struct torture_turn *t, struct nest *n)
{
	unsigned int i = --n->depth;
	struct frame *f = n->frame[i];
	u32 key = torture_key(t);

	torture_stamp_at(n->addr[i], annex_page_to_pfn(f->page), key);
	f->key = key;
	if (n->atomic[i])
		torture_refused(t, "kunmap_atomic",
				annex_kunmap_atomic(n->addr[i]));
	else
		torture_refused(t, "kunmap_local",
				annex_kunmap_local(n->addr[i]));
	if (!i && is_confined())
		torture_corrupt(t, "kunmap_local: CPU %u keeps the thread",
				raw_smp_processor_id());
}

/* The first that is atomic forbids sleep to all above it. */
static void nap(struct torture_turn *t, const struct nest *n)
{
	unsigned int i;

	for (i = 0; i < n->depth; i++)
		if (n->atomic[i])
			return;
	torture_nap(t);
}

/* Frames first: a request may sleep. */
static unsigned int claim(struct torture_turn *t, struct frame **own,
			  unsigned int nr)
{
	unsigned int i, got = 0;

	for (i = 0; i < nr; i++) {
		struct frame *f = &frames[torture_below(t, FRAMES)];

		if (!torture_claim(t, &f->busy))
			continue;
		if (has_frame(t, f))
			own[got++] = f;
		else
			torture_unclaim(&f->busy);
	}
	t->skipped = !got;
	return got;
}

static void run(struct torture_turn *t)
{
	unsigned int most = t->context == TORTURE_THREAD ? DEPTH : DEPTH_IRQ;
	unsigned int i, nr = 1 + torture_below(t, most);
	struct frame *own[DEPTH];
	struct nest n = {};
	bool atomic = false;

	nr = claim(t, own, nr);
	for (i = 0; i < nr; i++) {
		atomic = atomic || torture_one_in(t, 3);
		if (!push(t, &n, own[i], atomic))
			break;
		look(t, &n);
		nap(t, &n);
	}
	while (n.depth) {
		look(t, &n);
		pop(t, &n);
		nap(t, &n);
	}
	for (i = 0; i < nr; i++) {
		torture_check(t, own[i]->page, 0, own[i]->key);
		if (torture_one_in(t, 16)) {
			torture_refused(t, "free_page",
					annex_free_page(own[i]->page));
			own[i]->page = NULL;
		}
		torture_unclaim(&own[i]->busy);
	}
}

static void clear(struct torture_turn *t)
{
	unsigned int i;

	for (i = 0; i < FRAMES; i++) {
		if (!frames[i].page)
			continue;
		torture_check(t, frames[i].page, 0, frames[i].key);
		torture_refused(t, "free_page",
				annex_free_page(frames[i].page));
		frames[i].page = NULL;
	}
}

struct torture_op torture_local = {
	.name = "local",
	.weight = 15,
	.contexts = TORTURE_ANYWHERE,
	.run = run,
	.clear = clear,
};
