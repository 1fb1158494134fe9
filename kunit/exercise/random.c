// SPDX-License-Identifier: GPL-2.0-only
/*
 * A random load: blocks of every order and kind are allocated, checked,
 * stamped, held for a while, checked again and given back, by one thread or
 * several at once.
 *
 * What is checked of each block: the order, the count, the alignment of its
 * physical address, that it lies where the request may be served from, that
 * no frame of it is another live block's, that it is zero if that was asked
 * for, that its addresses agree with each other, and at the end its contents.
 * A compound block takes and drops a reference by one of its tails; one block
 * in eight is freed with a reference left, which must keep it.
 *
 * A request that finds no memory is no failure. The load stays small beside
 * a pool, but DMA has 15 MB, of which blocks of 4 MB are soon gone.
 *
 * Locking: a worker has its blocks for itself; the map of live frames is a
 * bitmap of atomic bits.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <annex/highmem.h>

#include "exercise.h"

/* Blocks that a worker holds at most: of 38 frames on average, some 40 MB. */
#define LIVE_MAX	256

/* Operations between a change from growing to shrinking and back. */
#define TIDE		512

#define THREADS_MAX	8

/* A bit for each frame that a pool can have, 2 MB of them. */
#define MAP_BYTES	((1U << ANNEX_PFN_BITS) / BITS_PER_BYTE)

struct live {
	struct annex_page *page;
	unsigned int order;
	u32 key;
};

struct worker {
	struct rnd_state rnd;
	unsigned long *map;
	u32 ops;
	unsigned int nr;
	unsigned long blocks;
	unsigned long frames;
	unsigned long denied;
	struct live live[LIVE_MAX];
};

static u32 below(struct worker *w, u32 limit)
{
	return prandom_u32_state(&w->rnd) % limit;
}

static bool one_in(struct worker *w, u32 n)
{
	return !below(w, n);
}

static int wrong(const struct live *b, const char *what)
{
	exercise_say("block %#x of order %u: %s\n", annex_page_to_pfn(b->page),
		     b->order, what);
	return -EPROTO;
}

static int enter_map(struct worker *w, const struct live *b)
{
	annex_pfn_t pfn = annex_page_to_pfn(b->page);
	annex_pfn_t end = pfn + (1U << b->order);

	for (; pfn < end; pfn++)
		if (test_and_set_bit(pfn, w->map))
			return wrong(b, "has a frame of another live block");
	return 0;
}

static void leave_map(struct worker *w, const struct live *b)
{
	annex_pfn_t pfn = annex_page_to_pfn(b->page);
	annex_pfn_t end = pfn + (1U << b->order);

	for (; pfn < end; pfn++)
		clear_bit(pfn, w->map);
}

static int check_place(const struct exercise_kind *kind, const struct live *b)
{
	phys_addr_t phys = annex_page_to_phys(b->page);
	bool lowmem = exercise_is_lowmem(b->page);
	void *addr = annex_page_address(b->page);

	if (phys & ((PAGE_SIZE << b->order) - 1))
		return wrong(b, "is not aligned to its size");
	if (kind->lowmem && !lowmem)
		return wrong(b, "is not of lowmem");
	if (kind->dma &&
	    annex_page_to_pfn(b->page) + (1U << b->order) > 4096)
		return wrong(b, "is not of the first 16 MB");
	if (lowmem && (__annex_pa(addr) != phys ||
		       __annex_va(phys) != addr))
		return wrong(b, "has addresses that disagree");
	/* A high frame may still have the mapping of its last owner. */
	if (addr && annex_kmap_to_page(addr) != b->page)
		return wrong(b, "has an address that is another's");
	return 0;
}

/* A reference to a tail is one to the head. */
static int check_tail(struct worker *w, const struct live *b)
{
	struct annex_page *tail = b->page + 1 + below(w, (1U << b->order) - 1);

	if (annex_compound_head(tail) != b->page)
		return wrong(b, "is not the head of its tail");
	if (annex_get_page(tail) || annex_page_count(b->page) != 2 ||
	    annex_page_count(tail) != 2)
		return wrong(b, "takes no reference by its tail");
	if (annex_put_page(tail) || annex_page_count(b->page) != 1)
		return wrong(b, "drops no reference by its tail");
	return 0;
}

static int check_new(struct worker *w, const struct exercise_kind *kind,
		     gfp_t gfp, const struct live *b)
{
	int err = check_place(kind, b);

	if (!err && annex_page_order(b->page) != b->order)
		err = wrong(b, "says that it has another order");
	if (!err && annex_page_count(b->page) != 1)
		err = wrong(b, "is new and has not one user");
	if (!err)
		err = enter_map(w, b);
	if (!err && gfp & __GFP_ZERO)
		err = exercise_check_zero(b->page, b->order);
	if (!err && gfp & __GFP_COMP && b->order)
		err = check_tail(w, b);
	return err;
}

/* A request with GFP_ATOMIC is made in atomic context. */
static int request(const struct exercise_kind *kind, gfp_t gfp, struct live *b)
{
	unsigned long flags;
	int err;

	if (kind->gfp != GFP_ATOMIC)
		return annex_alloc_block(gfp, b->order, &b->page);
	local_irq_save(flags);
	err = annex_alloc_block(gfp, b->order, &b->page);
	local_irq_restore(flags);
	return err;
}

static int take(struct worker *w)
{
	const struct exercise_kind *kind =
		&exercise_kinds[below(w, EXERCISE_NR_KINDS)];
	struct live *b = &w->live[w->nr];
	gfp_t gfp = kind->gfp | __GFP_NOWARN;
	int err;

	/* Small orders are common, the largest comes once in 121 times. */
	b->order = below(w, 1 + below(w, ANNEX_MAX_ORDER));
	b->key = prandom_u32_state(&w->rnd);
	if (one_in(w, 4))
		gfp |= __GFP_ZERO;
	if (one_in(w, 4))
		gfp |= __GFP_COMP;
	err = request(kind, gfp, b);
	if (err == -ENOMEM) {
		w->denied++;
		return 0;
	}
	if (err) {
		exercise_say("a request of kind %s is refused with %d\n",
			     kind->name, err);
		return err;
	}
	w->nr++;
	w->blocks++;
	w->frames += 1UL << b->order;
	err = check_new(w, kind, gfp, b);
	if (!err)
		exercise_stamp(b->page, b->order, b->key);
	return err;
}

static int free_block(struct worker *w, const struct live *b)
{
	int err;

	if (one_in(w, 8)) {
		if (annex_get_page(b->page) ||
		    annex_free_pages(b->page, b->order) ||
		    annex_page_count(b->page) != 1)
			return wrong(b, "does not live by its second user");
		err = exercise_check_stamp(b->page, b->order, b->key);
		if (err)
			return err;
	}
	leave_map(w, b);
	err = one_in(w, 2) ? annex_put_page(b->page) :
			     annex_free_pages(b->page, b->order);
	return err ? wrong(b, "is not taken back") : 0;
}

static int give(struct worker *w, unsigned int i)
{
	struct live b = w->live[i];
	int err = exercise_check_stamp(b.page, b.order, b.key);

	w->live[i] = w->live[--w->nr];
	return err ?: free_block(w, &b);
}

static int work(void *data)
{
	struct worker *w = data;
	bool grow = true;
	int err = 0;
	u32 op;

	for (op = 0; op < w->ops && !err; op++) {
		if (op % TIDE == 0)
			grow = !w->nr || one_in(w, 2);
		if (!w->nr || (w->nr < LIVE_MAX && one_in(w, 4) != grow))
			err = take(w);
		else
			err = give(w, below(w, w->nr));
		cond_resched();
	}
	while (w->nr && !err)
		err = give(w, w->nr - 1);
	/* After a failure, what is left goes back unchecked. */
	while (w->nr--)
		annex_free_pages(w->live[w->nr].page, w->live[w->nr].order);
	return err;
}

static void init_workers(struct worker *workers, unsigned long *map,
			 const struct exercise_args *args, u32 seed)
{
	unsigned int i;

	for (i = 0; i < args->threads; i++) {
		workers[i].map = map;
		workers[i].ops = args->ops;
		prandom_seed_state(&workers[i].rnd, seed + i);
	}
}

static int check_result(const struct worker *workers, unsigned int nr,
			const unsigned long *map)
{
	unsigned long blocks = 0, frames = 0, denied = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		blocks += workers[i].blocks;
		frames += workers[i].frames;
		denied += workers[i].denied;
	}
	exercise_say("%lu blocks, %lu frames, %lu requests without memory\n",
		     blocks, frames, denied);
	if (memchr_inv(map, 0, MAP_BYTES)) {
		exercise_say("a live frame was not given back\n");
		return -EPROTO;
	}
	if (denied > blocks) {
		exercise_say("most requests found no memory\n");
		return -ENOMEM;
	}
	return 0;
}

/**
 * exercise_random() - run a random load
 * @args: ops for each thread, threads, seed
 *
 * Context: process.
 * Return: 0; -EPROTO if annex did what it should not; -EBADMSG if contents
 * were lost; -ENOMEM if most requests found no memory; -EINVAL.
 */
int exercise_random(const struct exercise_args *args)
{
	u32 seed = exercise_seed(args);
	struct worker *workers;
	unsigned long *map;
	int err = -ENOMEM;

	if (!args->ops || !args->threads || args->threads > THREADS_MAX)
		return -EINVAL;
	exercise_say("random ops=%u seed=%u threads=%u\n", args->ops, seed,
		     args->threads);
	workers = kvcalloc(args->threads, sizeof(*workers), GFP_KERNEL);
	map = vzalloc(MAP_BYTES);
	if (workers && map) {
		init_workers(workers, map, args, seed);
		err = exercise_run_threads(args->threads, args->threads, work,
					   workers, sizeof(*workers));
		if (!err)
			err = check_result(workers, args->threads, map);
	}
	vfree(map);
	kvfree(workers);
	return err;
}
