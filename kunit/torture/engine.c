// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who takes turns: threads, on each CPU a timer in hard interrupts, and a
 * tasklet that the timer sets off; and beside them a thread that recounts the
 * pool all the while.
 *
 *   stream  0, 1, 2, ...          threads, on the CPUs in turn
 *           0x40 + cpu            a CPU's timer
 *           0x80 + cpu            its tasklet
 *
 * CPUs may come and go. A timer is started and stopped on its CPU by the
 * kernel's hotplug machinery; threads wander when theirs is gone and return
 * with it.
 *
 * A thread that has taken no turn for STALL seconds sleeps for something that
 * does not come.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sched/debug.h>
#include <linux/slab.h>

#include "pool.h"
#include "torture.h"

#define THREADS_MAX	0x40U
#define HARD_STREAMS	0x40U
#define SOFT_STREAMS	0x80U

/* Longer than the pressure lasts and a request waits, however busy the host. */
#define STALL		(30 * HZ)

/* Steps of a thread that its digest is made of. */
#define DIGEST_STEPS	200

/* Between two interrupts of a CPU, at least and as much more. */
#define PERIOD_US	300

struct stream {
	u32 nr;
	enum torture_context context;
	u32 step;
	u32 digest;
	struct task_struct *task;
	unsigned int cpu;
	unsigned long last;
	bool stalled;
};

struct visitor {
	struct hrtimer timer;
	struct tasklet_struct tasklet;
	struct stream hard;
	struct stream soft;
};

static struct stream *streams;
static unsigned int nr_streams;
static struct visitor *visitors;
static int hotplug_state = -1;
static struct task_struct *validator;
static atomic_long_t validated;

/* The draws of a digest are those that every turn begins with. */
static void take_turn(struct stream *s)
{
	struct torture_turn t = { .context = s->context };

	torture_turn_init(&t, s->nr, s->step);
	if (s->step < DIGEST_STEPS) {
		struct rnd_state copy = t.rnd;

		s->digest = jhash_2words(prandom_u32_state(&copy),
					 prandom_u32_state(&copy), s->digest);
	}
	torture_ops_take_turn(&t);
	if (s->step < DIGEST_STEPS)
		s->digest = jhash(t.op ? t.op->name : "", 3, s->digest);
	s->step++;
}

static int work(void *data)
{
	struct stream *s = data;

	while (!kthread_should_stop()) {
		take_turn(s);
		WRITE_ONCE(s->last, jiffies);
		cond_resched();
	}
	return 0;
}

static enum hrtimer_restart visit_hard(struct hrtimer *timer)
{
	struct visitor *v = container_of(timer, struct visitor, timer);
	u64 us = PERIOD_US + jhash_1word(v->hard.step, v->hard.nr) % 1024;

	take_turn(&v->hard);
	if (v->hard.step & 1)
		tasklet_schedule(&v->tasklet);
	hrtimer_forward_now(timer, ns_to_ktime(us * NSEC_PER_USEC));
	return HRTIMER_RESTART;
}

static void visit_soft(struct tasklet_struct *tasklet)
{
	struct visitor *v = container_of(tasklet, struct visitor, tasklet);

	take_turn(&v->soft);
}

static int come_online(unsigned int cpu)
{
	struct visitor *v = &visitors[cpu];
	unsigned int i;

	hrtimer_start(&v->timer, ms_to_ktime(1), HRTIMER_MODE_REL_PINNED);
	for (i = 0; i < nr_streams; i++)
		if (streams[i].cpu == cpu && streams[i].task)
			set_cpus_allowed_ptr(streams[i].task, cpumask_of(cpu));
	return 0;
}

/* Its tasklet, if it is due, goes to another CPU. */
static int go_offline(unsigned int cpu)
{
	hrtimer_cancel(&visitors[cpu].timer);
	return 0;
}

static int make_visitors(void)
{
	unsigned int cpu;

	visitors = kcalloc(nr_cpu_ids, sizeof(*visitors), GFP_KERNEL);
	if (!visitors)
		return -ENOMEM;
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		struct visitor *v = &visitors[cpu];

		hrtimer_init(&v->timer, CLOCK_MONOTONIC,
			     HRTIMER_MODE_REL_PINNED);
		v->timer.function = visit_hard;
		tasklet_setup(&v->tasklet, visit_soft);
		v->hard.nr = HARD_STREAMS + cpu;
		v->hard.context = TORTURE_HARDIRQ;
		v->soft.nr = SOFT_STREAMS + cpu;
		v->soft.context = TORTURE_SOFTIRQ;
	}
	return 0;
}

/* Timers have stopped: what they set off still runs, once. */
static void unmake_visitors(void)
{
	unsigned int cpu;

	if (hotplug_state >= 0)
		cpuhp_remove_state(hotplug_state);
	hotplug_state = -1;
	for (cpu = 0; visitors && cpu < nr_cpu_ids; cpu++)
		tasklet_kill(&visitors[cpu].tasklet);
	kfree(visitors);
	visitors = NULL;
}

static int make_threads(unsigned int nr)
{
	unsigned int i;

	streams = kcalloc(nr, sizeof(*streams), GFP_KERNEL);
	if (!streams)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		struct stream *s = &streams[i];

		s->nr = i;
		s->context = TORTURE_THREAD;
		s->last = jiffies;
		s->cpu = cpumask_nth(i % num_online_cpus(), cpu_online_mask);
		s->task = kthread_create(work, s, "torture/%u", i);
		if (IS_ERR(s->task)) {
			int err = PTR_ERR(s->task);

			s->task = NULL;
			return err;
		}
		set_cpus_allowed_ptr(s->task, cpumask_of(s->cpu));
		nr_streams++;
	}
	for (i = 0; i < nr; i++)
		wake_up_process(streams[i].task);
	return 0;
}

static void unmake_threads(void)
{
	unsigned int i;

	for (i = 0; i < nr_streams; i++)
		kthread_stop(streams[i].task);
	nr_streams = 0;
	kfree(streams);
	streams = NULL;
}

/**
 * torture_violation() - annex_validate() has found something
 * @arg: nothing
 * @vaf: the line
 *
 * Context: any.
 */
void torture_violation(void *arg, struct va_format *vaf)
{
	if (atomic_long_inc_return(&torture_finds.violations) < 20)
		pr_err("validate: %pV\n", vaf);
}

static int validate(void *unused)
{
	while (!kthread_should_stop()) {
		annex_recount(torture_violation, NULL);
		atomic_long_inc(&validated);
		schedule_timeout_interruptible(HZ / 5);
	}
	return 0;
}

/**
 * torture_engine_start() - let turns be taken
 * @threads: how many threads
 *
 * Context: process.
 * Return: 0, or an errno with nothing started.
 */
int torture_engine_start(unsigned int threads)
{
	int err;

	if (!threads || threads > THREADS_MAX ||
	    nr_cpu_ids > SOFT_STREAMS - HARD_STREAMS)
		return -EINVAL;
	atomic_long_set(&validated, 0);
	err = make_visitors();
	if (!err)
		err = make_threads(threads);
	if (err)
		goto err_make;
	err = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "annex/torture:online",
				come_online, go_offline);
	if (err < 0)
		goto err_make;
	hotplug_state = err;
	validator = kthread_run(validate, NULL, "torture/validate");
	if (!IS_ERR(validator))
		return 0;
	err = PTR_ERR(validator);
	validator = NULL;

err_make:
	torture_engine_stop();
	return err;
}

/**
 * torture_engine_watch() - see that all threads get on
 *
 * Context: process; called about once a second.
 */
void torture_engine_watch(void)
{
	unsigned int i;

	for (i = 0; i < nr_streams; i++) {
		struct stream *s = &streams[i];

		if (s->stalled ||
		    time_before(jiffies, READ_ONCE(s->last) + STALL))
			continue;
		s->stalled = true;
		atomic_long_inc(&torture_finds.stalls);
		pr_err("thread %u has not got on for %u s, since step %u\n",
		       i, STALL / HZ, s->step);
		sched_show_task(s->task);
	}
}

/**
 * torture_engine_sequence() - what the threads have drawn first
 * @digest: set to a digest of it: the same for the same seed and the same
 *	number of threads
 *
 * Return: false if they have not drawn enough yet.
 */
bool torture_engine_sequence(u32 *digest)
{
	unsigned int i;

	*digest = 0;
	for (i = 0; i < nr_streams; i++) {
		if (READ_ONCE(streams[i].step) < DIGEST_STEPS)
			return false;
		*digest = jhash_1word(streams[i].digest, *digest);
	}
	return true;
}

/**
 * torture_engine_validated() - how often the pool was recounted
 *
 * Return: how often.
 */
unsigned long torture_engine_validated(void)
{
	return atomic_long_read(&validated);
}

static bool is_stuck(void)
{
	unsigned int i;

	for (i = 0; i < nr_streams; i++)
		if (streams[i].stalled &&
		    time_after(jiffies, READ_ONCE(streams[i].last) + STALL))
			return true;
	return false;
}

/**
 * torture_engine_stop() - no more turns
 *
 * Threads end before the timers do: they may wait for mappings that only turns
 * in interrupts give up.
 *
 * Context: process.
 * Return: false if a thread cannot be stopped, for it does not get on; all of
 * them go on then.
 */
bool torture_engine_stop(void)
{
	if (is_stuck())
		return false;
	if (validator)
		kthread_stop(validator);
	validator = NULL;
	unmake_threads();
	unmake_visitors();
	return true;
}
