// SPDX-License-Identifier: GPL-2.0-only
/*
 * kv: memory that is of the heap or of vmalloc, whichever there is: allocated,
 * grown, and given back by anybody.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <annex/slab.h>
#include <annex/vmalloc.h>

#include "torture.h"

#define BUFFERS		64

/* Half of them are small; now and then one of half a megabyte. */
#define MOST		SZ_64K
#define MOST_SMALL	SZ_2K
#define MOST_IRQ	SZ_8K

struct buffer {
	unsigned long busy;
	u8 *addr;
	u32 size;
	u8 byte;
};

static struct buffer buffers[BUFFERS];

static u32 choose_size(struct torture_turn *t)
{
	u32 most = torture_one_in(t, 2) ? MOST_SMALL : MOST;

	if (t->context != TORTURE_THREAD)
		most = MOST_IRQ;
	else if (torture_one_in(t, 64))
		most = SZ_512K;
	return 1 + torture_below(t, most);
}

/* What the heap alone has. */
static void *allocate_small(struct torture_turn *t, u32 size, gfp_t gfp,
			    bool *zero)
{
	*zero = true;
	switch (torture_below(t, 4)) {
	case 0:
		return annex_kzalloc(size, gfp);
	case 1:
		return annex_kcalloc(1, size, gfp);
	case 2:
		*zero = false;
		return annex_kmalloc_array(size, 1, gfp);
	default:
		*zero = false;
		return annex_krealloc_array(NULL, 1, size, gfp);
	}
}

static void *allocate(struct torture_turn *t, u32 *size, bool *zero)
{
	gfp_t gfp = torture_heap_gfp(t);

	*zero = false;
	if (*size <= MOST_SMALL && torture_one_in(t, 4))
		return allocate_small(t, *size, gfp, zero);
	switch (torture_below(t, 5)) {
	case 0:
		*zero = true;
		return annex_kvzalloc(*size, gfp);
	case 1:
		*size = round_up(*size, 16);
		return annex_kvmalloc_array(*size / 16, 16, gfp);
	case 2:
		*size = round_up(*size, 8);
		*zero = true;
		return annex_kvcalloc(*size / 8, 8, gfp);
	default:
		return annex_kvmalloc(*size, gfp);
	}
}

static void fill(struct torture_turn *t, struct buffer *b)
{
	b->byte = torture_random(t);
	memset(b->addr, b->byte, b->size);
}

static void check(struct torture_turn *t, const struct buffer *b, u32 upto)
{
	const u8 *bad = memchr_inv(b->addr, b->byte, upto);

	if (bad)
		torture_corrupt(t, "a buffer of %u bytes has %#x at %td, not %#x",
				b->size, *bad, bad - b->addr, b->byte);
	if (!annex_is_vmalloc_addr(b->addr) && annex_ksize(b->addr) < upto)
		torture_corrupt(t, "ksize of %u bytes is less", upto);
}

static void take(struct torture_turn *t, struct buffer *b)
{
	bool zero;

	b->size = choose_size(t);
	b->addr = allocate(t, &b->size, &zero);
	if (!b->addr) {
		torture_denied(t);
		return;
	}
	if (zero && memchr_inv(b->addr, 0, b->size))
		torture_corrupt(t, "a buffer of %u bytes is not zero", b->size);
	fill(t, b);
}

static void grow(struct torture_turn *t, struct buffer *b)
{
	u32 size = choose_size(t), had = b->size;
	u8 *addr;

	/* Of the heap, it may as well become less. */
	if (!annex_is_vmalloc_addr(b->addr) && torture_one_in(t, 2)) {
		addr = annex_krealloc_array(b->addr, 1, size, torture_heap_gfp(t));
		had = min(had, size);
		b->size = had;
	} else {
		addr = annex_kvrealloc(b->addr, had, size, torture_heap_gfp(t));
	}
	if (!addr) {
		torture_denied(t);
		return;
	}
	b->addr = addr;
	check(t, b, had);
	b->size = max(had, size);
	fill(t, b);
}

static void give(struct torture_turn *t, struct buffer *b)
{
	void *addr = b->addr;

	check(t, b, b->size);
	b->addr = NULL;
	torture_refused(t, "kvfree", annex_kvfree(addr));
}

static void run(struct torture_turn *t)
{
	struct buffer *b = &buffers[torture_below(t, BUFFERS)];
	bool grows = torture_one_in(t, 3);

	if (!torture_claim(t, &b->busy))
		return;
	if (!b->addr)
		take(t, b);
	else if (grows)
		grow(t, b);
	else
		give(t, b);
	torture_unclaim(&b->busy);
}

static void clear(struct torture_turn *t)
{
	torture_give_all(t, buffers, addr, give);
}

struct torture_op torture_kv = {
	.name = "kv",
	.weight = 6,
	.contexts = TORTURE_ANYWHERE,
	.run = run,
	.clear = clear,
};
