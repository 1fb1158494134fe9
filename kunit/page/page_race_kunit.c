// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two threads, on two CPUs if there are as many, change the descriptor of one
 * frame at the same moment, over and over: they store a value, set a flag, tie a
 * folio, take and drop references, free. After each round the descriptor must be
 * as if one of them had come first.
 *
 *   main    prepare --> meet --> wait --> one side --> meet --> check
 *   other               meet --> wait --> other side --> meet
 *
 * Each waits for a random moment after the first meeting, so that over the rounds
 * every step of one side meets every step of the other. With one CPU they take
 * turns, and only what each does alone is tested.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "heap/desc.h"
#include "heap/heap.h"
#include "heap/kmalloc.h"
#include "heap/kmalloc_fast.h"
#include "heap/rcu.h"
#include "lib/testpool.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "reclaim/folio.h"
#include "reclaim/folio_slab.h"

#define ROUNDS	5000

/* Where CPUs take turns, as in some emulators, a meeting takes a time slice. */
#define MOST_TIME	(5 * HZ)

/* Some hundred instructions: what a side takes for its work. */
#define MOST_DELAY	64

struct race;

/**
 * struct race_case - what meets what
 * @name: in words
 * @prepare: make @page, before each round; NULL for a frame of HighMem
 * @main: one side
 * @other: the other side
 * @check: NULL if the round ended as it should, else what is wrong; gives back
 *	what is left
 */
struct race_case {
	const char *name;
	void (*prepare)(struct race *r);
	void (*main)(struct race *r);
	void (*other)(struct race *r);
	const char *(*check)(struct race *r);
};

struct race {
	const struct race_case *c;
	struct annex *annex;
	struct annex_page *page;
	struct annex_folio *folio;
	void *object;
	u32 value;
	int main_err;
	int other_err;
	unsigned long seen;
	bool missing;
	unsigned int rounds;
	bool over;
	unsigned int delay[2];
	atomic_t met;
	struct completion done;
};

static void meet(struct race *r, unsigned int nth)
{
	atomic_inc_return_release(&r->met);
	while (atomic_read_acquire(&r->met) < 2 * nth)
		cond_resched();
}

static void wait(unsigned int delay)
{
	while (delay--)
		cpu_relax();
}

static int other_side(void *arg)
{
	struct race *r = arg;
	unsigned int i;

	for (i = 0;; i++) {
		meet(r, 2 * i + 1);
		if (r->over)
			break;
		wait(r->delay[1]);
		r->c->other(r);
		meet(r, 2 * i + 2);
	}
	complete(&r->done);
	return 0;
}

static void free_block(struct race *r)
{
	annex_block_free(&r->annex->frames, r->page, annex_page_order(r->page));
}

static void take_frame(struct race *r)
{
	r->page = annex_test_alloc(r->annex, GFP_HIGHUSER | __GFP_NOFAIL, 0);
}

/* A frame with a value, which none of what follows may lose. */
static void take_frame_with_value(struct race *r)
{
	take_frame(r);
	__annex_set_page_private(&r->annex->frames, r->page, r->value);
}

static void take_pair(struct race *r)
{
	r->page = annex_test_alloc(r->annex, GFP_HIGHUSER | __GFP_NOFAIL, 1);
}

static void take_folio(struct race *r)
{
	take_frame(r);
	__annex_folio_attach(&r->annex->frames, r->page, GFP_KERNEL, &r->folio);
}

static void store(struct race *r)
{
	r->main_err =
		__annex_set_page_private(&r->annex->frames, r->page, r->value);
}

static void store_and_flag(struct race *r)
{
	store(r);
	annex_page_set_bit(r->page, ANNEX_PG_PRIVATE);
}

static void read_often(struct race *r)
{
	unsigned int i;

	r->seen = r->value;
	for (i = 0; i < 8 && r->seen == r->value; i++)
		r->seen = __annex_page_private(&r->annex->frames, r->page);
}

/* Tie a folio. If another thread was first, its folio is there to be found. */
static int attach_or_find(struct race *r, struct annex_folio **foliop)
{
	int err = __annex_folio_attach(&r->annex->frames, r->page, GFP_KERNEL,
				       foliop);

	if (err == -EEXIST && !annex_head_folio(&r->annex->frames, r->page))
		WRITE_ONCE(r->missing, true);
	return err;
}

static void attach(struct race *r)
{
	r->other_err = attach_or_find(r, &r->folio);
}

static void attach_too(struct race *r)
{
	struct annex_folio *folio;

	r->main_err = attach_or_find(r, &folio);
}

static void detach(struct race *r)
{
	r->other_err = __annex_folio_detach(&r->annex->frames, r->folio);
}

static void flag(struct race *r)
{
	r->main_err = annex_page_set_bit(r->page, ANNEX_PG_PRIVATE);
}

/* Does the folio that was tied name the block, and the block the folio? */
static const char *tied(const struct race *r)
{
	u32 nr = annex_folio_slab_nr(&r->annex->frames, r->folio);

	if (annex_head_folio(&r->annex->frames, r->page) != r->folio)
		return "the block does not name its folio";
	if ((r->page->link & ANNEX_LINK_VALUE_MASK) != nr)
		return "the link word is not the folio's number";
	return r->folio->pfn == r->page - r->annex->frames.mem_map ?
		       NULL :
		       "the folio is another block's";
}

static const char *has_value(const struct race *r)
{
	return __annex_page_private(&r->annex->frames, r->page) == r->value ?
		       NULL :
		       "the value is lost";
}

static const char *tied_with_value(struct race *r)
{
	const char *wrong = r->main_err || r->other_err ? "refused" : tied(r);

	wrong = wrong ?: has_value(r);
	free_block(r);
	return wrong;
}

/* Either the flag came first and there is no folio, or that has the value. */
static const char *tied_or_flagged(struct race *r)
{
	const char *wrong = has_value(r);

	if (r->main_err)
		wrong = "the value was refused";
	else if (!r->other_err)
		wrong = wrong ?: tied(r);
	else if (r->other_err != -EBUSY ||
		 annex_page_test_flag(r->page, ANNEX_PG_FOLIO))
		wrong = "the tie failed, and not because of the flag";
	annex_page_clear_bit(r->page, ANNEX_PG_PRIVATE);
	free_block(r);
	return wrong;
}

static const char *read_the_value(struct race *r)
{
	const char *wrong = r->seen == r->value ?
				    NULL : "what was read is no private value";

	free_block(r);
	return r->other_err ? "refused" : wrong;
}

static const char *tied_once(struct race *r)
{
	const char *wrong = NULL;

	if (!r->main_err == !r->other_err)
		wrong = "two ties of one block";
	else if ((r->main_err ?: r->other_err) != -EEXIST)
		wrong = "refused";
	else if (r->missing)
		wrong = "told of a folio that was not there yet";
	else if (!r->other_err)
		wrong = tied(r);
	free_block(r);
	return wrong;
}

static const char *untied_or_flagged(struct race *r)
{
	const char *wrong = NULL;

	if (r->other_err)
		wrong = r->other_err == -EBUSY ? tied(r) : "refused";
	else if (r->page->link & ANNEX_LINK_VALUE_MASK)
		wrong = "the link word still has the folio's number";
	annex_page_clear_bit(r->page, ANNEX_PG_PRIVATE);
	free_block(r);
	return wrong;
}

/* The owner's own calls; none may fail, whatever others are told. */
static void get_and_put(struct race *r)
{
	unsigned int i;

	r->main_err = 0;
	for (i = 0; i < 4 && !r->main_err; i++)
		r->main_err =
			__annex_get_page(&r->annex->frames, r->page) ?:
				__annex_put_page(&r->annex->frames, r->page);
}

static void free_as_owner(struct race *r)
{
	r->main_err = annex_block_free(&r->annex->frames, r->page, 0);
}

static void free_as_pair(struct race *r)
{
	r->other_err = annex_block_free(&r->annex->frames, r->page, 1);
}

static void free_in_bulk(struct race *r)
{
	struct annex_page *page = r->page;

	r->other_err = __annex_free_pages_bulk(&r->annex->frames, &page, 1);
}

static const char *owner_is_served(struct race *r)
{
	const char *wrong = NULL;

	if (r->main_err)
		wrong = "the owner's call failed";
	else if (r->other_err != -ERANGE)
		wrong = "the wrong order was not refused";
	free_block(r);
	return wrong;
}

/* Free already, if the owner was first: then there is no order to be wrong. */
static const char *owner_has_freed(struct race *r)
{
	if (r->main_err) {
		free_block(r);
		return "the owner's free failed";
	}
	return r->other_err == -ERANGE || r->other_err == -EALREADY ||
	       r->other_err == -EINVAL ?
		       NULL : "the wrong order was not refused";
}

/* A stale pointer: the frame is the heap's as soon as it is allocated again. */
static void take_heap_frame(struct race *r)
{
	r->object = __annex_kmalloc(&r->annex->heap, 3 * PAGE_SIZE, GFP_KERNEL);
	r->page = r->annex->frames.mem_map +
		  ((r->object - r->annex->frames.lowmem) >> PAGE_SHIFT);
	__annex_kfree(&r->annex->heap, r->object);
}

static void heap_takes_it_again(struct race *r)
{
	r->object = __annex_kmalloc(&r->annex->heap, 3 * PAGE_SIZE, GFP_KERNEL);
}

static void store_by_stale_pointer(struct race *r)
{
	unsigned int i;

	for (i = 0; i < 8; i++)
		annex_page_store_private(r->page, r->value);
}

static const char *heap_has_it(struct race *r)
{
	return __annex_kfree(&r->annex->heap, r->object) ?
		       "the heap does not know its own object" :
		       NULL;
}

/* What the callback of RCU needs: tests run one after the other. */
static struct annex *rcu_pool;

static void readers_gone(struct rcu_head *head)
{
	annex_rcu_done(&rcu_pool->heap, head);
}

/* Of 64 kB: when it is free, it is in a list and not at a CPU's hand. */
static void take_large(struct race *r)
{
	const size_t size = 40000;

	rcu_pool = r->annex;
	r->object = __annex_kmalloc(&r->annex->heap, size,
				    GFP_KERNEL | __GFP_NOWARN);
	if (!r->object) {
		/* All of it waits for readers. */
		rcu_barrier();
		r->object = __annex_kmalloc(&r->annex->heap, size, GFP_KERNEL);
	}
	r->page = r->annex->frames.mem_map +
		  ((r->object - r->annex->frames.lowmem) >> PAGE_SHIFT);
}

static void take_large_that_waits(struct race *r)
{
	take_large(r);
	annex_large_mark(r->page, ANNEX_HEAP_LARGE, ANNEX_HEAP_WAITS);
}

static void ask_for_size(struct race *r)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		__annex_ksize(&r->annex->heap, r->object);
}

static void resize_it(struct race *r)
{
	__annex_krealloc(&r->annex->heap, r->object, 50000, GFP_KERNEL);
}

static void free_object(struct race *r)
{
	r->main_err = __annex_kfree(&r->annex->heap, r->object);
}

static void free_object_often(struct race *r)
{
	unsigned int i;

	r->main_err = -EALREADY;
	for (i = 0; i < 16 && r->main_err; i++)
		r->main_err = __annex_kfree(&r->annex->heap, r->object);
}

static void free_object_too(struct race *r)
{
	r->other_err = __annex_kfree(&r->annex->heap, r->object);
}

static void free_object_later(struct race *r)
{
	r->other_err = __annex_kvfree_rcu(&r->annex->heap, r->object, r->object,
					  readers_gone);
}

static void call_back(struct race *r)
{
	annex_rcu_done(&r->annex->heap, r->object);
}

static const char *waits_or_gone(struct race *r)
{
	if (r->other_err)
		return "the owner's kfree_rcu() failed";
	return annex_heap_is_large(r->page) ?
		       "it is in use again, and nobody frees it" : NULL;
}

static const char *free_is_a_list(struct race *r)
{
	u32 link = READ_ONCE(r->page->link);

	if (r->other_err)
		return "the owner's kfree() failed";
	return annex_page_state(r->page) == ANNEX_PAGE_FREE &&
	       annex_link_kind(link) != ANNEX_LINK_LIST ?
		       "the list link of a free block is overwritten" : NULL;
}

static const char *freed_once(struct race *r)
{
	if (!r->main_err == !r->other_err) {
		/* The rcu_head is in the block, which must not be reused. */
		rcu_barrier();
		return "not exactly one of two frees succeeded";
	}
	return NULL;
}

static const char *freed_by_callback(struct race *r)
{
	if (!r->main_err)
		return "kfree() freed what waits for readers";
	return annex_heap_is(r->page, ANNEX_HEAP_OTHER) ?
		       "the callback freed nothing" : NULL;
}

static const struct race_case races[] = {
	{ "store a value, tie a folio", take_frame, store, attach,
	  tied_with_value },
	{ "store a value and set PRIVATE, tie a folio", take_frame,
	  store_and_flag, attach, tied_or_flagged },
	{ "set PRIVATE, tie a folio", take_frame_with_value, flag, attach,
	  tied_or_flagged },
	{ "read the value, tie a folio", take_frame_with_value, read_often,
	  attach, read_the_value },
	{ "tie a folio, tie a folio", take_frame, attach_too, attach,
	  tied_once },
	{ "set PRIVATE, detach the folio", take_folio, flag, detach,
	  untied_or_flagged },
	{ "get and put, free as a larger block", take_frame, get_and_put,
	  free_as_pair, owner_is_served },
	{ "get and put, free in bulk as a frame", take_pair, get_and_put,
	  free_in_bulk, owner_is_served },
	{ "free, free as a larger block", take_frame, free_as_owner,
	  free_as_pair, owner_has_freed },
	{ "kmalloc, store by a stale pointer", take_heap_frame,
	  heap_takes_it_again, store_by_stale_pointer, heap_has_it },
	{ "ksize, kfree_rcu", take_large, ask_for_size, free_object_later,
	  waits_or_gone },
	{ "krealloc, kfree_rcu", take_large, resize_it, free_object_later,
	  waits_or_gone },
	{ "ksize by a stale pointer, kfree", take_large, ask_for_size,
	  free_object_too, free_is_a_list },
	{ "kfree, kfree_rcu", take_large, free_object, free_object_later,
	  freed_once },
	{ "kfree, the callback of kfree_rcu", take_large_that_waits,
	  free_object_often, call_back, freed_by_callback },
};

static void race_desc(const struct race_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(race, races, race_desc);

static void one_round(struct kunit *test, struct race *r, struct rnd_state *rnd,
		      unsigned int i, unsigned int *bad)
{
	const char *wrong;

	r->value = annex_test_below(rnd, ANNEX_PFN_MASK) + 1;
	r->delay[0] = annex_test_below(rnd, MOST_DELAY);
	r->delay[1] = annex_test_below(rnd, MOST_DELAY);
	r->main_err = 0;
	r->other_err = 0;
	r->missing = false;
	r->c->prepare(r);
	meet(r, 2 * i + 1);
	wait(r->delay[0]);
	r->c->main(r);
	meet(r, 2 * i + 2);
	wrong = r->c->check(r);
	if (wrong && !(*bad)++)
		kunit_info(test, "round %u: %s\n", i, wrong);
}

static void run(struct kunit *test, struct race *r)
{
	struct task_struct *task = kthread_create(other_side, r, "annex-race");
	unsigned long end = jiffies + MOST_TIME;
	unsigned int i, bad = 0;
	struct rnd_state rnd;

	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	annex_test_seed(test, &rnd);
	set_cpus_allowed_ptr(current,
			     cpumask_of(cpumask_first(cpu_online_mask)));
	kthread_bind(task, cpumask_last(cpu_online_mask));
	wake_up_process(task);
	for (i = 0; i < r->rounds && time_before(jiffies, end); i++)
		one_round(test, r, &rnd, i, &bad);
	r->over = true;
	meet(r, 2 * i + 1);
	wait_for_completion(&r->done);
	if (bad)
		KUNIT_FAIL(test, "%u of %u rounds of \"%s\" ended wrong", bad, i,
			   r->c->name);
}

static void page_changed_by_two_is_as_if_one_came_first(struct kunit *test)
{
	static const struct annex_testpool pool = {
		.start = 5ULL << 30, .nr_pages = 8192, .lowmem_pages = 5120,
		.contents = true, .heap = true,
	};
	struct race *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, r);
	r->c = test->param_value;
	r->annex = annex_testpool(test, &pool);
	/* With one processor a meeting takes as long as a time slice. */
	r->rounds = num_online_cpus() > 1 ? ROUNDS : 10;
	init_completion(&r->done);
	run(test, r);
	rcu_barrier();
	annex_heap_shrink(&r->annex->heap);
	annex_test_free_pages(r->annex);
	KUNIT_EXPECT_EQ(test, annex_zones_used(&r->annex->frames), 0UL);
	annex_test_validate(test, r->annex);
}

static struct kunit_case page_race_cases[] = {
	KUNIT_CASE_PARAM(page_changed_by_two_is_as_if_one_came_first,
			 race_gen_params),
	{}
};

static struct kunit_suite annex_page_race_suite = {
	.name = "annex_page_race",
	.test_cases = page_race_cases,
};

kunit_test_suite(annex_page_race_suite);
