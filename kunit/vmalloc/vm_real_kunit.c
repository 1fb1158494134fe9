// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of vmalloc on real frames, through the MMU: what is written is there,
 * what must fault faults, and a freed area never maps another owner's frames.
 */
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "base/refuse.h"
#include "host/frame.h"
#include "lib/testpool.h"
#include "lib/testrange.h"
#include "page/page_alloc.h"
#include "pool/create.h"
#include "pool/pool.h"

static const struct annex_params params = {
	.pool = { TEST_RANGE_START, TEST_RANGE_START + SZ_64M },
	.vmalloc = SZ_8M,
};

#define WORDS	(PAGE_SIZE / sizeof(u32))

static int real_init(struct kunit *test)
{
	struct annex *annex = kunit_kzalloc(test, sizeof(*annex), GFP_KERNEL);
	struct annex_reason why = {};

	if (!annex)
		return -ENOMEM;
	KUNIT_ASSERT_EQ_MSG(test, annex_create(annex, &params, &why), 0, "%s",
			    why.text);
	test->priv = annex;
	return 0;
}

static void real_exit(struct kunit *test)
{
	if (!test->priv)
		return;
	annex_test_validate(test, test->priv);
	KUNIT_EXPECT_EQ(test, annex_destroy(test->priv), 0UL);
}

static struct annex_vmalloc *space(struct kunit *test)
{
	struct annex *annex = test->priv;

	return &annex->vmalloc;
}

static u32 *take(struct kunit *test, unsigned long pages)
{
	u32 *addr = annex_vmalloc_area(space(test), pages << PAGE_SHIFT,
				       GFP_KERNEL, NULL);

	KUNIT_ASSERT_NOT_NULL(test, addr);
	return addr;
}

static void give(struct kunit *test, u32 *addr)
{
	KUNIT_EXPECT_EQ(test,
			annex_vm_give_up(space(test), addr, VM_ALLOC, 0, "test"),
			0);
}

static bool faults(const void *addr)
{
	u8 byte;

	return copy_from_kernel_nofault(&byte, addr, 1);
}

/* Written through the area, read from the frames, and the other way round. */
static void real_area_shows_its_frames(struct kunit *test)
{
	static const unsigned long sizes[] = { 1, 3, 16, 17, 511, 700 };
	struct annex *annex = test->priv;
	unsigned long i, page;
	u32 found;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		u32 *addr = take(test, sizes[i]);

		for (page = 0; page < sizes[i]; page++) {
			unsigned long pfn =
				__annex_vmalloc_to_pfn(&annex->vmalloc,
						       addr + page * WORDS);

			memset32(addr + page * WORDS, ~page, WORDS);
			KUNIT_EXPECT_EQ(test,
					annex_frame_mismatch(&annex->host, pfn,
							     ~page, &found),
					-1);
			annex_frame_fill(&annex->host, pfn, page);
		}
		for (page = 0; page < sizes[i]; page++) {
			KUNIT_EXPECT_EQ(test, addr[page * WORDS], (u32)page);
			KUNIT_EXPECT_EQ(test, addr[(page + 1) * WORDS - 1],
					(u32)page);
		}
		give(test, addr);
	}
}

static void real_area_is_cleared_on_demand(struct kunit *test)
{
	unsigned long i, dirty = 0;
	u32 *addr = take(test, 40);

	memset32(addr, 0xdeadbeef, 40 * WORDS);
	give(test, addr);
	annex_vm_purge(space(test));
	addr = annex_vmalloc_area(space(test), 40 * PAGE_SIZE,
				  GFP_KERNEL | __GFP_ZERO, NULL);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	for (i = 0; i < 40 * WORDS; i++)
		dirty += !!addr[i];
	KUNIT_EXPECT_EQ(test, dirty, 0UL);
	give(test, addr);
}

static void real_guard_page_faults(struct kunit *test)
{
	char *addr = (char *)take(test, 3), *next = (char *)take(test, 1);

	/* The next one begins right behind the guard page. */
	KUNIT_EXPECT_PTR_EQ(test, next, addr + 4 * PAGE_SIZE);
	KUNIT_EXPECT_FALSE(test, faults(addr + 3 * PAGE_SIZE - 1));
	KUNIT_EXPECT_TRUE(test, faults(addr + 3 * PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, faults(addr + 4 * PAGE_SIZE - 1));
	KUNIT_EXPECT_FALSE(test, faults(next));
	give(test, (u32 *)addr);
	give(test, (u32 *)next);
}

static void real_area_faults_when_purged(struct kunit *test)
{
	char *addr = (char *)take(test, 20);
	unsigned int i;

	for (i = 0; i < 20; i++)
		KUNIT_EXPECT_FALSE(test, faults(addr + i * PAGE_SIZE));
	give(test, (u32 *)addr);
	annex_vm_purge(space(test));
	for (i = 0; i < 20; i++) {
		KUNIT_EXPECT_TRUE(test, faults(addr + i * PAGE_SIZE));
		KUNIT_EXPECT_TRUE(test, faults(addr + (i + 1) * PAGE_SIZE - 1));
	}
}

/**
 * struct reader - a thread that reads an area that was freed
 * @addr: where it was
 * @own: what was in it
 * @gone: it was purged
 * @seen: how often he read what was in it
 * @foreign: and how often anything else
 * @late: how often anything at all after the purge
 */
struct reader {
	const u32 *addr;
	u32 own;
	bool gone;
	unsigned long seen;
	unsigned long foreign;
	unsigned long late;
};

static int read_on(void *data)
{
	struct reader *r = data;
	u32 value;

	while (!kthread_should_stop()) {
		/* The purge was over before he reads. */
		bool gone = smp_load_acquire(&r->gone);

		cond_resched();
		if (copy_from_kernel_nofault(&value, r->addr, sizeof(value)))
			continue;
		r->seen += value == r->own;
		r->foreign += value != r->own;
		r->late += gone;
	}
	return 0;
}

/* All frames that are free, as others would have and write them. */
static void overwrite_free_frames(struct kunit *test)
{
	struct annex *annex = test->priv;
	struct annex_page **pages = annex_test_array(test, annex);
	unsigned int i, nr = annex_test_exhaust(annex, GFP_HIGHUSER &
						~__GFP_DIRECT_RECLAIM, pages);

	for (i = 0; i < nr; i++)
		annex_frame_fill(&annex->host,
				 annex_page_host_pfn(&annex->frames, pages[i]),
				 0xbad0bad0);
	KUNIT_EXPECT_GT(test, nr, 10000U);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ(test,
				annex_block_free(&annex->frames, pages[i], 0),
				0);
}

static void real_late_reader_sees_nobody_elses_frame(struct kunit *test)
{
	struct reader r = { .addr = take(test, 1), .own = 0x600d600d };
	struct task_struct *task;

	memset32((u32 *)r.addr, r.own, WORDS);
	task = kthread_create(read_on, &r, "annex_reader");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	kthread_bind(task, num_online_cpus() > 1 ? 1 : 0);
	wake_up_process(task);
	while (!READ_ONCE(r.seen))
		schedule_timeout_interruptible(1);
	give(test, (u32 *)r.addr);
	overwrite_free_frames(test);
	annex_vm_purge(space(test));
	smp_store_release(&r.gone, true); /* after the purge */
	overwrite_free_frames(test);
	schedule_timeout_interruptible(2);
	kthread_stop(task);
	KUNIT_EXPECT_EQ(test, r.foreign, 0UL);
	KUNIT_EXPECT_EQ(test, r.late, 0UL);
}

/* Behind this pool, and as annex_frame_*() reaches it. */
static void real_ioremap_reaches_above_4g(struct kunit *test)
{
	struct annex *annex = test->priv;
	u64 phys = TEST_RANGE_START + SZ_128M;
	u32 __iomem *addr;
	u32 word;

	annex_frame_fill(&annex->host, phys >> PAGE_SHIFT, 0x12345678);
	addr = (u32 __iomem *)__annex_ioremap(&annex->vmalloc, phys + 4, 8,
					      PAGE_KERNEL, NULL);
	KUNIT_ASSERT_TRUE(test, !!addr);
	KUNIT_EXPECT_EQ(test, readl(addr), 0x12345678U);
	writel(0xabcdef01, addr);
	annex_frame_read(&annex->host, phys >> PAGE_SHIFT, 4, &word,
			 sizeof(word));
	KUNIT_EXPECT_EQ(test, word, 0xabcdef01U);
	KUNIT_EXPECT_EQ(test,
			annex_vm_give_up(&annex->vmalloc,
					 (void *)((unsigned long)addr &
						  PAGE_MASK),
					 VM_IOREMAP, 0, "test"),
			0);
	/* System RAM, and what this CPU has no address lines for. */
	KUNIT_EXPECT_NULL(test, __annex_ioremap(&annex->vmalloc, SZ_16M,
						PAGE_SIZE, PAGE_KERNEL, NULL));
	KUNIT_EXPECT_NULL(test, __annex_ioremap(&annex->vmalloc, 1ULL << 52,
						PAGE_SIZE, PAGE_KERNEL, NULL));
}

static struct kunit_case real_cases[] = {
	KUNIT_CASE(real_area_shows_its_frames),
	KUNIT_CASE(real_area_is_cleared_on_demand),
	KUNIT_CASE(real_guard_page_faults),
	KUNIT_CASE(real_area_faults_when_purged),
	KUNIT_CASE(real_late_reader_sees_nobody_elses_frame),
	KUNIT_CASE(real_ioremap_reaches_above_4g),
	{}
};

static struct kunit_suite annex_vm_real_suite = {
	.name = "annex_vm_real",
	.init = real_init,
	.exit = real_exit,
	.test_cases = real_cases,
};

kunit_test_suite(annex_vm_real_suite);
