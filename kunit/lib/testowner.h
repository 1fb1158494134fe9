/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_TESTOWNER_H
#define ANNEX_KUNIT_LIB_TESTOWNER_H

#include <kunit/test.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <annex/folio.h>

#include "base/counters.h"

struct annex;
struct annex_zone;

#define TESTOWNER_MAX	512

enum testowner_write {
	WRITE_AT_ONCE,
	WRITE_LATER,	/* testowner_written() ends it */
	WRITE_FAILS,
	WRITE_ANSWERS_NONSENSE,
};

/**
 * struct testowner - the owner of the folios of a test
 * @test: the test
 * @annex: its pool
 * @mapping: what the folios belong to
 * @write: what becomes of a folio that is to be written
 * @write_msecs: how long writepage takes
 * @refuse: let go of nothing
 * @on_release: called when reclaim asks for a folio, or NULL
 * @lock: protects what follows
 * @folio: the folios, NULL once they are gone
 * @nr: how many there ever were
 * @stored: what was written of each
 * @order_gone: their numbers, in the order in which reclaim got them
 * @nr_gone: how many it got
 * @nr_written: how many writes were begun
 */
struct testowner {
	struct kunit *test;
	struct annex *annex;
	struct annex_mapping mapping;
	enum testowner_write write;
	unsigned int write_msecs;
	bool refuse;
	void (*on_release)(struct testowner *owner, struct annex_folio *folio);

	spinlock_t lock;	/* of what follows */
	struct annex_folio *folio[TESTOWNER_MAX];
	unsigned int nr;
	u32 stored[TESTOWNER_MAX];
	unsigned int order_gone[TESTOWNER_MAX];
	unsigned int nr_gone;
	unsigned int nr_written;
};

struct testowner *testowner(struct kunit *test, struct annex *annex);
struct testowner *testowner_with_pool(struct kunit *test);
struct annex_zone *testowner_normal(struct testowner *owner);
unsigned long testowner_event(struct testowner *owner, enum annex_counter item);
unsigned long testowner_node(struct testowner *owner, enum annex_counter item);
struct annex_folio *testowner_add(struct testowner *owner, gfp_t gfp,
				  unsigned int order);
void testowner_add_some(struct testowner *owner, gfp_t gfp, unsigned int nr);
void testowner_written(struct testowner *owner, unsigned int i);
u32 testowner_content(struct testowner *owner, unsigned int i);
bool testowner_has(struct testowner *owner, unsigned int i);
void testowner_drop(struct testowner *owner, unsigned int i);
void testowner_drop_all(struct testowner *owner);

#endif /* ANNEX_KUNIT_LIB_TESTOWNER_H */
