// SPDX-License-Identifier: GPL-2.0-only
/*
 * rcu: objects that are read under RCU and freed after a grace period: of kmalloc, of
 * a cache that poisons free objects, and of vmalloc.
 *
 *   cell --> object <-- turn, turn: rcu_read_lock()
 *     |
 *     `----> its successor, by an exchange; annex_kvfree_rcu() then frees the object
 *
 * A reader checks an object when it finds it and before rcu_read_unlock(). In between,
 * it may replace the object itself and allocate another one of that size, so that a
 * premature free is found with one CPU as well. Until the reader leaves, nothing but
 * the rcu_head changes. The rcu_head lies anywhere in the object.
 *
 *   | key size head mark |        (u8)mark        | rcu_head |   (u8)mark   |
 *                        ^-- rcu                  ^-- head
 *
 * settle() waits for RCU before it counts frames.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <annex/slab.h>
#include <annex/vmalloc.h>

#include "torture.h"

/* Few, so that turns meet often. */
#define CELLS		24

#define MOST_SMALL	600
#define MOST		SZ_64K
#define MOST_IRQ	SZ_8K
#define CACHE_SIZE	120

/* The longest delay of a reader, in us: interrupts are readers as well. */
#define STAY_MOST	30

struct object {
	u32 key;
	u32 size;
	u32 head;
	u32 mark;
	struct rcu_head rcu;
};

static struct object __rcu *cells[CELLS];
static struct annex_kmem_cache *cache;

static u32 make_mark(const struct object *o)
{
	return jhash_3words(o->key, o->size, o->head, (u32)(unsigned long)o);
}

static struct rcu_head *head_of(struct object *o)
{
	return (void *)o + o->head;
}

static void stamp(struct torture_turn *t, struct object *o, u32 size)
{
	u32 rest = size - sizeof(*o);

	o->key = torture_key(t);
	o->size = size;
	o->head = offsetof(struct object, rcu);
	if (torture_one_in(t, 2))
		o->head += round_down(torture_below(t, rest + 1),
				      sizeof(void *));
	o->mark = make_mark(o);
	memset(&o->rcu, (u8)o->mark, size - offsetof(struct object, rcu));
}

/* The size is used only if the mark, which covers it, is right. */
static void check(struct torture_turn *t, struct object *o, const char *when)
{
	void *rest = &o->rcu, *head = head_of(o), *end = (void *)o + o->size;
	u8 byte = o->mark;

	if (o->mark != make_mark(o))
		torture_corrupt(t, "object at %#lx %s: its mark is %#x",
				(unsigned long)o, when, o->mark);
	else if (memchr_inv(rest, byte, head - rest) ||
		 memchr_inv(head + sizeof(struct rcu_head), byte,
			    end - head - sizeof(struct rcu_head)))
		torture_corrupt(t, "object of %u bytes at %#lx %s: its contents",
				o->size, (unsigned long)o, when);
}

static gfp_t choose_gfp(struct torture_turn *t, bool waits)
{
	return waits ? torture_heap_gfp(t) : GFP_NOWAIT | __GFP_NOWARN;
}

static struct object *allocate(struct torture_turn *t, u32 *size, bool waits)
{
	u32 what = torture_below(t, 8);
	gfp_t gfp = choose_gfp(t, waits);

	if (what < 3) {
		*size = CACHE_SIZE;
		return annex_kmem_cache_alloc(cache, gfp);
	}
	if (what < 6) {
		*size = sizeof(struct object) + torture_below(t, MOST_SMALL);
		return annex_kmalloc(*size, gfp);
	}
	*size = sizeof(struct object) + torture_below(t, waits ? MOST : MOST_IRQ);
	if (waits && what == 6)
		return __annex_vmalloc(*size, gfp);
	return annex_kvmalloc(*size, gfp);
}

static struct object *make(struct torture_turn *t, bool waits)
{
	struct object *o;
	u32 size;

	o = allocate(t, &size, waits);
	if (o)
		stamp(t, o, size);
	else
		torture_denied(t);
	return o;
}

/* Free an object that no new reader can find. */
static void retire(struct torture_turn *t, struct object *o, bool waits)
{
	int err;

	if (!o)
		return;
	check(t, o, "when it is replaced");
	if (waits && torture_one_in(t, 16))
		err = annex_kvfree_rcu(o);
	else if (o->head != offsetof(struct object, rcu))
		err = annex_kvfree_call_rcu(head_of(o), o);
	else if (torture_one_in(t, 2))
		err = annex_kfree_rcu(o, rcu);
	else
		err = annex_kvfree_rcu(o, rcu);
	torture_refused(t, "kvfree_rcu", err);
}

static void replace(struct torture_turn *t, struct object __rcu **cell,
		    bool waits)
{
	struct object *o = make(t, waits);

	o = unrcu_pointer(xchg(cell, RCU_INITIALIZER(o)));
	retire(t, o, waits);
}

/* Allocate and overwrite an object: the one just freed, if that was too early. */
static void use_another(struct torture_turn *t, u32 size)
{
	void *other = annex_kmalloc(size, GFP_NOWAIT | __GFP_NOWARN);

	if (!other)
		return;
	memset(other, torture_random(t), size);
	torture_refused(t, "kfree", annex_kfree(other));
}

static void read(struct torture_turn *t, struct object __rcu **cell)
{
	u32 us = torture_one_in(t, 4) ? torture_below(t, STAY_MOST) : 0;
	bool replaces = torture_one_in(t, 4);
	struct object *o;

	rcu_read_lock();
	o = rcu_dereference(*cell);
	if (o) {
		check(t, o, "when it is found");
		if (replaces) {
			replace(t, cell, false);
			use_another(t, o->size);
		}
		udelay(us);
		check(t, o, "when its reader leaves");
	} else {
		torture_skip(t);
	}
	rcu_read_unlock();
}

static void run(struct torture_turn *t)
{
	struct object __rcu **cell = &cells[torture_below(t, CELLS)];

	if (torture_one_in(t, 3))
		replace(t, cell, t->context == TORTURE_THREAD);
	else
		read(t, cell);
}

static int set_up(void)
{
	cache = annex_kmem_cache_create("torture-rcu", CACHE_SIZE, 0,
					SLAB_POISON | SLAB_RED_ZONE, NULL);
	return cache ? 0 : -ENOMEM;
}

static void clear(struct torture_turn *t)
{
	struct object *o;
	unsigned int i;

	for (i = 0; i < CELLS; i++) {
		o = unrcu_pointer(xchg(&cells[i], NULL));
		retire(t, o, true);
	}
	torture_refused(t, "kmem_cache_destroy",
			annex_kmem_cache_destroy(cache));
	cache = NULL;
}

struct torture_op torture_rcu = {
	.name = "rcu",
	.weight = 8,
	.contexts = TORTURE_ANYWHERE,
	.set_up = set_up,
	.run = run,
	.clear = clear,
};
