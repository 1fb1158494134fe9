// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmap_local(), a write and kunmap_local(), millions of times on all CPUs. It
 * tells how many interrupts came for TLBs meanwhile: an address that only its
 * CPU uses concerns no other.
 */
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/hardirq.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <annex/highmem.h>

#include "api/tests.h"
#include "exercise.h"
#include "host/compat_cpu.h"

#define THREADS_MAX	8

/* Frames of a thread, which take turns. */
#define FRAMES		16

/* Pairs between two offers to let somebody else run. */
#define AT_A_TIME	1024

struct writer {
	struct annex_page **pages;
	u32 ops;
};

/* How often other CPUs have asked a CPU for something, and for its TLB. */
struct interrupts {
	u32 calls;
	u32 tlb;
};

static struct interrupts count_interrupts(void)
{
	struct interrupts sum = {};
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		sum.calls += annex_irqs_call(cpu);
		sum.tlb += annex_irqs_tlb(cpu);
	}
	return sum;
}

static int write_some(struct writer *w, u32 from, u32 to)
{
	u32 i;

	for (i = from; i < to; i++) {
		u32 *addr = annex_kmap_local_page(w->pages[i % FRAMES]);

		if (!addr)
			return -ENOMEM;
		WRITE_ONCE(addr[i / FRAMES % (PAGE_SIZE / sizeof(u32))], i);
		if (annex_kunmap_local(addr))
			return -EPROTO;
	}
	return 0;
}

/* Each frame has in its words the numbers of the last writes to them. */
static int check_all(struct writer *w, u32 *words)
{
	u32 i, nr = FRAMES * PAGE_SIZE / sizeof(u32);
	u32 first = w->ops > nr ? w->ops - nr : 0;
	struct annex_page *now = NULL;
	u32 f;

	for (f = 0; f < FRAMES; f++) {
		now = w->pages[f];
		annex_peek(now, 0, words, PAGE_SIZE);
		for (i = first; i < w->ops; i++) {
			if (i % FRAMES != f)
				continue;
			if (words[i / FRAMES % (PAGE_SIZE / sizeof(u32))] == i)
				continue;
			exercise_say("write %u to frame %#x is lost\n", i,
				     annex_page_to_pfn(now));
			return -EBADMSG;
		}
	}
	return 0;
}

static int work(void *data)
{
	struct writer *w = data;
	u32 done, some;
	u32 *words;
	int err = 0;

	for (done = 0; done < w->ops && !err; done += some) {
		some = min_t(u32, w->ops - done, AT_A_TIME);
		err = write_some(w, done, done + some);
		cond_resched();
	}
	if (err)
		return err;
	words = kmalloc(PAGE_SIZE, GFP_KERNEL);
	err = words ? check_all(w, words) : -ENOMEM;
	kfree(words);
	return err;
}

static int run(const struct exercise_args *args, struct annex_page **pages)
{
	struct interrupts before = count_interrupts(), after;
	struct writer w[THREADS_MAX];
	ktime_t start = ktime_get();
	u32 i;
	int err;

	for (i = 0; i < args->threads; i++) {
		w[i].pages = pages + i * FRAMES;
		w[i].ops = args->ops / args->threads;
	}
	err = exercise_run_threads(args->threads, args->threads, work, w,
				   sizeof(*w));
	after = count_interrupts();
	exercise_say("%u pairs in %lld ms, %u TLB interrupts, %u calls\n",
		     args->ops, ktime_ms_delta(ktime_get(), start),
		     after.tlb - before.tlb, after.calls - before.calls);
	return err;
}

/**
 * exercise_kmap_pairs() - map, write and unmap
 * @args: ops: pairs, of all threads together; threads
 *
 * Context: process.
 * Return: 0; -EBADMSG if a write was lost; -ENOMEM; -EPROTO; -EINVAL.
 */
int exercise_kmap_pairs(const struct exercise_args *args)
{
	struct annex_page **pages;
	u32 nr = args->threads * FRAMES;
	int err;

	if (!args->ops || !args->threads || args->threads > THREADS_MAX)
		return -EINVAL;
	pages = exercise_take_frames(nr, 0);
	if (!pages)
		return -ENOMEM;
	err = run(args, pages);
	/* Their stamps are gone. */
	exercise_free_frames(pages, nr);
	return err;
}
