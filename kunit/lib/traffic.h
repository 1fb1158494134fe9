/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_TRAFFIC_H
#define ANNEX_KUNIT_LIB_TRAFFIC_H

/*
 * The traffic by which it is measured what keeping frames apart by type is
 * worth. A suite runs it on private pools, annex_exercise on the loaded one:
 * the same requests in the same order from the same seed.
 *
 * Blocks of order 0 to 3 are allocated until four fifths of the frames are
 * used. One block in ten is unmovable and lives long; the others are movable
 * and live until their number comes up. Then ten rounds: of the movable ones
 * between a half and nine tenths are freed, of the unmovable ones one in 32,
 * whichever they are, and what was freed is allocated again as at first.
 *
 *   fill   80 % |---.   ,---.   ,---.   ,- ... ,---| full
 *               |    \_/     \_/     \_/           |
 *   10 % stay   |__________________________________|___ drained
 *
 * What of the free memory is in blocks of order 9 and more is looked at twice:
 * when the pool is full, as it was in between, and when it is drained, with
 * all that can go gone. The second tells what frames that stay do to a pool:
 * at its fill, nearly all free frames were never allocated, and lie in whole
 * blocks with any placement. Nothing in the sequence depends on where the
 * blocks are, so it is the same with and without types.
 */
#include <linux/gfp.h>
#include <linux/math64.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <annex/page.h>

#define TRAFFIC_ROUNDS		10
#define TRAFFIC_ORDERS		4
#define TRAFFIC_LARGE		9

/**
 * struct traffic - a pool under this traffic
 * @pool: for the two functions
 * @alloc: allocate a block
 * @free: free one
 * @map: descriptors of the frames that may be used
 * @frames: how many
 * @rnd: what is random
 * @block: the movable blocks, and from the end of the array down the others
 * @room: entries of it
 * @nr: movable blocks
 * @nr_stay: unmovable blocks
 * @used: frames of all of them
 * @stay: frames of the unmovable ones
 */
struct traffic {
	void *pool;
	struct annex_page *(*alloc)(void *pool, gfp_t gfp, unsigned int order);
	void (*free)(void *pool, struct annex_page *page, unsigned int order);
	const struct annex_page *map;
	u32 frames;
	struct rnd_state rnd;
	struct annex_page **block;
	u32 room;
	u32 nr;
	u32 nr_stay;
	u32 used;
	u32 stay;
};

static u32 traffic_below(struct traffic *t, u32 n)
{
	return prandom_u32_state(&t->rnd) % n;
}

static u32 traffic_fill_mark(const struct traffic *t)
{
	return t->frames / 5 * 4;
}

static bool traffic_take(struct traffic *t)
{
	unsigned int order = traffic_below(t, TRAFFIC_ORDERS);
	bool stays = !traffic_below(t, 10) &&
		     t->stay < traffic_fill_mark(t) / 10;
	struct annex_page *page;

	if (t->nr + t->nr_stay == t->room)
		return false;
	page = t->alloc(t->pool, __GFP_NOWARN |
			(stays ? GFP_HIGHUSER : GFP_HIGHUSER_MOVABLE), order);
	if (!page)
		return false;
	if (stays) {
		t->block[t->room - ++t->nr_stay] = page;
		t->stay += 1U << order;
	} else {
		t->block[t->nr++] = page;
	}
	t->used += 1U << order;
	return true;
}

static void traffic_give(struct traffic *t, struct annex_page *page)
{
	unsigned int order = annex_page_order(page);

	t->used -= 1U << order;
	t->free(t->pool, page, order);
}

/* Free movable blocks, whichever, until so many are left. */
static void traffic_drop(struct traffic *t, u32 left)
{
	while (t->nr > left) {
		u32 i = traffic_below(t, t->nr);
		struct annex_page *page = t->block[i];

		t->block[i] = t->block[--t->nr];
		traffic_give(t, page);
		cond_resched();
	}
}

static void traffic_drop_staying(struct traffic *t, u32 left)
{
	while (t->nr_stay > left) {
		struct annex_page **last = t->block + t->room - t->nr_stay;
		u32 i = traffic_below(t, t->nr_stay);
		struct annex_page *page = last[i];

		last[i] = *last;
		t->nr_stay--;
		t->stay -= 1U << annex_page_order(page);
		traffic_give(t, page);
	}
}

static bool traffic_fill(struct traffic *t)
{
	while (t->used < traffic_fill_mark(t)) {
		if (!traffic_take(t))
			return false;
		cond_resched();
	}
	return true;
}

/* All rounds. Returns whether each request could be served. */
static bool traffic_run(struct traffic *t)
{
	unsigned int i;

	for (i = 0; i < TRAFFIC_ROUNDS; i++) {
		if (!traffic_fill(t))
			return false;
		traffic_drop(t, t->nr * (1 + traffic_below(t, 5)) / 10);
		traffic_drop_staying(t, t->nr_stay - t->nr_stay / 32);
	}
	return traffic_fill(t);
}

/*
 * Of the frames that are free, how many in a thousand are in large blocks. The
 * per-CPU lists are empty.
 */
static u32 traffic_share(const struct traffic *t)
{
	const struct annex_page *page = t->map, *end = page + t->frames;
	u32 free = 0, large = 0;

	while (page < end) {
		enum annex_page_state state = annex_page_state(page);
		u32 size = 1U << annex_page_order(page);

		if (state == ANNEX_PAGE_FREE) {
			free += size;
			if (size >= 1U << TRAFFIC_LARGE)
				large += size;
		}
		page += state == ANNEX_PAGE_INNER ? 1 : size;
	}
	return free ? div_u64(large * 1000ULL, free) : 0;
}

#endif /* ANNEX_KUNIT_LIB_TRAFFIC_H */
