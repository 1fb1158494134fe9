// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every public function that takes something, while one thing after the other
 * fails that it takes: each point, the first time that it is come by, the second,
 * and so on until it is not come by so often. Once only that time fails, and once
 * all from then on.
 *
 * The function must say so with the errno of its kind, and nothing may be gone:
 * afterwards the pool has as many free frames as before, and recounting it finds
 * nothing wrong. And each must have come by the points that are known of it.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/string.h>

#include <annex/page_alloc.h>
#include <annex/slab.h>
#include <annex/vmalloc.h>

#include "api/tests.h"
#include "exercise.h"
#include "faults.h"

/* No call comes by a point so often: 1 MB is 256 frames. */
#define MOST	1000

/**
 * struct tally - what has come of it
 * @free: free frames that there should be
 * @failures: on purpose
 * @survived: calls that got along without what failed
 * @calls: that were made to fail
 */
struct tally {
	unsigned long free;
	unsigned int failures;
	unsigned int survived;
	unsigned int calls;
};

static void say_violation(void *unused, struct va_format *vaf)
{
	exercise_say("%pV\n", vaf);
}

/* Drain what CPUs and caches hold, and purge lazy areas. */
static unsigned long settle(unsigned long *wrong)
{
	annex_vm_unmap_aliases();
	annex_drop_slab();
	annex_drain_all_pages();
	*wrong = annex_recount(say_violation, NULL);
	return annex_nr_free_frames();
}

static int check(struct tally *t, const struct fault_op *op, const char *point,
		 unsigned int nth, int said)
{
	unsigned long wrong, free = settle(&wrong);

	t->survived += !said;
	if ((!said || said == -ENOMEM) && free == t->free && !wrong)
		return 0;
	exercise_say("%s, %s %u: said %d, %lu frames instead of %lu, %lu wrong\n",
		     op->name, point, nth, said, free, t->free, wrong);
	return -EPROTO;
}

/* The first call fails, the second, and so on until there are no more. */
static int try_point(struct tally *t, const struct fault_op *op,
		     enum annex_fail_point point, int times, u32 *seen)
{
	unsigned int nth, failed = 1;
	int err = 0, said;

	for (nth = 0; !err && failed && nth < MOST; nth++) {
		annex_fail_arm(point, nth, times);
		said = op->call();
		failed = annex_fail_count(point);
		/* From now on it only counts, which keeps the points switched on. */
		annex_fail_arm(point, 0, 0);
		cond_resched();
		if (failed || said) {
			t->failures++;
			*seen |= BIT(point);
			err = check(t, op, annex_fail_points[point].name,
				    nth + 1, said);
		}
	}
	if (nth < MOST)
		return err;
	exercise_say("%s, %s: more than %u times\n", op->name,
		     annex_fail_points[point].name, MOST);
	return -EPROTO;
}

static int try_op(struct tally *t, const struct fault_op *op)
{
	unsigned int point;
	unsigned long wrong;
	u32 seen = 0;
	int err;

	t->calls++;
	/* No point fails in the first call, which may take host memory. */
	err = op->call();
	settle(&wrong);
	for (point = 0; point < ANNEX_NR_FAIL_REQUESTS && !err; point++)
		err = try_point(t, op, point, 1, &seen) ?:
		      try_point(t, op, point, -1, &seen);
	if (err || !(op->points & ~seen))
		return err;
	exercise_say("%s: points %#x were never come by\n", op->name,
		     op->points & ~seen);
	return -EPROTO;
}

static int try_ops(struct tally *t, const struct fault_op *ops, unsigned int nr,
		   const char *name)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr && !err; i++)
		if (!*name || !strcmp(name, ops[i].name))
			err = try_op(t, &ops[i]);
	return err;
}

/**
 * exercise_faults() - fail at everything that can fail
 * @args: name: of one call, or none for all
 *
 * Context: process.
 * Return: 0 if all was said, and nothing was lost.
 */
int exercise_faults(const struct exercise_args *args)
{
	struct tally t = {};
	unsigned long wrong;
	int err;

	t.free = settle(&wrong);
	err = try_ops(&t, exercise_fault_frames, exercise_nr_fault_frames,
		      args->name) ?:
	      try_ops(&t, exercise_fault_areas, exercise_nr_fault_areas,
		      args->name);
	annex_fail_disarm();
	exercise_say("%u calls, %u points, %u failures, %u got along: %s\n",
		     t.calls, ANNEX_NR_FAIL_REQUESTS, t.failures, t.survived,
		     err ? "WRONG" : "nothing was lost");
	return err ?: wrong || !t.calls ? -EPROTO : 0;
}
