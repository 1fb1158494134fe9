/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_MAP_KMAP_LOCAL_H
#define ANNEX_MAP_KMAP_LOCAL_H

#include <linux/compiler.h>
#include <linux/irq_work.h>
#include <linux/kconfig.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <annex/types.h>

struct annex;
struct annex_page;
struct annex_window;

/*
 * Mappings that a CPU can hold at once: the kernel's KM_MAX_IDX. A thread
 * copies between two, a softirq and a hardirq on top of it as well, and each
 * of the three has room for more.
 */
#define ANNEX_KM_MAX		16

/* Pages of the window per mapping: in a debug build each has a hole before it. */
#define ANNEX_KM_STRIDE		(IS_ENABLED(CONFIG_DEBUG_KMAP_LOCAL) ? 2 : 1)
#define ANNEX_KM_GUARD		(ANNEX_KM_STRIDE - 1)
#define ANNEX_KM_PAGES		(ANNEX_KM_MAX * ANNEX_KM_STRIDE)

/*
 * Whose a mapping is: the level of the interrupt that made it, 0 for a thread,
 * and these, for which annex_kmap_context() has no use:
 *
 * ATOMIC	annex_kmap_atomic() made it;
 * PINNED	it is a thread's first, and migrate_disable() was called for it;
 *		that of others is not counted for, see host/switch.h.
 */
#define ANNEX_KM_ATOMIC		1U
#define ANNEX_KM_PINNED		2U
#define ANNEX_KM_HOW		(ANNEX_KM_ATOMIC | ANNEX_KM_PINNED)

/**
 * struct annex_kmap_entry - a mapping of a CPU's stack
 * @nr: the frame, counted from the first that is mapped at all
 * @owner: whose it is; 0 where nothing is mapped
 */
struct annex_kmap_entry {
	u32 nr;
	u32 owner;
};

/**
 * struct annex_kmap_thread - what is kept of a thread that uses kmap_local
 * @notifier: tells when it is scheduled, while it is hooked
 * @local: of which pool
 * @next: in a CPU's list of spare ones
 * @parked: in a CPU's list of those whose thread holds mappings and is not
 *	running
 * @depth: mappings that it held when it was scheduled out
 * @entry: these, first to last
 */
struct annex_kmap_thread {
	struct preempt_notifier notifier;
	struct annex_kmap_local *local;
	struct annex_kmap_thread *next;
	struct list_head parked;
	unsigned int depth;
	struct annex_kmap_entry entry[ANNEX_KM_MAX];
};

/**
 * struct annex_kmap_cpu - the mappings of a CPU
 * @depth: how many there are now: those of the running thread, and those of
 *	the interrupts on top of it
 * @room: how many a thread may make: %ANNEX_KM_MAX, or 0 as long as the
 *	running one is not hooked, or an interrupt has mappings
 * @most: the most there ever were
 * @addr: address of its first page
 * @pte: its entry
 * @entry: the mappings
 * @thread: what is hooked to the running thread, or NULL
 * @spare: threads' records that nobody uses
 * @parked: records of threads that sleep with mappings
 * @nr_parked: how many
 * @nr_records: records made
 * @lost: mappings of threads that ended with them, or slept where they must not,
 *	and of interrupts that left them
 * @ended: the last such thread
 * @left: of interrupts, since that was last told
 * @report: tells of it
 * @work: forgets who is parked, when the pool goes
 * @local: of which pool
 */
struct annex_kmap_cpu {
	unsigned int depth;
	unsigned int room;
	unsigned int most;
	unsigned long addr;
	pte_t *pte;
	struct annex_kmap_entry entry[ANNEX_KM_MAX];

	struct annex_kmap_thread *thread;
	struct annex_kmap_thread *spare;
	struct list_head parked;
	unsigned int nr_parked;
	unsigned int nr_records;
	unsigned int lost;
	pid_t ended;
	unsigned int left;
	struct irq_work report;
	struct work_struct work;
	struct annex_kmap_local *local;
};

/**
 * struct annex_kmap_local - the mappings of a pool that only their CPU sees
 * @first: descriptor of the first frame that is mapped; those before it have an
 *	address for ever
 * @nr_mapped: frames from there on
 * @direct: frames before it
 * @first_pfn: the host's number of @first
 * @cpus: the CPUs
 * @window: their addresses, NULL if the pool has none
 */
struct annex_kmap_local {
	const struct annex_page *first;
	annex_pfn_t nr_mapped;
	annex_pfn_t direct;
	unsigned long first_pfn;
	struct annex_kmap_cpu __percpu *cpus;
	struct annex_window *window;
};

/* A pool without mappings: nothing is on the stacks of these CPUs. */
DECLARE_PER_CPU(struct annex_kmap_cpu, annex_kmap_no_cpu);
#define ANNEX_KMAP_LOCAL_NONE	{ .cpus = &annex_kmap_no_cpu }

/* From which level: 0 for a thread; what interrupts another differs. */
static __always_inline u32 annex_kmap_context(void)
{
	return preempt_count() & (NMI_MASK | HARDIRQ_MASK |
		(IS_ENABLED(CONFIG_PREEMPT_RT) ? 0 : SOFTIRQ_OFFSET));
}

/**
 * annex_kmap_depth() - how many mappings a CPU has
 * @k: the CPU's
 *
 * Of this CPU's, an interrupt at any moment changes it and puts it back.
 *
 * Context: any; with preemption on or from another CPU, a snapshot.
 */
static __always_inline unsigned int
annex_kmap_depth(const struct annex_kmap_cpu *k)
{
	return READ_ONCE(k->depth);
}

/*
 * Has an interrupt that is over left its mapping? It is on top, and was made from
 * a higher level than whoever runs now.
 */
static __always_inline bool annex_kmap_is_left(const struct annex_kmap_cpu *k)
{
	unsigned int depth = annex_kmap_depth(k);

	return depth && (k->entry[depth - 1].owner & ~ANNEX_KM_HOW) >
				annex_kmap_context();
}

/* Address and entry of a mapping of a CPU's stack. */
static inline void *annex_kmap_addr(const struct annex_kmap_cpu *k,
				    unsigned int idx)
{
	return (void *)(k->addr +
			((idx * ANNEX_KM_STRIDE + ANNEX_KM_GUARD) << PAGE_SHIFT));
}

static inline pte_t *annex_kmap_pte(const struct annex_kmap_cpu *k,
				    unsigned int idx)
{
	return k->pte + idx * ANNEX_KM_STRIDE + ANNEX_KM_GUARD;
}

/* kmap_thread.c */
bool annex_kmap_thread_hook(struct annex_kmap_cpu *k);
void annex_kmap_undo_left(struct annex_kmap_cpu *k);
void annex_kmap_note_room(struct annex_kmap_cpu *k);
int annex_kmap_threads_init(struct annex_kmap_cpu *k, unsigned int cpu);
void annex_kmap_threads_free(struct annex_kmap_cpu *k);
void annex_kmap_threads_forget(struct annex_kmap_local *kl);

/* Pages of the window for all CPUs, with some to begin at a multiple. */
unsigned long annex_kmap_local_window_pages(void);
int annex_kmap_local_init(struct annex *annex, struct annex_window *window,
			  bool force);
unsigned int annex_kmap_local_exit(struct annex *annex);

void *annex_pool_kmap_local(struct annex *annex, annex_pfn_t pfn);
void *annex_pool_kmap_local_page(struct annex *annex,
				 const struct annex_page *page);
int annex_pool_kunmap_local(struct annex *annex, const void *addr);
const struct annex_page *annex_kmap_local_addr_page(struct annex *annex,
						    const void *addr);

void *annex_pool_kmap_atomic(struct annex *annex, const struct annex_page *page);
void *annex_pool_kmap_atomic_pfn(struct annex *annex, annex_pfn_t pfn);
int annex_pool_kunmap_atomic(struct annex *annex, const void *addr);

/* What the short way leaves: first mappings, interrupts, and all complaints. */
void *annex_kmap_page_slowly(struct annex *annex, const struct annex_page *page,
			     u32 how);
void *annex_kmap_pfn_slowly(struct annex *annex, annex_pfn_t pfn, u32 how);
int annex_kunmap_local_slowly(struct annex *annex, const void *addr, u32 how);
void annex_kmap_note_most(struct annex_kmap_cpu *k, unsigned int depth);

#endif /* ANNEX_MAP_KMAP_LOCAL_H */
