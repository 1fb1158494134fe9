/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_TORTURE_H
#define ANNEX_TORTURE_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/completion.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/prandom.h>
#include <linux/types.h>
#include <annex/page.h>
#include <annex/types.h>

struct cpumask;
struct task_struct;
struct torture_op;

/* Where a turn is taken. */
enum torture_context {
	TORTURE_THREAD,
	TORTURE_SOFTIRQ,
	TORTURE_HARDIRQ,
	TORTURE_NR_CONTEXTS
};

#define TORTURE_THREADS		BIT(TORTURE_THREAD)
#define TORTURE_ANYWHERE	(BIT(TORTURE_NR_CONTEXTS) - 1)

/**
 * struct torture_turn - one operation
 * @op: of which kind
 * @rnd: what is random in it: by the seed, the stream and the step alone
 * @stream: whose it is
 * @step: the how many-th of that stream
 * @context: where it is taken
 * @skipped: nothing was done: somebody else is at what it had chosen, or that
 *	has nothing to do in this context
 */
struct torture_turn {
	const struct torture_op *op;
	struct rnd_state rnd;
	u32 stream;
	u32 step;
	enum torture_context context;
	bool skipped;
};

/**
 * struct torture_count - what became of the turns of a kind
 * @done: those that were not skipped
 * @denied: requests that got nothing
 * @loud: those of @denied that did not ask annex for silence: the log may have so
 *	many reports of failed allocations, and no more
 */
struct torture_count {
	atomic_long_t done;
	atomic_long_t denied;
	atomic_long_t loud;
};

/**
 * struct torture_op - a kind of operations
 * @name: what mix= and the verdict call it
 * @weight: how often, unless mix= says otherwise
 * @contexts: where it may be done, TORTURE_THREADS or TORTURE_ANYWHERE
 * @set_up: called before the first turn, or NULL; -ENODEV: not on this machine
 * @run: takes a turn
 * @clear: called after the last one: checks and gives back all that is held
 * @count: what became of its turns
 *
 * To add a kind, write a file with one of these and name it in ops.c.
 */
struct torture_op {
	const char *name;
	unsigned int weight;
	unsigned int contexts;
	int (*set_up)(void);
	void (*run)(struct torture_turn *t);
	void (*clear)(struct torture_turn *t);
	struct torture_count count;
};

extern struct torture_op torture_pages, torture_bulk, torture_kmap;
extern struct torture_op torture_local, torture_vmalloc, torture_vmap;
extern struct torture_op torture_ioremap, torture_heap, torture_kv;
extern struct torture_op torture_caches, torture_lru, torture_folio;
extern struct torture_op torture_lock, torture_isolate, torture_shrinker;
extern struct torture_op torture_drain, torture_burst, torture_mm;
extern struct torture_op torture_lists, torture_writeback, torture_shared;
extern struct torture_op torture_exact, torture_split, torture_rcu;
extern struct torture_op torture_objects, torture_text, torture_bio;

/* ops.c */
int torture_ops_set_mix(const char *mix);
int torture_ops_set_up(void);
void torture_ops_clear(void);
int torture_ops_take_turn(struct torture_turn *t);
unsigned long torture_ops_show(char *text, size_t size);

/* main.c */
extern u32 torture_seed;
extern char *torture_io;
extern char *torture_disk;
__printf(2, 3) void torture_corrupt(const struct torture_turn *t,
				    const char *fmt, ...);
bool torture_refused(const struct torture_turn *t, const char *call, int err);
void torture_violation(void *arg, struct va_format *vaf);

/**
 * struct torture_finds - what a run has found
 * @corrupt: contents that were not what they should be
 * @refused: calls that annex should not have refused
 * @violations: lines of annex_validate()
 * @stalls: threads that have not got on
 * @lost: frames that are not free again when all is given back
 */
struct torture_finds {
	atomic_long_t corrupt;
	atomic_long_t refused;
	atomic_long_t violations;
	atomic_long_t stalls;
	atomic_long_t lost;
};

extern struct torture_finds torture_finds;

/**
 * struct torture_thread - a thread that is watched
 * @task: it, until it is reaped
 * @run: what it does
 * @ended: it does nothing any more
 * @last: when it got on, in jiffies
 * @steps: how often it did
 * @told_of: when the log was told that it does not
 * @to_end: it is to end
 * @stalled: it was told of
 */
struct torture_thread {
	struct task_struct *task;
	void (*run)(struct torture_thread *self);
	struct completion ended;
	unsigned long last;
	unsigned long steps;
	unsigned long told_of;
	bool to_end;
	bool stalled;
};

/* thread.c */
void torture_threads_begin(unsigned int seconds, unsigned long recount);
void torture_threads_recounted(unsigned long recount);
const char *torture_threads_stuck(void);
int torture_thread_start(struct torture_thread *self,
			 void (*run)(struct torture_thread *self),
			 const char *name, const struct cpumask *cpus);
void torture_thread_watch(struct torture_thread *self);
void torture_thread_tell(struct torture_thread *self);
bool torture_thread_ended(struct torture_thread *self);
void torture_thread_reap(struct torture_thread *self);

static inline bool torture_is_to_end(const struct torture_thread *self)
{
	return READ_ONCE(self->to_end);
}

static inline void torture_gets_on(struct torture_thread *self)
{
	WRITE_ONCE(self->steps, self->steps + 1);
	WRITE_ONCE(self->last, jiffies);
}

/* engine.c */
int torture_engine_start(unsigned int threads);
bool torture_engine_end(void);
void torture_engine_watch(void);
unsigned long torture_engine_validated(void);
bool torture_engine_sequence(u32 *digest);

/* pressure.c */
int torture_pressure_start(void);
void torture_pressure_watch(void);
bool torture_pressure_end(void);
unsigned long torture_pressure_peaks(void);

/* The order of the largest block that an interrupt stamps. */
#define TORTURE_IRQ_ORDER	3

/* stamp.c */
void torture_turn_init(struct torture_turn *t, u32 stream, u32 step);
u32 torture_key(struct torture_turn *t);
gfp_t torture_gfp(struct torture_turn *t);
gfp_t torture_heap_gfp(struct torture_turn *t);
unsigned int torture_order(struct torture_turn *t);
bool torture_is_lowmem(struct annex_page *page);
void torture_stamp(struct torture_turn *t, struct annex_page *page,
		   unsigned int order, u32 key);
bool torture_check(struct torture_turn *t, struct annex_page *page,
		   unsigned int order, u32 key);
void torture_stamp_at(void *addr, annex_pfn_t pfn, u32 key);
bool torture_check_at(struct torture_turn *t, const void *addr,
		      annex_pfn_t pfn, u32 key);
void torture_check_guard(struct torture_turn *t, const void *addr);
void torture_check_zero(struct torture_turn *t, struct annex_page *page,
			unsigned int order);
void torture_nap(struct torture_turn *t);

static inline u32 torture_random(struct torture_turn *t)
{
	return prandom_u32_state(&t->rnd);
}

static inline u32 torture_below(struct torture_turn *t, u32 n)
{
	return torture_random(t) % n;
}

static inline bool torture_one_in(struct torture_turn *t, u32 n)
{
	return !torture_below(t, n);
}

/* Nothing was to be had, which may be. */
static inline void torture_denied(struct torture_turn *t)
{
	atomic_long_inc(&((struct torture_op *)t->op)->count.denied);
}

/* The same, without __GFP_NOWARN. */
static inline void torture_denied_loudly(struct torture_turn *t)
{
	torture_denied(t);
	atomic_long_inc(&((struct torture_op *)t->op)->count.loud);
}

static inline void torture_skip(struct torture_turn *t)
{
	t->skipped = true;
}

/*
 * What turns hold between them is in slots, which any of them may use. The turn
 * that claims one has it; the others, an interrupt on top included, go away.
 */
static inline bool torture_claim(struct torture_turn *t, unsigned long *busy)
{
	if (likely(!test_and_set_bit_lock(0, busy)))
		return true;
	torture_skip(t);
	return false;
}

static inline void torture_unclaim(unsigned long *busy)
{
	clear_bit_unlock(0, busy);
}

/* For clear(): give() each entry of an array of which a member is not 0. */
#define torture_give_all(t, entries, member, give)			\
	do {								\
		typeof(entries) *_all = &(entries);			\
		unsigned int _i;					\
									\
		for (_i = 0; _i < ARRAY_SIZE(*_all); _i++)		\
			if ((*_all)[_i].member)				\
				give(t, &(*_all)[_i]);			\
	} while (0)

#endif /* ANNEX_TORTURE_H */
