/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The strings that memory_map_kunit.c feeds to the parsers: sizes, ranges and
 * lists; the valid ones with their values, the invalid ones with the message.
 */
#ifndef ANNEX_KUNIT_LIB_MEMORY_MAP_STRINGS_H
#define ANNEX_KUNIT_LIB_MEMORY_MAP_STRINGS_H

#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/types.h>

/**
 * struct good_size - a string that begins with a size
 * @s: the string
 * @val: the size
 * @rest: what of the string follows the size
 */
struct good_size {
	const char *s;
	u64 val;
	const char *rest;
};

static const struct good_size good_sizes[] = {
	{ "0", 0, "" },
	{ "1", 1, "" },
	{ "4096", 4096, "" },
	{ "0x1000", 4096, "" },
	{ "0X1000", 4096, "" },
	{ "010000", 4096, "" },
	{ "00", 0, "" },
	{ "4K", SZ_4K, "" },
	{ "4k", SZ_4K, "" },
	{ "3M", 3ULL << 20, "" },
	{ "3m", 3ULL << 20, "" },
	{ "57G", 57ULL << 30, "" },
	{ "57g", 57ULL << 30, "" },
	{ "2T", 2ULL << 40, "" },
	{ "2t", 2ULL << 40, "" },
	{ "5P", 5ULL << 50, "" },
	{ "5p", 5ULL << 50, "" },
	{ "15E", 15ULL << 60, "" },
	{ "15e", 15ULL << 60, "" },
	{ "010K", SZ_8K, "" },
	{ "0x10G", 16ULL << 30, "" },
	{ "0xFfK", 255ULL << 10, "" },
	{ "0x1E", 0x1e, "" },
	{ "0x1E$", 0x1e, "$" },
	{ "1G$5G", SZ_1G, "$5G" },
	{ "1KK", SZ_1K, "K" },
	{ "1KB", SZ_1K, "B" },
	{ "12a", 12, "a" },
	{ "08", 0, "8" },
	{ "0x", 0, "x" },
	{ "0xg", 0, "xg" },
	{ "18446744073709551615", U64_MAX, "" },
	{ "0xffffffffffffffff", U64_MAX, "" },
	{ "01777777777777777777777", U64_MAX, "" },
	{ "0x0000000000000000000000000001", 1, "" },
	{ "18014398509481983K", U64_MAX - 1023, "" },
	{ "17179869183G", U64_MAX - SZ_1G + 1, "" },
};

/**
 * struct good_range - a range string
 * @name: what it shows, for the name of the case
 * @s: the string
 * @sep: the sign it is parsed with
 * @start: first byte of the range
 * @end: one past the last byte
 */
struct good_range {
	const char *name;
	const char *s;
	char sep;
	u64 start;
	u64 end;
};

static const struct good_range good_ranges[] = {
	{ "as memmap= has it", "1G$5G", '$', 5ULL << 30, 6ULL << 30 },
	{ "57 GB at 4 GB", "57G$4G", '$', 4ULL << 30, 61ULL << 30 },
	{ "decimal", "1073741824$5368709120", '$', 5ULL << 30, 6ULL << 30 },
	{ "hexadecimal", "0x40000000$0x140000000", '$', 5ULL << 30, 6ULL << 30 },
	{ "mixed", "1024M$0x140000000", '$', 5ULL << 30, 6ULL << 30 },
	{ "one page at 0", "4K$0", '$', 0, SZ_4K },
	{ "newline of echo", "1G$5G\n", '$', 5ULL << 30, 6ULL << 30 },
	{ "other sign", "1M@16M", '@', 16ULL << 20, 17ULL << 20 },
	{ "last page that has an end", "4K$0xffffffffffffe000", '$',
	  U64_MAX - SZ_8K + 1, U64_MAX - SZ_4K + 1 },
};

/**
 * struct bad_string - a string that a parser refuses
 * @name: what is wrong with it, for the name of the case
 * @s: the string
 * @sep: the sign it is parsed with, where that is a choice
 * @err: the errno it gets
 * @says: part of the reason it gets, where there is one
 */
struct bad_string {
	const char *name;
	const char *s;
	char sep;
	int err;
	const char *says;
};

static const struct bad_string bad_sizes[] = {
	{ "nothing", "", 0, -EINVAL },
	{ "newline", "\n", 0, -EINVAL },
	{ "blank first", " 1", 0, -EINVAL },
	{ "minus", "-1", 0, -EINVAL },
	{ "plus", "+1", 0, -EINVAL },
	{ "word", "all", 0, -EINVAL },
	{ "suffix alone", "K", 0, -EINVAL },
	{ "suffix that is a digit alone", "E", 0, -EINVAL },
	{ "hexadecimal without 0x", "ff", 0, -EINVAL },
	{ "x alone", "x10", 0, -EINVAL },
	{ "beyond ASCII", "\xb2", 0, -EINVAL },
	{ "2^64", "18446744073709551616", 0, -ERANGE },
	{ "2^64 + 4", "18446744073709551620", 0, -ERANGE },
	{ "2 and 19 zeroes", "20000000000000000000", 0, -ERANGE },
	{ "2^64 and more digits", "184467440737095516150", 0, -ERANGE },
	{ "2^64 in hex", "0x10000000000000000", 0, -ERANGE },
	{ "2^64 in octal", "02000000000000000000000", 0, -ERANGE },
	{ "2^64 by K", "18014398509481984K", 0, -ERANGE },
	{ "2^64 by G", "17179869184G", 0, -ERANGE },
	{ "2^64 by E", "16E", 0, -ERANGE },
	{ "all bits by K", "0xffffffffffffffffK", 0, -ERANGE },
	{ "sixty nines",
	  "999999999999999999999999999999999999999999999999999999999999", 0,
	  -ERANGE },
};

static const struct bad_string bad_ranges[] = {
	{ "nothing", "", '$', -EINVAL, "malformed: wants SIZE$START" },
	{ "newline", "\n", '$', -EINVAL, "malformed" },
	{ "word", "exactmap", '$', -EINVAL, "malformed" },
	{ "size alone", "1G", '$', -EINVAL, "no START" },
	{ "size and newline", "1G\n", '$', -EINVAL, "no START" },
	{ "sign alone", "$", '$', -EINVAL, "malformed" },
	{ "no size", "$5G", '$', -EINVAL, "malformed" },
	{ "no start", "1G$", '$', -EINVAL, "malformed" },
	{ "no start but a newline", "1G$\n", '$', -EINVAL, "malformed" },
	{ "$5 eaten by a shell", "1GG", '$', -EINVAL, "lost its $ to a shell" },
	{ "$5 of $5632M eaten", "512M632M", '$', -EINVAL, "lost its $" },
	{ "$0 of $0x eaten", "1Gx140000000", '$', -EINVAL, "lost its $" },
	{ "RAM", "1G@5G", '$', -EINVAL, "not a reserved range" },
	{ "ACPI data", "1G#5G", '$', -EINVAL, "not a reserved range" },
	{ "persistent memory", "1G!5G", '$', -EINVAL, "not a reserved range" },
	{ "type change", "1G%5G-1+2", '$', -EINVAL, "not a reserved range" },
	{ "dollar for an at", "1M$16M", '@', -EINVAL, "SIZE@OFFSET" },
	{ "no offset", "1M", '@', -EINVAL, "no OFFSET" },
	{ "sign twice", "1G$$5G", '$', -EINVAL, "malformed" },
	{ "escaped sign", "1G\\$5G", '$', -EINVAL, "malformed" },
	{ "quotes kept", "'1G$5G'", '$', -EINVAL, "malformed" },
	{ "three numbers", "1G$5G$6G", '$', -EINVAL, "malformed" },
	{ "colon", "1G:5G", '$', -EINVAL, "malformed" },
	{ "dash", "5G-6G", '$', -EINVAL, "malformed" },
	{ "blank before", " 1G$5G", '$', -EINVAL, "malformed" },
	{ "blank after", "1G$5G ", '$', -EINVAL, "malformed" },
	{ "blanks around the sign", "1G $ 5G", '$', -EINVAL, "malformed" },
	{ "two newlines", "1G$5G\n\n", '$', -EINVAL, "malformed" },
	{ "line behind", "1G$5G\n1G$6G", '$', -EINVAL, "malformed" },
	{ "negative size", "-1G$5G", '$', -EINVAL, "malformed" },
	{ "negative start", "1G$-5G", '$', -EINVAL, "malformed" },
	{ "plus", "1G$+5G", '$', -EINVAL, "malformed" },
	{ "unit spelled out", "1GB$5GB", '$', -EINVAL, "malformed" },
	{ "suffix twice", "1GG$5G", '$', -EINVAL, "malformed" },
	{ "unknown suffix", "1Q$5G", '$', -EINVAL, "malformed" },
	{ "fraction", "1.5G$5G", '$', -EINVAL, "malformed" },
	{ "9 in octal", "09$5G", '$', -EINVAL, "malformed" },
	{ "hex digits without 0x", "1G$14000000f", '$', -EINVAL, "malformed" },
	{ "0x alone", "0x$5G", '$', -EINVAL, "malformed" },
	{ "list of two", "1G$5G,1G$7G", '$', -EINVAL, "is a list" },
	{ "list that ends early", "1G$5G,", '$', -EINVAL, "is a list" },
	{ "list without a start", "1G,2G", '$', -EINVAL, "no START" },
	{ "zero size", "0$5G", '$', -EINVAL, "is empty" },
	{ "zero size with suffix", "0G$5G", '$', -EINVAL, "is empty" },
	{ "half a page", "2K$5G", '$', -EINVAL, "not page aligned" },
	{ "a byte too much", "0x40000001$5G", '$', -EINVAL, "not page aligned" },
	{ "start within a page", "1G$0x140000800", '$', -EINVAL,
	  "not page aligned" },
	{ "size beyond 64 bits", "16E$5G", '$', -ERANGE, "64 bits" },
	{ "start beyond 64 bits", "1G$18446744073709551616", '$', -ERANGE,
	  "64 bits" },
	{ "end wraps", "8E$9E", '$', -ERANGE, "wraps" },
	{ "end is 2^64", "4K$0xfffffffffffff000", '$', -ERANGE, "wraps" },
	{ "everything", "0xfffffffffffff000$4K", '$', -ERANGE, "wraps" },
};

/* Each begins well where it can, to show that nothing of it is kept. */
static const struct bad_string bad_lists[] = {
	{ "comma", ",", '@', -EINVAL, "malformed: wants SIZE@OFFSET" },
	{ "comma first", ",4K@0", '@', -EINVAL, "malformed" },
	{ "comma last", "4K@0,", '@', -EINVAL, "malformed" },
	{ "comma twice", "4K@0,,4K@8K", '@', -EINVAL, "malformed" },
	{ "blank", "4K@0, 4K@8K", '@', -EINVAL, "malformed" },
	{ "semicolon", "4K@0;4K@8K", '@', -EINVAL, "malformed" },
	{ "newline within", "4K@0\n,4K@8K", '@', -EINVAL, "malformed" },
	{ "junk last", "4K@0,4K@8Kx", '@', -EINVAL, "malformed" },
	{ "dollar", "4K@0,4K$8K", '@', -EINVAL, "another sign" },
	{ "no offset", "4K@0,4K", '@', -EINVAL, "no OFFSET" },
	{ "no offset first", "4K,4K@0", '@', -EINVAL, "no OFFSET" },
	{ "empty range", "4K@0,0@8K", '@', -EINVAL, "is empty" },
	{ "half a page", "4K@0,2K@8K", '@', -EINVAL, "not page aligned" },
	{ "offset within a page", "4K@0,4K@0x1001", '@', -EINVAL,
	  "not page aligned" },
	{ "at the end", "4K@0,4K@2M", '@', -ERANGE, "leaves the pool" },
	{ "across the end", "4K@0,8K@2044K", '@', -ERANGE, "leaves the pool" },
	{ "absolute address", "4K@0,4K@4G", '@', -ERANGE, "leaves the pool" },
	{ "larger than the pool", "4K@0,4M@0", '@', -ERANGE, "leaves the pool" },
	{ "at the end first", "4K@2M,4K@0", '@', -ERANGE, "leaves the pool" },
	{ "offset wraps to the pool", "4K@0,4K@0xffffffffffff0000", '@', -ERANGE,
	  "leaves the pool" },
	{ "end wraps", "4K@0,8E@8E", '@', -ERANGE, "wraps" },
	{ "beyond 64 bits", "4K@0,4K@16E", '@', -ERANGE, "64 bits" },
};

static void good_size_desc(const struct good_size *p, char *desc)
{
	strscpy(desc, p->s, KUNIT_PARAM_DESC_SIZE);
}

static void good_range_desc(const struct good_range *p, char *desc)
{
	strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
}

static void bad_string_desc(const struct bad_string *p, char *desc)
{
	strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(good_size, good_sizes, good_size_desc);
KUNIT_ARRAY_PARAM(bad_size, bad_sizes, bad_string_desc);
KUNIT_ARRAY_PARAM(good_range, good_ranges, good_range_desc);
KUNIT_ARRAY_PARAM(bad_range, bad_ranges, bad_string_desc);
KUNIT_ARRAY_PARAM(bad_list, bad_lists, bad_string_desc);

#endif /* ANNEX_KUNIT_LIB_MEMORY_MAP_STRINGS_H */
