/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_HOST_WINDOW_H
#define ANNEX_HOST_WINDOW_H

#include <linux/mm_types.h>
#include <linux/pgtable.h>
#include <linux/types.h>
#include <asm/page.h>

#include "host/gaps.h"
#include "host/window_types.h"

struct annex_host;
struct annex_reason;

/**
 * struct annex_space - the host's vmalloc address space
 * @total: bytes, as vmalloc= has it
 * @largest: bytes of the largest unmapped run
 * @both: bytes of this space and the kernel's direct map together
 * @gaps: the unmapped runs
 */
struct annex_space {
	unsigned long total;
	unsigned long largest;
	unsigned long both;
	struct annex_gaps gaps;
};

/**
 * struct annex_advice - what would make room in the address space
 * @text: the end of a sentence
 */
struct annex_advice {
	char text[64];
};

int annex_window_get(struct annex_window *win, const char *name,
		     unsigned long nr_pages, struct annex_reason *why);
int annex_window_get_even(struct annex_window *win, const char *name,
			  unsigned long nr_pages, unsigned long host_pfn,
			  struct annex_reason *why);
void annex_window_put(struct annex_window *win);
void annex_window_abandon(struct annex_window *win);
void annex_window_clear(struct annex_window *win);
void annex_window_map(struct annex_window *win, unsigned long idx,
		      unsigned long host_pfn, unsigned long nr);
void annex_window_unmap(struct annex_window *win, unsigned long idx,
			unsigned long nr);
unsigned long annex_window_pfn(const struct annex_window *win,
			       unsigned long idx);
unsigned long annex_window_floor(void);
bool annex_cpu_has_nx(void);
void annex_window_space(struct annex_space *space);
int annex_window_prove_page(struct annex_host *host,
			    const struct annex_window *win, unsigned long idx,
			    unsigned long host_pfn, struct annex_reason *why);
int annex_window_prove(struct annex_host *host, const struct annex_window *win,
		       unsigned long host_pfn, struct annex_reason *why);
const char *annex_window_advise(const struct annex_space *space, u64 bytes,
				struct annex_advice *advice);

static inline void *annex_window_addr(const struct annex_window *win,
				      unsigned long idx)
{
	return win->addr + (idx << PAGE_SHIFT);
}

/* The entry of an address. The entries of a whole 2 MB are contiguous. */
static __always_inline pte_t *
annex_window_pte_at(const struct annex_window *win, unsigned long addr)
{
	unsigned long first = (unsigned long)win->addr >> PMD_SHIFT;

	return win->tables[(addr >> PMD_SHIFT) - first] +
	       (addr >> PAGE_SHIFT) % PTRS_PER_PTE;
}

/* The entry of a page. */
static inline pte_t *annex_window_pte(const struct annex_window *win,
				      unsigned long idx)
{
	return annex_window_pte_at(win, (unsigned long)win->addr +
					(idx << PAGE_SHIFT));
}

/* Host physical address of the window's PTE page number @i. */
static inline u64 annex_window_table(const struct annex_window *win,
				     unsigned long i)
{
	return __pa(win->tables[i]);
}

/* The host's own address of its memory, such as its PTE pages. */
static inline void *annex_host_virt(u64 phys)
{
	return __va((unsigned long)phys);
}

/* PTE pages behind a window. */
static inline unsigned long
annex_window_nr_tables(const struct annex_window *win)
{
	unsigned long start = (unsigned long)win->addr;
	unsigned long last = start + ((win->nr_pages - 1) << PAGE_SHIFT);

	return (last >> PMD_SHIFT) - (start >> PMD_SHIFT) + 1;
}

/* How many of @left pages from an address on have contiguous entries. */
static __always_inline unsigned long annex_window_run(unsigned long addr,
						      unsigned long left)
{
	unsigned long room = PTRS_PER_PTE - (addr >> PAGE_SHIFT) % PTRS_PER_PTE;

	return likely(left <= room) ? left : room;
}

#endif /* ANNEX_HOST_WINDOW_H */
