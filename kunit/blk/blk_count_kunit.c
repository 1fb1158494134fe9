// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the counters' way into vmstat, and what is refused on it.
 */
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/string.h>

#include "base/show.h"
#include "lib/testseq.h"
#include "testblk.h"

static const char lines[] =
	"annexblk_read 0\nannexblk_write 0\nannexblk_discard 0\n"
	"annexblk_slot_free 0\nannexblk_nospc 0\n";

static void forget_counts(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(annex_blk_counts, cpu), 0,
		       sizeof(annex_blk_counts));
}

static const char *vmstat_of_pool(struct kunit *test)
{
	struct seq_file *m = open_seq(test);

	annex_show_vmstat(m, annex_testblk_pool);
	return seq_text(test, m);
}

/* Behind all others, and only as long as they are registered. */
static void count_is_shown_while_registered(struct kunit *test)
{
	const char *text, *found;

	forget_counts();
	text = vmstat_of_pool(test);
	found = strstr(text, "annexblk_");
	KUNIT_ASSERT_NOT_NULL(test, found);
	KUNIT_EXPECT_STREQ(test, found, lines);
	annex_blk_counters_exit();
	KUNIT_EXPECT_NULL(test,
			  strstr(vmstat_of_pool(test), "annexblk_"));
	KUNIT_EXPECT_EQ(test, annex_blk_counters_init(), 0);
	KUNIT_EXPECT_STREQ(test,
			   strstr(vmstat_of_pool(test), "annexblk_") ?: "",
			   lines);
}

/* Refusals that the pool has counted; each has a line, but for many at once. */
static unsigned long refusals(void)
{
	return annex_test_event(annex_testblk_pool, ANNEX_BAD_FLAG);
}

static void count_is_registered_once(struct kunit *test)
{
	unsigned long before = refusals();

	KUNIT_EXPECT_EQ(test, annex_blk_counters_init(), -EEXIST);
	KUNIT_EXPECT_EQ(test, refusals(), before + 1);
	annex_blk_counters_exit();
	KUNIT_EXPECT_EQ(test, refusals(), before + 1);
	annex_blk_counters_exit();
	KUNIT_EXPECT_EQ(test, refusals(), before + 2);
	KUNIT_EXPECT_EQ(test, annex_blk_counters_init(), 0);
}

static void count_refuses_nothing_and_nonsense(struct kunit *test)
{
	struct annex_client_counters none = {};
	unsigned long before = refusals();

	KUNIT_EXPECT_EQ(test, annex_register_counters(NULL), -EFAULT);
	KUNIT_EXPECT_EQ(test, annex_register_counters(&none), -EINVAL);
	annex_unregister_counters(NULL);
	KUNIT_EXPECT_EQ(test, refusals(), before + 3);
}

static void count_refuses_atomic_context(struct kunit *test)
{
	unsigned long flags;
	int err;

	annex_blk_counters_exit();
	local_irq_save(flags);
	err = annex_blk_counters_init();
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_blk_counters_init(), 0);
	local_irq_save(flags);
	annex_blk_counters_exit();
	local_irq_restore(flags);
	/* They still are. */
	KUNIT_EXPECT_EQ(test, annex_blk_counters_init(), -EEXIST);
}

static void count_needs_a_pool(struct kunit *test)
{
	struct annex *none = kunit_kzalloc(test, sizeof(*none), GFP_KERNEL);
	struct annex *pool = annex_testblk_pool;

	KUNIT_ASSERT_NOT_NULL(test, none);
	annex_none(none);
	annex_testblk_pool = none;
	KUNIT_EXPECT_EQ(test, annex_blk_counters_init(), -ENODEV);
	annex_testblk_pool = pool;
}

static struct kunit_case count_cases[] = {
	KUNIT_CASE(count_is_shown_while_registered),
	KUNIT_CASE(count_is_registered_once),
	KUNIT_CASE(count_refuses_nothing_and_nonsense),
	KUNIT_CASE(count_refuses_atomic_context),
	KUNIT_CASE(count_needs_a_pool),
	{}
};

static struct kunit_suite annex_blk_count_suite = {
	.name = "annex_blk_count",
	.init = annex_testblk_init,
	.exit = annex_testblk_exit,
	.test_cases = count_cases,
};

kunit_test_suite(annex_blk_count_suite);
