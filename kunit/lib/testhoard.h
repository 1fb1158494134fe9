/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_TESTHOARD_H
#define ANNEX_KUNIT_LIB_TESTHOARD_H

#include <kunit/test.h>
#include <annex/reclaim.h>

struct annex;
struct annex_page;

#define TESTHOARD_MAX	4096

/**
 * struct testhoard - a cache of objects that are frames, with its shrinker
 * @shrinker: not registered yet
 * @annex: the pool of its frames; NULL for one that only says that it has some
 * @page: its frames
 * @nr: how many objects it says it has
 * @calls: how often it was to scan
 * @asked: how many objects in all
 * @most: how many at a time
 * @stop: it cannot free any now
 * @stop_after: nor after so many calls; 0 for no end
 * @freed_says: what its scan returns in place of what it freed; 0 for that
 * @scanned_says: what its scan says that it looked at; 0 for what it was asked
 * @dead: it was unregistered
 * @after_death: how often it was called all the same
 */
struct testhoard {
	struct annex_shrinker shrinker;
	struct annex *annex;
	struct annex_page *page[TESTHOARD_MAX];
	unsigned long nr;
	unsigned long calls;
	unsigned long asked;
	unsigned long most;
	bool stop;
	unsigned long stop_after;
	unsigned long freed_says;
	unsigned long scanned_says;
	bool dead;
	unsigned long after_death;
};

unsigned long testhoard_count(struct annex_shrinker *shrinker,
			      struct annex_shrink_control *sc);
unsigned long testhoard_scan(struct annex_shrinker *shrinker,
			     struct annex_shrink_control *sc);
struct testhoard *testhoard(struct kunit *test, unsigned long nr);
void testhoard_register(struct kunit *test, struct annex *annex,
			struct testhoard *h);
void testhoard_unregister(struct kunit *test, struct annex *annex,
			  struct testhoard *h);
unsigned long testhoard_fill(struct testhoard *h, struct annex *annex,
			     gfp_t gfp);
void testhoard_empty(struct testhoard *h);

#endif /* ANNEX_KUNIT_LIB_TESTHOARD_H */
