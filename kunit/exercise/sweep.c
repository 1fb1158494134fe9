// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pool from end to end, by mappings.
 *
 * All frames that can be had are taken, in blocks as large as there are. Then
 * each gets a word that has its number, by kmap_local(), and when all have
 * theirs, all are looked at. Or one page every 2 MB gets all of its words, by
 * kmap().
 *
 * A page that was written to takes memory of the machine below the guest. With
 * more frames than that has memory, it is done in stages of some blocks, and a
 * program of the host takes part: a frame that was found right gets another
 * word, a receipt, which also has its number. The program finds the receipt at
 * the frame's physical address, which proves that the mapping led there. Then
 * it gives the page back to the host, and the page reads as zeroes from then
 * on. So this side sees when it may go on: no more than two stages have
 * contents.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <annex/highmem.h>

#include "exercise.h"

/* 63 GB in blocks of 4 MB, and what is left in pieces. */
#define BLOCKS_MAX	32768

/* What stands above the number of a frame, which has 24 bits. */
#define WRITTEN		(0x5aU << ANNEX_PFN_BITS)
#define RECEIPT		(0xa5U << ANNEX_PFN_BITS)

#define PAGE_WORDS	(PAGE_SIZE / sizeof(u32))

/* Frames of 2 MB. */
#define EVERY		((2U << 20) >> PAGE_SHIFT)

/* A program that takes receipts takes one within this time, or does not run. */
#define PATIENCE	(60 * HZ)

struct block {
	annex_pfn_t pfn;
	unsigned int order;
};

struct sweep {
	u32 nr;
	u32 stage;
	unsigned long frames;
	unsigned long pages;
	struct block block[BLOCKS_MAX];
};

/* Take all blocks of an order that a request gets. */
static void take_order(struct sweep *s, gfp_t gfp, unsigned int order)
{
	struct annex_page *page;

	while (s->nr < BLOCKS_MAX && !annex_alloc_block(gfp, order, &page)) {
		s->block[s->nr].pfn = annex_page_to_pfn(page);
		s->block[s->nr].order = order;
		s->nr++;
		s->frames += 1UL << order;
		cond_resched();
	}
}

/* First high frames and lowmem above its reserve, then the rest of lowmem. */
static void take_all(struct sweep *s)
{
	static const gfp_t gfps[] = {
		GFP_HIGHUSER | __GFP_NORETRY, GFP_KERNEL | __GFP_NORETRY,
		GFP_ATOMIC | __GFP_HIGHMEM,
	};
	int order;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(gfps); i++)
		for (order = ANNEX_MAX_ORDER - 1; order >= 0; order--)
			take_order(s, gfps[i] | __GFP_NOWARN, order);
}

static int give_all(const struct sweep *s)
{
	int err = 0, err_free;
	u32 i;

	for (i = 0; i < s->nr; i++) {
		err_free = annex_free_pages(annex_pfn_to_page(s->block[i].pfn),
					    s->block[i].order);
		err = err ?: err_free;
		cond_resched();
	}
	return err;
}

static int write_frame(annex_pfn_t pfn)
{
	u32 *addr = annex_kmap_local_pfn(pfn);

	if (!addr)
		return -ENOMEM;
	WRITE_ONCE(*addr, WRITTEN | pfn);
	return annex_kunmap_local(addr);
}

static int verify_frame(annex_pfn_t pfn)
{
	u32 *addr = annex_kmap_local_pfn(pfn);
	u32 word;

	if (!addr)
		return -ENOMEM;
	word = READ_ONCE(*addr);
	if (word == (WRITTEN | pfn))
		WRITE_ONCE(*addr, RECEIPT | pfn);
	else
		exercise_say("frame %#x has %08x\n", pfn, word);
	return annex_kunmap_local(addr) ?:
	       word == (WRITTEN | pfn) ? 0 : -EBADMSG;
}

static int each_frame(const struct block *b, int (*call)(annex_pfn_t pfn))
{
	annex_pfn_t pfn = b->pfn, end = b->pfn + (1U << b->order);
	int err = 0;

	while (pfn < end && !err)
		err = call(pfn++);
	cond_resched();
	return err;
}

/* A block's receipts are taken in the order of its frames. */
static bool is_taken(const struct block *b)
{
	u32 *addr = annex_kmap_local_pfn(b->pfn + (1U << b->order) - 1);
	bool taken = addr && !READ_ONCE(*addr);

	annex_kunmap_local(addr);
	return taken;
}

static int wait_for_blocks(const struct sweep *s, u32 from, u32 to)
{
	unsigned long limit = jiffies + PATIENCE;

	for (; from < to; from++) {
		while (!is_taken(&s->block[from])) {
			if (time_after(jiffies, limit)) {
				exercise_say("nobody takes receipts\n");
				return -ETIMEDOUT;
			}
			msleep(20);
		}
		cond_resched();
	}
	return 0;
}

static int sweep_blocks(const struct sweep *s, u32 from, u32 to)
{
	int err = 0;
	u32 i;

	for (i = from; i < to && !err; i++)
		err = each_frame(&s->block[i], write_frame);
	for (i = from; i < to && !err; i++)
		err = each_frame(&s->block[i], verify_frame);
	return err;
}

static int sweep_local(struct sweep *s)
{
	u32 from = 0, to, before = 0;
	int err = 0;

	if (!s->stage)
		return sweep_blocks(s, 0, s->nr);
	for (; from < s->nr && !err; from = to) {
		to = min(from + s->stage, s->nr);
		err = sweep_blocks(s, from, to) ?:
		      wait_for_blocks(s, before, from);
		before = from;
	}
	return err ?: wait_for_blocks(s, before, s->nr);
}

/* What word i of a frame gets: not like a word of the other kind. */
static u32 word_of(annex_pfn_t pfn, u32 i)
{
	return pfn | i % 64 << ANNEX_PFN_BITS;
}

static int write_page(annex_pfn_t pfn)
{
	struct annex_page *page = annex_pfn_to_page(pfn);
	u32 i, *addr = annex_kmap(page);

	if (!addr)
		return -ENOMEM;
	for (i = 0; i < PAGE_WORDS; i++)
		addr[i] = word_of(pfn, i);
	return annex_kunmap(page);
}

static int verify_page(annex_pfn_t pfn)
{
	struct annex_page *page = annex_pfn_to_page(pfn);
	u32 i, *addr = annex_kmap(page);

	if (!addr)
		return -ENOMEM;
	for (i = 0; i < PAGE_WORDS; i++)
		if (addr[i] != word_of(pfn, i))
			break;
	if (i < PAGE_WORDS)
		exercise_say("frame %#x has %08x at %u\n", pfn, addr[i],
			     i * (u32)sizeof(u32));
	else
		memset(addr, 0, PAGE_SIZE);
	return annex_kunmap(page) ?: i < PAGE_WORDS ? -EBADMSG : 0;
}

/* The first frame of each 2 MB of the blocks that have as much. */
static int each_page(struct sweep *s, int (*call)(annex_pfn_t pfn))
{
	const struct block *b;
	int err = 0;

	s->pages = 0;
	for (b = s->block; b < s->block + s->nr && !err; b++) {
		annex_pfn_t pfn = b->pfn, end = b->pfn + (1U << b->order);

		for (; pfn + EVERY <= end && !err;
		     pfn += EVERY) {
			err = call(pfn);
			s->pages++;
		}
		cond_resched();
	}
	return err;
}

static int sweep_kmap(struct sweep *s)
{
	return each_page(s, write_page) ?: each_page(s, verify_page);
}

/**
 * exercise_sweep() - write to all of the pool and verify it
 * @args: name: local, each frame by kmap_local(), or kmap, a frame every 2 MB;
 *	blocks: of a stage of local; 0, for all at once, needs no program that
 *	takes receipts
 *
 * Context: process.
 * Return: 0; -EBADMSG if a frame had something else; -ETIMEDOUT if no program
 * takes receipts; -ENOMEM; -EINVAL.
 */
int exercise_sweep(const struct exercise_args *args)
{
	bool local = !strcmp(args->name, "local");
	ktime_t start = ktime_get();
	struct sweep *s;
	int err, err_give;

	if (!local && strcmp(args->name, "kmap"))
		return -EINVAL;
	s = vzalloc(sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->stage = args->blocks;
	take_all(s);
	err = local ? sweep_local(s) : sweep_kmap(s);
	err_give = give_all(s);
	exercise_say("%lu of %lu frames in %lld ms\n",
		     local ? s->frames : s->pages, s->frames,
		     ktime_ms_delta(ktime_get(), start));
	vfree(s);
	return err ?: err_give;
}
