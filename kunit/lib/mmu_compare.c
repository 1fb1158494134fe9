// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the MMU make of tables what annex_pgtable_walk() makes of them?
 *
 * Each address is read, written or called. The walker says first whether that
 * will fault, with which error code, or which byte of memory it reaches; then
 * the MMU is asked; and memory is looked at by another way, through the pool's
 * scratch slots. Only frames of the test's own are written or called: they have
 * stamps by which they are told apart, and a write at random writes what is
 * there. All others are read.
 *
 * Of what is read elsewhere, bits 5 and 6 are not compared: it may be an entry
 * of the very tables, in which the MMU notes what it does.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "mmu_compare.h"

#define NOTES	((u32)(ANNEX_PTE_ACCESSED | ANNEX_PTE_DIRTY))

/* Some addresses before and behind a run, which show nothing or something else. */
#define AROUND	SZ_64K

struct mmu_room *mmu_room_make(void)
{
	struct mmu_room *room = kzalloc(sizeof(*room), GFP_KERNEL);

	if (room && mmu_open(&room->mmu)) {
		kfree(room);
		room = NULL;
	}
	return room;
}

void mmu_room_free(struct mmu_room *room)
{
	if (!room)
		return;
	mmu_close(&room->mmu);
	kfree(room);
}

static bool in_pool(const struct mmu_view *v, u64 phys)
{
	return phys >= v->start && phys < v->end;
}

static bool is_stamped(const struct mmu_view *v, u64 phys)
{
	return in_pool(v, phys) &&
	       test_bit((phys - v->start) >> PAGE_SHIFT, v->stamped);
}

static u32 stamp_at(const struct mmu_view *v, u64 phys)
{
	return mmu_stamp((phys - v->start) >> PAGE_SHIFT);
}

/**
 * mmu_view_init() - read the first level of tables, and what they map
 * @v: its other members are filled
 *
 * Context: process.
 * Return: 0, or what @v->peek said.
 */
int mmu_view_init(struct mmu_view *v)
{
	u64 at = 0;
	int i, err;

	for (i = 0; i < MMU_ROOTS; i++) {
		u64 phys = v->pt->root + i * sizeof(u64);
		u32 half[2];

		err = v->peek(v->arg, phys, &half[0]) ?:
		      v->peek(v->arg, phys + sizeof(u32), &half[1]);
		if (err)
			return err;
		v->root[i] = (u64)half[1] << 32 | half[0];
	}
	v->nr_runs = 0;
	while (v->nr_runs < MMU_RUNS &&
	       annex_pgtable_run(v->pt, at, MMU_END, &v->run[v->nr_runs]))
		at = v->run[v->nr_runs++].end;
	return 0;
}

static u32 error_of(enum mmu_kind kind)
{
	return kind == MMU_WRITE_WORD ? MMU_WRITE :
	       kind == MMU_EXEC ? MMU_FETCH : 0;
}

/* What an access will come to, as the walker sees it. */
static void predict(const struct mmu_view *v, const struct mmu_access *a,
		    struct mmu_expect *e)
{
	annex_pgtable_walk(v->pt, a->addr, &e->t);
	e->error = 0;
	if (e->t.level == ANNEX_PGT_NONE)
		e->error = MMU_FAULTED | error_of(a->kind);
	else if ((a->kind == MMU_WRITE_WORD && !(e->t.prot & ANNEX_PTE_RW)) ||
		 (a->kind == MMU_EXEC && e->t.prot & ANNEX_PTE_NX))
		e->error = MMU_FAULTED | MMU_PROTECTION | error_of(a->kind);
}

static void found_wrong(const struct mmu_access *a, const struct mmu_expect *e,
			u32 word, struct mmu_tally *tally)
{
	static const char * const kinds[] = { "read", "write", "call" };

	if (tally->wrong++)
		return;
	snprintf(tally->first, sizeof(tally->first),
		 "%s of %#x: value or CR2 %#x, error %#x; walker: level %d, %#llx, prot %#llx, error %#x; there is %#x",
		 kinds[a->kind], a->addr, a->value, a->error, e->t.level,
		 e->t.phys, e->t.prot, e->error, word);
}

static bool is_right(const struct mmu_view *v, const struct mmu_access *a,
		     const struct mmu_expect *e, u32 *word)
{
	u32 mask = ~0U;

	if (a->error != e->error)
		return false;
	if (a->error)
		return a->value == a->addr;
	if (!in_pool(v, e->t.phys) || v->peek(v->arg, e->t.phys, word))
		return false;
	if (!is_stamped(v, e->t.phys))
		mask = ~NOTES;
	return a->kind == MMU_EXEC || !((a->value ^ *word) & mask);
}

static void judge(const struct mmu_view *v, const struct mmu_access *a,
		  const struct mmu_expect *e, struct mmu_tally *tally)
{
	u32 word = 0;

	tally->asked++;
	if (a->error) {
		tally->faults++;
		tally->cr2 = a->value;
		tally->error = a->error & ~MMU_FAULTED;
	} else if (a->kind == MMU_READ_WORD) {
		tally->reads++;
	} else if (a->kind == MMU_WRITE_WORD) {
		tally->writes++;
	} else {
		tally->execs++;
	}
	if (!is_right(v, a, e, &word))
		found_wrong(a, e, word, tally);
}

static void look(struct mmu_room *room, const struct mmu_view *v,
		 unsigned int nr, struct mmu_tally *tally)
{
	unsigned int i;

	if (mmu_look(&room->mmu, v->root, room->access, nr)) {
		found_wrong(room->access, room->expect, 0, tally);
		return;
	}
	for (i = 0; i < nr; i++)
		judge(v, &room->access[i], &room->expect[i], tally);
}

/* One in three anywhere; the others in what is mapped, or just beside it. */
static u32 random_addr(const struct mmu_view *v, struct rnd_state *rnd)
{
	u32 r = prandom_u32_state(rnd);
	const struct annex_pgtable_run *run;
	u64 start, end;

	if (!v->nr_runs || r % 3 == 0)
		return prandom_u32_state(rnd) % MMU_END & ~3U;
	run = &v->run[prandom_u32_state(rnd) % v->nr_runs];
	start = run->start < AROUND ? 0 : run->start - AROUND;
	end = min_t(u64, run->end + AROUND, MMU_END);
	return (u32)(start + prandom_u32_state(rnd) % (u32)(end - start)) & ~3U;
}

static void choose(const struct mmu_view *v, struct rnd_state *rnd,
		   struct mmu_access *a, struct mmu_expect *e)
{
	a->addr = random_addr(v, rnd);
	a->kind = prandom_u32_state(rnd) % 3;
	a->value = 0;
	predict(v, a, e);
	if (e->error)
		return;
	if (is_stamped(v, e->t.phys)) {
		a->value = a->kind == MMU_WRITE_WORD ?
			   stamp_at(v, e->t.phys) : 0;
	} else {
		a->kind = MMU_READ_WORD;
		predict(v, a, e);
	}
}

/**
 * mmu_compare_random() - compare walker and MMU at random addresses
 * @room: this thread's
 * @v: tables that do not change meanwhile
 * @rnd: where addresses come from
 * @nr: how many addresses
 * @tally: added to
 *
 * Context: process, on one CPU.
 */
void mmu_compare_random(struct mmu_room *room, const struct mmu_view *v,
			struct rnd_state *rnd, unsigned long nr,
			struct mmu_tally *tally)
{
	while (nr) {
		unsigned int n = min_t(unsigned long, nr, MMU_BATCH), i;

		for (i = 0; i < n; i++)
			choose(v, rnd, &room->access[i], &room->expect[i]);
		look(room, v, n, tally);
		nr -= n;
		cond_resched();
	}
}

static void ask(struct mmu_room *room, const struct mmu_view *v, u32 addr,
		enum mmu_kind kind, u32 value, u64 phys,
		struct mmu_tally *tally)
{
	struct mmu_access *a = &room->access[0];
	struct mmu_expect *e = &room->expect[0];

	a->addr = addr;
	a->kind = kind;
	a->value = value;
	predict(v, a, e);
	if (e->t.phys != phys)
		found_wrong(a, e, 0, tally);
	else
		look(room, v, 1, tally);
}

/* Read, and if the frame is the test's, write something else and undo it. */
static void ask_word(struct mmu_room *room, const struct mmu_view *v, u32 addr,
		     u64 phys, struct mmu_tally *tally)
{
	struct annex_translation t;

	ask(room, v, addr, MMU_READ_WORD, 0, phys, tally);
	annex_pgtable_walk(v->pt, addr, &t);
	if (!is_stamped(v, phys) || !(t.prot & ANNEX_PTE_RW))
		return;
	ask(room, v, addr, MMU_WRITE_WORD, ~addr, phys, tally);
	ask(room, v, addr, MMU_WRITE_WORD, stamp_at(v, phys), phys, tally);
}

/**
 * mmu_compare_range() - compare walker and MMU where consecutive frames are shown
 * @room: this thread's
 * @v: tables that no other thread uses meanwhile
 * @start: where it begins
 * @size: bytes
 * @phys: what @start must show
 * @tally: added to
 *
 * Both must show the right frame at the first and last words, in the middle and
 * on both sides of each border of 2 MB.
 *
 * Context: process, on one CPU.
 */
void mmu_compare_range(struct mmu_room *room, const struct mmu_view *v,
		       u32 start, u32 size, u64 phys, struct mmu_tally *tally)
{
	const u32 words[] = { 0, 4, size / 2 & ~3U, size - 8, size - 4 };
	unsigned int i;
	u32 border;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		ask_word(room, v, start + words[i], phys + words[i], tally);
	for (border = (start | (SZ_2M - 1)) + 1; border - start < size;
	     border += SZ_2M) {
		u32 off = border - start;

		ask_word(room, v, border - 4, phys + off - 4, tally);
		ask_word(room, v, border, phys + off, tally);
	}
}
