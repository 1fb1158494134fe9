// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the lines that other modules add to vmstat.
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/string.h>

#include <annex/client_counters.h>

#include "base/clients.h"
#include "base/show.h"
#include "lib/testpool.h"
#include "lib/testseq.h"

static const char * const names[] = { "foo_read", "foo_2" };
static const char * const others[] = { "bar" };
static DEFINE_PER_CPU(unsigned long [2], counts);

static struct annex_client_counters client(const char * const *words,
					   unsigned int nr)
{
	return (struct annex_client_counters){
		.names = words, .nr = nr, .counts = counts,
	};
}

static int clients_test_init(struct kunit *test)
{
	int cpu;

	test->priv = annex_testpool(test, &annex_testpool_small);
	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(counts, cpu), 0, sizeof(counts));
	return 0;
}

/* What is behind annex's own lines. */
static const char *lines_of(struct kunit *test)
{
	static const char last[] = "nr_unstable 0\n";
	struct seq_file *m = open_seq(test);
	const char *found;

	annex_show_vmstat(m, test->priv);
	found = strstr(seq_text(test, m), last);
	KUNIT_ASSERT_NOT_NULL(test, found);
	return found + strlen(last);
}

static struct annex_clients *clients_of(struct kunit *test)
{
	struct annex *annex = test->priv;

	return &annex->clients;
}

static void clients_lines_are_sums_over_cpus(struct kunit *test)
{
	struct annex_client_counters foo = client(names, 2);
	struct annex_client_counters bar = client(others, 1);
	char expected[64];

	KUNIT_EXPECT_STREQ(test, lines_of(test), "");
	KUNIT_ASSERT_EQ(test, annex_clients_add(clients_of(test), &foo), 0);
	KUNIT_EXPECT_STREQ(test, lines_of(test), "foo_read 0\nfoo_2 0\n");
	this_cpu_add(counts[0], 5);
	per_cpu_ptr(counts, cpumask_last(cpu_possible_mask))[0] += 7;
	this_cpu_inc(counts[1]);
	KUNIT_EXPECT_STREQ(test, lines_of(test), "foo_read 12\nfoo_2 1\n");
	/* It wraps. */
	this_cpu_sub(counts[1], 2);
	KUNIT_ASSERT_EQ(test, annex_clients_add(clients_of(test), &bar), 0);
	snprintf(expected, sizeof(expected), "foo_read 12\nfoo_2 %lu\nbar 12\n",
		 ULONG_MAX);
	KUNIT_EXPECT_STREQ(test, lines_of(test), expected);
	KUNIT_EXPECT_EQ(test, annex_clients_del(clients_of(test), &foo), 0);
	KUNIT_EXPECT_STREQ(test, lines_of(test), "bar 12\n");
	KUNIT_EXPECT_EQ(test, annex_clients_del(clients_of(test), &bar), 0);
}

/* The pools are strangers to each other. */
static void clients_are_of_one_pool(struct kunit *test)
{
	struct annex *other = annex_testpool(test, &annex_testpool_small);
	struct annex_client_counters foo = client(names, 2);

	KUNIT_ASSERT_EQ(test, annex_clients_add(&other->clients, &foo), 0);
	KUNIT_EXPECT_STREQ(test, lines_of(test), "");
	KUNIT_EXPECT_EQ(test, annex_clients_del(clients_of(test), &foo),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, annex_clients_del(&other->clients, &foo), 0);
}

static void expect_refused(struct kunit *test, const char * const *words,
			   unsigned int nr, int err)
{
	struct annex_client_counters c = client(words, nr);

	KUNIT_EXPECT_EQ_MSG(test, annex_clients_add(clients_of(test), &c), err,
			    "%s", nr ? words[nr - 1] : "none");
	KUNIT_EXPECT_EQ(test, annex_clients_del(clients_of(test), &c),
			-ENOENT);
}

static void clients_bad_names_are_refused(struct kunit *test)
{
	static const char * const bad[] = {
		"", "two words", "line\n", "Upper", "dash-ed", "caf\xe9", "a.b",
		"a_name_of_more_than_forty_eight_letters_is_too_long", NULL,
	};
	static const char * const half[] = { "good", "not good" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		expect_refused(test, &bad[i], 1, -EINVAL);
	/* One bad name, and none is shown. */
	expect_refused(test, half, 2, -EINVAL);
	KUNIT_EXPECT_STREQ(test, lines_of(test), "");
}

static void clients_names_are_unique(struct kunit *test)
{
	static const char * const twice[] = { "same", "same" };
	static const char * const own[] = { "new", "pgfree" };
	static const char * const taken[] = { "baz", "foo_2" };
	struct annex_client_counters foo = client(names, 2);

	expect_refused(test, twice, 2, -EEXIST);
	expect_refused(test, own, 2, -EEXIST);
	KUNIT_ASSERT_EQ(test, annex_clients_add(clients_of(test), &foo), 0);
	expect_refused(test, taken, 2, -EEXIST);
	KUNIT_EXPECT_EQ(test, annex_clients_add(clients_of(test), &foo),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, annex_clients_del(clients_of(test), &foo), 0);
	KUNIT_EXPECT_EQ(test, annex_clients_del(clients_of(test), &foo),
			-ENOENT);
	/* And free again. */
	KUNIT_EXPECT_EQ(test, annex_clients_add(clients_of(test), &foo), 0);
	KUNIT_EXPECT_EQ(test, annex_clients_del(clients_of(test), &foo), 0);
}

static void clients_without_counters_are_refused(struct kunit *test)
{
	struct annex_client_counters none = client(names, 2);

	expect_refused(test, names, 0, -EINVAL);
	expect_refused(test, NULL, 0, -EINVAL);
	none.counts = NULL;
	KUNIT_EXPECT_EQ(test, annex_clients_add(clients_of(test), &none),
			-EINVAL);
	none = client(names, ANNEX_CLIENT_COUNTERS_MAX + 1);
	KUNIT_EXPECT_EQ(test, annex_clients_add(clients_of(test), &none),
			-EINVAL);
	none = client(NULL, 2);
	KUNIT_EXPECT_EQ(test, annex_clients_add(clients_of(test), &none),
			-EINVAL);
}

static bool is_that(const void *address, const void *mod)
{
	return address == mod;
}

/* By its lines or by itself, a client is of the module that goes. */
static void clients_of_a_module_are_revoked(struct kunit *test)
{
	struct annex_client_counters foo = client(names, 2);
	struct annex_client_counters bar = client(others, 1);

	KUNIT_ASSERT_EQ(test, annex_clients_add(clients_of(test), &foo), 0);
	KUNIT_ASSERT_EQ(test, annex_clients_add(clients_of(test), &bar), 0);
	KUNIT_EXPECT_EQ(test,
			annex_clients_revoke(clients_of(test), is_that, test),
			0U);
	KUNIT_EXPECT_EQ(test,
			annex_clients_revoke(clients_of(test), is_that, names),
			1U);
	KUNIT_EXPECT_STREQ(test, lines_of(test), "bar 0\n");
	KUNIT_EXPECT_EQ(test,
			annex_clients_revoke(clients_of(test), is_that, &bar),
			1U);
	KUNIT_EXPECT_STREQ(test, lines_of(test), "");
}

static struct kunit_case clients_cases[] = {
	KUNIT_CASE(clients_lines_are_sums_over_cpus),
	KUNIT_CASE(clients_are_of_one_pool),
	KUNIT_CASE(clients_bad_names_are_refused),
	KUNIT_CASE(clients_names_are_unique),
	KUNIT_CASE(clients_without_counters_are_refused),
	KUNIT_CASE(clients_of_a_module_are_revoked),
	{}
};

static struct kunit_suite annex_clients_suite = {
	.name = "annex_clients",
	.init = clients_test_init,
	.test_cases = clients_cases,
};

kunit_test_suite(annex_clients_suite);
