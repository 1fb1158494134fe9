// SPDX-License-Identifier: GPL-2.0-only
// fuzz: src/boot/memory_map.c
/*
 * Sizes, ranges and reserve= lists, against a reader of the same language that
 * is written in another way, and a memory map against a byte for each page.
 *
 * The reader goes by the table of what each character is worth. It notes what is
 * wrong instead of giving up, so that it sees more than the first mistake; which
 * errno that makes is the unit's to say, among those that fit.
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "boot/memory_map.h"
#include "fuzz.h"

#define PAGES	400
#define TEXT	512

/**
 * struct number - what a text begins with
 * @val: the number, with its suffix
 * @end: behind it
 * @none: there is none
 * @wide: it takes more than 64 bits
 */
struct number {
	u64 val;
	const char *end;
	bool none;
	bool wide;
};

static int worth(char c, int base)
{
	static const char digits[] = "00112233445566778899aAbBcCdDeEfF";
	const char *at = c ? strchr(digits, c) : NULL;
	int n = at ? (at - digits) / 2 : base;

	return n < base ? n : -1;
}

static void times(struct number *n, u64 by, u64 plus)
{
	n->wide |= __builtin_mul_overflow(n->val, by, &n->val);
	n->wide |= __builtin_add_overflow(n->val, plus, &n->val);
}

static struct number read_number(const char *s)
{
	static const char suffixes[] = "kKmMgGtTpPeE";
	struct number n = { .none = true };
	const char *at;
	int base = 10, shifts = 0;

	if (s[0] == '0') {
		base = 8;
		if ((s[1] == 'x' || s[1] == 'X') && worth(s[2], 16) >= 0) {
			base = 16;
			s += 2;
		}
	}
	for (; worth(*s, base) >= 0; s++) {
		times(&n, base, worth(*s, base));
		n.none = false;
	}
	at = *s ? strchr(suffixes, *s) : NULL;
	if (at && !n.none) {
		shifts = (at - suffixes) / 2 + 1;
		s++;
	}
	while (shifts--)
		times(&n, 1024, 0);
	n.end = s;
	return n;
}

static void try_size(const char *text)
{
	const char *end = NULL;
	struct number n = read_number(text);
	u64 val = 42;
	int err = annex_parse_size(text, &end, &val);

	if (n.none) {
		FUZZ_EQ(err, -EINVAL);
	} else if (n.wide) {
		FUZZ_EQ(err, -ERANGE);
	} else {
		FUZZ_EQ(err, 0);
		FUZZ_EQ(val, n.val);
		FUZZ_CHECK(end == n.end, "'%s'", text);
	}
	if (err)
		FUZZ_CHECK(val == 42 && !end, "touched");
}

/**
 * struct pair - SIZE, a sign, START
 * @size: SIZE
 * @start: START
 * @good: it is one, of pages, not empty, and ends below 2^64
 */
struct pair {
	struct number size;
	struct number start;
	bool good;
};

static struct pair read_pair(const char *s, char sign)
{
	struct pair p = { .size = read_number(s) };
	u64 sum;

	p.start = p.size;
	if (p.size.none || p.size.wide || *p.size.end != sign)
		return p;
	p.start = read_number(p.size.end + 1);
	p.good = !p.start.none && !p.start.wide && p.size.val &&
		 p.size.val % 4096 == 0 && p.start.val % 4096 == 0 &&
		 !__builtin_add_overflow(p.size.val, p.start.val, &sum);
	return p;
}

static bool ends(const char *s)
{
	return !strcmp(s, "") || !strcmp(s, "\n");
}

static void expect_reason(int err, const char *why)
{
	FUZZ_CHECK(err == -EINVAL || err == -ERANGE || err == -ENOSPC, "%d",
		   err);
	FUZZ_CHECK(why && strlen(why) > 10, "no reason");
}

static void try_range(const char *text, char sign)
{
	struct annex_range r = { 1, 2 };
	struct pair p = read_pair(text, sign);
	const char *why = NULL;
	int err = annex_parse_range(text, sign, &r, &why);

	FUZZ_EQ(!err, p.good && ends(p.start.end));
	if (!err) {
		FUZZ_EQ(r.start, p.start.val);
		FUZZ_EQ(r.end - r.start, p.size.val);
		return;
	}
	expect_reason(err, why);
	FUZZ_CHECK(r.start == 1 && r.end == 2, "touched");
}

/* Large numbers, which texts seldom come to by themselves. */
static void try_made_range(struct fuzz_input *in)
{
	u8 how = fuzz_u8(in);
	u64 size = fuzz_u64(in), start = fuzz_u64(in);
	char text[TEXT];

	if (how & 1) {
		size &= ~4095ULL;
		start &= ~4095ULL;
	}
	snprintf(text, sizeof(text), how & 2 ? "%#llx$%llu" : "%llu$0%llo",
		 size, start);
	try_range(text, '$');
}

/**
 * struct model - a memory map
 * @map: what is tried
 * @reserved: which pages of it are reserved
 */
static struct model {
	struct annex_memory_map map;
	bool reserved[PAGES];
} m;

static unsigned int count_runs(const bool *reserved)
{
	unsigned int i, nr = 1;

	for (i = 1; i < PAGES; i++)
		nr += reserved[i] != reserved[i - 1];
	return nr;
}

/* Applies a list to @reserved; false if it is to be refused. */
static bool read_list(const char *s, bool *reserved)
{
	for (;;) {
		struct pair p = read_pair(s, '@');
		u64 first = p.start.val >> 12, nr = p.size.val >> 12;

		if (!p.good || first > PAGES || nr > PAGES - first)
			return false;
		memset(reserved + first, true, nr);
		if (count_runs(reserved) > ANNEX_MEMORY_MAP_MAX)
			return false;
		s = p.start.end;
		if (*s != ',')
			return ends(s);
		s++;
	}
}

static void try_list(const char *text)
{
	bool reserved[PAGES];
	const char *why = NULL;
	int err = annex_memory_map_parse_reserve(&m.map, text, &why);
	bool good;

	memcpy(reserved, m.reserved, sizeof(reserved));
	good = ends(text) || read_list(text, reserved);
	FUZZ_EQ(!err, good);
	if (good)
		memcpy(m.reserved, reserved, sizeof(reserved));
	else
		expect_reason(err, why);
}

static void try_reserve(u32 first, u32 nr)
{
	bool reserved[PAGES];
	u64 start = m.map.start + (u64)first * 4096;
	int err = annex_memory_map_reserve(&m.map, start, start + nr * 4096);

	if (!nr) {
		FUZZ_EQ(err, -EINVAL);
		return;
	}
	if (first + nr > PAGES) {
		FUZZ_EQ(err, -ERANGE);
		return;
	}
	memcpy(reserved, m.reserved, sizeof(reserved));
	memset(reserved + first, true, nr);
	if (count_runs(reserved) > ANNEX_MEMORY_MAP_MAX) {
		FUZZ_EQ(err, -ENOSPC);
		return;
	}
	FUZZ_EQ(err, 0);
	memcpy(m.reserved, reserved, sizeof(reserved));
}

/* Single pages at equal distances, until the map is full and beyond. */
static void try_comb(u32 first, u32 stride)
{
	for (; first < PAGES; first += stride)
		try_reserve(first, 1);
}

static void compare(void)
{
	const struct annex_memory_map_entry *e = m.map.entry;
	u64 at = m.map.start;
	unsigned int i;

	FUZZ_CHECK(annex_memory_map_valid(&m.map), "not valid");
	FUZZ_EQ(m.map.nr, count_runs(m.reserved));
	for (i = 0; i < PAGES; i++, at += 4096) {
		if (at == e->end)
			e++;
		FUZZ_EQ(e->type == ANNEX_MEMORY_MAP_RESERVED, m.reserved[i]);
	}
}

static void step(struct fuzz_input *in)
{
	char text[TEXT];
	u8 op = fuzz_u8(in) & 7;
	u32 first;

	if (op == 6) {
		try_made_range(in);
		return;
	}
	if (op > 3) {
		first = fuzz_below(in, PAGES + 4);
		if (op == 7)
			try_comb(first, 2 + fuzz_u8(in) % 8);
		else
			try_reserve(first, fuzz_u8(in) % 24);
		return;
	}
	fuzz_text(in, text, sizeof(text));
	if (op == 0)
		try_size(text);
	else if (op == 1)
		try_range(text, '$');
	else if (op == 2)
		try_range(text, '@');
	else
		try_list(text);
}

void fuzz_target(struct fuzz_input *in)
{
	u64 start = (u64)(fuzz_u8(in) % 6) << 30;

	memset(m.reserved, 0, sizeof(m.reserved));
	annex_memory_map_init(&m.map, start, start);
	FUZZ_EQ(m.map.nr, 0);
	annex_memory_map_init(&m.map, start, start + PAGES * 4096);
	while (fuzz_more(in)) {
		step(in);
		compare();
	}
}
