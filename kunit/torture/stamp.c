// SPDX-License-Identifier: GPL-2.0-only
/*
 * What turns have in common: random numbers, requests, and stamps.
 *
 * A stamp is four words of a frame: its number, mixed with the seed; the key,
 * of which a part names the stamper; one somewhere in the middle; and the last
 * one of the frame. One stamp in 16, by its frame and its key, is of the whole
 * frame: all other words are filled as well, and looked at. Each time a frame is
 * stamped or looked at, another way to it is taken, so that all ways are shown to
 * lead to the same memory:
 *
 *   the frame's moment of access  annex_peek(), annex_poke()
 *   the helpers                   annex_memcpy_to_page() and its like
 *   a mapping of this CPU's       kmap_local, kmap_atomic, by page or by pfn
 *   a mapping of everybody's      kmap, in threads
 *   the address for ever          of lowmem
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <annex/highmem.h>
#include <annex/page_alloc.h>

#include "api/tests.h"
#include "torture.h"

#define STAMP_WORDS	4
#define FRAME_WORDS	(PAGE_SIZE / sizeof(u32))

/* From this order on, a block is a large one. */
#define LARGE		4

/* In interrupts, of a large block this many frames are looked at. */
#define LOOK_IRQ	8

/* Words of a whole frame that are copied at a time, to or from the stack. */
#define CHUNK_WORDS	32

struct stamp {
	unsigned int at[STAMP_WORDS];
	u32 word[STAMP_WORDS];
	u32 fill;
	bool whole;
};

enum way {
	PEEK,
	HELPER,
	LOCAL,
	LOCAL_PFN,
	ATOMIC,
	ATOMIC_PFN,
	ADDRESS,
	KMAP,
	NR_WAYS
};

/**
 * torture_turn_init() - begin a turn
 * @t: the turn
 * @stream: whose
 * @step: the how many-th
 *
 * What it draws depends on nothing but these and the seed: not on what other
 * turns have drawn, nor on how far they got.
 *
 * Context: any.
 */
void torture_turn_init(struct torture_turn *t, u32 stream, u32 step)
{
	t->stream = stream;
	t->step = step;
	prandom_seed_state(&t->rnd, (u64)jhash_3words(torture_seed, stream,
						      step, 1) << 32 |
				    jhash_3words(step, torture_seed, stream, 2));
}

/**
 * torture_key() - a key for a new stamp
 * @t: the turn
 *
 * Return: the key; its lowest eight bits are those of the stream.
 */
u32 torture_key(struct torture_turn *t)
{
	return (torture_random(t) & ~0xff) | (t->stream & 0xff);
}

/**
 * torture_gfp() - what a request says
 * @t: the turn
 *
 * Return: flags that make sense where the turn is taken; always quiet.
 */
gfp_t torture_gfp(struct torture_turn *t)
{
	static const gfp_t patient[] = {
		GFP_KERNEL, GFP_HIGHUSER, GFP_HIGHUSER_MOVABLE, GFP_KERNEL,
		GFP_HIGHUSER | __GFP_NORETRY, GFP_KERNEL | __GFP_RECLAIMABLE,
		GFP_KERNEL | GFP_DMA, GFP_NOIO, GFP_NOFS,
		GFP_HIGHUSER | __GFP_RETRY_MAYFAIL, GFP_KERNEL | GFP_DMA32,
		GFP_KERNEL | __GFP_NORETRY, GFP_KERNEL | __GFP_NOMEMALLOC,
	};
	static const gfp_t urgent[] = {
		GFP_ATOMIC, GFP_NOWAIT, GFP_ATOMIC | __GFP_HIGHMEM,
		GFP_NOWAIT | __GFP_HIGHMEM | __GFP_MOVABLE,
		GFP_NOWAIT | __GFP_DMA, GFP_NOWAIT | __GFP_RECLAIMABLE,
		GFP_NOWAIT | __GFP_HIGHMEM, GFP_ATOMIC | __GFP_NOMEMALLOC,
		GFP_NOWAIT | __GFP_DMA32, GFP_NOWAIT | __GFP_MEMALLOC,
	};
	u32 n = torture_random(t);

	if (t->context != TORTURE_THREAD || n >> 30 == 0)
		return urgent[n % ARRAY_SIZE(urgent)] | __GFP_NOWARN;
	return patient[n % ARRAY_SIZE(patient)] | __GFP_NOWARN;
}

/**
 * torture_heap_gfp() - what a request to the heap says
 * @t: the turn
 *
 * Return: flags that make sense in the turn's context, with __GFP_NOWARN.
 */
gfp_t torture_heap_gfp(struct torture_turn *t)
{
	if (t->context != TORTURE_THREAD)
		return GFP_NOWAIT | __GFP_NOWARN;
	return (torture_one_in(t, 2) ? GFP_KERNEL : GFP_KERNEL | __GFP_NORETRY) |
	       __GFP_NOWARN;
}

/**
 * torture_order() - the order of a block
 * @t: the turn
 *
 * Return: an order; small ones are more likely, and interrupts get no others.
 */
unsigned int torture_order(struct torture_turn *t)
{
	unsigned int a = torture_below(t, ANNEX_MAX_ORDER);
	unsigned int b = torture_below(t, ANNEX_MAX_ORDER);
	unsigned int order = min(a, b);

	return t->context == TORTURE_THREAD ? order :
					      order % (TORTURE_IRQ_ORDER + 1);
}

/**
 * torture_is_lowmem() - has a frame its address for ever?
 * @page: its descriptor
 *
 * Context: any.
 */
bool torture_is_lowmem(struct annex_page *page)
{
	void *first = annex_page_address(annex_pfn_to_page(0));
	void *addr = annex_page_address(page);

	return addr &&
	       addr == first + ((size_t)annex_page_to_pfn(page) << PAGE_SHIFT);
}

static void make_stamp(struct stamp *s, annex_pfn_t pfn, u32 key)
{
	u32 hash = jhash_3words(pfn, key, torture_seed, 0);

	s->at[0] = 0;
	s->word[0] = pfn ^ torture_seed;
	s->at[1] = sizeof(u32);
	s->word[1] = key;
	s->at[2] = (2 + hash % (FRAME_WORDS - 3)) * sizeof(u32);
	s->word[2] = hash;
	s->at[3] = PAGE_SIZE - sizeof(u32);
	s->word[3] = ~hash;
	s->fill = hash * 0x9e3779b1;
	s->whole = !(s->fill >> 28);
}

/* What a word of a whole frame is, if it is not one of the four. */
static u32 fill_word(const struct stamp *s, u32 i)
{
	return s->fill + i;
}

static void fill_words(const struct stamp *s, u32 *words, u32 first, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		WRITE_ONCE(words[i], fill_word(s, first + i));
}

static bool is_stamp_word(const struct stamp *s, u32 i)
{
	u32 at = i * sizeof(u32);

	return at == s->at[0] || at == s->at[1] || at == s->at[2] ||
	       at == s->at[3];
}

/* The first that is not as it was filled, or @nr; the four words are not looked at. */
static u32 find_bad(const struct stamp *s, const u32 *words, u32 first, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (READ_ONCE(words[i]) != fill_word(s, first + i) &&
		    !is_stamp_word(s, first + i))
			break;
	return i;
}

/**
 * torture_stamp_at() - stamp a frame by an address of it
 * @addr: where it is mapped
 * @pfn: its number
 * @key: the key
 *
 * Context: any.
 */
void torture_stamp_at(void *addr, annex_pfn_t pfn, u32 key)
{
	struct stamp s;
	unsigned int i;

	make_stamp(&s, pfn, key);
	if (s.whole)
		fill_words(&s, addr, 0, FRAME_WORDS);
	for (i = 0; i < STAMP_WORDS; i++)
		WRITE_ONCE(*(u32 *)(addr + s.at[i]), s.word[i]);
}

static bool compare(struct torture_turn *t, const struct stamp *s,
		    const u32 *found, annex_pfn_t pfn, const char *how)
{
	unsigned int i;

	for (i = 0; i < STAMP_WORDS; i++) {
		if (found[i] == s->word[i])
			continue;
		/* As it should be; and whose it looks like, if anybody's. */
		torture_corrupt(t, "frame %#x of %#x by %s: %#x at %u, not %#x; like %#x of %#x",
				pfn, s->word[1] & 0xff, how, found[i],
				s->at[i], s->word[i], found[0] ^ torture_seed,
				found[1] & 0xff);
		return false;
	}
	return true;
}

static bool filled(struct torture_turn *t, const struct stamp *s,
		   const u32 *words, u32 first, u32 nr, const char *how)
{
	u32 i = find_bad(s, words, first, nr);

	if (i == nr)
		return true;
	torture_corrupt(t, "frame %#x of %#x by %s: %#x at %zu, not %#x",
			s->word[0] ^ torture_seed, s->word[1] & 0xff, how,
			READ_ONCE(words[i]), (first + i) * sizeof(u32),
			fill_word(s, first + i));
	return false;
}

static void read_at(const void *addr, const struct stamp *s, u32 *found)
{
	unsigned int i;

	for (i = 0; i < STAMP_WORDS; i++)
		found[i] = READ_ONCE(*(const u32 *)(addr + s->at[i]));
}

/**
 * torture_check_at() - does an address show the frame that it should?
 * @t: the turn
 * @addr: where it is mapped
 * @pfn: its number
 * @key: of its stamp
 *
 * Context: any.
 * Return: whether it does; if not, that has been said.
 */
bool torture_check_at(struct torture_turn *t, const void *addr,
		      annex_pfn_t pfn, u32 key)
{
	u32 found[STAMP_WORDS];
	struct stamp s;

	make_stamp(&s, pfn, key);
	read_at(addr, &s, found);
	return compare(t, &s, found, pfn, "an address") &&
	       (!s.whole ||
		filled(t, &s, addr, 0, FRAME_WORDS, "an address"));
}

static const char *const way_name[NR_WAYS] = {
	"peek", "helper", "kmap_local_page", "kmap_local_pfn", "kmap_atomic",
	"kmap_atomic_pfn", "its address", "kmap",
};

/*
 * Large blocks mostly by the way that costs least. A slot for everybody is taken
 * by one in many: each costs an invalidation on all CPUs, sooner or later.
 */
static enum way choose_way(struct torture_turn *t, struct annex_page *page,
			   unsigned int order)
{
	u32 n = torture_random(t);
	enum way way = n % NR_WAYS;

	if (order >= LARGE && n >> 8 & 7)
		return PEEK;
	if (way == KMAP && (t->context != TORTURE_THREAD || n >> 16 & 7))
		return LOCAL;
	if (way == ADDRESS && !torture_is_lowmem(page))
		return LOCAL;
	return way;
}

static void *map(enum way way, struct annex_page *page)
{
	switch (way) {
	case LOCAL:
		return annex_kmap_local_page(page);
	case LOCAL_PFN:
		return annex_kmap_local_pfn(annex_page_to_pfn(page));
	case ATOMIC:
		return annex_kmap_atomic(page);
	case ATOMIC_PFN:
		return annex_kmap_atomic_pfn(annex_page_to_pfn(page));
	case KMAP:
		return annex_kmap(page);
	case ADDRESS:
		return annex_page_address(page);
	default:
		return NULL;
	}
}

static int unmap(enum way way, struct annex_page *page, void *addr)
{
	switch (way) {
	case LOCAL:
	case LOCAL_PFN:
		return annex_kunmap_local(addr);
	case ATOMIC:
	case ATOMIC_PFN:
		return annex_kunmap_atomic(addr);
	case KMAP:
		return annex_kunmap(page);
	default:
		return 0;
	}
}

static int copy_to(enum way way, struct annex_page *page, u32 at,
		   const u32 *words, u32 nr)
{
	if (way == HELPER)
		return annex_memcpy_to_page(page, at, words, nr * sizeof(u32));
	return annex_poke(page, at, words, nr * sizeof(u32));
}

static int copy_from(enum way way, struct annex_page *page, u32 at, u32 *words,
		     u32 nr)
{
	if (way == HELPER)
		return annex_memcpy_from_page(words, page, at,
					      nr * sizeof(u32));
	return annex_peek(page, at, words, nr * sizeof(u32));
}

static int fill_frame(enum way way, struct annex_page *page,
		      const struct stamp *s)
{
	u32 chunk[CHUNK_WORDS], i;
	int err = 0;

	for (i = 0; i < FRAME_WORDS; i += CHUNK_WORDS) {
		fill_words(s, chunk, i, CHUNK_WORDS);
		err = copy_to(way, page, i * sizeof(u32), chunk, CHUNK_WORDS) ?:
		      err;
	}
	return err;
}

static void write_frame(struct torture_turn *t, struct annex_page *page,
			unsigned int order, const struct stamp *s)
{
	enum way way = choose_way(t, page, order);
	void *addr = map(way, page);
	unsigned int i;
	int err = 0;

	if (addr) {
		if (s->whole)
			fill_words(s, addr, 0, FRAME_WORDS);
		for (i = 0; i < STAMP_WORDS; i++)
			WRITE_ONCE(*(u32 *)(addr + s->at[i]), s->word[i]);
		torture_refused(t, way_name[way], unmap(way, page, addr));
		return;
	}
	if (way > HELPER)
		torture_refused(t, way_name[way], -ENOMEM);
	if (s->whole)
		err = fill_frame(way, page, s);
	for (i = 0; i < STAMP_WORDS; i++)
		err = copy_to(way, page, s->at[i], &s->word[i], 1) ?: err;
	torture_refused(t, way_name[way], err);
}

static bool check_mapped(struct torture_turn *t, enum way way,
			 struct annex_page *page, const struct stamp *s,
			 void *addr)
{
	annex_pfn_t pfn = annex_page_to_pfn(page);
	u32 found[STAMP_WORDS];
	bool same;

	read_at(addr, s, found);
	same = compare(t, s, found, pfn, way_name[way]) &&
	       (!s->whole ||
		filled(t, s, addr, 0, FRAME_WORDS, way_name[way]));
	torture_refused(t, way_name[way], unmap(way, page, addr));
	return same;
}

static bool check_filled(struct torture_turn *t, enum way way,
			 struct annex_page *page, const struct stamp *s)
{
	u32 chunk[CHUNK_WORDS], i;
	int err;

	for (i = 0; i < FRAME_WORDS; i += CHUNK_WORDS) {
		err = copy_from(way, page, i * sizeof(u32), chunk, CHUNK_WORDS);
		if (torture_refused(t, way_name[way], err) ||
		    !filled(t, s, chunk, i, CHUNK_WORDS, way_name[way]))
			return false;
	}
	return true;
}

static bool check_frame(struct torture_turn *t, struct annex_page *page,
			unsigned int order, u32 key)
{
	enum way way = choose_way(t, page, order);
	annex_pfn_t pfn = annex_page_to_pfn(page);
	u32 found[STAMP_WORDS] = {};
	void *addr = map(way, page);
	struct stamp s;
	unsigned int i;
	int err = 0;

	make_stamp(&s, pfn, key);
	if (addr)
		return check_mapped(t, way, page, &s, addr);
	if (way > HELPER)
		torture_refused(t, way_name[way], -ENOMEM);
	for (i = 0; i < STAMP_WORDS; i++)
		err = copy_from(way, page, s.at[i], &found[i], 1) ?: err;
	torture_refused(t, way_name[way], err);
	return compare(t, &s, found, pfn, way_name[way]) &&
	       (!s.whole || check_filled(t, way, page, &s));
}

/**
 * torture_stamp() - stamp each frame of a block
 * @t: the turn
 * @page: the block's head, which the caller owns
 * @order: its order
 * @key: the key
 *
 * Context: the turn's.
 */
void torture_stamp(struct torture_turn *t, struct annex_page *page,
		   unsigned int order, u32 key)
{
	annex_pfn_t pfn = annex_page_to_pfn(page);
	struct stamp s;
	u32 i;

	for (i = 0; i < 1U << order; i++) {
		make_stamp(&s, pfn + i, key);
		write_frame(t, page + i, order, &s);
	}
}

/**
 * torture_check() - has each frame of a block its stamp?
 * @t: the turn
 * @page: the block's head, which the caller owns
 * @order: its order
 * @key: as it was stamped with
 *
 * Of a large block, interrupts look at some frames at its ends.
 *
 * Context: the turn's.
 * Return: whether they have; if not, that has been said.
 */
bool torture_check(struct torture_turn *t, struct annex_page *page,
		   unsigned int order, u32 key)
{
	u32 i, nr = 1U << order;
	bool same = true;

	for (i = 0; i < nr && same; i++) {
		if (t->context != TORTURE_THREAD && i == LOOK_IRQ / 2 &&
		    nr > LOOK_IRQ)
			i = nr - LOOK_IRQ / 2;
		same = check_frame(t, page + i, order, key);
	}
	return same;
}

/**
 * torture_check_guard() - does the page behind an area fault?
 * @t: the turn
 * @addr: the first byte of that page
 *
 * Context: the turn's.
 */
void torture_check_guard(struct torture_turn *t, const void *addr)
{
	u8 byte;

	if (!copy_from_kernel_nofault(&byte, addr, 1))
		torture_corrupt(t, "the byte behind an area does not fault");
}

/**
 * torture_check_zero() - is each frame of a block zero as a whole?
 * @t: the turn
 * @page: the block's head, which the caller owns
 * @order: its order
 *
 * Context: the turn's.
 */
void torture_check_zero(struct torture_turn *t, struct annex_page *page,
			unsigned int order)
{
	u32 i;

	for (i = 0; i < 1U << order; i++) {
		void *addr = annex_kmap_local_page(page + i);
		const u8 *bad;

		if (!addr) {
			torture_refused(t, "kmap_local_page", -ENOMEM);
			continue;
		}
		bad = memchr_inv(addr, 0, PAGE_SIZE);
		if (bad)
			torture_corrupt(t, "frame %#x is to be zero and has %#x at %td",
					annex_page_to_pfn(page + i), *bad,
					bad - (const u8 *)addr);
		annex_kunmap_local(addr);
	}
}

/**
 * torture_nap() - let others run, in one of several ways
 * @t: the turn; only that of a thread does anything
 *
 * Context: the turn's.
 */
void torture_nap(struct torture_turn *t)
{
	u32 how = torture_below(t, 8);

	if (t->context != TORTURE_THREAD)
		return;
	switch (how) {
	case 0:
		usleep_range(20, 400);
		break;
	case 1:
		schedule();
		break;
	case 2:
	case 3:
		cond_resched();
		break;
	}
}
