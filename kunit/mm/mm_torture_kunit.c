// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables of processes under stress: at random, by two threads at once,
 * without memory, and forgotten.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "lib/testmm.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "reclaim/folio.h"
#include "validate/validate.h"

/* Of 16 MB, the first half of which is lowmem. */
static const struct annex_testpool half_high = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 2048,
	.contents = true,
};

static void mm_torture_exit(struct kunit *test)
{
	testmm_close(test->priv);
}

#define MMS		4
#define FRAMES		64
#define OPS		10000

/*
 * Groups of addresses: at the beginning, across a border of 2 MB and of 1 GB,
 * at the end of the user's part, and some tables apart.
 */
static const u32 groups[] = {
	0, SZ_2M - SZ_16K, SZ_1G - SZ_16K, SZ_2G - SZ_16K, SZ_2G + SZ_1M,
	TESTMM_OFFSET - SZ_32K, 0x12345000, 0x12745000,
};

#define PER_GROUP	8
#define SPOTS		(ARRAY_SIZE(groups) * PER_GROUP)

/**
 * struct spot - an address of a process, as it should be
 * @frame: what it shows, one more than its number; 0 for nothing
 * @prot: what may be done there
 */
struct spot {
	unsigned int frame;
	unsigned int prot;
};

/**
 * struct frame - a frame, as it should be
 * @page: the frame
 * @shown: how often
 * @kept: by its owner, too
 */
struct frame {
	struct annex_page *page;
	unsigned int shown;
	bool kept;
};

/**
 * struct model - what all calls so far should have led to
 * @annex: the pool
 * @rnd: what comes next
 * @mm: the processes
 * @spot: what each shows
 * @frame: the frames
 * @shown: how many spots show something, at most
 */
struct model {
	struct annex *annex;
	struct rnd_state rnd;
	struct annex_mm *mm[MMS];
	struct spot spot[MMS][SPOTS];
	struct frame frame[FRAMES];
	unsigned int shown;
};

static u32 spot_addr(unsigned int nr)
{
	return groups[nr / PER_GROUP] + nr % PER_GROUP * PAGE_SIZE;
}

/* If the frame has no user any more, replace it. */
static void frame_replace(struct kunit *test, struct model *m, struct frame *f)
{
	if (f->shown || f->kept)
		return;
	f->page = testmm_frame(test, m->annex);
	f->kept = true;
}

/* The owner frees; the processes that map the frame keep it. */
static void frame_free(struct kunit *test, struct model *m, struct frame *f)
{
	if (!f->kept)
		return;
	KUNIT_EXPECT_EQ(test, annex_block_free(&m->annex->frames, f->page, 0),
			0);
	f->kept = false;
	frame_replace(test, m, f);
}

static void frame_lost_one(struct kunit *test, struct model *m, struct frame *f)
{
	f->shown--;
	frame_replace(test, m, f);
}

static void do_map(struct kunit *test, struct model *m, unsigned int p,
		   unsigned int at)
{
	struct spot *spot = &m->spot[p][at];
	unsigned int nr = annex_test_below(&m->rnd, FRAMES);
	unsigned int prot = annex_test_below(&m->rnd, 4);
	struct frame *f = &m->frame[nr];

	KUNIT_EXPECT_EQ(test,
			__annex_mm_map_page(&m->annex->mms, m->mm[p],
					    spot_addr(at), f->page, prot),
			spot->frame ? -EEXIST : 0);
	if (spot->frame)
		return;
	spot->frame = nr + 1;
	spot->prot = prot;
	f->shown++;
}

static void do_unmap(struct kunit *test, struct model *m, unsigned int p,
		     unsigned int at)
{
	struct spot *spot = &m->spot[p][at];

	KUNIT_EXPECT_EQ(test,
			__annex_mm_unmap_page(&m->annex->mms, m->mm[p],
					      spot_addr(at)),
			spot->frame ? 0 : -ENOENT);
	if (spot->frame)
		frame_lost_one(test, m, &m->frame[spot->frame - 1]);
	spot->frame = 0;
}

/* Some pages of one group. */
static void do_protect(struct kunit *test, struct model *m, unsigned int p,
		       unsigned int at)
{
	unsigned int left = PER_GROUP - at % PER_GROUP;
	unsigned int nr = 1 + annex_test_below(&m->rnd, left);
	unsigned int prot = annex_test_below(&m->rnd, 4), i;
	int err = 0;

	for (i = at; i < at + nr; i++)
		if (!m->spot[p][i].frame)
			err = -ENOMEM;
	KUNIT_EXPECT_EQ(test,
			__annex_mm_protect(&m->annex->mms, m->mm[p],
					   spot_addr(at), nr * PAGE_SIZE, prot),
			err);
	for (i = at; !err && i < at + nr; i++)
		m->spot[p][i].prot = prot;
}

static void do_destroy(struct kunit *test, struct model *m, unsigned int p)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&m->annex->mms, m->mm[p]), 0);
	for (i = 0; i < SPOTS; i++) {
		if (m->spot[p][i].frame)
			frame_lost_one(test, m,
				       &m->frame[m->spot[p][i].frame - 1]);
		m->spot[p][i].frame = 0;
	}
	m->mm[p] = NULL;
}

static u64 bits_of(const struct spot *spot)
{
	return ANNEX_PTE_PRESENT | ANNEX_PTE_USER |
	       (spot->prot & ANNEX_MM_WRITE ? ANNEX_PTE_RW : 0) |
	       (spot->prot & ANNEX_MM_EXEC ? 0 : ANNEX_PTE_NX);
}

/* Does every address show what it should, and each frame count it? */
static void compare(struct kunit *test, struct model *m)
{
	struct annex_translation t;
	unsigned int p, i, shown = 0;

	for (p = 0; p < MMS; p++) {
		unsigned long nr = 0;

		for (i = 0; i < SPOTS; i++) {
			const struct spot *spot = &m->spot[p][i];
			bool found = annex_pgtable_walk(&m->mm[p]->pt,
							spot_addr(i), &t);

			KUNIT_EXPECT_EQ(test, found, !!spot->frame);
			if (!found || !spot->frame)
				continue;
			nr++;
			KUNIT_EXPECT_EQ(test, t.prot, bits_of(spot));
			KUNIT_EXPECT_EQ(test, t.phys,
					testmm_phys(m->annex,
						    m->frame[spot->frame - 1]
						    .page));
		}
		KUNIT_EXPECT_EQ(test, m->mm[p]->nr_pages, nr);
		shown += nr;
	}
	m->shown = max(m->shown, shown);
	for (i = 0; i < FRAMES; i++) {
		const struct frame *f = &m->frame[i];

		KUNIT_EXPECT_EQ(test, testmm_mapcount(m->annex, f->page),
				(int)f->shown);
		KUNIT_EXPECT_EQ(test, annex_page_ref_count(f->page),
				f->shown + f->kept);
	}
	annex_test_validate(test, m->annex);
}

static void one_call(struct kunit *test, struct model *m)
{
	unsigned int p = annex_test_below(&m->rnd, MMS);
	unsigned int at = annex_test_below(&m->rnd, SPOTS);
	unsigned int what = annex_test_below(&m->rnd, 1000);

	if (what < 500) {
		do_map(test, m, p, at);
	} else if (what < 750) {
		do_unmap(test, m, p, at);
	} else if (what < 985) {
		do_protect(test, m, p, at);
	} else if (what < 995) {
		frame_free(test, m,
			   &m->frame[annex_test_below(&m->rnd, FRAMES)]);
	} else {
		do_destroy(test, m, p);
		m->mm[p] = testmm_new(test, m->annex);
	}
}

static struct model *model_make(struct kunit *test)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->annex = testmm_open(test, &half_high, TESTMM_OFFSET);
	annex_test_seed(test, &m->rnd);
	for (i = 0; i < MMS; i++)
		m->mm[i] = testmm_new(test, m->annex);
	for (i = 0; i < FRAMES; i++) {
		m->frame[i].page = testmm_frame(test, m->annex);
		m->frame[i].kept = true;
	}
	return m;
}

/* All _mapcounts are -1 again, and every table and frame is back. */
static void model_end(struct kunit *test, struct model *m, unsigned long free)
{
	unsigned int i;

	for (i = 0; i < MMS; i++)
		do_destroy(test, m, i);
	KUNIT_EXPECT_EQ(test, testmm_tables(m->annex), 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_node(m->annex, ANNEX_NR_MAPPED), 0UL);
	for (i = 0; i < FRAMES; i++) {
		struct annex_folio *folio =
			__annex_page_folio(&m->annex->frames, m->frame[i].page);

		if (folio)
			KUNIT_EXPECT_EQ(test, atomic_read(&folio->_mapcount),
					-1);
		KUNIT_EXPECT_EQ(test, annex_page_ref_count(m->frame[i].page),
				1U);
		KUNIT_EXPECT_EQ(test,
				annex_block_free(&m->annex->frames,
						 m->frame[i].page, 0),
				0);
	}
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(m->annex), free);
	annex_test_validate(test, m->annex);
}

static void mm_random_calls_match_a_model(struct kunit *test)
{
	struct model *m = model_make(test);
	unsigned long free = annex_test_free_pages(m->annex) + FRAMES + MMS;
	unsigned int i;

	for (i = 0; i < OPS; i++) {
		one_call(test, m);
		if (i % 500 == 499)
			compare(test, m);
		cond_resched();
	}
	kunit_info(test, "up to %u mappings at once\n", m->shown);
	KUNIT_EXPECT_GT(test, m->shown, MMS * SPOTS / 4U);
	model_end(test, m, free);
}

/**
 * struct worker - a thread that maps and unmaps
 * @annex: the pool
 * @mm: processes that all threads use
 * @page: frames, likewise
 * @rnd: what it does next
 * @wrong: answers that there are no reasons for
 * @done: it is
 */
struct worker {
	struct annex *annex;
	struct annex_mm **mm;
	struct annex_page **page;
	struct rnd_state rnd;
	unsigned long wrong;
	struct completion done;
};

/* Where the other thread may have been, there are two right answers. */
static int work(void *data)
{
	struct worker *w = data;
	unsigned int i;
	int err;

	for (i = 0; i < OPS / 2; i++) {
		struct annex_mm *mm = w->mm[annex_test_below(&w->rnd, 2)];
		u32 addr = spot_addr(annex_test_below(&w->rnd, 24));

		if (annex_test_below(&w->rnd, 2)) {
			u32 nr = annex_test_below(&w->rnd, 2);

			err = __annex_mm_map_page(&w->annex->mms, mm, addr,
						  w->page[nr], 0);
			w->wrong += err && err != -EEXIST;
		} else {
			err = __annex_mm_unmap_page(&w->annex->mms, mm, addr);
			w->wrong += err && err != -ENOENT;
		}
		cond_resched();
	}
	complete(&w->done);
	return 0;
}

static void start(struct kunit *test, struct worker *w)
{
	struct task_struct *task;

	init_completion(&w->done);
	task = kthread_run(work, w, "annex-mm");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
}

/* A thread for each of the two processes and frames, and wait for both. */
static void work_at_once(struct kunit *test, struct annex *annex,
			 struct annex_mm **mm, struct annex_page **page)
{
	struct worker *w = kunit_kcalloc(test, 2, sizeof(*w), GFP_KERNEL);
	struct rnd_state rnd;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, w);
	annex_test_seed(test, &rnd);
	for (i = 0; i < 2; i++) {
		w[i].annex = annex;
		w[i].mm = mm;
		w[i].page = page;
		prandom_seed_state(&w[i].rnd, prandom_u32_state(&rnd));
		start(test, &w[i]);
	}
	for (i = 0; i < 2; i++)
		KUNIT_ASSERT_TRUE(test,
				  wait_for_completion_timeout(&w[i].done,
							      120 * HZ));
	KUNIT_EXPECT_EQ(test, w[0].wrong + w[1].wrong, 0UL);
}

/* Of the same two frames in the same two processes. */
static void mm_threads_do_not_disturb_each_other(struct kunit *test)
{
	struct annex *annex = testmm_open(test, &half_high, TESTMM_OFFSET);
	unsigned long free = annex_test_free_pages(annex);
	struct annex_page *page[2];
	struct annex_mm *mm[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		page[i] = testmm_frame(test, annex);
		mm[i] = testmm_new(test, annex);
	}
	work_at_once(test, annex, mm, page);
	KUNIT_EXPECT_EQ(test, mm[0]->nr_pages + mm[1]->nr_pages,
			0UL + testmm_mapcount(annex, page[0]) +
			testmm_mapcount(annex, page[1]));
	annex_test_validate(test, annex);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&annex->mms, mm[i]),
				0);
		KUNIT_EXPECT_EQ(test, annex_page_ref_count(page[!i]) - 1U,
				(unsigned int)testmm_mapcount(annex, page[!i]));
	}
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test,
				annex_block_free(&annex->frames, page[i], 0),
				0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

/* What a mapping needs: a frame for folios, a PMD, a PTE table. */
#define NEEDED	3

static void expect_nothing(struct kunit *test, struct annex_mm *mm,
			   struct annex_page *page)
{
	struct annex_translation t;

	KUNIT_EXPECT_EQ(test, annex_pgtable_walk(&mm->pt, SZ_1M, &t),
			ANNEX_PGT_NONE);
	KUNIT_EXPECT_EQ(test, testmm_tables(annex_of(mm->mms, mms)), 1UL);
	KUNIT_EXPECT_EQ(test, testmm_mapcount(annex_of(mm->mms, mms), page), 0);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(page), 1U);
	KUNIT_EXPECT_EQ(test, mm->nr_pages, 0UL);
}

/* So many frames are left, and no more; then all are back. */
static void map_with(struct kunit *test, struct annex *annex, unsigned int left)
{
	struct annex_page *page = testmm_frame(test, annex);
	struct annex_page **pages = annex_test_array(test, annex);
	struct annex_mm *mm = testmm_new(test, annex);
	unsigned int nr = annex_test_exhaust(annex, GFP_KERNEL, pages);
	unsigned int i;

	for (i = 0; i < left; i++)
		KUNIT_EXPECT_EQ(test,
				annex_block_free(&annex->frames, pages[--nr],
						 0),
				0);
	KUNIT_EXPECT_EQ_MSG(test,
			    __annex_mm_map_page(&annex->mms, mm, SZ_1M, page,
						0),
			    left < NEEDED ? -ENOMEM : 0, "%u frames", left);
	if (left < NEEDED)
		expect_nothing(test, mm, page);
	annex_test_validate(test, annex);
	if (!left)
		KUNIT_EXPECT_NULL(test, __annex_mm_create(&annex->mms));
	while (nr--)
		KUNIT_EXPECT_EQ(test,
				annex_block_free(&annex->frames, pages[nr], 0),
				0);
	if (left < NEEDED)
		KUNIT_EXPECT_EQ(test,
				__annex_mm_map_page(&annex->mms, mm, SZ_1M,
						    page, 0),
				0);
	KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&annex->mms, mm), 0);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0), 0);
}

static void mm_without_frames_nothing_is_left(struct kunit *test)
{
	struct annex *annex = testmm_open(test, &half_high, TESTMM_OFFSET);
	unsigned long free = annex_test_free_pages(annex);
	unsigned int left;

	for (left = 0; left <= NEEDED; left++) {
		map_with(test, annex, left);
		KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
		KUNIT_EXPECT_EQ(test, testmm_tables(annex), 0UL);
	}
	annex_test_validate(test, annex);
}

/* Processes that are left go with the pool, and frames that only they held. */
static void mm_forgotten_ones_go_with_the_pool(struct kunit *test)
{
	struct annex *annex = testmm_open(test, &half_high, TESTMM_OFFSET);
	unsigned long free = annex_test_free_pages(annex);
	unsigned int i;

	for (i = 0; i < 3; i++) {
		struct annex_mm *mm = testmm_new(test, annex);
		struct annex_page *page = testmm_frame(test, annex);

		KUNIT_EXPECT_EQ(test,
				__annex_mm_map_page(&annex->mms, mm, SZ_1M,
						    page, 0),
				0);
		KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0),
				0);
	}
	KUNIT_EXPECT_EQ(test, annex_mms_exit(&annex->mms), 3U);
	KUNIT_EXPECT_EQ(test, annex_mms_exit(&annex->mms), 0U);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

/* Lines of a recount, which the log need not have. */
static unsigned long violations(struct annex *annex)
{
	return annex_validate(annex, NULL, NULL);
}

static void mm_damage_is_found(struct kunit *test)
{
	struct annex *annex = testmm_open(test, &half_high, TESTMM_OFFSET);
	struct annex_page *page = testmm_frame(test, annex);
	struct annex_mm *mm = testmm_new(test, annex);
	struct annex_folio *folio;
	struct annex_page *root;
	u64 *first;

	KUNIT_ASSERT_EQ(test,
			__annex_mm_map_page(&annex->mms, mm, SZ_1M, page, 0),
			0);
	KUNIT_EXPECT_EQ(test, violations(annex), 0UL);
	mm->nr_pages++;
	KUNIT_EXPECT_EQ(test, violations(annex), 1UL);
	mm->nr_pages--;
	mm->pt.nr_tables[ANNEX_PGT_PMD]++;
	KUNIT_EXPECT_EQ(test, violations(annex), 1UL);
	mm->pt.nr_tables[ANNEX_PGT_PMD]--;

	root = annex->frames.mem_map +
	       (annex_pfn_t)((mm->pt.root - annex->frames.range.start) >>
			     PAGE_SHIFT);
	annex_page_clear_bit(root, ANNEX_PG_TABLE);
	KUNIT_EXPECT_EQ(test, violations(annex), 1UL);
	annex_page_set_bit(root, ANNEX_PG_TABLE);

	folio = __annex_page_folio(&annex->frames, page);
	atomic_set(&folio->_mapcount, -1);
	KUNIT_EXPECT_EQ(test, violations(annex), 1UL);
	atomic_set(&folio->_mapcount, 0);

	first = mm->pt.ops->virt(mm->pt.arg, mm->pt.root);
	first[3] ^= ANNEX_PTE_PCD;
	KUNIT_EXPECT_EQ(test, violations(annex), 1UL);
	first[3] ^= ANNEX_PTE_PCD;
	KUNIT_EXPECT_EQ(test, violations(annex), 0UL);
	KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&annex->mms, mm), 0);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0), 0);
}

static struct kunit_case mm_torture_cases[] = {
	KUNIT_CASE(mm_random_calls_match_a_model),
	KUNIT_CASE(mm_threads_do_not_disturb_each_other),
	KUNIT_CASE(mm_without_frames_nothing_is_left),
	KUNIT_CASE(mm_forgotten_ones_go_with_the_pool),
	KUNIT_CASE(mm_damage_is_found),
	{}
};

static struct kunit_suite annex_mm_torture_suite = {
	.name = "annex_mm_torture",
	.exit = mm_torture_exit,
	.test_cases = mm_torture_cases,
};

kunit_test_suite(annex_mm_torture_suite);
