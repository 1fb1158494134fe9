// SPDX-License-Identifier: GPL-2.0-only
/*
 * Freeing many frames lets others run, where the caller may sleep.
 *
 * The kernels of the suites cannot test it: UML has no preempt count, and the
 * others preempt threads anywhere. Debian's 6.1 does neither by default. The test
 * sets the thread's flag to reschedule, as a tick would, and only the scheduler
 * clears it. A kernel that preempts does so at the end of the tick's interrupt,
 * which the test does not have: there annex need not do anything.
 */
#include <linux/errno.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "exercise.h"

/* Some rounds of a bulk. */
#define FRAMES	256

/* Free frames, and say whether others have run meanwhile. */
static bool others_run(struct annex_page **pages, bool atomic)
{
	bool ran;

	if (atomic)
		preempt_disable();
	set_tsk_need_resched(current);
	set_preempt_need_resched();
	annex_free_pages_bulk(pages, FRAMES);
	ran = !need_resched();
	if (atomic)
		preempt_enable();
	cond_resched();
	return ran;
}

/**
 * exercise_resched() - free many frames in a thread, and in atomic context
 * @args: nothing
 *
 * Context: process, may sleep.
 * Return: 0; -EILSEQ if others ran where they may not, or did not where they may
 * and the kernel does not preempt.
 */
int exercise_resched(const struct exercise_args *args)
{
	static struct annex_page *pages[FRAMES];
	bool ran[2];
	int i;

	for (i = 0; i < 2; i++) {
		if (annex_alloc_pages_bulk(GFP_HIGHUSER, FRAMES, pages) != FRAMES)
			return -ENOMEM;
		ran[i] = others_run(pages, i);
	}
	exercise_say("others ran %s in a thread, %s where it may not sleep\n",
		     ran[0] ? "once" : "never", ran[1] ? "once" : "never");
	return (ran[0] || preempt_model_preemptible()) && !ran[1] ? 0 : -EILSEQ;
}
