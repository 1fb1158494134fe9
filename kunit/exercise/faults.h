/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_EXERCISE_FAULTS_H
#define ANNEX_KUNIT_EXERCISE_FAULTS_H

#include <linux/bits.h>
#include <linux/gfp.h>
#include <linux/types.h>

#include "base/fail.h"

struct annex_page;

/**
 * struct fault_op - calls that take something and give it back
 * @name: of them
 * @call: them; returns 0, or -ENOMEM with nothing kept
 * @points: those that they come by without fail, a bit each
 */
struct fault_op {
	const char *name;
	int (*call)(void);
	u32 points;
};

/* A row of a table of them. */
#define OP(name, points)	{ #name, name, points }

/* What calls ask for that are to fail without a line in the log. */
#define QUIET	(GFP_KERNEL | __GFP_NOWARN)

#define PAGE	BIT(ANNEX_FAIL_PAGE)
#define MEMORY	BIT(ANNEX_FAIL_MEMORY)
#define PERCPU	BIT(ANNEX_FAIL_PERCPU)
#define OBJECT	BIT(ANNEX_FAIL_OBJECT)
#define ADDRESS	BIT(ANNEX_FAIL_ADDRESS)

int exercise_with_page(int (*use)(struct annex_page *page));

extern const struct fault_op exercise_fault_frames[];
extern const unsigned int exercise_nr_fault_frames;
extern const struct fault_op exercise_fault_areas[];
extern const unsigned int exercise_nr_fault_areas;

#endif /* ANNEX_KUNIT_EXERCISE_FAULTS_H */
