// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the MMU makes of annex's page tables: those of a pool, provisional and
 * final, those of processes, and some of the test's own. Windows, in which a CPU
 * walks them, are in mmu.c.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "host/frame.h"
#include "lib/testmmu.h"
#include "lib/testrange.h"

/* For each CPU and each table. */
#define ADDRESSES	100000

static int mmu_init(struct kunit *test)
{
	const char *missing = mmu_missing();

	if (missing)
		kunit_skip(test, "%s", missing);
	return 0;
}

/* Pools that begin where pages of 2 MB do, and where they do not. */
static const struct case_of {
	const char *name;
	struct annex_params params;
} cases[] = {
	{ "3G", { .pool = { TEST_RANGE_START,
	    TEST_RANGE_START + SZ_64M }, .lowmem = SZ_16M } },
	{ "2G", { .pool = { TEST_RANGE_START,
	    TEST_RANGE_START + SZ_64M }, .page_offset = 0x80000000,
	    .lowmem = SZ_16M } },
	{ "1G", { .pool = { TEST_RANGE_START,
	    TEST_RANGE_START + SZ_64M }, .page_offset = 0x40000000,
	    .lowmem = SZ_16M, .provisional = SZ_8M } },
	{ "1G, ragged", { .pool = {
	    TEST_RANGE_START + SZ_1M + SZ_4K, TEST_RANGE_START + SZ_32M +
	    SZ_16K }, .page_offset = 0x40000000, .lowmem = SZ_8M } },
};

static void case_name(const struct case_of *c, char *name)
{
	strscpy(name, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(case, cases, case_name);

/* The part of an address range of tables that can be asked about. */
static void compare_range(struct kunit *test, struct testmmu *s, const char *what,
			  u64 start, u64 end, u64 phys)
{
	struct mmu_tally tally = {};

	end = min_t(u64, end, MMU_END);
	if (start >= end)
		return;
	mmu_compare_range(s->room, &s->view, start, end - start, phys, &tally);
	testmmu_expect_right(test, what, &tally);
}

/* Nothing of the first tables is left in the final ones. */
static void expect_faults(struct kunit *test, struct testmmu *s, u64 start,
			  u64 end)
{
	struct mmu_access a[2] = {};
	u64 at;

	for (at = start; at < end; at += SZ_1M) {
		a[0].addr = at;
		a[1].addr = at + SZ_1M - sizeof(u32);
		KUNIT_EXPECT_EQ(test, mmu_look(&s->room->mmu, s->view.root, a, 2),
				0);
		KUNIT_EXPECT_EQ(test, a[0].error, (u32)MMU_FAULTED);
		KUNIT_EXPECT_EQ(test, a[1].error, (u32)MMU_FAULTED);
		KUNIT_EXPECT_EQ(test, a[1].value, a[1].addr);
	}
}

static void compare_provisional(struct kunit *test, struct testmmu *s)
{
	const struct annex_tables *t = &s->annex.tables;
	u64 off = t->start - t->page_offset;
	u64 end = min(t->early, t->end - t->page_offset);

	testmmu_view(test, s, &t->provisional);
	compare_range(test, s, "provisional, identity", off, end,
		      s->annex.frames.range.start);
	compare_range(test, s, "provisional, direct map", t->page_offset + off,
		      t->page_offset + end, s->annex.frames.range.start);
}

static void compare_final(struct kunit *test, struct testmmu *s,
			  const struct annex_pgtable *pt, const char *what)
{
	const struct annex_tables *t = &s->annex.tables;

	testmmu_view(test, s, pt);
	compare_range(test, s, what, t->start, t->end,
		      s->annex.frames.range.start);
}

/* Each page that it shows, alone. */
static void compare_process(struct kunit *test, struct testmmu *s)
{
	struct mmu_tally tally = {};
	unsigned int i, found = 0;
	u64 at;

	for (i = 0; i < s->view.nr_runs; i++) {
		const struct annex_pgtable_run *run = &s->view.run[i];

		if (run->start >= s->annex.tables.page_offset)
			break;
		for (at = run->start; at < run->end; at += SZ_4K, found++) {
			struct annex_translation t;

			annex_pgtable_walk(s->view.pt, at, &t);
			KUNIT_EXPECT_EQ(test, t.phys,
					testmmu_phys(s, testmmu_shown_at(s, at)));
			mmu_compare_range(s->room, &s->view, at, SZ_4K, t.phys,
					  &tally);
		}
	}
	KUNIT_EXPECT_EQ(test, found, (unsigned int)TESTMMU_SHOWN);
	testmmu_expect_right(test, "process, user's part", &tally);
}

static void mmu_ranges_show_their_frames(struct kunit *test)
{
	const struct case_of *c = test->param_value;
	struct testmmu *s = testmmu_open(test, &c->params);

	compare_provisional(test, s);
	compare_final(test, s, &s->annex.tables.master, "final");
	expect_faults(test, s, 0, s->annex.tables.early);
	compare_final(test, s, &s->mm->pt, "process, kernel's part");
	compare_process(test, s);
	testmmu_close(test, s);
}

/**
 * struct worker - a thread on a CPU that compares
 * @room: the thread's
 * @view: what it looks at
 * @rnd: where
 * @tally: what came of it
 * @done: it is
 */
struct worker {
	struct mmu_room *room;
	const struct mmu_view *view;
	struct rnd_state rnd;
	struct mmu_tally tally;
	struct completion done;
};

static int work(void *data)
{
	struct worker *w = data;

	mmu_compare_random(w->room, w->view, &w->rnd, ADDRESSES, &w->tally);
	complete(&w->done);
	return 0;
}

static void start_worker(struct kunit *test, struct worker *w,
			 const struct testmmu *s, struct rnd_state *rnd, int cpu)
{
	struct task_struct *task;

	w->view = &s->view;
	w->room = mmu_room_make();
	KUNIT_ASSERT_NOT_NULL(test, w->room);
	prandom_seed_state(&w->rnd, prandom_u32_state(rnd));
	init_completion(&w->done);
	task = kthread_create(work, w, "annex-mmu/%d", cpu);
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	kthread_bind(task, cpu);
	wake_up_process(task);
}

/* On every CPU at once. */
static void compare_everywhere(struct kunit *test, struct testmmu *s,
			       struct rnd_state *rnd, const char *what)
{
	struct worker *w = kunit_kcalloc(test, nr_cpu_ids, sizeof(*w),
					 GFP_KERNEL);
	int cpu;

	KUNIT_ASSERT_NOT_NULL(test, w);
	for_each_online_cpu(cpu)
		start_worker(test, &w[cpu], s, rnd, cpu);
	for_each_online_cpu(cpu) {
		KUNIT_ASSERT_TRUE(test,
				  wait_for_completion_timeout(&w[cpu].done,
							      120 * HZ));
		testmmu_expect_right(test, what, &w[cpu].tally);
		KUNIT_EXPECT_EQ(test, w[cpu].tally.asked, 0UL + ADDRESSES);
		KUNIT_EXPECT_GT(test, w[cpu].tally.faults, ADDRESSES / 10UL);
		mmu_room_free(w[cpu].room);
	}
}

static void mmu_random_addresses_on_every_cpu(struct kunit *test)
{
	const struct case_of *c = test->param_value;
	struct testmmu *s = testmmu_open(test, &c->params);
	struct rnd_state rnd;

	annex_test_seed(test, &rnd);
	testmmu_view(test, s, &s->annex.tables.provisional);
	compare_everywhere(test, s, &rnd, "provisional");
	testmmu_view(test, s, &s->annex.tables.master);
	compare_everywhere(test, s, &rnd, "final");
	testmmu_view(test, s, &s->mm->pt);
	compare_everywhere(test, s, &rnd, "process");
	testmmu_close(test, s);
}

/* Trees of the test's own. */
static int own_alloc(void *arg, u64 *phys)
{
	struct testmmu *s = arg;

	if (!s->nr_tables)
		return -ENOMEM;
	*phys = testmmu_phys(s, s->table[--s->nr_tables]);
	annex_frame_clear(&s->annex.host, *phys >> PAGE_SHIFT);
	return 0;
}

static void own_free(void *arg, u64 phys)
{
	struct testmmu *s = arg;

	s->table[s->nr_tables++] =
		s->annex.frames.mem_map +
		(annex_pfn_t)((phys - s->annex.frames.range.start) >>
			      PAGE_SHIFT);
}

static void *own_virt(void *arg, u64 phys)
{
	struct testmmu *s = arg;

	return s->annex.frames.lowmem +
	       (size_t)(phys - s->annex.frames.range.start);
}

static const struct annex_pgtable_ops own_ops = {
	.alloc = own_alloc, .free = own_free, .virt = own_virt,
};

static void own_make(struct kunit *test, struct testmmu *s,
		     struct annex_pgtable *pt)
{
	KUNIT_ASSERT_EQ(test, annex_pgtable_create(pt, &own_ops, s), 0);
}

static void own_map(struct kunit *test, struct annex_pgtable *pt, u32 addr,
		    u64 phys, u64 size, u64 prot)
{
	KUNIT_ASSERT_EQ(test, annex_pgtable_map(pt, addr, phys, size,
						prot | ANNEX_PTE_PRESENT,
						size == SZ_2M), 0);
}

static u64 prot_at(const struct annex_pgtable *pt, u32 addr)
{
	struct annex_translation t;

	annex_pgtable_walk(pt, addr, &t);
	return t.prot;
}

#define RW	ANNEX_PTE_RW
#define NX	ANNEX_PTE_NX
#define NOTES	(ANNEX_PTE_ACCESSED | ANNEX_PTE_DIRTY)
#define DENIED	(MMU_FAULTED | MMU_PROTECTION)

/* What each kind of access to each kind of page comes to. */
static const struct {
	u32 addr;
	u64 size;
	u64 prot;
	u32 write;
	u32 exec;
} kinds[] = {
	{ SZ_4M, SZ_4K, RW | NX, 0, DENIED | MMU_FETCH },
	{ SZ_4M + SZ_4K, SZ_4K, NX, DENIED | MMU_WRITE, DENIED | MMU_FETCH },
	{ SZ_4M + SZ_8K, SZ_4K, 0, DENIED | MMU_WRITE, 0 },
	{ SZ_4M + 3 * SZ_4K, SZ_4K, RW, 0, 0 },
	{ SZ_4M + 4 * SZ_4K, SZ_4K, RW | NX | ANNEX_PTE_USER, 0,
	  DENIED | MMU_FETCH },
	{ SZ_4M + 5 * SZ_4K, SZ_4K, ANNEX_PTE_USER, DENIED | MMU_WRITE, 0 },
	{ SZ_4M + 6 * SZ_4K, SZ_4K, RW | ANNEX_PTE_GLOBAL, 0, 0 },
	{ SZ_1G, SZ_2M, RW | NX, 0, DENIED | MMU_FETCH },
	{ SZ_1G + SZ_2M, SZ_2M, NX, DENIED | MMU_WRITE, DENIED | MMU_FETCH },
	{ SZ_1G + SZ_4M, SZ_2M, ANNEX_PTE_GLOBAL, DENIED | MMU_WRITE, 0 },
	{ SZ_2G - SZ_2M, SZ_2M, RW | ANNEX_PTE_USER, 0, 0 },
};

/* Frames beyond lowmem, all of which are the test's. */
#define HIGH	SZ_32M

static u32 look_once(struct kunit *test, struct testmmu *s, u32 addr,
		     enum mmu_kind kind, u32 *value)
{
	struct mmu_access a = { .addr = addr, .kind = kind, .value = *value };

	KUNIT_EXPECT_EQ(test, mmu_look(&s->room->mmu, s->view.root, &a, 1), 0);
	*value = a.value;
	if (a.error)
		KUNIT_EXPECT_EQ(test, a.value, addr);
	return a.error;
}

/* The MMU notes reads and writes in the entry, in no other, and no attempts. */
static void look_at_kind(struct kunit *test, struct testmmu *s, unsigned int i)
{
	u32 addr = kinds[i].addr + kinds[i].size / 2 + 0x40;
	u64 phys = s->annex.frames.range.start + HIGH + i * SZ_2M +
		   kinds[i].size / 2;
	u32 word =
		mmu_stamp((phys - s->annex.frames.range.start) >> PAGE_SHIFT);
	const struct annex_pgtable *pt = s->view.pt;
	u32 value = 0;

	KUNIT_EXPECT_EQ_MSG(test, prot_at(pt, addr) & NOTES, 0ULL, "kind %u", i);
	KUNIT_EXPECT_EQ(test, look_once(test, s, addr, MMU_READ_WORD, &value),
			0U);
	KUNIT_EXPECT_EQ_MSG(test, value, word, "kind %u", i);
	KUNIT_EXPECT_EQ_MSG(test, prot_at(pt, addr) & NOTES, ANNEX_PTE_ACCESSED,
			    "kind %u", i);
	KUNIT_EXPECT_EQ_MSG(test, look_once(test, s, addr, MMU_EXEC, &value),
			    kinds[i].exec, "kind %u", i);
	KUNIT_EXPECT_EQ_MSG(test, prot_at(pt, addr) & NOTES, ANNEX_PTE_ACCESSED,
			    "kind %u", i);
	value = word;
	KUNIT_EXPECT_EQ_MSG(test,
			    look_once(test, s, addr, MMU_WRITE_WORD, &value),
			    kinds[i].write, "kind %u", i);
	KUNIT_EXPECT_EQ_MSG(test, prot_at(pt, addr) & NOTES,
			    kinds[i].write ? ANNEX_PTE_ACCESSED : NOTES,
			    "kind %u", i);
}

static struct testmmu *own_scene(struct kunit *test, struct annex_pgtable *pt)
{
	struct testmmu *s = testmmu_open(test, &cases[0].params);

	own_make(test, s, pt);
	return s;
}

static void mmu_every_kind_of_page(struct kunit *test)
{
	struct annex_pgtable pt = {};
	struct testmmu *s = own_scene(test, &pt);
	struct mmu_tally tally = {};
	struct rnd_state rnd;
	unsigned int i;
	u32 value = 0;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		own_map(test, &pt, kinds[i].addr,
			s->annex.frames.range.start + HIGH + i * SZ_2M,
			kinds[i].size, kinds[i].prot);
	testmmu_view(test, s, &pt);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		look_at_kind(test, s, i);
	KUNIT_EXPECT_EQ(test, look_once(test, s, SZ_1M, MMU_READ_WORD, &value),
			(u32)MMU_FAULTED);
	KUNIT_EXPECT_EQ(test, look_once(test, s, SZ_2G, MMU_WRITE_WORD, &value),
			(u32)(MMU_FAULTED | MMU_WRITE));
	KUNIT_EXPECT_EQ(test, look_once(test, s, SZ_2M, MMU_EXEC, &value),
			(u32)(MMU_FAULTED | MMU_FETCH));
	annex_test_seed(test, &rnd);
	mmu_compare_random(s->room, &s->view, &rnd, ADDRESSES, &tally);
	testmmu_expect_right(test, "every kind", &tally);
	annex_pgtable_free(&pt);
	testmmu_close(test, s);
}

/* A page of 2 MB is split when a part of it changes; the rest does not. */
static void mmu_split_and_changed_pages(struct kunit *test)
{
	struct annex_pgtable pt = {};
	struct testmmu *s = own_scene(test, &pt);
	u64 phys = s->annex.frames.range.start + HIGH;
	struct mmu_tally tally = {};
	struct rnd_state rnd;

	own_map(test, &pt, SZ_4M, phys, SZ_2M, RW);
	KUNIT_ASSERT_EQ(test, annex_pgtable_protect(&pt, SZ_4M + SZ_1M, SZ_8K,
						    NX, RW), 0);
	KUNIT_ASSERT_EQ(test, annex_pgtable_unmap(&pt, SZ_4M + SZ_64K, SZ_4K),
			0);
	testmmu_view(test, s, &pt);
	mmu_compare_range(s->room, &s->view, SZ_4M, SZ_64K, phys, &tally);
	mmu_compare_range(s->room, &s->view, SZ_4M + SZ_64K + SZ_4K,
			  SZ_2M - SZ_64K - SZ_4K, phys + SZ_64K + SZ_4K, &tally);
	annex_test_seed(test, &rnd);
	mmu_compare_random(s->room, &s->view, &rnd, ADDRESSES / 4, &tally);
	testmmu_expect_right(test, "split", &tally);
	annex_pgtable_free(&pt);
	testmmu_close(test, s);
}

/* A bit that must be zero: the MMU says so, and it is survived. */
static void mmu_reserved_bits_fault(struct kunit *test)
{
	struct annex_pgtable pt = {};
	struct testmmu *s = own_scene(test, &pt);
	u32 value = 0;
	u64 *pte;

	own_map(test, &pt, SZ_4M, s->annex.frames.range.start + HIGH, SZ_4K,
		RW);
	pte = own_virt(s, annex_pgtable_table(&pt, SZ_4M));
	testmmu_view(test, s, &pt);
	if (boot_cpu_data.x86_phys_bits < 52) {
		*pte |= BIT_ULL(51);
		/* A CPU says that a page was there; QEMU 7.2 does not. */
		KUNIT_EXPECT_EQ(test, look_once(test, s, SZ_4M, MMU_READ_WORD,
						&value) | MMU_PROTECTION,
				(u32)(DENIED | MMU_RESERVED));
		*pte &= ~BIT_ULL(51);
		KUNIT_EXPECT_EQ(test, look_once(test, s, SZ_4M, MMU_READ_WORD,
						&value), 0U);
	}
	/* Of the first level, CR3 would not take them. */
	s->view.root[0] |= RW;
	KUNIT_EXPECT_EQ(test, mmu_look(&s->room->mmu, s->view.root,
				       s->room->access, 0), -EINVAL);
	annex_pgtable_free(&pt);
	testmmu_close(test, s);
}

/* After a window, no TLB has entries of it, global or not. */
static void mmu_nothing_is_left_in_the_tlb(struct kunit *test)
{
	struct annex_pgtable pt = {};
	struct testmmu *s = own_scene(test, &pt);
	u32 value = 0, left = 0;
	unsigned long missing;
	unsigned int i;

	own_map(test, &pt, SZ_1G, s->annex.frames.range.start + HIGH, SZ_2M,
		RW | ANNEX_PTE_GLOBAL | ANNEX_PTE_USER);
	testmmu_view(test, s, &pt);
	for (i = 0; i < 100; i++) {
		preempt_disable();
		pagefault_disable();
		look_once(test, s, SZ_1G, MMU_READ_WORD, &value);
		missing = __copy_from_user_inatomic(&left,
						    (void __user *)SZ_1G,
						    sizeof(left));
		pagefault_enable();
		preempt_enable();
		KUNIT_EXPECT_TRUE(test, missing || left != value);
	}
	annex_pgtable_free(&pt);
	testmmu_close(test, s);
}

/*
 * Were the walker wrong, it would be found: the MMU is given one tree, and the
 * walker another that shows two frames the other way round, and one that is not
 * there.
 */
static void mmu_a_wrong_walk_is_found(struct kunit *test)
{
	struct annex_pgtable pt = {}, other = {};
	struct testmmu *s = own_scene(test, &pt);
	u64 phys = s->annex.frames.range.start + HIGH;
	struct mmu_tally tally = {};
	u64 root[MMU_ROOTS];
	struct rnd_state rnd;

	own_make(test, s, &other);
	own_map(test, &pt, SZ_4M, phys, SZ_4K, NX);
	own_map(test, &pt, SZ_4M + SZ_4K, phys + SZ_4K, SZ_4K, NX);
	own_map(test, &pt, SZ_4M + SZ_8K, phys + SZ_8K, SZ_4K, NX);
	own_map(test, &other, SZ_4M, phys + SZ_4K, SZ_4K, NX);
	own_map(test, &other, SZ_4M + SZ_4K, phys, SZ_4K, NX);
	testmmu_view(test, s, &other);
	memcpy(root, s->view.root, sizeof(root));
	testmmu_view(test, s, &pt);
	memcpy(s->view.root, root, sizeof(root));
	annex_test_seed(test, &rnd);
	mmu_compare_random(s->room, &s->view, &rnd, ADDRESSES / 10, &tally);
	kunit_info(test, "%lu of %lu: %s\n", tally.wrong, tally.asked,
		   tally.first);
	KUNIT_EXPECT_GT(test, tally.wrong, 10UL);
	KUNIT_EXPECT_LT(test, tally.wrong, tally.asked);
	annex_pgtable_free(&other);
	annex_pgtable_free(&pt);
	testmmu_close(test, s);
}

static struct kunit_case mmu_cases[] = {
	KUNIT_CASE(mmu_every_kind_of_page),
	KUNIT_CASE(mmu_split_and_changed_pages),
	KUNIT_CASE(mmu_reserved_bits_fault),
	KUNIT_CASE(mmu_nothing_is_left_in_the_tlb),
	KUNIT_CASE(mmu_a_wrong_walk_is_found),
	KUNIT_CASE_PARAM(mmu_ranges_show_their_frames, case_gen_params),
	KUNIT_CASE_PARAM(mmu_random_addresses_on_every_cpu, case_gen_params),
	{}
};

static struct kunit_suite annex_pgtable_mmu_suite = {
	.name = "annex_pgtable_mmu",
	.init = mmu_init,
	.exit = testmmu_exit,
	.test_cases = mmu_cases,
};

kunit_test_suite(annex_pgtable_mmu_suite);
