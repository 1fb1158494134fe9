// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel threads that do a command's work at the same time.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "exercise.h"

struct thread {
	int (*work)(void *data);
	void *data;
	struct task_struct *task;
	struct completion done;
	int err;
};

/* It stays until it is told to stop, or the module might go before it. */
static int run(void *data)
{
	struct thread *t = data;

	t->err = t->work(t->data);
	complete(&t->done);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int make(struct thread *t, unsigned int i, bool bound)
{
	unsigned int cpu = cpumask_nth(i % num_online_cpus(), cpu_online_mask);

	init_completion(&t->done);
	t->task = kthread_create(run, t, "annex_exercise/%u", i);
	if (IS_ERR(t->task))
		return PTR_ERR(t->task);
	if (bound)
		kthread_bind(t->task, cpu);
	return 0;
}

/* All of them at once, or the first might have done before the last begins. */
static int run_all(struct thread *t, unsigned int nr)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr; i++)
		wake_up_process(t[i].task);
	for (i = 0; i < nr; i++) {
		wait_for_completion(&t[i].done);
		kthread_stop(t[i].task);
		err = err ?: t[i].err;
	}
	return err;
}

/**
 * exercise_run_threads() - do some work in threads, and wait for them
 * @nr: how many threads
 * @bound: as many of them, from the first on, stay on a CPU each, in turn
 * @work: what they do
 * @data: given to the first; what the others are given follows
 * @size: of one such piece
 *
 * Context: process.
 * Return: 0, or what the first thread that failed returned.
 */
int exercise_run_threads(unsigned int nr, unsigned int bound,
			 int (*work)(void *data), void *data, size_t size)
{
	struct thread *t = kvcalloc(nr, sizeof(*t), GFP_KERNEL);
	unsigned int made;
	int err = 0;

	if (!t)
		return -ENOMEM;
	for (made = 0; made < nr; made++) {
		t[made].work = work;
		t[made].data = data + made * size;
		err = make(&t[made], made, made < bound);
		if (err)
			break;
	}
	if (!err)
		err = run_all(t, nr);
	else
		while (made--)
			kthread_stop(t[made].task);
	kvfree(t);
	return err;
}
