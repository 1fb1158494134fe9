// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory map of a pool, as firmware would pass it to a kernel, and the
 * parsers of range strings from command lines.
 *
 * A map is an array of entries, each a range of host physical addresses with
 * a type. annex_memory_map_init() makes the whole pool one usable entry, and
 * annex_memory_map_reserve() turns ranges of it into reserved ones. A map only
 * describes: nothing is allocated from it. memblock is filled from it once
 * and keeps all records from then on.
 *
 * Invariants, which annex_memory_map_valid() recounts:
 *  1. The entries cover the pool, in ascending order, without a gap and without
 *     an overlap.
 *  2. No entry is empty.
 *  3. Neighbours differ in type. There are two types, so they alternate, and
 *     the entries that a new reservation touches can be replaced by at most
 *     three: a usable rest, the reservation, a usable rest.
 *
 * A range string is SIZE, a sign and START, as for memmap=: "1G$5G". A
 * number is decimal, hexadecimal after 0x or octal after 0, with one of the
 * suffixes K, M, G, T, P and E. memparse() parses the same language, but lets
 * a number overflow and accepts no digits as 0. Both would be unsafe for an
 * address range that annex is about to write to.
 *
 * Locking: none, the caller serialises. One function allocates and may sleep,
 * annex_memory_map_parse_reserve().
 *
 * Failure: an errno, from the parsers with a reason, and nothing is changed. A
 * reason is a constant that ends a sentence. The sentence begins with the
 * parameter and its value; the reason says what is wrong, and what would work.
 */

#include "base/fail.h"
#include "base/for_kunit.h"
#include "boot/memory_map.h"
#include "host/compat_hex.h"

#include <asm/page.h>
#include <linux/align.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringify.h>

/* The reasons that quote the grammar; it depends on the sign. */
struct range_reasons {
	const char *malformed;
	const char *no_start;
	const char *other_sign;
	const char *list;
	const char *lost;
};

static const struct range_reasons start_reasons = {
	.malformed = "is malformed: wants SIZE$START such as 1G$5G",
	.no_start =
		"has no START: wants SIZE$START such as 1G$5G, the $ kept from shells",
	.other_sign =
		"is not a reserved range: wants SIZE$START such as 1G$5G, with a $",
	.list = "is a list: wants one SIZE$START such as 1G$5G",
	.lost = "lost its $ to a shell or boot loader: wants SIZE$START such as 1G$5G, in quotes",
};

static const struct range_reasons offset_reasons = {
	.malformed = "is malformed: wants SIZE@OFFSET such as 1M@16M",
	.no_start = "has no OFFSET: wants SIZE@OFFSET such as 1M@16M",
	.other_sign =
		"has another sign than @: wants SIZE@OFFSET such as 1M@16M",
	.list = "is a list: wants one SIZE@OFFSET such as 1M@16M",
	.lost = "is malformed: wants SIZE@OFFSET such as 1M@16M",
};

static const struct range_reasons *reasons_of(char sep)
{
	return sep == '@' ? &offset_reasons : &start_reasons;
}

/* Skip the prefix 0x, which is a prefix only before a hexadecimal digit. */
static unsigned int take_base(const char **s)
{
	const char *p = *s;

	if (p[0] != '0')
		return 10;
	if ((p[1] != 'x' && p[1] != 'X') || hex_to_bin(p[2]) < 0)
		return 8;
	*s = p + 2;
	return 16;
}

/* Above it, another digit overflows. Constants avoid a 64-bit division. */
static u64 digit_limit(unsigned int base)
{
	switch (base) {
	case 8:
		return U64_MAX / 8;
	case 10:
		return U64_MAX / 10;
	default:
		return U64_MAX / 16;
	}
}

static int parse_number(const char *s, const char **end, u64 *val)
{
	const unsigned int base = take_base(&s);
	const u64 limit = digit_limit(base);
	const char *first = s;
	u64 n = 0;

	for (;; s++) {
		int digit = hex_to_bin(*s);

		if (digit < 0 || digit >= base)
			break;
		if (n > limit || n * base > U64_MAX - digit)
			return -ERANGE;
		n = n * base + digit;
	}
	if (s == first)
		return -EINVAL;
	*end = s;
	*val = n;
	return 0;
}

/* 0 if @c is no suffix. Setting bit 5 makes a letter lower case. */
static unsigned int suffix_shift(char c)
{
	static const char suffixes[] = "kmgtpe";
	const char *at = strchr(suffixes, c | 0x20);

	return at ? 10 * (at - suffixes + 1) : 0;
}

/**
 * annex_parse_size() - parse a number with an optional suffix
 * @s: string that begins with the number; blanks and signs are not skipped
 * @end: set to the first character behind number and suffix
 * @val: set to the number, times 1024 for K, 1024 * 1024 for M, and so on
 *
 * The number may be decimal, hexadecimal after 0x, or octal after 0. As in
 * memparse(), E is a digit of a hexadecimal number.
 *
 * Return: 0; -EINVAL if @s does not begin with a number; -ERANGE if it needs
 * more than 64 bits. On error @end and @val are unchanged.
 */
int annex_parse_size(const char *s, const char **end, u64 *val)
{
	unsigned int shift;
	u64 n;
	int err;

	err = parse_number(s, &s, &n);
	if (err)
		return err;
	shift = suffix_shift(*s);
	if (n > U64_MAX >> shift)
		return -ERANGE;
	*end = shift ? s + 1 : s;
	*val = n << shift;
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_parse_size);

/* echo appends a newline; no character may follow it. */
static bool at_end(const char *s)
{
	return s[0] == '\0' || (s[0] == '\n' && s[1] == '\0');
}

static const char *sign_reason(const char *s, char sep)
{
	const struct range_reasons *reasons = reasons_of(sep);

	if (at_end(s) || *s == ',')
		return reasons->no_start;
	if (strchr("@$#!%", *s))
		return reasons->other_sign;
	/* 1G$5G becomes 1GG if a shell expands $5. */
	if (isalnum(*s) && !strpbrk(s, "@$#!%"))
		return reasons->lost;
	return reasons->malformed;
}

static const char *number_reason(int err, char sep)
{
	if (err == -ERANGE)
		return "has a number of more than 64 bits: wants all below 16E";
	return reasons_of(sep)->malformed;
}

/* Parse "SIZE<sep>START"; leaves @s at the end of the string or at a comma. */
static int parse_pair(const char **s, char sep, u64 *size, u64 *start,
		      const char **why)
{
	int err;

	err = annex_parse_size(*s, s, size);
	if (err) {
		*why = number_reason(err, sep);
		return err;
	}
	if (**s != sep) {
		*why = sign_reason(*s, sep);
		return -EINVAL;
	}
	err = annex_parse_size(*s + 1, s, start);
	if (err) {
		*why = number_reason(err, sep);
		return err;
	}
	if (!at_end(*s) && **s != ',') {
		*why = reasons_of(sep)->malformed;
		return -EINVAL;
	}
	return 0;
}

static int check_pair(u64 size, u64 start, const char **why)
{
	if (!size) {
		*why = "is empty: wants a SIZE of 4K or more";
		return -EINVAL;
	}
	if (!IS_ALIGNED(size | start, PAGE_SIZE)) {
		*why = "is not page aligned: wants multiples of 4K";
		return -EINVAL;
	}
	if (start + size < start) {
		*why = "wraps around: wants a range that ends below 16E";
		return -ERANGE;
	}
	return 0;
}

/**
 * annex_parse_range() - parse one range of physical addresses
 * @s: "SIZE<sep>START", with at most one newline at the end
 * @sep: the sign between the two, '$' or '@'
 * @r: set to the range
 * @why: on error, set to what is wrong and what would work
 *
 * Return: 0; -EINVAL if @s is malformed, a list, empty or not page aligned;
 * -ERANGE if a number or the end of the range needs more than 64 bits. On
 * error @r is unchanged.
 */
int annex_parse_range(const char *s, char sep, struct annex_range *r,
		      const char **why)
{
	u64 size, start;
	int err;

	err = parse_pair(&s, sep, &size, &start, why);
	if (err)
		return err;
	if (*s == ',') {
		*why = reasons_of(sep)->list;
		return -EINVAL;
	}
	err = check_pair(size, start, why);
	if (err)
		return err;
	r->start = start;
	r->end = start + size;
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_parse_range);

/**
 * annex_memory_map_init() - set up a map with one usable entry
 * @map: the map
 * @start: first byte of the pool
 * @end: one past its last byte
 *
 * If @start is not below @end, the map gets no entries, and nothing can be
 * reserved in it.
 */
void annex_memory_map_init(struct annex_memory_map *map, u64 start, u64 end)
{
	map->start = start;
	map->end = max(start, end);
	map->nr = 0;
	if (start >= end)
		return;
	map->nr = 1;
	map->entry[0].start = start;
	map->entry[0].end = end;
	map->entry[0].type = ANNEX_MEMORY_MAP_USABLE;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memory_map_init);

/*
 * Compute the entries that replace @first to @last when [@start, @end) in them
 * is reserved. @first begins at or before @start, @last ends at or behind @end.
 *
 *	 first            last
 *	|.....|##|.......|####|		|....|############|
 *	     [start  end)		rest  the new one
 */
static unsigned int cut_entries(const struct annex_memory_map_entry *first,
				const struct annex_memory_map_entry *last,
				u64 start, u64 end,
				struct annex_memory_map_entry with[3])
{
	unsigned int nr = 0;
	bool left =
		first->type == ANNEX_MEMORY_MAP_USABLE && first->start < start;
	bool right = last->type == ANNEX_MEMORY_MAP_USABLE && last->end > end;

	if (left)
		with[nr++] = (struct annex_memory_map_entry){
			first->start, start, ANNEX_MEMORY_MAP_USABLE
		};
	with[nr++] =
		(struct annex_memory_map_entry){ left ? start : first->start,
						 right ? end : last->end,
						 ANNEX_MEMORY_MAP_RESERVED };
	if (right)
		with[nr++] = (struct annex_memory_map_entry){
			end, last->end, ANNEX_MEMORY_MAP_USABLE
		};
	return nr;
}

/* Replace the entries [@first, @behind) with the @nr entries at @with. */
static int replace_entries(struct annex_memory_map *map, unsigned int first,
			   unsigned int behind,
			   const struct annex_memory_map_entry *with,
			   unsigned int nr)
{
	unsigned int rest = map->nr - behind;

	if (first + nr + rest > ANNEX_MEMORY_MAP_MAX)
		return -ENOSPC;
	memmove(&map->entry[first + nr], &map->entry[behind],
		rest * sizeof(*with));
	memcpy(&map->entry[first], with, nr * sizeof(*with));
	map->nr = first + nr + rest;
	return 0;
}

/**
 * annex_memory_map_reserve() - reserve a range of the pool
 * @map: the map
 * @start: first byte, a host physical address
 * @end: one past the last byte
 *
 * The range may span several entries, reserved ones included.
 *
 * Return: 0; -EINVAL if @start is not below @end; -ERANGE if the range leaves
 * the pool; -ENOSPC if the map has no room for another entry. On error the map
 * is unchanged.
 */
int annex_memory_map_reserve(struct annex_memory_map *map, u64 start, u64 end)
{
	struct annex_memory_map_entry with[3];
	unsigned int first = 0, last, nr;

	if (start >= end)
		return -EINVAL;
	if (start < map->start || end > map->end)
		return -ERANGE;

	/* Include entries that only touch the range: they may merge. */
	while (map->entry[first].end < start)
		first++;
	last = first;
	while (last + 1 < map->nr && map->entry[last + 1].start <= end)
		last++;

	nr = cut_entries(&map->entry[first], &map->entry[last], start, end,
			 with);
	return replace_entries(map, first, last + 1, with, nr);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memory_map_reserve);

/* check_pair() has checked that the sum of the two does not wrap. */
static int reserve_offset(struct annex_memory_map *map, u64 size, u64 offset,
			  const char **why)
{
	int err;

	if (offset + size > map->end - map->start) {
		*why = "leaves the pool: wants SIZE@OFFSET inside, counted from its start";
		return -ERANGE;
	}
	err = annex_memory_map_reserve(map, map->start + offset,
				       map->start + offset + size);
	if (err)
		*why = "has too many ranges: the memory map holds "
		       __stringify(ANNEX_MEMORY_MAP_MAX) " entries";
	return err;
}

static int reserve_list(struct annex_memory_map *map, const char *list,
			const char **why)
{
	u64 size, offset;
	int err;

	for (;;) {
		err = parse_pair(&list, '@', &size, &offset, why);
		if (err)
			return err;
		err = check_pair(size, offset, why);
		if (err)
			return err;
		err = reserve_offset(map, size, offset, why);
		if (err || *list != ',')
			return err;
		list++;
	}
}

/**
 * annex_memory_map_parse_reserve() - reserve the ranges of a list
 * @map: the map
 * @list: "SIZE@OFFSET[,SIZE@OFFSET...]", each OFFSET counted from the pool's
 *	start; NULL or an empty string reserve nothing
 * @why: on error, set to what is wrong and what would work
 *
 * The ranges may overlap each other and reserved ranges. May sleep.
 *
 * Return: 0; -EINVAL and -ERANGE as annex_parse_range(); -ERANGE as well if a
 * range leaves the pool; -ENOSPC if there are too many; -ENOMEM. On error the
 * map is unchanged.
 */
int annex_memory_map_parse_reserve(struct annex_memory_map *map,
				   const char *list, const char **why)
{
	struct annex_memory_map *trial;
	int err;

	if (!list || at_end(list))
		return 0;
	/* Some 3 KB: too large for the stack. */
	trial = annex_should_fail(ANNEX_FAIL_MEMORY) ?
			NULL :
			kmemdup(map, sizeof(*map), GFP_KERNEL);
	if (!trial) {
		*why = "cannot be tried: the host has no memory for a copy of the map";
		return -ENOMEM;
	}
	err = reserve_list(trial, list, why);
	if (!err)
		*map = *trial;
	kfree(trial);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memory_map_parse_reserve);

static bool type_valid(enum annex_memory_map_type type)
{
	return type == ANNEX_MEMORY_MAP_USABLE ||
	       type == ANNEX_MEMORY_MAP_RESERVED;
}

/**
 * annex_memory_map_valid() - check the invariants listed in the file head
 * @map: the map
 *
 * Return: true if all of them hold.
 */
bool annex_memory_map_valid(const struct annex_memory_map *map)
{
	const struct annex_memory_map_entry *e;
	u64 at = map->start;
	unsigned int i;

	if (map->nr > ANNEX_MEMORY_MAP_MAX)
		return false;
	for (i = 0; i < map->nr; i++) {
		e = &map->entry[i];
		if (e->start != at || e->end <= e->start)
			return false;
		if (!type_valid(e->type) || (i && e->type == e[-1].type))
			return false;
		at = e->end;
	}
	return at == map->end;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_memory_map_valid);
