/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_TORTURE_PATIENCE_H
#define ANNEX_TORTURE_PATIENCE_H

/*
 * How long a thread of torture may take for a turn before it counts as stuck. On a
 * machine that has more to do than the test, a thread that gets on is slow, and so is
 * the thread that recounts the pool all the while: how long its recounts take is the
 * measure.
 */
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/types.h>

/*
 * Seconds: longer than the pressure lasts and a request waits, however busy the
 * host; half of a shorter run, but more than a busy host stands still.
 */
#define TORTURE_PATIENCE_MAX	30U
#define TORTURE_PATIENCE_MIN	10U

/* And on a slow machine, as much as so many recounts take. */
#define TORTURE_RECOUNTS	20UL

/* But a hang has to end: ten times what a fast machine has. */
#define TORTURE_PATIENCE_CAP	300U

/**
 * torture_patience() - what a thread is given
 * @seconds: how long the run is to be, 0 if that is not known
 * @recount: what the longest recount has taken, in jiffies
 *
 * Return: jiffies.
 */
static inline unsigned long torture_patience(unsigned int seconds,
					     unsigned long recount)
{
	unsigned long least = TORTURE_PATIENCE_MAX * HZ;
	unsigned long most = TORTURE_PATIENCE_CAP * HZ;

	if (seconds)
		least = clamp(seconds / 2, TORTURE_PATIENCE_MIN,
			      TORTURE_PATIENCE_MAX) * HZ;
	return clamp(TORTURE_RECOUNTS * min(recount, most), least, most);
}

#endif /* ANNEX_TORTURE_PATIENCE_H */
