// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmalloc as a module uses it: memory of either kind is filled, grows, is
 * compared and goes back. On request every second frame of lowmem is taken
 * before, so that no two are in a row and what needs two becomes an area.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <annex/slab.h>
#include <annex/vmalloc.h>

#include "exercise.h"

/* Pieces of memory at a time, and the largest: 1.5 MB, of some 8 MB. */
#define KEPT		12
#define SIZE_MAX_LOG2	19

/**
 * struct piece - memory and what it was filled with
 * @addr: where
 * @size: bytes
 * @byte: of which it is full
 */
struct piece {
	u8 *addr;
	size_t size;
	u8 byte;
};

/**
 * struct user - a user of kvmalloc
 * @rnd: the random sequence
 * @piece: what is in use
 * @made: how often memory was had
 * @areas: how often it was an area
 * @small: how often an area was for a page or less
 * @large: how often more than a page was none
 */
struct user {
	struct rnd_state rnd;
	struct piece piece[KEPT];
	u32 made;
	u32 areas;
	u32 small;
	u32 large;
};

/* Small ones as often as large ones. */
static size_t some_size(struct user *u)
{
	u32 log2 = 3 + prandom_u32_state(&u->rnd) % (SIZE_MAX_LOG2 - 2);

	return (1U << log2) + prandom_u32_state(&u->rnd) % (1U << log2) / 2;
}

static int note(struct user *u, struct piece *p, size_t from)
{
	bool area = annex_is_vmalloc_addr(p->addr);

	u->made++;
	u->areas += area;
	u->small += area && p->size <= PAGE_SIZE;
	u->large += !area && p->size > PAGE_SIZE;
	memset(p->addr + from, p->byte, p->size - from);
	return 0;
}

static int take(struct user *u, struct piece *p)
{
	bool zero = prandom_u32_state(&u->rnd) & 1;

	p->size = some_size(u);
	p->byte = prandom_u32_state(&u->rnd);
	p->addr = zero ? annex_kvzalloc(p->size, GFP_KERNEL) :
			 annex_kvmalloc_array(p->size, 1, GFP_KERNEL);
	if (!p->addr)
		return -ENOMEM;
	if (zero && memchr_inv(p->addr, 0, p->size)) {
		exercise_say("%zu bytes were to be zeroes\n", p->size);
		return -EIO;
	}
	return note(u, p, 0);
}

static int check(const struct piece *p, size_t size)
{
	if (!memchr_inv(p->addr, p->byte, size))
		return 0;
	exercise_say("%zu bytes are not what they were\n", size);
	return -EIO;
}

static int grow(struct user *u, struct piece *p)
{
	size_t was = p->size, size = was + some_size(u) / 4;
	u8 *addr = annex_kvrealloc(p->addr, was, size, GFP_KERNEL);

	if (!addr)
		return -ENOMEM;
	p->addr = addr;
	p->size = size;
	return check(p, was) ?: note(u, p, was);
}

static int drop(struct piece *p)
{
	int err = check(p, p->size) ?: annex_kvfree(p->addr);

	p->addr = NULL;
	return err;
}

static int step(struct user *u)
{
	struct piece *p = &u->piece[prandom_u32_state(&u->rnd) % KEPT];

	if (!p->addr)
		return take(u, p);
	if (p->size < SZ_256K && prandom_u32_state(&u->rnd) % 4 == 0)
		return grow(u, p);
	return drop(p);
}

static int use(struct user *u, u32 made)
{
	unsigned int i;
	int err = 0;

	while (u->made < made && !err) {
		err = step(u);
		cond_resched();
	}
	for (i = 0; i < KEPT; i++)
		if (u->piece[i].addr)
			err = drop(&u->piece[i]) ?: err;
	exercise_say("%u of %u were areas, %u of a page or less; %u larger ones were none\n",
		     u->areas, u->made, u->small, u->large);
	return err;
}

/* All of lowmem, the reserves included, of which the even frames go back. */
static unsigned int take_every_other(struct annex_page **held, unsigned int max)
{
	unsigned int nr = 0, kept = 0, i;

	while (nr < max) {
		held[nr] = annex_alloc_page(GFP_ATOMIC | __GFP_NOWARN |
					    __GFP_MEMALLOC);
		if (!held[nr])
			break;
		nr++;
	}
	for (i = 0; i < nr; i++)
		if (annex_page_to_pfn(held[i]) % 2)
			held[kept++] = held[i];
		else
			annex_free_page(held[i]);
	annex_drain_all_pages();
	return kept;
}

/**
 * exercise_kvmalloc() - use kvmalloc
 * @args: how often, the seed, and every: 2 if only every other frame of lowmem
 *	is to be there
 *
 * Return: 0 if all contents were right; -EIO; an error of annex's.
 */
int exercise_kvmalloc(const struct exercise_args *args)
{
	const unsigned int max = SZ_64M >> PAGE_SHIFT;
	struct user *u = kzalloc(sizeof(*u), GFP_KERNEL);
	struct annex_page **held = NULL;
	unsigned int nr = 0;
	int err = -ENOMEM;

	if (args->every > 1)
		held = kvcalloc(max, sizeof(*held), GFP_KERNEL);
	if (!u || (args->every > 1 && !held))
		goto out;
	if (held)
		nr = take_every_other(held, max);
	prandom_seed_state(&u->rnd, exercise_seed(args));
	err = use(u, args->ops);
	if (!err && held && !u->areas)
		err = -EPROTO;
	while (nr)
		err = annex_free_page(held[--nr]) ?: err;
out:
	kvfree(held);
	kfree(u);
	return err;
}
