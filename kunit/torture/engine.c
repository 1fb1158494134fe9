// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contexts of turns: threads, on each CPU a timer in hard interrupts, and a
 * tasklet that the timer schedules; and beside them a thread that recounts the
 * pool all the time.
 *
 *   stream  0, 1, 2, ...          threads, on the CPUs in turn
 *           0x40 + cpu            a CPU's timer
 *           0x80 + cpu            its tasklet
 *
 * CPUs may come and go. A timer is started and stopped on its CPU by the
 * kernel's hotplug machinery; threads wander when theirs is gone and return
 * with it. A CPU that was not there at the start has interrupts from when it
 * comes, but no threads of its own.
 *
 * The end: threads are told to; when the last has, hotplug forgets the timers and
 * threads, and only then they go.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "api/tests.h"
#include "host/compat_timer.h"
#include "torture.h"

#define THREADS_MAX	0x40U
#define HARD_STREAMS	0x40U
#define SOFT_STREAMS	0x80U

/* Steps of a thread that its digest is made of, and draws of each. */
#define DIGEST_STEPS	200
#define DIGEST_DRAWS	16

/* Between two interrupts of a CPU, at least and as much more. */
#define PERIOD_US	300

struct stream {
	u32 nr;
	enum torture_context context;
	u32 step;
	u32 digest;
};

struct worker {
	struct torture_thread thread;
	struct stream stream;
	unsigned int cpu;
};

struct visitor {
	struct hrtimer timer;
	struct tasklet_struct tasklet;
	struct stream hard;
	struct stream soft;
};

static struct worker *workers;
static unsigned int nr_workers;
static struct visitor *visitors;
static int hotplug_state = -1;
static struct torture_thread validator;
static atomic_long_t validated;

/*
 * What the step chooses from, and what it chose first: its kind. All that
 * follows is chosen by the same draws, but how many are made depends on others.
 */
static u32 add_to_digest(u32 digest, struct rnd_state rnd, int kind)
{
	unsigned int i;

	for (i = 0; i < DIGEST_DRAWS; i++)
		digest = jhash_1word(prandom_u32_state(&rnd), digest);
	return jhash_1word(kind, digest);
}

static void take_turn(struct stream *s)
{
	struct torture_turn t = { .context = s->context };
	struct rnd_state rnd;
	int kind;

	torture_turn_init(&t, s->nr, s->step);
	rnd = t.rnd;
	kind = torture_ops_take_turn(&t);
	if (s->step < DIGEST_STEPS)
		s->digest = add_to_digest(s->digest, rnd, kind);
	WRITE_ONCE(s->step, s->step + 1);
}

static void work(struct torture_thread *self)
{
	struct worker *w = container_of(self, struct worker, thread);

	while (!torture_is_to_end(self)) {
		take_turn(&w->stream);
		torture_gets_on(self);
		cond_resched();
	}
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
	for (i = 0; i < nr_workers; i++)
		if (workers[i].cpu == cpu)
			set_cpus_allowed_ptr(workers[i].thread.task,
					     cpumask_of(cpu));
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

		hrtimer_setup(&v->timer, visit_hard, CLOCK_MONOTONIC,
			      HRTIMER_MODE_REL_PINNED);
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

	for (cpu = 0; visitors && cpu < nr_cpu_ids; cpu++)
		tasklet_kill(&visitors[cpu].tasklet);
	kfree(visitors);
	visitors = NULL;
}

static int make_worker(unsigned int nr)
{
	struct worker *w = &workers[nr];
	char name[TASK_COMM_LEN];
	int err;

	w->stream.nr = nr;
	w->stream.context = TORTURE_THREAD;
	w->cpu = cpumask_nth(nr % num_online_cpus(), cpu_online_mask);
	snprintf(name, sizeof(name), "torture/%u", nr);
	err = torture_thread_start(&w->thread, work, name, cpumask_of(w->cpu));
	if (!err)
		nr_workers++;
	return err;
}

/* No CPU goes or comes between its choice and the callbacks. */
static int make_workers(unsigned int nr)
{
	int err = 0;

	workers = kcalloc(nr, sizeof(*workers), GFP_KERNEL);
	if (!workers)
		return -ENOMEM;
	cpus_read_lock();
	while (!err && nr_workers < nr)
		err = make_worker(nr_workers);
	if (!err)
		err = cpuhp_setup_state_cpuslocked(CPUHP_AP_ONLINE_DYN,
						   "annex/torture:online",
						   come_online, go_offline);
	cpus_read_unlock();
	if (err < 0)
		return err;
	hotplug_state = err;
	return 0;
}

static void unmake_workers(void)
{
	while (nr_workers)
		torture_thread_reap(&workers[--nr_workers].thread);
	kfree(workers);
	workers = NULL;
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

static void validate(struct torture_thread *self)
{
	unsigned long began;

	while (!torture_is_to_end(self)) {
		began = jiffies;
		annex_recount(torture_violation, NULL);
		torture_threads_recounted(jiffies - began);
		atomic_long_inc(&validated);
		torture_gets_on(self);
		schedule_timeout_interruptible(HZ / 5);
	}
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
		err = make_workers(threads);
	if (!err)
		err = torture_thread_start(&validator, validate,
					   "torture/recount", NULL);
	if (!err)
		return 0;
	while (!torture_engine_end())
		;
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

	torture_thread_watch(&validator);
	for (i = 0; i < nr_workers; i++)
		torture_thread_watch(&workers[i].thread);
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
	for (i = 0; i < nr_workers; i++) {
		if (READ_ONCE(workers[i].stream.step) < DIGEST_STEPS)
			return false;
		*digest = jhash_1word(workers[i].stream.digest, *digest);
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

static bool have_ended(void)
{
	bool ended;
	unsigned int i;

	torture_thread_tell(&validator);
	for (i = 0; i < nr_workers; i++)
		torture_thread_tell(&workers[i].thread);
	ended = torture_thread_ended(&validator);
	for (i = 0; i < nr_workers; i++)
		if (!torture_thread_ended(&workers[i].thread))
			ended = false;
	return ended;
}

/**
 * torture_engine_end() - no more turns
 *
 * Threads end before the timers do: they may wait for what only turns in
 * interrupts give up.
 *
 * Context: process.
 * Return: false if a thread does not end, which has been said; it, and all timers,
 * are there then, and this may be called again.
 */
bool torture_engine_end(void)
{
	if (!have_ended())
		return false;
	if (hotplug_state >= 0)
		cpuhp_remove_state(hotplug_state);
	hotplug_state = -1;
	torture_thread_reap(&validator);
	unmake_workers();
	unmake_visitors();
	return true;
}
