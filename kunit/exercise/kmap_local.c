// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings that only their CPU sees, where they get most into each other's
 * way: hundreds of threads hold one to four each and sleep meanwhile, so that
 * every other thread that runs finds the CPU's mappings gone and makes its own
 * at the same addresses; and a timer's interrupt and a tasklet on each CPU map
 * on top of whatever is there.
 *
 * Each has frames of its own, whose stamps have their writer and the time. At
 * each step all mapped frames are checked.
 *
 * Interrupts cannot speak: they count what they find, and the thread tells.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/smp.h>

#include <annex/highmem.h>

#include "exercise.h"
#include "host/compat_timer.h"

/* Frames of a thread, and the most that it maps at once. */
#define DEPTH		4

/* Frames of a CPU's interrupts of either kind. */
#define VISIT_DEPTH	2

#define THREADS_MAX	1024

/* As many mappings as a CPU has room for. */
#define LOST_MAX	16

/* Often enough to find threads in the middle of a step. */
#define PERIOD		(250 * NSEC_PER_USEC)

struct user {
	struct rnd_state rnd;
	struct annex_page **pages;
	u32 key[DEPTH];
	void *addr[DEPTH];
	unsigned int depth;
	u32 last_key;
	u32 ops;
	u32 steps;
};

/* What comes to a CPU from one level of interrupts. */
struct visit {
	struct annex_page **pages;
	u32 key;
	u32 runs;
	u32 wrong;
};

struct visitor {
	struct hrtimer timer;
	struct tasklet_struct tasklet;
	struct visit hard;
	struct visit soft;
};

static int look(struct user *u, const char *when)
{
	unsigned int i;

	u->steps++;
	for (i = 0; i < u->depth; i++) {
		annex_pfn_t pfn = annex_page_to_pfn(u->pages[i]);

		if (exercise_has_stamp(u->addr[i], pfn, u->key[i]))
			continue;
		exercise_say("%s, step %u: mapping %u of %u, 0x%08lx, does not show frame %#x\n",
			     when, u->steps, i, u->depth,
			     (unsigned long)u->addr[i], pfn);
		return -EBADMSG;
	}
	return 0;
}

static int map_one(struct user *u)
{
	unsigned int i = u->depth;

	u->addr[i] = annex_kmap_local_page(u->pages[i]);
	if (!u->addr[i])
		return -ENOMEM;
	u->depth++;
	return look(u, "after kmap_local()");
}

/* One in two is written to before it goes. */
static int unmap_one(struct user *u)
{
	unsigned int i = u->depth - 1;
	annex_pfn_t pfn = annex_page_to_pfn(u->pages[i]);
	int err = look(u, "before kunmap_local()");

	if (prandom_u32_state(&u->rnd) & 1)
		exercise_stamp_at(u->addr[i], pfn, ++u->key[i]);
	u->depth--;
	return annex_kunmap_local(u->addr[i]) ?: err;
}

static int let_others_run(struct user *u)
{
	const char *how = "after cond_resched()";

	switch (prandom_u32_state(&u->rnd) % 4) {
	case 0:
		cond_resched();
		break;
	case 1:
		schedule();
		how = "after schedule()";
		break;
	case 2:
		usleep_range(20, 500);
		how = "after sleep";
		break;
	default:
		return 0;
	}
	return look(u, how);
}

static int one_round(struct user *u)
{
	unsigned int depth = 1 + prandom_u32_state(&u->rnd) % DEPTH;
	int err = 0, err_unmap;

	while (u->depth < depth && !err)
		err = map_one(u) ?: let_others_run(u);
	while (u->depth) {
		err_unmap = unmap_one(u);
		err = err ?: err_unmap;
		if (!err)
			err = let_others_run(u);
	}
	return err;
}

/* In the end the frames have the stamps of before. */
static int work(void *data)
{
	struct user *u = data;
	unsigned int i;
	int err = 0;
	u32 op;

	for (op = 0; op < u->ops && !err; op++) {
		err = one_round(u);
		cond_resched();
	}
	for (i = 0; i < DEPTH && !err; i++) {
		err = exercise_check_stamp(u->pages[i], 0, u->key[i]);
		exercise_stamp(u->pages[i], 0, u->last_key);
	}
	return err;
}

/* By one of two functions, in turn, which have to get on with each other. */
static void *map_for_visit(struct visit *v, unsigned int i)
{
	return (v->runs + i) % 2 ? annex_kmap_atomic(v->pages[i]) :
				   annex_kmap_local_page(v->pages[i]);
}

static int unmap_after_visit(struct visit *v, unsigned int i, void *addr)
{
	return (v->runs + i) % 2 ? annex_kunmap_atomic(addr) :
				   annex_kunmap_local(addr);
}

static void visit(struct visit *v)
{
	void *addr[VISIT_DEPTH];
	unsigned int i;
	annex_pfn_t pfn;

	for (i = 0; i < VISIT_DEPTH; i++) {
		pfn = annex_page_to_pfn(v->pages[i]);
		addr[i] = map_for_visit(v, i);
		if (!addr[i])
			break;
		v->wrong += !exercise_has_stamp(addr[i], pfn, v->key);
	}
	v->wrong += i < VISIT_DEPTH;
	while (i--) {
		pfn = annex_page_to_pfn(v->pages[i]);
		v->wrong += !exercise_has_stamp(addr[i], pfn, v->key);
		exercise_stamp_at(addr[i], pfn, v->key + 1);
		v->wrong += !!unmap_after_visit(v, i, addr[i]);
	}
	v->key++;
	v->runs++;
}

static enum hrtimer_restart visit_hard(struct hrtimer *timer)
{
	struct visitor *v = container_of(timer, struct visitor, timer);

	visit(&v->hard);
	tasklet_schedule(&v->tasklet);
	hrtimer_forward_now(timer, PERIOD);
	return HRTIMER_RESTART;
}

static void visit_soft(struct tasklet_struct *tasklet)
{
	struct visitor *v = container_of(tasklet, struct visitor, tasklet);

	visit(&v->soft);
}

static void start_visits(void *visitors)
{
	struct visitor *v = visitors;

	v += smp_processor_id();
	hrtimer_start(&v->timer, PERIOD, HRTIMER_MODE_REL_PINNED);
}

/* Each CPU has four frames, beginning at @pages. */
static void init_visitors(struct visitor *v, struct annex_page **pages, u32 key)
{
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++, v++) {
		hrtimer_setup(&v->timer, visit_hard, CLOCK_MONOTONIC,
			      HRTIMER_MODE_REL_PINNED);
		tasklet_setup(&v->tasklet, visit_soft);
		v->hard.pages = pages;
		v->soft.pages = pages + VISIT_DEPTH;
		v->hard.key = key;
		v->soft.key = key;
		pages += 2 * VISIT_DEPTH;
	}
}

/* The stamps of before, by a way of their own. */
static int end_visit(struct visit *v, u32 key, u32 *runs)
{
	unsigned int i;
	int err = v->wrong ? -EBADMSG : 0;

	*runs += v->runs;
	for (i = 0; i < VISIT_DEPTH; i++) {
		err = err ?: exercise_check_stamp(v->pages[i], 0, v->key);
		exercise_stamp(v->pages[i], 0, key);
	}
	return err;
}

static int end_visitors(struct visitor *v, u32 key)
{
	u32 hard = 0, soft = 0;
	unsigned int cpu;
	int err = 0, err_hard, err_soft;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++, v++) {
		hrtimer_cancel(&v->timer);
		tasklet_kill(&v->tasklet);
		err_hard = end_visit(&v->hard, key, &hard);
		err_soft = end_visit(&v->soft, key, &soft);
		if (err_hard || err_soft)
			exercise_say("interrupts of CPU %u found %u and %u wrong things\n",
				     cpu, v->hard.wrong, v->soft.wrong);
		err = err ?: err_hard ?: err_soft;
	}
	exercise_say("%u hardirqs and %u softirqs mapped as well\n", hard, soft);
	return err ?: hard && soft ? 0 : -EAGAIN;
}

static int run_users(const struct exercise_args *args,
		     struct annex_page **pages, u32 seed)
{
	struct user *u = kvcalloc(args->threads, sizeof(*u), GFP_KERNEL);
	u32 i, j, steps = 0;
	int err;

	if (!u)
		return -ENOMEM;
	for (i = 0; i < args->threads; i++) {
		prandom_seed_state(&u[i].rnd, seed + i);
		u[i].pages = pages + i * DEPTH;
		u[i].ops = args->ops;
		u[i].last_key = seed;
		for (j = 0; j < DEPTH; j++)
			u[i].key[j] = seed;
	}
	/* Half of them may wander, where they hold nothing. */
	err = exercise_run_threads(args->threads, args->threads / 2, work, u,
				   sizeof(*u));
	for (i = 0; i < args->threads; i++)
		steps += u[i].steps;
	exercise_say("%u steps\n", steps);
	kvfree(u);
	return err;
}

static int run(const struct exercise_args *args, struct annex_page **pages,
	       u32 seed)
{
	struct visitor *v = kcalloc(nr_cpu_ids, sizeof(*v), GFP_KERNEL);
	ktime_t start = ktime_get();
	int err, err_visitors;

	if (!v)
		return -ENOMEM;
	init_visitors(v, pages + args->threads * DEPTH, seed);
	on_each_cpu(start_visits, v, 1);
	err = run_users(args, pages, seed);
	err_visitors = end_visitors(v, seed);
	kfree(v);
	exercise_say("%lld ms\n", ktime_ms_delta(ktime_get(), start));
	return err ?: err_visitors;
}

/**
 * exercise_kmap_local() - hold mappings across sleep, with interrupts on top
 * @args: ops: rounds of each thread; threads; seed
 *
 * Context: process.
 * Return: 0; -EBADMSG if an address showed another frame; -EAGAIN if no
 * interrupt came; -ENOMEM; -EINVAL; or what annex refused something with.
 */
int exercise_kmap_local(const struct exercise_args *args)
{
	u32 nr = args->threads * DEPTH + nr_cpu_ids * 2 * VISIT_DEPTH;
	u32 seed = exercise_seed(args);
	struct annex_page **pages;
	int err, err_drop;

	if (!args->threads || args->threads > THREADS_MAX)
		return -EINVAL;
	exercise_say("kmap_local ops=%u seed=%u threads=%u\n", args->ops, seed,
		     args->threads);
	pages = exercise_take_frames(nr, seed);
	if (!pages)
		return -ENOMEM;
	err = run(args, pages, seed);
	err_drop = exercise_drop_frames(pages, nr, seed);
	return err ?: err_drop;
}

struct loser {
	struct annex_page **pages;
	u32 nr;
};

static int lose(void *data)
{
	struct loser *l = data;
	u32 i;

	for (i = 0; i < l->nr; i++)
		if (!annex_kmap_local_page(l->pages[i]))
			return -ENOMEM;
	return 0;
}

/**
 * exercise_kmap_local_lose() - let a thread end with mappings
 * @args: blocks: how many
 *
 * Context: process.
 * Return: 0; -ENOMEM; -EINVAL; -EBADMSG if a frame suffered.
 */
int exercise_kmap_local_lose(const struct exercise_args *args)
{
	struct loser l = { .nr = args->blocks };
	int err, err_drop;

	if (!l.nr || l.nr > LOST_MAX)
		return -EINVAL;
	l.pages = exercise_take_frames(l.nr, 0);
	if (!l.pages)
		return -ENOMEM;
	err = exercise_run_threads(1, 0, lose, &l, sizeof(l));
	err_drop = exercise_drop_frames(l.pages, l.nr, 0);
	return err ?: err_drop;
}
