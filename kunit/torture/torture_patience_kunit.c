// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of patience.h, how long torture waits for a thread: longer where the machine
 * is slow, and never for ever. Values only; no thread, no pool.
 */
#include <kunit/test.h>

#include "patience.h"

/* Half of the run, between 10 s and 30 s, where recounts take no time. */
static void torture_patience_fast_machine_has_half_the_run(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, torture_patience(0, 0), 30UL * HZ);
	KUNIT_EXPECT_EQ(test, torture_patience(6, 1), 10UL * HZ);
	KUNIT_EXPECT_EQ(test, torture_patience(20, 1), 10UL * HZ);
	KUNIT_EXPECT_EQ(test, torture_patience(40, 1), 20UL * HZ);
	KUNIT_EXPECT_EQ(test, torture_patience(600, 1), 30UL * HZ);
}

/* A recount that takes 2 s says that others may take 40 s for a turn. */
static void torture_patience_slow_machine_has_more(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, torture_patience(20, HZ / 2), 10UL * HZ);
	KUNIT_EXPECT_EQ(test, torture_patience(20, 2 * HZ), 40UL * HZ);
	KUNIT_EXPECT_EQ(test, torture_patience(600, 5 * HZ), 100UL * HZ);
}

/* However slow, a thread that is stuck is told of; nor does a number wrap. */
static void torture_patience_is_never_for_ever(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, torture_patience(20, 60 * HZ), 300UL * HZ);
	KUNIT_EXPECT_EQ(test, torture_patience(600, ULONG_MAX), 300UL * HZ);
	KUNIT_EXPECT_EQ(test, torture_patience(0, ULONG_MAX / TORTURE_RECOUNTS + 1),
			300UL * HZ);
}

static struct kunit_case torture_patience_cases[] = {
	KUNIT_CASE(torture_patience_fast_machine_has_half_the_run),
	KUNIT_CASE(torture_patience_slow_machine_has_more),
	KUNIT_CASE(torture_patience_is_never_for_ever),
	{}
};

static struct kunit_suite annex_torture_patience_suite = {
	.name = "annex_torture_patience",
	.test_cases = torture_patience_cases,
};

kunit_test_suite(annex_torture_patience_suite);
