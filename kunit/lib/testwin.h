/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_TESTWIN_H
#define ANNEX_KUNIT_LIB_TESTWIN_H

#include <kunit/test.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/spinlock.h>

#include "vmalloc/vmap_area.h"

/*
 * Windows for the tests of vmap_area. They are drawn, a character a page: '.'
 * is free, a letter is the area of that name. The first page lies at a multiple
 * of 4 MB.
 */
#define WIN_BASE	0xd0000000UL
#define WIN_MAX		4096
#define WIN_PICTURE	64
#define WIN_LETTERS	26

/**
 * struct testwin - a private window
 * @space: its allocated and free addresses
 * @lock: of @space
 * @slot: its metadata
 * @area: those with a name
 * @many: more
 */
struct testwin {
	struct annex_vmap_space space;
	spinlock_t lock;	/* of the space */
	struct annex_vmap_area *slot[WIN_MAX];
	struct annex_vmap_area area[WIN_LETTERS];
	struct annex_vmap_area many[WIN_MAX];
};

int testwin_init(struct kunit *test);
void testwin_exit(struct kunit *test);
struct testwin *testwin_open(struct kunit *test, unsigned long start,
			     unsigned long pages);
unsigned long testwin_check(struct kunit *test, bool aloud);

int testwin_alloc(struct testwin *w, struct annex_vmap_area *area,
		  unsigned long size, unsigned long align,
		    unsigned long start, unsigned long end);
int testwin_free(struct testwin *w, struct annex_vmap_area *area);
struct annex_vmap_area *testwin_find(struct testwin *w, unsigned long addr);
struct annex_vmap_area *testwin_from(struct testwin *w, unsigned long addr);
unsigned long testwin_largest(struct testwin *w);

struct testwin *testwin_draw(struct kunit *test, const char *picture);
void testwin_expect(struct kunit *test, const char *picture);
struct annex_vmap_area *testwin_area(struct kunit *test, char name);
int testwin_take_in(struct kunit *test, char name, unsigned long pages,
		    unsigned long align, unsigned long from,
		      unsigned long to);
int testwin_take_aligned(struct kunit *test, char name, unsigned long pages,
			 unsigned long align);
int testwin_take(struct kunit *test, char name, unsigned long pages);
int testwin_give(struct kunit *test, char name);

#endif /* ANNEX_KUNIT_LIB_TESTWIN_H */
