// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streaming through a page cache that fills the pool: each new folio needs a
 * frame that reclaim has freed. A thread runs on each CPU. kswapd is not woken:
 * all of it is direct reclaim.
 *
 * The result is the number of interrupts that ask CPUs to drain their per-CPU
 * lists. annex counts them (annex_drain_ipis in vmstat), and scripts/test/bench
 * reads that; this file prints how many folios were streamed.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <annex/folio.h>
#include <annex/reclaim.h>

#include "bench.h"

/* Folios of all threads; some 256 MB, twice the pool of scripts/test/bench. */
#define FOLIOS	65536U

#define STREAM_GFP	(GFP_HIGHUSER & ~__GFP_KSWAPD_RECLAIM)

/**
 * struct stream - an owner of folios that are clean and used once
 * @mapping: mapping of the folios
 * @lock: protects @folio against reclaim
 * @folio: the folios that reclaim has not taken yet, by index
 * @next: how many were begun
 * @refused: requests that failed
 * @running: threads that are running
 * @done: completed when none is
 */
struct stream {
	struct annex_mapping mapping;
	spinlock_t lock;	/* of folio */
	struct annex_folio **folio;
	atomic_t next;
	atomic_t refused;
	atomic_t running;
	struct completion done;
};

static bool release(struct annex_folio *folio)
{
	struct stream *stream = folio->mapping->private;
	bool alone;

	spin_lock(&stream->lock);
	alone = annex_folio_count(folio) == 2;
	if (alone)
		stream->folio[folio->index] = NULL;
	spin_unlock(&stream->lock);
	return alone;
}

static const struct annex_mapping_ops stream_ops = { .release = release };

static void add(struct stream *stream, unsigned int index)
{
	struct annex_folio *folio;

	if (annex_folio_alloc(STREAM_GFP, 0, &folio)) {
		atomic_inc(&stream->refused);
		return;
	}
	folio->mapping = &stream->mapping;
	folio->index = index;
	stream->folio[index] = folio;
	annex_lru_add(folio);
}

static int run(void *data)
{
	struct stream *stream = data;
	unsigned int index;

	while ((index = atomic_inc_return(&stream->next) - 1) < FOLIOS) {
		add(stream, index);
		cond_resched();
	}
	if (atomic_dec_and_test(&stream->running))
		complete(&stream->done);
	return 0;
}

static void drop(struct stream *stream, unsigned int index)
{
	struct annex_folio *folio = stream->folio[index];
	struct annex_page *page;

	if (!folio)
		return;
	page = annex_folio_page(folio);
	annex_lock_page(page);
	annex_lru_del(folio);
	folio->mapping = NULL;
	annex_unlock_page(page);
	bench_refused |= annex_folio_put(folio);
}

static int start(struct stream *stream, unsigned int cpu)
{
	struct task_struct *task;

	task = kthread_create(run, stream, "annex_bench/%u", cpu);
	if (IS_ERR(task))
		return PTR_ERR(task);
	atomic_inc(&stream->running);
	kthread_bind(task, cpu);
	wake_up_process(task);
	return 0;
}

static int run_all(struct stream *stream)
{
	unsigned int cpu;
	int err = 0;

	atomic_set(&stream->running, 1);
	cpus_read_lock();
	for_each_online_cpu(cpu)
		err = err ?: start(stream, cpu);
	cpus_read_unlock();
	if (!atomic_dec_and_test(&stream->running))
		wait_for_completion(&stream->done);
	return err;
}

/**
 * bench_stream() - stream folios through the pool, and print how many
 *
 * Context: process, may sleep.
 * Return: 0, -ENOMEM, or why a thread could not be created.
 */
int bench_stream(void)
{
	struct stream stream = { .mapping.ops = &stream_ops };
	unsigned int i;
	int err;

	stream.mapping.private = &stream;
	spin_lock_init(&stream.lock);
	init_completion(&stream.done);
	stream.folio = vzalloc(array_size(FOLIOS, sizeof(*stream.folio)));
	if (!stream.folio)
		return -ENOMEM;
	err = run_all(&stream);
	for (i = 0; i < FOLIOS; i++)
		drop(&stream, i);
	vfree(stream.folio);
	bench_denied[BENCH_ANNEX] += atomic_read(&stream.refused);
	pr_info("annex_bench: streamed %u\n", FOLIOS);
	return err;
}
