// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the MMU makes of the tables of the loaded pool, on the stock kernel:
 * provisional, final, and those of a process. How the MMU is asked is in
 * kunit/lib/mmu.c; what it should say, in kunit/lib/mmu_compare.c.
 */
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include <annex/mm.h>

#include "api/tests.h"
#include "exercise.h"
#include "lib/mmu_compare.h"
#include "mm/mm.h"
#include "pgtable/tables.h"

/* Pages of the process, in four groups: see shown_addr(). */
#define SHOWN		64
#define THREADS_MAX	8

/* One frame in this many is of lowmem. */
#define LOW_EVERY	16

/**
 * struct mmu_test - what a command has
 * @tables: those of the pool
 * @pool: its range
 * @nr: frames that are the test's
 * @pages: them
 * @stamped: and which of the pool they are
 * @mm: a process
 * @view: what is looked at
 * @args: the command's
 * @seed: of everything random
 */
struct mmu_test {
	const struct annex_tables *tables;
	struct annex_range pool;
	u32 nr;
	struct annex_page **pages;
	unsigned long *stamped;
	struct annex_mm *mm;
	struct mmu_view view;
	const struct exercise_args *args;
	u32 seed;
};

/**
 * struct mmu_worker - a thread that compares
 * @room: the thread's
 * @view: what it looks at
 * @nr: how many addresses
 * @rnd: which
 * @tally: what came of it
 */
struct mmu_worker {
	struct mmu_room *room;
	const struct mmu_view *view;
	u32 nr;
	struct rnd_state rnd;
	struct mmu_tally tally;
};

static int report_tally(const char *what, const struct mmu_tally *t)
{
	exercise_say("%s: %lu asked, %lu read, %lu written, %lu called, ", what,
		     t->asked, t->reads, t->writes, t->execs);
	exercise_say("%lu faults caught, last at %#x (%#x)\n", t->faults,
		     t->cr2, t->error);
	if (!t->wrong)
		return t->asked ? 0 : -ENODATA;
	exercise_say("%lu wrong: %s\n", t->wrong, t->first);
	return -EBADMSG;
}

static int stamp(struct mmu_test *m, struct annex_page *page, u32 *buf)
{
	u32 pfn = annex_page_to_pfn(page);

	memset32(buf, mmu_stamp(pfn), PAGE_SIZE / sizeof(*buf));
	__set_bit(pfn, m->stamped);
	return annex_poke(page, 0, buf, PAGE_SIZE);
}

static int take_frames(struct mmu_test *m, u32 nr, u32 *buf)
{
	gfp_t gfp = __GFP_NOWARN | __GFP_NORETRY;
	int err = 0;

	while (m->nr < nr && !err) {
		err = annex_alloc_block(gfp | (m->nr % LOW_EVERY ?
					       GFP_HIGHUSER : GFP_KERNEL), 0,
					&m->pages[m->nr]);
		if (!err)
			err = stamp(m, m->pages[m->nr++], buf);
		cond_resched();
	}
	return err;
}

/* What was written is what was there. */
static int give_frames(struct mmu_test *m, u32 *buf)
{
	int err = 0;
	u32 i;

	for (i = 0; i < m->nr; i++) {
		struct annex_page *page = m->pages[i];
		u32 word = mmu_stamp(annex_page_to_pfn(page));

		annex_peek(page, 0, buf, PAGE_SIZE);
		if (buf[0] != word || memcmp(buf, buf + 1, PAGE_SIZE - 4)) {
			exercise_say("frame %#x was written to\n",
				     annex_page_to_pfn(page));
			err = -EBADMSG;
		}
		err = annex_free_page(page) ?: err;
		cond_resched();
	}
	m->nr = 0;
	return err;
}

/* From 0 on, across a border of 2 MB, across one of 1 GB, and where a program is. */
static u32 shown_addr(u32 i)
{
	static const u32 groups[] = {
		0, SZ_2M - 8 * SZ_4K, SZ_1G - 16 * SZ_4K, 0x08048000,
	};
	u32 per = SHOWN / ARRAY_SIZE(groups);

	return groups[i / per] + i % per * SZ_4K;
}

static int show_frames(struct mmu_test *m)
{
	int err = 0;
	u32 i;

	m->mm = annex_mm_create();
	if (!m->mm)
		return -ENOMEM;
	for (i = 0; i < SHOWN && !err; i++)
		err = annex_mm_map_page(m->mm, shown_addr(i), m->pages[i],
					i % 4);
	return err;
}

static int view(struct mmu_test *m, const struct annex_pgtable *pt)
{
	m->view = (struct mmu_view){
		.pt = pt, .start = m->pool.start, .end = m->pool.end,
		.stamped = m->stamped, .peek = annex_peek_phys,
	};
	return mmu_view_init(&m->view);
}

static int work(void *data)
{
	struct mmu_worker *w = data;

	mmu_compare_random(w->room, w->view, &w->rnd, w->nr, &w->tally);
	return 0;
}

static int compare_random(struct mmu_test *m, const char *what)
{
	u32 i, threads = m->args->threads;
	struct mmu_worker *w = kvcalloc(threads, sizeof(*w), GFP_KERNEL);
	int err = w ? 0 : -ENOMEM;

	for (i = 0; !err && i < threads; i++) {
		w[i].room = mmu_room_make();
		w[i].view = &m->view;
		w[i].nr = m->args->ops;
		prandom_seed_state(&w[i].rnd, m->seed + i);
		err = w[i].room ? 0 : -ENOMEM;
	}
	err = err ?: exercise_run_threads(threads, threads, work, w,
					  sizeof(*w));
	for (i = 0; w && i < threads; i++) {
		err = err ?: report_tally(what, &w[i].tally);
		mmu_room_free(w[i].room);
	}
	kvfree(w);
	return err;
}

/* What of an address range can be asked about, if anything. */
static int compare_range(struct mmu_test *m, struct mmu_room *room,
			 const char *what, u64 start, u64 end)
{
	struct mmu_tally tally = {};

	end = min_t(u64, end, MMU_END);
	if (start >= end)
		return 0;
	mmu_compare_range(room, &m->view, start, end - start, m->pool.start,
			  &tally);
	return report_tally(what, &tally);
}

/* In each of the four ways: what faults is what may not be done. */
static int check_page(struct mmu_test *m, struct mmu_room *room, u32 i)
{
	u32 stamp = mmu_stamp(annex_page_to_pfn(m->pages[i]));
	struct mmu_access a[] = {
		{ shown_addr(i) + 0x10, MMU_READ_WORD },
		{ shown_addr(i) + 0x20, MMU_WRITE_WORD, stamp },
		{ shown_addr(i) + 0x30, MMU_EXEC },
	};
	u32 denied = MMU_FAULTED | MMU_PROTECTION;
	u32 write = i & ANNEX_MM_WRITE ? 0 : denied | MMU_WRITE;
	u32 exec = i & ANNEX_MM_EXEC ? 0 : denied | MMU_FETCH;

	if (mmu_look(&room->mmu, m->view.root, a, ARRAY_SIZE(a)))
		return -EIO;
	if (!a[0].error && a[0].value == stamp && a[1].error == write &&
	    a[2].error == exec)
		return 0;
	exercise_say("page %u: read %#x (%#x), write %#x, call %#x\n", i,
		     a[0].error, a[0].value, a[1].error, a[2].error);
	return -EBADMSG;
}

static int compare_pool(struct mmu_test *m, struct mmu_room *room)
{
	const struct annex_tables *t = m->tables;
	u64 off = t->start - t->page_offset;
	u64 early = min(t->early, t->end - t->page_offset);

	return view(m, &t->provisional) ?:
	       compare_range(m, room, "identity", off, early) ?:
	       compare_range(m, room, "provisional", t->start,
			     t->page_offset + early) ?:
	       compare_random(m, "provisional") ?:
	       view(m, &t->master) ?:
	       compare_range(m, room, "final", t->start, t->end) ?:
	       compare_random(m, "final");
}

static int compare_process(struct mmu_test *m, struct mmu_room *room)
{
	const struct annex_tables *t = m->tables;
	int err = view(m, &m->mm->pt);
	u32 i;

	for (i = 0; i < SHOWN && !err; i++)
		err = check_page(m, room, i);
	return err ?: compare_range(m, room, "process", t->start, t->end) ?:
	       compare_random(m, "process");
}

static int run(struct mmu_test *m, u32 *buf)
{
	struct mmu_room *room = mmu_room_make();
	int err, err_end = 0;

	if (!room)
		return -ENOMEM;
	err = take_frames(m, m->args->pages, buf) ?: show_frames(m) ?:
	      compare_pool(m, room) ?: compare_process(m, room);
	if (m->mm)
		err_end = annex_mm_destroy(m->mm);
	err = err ?: err_end;
	err_end = give_frames(m, buf);
	mmu_room_free(room);
	return err ?: err_end;
}

static int run_with_memory(struct mmu_test *m)
{
	u32 frames = (m->pool.end - m->pool.start) >> PAGE_SHIFT;
	u32 *buf = kmalloc(PAGE_SIZE, GFP_KERNEL);
	int err = -ENOMEM;

	m->pages = kvcalloc(m->args->pages, sizeof(*m->pages), GFP_KERNEL);
	m->stamped = kvcalloc(BITS_TO_LONGS(frames), sizeof(long), GFP_KERNEL);
	if (m->pages && m->stamped && buf)
		err = run(m, buf);
	kvfree(m->stamped);
	kvfree(m->pages);
	kfree(buf);
	return err;
}

/**
 * exercise_mmu() - ask the MMU about all tables of the pool
 * @args: ops: random addresses for each thread and each tree; threads, each on a
 *	CPU; pages: frames that are written and called; seed
 *
 * Context: process.
 * Return: 0; -EBADMSG if MMU and walker do not agree, or a frame has changed;
 * -ENODEV where the MMU cannot be asked; -ENOMEM; -EINVAL.
 */
int exercise_mmu(const struct exercise_args *args)
{
	const char *missing = mmu_missing();
	struct mmu_test *m;
	int err;

	if (missing) {
		exercise_say("%s\n", missing);
		return -ENODEV;
	}
	if (args->pages < SHOWN || !args->threads ||
	    args->threads > THREADS_MAX)
		return -EINVAL;
	m = kvzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return -ENOMEM;
	m->args = args;
	m->seed = exercise_seed(args);
	exercise_say("mmu ops=%u seed=%u threads=%u pages=%u\n", args->ops,
		     m->seed, args->threads, args->pages);
	m->tables = annex_peek_tables(&m->pool);
	err = run_with_memory(m);
	kvfree(m);
	return err;
}
