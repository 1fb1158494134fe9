// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cache that only its shrinker makes smaller, and that remembers what it was
 * asked.
 */
#include "page/page_alloc.h"
#include "reclaim/reclaim.h"
#include "testhoard.h"
#include "testpool.h"

static struct testhoard *hoard_of(struct annex_shrinker *shrinker)
{
	return container_of(shrinker, struct testhoard, shrinker);
}

/**
 * testhoard_count() - count_objects of a hoard
 * @shrinker: the hoard's
 * @sc: what it is asked
 */
unsigned long testhoard_count(struct annex_shrinker *shrinker,
			      struct annex_shrink_control *sc)
{
	struct testhoard *h = hoard_of(shrinker);

	h->after_death += READ_ONCE(h->dead);
	return h->nr;
}

/**
 * testhoard_scan() - scan_objects of a hoard
 * @shrinker: the hoard's
 * @sc: what it is asked
 */
unsigned long testhoard_scan(struct annex_shrinker *shrinker,
			     struct annex_shrink_control *sc)
{
	struct testhoard *h = hoard_of(shrinker);
	unsigned long i;

	h->calls++;
	h->asked += sc->nr_to_scan;
	h->most = max(h->most, sc->nr_to_scan);
	if (h->stop || (h->stop_after && h->calls > h->stop_after))
		return ANNEX_SHRINK_STOP;
	for (i = 0; i < sc->nr_to_scan && h->nr; i++)
		if (h->annex)
			annex_block_free(&h->annex->frames, h->page[--h->nr],
					 0);
	h->after_death += READ_ONCE(h->dead);
	if (h->scanned_says)
		sc->nr_scanned = h->scanned_says;
	return h->freed_says ?: i;
}

/**
 * testhoard() - a hoard without frames, that lives as long as the test
 * @test: the test
 * @nr: how many objects it says it has
 */
struct testhoard *testhoard(struct kunit *test, unsigned long nr)
{
	struct testhoard *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, h);
	h->shrinker.count_objects = testhoard_count;
	h->shrinker.scan_objects = testhoard_scan;
	h->shrinker.seeks = ANNEX_DEFAULT_SEEKS;
	h->nr = nr;
	return h;
}

/**
 * testhoard_register() - let a pool ask a hoard
 * @test: the test
 * @annex: the pool
 * @h: the hoard
 */
void testhoard_register(struct kunit *test, struct annex *annex,
			struct testhoard *h)
{
	KUNIT_EXPECT_EQ(test, annex_shrinker_add(&annex->frames, &h->shrinker),
			0);
}

/**
 * testhoard_unregister() - the pool no longer asks a hoard
 * @test: the test
 * @annex: the pool
 * @h: the hoard, registered
 */
void testhoard_unregister(struct kunit *test, struct annex *annex,
			  struct testhoard *h)
{
	KUNIT_EXPECT_EQ(test, annex_shrinker_del(&annex->frames, &h->shrinker),
			0);
}

/**
 * testhoard_fill() - give a hoard all frames that it can have
 * @h: a hoard without objects
 * @annex: the pool
 * @gfp: how it asks for each
 *
 * Return: how many that were.
 */
unsigned long testhoard_fill(struct testhoard *h, struct annex *annex,
			     gfp_t gfp)
{
	h->annex = annex;
	while (h->nr < TESTHOARD_MAX) {
		struct annex_page *page = annex_test_alloc(annex, gfp, 0);

		if (!page)
			break;
		h->page[h->nr++] = page;
	}
	return h->nr;
}

/**
 * testhoard_empty() - free what a hoard has left
 * @h: the hoard, unregistered
 */
void testhoard_empty(struct testhoard *h)
{
	while (h->nr)
		annex_block_free(&h->annex->frames, h->page[--h->nr], 0);
}
