// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmalloc as a module uses it, and then some: by threads at once, each area's
 * contents checked before it goes.
 *
 * The scenarios are those of the kernel's own test of vmalloc, sized to the
 * window: areas of one size, of random sizes and alignments, each alignment there
 * is, a long list of areas that are busy, all of the window, mappings, and the
 * guard page. ioremap is compared
 * with what the pool's frames say, and with the host's.
 */
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include <annex/vmalloc.h>

#include "exercise.h"
#include "pool.h"

/* Areas that a thread keeps for a while, and the largest: half a megabyte. */
#define KEPT		64
#define MOST_PAGES	128
#define WORDS		(PAGE_SIZE / sizeof(u32))

/* Areas that stay while others come and go: 8 MB of addresses. */
#define BUSY		1024

/**
 * struct worker - a thread's areas
 * @args: the command's
 * @rnd: its random sequence
 * @nr: its number
 * @addr: its areas, NULL where there is none
 * @pages: how many pages each has
 * @err: what went wrong first
 * @task: the thread
 */
struct worker {
	const struct exercise_args *args;
	struct rnd_state rnd;
	unsigned int nr;
	u32 *addr[KEPT];
	unsigned long pages[KEPT];
	int err;
	struct task_struct *task;
};

static u32 below(struct worker *w, u32 n)
{
	return prandom_u32_state(&w->rnd) % n;
}

static bool faults(const void *addr)
{
	u8 byte;

	return copy_from_kernel_nofault(&byte, addr, 1);
}

/* The first and the last word of each page: whose area, which page. */
static u32 word_of(const struct worker *w, unsigned int n, unsigned long page)
{
	return w->nr << 28 | n << 16 | page;
}

static void fill(struct worker *w, unsigned int n)
{
	unsigned long i;

	for (i = 0; i < w->pages[n]; i++) {
		u32 *page = w->addr[n] + i * WORDS;

		page[0] = word_of(w, n, i);
		page[WORDS - 1] = ~word_of(w, n, i);
	}
}

static int check(struct worker *w, unsigned int n)
{
	unsigned long i;

	for (i = 0; i < w->pages[n]; i++) {
		const u32 *page = w->addr[n] + i * WORDS;
		u32 word;

		if (page[0] != word_of(w, n, i) ||
		    page[WORDS - 1] != ~word_of(w, n, i)) {
			exercise_say("area %u of thread %u: page %lu has %#x\n",
				     n, w->nr, i, page[0]);
			return -EIO;
		}
		if (annex_peek(annex_vmalloc_to_page(page), 0, &word,
			       sizeof(word)) || word != page[0]) {
			exercise_say("another frame is said to be page %lu\n", i);
			return -EXDEV;
		}
	}
	if (!faults(w->addr[n] + w->pages[n] * WORDS)) {
		exercise_say("the byte behind an area does not fault\n");
		return -EFAULT;
	}
	return 0;
}

static int drop(struct worker *w, unsigned int n)
{
	int err;

	if (!w->addr[n])
		return 0;
	err = check(w, n) ?: annex_vfree(w->addr[n]);
	w->addr[n] = NULL;
	return err;
}

/*
 * One size, or any, at any page or at a multiple of up to 1 MB: nobody minds that
 * there may be no place for one.
 */
static int take(struct worker *w, unsigned int n, unsigned long pages)
{
	unsigned long align = PAGE_SIZE << below(w, 9);

	if (below(w, 4))
		align = 1;
	w->addr[n] = __annex_vmalloc_node(pages << PAGE_SHIFT, align,
					  GFP_KERNEL | __GFP_NOWARN,
					  NUMA_NO_NODE, take);
	w->pages[n] = pages;
	if (!w->addr[n])
		return 0;
	fill(w, n);
	return IS_ALIGNED((unsigned long)w->addr[n], align) ? 0 : -EDOM;
}

static int map_and_unmap(struct worker *w)
{
	struct annex_page *pages[16] = {};
	unsigned int i, nr = 1 + below(w, 16);
	int err = 0;
	u32 *addr;

	if (annex_alloc_pages_bulk(GFP_HIGHUSER, nr, pages) == nr) {
		addr = annex_vm_map_ram(pages, nr);
		for (i = 0; addr && i < nr; i++)
			addr[i * WORDS] = word_of(w, 99, i);
		for (i = 0; addr && i < nr; i++) {
			u32 word;

			annex_peek(pages[i], 0, &word, sizeof(word));
			if (word != word_of(w, 99, i))
				err = -EIO;
		}
		if (addr)
			err = annex_vm_unmap_ram(addr, nr) ?: err;
		annex_vm_unmap_aliases();
	}
	return annex_free_pages_bulk(pages, nr) ?: err;
}

static int step(struct worker *w)
{
	unsigned int n = below(w, KEPT);

	if (!below(w, 16))
		return map_and_unmap(w);
	if (w->addr[n])
		return drop(w, n);
	return take(w, n, below(w, 2) ? 1 : 1 + below(w, MOST_PAGES));
}

static int work(void *data)
{
	struct worker *w = data;
	unsigned int i;
	int err = 0;

	for (i = 0; i < w->args->ops && !err; i++) {
		err = step(w);
		cond_resched();
	}
	for (i = 0; i < KEPT; i++)
		err = drop(w, i) ?: err;
	w->err = err;
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int run_workers(const struct exercise_args *args)
{
	struct worker *w = kvcalloc(args->threads, sizeof(*w), GFP_KERNEL);
	unsigned int i;
	int err = 0;

	if (!w)
		return -ENOMEM;
	for (i = 0; i < args->threads; i++) {
		w[i].args = args;
		w[i].nr = i;
		prandom_seed_state(&w[i].rnd, args->seed + i);
		w[i].task = kthread_create(work, &w[i], "vmalloc/%u", i);
		if (IS_ERR(w[i].task))
			continue;
		kthread_bind(w[i].task, i % num_online_cpus());
		wake_up_process(w[i].task);
	}
	for (i = 0; i < args->threads; i++) {
		if (IS_ERR(w[i].task)) {
			err = PTR_ERR(w[i].task);
			continue;
		}
		kthread_stop(w[i].task);
		err = w[i].err ?: err;
	}
	kvfree(w);
	return err;
}

/* Many areas stay, and others come and go between them. */
static int long_busy_list(unsigned int ops)
{
	void **busy = kvcalloc(BUSY, sizeof(*busy), GFP_KERNEL);
	unsigned int i, live = 0;
	int err = 0;

	if (!busy)
		return -ENOMEM;
	for (i = 0; i < BUSY; i++) {
		busy[i] = annex_vmalloc(PAGE_SIZE);
		live += !!busy[i];
	}
	for (i = 1; i < BUSY; i += 2) {
		err = annex_vfree(busy[i]) ?: err;
		busy[i] = NULL;
	}
	for (i = 0; i < ops; i++)
		err = annex_vfree(annex_vmalloc(SZ_64K)) ?:
		      annex_vfree(annex_vmalloc(1)) ?: err;
	for (i = 0; i < BUSY; i++)
		err = annex_vfree(busy[i]) ?: err;
	kvfree(busy);
	exercise_say("%u areas were busy\n", live);
	return live == BUSY ? err : -ENOMEM;
}

/* As many areas as fit, then one as large as all: the holes are one again. */
static int full_fit(void)
{
	void **areas = kvcalloc(SZ_1M / sizeof(*areas), sizeof(*areas),
				GFP_KERNEL);
	unsigned int i, nr = 0;
	int err = 0;

	if (!areas)
		return -ENOMEM;
	while (nr < SZ_1M / sizeof(*areas)) {
		areas[nr] = __annex_vmalloc(SZ_256K,
					    GFP_KERNEL | __GFP_NOWARN |
					    __GFP_NORETRY);
		if (!areas[nr])
			break;
		nr++;
	}
	for (i = 0; i < nr; i++)
		err = annex_vfree(areas[i]) ?: err;
	kvfree(areas);
	areas = __annex_vmalloc((nr * 65 - 1) << PAGE_SHIFT, GFP_KERNEL);
	exercise_say("%u areas of 256 kB were all\n", nr);
	if (!areas || nr < 2)
		return -ENOSPC;
	return annex_vfree(areas) ?: err;
}

/* From a byte to more than the window has, in which no multiple may lie. */
static int every_alignment(void)
{
	unsigned int shift, nr = 0;
	int err = 0;

	for (shift = 0; shift < BITS_PER_LONG && !err; shift++) {
		u32 *addr = __annex_vmalloc_node(PAGE_SIZE, 1UL << shift,
						 GFP_KERNEL | __GFP_NOWARN,
						 NUMA_NO_NODE, every_alignment);

		if (!addr)
			continue;
		nr++;
		*addr = shift;
		if (!IS_ALIGNED((unsigned long)addr, 1UL << shift) ||
		    *addr != shift)
			err = -EDOM;
		err = annex_vfree(addr) ?: err;
	}
	exercise_say("%u alignments were had\n", nr);
	/* Some 16 MB hold a multiple of 4 MB. */
	return nr > 22 ? err : -ENOSPC;
}

static int freed_faults(void)
{
	char *addr = annex_vmalloc(3 * PAGE_SIZE);
	unsigned int i;

	if (!addr || faults(addr))
		return -ENOMEM;
	annex_vfree(addr);
	annex_vm_unmap_aliases();
	for (i = 0; i < 3; i++)
		if (!faults(addr + i * PAGE_SIZE))
			return -EFAULT;
	return 0;
}

/**
 * exercise_vmalloc() - use vmalloc, vmap and vm_map_ram
 * @args: threads, operations of each, the seed
 *
 * Return: 0 if every content was right and what must fault did.
 */
int exercise_vmalloc(const struct exercise_args *args)
{
	int err;

	if (!args->threads || args->threads > 16)
		return -EINVAL;
	err = run_workers(args);
	err = err ?: long_busy_list(args->ops / 10);
	err = err ?: full_fit();
	err = err ?: every_alignment();
	err = err ?: freed_faults();
	annex_vm_unmap_aliases();
	return err;
}

/* Writes through one, reads through the other, and leaves what was there. */
static bool is_same_memory(u32 *a, const u32 *b)
{
	u32 was = READ_ONCE(*a);
	bool same;

	WRITE_ONCE(*a, ~was);
	same = READ_ONCE(*b) == ~was;
	WRITE_ONCE(*a, was);
	return same && READ_ONCE(*b) == was;
}

static void forget(const void *addr)
{
	asm volatile("invlpg (%0)" : : "r" (addr) : "memory");
}

/*
 * Compare with what the frame shows when mapped another way, which is none of
 * annex's: the host maps a page of its own, whose entry is made to lead there.
 * This CPU alone looks.
 */
static int compare(u32 *addr, phys_addr_t phys)
{
	struct page *page = alloc_page(GFP_KERNEL);
	u32 *other = page ? vmap(&page, 1, VM_MAP, PAGE_KERNEL) : NULL;
	int err = -ENOMEM;
	unsigned int level;
	pte_t *pte, was;

	if (other) {
		pte = lookup_address((unsigned long)other, &level);
		was = *pte;
		preempt_disable();
		set_pte_atomic(pte, pfn_pte(PHYS_PFN(phys), PAGE_KERNEL));
		forget(other);
		err = is_same_memory(addr, other) &&
		      is_same_memory(other, addr) ? 0 : -EIO;
		set_pte_atomic(pte, was);
		forget(other);
		preempt_enable();
	}
	vunmap(other);
	if (page)
		__free_page(page);
	return err;
}

/* Where the host's ioremap() leads: nobody reads or writes there. */
static phys_addr_t host_reaches(phys_addr_t phys)
{
	void *host = (__force void *)ioremap_cache(phys, PAGE_SIZE);
	phys_addr_t reached = 0;

	if (host)
		reached = (phys_addr_t)vmalloc_to_pfn(host) << PAGE_SHIFT;
	iounmap((__force void __iomem *)host);
	return reached;
}

static bool reaches(u32 *addr, phys_addr_t phys)
{
	return (phys_addr_t)annex_vmalloc_to_pfn(addr) << PAGE_SHIFT == phys;
}

/**
 * exercise_ioremap() - reach physical memory that is nobody's
 * @args: which frame of the machine, counted from 0, as pages
 *
 * annex's is compared by content with what another mapping shows.
 *
 * Return: 0 if annex reaches it, wherever the host's ioremap() leads.
 */
int exercise_ioremap(const struct exercise_args *args)
{
	phys_addr_t phys = (phys_addr_t)args->pages << PAGE_SHIFT;
	phys_addr_t theirs = host_reaches(phys);
	u32 *a = (__force u32 *)annex_ioremap_cache(phys, PAGE_SIZE);
	u32 *b = (__force u32 *)annex_ioremap_wc(phys + 64, 1);
	int err = -ENOMEM;

	if (a && b)
		err = reaches(a, phys) && is_same_memory(a + 16, b) ?
			      compare(a, phys) : -EIO;
	exercise_say("annex %s %pa, the host %pa\n",
		     err ? "does not reach" : "reaches", &phys, &theirs);
	return annex_iounmap((__force void __iomem *)a) ?:
	       annex_iounmap((__force void __iomem *)b) ?: err;
}
