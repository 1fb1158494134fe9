// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of caches while CPUs come and go: what a CPU had at hand that is on its
 * way out cannot be asked for, and is not lost.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "heap/cache.h"
#include "heap/fast.h"
#include "heap/heap.h"
#include "page/pcp.h"
#include "suites.h"
#include "testpool.h"

static const struct annex_testpool with_heap = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 3072,
	.contents = true, .heap = true,
};

/* Who unmakes a cache, and what he is told. */
static struct {
	struct annex *annex;
	struct annex_kmem_cache *cache;
	struct completion done;
	int err;
	bool called;
} unmaker;

static int unmake(void *unused)
{
	unmaker.err = annex_cache_destroy(unmaker.annex, unmaker.cache);
	complete(&unmaker.done);
	return 0;
}

/*
 * Later states are left first: annex has not yet heard that the CPU is dead.
 * Whoever waits for the end of all this cannot be waited for in turn.
 */
static int cpu_dies(unsigned int cpu)
{
	struct task_struct *task;

	if (unmaker.called)
		return 0;
	unmaker.called = true;
	task = kthread_run(unmake, NULL, "annex-unmake");
	if (IS_ERR(task))
		complete(&unmaker.done);
	else
		wait_for_completion_timeout(&unmaker.done, HZ / 2);
	return 0;
}

static struct annex_kmem_cache *make_with_object_at_cpu(struct kunit *test,
							struct annex *annex,
							unsigned int cpu)
{
	struct annex_kmem_cache *cache = annex_cache_create(annex, "hotplug",
							    100, 0, 0, NULL);
	void *object;

	KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
	set_cpus_allowed_ptr(current, cpumask_of(cpu));
	object = annex_cache_alloc(annex, cache, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, object);
	KUNIT_EXPECT_EQ(test, annex_cache_free(annex, cache, object), 0);
	set_cpus_allowed_ptr(current, cpumask_of(0));
	KUNIT_EXPECT_GT(test, annex_cache_at_hand(cache), 0UL);
	return cache;
}

/*
 *   CPU 1 has an object at hand
 *   CPU 1 is dead          destroy: is all of it there?
 *   annex hears of it      the object goes back
 */
static void slab_destroy_waits_for_a_dying_cpu(struct kunit *test)
{
	struct annex *annex;
	int state;

	if (!IS_ENABLED(CONFIG_HOTPLUG_CPU) || num_online_cpus() < 2)
		kunit_skip(test, "it takes a processor that can go");
	annex = annex_testpool(test, &with_heap);
	KUNIT_ASSERT_EQ(test, annex_pcp_watch(annex), 0);
	unmaker.annex = annex;
	unmaker.cache = make_with_object_at_cpu(test, annex, 1);
	unmaker.err = -ECHILD;
	unmaker.called = false;
	init_completion(&unmaker.done);
	state = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN,
					  "annex/test:dead", NULL, cpu_dies);
	KUNIT_EXPECT_GT(test, state, 0);
	KUNIT_EXPECT_EQ(test, remove_cpu(1), 0);
	KUNIT_EXPECT_TRUE(test, unmaker.called);
	wait_for_completion_timeout(&unmaker.done, 10 * HZ);
	KUNIT_EXPECT_EQ(test, unmaker.err, 0);
	KUNIT_EXPECT_EQ(test, add_cpu(1), 0);
	cpuhp_remove_state_nocalls(state);
	set_cpus_allowed_ptr(current, cpu_possible_mask);
	annex_pcp_unwatch(annex);
	annex_heap_shrink(annex);
	annex_test_validate(test, annex);
}

static struct kunit_case slab_hotplug_cases[] = {
	KUNIT_CASE(slab_destroy_waits_for_a_dying_cpu),
	{}
};

struct kunit_suite annex_slab_hotplug_suite = {
	.name = "annex_slab_hotplug",
	.test_cases = slab_hotplug_cases,
};
