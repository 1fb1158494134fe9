// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmalloc as a module uses it, and then some: by threads at once, each area's
 * contents checked before it goes.
 *
 * The scenarios are those of the kernel's own test of vmalloc, sized to the
 * window, each of them by all threads: areas of one size, of random sizes and
 * alignments, mappings, a long list of areas that are busy, all of the window, and
 * each alignment there is; of every area each word is written and read again, and
 * its guard page tried. ioremap is compared
 * with what the pool's frames say, and with the host's.
 */
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include <annex/vmalloc.h>

#include "api/tests.h"
#include "exercise.h"

/* Areas that a thread keeps for a while, and the largest: half a megabyte. */
#define KEPT		64
#define MOST_PAGES	128
#define WORDS		(PAGE_SIZE / sizeof(u32))

/* Areas that stay while others come and go: 4 MB of addresses a thread. */
#define BUSY		512

/* What is there of a thread at most, with areas of a page: 32 MB of addresses. */
#define AREAS_MAX	4096

/**
 * struct area - one of a thread's
 * @addr: where, NULL if it is none
 * @pages: how many
 */
struct area {
	u32 *addr;
	unsigned long pages;
};

/**
 * struct worker - a thread's areas
 * @args: the command's
 * @rnd: its random sequence
 * @nr: its number
 * @area: its areas
 * @had: how often it got what it wanted
 * @wanted: and how often it wanted something
 */
struct worker {
	const struct exercise_args *args;
	struct rnd_state rnd;
	unsigned int nr;
	struct area area[AREAS_MAX];
	unsigned int had;
	unsigned int wanted;
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

/* Each word of an area: whose it is, which page, which word. */
static u32 word_of(const struct worker *w, const struct area *area,
		   unsigned long i)
{
	return (w->nr << 28 | (u32)(area - w->area) << 16) ^
	       (u32)i * 0x9e3779b1;
}

static void fill(const struct worker *w, const struct area *area)
{
	unsigned long i;

	for (i = 0; i < area->pages * WORDS; i++)
		area->addr[i] = word_of(w, area, i);
}

static int check(const struct worker *w, const struct area *area)
{
	unsigned long i;

	for (i = 0; i < area->pages * WORDS; i++)
		if (area->addr[i] != word_of(w, area, i)) {
			exercise_say("area %u of thread %u: word %lu is %#x\n",
				     (u32)(area - w->area), w->nr, i,
				     area->addr[i]);
			return -EIO;
		}
	for (i = 0; i < area->pages; i++) {
		const u32 *page = area->addr + i * WORDS;
		u32 word;

		if (annex_peek(annex_vmalloc_to_page(page), 0, &word,
			       sizeof(word)) || word != page[0]) {
			exercise_say("another frame is said to be page %lu\n", i);
			return -EXDEV;
		}
	}
	if (!faults(area->addr + area->pages * WORDS)) {
		exercise_say("the byte behind an area does not fault\n");
		return -EFAULT;
	}
	return 0;
}

static int drop(const struct worker *w, struct area *area)
{
	int err;

	if (!area->addr)
		return 0;
	err = check(w, area) ?: annex_vfree(area->addr);
	area->addr = NULL;
	return err;
}

static int drop_all(struct worker *w)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < AREAS_MAX; i++)
		err = drop(w, &w->area[i]) ?: err;
	return err;
}

/* There may be no place for one; most of the time there is to be. */
static int take(struct worker *w, struct area *area, unsigned long pages,
		unsigned long align)
{
	area->addr = __annex_vmalloc_node(pages << PAGE_SHIFT, align,
					  GFP_KERNEL | __GFP_NOWARN,
					  NUMA_NO_NODE, take);
	area->pages = pages;
	w->wanted++;
	if (!area->addr)
		return 0;
	w->had++;
	fill(w, area);
	return IS_ALIGNED((unsigned long)area->addr, align) ? 0 : -EDOM;
}

static int map_and_unmap(struct worker *w)
{
	struct area area = { .pages = 1 + below(w, 16) };
	struct annex_page *pages[16] = {};
	unsigned int i;
	int err = 0;

	w->wanted++;
	if (annex_alloc_pages_bulk(GFP_HIGHUSER, area.pages, pages) ==
	    area.pages) {
		area.addr = annex_vm_map_ram(pages, area.pages);
		w->had += !!area.addr;
		for (i = 0; area.addr && i < area.pages; i++)
			area.addr[i * WORDS] = i ^ w->nr << 28;
		for (i = 0; area.addr && i < area.pages; i++) {
			u32 word;

			annex_peek(pages[i], 0, &word, sizeof(word));
			if (word != (i ^ w->nr << 28))
				err = -EIO;
		}
		if (area.addr)
			err = annex_vm_unmap_ram(area.addr, area.pages) ?: err;
		annex_vm_unmap_aliases();
	}
	return annex_free_pages_bulk(pages, area.pages) ?: err;
}

/* Areas of one size, or of any, at any page or at a multiple of up to 1 MB. */
static int random_step(struct worker *w)
{
	struct area *area = &w->area[below(w, KEPT)];
	unsigned long align = below(w, 4) ? 1 : PAGE_SIZE << below(w, 9);

	if (!below(w, 16))
		return map_and_unmap(w);
	if (area->addr)
		return drop(w, area);
	return take(w, area, below(w, 2) ? 1 : 1 + below(w, MOST_PAGES), align);
}

static int random_sizes(struct worker *w)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < w->args->ops && !err; i++) {
		err = random_step(w);
		cond_resched();
	}
	return drop_all(w) ?: err;
}

/* Many areas stay, and others come and go between them. */
static int long_busy_list(struct worker *w)
{
	struct area *guest = &w->area[BUSY];
	unsigned int i;
	int err = 0;

	for (i = 0; i < BUSY && !err; i++)
		err = take(w, &w->area[i], 1, 1);
	for (i = 1; i < BUSY; i += 2)
		err = drop(w, &w->area[i]) ?: err;
	for (i = 0; i < w->args->ops / 10 && !err; i++)
		err = take(w, guest, i % 2 ? 16 : 1, 1) ?: drop(w, guest);
	return drop_all(w) ?: err;
}

/* As many areas as fit, of 256 kB and then of a page. */
static int full_fit(struct worker *w)
{
	unsigned int n = 0, had;
	int err = 0;

	do {
		had = w->had;
		err = take(w, &w->area[n++], 64, 1);
	} while (!err && w->had > had && n < AREAS_MAX);
	/* What was wanted in vain was to be. */
	w->wanted -= w->had == had;
	return drop_all(w) ?: err;
}

/* From a byte to more than the window has, in which no multiple may lie. */
static int every_alignment(struct worker *w)
{
	unsigned int shift, had = w->had;
	int err = 0;

	for (shift = 0; shift < BITS_PER_LONG && !err; shift++)
		err = take(w, w->area, 1, 1UL << shift) ?: drop(w, w->area);
	exercise_say("%u alignments were had\n", w->had - had);
	w->wanted = w->had;
	/* Some 16 MB hold a multiple of 4 MB. */
	return w->had - had > 22 ? err : -ENOSPC;
}

static int work(void *data)
{
	struct worker *w = data;
	int err = random_sizes(w) ?: long_busy_list(w) ?: full_fit(w) ?:
		  every_alignment(w);

	return !err && w->had < w->wanted / 2 ? -ENOMEM : err;
}

static int run_workers(const struct exercise_args *args)
{
	struct worker *w = kvcalloc(args->threads, sizeof(*w), GFP_KERNEL);
	unsigned int i;
	int err;

	if (!w)
		return -ENOMEM;
	for (i = 0; i < args->threads; i++) {
		w[i].args = args;
		w[i].nr = i;
		prandom_seed_state(&w[i].rnd, args->seed + i);
	}
	err = exercise_run_threads(args->threads, args->threads, work, w,
				   sizeof(*w));
	kvfree(w);
	return err;
}

/* One area as large as many were: the holes are one again, and it holds. */
static int one_for_all(const struct exercise_args *args)
{
	struct worker *w = kvcalloc(1, sizeof(*w), GFP_KERNEL);
	unsigned long pages = 0;
	int err = 0;

	if (!w)
		return -ENOMEM;
	w->args = args;
	do {
		pages += SZ_1M >> PAGE_SHIFT;
		err = drop(w, w->area) ?: take(w, w->area, pages, 1);
	} while (!err && w->area->addr);
	exercise_say("one area had %lu MB\n", (pages >> 8) - 1);
	if (!err && pages < SZ_8M >> PAGE_SHIFT)
		err = -ENOSPC;
	kvfree(w);
	return err;
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
	err = run_workers(args) ?: one_for_all(args) ?: freed_faults();
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

/* The physical address that the host's ioremap() maps; it is not accessed. */
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
 * exercise_ioremap() - map physical memory that is not in use
 * @args: which frame of the machine, counted from 0, as pages
 *
 * A frame of annex is compared with its contents at another mapping.
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
