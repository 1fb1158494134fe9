// SPDX-License-Identifier: GPL-2.0-only
/*
 * pages: blocks of all orders, by all gfp flags.
 *
 * A block is allocated and stamped in one turn, looked at in others and freed
 * in another yet, each of them anywhere. Looking at one also takes and drops
 * references, by a tail if it is a compound one, sets and clears its owner's
 * flags and its private value, and gives it a new stamp.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <annex/folio.h>
#include <annex/highmem.h>
#include <annex/page_alloc.h>

#include "torture.h"

/* Of some 50 frames on average, of which half are there: 100 MB. */
#define BLOCKS		1024

struct block {
	unsigned long busy;
	struct annex_page *page;
	u32 key;
	u8 order;
	bool compound;
};

static struct block blocks[BLOCKS];

static gfp_t choose_gfp(struct torture_turn *t, unsigned int order)
{
	gfp_t gfp = torture_gfp(t);
	u32 n = torture_random(t);

	if (n & 1)
		gfp |= __GFP_COMP;
	if (!(n & 6) && (t->context == TORTURE_THREAD || !order))
		gfp |= __GFP_ZERO;
	/* __GFP_NOFAIL for order 0 only: other turns free frames soon. */
	if (!order && !(n >> 8 & 63) && t->context == TORTURE_THREAD)
		gfp = (gfp & (__GFP_ZERO | __GFP_COMP)) | GFP_HIGHUSER |
		      __GFP_NOFAIL;
	return gfp;
}

static void expect(struct torture_turn *t, bool holds, struct annex_page *page,
		   const char *what)
{
	if (unlikely(!holds))
		torture_corrupt(t, "block %#x: %s", annex_page_to_pfn(page),
				what);
}

/* Is it where it should be, and of the size that was asked for? */
static void check_new(struct torture_turn *t, const struct block *b, gfp_t gfp)
{
	struct annex_page *page = b->page, *tail = page + (1U << b->order) - 1;
	phys_addr_t phys = annex_page_to_phys(page);
	void *addr;

	expect(t, annex_page_state(page) == ANNEX_PAGE_USED, page, "its state");
	expect(t, annex_page_order(page) == b->order, page, "its order");
	expect(t, annex_page_count(page) == 1, page, "its count");
	expect(t, annex_page_ref_count(page) == 1, page, "its own count");
	expect(t, IS_ALIGNED(phys, (u64)PAGE_SIZE << b->order), page,
	       "its alignment");
	expect(t, annex_pfn_to_page(annex_page_to_pfn(page)) == page, page,
	       "its number");
	expect(t, annex_compound_head(tail) == (b->compound ? page : tail),
	       page, "its tail's head");
	if (gfp & __GFP_HIGHMEM)
		return;
	addr = annex_page_address(page);
	expect(t, torture_is_lowmem(page), page, "it is not lowmem");
	expect(t, __annex_pa(addr) == phys, page, "where it is");
	expect(t, __annex_va(phys) == addr, page, "its address");
}

static void take(struct torture_turn *t, struct block *b)
{
	unsigned int order = torture_order(t);
	gfp_t gfp = choose_gfp(t, order);
	struct annex_page *page;

	if (torture_one_in(t, 4))
		annex_alloc_block(gfp, order, &page);
	else
		page = annex_alloc_pages(gfp, order);
	if (!page) {
		torture_denied(t);
		return;
	}
	b->page = page;
	b->order = order;
	b->compound = order && gfp & __GFP_COMP;
	check_new(t, b, gfp);
	if (gfp & __GFP_ZERO)
		torture_check_zero(t, page, order);
	b->key = torture_key(t);
	torture_stamp(t, page, order, b->key);
}

/* One more reference, perhaps by a tail: the block outlives one free. */
static void use_count(struct torture_turn *t, struct block *b)
{
	u32 tail = torture_below(t, 1U << b->order);
	struct annex_page *page = b->compound ? b->page + tail : b->page;

	if (torture_refused(t, "get_page", annex_get_page(page)))
		return;
	expect(t, annex_page_count(page) == 2, b->page, "its count with one more");
	if (torture_one_in(t, 2))
		torture_refused(t, "put_page", annex_put_page(page));
	else
		torture_refused(t, "free_pages",
				annex_free_pages(b->page, b->order));
	expect(t, annex_page_count(page) == 1, b->page, "its count again");
}

static void use_flags(struct torture_turn *t, struct block *b)
{
	u32 value = torture_random(t) >> 8;

	expect(t, !annex_page_test_set_flag(b->page, ANNEX_PG_OWNER_PRIV_1),
	       b->page, "its flag was set");
	torture_refused(t, "set_page_private",
			annex_set_page_private(b->page, value));
	torture_nap(t);
	expect(t, annex_page_private(b->page) == value, b->page,
	       "its private value");
	expect(t, annex_page_test_flag(b->page, ANNEX_PG_OWNER_PRIV_1),
	       b->page, "its flag is lost");
	expect(t, annex_page_test_clear_flag(b->page, ANNEX_PG_OWNER_PRIV_1),
	       b->page, "its flag was clear");
}

/* Moves contents about: each helper once in a while. */
static void use_helpers(struct torture_turn *t, struct block *b)
{
	u32 from = torture_below(t, 1U << b->order);
	u32 to = torture_below(t, 1U << b->order);
	u32 len = torture_below(t, PAGE_SIZE);
	int err;

	err = annex_memset_page(b->page + from, PAGE_SIZE - len, 0x5a, len);
	err = annex_zero_user(b->page + from, 0, len) ?: err;
	if (to != from)
		err = annex_copy_highpage(b->page + to, b->page + from) ?: err;
	err = annex_memcpy_page(b->page + from, 0, b->page + to, PAGE_SIZE - len,
				len) ?: err;
	err = annex_clear_highpage(b->page + to) ?: err;
	torture_refused(t, "helper", err);
	torture_check_zero(t, b->page + to, 0);
	torture_stamp(t, b->page, b->order, b->key);
}

static void look(struct torture_turn *t, struct block *b)
{
	torture_check(t, b->page, b->order, b->key);
	use_count(t, b);
	use_flags(t, b);
	if (b->order <= TORTURE_IRQ_ORDER || t->context == TORTURE_THREAD) {
		b->key = torture_key(t);
		torture_stamp(t, b->page, b->order, b->key);
		if (torture_one_in(t, 4))
			use_helpers(t, b);
	}
}

static void give(struct torture_turn *t, struct block *b)
{
	struct annex_page *page = b->page;

	torture_check(t, page, b->order, b->key);
	b->page = NULL;
	if (torture_one_in(t, 2))
		torture_refused(t, "free_pages",
				annex_free_pages(page, b->order));
	else
		torture_refused(t, "put_page", annex_put_page(page));
}

static void run(struct torture_turn *t)
{
	struct block *b = &blocks[torture_below(t, BLOCKS)];
	bool looks = torture_one_in(t, 3);

	if (!torture_claim(t, &b->busy))
		return;
	if (!b->page)
		take(t, b);
	else if (looks)
		look(t, b);
	else
		give(t, b);
	torture_unclaim(&b->busy);
}

static void clear(struct torture_turn *t)
{
	torture_give_all(t, blocks, page, give);
}

struct torture_op torture_pages = {
	.name = "pages",
	.weight = 20,
	.contexts = TORTURE_ANYWHERE,
	.run = run,
	.clear = clear,
};
