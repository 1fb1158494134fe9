// SPDX-License-Identifier: GPL-2.0-only
/*
 * Races: two CPUs at once, measured in wall-clock time.
 *
 * An op is run by two lanes, threads that are bound to two CPUs. They meet at a
 * barrier and do a fixed number of pairs. The time is that from the first start
 * to the last end; the result is that time divided by the pairs of a lane.
 *
 * Unlike instructions, time depends on everything else that the machine does.
 * So annex and the host take turns, a race each, and the median counts; the
 * note with each result gives the spread of the races.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sort.h>

#include "race.h"

#define ROUNDS	7

/**
 * struct lane - one CPU in a race
 * @course: the race
 * @fn: its work
 * @task: the thread
 * @begin: when it started, in ns
 * @end: when it ended
 * @done: it has ended
 */
struct lane {
	struct course *course;
	bench_lane_fn fn;
	struct task_struct *task;
	u64 begin;
	u64 end;
	struct completion done;
};

/**
 * struct course - one race, of one side
 * @pairs: pairs of each lane
 * @shared: data of all lanes
 * @missing: lanes that are not at the barrier yet
 * @abandoned: a lane could not be created, so the barrier will not be complete
 * @lanes: one for each CPU
 */
struct course {
	unsigned int pairs;
	void *shared;
	atomic_t missing;
	bool abandoned;
	struct lane lanes[BENCH_LANES];
};

static int run_lane(void *data)
{
	struct lane *lane = data;
	struct course *course = lane->course;

	atomic_dec(&course->missing);
	while (atomic_read(&course->missing) &&
	       !READ_ONCE(course->abandoned)) {
		cpu_relax();
		cond_resched();
	}
	lane->begin = ktime_get_ns();
	if (!READ_ONCE(course->abandoned))
		lane->fn(course->pairs, course->shared);
	lane->end = ktime_get_ns();
	complete(&lane->done);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int start_lane(struct lane *lane, unsigned int cpu)
{
	init_completion(&lane->done);
	lane->task = kthread_create(run_lane, lane, "annex_bench/%u", cpu);
	if (IS_ERR(lane->task))
		return PTR_ERR(lane->task);
	kthread_bind(lane->task, cpu);
	wake_up_process(lane->task);
	return 0;
}

/* CPU hotplug is blocked, so that each lane's CPU stays online. */
static int start_lanes_locked(struct course *course, const bench_lane_fn *fn)
{
	unsigned int cpu = cpumask_first(cpu_online_mask), i;

	if (num_online_cpus() < BENCH_LANES)
		return -ENXIO;
	for (i = 0; i < BENCH_LANES; i++) {
		int err;

		course->lanes[i].course = course;
		course->lanes[i].fn = fn[i];
		err = start_lane(&course->lanes[i], cpu);
		if (err) {
			course->lanes[i].task = NULL;
			WRITE_ONCE(course->abandoned, true);
			return err;
		}
		cpu = cpumask_next(cpu, cpu_online_mask);
	}
	return 0;
}

static int start_lanes(struct course *course, const bench_lane_fn *fn)
{
	int err;

	cpus_read_lock();
	err = start_lanes_locked(course, fn);
	cpus_read_unlock();
	return err;
}

/* From the first start to the last end. */
static u64 duration(const struct course *course)
{
	return max(course->lanes[0].end, course->lanes[1].end) -
	       min(course->lanes[0].begin, course->lanes[1].begin);
}

/**
 * bench_race_once() - run both lanes once
 * @race: the op
 * @side: the side
 * @shared: data of all lanes
 * @time: set to the nanoseconds per pair
 *
 * Context: process, may sleep.
 * Return: 0, -ENOMEM, -ENXIO if a CPU is offline, or why a thread could not be
 * created.
 */
int bench_race_once(const struct bench_race *race, enum bench_side side,
		    void *shared, u64 *time)
{
	struct course course = {
		.pairs = race->pairs,
		.shared = shared,
		.missing = ATOMIC_INIT(BENCH_LANES),
	};
	unsigned int i;
	int err;

	err = start_lanes(&course, race->fn[side]);
	for (i = 0; i < BENCH_LANES; i++) {
		if (!course.lanes[i].task)
			continue;
		wait_for_completion(&course.lanes[i].done);
		kthread_stop(course.lanes[i].task);
	}
	if (err)
		return err;
	*time = div_u64(duration(&course), race->pairs);
	return bench_denied[side] ? -ENOMEM : 0;
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static void print(const char *name, u64 (*times)[ROUNDS])
{
	const u64 *annex = times[BENCH_ANNEX], *host = times[BENCH_HOST];
	unsigned int i;

	for (i = 0; i < BENCH_SIDES; i++)
		sort(times[i], ROUNDS, sizeof(times[i][0]), compare, NULL);
	bench_result(name, annex[ROUNDS / 2], host[ROUNDS / 2]);
	pr_info("annex_bench: note: %s: from %llu to %llu and from %llu to %llu\n",
		name, annex[0], annex[ROUNDS - 1], host[0], host[ROUNDS - 1]);
}

/**
 * bench_race_run() - measure an op, and print the result
 * @race: the op
 * @shared: data of all lanes, for each side
 *
 * Annex and the host take turns, so that a disturbance affects both.
 *
 * Context: process, may sleep.
 * Return: 0, -ENOMEM, -ENXIO if a CPU is offline, or why a thread could not be
 * created.
 */
int bench_race_run(const struct bench_race *race,
		   void *const shared[BENCH_SIDES])
{
	u64 times[BENCH_SIDES][ROUNDS];
	unsigned int i, side;

	for (i = 0; i < ROUNDS; i++) {
		for (side = 0; side < BENCH_SIDES; side++) {
			int err = bench_race_once(race, side, shared[side],
						  &times[side][i]);

			if (err)
				return err;
		}
	}
	print(race->name, times);
	return 0;
}
