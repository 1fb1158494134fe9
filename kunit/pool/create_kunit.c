// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of whole pools over real frames: made, used, taken apart; and refused
 * at each step with everything undone.
 */
#include <linux/cpu.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "base/refuse.h"
#include "base/show.h"
#include "heap/cache.h"
#include "heap/heap.h"
#include "heap/kmalloc_fast.h"
#include "host/frame.h"
#include "host/tlb.h"
#include "host/window.h"
#include "kmap/kmap_fast.h"
#include "lib/testpool.h"
#include "lib/testrange.h"
#include "page/page_alloc.h"
#include "page/pcp.h"
#include "pool/create.h"

static const struct annex_params whole = {
	.pool = { TEST_RANGE_START, TEST_RANGE_END },
};

static int instance_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct annex), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static struct annex *create(struct kunit *test,
			    const struct annex_params *params)
{
	struct annex *annex = test->priv;
	struct annex_reason why = {};

	memset(annex, 0, sizeof(*annex));
	KUNIT_ASSERT_EQ_MSG(test, annex_create(annex, params, &why), 0, "%s",
			    why.text);
	return annex;
}

static unsigned long managed(const struct annex *annex)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		sum += annex->frames.zones[i].managed_pages;
	return sum;
}

static void instance_accounts_for_every_frame(struct kunit *test)
{
	struct annex *annex = create(test, &whole);

	KUNIT_EXPECT_EQ(test, annex->frames.nr_pages, 131072U);
	/*
	 * 1 MB reserved, 1 MB of descriptors, 48 kB of tables for mappings;
	 * page tables: a root, 2 PMDs and 12 PTE tables, and a root and a PMD.
	 */
	KUNIT_EXPECT_EQ(test, managed(annex), 131072UL - 256 - 258 - 4 - 8 -
			(1 + 2 + 12) - (1 + 1));
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), managed(annex));
	KUNIT_EXPECT_EQ(test, annex->mem_map_phys, TEST_RANGE_END - SZ_1M - SZ_8K);
	annex_test_validate(test, annex);
	KUNIT_EXPECT_EQ(test, annex_destroy(annex), 0UL);
}

/* Fill each frame of a block of zeros with its own number. */
static void fill_block(struct kunit *test, struct annex *annex,
		       struct annex_page *page, unsigned int order)
{
	unsigned long pfn = annex_page_host_pfn(&annex->frames, page);
	unsigned int i;
	u32 found;

	for (i = 0; i < 1U << order; i++) {
		KUNIT_EXPECT_EQ(test,
				annex_frame_mismatch(&annex->host, pfn + i, 0,
						     &found), -1);
		annex_frame_fill(&annex->host, pfn + i, ~(u32)(pfn + i));
	}
}

static void expect_filled(struct kunit *test, struct annex *annex,
			  struct annex_page *page, unsigned int order)
{
	unsigned long pfn =
		annex->frames.base_pfn + (page - annex->frames.mem_map);
	unsigned int i;
	u32 found;

	for (i = 0; i < 1U << order; i++)
		KUNIT_EXPECT_EQ(test,
				annex_frame_mismatch(&annex->host, pfn + i,
						     ~(u32)(pfn + i), &found),
				-1);
}

/* Lowmem is the same memory at its own address. */
static void expect_at_address(struct kunit *test, struct annex *annex,
			      struct annex_page *page)
{
	annex_pfn_t at = page - annex->frames.mem_map;

	KUNIT_EXPECT_EQ(test,
			*(u32 *)(annex->frames.lowmem +
				 ((size_t)at << PAGE_SHIFT)),
			~(u32)(annex->frames.base_pfn + at));
}

/* A block of every order from both ends, written, checked, given back. */
static void instance_frames_hold_what_is_written(struct kunit *test)
{
	static const gfp_t gfps[] = { GFP_KERNEL, GFP_HIGHUSER };
	struct annex *annex = create(test, &whole);
	struct annex_page *held[2][ANNEX_MAX_ORDER], *page;
	unsigned int g, order;

	for (g = 0; g < 2; g++)
		for (order = 0; order < ANNEX_MAX_ORDER; order++) {
			KUNIT_ASSERT_EQ(test,
					annex_block_alloc(&annex->frames,
							  gfps[g] | __GFP_ZERO,
							  order, &page),
					0);
			held[g][order] = page;
			fill_block(test, annex, page, order);
		}
	for (g = 0; g < 2; g++)
		for (order = 0; order < ANNEX_MAX_ORDER; order++) {
			page = held[g][order];
			expect_filled(test, annex, page, order);
			if (g == 0)
				expect_at_address(test, annex, page);
			KUNIT_EXPECT_EQ(test,
					annex_block_free(&annex->frames, page,
							 order),
					0);
		}
	annex_test_validate(test, annex);
	KUNIT_EXPECT_EQ(test, annex_destroy(annex), 0UL);
}

static void expect_violation(struct kunit *test, struct annex *annex,
			     struct annex_window *win)
{
	unsigned long pfn = annex_window_pfn(win, 3);
	struct seq_file m = { .size = PAGE_SIZE };

	m.buf = kunit_kzalloc(test, m.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	/* Its neighbour's frame instead of its own; nothing looks meanwhile. */
	annex_window_map(win, 3, pfn + 1, 1);
	annex_tlb_flush_range(annex_window_addr(win, 3), 1);
	annex_show_validate(&m, annex);
	annex_window_map(win, 3, pfn, 1);
	annex_tlb_flush_range(annex_window_addr(win, 3), 1);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(m.buf, "page 3 of window"), "%s",
			      m.buf);
	annex_test_validate(test, annex);
}

static void instance_validate_looks_at_the_windows(struct kunit *test)
{
	static const struct annex_params owned = {
		.page_owner = true,
		.pool = { TEST_RANGE_START, TEST_RANGE_START + SZ_64M },
	};
	struct annex *annex = create(test, &whole);

	expect_violation(test, annex, &annex->host.lowmem);
	expect_violation(test, annex, &annex->host.mem_map);
	KUNIT_EXPECT_EQ(test, annex_destroy(annex), 0UL);

	annex = create(test, &owned);
	expect_violation(test, annex, &annex->host.owner);
	KUNIT_EXPECT_EQ(test, annex_destroy(annex), 0UL);
	KUNIT_EXPECT_NULL(test, annex->host.owner.addr);
}

/* Probe, memtest= and proof leave what somebody asked to keep. */
static void instance_does_not_touch_what_is_reserved(struct kunit *test)
{
	const struct annex_params params = {
		.reserve = "64K@8M", .memtest = 1,
		.pool = { TEST_RANGE_START, TEST_RANGE_START + SZ_16M },
	};
	const unsigned long base = TEST_RANGE_START >> PAGE_SHIFT;
	static const unsigned long kept[] = { 0, 1, 128, 255, 2048, 2063 };
	struct annex *annex = create(test, &whole);
	struct annex_host host = annex->host;
	unsigned int i;
	u32 found;

	for (i = 0; i < ARRAY_SIZE(kept); i++)
		annex_frame_fill(&host, base + kept[i], 0xcafe0000 + i);
	KUNIT_EXPECT_EQ(test, annex_destroy(annex), 0UL);

	annex = create(test, &params);
	for (i = 0; i < ARRAY_SIZE(kept); i++)
		KUNIT_EXPECT_EQ(test,
				annex_frame_mismatch(&annex->host,
						     base + kept[i],
						     0xcafe0000 + i, &found),
				-1);
	annex_test_validate(test, annex);
	KUNIT_EXPECT_EQ(test, annex_destroy(annex), 0UL);
}

/*
 * A thread that looks at two frames for as long as it runs. It is static: an
 * assertion may end the test while the thread runs, until stop_watching() ends
 * it.
 */
static struct watcher {
	struct annex_window win;
	struct task_struct *task;
	unsigned long looks;
	unsigned long changes;
} watcher;

#define WATCHED	0xcafe0000U

static int watch(void *arg)
{
	struct watcher *w = arg;
	unsigned long i;

	while (!kthread_should_stop()) {
		for (i = 0; i < 2; i++)
			if (READ_ONCE(*(u32 *)annex_window_addr(&w->win, i)) !=
			    WATCHED + i)
				w->changes++;
		w->looks++;
		cond_resched();
	}
	return 0;
}

static void start_watching(struct kunit *test, const unsigned long frame[2])
{
	struct task_struct *task;
	struct annex_reason why;
	unsigned long i;

	watcher = (struct watcher){};
	KUNIT_ASSERT_EQ(test,
			annex_window_get(&watcher.win, "watched", 2, &why), 0);
	for (i = 0; i < 2; i++) {
		annex_window_map(&watcher.win, i,
				 (TEST_RANGE_START >> PAGE_SHIFT) + frame[i], 1);
		annex_tlb_flush_range(annex_window_addr(&watcher.win, i), 1);
		*(u32 *)annex_window_addr(&watcher.win, i) = WATCHED + i;
	}
	task = kthread_run(watch, &watcher, "annex-watch");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	watcher.task = task;
}

/* Called by the test, and when a test ends, by an assertion or otherwise. */
static void stop_watching(struct kunit *test)
{
	if (watcher.task)
		KUNIT_EXPECT_EQ(test, kthread_stop(watcher.task), 0);
	watcher.task = NULL;
	annex_window_put(&watcher.win);
}

/* Nor is it written for a moment: a device may be looking at it. */
static void instance_never_writes_what_is_reserved(struct kunit *test)
{
	const struct annex_params params = {
		.lowmem = SZ_8M, .reserve = "4K@8188K",
		.pool = { TEST_RANGE_START, TEST_RANGE_START + SZ_16M },
	};
	static const unsigned long frame[] = { 0, 2047 };
	unsigned int i;

	start_watching(test, frame);
	for (i = 0; i < 20; i++) {
		KUNIT_EXPECT_EQ(test, create(test, &params)->frames.lowmem_pages,
				2048U);
		KUNIT_EXPECT_EQ(test, annex_destroy(test->priv), 0UL);
	}
	stop_watching(test);
	KUNIT_EXPECT_GT(test, watcher.looks, 0UL);
	KUNIT_EXPECT_EQ(test, watcher.changes, 0UL);
}

/* Frames and objects that a CPU had cached are not lost with it. */
static void instance_outlives_a_cpu(struct kunit *test)
{
	struct annex *annex;
	struct annex_zone *zone;
	struct annex_page *page;
	struct annex_kmem_cache *cache;
	void *object;

	if (!IS_ENABLED(CONFIG_HOTPLUG_CPU) || num_online_cpus() < 2)
		kunit_skip(test, "it takes a processor that can go");
	annex = create(test, &whole);
	zone = &annex->frames.zones[ANNEX_ZONE_HIGHMEM];
	set_cpus_allowed_ptr(current, cpumask_of(1));
	KUNIT_EXPECT_EQ(test,
			annex_block_alloc(&annex->frames, GFP_HIGHUSER, 0,
					  &page),
			0);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0), 0);
	cache = annex_kmalloc_cache(&annex->heap, 64, GFP_KERNEL);
	object = annex_cache_alloc(&annex->heap, cache, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, __annex_kfree(&annex->heap, object), 0);
	set_cpus_allowed_ptr(current, cpumask_of(0));
	KUNIT_EXPECT_GT(test, annex_pcp_count(zone, 1), 0U);
	KUNIT_EXPECT_GT(test, annex_cache_nr_cached(cache), 0UL);
	KUNIT_EXPECT_EQ(test, remove_cpu(1), 0);
	KUNIT_EXPECT_EQ(test, annex_pcp_count(zone, 1), 0U);
	KUNIT_EXPECT_EQ(test, annex_cache_nr_cached(cache), 0UL);
	annex_heap_shrink(&annex->heap);
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), zone->managed_pages);
	annex_test_validate(test, annex);
	KUNIT_EXPECT_EQ(test, add_cpu(1), 0);
	set_cpus_allowed_ptr(current, cpu_possible_mask);
	KUNIT_EXPECT_EQ(test, annex_destroy(annex), 0UL);
}

static void instance_tells_of_frames_not_given_back(struct kunit *test)
{
	struct annex *annex = create(test, &whole);
	struct annex_page *page;

	KUNIT_ASSERT_EQ(test,
			annex_block_alloc(&annex->frames, GFP_HIGHUSER, 3,
					  &page),
			0);
	KUNIT_EXPECT_EQ(test, annex_destroy(annex), 8UL);
}

/* Objects as well, and their frames are not lost. */
static void instance_takes_leaked_objects_along(struct kunit *test)
{
	static const size_t sizes[] = { 8, 100, 1024, 8192 };
	struct annex_params params = whole;
	struct annex *annex;
	unsigned int i, j;
	void *object;

	for (i = 0; i < 2; i++) {
		params.slab_debug = i;
		annex = create(test, &params);
		KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex),
				managed(annex));
		for (j = 0; j < 40; j++) {
			object = __annex_kmalloc(&annex->heap, sizes[j % 4],
						 GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, object);
			if (sizes[j % 4] == 8192)
				KUNIT_EXPECT_TRUE(test,
						  IS_ALIGNED((unsigned long)
							     object, 8192));
		}
		annex_test_validate(test, annex);
		KUNIT_EXPECT_EQ(test, annex_destroy(annex), 0UL);
		KUNIT_EXPECT_NULL(test,
				  __annex_kmalloc(&annex->heap, 8, GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, __annex_kfree(&annex->heap, object),
				-EFAULT);
	}
}

static void instance_can_be_made_again_and_again(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 20; i++) {
		struct annex *annex = create(test, &whole);

		KUNIT_EXPECT_EQ(test, annex_destroy(annex), 0UL);
		KUNIT_EXPECT_NULL(test, annex->host.claim.res);
		KUNIT_EXPECT_NULL(test, annex->host.lowmem.addr);
		KUNIT_EXPECT_NULL(test, annex->host.mem_map.addr);
		KUNIT_EXPECT_NULL(test, annex->host.scratch.addr);
		KUNIT_EXPECT_TRUE(test, !annex->frames.counters.events);
	}
}

/* The tables count from the start of the suites' range. */
static struct annex_params in_test_range(const struct annex_params *params)
{
	struct annex_params p = *params;

	p.pool.start += TEST_RANGE_START;
	p.pool.end += TEST_RANGE_START;
	return p;
}

struct shape {
	const char *name;
	struct annex_params params;
	annex_pfn_t lowmem_pages;
	unsigned long managed;
};

/* Frames of tables: for 512 slots of pkmap 32 bytes each, for 8,192 pages 4. */
#define PKMAP	4
#define VMALLOC	8
#define MAPS	(PKMAP + VMALLOC)

/*
 * And page tables: the provisional ones of so many MB, a table for 2 MB, with
 * two PMDs and a root; the final ones, a PMD and a root. Where a pool does not
 * begin at a multiple of 2 MB, more: one for each end of the direct map.
 */
#define PGT(mb)	((mb) / 2 + 3 + 2)

static const struct shape shapes[] = {
	{ "4 MB", { .pool = { 0, SZ_4M } }, 512,
	  1024 - 256 - 3 - MAPS - PGT(4) },
	{ "a page more than 4 MB", { .pool = { SZ_4K, SZ_4M + SZ_8K } },
	  512, 1025 - 256 - 5 - MAPS - PGT(4) - 1 - 2 },
	{ "16 MB", { .pool = { 0, SZ_16M } }, 1024,
	  4096 - 256 - 9 - MAPS - PGT(16) },
	{ "not aligned to 4 MB", { .pool = { 5 * SZ_4K, SZ_64M + 5 * SZ_4K } }, 4096,
	  16384 - 256 - 35 - MAPS - PGT(24) - 2 },
	{ "all lowmem", { .pool = { 0, SZ_32M }, .lowmem = SZ_32M }, 8192,
	  8192 - 256 - 17 - VMALLOC - PGT(24) },
	{ "odd lowmem", { .pool = { 0, SZ_64M },
	  .lowmem = 17 * SZ_1M + SZ_4K }, 4353,
	  16384 - 256 - 33 - MAPS - PGT(24) },
	{ "pkmap of 64", { .pool = { 0, SZ_64M }, .pkmap = 64 }, 4096,
	  16384 - 256 - 33 - 1 - VMALLOC - PGT(24) },
	{ "pkmap of 4096", { .pool = { 0, SZ_64M }, .pkmap = 4096 }, 4096,
	  16384 - 256 - 33 - 32 - VMALLOC - PGT(24) },
	{ "vmalloc of 1 MB", { .pool = { 0, SZ_64M }, .vmalloc = SZ_1M }, 4096,
	  16384 - 256 - 33 - PKMAP - 1 - PGT(24) },
	{ "vmalloc of 48 MB", { .pool = { 0, SZ_64M }, .vmalloc = SZ_32M + SZ_16M },
	  4096, 16384 - 256 - 33 - PKMAP - 12 - PGT(24) },
	{ "kmap_force", { .pool = { 0, SZ_64M }, .kmap_force = true }, 4096,
	  16384 - 256 - 33 - MAPS - PGT(24) },
	{ "movable", { .pool = { 0, SZ_64M }, .movable = SZ_16M }, 4096,
	  16384 - 256 - 33 - MAPS - PGT(24) },
	{ "descriptors across two zones", { .pool = { 0, SZ_64M },
	  .movable = SZ_64K }, 4096, 16384 - 256 - 33 - MAPS - PGT(24) },
	{ "reserve", { .pool = { 0, SZ_64M },
	  .reserve = "64K@2M,1M@32M,4K@33M" }, 4096,
	  16384 - 256 - 33 - 16 - 256 - 1 - MAPS - PGT(24) },
	{ "poison", { .pool = { 0, SZ_16M }, .poison = true }, 1024,
	  4096 - 256 - 9 - MAPS - PGT(16) },
	{ "page_owner", { .pool = { 0, SZ_64M }, .page_owner = true }, 4096,
	  16384 - 256 - 33 - 224 - MAPS - PGT(24) },
	{ "memtest", { .pool = { 0, SZ_4M }, .memtest = 2 }, 512,
	  1024 - 256 - 3 - MAPS - PGT(4) },
};

static void shape_name(const struct shape *s, char *desc)
{
	strscpy(desc, s->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(shape, shapes, shape_name);

static void instance_takes_many_shapes(struct kunit *test)
{
	const struct shape *s = test->param_value;
	struct annex_params params = in_test_range(&s->params);
	struct annex *annex;

	annex = create(test, &params);
	KUNIT_EXPECT_EQ(test, annex->frames.lowmem_pages, s->lowmem_pages);
	KUNIT_EXPECT_EQ(test, managed(annex), s->managed);
	annex_test_validate(test, annex);
	KUNIT_EXPECT_EQ(test, annex_destroy(annex), 0UL);
}

struct refusal {
	const char *name;
	struct annex_params params;
	int err;
	const char *says;
};

static const struct refusal refusals[] = {
	{ "too small", { .pool = { 0, SZ_2M } }, -EINVAL, "4 MB or more" },
	{ "System RAM behind it",
	  { .pool = { TEST_RANGE_SMALL - TEST_RANGE_START,
		      TEST_RANGE_SMALL + SZ_8M - TEST_RANGE_START } },
	  -EBUSY, "System RAM at 0x0000000040400000" },
	{ "not reserved at its end", { .pool = { SZ_256M, SZ_512M + SZ_256M } },
	  -ENXIO, "is not reserved from 0x140000000 on" },
	{ "lowmem beyond the pool", { .pool = { 0, SZ_16M },
	  .lowmem = SZ_32M }, -EINVAL, "lowmem=32M is more than the pool's 16M" },
	{ "lowmem under 2 MB", { .pool = { 0, SZ_16M }, .lowmem = SZ_1M },
	  -EINVAL, "lowmem=1M is less than 2M" },
	{ "lowmem unaligned", { .pool = { 0, SZ_16M },
	  .lowmem = SZ_2M + 1 }, -EINVAL, "lowmem=2097153 is not a multiple of 4K" },
	{ "lowmem beyond the address space", { .pool = { 0, SZ_512M },
	  .lowmem = SZ_512M }, -ENOMEM, "boot with vmalloc=" },
	{ "movable beyond highmem", { .pool = { 0, SZ_64M },
	  .movable = SZ_64M }, -EINVAL, "movable=64M is more than the highmem's" },
	{ "movable unaligned", { .pool = { 0, SZ_64M }, .movable = 5 },
	  -EINVAL, "movable=5 is not a multiple of 4K" },
	{ "reserve malformed", { .pool = { 0, SZ_64M }, .reserve = "4K" },
	  -EINVAL, "reserve=4K" },
	{ "reserve beyond the pool", { .pool = { 0, SZ_64M },
	  .reserve = "4K@64M" }, -ERANGE, "reserve=4K@64M" },
	{ "no room for page tables", { .pool = { 0, SZ_64M },
	  .reserve = "15296K@1M" }, -ENOMEM, "in one piece for page tables; reserve less, or" },
	{ "page_offset of 4 GB", { .pool = { 0, SZ_64M },
	  .page_offset = 4ULL << 30 }, -EINVAL, "page_offset=4G is none of 3G, 2G and 1G" },
	{ "provisional beyond the pool", { .pool = { 0, SZ_64M },
	  .provisional = SZ_64M + SZ_2M }, -EINVAL,
	  "provisional=66M is more than the direct map's 64M" },
	{ "no room for descriptors", { .pool = { 0, SZ_64M },
	  .reserve = "63M@1M" }, -ENOMEM, "reserve less" },
	{ "no room for pkmap's tables", { .pool = { 0, SZ_64M },
	  .reserve = "15M@1M" }, -ENOMEM, "for pkmap's tables; reserve less" },
	{ "pkmap no power of two", { .pool = { 0, SZ_64M }, .pkmap = 100 },
	  -EINVAL, "pkmap=100 is not a power of two, from 64 to 4096" },
	{ "pkmap too small", { .pool = { 0, SZ_64M }, .pkmap = 32 },
	  -EINVAL, "pkmap=32" },
	{ "pkmap too large", { .pool = { 0, SZ_64M }, .pkmap = 8192 },
	  -EINVAL, "pkmap=8192" },
	{ "vmalloc too small", { .pool = { 0, SZ_64M }, .vmalloc = SZ_512K },
	  -EINVAL, "vmalloc=512K is less than 1M" },
	{ "vmalloc unaligned", { .pool = { 0, SZ_64M }, .vmalloc = SZ_2M + 5 },
	  -EINVAL, "vmalloc=2097157 is not a multiple of 4K" },
	{ "vmalloc too large", { .pool = { 0, SZ_64M }, .vmalloc = SZ_2G },
	  -EINVAL, "vmalloc=2G is more than 1G" },
	{ "vmalloc beyond the address space", { .pool = { 0, SZ_64M },
	  .vmalloc = SZ_512M }, -ENOMEM, "boot with vmalloc=" },
	{ "min_free_kbytes", { .pool = { 0, SZ_64M },
	  .min_free_kbytes = 1 << 20 }, -EINVAL, "min_free_kbytes=1048576" },
	{ "watermark_scale", { .pool = { 0, SZ_64M },
	  .watermark_scale = 3001 }, -EINVAL, "watermark_scale=3001" },
};

static void refusal_name(const struct refusal *r, char *desc)
{
	strscpy(desc, r->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(refusal, refusals, refusal_name);

static void instance_refuses_and_undoes(struct kunit *test)
{
	const struct refusal *r = test->param_value;
	struct annex *annex = test->priv;
	struct annex_frames *frames = &annex->frames;
	struct annex_params params = in_test_range(&r->params);
	struct annex_reason why = {};
	struct annex_page *page;

	KUNIT_EXPECT_EQ(test, annex_create(annex, &params, &why), r->err);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(why.text, r->says), "%s", why.text);
	KUNIT_EXPECT_NULL(test, annex->host.claim.res);
	KUNIT_EXPECT_NULL(test, annex->host.lowmem.addr);
	KUNIT_EXPECT_NULL(test, annex->host.mem_map.addr);
	KUNIT_EXPECT_NULL(test, annex->host.scratch.addr);
	KUNIT_EXPECT_NULL(test, annex->host.pkmap.addr);
	KUNIT_EXPECT_NULL(test, annex->host.kmap_local.addr);
	KUNIT_EXPECT_NULL(test, annex->host.vmalloc.addr);
	KUNIT_EXPECT_TRUE(test, !annex->frames.counters.events);

	/* A pool of no frames: it gives none, and knows none, NULL included. */
	KUNIT_EXPECT_EQ(test,
			annex_block_alloc(frames, GFP_KERNEL | __GFP_NOWARN, 0,
					  &page),
			-ENOMEM);
	KUNIT_EXPECT_EQ(test, annex_block_free(frames, NULL, 0), -EFAULT);
	KUNIT_EXPECT_EQ(test, __annex_get_page(frames, NULL), -EFAULT);
	KUNIT_EXPECT_NULL(test, annex_kmap_fast(&annex->pkmap, NULL));
	KUNIT_EXPECT_EQ(test, annex_kunmap_fast(&annex->pkmap, NULL), -EFAULT);
	KUNIT_EXPECT_NULL(test, __annex_kmap_local_pfn(&annex->kmap_local, 0));
	KUNIT_EXPECT_EQ(test, annex_kunmap_local_fast(&annex->kmap_local, NULL),
			-EINVAL);
	KUNIT_EXPECT_NULL(test, annex_vmalloc_area(&annex->vmalloc, PAGE_SIZE,
						   GFP_KERNEL, NULL));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			annex_vm_give_up(&annex->vmalloc, test, VM_ALLOC, 0,
					 "test"));
	/* The same range, asked for in a sensible way, is there. */
	KUNIT_EXPECT_EQ(test, annex_destroy(create(test, &whole)), 0UL);
}

static struct kunit_case instance_cases[] = {
	KUNIT_CASE(instance_accounts_for_every_frame),
	KUNIT_CASE(instance_frames_hold_what_is_written),
	KUNIT_CASE(instance_validate_looks_at_the_windows),
	KUNIT_CASE(instance_does_not_touch_what_is_reserved),
	KUNIT_CASE(instance_never_writes_what_is_reserved),
	KUNIT_CASE(instance_outlives_a_cpu),
	KUNIT_CASE(instance_tells_of_frames_not_given_back),
	KUNIT_CASE(instance_takes_leaked_objects_along),
	KUNIT_CASE(instance_can_be_made_again_and_again),
	KUNIT_CASE_PARAM(instance_takes_many_shapes, shape_gen_params),
	KUNIT_CASE_PARAM(instance_refuses_and_undoes, refusal_gen_params),
	{}
};

static struct kunit_suite annex_create_suite = {
	.name = "annex_create",
	.init = instance_init,
	.exit = stop_watching,
	.test_cases = instance_cases,
};

kunit_test_suite(annex_create_suite);
