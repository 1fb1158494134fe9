// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests while CPUs come and go. pcp.c is told of a CPU that has gone, and frees what
 * that CPU had cached. Until then a call that needs these frames or objects waits,
 * and a search for held memory does not count them.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "heap/cache.h"
#include "heap/heap.h"
#include "heap/kmalloc.h"
#include "heap/kmalloc_fast.h"
#include "lib/testpool.h"
#include "page/page_alloc.h"
#include "page/pageblock.h"
#include "page/pcp.h"
#include "pool/hotplug.h"
#include "pool/leaks.h"

static const struct annex_testpool with_heap = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 3072,
	.contents = true, .heap = true,
};

/* What somebody else does meanwhile, and what came of it. */
static struct {
	void (*act)(void);
	struct annex *annex;
	struct annex_kmem_cache *cache;
	annex_pfn_t pfn;
	struct annex_leaks held;
	struct completion done;
	int err;
	bool called;
} other;

static int run_other(void *unused)
{
	other.act();
	complete(&other.done);
	return 0;
}

/*
 * Later states are left first: annex does not know yet that the CPU is dead.
 * The wait has a timeout, because the thread may wait for the end of hotplug.
 */
static int cpu_dies(unsigned int cpu)
{
	struct task_struct *task;

	if (other.called)
		return 0;
	other.called = true;
	task = kthread_run(run_other, NULL, "annex-other");
	if (IS_ERR(task))
		complete(&other.done);
	else
		wait_for_completion_timeout(&other.done, HZ / 2);
	return 0;
}

static void need_two_cpus(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_HOTPLUG_CPU) || num_online_cpus() < 2)
		kunit_skip(test, "it takes a processor that can go");
}

/* A pool with CPU hotplug callbacks. */
static void make_pool(struct kunit *test)
{
	other.annex = annex_testpool(test, &with_heap);
	KUNIT_ASSERT_EQ(test, annex_hotplug_watch(other.annex), 0);
}

/*
 *   CPU 1 has cached frames or objects
 *   CPU 1 is dead          another thread acts
 *   annex's callback       the caches of CPU 1 are drained
 */
static void act_while_cpu_1_goes(struct kunit *test, void (*act)(void))
{
	int state;

	other.act = act;
	other.err = -ECHILD;
	other.called = false;
	init_completion(&other.done);
	state = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN,
					  "annex/test:dead", NULL, cpu_dies);
	KUNIT_EXPECT_GT(test, state, 0);
	KUNIT_EXPECT_EQ(test, remove_cpu(1), 0);
	KUNIT_EXPECT_TRUE(test, other.called);
	wait_for_completion_timeout(&other.done, 10 * HZ);
	KUNIT_EXPECT_EQ(test, other.err, 0);
	KUNIT_EXPECT_EQ(test, add_cpu(1), 0);
	cpuhp_remove_state_nocalls(state);
	set_cpus_allowed_ptr(current, cpu_possible_mask);
	annex_hotplug_unwatch(other.annex);
	annex_heap_shrink(&other.annex->heap);
	annex_test_validate(test, other.annex);
}

static struct annex_kmem_cache *make_with_object_at_cpu(struct kunit *test,
							struct annex *annex,
							unsigned int cpu)
{
	struct annex_kmem_cache *cache =
		annex_cache_create(&annex->heap, "hotplug", 100, 0, 0, NULL);
	void *object;

	KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
	set_cpus_allowed_ptr(current, cpumask_of(cpu));
	object = annex_cache_alloc(&annex->heap, cache, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, object);
	KUNIT_EXPECT_EQ(test, annex_cache_free(&annex->heap, cache, object), 0);
	set_cpus_allowed_ptr(current, cpumask_of(0));
	KUNIT_EXPECT_GT(test, annex_cache_nr_cached(cache), 0UL);
	return cache;
}

/* A frame that was used and freed there; returns its number. */
static annex_pfn_t leave_frame_at_cpu(struct kunit *test, struct annex *annex,
				      unsigned int cpu)
{
	struct annex_page *page;

	set_cpus_allowed_ptr(current, cpumask_of(cpu));
	page = annex_test_must_alloc(test, annex, GFP_KERNEL, 0);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0), 0);
	set_cpus_allowed_ptr(current, cpumask_of(0));
	return page - annex->frames.mem_map;
}

static unsigned int nr_cached(struct annex *annex, annex_pfn_t pfn)
{
	return annex_pcp_count(annex_pfn_zone(&annex->frames, pfn), 1);
}

static void destroy_cache(void)
{
	other.err = annex_cache_destroy(&other.annex->heap, other.cache);
}

static void slab_destroy_waits_for_a_dying_cpu(struct kunit *test)
{
	need_two_cpus(test);
	make_pool(test);
	other.cache = make_with_object_at_cpu(test, other.annex, 1);
	act_while_cpu_1_goes(test, destroy_cache);
}

static void find_held(void)
{
	other.err = annex_leaks_find(other.annex, &other.held) ? -EBUSY : 0;
}

/* Neither the frame nor the object is a user's. */
static void held_is_nothing_of_a_dying_cpu(struct kunit *test)
{
	void *object;

	need_two_cpus(test);
	make_pool(test);
	other.pfn = leave_frame_at_cpu(test, other.annex, 1);
	set_cpus_allowed_ptr(current, cpumask_of(1));
	object = __annex_kmalloc(&other.annex->heap, 100, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, __annex_kfree(&other.annex->heap, object), 0);
	set_cpus_allowed_ptr(current, cpumask_of(0));
	KUNIT_EXPECT_GT(test, nr_cached(other.annex, other.pfn), 0U);
	act_while_cpu_1_goes(test, find_held);
	KUNIT_EXPECT_EQ(test, other.held.frames, 0UL);
	KUNIT_EXPECT_EQ(test, other.held.objects, 0UL);
}

static void isolate_pageblock(void)
{
	other.err = annex_pageblock_isolate(&other.annex->frames, other.pfn);
	if (!other.err && nr_cached(other.annex, other.pfn))
		other.err = -EBUSY;
}

static void pageblock_isolate_waits_for_a_dying_cpu(struct kunit *test)
{
	need_two_cpus(test);
	make_pool(test);
	other.pfn = leave_frame_at_cpu(test, other.annex, 1);
	KUNIT_EXPECT_GT(test, nr_cached(other.annex, other.pfn), 0U);
	act_while_cpu_1_goes(test, isolate_pageblock);
	KUNIT_EXPECT_EQ(test,
			annex_pageblock_unisolate(&other.annex->frames,
						  other.pfn),
			0);
}

static struct kunit_case pcp_hotplug_cases[] = {
	KUNIT_CASE(slab_destroy_waits_for_a_dying_cpu),
	KUNIT_CASE(held_is_nothing_of_a_dying_cpu),
	KUNIT_CASE(pageblock_isolate_waits_for_a_dying_cpu),
	{}
};

static struct kunit_suite annex_pcp_hotplug_suite = {
	.name = "annex_pcp_hotplug",
	.test_cases = pcp_hotplug_cases,
};

kunit_test_suite(annex_pcp_hotplug_suite);
