// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas: the parts of the host's vmalloc space that windows lie in.
 *
 * The host knows an area by its first and last address. What it assumes about
 * the pages between decides what it does to page table entries that annex has
 * rewritten. Of the functions that are exported to modules, only vm_map_ram()
 * makes areas without a vm_struct, about which the host assumes nothing:
 *
 *   reader              area of vmap()              area of vm_map_ram()
 *   /proc/kcore         reads struct pages: oops    reads zeros
 *   vfree(), vunmap()   of any page in it unmaps    a warning, and nothing
 *                       all of it                   happens
 *   iounmap()           the same                    a line in the log
 *   remap_vmalloc_range()  -EINVAL                  -EINVAL
 *   usercopy's check    the whole area is good      the whole area is good
 *   /proc/vmallocinfo   the caller of vmap()        "vm_map_ram"
 *
 * The second row is about process context. In interrupt context vfree() defers
 * its work: it links the address into a list by the first word at the address,
 * which is overwritten, and the warning comes later.
 *
 * With VM_IOREMAP in its flags an area of vmap() is read as zeros as well, but
 * a stray vfree() still unmaps it, and it is aligned to 2 MB.
 *
 * This is 6.1. Since 6.3 the host reads areas of vm_map_ram() through struct
 * pages, too, and a stray vfree() takes them out of its tree of areas. Since 6.9
 * it reads areas of vmap() with VM_SPARSE as zeros, which have no alignment: the
 * compat header takes those. A stray vfree() unmaps them, unless slab_debug=1
 * has it refused (strays.c).
 *
 * An area of vm_map_ram() has no name in /proc/vmallocinfo. So each area has a
 * label: one page of vmap(), unmapped again, that was requested by a function
 * with the window's name. The label follows the area, unless the host places it
 * in a large hole below:
 *
 *   0xf8908000-0xf893a000  204800 vm_map_ram
 *   0xf893a000-0xf893c000    8192 annex_window_kmap_local+0x1c/0x30 [annex] vmap
 *
 *   | area: |guard?| the window's pages | guard | label | guard of the host |
 *
 * An area of vmap() has a guard of the host between, too.
 *
 * vm_map_ram() takes requests of up to VMAP_MAX_ALLOC pages from blocks that
 * are shared by several areas and that it manages itself. So annex requests at
 * least one page more.
 *
 * Locking: none. Failing: annex_area_get(), with nothing held but the dummy.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/pgtable.h>

#include "base/fail.h"
#include "base/for_kunit.h"
#include "host/area.h"
#include "host/compat_vmalloc.h"
#include "host/pte.h"
#include "host/tlb.h"
#include "host/window_types.h"

/* One more than shared blocks serve, which is a page per bit of a long. */
#define AREA_PAGES_MIN	(BITS_PER_LONG + 1UL)

/*
 * The host allocates the lowest gap that fits. A label that it places below the
 * area is kept while the next one is requested; this bounds the attempts.
 */
#define LABEL_TRIES	128

/* So many adjacent labels mean a large hole below, which labels do not fill. */
#define LABEL_RUN	1

/*
 * The host prints the return address of vmap()'s caller. So each function must
 * call vmap() and not jump to it, and the compiler must not merge the
 * functions: hence the word at the end.
 */
static __always_inline void *map_label(struct page **page, const char *word)
{
	void *label = vmap(page, 1, VM_MAP, PAGE_KERNEL);

	barrier_data(word);
	return label;
}

static noinline void *annex_window_lowmem(struct page **page)
{
	return map_label(page, "lowmem");
}

static noinline void *annex_window_mem_map(struct page **page)
{
	return map_label(page, "mem_map");
}

static noinline void *annex_window_page_owner(struct page **page)
{
	return map_label(page, "page_owner");
}

static noinline void *annex_window_pkmap(struct page **page)
{
	return map_label(page, "pkmap");
}

static noinline void *annex_window_kmap_local(struct page **page)
{
	return map_label(page, "kmap_local");
}

static noinline void *annex_window_vmalloc(struct page **page)
{
	return map_label(page, "annex vm");
}

static noinline void *annex_window_scratch(struct page **page)
{
	return map_label(page, "scratch");
}

static noinline void *annex_window_other(struct page **page)
{
	return map_label(page, "other");
}

static const struct {
	const char *name;
	void *(*get)(struct page **page);
} labels[] = {
	{ "lowmem", annex_window_lowmem },
	{ "mem_map", annex_window_mem_map },
	{ "page_owner", annex_window_page_owner },
	{ "pkmap", annex_window_pkmap },
	{ "kmap_local", annex_window_kmap_local },
	{ "annex vm", annex_window_vmalloc },
	{ "scratch", annex_window_scratch },
	{ NULL, annex_window_other },
};

static void *ask_for_label(const struct annex_window *win)
{
	struct page *page = win->dummy;
	unsigned int i = 0;

	while (labels[i].name && strcmp(labels[i].name, win->name))
		i++;
	return labels[i].get(&page);
}

/* Unmap these pages: an access to them faults. */
static void show_nothing(void *addr, unsigned long nr_pages)
{
	unsigned long at = (unsigned long)addr, i;
	unsigned int level;

	for (i = 0; i < nr_pages; i++, at += PAGE_SIZE)
		pte_clear(NULL, at, lookup_address(at, &level));
	if (nr_pages)
		annex_tlb_flush_range(addr, nr_pages);
}

/**
 * annex_area_end() - where the host's next area may begin
 * @win: a window with an area
 *
 * Return: the first address that the host does not keep for the area.
 */
void *annex_area_end(const struct annex_window *win)
{
	return win->area + ((win->area_pages + ANNEX_AREA_GUARD) << PAGE_SHIFT);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_area_end);

/* A window without a label works, but has no name in /proc/vmallocinfo. */
static void get_label(struct annex_window *win)
{
	void **below = kvmalloc_array(LABEL_TRIES, sizeof(*below), GFP_KERNEL);
	void *end = annex_area_end(win);
	unsigned int nr = 0, run = 0;

	win->label = ask_for_label(win);
	while (below && win->label && win->label != end && nr < LABEL_TRIES &&
	       run < LABEL_RUN) {
		below[nr++] = win->label;
		win->label = ask_for_label(win);
		run = win->label == below[nr - 1] + 2 * PAGE_SIZE ? run + 1 : 0;
	}
	if (win->label)
		show_nothing(win->label, 1);
	while (nr)
		vunmap(below[--nr]);
	kvfree(below);
}

/* Map the dummy at every page of a new area. */
static void *map_dummies(struct page *dummy, unsigned long nr_pages)
{
	struct page **pages;
	void *area;

	pages = annex_should_fail(ANNEX_FAIL_MEMORY) ?
			NULL :
			kvmalloc_array(nr_pages, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return NULL;
	memset_p((void **)pages, dummy, nr_pages);
	area = annex_should_fail(ANNEX_FAIL_WINDOW) ?
		       NULL : annex_map_area(pages, nr_pages);
	kvfree(pages);
	return area;
}

/**
 * annex_area_get() - allocate addresses for a window
 * @win: with its name and its dummy, which is mapped there; addr, area,
 *	area_pages and label are filled
 * @nr_pages: the window's length
 * @even: whether an even page has to map an even frame
 * @host_pfn: with @even, the first frame
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int annex_area_get(struct annex_window *win, unsigned long nr_pages, bool even,
		   unsigned long host_pfn)
{
	/* One page more if the window has to start at the next page. */
	unsigned long all = max(nr_pages + even + 1, AREA_PAGES_MIN);
	unsigned long before;

	win->area = map_dummies(win->dummy, all);
	if (!win->area)
		return -ENOMEM;
	win->area_pages = all;
	before = even &&
		 (((unsigned long)win->area >> PAGE_SHIFT) ^ host_pfn) & 1;
	win->addr = win->area + (before << PAGE_SHIFT);
	show_nothing(win->area, before);
	/* The tail: a guard page, and what @even or AREA_PAGES_MIN adds. */
	show_nothing(win->addr + (nr_pages << PAGE_SHIFT),
		     all - before - nr_pages);
	get_label(win);
	return 0;
}

/**
 * annex_area_unlabel() - remove the window's name from /proc/vmallocinfo
 * @win: the window
 *
 * The name is the address of a function, which may be unloaded with the module.
 *
 * Context: process, may sleep.
 */
void annex_area_unlabel(struct annex_window *win)
{
	vunmap(win->label);
	win->label = NULL;
}

/**
 * annex_area_put() - free an area
 * @win: the window, with the dummy mapped at every page, or without an area
 *
 * Context: process, may sleep.
 */
void annex_area_put(struct annex_window *win)
{
	annex_area_unlabel(win);
	if (win->area)
		annex_unmap_area(win->area, win->area_pages);
	win->area = NULL;
}
