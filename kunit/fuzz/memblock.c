// SPDX-License-Identifier: GPL-2.0-only
// fuzz: src/boot/memblock.c
/*
 * The early allocator, against a byte for each unit of a small world that says
 * whether it is memory and whether it is reserved.
 *
 * The world is some hundred units of 1, 3 or 4096 bytes, at 0, at 5 GB or so that
 * it ends where 64 bits do. After each call the two lists are what one reads off
 * the model, region by region.
 */
#include <asm/page.h>

#include "boot/memblock.h"
#include "fuzz.h"

#define UNITS	600

#define IS_MEMORY	1
#define IS_RESERVED	2

/**
 * struct world - the model
 * @mb: what is tried
 * @base: first byte
 * @unit: bytes a unit
 * @is: what each unit is
 */
struct world {
	struct annex_memblock mb;
	u64 base;
	u64 unit;
	u8 is[UNITS];
};

static u64 addr_of(const struct world *w, u32 i)
{
	return w->base + i * w->unit;
}

/* The next run of units that are @bit, from *@i on. */
static bool next_run(const struct world *w, u8 mask, u8 bit, u32 *i, u32 *end)
{
	while (*i < UNITS && (w->is[*i] & mask) != bit)
		++*i;
	for (*end = *i; *end < UNITS && (w->is[*end] & mask) == bit;)
		++*end;
	return *i < UNITS;
}

static unsigned int count_runs(const struct world *w, u8 bit)
{
	unsigned int nr = 0;
	u32 i, end;

	for (i = 0; next_run(w, bit, bit, &i, &end); i = end)
		nr++;
	return nr;
}

static void compare_list(const struct world *w,
			 const struct annex_memblock_type *type, u8 bit)
{
	u64 total = 0;
	u32 i, end, n = 0;

	for (i = 0; next_run(w, bit, bit, &i, &end); i = end, n++) {
		FUZZ_CHECK(n < type->cnt, "%s has %u regions", type->name,
			   type->cnt);
		FUZZ_EQ(type->regions[n].base, addr_of(w, i));
		FUZZ_EQ(type->regions[n].size, (end - i) * w->unit);
		total += (end - i) * w->unit;
	}
	FUZZ_EQ(type->cnt, n);
	FUZZ_EQ(type->total_size, total);
}

static void compare_free(const struct world *w)
{
	u64 cursor = 0, start, at;
	u32 i, end;

	for (i = 0; next_run(w, 3, IS_MEMORY, &i, &end); i = end) {
		FUZZ_CHECK(annex_memblock_next_free(&w->mb, &cursor, &start,
						    &at), "free range missed");
		FUZZ_EQ(start, addr_of(w, i));
		FUZZ_EQ(at, addr_of(w, end));
	}
	FUZZ_CHECK(!annex_memblock_next_free(&w->mb, &cursor, &start, &at),
		   "free range made up");
}

static void compare(const struct world *w)
{
	compare_list(w, &w->mb.memory, IS_MEMORY);
	compare_list(w, &w->mb.reserved, IS_RESERVED);
	compare_free(w);
	FUZZ_CHECK(annex_memblock_valid(&w->mb), "not valid");
}

typedef int (*change_fn)(struct annex_memblock *mb, u64 base, u64 size);

static const struct {
	change_fn fn;
	u8 set;
	u8 clear;
} changes[] = {
	{ annex_memblock_add, IS_MEMORY, 0 },
	{ annex_memblock_reserve, IS_RESERVED, 0 },
	{ annex_memblock_free, 0, IS_RESERVED },
};

/* Would the list that a change is made to grow out of what it may? */
static void expect_full(struct world *w, const u8 *before, u8 bit)
{
	const struct annex_memblock_type *type =
		bit == IS_MEMORY ? &w->mb.memory : &w->mb.reserved;

	FUZZ_CHECK(count_runs(w, bit) > type->limit, "refused with room: %u",
		   type->cnt);
	memcpy(w->is, before, UNITS);
}

static void change(struct world *w, struct fuzz_input *in, unsigned int what)
{
	u32 i = fuzz_below(in, UNITS + 1), nr = fuzz_below(in, UNITS - i + 1);
	u8 before[UNITS];
	u32 end = i + nr;
	int err;

	memcpy(before, w->is, UNITS);
	err = changes[what].fn(&w->mb, addr_of(w, i), nr * w->unit);
	for (; i < end; i++)
		w->is[i] = (w->is[i] | changes[what].set) & ~changes[what].clear;
	if (err) {
		FUZZ_EQ(err, -ENOMEM);
		expect_full(w, before, changes[what].set | changes[what].clear);
	}
}

/* Ranges that wrap, which must be refused. */
static void change_wildly(struct world *w, struct fuzz_input *in)
{
	u64 base = fuzz_u64(in), size = fuzz_u64(in);

	if (base + size < base)
		FUZZ_EQ(changes[base % 3].fn(&w->mb, base, size), -ERANGE);
	else
		FUZZ_EQ(changes[base % 3].fn(&w->mb, base, 0), 0);
}

/* Where a request goes in one run of free bytes; false if nowhere. */
static bool place_in(u64 start, u64 end, u64 size, u64 align, bool high,
		     u64 *at)
{
	if (size > end - start)
		return false;
	if (high) {
		*at = (end - size) - (end - size) % align;
		return *at >= start;
	}
	*at = start;
	if (start % align) {
		*at += align - start % align;
		if (*at < start)
			return false;
	}
	return *at <= end && end - *at >= size;
}

static bool place(const struct world *w, u64 size, u64 align, u64 min, u64 max,
		  bool high, u64 *at)
{
	bool found = false;
	u32 i, end;
	u64 base;

	for (i = 0; next_run(w, 3, IS_MEMORY, &i, &end); i = end) {
		u64 from = max(addr_of(w, i), min), to = min(addr_of(w, end), max);

		if (from >= to || !place_in(from, to, size, align, high, &base))
			continue;
		*at = base;
		found = true;
		if (!high)
			break;
	}
	return found;
}

static void alloc(struct world *w, struct fuzz_input *in)
{
	u64 size = fuzz_below(in, 64) * w->unit;
	u64 align = w->unit << fuzz_below(in, 8);
	u32 from = fuzz_below(in, UNITS), to = fuzz_below(in, UNITS + 1);
	bool high = fuzz_u8(in) & 1;
	u64 min = from ? addr_of(w, from) : 0;
	u64 max = to ? addr_of(w, to) : U64_MAX;
	u64 at, got = 0;
	int err = annex_memblock_alloc_range(&w->mb, size, align, min, max,
					     high, &got);

	if (!size || align & (align - 1)) {
		FUZZ_EQ(err, -EINVAL);
		return;
	}
	if (!place(w, size, align, min, max, high, &at)) {
		FUZZ_EQ(err, -ENOMEM);
		return;
	}
	if (!err)
		FUZZ_EQ(got, at);
	/* Aligned to a unit, hence a whole number of them from the base. */
	for (from = 0; from < UNITS; from++)
		if (!err && addr_of(w, from) >= at &&
		    addr_of(w, from) - at < size)
			w->is[from] |= IS_RESERVED;
	if (err) {
		FUZZ_EQ(err, -ENOMEM);
		FUZZ_EQ(w->mb.reserved.cnt, w->mb.reserved.limit);
	}
}

static void ask(struct world *w, struct fuzz_input *in)
{
	u32 i = fuzz_below(in, UNITS), nr = fuzz_below(in, UNITS - i + 1), k;
	bool any = false;

	for (k = i; k < i + nr; k++)
		any |= w->is[k] & IS_RESERVED;
	FUZZ_EQ(annex_memblock_is_reserved(&w->mb, addr_of(w, i),
					   nr * w->unit), any);
}

/* The hand-over: a walk between two frames. */
struct walk {
	const struct world *w;
	u32 next;
	u32 end;
};

static void see_block(void *arg, annex_pfn_t pfn, unsigned int order)
{
	struct walk *walk = arg;
	u32 size = 1U << order, i;
	u64 host = (walk->w->base >> PAGE_SHIFT) + pfn;

	while (walk->next < pfn)
		FUZZ_CHECK(walk->w->is[walk->next++] != IS_MEMORY,
			   "frame %u left out", walk->next - 1);
	FUZZ_EQ(walk->next, pfn);
	FUZZ_EQ(host & (size - 1), 0);
	for (i = 0; i < size; i++)
		FUZZ_EQ(walk->w->is[walk->next++], IS_MEMORY);
	FUZZ_CHECK(walk->next <= walk->end, "block %u leaves the walk", pfn);
	/* No larger one: it is not aligned, or its second half is not free. */
	if (order + 1 == ANNEX_MAX_ORDER || host & size)
		return;
	for (i = walk->next; i < walk->next + size; i++)
		if (i >= walk->end || walk->w->is[i] != IS_MEMORY)
			return;
	FUZZ_CHECK(false, "block %u of order %u could be larger", pfn, order);
}

static void walk_blocks(const struct world *w, struct fuzz_input *in)
{
	u32 from = fuzz_below(in, UNITS), i, nr = 0, got;
	u32 to = from + fuzz_below(in, UNITS - from + 1);
	struct walk walk = { w, from, to };

	if (w->unit != PAGE_SIZE || w->base % PAGE_SIZE)
		return;
	got = annex_memblock_walk_blocks(&w->mb, w->base, from, to, see_block,
					 &walk);
	for (i = from; i < to; i++)
		nr += w->is[i] == IS_MEMORY;
	FUZZ_EQ(got, nr);
}

static void open_world(struct world *w, struct fuzz_input *in)
{
	static const u64 units[] = { PAGE_SIZE, 1, 3, 512 };
	u8 choice = fuzz_u8(in);

	annex_memblock_init(&w->mb);
	w->unit = units[choice & 3];
	switch (choice >> 2 & 3) {
	case 0:
		w->base = (5ULL << 30) + fuzz_u8(in) * PAGE_SIZE;
		break;
	case 1:
		w->base = 0;
		break;
	case 2:
		w->base = -(UNITS + 1) * w->unit;
		break;
	default:
		w->base = (1ULL << 32) - UNITS / 2 * w->unit;
	}
	memset(w->is, 0, UNITS);
	/* Small enough that the world has too many runs for it. */
	if (choice & 0x10)
		w->mb.reserved.limit = 64;
	if (choice & 0x20)
		w->mb.memory.limit = ANNEX_MEMBLOCK_INLINE;
}

static void step(struct world *w, struct fuzz_input *in)
{
	u8 op = fuzz_u8(in);

	switch (op & 15) {
	case 0 ... 9:
		change(w, in, op % 3);
		break;
	case 10 ... 12:
		alloc(w, in);
		break;
	case 13:
		change_wildly(w, in);
		break;
	case 14:
		ask(w, in);
		break;
	default:
		walk_blocks(w, in);
	}
}

/* In the end nothing can be changed any more, and nothing is left. */
void fuzz_target(struct fuzz_input *in)
{
	static struct world w;
	u64 at;

	open_world(&w, in);
	while (fuzz_more(in)) {
		step(&w, in);
		compare(&w);
	}
	FUZZ_EQ(annex_memblock_set_handed_over(&w.mb), 0);
	FUZZ_EQ(annex_memblock_set_handed_over(&w.mb), -EBUSY);
	FUZZ_EQ(annex_memblock_reserve(&w.mb, w.base, 1), -EBUSY);
	FUZZ_EQ(annex_memblock_alloc_range(&w.mb, 1, 1, 0, U64_MAX, false, &at),
		-EBUSY);
	compare(&w);
	annex_memblock_destroy(&w.mb);
}
