// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the log lines of requests: of those that failed, and of those that
 * would sleep in atomic context.
 */
#include <linux/console.h>
#include <linux/delay.h>
#include <linux/ratelimit.h>
#include <linux/sched/signal.h>

#include "host/compat_ratelimit.h"
#include "lib/testlog.h"
#include "lib/testpool.h"
#include "lib/testvm.h"
#include "lib/waiter.h"
#include "page/page_alloc.h"
#include "page/report.h"
#include "vmalloc/vm.h"

static const struct annex_testpool three_zones = {
	.start = 5ULL << 30, .nr_pages = 16384, .lowmem_pages = 8192,
	.reserved_pages = 256,
};

/* The last report of a failure was @ago jiffies ago. */
static void set_last_report(unsigned long ago)
{
	struct ratelimit_state *limit = &annex_failure_limit;
	unsigned long flags;

	raw_spin_lock_irqsave(&limit->lock, flags);
	limit->begin = jiffies - ago;
	annex_ratelimit_use_up(limit);
	raw_spin_unlock_irqrestore(&limit->lock, flags);
}

static struct annex_page *alloc(struct annex *annex, gfp_t gfp,
				unsigned int order)
{
	struct annex_page *page;

	annex_block_alloc(&annex->frames, gfp, order, &page);
	return page;
}

static void expect_zone_line(struct kunit *test, struct testlog *log,
			     const struct annex_zone *zone, int highest)
{
	char *want = kunit_kzalloc(test, 512, GFP_KERNEL);
	unsigned int order, len;
	const char *found;

	KUNIT_ASSERT_NOT_NULL(test, want);
	len = sprintf(want,
		      "annex: %s free:%lu min:%lu low:%lu high:%lu reserve:%lu managed:%lu blocks by order:",
		      zone->name, annex_zone_free_pages(zone),
		      zone->_watermark[ANNEX_WMARK_MIN],
		      zone->_watermark[ANNEX_WMARK_LOW],
		      zone->_watermark[ANNEX_WMARK_HIGH],
		      zone->lowmem_reserve[highest], zone->managed_pages);
	for (order = 0; order < ANNEX_MAX_ORDER; order++)
		len += sprintf(want + len, " %u", zone->nr_free[order]);
	found = testlog_find(log, "annex: ");
	KUNIT_ASSERT_NOT_NULL(test, found);
	strscpy(strchrnul(want, '\n'), "\n", 2);
	KUNIT_EXPECT_STREQ(test, found, want);
}

/*
 * One line for the request and one for each zone, those that it could not use
 * included: what is free there tells something too.
 */
static void report_names_the_request_and_each_zone(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &three_zones);
	struct testlog *log = testlog(test);
	static const char request[] =
		": page allocation failure: order:7, mode:0x40001(GFP_DMA|__GFP_COMP)\n";
	const char *found;
	unsigned int i;

	while (alloc(annex, GFP_DMA | __GFP_NOWARN, 7))
		;
	alloc(annex, GFP_HIGHUSER, 5);
	set_last_report(11 * HZ);
	testlog_forget(log);
	KUNIT_EXPECT_NULL(test, alloc(annex, GFP_DMA | __GFP_COMP, 7));
	found = testlog_find(log, "annex: ");
	KUNIT_ASSERT_NOT_NULL(test, found);
	KUNIT_EXPECT_NOT_NULL(test, strstr(found, current->comm));
	KUNIT_EXPECT_NOT_NULL(test, strstr(found, request));
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		if (annex->frames.zones[i].managed_pages)
			expect_zone_line(test, log, &annex->frames.zones[i],
					 ANNEX_ZONE_DMA);
	KUNIT_EXPECT_NULL(test, testlog_find(log, "annex: "));
	annex_test_validate(test, annex);
}

/* One in ten seconds, however many fail; all are counted. */
static void report_is_made_once_in_ten_seconds(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &three_zones);
	struct testlog *log = testlog(test);
	unsigned int i;

	while (alloc(annex, GFP_DMA | __GFP_NOWARN, 10))
		;
	set_last_report(9 * HZ);
	testlog_forget(log);
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_NULL(test, alloc(annex, GFP_DMA, 10));
	KUNIT_EXPECT_EQ(test, testlog_count(log, "page allocation failure"), 0U);
	set_last_report(11 * HZ);
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_NULL(test, alloc(annex, GFP_DMA, 10));
	KUNIT_EXPECT_EQ(test, testlog_count(log, "page allocation failure"), 1U);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_ALLOC_FAIL), 201UL);
	annex_test_validate(test, annex);
}

static void report_is_not_made_with_nowarn(struct kunit *test)
{
	static const gfp_t gfps[] = { GFP_DMA, GFP_ATOMIC,
				      GFP_KERNEL | __GFP_NORETRY,
				      GFP_KERNEL, GFP_HIGHUSER };
	struct annex *annex = annex_testpool(test, &three_zones);
	struct testlog *log = testlog(test);
	struct annex_page **pages = annex_test_array(test, annex);
	unsigned int i;

	annex_test_exhaust(annex, GFP_HIGHUSER | __GFP_MEMALLOC, pages);
	set_last_report(11 * HZ);
	testlog_forget(log);
	for (i = 0; i < ARRAY_SIZE(gfps); i++)
		KUNIT_EXPECT_NULL(test, alloc(annex, gfps[i] | __GFP_NOWARN,
					      i));
	KUNIT_EXPECT_EQ(test, testlog_count(log, "annex: "), 0U);
	/* The limit is not used up by what is not said. */
	KUNIT_EXPECT_NULL(test, alloc(annex, GFP_ATOMIC, 0));
	KUNIT_EXPECT_EQ(test, testlog_count(log, "page allocation failure"), 1U);
	annex_test_validate(test, annex);
}

/*
 * What is printed meanwhile is in the log, and not on the consoles. A last
 * line without an end, as KUnit prints them, would be part of it: hence one
 * more.
 */
static int hush(struct kunit *test)
{
	int level;

	kunit_info(test, "a complaint may follow, in the log alone\n");
	console_lock();
	console_unlock();
	level = console_loglevel;
	console_loglevel = CONSOLE_LOGLEVEL_SILENT;
	return level;
}

static void speak(int level)
{
	console_lock();
	console_unlock();
	console_loglevel = level;
}

enum way { AT_HAND, BULK, LARGE, NOTHING_LEFT, MUST_NOT_FAIL, NR_WAYS };

/* With interrupts off, a request that says that it can wait. */
static struct annex_page *ask(struct annex *annex, enum way way)
{
	struct annex_page *page = NULL;
	unsigned long flags;

	local_irq_save(flags);
	if (way == BULK)
		__annex_alloc_pages_bulk(&annex->frames, GFP_KERNEL, 1, &page);
	else if (way == MUST_NOT_FAIL)
		page = alloc(annex, GFP_KERNEL | __GFP_NOFAIL | __GFP_NOWARN,
			     0);
	else
		page = alloc(annex, GFP_KERNEL | __GFP_NOWARN,
			     way == LARGE ? 6 : 0);
	local_irq_restore(flags);
	return page;
}

/*
 * A kernel with DEBUG_ATOMIC_SLEEP finds all of them, and no kernel hangs. It
 * says so once in a second.
 */
static void report_finds_waits_in_atomic_context(struct kunit *test)
{
	static const char splat[] =
		"BUG: sleeping function called from invalid context";
	const bool debug = IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP);
	struct annex *annex = annex_testpool(test, &three_zones);
	struct testlog *log = testlog(test);
	struct annex_page **pages = annex_test_array(test, annex);
	enum way way;

	annex_block_free(&annex->frames, alloc(annex, GFP_KERNEL, 0), 0);
	for (way = AT_HAND; way < NR_WAYS; way++) {
		struct annex_page *page;
		int level;

		if (way == NOTHING_LEFT)
			annex_test_exhaust(annex, GFP_KERNEL, pages);
		if (debug)
			msleep(1100);
		level = hush(test);
		testlog_forget(log);
		page = ask(annex, way);
		speak(level);
		KUNIT_EXPECT_EQ(test, testlog_count(log, splat), debug ? 1U : 0U);
		KUNIT_EXPECT_EQ(test, !page, way >= NOTHING_LEFT);
	}
	annex_test_validate(test, annex);
}

/* A request that waits for long is named, once. */
static void report_names_who_waits_for_long(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_page **pages = annex_test_array(test, annex);
	struct testlog *log = testlog(test);
	struct annex_waiter w = {
		.annex = annex, .gfp = GFP_KERNEL | __GFP_NOFAIL,
	};

	annex->frames.waiters.tell_after = HZ / 4;
	annex_test_exhaust(annex, GFP_ATOMIC, pages);
	set_last_report(11 * HZ);
	testlog_forget(log);
	annex_waiter_start(test, &w, 1);
	KUNIT_EXPECT_FALSE(test, annex_waiter_is_done(&w, 1000));
	/* The next would be printed, too, if there were one. */
	set_last_report(11 * HZ);
	KUNIT_EXPECT_FALSE(test, annex_waiter_is_done(&w, 500));
	KUNIT_EXPECT_EQ(test, testlog_count(log, "annex: annex-waiter["), 1U);
	KUNIT_EXPECT_EQ(test,
			__annex_free_pages_bulk(&annex->frames, pages, 200), 0);
	annex_waiter_give_back(test, &w);
	annex_test_validate(test, annex);
}

/* A vmalloc that fails leaves a line, unless its task was killed. */
static unsigned int vmalloc_in_vain(struct kunit *test, struct testvm *vm,
				    bool killed)
{
	struct testlog *log = testlog(test);
	void *addr;

	set_last_report(11 * HZ);
	testlog_forget(log);
	if (killed) {
		allow_signal(SIGKILL);
		send_sig(SIGKILL, current, 1);
	}
	addr = annex_vmalloc_area(&vm->annex->vmalloc, 20 * PAGE_SIZE,
				  GFP_KERNEL, NULL);
	if (killed) {
		flush_signals(current);
		disallow_signal(SIGKILL);
	}
	KUNIT_EXPECT_NULL(test, addr);
	return testlog_count(log, "page allocation failure");
}

static void report_no_failure_of_who_is_killed(struct kunit *test)
{
	struct testvm *vm = testvm_open(test, &three_zones, 64);

	while (alloc(vm->annex, GFP_HIGHUSER | __GFP_NORETRY | __GFP_NOWARN, 0))
		;
	KUNIT_EXPECT_EQ(test, vmalloc_in_vain(test, vm, true), 0U);
	KUNIT_EXPECT_EQ(test, vmalloc_in_vain(test, vm, false), 1U);
	annex_test_validate(test, vm->annex);
}

static struct kunit_case report_cases[] = {
	KUNIT_CASE(report_names_who_waits_for_long),
	KUNIT_CASE(report_no_failure_of_who_is_killed),
	KUNIT_CASE(report_names_the_request_and_each_zone),
	KUNIT_CASE(report_is_made_once_in_ten_seconds),
	KUNIT_CASE(report_is_not_made_with_nowarn),
	KUNIT_CASE(report_finds_waits_in_atomic_context),
	{}
};

static struct kunit_suite annex_report_suite = {
	.name = "annex_report",
	.test_cases = report_cases,
};

kunit_test_suite(annex_report_suite);
