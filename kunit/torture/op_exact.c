// SPDX-License-Identifier: GPL-2.0-only
/*
 * exact: lowmem frames that are allocated and freed by their address: blocks of an
 * order, and as many contiguous frames as a size needs.
 *
 *   annex_get_free_pages()     |        2^order frames        |
 *   annex_alloc_pages_exact()  |    size bytes    |..| the rest is free at once
 *
 * One turn allocates and stamps a piece, others check it, and another one frees it: by
 * its address, by its descriptor, or frame by frame.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <annex/page_alloc.h>

#include "torture.h"

/*
 * Half of the pieces exist at a time, with 25 kB on average: a few MB. One size in
 * 64 may be up to 4 MB.
 */
#define PIECES		256
#define MOST_BITS	18
#define MOST_BITS_EVER	22
#define MOST_BITS_IRQ	(PAGE_SHIFT + TORTURE_IRQ_ORDER)

struct piece {
	unsigned long busy;
	u8 *addr;
	size_t size;
	u32 key;
	u8 order;
	bool exact;
};

static struct piece pieces[PIECES];

static void expect(struct torture_turn *t, bool holds, const struct piece *p,
		   const char *what)
{
	if (unlikely(!holds))
		torture_corrupt(t, "piece of %zu bytes at %#lx: %s", p->size,
				(unsigned long)p->addr, what);
}

/* Each order of magnitude is equally likely. */
static size_t choose_size(struct torture_turn *t)
{
	u32 bits = torture_one_in(t, 64) ? MOST_BITS_EVER : MOST_BITS;

	if (t->context != TORTURE_THREAD)
		bits = MOST_BITS_IRQ;
	return 1 + torture_below(t, 1U << (1 + torture_below(t, bits)));
}

static struct annex_page *page_of(const struct piece *p)
{
	u8 *first = annex_page_address(annex_pfn_to_page(0));

	return annex_pfn_to_page((p->addr - first) >> PAGE_SHIFT);
}

static u32 frames_of(const struct piece *p)
{
	return DIV_ROUND_UP(p->size, PAGE_SIZE);
}

static void stamp(const struct piece *p)
{
	annex_pfn_t pfn = annex_page_to_pfn(page_of(p));
	u32 i;

	for (i = 0; i < frames_of(p); i++)
		torture_stamp_at(p->addr + i * PAGE_SIZE, pfn + i, p->key);
}

/* Check each frame by its address, and one frame by another way as well. */
static void check(struct torture_turn *t, const struct piece *p)
{
	u32 i, nr = frames_of(p), step = 1, other = torture_below(t, nr);
	struct annex_page *page = page_of(p);
	annex_pfn_t pfn = annex_page_to_pfn(page);

	if (t->context != TORTURE_THREAD)
		step = 1 + nr / 8;
	for (i = 0; i < nr; i += step)
		if (!torture_check_at(t, p->addr + i * PAGE_SIZE, pfn + i,
				      p->key))
			return;
	torture_check(t, page + other, 0, p->key);
}

static void check_new(struct torture_turn *t, const struct piece *p, bool zero)
{
	struct annex_page *page = page_of(p);

	if (!page || !torture_is_lowmem(page)) {
		expect(t, false, p, "it is not in lowmem");
		return;
	}
	expect(t, annex_page_address(page) == p->addr, p, "its address");
	expect(t, __annex_va(__annex_pa(p->addr)) == p->addr, p,
	       "where it is");
	expect(t, annex_page_order(page) == (p->exact ? 0 : p->order), p,
	       "its order");
	expect(t, annex_page_ref_count(page) == 1, p, "its count");
	if (p->exact)
		page += frames_of(p) - 1;
	expect(t, annex_page_ref_count(page) == 1, p, "its last frame's count");
	if (zero)
		expect(t, !memchr_inv(p->addr, 0, PAGE_ALIGN(p->size)), p,
		       "it is not zero");
}

static u8 *get_free_pages(struct torture_turn *t, const struct piece *p,
			  gfp_t gfp, bool zero)
{
	unsigned long addr;

	if (torture_one_in(t, 2))
		gfp |= __GFP_COMP;
	if (p->order)
		addr = annex_get_free_pages(gfp | (zero ? __GFP_ZERO : 0),
					    p->order);
	else if (zero)
		addr = annex_get_zeroed_page(gfp);
	else
		addr = annex_get_free_page(gfp);
	return (u8 *)addr;
}

static void take(struct torture_turn *t, struct piece *p)
{
	bool zero = torture_one_in(t, 4);
	gfp_t gfp = torture_gfp(t);

	p->size = choose_size(t);
	p->order = get_order(p->size);
	p->exact = torture_one_in(t, 2);
	if (p->exact) {
		gfp |= zero ? __GFP_ZERO : 0;
		p->addr = annex_alloc_pages_exact(p->size, gfp);
	} else {
		p->addr = get_free_pages(t, p, gfp, zero);
		p->size = PAGE_SIZE << p->order;
	}
	if (!p->addr) {
		torture_denied(t);
		return;
	}
	check_new(t, p, zero);
	p->key = torture_key(t);
	stamp(p);
}

/* Begin at a random frame and wrap around. */
static void give_by_frame(struct torture_turn *t, const struct piece *p)
{
	u32 i, nr = frames_of(p), from = torture_below(t, nr);

	for (i = 0; i < nr; i++) {
		u8 *addr = p->addr + (from + i) % nr * PAGE_SIZE;

		torture_refused(t, "free_page_addr",
				annex_free_page_addr((unsigned long)addr));
	}
}

static void give(struct torture_turn *t, struct piece *p)
{
	bool other_way = torture_one_in(t, 3);

	check(t, p);
	if (p->exact && other_way)
		give_by_frame(t, p);
	else if (p->exact)
		torture_refused(t, "free_pages_exact",
				annex_free_pages_exact(p->addr, p->size));
	else if (other_way)
		torture_refused(t, "free_pages",
				annex_free_pages(page_of(p), p->order));
	else
		torture_refused(t, "free_pages_addr",
				annex_free_pages_addr((unsigned long)p->addr,
						      p->order));
	p->addr = NULL;
}

/* An interrupt stamps and frees no larger pieces than it allocates. */
static bool is_too_large(const struct torture_turn *t, const struct piece *p)
{
	return t->context != TORTURE_THREAD && p->order > TORTURE_IRQ_ORDER;
}

static void look(struct torture_turn *t, struct piece *p)
{
	check(t, p);
	if (is_too_large(t, p))
		return;
	p->key = torture_key(t);
	stamp(p);
}

static void run(struct torture_turn *t)
{
	struct piece *p = &pieces[torture_below(t, PIECES)];
	bool looks = torture_one_in(t, 3);

	if (!torture_claim(t, &p->busy))
		return;
	if (!p->addr)
		take(t, p);
	else if (looks || is_too_large(t, p))
		look(t, p);
	else
		give(t, p);
	torture_unclaim(&p->busy);
}

static void clear(struct torture_turn *t)
{
	torture_give_all(t, pieces, addr, give);
}

struct torture_op torture_exact = {
	.name = "exact",
	.weight = 8,
	.contexts = TORTURE_ANYWHERE,
	.run = run,
	.clear = clear,
};
