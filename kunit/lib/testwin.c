// SPDX-License-Identifier: GPL-2.0-only
/*
 * Private windows for the tests of vmap_area, and pictures of them.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "testwin.h"
#include "validate/validate.h"

/**
 * testwin_init() - a suite's init: a window that is not open yet
 * @test: has it in ->priv
 */
int testwin_init(struct kunit *test)
{
	struct testwin *w = vzalloc(sizeof(*w));

	if (!w)
		return -ENOMEM;
	spin_lock_init(&w->lock);
	test->priv = w;
	return 0;
}

static void note_violation(void *test, struct va_format *vaf)
{
	kunit_err((struct kunit *)test, "%pV", vaf);
}

/**
 * testwin_check() - recount the window
 * @test: the test
 * @aloud: print what does not hold
 *
 * Return: how many things do not hold.
 */
unsigned long testwin_check(struct kunit *test, bool aloud)
{
	struct testwin *w = test->priv;
	unsigned long found;

	spin_lock(&w->lock);
	found = annex_vmap_area_check_locked(&w->space,
					     aloud ? note_violation : NULL,
					     test);
	spin_unlock(&w->lock);
	return found;
}

/**
 * testwin_exit() - a suite's exit: the window must keep its invariants
 * @test: the test
 */
void testwin_exit(struct kunit *test)
{
	struct testwin *w = test->priv;

	if (!w)
		return;
	if (w->space.lock)
		KUNIT_EXPECT_EQ(test, testwin_check(test, true), 0UL);
	vfree(w);
}

/**
 * testwin_open() - a window of which all is free
 * @test: the test
 * @start: its first address
 * @pages: how many it has, up to %WIN_MAX
 */
struct testwin *testwin_open(struct kunit *test, unsigned long start,
			     unsigned long pages)
{
	struct testwin *w = test->priv;

	KUNIT_ASSERT_LE(test, pages, (unsigned long)WIN_MAX);
	memset(w->slot, 0x5a, sizeof(w->slot));
	KUNIT_ASSERT_EQ(test, annex_vmap_area_init(&w->space, start,
						   start + pages * PAGE_SIZE,
						   w->slot, &w->lock), 0);
	return w;
}

/* The functions of these names, with the lock taken. */

int testwin_alloc(struct testwin *w, struct annex_vmap_area *area,
		  unsigned long size, unsigned long align,
		    unsigned long start, unsigned long end)
{
	int err;

	spin_lock(&w->lock);
	err = annex_vmap_area_alloc_locked(&w->space, area, size, align, start,
					   end);
	spin_unlock(&w->lock);
	return err;
}

int testwin_free(struct testwin *w, struct annex_vmap_area *area)
{
	int err;

	spin_lock(&w->lock);
	err = annex_vmap_area_free_locked(&w->space, area);
	spin_unlock(&w->lock);
	return err;
}

struct annex_vmap_area *testwin_find(struct testwin *w, unsigned long addr)
{
	struct annex_vmap_area *area;

	spin_lock(&w->lock);
	area = annex_vmap_area_find_locked(&w->space, addr);
	spin_unlock(&w->lock);
	return area;
}

struct annex_vmap_area *testwin_from(struct testwin *w, unsigned long addr)
{
	struct annex_vmap_area *area;

	spin_lock(&w->lock);
	area = annex_vmap_area_from_locked(&w->space, addr);
	spin_unlock(&w->lock);
	return area;
}

unsigned long testwin_largest(struct testwin *w)
{
	unsigned long size;

	spin_lock(&w->lock);
	size = annex_vmap_area_largest_locked(&w->space);
	spin_unlock(&w->lock);
	return size;
}

/**
 * testwin_area() - an area by its name
 * @test: the test
 * @name: a small letter
 */
struct annex_vmap_area *testwin_area(struct kunit *test, char name)
{
	struct testwin *w = test->priv;

	return &w->area[name - 'a'];
}

/**
 * testwin_take_in() - take an area between two pages of the window
 * @test: the test
 * @name: the area's
 * @pages: how many it is to have
 * @align: of how many pages its first is to be a multiple
 * @from: the first page that it may have
 * @to: the page behind the last
 */
int testwin_take_in(struct kunit *test, char name, unsigned long pages,
		    unsigned long align, unsigned long from, unsigned long to)
{
	return testwin_alloc(test->priv, testwin_area(test, name),
			       pages * PAGE_SIZE, align * PAGE_SIZE,
			       WIN_BASE + from * PAGE_SIZE,
			       WIN_BASE + to * PAGE_SIZE);
}

int testwin_take_aligned(struct kunit *test, char name, unsigned long pages,
			 unsigned long align)
{
	return testwin_alloc(test->priv, testwin_area(test, name),
			       pages * PAGE_SIZE, align * PAGE_SIZE, 0,
			       ULONG_MAX);
}

int testwin_take(struct kunit *test, char name, unsigned long pages)
{
	return testwin_take_aligned(test, name, pages, 1);
}

int testwin_give(struct kunit *test, char name)
{
	return testwin_free(test->priv, testwin_area(test, name));
}

/**
 * testwin_draw() - make a window as it is drawn
 * @test: the test
 * @picture: the drawing
 */
struct testwin *testwin_draw(struct kunit *test, const char *picture)
{
	unsigned long page = 0, end, pages = strlen(picture);
	struct testwin *w = testwin_open(test, WIN_BASE, pages);

	for (; page < pages; page = end) {
		for (end = page + 1; picture[end] == picture[page]; end++)
			;
		if (picture[page] != '.')
			KUNIT_ASSERT_EQ(test, testwin_take_in(test,
							      picture[page],
								end - page, 1,
								page, end), 0);
	}
	return w;
}

static char letter(struct testwin *w, unsigned long addr)
{
	struct annex_vmap_area *area = testwin_find(w, addr);

	return area ? 'a' + (area - w->area) : '.';
}

/**
 * testwin_expect() - expect that a window is as it is drawn
 * @test: the test
 * @picture: the drawing
 */
void testwin_expect(struct kunit *test, const char *picture)
{
	struct testwin *w = test->priv;
	unsigned long i, addr = WIN_BASE, nr_free = 0;
	char seen[WIN_PICTURE] = "";

	KUNIT_ASSERT_LT(test, strlen(picture), (size_t)WIN_PICTURE);
	for (i = 0; picture[i]; i++, addr += PAGE_SIZE) {
		seen[i] = letter(w, addr);
		KUNIT_EXPECT_EQ(test, seen[i], letter(w, addr + PAGE_SIZE - 1));
		nr_free += picture[i] == '.';
	}
	KUNIT_EXPECT_STREQ(test, &seen[0], picture);
	KUNIT_EXPECT_EQ(test, w->space.free, nr_free * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, testwin_check(test, true), 0UL);
}
