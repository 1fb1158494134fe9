// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the counters: a name for each, and sums over all CPUs.
 */
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/string.h>

#include "base/counters.h"
#include "page/zone.h"

static void counters_have_distinct_names(struct kunit *test)
{
	unsigned int i, j;

	for (i = 0; i < ANNEX_NR_COUNTERS; i++) {
		KUNIT_ASSERT_NOT_NULL(test, annex_counter_name(i));
		for (j = 0; j < i; j++)
			if (!strcmp(annex_counter_name(i),
				    annex_counter_name(j)))
				KUNIT_FAIL(test, "%s twice",
					   annex_counter_name(i));
	}
	KUNIT_EXPECT_STREQ(test, annex_counter_name(ANNEX_NR_FREE_PAGES),
			   "nr_free_pages");
	KUNIT_EXPECT_STREQ(test, annex_counter_name(ANNEX_NR_UNSTABLE),
			   "nr_unstable");
	KUNIT_EXPECT_EQ(test, (int)ANNEX_NR_ZONE_COUNTERS, 11);
	KUNIT_EXPECT_EQ(test, (int)ANNEX_NR_NODE_COUNTERS, 41);
	KUNIT_EXPECT_EQ(test, ANNEX_PGALLOC_MOVABLE - ANNEX_PGALLOC_DMA,
			(int)ANNEX_ZONE_MOVABLE);
}

static void counters_events_add_up_over_cpus(struct kunit *test)
{
	struct annex_counters c;
	int cpu;

	KUNIT_ASSERT_EQ(test, annex_counters_init(&c), 0);
	for_each_possible_cpu(cpu)
		per_cpu_ptr(c.events, cpu)
			->count[ANNEX_PGFREE - ANNEX_NODE_COUNTERS_END] = 7;
	annex_count_events(&c, ANNEX_PGFREE, 3);
	KUNIT_EXPECT_EQ(test, annex_event_sum(&c, ANNEX_PGFREE),
			7UL * num_possible_cpus() + 3);
	KUNIT_EXPECT_EQ(test, annex_event_sum(&c, ANNEX_PGACTIVATE), 0UL);
	annex_mod_node_count(&c, ANNEX_NR_ZONE_COUNTERS, -5);
	KUNIT_EXPECT_EQ(test, annex_node_count(&c, ANNEX_NR_ZONE_COUNTERS),
			0UL);
	annex_counters_destroy(&c);
}

static struct kunit_case counters_cases[] = {
	KUNIT_CASE(counters_have_distinct_names),
	KUNIT_CASE(counters_events_add_up_over_cpus),
	{}
};

static struct kunit_suite annex_counters_suite = {
	.name = "annex_counters",
	.test_cases = counters_cases,
};

kunit_test_suite(annex_counters_suite);
