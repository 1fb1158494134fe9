// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocating and freeing a frame while a thread waits for one of another zone.
 *
 * All frames of DMA are allocated, and a thread waits for one of them, with
 * __GFP_NOFAIL. Meanwhile pairs are measured that are unrelated to it:
 * GFP_KERNEL, which Normal serves. The host's figure is that of an ordinary
 * pair: there, a waiter does not change what CPUs cache.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "bench.h"

/* Frames of the first 16 MB. */
#define DMA_FRAMES	4096

#define QUIETLY		(GFP_ATOMIC | __GFP_DMA | __GFP_NOWARN)

/* Returns the frame that it waited for in @got. */
static int wait_for_dma(void *got)
{
	struct annex_page **page = got;

	*page = annex_alloc_pages(GFP_KERNEL | __GFP_DMA | __GFP_NOFAIL, 0);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static unsigned int take_all(struct annex_page **frames)
{
	unsigned int nr = 0;

	while (nr < DMA_FRAMES) {
		frames[nr] = annex_alloc_pages(QUIETLY, 0);
		if (!frames[nr])
			break;
		nr++;
	}
	return nr;
}

static void give_all(struct annex_page **frames, unsigned int nr)
{
	while (nr)
		bench_give(BENCH_ANNEX, frames[--nr], 0);
}

/* Measure once the thread sleeps, and for as long as it does. */
static int measure(struct annex_page **frames, unsigned int nr)
{
	struct annex_page *got = NULL;
	struct task_struct *task;

	task = kthread_run(wait_for_dma, &got, "annex_bench/dma");
	if (IS_ERR(task)) {
		give_all(frames, nr);
		return PTR_ERR(task);
	}
	schedule_timeout_uninterruptible(HZ / 4);
	bench_pair("alloc_pair_beside_sleeper", GFP_KERNEL, 0);
	give_all(frames, nr);
	while (!READ_ONCE(got))
		schedule_timeout_uninterruptible(1);
	kthread_stop(task);
	bench_give(BENCH_ANNEX, got, 0);
	return 0;
}

/**
 * bench_beside() - measure a pair while a thread waits
 *
 * Context: process, may sleep.
 * Return: 0, -ENOMEM, or why the thread could not be created.
 */
int bench_beside(void)
{
	struct annex_page **frames;
	int err;

	frames = kcalloc(DMA_FRAMES, sizeof(*frames), GFP_KERNEL);
	if (!frames)
		return -ENOMEM;
	err = measure(frames, take_all(frames));
	kfree(frames);
	return err;
}
