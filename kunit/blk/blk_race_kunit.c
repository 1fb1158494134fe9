// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads with bios for one device at the same time.
 *
 * Two threads have pages of their own, write them, discard them, free their
 * slots, and must read what they did. They also write pages that both have, and
 * discard these: each byte of such a page is its stamp, or 0. A third thread
 * raises and lowers the limit, resets the maximum, and reads vmstat.
 *
 * With one CPU, they take turns.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/show.h"
#include "lib/testseq.h"
#include "testblk.h"

#define THREADS		2
#define OWN_PAGES	16U
#define SHARED_PAGES	8U
#define SHARED		1020U	/* on the border of two leaves */
#define TIME		(2 * HZ)

struct race;

/**
 * struct thread - a thread with bios
 * @race: what it takes part in
 * @first: the first of its pages
 * @rnd: its random sequence
 * @buf: memory of its bios
 * @byte: what its pages have
 * @done: it has ended
 */
struct thread {
	struct race *race;
	u32 first;
	struct rnd_state rnd;
	struct annex_testbuf buf;
	u8 byte[OWN_PAGES];
	struct completion done;
};

struct race {
	struct annex_blk *blk;
	unsigned long end;
	struct thread thread[THREADS];
	atomic_t wrong;
	atomic_t failed;
	atomic_t full;
	atomic_t reads;
};

static int transfer_page(struct thread *t, blk_opf_t opf, u32 page)
{
	const struct annex_testspan span = {
		.sector = page * PAGE_SECTORS, .nr = PAGE_SECTORS,
		/* Not as the pages of the device are. */
		.at = 512,
	};

	return annex_testblk_copy(t->race->blk, opf, &t->buf, &span);
}

static int write_page(struct thread *t, u32 page, u8 byte)
{
	int err;

	memset(t->buf.addr + 512, byte, PAGE_SIZE);
	err = transfer_page(t, REQ_OP_WRITE, page);
	if (err == -ENOSPC)
		atomic_inc(&t->race->full);
	else if (err)
		atomic_inc(&t->race->failed);
	return err;
}

static void read_page(struct thread *t, u32 page)
{
	memset(t->buf.addr, 0xee, t->buf.bytes);
	if (transfer_page(t, REQ_OP_READ, page))
		atomic_inc(&t->race->failed);
	atomic_inc(&t->race->reads);
}

static void clear_page_of(struct thread *t, u32 page, u32 how)
{
	int err = 0;

	if (how)
		err = annex_testblk_clear(t->race->blk,
					  how == 1 ? REQ_OP_DISCARD :
						     REQ_OP_WRITE_ZEROES |
							     REQ_NOUNMAP,
					  page * PAGE_SECTORS, PAGE_SECTORS);
	else
		annex_testblk_free_slot(t->race->blk, page);
	if (err)
		atomic_inc(&t->race->failed);
}

static void own_page(struct thread *t)
{
	u32 i = annex_test_below(&t->rnd, OWN_PAGES);
	u32 what = annex_test_below(&t->rnd, 6);
	u8 byte = 1 + annex_test_below(&t->rnd, 255);

	if (what < 3) {
		clear_page_of(t, t->first + i, what);
		t->byte[i] = 0;
	} else if (!write_page(t, t->first + i, byte)) {
		t->byte[i] = byte;
	}
	read_page(t, t->first + i);
	if (memchr_inv(t->buf.addr + 512, t->byte[i], PAGE_SIZE))
		atomic_inc(&t->race->wrong);
}

static void shared_page(struct thread *t)
{
	u32 i = annex_test_below(&t->rnd, SHARED_PAGES);
	u32 what = annex_test_below(&t->rnd, 4);
	const u8 *byte = t->buf.addr + 512;
	unsigned int at;

	if (what < 2)
		clear_page_of(t, SHARED + i, what);
	else
		write_page(t, SHARED + i, 1 + i);
	read_page(t, SHARED + i);
	for (at = 0; at < PAGE_SIZE; at++)
		if (byte[at] && byte[at] != 1 + i) {
			atomic_inc(&t->race->wrong);
			break;
		}
}

static int thread_fn(void *data)
{
	struct thread *t = data;

	while (time_before(jiffies, t->race->end)) {
		own_page(t);
		shared_page(t);
		cond_resched();
	}
	complete(&t->done);
	return 0;
}

static void start(struct kunit *test, struct race *r, unsigned int i)
{
	struct thread *t = &r->thread[i];

	t->race = r;
	t->first = 100 * (i + 1);
	t->buf = annex_testbuf(test, 1);
	init_completion(&t->done);
	annex_test_seed(test, &t->rnd);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(thread_fn, t,
						    "annex-blk/%u", i)));
}

/* What an administrator does meanwhile. */
static void meddle(struct kunit *test, struct race *r)
{
	struct seq_file *m = open_seq(test);
	struct annex_frame_table_usage usage;
	unsigned int i = 0;

	while (time_before(jiffies, r->end)) {
		annex_frame_table_set_limit(r->blk->table, i++ % 4 ? 0 : 20);
		annex_frame_table_reset_most(r->blk->table);
		annex_frame_table_usage(r->blk->table, &usage);
		m->count = 0;
		annex_show_vmstat(m, annex_testblk_pool);
		annex_test_validate(test, annex_testblk_pool);
		schedule_timeout_uninterruptible(1);
	}
}

static void bio_race_keeps_bytes_apart(struct kunit *test)
{
	struct race *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, r);
	r->blk = annex_testblk(test);
	annex_testblk_size(test, SZ_8M);
	r->end = jiffies + TIME;
	for (i = 0; i < THREADS; i++)
		start(test, r, i);
	meddle(test, r);
	for (i = 0; i < THREADS; i++)
		wait_for_completion(&r->thread[i].done);
	KUNIT_EXPECT_EQ(test, atomic_read(&r->wrong), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&r->failed), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&r->reads), 0);
	kunit_info(test, "%d reads, %d writes without a frame",
		   atomic_read(&r->reads), atomic_read(&r->full));
}

static struct kunit_case bio_race_cases[] = {
	KUNIT_CASE(bio_race_keeps_bytes_apart),
	{}
};

static struct kunit_suite annex_blk_race_suite = {
	.name = "annex_blk_race",
	.init = annex_testblk_init,
	.exit = annex_testblk_exit,
	.test_cases = bio_race_cases,
};

kunit_test_suite(annex_blk_race_suite);
