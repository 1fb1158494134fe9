// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pool over real frames is made while one thing after the other fails that it
 * takes: each point, each time that it is come by.
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "base/fail.h"
#include "base/refuse.h"
#include "host/window.h"
#include "lib/testpool.h"
#include "lib/testrange.h"
#include "pool/create.h"

/* More reserved ranges than memblock has room for: it asks the host for more. */
#define RANGES	40

struct scene {
	struct annex annex;
	struct annex_params params;
	char reserve[RANGES * 12];
};

static int fail_load_init(struct kunit *test)
{
	struct scene *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	unsigned int i, n = 0;

	if (!s)
		return -ENOMEM;
	for (i = 0; i < RANGES; i++)
		n += scnprintf(s->reserve + n, sizeof(s->reserve) - n,
			       "%s4K@%uM", i ? "," : "", 64 + 2 * i);
	s->params = (struct annex_params){
		.pool = { TEST_RANGE_START, TEST_RANGE_END },
		.reserve = s->reserve,
		.page_owner = true,
		.lowmem = SZ_8M,
		.pkmap = 512,
		.vmalloc = SZ_4M,
	};
	test->priv = s;
	return 0;
}

static void fail_load_exit(struct kunit *test)
{
	annex_fail_disarm();
}

/* Either it is refused, with a reason, or it has not mattered. */
static void expect_answer(struct kunit *test, struct scene *s, const char *name,
			  unsigned int nth)
{
	struct annex_reason why = {};
	int err;

	memset(&s->annex, 0, sizeof(s->annex));
	err = annex_create(&s->annex, &s->params, &why);
	annex_fail_disarm();
	if (err) {
		KUNIT_EXPECT_TRUE_MSG(test, err == -ENOMEM || err == -EBUSY,
				      "%s %u: %d, %s", name, nth, err, why.text);
		KUNIT_EXPECT_GT_MSG(test, strlen(why.text), (size_t)10,
				    "%s %u", name, nth);
		return;
	}
	annex_test_validate(test, &s->annex);
	KUNIT_EXPECT_EQ(test, annex_destroy(&s->annex), 0UL);
}

/* Nothing of all that was is in the way of the next one. */
static void expect_made(struct kunit *test, struct scene *s)
{
	struct annex_reason why = {};

	memset(&s->annex, 0, sizeof(s->annex));
	KUNIT_ASSERT_EQ_MSG(test, annex_create(&s->annex, &s->params, &why), 0,
			    "%s", why.text);
	annex_test_validate(test, &s->annex);
	KUNIT_EXPECT_EQ(test, annex_destroy(&s->annex), 0UL);
}

/*
 * Addresses of the host's that are lost are missing in its largest gap; others use
 * some as well.
 */
static void expect_addresses(struct kunit *test, const struct annex_space *before)
{
	struct annex_space now;

	annex_window_space(&now);
	KUNIT_EXPECT_GT(test, now.largest + SZ_2M, before->largest);
}

static void fail_load_at_each_point(struct kunit *test)
{
	struct scene *s = test->priv;
	unsigned int point, nth, failed = 0;
	struct annex_space before;

	expect_made(test, s);
	annex_window_space(&before);
	for (point = 0; point < ANNEX_NR_FAIL_REQUESTS; point++) {
		for (nth = 0;; nth++) {
			annex_fail_arm(point, nth, 1);
			expect_answer(test, s, annex_fail_points[point].name,
				      nth);
			if (!annex_fail_count(point))
				break;
			failed++;
			cond_resched();
		}
		kunit_info(test, "%s: %u failures\n",
			   annex_fail_points[point].name, nth);
	}
	/* Each cache of kmalloc has memory per CPU, each window four things. */
	KUNIT_EXPECT_GT(test, failed, 70U);
	expect_addresses(test, &before);
	expect_made(test, s);
}

/* And so it goes if all of a kind fail from some time on. */
static void fail_load_from_each_point_on(struct kunit *test)
{
	struct scene *s = test->priv;
	unsigned int point, nth;

	for (point = 0; point < ANNEX_NR_FAIL_REQUESTS; point++)
		for (nth = 0; nth < 60; nth += 1 + nth / 4) {
			annex_fail_arm(point, nth, -1);
			expect_answer(test, s, annex_fail_points[point].name,
				      nth);
			if (!annex_fail_count(point))
				break;
			cond_resched();
		}
	expect_made(test, s);
}

/* What goes needs nothing. */
static void fail_nothing_that_goes(struct kunit *test)
{
	struct scene *s = test->priv;
	struct annex_reason why = {};
	unsigned int point;

	KUNIT_ASSERT_EQ_MSG(test, annex_create(&s->annex, &s->params, &why), 0,
			    "%s", why.text);
	for (point = 0; point < ANNEX_NR_FAIL_REQUESTS; point++)
		annex_fail_arm(point, 0, -1);
	KUNIT_EXPECT_EQ(test, annex_destroy(&s->annex), 0UL);
	for (point = 0; point < ANNEX_NR_FAIL_REQUESTS; point++)
		KUNIT_EXPECT_EQ_MSG(test, annex_fail_calls(point), 0U, "%s",
				    annex_fail_points[point].name);
	annex_fail_disarm();
	expect_made(test, s);
}

static struct kunit_case fail_load_cases[] = {
	KUNIT_CASE(fail_load_at_each_point),
	KUNIT_CASE(fail_load_from_each_point_on),
	KUNIT_CASE(fail_nothing_that_goes),
	{}
};

static struct kunit_suite annex_fail_load_suite = {
	.name = "annex_fail_load",
	.init = fail_load_init,
	.exit = fail_load_exit,
	.test_cases = fail_load_cases,
};

kunit_test_suite(annex_fail_load_suite);
