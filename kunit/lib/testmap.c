// SPDX-License-Identifier: GPL-2.0-only
/*
 * Windows of private pools: tables of entries that nothing ever walks, and
 * addresses behind which there is nothing. What the suites see is what annex
 * would have the machine show, on every kernel; whether the machine then does
 * is for kmap_real_kunit.c.
 */
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "host/pte.h"
#include "host/window.h"
#include "kmap/kmap_fast.h"
#include "testmap.h"
#include "testpool.h"

/*
 * Neither begins at a multiple of 2 MB, as little as windows of the vmalloc
 * space do, and the second has the end of one in its first pages.
 */
#define PKMAP_ADDR	0x40007000UL
#define KMAP_LOCAL_ADDR	0x507fb000UL

static int window_make(struct annex_window *win, const char *name,
		       unsigned long addr, unsigned long nr_pages)
{
	unsigned long last = addr + ((nr_pages - 1) << PAGE_SHIFT);
	unsigned long i, nr = (last >> PMD_SHIFT) - (addr >> PMD_SHIFT) + 1;
	pte_t *ptes = vzalloc(array3_size(nr, PTRS_PER_PTE, sizeof(*ptes)));

	win->tables = kcalloc(nr, sizeof(*win->tables), GFP_KERNEL);
	if (!ptes || !win->tables) {
		vfree(ptes);
		kfree(win->tables);
		win->tables = NULL;
		return -ENOMEM;
	}
	for (i = 0; i < nr; i++)
		win->tables[i] = ptes + i * PTRS_PER_PTE;
	win->name = name;
	win->addr = (void *)addr;
	win->nr_pages = nr_pages;
	return 0;
}

static void window_free(struct annex_window *win)
{
	if (win->tables)
		vfree(win->tables[0]);
	kfree(win->tables);
	win->tables = NULL;
}

static int pkmap_make(struct annex *annex, unsigned int nr_slots,
		      void **metadata)
{
	struct annex_window *win = &annex->host.pkmap;
	int err = window_make(win, "pkmap", PKMAP_ADDR, nr_slots);

	if (err)
		return err;
	*metadata = kvzalloc(annex_pkmap_bytes(nr_slots), GFP_KERNEL);
	if (!*metadata)
		return -ENOMEM;
	annex->pkmap_slots = nr_slots;
	annex_pkmap_init(&annex->pkmap, nr_slots, win, *metadata);
	return 0;
}

/**
 * annex_testmap_init() - give a private pool the windows it is to have
 * @annex: the pool, with descriptors and counters
 * @opts: what from
 * @metadata: set, for annex_testmap_exit()
 *
 * Return: 0 or -ENOMEM; annex_testmap_exit() is right after either.
 */
int annex_testmap_init(struct annex *annex, const struct annex_testpool *opts,
		       void **metadata)
{
	int err = 0;

	if (opts->pkmap)
		err = pkmap_make(annex, opts->pkmap, metadata);
	if (err || !opts->kmap_local)
		return err;
	err = window_make(&annex->host.kmap_local, "kmap_local",
			  KMAP_LOCAL_ADDR, annex_kmap_local_window_pages());
	return err   ?:
		       annex_kmap_local_init(&annex->kmap_local,
					     &annex->host.kmap_local,
					     opts->kmap_force);
}

/**
 * annex_testmap_exit() - take a private pool's windows away
 * @annex: the pool
 * @metadata: from annex_testmap_init(), or NULL
 */
void annex_testmap_exit(struct annex *annex, void *metadata)
{
	annex_kmap_local_exit(&annex->kmap_local);
	annex_pkmap_exit(&annex->pkmap);
	kvfree(metadata);
	window_free(&annex->host.kmap_local);
	window_free(&annex->host.pkmap);
}

/**
 * annex_test_slots() - count the slots of a pool by their state
 * @annex: a pool whose mappings do not change meanwhile
 */
struct annex_test_slots annex_test_slots(const struct annex *annex)
{
	struct annex_test_slots sum = {};
	unsigned int i;

	for (i = 0; i < annex->pkmap.nr_slots; i++) {
		unsigned int n = annex_pkmap_count(&annex->pkmap.slot[i]);

		sum.free += !n;
		sum.unused += n == 1;
		sum.used += n > 1;
		sum.users += n > 1 ? n - 1 : 0;
	}
	return sum;
}

/**
 * annex_test_slot_count() - the pkmap_count of a frame
 * @annex: the pool
 * @page: a frame of it
 *
 * Return: 0 if no slot shows it; ~0U if several do.
 */
unsigned int annex_test_slot_count(const struct annex *annex,
				   const struct annex_page *page)
{
	unsigned int i, found = 0;

	for (i = 0; i < annex->pkmap.nr_slots; i++) {
		const struct annex_pkmap_slot *slot = &annex->pkmap.slot[i];
		unsigned int n = annex_pkmap_count(slot);

		if (!n || slot->page != page)
			continue;
		found = found ? ~0U : n;
	}
	return found;
}

/**
 * annex_test_expect_slots() - expect so many slots in use
 * @test: the test
 * @annex: the pool; all other slots are free
 * @used: slots with users
 * @unused: slots that show a frame without users
 */
void annex_test_expect_slots(struct kunit *test, struct annex *annex,
			     unsigned int used, unsigned int unused)
{
	struct annex_test_slots n = annex_test_slots(annex);

	KUNIT_EXPECT_EQ(test, n.used, used);
	KUNIT_EXPECT_EQ(test, n.unused, unused);
	KUNIT_EXPECT_EQ(test, annex->pkmap.nr_free, n.free);
}

/**
 * annex_test_shown() - which frame an address of a window shows
 * @annex: the pool
 * @win: its window
 * @addr: an address of it
 *
 * Return: the annex pfn by the window's entry, %ANNEX_WINDOW_NONE if none.
 */
unsigned long annex_test_shown(const struct annex *annex,
			       const struct annex_window *win,
			       const void *addr)
{
	unsigned long pfn = annex_window_pfn(win, (addr - win->addr) >>
						  PAGE_SHIFT);

	return pfn == ANNEX_WINDOW_NONE ? pfn : pfn - annex->frames.base_pfn;
}

/**
 * annex_test_kmap() - map high frames and keep them so
 * @test: ends here if one is not mapped
 * @annex: the pool, with as many slots free or unused
 * @first: the first, counted from the end of lowmem
 * @nr: how many
 */
void annex_test_kmap(struct kunit *test, struct annex *annex,
		     unsigned int first, unsigned int nr)
{
	unsigned int i;

	for (i = first; i < first + nr; i++)
		KUNIT_ASSERT_NOT_NULL(test,
				      annex_kmap_fast(&annex->pkmap,
						      annex_test_high(annex,
								      i)));
}

/**
 * annex_test_kunmap() - undo annex_test_kmap()
 * @test: fails if one was not mapped
 * @annex: the pool
 * @first: as there
 * @nr: as there
 */
void annex_test_kunmap(struct kunit *test, struct annex *annex,
		       unsigned int first, unsigned int nr)
{
	unsigned int i;

	for (i = first; i < first + nr; i++)
		KUNIT_EXPECT_EQ(test,
				annex_kunmap_fast(&annex->pkmap,
						  annex_test_high(annex, i)),
				0);
}

/**
 * annex_test_kmap_use() - map high frames, each for a moment
 * @test: as for annex_test_kmap()
 * @annex: the pool, with a slot free or unused
 * @first: as there
 * @nr: as there
 */
void annex_test_kmap_use(struct kunit *test, struct annex *annex,
			 unsigned int first, unsigned int nr)
{
	unsigned int i;

	for (i = first; i < first + nr; i++) {
		annex_test_kmap(test, annex, i, 1);
		annex_test_kunmap(test, annex, i, 1);
	}
}

/**
 * annex_test_local_present() - how many frames a CPU's window shows
 * @annex: the pool
 * @cpu: the CPU, which maps nothing meanwhile
 */
unsigned int annex_test_local_present(const struct annex *annex,
				      unsigned int cpu)
{
	const void *start = (void *)annex_test_local(annex, cpu)->addr;
	unsigned int i, nr = 0;

	for (i = 0; i < ANNEX_KM_PAGES; i++)
		nr += annex_test_local_shown(annex, start + i * PAGE_SIZE) !=
		      ANNEX_WINDOW_NONE;
	return nr;
}
