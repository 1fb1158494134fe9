// SPDX-License-Identifier: GPL-2.0-only
/*
 * More users of kmap() than it has slots. Each holds a mapping for a random
 * time, sleeps for a part of it, and then asks for another mapping. All must make
 * progress: if kunmap() loses a wake-up, threads wait for ever, and this
 * command does not end.
 *
 * A thread has one mapping at a time. Two might each hold one and want
 * another, and that no table can help.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sched.h>

#include <annex/highmem.h>

#include "exercise.h"

/* Some 16 of a table of 64 slots: kernel stacks of 8 MB. */
#define THREADS_MAX	1024

/* Mappings that stay; the frames are among those that are held. */
#define KEPT_MAX	64

static struct annex_page *kept[KEPT_MAX];
static u32 nr_kept;

struct holder {
	struct rnd_state rnd;
	struct annex_page **pages;
	u32 nr_pages;
	u32 key;
	u32 ops;
	u32 done;
	s64 longest;
};

/* Not at all, until others ran, or a few milliseconds. */
static void dally(struct holder *h)
{
	u32 r = prandom_u32_state(&h->rnd);

	switch (r % 4) {
	case 0:
		break;
	case 1:
		schedule();
		break;
	default:
		usleep_range(r / 4 % 3000, 3000);
	}
}

static int hold_one(struct holder *h)
{
	u32 nr = prandom_u32_state(&h->rnd) % h->nr_pages;
	struct annex_page *page = h->pages[nr];
	annex_pfn_t pfn = annex_page_to_pfn(page);
	ktime_t start = ktime_get();
	void *addr = annex_kmap(page);
	bool right;
	int err;

	if (!addr)
		return -ENOMEM;
	h->longest = max(h->longest, ktime_us_delta(ktime_get(), start));
	right = exercise_has_stamp(addr, pfn, h->key);
	dally(h);
	right = right && exercise_has_stamp(addr, pfn, h->key) &&
		annex_kmap_to_page(addr) == page;
	if (!right)
		exercise_say("0x%08lx does not show frame %#x\n",
			     (unsigned long)addr, pfn);
	err = annex_kunmap(page);
	return right ? err : -EBADMSG;
}

static int work(void *data)
{
	struct holder *h = data;
	int err = 0;

	while (h->done < h->ops && !err) {
		err = hold_one(h);
		h->done++;
		cond_resched();
	}
	return err;
}

static int run(const struct exercise_args *args, struct annex_page **pages,
	       u32 seed)
{
	struct holder *h = kvcalloc(args->threads, sizeof(*h), GFP_KERNEL);
	ktime_t start = ktime_get();
	s64 longest = 0;
	u32 i, done = 0;
	int err;

	if (!h)
		return -ENOMEM;
	for (i = 0; i < args->threads; i++) {
		prandom_seed_state(&h[i].rnd, seed + i);
		h[i].pages = pages;
		h[i].nr_pages = args->pages;
		h[i].key = seed;
		h[i].ops = args->ops;
	}
	err = exercise_run_threads(args->threads, 0, work, h, sizeof(*h));
	for (i = 0; i < args->threads; i++) {
		longest = max(longest, h[i].longest);
		done += h[i].done;
	}
	exercise_say("%u mappings in %lld ms, the longest wait %lld us\n", done,
		     ktime_ms_delta(ktime_get(), start), longest);
	kvfree(h);
	return err;
}

/**
 * exercise_kmap_hold() - let many threads want slots
 * @args: ops: mappings of each thread; threads; pages: frames; seed
 *
 * Context: process.
 * Return: 0; -EBADMSG if an address showed another frame; -ENOMEM; -EINVAL;
 * or what annex refused something with.
 */
int exercise_kmap_hold(const struct exercise_args *args)
{
	u32 seed = exercise_seed(args);
	struct annex_page **pages;
	int err, err_drop;

	if (!args->pages || !args->threads || args->threads > THREADS_MAX)
		return -EINVAL;
	exercise_say("kmap_hold ops=%u seed=%u threads=%u pages=%u\n",
		     args->ops, seed, args->threads, args->pages);
	pages = exercise_take_frames(args->pages, seed);
	if (!pages)
		return -ENOMEM;
	err = run(args, pages, seed);
	err_drop = exercise_drop_frames(pages, args->pages, seed);
	return err ?: err_drop;
}

/**
 * exercise_kmap_flush() - free the slots that are not in use
 * @args: not used
 *
 * Context: process.
 * Return: 0, or as annex_kmap_flush_unused().
 */
int exercise_kmap_flush(const struct exercise_args *args)
{
	int nr = annex_kmap_flush_unused();

	exercise_say("%d slots are let go\n", nr);
	return min(nr, 0);
}

/**
 * exercise_kmap_keep() - map held frames, and leave them so
 * @args: blocks: how many
 *
 * They are still mapped when this module goes, unless they were dropped.
 *
 * Context: process.
 * Return: 0, -ENOMEM, or -EINVAL for more than 64 in all.
 */
int exercise_kmap_keep(const struct exercise_args *args)
{
	struct annex_page *page;
	u32 i;
	int err;

	if (args->blocks > KEPT_MAX - nr_kept)
		return -EINVAL;
	for (i = 0; i < args->blocks; i++) {
		err = exercise_hold_one(GFP_HIGHUSER, 0, &page);
		if (err)
			return err;
		if (!annex_kmap(page))
			return -ENOMEM;
		kept[nr_kept++] = page;
	}
	return 0;
}

/**
 * exercise_kmap_drop() - unmap what exercise_kmap_keep() mapped
 * @args: not used
 *
 * Context: process; before the frames themselves are given back.
 * Return: 0, or as annex_kunmap().
 */
int exercise_kmap_drop(const struct exercise_args *args)
{
	int err = 0;

	while (nr_kept)
		err = annex_kunmap(kept[--nr_kept]) ?: err;
	return err;
}
