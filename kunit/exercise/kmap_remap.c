// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a TLB says of kmap(): threads on all CPUs map random ones of more
 * stamped frames than the table has slots, so that each address shows another
 * frame again and again. A CPU that still has the translation of the frame
 * before reads the wrong stamp.
 *
 * A thread keeps a few mappings for a while, and looks at them again at the
 * end: an address must not change below its user either.
 */
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sched.h>

#include <annex/highmem.h>

#include "api/tests.h"
#include "exercise.h"

/*
 * Mappings that a thread has at once: at most, so that two do not wait for each
 * other for ever, half of the least table but one; by default few, and then
 * most slots are unused, and are invalidated together. With many, a few are.
 */
#define HELD_MAX	31
#define HELD_DEFAULT	4

#define THREADS_MAX	8

struct remapper {
	struct rnd_state rnd;
	struct annex_page **pages;
	u32 nr_pages;
	u32 key;
	u32 ops;
	u32 remaps;
	u32 calls;
	u32 held;
	struct annex_page *page[HELD_MAX];
	void *addr[HELD_MAX];
};

static int check(struct remapper *r, unsigned int i, const char *when)
{
	annex_pfn_t pfn = annex_page_to_pfn(r->page[i]);

	if (exercise_has_stamp(r->addr[i], pfn, r->key))
		return 0;
	exercise_say("%s, after %u calls, 0x%08lx does not show frame %#x\n",
		     when, r->calls, (unsigned long)r->addr[i], pfn);
	return -EBADMSG;
}

static int put(struct remapper *r, unsigned int i)
{
	int err, err_unmap;

	if (!r->page[i])
		return 0;
	err = check(r, i, "before kunmap()");
	err_unmap = annex_kunmap(r->page[i]);
	r->page[i] = NULL;
	return err ?: err_unmap;
}

/* What has an address already is not remapped; it counts as a call only. */
static int get(struct remapper *r, unsigned int i)
{
	struct annex_page *page;

	page = r->pages[prandom_u32_state(&r->rnd) % r->nr_pages];
	r->calls++;
	r->remaps += !annex_page_address(page);
	r->addr[i] = annex_kmap(page);
	if (!r->addr[i])
		return -ENOMEM;
	r->page[i] = page;
	return check(r, i, "after kmap()");
}

static int work(void *data)
{
	struct remapper *r = data;
	unsigned int i = 0;
	int err = 0, err_put;

	while (r->remaps < r->ops && !err) {
		i = (i + 1) % r->held;
		err = put(r, i);
		if (!err)
			err = get(r, i);
		cond_resched();
	}
	for (i = 0; i < r->held; i++) {
		err_put = put(r, i);
		err = err ?: err_put;
	}
	return err;
}

static void init(struct remapper *r, const struct exercise_args *args,
		 struct annex_page **pages, u32 seed)
{
	u32 i;

	for (i = 0; i < args->threads; i++, r++) {
		prandom_seed_state(&r->rnd, seed + i);
		r->pages = pages;
		r->nr_pages = args->pages;
		r->key = seed;
		r->ops = args->ops / args->threads;
		r->held = args->held ?: HELD_DEFAULT;
	}
}

static int run(const struct exercise_args *args, struct annex_page **pages,
	       u32 seed)
{
	struct remapper *r = kvcalloc(args->threads, sizeof(*r), GFP_KERNEL);
	u32 i, remaps = 0, calls = 0;
	ktime_t start = ktime_get();
	int err;

	if (!r)
		return -ENOMEM;
	init(r, args, pages, seed);
	err = exercise_run_threads(args->threads, args->threads, work, r,
				   sizeof(*r));
	for (i = 0; i < args->threads; i++) {
		remaps += r[i].remaps;
		calls += r[i].calls;
	}
	exercise_say("%u remaps of %u calls in %lld ms\n", remaps, calls,
		     ktime_ms_delta(ktime_get(), start));
	kvfree(r);
	return err;
}

/**
 * exercise_kmap_remap() - map frames where others were mapped
 * @args: ops: remaps, of all threads together; threads; pages: frames; held:
 *	mappings of a thread at once; seed; keep_tlb: 1 to leave TLBs alone,
 *	which must be found
 *
 * Context: process.
 * Return: 0; -EBADMSG if an address showed another frame; -ENOMEM; -EINVAL.
 */
int exercise_kmap_remap(const struct exercise_args *args)
{
	u32 seed = exercise_seed(args);
	struct annex_page **pages;
	int err, err_drop;

	if (!args->pages || !args->threads || args->threads > THREADS_MAX ||
	    args->held > HELD_MAX)
		return -EINVAL;
	exercise_say("kmap_remap ops=%u seed=%u threads=%u pages=%u\n",
		     args->ops, seed, args->threads, args->pages);
	pages = exercise_take_frames(args->pages, seed);
	if (!pages)
		return -ENOMEM;
	annex_keep_tlb(args->keep_tlb);
	err = run(args, pages, seed);
	annex_keep_tlb(false);
	err_drop = exercise_drop_frames(pages, args->pages, seed);
	return err ?: err_drop;
}
