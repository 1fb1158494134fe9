/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_MMU_COMPARE_H
#define ANNEX_KUNIT_LIB_MMU_COMPARE_H

/*
 * Does the MMU make of tables what annex_pgtable_walk() makes of them? As mmu.h,
 * without KUnit.
 */
#include <linux/prandom.h>
#include <linux/types.h>

#include "mmu.h"
#include "pgtable/pgtable.h"

/* Addresses asked about in one window; interrupts are off meanwhile. */
#define MMU_BATCH	64

/* Runs of addresses that random ones are chosen from. */
#define MMU_RUNS	64

/**
 * struct mmu_view - tables that are looked at
 * @pt: the tables
 * @start: physical address of the pool
 * @end: where it ends
 * @stamped: by frame of the pool: it is the test's and filled with mmu_stamp()
 * @peek: reads a word of the pool by a way that has nothing to do with @pt
 * @arg: for @peek
 * @nr_runs: how many there are, filled by mmu_view_init()
 * @run: what is mapped below MMU_END, likewise; @run.end is not behind it
 * @root: the first level, likewise
 */
struct mmu_view {
	const struct annex_pgtable *pt;
	u64 start;
	u64 end;
	const unsigned long *stamped;
	int (*peek)(void *arg, u64 phys, u32 *word);
	void *arg;
	unsigned int nr_runs;
	struct annex_pgtable_run run[MMU_RUNS];
	u64 root[MMU_ROOTS];
};

/**
 * struct mmu_tally - what came of it
 * @asked: addresses
 * @reads: words that were read
 * @writes: words that were written
 * @execs: calls that came back
 * @faults: faults that were caught
 * @cr2: of the last of them
 * @error: likewise
 * @wrong: answers of the MMU that are not the walker's
 * @first: the first of them, in words
 */
struct mmu_tally {
	unsigned long asked;
	unsigned long reads;
	unsigned long writes;
	unsigned long execs;
	unsigned long faults;
	u32 cr2;
	u32 error;
	unsigned long wrong;
	char first[160];
};

/**
 * struct mmu_room - memory for comparing, of one thread
 * @mmu: its windows
 * @access: addresses of a window
 * @expect: and what the walker says of them
 */
struct mmu_room {
	struct mmu mmu;
	struct mmu_access access[MMU_BATCH];
	struct mmu_expect {
		struct annex_translation t;
		u32 error;
	} expect[MMU_BATCH];
};

struct mmu_room *mmu_room_make(void);
void mmu_room_free(struct mmu_room *room);
int mmu_view_init(struct mmu_view *v);
void mmu_compare_random(struct mmu_room *room, const struct mmu_view *v,
			struct rnd_state *rnd, unsigned long nr,
			struct mmu_tally *tally);
void mmu_compare_range(struct mmu_room *room, const struct mmu_view *v,
		       u32 start, u32 size, u64 phys, struct mmu_tally *tally);

/*
 * What a frame of the test's is filled with: its number, and a return instruction
 * at the first byte of each word, so that it can be called anywhere.
 */
static inline u32 mmu_stamp(u32 pfn)
{
	return pfn << 8 | 0xc3;
}

#endif /* ANNEX_KUNIT_LIB_MMU_COMPARE_H */
