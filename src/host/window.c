// SPDX-License-Identifier: GPL-2.0-only
/*
 * Windows: kernel addresses whose page table entries annex writes itself.
 *
 * No function of the kernel maps every frame of a pool for a module: ioremap()
 * of 6.1 and 6.12 loses the address bits above 4 GB on this architecture, and
 * oopses for System RAM without struct pages; vmap() takes struct pages, and
 * vmap_pfn() refuses frames that have one; those of a pool have, if the kernel
 * has RAM above it. So the host is asked to map one page of its own, the dummy,
 * at every page of the window (area.c). That allocates a range of the vmalloc
 * space, in 4 KB entries, with its PTE pages in place, which lookup_address()
 * finds. Until the area is freed, the entries are annex's to write.
 *
 *   window     |0 |1 |2 |3 |.......................|n-1|
 *   tables[]   |-- 2 MB, PTE page 0 --|-- PTE page 1 --| ...
 *
 * PTE pages of kernel space are never freed, so the pointers stay valid.
 *
 * The caller invalidates TLBs after changing an entry (tlb.c): a caller that
 * maps a thousand frames does it once.
 *
 * Locking: none; each entry has one writer, which the window's user defines.
 * Failing: annex_window_get() alone, with nothing held.
 */
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/pgtable.h>

#include "base/fail.h"
#include "base/for_kunit.h"
#include "base/refuse.h"
#include "host/area.h"
#include "host/frame.h"
#include "host/pte.h"
#include "host/tlb.h"
#include "host/window.h"

u64 annex_pte_bits;
EXPORT_SYMBOL_FOR_KUNIT(annex_pte_bits);

static int find_tables(struct annex_window *win)
{
	unsigned long start = (unsigned long)win->addr & PMD_MASK;
	unsigned long i, nr = annex_window_nr_tables(win);
	pte_t **tables;

	tables = annex_should_fail(ANNEX_FAIL_MEMORY) ?
			 NULL : kvmalloc_array(nr, sizeof(*tables), GFP_KERNEL);
	if (!tables)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		unsigned int level;

		/* The first entry may be another area's, or empty. */
		tables[i] = lookup_address(start + (i << PMD_SHIFT), &level);
		if (!tables[i] || level != PG_LEVEL_4K) {
			kvfree(tables);
			return -EFAULT;
		}
	}
	win->tables = tables;
	return 0;
}

static int get(struct annex_window *win, const char *name,
	       unsigned long nr_pages, bool even, unsigned long host_pfn,
	       struct annex_reason *why)
{
	struct annex_advice advice;
	struct annex_space space;
	int err = -ENOMEM;

	*win = (struct annex_window){ .name = name };
	annex_pte_bits = pte_val(pfn_pte(0, PAGE_KERNEL));
	win->dummy = annex_should_fail(ANNEX_FAIL_MEMORY) ?
			     NULL : alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (win->dummy)
		err = annex_area_get(win, nr_pages, even, host_pfn);
	if (!err) {
		win->nr_pages = nr_pages;
		err = find_tables(win);
	}
	if (!err)
		return 0;

	annex_window_put(win);
	annex_window_space(&space);
	return annex_refuse(why, err,
			    "no window of %lu kB for %s: vmalloc space has %lu kB, the largest gap %lu kB; %s",
			    nr_pages << (PAGE_SHIFT - 10), name,
			    space.total >> 10, space.largest >> 10,
			    annex_window_advise(&space,
						(u64)nr_pages << PAGE_SHIFT,
						&advice));
}

/**
 * annex_window_get() - open a window, with nothing of annex's mapped
 * @win: filled
 * @name: for debugfs; kept, not copied
 * @nr_pages: its length, at least 1
 * @why: filled if it fails
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM if the address space or the host's memory do not
 * suffice, -EFAULT if the host has mapped it in a way that annex cannot use.
 */
int annex_window_get(struct annex_window *win, const char *name,
		     unsigned long nr_pages, struct annex_reason *why)
{
	return get(win, name, nr_pages, false, 0, why);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_window_get);

/**
 * annex_window_get_even() - open a window for consecutive frames
 * @win: filled
 * @name: for debugfs; kept, not copied
 * @nr_pages: its length, at least 1
 * @host_pfn: the frame that its first page will map
 * @why: filled if it fails
 *
 * Even pages of the window map even frames, so that a block of two frames is
 * aligned to its size there as well.
 *
 * Context: process, may sleep.
 * Return: as annex_window_get().
 */
int annex_window_get_even(struct annex_window *win, const char *name,
			  unsigned long nr_pages, unsigned long host_pfn,
			  struct annex_reason *why)
{
	return get(win, name, nr_pages, true, host_pfn, why);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_window_get_even);

/**
 * annex_window_put() - close a window
 * @win: the window, or one that was never obtained; not in use
 *
 * Context: process, may sleep.
 */
void annex_window_put(struct annex_window *win)
{
	if (win->tables) {
		/* The host unmaps lazily: leave no entry of annex's behind. */
		annex_window_unmap(win, 0, win->nr_pages);
		annex_tlb_flush_range(win->addr, win->nr_pages);
	}
	annex_area_put(win);
	if (win->dummy)
		__free_page(win->dummy);
	kvfree(win->tables);
	*win = (struct annex_window){ .name = win->name };
}
EXPORT_SYMBOL_FOR_KUNIT(annex_window_put);

static bool shows_something(const struct annex_window *win)
{
	unsigned long i;

	for (i = 0; i < win->nr_pages; i++)
		if (annex_window_pfn(win, i) != ANNEX_WINDOW_NONE)
			return true;
	return false;
}

/**
 * annex_window_abandon() - close a window, or abandon it if it maps something
 * @win: the window, or one that was never obtained
 *
 * A window that maps something, or whose addresses may still be in use (keep),
 * is abandoned: its entries stay as they are, and its addresses are never
 * allocated again.
 *
 * Context: process, may sleep.
 */
void annex_window_abandon(struct annex_window *win)
{
	if (!win->tables || (!win->keep && !shows_something(win))) {
		annex_window_put(win);
		return;
	}
	annex_area_unlabel(win);
	kvfree(win->tables);
	*win = (struct annex_window){ .name = win->name };
}

/*
 * Map consecutive frames, or with a @step of 0 the same frame. Each entry is
 * cleared for a moment. Otherwise an entry with one new and one old half would
 * map a third frame, which another CPU could cache speculatively.
 */
static void write_entries(struct annex_window *win, unsigned long idx,
			  unsigned long host_pfn, unsigned long nr,
			  unsigned long step)
{
	while (nr) {
		unsigned long addr = (unsigned long)annex_window_addr(win, idx);
		unsigned long n = annex_window_run(addr, nr);

		annex_pte_fill(annex_window_pte_at(win, addr), n, host_pfn,
			       step);
		host_pfn += n * step;
		idx += n;
		nr -= n;
	}
}

/**
 * annex_window_map() - map consecutive frames at pages of a window
 * @win: the window
 * @idx: the first page, counted from the window's start
 * @host_pfn: the first frame
 * @nr: how many
 *
 * Context: any; the caller is the only writer of these pages, and invalidates
 * the TLBs.
 */
void annex_window_map(struct annex_window *win, unsigned long idx,
		      unsigned long host_pfn, unsigned long nr)
{
	write_entries(win, idx, host_pfn, nr, 1);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_window_map);

/**
 * annex_window_unmap() - map the dummy at pages of a window again
 * @win: the window
 * @idx: the first page
 * @nr: how many
 *
 * Context: as annex_window_map().
 */
void annex_window_unmap(struct annex_window *win, unsigned long idx,
			unsigned long nr)
{
	write_entries(win, idx, page_to_pfn(win->dummy), nr, 0);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_window_unmap);

/**
 * annex_window_clear() - clear all entries of a window
 * @win: the window; an access to it faults from now on
 *
 * Afterwards its entries are for annex_pte_set() and annex_pte_clear().
 *
 * Context: process, interrupts on: it waits for the other CPUs.
 */
void annex_window_clear(struct annex_window *win)
{
	unsigned long idx = 0;

	while (idx < win->nr_pages) {
		unsigned long addr = (unsigned long)annex_window_addr(win, idx);
		unsigned long n = annex_window_run(addr, win->nr_pages - idx);
		pte_t *pte = annex_window_pte_at(win, addr), *end = pte + n;

		while (pte < end)
			annex_pte_clear(pte++);
		idx += n;
	}
	annex_tlb_flush_range(win->addr, win->nr_pages);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_window_clear);

/**
 * annex_window_pfn() - the frame that a page of a window maps
 * @win: the window
 * @idx: the page
 *
 * It walks the host's page tables from their root and does not rely on @win.
 *
 * Context: process.
 * Return: the host pfn, or %ANNEX_WINDOW_NONE for the dummy or nothing.
 */
unsigned long annex_window_pfn(const struct annex_window *win,
			       unsigned long idx)
{
	unsigned int level;
	pte_t *pte;

	if (!win->dummy)
		return annex_pte_pfn(annex_window_pte(win, idx));
	pte = lookup_address((unsigned long)annex_window_addr(win, idx),
			     &level);
	if (!pte || level != PG_LEVEL_4K || !pte_present(*pte) ||
	    pte_pfn(*pte) == page_to_pfn(win->dummy))
		return ANNEX_WINDOW_NONE;
	return pte_pfn(*pte);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_window_pfn);

/**
 * annex_window_floor() - a lower bound of all windows' addresses
 *
 * Context: any.
 * Return: a multiple of 2 MB; the PTE pages of windows translate higher
 * addresses.
 */
unsigned long annex_window_floor(void)
{
	return VMALLOC_START & PMD_MASK;
}

/**
 * annex_cpu_has_nx() - does the MMU support no-execute pages?
 *
 * Without support, the NX bit of an entry is reserved, and setting it faults.
 *
 * Context: any.
 * Return: true if it does.
 */
bool annex_cpu_has_nx(void)
{
	return __supported_pte_mask & _PAGE_NX;
}

/*
 * Length of the unmapped run that begins at @addr, perhaps 0. Where there is no
 * PTE page, 2 MB are either unmapped or one large page, as ioremap() makes
 * them.
 */
static unsigned long gap_at(unsigned long addr, unsigned long end)
{
	unsigned long start = addr;

	while (addr < end) {
		unsigned int level;
		pte_t *pte = lookup_address(addr, &level);

		if (pte && level != PG_LEVEL_4K && !pte_none(*pte))
			return addr - start;
		if (!pte || level != PG_LEVEL_4K) {
			addr = ALIGN(addr + 1, PMD_SIZE);
			continue;
		}
		do {
			if (!pte_none(*pte))
				return addr - start;
			addr += PAGE_SIZE;
			pte++;
		} while (addr < end && addr & ~PMD_MASK);
	}
	return end - start;
}

/**
 * annex_window_space() - measure the host's vmalloc address space
 * @space: filled
 *
 * The host does not export the state of this space, so its page tables are
 * read. Guard pages, and areas that are reserved but not mapped, look free. The
 * result is an estimate, good enough to choose defaults and to give advice.
 *
 * Context: process.
 */
void annex_window_space(struct annex_space *space)
{
	unsigned long addr = VMALLOC_START, end = VMALLOC_END;

	space->total = end - (unsigned long)high_memory;
	space->both = end - PAGE_OFFSET;
	space->largest = 0;
	space->gaps.nr = 0;
	while (addr < end) {
		unsigned long gap = gap_at(addr, end);

		space->largest = max(space->largest, gap);
		annex_gaps_add(&space->gaps, gap);
		addr += gap + PAGE_SIZE;
	}
}
EXPORT_SYMBOL_FOR_KUNIT(annex_window_space);

/*
 * The kernel's own areas grow a little over time, and each gap includes guard
 * pages at its ends. So advise 4 MB more than needed, in steps of 16 MB, which
 * are easy to remember.
 */
#define ADVICE_SLACK	SZ_4M
#define ADVICE_STEP	SZ_16M

/* The least direct map, which shares a gigabyte with the vmalloc space. */
#define HOST_LOWMEM_MIN	SZ_256M

/**
 * annex_window_advise() - which vmalloc= suffices?
 * @space: the address space as it is
 * @bytes: contiguous bytes that are needed
 * @advice: filled with the end of a sentence
 *
 * A kernel that is left with less than 256 MB of lowmem may not boot, so
 * beyond that the advice is to ask for less.
 *
 * Context: any; a function of its arguments.
 * Return: @advice->text.
 */
const char *annex_window_advise(const struct annex_space *space, u64 bytes,
				struct annex_advice *advice)
{
	u64 more = 0, vmalloc;

	if (bytes + ADVICE_SLACK > space->largest)
		more = bytes + ADVICE_SLACK - space->largest;
	vmalloc = ALIGN(space->total + more, ADVICE_STEP);
	if (vmalloc > space->both - HOST_LOWMEM_MIN)
		strscpy(advice->text,
			"no vmalloc= leaves the kernel enough; ask for less",
			sizeof(advice->text));
	else
		snprintf(advice->text, sizeof(advice->text),
			 "boot with vmalloc=%lluM", vmalloc >> 20);
	return advice->text;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_window_advise);

/* The frame whose address lacks the bits above 4 GB, if it is System RAM. */
static bool alias_of(unsigned long host_pfn, unsigned long *alias)
{
	unsigned long low = 1UL << (32 - PAGE_SHIFT);

	*alias = host_pfn & (low - 1);
	return host_pfn >= low &&
	       region_intersects((resource_size_t)*alias << PAGE_SHIFT,
				 PAGE_SIZE, IORESOURCE_SYSTEM_RAM,
				 IORES_DESC_NONE) == REGION_INTERSECTS;
}

/* Is @word in the frame? Write by one mapping and read by the other. */
static bool token_arrives(struct annex_host *host, u32 *word,
			  unsigned long host_pfn, u32 token)
{
	unsigned long alias;
	u32 seen;

	WRITE_ONCE(*word, token);
	annex_frame_read(host, host_pfn, 0, &seen, sizeof(seen));
	if (seen != token)
		return false;
	if (alias_of(host_pfn, &alias)) {
		annex_frame_read(host, alias, 0, &seen, sizeof(seen));
		if (seen == token)
			return false;
	}
	token = ~token;
	annex_frame_write(host, host_pfn, 0, &token, sizeof(token));
	return READ_ONCE(*word) == token;
}

/* Twice: another frame that holds one token by chance does not hold both. */
static bool same_memory(struct annex_host *host, u32 *word,
			unsigned long host_pfn)
{
	u32 saved = READ_ONCE(*word);
	bool same = token_arrives(host, word, host_pfn, 0x5ca1ab1e ^ host_pfn) ||
		    token_arrives(host, word, host_pfn, 0x0ddba115 ^ host_pfn);

	WRITE_ONCE(*word, saved);
	return same;
}

/**
 * annex_window_prove_page() - does a page of a window reach its frame?
 * @host: with its scratch window
 * @win: the window
 * @idx: the page
 * @host_pfn: its frame
 * @why: filled if it does not
 *
 * The host's page tables must map the right frame. A write through the window
 * must be read through another mapping of the frame, and the other way round.
 * The host's own frame at the same address without the bits above 4 GB, which
 * some functions of the host lose, must not change. The frame keeps its
 * contents.
 *
 * Context: process.
 * Return: 0 or -EFAULT.
 */
int annex_window_prove_page(struct annex_host *host,
			    const struct annex_window *win, unsigned long idx,
			    unsigned long host_pfn, struct annex_reason *why)
{
	u32 *word = annex_window_addr(win, idx);
	unsigned long shown = annex_window_pfn(win, idx);

	if (shown == host_pfn && same_memory(host, word, host_pfn))
		return 0;
	return annex_refuse(why, -EFAULT,
			    "page %lu of window %s does not reach frame %#lx: its entry names %#lx; this host is not supported",
			    idx, win->name, host_pfn, shown);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_window_prove_page);

/**
 * annex_window_prove() - does a window reach its frames?
 * @host: with its scratch window
 * @win: a window that maps consecutive frames from @host_pfn on
 * @host_pfn: the first of them
 * @why: filled if it does not
 *
 * The first and the last page are checked, so annex must be allowed to write
 * their frames.
 *
 * Context: process.
 * Return: 0 or -EFAULT.
 */
int annex_window_prove(struct annex_host *host, const struct annex_window *win,
		       unsigned long host_pfn, struct annex_reason *why)
{
	unsigned long last = win->nr_pages - 1;
	int err = annex_window_prove_page(host, win, 0, host_pfn, why);

	return err ?: annex_window_prove_page(host, win, last, host_pfn + last,
					      why);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_window_prove);
