// SPDX-License-Identifier: GPL-2.0-only
/*
 * annex_kmap_local_page(): an address for a high frame, valid on one CPU, from
 * any context.
 *
 * Each CPU has ANNEX_KM_MAX pages of the kmap_local window, and uses them as a
 * stack:
 *
 *   depth                     v
 *   entry[] | t0 | t1 | s0 | h0 |    |    |   t: a thread's, s: a softirq's on
 *   window  | a  | b  | c  | d  |    |    |   top of it, h: a hardirq's
 *
 * The last page mapped is the first to be unmapped. An interrupt unmaps its own
 * pages before it ends, so the code that it interrupted finds the stack as it
 * was, even in the middle of a push or a pop. Interrupts stay enabled.
 *
 * If an interrupt leaves a mapping all the same, the next user of the CPU
 * undoes it: while an interrupt has mappings, room is 0, so a thread takes the
 * slow path and checks the top of the stack. Each entry holds the level that
 * made it, so an interrupt cannot unmap the mapping of the code that it
 * interrupted.
 *
 * A page that is not mapped is not present, and this CPU's TLB holds no entry
 * of it: unmapping invalidates it, on this CPU alone. Other CPUs never access
 * the page; an entry that their MMUs load speculatively is never used.
 *
 * A thread keeps its mappings when it is scheduled out. It does not migrate
 * while it has any, so the addresses stay valid. While other threads run, its
 * mappings are saved in its record, and restored when it runs again
 * (kmap_thread.c).
 *
 * Locking: none. All state is per CPU, and the stack is safe against interrupts
 * without masking them.
 *
 * Failing: a full stack, an address that is not on top of it, and no memory for
 * the record of a thread. Each is refused.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "base/fail.h"
#include "base/for_kunit.h"
#include "host/pte.h"
#include "host/switch.h"
#include "host/tlb.h"
#include "host/window.h"
#include "kmap/kmap_fast.h"
#include "kmap/kmap_local.h"
#include "page/frames.h"
#include "page/report.h"

/* A message below contains the number. */
static_assert(ANNEX_KM_MAX == 16);

/**
 * annex_kmap_note_most() - raise a CPU's maximum depth
 * @k: state of the CPU
 * @depth: its depth now
 *
 * An interrupt in between may have stored a larger maximum; it is kept.
 *
 * Context: any, preemption disabled.
 */
void annex_kmap_note_most(struct annex_kmap_cpu *k, unsigned int depth)
{
	unsigned int most = READ_ONCE(k->most);

	while (most < depth && !try_cmpxchg(&k->most, &most, depth))
		;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_kmap_note_most);

/* Pin a thread to this CPU for its first mapping; return the owner flag. */
static u32 pin(void)
{
	if (annex_pin())
		return 0;
	migrate_disable();
	return ANNEX_KM_PINNED;
}

/* Map a frame: a thread's first, an interrupt's, or one too many. */
static void *map_slow(struct annex_kmap_local *kl, u32 nr, u32 owner,
		      const char **why)
{
	struct annex_kmap_cpu *k;
	void *addr = NULL;

	preempt_disable();
	k = this_cpu_ptr(kl->cpus);
	annex_kmap_undo_left(k);
	if (annex_kmap_depth(k) >= ANNEX_KM_MAX) {
		*why = "this CPU's 16 slots are in use; unmap what was mapped before";
	} else if (!annex_kmap_context() && !k->room &&
		   !annex_kmap_thread_hook(k)) {
		*why = "there is no memory for a record of the thread; try again later";
	} else {
		annex_kmap_note_most(k, 1);
		if (!owner && !annex_kmap_depth(k))
			owner = pin();
		addr = annex_kmap_local_push(kl, k, annex_kmap_depth(k), nr, owner);
		if (annex_kmap_context())
			k->room = 0;
	}
	preempt_enable();
	return addr;
}

/**
 * annex_kmap_pfn_slow() - map a frame, slow path
 * @kl: the mappings of the pool
 * @pfn: perhaps an annex pfn
 * @how: %ANNEX_KM_ATOMIC or 0
 *
 * Context: any.
 * Return: as annex_kmap_local_pfn().
 */
void *annex_kmap_pfn_slow(struct annex_kmap_local *kl, annex_pfn_t pfn, u32 how)
{
	const char *why = "the pool has no such frame";
	void *addr;

	if (pfn < kl->direct)
		return kl->frames->lowmem + ((size_t)pfn << PAGE_SHIFT);
	if (pfn - kl->direct < kl->nr_mapped) {
		addr = map_slow(kl, pfn - kl->direct,
				annex_kmap_context() | how, &why);
		if (addr)
			return addr;
	}
	annex_refuse_call(kl->frames, ANNEX_BAD_MAP,
			  pfn < kl->frames->nr_pages ? -ENOSPC : -EFAULT,
			  how ? "kmap_atomic" : "kmap_local", why);
	return NULL;
}

/**
 * annex_kmap_page_slow() - map a frame, slow path
 * @kl: the mappings of the pool
 * @page: perhaps a descriptor of the pool
 * @how: %ANNEX_KM_ATOMIC or 0
 *
 * Inlined, even in part, it costs __annex_kmap_local_pfn() 3 instructions.
 *
 * Context: any.
 * Return: as annex_kmap_local_page().
 */
noinline void *annex_kmap_page_slow(struct annex_kmap_local *kl,
				    const struct annex_page *page, u32 how)
{
	unsigned long nr = annex_page_nr(kl->frames, page);

	if (likely(nr < kl->frames->nr_pages))
		return annex_kmap_pfn_slow(kl, nr, how);
	annex_refuse_page(kl->frames, ANNEX_BAD_MAP, -EFAULT,
			  how ? "kmap_atomic" : "kmap_local", page);
	return NULL;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_kmap_page_slow);

/* Describe why an address is not the next that its caller may unmap. */
static void say_why(const struct annex_kmap_cpu *k, const void *addr, u32 how,
		    char *text, size_t size)
{
	unsigned long slot = (((unsigned long)addr - k->addr) >> PAGE_SHIFT) /
			     ANNEX_KM_STRIDE;

	if (slot >= ANNEX_KM_MAX)
		snprintf(text, size, "the address is none of this CPU's slots");
	else if (slot >= annex_kmap_depth(k))
		snprintf(text, size, "slot %lu of this CPU is not mapped", slot);
	else if (slot < annex_kmap_depth(k) - 1)
		snprintf(text, size,
			 "slot %lu of this CPU was not the last to be mapped, unmap slot %u first",
			 slot, annex_kmap_depth(k) - 1);
	else if ((k->entry[slot].owner ^ how) & ANNEX_KM_ATOMIC)
		snprintf(text, size,
			 "slot %lu of this CPU was mapped by annex_kmap_%s",
			 slot, how ? "local_page()" : "atomic()");
	else
		snprintf(text, size,
			 "slot %lu of this CPU was mapped by the context that this one has interrupted",
			 slot);
}

/*
 * Unmap an interrupt's mapping, or the first mapping of a thread that was
 * scheduled since or is pinned by others as well; false if it must not be
 * unmapped now.
 */
static bool unmap_slow(struct annex_kmap_local *kl, const void *addr, u32 how,
		       char *text, size_t size)
{
	u32 owner = annex_kmap_context() | how;
	bool pinned, done = true;
	struct annex_kmap_cpu *k;
	unsigned int idx;

	preempt_disable();
	k = this_cpu_ptr(kl->cpus);
	annex_kmap_undo_left(k);
	idx = annex_kmap_depth(k) - 1;
	pinned = !owner && annex_kmap_local_is_top(k, idx, addr, ANNEX_KM_PINNED);
	if (pinned) {
		annex_kmap_local_pop(k, idx, addr, ANNEX_KM_PINNED);
	} else if (annex_kmap_local_is_top(k, idx, addr, owner)) {
		annex_kmap_local_pop(k, idx, addr, owner);
		annex_kmap_note_room(k);
		pinned = !owner && !idx && !annex_unpin();
		if (pinned)
			annex_pin_account();
	} else {
		say_why(k, addr, how, text, size);
		done = false;
	}
	preempt_enable();
	if (pinned)
		migrate_enable();
	return done;
}

/**
 * annex_kunmap_local_slow() - unmap a frame, slow path
 * @kl: the mappings of the pool
 * @addr: an address
 * @how: %ANNEX_KM_ATOMIC or 0
 *
 * Context: any.
 * Return: as annex_kunmap_local().
 */
int annex_kunmap_local_slow(struct annex_kmap_local *kl, const void *addr,
			    u32 how)
{
	unsigned long off =
		(unsigned long)addr - (unsigned long)kl->frames->lowmem;
	char text[128] = "page faults are not off, as annex_kmap_atomic() leaves them";

	if (off >> PAGE_SHIFT < kl->direct) {
		if (likely(!how || pagefault_disabled()))
			return 0;
	} else if (unmap_slow(kl, addr, how, text, sizeof(text))) {
		return 0;
	}
	return annex_refuse_call(kl->frames, ANNEX_BAD_MAP, -EINVAL,
				 how ? "kunmap_atomic" : "kunmap_local", text);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_kunmap_local_slow);

/* annex_kmap_local_pfn() in a pool. */
void *__annex_kmap_local_pfn(struct annex_kmap_local *kl, annex_pfn_t pfn)
{
	if (likely(pfn < kl->frames->nr_pages))
		return annex_kmap_local_fast(kl, kl->frames->mem_map + pfn);
	return annex_kmap_pfn_slow(kl, pfn, 0);
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_kmap_local_pfn);

/* annex_kmap_atomic_pfn() in a pool. */
void *__annex_kmap_atomic_pfn(struct annex_kmap_local *kl, annex_pfn_t pfn)
{
	if (likely(pfn < kl->frames->nr_pages))
		return annex_kmap_atomic_fast(kl, kl->frames->mem_map + pfn);
	return annex_kmap_pfn_slow(kl, pfn, ANNEX_KM_ATOMIC);
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_kmap_atomic_pfn);

/**
 * annex_kmap_local_addr_page() - the frame that an address of this CPU maps
 * @kl: the mappings of the pool
 * @addr: anything
 *
 * Context: any, for the owner of the mapping.
 * Return: its descriptor, or NULL.
 */
const struct annex_page *annex_kmap_local_addr_page(struct annex_kmap_local *kl,
						    const void *addr)
{
	const struct annex_page *page = NULL;
	const struct annex_kmap_cpu *k;
	unsigned int i;

	preempt_disable();
	k = this_cpu_ptr(kl->cpus);
	for (i = 0; i < annex_kmap_depth(k); i++)
		if (annex_kmap_addr(k, i) == PTR_ALIGN_DOWN((void *)addr, PAGE_SIZE))
			page = kl->first + k->entry[i].nr;
	preempt_enable();
	return page;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_kmap_local_addr_page);

/**
 * annex_kmap_local_window_pages() - pages of the window for all CPUs
 *
 * The count includes slack for alignment: each CPU's pages begin at a multiple
 * of %ANNEX_KM_PAGES, so that their page table entries are contiguous.
 *
 * Return: number of pages.
 */
unsigned long annex_kmap_local_window_pages(void)
{
	return nr_cpu_ids * ANNEX_KM_PAGES + ANNEX_KM_PAGES - 1;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_kmap_local_window_pages);

static int init_cpu(struct annex_kmap_local *kl, unsigned int cpu)
{
	struct annex_kmap_cpu *k = per_cpu_ptr(kl->cpus, cpu);
	unsigned long page = ALIGN((unsigned long)kl->window->addr >> PAGE_SHIFT,
				   ANNEX_KM_PAGES) + cpu * ANNEX_KM_PAGES;

	k->local = kl;
	k->addr = page << PAGE_SHIFT;
	k->pte = annex_window_pte(kl->window, page -
				  ((unsigned long)kl->window->addr >> PAGE_SHIFT));
	return annex_kmap_threads_init(k, cpu);
}

/* The CPUs of a pool without mappings. */
DEFINE_PER_CPU(struct annex_kmap_cpu, annex_kmap_no_cpu);
EXPORT_DATA_FOR_KUNIT(annex_kmap_no_cpu);

static void set_none(struct annex_kmap_local *kl)
{
	*kl = (struct annex_kmap_local)ANNEX_KMAP_LOCAL_NONE(kl->frames);
}

static void free_cpus(struct annex_kmap_local *kl)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		annex_kmap_threads_free(per_cpu_ptr(kl->cpus, cpu));
	free_percpu(kl->cpus);
	set_none(kl);
}

/**
 * annex_kmap_local_init() - set up the CPUs' empty stacks
 * @kl: the mappings of the pool, its frames set up with their lowmem
 * @window: annex_kmap_local_window_pages() pages, not mapped
 * @force: map lowmem too, so that a use after unmap faults
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int annex_kmap_local_init(struct annex_kmap_local *kl,
			  struct annex_window *window, bool force)
{
	unsigned int cpu;

	kl->cpus = annex_should_fail(ANNEX_FAIL_PERCPU) ?
			   NULL : alloc_percpu(struct annex_kmap_cpu);
	if (!kl->cpus) {
		set_none(kl);
		return -ENOMEM;
	}
	kl->window = window;
	kl->direct = force ? 0 : kl->frames->lowmem_pages;
	kl->nr_mapped = kl->frames->nr_pages - kl->direct;
	kl->first = kl->frames->mem_map + kl->direct;
	kl->first_pfn = kl->frames->base_pfn + kl->direct;
	for_each_possible_cpu(cpu)
		if (init_cpu(kl, cpu)) {
			free_cpus(kl);
			return -ENOMEM;
		}
	annex_switch_enable();
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_kmap_local_init);

/**
 * annex_kmap_local_exit() - undo annex_kmap_local_init()
 * @kl: the mappings of the pool; no caller maps or unmaps any more
 *
 * Context: process, may sleep.
 * Return: mappings that threads still had, or that were lost earlier.
 */
unsigned int annex_kmap_local_exit(struct annex_kmap_local *kl)
{
	unsigned int cpu, lost = 0;

	if (!kl->window)
		return 0;
	annex_kmap_threads_forget(kl);
	annex_switch_disable();
	for_each_possible_cpu(cpu)
		irq_work_sync(&per_cpu_ptr(kl->cpus, cpu)->report);
	for_each_possible_cpu(cpu)
		lost += per_cpu_ptr(kl->cpus, cpu)->lost;
	free_cpus(kl);
	return lost;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_kmap_local_exit);
