/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KMAP_KMAP_LOCAL_TYPES_H
#define ANNEX_KMAP_KMAP_LOCAL_TYPES_H

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

#include "host/switch.h"

struct annex_frames;
struct annex_page;
struct annex_window;

/*
 * Mappings that a CPU can hold at once: the kernel's KM_MAX_IDX. A thread, a
 * softirq and a hardirq on top of it may each copy between two frames, and each
 * of the three can map some more.
 */
#define ANNEX_KM_MAX		16

/* Pages of the window per mapping; in a debug build a hole precedes each. */
#define ANNEX_KM_STRIDE		(IS_ENABLED(CONFIG_DEBUG_KMAP_LOCAL) ? 2 : 1)
#define ANNEX_KM_GUARD		(ANNEX_KM_STRIDE - 1)
#define ANNEX_KM_PAGES		(ANNEX_KM_MAX * ANNEX_KM_STRIDE)

/*
 * Owner of a mapping: the interrupt level that made it (0 for a thread), plus
 * these flags in bits that annex_kmap_context() does not use:
 *
 * ATOMIC	made by annex_kmap_atomic();
 * PINNED	a thread's first mapping, with a migrate_disable() of its own. A
 *		first mapping without it was pinned by annex_pin(), which does
 *		not account on the CPU; see host/switch.h.
 */
#define ANNEX_KM_ATOMIC		1U
#define ANNEX_KM_PINNED		2U
#define ANNEX_KM_HOW		(ANNEX_KM_ATOMIC | ANNEX_KM_PINNED)

/**
 * struct annex_kmap_entry - a mapping of a CPU's stack
 * @nr: the frame, counted from the first frame that kmap_local maps
 * @owner: level and flags of the owner; 0 where nothing is mapped
 */
struct annex_kmap_entry {
	u32 nr;
	u32 owner;
};

/**
 * struct annex_kmap_thread - record of a thread that uses kmap_local
 * @notifier: registered with the thread while it is hooked
 * @local: the pool's state
 * @next: next on a CPU's free list
 * @parked: in a CPU's list of threads that hold mappings and do not run
 * @depth: mappings that the thread held when it was scheduled out
 * @entry: these mappings, first to last
 */
struct annex_kmap_thread {
	struct annex_switch_notifier notifier;
	struct annex_kmap_local *local;
	struct annex_kmap_thread *next;
	struct list_head parked;
	unsigned int depth;
	struct annex_kmap_entry entry[ANNEX_KM_MAX];
};

/**
 * struct annex_kmap_cpu - the mappings of a CPU
 * @depth: number of mappings now: those of the running thread, and those of
 *	the interrupts on top of it
 * @room: limit of @depth for a thread's fast path: %ANNEX_KM_MAX, or 0 while
 *	the running thread is not hooked or an interrupt has mappings
 * @most: maximum of @depth so far
 * @addr: address of its first page
 * @pte: page table entry of @addr
 * @entry: the mappings
 * @thread: record hooked to the running thread, or NULL
 * @free_list: free list of records
 * @parked: records of threads that were scheduled out with mappings
 * @nr_parked: number of these
 * @nr_records: number of records allocated
 * @lost: mappings that were undone because their thread ended or slept while it
 *	must not, or because an interrupt left them
 * @ended: pid of the last such thread
 * @left: mappings that interrupts left since the last report
 * @report: reports them
 * @work: forgets the parked threads when the pool is unloaded
 * @local: the pool's state
 */
struct annex_kmap_cpu {
	unsigned int depth;
	unsigned int room;
	unsigned int most;
	unsigned long addr;
	pte_t *pte;
	struct annex_kmap_entry entry[ANNEX_KM_MAX];

	struct annex_kmap_thread *thread;
	struct annex_kmap_thread *free_list;
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
 * struct annex_kmap_local - the CPU-local mappings of a pool
 * @frames: the frames of the pool
 * @first: descriptor of the first frame that it maps; earlier frames have a
 *	fixed address
 * @nr_mapped: number of frames from @first on
 * @direct: number of frames before @first
 * @first_pfn: host pfn of @first
 * @cpus: the CPUs' mappings
 * @window: the addresses of all CPUs, NULL if the pool has none
 */
struct annex_kmap_local {
	struct annex_frames *frames;
	const struct annex_page *first;
	annex_pfn_t nr_mapped;
	annex_pfn_t direct;
	unsigned long first_pfn;
	struct annex_kmap_cpu __percpu *cpus;
	struct annex_window *window;
};

/* For a pool without mappings: the stacks of these CPUs stay empty. */
DECLARE_PER_CPU(struct annex_kmap_cpu, annex_kmap_no_cpu);
#define ANNEX_KMAP_LOCAL_NONE(of) \
	{ .frames = (of), .cpus = &annex_kmap_no_cpu }

/* The interrupt level: 0 for a thread; a nested interrupt has a higher one. */
static __always_inline u32 annex_kmap_context(void)
{
	return preempt_count() & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_OFFSET);
}

/**
 * annex_kmap_depth() - number of mappings of a CPU
 * @k: state of the CPU
 *
 * On this CPU, an interrupt may change it at any moment, and restores it.
 *
 * Context: any; with preemption on or from another CPU, a snapshot.
 */
static __always_inline unsigned int
annex_kmap_depth(const struct annex_kmap_cpu *k)
{
	return READ_ONCE(k->depth);
}

/*
 * Has a finished interrupt left a mapping? It is on top, and its level is
 * higher than the current one.
 */
static __always_inline bool annex_kmap_is_left(const struct annex_kmap_cpu *k)
{
	unsigned int depth = annex_kmap_depth(k);

	return depth && (k->entry[depth - 1].owner & ~ANNEX_KM_HOW) >
				annex_kmap_context();
}

/* Address and page table entry of a mapping in a CPU's stack. */
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

/* The slow paths: first mappings, interrupts, and all refusals. */
void *annex_kmap_page_slow(struct annex_kmap_local *kl,
			   const struct annex_page *page, u32 how);
void *annex_kmap_pfn_slow(struct annex_kmap_local *kl, annex_pfn_t pfn,
			  u32 how);
int annex_kunmap_local_slow(struct annex_kmap_local *kl, const void *addr,
			    u32 how);
void annex_kmap_note_most(struct annex_kmap_cpu *k, unsigned int depth);

#endif /* ANNEX_KMAP_KMAP_LOCAL_TYPES_H */
