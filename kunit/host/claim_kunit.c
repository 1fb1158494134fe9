// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of claiming, on the machine as it is: annex has the first half of the
 * range that memmap= kept (512 MB at 4 GB), the second half is free to take.
 */
#include <linux/ioport.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <asm/processor.h>

#include "base/refuse.h"
#include "host/claim.h"
#include "lib/testpool.h"
#include "lib/testrange.h"

static void claim_takes_and_returns_a_reserved_range(struct kunit *test)
{
	struct annex_claim claim = {};
	struct annex_reason why = {};
	int round;

	for (round = 0; round < 3; round++) {
		KUNIT_ASSERT_EQ_MSG(test,
				    annex_claim_get(&claim, TEST_RANGE_START,
						    TEST_RANGE_END, &why),
				    0, "%s", why.text);
		KUNIT_EXPECT_NOT_NULL(test, claim.res);
		KUNIT_EXPECT_EQ(test, (u64)claim.res->start, TEST_RANGE_START);
		KUNIT_EXPECT_EQ(test, (u64)claim.res->end, TEST_RANGE_END - 1);
		annex_claim_put(&claim);
		KUNIT_EXPECT_NULL(test, claim.res);
		annex_claim_put(&claim);
	}
}

struct refusal {
	const char *name;
	u64 start;
	u64 end;
	int err;
	const char *says;
};

#define GB(n)	((u64)(n) << 30)

static const struct refusal refusals[] = {
	{ "one page less than 4 MB", TEST_RANGE_START,
	  TEST_RANGE_START + SZ_4M - PAGE_SIZE, -EINVAL, "4 MB or more" },
	{ "a page", TEST_RANGE_START, TEST_RANGE_START + PAGE_SIZE, -EINVAL,
	  "4 MB or more" },
	{ "64 GB", GB(4), GB(68), -EINVAL, "at most 63 GB" },
	{ "beyond the CPU's address bits", 1ULL << 51, (1ULL << 51) + GB(1),
	  -ERANGE, "address bits" },
	{ "the kernel's lowmem", SZ_16M, SZ_32M, -EBUSY,
	  "overlaps System RAM that is the kernel's own" },
	{ "System RAM", GB(2), GB(2) + SZ_32M, -EBUSY,
	  "overlaps System RAM at 0x0000000080000000" },
	{ "System RAM at its end", TEST_RANGE_SMALL, TEST_RANGE_SMALL + SZ_8M,
	  -EBUSY, "overlaps System RAM at 0x0000000040400000" },
	{ "RAM that mem= took from the kernel", TEST_RANGE_START,
	  TEST_RANGE_END + SZ_4M, -ENXIO,
	  "is not reserved from 0x140000000 on" },
	{ "a range that is reserved to its middle", TEST_RANGE_HALF,
	  TEST_RANGE_HALF + SZ_4M, -ENXIO, "is not reserved from 0x180200000 on" },
	{ "a hole", GB(100), GB(101), -ENXIO, "has no RAM at 0x1900000000" },
	{ "what firmware keeps", 0xfd00000000ULL, 0xfd00000000ULL + SZ_4M,
	  -ENXIO, "firmware keeps (Reserved)" },
	{ "what annex has", GB(4), GB(4) + SZ_64M, -EBUSY, "held by a driver" },
	{ "some of what annex has", TEST_RANGE_START - SZ_4M, TEST_RANGE_END,
	  -EBUSY, "held by a driver" },
};

static void refusal_name(const struct refusal *r, char *desc)
{
	strscpy(desc, r->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(refusal, refusals, refusal_name);

static void claim_refuses_with_a_reason(struct kunit *test)
{
	const struct refusal *r = test->param_value;
	struct annex_claim claim = {};
	struct annex_reason why = {};

	KUNIT_EXPECT_EQ(test, annex_claim_get(&claim, r->start, r->end, &why),
			r->err);
	KUNIT_EXPECT_NULL(test, claim.res);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(why.text, r->says), "%s", why.text);
}

/* claim > zone > descriptors, and beside them another zone. */
static void claim_parts_nest_by_containment(struct kunit *test)
{
	const u64 start = TEST_RANGE_START;
	struct annex_claim claim = {};
	struct annex_reason why;

	KUNIT_ASSERT_EQ(test, annex_claim_get(&claim, start, TEST_RANGE_END,
					      &why), 0);
	KUNIT_EXPECT_EQ(test, annex_claim_add_part(&claim, "a", start,
						   start + SZ_16M), 0);
	KUNIT_EXPECT_EQ(test, annex_claim_add_part(&claim, "b", start + SZ_16M,
						   TEST_RANGE_END), 0);
	KUNIT_EXPECT_EQ(test, annex_claim_add_part(&claim, "b1",
						   start + SZ_32M,
						   start + SZ_64M), 0);
	KUNIT_EXPECT_EQ(test, claim.nr_parts, 3U);
	KUNIT_EXPECT_PTR_EQ(test, claim.part[0].parent, claim.res);
	KUNIT_EXPECT_PTR_EQ(test, claim.part[1].parent, claim.res);
	KUNIT_EXPECT_PTR_EQ(test, claim.part[2].parent, &claim.part[1]);

	/* Nothing to show, across two parts, outside. */
	KUNIT_EXPECT_EQ(test, annex_claim_add_part(&claim, "none", start,
						   start), 0);
	KUNIT_EXPECT_EQ(test, annex_claim_add_part(&claim, "across",
						   start + SZ_8M,
						   start + SZ_32M), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_claim_add_part(&claim, "outside",
						   TEST_RANGE_END,
						   TEST_RANGE_END + SZ_1M),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, claim.nr_parts, 3U);
	annex_claim_put(&claim);

	/* Nothing of it is left behind. */
	KUNIT_EXPECT_EQ(test, annex_claim_get(&claim, start, TEST_RANGE_END,
					      &why), 0);
	annex_claim_put(&claim);
}

static void claim_has_room_for_all_parts_and_no_more(struct kunit *test)
{
	struct annex_claim claim = {};
	struct annex_reason why;
	u64 at = TEST_RANGE_START;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, annex_claim_get(&claim, at, TEST_RANGE_END, &why),
			0);
	for (i = 0; i < ANNEX_CLAIM_PARTS; i++, at += PAGE_SIZE)
		KUNIT_EXPECT_EQ(test, annex_claim_add_part(&claim, "part", at,
							   at + PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, annex_claim_add_part(&claim, "part", at,
						   at + PAGE_SIZE), -ENOSPC);
	annex_claim_put(&claim);
}

static struct kunit_case claim_cases[] = {
	KUNIT_CASE(claim_takes_and_returns_a_reserved_range),
	KUNIT_CASE_PARAM(claim_refuses_with_a_reason, refusal_gen_params),
	KUNIT_CASE(claim_parts_nest_by_containment),
	KUNIT_CASE(claim_has_room_for_all_parts_and_no_more),
	{}
};

static struct kunit_suite annex_claim_suite = {
	.name = "annex_claim",
	.test_cases = claim_cases,
};

kunit_test_suite(annex_claim_suite);
