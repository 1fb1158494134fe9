// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of poison and owner records. The log shows "memory corruption" and
 * "single bit error" for the frames that tests write to while they are free;
 * they are meant to be there.
 */
#include <linux/jump_label.h>
#include <linux/poison.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/seq_file.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#include "base/show.h"
#include "host/frame.h"
#include "lib/testpool.h"
#include "page/debug.h"
#include "page/owner.h"
#include "page/page_alloc.h"

/* 16 MB of DMA, 8 MB of Normal, 8 MB of HighMem. */
#define TEST_POOL							\
	.start = 5ULL << 30, .nr_pages = 8192, .lowmem_pages = 6144,	\
	.reserved_pages = 256

static const struct annex_testpool poisoned = {
	TEST_POOL, .contents = true, .poison = true,
};

static const struct annex_testpool owned = {
	TEST_POOL, .page_owner = true,
};

static const struct annex_testpool both = {
	TEST_POOL, .contents = true, .poison = true, .page_owner = true,
};

#define POISON	(PAGE_POISON * 0x01010101U)

static annex_pfn_t pfn_of(const struct annex *annex,
			  const struct annex_page *page)
{
	return page - annex->frames.mem_map;
}

static struct annex_page *take(struct kunit *test, struct annex *annex,
			       gfp_t gfp, unsigned int order)
{
	struct annex_page *page;

	KUNIT_ASSERT_EQ(test,
			annex_block_alloc(&annex->frames, gfp, order, &page),
			0);
	return page;
}

static void give(struct kunit *test, struct annex *annex,
		 struct annex_page *page, unsigned int order)
{
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, order), 0);
}

static unsigned long corrupt(struct annex *annex)
{
	return annex_test_event(annex, ANNEX_POISON_CORRUPT);
}

static void flip(struct annex *annex, annex_pfn_t pfn, unsigned int offset,
		 u8 bits)
{
	unsigned long host_pfn = annex->frames.base_pfn + pfn;
	u8 byte;

	annex_frame_read(&annex->host, host_pfn, offset, &byte, 1);
	byte ^= bits;
	annex_frame_write(&annex->host, host_pfn, offset, &byte, 1);
}

static int mismatch(struct annex *annex, annex_pfn_t pfn, u32 value)
{
	u32 found;

	return annex_frame_mismatch(&annex->host, annex->frames.base_pfn + pfn,
				    value, &found);
}

static void debug_poison_is_in_all_free_frames(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &poisoned);
	unsigned int bad = 0;
	annex_pfn_t pfn;

	for (pfn = 0; pfn < annex->frames.nr_pages; pfn++)
		if (annex_page_state(annex->frames.mem_map + pfn) !=
		    ANNEX_PAGE_RESERVED)
			bad += mismatch(annex, pfn, POISON) >= 0;
	KUNIT_EXPECT_EQ(test, bad, 0U);
	annex_test_validate(test, annex);
}

struct request {
	const char *name;
	gfp_t gfp;
	unsigned int order;
};

static const struct request requests[] = {
	{ "a lowmem frame", GFP_KERNEL, 0 },
	{ "a high frame", GFP_HIGHUSER, 0 },
	{ "an atomic one", GFP_ATOMIC, 0 },
	{ "eight lowmem frames", GFP_KERNEL, 3 },
	{ "eight high frames", GFP_HIGHUSER, 3 },
	{ "2 MB", GFP_KERNEL, 9 },
	{ "4 MB", GFP_HIGHUSER, 10 },
};

static void request_name(const struct request *r, char *desc)
{
	strscpy(desc, r->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(request, requests, request_name);

/* Allocate until the frame comes that was written to; it is the first. */
static void expect_found(struct kunit *test, struct annex *annex,
			 const struct request *r, annex_pfn_t pfn)
{
	struct annex_page *page = take(test, annex, r->gfp, r->order);

	KUNIT_EXPECT_EQ(test, pfn_of(annex, page), pfn);
	KUNIT_EXPECT_EQ(test, corrupt(annex), 1UL);
	give(test, annex, page, r->order);

	/* Freed, it is poisoned again: what was found is not found twice. */
	give(test, annex, take(test, annex, r->gfp, r->order), r->order);
	KUNIT_EXPECT_EQ(test, corrupt(annex), 1UL);
}

static void debug_poison_finds_a_flipped_bit(struct kunit *test)
{
	const struct request *r = test->param_value;
	struct annex *annex = annex_testpool(test, &poisoned);
	struct annex_page *page = take(test, annex, r->gfp, r->order);
	annex_pfn_t pfn = pfn_of(annex, page);

	/* Its owner may write what he likes. */
	flip(annex, pfn, 7, 0xff);
	give(test, annex, page, r->order);
	KUNIT_EXPECT_EQ(test, corrupt(annex), 0UL);

	flip(annex, pfn + (1U << r->order) - 1, PAGE_SIZE - 1, 0x10);
	expect_found(test, annex, r, pfn);
	annex_test_validate(test, annex);
}

/* The frames of one block, damaged each in its way, are counted apart. */
static void debug_poison_counts_frames(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &poisoned);
	struct annex_page *page = take(test, annex, GFP_HIGHUSER, 2);
	annex_pfn_t pfn = pfn_of(annex, page);
	unsigned int i;

	give(test, annex, page, 2);
	flip(annex, pfn, 0, 0x01);
	for (i = 100; i < 200; i++)
		flip(annex, pfn + 1, i, 0xff);
	flip(annex, pfn + 3, 0, 0xff);
	flip(annex, pfn + 3, PAGE_SIZE - 1, 0xff);
	page = take(test, annex, GFP_HIGHUSER, 2);
	KUNIT_EXPECT_EQ(test, pfn_of(annex, page), pfn);
	KUNIT_EXPECT_EQ(test, corrupt(annex), 3UL);
	/* Handed out as they are. */
	KUNIT_EXPECT_EQ(test, mismatch(annex, pfn, POISON), 0);
	KUNIT_EXPECT_EQ(test, mismatch(annex, pfn + 1, POISON), 25);
	KUNIT_EXPECT_EQ(test, mismatch(annex, pfn + 2, POISON), -1);
	give(test, annex, page, 2);
	annex_test_validate(test, annex);
}

/* The log is spared, the counter is not. */
static void debug_poison_in_a_loop_is_counted_in_full(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &poisoned);
	unsigned int i;

	for (i = 0; i < 100; i++) {
		struct annex_page *page = take(test, annex, GFP_KERNEL, 0);

		give(test, annex, page, 0);
		flip(annex, pfn_of(annex, page), i, 0x80);
	}
	give(test, annex, take(test, annex, GFP_KERNEL, 0), 0);
	KUNIT_EXPECT_EQ(test, corrupt(annex), 100UL);
	annex_test_validate(test, annex);
}

static void debug_poison_is_looked_at_before_zeroing(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &poisoned);
	struct annex_page *page = take(test, annex, GFP_KERNEL, 1);
	annex_pfn_t pfn = pfn_of(annex, page);

	give(test, annex, page, 1);
	flip(annex, pfn + 1, 2048, 0x40);
	page = take(test, annex, GFP_KERNEL | __GFP_ZERO, 1);
	KUNIT_EXPECT_EQ(test, corrupt(annex), 1UL);
	KUNIT_EXPECT_EQ(test, mismatch(annex, pfn, 0), -1);
	KUNIT_EXPECT_EQ(test, mismatch(annex, pfn + 1, 0), -1);
	give(test, annex, page, 1);
	KUNIT_EXPECT_EQ(test, mismatch(annex, pfn, POISON), -1);
	annex_test_validate(test, annex);
}

/* Dropping the last reference frees, and nothing before it does. */
static void debug_poison_waits_for_the_last_user(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &both);
	struct annex_page *page = take(test, annex, GFP_HIGHUSER, 0);
	annex_pfn_t pfn = pfn_of(annex, page);
	struct annex_owner rec;

	annex_frame_fill(&annex->host, annex->frames.base_pfn + pfn,
			 0x12345678);
	KUNIT_EXPECT_EQ(test, __annex_get_page(&annex->frames, page), 0);
	give(test, annex, page, 0);
	KUNIT_EXPECT_EQ(test, mismatch(annex, pfn, 0x12345678), -1);
	KUNIT_ASSERT_TRUE(test, annex_owner_read(&annex->frames, pfn, &rec));
	KUNIT_EXPECT_EQ(test, (int)rec.state, (int)ANNEX_OWNER_ALLOCATED);
	KUNIT_EXPECT_EQ(test, __annex_put_page(&annex->frames, page), 0);
	KUNIT_EXPECT_EQ(test, mismatch(annex, pfn, POISON), -1);
	KUNIT_ASSERT_TRUE(test, annex_owner_read(&annex->frames, pfn, &rec));
	KUNIT_EXPECT_EQ(test, (int)rec.state, (int)ANNEX_OWNER_FREED);
	annex_test_validate(test, annex);
}

/* UML finds no way up its stacks unless it has frame pointers. */
static bool stacks_are_known(void)
{
	unsigned long entries[4];

	return IS_ENABLED(CONFIG_STACKDEPOT) &&
	       stack_trace_save(entries, ARRAY_SIZE(entries), 0);
}

static void debug_owner_is_who_allocates(struct kunit *test)
{
	const struct request *r = test->param_value;
	struct annex *annex = annex_testpool(test, &owned);
	u64 before = local_clock();
	struct annex_page *page = take(test, annex, r->gfp, r->order);
	annex_pfn_t pfn = pfn_of(annex, page);
	struct annex_owner rec;

	KUNIT_ASSERT_TRUE(test, annex_owner_read(&annex->frames, pfn, &rec));
	KUNIT_EXPECT_EQ(test, (int)rec.state, (int)ANNEX_OWNER_ALLOCATED);
	KUNIT_EXPECT_EQ(test, (unsigned int)rec.order, r->order);
	KUNIT_EXPECT_TRUE(test, rec.gfp_mask == r->gfp);
	KUNIT_EXPECT_EQ(test, rec.pid, current->pid);
	KUNIT_EXPECT_EQ(test, rec.tgid, current->tgid);
	KUNIT_EXPECT_STREQ(test, rec.comm, current->comm);
	KUNIT_EXPECT_GE(test, rec.ts_nsec, before);
	KUNIT_EXPECT_LE(test, rec.ts_nsec, local_clock());
	KUNIT_EXPECT_EQ(test, rec.handle != 0, stacks_are_known());
	KUNIT_EXPECT_EQ(test, rec.free_ts_nsec, 0ULL);
	KUNIT_EXPECT_EQ(test, rec.free_handle, 0U);

	give(test, annex, page, r->order);
	KUNIT_ASSERT_TRUE(test, annex_owner_read(&annex->frames, pfn, &rec));
	KUNIT_EXPECT_EQ(test, (int)rec.state, (int)ANNEX_OWNER_FREED);
	KUNIT_EXPECT_GE(test, rec.free_ts_nsec, rec.ts_nsec);
	KUNIT_EXPECT_EQ(test, rec.free_handle != 0, stacks_are_known());
	KUNIT_EXPECT_EQ(test, rec.free_handle != rec.handle,
			stacks_are_known());
	annex_test_validate(test, annex);
}

/* What the record said of the last free stays when the block has a new owner. */
static void debug_owner_keeps_the_last_free(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &owned);
	struct annex_page *page = take(test, annex, GFP_KERNEL, 0);
	annex_pfn_t pfn = pfn_of(annex, page);
	struct annex_owner first, second;

	give(test, annex, page, 0);
	KUNIT_ASSERT_TRUE(test, annex_owner_read(&annex->frames, pfn, &first));
	KUNIT_ASSERT_EQ(test, pfn_of(annex, take(test, annex, GFP_ATOMIC, 0)),
			pfn);
	KUNIT_ASSERT_TRUE(test, annex_owner_read(&annex->frames, pfn, &second));
	KUNIT_EXPECT_EQ(test, second.free_ts_nsec, first.free_ts_nsec);
	KUNIT_EXPECT_EQ(test, second.free_handle, first.free_handle);
	KUNIT_EXPECT_GE(test, second.ts_nsec, first.free_ts_nsec);
	KUNIT_EXPECT_TRUE(test, second.gfp_mask == GFP_ATOMIC);
	give(test, annex, page, 0);
}

static void record(struct annex *annex, annex_pfn_t pfn, unsigned int order,
		   u64 when)
{
	annex->frames.owner[pfn].state = ANNEX_OWNER_FREED;
	annex->frames.owner[pfn].order = order;
	annex->frames.owner[pfn].ts_nsec = when;
}

/*
 *	 1024                      1032
 *	 |o3, t=5                  |o0, t=9
 *	 |        |o1, t=7         |
 *	 |o0 ... later, t=8        |
 */
static void debug_owner_of_an_inner_frame_is_the_latest(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &owned);

	KUNIT_EXPECT_EQ(test, annex_owner_find(&annex->frames, 1024),
			ANNEX_PFN_NIL);
	record(annex, 1024, 3, 5);
	KUNIT_EXPECT_EQ(test, annex_owner_find(&annex->frames, 1024), 1024U);
	KUNIT_EXPECT_EQ(test, annex_owner_find(&annex->frames, 1031), 1024U);
	KUNIT_EXPECT_EQ(test, annex_owner_find(&annex->frames, 1032),
			ANNEX_PFN_NIL);
	record(annex, 1028, 1, 7);
	KUNIT_EXPECT_EQ(test, annex_owner_find(&annex->frames, 1027), 1024U);
	KUNIT_EXPECT_EQ(test, annex_owner_find(&annex->frames, 1029), 1028U);
	KUNIT_EXPECT_EQ(test, annex_owner_find(&annex->frames, 1030), 1024U);
	record(annex, 1024, 10, 8);
	KUNIT_EXPECT_EQ(test, annex_owner_find(&annex->frames, 1029), 1024U);
	KUNIT_EXPECT_EQ(test, annex_owner_find(&annex->frames, 2047), 1024U);
	record(annex, 1024, 0, 9);
	KUNIT_EXPECT_EQ(test, annex_owner_find(&annex->frames, 1025),
			ANNEX_PFN_NIL);
	KUNIT_EXPECT_EQ(test, annex_owner_find(&annex->frames, 1029), 1028U);
}

static struct seq_file *open_file(struct kunit *test, struct annex *annex)
{
	struct seq_file *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->size = PAGE_SIZE;
	m->buf = kunit_kzalloc(test, m->size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m->buf);
	m->private = annex;
	return m;
}

/* What follows the first two lines is addresses, to an empty line. */
static void expect_stack(struct kunit *test, const char *text)
{
	unsigned int lines = 0;

	for (; *text == ' '; lines++)
		text = strchrnul(text, '\n') + 1;
	KUNIT_EXPECT_EQ(test, lines > 3, stacks_are_known());
	KUNIT_EXPECT_STREQ(test, text, "\n");
}

static void debug_page_owner_has_the_kernels_grammar(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &owned);
	struct annex_page *page = take(test, annex, GFP_HIGHUSER_MOVABLE |
				       __GFP_COMP, 3);
	annex_pfn_t pfn = pfn_of(annex, page);
	struct seq_file *m = open_file(test, annex);
	char *text = kunit_kzalloc(test, 512, GFP_KERNEL);
	struct annex_owner rec;
	loff_t pos = 0;
	void *v = annex_page_owner_sops.start(m, &pos);

	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_ASSERT_NOT_NULL(test, v);
	KUNIT_EXPECT_EQ(test, annex_page_owner_sops.show(m, v), 0);
	KUNIT_ASSERT_TRUE(test, annex_owner_read(&annex->frames, pfn, &rec));
	snprintf(text, 512,
		 "Page allocated via order 3, mask %#x(%pGg), pid %d, tgid %d (%s), ts %llu ns, free_ts 0 ns\nPFN %u type Movable Block %u type Movable Flags 0x20(head|zone=HighMem)\n",
		 (__force unsigned int)rec.gfp_mask, &rec.gfp_mask,
		 current->pid, current->tgid, current->comm, rec.ts_nsec, pfn,
		 pfn >> 9);
	KUNIT_ASSERT_LT(test, m->count, m->size);
	KUNIT_ASSERT_GT(test, m->count, strlen(text));
	KUNIT_EXPECT_TRUE_MSG(test, !strncmp(m->buf, text, strlen(text)),
			      "%s is not %s", m->buf, text);
	expect_stack(test, m->buf + strlen(text));
	KUNIT_EXPECT_NULL(test, annex_page_owner_sops.next(m, v, &pos));
	annex_page_owner_sops.stop(m, NULL);
	give(test, annex, page, 3);
}

/* A task may call itself whatever it likes: the file has a line for it. */
static void debug_page_owner_escapes_names(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &owned);
	struct annex_page *page = take(test, annex, GFP_KERNEL, 0);
	struct annex_owner *rec = annex->frames.owner + pfn_of(annex, page);
	struct seq_file *m = open_file(test, annex);
	loff_t pos = 0;
	void *v = annex_page_owner_sops.start(m, &pos);

	KUNIT_ASSERT_NOT_NULL(test, v);
	strscpy(rec->comm, "a\n\nPFN 7", sizeof(rec->comm));
	KUNIT_EXPECT_EQ(test, annex_page_owner_sops.show(m, v), 0);
	KUNIT_ASSERT_LT(test, m->count, m->size);
	KUNIT_EXPECT_NOT_NULL(test, strstr(m->buf, " (a\\n\\nPFN 7), ts "));
	annex_page_owner_sops.stop(m, NULL);
	give(test, annex, page, 0);
}

/* How many blocks the file has, read anew for each as a slow reader does. */
static unsigned int count_owned(struct kunit *test, struct annex *annex)
{
	struct seq_file *m = open_file(test, annex);
	unsigned int n = 0;
	loff_t pos = 0;
	void *v;

	for (;;) {
		loff_t was = pos;

		v = annex_page_owner_sops.start(m, &pos);
		if (!v)
			break;
		KUNIT_EXPECT_GE(test, pos, was);
		m->count = 0;
		KUNIT_EXPECT_EQ(test, annex_page_owner_sops.show(m, v), 0);
		n++;
		was = pos;
		annex_page_owner_sops.next(m, v, &pos);
		KUNIT_ASSERT_GT(test, pos, was);
		annex_page_owner_sops.stop(m, NULL);
	}
	return n;
}

#define HELD	64

static void debug_page_owner_streams_every_block(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &owned);
	struct annex_page *page[HELD];
	unsigned int i;

	KUNIT_EXPECT_EQ(test, count_owned(test, annex), 0U);
	for (i = 0; i < HELD; i++)
		page[i] = take(test, annex, i % 2 ? GFP_KERNEL : GFP_HIGHUSER,
			       i % 5);
	KUNIT_EXPECT_EQ(test, count_owned(test, annex), (unsigned int)HELD);
	for (i = 0; i < HELD; i += 2)
		give(test, annex, page[i], i % 5);
	KUNIT_EXPECT_EQ(test, count_owned(test, annex), HELD / 2U);
	for (i = 1; i < HELD; i += 2)
		give(test, annex, page[i], i % 5);
	KUNIT_EXPECT_EQ(test, count_owned(test, annex), 0U);
	annex_test_validate(test, annex);
}

/* The log line of a refusal has the frame's owner; the pool stays valid. */
static void debug_owner_is_named_in_refusals(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &owned);
	struct annex_page *page = take(test, annex, GFP_KERNEL, 3);

	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page + 1, 0),
			-EINVAL);
	give(test, annex, page, 3);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 3),
			-EALREADY);
	KUNIT_EXPECT_EQ(test,
			annex_block_free(&annex->frames, annex->frames.mem_map,
					 0),
			-EPERM);
	annex_test_validate(test, annex);
}

/* Pools go with their test, so that the next one begins with none. */
static void debug_key_is_on_while_a_pool_is_watched(struct kunit *test)
{
	static const struct annex_testpool plain = { TEST_POOL };
	/* Without contents: address space is dear. */
	static const struct annex_testpool owned = {
		TEST_POOL, .page_owner = true,
	};

	KUNIT_EXPECT_EQ(test, static_key_count(&annex_debug_key.key), 0);
	annex_testpool(test, &plain);
	KUNIT_EXPECT_EQ(test, static_key_count(&annex_debug_key.key), 0);
	annex_testpool(test, &poisoned);
	annex_testpool(test, &owned);
	KUNIT_EXPECT_EQ(test, static_key_count(&annex_debug_key.key), 2);
}

/* While another pool is watched, one that is not has no poison either. */
static void debug_key_leaves_other_pools_alone(struct kunit *test)
{
	static const struct annex_testpool plain = {
		TEST_POOL, .contents = true,
	};
	struct annex *annex = annex_testpool(test, &plain);
	struct annex_page *page;

	KUNIT_EXPECT_EQ(test, static_key_count(&annex_debug_key.key), 0);
	annex_testpool(test, &both);
	page = take(test, annex, GFP_KERNEL | __GFP_ZERO, 0);
	give(test, annex, page, 0);
	KUNIT_EXPECT_EQ(test, mismatch(annex, pfn_of(annex, page), 0), -1);
	KUNIT_EXPECT_EQ(test, corrupt(annex), 0UL);
}

struct held {
	struct annex_page *page;
	unsigned int order;
};

static void toggle(struct kunit *test, struct annex *annex,
		   struct rnd_state *rnd, struct held *h)
{
	static const gfp_t gfps[] = {
		GFP_KERNEL, GFP_HIGHUSER, GFP_ATOMIC, GFP_HIGHUSER_MOVABLE,
		GFP_KERNEL | __GFP_ZERO, GFP_HIGHUSER | __GFP_COMP,
	};
	gfp_t gfp = gfps[annex_test_below(rnd, ARRAY_SIZE(gfps))];

	if (h->page) {
		give(test, annex, h->page, h->order);
		h->page = NULL;
		return;
	}
	h->order = annex_test_below(rnd, 6);
	if (annex_block_alloc(&annex->frames, gfp | __GFP_NOWARN, h->order,
			      &h->page))
		return;
	/* An owner's writes are his own business. */
	flip(annex, pfn_of(annex, h->page) +
		    annex_test_below(rnd, 1U << h->order),
	     annex_test_below(rnd, PAGE_SIZE), 0x5a);
}

static void debug_random_load_is_clean(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &both);
	unsigned long free = annex_test_free_pages(annex);
	struct held *held = kunit_kcalloc(test, HELD, sizeof(*held),
					  GFP_KERNEL);
	unsigned int i, nr = 0;
	struct rnd_state rnd;

	KUNIT_ASSERT_NOT_NULL(test, held);
	annex_test_seed(test, &rnd);
	for (i = 0; i < 5000; i++)
		toggle(test, annex, &rnd,
		       &held[annex_test_below(&rnd, HELD)]);
	for (i = 0; i < HELD; i++)
		nr += !!held[i].page;
	KUNIT_EXPECT_EQ(test, count_owned(test, annex), nr);
	for (i = 0; i < HELD; i++)
		if (held[i].page)
			give(test, annex, held[i].page, held[i].order);
	KUNIT_EXPECT_EQ(test, count_owned(test, annex), 0U);
	KUNIT_EXPECT_EQ(test, corrupt(annex), 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

static struct kunit_case debug_cases[] = {
	KUNIT_CASE(debug_key_is_on_while_a_pool_is_watched),
	KUNIT_CASE(debug_key_leaves_other_pools_alone),
	KUNIT_CASE(debug_poison_is_in_all_free_frames),
	KUNIT_CASE_PARAM(debug_poison_finds_a_flipped_bit, request_gen_params),
	KUNIT_CASE(debug_poison_counts_frames),
	KUNIT_CASE(debug_poison_in_a_loop_is_counted_in_full),
	KUNIT_CASE(debug_poison_is_looked_at_before_zeroing),
	KUNIT_CASE(debug_poison_waits_for_the_last_user),
	KUNIT_CASE_PARAM(debug_owner_is_who_allocates, request_gen_params),
	KUNIT_CASE(debug_owner_keeps_the_last_free),
	KUNIT_CASE(debug_owner_of_an_inner_frame_is_the_latest),
	KUNIT_CASE(debug_page_owner_has_the_kernels_grammar),
	KUNIT_CASE(debug_page_owner_escapes_names),
	KUNIT_CASE(debug_page_owner_streams_every_block),
	KUNIT_CASE(debug_owner_is_named_in_refusals),
	KUNIT_CASE(debug_random_load_is_clean),
	{}
};

static struct kunit_suite annex_debug_suite = {
	.name = "annex_debug",
	.test_cases = debug_cases,
};

kunit_test_suite(annex_debug_suite);
