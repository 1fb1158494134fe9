// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of reading what a machine says of its memory: firmware's map, the extent of
 * the kernel's memory map, and the kernel's command line.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "base/refuse.h"
#include "host/cmdline.h"
#include "host/firmware.h"
#include "host/flatmem.h"
#include "lib/testpool.h"

#define RAM	"System RAM"
#define GB(n)	((u64)(n) << 30)

/*
 *	0     640K 1M        3G  ..        4G    6G   6G+1M+2K      7G
 *	| RAM |res.|  RAM    |ACPI| hole   | RAM | RAM |  a hole    |RAM|
 */
static struct annex_firmware_range a_machine[] = {
	{ GB(7), GB(8), RAM },
	{ 0, 640 * SZ_1K, RAM },
	{ SZ_1M, GB(3), RAM },
	{ GB(6), GB(6) + SZ_1M + SZ_2K, RAM },
	{ 640 * SZ_1K, SZ_1M, "Reserved" },
	{ GB(3), GB(3) + 131071, "ACPI Tables" },
	{ GB(4), GB(6), RAM },
};

static const struct annex_firmware machine = {
	a_machine, ARRAY_SIZE(a_machine)
};

static const struct {
	u64 start;
	u64 end;
	const char *says; /* NULL: all of it is RAM */
} asked[] = {
	{ GB(4), GB(6), NULL },
	{ GB(5), GB(6) + SZ_1M, NULL },
	{ GB(4), GB(6) + SZ_1M + SZ_2K, NULL },
	{ SZ_1M, GB(3), NULL },
	{ GB(7), GB(8), NULL },
	/* Half a page, a byte, and a step that is RAM here and there. */
	{ GB(4), GB(6) + SZ_1M + SZ_4K, "no RAM at 0x180100800" },
	{ GB(4), GB(6) + SZ_2M, "no RAM at 0x180100800" },
	{ GB(7), GB(8) + 1, "no RAM at 0x200000000" },
	{ GB(4) - 1, GB(5), "no RAM at 0xffffffff" },
	{ GB(6) + SZ_1M, GB(7) + SZ_1M, "no RAM at 0x180100800" },
	{ GB(9), GB(10), "no RAM at 0x240000000" },
	{ GB(2), GB(3) + SZ_4K, "firmware keeps (ACPI Tables) at 0xc0000000" },
	{ GB(3) + 131070, GB(3) + SZ_1M, "firmware keeps (ACPI Tables)" },
	{ 0, SZ_2M, "firmware keeps (Reserved) at 0xa0000" },
};

static void firmware_each_byte_is_checked(struct kunit *test)
{
	struct annex_reason why;
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(asked); i++) {
		err = annex_firmware_check(&machine, asked[i].start,
					   asked[i].end, &why);
		KUNIT_EXPECT_EQ_MSG(test, err, asked[i].says ? -ENXIO : 0,
				    "row %u", i);
		if (err && asked[i].says)
			KUNIT_EXPECT_TRUE_MSG(test, strstr(why.text,
							   asked[i].says),
					      "%s", why.text);
	}
}

#define BYTES	64
#define ROUNDS	20000

/* Of a map of 64 bytes it is known what each of them is. */
static void draw_map(struct rnd_state *rnd, struct annex_firmware *fw,
		     bool ram[BYTES])
{
	unsigned int at = 0;

	fw->nr = 0;
	memset(ram, 0, BYTES * sizeof(*ram));
	while (at < BYTES) {
		unsigned int n = min(prandom_u32_state(rnd) % 24 + 1,
				     BYTES - at);
		unsigned int kind = prandom_u32_state(rnd) % 8;

		if (kind) {
			fw->range[fw->nr++] = (struct annex_firmware_range){
				at, at + n, "",
			};
			strcpy(fw->range[fw->nr - 1].type,
			       kind == 1 ? "Reserved" : RAM);
		}
		memset(ram + at, kind > 1, n * sizeof(*ram));
		at += n;
	}
}

static bool all_ram(const bool ram[BYTES], unsigned int from, unsigned int to)
{
	while (from < to && ram[from])
		from++;
	return from == to;
}

static void firmware_agrees_with_a_byte_map(struct kunit *test)
{
	u32 seed = get_random_u32();
	struct annex_firmware_range *range;
	struct annex_firmware fw;
	struct annex_reason why;
	unsigned int round, yes = 0;
	struct rnd_state rnd;
	bool ram[BYTES];

	range = kunit_kcalloc(test, BYTES, sizeof(*range), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, range);
	fw.range = range;
	kunit_info(test, "seed %u\n", seed);
	prandom_seed_state(&rnd, seed);
	for (round = 0; round < ROUNDS; round++) {
		unsigned int from = prandom_u32_state(&rnd) % (BYTES - 1);
		unsigned int to = from + 1 +
				  prandom_u32_state(&rnd) % (BYTES - from - 1);
		bool is;

		draw_map(&rnd, &fw, ram);
		is = !annex_firmware_check(&fw, from, to, &why);
		KUNIT_ASSERT_EQ_MSG(test, is, all_ram(ram, from, to),
				    "round %u: %u to %u", round, from, to);
		yes += is;
	}
	KUNIT_EXPECT_GT(test, yes, ROUNDS / 20U);
	KUNIT_EXPECT_LT(test, yes, ROUNDS - ROUNDS / 20U);
}

static void flatmem_is_paid_below_its_end(struct kunit *test)
{
	const struct annex_flatmem flat = { GB(7), 40 }, none = {};

	/* 1G$5G of a machine whose RAM goes on to 7 GB, and what is beyond. */
	KUNIT_EXPECT_EQ(test, annex_flatmem_pays(&flat, GB(5), GB(6)),
			10ULL << 20);
	KUNIT_EXPECT_EQ(test, annex_flatmem_pays(&flat, GB(6), GB(8)),
			10ULL << 20);
	KUNIT_EXPECT_EQ(test, annex_flatmem_pays(&flat, GB(7), GB(8)), 0ULL);
	KUNIT_EXPECT_EQ(test, annex_flatmem_pays(&flat, GB(8), GB(65)), 0ULL);
	KUNIT_EXPECT_EQ(test, annex_flatmem_pays(&flat, GB(7) - PAGE_SIZE,
						 GB(8)), 40ULL);
	KUNIT_EXPECT_EQ(test, annex_flatmem_pays(&none, GB(5), GB(6)), 0ULL);
}

static void flatmem_better_range_ends_where_ram_does(struct kunit *test)
{
	const struct annex_firmware low = { a_machine + 1, 2 }, no_ram = {};
	u64 start = GB(4), end = GB(4) + SZ_512M;

	KUNIT_EXPECT_TRUE(test, annex_flatmem_better(&machine, &start, &end));
	KUNIT_EXPECT_EQ(test, start, GB(8) - SZ_512M);
	KUNIT_EXPECT_EQ(test, end, GB(8));
	/* There it is. */
	KUNIT_EXPECT_FALSE(test, annex_flatmem_better(&machine, &start, &end));

	/* Less, where RAM is not so long. */
	start = GB(4);
	end = GB(6);
	KUNIT_EXPECT_TRUE(test, annex_flatmem_better(&machine, &start, &end));
	KUNIT_EXPECT_EQ(test, start, GB(7));
	KUNIT_EXPECT_EQ(test, end, GB(8));

	start = GB(1);
	end = GB(2);
	KUNIT_EXPECT_TRUE(test, annex_flatmem_better(&low, &start, &end));
	KUNIT_EXPECT_EQ(test, start, GB(2));
	KUNIT_EXPECT_EQ(test, end, GB(3));
	KUNIT_EXPECT_FALSE(test, annex_flatmem_better(&no_ram, &start, &end));
}

/*
 *	0       2G-32M        2G-4K  2G
 *	|  RAM  |  reserved   |  RAM |	a pool is larger than the last piece
 */
static void flatmem_better_range_holds_a_pool(struct kunit *test)
{
	struct annex_firmware_range parts[] = {
		{ 0, GB(2) - SZ_32M, RAM },
		{ GB(2) - SZ_32M, GB(2) - SZ_4K, "Reserved" },
		{ GB(2) - SZ_4K, GB(2), RAM },
	};
	const struct annex_firmware fw = { parts, ARRAY_SIZE(parts) };
	u64 start = GB(1), end = GB(1) + SZ_512M;

	KUNIT_EXPECT_FALSE(test, annex_flatmem_better(&fw, &start, &end));
	parts[1].end = GB(2) - SZ_4M + SZ_4K;
	parts[2].start = GB(2) - SZ_4M + SZ_4K;
	KUNIT_EXPECT_FALSE(test, annex_flatmem_better(&fw, &start, &end));
	KUNIT_EXPECT_EQ(test, start, GB(1));
	KUNIT_EXPECT_EQ(test, end, GB(1) + SZ_512M);
	parts[1].end = GB(2) - SZ_4M;
	parts[2].start = GB(2) - SZ_4M;
	KUNIT_EXPECT_TRUE(test, annex_flatmem_better(&fw, &start, &end));
	KUNIT_EXPECT_EQ(test, start, GB(2) - SZ_4M);
	KUNIT_EXPECT_EQ(test, end, GB(2));
}

/* Two entries that join are one RAM, in whatever order they are. */
static void firmware_last_ram_joins_entries(struct kunit *test)
{
	struct annex_firmware_range parts[] = {
		{ GB(5), GB(6), RAM }, { GB(6), GB(7), RAM },
		{ GB(4), GB(5), RAM }, { GB(3), GB(4), "Reserved" },
	};
	const struct annex_firmware fw = { parts, ARRAY_SIZE(parts) };
	u64 start, end;

	KUNIT_EXPECT_TRUE(test, annex_firmware_last_ram(&fw, &start, &end));
	KUNIT_EXPECT_EQ(test, start, GB(4));
	KUNIT_EXPECT_EQ(test, end, GB(7));
}

static const struct {
	const char *cmdline;
	const char *lost;
} cmdlines[] = {
	{ "", NULL },
	{ "root=/dev/sda1 quiet", NULL },
	{ "memmap=1G$5G", NULL },
	{ "memmap=3G$4G,1G@2G quiet", NULL },
	{ "memmap=exactmap memmap=640K@0", NULL },
	{ "nomemmap=1GG xmemmap=1GG", NULL },
	{ "memmap=", NULL },
	{ "memmap=1GG", "1GG" },
	{ "quiet memmap=512M632M\n", "512M632M" },
	{ "memmap=1G$5G memmap=1G splash", "1G" },
	{ "memmap=3GG,1G$2G", "3GG" },
	{ "a=\"memmap=1GG\" b", "1GG" },
	{ "memmap=1234567890123456789012345678901234567890",
	  "1234567890123456789012345678901" },
};

static void cmdline_that_lost_its_sign_is_seen(struct kunit *test)
{
	struct annex_cmdline_word lost;
	unsigned int i;
	bool is;

	for (i = 0; i < ARRAY_SIZE(cmdlines); i++) {
		is = annex_cmdline_find_lost(cmdlines[i].cmdline, &lost);
		KUNIT_EXPECT_EQ_MSG(test, is, !!cmdlines[i].lost, "%s",
				    cmdlines[i].cmdline);
		if (is && cmdlines[i].lost)
			KUNIT_EXPECT_STREQ(test, lost.text, cmdlines[i].lost);
	}
}

static struct kunit_case firmware_cases[] = {
	KUNIT_CASE(firmware_each_byte_is_checked),
	KUNIT_CASE(firmware_agrees_with_a_byte_map),
	KUNIT_CASE(firmware_last_ram_joins_entries),
	KUNIT_CASE(flatmem_is_paid_below_its_end),
	KUNIT_CASE(flatmem_better_range_ends_where_ram_does),
	KUNIT_CASE(flatmem_better_range_holds_a_pool),
	KUNIT_CASE(cmdline_that_lost_its_sign_is_seen),
	{}
};

static struct kunit_suite annex_firmware_suite = {
	.name = "annex_firmware",
	.test_cases = firmware_cases,
};

kunit_test_suite(annex_firmware_suite);
