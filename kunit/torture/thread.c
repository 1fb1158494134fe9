// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that are watched: those that take turns, the one that recounts, and
 * the pressure. A thread says when it gets on. One that has not for a while, or
 * does not end when it is told to, waits for something that does not come: it is
 * told of, by name and by what it is doing, in the log and in the verdict.
 *
 *   start --> runs --> told to end --> has ended --> reaped
 *                                      (its task is there until then)
 *
 * Locking: none; all but torture_gets_on() is called by one thread at a time.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/debug.h>
#include <linux/string.h>

#include "patience.h"
#include "torture.h"

/* Between two lines about the same thread. */
#define SAY_AGAIN	(30 * HZ)

static unsigned long patience = TORTURE_PATIENCE_MAX * HZ;
static unsigned int run_seconds;
static char stuck[96];

/**
 * torture_threads_begin() - begin to watch threads; none is stuck yet
 * @seconds: how long the run is to be, 0 if that is not known
 * @recount: what a recount takes, in jiffies
 */
void torture_threads_begin(unsigned int seconds, unsigned long recount)
{
	run_seconds = seconds;
	patience = torture_patience(seconds, recount);
	stuck[0] = '\0';
}

/**
 * torture_threads_recounted() - a recount has ended
 * @recount: what it took, in jiffies
 *
 * The machine may have become slower than it was at the start.
 *
 * Context: process; called by the thread that recounts.
 */
void torture_threads_recounted(unsigned long recount)
{
	unsigned long wanted = torture_patience(run_seconds, recount);

	if (wanted <= READ_ONCE(patience))
		return;
	WRITE_ONCE(patience, wanted);
	pr_info("a recount takes %u ms here: threads have %lu s to get on\n",
		jiffies_to_msecs(recount), wanted / HZ);
}

/**
 * torture_threads_stuck() - the threads that were stuck
 *
 * Return: their names with commas, or "".
 */
const char *torture_threads_stuck(void)
{
	return stuck;
}

/* Its task has to be there until it is reaped, whatever it does. */
static int live(void *data)
{
	struct torture_thread *self = data;

	self->run(self);
	complete_all(&self->ended);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/**
 * torture_thread_start() - begin
 * @self: the thread
 * @run: what it does, until torture_is_to_end(); calls torture_gets_on()
 * @name: what it is called
 * @cpus: where it is to run, or NULL
 *
 * Context: process.
 * Return: 0, or an errno.
 */
int torture_thread_start(struct torture_thread *self,
			 void (*run)(struct torture_thread *self),
			 const char *name, const struct cpumask *cpus)
{
	struct task_struct *task;

	memset(self, 0, sizeof(*self));
	init_completion(&self->ended);
	self->run = run;
	self->last = jiffies;
	task = kthread_create(live, self, "%s", name);
	if (IS_ERR(task))
		return PTR_ERR(task);
	self->task = task;
	if (cpus)
		set_cpus_allowed_ptr(task, cpus);
	wake_up_process(task);
	return 0;
}

static void tell_of(struct torture_thread *self)
{
	size_t len = strlen(stuck);

	if (self->stalled && time_before(jiffies, self->told_of + SAY_AGAIN))
		return;
	pr_err("%s has not got on for %lu s, of %lu s that it has, since step %lu\n",
	       self->task->comm, (jiffies - READ_ONCE(self->last)) / HZ,
	       READ_ONCE(patience) / HZ, READ_ONCE(self->steps));
	sched_show_task(self->task);
	self->told_of = jiffies;
	if (self->stalled)
		return;
	self->stalled = true;
	atomic_long_inc(&torture_finds.stalls);
	scnprintf(stuck + len, sizeof(stuck) - len, "%s%s", len ? "," : "",
		  self->task->comm);
}

/**
 * torture_thread_watch() - does it get on?
 * @self: the thread
 *
 * Context: process; called about once a second.
 */
void torture_thread_watch(struct torture_thread *self)
{
	if (self->task && !self->stalled &&
	    time_after(jiffies, READ_ONCE(self->last) + READ_ONCE(patience)))
		tell_of(self);
}

/**
 * torture_thread_tell() - it is to end
 * @self: the thread
 *
 * It is not woken: that would help one out that somebody should have woken.
 *
 * Context: process.
 */
void torture_thread_tell(struct torture_thread *self)
{
	WRITE_ONCE(self->to_end, true);
}

/**
 * torture_thread_ended() - wait until it has ended
 * @self: the thread, which was told to
 *
 * Context: process.
 * Return: false if it does not get on; that has been said.
 */
bool torture_thread_ended(struct torture_thread *self)
{
	long left = READ_ONCE(self->last) + READ_ONCE(patience) - jiffies;

	if (!self->task ||
	    wait_for_completion_timeout(&self->ended, max_t(long, left, HZ)))
		return true;
	tell_of(self);
	return false;
}

/**
 * torture_thread_reap() - nothing is left of it
 * @self: the thread, which has ended
 *
 * Context: process.
 */
void torture_thread_reap(struct torture_thread *self)
{
	if (self->task)
		kthread_stop(self->task);
	self->task = NULL;
}
